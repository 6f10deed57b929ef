"""A municipality that is a member for a part of the year is settled like the others."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from worlds.drawn import World, budget, cost, home, invoice, period, with_member
from worlds.places import EXAMPLE, PROJECT
from worlds.releases import run_month

from kuntakoonti.cli.main import main
from kuntakoonti.restricted.disclosure.adjustment import recorded_cells
from kuntakoonti.restricted.disclosure.advances import advance_cells, mismatch_cells
from kuntakoonti.restricted.figures.advances import read_advances
from kuntakoonti.restricted.figures.mismatches import mismatches

Figures = dict[tuple[str, str, str], int]


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed parameters, but Tuusniemi merges into Kuopio on 10 June 2025."""
    folder = Path(
        shutil.copytree(PROJECT / "parameters", tmp_path_factory.mktemp("merged") / "parameters")
    )
    lines = (folder / "area.yml").read_text(encoding="utf-8").splitlines()
    merged = 'valid_to: "2025-06-09", successor: "297"}'
    lines = [f"{x[:-1]}, {merged}" if x.startswith('  - {code: "857"') else x for x in lines]
    (folder / "area.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def figures(folder: Path) -> Figures:
    (path,) = folder.glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (r["service"], r["period"], r["measure"]): int(r["value"])
            for r in csv.DictReader(file)
            if r["value"]
        }


def test_who_was_a_member_on_any_day_of_the_year_so_far() -> None:
    """From its first day to the end of the year of its last."""
    area = with_member("857", valid_from="2025-03-15", valid_to="2025-06-09").area

    def there(month: str) -> bool:
        return "857" in {m.code for m in area.members_until(month)}

    months = ("2024-12", "2025-02", "2025-03", "2025-06", "2025-12", "2026-01")
    assert [m for m in months if there(m)] == ["2025-03", "2025-06", "2025-12"]
    assert "857" not in {m.code for m in area.members_on(date(2025, 6, 10))}


def test_a_member_that_is_not_one_yet_has_no_figure(tmp_path: Path) -> None:
    """Of who joins in 2026 nothing is in the record of August 2025, though budget and costs are there."""
    parameters = with_member("857", valid_from="2026-01-01")
    rows = [budget("857", "1200"), invoice("857", "100", "2025-08", on="2025-08-05")]
    rows += [home("A", "857"), period("A", "2025-08-01"), cost("90,00", "A", month="2025-08")]
    world = World(tmp_path, rows, parameters)
    costs = world.costs("2025-08", "2025-09-15")
    advances = read_advances(world.warehouse, parameters, date(2025, 9, 15))
    missed = mismatches(advances, parameters, date(2025, 9, 15))
    cells = [
        *advance_cells(advances, parameters, "2025-08", "2025-08"),
        *mismatch_cells(missed, parameters, "2025-08", "2025-08"),
        *recorded_cells(costs, (), parameters, "2025-08"),
    ]
    assert {c.municipality for c in cells} == {m.code for m in parameters.area.members} - {"857"}


def test_a_member_that_ends_in_the_year_gets_its_final_page(
    tmp_path: Path, parameters: Path
) -> None:
    """Its adjustment is its own months' cost less its own advances; the successor has the rest."""
    words = ["year-end", "2025", "--as-of", "2026-02-28", "--data", str(EXAMPLE)]
    words += ["--parameters", str(parameters), "--output", str(tmp_path), "--format", "csv"]
    assert main([*words, "--municipality", "857"]) == 0
    found = figures(tmp_path / "draft" / "2025-tasaus" / "857-Tuusniemi")
    with (tmp_path / "restricted" / "area" / "2025-tasaus.csv").open(encoding="utf-8") as file:
        exact = [r for r in csv.DictReader(file) if r["municipality"] == "857" and r["cents"]]
    assert max(r["period"] for r in exact) == "2025-05"  # the last service day of June is Kuopio's
    cents = sum(int(r["cents"]) for r in exact if r["period"] >= "2025")
    assert cents > 0 and found["any", "2025", "actual_cents"] == cents
    advances = found["any", "2025", "advance_cents"]
    assert found["any", "2025", "adjustment_cents"] == cents - advances
    assert "Tuusniemi" in (tmp_path / "protected" / "2025-tasaus" / "area.json").read_text("utf-8")


def test_its_months_that_close_later_are_on_a_page(tmp_path: Path, parameters: Path) -> None:
    """The annex of August shows Tuusniemi's months to June, none after, and its invoices."""
    words = ("--parameters", str(parameters), "--municipality", "857", "--format", "csv")
    assert run_month("2025-08", "2025-09-15", tmp_path, *words) == 0
    found = figures(tmp_path / "draft" / "2025-08" / "857-Tuusniemi")
    months = [p for s, p, m in found if (s, m) == ("palkkatuki", "clients")]
    assert months and max(months) <= "2025-06"
