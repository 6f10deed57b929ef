"""docs/runbook.md: its commands, in its order, on a small area; a year from a month to its adjustment."""

import re
import shlex
from pathlib import Path

import pytest
from worlds.new_areas import filled_in
from worlds.places import PROJECT

from kuntakoonti.cli.main import main
from kuntakoonti.parameters.new_area import write_new_area

DOC = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
MEMBERS = {"857": "149", "844": "078"}  # the runbook's municipalities and the small area's


def commands(text: str) -> list[list[str]]:
    """The commands of the blocks of a text."""
    blocks = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("kuntakoonti ") for line in lines)
    return [shlex.split(line)[1:] for line in lines]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small area's parameters and its data under every name of the runbook."""
    folder = tmp_path_factory.mktemp("desk")
    filled_in(write_new_area("07", folder / "parameters"))
    assert main(["example-data", str(folder / "data" / "07"), "--area", "07"]) == 0
    for name in set(re.findall(r"--data data/(\S+)", DOC)):
        (folder / "data" / name).symlink_to(folder / "data" / "07")
    return folder


def run(desk: Path, words: list[str]) -> int:
    """One command in that folder, of that area; drafts as HTML and CSV."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        patch.setenv("KUNTAKOONTI_PARAMETERS", str(desk / "parameters"))
        known = [MEMBERS.get(word, word) for word in words]
        return main(
            [*known, *(["--format", "html,csv"] if words[0] in ("month", "year-end") else [])]
        )


@pytest.mark.slow
def test_a_month_and_a_year_end_are_made_by_the_runbook(desk: Path) -> None:
    """Every command from the first to the look behind a figure ends with 0, in the runbook's order."""
    until, later = DOC.split("## Väärä luku\n")
    for words in commands(until):
        assert run(desk, words) == 0, words
    ledger = (desk / "outputs" / "ledger.jsonl").read_text(encoding="utf-8")
    assert len(ledger.splitlines()) == 3
    sent = (desk / "outputs" / "sent.csv").read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in sent.splitlines()[1:]] == ["2025-08", "2025-tasaus"]
    correction, exact, *others = commands(later)
    assert (
        run(desk, correction) == 2
    )  # the year is settled; what a correction does: test_correct.py
    assert run(desk, exact) == 0
    assert (desk / "outputs" / "restricted" / "verified" / "2025-08-078.pdf").exists()
    assert [words[0] for words in others] == ["recall", "reproduce", "prune"]
    for words in others:
        assert run(desk, words) == 0, words


def test_the_runbook_has_every_exit_code_and_every_step_of_the_month() -> None:
    """Its first table names what there is to do, and each step is there."""
    assert [int(n) for n in re.findall(r"^## (\d) ", DOC, re.MULTILINE)] == [1, 2, 3, 4, 5, 6]
    failing = DOC.split("## Kun jokin menee vikaan\n")[1]
    assert re.findall(r"^\| (\d) \|", failing, re.MULTILINE) == ["0", "1", "2", "3"]


def test_the_runbooks_inner_links_lead_somewhere() -> None:
    """A link to a section has its heading."""
    headings = {
        re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-")
        for h in re.findall(r"^#+ (.+)$", DOC, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", DOC)) <= headings
