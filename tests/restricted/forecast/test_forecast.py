"""Forecasts, their ranges and the completeness of months: worlds whose end is known."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
import pytest
from worlds.drawn import PARAMETERS, load_folder
from worlds.two_histories import BIG, SMALL, Count, drawn, window

from kuntakoonti.core.periods import add_months, first_day, last_day, months_between, year_of
from kuntakoonti.example import ExamplePlan, make, write
from kuntakoonti.public.cells import Invoice
from kuntakoonti.restricted.figures.advances import Advances, read_advances
from kuntakoonti.restricted.figures.costs import Costs, allocate
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.forecast.cape_cod import Window, project, seasons, ultimates
from kuntakoonti.restricted.forecast.completeness import Completeness, completeness
from kuntakoonti.restricted.forecast.history import Development, develop
from kuntakoonti.restricted.forecast.past_errors import (
    Spread,
    Trial,
    estimate,
    past_errors,
    spread,
    trials,
)
from kuntakoonti.restricted.forecast.year import Forecast, forecast, year_advances

NO_ADVANCES = Advances({}, (), {})

# --- the projection -----------------------------------------------------------------------------


def test_a_steady_year_is_known_exactly() -> None:
    """Where nothing changes, June says the year to the cent: 12 × 100 × 10 €, 12 × 10 × 10 €."""
    found = project(drawn().view(), window(17))
    assert found[:, 0] == pytest.approx([1_200_000, 120_000])


def test_what_is_recorded_after_the_closing_does_not_count() -> None:
    """A year that closes on 20 January has half of December only."""
    found = project(drawn(as_of="2026-12-15").view(), window(22, closes="2027-01-15"))
    assert found[BIG, 0] == pytest.approx(1_150_000)


def test_on_the_closing_day_the_forecast_is_what_is_recorded() -> None:
    """The nearer the closing date, the nearer to the records: on it, exactly them."""
    odd = drawn(half_paid=lambda i, s: 1.7 if s == 23 else 1.0, as_of="2027-01-15")
    found = project(odd.view(), window(23, closes="2027-01-15"))
    recorded = odd.cents.known([odd.as_of])[0, :, 0, 12:].sum(axis=1)
    assert found[:, 0] == pytest.approx(recorded)


def test_a_month_recorded_early_is_not_taken_for_a_dear_one() -> None:
    """June recorded in full at once adds half of its surprise; a chain ladder would double it."""
    fast = project(drawn(half_paid=lambda i, s: 2.0 if s == 17 else 1.0).view(), window(17))
    assert 1_225_000 < fast[BIG, 0] < 1_245_000  # 25,000 of June, the rest of a dearer client-month


def test_the_small_lean_on_their_budget() -> None:
    """With ten clients half the budget's excess counts about, with a hundred much less."""
    dear = drawn(budget=lambda i, s: (100.0, 10.0)[i] * (1000 if i == BIG else 2000))
    big, small = project(dear.view(), window(17))[:, 0] / [1_200_000, 120_000]
    assert big == pytest.approx(1, abs=0.02)
    assert 1.1 < small < 1.4


def test_without_a_budget_the_own_level_stands_alone() -> None:
    """A municipality that has no budget is forecast by its own clients."""
    found = project(drawn(budget=lambda i, s: (100_000.0, 0.0)[i]).view(), window(17))
    assert found[:, 0] == pytest.approx([1_200_000, 120_000])


def test_a_municipality_without_clients_and_budget_costs_nothing() -> None:
    """Nothing recorded, nothing planned: zero, not a share of the area."""
    none = drawn(lambda i, s: (100.0, 0.0)[i], lambda i, s: (100_000.0, 0.0)[i])
    assert project(none.view(), window(17))[SMALL, 0] == 0


def test_what_is_decided_ahead_counts() -> None:
    """In July 150 clients are already known for August and September, which has always been true."""
    more: Count = lambda i, s: (100.0, 10.0)[i] * (1.5 if s in (19, 20) else 1.0)  # noqa: E731
    ahead = project(drawn(more, ahead=2).view(), window(17))[BIG, 0]
    assert ahead == pytest.approx(1_300_000)
    assert project(drawn(more).view(), window(17))[BIG, 0] == pytest.approx(1_200_000)


