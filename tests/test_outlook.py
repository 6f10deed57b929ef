"""What of the foresight becomes public, and what a page expects of its year."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from drawn import PARAMETERS, PROJECT, with_rule
from hypothesis import given
from hypothesis import strategies as st

from kuntakoonti.core.errors import UsageError
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.expectation import Expectation, all_invoiced, expectation, step_of
from kuntakoonti.restricted.disclosure.forecast import (
    forecast_cells,
    percent_cells,
    published_range,
)
from kuntakoonti.restricted.forecast.completeness import Completeness
from kuntakoonti.restricted.forecast.forecast import AreaForecast, When, cover, deadlines
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development
from kuntakoonti.restricted.forecast.year import AREA, Forecast, Method, YearForecast

EURO = 100
THOUSAND, MILLION = 1000 * EURO, 1_000_000 * EURO
EMPTY = Changes((0, 0, 0), *(3 * [()]))  # type: ignore[arg-type]


def outlook(
    code: str = "857",
    point: int | None = 164_321_00,
    margin: int | None = 17_500_00,
    method: Method = "client_months",
    missed: float | None = 0.0512,
) -> YearForecast:
    return YearForecast(code, method, point, margin, margin, 90_000_00, 141_000_00, 8, missed)


def foresight(
    *members: YearForecast,
    completeness: tuple[Completeness, ...] = (),
    area: YearForecast | None = None,
) -> AreaForecast:
    """A forecast of 2026 after August, as of 15 September."""
    by_code = {m.municipality: m for m in members}
    whole = area or outlook(AREA, method=members[0].method if members else "client_months")
    found = Forecast("2026", "2026-08", date(2026, 9, 15), by_code, whole)
    history = Development(Axes((), (), ()), date(2026, 9, 15), EMPTY, EMPTY, EMPTY)
    when = When("2026-08", date(2026, 9, 15), date(2027, 2, 28))
    return AreaForecast(found, completeness, (), history, when)


def recorded(value: int | None = 89_000_00, code: str = "857") -> Cell:
    status = Status.FINAL if value is not None else Status.NOT_SHOWN
    return Cell(code, "any", "2026", Measure.ACTUAL_ROUNDED, status, value)


def clients(number: int, code: str = "297", month: str = "2026-07") -> Cell:
    return Cell(code, "palkkatuki", month, Measure.CLIENTS, Status.FINAL, number)


def month(
    name: str = "2026-07",
    share: float | None = 0.424,
    low: float | None = 0.391,
    high: float | None = 0.438,
    persons: int = 300,
) -> Completeness:
    return Completeness("palkkatuki", name, share, low, high, persons, None)


def values(cells: Iterator[Cell]) -> dict[str, int | None]:
    return {c.measure.value: c.value for c in cells}


# --- how a forecast is rounded ------------------------------------------------------------------


@pytest.mark.rule("R7", "Its step")
@pytest.mark.parametrize(
    ("width", "step"),
    [
        (9_999, 1), (10_000, 1), (10_001, 2), (19_999, 2), (20_000, 2), (20_001, 5),
        (49_999, 5), (50_000, 5), (50_001, 10), (100_000, 10), (100_001, 20), (442_000, 50), (0, 1),
    ],
)  # fmt: skip
def test_the_step_is_the_smallest_that_is_a_tenth_of_the_range(width: int, step: int) -> None:
    """1, 2 or 5 × 10ⁿ €, at least 1,000 €; below, at and above each edge."""
    assert step_of(60_000 * EURO, width * EURO) == step * THOUSAND


@pytest.mark.parametrize(
    ("point", "step"),
    [(MILLION - 1, 1), (MILLION, 1), (MILLION + 1, 10), (-MILLION - 1, 10)],
)
def test_above_a_million_the_step_is_ten_thousand_at_least(point: int, step: int) -> None:
    """R7's step decides where the range is narrow."""
    assert step_of(point, 0) == step * THOUSAND


@pytest.mark.rule("R7", "Point to the nearest step, range opens")
def test_the_point_is_rounded_and_the_range_opens() -> None:
    """164,321 € ± 17,500 €: 165,000 € (145,000–185,000) in steps of 5,000."""
    assert published_range(outlook()) == (165_000_00, 145_000_00, 185_000_00)


