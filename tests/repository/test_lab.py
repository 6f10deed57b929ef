"""`make lab` opens copies, so that exact figures of a run are never saved beside the code."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from worlds.places import NOTEBOOKS, PROJECT

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _lab(output: Path, programs: Path) -> str:
    """Run the target with a JupyterLab that only says how it was started."""
    programs.mkdir(exist_ok=True)
    for name in ("kuntakoonti", "jupyter"):
        program = programs / name
        program.write_text('#!/bin/sh\necho "$@ $KUNTAKOONTI_OUTPUT"\n', encoding="utf-8")
        program.chmod(0o755)
    words = ["make", "-s", "lab", f"BIN={programs}", f"OUTPUT={output}"]
    return subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, text=True).stdout


@needs_make
def test_the_lab_opens_copies_that_only_their_owner_reads(tmp_path: Path) -> None:
    output = tmp_path / "outputs"
    before = {path: path.read_bytes() for path in NOTEBOOKS.iterdir() if path.is_file()}
    lab = output / "restricted" / "lab"
    assert str(lab) in _lab(output, tmp_path / "bin")
    assert {p.name for p in lab.glob("*.ipynb")} == {p.name for p in NOTEBOOKS.glob("*.ipynb")}
    for folder in (output / "restricted", lab):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in lab.iterdir())
    assert before == {path: path.read_bytes() for path in NOTEBOOKS.iterdir() if path.is_file()}
    start = json.dumps(json.loads((lab / "start_here.ipynb").read_text(encoding="utf-8")))
    assert (
        str(output) in start
        and str(PROJECT / "data" / "example") in start
        and '\\"../' not in start
    )


@needs_make
def test_what_was_written_in_the_lab_stays_until_the_notebook_is_newer(tmp_path: Path) -> None:
    output = tmp_path / "outputs"
    _lab(output, tmp_path / "bin")
    copy = output / "restricted" / "lab" / "monthly_annex.ipynb"
    copy.write_text("{}", encoding="utf-8")
    _lab(output, tmp_path / "bin")
    assert copy.read_text(encoding="utf-8") == "{}"
    os.utime(copy, (0, 0))
    _lab(output, tmp_path / "bin")
    assert copy.read_bytes() != b"{}"
