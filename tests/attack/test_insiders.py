"""A municipality whose exact figures were given out is an insider; nobody else's figure may fall."""

import csv
from pathlib import Path

import pytest
from worlds.archives import fallen, publish

from kuntakoonti.attack import attack
from kuntakoonti.attack.evidence.released_files import COLUMNS
from kuntakoonti.core.errors import KuntakoontiError

PLACES = "palkkatuki 2025-03 clients"
TOTAL = [f"749 {PLACES} 8", f"857 {PLACES} <5", f"844 {PLACES} <5", f"17 {PLACES} 12"]
SUM = [*TOTAL[:3], "17 palkkatuki 2025-03 clients_shown_sum 8"]


def given(folder: Path, *figures: str) -> Path:
    """Exact figures as `verify` writes them: one file per release and municipality."""
    folder.mkdir()
    for figure in figures:
        municipality, service, period, measure, value, release = figure.split()
        path = folder / f"{release}-{municipality}.csv"
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(COLUMNS)
            place = (release, municipality, service, period, measure)
            writer.writerow([*place, value, "", "", "final" if value else "not_shown"])
    return folder


@pytest.mark.parametrize("level", ["A1", "A2", "A3", "A4"])
def test_an_insider_and_an_area_total_make_another_figure_fall(level: str, tmp_path: Path) -> None:
    """12 − 8 leaves 0–4 for both hidden members, until one of them is known."""
    output = publish(tmp_path / "out", {"2025-03": TOTAL})
    assert not attack(output, (level,)).violated
    known = given(tmp_path / "known", f"857 {PLACES} 3 2025-03")
    verdict = attack(output, (level,), insiders=known)
    assert ("G1", "R8") in fallen(verdict)
    assert {f.place for f in verdict.findings} == {("844", "palkkatuki", "2025-03")}


def test_an_insider_learns_nothing_from_a_sum_of_what_is_shown(tmp_path: Path) -> None:
    """The area's page as R8 makes it says nothing of a hidden member to another one."""
    output = publish(tmp_path / "out", {"2025-03": SUM})
    assert not attack(
        output, insiders=given(tmp_path / "known", f"857 {PLACES} 3 2025-03")
    ).violated


def test_what_an_insider_knows_of_itself_is_no_finding(tmp_path: Path) -> None:
    """Its own mark is exact to it; the rest of the municipality's targets are left out too."""
    output = publish(tmp_path / "out", {"2025-03": SUM})
    everybody = (f"{code} {PLACES} {n} 2025-03" for code, n in (("749", 8), ("857", 3), ("844", 0)))
    verdict = attack(output, insiders=given(tmp_path / "known", *everybody))
    assert not verdict.violated
    assert {t.targets for t in verdict.tallies} == {0}


def test_a_later_exact_figure_does_not_contradict_what_closed_before(tmp_path: Path) -> None:
    """A count closed as "alle 5" in March may be 6 by April: two versions, no assumption given up."""
    world = {"2025-03": TOTAL, "2025-04": TOTAL}
    output = publish(tmp_path / "out", world)
    known = given(tmp_path / "known", f"857 {PLACES} 6 2025-04")
    verdict = attack(output, ("A3",), insiders=known)
    assert not verdict.violated and not verdict.notes


def test_exact_figures_that_the_pages_contradict_are_given_up_and_said(tmp_path: Path) -> None:
    """Of "alle 5" an exact 9 in the same release is no knowledge; the attack goes on without it."""
    output = publish(tmp_path / "out", {"2025-03": TOTAL})
    known = given(tmp_path / "known", f"857 {PLACES} 9 2025-03")
    verdict = attack(output, ("A3",), insiders=known)
    assert not verdict.violated
    assert any("tarkistussivut" in note for note in verdict.notes)


def test_a_check_page_that_is_not_exact_is_refused(tmp_path: Path) -> None:
    """A hidden figure in the folder of exact figures is not silently skipped."""
    output = publish(tmp_path / "out", {"2025-03": TOTAL})
    folder = given(tmp_path / "known", f"857 {PLACES} 3 2025-03")
    path = folder / "2025-03-857.csv"
    path.write_text(path.read_text().replace(",3,,,final", ",,,,not_shown"))
    with pytest.raises(KuntakoontiError, match="tarkka luku"):
        attack(output, insiders=folder)


def test_with_any_municipality_as_an_insider_the_products_own_release_stands(
    released: Path, tmp_path: Path
) -> None:
    """The exact figures of one municipality after another, from the restricted file, tell nothing."""
    with (released / "restricted" / "area" / "2025-08.csv").open(encoding="utf-8") as file:
        exact = [row for row in csv.DictReader(file) if row["clients"]]
    for code in ("297", "857", "844"):
        mine = [r for r in exact if r["municipality"] == code and r["period"].startswith("2025")]
        figures = (
            f"{code} {r['service']} {r['period']} clients {int(float(r['clients']))} 2025-08"
            for r in mine
        )
        verdict = attack(released, insiders=given(tmp_path / code, *figures))
        assert mine and not verdict.violated, verdict.findings
        assert not [n for n in verdict.notes if "tarkistussivut" in n]
