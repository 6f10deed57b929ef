"""What a line of the ledger holds fast besides its figures (R9): manifests and keyed digests.

A list that was emptied or cut shows in that the digest of its newest line, as the ledger has it, is of
none of its lines. The digests are keyed, so that nobody can guess from them what a list says.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from kuntakoonti.core.chained_list import (
    GENESIS,
    Body,
    BrokenLine,
    append_chained,
    read_chained,
)
from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.core.read_back import bytes_of, is_there
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.handover import MANIFEST
from kuntakoonti.public.ledger import Archive, Noted, append
from kuntakoonti.restricted.preparation.key import (
    KEY_CHECK,
    keyed_digest,
    known_key,
    refuse_other_key,
)

_MENDABLE = message(
    "The list restricted/{file} is damaged at line {line}, but only at its end or in its line ends. "
    "Mend it: kuntakoonti mend {file}."
)
_CHANGED = message(
    "Line {line} of the log restricted/{file} has changed. Restore it from a backup."
)


def chained_lists(output: OutputFolder) -> dict[str, Path]:
    """The chained lists beside the ledger, by the names of their digests."""
    return {"verify": output.given_out, "pruned": output.pruned, "recalled": output.recalled}


def list_heads(path: Path) -> tuple[str, ...]:
    """The hash of every line of a chained list, after that of none; UsageError if it is broken."""
    try:
        return (GENESIS, *(own for _, own in read_chained(path, lambda _: None)))
    except BrokenLine as broken:
        raise broken_list(path, broken) from None


def broken_list(path: Path, broken: BrokenLine) -> UsageError:
    """What is wrong with a chained list in ``restricted/``, and what to do."""
    told = _MENDABLE if broken.mendable else _CHANGED
    return UsageError(told, file=path.name, line=broken.line)


def heads_now(output: OutputFolder, archive: Archive) -> dict[str, str]:
    """The keyed digests of the lists as they are, and of the key itself; UsageError for another key."""
    key = known_key(output)
    refuse_other_key(key, archive.heads.get("key", ""))
    refuse_cut_lists(output, archive)
    found = {"key": keyed_digest(key, KEY_CHECK)}
    for name, path in chained_lists(output).items():
        if name == "verify" or name in archive.heads or is_there(path):
            found[name] = keyed_digest(key, list_heads(path)[-1].encode())
    return found


def handover_digests(output: OutputFolder, place: OutputFolder, release: str) -> dict[str, str]:
    """Keyed digests of a release's handovers, which lie in ``place``."""
    key, found = known_key(output), dict[str, str]()
    for name, room in {"handover": place, "secret": place.secret}.items():
        path = room.handover(release) / MANIFEST
        if is_there(path):
            found[name] = keyed_digest(key, bytes_of(path))
    return found


def note_lists(output: OutputFolder, archive: Archive) -> Archive:
    """Append to the ledger how far the lists have grown; nothing before its first line, or if it knows."""
    heads = heads_now(output, archive) if archive.records else {}
    if heads.items() <= archive.heads.items():
        return archive
    return append(output.ledger, archive, Noted("listed", "", "", heads))


def grow_list(output: OutputFolder, archive: Archive, path: Path, body: Body) -> Archive:
    """Append an entry to one of the chained lists, and to the ledger that it has grown.

    UsageError, and nothing written, if a list was changed, emptied or cut.
    """
    if archive.records:
        heads_now(output, archive)
    else:
        refuse_cut_lists(output, archive)
    output.close_restricted()
    append_chained(path, list_heads(path)[-1], body)
    return note_lists(output, archive)


def refuse_cut_lists(
    output: OutputFolder, archive: Archive, heads: Mapping[Path, tuple[str, ...]] | None = None
) -> None:
    """UsageError for the first list that was changed, emptied or cut, and for another key."""
    for problem in list_problems(output, archive, heads):
        raise problem


def list_problems(
    output: OutputFolder, archive: Archive, heads: Mapping[Path, tuple[str, ...]] | None = None
) -> Iterator[UsageError]:
    """What the ledger's digests say of the key and of the other chained lists.

    ``heads``: of lists that are judged by other lines than those that stand in their files.
    """
    try:
        key = known_key(output) if archive.heads else b""
        refuse_other_key(key, archive.heads.get("key", ""))
    except UsageError as problem:
        yield problem
        return
    for name, path in chained_lists(output).items():
        try:
            found = (heads or {}).get(path) or list_heads(path)
            known = {keyed_digest(key, head.encode()) for head in found}
        except UsageError as problem:
            yield problem
            continue
        if archive.heads.get(name, "") not in {"", *known}:
            yield UsageError(
                "The list restricted/{file} was emptied or cut: the ledger knows a line that it "
                "does not have. Restore it from a backup. Nothing was published.",
                file=path.name,
            )


def handover_changed(output: OutputFolder, archive: Archive, release: str) -> bool:
    """Whether a handover is not what the ledger's newest line of the release says."""
    line = archive.made.get(release)
    known = {n: d for n, d in line.heads.items() if n in ("handover", "secret")} if line else {}
    try:
        return bool(known) and handover_digests(output, output, release) != known
    except UsageError:
        return True


def manifest_digest(folder: Path) -> str:
    """SHA-256 of a release's manifest; UsageError if there is none."""
    return hashlib.sha256(bytes_of(folder / MANIFEST)).hexdigest()
