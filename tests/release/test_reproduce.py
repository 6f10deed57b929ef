"""`reproduce`: an approved release is made again beside the archive, and every figure compared."""

import csv
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


def test_other_records_are_told_figure_by_figure(
    archive: Path, two_members: TwoMembers, tmp_path: Path, capsys
) -> None:
    """Without the records of one service: exit 1, the places that differ, and that the data are others."""
    data = Path(shutil.copytree(two_members.folder / "data", tmp_path / "data"))
    path = data / "service_periods.csv"
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    column = head.index("service")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [head, *(r for r in rows if r[column] != "starttiraha")]
        )
    before = hashes(archive)
    assert run(archive, two_members, "--data", str(data)) in (1, 2)
    said = capsys.readouterr().err
    assert "EROAA 179" in said or "EROAA 500" in said, said
    assert "eivät ole ne" in said
    assert hashes(archive) == before


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
    place = _fewer(archive, data)
    if place is None:
        pytest.fail("no count is large enough to be corrected")
    words = ["correct", "2025-08", "--municipality", place[0], "--service", place[1]]
    words += ["--period", place[2], "--as-of", "2025-10-01", "--reason", "Kirjausvirhe."]
    words += ["--by", "controller", "--data", str(data), *told(two_members)[1:]]
    assert main([*words, "--output", str(archive)]) == 0
    again = ["reproduce", "2025-08-v2", "--data", str(data), *told(two_members)[1:]]
    assert main([*again, "--output", str(archive)]) == 0
    assert main([*again[:2], *told(two_members), "--output", str(archive)]) == 1


def _fewer(archive: Path, data: Path) -> tuple[str, str, str] | None:
    """Ten clients more of the largest closed count, recorded after the release; its place."""
    closed = [
        c for c in read_archive(archive / "ledger.jsonl").records[0].closed_counts
        if c.value and c.service != "any" and "Q" not in c.period and len(c.period) == 7
    ]  # fmt: skip
    if not closed:
        return None
    cell = max(closed, key=lambda c: c.value or 0)
    for table, fill in (
        (
            "service_periods",
            {
                "service": cell.service,
                "start_date": f"{cell.period}-02",
                "end_date": f"{cell.period}-20",
            },
        ),
        (
            "residences",
            {"municipality": cell.municipality, "start_date": "2020-01-01", "end_date": ""},
        ),
    ):
        path = data / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(found[0]), lineterminator="\n")
            for number in range(10):
                new = dict.fromkeys(found[0], "") | fill | {"client_id": f"new{number:05d}"}
                for key in new:
                    if key in ("record_id", "residence_id"):
                        new[key] = f"new{number:05d}"
                    if key == "recorded_on":
                        new[key] = "2025-09-20"
                writer.writerow(new)
    return cell.key
