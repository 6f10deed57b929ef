"""One run at a time in an output folder."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import STAGE
from kuntakoonti.core.settings import OutputFolder

LOCK = ".lock"


@contextmanager
def exclusive_lock(output: OutputFolder) -> Iterator[None]:
    """Hold an output folder for one run; UsageError if another run holds it.

    The lock is the kernel's, so that it goes with the process, however that ends. What a killed
    run left half done is cleared. A folder in which the run wrote nothing is not left behind.
    """
    new = [folder for folder in (output.restricted, output.root) if not folder.exists()]
    lock = _locked(output)
    try:
        output.close_restricted()
        _clear(output.root)
        yield
    finally:
        if new and [p.name for p in output.restricted.iterdir()] == [LOCK]:
            (output.restricted / LOCK).unlink()
            for folder in new:
                with suppress(OSError):
                    folder.rmdir()
        os.close(lock)


def _clear(output: Path) -> None:
    """Remove what a killed run left half made; what it had only moved aside comes back."""
    for left in [*output.glob(f"{STAGE}*"), *output.rglob(".*.part")]:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
    for old in list(output.rglob(".*.old")):
        target = old.with_name(old.name[1 : -len(".old")])
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.replace(target)


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
