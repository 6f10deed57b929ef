"""What of the foresight becomes public, and what a page expects of its year."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.drawn import PARAMETERS, with_rule
from worlds.figures import clients
from worlds.places import PROJECT

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.periods import last_day
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.expectation import (
    Adjustment,
    expectation,
    expected_adjustment,
    expected_adjustment_cells,
    published_range,
    published_step,
    step_of,
)
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.restricted.disclosure.estimates import (
    PublicForecast,
    estimate_table,
    outlook_facts,
    position,
)
from kuntakoonti.restricted.disclosure.estimates import percent_cells as disclosed_percents
from kuntakoonti.restricted.forecast.forecast import cover, deadlines

EURO = 100
THOUSAND, MILLION = 1000 * EURO, 1_000_000 * EURO


def recorded(value: int | None = 89_000_00, code: str = "857") -> Cell:
    status = Status.FINAL if value is not None else Status.NOT_SHOWN
    return Cell(code, "any", "2026", Measure.ACTUAL_ROUNDED, status, value)


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
    """164,321 € ± 11 %: 165,000 € (145,000–185,000) in steps of 5,000."""
    assert published_range(Fraction(164_321_00), 11) == (165_000_00, 145_000_00, 185_000_00)


@pytest.mark.rule("R7", "Few earlier forecasts: no range")
def test_without_a_range_a_point_is_no_sharper_than_a_fiftieth() -> None:
    """69,870 € is said as 70,000 €, 7,932,000 € as 8,000,000 €: nobody knows yet how far it misses."""
    assert published_range(Fraction(69_870_00), None) == (70_000_00, None, None)
    assert published_range(Fraction(7_932_000_00), None)[0] == 8_000_000_00


@pytest.mark.rule("R7", "Few earlier forecasts: an assumed range")
def test_without_earlier_forecasts_a_range_is_assumed() -> None:
    """70,000 € ± 18 % is 57,400 to 82,600 €, in steps of 5,000."""
    assert published_range(Fraction(70_000_00), 18) == (70_000_00, 55_000_00, 85_000_00)


@pytest.mark.parametrize(("month", "percent"), [("2025-01", 40), ("2025-08", 18), ("2025-12", 6)])
def test_the_assumed_range_is_a_dated_table_by_month(month: str, percent: int) -> None:
    """A folder without the rule assumes nothing."""
    for parameters, expected in ((PARAMETERS, percent), (without("first_year_range"), None)):
        table = estimate_table(parameters, month, Archive())
        assert table and table.half_percent(int(month[5:])) == expected


@given(point=st.integers(0, 10**9), half=st.integers(1, 100))
def test_a_published_range_is_never_narrower_than_its_percentage(point: int, half: int) -> None:
    """It holds the exact range and the published point, on its grid, at most two steps wider."""
    said, low, high = published_range(Fraction(point), half)
    assert low is not None and high is not None
    margin = point * half // 100
    assert low <= point - margin and point + margin <= high and low <= said <= high
    step = step_of(point, 2 * margin)
    assert [x % step for x in (said, low, high)] == [0, 0, 0]
    assert high - low < 2 * margin + 2 * step


# --- where a forecast stands ----------------------------------------------------------------------


def forecast_cells(
    *cells: Cell, month: str = "2026-08", parameters: Parameters = PARAMETERS
) -> list[Cell]:
    """What follows from these cells as of the 15th of the next month."""
    table = estimate_table(parameters, month, Archive())
    assert table
    at = position(parameters, month, last_day(month) + timedelta(days=15))
    return list(PublicForecast(at, table, cells).estimates(Archive()))


@pytest.mark.rule("R7", "A forecast stands exactly beside it")
def test_a_forecast_stands_beside_the_recorded_cost() -> None:
    """Point and range, of the year and of all services together."""
    found = forecast_cells(recorded())
    assert [c.measure.value for c in found] == [
        "forecast_cents", "forecast_low_cents", "forecast_high_cents",
    ]  # fmt: skip
    assert {c.key for c in found} == {("857", "any", "2026")}
    low, high = found[1].value, found[2].value
    assert low and found[0].value and high and low < found[0].value < high


@pytest.mark.rule("R7", "A forecast stands exactly beside it")
def test_a_forecast_is_withheld_with_the_recorded_cost() -> None:
    """The same marks, so that nothing new is said."""
    assert [c.status for c in forecast_cells(recorded(None))] == [Status.NOT_SHOWN] * 3


@pytest.mark.rule("R7", "Few records: no forecast")
@pytest.mark.parametrize(("month", "number"), [("2025-02", 0), ("2025-03", 3)])
def test_young_records_have_no_forecast(month: str, number: int) -> None:
    """Two months after the area began the budget stands on the page; a row would look like a forecast."""
    beside = replace(recorded(), period="2025")
    assert len(forecast_cells(beside, month=month)) == number
    table = estimate_table(PARAMETERS, month, Archive())
    assert table
    facts = outlook_facts(PARAMETERS, month, table)
    assert facts.method == ("blend" if number else "budget")


def test_without_an_assumed_range_there_is_a_point_alone() -> None:
    found = forecast_cells(recorded(), parameters=without("first_year_range"))
    assert [c.measure for c in found] == [Measure.FORECAST]


@pytest.mark.parametrize("name", ["recorded_share", "known_share", "estimate_weight"])
def test_a_folder_without_a_rule_of_the_table_has_no_forecast(name: str) -> None:
    """Nothing is estimated from a table that is not printed."""
    assert estimate_table(without(name), "2026-08", Archive()) is None
    later = with_rule(name, ("2026-09-01", getattr(PARAMETERS.rules, name).values[0].value))
    assert estimate_table(later, "2026-08", Archive()) is None
    assert estimate_table(later, "2026-09", Archive())


# --- percentages of the whole area ------------------------------------------------------------------


def percent_cells(
    *seen: Cell, archive: Archive | None = None, month: str = "2026-08"
) -> list[Cell]:
    """The area's percentages beside these published counts."""
    table = estimate_table(PARAMETERS, month, archive or Archive())
    assert table
    at = position(PARAMETERS, month, last_day(month) + timedelta(days=15))
    return list(disclosed_percents(PublicForecast(at, table, seen), PARAMETERS, month))