def test_growth_goes_on_damped() -> None:
    """Clients that grow by 2 % a month are forecast above today's level, below the straight line."""
    grows = drawn(lambda i, s: (100.0, 10.0)[i] * 1.02**s, lambda i, s: (1e5, 1e4)[i] * 1.02**s)
    found = project(grows.view(), window(17))[BIG, 0]
    past = sum(1e5 * 1.02**s for s in range(12, 18))
    assert past + 6 * 1e5 * 1.02**17 < found < past + sum(1e5 * 1.02**s for s in range(18, 24))


def test_a_season_of_two_years_is_foreseen() -> None:
    """Every autumn brings a quarter more; in June of the third year the autumn is expected again."""
    months = np.arange(30)
    wave = 1000 * (1 + 0.25 * (months % 12 >= 8))
    found = seasons(wave)
    assert found[9] / found[3] == pytest.approx(1.25, abs=0.01)
    assert (seasons(wave[:23]) == 1).all()


def test_one_odd_year_is_no_season() -> None:
    """A step in the middle of the second year has nothing in common with the first."""
    step = np.where(np.arange(24) < 17, 1000.0, 1300.0)
    assert np.abs(seasons(step) - 1).max() < 0.05


def test_a_change_of_price_is_half_believed_after_three_recorded_months() -> None:
    """Every client-month costs 20 % more from a month on: the forecast of the rest follows soon."""
    dear = drawn(price=lambda s: 1.2 if s >= 14 else 1.0)
    found = project(dear.view(), window(17))[BIG, 0]
    past, ahead = 2 * 1e5 + 4 * 1.2e5, (found - 2 * 1e5 - 4 * 1.2e5) / 6
    assert past < found and 1.1e5 < ahead < 1.22e5


def test_a_price_told_beforehand_is_used_at_once() -> None:
    """A law that raises the price by a tenth in October is in the forecast of June."""
    levels = np.where(np.arange(24) >= 21, 1.1, 1.0)[None]
    found = project(replace(drawn(), prices=levels).view(), window(17))[BIG, 0]
    assert found == pytest.approx(9 * 1e5 + 3 * 1.1e5)


def test_a_recovery_of_one_is_not_the_others() -> None:
    """A large recovery from the small one leaves the large one's forecast within a percent."""
    whole = drawn()
    cents = whole.cents
    back = replace(
        whole,
        cents=replace(
            cents,
            cell=np.append(cents.cell, 24 + 10),
            day=np.append(cents.day, date(2026, 6, 1).toordinal()),
            amount=np.append(cents.amount, -40_000.0),
        ),
    )
    before, after = project(whole.view(), window(17)), project(back.view(), window(17))
    assert after[BIG, 0] == pytest.approx(before[BIG, 0], rel=0.01)


@pytest.mark.parametrize("month", [15, 17, 20, 21])
def test_who_begins_in_october_has_no_twelfth_before(month: int) -> None:
    """A tenth member's ten clients a month from October on are three months, whenever it is asked."""
    joined = drawn(
        lambda i, s: (100.0, 10.0 * (s >= 21))[i],
        lambda i, s: (1e5, 1e4 * (s >= 21))[i],
        as_of=f"2026-{month - 10:02d}-15",
    )
    found = project(joined.view(), window(month))
    assert found[SMALL, 0] == pytest.approx(30_000, rel=0.001)
    assert found[BIG, 0] == pytest.approx(1_200_000, rel=0.002)


def test_a_large_member_that_joined_is_at_its_own_level_at_once() -> None:
    """After two months with ten times its budget, December is expected like them, not like half."""
    joined = drawn(
        lambda i, s: (100.0, 500.0 * (s >= 21))[i],
        lambda i, s: (1e5, 5e4 * (s >= 21))[i],
        as_of="2026-12-15",
    )
    found = project(joined.view(), window(22))
    assert found[SMALL, 0] == pytest.approx(1_500_000, rel=0.06)


