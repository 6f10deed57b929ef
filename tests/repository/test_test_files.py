"""The tests themselves: what they share stands in worlds/, and each of them can fail."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds.places import PROJECT

TESTS = PROJECT / "tests"
FILES = sorted(TESTS.rglob("*.py"))
RAISING = ("pytest.raises", "pytest.warns", "pytest.fail")


def name_of(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of every import, also inside functions; the name of ``import x`` is empty."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def is_private(module: str, name: str) -> bool:
    ours = module.split(".")[0] in ("kuntakoonti", "worlds")
    parts = (*module.split("."), name)
    return ours and any(p.startswith("_") and not p.startswith("__") for p in parts)


def can_fail(test: ast.FunctionDef) -> bool:
    """Whether a test has an assertion of its own: ``assert`` or what pytest expects to be raised."""
    return any(
        (isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant | ast.Tuple))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in RAISING)
        for node in ast.walk(test)
    )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_test_file_imports_no_test_file_and_no_private_name(path: Path) -> None:
    """Builders stand in worlds/; a private function is tested through its public caller."""
    found = list(imported(ast.parse(path.read_text(encoding="utf-8"))))
    modules = {part for module, _ in found for part in module.split(".")}
    assert not {m for m in modules if m.startswith("test_") or m == "conftest"}
    assert not [(module, name) for module, name in found if is_private(module, name)]


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=name_of)
def test_every_test_can_fail(path: Path) -> None:
    """Each test has an assertion of its own."""
    functions = [
        f for f in ast.parse(path.read_text("utf-8")).body if isinstance(f, ast.FunctionDef)
    ]
    tests = [f for f in functions if f.name.startswith("test_")]
    assert tests and [f.name for f in tests if not can_fail(f)] == []


def test_every_test_is_in_the_folder_of_a_room() -> None:
    """The folders of the tests are those of the rooms, and few besides."""
    rooms = {
        p.name for p in (PROJECT / "src" / "kuntakoonti").iterdir() if (p / "__init__.py").exists()
    }
    folders = {p.relative_to(TESTS).parts[0] for p in TESTS.rglob("test_*.py")}
    assert folders - rooms == {"fuzz", "journeys", "repository"}
    assert not list(TESTS.glob("test_*.py"))
