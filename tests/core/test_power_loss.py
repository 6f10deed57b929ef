"""A loss of power between any two calls to the disk: afterwards there is what was before, or all that is new.

The disk of these tests keeps nothing that it was not told to: bytes by fsync of their file, names by
fsync of their folder. Every prefix of the recorded calls is replayed on it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kuntakoonti.core.chained_list import GENESIS, append_chained, read_chained
from kuntakoonti.core.files import append_line, replace_folder, write_atomic

Tree = dict[str, "Tree | bytes"]


@dataclass
class Disk:
    """What a disk surely holds: the bytes of files and the names of folders, by inode."""

    root: Path
    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)
    states: list[Tree] = field(default_factory=list)

    def keep(self, path: str | int) -> None:
        """What an fsync makes durable."""
        place = Path(f"/proc/self/fd/{path}").readlink() if isinstance(path, int) else Path(path)
        found = place.stat()
        if place.is_dir():
            self.folders[found.st_ino] = {p.name: p.lstat().st_ino for p in place.iterdir()}
        else:
            self.files[found.st_ino] = place.read_bytes()

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
    disk, sync = Disk(root), os.fsync
    disk.keep_all()

    def fsync(descriptor: int) -> None:
        disk.states.append(disk.left())
        sync(descriptor)
        disk.keep(descriptor)
        disk.states.append(disk.left())

    monkeypatch.setattr(os, "fsync", fsync)
    yield disk
    disk.states.append(disk.left())


def _append(root: Path) -> None:
    append_line(root / "ledger.jsonl", "two")


def _write(root: Path) -> None:
    write_atomic(root / "file", "new")


def _replace(root: Path) -> None:
    aside = root / ".pages.part"
    (aside / "in").mkdir(parents=True)
    for name in ("a", "in/b"):
        (aside / name).write_text("new", encoding="utf-8")
    replace_folder(aside, root / "pages")


OLD: Tree = {"ledger.jsonl": b"one\n", "file": b"old", "pages": {"a": b"old"}}
NEW: dict[Callable[[Path], None], tuple[str, "Tree | bytes"]] = {
    _append: ("ledger.jsonl", b"one\ntwo\n"),
    _write: ("file", b"new"),
    _replace: ("pages", {"a": b"new", "in": {"b": b"new"}}),
}


def _written(root: Path, tree: Tree) -> None:
    for name, content in tree.items():
        if isinstance(content, bytes):
            (root / name).write_bytes(content)
        else:
            (root / name).mkdir()
            _written(root / name, content)


@pytest.mark.parametrize("does", NEW, ids=lambda f: f.__name__.strip("_"))
def test_either_before_or_after(
    does: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replaced folder may be beside its place, where the next run finds it (`.pages.old`)."""
    _written(tmp_path, OLD)
    name, new = NEW[does]
    with recorded(tmp_path, monkeypatch) as disk:
        does(tmp_path)
    for left in disk.states:
        found = left.get(name, left.get(f".{name}.old"))
        assert found in (OLD[name], new), left
    assert disk.states[-1][name] == new
    assert any(left.get(name) == OLD[name] for left in disk.states)


def test_a_chain_never_has_a_line_before_what_it_tells_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages first, then their line: wherever the line is, the pages are; and the chain is whole."""
    chain = tmp_path / "chain.jsonl"
    head = append_chained(chain, GENESIS, {"n": 1})
    with recorded(tmp_path, monkeypatch) as disk:
        _replace(tmp_path)
        append_chained(chain, head, {"n": 2})
    again = tmp_path / "again"
    for left in disk.states:
        shutil.rmtree(again, ignore_errors=True)
        again.mkdir()
        _written(again, left)
        entries = [body for body, _ in read_chained(again / "chain.jsonl", lambda body: body)]
        assert entries in ([{"n": 1}], [{"n": 1}, {"n": 2}])
        if len(entries) == 2:
            assert left["pages"] == {"a": b"new", "in": {"b": b"new"}}
    assert len(entries) == 2