def test_a_service_that_begins_does_not_grow_on() -> None:
    """A service from January of the second year on is no growth from nothing."""
    young = drawn(lambda i, s: (100.0, 10.0)[i] * (s >= 12), lambda i, s: (1e5, 1e4)[i] * (s >= 12))
    assert project(young.view(), window(17))[BIG, 0] == pytest.approx(1_200_000, rel=0.01)


def test_without_any_budget_the_own_level_stands() -> None:
    """No budget, or one of 0, is no level: both municipalities go on as they were."""
    found = project(drawn(budget=lambda i, s: 0.0).view(), window(17))
    assert found[:, 0] == pytest.approx([1_200_000, 120_000])
    one = project(drawn(budget=lambda i, s: (1e5, 0.0)[i]).view(), window(17))
    assert one[:, 0] == pytest.approx([1_200_000, 120_000])


@pytest.mark.parametrize("budget", [0.0, 5_000.0])
def test_a_zero_budget_is_no_forecast_of_zero_while_records_are_young(budget: float) -> None:
    """After two months the budget stands for the forecast; where it is 0 or none, nothing does."""
    young = drawn(budget=lambda i, s: (1e5, budget)[i], as_of="2025-03-15")
    small = forecast(young, NO_ADVANCES, "2025-02", date(2026, 2, 28)).members["297"]
    assert small.point_cents == (12 * budget or None)
    assert small.method == ("budget" if budget else "none")


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0, 3.0])
@pytest.mark.parametrize(("one", "other"), [(SMALL, BIG), (BIG, SMALL)])
def test_recoveries_move_another_by_no_more_than_its_credibility(
    share: float, one: int, other: int
) -> None:
    """What one pays back of a whole year moves the other by its part of the area × what the other leans on it."""
    whole = drawn()
    cells = np.arange(12, 17) + 24 * one
    back = np.full(5, -share * 1000 * (100.0, 10.0)[one])
    c, day = whole.cents, np.full(5, date(2026, 7, 1).toordinal())
    recovered = replace(
        c,
        cell=np.append(c.cell, cells),
        day=np.append(c.day, day),
        amount=np.append(c.amount, back),
    )
    before = project(whole.view(), window(17))[other, 0]
    after = project(replace(whole, cents=recovered).view(), window(17))[other, 0]
    clients = 17.5 * np.array([100.0, 10.0])
    leans = 300 / (300 + clients[other])
    assert abs(after / before - 1) <= clients[one] / clients.sum() * leans


def test_who_has_nothing_at_all_has_no_forecast_of_zero() -> None:
    """No client, no cost, no budget: no number, and none for the area."""
    none = drawn(lambda i, s: (100.0, 0.0)[i], lambda i, s: (100_000.0, 0.0)[i])
    kept = none.clients.amount > 0
    clients = replace(
        none.clients, cell=none.clients.cell[kept], day=none.clients.day[kept],
        amount=none.clients.amount[kept],
    )  # fmt: skip
    kept = none.cents.amount > 0
    cents = replace(
        none.cents, cell=none.cents.cell[kept], day=none.cents.day[kept],
        amount=none.cents.amount[kept],
    )  # fmt: skip
    found = forecast(
        replace(none, clients=clients, cents=cents), NO_ADVANCES, "2026-06", date(2027, 2, 28)
    )
    small = list(found.members.values())[SMALL]
    assert small.method == "none" and small.point_cents is small.low_cents is None
    assert found.area.point_cents is None


def test_a_service_that_is_being_built_up_does_not_explode() -> None:
    """Growth of 6 % a month is not gone on with: half a year ahead at most a tenth above today."""
    young = drawn(lambda i, s: (100.0, 10.0)[i] * 1.06**s, lambda i, s: 0.0)
    now = sum(1e5 * 1.06**s for s in range(12, 18))
    ahead = (project(young.view(), window(17))[BIG, 0] - now) / 6
    assert 1e5 * 1.06**17 < ahead < 1.1 * 1e5 * 1.06**17


def test_expected_cost_of_past_months() -> None:
    """Past months come to clients × 10 € in the end, however little of them is recorded."""
    found = ultimates(drawn().view(), 17)
    assert found.shape == (2, 1, 18)
    assert found[BIG, 0] == pytest.approx([100_000] * 18)


