"""`prune`: what is older than the rule `retention` keeps it is listed, removed by a role, and recorded."""

import json
import os
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from worlds.releases import hashes
from worlds.two_members import TwoMembers, approve, told

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.release.prune import Asked, prune, pruned_files

LATER = date(2035, 5, 31)


def run(output: Path, *words: str) -> int:
    return main([*words, "--output", str(output)])


def settings(output: Path, world: TwoMembers) -> Settings:
    return Settings(world.folder / "data", world.folder / "parameters", OutputFolder(output))


def removed(output: Path, world: TwoMembers, by: str = "", today: date = LATER) -> list[str]:
    """What a pruning of everything before 2033 says, a line each."""
    said = list[str]()
    asked = Asked(date(2033, 1, 1), by, today)
    assert prune(settings(output, world), asked, Messenger(Language("en"), said.append)) == 0
    return said


@pytest.fixture
def aged(archive: Path) -> Path:
    """An archive with everything that `restricted/` can hold."""
    for name in ("trace/179-2025.csv", "lab/monthly_annex.ipynb", "reconciliation/2025-08.csv"):
        path = archive / "restricted" / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.touch()
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return archive


def test_a_look_writes_nothing_and_says_what_and_why(aged: Path, two_members: TwoMembers) -> None:
    """Preparations, proofs, traces, pages that were given out; not what a later release needs."""
    before = hashes(aged)
    said = removed(aged, two_members)
    assert hashes(aged) == before
    named = {line.split(": ")[1] for line in said if line.startswith("Would be removed")}
    rooms = {name.split("/")[1] for name in named}
    assert rooms == {"prepare", "attack", "trace", "lab", "verified", "witnesses"}
    assert {Path(n).suffix for n in named if "/verified/" in n} == {".html", ".pdf", ".xlsx"}
    text = "\n".join(said)
    assert "next release is compared" in text and "accounting records for 10 years" in text
    assert "attacker counts figures that were given out: 1" in text
    assert "Nothing was removed. To remove: --remove-by ROLE." in text


def test_what_is_removed_is_recorded_and_the_archive_is_whole(
    aged: Path, two_members: TwoMembers, capsys
) -> None:
    """A chained line and one of the ledger; a second time nothing is left; a cut list is seen."""
    would = [n.split(": ")[1] for n in removed(aged, two_members) if n.startswith("Would")]
    removed(aged, two_members, by="controller")
    assert not [name for name in would if (aged / name).exists()]
    assert sorted(pruned_files(OutputFolder(aged))) == sorted(would)
    (line,) = (aged / "restricted" / "pruned.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["approved_by"] == "controller"
    last = json.loads((aged / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert last["kind"] == "listed" and "pruned" in last["heads"]
    assert not any((aged / "restricted" / "trace").iterdir())
    assert run(aged, "status") == 0 and run(aged, "attack") == 0
    assert "Removed" not in "\n".join(removed(aged, two_members, by="controller"))
    (aged / "restricted" / "pruned.jsonl").write_bytes(b"")
    capsys.readouterr()
    assert run(aged, "status") == 2
    assert "pruned.jsonl on tyhjennetty tai katkaistu" in capsys.readouterr().out


def test_accounting_records_go_when_their_years_are_over(
    aged: Path, two_members: TwoMembers
) -> None:
    """Ten years after the end of 2025: from 1 January 2036."""
    name = "restricted/reconciliation/2025-08.csv"
    early, late = (
        removed(aged, two_members, today=date(y, *d)) for y, d in ((2035, (12, 31)), (2036, (1, 1)))
    )
    assert f"Would be removed: {name}" not in early and f"Would be removed: {name}" in late


def test_nothing_behind_a_link_is_removed(
    aged: Path, two_members: TwoMembers, tmp_path: Path
) -> None:
    """A room that is a link is left alone, of a linked file only the link goes."""
    behind = tmp_path / "behind.csv"
    behind.write_text("kept", encoding="utf-8")
    link = aged / "restricted" / "trace" / "linked.csv"
    link.symlink_to(behind)
    os.utime(link, (1_700_000_000, 1_700_000_000), follow_symlinks=False)
    lab = aged / "restricted" / "lab"
    shutil.move(lab, tmp_path / "lab")
    lab.symlink_to(tmp_path / "lab")
    removed(aged, two_members, by="controller")
    assert not link.is_symlink() and behind.exists()
    assert [*(tmp_path / "lab").iterdir()]


@pytest.mark.parametrize(
    ("before", "by", "said"),
    [
        ("2034-05-29", "", "24 months. Write 2033-05-28"),
        ("2033-01-01", "Matti Meikäläinen", "--remove-by: write one of the roles"),
        ("2033-01-01", "010180-9026", "without a personal identity code"),
    ],
)
def test_what_is_refused(
    before: str, by: str, said: str, aged: Path, two_members: TwoMembers
) -> None:
    """A day within the time that files are kept, and who is no role of the area; nothing is removed."""
    there = hashes(aged)
    with pytest.raises(UsageError) as caught:
        prune(
            settings(aged, two_members), Asked(date.fromisoformat(before), by, LATER), Messenger()
        )
    told = caught.value.said(Language("en"))
    assert said in told and "Meikäläinen" not in told and "010180" not in told
    assert hashes(aged) == there


def test_without_the_rule_its_lines_are_given(
    aged: Path, two_members: TwoMembers, tmp_path: Path
) -> None:
    """An older folder: one sentence and what to paste."""
    folder = Path(shutil.copytree(two_members.folder / "parameters", tmp_path / "parameters"))
    rules = folder / "rules.yml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(re.sub(r"^retention:\n(  .*\n)+", "", text, flags=re.M), encoding="utf-8")
    older = Settings(folder, folder, OutputFolder(aged))
    with pytest.raises(UsageError) as caught:
        prune(older, Asked(date(2033, 1, 1), "", LATER), Messenger())
    assert "accounting_years: 10" in caught.value.said(Language("en"))


def test_the_command_only_looks_until_a_role_removes(
    aged: Path, two_members: TwoMembers, capsys
) -> None:
    """By the command line, with and without `--dry-run`; from 1 January 2001 nothing is that old."""
    words = [
        "prune",
        "--before",
        "2001-01-01",
        "--parameters",
        str(two_members.folder / "parameters"),
    ]
    for more in (
        [],
        ["--dry-run"],
        ["--remove-by", "controller", "--dry-run"],
        ["--remove-by", "controller"],
    ):
        assert run(aged, *words, *more) == 0
    assert not (aged / "restricted" / "pruned.jsonl").exists()
    assert run(aged, "prune", "--before", "1.1.2001") == 2


@pytest.mark.slow
def test_the_next_month_is_made_after_a_pruning(aged: Path, two_members: TwoMembers) -> None:
    """It compares with what was kept; the figures that were given out are still attacked."""
    removed(aged, two_members, by="controller")
    month = ["month", "2025-09", "--as-of", "2025-10-15", *told(two_members), "--workers", "1"]
    assert run(aged, *month, "--format", "html,csv") == 0
    assert run(aged, *approve("2025-09")) == 0 and run(aged, "status") == 0
