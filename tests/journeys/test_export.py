"""From another area's own exports to an approved month, without a line of programming."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from worlds.places import EXAMPLE

from kuntakoonti.cli.main import main
from kuntakoonti.core.settings import PROJECT
from kuntakoonti.example import export_plan, make, write

EXPORT = EXAMPLE.parent / "example-export"
PLAN = export_plan("17", 12, 0.1, 1)
FORESEEN = (
    "forecast_",
    "expected_adjustment_",
    "completeness_",
    "past_error",
)  # delays are not known
Figures = dict[tuple[str, ...], tuple[str, ...]]


def figures(output: Path) -> Figures:
    """Every figure of the approved month but what rests on delays."""
    found: Figures = {}
    for path in sorted((output / "2025-08").glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if not row["measure"].startswith(FORESEEN):
                    *key, value, low, high, status = list(row.values())
                    found[tuple(key)] = (value, low, high, status)
    return found


def month(data: Path, parameters: Path, output: Path) -> int:
    words = ["month", "2025-08", "--as-of", "2025-09-15", "--format", "csv"]
    folders = ["--data", str(data), "--parameters", str(parameters), "--output", str(output)]
    return main([*words, *folders, "--approve-by", "controller"])


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The area's parameters with the proposed sources, as they were proposed."""
    folder = Path(
        shutil.copytree(PROJECT / "parameters", tmp_path_factory.mktemp("p") / "parameters")
    )
    assert main(["new-sources", str(EXPORT), "--parameters", str(folder)]) == 0
    return folder


def test_the_committed_export_is_what_the_program_writes(tmp_path: Path) -> None:
    """To the byte, and nothing more."""
    words = ["--as-export", "--scale", "0.1", "--months", "12"]
    assert main(["example-data", str(tmp_path / "made"), *words]) == 0
    made = {
        p.relative_to(tmp_path / "made"): p.read_bytes() for p in (tmp_path / "made").rglob("*.csv")
    }
    assert made == {p.relative_to(EXPORT): p.read_bytes() for p in EXPORT.rglob("*.csv")}


def test_the_page_says_these_commands() -> None:
    """Proposal, check and month, as they are run here."""
    page = (PROJECT / "docs" / "another-area.md").read_text(encoding="utf-8")
    said = re.findall(r"^\.venv/bin/kuntakoonti (\S+) .*data/example-export", page, re.MULTILINE)
    assert said == ["new-sources", "check", "month"]


def test_the_proposal_names_no_person(parameters: Path) -> None:
    """Headings, and values that name services and kinds; not one identity code."""
    text = (parameters / "sources.yml").read_text(encoding="utf-8")
    assert "TÄYDENNÄ" not in text.split("\n", 1)[1]
    codes = {line.split(";")[0] for line in
             (EXPORT / "export-2025-09-15" / "kotikunnat.csv").read_text("cp1252").splitlines()[1:]}  # fmt: skip
    assert codes and not [code for code in codes if code in text]


@pytest.mark.slow
def test_the_figures_are_those_of_the_plain_example(parameters: Path, tmp_path: Path) -> None:
    """To the cent; and no identity code is anywhere in OUTPUT."""
    write(make(PLAN), tmp_path / "plain")
    assert month(tmp_path / "plain", PROJECT / "parameters", tmp_path / "one") == 0
    assert month(EXPORT, parameters, tmp_path / "two") == 0
    assert figures(tmp_path / "two") == figures(tmp_path / "one") != {}
    for path in (tmp_path / "two").rglob("*"):
        assert path.is_dir() or b"010160-9" not in path.read_bytes(), path