# --- young records and the budget -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "as_of", "method"),
    [(1, "2025-03-15", "budget"), (2, "2025-04-15", "blend"), (6, "2025-08-15", "client_months")],
)
def test_the_budget_gives_way_to_the_records(now: int, as_of: str, method: str) -> None:
    """Two months: the budget; three: a third projection; seven: the projection."""
    half = drawn(budget=lambda i, s: (200_000.0, 20_000.0)[i], as_of=as_of)
    at = window(now, 0, 11, "2026-02-28")
    points, found = estimate(half.view(), at)
    assert found == method
    budget, projected = 2_400_000, project(half.view(), at)[BIG, 0]
    weight = {"budget": 0, "blend": 1 / 3, "client_months": 1}[method]
    assert points[BIG] == pytest.approx(weight * projected + (1 - weight) * budget)


def test_the_age_of_records_begins_with_their_first_cost() -> None:
    """Half a year in which no cost was recorded at all is no history."""
    empty = drawn(lambda i, s: 0.0 if s < 5 else (100.0, 10.0)[i], as_of="2025-08-15")
    assert estimate(empty.view(), window(6, 0, 11, "2026-02-28"))[1] == "budget"


def test_the_first_months_give_the_budget_without_a_range() -> None:
    """With too little history the outlook is the budget, and says so."""
    found = forecast(drawn(as_of="2025-03-15"), NO_ADVANCES, "2025-02", date(2026, 2, 28))
    big = found.members["204"]
    assert (big.method, big.basis, big.point_cents) == ("budget", "budget", 1_200_000)
    assert (big.low_cents, big.high_cents, big.past_error, big.trials) == (None, None, None, 0)


def test_no_budget_and_no_history_is_no_number() -> None:
    """Where there is not even a budget, neither the municipality nor the area has a number."""
    none = drawn(budget=lambda i, s: (100_000.0, 0.0)[i], as_of="2025-03-15")
    found = forecast(none, NO_ADVANCES, "2025-02", date(2026, 2, 28))
    for outlook in (found.members["297"], found.area):
        assert (outlook.method, outlook.basis) == ("none", "none")
        assert outlook.point_cents is outlook.high_cents is outlook.adjustment_cents is None
    assert found.members["204"].point_cents == 1_200_000


# --- trials and ranges ----------------------------------------------------------------------------


def noisy(seed: int = 1, as_of: str = "2026-10-15") -> Development:
    """Clients by chance around their level."""
    dice = np.random.default_rng(seed)
    number = dice.poisson([[100], [10]], (2, 24)).astype(float)
    return drawn(lambda i, s: float(number[i, s]), as_of=as_of)


def test_a_trial_is_the_forecast_of_its_time() -> None:
    """Each trial equals the estimate made from nothing but what was recorded by then."""
    today = noisy()
    tried = trials(today, today.view(), window(20))
    assert [t.now for t in tried] == list(range(15, 5, -1))
    for trial in tried:
        at = add_months("2025-01", trial.now)
        then = noisy(as_of=f"{add_months(at, 1)}-15")
        closes = last_day(add_months(at, 5))
        first, last = max(trial.now - 8, 0), trial.now + 3
        point, method = estimate(then.view(), Window(first, trial.now, last, closes))
        assert trial.point == pytest.approx(point) and trial.method == method
        came = today.cents.known([closes])[0][:, 0, first : last + 1].sum(axis=1)
        assert trial.actual == pytest.approx(came)


def test_only_windows_that_have_closed_are_trials() -> None:
    """On 15 October, April's forecast to July has closed at September's end; May's has not."""
    today = noisy()
    newest = max(t.now for t in trials(today, today.view(), window(20)))
    assert add_months("2025-01", newest) == "2026-04"


def test_no_range_in_the_first_year_before_december() -> None:
    """Without three earlier forecasts that have come true there is a point and no range."""
    early = forecast(noisy(as_of="2025-11-15"), NO_ADVANCES, "2025-10", date(2026, 2, 28))
    assert early.area.method == "client_months" and early.area.trials == 0
    assert early.area.low_cents is early.area.past_error is None
    late = forecast(noisy(as_of="2026-01-15"), NO_ADVANCES, "2025-12", date(2026, 2, 28))
    assert late.area.trials >= 3 and late.area.low_cents is not None


