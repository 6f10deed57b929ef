"""`--dry-run`: says what would be done, and writes nothing at all."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from worlds.places import EXAMPLE
from worlds.releases import run_month
from worlds.two_members import TwoMembers

from kuntakoonti.cli.main import main


def tree(root: Path) -> dict[str, str]:
    """Every file and folder below, with its bytes and its time of change."""
    return {
        p.relative_to(root).as_posix(): f"{p.stat().st_mtime_ns} "
        + (hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "")
        for p in root.rglob("*")
    }


def test_a_month_that_is_not_prepared(tmp_path: Path, capsys) -> None:
    """Release, date, members, every page with its languages and formats; the folder is not made."""
    output = tmp_path / "outputs"
    more = ("--dry-run", "--format", "html,csv", "--language", "sv", "--language", "fi")
    assert run_month("2025-08", "2025-09-15", output, *more) == 0
    said = capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    for part in (
        "Koeajo: mitään ei kirjoiteta.",
        "Uusi arkisto: ",
        "2025-08, tilanne 2025-09-15: luonnos kansioon ",
        "11 jäsenkuntaa: 204, ",
        "297 Kuopio (sv, fi): tehtäisiin (html, csv)\n",
        "Alueen yhteenveto (sv, fi): tehtäisiin (html, csv)\n",
        "huomautusta; ne eivät pysäytä ajoa",
    ):
        assert part in said, part


def test_a_draft_that_is_there_stays_as_it_is(drafted: Path, capsys) -> None:
    """Two pages are unchanged, the others would be made; not a byte and not a time changes."""
    before = tree(drafted)
    capsys.readouterr()
    assert run_month("2025-08", "2025-09-15", drafted, "--dry-run") == 0
    said = capsys.readouterr().err
    assert "857 Tuusniemi (fi): ennallaan\n" in said and "844 Tervo (fi): ennallaan\n" in said
    assert "297 Kuopio (fi): tehtäisiin (html, pdf, xlsx, csv)\n" in said
    assert "sitä ei tehtäisi uudelleen" in said
    assert run_month("2025-08", "2025-09-15", drafted, "--dry-run", "--language", "en") == 0
    assert "857 Tuusniemi (en): tehtäisiin" in capsys.readouterr().err
    assert tree(drafted) == before


def test_an_approval_says_what_it_would_append_and_write(drafted: Path, capsys) -> None:
    """The line of the ledger, the pages, the lists; nothing changes."""
    before = tree(drafted)
    capsys.readouterr()
    words = ["approve", "2025-08", "--by", "controller", "--output", str(drafted)]
    assert main([*words, "--dry-run"]) == 0
    said = capsys.readouterr().err
    assert "Arkistoon tulisi rivi 1: 2025-08, tilanne 2025-09-15, hyväksyjä controller, " in said
    assert "Hyökkäys luonnosta vastaan epäonnistui" in said
    assert "297 Kuopio (fi): tehtäisiin" in said and "dispatch.csv" in said
    assert tree(drafted) == before


def test_an_approved_release_is_whole_or_says_what_is_missing(released: Path, capsys) -> None:
    """Neither the month nor the approval would do anything; a lost file is named."""
    approve = ["approve", "2025-08", "--by", "controller", "--output", str(released), "--dry-run"]
    before = tree(released)
    assert main(approve) == 0
    assert run_month("2025-08", "2025-09-15", released, "--dry-run") == 0
    said = capsys.readouterr().err
    assert said.count("2025-08 on ehjä; mitään ei tehtäisi.") == 2
    assert tree(released) == before
    lost = released / "2025-08" / "844-Tervo" / "844-Tervo-koontitiedot-2025-08.pdf"
    lost.unlink()
    before = tree(released)
    assert main(approve) == 0
    assert f"2025-08  PUUTTUU 844-Tervo/{lost.name}" in capsys.readouterr().err
    assert tree(released) == before


@pytest.mark.parametrize(
    ("month", "as_of", "more", "code"),
    [
        ("2025-13", "2025-09-15", (), 2),
        ("2025-08", "15.9.2025", (), 2),
        ("2025-08", "2025-08-30", (), 2),
        ("2025-08", "2025-09-15", ("--municipality", "091"), 2),
        ("2025-08", "2025-09-15", ("--format", "docx"), 2),
    ],
)
def test_wrong_usage_is_refused_as_in_earnest(month, as_of, more, code, tmp_path: Path) -> None:
    """The same exit code, and nothing is written."""
    assert run_month(month, as_of, tmp_path / "o", *more, "--dry-run") == code
    assert list(tmp_path.iterdir()) == []


def test_problems_in_the_data_stop_it(tmp_path: Path, capsys) -> None:
    """Exit 3 with the list, as in earnest."""
    data = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
    with (data / "costs.csv").open("a", encoding="utf-8") as file:
        file.write("X1;palkkatuki;;G;2025-08;abc;2025-09-01\n")
    words = ["--as-of", "2025-09-15", "--data", str(data), "--output", str(tmp_path / "o")]
    assert main(["month", "2025-08", *words, "--dry-run"]) == 3
    assert "PYSÄYTTÄÄ  costs.csv, rivi " in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def _run_file(path: Path, output: Path, *lines: str) -> str:
    known = ["data: data/example", f"output: {output}", 'municipality: ["857"]', *lines]
    path.write_text("\n".join(known), encoding="utf-8")
    return str(path)


@pytest.mark.slow
def test_files_are_a_run_each_and_a_failed_one_stops_no_other(tmp_path: Path, capsys) -> None:
    """A month, a file with mistakes, a year's end by the name it would have; the worst exit code."""
    output = tmp_path / "o"
    files = [
        _run_file(
            tmp_path / "a.yml",
            output,
            'month: "2025-08"',
            'as_of: "2025-09-15"',
            "language: [sv, fi]",
        ),
        _run_file(tmp_path / "b.yml", output, 'month: "2025-08"', 'year: "2025"', "as_of: x"),
        _run_file(tmp_path / "c.yml", output, 'year: "2025"', 'as_of: "2026-01-20"'),
    ]
    assert main(["run", *files, "--dry-run"]) == 2
    first, second, third = re.split(r"Ajo .*\n", capsys.readouterr().err)[1:]
    assert "857 Tuusniemi (sv, fi): tehtäisiin" in first and "297 Kuopio" not in first
    assert "kirjoita päivä muodossa" in second and "tehtäisiin" not in second
    assert "2025-tasausarvio, tilanne 2026-01-20: luonnos" in third
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.yml", "b.yml", "c.yml"]


def test_the_pages_it_lists_are_those_that_are_made(
    two_members: TwoMembers, tmp_path: Path, capsys
) -> None:
    """One list: said by the dry run, made by the month, and unchanged for the next dry run."""
    words = [*two_members.month, "--output", str(tmp_path / "o")]
    assert main([*words, "--dry-run"]) == 0
    planned = re.findall(r"^(.*) \(.*\): tehtäisiin \(", capsys.readouterr().err, re.MULTILINE)
    assert main(words) == 0
    made = re.findall(r"^\[\d+/4\] (.*): valmis$", capsys.readouterr().err, re.MULTILINE)
    assert len(planned) == 4 and sorted(planned) == sorted(made)
    assert main([*words, "--dry-run"]) == 0
    again = re.findall(r"^(.*) \(.*\): ennallaan$", capsys.readouterr().err, re.MULTILINE)
    assert again == planned
