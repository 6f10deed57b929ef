"""A loss of power between any two calls to the disk: afterwards there is what was before, or all that is new.

Every prefix of the recorded calls is replayed on a disk that keeps nothing it was not told to.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from worlds.disks import Tree, recorded, write_tree

from kuntakoonti.core.chained_list import GENESIS, append_chained, read_chained
from kuntakoonti.core.files import append_line, replace_folder, write_atomic


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


@pytest.mark.parametrize("does", NEW, ids=lambda f: f.__name__.strip("_"))
def test_either_before_or_after(
    does: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replaced folder may be beside its place, where the next run finds it (`.pages.old`)."""
    write_tree(tmp_path, OLD)
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
        write_tree(again, left)
        entries = [body for body, _ in read_chained(again / "chain.jsonl", lambda body: body)]
        assert entries in ([{"n": 1}], [{"n": 1}, {"n": 2}])
        if len(entries) == 2:
            assert left["pages"] == {"a": b"new", "in": {"b": b"new"}}
    assert len(entries) == 2