def tried(errors: list[list[float]], nows: list[int]) -> tuple[Trial, ...]:
    """Trials at 10,000 and 1,000 € with these errors in cents."""
    point = np.array([1e6, 1e5])
    return tuple(
        Trial(now, "client_months", point, point + np.array(e))
        for now, e in zip(nows, errors, strict=True)
    )


def test_errors_in_proportion_give_a_range_in_proportion() -> None:
    """Everyone missed by 10 %: no chance, the common part is 10 % of any amount, times t."""
    _, found = spread(tried([[1e5, 1e4]] * 4, [5, 20, 35, 50]), ahead=2)
    assert found.chance == pytest.approx(0, abs=1)
    far = found.half(np.array([5e7]))[0] / 5e7
    assert far == pytest.approx(0.1 * 1.3562 / 1.2816, rel=0.003)  # t of 12 degrees, normal


def test_errors_of_chance_shrink_with_size() -> None:
    """Errors like √size make a range like √size: a hundred times the size, ten times the width."""
    _, found = spread(
        tried([[1e4, 3162.3], [-1e4, 3162.3], [-1e4, -3162.3], [1e4, -3162.3]], [5, 20, 35, 50]), 2
    )
    small, large = found.half(np.array([1e6, 1e8]))
    assert 10 <= large / small < 25


def test_a_side_that_was_never_missed_is_the_shorter_one() -> None:
    """Everything came dearer than foreseen: the range reaches further above than below."""
    below, above = spread(tried([[1e5, 1e4]] * 4, [5, 20, 35, 50]), ahead=2)
    point = np.array([5e7])
    assert 0 < below.half(point)[0] < 0.6 * above.half(point)[0]


def test_a_range_is_never_of_no_width() -> None:
    """Earlier forecasts that were all exact still leave a fifth of a percent and what chance does."""
    below, above = spread(tried([[0.0, 0.0]] * 4, [5, 20, 35, 50]), ahead=2)
    assert min(below.half(np.array([5e7]))[0], above.half(np.array([5e7]))[0]) >= 0.002 * 5e7


def test_a_forecast_that_has_just_moved_may_go_on() -> None:
    """The services' moves of the last two months widen the range: 1.2 times with two months ahead."""
    exact = tried([[0.0, 0.0]] * 4, [5, 20, 35, 50])
    _, moved = spread(exact, 2, moved=0.1)
    assert moved.half(np.array([5e7]))[0] == pytest.approx(1.2816 * 1.2 * 0.1 * 5e7, rel=0.01)


def test_overlapping_windows_widen_the_range() -> None:
    """The same errors from months next to each other are fewer independent ones: a wider range."""
    errors = [[1e5, 1e4], [-1e5, 1e4], [9e4, -1e4], [1e5, 1e4]]
    near = spread(tried(errors, [5, 6, 7, 8]), ahead=6)[1].half(np.array([1e8]))
    apart = spread(tried(errors, [5, 14, 23, 32]), ahead=6)[1].half(np.array([1e8]))
    assert near > apart


def test_no_range_is_narrower_than_chance_below_1000_euros() -> None:
    """A point of nothing still has the width of 1,000 €."""
    found = Spread(chance=400.0, common=0.0)
    assert found.half(np.array([0.0, 1e5])) == pytest.approx([20 * 10**2.5] * 2, rel=0.001)


def test_past_errors_by_hand() -> None:
    """Mean miss over mean cost: 2,000 of 12,000 €, 500 of 500 €, and 2,000 − 500 of the sums."""
    found = past_errors(tried([[1e5, 0.0], [3e5, -1e5]], [5, 6]))
    assert found == pytest.approx((2e5 / 12e5, 5e4 / 5e4, 1.5e5 / 12.5e5))


def test_no_past_error_where_nothing_came() -> None:
    """An error cannot be a share of nothing."""
    assert past_errors(tried([[0.0, -1e5]], [5]))[SMALL] is None


# --- the outlook ------------------------------------------------------------------------------------


