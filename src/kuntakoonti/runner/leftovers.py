"""What killed workers left in the system's temporary folder: removed by the next run."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kuntakoonti.core.files import TEMPORARY

_SOCKETS = Path("/proc/net/unix")  # of Linux; elsewhere nothing of a server is removed


def clear_leftovers() -> None:
    """Remove temporary folders of processes that are gone: ours by their number, and dead servers'.

    A fork server that was killed leaves a folder with a socket at which nobody listens. Only folders
    of this user are looked at, and nothing else is touched.
    """
    for folder in (*_own(), *_of_dead_servers()) if os.name == "posix" else ():
        shutil.rmtree(folder, ignore_errors=True)


def _own() -> Iterator[Path]:
    for folder in _folders(f"{TEMPORARY}*-*"):
        number = folder.name.removeprefix(TEMPORARY).partition("-")[0]
        if number.isdecimal() and not _lives(int(number)):
            yield folder


def _of_dead_servers() -> Iterator[Path]:
    for folder in _folders("pymp-*"):
        with suppress(OSError):
            held = list(folder.iterdir())
            if held and all(map(_is_dead_socket, held)):
                yield folder


def _folders(pattern: str) -> Iterator[Path]:
    for path in Path(tempfile.gettempdir()).glob(pattern):
        with suppress(OSError):
            about = path.lstat()
            if stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid():
                yield path


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _is_dead_socket(path: Path) -> bool:
    """Whether nobody listens at a fork server's socket any more, by the kernel's own list.

    A server that lives is never called: it would end at a caller that says nothing.
    """
    if not (path.name.startswith("listener-") and path.is_socket()):
        return False
    listed = _SOCKETS.read_text(encoding="utf-8", errors="replace").splitlines()
    return not any(line.endswith(f" {path}") for line in listed)
