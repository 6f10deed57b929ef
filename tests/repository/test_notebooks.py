"""The committed notebooks are thin: parameters, one line that opens, one call per figure."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from worlds.places import PROJECT

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
LINES = 6
PROGRAMS = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If,
    ast.IfExp, ast.With, ast.Try, ast.Match, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp,
)  # fmt: skip

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_code_cells_hold_no_program(path: Path) -> None:
    for cell in _code(path):
        found = [n for n in ast.walk(ast.parse(_source(cell))) if isinstance(n, PROGRAMS)]
        assert not found, f"{cell['id']} belongs in a module"


def test_code_cells_are_short(path: Path) -> None:
    assert [c["id"] for c in _code(path) if len(_source(c).splitlines()) > LINES] == []


def test_one_cell_declares_the_parameters_as_text(path: Path) -> None:
    (cell,) = [c for c in _code(path) if "parameters" in c["metadata"].get("tags", [])]
    for line in ast.parse(_source(cell)).body:
        assert isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        assert isinstance(line.value.value, str)


def test_every_parameter_says_what_to_write(path: Path) -> None:
    """The analyst needs no other page: a comment stands beside each parameter."""
    (cell,) = [c for c in _code(path) if "parameters" in c["metadata"].get("tags", [])]
    assert [line for line in _source(cell).splitlines() if not re.search(r'"  # \S+', line)] == []


def test_nothing_of_a_run_is_committed(path: Path) -> None:
    notebook = _read(path)
    assert "papermill" not in notebook["metadata"]
    for cell in notebook["cells"]:
        assert not set(cell["metadata"]) - {"tags"}, cell["id"]
    for cell in _code(path):
        assert cell["outputs"] == [] and cell["execution_count"] is None, cell["id"]


def test_cell_ids_are_given_names_and_stay(path: Path) -> None:
    """An editor's random ids would change with every rewritten cell."""
    ids = [c["id"] for c in _read(path)["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-([a-z]+|\d\d))?", i) for i in ids)


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _code(path: Path) -> list[dict[str, Any]]:
    return [c for c in _read(path)["cells"] if c["cell_type"] == "code"]


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])
