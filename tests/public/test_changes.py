"""What has changed since the last annex: exactly one change gives exactly its line."""

from dataclasses import replace
from datetime import date

import pytest

from kuntakoonti.public.cells import Cell, Measure, Plan, Status, euro_cell
from kuntakoonti.public.changes import LastForecast, changes, last_annex, last_forecast
from kuntakoonti.public.ledger import Archive, Record

PLACE = ("857", "any", "2026")
JULY = ("857", "palkkatuki", "2026-07")
PAGE = {
    "budget": euro_cell(*PLACE, Measure.BUDGET, 141_000_00),
    "of_service": euro_cell("857", "palkkatuki", "2026", Measure.BUDGET, 119_000_00),
    "advance": euro_cell(*PLACE, Measure.ADVANCE, 94_000_00),
    "of_month": euro_cell("857", "any", "2026-08", Measure.ADVANCE, 11_750_00),
    "forecast": euro_cell(*PLACE, Measure.FORECAST, 170_000_00),
    "low": euro_cell(*PLACE, Measure.FORECAST_LOW, 150_000_00),
    "high": euro_cell(*PLACE, Measure.FORECAST_HIGH, 185_000_00),
    "july": Cell(*JULY, Measure.CLIENTS, Status.PRELIMINARY, None, 10, 14),
    "june": Cell("857", "palkkatuki", "2026-06", Measure.CLIENTS, Status.FINAL, 12),
    "another": euro_cell("297", "any", "2026", Measure.BUDGET, 1),
}


def found(**changed: Cell) -> list[tuple[str, int | None, int | None]]:
    """The changes between the page and the same page with these cells: kind, before, after."""
    after = {**PAGE, **changed}
    made = changes(PAGE.values(), after.values(), "857")
    return [(c.kind, c.before.value, c.after.value) for c in made]


def test_the_same_page_has_no_change() -> None:
    assert found() == []


def test_a_count_that_became_exact_is_one_change() -> None:
    exact = replace(PAGE["july"], status=Status.FINAL, value=13, class_low=None, class_high=None)
    assert found(july=exact) == [("closed", None, 13)]
    small = replace(exact, status=Status.UNDER_THRESHOLD, value=None)
    assert found(july=small) == [("closed", None, None)]


def test_a_lower_bound_that_moved_is_no_change() -> None:
    assert found(july=replace(PAGE["july"], class_low=15, class_high=19)) == []


def test_a_budget_is_one_change_and_a_services_part_of_it_none() -> None:
    total = euro_cell(*PLACE, Measure.BUDGET, 131_000_00)
    part = euro_cell("857", "palkkatuki", "2026", Measure.BUDGET, 109_000_00)
    assert found(budget=total, of_service=part) == [("budget", 141_000_00, 131_000_00)]


@pytest.mark.parametrize(("total", "this"), [
    (105_750_00, None),  # another invoice, and no advance that the page goes with
    (105_750_01, 11_750_00), (94_000_00, 11_750_00), (82_250_00, None),
])  # fmt: skip
def test_advances_besides_this_one_are_one_change(total: int, this: int | None) -> None:
    """A later invoice, a credit, an invoice that was withdrawn: whatever this advance does not explain."""
    more = {"advance": euro_cell(*PLACE, Measure.ADVANCE, total)}
    if this:
        more["september"] = euro_cell("857", "any", "2026-09", Measure.ADVANCE, this)
    assert found(**more) == [("invoiced", 94_000_00, total)]


def test_this_advance_alone_is_no_change() -> None:
    """It is what the page goes with; the advances of the month before are no news either."""
    september = euro_cell("857", "any", "2026-09", Measure.ADVANCE, 11_750_00)
    part = euro_cell("857", "palkkatuki", "2026-09", Measure.ADVANCE, 11_750_00)
    more = euro_cell(*PLACE, Measure.ADVANCE, 105_750_00)
    assert found(advance=more, september=september, part=part) == []


@pytest.mark.parametrize(
    ("point", "moved"),
    [(149_000_00, True), (150_000_00, False), (185_000_00, False), (186_000_00, True)],
)
def test_a_forecast_that_left_its_range_is_one_change(point: int, moved: bool) -> None:
    """The range of the last annex, its ends included."""
    said = found(forecast=euro_cell(*PLACE, Measure.FORECAST, point))
    assert said == ([("forecast", 170_000_00, point)] if moved else [])


def test_without_a_range_no_forecast_has_moved() -> None:
    bare = {k: c for k, c in PAGE.items() if k not in ("low", "high")}
    after = {**bare, "forecast": euro_cell(*PLACE, Measure.FORECAST, 1)}
    assert changes(bare.values(), after.values(), "857") == ()


def test_another_municipalitys_change_is_not_ours() -> None:
    assert found(another=euro_cell("297", "any", "2026", Measure.BUDGET, 2)) == []


def record(release: str, month: str, code: str = "857") -> Record:
    plans: dict[str, dict[str, Plan]] = {}
    cells = (euro_cell(code, "any", "2026", Measure.BUDGET, 1),)
    return Record(release, month, date(2026, 9, 15), "role", "", "", plans, cells)


def test_the_last_annex_is_the_newest_earlier_month_with_figures_of_the_municipality() -> None:
    """Not another's, not a year's end, and never the same month."""
    records = [record("2026-06", "2026-06"), record("2026-07", "2026-07", "297")]
    records += [record("2025-tasaus", "2025-12"), record("2026-08", "2026-08")]
    archive = Archive(tuple(records))
    last = last_annex(archive, "857", "2026-08")
    assert last and last.release == "2026-06"
    assert last_annex(archive, "204", "2026-08") is None
    assert last_annex(Archive(), "857", "2026-08") is None


def test_the_last_forecast_is_the_newest_that_was_approved() -> None:
    """Of the municipality and year; a later release without one, or one of another, is passed over."""
    cells = tuple(PAGE.values())
    older = replace(record("2026-07", "2026-07"), cells=(euro_cell(*PLACE, Measure.FORECAST, 1),))
    newest = replace(record("2026-08", "2026-08"), cells=cells)
    archive = Archive((older, newest, record("2026-09", "2026-09")))
    assert last_forecast(archive, "857", "2026") == LastForecast(
        "2026-08", 170_000_00, 150_000_00, 185_000_00
    )
    assert last_forecast(archive, "857", "2025") is last_forecast(archive, "297", "2026") is None
