"""One run at a time in an output folder."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import STAGE, disk_refusal


@contextmanager
def exclusive_lock(output: Path) -> Iterator[None]:
    """Hold an output folder for one run; UsageError if another run holds it.

    The lock is the kernel's, so that it goes with the process, however that ends. What a killed
    run left half done is cleared. A folder in which the run wrote nothing is not left behind.
    """
    new = [folder for folder in (output / "restricted", output) if not folder.exists()]
    try:
        lock = _locked(output)
        _clear(output)
        try:
            yield
        finally:
            if new and sorted(p.name for p in (output / "restricted").iterdir()) == [".lock"]:
                (output / "restricted" / ".lock").unlink()
                for folder in new:
                    with suppress(OSError):
                        folder.rmdir()
            os.close(lock)
    except OSError as error:
        raise disk_refusal(error) from error


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


def _locked(output: Path) -> int:
    """An open file that is locked; the file is the one that stands in the folder."""
    import fcntl

    path = output / "restricted" / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == path.stat().st_ino:
            return lock
    except (BlockingIOError, FileNotFoundError):
        os.close(lock)
    raise UsageError(
        "Toinen ajo tekee parhaillaan julkaisua kansioon {folder}. Odota, että se päättyy, ja aja "
        "sama komento uudelleen.",
        folder=output,
    )
