"""Folders in which the libraries of a run keep what they keep: the user's, else temporary ones."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from kuntakoonti.core.files import TEMPORARY

USUAL = {
    "IPYTHONDIR": ".ipython",
    "MPLCONFIGDIR": ".config/matplotlib",
}  # variable → below the home


@contextmanager
def places_for_libraries() -> Iterator[None]:
    """Let IPython and matplotlib write, also where the user's home cannot be written to.

    Without it each notebook would leave folders in the system's temporary one, and say so.
    """
    wanting = [name for name, usual in USUAL.items() if not _can_write(_place(name, usual))]
    if not wanting:
        yield
        return
    before = {name: os.environ.get(name) for name in wanting}
    with TemporaryDirectory(prefix=f"{TEMPORARY}{os.getpid()}-", ignore_cleanup_errors=True) as own:
        for name in wanting:
            place = Path(own) / name
            place.mkdir()
            os.environ[name] = str(place)
        try:
            yield
        finally:
            for name, value in before.items():
                del os.environ[name]
                os.environ.update({} if value is None else {name: value})


def _place(name: str, usual: str) -> str:
    return os.environ.get(name) or os.path.expanduser(f"~/{usual}")  # noqa: PTH111 (it never raises)


def _can_write(place: str) -> bool:
    """Whether a folder, or the nearest one above it that is there, can be written to."""
    for folder in (Path(place), *Path(place).parents):
        if folder.exists():
            with (
                suppress(OSError),
                TemporaryFile(dir=folder),
            ):  # what is allowed may still be refused
                return True
            return False
    return False