def test_members_sum_to_the_area_to_the_cent() -> None:
    """The area's forecast and records are the members' sums; without budgets no advances are known."""
    found = forecast(noisy(), NO_ADVANCES, "2026-09", date(2027, 2, 28))
    assert found.area.advance_cents is found.area.adjustment_cents is None
    for name in ("point_cents", "recorded_cents"):
        assert getattr(found.area, name) == sum(getattr(m, name) for m in found.members.values())


def test_the_range_holds_the_point_and_is_not_negative() -> None:
    """Low ≤ point ≤ high for everyone, and never below zero."""
    found = forecast(noisy(), NO_ADVANCES, "2026-09", date(2027, 2, 28))
    for outlook in (*found.members.values(), found.area):
        assert outlook.low_cents is not None and outlook.high_cents is not None
        assert outlook.point_cents is not None
        assert 0 <= outlook.low_cents < outlook.point_cents < outlook.high_cents
    wide = replace(found.area, below_cents=10**12)
    assert wide.low_cents == 0


def test_a_closed_year_is_what_was_recorded_by_then() -> None:
    """From the closing date on, the outlook is the record of that day, without a range."""
    found = forecast(drawn(as_of="2026-03-15"), NO_ADVANCES, "2025-12", date(2026, 1, 31))
    big = found.members["204"]
    assert (big.method, big.point_cents, big.low_cents) == ("recorded", 1_150_000, None)


def advance(period: str, cents: int, kind: str = "invoice") -> Invoice:
    return Invoice("L", "204", "palkkatuki", period, cents, kind, None, first_day(period))  # type: ignore[arg-type]


def test_the_advances_of_a_year() -> None:
    """What was invoiced, net of credits, and what is expected of the periods not yet invoiced."""
    months = months_between("2026-01", "2026-12")
    expected = {("204", "palkkatuki", m): 100 for m in months} | {
        ("204", "palkkatuki", "2025-12"): 7
    }
    expected[("297", "palkkatuki", "2026-05")] = 5
    invoices = (
        advance("2026-01", 130),
        advance("2026-02", 100),
        advance("2026-02", -100, "credit"),
    )
    other_year = (advance("2025-12", 900),)
    budgets = {("2026", "204", "palkkatuki"): 1200}
    found = Advances(budgets, (*invoices, *other_year), expected)
    assert year_advances(found, "204", "2026") == 130 + 0 + 10 * 100
    assert year_advances(found, "297", "2026") is None
    outlook = forecast(drawn(), found, "2026-06", date(2027, 2, 28)).members["204"]
    assert outlook.adjustment_cents == 1_200_000 - 1_130


# --- completeness -------------------------------------------------------------------------------------


def parts(*rows: tuple[str, str | None, str | None, int, str]) -> Costs:
    """Costs whose parts are id, client, group, participants and municipality, all of June 2026."""
    names = ["cost_id", "client_id", "group_id", "participants", "municipality"]
    frame = pd.DataFrame(rows, columns=names).assign(service="palkkatuki", month="2026-06")
    return Costs(frame, frame, frame, frame)


def of_month(found: tuple[Completeness, ...], month: str) -> Completeness:
    return next(c for c in found if c.month == month)


def test_half_of_june_is_recorded_in_july() -> None:
    """On 15 July June is half recorded and May whole; earlier estimates never missed."""
    found = completeness(drawn(), parts(), "2026-06", {"palkkatuki": 26})
    june, may = of_month(found, "2026-06"), of_month(found, "2026-05")
    assert (june.share, june.low, june.high) == pytest.approx((0.5, 0.5, 0.5))
    assert may.share == pytest.approx(1)
    assert june.certain_from == date(2028, 9, 1) and not june.certain(date(2028, 8, 31))


def test_the_uncertainty_of_completeness_is_what_earlier_estimates_missed() -> None:
    """Where 40 and 60 % came by turns, the range of June's share has room for the 40 % it is."""
    uneven = drawn(half_paid=lambda i, s: 0.8 if s % 2 else 1.2)
    june = of_month(completeness(uneven, parts(), "2026-06", {}), "2026-06")
    assert june.share is not None and june.low is not None and june.high is not None
    assert june.low <= 0.4 <= june.share <= june.high < 0.6
    assert june.high - june.low > 0.04
    assert june.certain_from is None


