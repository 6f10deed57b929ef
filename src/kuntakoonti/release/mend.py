"""`mend`: a chained list whose end or line ends alone are damaged is made whole again, and says so."""

import hashlib
from pathlib import Path

from kuntakoonti.core.chained_list import mended
from kuntakoonti.core.errors import EXIT_DONE, UsageError
from kuntakoonti.core.files import staging_folder, write_bytes_atomic
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.read_back import bytes_of
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.release.anchors import chained_lists, list_heads, refuse_cut_lists
from kuntakoonti.release.integrity import refuse_unknown_releases


def mend(output: OutputFolder, name: str, say: Messenger) -> int:
    """Add a missing line end, make CRLF LF, take away half a line or a repeated one at the end.

    The list as it was is kept in ``restricted/mended/``. UsageError if more is damaged, or if the
    folder or the ledger knows a line that the mended list would not have.
    """
    path = _lists(output).get(name)
    if path is None:
        known = ", ".join(_lists(output))
        raise UsageError(
            "{file} is no chained list. Write one of: {known}.", file=name, known=known
        )
    before = bytes_of(path)
    after = mended(before)
    if after is None:
        _refuse_broken(output, path)
        say("{file} is whole; there is nothing to mend.", file=name)
        return EXIT_DONE
    _refuse_lost_lines(output, path, after)
    copy = output.private("mended") / f"{name}-{hashlib.sha256(before).hexdigest()[:8]}"
    write_bytes_atomic(copy, before)
    write_bytes_atomic(path, after)
    say("{file} is mended. As it was it is kept in restricted/mended/{copy}.", file=name,
        copy=copy.name)  # fmt: skip
    return EXIT_DONE


def _lists(output: OutputFolder) -> dict[str, Path]:
    paths = (output.ledger, *chained_lists(output).values())
    return {path.name: path for path in paths}


def _refuse_broken(output: OutputFolder, path: Path) -> None:
    """UsageError if a list is damaged beyond mending."""
    read_archive(path) if path == output.ledger else list_heads(path)


def _refuse_lost_lines(output: OutputFolder, path: Path, after: bytes) -> None:
    """UsageError if a line is known that the mended list would not have."""
    with staging_folder(output) as stage:
        trial = stage.root / path.name
        trial.write_bytes(after)
        if path == output.ledger:
            refuse_unknown_releases(output, read_archive(trial))
            return
        heads = list_heads(trial)
    refuse_cut_lists(output, read_archive(output.ledger), {path: heads})
