"""Files written whole or not at all, folders put in place, and in words what a disk refuses."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kuntakoonti.core.errors import KuntakoontiError, message
from kuntakoonti.core.settings import OutputFolder

STAGE = ".kuntakoonti-"
_FULL = message(
    "{name}: the disk is full. Free some space and run the same command again. What is finished is "
    "kept."
)
_QUOTA = message(
    "{name}: the disk quota is full. Free some space and run the same command again. What is "
    "finished is kept."
)
_TOO_LARGE = message(
    "{name}: the file would be larger than the system allows. Raise the limit (ulimit -f) and run "
    "the same command again. What is finished is kept."
)
_READ_ONLY = message(
    "{name}: the disk cannot be written to. Choose another --output and run the command again. "
    "What is finished is kept."
)
_FORBIDDEN = message(
    "{name}: permission is missing. Ask for it or choose another --output and run the command "
    "again. What is finished is kept."
)
_A_FILE = message(
    "{name}: a file stands in its place. Move it away or choose another --output and run the "
    "command again. What is finished is kept."
)
_A_FOLDER = message(
    "{name}: a folder stands in its place. Move it away and run the same command again. What is "
    "finished is kept."
)
_BROKEN = message(
    "{name}: the disk refused ({error}). Check the disk and run the same command again. What is "
    "finished is kept."
)
_MISSING = message(
    "{name}: there is no such file or folder. Check the command's folders; if the file is the "
    "program's own, install the program again."
)
_SYSTEM = message(
    "{name}: the system reported an error ({error}). Mend its cause and run the same command "
    "again. What is finished is kept."
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
    errno.EIO: _BROKEN,
    errno.ENXIO: _BROKEN,
    errno.ENODEV: _BROKEN,
    errno.ESTALE: _BROKEN,
}


def disk_refusal(error: OSError) -> KuntakoontiError | None:
    """What the disk refused and what to do, with the file's name and not its path.

    None for an error that is no disk's, such as a file that is not there.
    """
    sentence = _SENTENCES.get(error.errno or 0)
    return _told(error, sentence) if sentence else None


def system_error(error: OSError) -> KuntakoontiError:
    """What the operating system refused and what to do, a disk or not."""
    missing = _MISSING if error.errno == errno.ENOENT else _SYSTEM
    return disk_refusal(error) or _told(error, missing)


def _told(error: OSError, sentence: str) -> KuntakoontiError:
    named = isinstance(error.filename, str | bytes | os.PathLike) and error.filename
    name = Path(os.fsdecode(error.filename)).name if named else "OUTPUT"
    said = os.strerror(error.errno) if error.errno else type(error).__name__
    return KuntakoontiError(sentence, name=name, error=said)


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
def staging_folder(output: OutputFolder) -> Iterator[OutputFolder]:
    """A private folder on OUTPUT's file system, with the same rooms, gone afterwards."""
    near = output.root
    while not near.exists():
        near = near.parent
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=near))
    try:
        yield OutputFolder(stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