def test_young_records_say_no_share() -> None:
    """Before seven months of records no share is said, only what the law makes certain."""
    young = completeness(drawn(as_of="2025-07-15"), parts(), "2025-06", {"palkkatuki": 2})
    assert {c.share for c in young} == {None} and len(young) == 6
    assert of_month(young, "2025-01").certain(date(2025, 7, 15))
    first = completeness(drawn(as_of="2025-08-15"), parts(), "2025-07", {})
    assert of_month(first, "2025-07").share == pytest.approx(0.5)
    assert of_month(first, "2025-07").low is None


def test_a_month_without_clients_and_costs_has_no_share() -> None:
    """A share of nothing is not a number."""
    pause = drawn(lambda i, s: 0.0 if s == 17 else (100.0, 10.0)[i])
    assert of_month(completeness(pause, parts(), "2026-06", {}), "2026-06").share is None


def test_persons_behind_a_month_are_a_lower_bound() -> None:
    """Clients named or the largest group, over municipalities; who lives outside is not one."""
    costs = parts(
        ("K1", "A", None, 1, "204"),
        ("K2", "A", None, 1, "204"),
        ("K3", None, "G", 3, "204"),
        ("K3", None, "G", 4, "297"),
        ("K4", None, "H", 5, "204"),
        ("K5", None, "I", 9, "outside"),
    )
    june = of_month(completeness(drawn(), costs, "2026-06", {}), "2026-06")
    assert june.persons == 7


# --- fictional areas whose end is known -----------------------------------------------------------------


def seen(folder: Path, month: str, as_of: date) -> tuple[Development, Advances]:
    """The development of a folder's area on a day, by the whole chain."""
    warehouse = load_folder(folder)
    take_snapshot(warehouse, PARAMETERS, month, as_of)
    costs = allocate(warehouse)
    advances = read_advances(warehouse, PARAMETERS, as_of)
    return develop(warehouse, costs, PARAMETERS, as_of, month), advances


def foreseen(folder: Path, month: str, as_of: date) -> Forecast:
    closes = date(int(year_of(month)) + 1, 2, 28)
    return forecast(*seen(folder, month, as_of), month, closes)


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("growing")
    write(make(ExamplePlan(seed=21, scale=0.5, months=26, growth=0.15)), folder)
    return folder


def test_june_in_a_growing_area(growing: Path) -> None:
    """June's forecasts miss by less than 45 % of what twice the records to date would."""
    june = foreseen(growing, "2026-06", date(2026, 7, 15))
    came, _ = seen(growing, "2026-12", date(2027, 2, 28))
    actual = came.cents.known([came.as_of])[0][:, :, 12:].sum(axis=(1, 2))
    members = [june.members[code] for code in came.axes.members]

    def missed(points: list[int | None]) -> float:
        return float(np.mean(np.abs(np.array(points, float) - actual) / actual))

    doubled: list[int | None] = [2 * m.recorded_cents for m in members]
    assert missed([m.point_cents for m in members]) < 0.45 * missed(doubled)
    inside = [m.low_cents <= a <= m.high_cents for m, a in zip(members, actual, strict=True)]  # type: ignore[operator]
    assert 6 <= sum(inside) <= 11


def test_it_is_quick_and_always_the_same(growing: Path) -> None:
    """Twice the same outlook, each in less than two seconds of work."""
    development, advances = seen(growing, "2026-06", date(2026, 7, 15))
    began = process_time()
    first = forecast(development, advances, "2026-06", date(2027, 2, 28))
    assert process_time() - began < 2
    assert first == forecast(development, advances, "2026-06", date(2027, 2, 28))


def test_the_days_of_trials_are_past() -> None:
    """A view never shows a day after its own."""
    view = noisy().view()
    assert view.days[-1] == date(2026, 10, 15)
    assert all(b - a <= timedelta(days=31) for a, b in zip(view.days, view.days[1:], strict=False))
    assert view.until(5).cents.shape[0] == len(view.until(5).days) == 5
