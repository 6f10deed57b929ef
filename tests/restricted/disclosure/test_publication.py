"""R1–R5 and R9 by hand-drawn cases: what a reader may see of which count, and when."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.drawn import PARAMETERS, with_rule
from worlds.figures import NO_ADVANCES, drawn, last_years, released, visible

from kuntakoonti.core.periods import months_of
from kuntakoonti.parameters.area import Publication
from kuntakoonti.parameters.rules import ClassWidth
from kuntakoonti.public.cells import ANY, Cell, Grain, Measure, Plan, Status, cell_of, euro_cell
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.disclosure.counts import (
    Moment,
    closing_day,
    count_cells,
    preliminary_class,
    year_closing_day,
)
from kuntakoonti.restricted.disclosure.grain import plan_year
from kuntakoonti.restricted.figures.advances import Advances

WIDTH = ClassWidth(below_100=5, from_100=10)


@pytest.mark.rule("R2", "Small, zero included, is one mark that means 0–4, closed, and preliminary")
@pytest.mark.rule("R5", "Before: the class of a fixed grid, 5 below 100, 10 from 100")
@pytest.mark.parametrize(
    ("clients", "expected"),
    [
        (0, (0, 4)), (4, (0, 4)), (5, (5, 9)), (9, (5, 9)), (10, (10, 14)), (99, (95, 99)),
        (100, (100, 109)), (109, (100, 109)), (110, (110, 119)), (514, (510, 519)),
    ],
)  # fmt: skip
def test_preliminary_counts_stand_on_a_fixed_grid(clients: int, expected: tuple[int, int]) -> None:
    """Width 5 below 100 and 10 from 100; 0–4 is one class."""
    assert preliminary_class(clients, 5, WIDTH) == expected


@given(st.integers(0, 10_000), st.integers(2, 9))
def test_a_class_always_holds_its_count_and_never_splits_small_ones(n: int, threshold: int) -> None:
    """Whatever the threshold, a small count's class is exactly 0…threshold−1."""
    low, high = preliminary_class(n, threshold, WIDTH)
    assert low <= n <= high
    assert (low, high) == (0, threshold - 1) if n < threshold else low >= threshold


@pytest.mark.rule("R1", "Below the threshold it is small")
@pytest.mark.parametrize(("clients", "value"), [(4, None), (5, 5), (6, 6)])
def test_a_closed_count_is_exact_from_the_threshold(clients: int, value: int | None) -> None:
    """R1, R2: under five distinct persons it is "alle 5", else the number."""
    counts = drawn({("857", "palkkatuki", "2025-01"): clients})
    cell = visible(counts, "2025-08", date(2025, 9, 15))["palkkatuki", "2025-01"]
    assert cell.value == value
    assert cell.status is (Status.FINAL if value else Status.UNDER_THRESHOLD)
    assert cell.class_low is None and cell.class_high is None


@pytest.mark.rule("R2", "Small, zero included, is one mark that means 0–4, closed")
def test_zero_looks_like_any_other_small_count() -> None:
    """R2: zero included; a reader cannot tell 0 from 4, closed or preliminary."""
    when = ("2025-08", date(2025, 9, 15))
    none = visible(drawn({}), *when)
    four = {("857", "palkkatuki", m): 4 for m in months_of("2025")}
    assert none == visible(drawn(four), *when)


@pytest.mark.rule("R5", "Closes from the last day of its last month + lag")
@pytest.mark.parametrize(
    ("as_of", "closed"),
    [(date(2025, 8, 30), False), (date(2025, 8, 31), True), (date(2025, 9, 1), True)],
)
def test_a_month_closes_when_its_lag_has_passed(as_of: date, closed: bool) -> None:
    """R5: palkkatuki of June closes on the last day of August, lag 2."""
    counts = drawn({("857", "palkkatuki", "2025-06"): 11})
    cell = visible(counts, "2025-07", as_of)["palkkatuki", "2025-06"]
    assert (cell.status is Status.FINAL) is closed
    assert closing_day(PARAMETERS, "palkkatuki", "2025-06") == date(2025, 8, 31)


@pytest.mark.rule("R5", "Over services: the slowest lag")
def test_figures_over_services_take_the_slowest_lag() -> None:
    """R5: together closes with palkkatuki's two months."""
    assert closing_day(PARAMETERS, ANY, "2025-06") == date(2025, 8, 31)
    assert closing_day(PARAMETERS, "starttiraha", "2025-06") == date(2025, 7, 31)
    assert closing_day(PARAMETERS, "starttiraha", "2025-Q2") == date(2025, 7, 31)


