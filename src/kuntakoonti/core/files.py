"""Files written whole or not at all, folders put in place, and in words what a disk refuses."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kuntakoonti.core.errors import KuntakoontiError, message
from kuntakoonti.core.read_back import is_there
from kuntakoonti.core.settings import OutputFolder

STAGE = ".kuntakoonti-"
TEMPORARY = "kuntakoonti-"  # of a folder in the system's temporary one, before the process's number
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
    write_bytes_atomic(path, text.encode())


def write_bytes_atomic(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; an equal file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return
    aside = _beside(path)
    aside.write_bytes(content)
    put_durably(aside, path)


def append_line(path: Path, line: str) -> None:
    """Append a line to a file durably, whole or not at all: a full disk leaves no half of it."""
    aside, before = _beside(path), path.read_bytes() if path.exists() else b""
    try:
        aside.write_bytes(before + line.encode() + b"\n")
        put_durably(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def put_durably(new: Path, target: Path) -> None:
    """Rename what is written: after a loss of power there is all of it or what was there before."""
    make_durable(new)
    new.replace(target)
    _sync_names(target.parent)
    _sync_names(target.parent.parent)


def make_durable(path: Path) -> None:
    """Let the disk have a file, or a folder with all below it, before anything tells of it."""
    for place in (*(path.rglob("*") if path.is_dir() else ()), path):
        if place.is_symlink():
            continue
        if place.is_dir():
            _sync_names(place)
        elif place.is_file():
            _sync(place)


def _sync_names(folder: Path) -> None:
    """The names in a folder; one that cannot be opened, or a disk that knows no such call, is let be."""
    if os.name != "posix":
        return
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EINVAL, errno.ENOTSUP):
            raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(folder: Path) -> None:
    """Remove a folder so that nobody ever sees a part of it; it need not be there."""
    if is_there(folder):
        remove(folder.replace(_beside(folder)))


def take_along(names: Iterable[str], old: Path, new: Path) -> None:
    """Copy what somebody else put into a folder that is about to be replaced."""
    for path, place in ((old / name, new / name) for name in names):
        if is_there(place) or not place.parent.is_dir():
            continue
        if path.is_dir():
            shutil.copytree(path, place, symlinks=True)
        else:
            shutil.copy2(path, place)


def _beside(path: Path) -> Path:
    """Where something is while it comes or goes; what is left there by a killed run is cleared."""
    return path.with_name(f".{path.name}.part")


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in a target's place; the old one goes away only after, or comes back."""
    old = target.with_name(f".{target.name}.old")
    remove(old)
    target.parent.mkdir(parents=True, exist_ok=True)
    if is_there(target):
        target.replace(old)
    try:
        put_durably(new, target)
    except OSError:
        if is_there(old):
            old.replace(target)
        raise
    remove(old)


def remove(path: Path) -> None:
    """Remove a folder with all below, a file or a link, if it is there and can be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


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
