"""R10: a forecast on a page that is not the function of public figures refuses the approval."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from worlds.archives import fallen, publish
from worlds.drawn import PARAMETERS

from kuntakoonti.attack import attack, render
from kuntakoonti.attack.evidence.estimate_again import differing_estimates
from kuntakoonti.attack.evidence.released_files import read_public
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.estimates import YearPosition, estimate_cells
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.disclosure.estimates import estimate_table
from kuntakoonti.restricted.preparation.rules_in_force import rules_in_force

FORECAST, ROW = (
    "a forecast that does not follow from the public figures",
    "a row of the table of estimates: ",
)
PAGE = [
    *(f"857 palkkatuki 2025-{m:02d} clients {9 + m % 3}" for m in range(1, 11)),
    "857 palkkatuki 2025-11 clients <5",
    "857 palkkatuki 2025-12 clients 5-9",
    "857 palkkatuki 2025 budget_cents 12000000",
    "857 starttiraha 2025 budget_cents 1320000",
    "857 any 2025 actual_rounded_cents 9300000",
    "297 palkkatuki 2025-12 clients 500-509",
    "297 any 2025 actual_rounded_cents 421000000",
    "844 any 2025 actual_rounded_cents .",
]


def cells(lines: list[str]) -> tuple[Cell, ...]:
    found = []
    for line in lines:
        *place, measure, what = line.split()
        empty = Cell(*place, Measure(measure), Status.NOT_SHOWN)
        if what == "<5":
            empty = empty.with_status(Status.UNDER_THRESHOLD)
        elif "-" in what[1:]:
            empty = empty.with_class(*map(int, what.split("-")))
        elif what != ".":
            empty = empty.with_value(int(what))
        found.append(empty)
    return tuple(found)


def foreseen(lines: list[str]) -> list[str]:
    """The lines of the forecasts that follow from a December page on New Year's Day."""
    table = estimate_table(PARAMETERS, "2025-12", Archive())
    assert table
    at = YearPosition("2025", 12, date(2026, 1, 1), date(2026, 2, 28))
    made = estimate_cells((), cells(lines), at, table)
    shown = {c: "." if c.value is None else c.value for c in made}
    return [f"{' '.join(c.key)} {c.measure.value} {value}" for c, value in shown.items()]


def archive(
    folder: Path, lines: list[str], change: Callable[[dict], object] = lambda _: None
) -> Path:  # type: ignore[type-arg]
    """A December release with the rules in force beside it, changed or not."""
    output = publish(folder, {"2025-12": lines})
    body = json.loads(rules_in_force(PARAMETERS, "2025-12").model_dump_json())
    change(body)
    (output / "2025-12" / "rules.json").write_text(json.dumps(body), encoding="utf-8")
    return output


def found(output: Path) -> set[str]:
    return {what for what, _ in differing_estimates(read_public(output))}


@pytest.mark.rule("R10", "The attacker computes every estimate again and refuses one that differs")
def test_a_forecast_that_follows_from_the_pages_stands(tmp_path: Path) -> None:
    """Of two municipalities beside a class, a mark and a recorded cost; withheld with the third's."""
    output = archive(tmp_path, [*PAGE, *foreseen(PAGE)])
    assert not attack(output).violated


@pytest.mark.rule("R10", "The attacker computes every estimate again and refuses one that differs")
@pytest.mark.parametrize("hidden", [0, 1, 3, 4])
def test_a_forecast_that_knows_a_hidden_count_is_found(hidden: int, tmp_path: Path) -> None:
    """Fed by the exact number behind "alle 5" instead of its middle it differs wherever that shows."""
    told = [line.replace("2025-11 clients <5", f"2025-11 clients {hidden}") for line in PAGE]
    fed = foreseen(told)
    output = archive(tmp_path, [*PAGE, *fed])
    assert found(output) == ({FORECAST} if fed != foreseen(PAGE) else set())
    moved = [line.replace("forecast_cents 1", "forecast_cents 2") for line in fed]
    verdict = attack(archive(tmp_path / "moved", [*PAGE, *moved]), ("A1",))
    assert verdict.violated and ("G7", "R10") in fallen(verdict)
    assert "G7" in render(verdict)


def test_a_forecast_that_is_left_out_or_added_is_found(tmp_path: Path) -> None:
    """Whether it stands is a function of the pages, too."""
    made = foreseen(PAGE)
    left = [line for line in made if not line.startswith("857")]
    assert found(archive(tmp_path / "left", [*PAGE, *left])) == {FORECAST}
    more = [line.replace("844 any", "778 any").replace(" .", " 7000000") for line in made]
    assert found(archive(tmp_path / "more", [*PAGE, *more])) == {FORECAST}


@pytest.mark.parametrize("name", ["own_half_range", "past_error"])
def test_a_row_that_the_ledger_does_not_say_is_found(name: str, tmp_path: Path) -> None:
    """A table could carry a hidden figure as well as a page could."""
    row = {"name": name, "kind": "ledger", "reference": "", "values": {"01": "7"}}
    output = archive(tmp_path, [*PAGE, *foreseen(PAGE)], lambda body: body["estimates"].append(row))
    assert found(output) == {ROW + name}


def test_a_forecast_without_a_table_is_found(tmp_path: Path) -> None:
    """A release that states its rules states what its forecasts come from."""
    output = archive(tmp_path, [*PAGE, *foreseen(PAGE)], lambda body: body.pop("estimates"))
    assert found(output) == {FORECAST}


def test_an_archive_of_the_first_format_has_no_table(tmp_path: Path) -> None:
    """It states no rules either: the form of its forecasts is judged, as it was then."""
    assert found(publish(tmp_path, {"2025-12": [*PAGE, *foreseen(PAGE)]})) == set()


def test_a_corrected_release_repeats_the_forecasts_of_its_month(tmp_path: Path) -> None:
    made = foreseen(PAGE)
    output = publish(tmp_path, {"2025-12": [*PAGE, *made], "2025-12-v2": [*PAGE, *made]})
    rules = rules_in_force(PARAMETERS, "2025-12").model_dump_json()
    for release in ("2025-12", "2025-12-v2"):
        (output / release / "rules.json").write_text(rules, encoding="utf-8")
    assert found(output) == set()