@pytest.mark.rule("R5", "At the latest on the year's closing date")
def test_all_open_periods_close_on_the_years_closing_date() -> None:
    """R5: on the last day of the following February, however long a lag is."""
    lag = PARAMETERS.rules.closing_lag
    slow = lag.values[0].model_copy(update={"value": {**lag.values[0].value, "palkkatuki": 12}})
    rules = PARAMETERS.rules.model_copy(
        update={"closing_lag": lag.model_copy(update={"values": (slow,)})}
    )
    parameters = replace(PARAMETERS, rules=rules)
    assert year_closing_day(parameters, "2025") == date(2026, 2, 28)
    assert closing_day(parameters, "palkkatuki", "2025-12") == date(2026, 2, 28)
    assert closing_day(parameters, "palkkatuki", "2025-01") == date(2026, 1, 31)


@pytest.mark.rule("R5", "Closed once, never again with another value")
def test_a_closed_count_is_never_published_with_another_value() -> None:
    """R5, R9: late records after closing do not change what the archive holds."""
    first = visible(drawn({("857", "palkkatuki", "2025-01"): 11}), "2025-03", date(2025, 4, 15))
    later = drawn({("857", "palkkatuki", "2025-01"): 14})
    second = visible(later, "2025-04", date(2025, 5, 15), archive=released(first, "2025-03"))
    assert second["palkkatuki", "2025-01"] == first["palkkatuki", "2025-01"]
    assert second["palkkatuki", "2025-01"].value == 11


@pytest.mark.rule("R1", "A figure keeps the threshold of the release that first showed it")
@pytest.mark.parametrize(
    ("before", "after", "clients", "old", "new"),
    [(5, 10, 7, (7, None), (0, 9)), (10, 5, 7, (None, None), (5, 9)), (5, 10, 3, (None, None), (0, 9))],
)  # fmt: skip
def test_a_threshold_that_changes_in_mid_year_holds_for_what_is_new(
    before: int, after: int, clients: int, old: tuple[int | None, ...], new: tuple[int, int]
) -> None:
    """May was shown in June's release by the old one and closes by it; July is under the new one."""
    wide = {"below_100": max(after, 5), "from_100": 10}
    parameters = with_rule("class_width", ("2025-01-01", wide | {"below_100": 10}))
    values = (("2025-01-01", before), ("2025-07-01", after))
    parameters = with_rule("threshold", *values, base=parameters)
    if after == 5:
        widths = (("2025-01-01", wide | {"below_100": 10}), ("2025-07-01", wide))
        parameters = with_rule("class_width", *widths, base=parameters)
    counts = drawn({("857", "palkkatuki", f"2025-{m}"): clients for m in ("05", "07")})
    first = visible(counts, "2025-06", date(2025, 7, 15), parameters=parameters)
    second = visible(
        counts,
        "2025-07",
        date(2025, 8, 15),
        archive=released(first, "2025-06"),
        parameters=parameters,
    )
    may, july = (second["palkkatuki", f"2025-{m}"] for m in ("05", "07"))
    assert (may.value, may.class_low) == old
    assert (july.class_low, july.class_high) == new


def test_a_closed_small_count_stays_small() -> None:
    """R5: a month closed as "alle 5" does not become a number when late records arrive."""
    first = visible(drawn({}), "2025-03", date(2025, 4, 15))
    later = drawn({("857", "palkkatuki", "2025-01"): 9})
    second = visible(later, "2025-04", date(2025, 5, 15), archive=released(first, "2025-03"))
    assert second["palkkatuki", "2025-01"].status is Status.UNDER_THRESHOLD


def test_a_preliminary_class_may_change_until_the_month_closes() -> None:
    """R5: only closing fixes a count."""
    first = visible(drawn({("857", "palkkatuki", "2025-03"): 6}), "2025-03", date(2025, 4, 15))
    assert first["palkkatuki", "2025-03"].class_low == 5
    later = drawn({("857", "palkkatuki", "2025-03"): 12})
    second = visible(later, "2025-04", date(2025, 5, 15), archive=released(first, "2025-03"))
    assert second["palkkatuki", "2025-03"].class_low == 10


@pytest.mark.rule("R5", "On the page: this year's periods that have begun")
def test_a_running_quarter_is_preliminary_and_ends_with_the_releases_month() -> None:
    """R5: the third quarter is on August's page, as a class; the fourth is not there yet."""
    plan = Plan("per_service", {"palkkatuki": "quarter"}, "decision", "drawn")
    counts = drawn({("857", "palkkatuki", "2025-Q3"): 7, ("857", "palkkatuki", "2025-Q1"): 8})
    cells = visible(counts, "2025-08", date(2025, 9, 15), plan)
    assert sorted(p for _, p in cells) == ["2025-Q1", "2025-Q2", "2025-Q3"]
    assert cells["palkkatuki", "2025-Q3"].class_low == 5
    assert cells["palkkatuki", "2025-Q1"].value == 8


