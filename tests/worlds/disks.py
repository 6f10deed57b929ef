"""A disk that keeps nothing it was not told to: bytes by fsync of their file, names by fsync of their folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

Tree = dict[str, "Tree | bytes"]


@dataclass
class Disk:
    """What a disk surely holds: the bytes of files and the names of folders, by inode."""

    root: Path
    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)
    states: list[Tree] = field(default_factory=list)
    held: dict[int, int] = field(default_factory=dict)

    def keep(self, path: str | int) -> None:
        """What an fsync makes durable."""
        place = Path(f"/proc/self/fd/{path}").readlink() if isinstance(path, int) else Path(path)
        number = self._hold(place)
        if place.is_dir():
            self.folders[number] = {p.name: self._hold(p) for p in place.iterdir()}
        else:
            self.files[number] = place.read_bytes()

    def _hold(self, path: Path) -> int:
        """The inode, kept open so that no other file ever gets its number."""
        number = path.lstat().st_ino
        if number not in self.held:
            self.held[number] = os.open(path, os.O_PATH | os.O_NOFOLLOW)
            if path.is_dir() and not path.is_symlink():
                self.folders.setdefault(number, {})  # it is there, and nothing is known to be in it
        return number

    def let_go(self) -> None:
        for descriptor in self.held.values():
            os.close(descriptor)
        self.held.clear()

    def keep_all(self) -> None:
        for path in (self.root, *self.root.rglob("*")):
            self.keep(str(path))

    def left(self) -> Tree:
        """What is there after the power has come back."""
        return self._tree(self.root.stat().st_ino)

    def _tree(self, folder: int) -> Tree:
        return {
            name: self._tree(inode) if inode in self.folders else self.files.get(inode, b"")
            for name, inode in self.folders[folder].items()
        }


@contextmanager
def recorded(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk that keeps what is there now, and then only what it is told to."""
    disk = Disk(root)
    disk.keep_all()

    def fsync(descriptor: int) -> None:
        disk.states.append(disk.left())
        disk.keep(descriptor)
        disk.states.append(disk.left())

    monkeypatch.setattr(os, "fsync", fsync)
    yield disk
    disk.states.append(disk.left())
    disk.let_go()


def write_tree(root: Path, tree: Tree) -> None:
    """The files and folders of a tree below a folder that is there."""
    for name, content in tree.items():
        if isinstance(content, bytes):
            (root / name).write_bytes(content)
        else:
            (root / name).mkdir()
            write_tree(root / name, content)