@pytest.mark.rule("R7", "Few earlier forecasts: no range")
def test_without_a_range_a_point_is_no_sharper_than_a_fiftieth() -> None:
    """69,870 € is said as 70,000 €, 7,932,000 € as 8,000,000 €: nobody knows yet how far it misses."""
    assert published_range(outlook(point=69_870_00, margin=None)) == (70_000_00, None, None)
    assert published_range(outlook(point=7_932_000_00, margin=None))[0] == 8_000_000_00


def test_without_a_basis_there_is_nothing_to_round() -> None:
    assert published_range(outlook(point=None, margin=None, method="none")) == (None, None, None)


@given(point=st.integers(0, 10**9), margin=st.integers(0, 10**8))
def test_a_published_range_is_never_narrower_than_history(point: int, margin: int) -> None:
    """It holds the exact range and the published point, on its grid, at most two steps wider."""
    found = outlook(point=point, margin=margin)
    said, low, high = published_range(found)
    assert None not in (said, low, high, found.low_cents, found.high_cents)
    assert low <= found.low_cents and found.high_cents <= high  # type: ignore[operator]
    assert low <= said <= high  # type: ignore[operator]
    step = step_of(point, found.high_cents - found.low_cents)  # type: ignore[operator]
    assert [x % step for x in (said, low, high)] == [0, 0, 0]  # type: ignore[operator]
    assert high - low < found.high_cents - found.low_cents + 2 * step  # type: ignore[operator]


# --- where a forecast stands ----------------------------------------------------------------------


def test_a_forecast_stands_beside_the_recorded_cost() -> None:
    """Point and range, of the year and of all services together."""
    found = tuple(forecast_cells(foresight(outlook()), (recorded(),)))
    assert values(iter(found)) == {
        "forecast_cents": 165_000_00, "forecast_low_cents": 145_000_00, "forecast_high_cents": 185_000_00,
    }  # fmt: skip
    assert {c.key for c in found} == {("857", "any", "2026")}


@pytest.mark.rule("R7", "A forecast stands exactly beside it")
def test_a_forecast_is_withheld_with_the_recorded_cost() -> None:
    """The same marks, so that nothing new is said."""
    found = tuple(forecast_cells(foresight(outlook()), (recorded(None),)))
    assert [c.status for c in found] == [Status.NOT_SHOWN] * 3


@pytest.mark.rule("R7", "Few records: no forecast")
def test_without_history_there_is_no_row() -> None:
    """The budget is on the page anyway; a row would look like a forecast."""
    young = foresight(outlook(margin=None, method="budget"))
    assert not list(forecast_cells(young, (recorded(),)))


def test_with_little_history_there_is_a_point_and_no_range() -> None:
    found = forecast_cells(foresight(outlook(margin=None, method="blend")), (recorded(),))
    assert [c.measure for c in found] == [Measure.FORECAST]


# --- percentages of the whole area ------------------------------------------------------------------


@pytest.mark.rule("R7", "Percentages: whole area, whole per cent, on enough visible clients")
@pytest.mark.parametrize(("seen", "shown"), [(19, False), (20, True), (21, True)])
def test_completeness_needs_twenty_visible_clients(seen: int, shown: bool) -> None:
    """Whether it stands is a function of what the pages show, so it says nothing more."""
    found = list(percent_cells(foresight(completeness=(month(),)), (clients(seen),), PARAMETERS))
    assert bool(found) is shown


@pytest.mark.parametrize(("persons", "shown"), [(4, False), (5, True), (6, True)])
def test_completeness_needs_the_threshold_behind_what_is_recorded(
    persons: int, shown: bool
) -> None:
    whole = foresight(completeness=(month(persons=persons),))
    assert bool(list(percent_cells(whole, (clients(500),), PARAMETERS))) is shown


def test_visible_clients_are_lower_bounds_of_all_members() -> None:
    """12, "väh. 8" and "alle 5" are 20 visible ones; another service or month adds none."""
    class_ = Cell("204", "palkkatuki", "2026-07", Measure.CLIENTS, Status.PRELIMINARY, None, 8, 9)
    small = Cell("844", "palkkatuki", "2026-07", Measure.CLIENTS, Status.UNDER_THRESHOLD)
    seen = (clients(12), class_, small)
    whole = foresight(completeness=(month(),))
    assert list(percent_cells(whole, seen, PARAMETERS))
    others = (
        clients(12),
        small,
        clients(30, month="2026-06"),
        replace(class_, service="starttiraha"),
    )
    assert not list(percent_cells(whole, others, PARAMETERS))