@pytest.mark.rule("R5", "A running quarter counts up to the release's month, and does not close")
def test_an_unfinished_quarter_never_closes_in_a_late_release() -> None:
    """R5: a release of August made the next year still has only two months of the quarter."""
    plan = Plan("per_service", {"palkkatuki": "quarter"}, "decision", "drawn")
    cells = visible(drawn({}), "2025-08", date(2026, 6, 1), plan)
    assert cells["palkkatuki", "2025-Q3"].status is Status.PRELIMINARY


@pytest.mark.rule("R4", "A series by year has no figure before the final adjustment")
@pytest.mark.rule("R6", "No running year to date")
def test_a_yearly_series_has_no_figure_in_a_month() -> None:
    """R5: grain year is published in the final adjustment only."""
    plan = Plan("per_service", {"palkkatuki": "month", "starttiraha": "year"}, "decision", "drawn")
    services = {s for s, _ in visible(drawn({}), "2025-08", date(2025, 9, 15), plan)}
    assert services == {"palkkatuki"}


@pytest.mark.rule("R3", "One grain a series, so that no period contains another")
def test_months_after_the_releases_month_are_not_on_the_page() -> None:
    """An annex carries the months of the year so far."""
    periods = sorted(p for _, p in visible(drawn({}), "2025-03", date(2025, 6, 15)))
    assert periods == ["2025-01", "2025-02", "2025-03"]


@pytest.mark.rule("R5", "January to March: last year's that are open or closed since")
@pytest.mark.parametrize(
    ("month", "as_of", "expected"),
    [
        ("2026-01", date(2026, 2, 16), ["2025-11", "2025-12"]),
        ("2026-02", date(2026, 3, 16), ["2025-11", "2025-12"]),
        ("2026-03", date(2026, 4, 15), ["2025-11", "2025-12"]),
        ("2026-04", date(2026, 5, 15), []),
    ],
)
def test_early_annexes_carry_last_years_months_open_or_closed_since(
    month: str, as_of: date, expected: list[str]
) -> None:
    """From January to March: last year's periods that the December annex had open."""
    december = visible(drawn({}, "2025-12"), "2025-12", date(2026, 1, 15))
    archive = released(december, "2025-12")
    cells = visible(drawn({}, month), month, as_of, archive=archive)
    assert sorted(p for _, p in cells if p < "2026") == expected


def test_a_service_outside_its_validity_is_not_offered() -> None:
    """Status not_offered, whatever the records say."""
    services = PARAMETERS.services
    ended = services.shown[1].model_copy(update={"valid_to": date(2025, 3, 31)})
    kept = tuple(ended if s.name == ended.name else s for s in services.services)
    parameters = replace(PARAMETERS, services=services.model_copy(update={"services": kept}))
    plan = Plan("per_service", {"starttiraha": "month"}, "decision", "drawn")
    moment = Moment("2025-05", date(2025, 8, 15), Archive())
    counts = drawn({("857", "starttiraha", "2025-05"): 9})
    cells = list(count_cells(counts, {"2025": {"857": plan}}, parameters, moment))
    by_period = {c.period: c.status for c in cells}
    assert by_period["2025-03"] is Status.UNDER_THRESHOLD
    assert by_period["2025-04"] is by_period["2025-05"] is Status.NOT_OFFERED


@pytest.mark.rule("R4", "The finest grain with enough large cells of last year")
@pytest.mark.parametrize(
    ("large_months", "large_quarters", "grain"),
    [(9, 4, "quarter"), (10, 0, "month"), (11, 4, "month"), (9, 3, "year"), (0, 4, "quarter")],
)
def test_the_finest_grain_with_enough_large_cells_is_chosen(
    large_months: int, large_quarters: int, grain: Grain
) -> None:
    """R4: at least 80 % of last year's cells at or over the threshold: 10 of 12 months, 4 of 4."""
    months = [5] * large_months + [4] * (12 - large_months)
    quarters = [5] * large_quarters + [4] * (4 - large_quarters)
    keitele_too = {("857", "starttiraha", m): 9 for m in months_of("2025")}
    counts = last_years(months, quarters, "palkkatuki", keitele_too)
    plan = plan_year("2026", counts, NO_ADVANCES, PARAMETERS)["857"]
    assert plan.grains["palkkatuki"] == grain
    assert plan.basis == "last_year"


@pytest.mark.rule(
    "R4", "Together where no service reaches the quarter, by month or else by quarter"
)
@pytest.mark.parametrize(("large_months", "grain"), [(9, "quarter"), (10, "month"), (12, "month")])
def test_together_where_no_service_reaches_a_quarter(large_months: int, grain: Grain) -> None:
    """R3, R4: then only the figure over all services, by month or else by quarter."""
    months = [5] * large_months + [4] * (12 - large_months)
    plan = plan_year("2026", last_years(months, [0] * 4, ANY), NO_ADVANCES, PARAMETERS)["857"]
    assert plan.family == "together"
    assert plan.grains == {ANY: grain}


