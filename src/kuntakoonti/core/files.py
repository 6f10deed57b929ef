"""One run at a time in an output folder, and in words what a disk refuses."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kuntakoonti.core.errors import KuntakoontiError, message

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


def disk_refusal(error: OSError) -> KuntakoontiError:
    """What the disk refused and what to do, with the file's name and not its path."""
    name = Path(os.fsdecode(error.filename)).name if error.filename else "OUTPUT"
    said = os.strerror(error.errno or 0)
    return KuntakoontiError(_SENTENCES.get(error.errno or 0, _OTHER), name=name, error=said)


def write_atomic(path: Path, text: str) -> None:
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


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in a target's place; the old one goes away only after, or comes back."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.replace(old)
    try:
        new.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def staging_folder(output: Path) -> Iterator[Path]:
    """A private folder on OUTPUT's file system, gone afterwards."""
    near = output
    while not near.exists():
        near = near.parent
    stage = Path(tempfile.mkdtemp(prefix=".kuntakoonti-", dir=near))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
