"""One run at a time in an output folder, and in words what a disk refuses."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakoonti.errors import KuntakoontiError, UsageError

STAGE = ".kuntakoonti-"
SENTENCES = {
    errno.ENOSPC: "levy on täynnä. Vapauta tilaa",
    errno.EDQUOT: "levykiintiö on täynnä. Vapauta tilaa",
    errno.EFBIG: "tiedostosta tulisi suurempi kuin järjestelmä sallii. Nosta rajaa (ulimit -f)",
    errno.EROFS: "levylle ei voi kirjoittaa. Valitse toinen --output",
    errno.EACCES: "siihen ei ole oikeutta. Pyydä oikeus tai valitse toinen --output",
    errno.EPERM: "siihen ei ole oikeutta. Pyydä oikeus tai valitse toinen --output",
    errno.ENOTDIR: "sen tilalla on tiedosto. Siirrä se pois tai valitse toinen --output",
    errno.EEXIST: "sen tilalla on tiedosto. Siirrä se pois tai valitse toinen --output",
    errno.EISDIR: "sen tilalla on kansio. Siirrä se pois",
}


def refusal(error: OSError) -> str:
    """What the disk refused and what to do, with the file's name and not its path."""
    name = Path(os.fsdecode(error.filename)).name if error.filename else "Tiedosto"
    said = SENTENCES.get(error.errno or 0, f"{os.strerror(error.errno or 0)}. Tarkista levy")
    return f"{name}: {said} ja aja sama komento uudelleen. Valmis on tallessa."


@contextmanager
def alone_in(output: Path) -> Iterator[None]:
    """Hold an output folder for one run; UsageError if another run holds it.

    The lock is the kernel's, so that it goes with the process, however that ends. What a killed
    run left on its stage is removed. A folder in which the run wrote nothing is not left behind.
    """
    new = [folder for folder in (output / "restricted", output) if not folder.exists()]
    try:
        lock = _locked(output)
        for stage in output.glob(f"{STAGE}*"):
            shutil.rmtree(stage, ignore_errors=True)
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
        raise KuntakoontiError(refusal(error)) from error


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
        f"Toinen ajo tekee parhaillaan julkaisua kansioon {output}. Odota, että se päättyy, ja aja "
        "sama komento uudelleen."
    )