def first_year(cents: int) -> Plan:
    budgets = {("2025", "857", "palkkatuki"): cents}
    return plan_year("2025", drawn({}), Advances(budgets, (), {}), PARAMETERS)["857"]


@pytest.mark.rule("R4", "First year: budget ÷ 12 ÷ average cost, turnover, Poisson")
@pytest.mark.parametrize(
    ("clients_a_month", "family", "grain"),
    [
        (6.6, "per_service", "quarter"),  # Poisson(6.6): P(N ≥ 5) = 0.787
        (6.8, "per_service", "month"),  # Poisson(6.8): P(N ≥ 5) = 0.807
        (5.5, "together", "quarter"),  # Poisson(5.5 × 1.2): 0.787
        (5.7, "per_service", "quarter"),  # Poisson(5.7 × 1.2): 0.811
    ],
)
def test_a_first_year_is_planned_from_the_budget(
    clients_a_month: float, family: str, grain: Grain
) -> None:
    """R4: budget ÷ 12 ÷ average cost gives the expected clients; checked against Poisson tables."""
    plan = first_year(round(clients_a_month * 12 * 1000 * 100))
    assert (plan.family, plan.basis) == (family, "budget")
    assert plan.grains["palkkatuki" if family == "per_service" else ANY] == grain


@pytest.mark.rule("R4", "A decision may fix it, with its reference")
def test_a_plan_may_be_fixed_by_a_decision_with_its_reference() -> None:
    """R4: area.yml may choose per service by month, the decision's literal text."""
    fixed = Publication(
        family="per_service", grains={"palkkatuki": "month"}, reference="jaosto 14.8.2025"
    )
    area = PARAMETERS.area
    members = tuple(
        m.model_copy(update={"publication": fixed}) if m.code == "857" else m for m in area.members
    )
    parameters = replace(PARAMETERS, area=area.model_copy(update={"members": members}))
    plan = plan_year("2025", drawn({}), NO_ADVANCES, parameters)["857"]
    assert plan == Plan("per_service", {"palkkatuki": "month"}, "decision", "jaosto 14.8.2025")


@pytest.mark.rule("R3", "Per service: no figure over services; together: no service's")
def test_no_published_count_contains_another() -> None:
    """R3: a plan is per service, or together; never both, and one grain a service."""
    budgets = {("2025", m.code, "palkkatuki"): i * 3_000_000 for i, m in enumerate(_members())}
    for plan in plan_year("2025", drawn({}), Advances(budgets, (), {}), PARAMETERS).values():
        assert (ANY in plan.grains) == (plan.family == "together")
        assert ANY not in plan.grains or len(plan.grains) == 1


def _members() -> tuple[object, ...]:
    return PARAMETERS.area.members


def test_only_named_measures_can_be_published() -> None:
    """A measure that the rules do not name has no cell."""
    with pytest.raises(ValueError):
        cell_of(("857", "any", "2025", "median_age", 44, None, None, "final"))
    with pytest.raises(ValueError):
        cell_of(("857", "any", "2025", "clients", 44, None, None, "approximate"))


@pytest.mark.rule("R2", "A hidden figure cannot carry its value")
@pytest.mark.parametrize("status", [s for s in Status if s is not Status.FINAL])
def test_a_hidden_figure_cannot_carry_its_value(status: Status) -> None:
    """Only a final figure has a value, only a preliminary one a class."""
    with pytest.raises(ValueError):
        Cell("857", "any", "2025", Measure.CLIENTS, status, 3)
    with pytest.raises(ValueError):
        Cell("857", "any", "2025", Measure.CLIENTS, Status.UNDER_THRESHOLD, None, 0, 3)
    assert euro_cell("857", "any", "2025", Measure.ADVANCE, -5).value == -5


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["palkkatuki", "starttiraha"]), st.sampled_from(months_of("2025"))
        ),
        st.integers(0, 12),
    ),
    st.integers(0, 90),
)
def test_no_small_count_is_ever_visible(small: dict[tuple[str, str], int], days_late: int) -> None:
    """R1, R2: whatever the counts and the extraction date, a value is at least the threshold."""
    plan = Plan("per_service", {"palkkatuki": "month", "starttiraha": "month"}, "decision", "drawn")
    counts = drawn({("857", s, p): n for (s, p), n in small.items()})
    as_of = date(2025, 8, 31) + timedelta(days=days_late)
    for cell in visible(counts, "2025-08", as_of, plan).values():
        exact = small.get((cell.service, cell.period), 0)
        assert cell.value is None or cell.value == exact >= 5
        if exact < 5 and cell.status is Status.PRELIMINARY:
            assert (cell.class_low, cell.class_high) == (0, 4)
