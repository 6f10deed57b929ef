"""`reproduce`: an approved release is made again beside the archive, and every figure compared."""

import shutil
from pathlib import Path

import pytest
from worlds.releases import hashes
from worlds.two_members import TwoMembers, told

from kuntakoonti.cli.main import main
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.release.anchors import grow_list


def run(output: Path, world: TwoMembers, *more: str) -> int:
    return main(["reproduce", "2025-08", *told(world), "--output", str(output), *more])


def test_a_release_is_reproduced_and_nothing_is_left(
    archive: Path, two_members: TwoMembers, capsys
) -> None:
    """Every figure is the same, of later data too; OUTPUT is as it was."""
    before = hashes(archive)
    assert run(archive, two_members) == 0
    assert "2025-08 on tehty uudelleen" in capsys.readouterr().err
    assert hashes(archive) == before


@pytest.mark.slow
def test_other_records_are_told_figure_by_figure(
    archive: Path, two_members: TwoMembers, tmp_path: Path, capsys
) -> None:
    """Without the records of one service: exit 1, the places that differ, and that the data are others."""
    data = Path(shutil.copytree(two_members.folder / "data", tmp_path / "data"))
    path = data / "service_periods.csv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(r for r in rows if ";starttiraha;" not in r), encoding="utf-8")
    before = hashes(archive)
    assert run(archive, two_members, "--data", str(data)) in (1, 2)
    said = capsys.readouterr().err
    assert "EROAA 179" in said or "EROAA 500" in said, said
    assert "eivät ole ne" in said
    assert hashes(archive) == before


@pytest.mark.slow
def test_what_was_pruned_is_named(archive: Path, two_members: TwoMembers, capsys) -> None:
    """The exact table is gone: with its day if it was pruned, else as missing."""
    output, name = OutputFolder(archive), "restricted/area/2025-08.csv"
    (archive / name).unlink()
    assert run(archive, two_members) == 0
    assert "2025-08.csv puuttuu" in capsys.readouterr().err
    body = {
        "before": "2026-01-01",
        "approved_by": "controller",
        "when": "2027-01-02",
        "files": [name],
    }
    grow_list(output, read_archive(output.ledger), output.pruned, body)
    assert run(archive, two_members) == 0
    assert "2027-01-02" in capsys.readouterr().err


def test_only_what_is_approved_is_reproduced(archive: Path, two_members: TwoMembers) -> None:
    words = ["reproduce", "2025-09", *told(two_members), "--output", str(archive)]
    assert main(words) == 2


@pytest.mark.slow
def test_a_corrected_page_is_reproduced(
    two_members: TwoMembers, archive: Path, tmp_path: Path
) -> None:
    """The one figure is counted again, the others are those of the version before."""
    data = Path(shutil.copytree(two_members.folder / "data", tmp_path / "data"))
    code, service, period = _ten_more(archive, data)
    words = ["correct", "2025-08", "--municipality", code, "--service", service, "--period", period]
    words += ["--as-of", "2025-10-01", "--reason", "Kirjausvirhe.", "--by", "controller"]
    now = ["--data", str(data), *told(two_members)[1:], "--output", str(archive)]
    assert main([*words, *now]) == 0
    assert main(["reproduce", "2025-08-v2", *now]) == 0
    assert main(["reproduce", "2025-08", *now]) == 0
    then = [*told(two_members), "--output", str(archive)]
    assert main(["reproduce", "2025-08-v2", *then]) == 1


def _ten_more(archive: Path, data: Path) -> tuple[str, str, str]:
    """The largest closed monthly count, and ten clients more of it that are recorded in September."""
    records = read_archive(archive / "ledger.jsonl").records
    closed = [
        c
        for c in records[0].closed_counts
        if c.value and len(c.period) == 7 and "Q" not in c.period
    ]
    cell = max(closed, key=lambda c: c.value or 0)
    year, month = cell.period.split("-")
    service = "palkkatuki" if cell.service == "any" else cell.service
    for n in range(10):
        home = f"XUUSI{n};{cell.municipality};1.1.2020;;1.1.2020"
        spell = (
            f"PUUSI{n};XUUSI{n};{service};2.{int(month)}.{year};20.{int(month)}.{year};20.9.2025;;"
        )
        for table, row in (("residences", home), ("service_periods", spell)):
            with (data / f"{table}.csv").open("a", encoding="utf-8") as file:
                file.write(row + "\n")
    return cell.municipality, cell.service, cell.period