@pytest.mark.rule("R7", "Percentages: whole area, whole per cent")
def test_completeness_is_whole_percent_and_its_range_opens() -> None:
    """42.4 % (39.1–43.8) is said as 42 % (39–44), of the area."""
    found = list(percent_cells(foresight(completeness=(month(),)), (clients(500),), PARAMETERS))
    assert values(iter(found)) == {
        "completeness_percent": 42, "completeness_low_percent": 39, "completeness_high_percent": 44,
    }  # fmt: skip
    assert {c.key for c in found} == {("17", "palkkatuki", "2026-07")}


def test_completeness_without_a_range_is_a_share_alone() -> None:
    bare = foresight(completeness=(month(low=None, high=None),))
    found = values(percent_cells(bare, (clients(500),), PARAMETERS))
    assert found == {"completeness_percent": 42}


@pytest.mark.rule("R7", "Percentages: whole area, whole per cent, the newest three months")
@pytest.mark.parametrize(
    ("name", "shown"), [("2026-05", False), ("2026-06", True), ("2026-08", True)]
)
def test_completeness_is_of_the_newest_three_months(name: str, shown: bool) -> None:
    whole = foresight(completeness=(month(name),))
    found = list(percent_cells(whole, (clients(500, month=name),), PARAMETERS))
    assert bool([c for c in found if "completeness" in c.measure]) is shown


def test_past_errors_are_rounded_up_to_whole_percent() -> None:
    """1.2 % of the area and 5.12 and 8 % of two members are said as 2 % and 7 %."""
    members = (outlook("857"), outlook("297", missed=0.08))
    whole = foresight(*members, area=outlook(AREA, missed=0.012))
    found = values(percent_cells(whole, (clients(500, month="2026-08"),), PARAMETERS))
    assert found == {"forecast_error_percent": 2, "forecast_error_members_percent": 7}


def test_past_errors_are_not_said_of_a_young_area_or_a_small_one() -> None:
    """Without a forecast, without trials, or with 19 visible clients."""
    seen = (clients(500, month="2026-08"),)
    none = foresight(outlook(missed=None), area=outlook(AREA, missed=None))
    budget = foresight(outlook(method="budget"), area=outlook(AREA, method="budget"))
    few = (clients(19, month="2026-08"),)
    for whole, visible in ((none, seen), (budget, seen), (foresight(outlook()), few)):
        assert not list(percent_cells(whole, visible, PARAMETERS))


# --- rules --------------------------------------------------------------------------------------------


def test_the_longest_deadline_of_what_is_counted_in_a_service_holds() -> None:
    """The 55+ subsidy is counted in palkkatuki; a contract has no limit by law."""
    assert deadlines(PARAMETERS, "2026-08") == {
        "palkkatuki": 26, "starttiraha": 2, "kotoutumiskoulutus": None,
    }  # fmt: skip
    longer = {"palkkatuki": 5, "starttiraha": 2, "kotoutumiskoulutus": 3, "tyollistamistuki_55": 12}
    changed = with_rule("claim_deadline", ("2025-01-01", longer))
    assert deadlines(changed, "2026-08")["palkkatuki"] == 12
    assert deadlines(changed, "2026-08")["kotoutumiskoulutus"] == 3


def without(name: str) -> Parameters:
    return replace(PARAMETERS, rules=PARAMETERS.rules.model_copy(update={name: None}))


def test_a_folder_without_the_new_rules_is_what_it_was() -> None:
    """No deadline is said, ranges hold 80 %, and the digest has no trace of rules that are not there."""
    assert deadlines(without("claim_deadline"), "2026-08") == {}
    assert cover(without("forecast_range"), "2026-08") == 0.8
    old = without("claim_deadline").rules.model_dump(mode="json", exclude_defaults=True)
    assert "claim_deadline" not in old and "threshold" in old
    assert without("claim_deadline").digest != PARAMETERS.digest


