"""Notebooks of every kind: the forked engine gives what papermill's ordinary engine gives."""

import os
import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from runner.notebooks.kinds import KINDS, SAMPLE, Kind

PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
CHANGING = (  # what no two runs have in common
    (re.compile(r"0x[0-9a-f]{6,}|(?<=object at )[0-9a-f]{8,}"), "0x…"),
    (re.compile(r"/tmp/ipykernel_\d+/\d+"), "/tmp/ipykernel/cell"),
    (re.compile(r"\(\d{5,}\.py, line"), "(cell.py, line"),
    (re.compile(r"Thread-\d+|\d{4}-\d\d-\d\dT[\d:.+Z-]+"), "…"),
)
IN_PYTEST = "PYTEST_CURRENT_TEST"  # with it ipykernel does not catch the file descriptors


def _marked(kind: Kind) -> Any:
    marks = () if kind.name in SAMPLE else (pytest.mark.slow,)
    return pytest.param(kind, id=kind.name, marks=marks)


@pytest.mark.parametrize("kind", [_marked(kind) for kind in KINDS])
def test_the_engines_agree(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal outputs, numbers, states of cells and errors, or a line that says why not."""
    monkeypatch.delenv(IN_PYTEST, raising=False)
    with warnings.catch_warnings():
        warnings.resetwarnings()  # pytest's own are nobody else's
        ordinary, forked = (_run(kind, name, tmp_path / "run") for name in (None, "forked"))
    assert bool(ordinary["error"]) == bool(forked["error"])
    if kind.why:
        assert ordinary != forked or "by chance" in kind.why or "times" in kind.why
    else:
        assert forked == ordinary


def test_there_is_a_notebook_of_every_kind_once() -> None:
    names = [kind.name for kind in KINDS]
    assert len(names) == len(set(names)) >= 60 and set(SAMPLE) <= set(names)


def _run(kind: Kind, engine: str | None, folder: Path) -> dict[str, Any]:
    """What a run leaves: its error, and of each cell number, outputs and state."""
    shutil.rmtree(folder, ignore_errors=True)  # one folder: its name is in some errors
    folder.mkdir()
    nbformat.write(_notebook(kind), folder / "in.ipynb")
    error = ""
    before = Path.cwd()
    os.chdir(folder)
    try:
        papermill.execute_notebook(
            "in.ipynb", "out.ipynb", engine_name=engine, progress_bar=False, **kind.options
        )
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    finally:
        os.chdir(before)
    written = folder / "out.ipynb"
    cells = nbformat.read(written, as_version=4) if written.exists() else {}
    widgets = cells.get("metadata", {}).get("widgets", {})
    found = {
        "error": error,
        "cells": [_cell(c) for c in cells.get("cells", [])],
        "widgets": widgets,
    }
    return {name: _steady(value) for name, value in found.items()}


def _notebook(kind: Kind) -> Any:
    notebook = nbformat.v4.new_notebook(metadata=kind.metadata or PYTHON)
    for cell in kind.cells:
        source, *tags = (cell,) if isinstance(cell, str) else cell
        text = source.startswith("# A text")
        new = nbformat.v4.new_markdown_cell if text else nbformat.v4.new_code_cell
        notebook.cells.append(new(source, metadata={"tags": tags} if tags else {}))
    return notebook


def _cell(cell: Any) -> dict[str, Any]:
    """Streams that follow each other are one: the ordinary engine cuts them where time passes."""
    outputs: list[Any] = []
    for output in cell.get("outputs", []):
        last = outputs[-1] if outputs else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] += output.text
        else:
            outputs.append(output)
    state = cell.metadata.get("papermill", {})
    return {
        "source": cell.source if cell.cell_type == "markdown" else "",
        "number": cell.get("execution_count"),
        "outputs": outputs,
        "state": (state.get("status"), state.get("exception")),
    }


def _steady(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, instead in CHANGING:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, dict):
        return {key: _steady(item) for key, item in value.items()}
    return [_steady(item) for item in value] if isinstance(value, list | tuple) else value