@pytest.mark.rule("R7", "Percentages: whole area, whole per cent, on enough visible clients")
@pytest.mark.parametrize(("seen", "shown"), [(19, False), (20, True), (21, True)])
def test_completeness_needs_twenty_visible_clients(seen: int, shown: bool) -> None:
    """Whether it stands is a function of what the pages show, so it says nothing more."""
    assert bool(percent_cells(clients(seen))) is shown


def test_visible_clients_are_lower_bounds_of_all_members() -> None:
    """12, "väh. 8" and "alle 5" are 20 visible ones; another service or month adds none."""
    class_ = Cell("204", "palkkatuki", "2026-07", Measure.CLIENTS, Status.PRELIMINARY, None, 8, 9)
    small = Cell("844", "palkkatuki", "2026-07", Measure.CLIENTS, Status.UNDER_THRESHOLD)
    assert percent_cells(clients(12), class_, small)
    other = replace(class_, service="starttiraha")
    assert not percent_cells(clients(12), small, clients(30, month="2026-05"), other)


@pytest.mark.rule("R7", "Percentages: whole area, whole per cent")
def test_completeness_is_the_usual_share_of_the_printed_table() -> None:
    """Of July, a month and a half before the day: 43 % of palkkatuki, whatever is recorded."""
    (found,) = percent_cells(clients(500))
    assert (found.key, found.measure.value, found.value) == (
        ("17", "palkkatuki", "2026-07"), "completeness_percent", 43,
    )  # fmt: skip


@pytest.mark.rule("R7", "Percentages: whole area, whole per cent, the newest three months")
@pytest.mark.parametrize(
    ("name", "shown"), [("2026-05", False), ("2026-06", True), ("2026-08", True)]
)
def test_completeness_is_of_the_newest_three_months(name: str, shown: bool) -> None:
    assert bool(percent_cells(replace(clients(500, month=name), service="starttiraha"))) is shown


def settled(*forecasts: tuple[str, int, int], month: str = "2025-08") -> Archive:
    """A month's forecasts of 2025 and what the final adjustment then said, by municipality."""
    said = tuple(Cell(c, "any", "2025", Measure.FORECAST, Status.FINAL, f) for c, f, _ in forecasts)
    came = tuple(Cell(c, "any", "2025", Measure.ACTUAL, Status.FINAL, a) for c, _, a in forecasts)
    first = Record(month, month, date(2025, 9, 15), "controller", "", "", {}, said)
    final = Record("2025-tasaus", "2025-12", date(2026, 2, 28), "controller", "", "", {}, came)
    return Archive((first, final), "0" * 64)


TEN = [(f"{n}", 110_00, 100_00) for n in range(200, 209)]


@pytest.mark.rule(
    "R10", "Past errors are those of approved forecasts, rounded up to whole per cent"
)
def test_past_errors_are_of_what_was_published() -> None:
    """Nine missed by 10 %, one by 1 %: 9.1 % on average; the area's sums by 10.0 %, rounded up."""
    archive = settled(*TEN, ("209", 101_00, 100_00))
    found = percent_cells(clients(500, month="2026-08"), archive=archive)
    errors = {c.measure.value: c.value for c in found if "error" in c.measure.value}
    assert errors == {"forecast_error_percent": 10, "forecast_error_members_percent": 10}


@pytest.mark.rule("R10", "The range is that of earlier forecasts where there are ten of them")
@pytest.mark.parametrize(("more", "half"), [([], 18), ([("209", 200_00, 100_00)], 10)])
def test_the_range_is_that_of_earlier_published_forecasts(
    more: list[tuple[str, int, int]], half: int
) -> None:
    """Eight of ten missed by at most 9.1 % of the forecast; with nine forecasts it is assumed."""
    table = estimate_table(PARAMETERS, "2026-08", settled(*TEN, *more))
    assert table and table.half_percent(8) == half
    assert (table.errors is None) is (not more)


