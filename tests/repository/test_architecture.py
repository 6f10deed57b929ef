"""docs/architecture.md names every module once, and its order is the direction of imports."""

import ast
import re
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "kuntakoonti"
TABLE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\w+) \| `([\w.]+)` \| .+ \|$", TABLE, re.MULTILINE)
ROOM = {module: room for room, module in ROWS}
PLACE = {module: place for place, (_, module) in enumerate(ROWS)}
FILES = {
    ".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts)
    .removesuffix(".__init__")
    .removeprefix("kuntakoonti."): p
    for p in sorted(PACKAGE.rglob("*.py"))
    if p.stat().st_size  # an empty __init__.py says nothing
}
OPEN_ROOMS = ("annex", "publish")


def test_every_module_is_in_the_table_once() -> None:
    assert sorted(module for _, module in ROWS) == sorted(FILES)


def test_the_rooms_follow_each_other() -> None:
    rooms = [room for room, _ in ROWS]
    assert [r for i, r in enumerate(rooms) if i == 0 or rooms[i - 1] != r] == list(
        dict.fromkeys(rooms)
    )


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_what_stands_above_it(module: str) -> None:
    """Above in the table: so no import goes to a later room, and none goes round in a circle."""
    below = [m for m in _imports(module) if PLACE[m] >= PLACE[module]]
    assert not below, f"{module} imports {below}: move a row of the table, or the import"


@pytest.mark.parametrize("module", [m for m in FILES if ROOM.get(m) in OPEN_ROOMS])
def test_the_open_room_knows_only_the_ground_and_the_door(module: str) -> None:
    allowed = {"ground", "door", ROOM[module]}
    assert {ROOM[m] for m in _imports(module)} <= allowed


def _imports(module: str) -> Iterator[str]:
    """The modules of the package that a module imports, anywhere in its text."""
    full = module if module == "kuntakoonti" else f"kuntakoonti.{module}"
    parent = full if FILES[module].name == "__init__.py" else full.rpartition(".")[0]
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), parent)
            inside = [f"{source}.{alias.name}" for alias in node.names]
            names = [n if n.removeprefix("kuntakoonti.") in FILES else source for n in inside]
        yield from {
            n.removeprefix("kuntakoonti.") for n in names if n.split(".")[0] == "kuntakoonti"
        }
