"""One run at a time in an output folder."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import STAGE, remove
from kuntakoonti.core.read_back import is_there
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder

LOCK = ".lock"


@contextmanager
def exclusive_lock(output: OutputFolder, patience: float = 0) -> Iterator[None]:
    """Hold an output folder for one run; UsageError if another run holds it.

    The lock is the kernel's, so that it goes with the process, however that ends. What a killed
    run left half done is cleared, in a folder that has the lock's file of an earlier run and in its
    rooms only: another's folder stays as it is. A folder in which the run wrote nothing is not left
    behind. ``patience``: seconds that a short command waits for the other run.
    """
    new = [folder for folder in (output.restricted, output.root) if not folder.exists()]
    ours = (output.restricted / LOCK).is_file()
    lock = _patiently_locked(output, patience)
    try:
        if ours:
            _clear(output)
        output.close_restricted()
        yield
    finally:
        output.close_rooms()
        if not ours and [p.name for p in output.restricted.iterdir()] == [LOCK]:
            (output.restricted / LOCK).unlink()
            for folder in new:
                with suppress(OSError):
                    folder.rmdir()
        os.close(lock)


def _clear(output: OutputFolder) -> None:
    """Remove what a killed run left half made; what it had only moved aside comes back."""
    left = [p for folder in _own_places(output) for p in _halves(folder, output)]
    for path in left:
        if path.name.endswith(".old"):
            target = path.with_name(path.name[1 : -len(".old")])
            if not is_there(target):
                path.replace(target)
                continue
        remove(path)


def _own_places(output: OutputFolder) -> Iterator[Path]:
    """OUTPUT and every folder in it that the program made."""
    yield output.root
    releases = (p for p in output.root.glob("*") if ReleaseName(p.name).is_valid)
    for room in (*output.private_rooms, *releases):
        if room.is_dir() and not room.is_symlink():
            yield from (Path(folder) for folder, _, _ in os.walk(room))


def _halves(folder: Path, output: OutputFolder) -> Iterator[Path]:
    """What lies half made, or moved aside, in one of the program's folders."""
    own = {p.name for p in (output.ledger, output.index, output.dispatch, output.sent)}
    for path in folder.glob(".*"):
        target = path.name[1:].removesuffix(".part").removesuffix(".old")
        if folder != output.root:
            wanted = path.name.endswith((".part", ".old"))
        elif path.name.startswith(STAGE):
            wanted = True
        else:
            is_own = target in own or ReleaseName(target).is_valid
            wanted = is_own and path.name.endswith((".part", ".old"))
        if wanted:
            yield path


def _patiently_locked(output: OutputFolder, patience: float) -> int:
    """The lock, asked for again until the patience is at its end."""
    until = time.monotonic() + patience
    while True:
        try:
            return _locked(output)
        except UsageError:
            if time.monotonic() >= until:
                raise
        time.sleep(0.05)


def _locked(output: OutputFolder) -> int:
    """An open file that is locked; the file is the one that stands in the folder."""
    import fcntl

    path = output.restricted / LOCK
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == path.stat().st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        os.close(lock)
    raise UsageError(
        "Another run is making a release in the folder {folder} right now. Wait until it has "
        "ended and run the same command again.",
        folder=output,
    )