def test_past_errors_are_not_said_beside_few_visible_clients() -> None:
    archive = settled(*TEN, ("209", 101_00, 100_00))
    assert not percent_cells(clients(19, month="2026-08"), archive=archive)


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
    named = r"^(claim_deadline|forecast_range|first_year_range|percent_base):\n(  .*\n)+"
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
             actual_rounded=89_000_00, advance=105_750_03, advance_coming=35_249_97,
             budget=99_000_00)  # fmt: skip


def expected(cells: list[Cell]) -> Adjustment | None:
    """What a page with these cells and those that follow from them expects."""
    found = expectation([*cells, *expected_adjustment_cells(cells)], "2026")
    return found.adjustment if found else None


@pytest.mark.rule("R7", "Expected adjustment from published figures")
def test_an_expected_adjustment_is_a_function_of_the_page() -> None:
    """170,000 − (105,750.03 + 35,249.97) is 30,000 € of charge, 5,000 to 45,000; no budget is in it."""
    assert expected(WHOLE) == Adjustment(30_000_00, 5_000_00, 45_000_00)
    found = expectation(WHOLE, "2026")
    assert found and (found.paid_cents, found.advance_cents) == (105_750_03, 141_000_00)


def test_the_expected_adjustment_is_published_with_the_forecast() -> None:
    """The same place, three measures; withheld where the forecast is, with as many marks."""
    cells = list(expected_adjustment_cells(WHOLE))
    assert values(iter(cells)) == {
        "expected_adjustment_cents": 30_000_00,
        "expected_adjustment_low_cents": 5_000_00,
        "expected_adjustment_high_cents": 45_000_00,
    }
    assert {c.key for c in cells} == {("857", "any", "2026")}
    hidden = [replace(c, status=Status.NOT_SHOWN, value=None) if "forecast" in c.measure else c
              for c in WHOLE]  # fmt: skip
    assert [c.status for c in expected_adjustment_cells(hidden)] == [Status.NOT_SHOWN] * 3


@pytest.mark.parametrize("missing", ["advance_cents", "advance_coming_cents"])
def test_unknown_advances_are_not_zero(missing: str) -> None:
    """Without a budget nothing says what is to come, and there is no expected adjustment."""
    kept = [c for c in WHOLE if c.measure.value != missing]
    assert not list(expected_adjustment_cells(kept)) and expected(kept) is None
    found = expectation(kept, "2026")
    assert found and (found.advance_cents is None or missing == "advance_cents")


@pytest.mark.parametrize(
    ("advance", "gap"),
    [(169_500_01, 0), (169_500_00, 1000_00), (169_499_99, 1000_00), (170_500_00, 0),
     (170_500_01, -1000_00)],
)  # fmt: skip
def test_an_adjustment_is_rounded_to_the_forecasts_step(advance: int, gap: int) -> None:
    """165,000–174,000 in thousands: half a step up; below it nothing is to be adjusted."""
    narrow = (170_000_00, 165_000_00, 174_000_00)
    assert expected_adjustment(narrow, advance).point_cents == gap


def test_without_a_range_an_adjustment_is_no_sharper_than_the_forecast() -> None:
    """8,000,000 − 8,787,000 € is said as 800,000 € of credit, in steps of 200,000."""
    found = expected_adjustment((8_000_000_00, None, None), 8_787_000_00)
    assert found == Adjustment(-800_000_00, None, None)


@given(point=st.integers(0, 10**9), half=st.integers(1, 100), advance=st.integers(0, 10**9))
def test_an_adjustment_has_the_digits_of_its_forecast(point: int, half: int, advance: int) -> None:
    """The step is found again from what is published; only at 1 M€ it may be coarser."""
    said, low, high = published_range(Fraction(point), half)
    assert low is not None and high is not None
    step = step_of(point, 2 * (point * half // 100))
    seen = published_step(said, high - low)
    assert seen == step or (said == MILLION and seen == max(step, 10 * THOUSAND))
    found = expected_adjustment((said, low, high), advance)
    assert [x % seen for x in (found.point_cents, found.low_cents, found.high_cents) if x] == [
        0
    ] * sum(bool(x) for x in (found.point_cents, found.low_cents, found.high_cents))
    assert abs(2 * (found.point_cents - (said - advance))) <= seen
    assert found.low_cents is not None and found.high_cents is not None
    assert found.low_cents <= low - advance and high - advance <= found.high_cents


@pytest.mark.parametrize("missing", ["forecast_cents", "actual_rounded_cents"])
def test_nothing_is_expected_where_no_forecast_or_no_cost_is_shown(missing: str) -> None:
    kept = [c for c in WHOLE if c.measure.value != missing]
    assert expectation(kept, "2026") is None


def test_nothing_is_expected_of_another_year() -> None:
    assert expectation(WHOLE, "2025") is None


def test_large_amounts_are_compared_in_ten_thousands() -> None:
    """The range of 400,000 € has steps of 50,000 €."""
    found = expected_adjustment((7_900_000_00, 7_700_000_00, 8_100_000_00), 8_482_000_00)
    assert found == Adjustment(-600_000_00, -800_000_00, -350_000_00)