def test_a_folder_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Without the three rules of the foresight; with one of them every service must have a value."""
    folder = Path(shutil.copytree(PROJECT / "parameters", tmp_path / "parameters"))
    rules = folder / "rules.yml"
    text = rules.read_text(encoding="utf-8")
    named = r"^(claim_deadline|forecast_range|percent_base):\n(  .*\n)+"
    rules.write_text(re.sub(named, "", text, flags=re.MULTILINE), encoding="utf-8")
    old = load_parameters(folder)
    assert old.rules.claim_deadline is old.rules.forecast_range is old.rules.percent_base is None
    rules.write_text(text.replace("contract, tyoll", "contract, tyo"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"claim_deadline.*tyollistamistuki_55"):
        load_parameters(folder)


def test_the_share_of_a_range_is_a_dated_rule() -> None:
    assert cover(with_rule("forecast_range", ("2025-01-01", "0.9")), "2026-08") == 0.9


# --- what a page expects --------------------------------------------------------------------------------


def page(**cents: int) -> list[Cell]:
    """The cells of a page: measure names without ``_cents``."""
    return [
        Cell("857", "any", "2026", Measure(f"{name}_cents"), Status.FINAL, amount)
        for name, amount in cents.items()
    ]


WHOLE = page(forecast=170_000_00, forecast_low=150_000_00, forecast_high=185_000_00,
             actual_rounded=89_000_00, advance=105_750_03, budget=141_000_00)  # fmt: skip


@pytest.mark.rule("R7", "Expected adjustment from published figures")
def test_an_expected_adjustment_is_a_function_of_the_page() -> None:
    """170,000 − 141,000 = 29,000 € of charge, 9,000 to 44,000."""
    found = expectation(WHOLE, "2026", all_invoiced=False)
    assert found == Expectation(
        170_000_00, 150_000_00, 185_000_00, 89_000_00, 105_750_03, 141_000_00
    )
    assert (found.gap_cents, found.gap_range_cents) == (29_000_00, (9_000_00, 44_000_00))


def test_when_all_is_invoiced_the_advances_count_as_they_are() -> None:
    """In December's annex the next advance is of another year: 105,750.03 € was invoiced in all."""
    found = expectation(WHOLE, "2026", all_invoiced=True)
    assert found and found.gap_cents == 64_000_00
    assert found.gap_range_cents == (44_000_00, 80_000_00)


@pytest.mark.parametrize(
    ("kind", "period", "invoiced"),
    [("month", "2026-12", False), ("month", "2027-01", True), ("estimate", "2026", True)],
)
def test_all_is_invoiced_once_the_advance_is_of_another_year(
    kind: str, period: str, invoiced: bool
) -> None:
    assert all_invoiced(kind, period, "2026") is invoiced


@pytest.mark.parametrize(
    ("advance", "gap"),
    [(169_500_01, 0), (169_500_00, 1000_00), (169_499_99, 1000_00), (170_500_00, 0),
     (170_500_01, -1000_00)],
)  # fmt: skip
def test_a_gap_is_rounded_to_the_thousand(advance: int, gap: int) -> None:
    """Half a step up; below it nothing is to be adjusted."""
    ranged = Expectation(170_000_00, 150_000_00, 185_000_00, 0, 0, advance)
    assert ranged.gap_cents == gap


def test_without_a_range_a_gap_is_no_sharper_than_the_forecast() -> None:
    """8,000,000 − 8,787,000 € is said as 800,000 € of credit, in steps of 200,000."""
    found = Expectation(8_000_000_00, None, None, 0, 0, 8_787_000_00)
    assert (found.gap_cents, found.gap_range_cents) == (-800_000_00, None)


@pytest.mark.parametrize("missing", ["forecast_cents", "actual_rounded_cents"])
def test_nothing_is_expected_where_no_forecast_or_no_cost_is_shown(missing: str) -> None:
    kept = [c for c in WHOLE if c.measure.value != missing]
    assert expectation(kept, "2026", all_invoiced=False) is None


def test_nothing_is_expected_of_another_year() -> None:
    assert expectation(WHOLE, "2025", all_invoiced=False) is None


def test_large_amounts_are_compared_in_ten_thousands() -> None:
    found = Expectation(7_900_000_00, 7_700_000_00, 8_100_000_00, 0, 0, 8_482_000_00)
    assert found.gap_cents == -580_000_00
    assert found.gap_range_cents == (-790_000_00, -380_000_00)
