"""A notebook's own check of its parameters, whoever runs it: papermill, `jupyter execute`, a session."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.notebook_parameters import release_of
from kuntakoonti.pages.annex import open_annex

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_the_release_follows_from_the_period(
    august_draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month's release is the month's; a year's the final adjustment where there is one."""
    monkeypatch.setenv("KUNTAKOONTI_OUTPUT", str(august_draft))
    annex = open_annex("857", "2025-08")
    assert annex.manifest.release == "2025-08" and annex.figures.municipality == "857"
    assert release_of("2025", "") == "2025-tasausarvio"


def test_a_years_own_release_is_the_final_one_once_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUNTAKOONTI_OUTPUT", str(tmp_path))
    (tmp_path / "protected" / "2025-tasaus").mkdir(parents=True)
    assert release_of("2025", "") == "2025-tasaus"


@pytest.mark.parametrize(
    ("period", "release", "found"),
    [
        ("2025-06", "2025-08", "2025-08"),
        ("2025-08", "2025-08-v2", ""),
        ("2025-06", "2025-08-v2", "2025-08"),
        ("2025", "2025-tasausarvio", ""),
        ("2024", "2025-tasaus", "2025"),
        ("2025-08", "2025-tasaus", "2025"),
    ],
)  # fmt: skip
def test_a_release_of_another_period_is_refused(period: str, release: str, found: str) -> None:
    """The sentence names both; a corrected month's release is its month's."""
    if not found:
        assert release_of(period, release) == release
        return
    with pytest.raises(UsageError) as refused:
        release_of(period, release)
    assert all(word in str(refused.value) for word in (release, found, period))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p", "month", "2025-06"], "Julkaisusta 2025-06 ei ole luonnosta"),
        (["-p", "month", "2025-06", "-p", "release", "2025-08"], "jaksolta 2025-08"),
        (["-p", "municipality", "857", "-p", "moth", "2025-08"], "ei ole parametria moth"),
        (["-p", "municipality", "857"], ""),
    ],
)  # fmt: skip
def test_papermills_own_command_line_is_checked(
    words: list[str], said: str, august_draft: Path, tmp_path: Path
) -> None:
    """With papermill's ordinary engine as well, whose command line only warns of a wrong name."""
    ran = _run(august_draft, "papermill", str(NOTEBOOKS / "monthly_annex.ipynb"), str(tmp_path / "o.ipynb"),
               *words)  # fmt: skip
    assert (ran.returncode != 0) == bool(said) and said in " ".join(ran.stderr.split())


@pytest.mark.slow
def test_jupyter_execute_is_checked(august_draft: Path, tmp_path: Path) -> None:
    """A month changed by hand in the notebook, without a change of the release beside it."""
    notebook = nbformat.read(NOTEBOOKS / "monthly_annex.ipynb", as_version=4)
    notebook.cells[
        1
    ].source = 'municipality = "857"\nmonth = "2025-06"\nrelease = "2025-08"\nlanguage = "fi"'
    nbformat.write(notebook, tmp_path / "in.ipynb")
    ran = _run(august_draft, "jupyter", "execute", str(tmp_path / "in.ipynb"))
    assert ran.returncode != 0 and "jaksolta 2025-08" in " ".join(ran.stderr.split())


def _run(output: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    settings = os.environ | {"KUNTAKOONTI_OUTPUT": str(output)}
    command = [str(Path(sys.executable).parent / program), *words]
    return subprocess.run(command, capture_output=True, text=True, env=settings)
