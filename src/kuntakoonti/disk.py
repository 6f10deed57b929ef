"""One run at a time in an output folder, and in words what a disk refuses."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakoonti.errors import KuntakoontiError, UsageError, message

STAGE = ".kuntakoonti-"
_FULL = message(
    "{name}: levy on täynnä. Vapauta tilaa ja aja sama komento uudelleen. Valmis on tallessa."
)
_QUOTA = message(
    "{name}: levykiintiö on täynnä. Vapauta tilaa ja aja sama komento uudelleen. Valmis on tallessa."
)
_TOO_LARGE = message(
    "{name}: tiedostosta tulisi suurempi kuin järjestelmä sallii. Nosta rajaa (ulimit -f) ja aja "
    "sama komento uudelleen. Valmis on tallessa."
)
_READ_ONLY = message(
    "{name}: levylle ei voi kirjoittaa. Valitse toinen --output ja aja komento uudelleen. "
    "Valmis on tallessa."
)
_FORBIDDEN = message(
    "{name}: siihen ei ole oikeutta. Pyydä oikeus tai valitse toinen --output ja aja komento "
    "uudelleen. Valmis on tallessa."
)
_A_FILE = message(
    "{name}: sen tilalla on tiedosto. Siirrä se pois tai valitse toinen --output ja aja komento "
    "uudelleen. Valmis on tallessa."
)
_A_FOLDER = message(
    "{name}: sen tilalla on kansio. Siirrä se pois ja aja sama komento uudelleen. Valmis on tallessa."
)
_OTHER = message(
    "{name}: levy kieltäytyi ({error}). Tarkista levy ja aja sama komento uudelleen. "
    "Valmis on tallessa."
)
_SENTENCES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _QUOTA,
    errno.EFBIG: _TOO_LARGE,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOTDIR: _A_FILE,
    errno.EEXIST: _A_FILE,
    errno.EISDIR: _A_FOLDER,
}


def refused(error: OSError) -> KuntakoontiError:
    """What the disk refused and what to do, with the file's name and not its path."""
    name = Path(os.fsdecode(error.filename)).name if error.filename else "OUTPUT"
    said = os.strerror(error.errno or 0)
    return KuntakoontiError(_SENTENCES.get(error.errno or 0, _OTHER), name=name, error=said)


@contextmanager
def alone_in(output: Path) -> Iterator[None]:
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
        raise refused(error) from error


def write_aside(path: Path, text: str) -> None:
    """Write a file whole or not at all; an equal file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    aside = _beside(path)
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def append_line(path: Path, line: str) -> None:
    """Append a line to a file durably, whole or not at all: a full disk leaves no half of it."""
    aside, before = _beside(path), path.read_bytes() if path.exists() else b""
    try:
        with aside.open("wb") as file:
            file.write(before + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Remove a folder so that nobody ever sees a part of it; it need not be there."""
    if folder.exists():
        shutil.rmtree(folder.replace(_beside(folder)))


def _beside(path: Path) -> Path:
    """Where something is while it comes or goes; what is left there by a killed run is cleared."""
    return path.with_name(f".{path.name}.part")


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
