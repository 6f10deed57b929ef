"""What was known when: the cube from the records, and triangles small enough for a pencil."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from worlds.by_hand import ByHand
from worlds.drawn import (
    PARAMETERS,
    Row,
    World,
    any_parameters,
    any_rows,
    budget,
    cells_of,
    cost,
    home,
    load_folder,
    period,
    with_member,
)
from worlds.examples import examples
from worlds.places import PROJECT

from kuntakoonti.core.periods import months_of
from kuntakoonti.parameters.rules import Parameters, Rules
from kuntakoonti.restricted.figures.costs import allocate
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.forecast.chain_ladder import curve, factors, latest_steps
from kuntakoonti.restricted.forecast.completeness import certain_from, closing_lags
from kuntakoonti.restricted.forecast.history import (
    Axes,
    Changes,
    Development,
    develop,
    prices,
    same_day,
)

KOTO = "kotoutumiskoulutus"


def developed(world: World, month: str = "2025-12", as_of: str = "2026-12-31") -> Development:
    day = date.fromisoformat(as_of)
    return develop(world.warehouse, world.costs(month, as_of), world.parameters, day, month)


def known(
    found: Development, what: str, place: tuple[str, str, str], days: tuple[str, ...]
) -> list[float]:
    """One cell on several days; cents, clients or budgets."""
    axes, (code, service, month) = found.axes, place
    changes: Changes = getattr(found, what)
    cube = changes.known([date.fromisoformat(d) for d in days])
    cell = (axes.members.index(code), axes.services.index(service), axes.months.index(month))
    return [round(float(x[cell]), 6) for x in cube]


# --- the cube -----------------------------------------------------------------------------------


def test_changes_add_up_day_by_day() -> None:
    """On each asked day the changes up to and on that day count, in whatever order it is asked."""
    day = date(2025, 3, 10).toordinal()
    changes = Changes(
        (1, 1, 2), np.array([0, 0, 1]), np.array([day, day + 5, day]), np.array([3.0, -1.0, 7.0])
    )
    asked = [date(2025, 3, 15), date(2025, 3, 9), date(2025, 3, 10), date(2025, 3, 14)]
    assert changes.known(asked)[:, 0, 0].tolist() == [[2, 7], [0, 0], [3, 7], [3, 7]]


def test_a_revised_cost_was_another_one_before(tmp_path: Path) -> None:
    """Until its revision a cost is known with the old amount, from it with the new one."""
    rows = [home("A", "204"), period("A", "2025-03-01", "2025-03-31")]
    rows += [cost("100,00", "A", cost="K", recorded="2025-04-10")]
    rows += [cost("60,00", "A", cost="K", recorded="2025-06-20")]
    days = ("2025-04-09", "2025-04-10", "2025-06-19", "2025-06-20")
    found = developed(World(tmp_path, rows))
    place = ("204", "palkkatuki", "2025-03")
    assert known(found, "cents", place, days) == [0, 10_000, 10_000, 6_000]


def test_a_cost_moved_to_another_month(tmp_path: Path) -> None:
    """A revision to another service month empties the old one on the same day."""
    rows = [home("A", "204"), period("A", "2025-03-01", "2025-04-30")]
    rows += [cost("100,00", "A", month="2025-03", cost="K", recorded="2025-04-10")]
    rows += [cost("100,00", "A", month="2025-04", cost="K", recorded="2025-06-20")]
    found, days = developed(World(tmp_path, rows)), ("2025-06-19", "2025-06-20")
    assert known(found, "cents", ("204", "palkkatuki", "2025-03"), days) == [10_000, 0]
    assert known(found, "cents", ("204", "palkkatuki", "2025-04"), days) == [0, 10_000]


def test_nothing_is_known_after_the_extraction_date(tmp_path: Path) -> None:
    """Rows recorded after the extraction date are not there, whatever day is asked."""
    rows = [home("A", "204"), period("A", "2025-03-01", "2025-03-31")]
    rows += [cost("100,00", "A", cost="K", recorded="2025-04-10")]
    rows += [cost("60,00", "A", cost="K", recorded="2025-06-20")]
    found = developed(World(tmp_path, rows), as_of="2025-05-31")
    assert known(found, "cents", ("204", "palkkatuki", "2025-03"), ("2025-12-31",)) == [10_000]


def test_a_group_cost_of_the_past_is_shared_as_today(tmp_path: Path) -> None:
    """Its earlier amount is split by the participant-days that are known today: 1 to 3 here."""
    rows: list[Row] = []
    for client, code, end in (("A", "204", "01"), ("B", "297", "03")):
        rows += [home(client, code)]
        rows += [
            period(client, "2025-03-01", f"2025-03-{end}", KOTO, group="G", recorded="2025-05-02")
        ]
    rows += [cost("80,00", group="G", service=KOTO, cost="K", recorded="2025-04-10")]
    rows += [cost("40,00", group="G", service=KOTO, cost="K", recorded="2025-06-20")]
    found, days = developed(World(tmp_path, rows)), ("2025-04-15", "2025-06-20")
    assert known(found, "cents", ("204", KOTO, "2025-03"), days) == [2_000, 1_000]
    assert known(found, "cents", ("297", KOTO, "2025-03"), days) == [6_000, 3_000]


def test_a_cost_taken_back_to_nothing_keeps_its_past(tmp_path: Path) -> None:
    """A group cost revised to 0 € is shared by its participants before that."""
    rows: list[Row] = []
    for client, code in (("A", "204"), ("B", "297")):
        rows += [home(client, code), period(client, "2025-03-01", "2025-03-02", KOTO, group="G")]
    rows += [cost("80,00", group="G", service=KOTO, cost="K", recorded="2025-04-10")]
    rows += [cost("0,00", group="G", service=KOTO, cost="K", recorded="2025-06-20")]
    found = developed(World(tmp_path, rows))
    assert known(found, "cents", ("204", KOTO, "2025-03"), ("2025-04-15", "2025-06-20")) == [
        4_000,
        0,
    ]


def test_client_months_known_ahead_and_withdrawn(tmp_path: Path) -> None:
    """A period is known in all its months from its recording, those to come too, until removed."""
    rows = [home("A", "204"), home("B", "204")]
    rows += [period("A", "2025-03-10", "2025-06-20", record="P", recorded="2025-03-20")]
    rows += [period("A", "2025-03-10", "2025-04-30", record="P", recorded="2025-05-05")]
    rows += [period("B", "2025-03-10", "2025-03-20", record="Q", recorded="2025-04-01")]
    rows += [
        period("B", "2025-03-10", "2025-03-20", record="Q", recorded="2025-04-20", removed="1")
    ]
    rows += [cost("1,00", "A", month="2025-03")]
    found = developed(World(tmp_path, rows))
    days = ("2025-03-19", "2025-03-20", "2025-04-01", "2025-04-20", "2025-05-05")
    assert known(found, "clients", ("204", "palkkatuki", "2025-03"), days) == [0, 1, 2, 1, 1]
    assert known(found, "clients", ("204", "palkkatuki", "2025-06"), days) == [0, 1, 1, 1, 0]


def test_overlapping_records_are_one_client_month(tmp_path: Path) -> None:
    """Two records of a client in a month count once, until the last of them is removed."""
    rows = [home("A", "204"), cost("1,00", "A", month="2025-03")]
    rows += [period("A", "2025-03-01", "2025-03-10", record="P", recorded="2025-03-05")]
    rows += [period("A", "2025-03-08", "2025-03-20", record="Q", recorded="2025-03-15")]
    rows += [
        period("A", "2025-03-01", "2025-03-10", record="P", recorded="2025-04-01", removed="1")
    ]
    rows += [
        period("A", "2025-03-08", "2025-03-20", record="Q", recorded="2025-05-01", removed="1")
    ]
    days = ("2025-03-05", "2025-03-15", "2025-04-01", "2025-05-01")
    found = developed(World(tmp_path, rows))
    assert known(found, "clients", ("204", "palkkatuki", "2025-03"), days) == [1, 1, 1, 0]


def test_a_record_within_another_ones_time(tmp_path: Path) -> None:
    """A second record that came and went while the first held changes nothing."""
    rows = [home("A", "204"), cost("1,00", "A", month="2025-03")]
    rows += [period("A", "2025-03-01", "2025-03-10", record="P", recorded="2025-03-05")]
    rows += [period("A", "2025-03-08", "2025-03-20", record="Q", recorded="2025-03-15")]
    rows += [
        period("A", "2025-03-08", "2025-03-20", record="Q", recorded="2025-04-01", removed="1")
    ]
    found, days = developed(World(tmp_path, rows)), ("2025-03-05", "2025-03-15", "2025-04-01")
    assert known(found, "clients", ("204", "palkkatuki", "2025-03"), days) == [1, 1, 1]


def test_budgets_by_twelfths_and_their_revision(tmp_path: Path) -> None:
    """A month's budget is a twelfth; a raised budget replaces it from the day it is known."""
    rows = [home("A"), cost("1,00", "A", month="2025-01"), budget("204", "1200,00")]
    rows += [budget("204", "2400,00", recorded="2025-06-18")]
    found, days = developed(World(tmp_path, rows)), ("2024-11-19", "2025-06-17", "2025-06-18")
    assert known(found, "budgets", ("204", "palkkatuki", "2025-02"), days) == [0, 10_000, 20_000]


def test_a_merged_member_is_its_successors(tmp_path: Path) -> None:
    """What a merged municipality cost before is its successor's, if that is the member today."""
    rows = [home("A", "857"), period("A", "2025-02-01", "2025-02-28")]
    rows += [cost("100,00", "A", month="2025-02"), budget("857", "1200,00")]
    merged = with_member("857", valid_to="2025-03-31", successor="297")
    found = developed(World(tmp_path, rows, merged))
    assert "857" not in found.axes.members
    place = ("297", "palkkatuki", "2025-02")
    assert known(found, "cents", place, ("2025-03-15",)) == [10_000]
    assert known(found, "budgets", place, ("2025-03-15",)) == [10_000]


@examples(15)
@given(rows=any_rows())
def test_the_cube_is_the_allocation(tmp_path: Path, rows: list[Row]) -> None:
    """On the extraction date the cube is the allocated cost and the counted client-months."""
    world = World(tmp_path, rows)
    for as_of in ("2025-03-15", "2025-07-01"):
        costs = world.costs("2025-06", as_of)
        counts = world.counts("2025-06", as_of)
        day = date.fromisoformat(as_of)
        found = develop(world.warehouse, costs, world.parameters, day, "2025-06")
        axes = found.axes
        cube, heads = found.cents.known([day])[0], found.clients.known([day])[0]
        frame = costs.frame.set_index(["municipality", "service", "month"])["cents"]
        for cell in np.ndindex(axes.shape):
            place = axes.members[cell[0]], axes.services[cell[1]], axes.months[cell[2]]
            assert cube[cell] == pytest.approx(frame.get(place, 0), abs=1e-3)
            if place[2] <= "2025-06":
                assert heads[cell] == counts.of(*place)


@examples(15)
@given(rows=any_rows(), parameters=any_parameters())
def test_what_was_known_when_agrees_by_hand(
    tmp_path: Path, rows: list[Row], parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Client-months of every earlier day: withdrawn, revised and overlapping records, homes moving."""
    monkeypatch.setattr("kuntakoonti.restricted.forecast.history._PART", 3)
    world, day = World(tmp_path, rows, parameters), date(2025, 7, 1)
    found = developed(world, "2025-06", str(day))
    by_hand = ByHand(cells_of(rows), parameters, day, date(2025, 12, 31))
    counted_to = max(["2025-06", *(r["service_month"] for r in by_hand.rows["costs"])])
    for then in (date(2024, 12, 31), date(2025, 2, 15), date(2025, 4, 27), day):
        cube = found.clients.known([then])[0]
        ours = {
            (found.axes.members[i], found.axes.services[k], found.axes.months[j]): int(
                cube[i, k, j]
            )
            for i, k, j in np.argwhere(cube)
        }
        theirs = Counter[tuple[str, str, str]]()
        for (code, service, month), clients in by_hand.known_on(then, counted_to).items():
            heir = by_hand.credited(code, date(2025, 6, 30))
            if heir in found.axes.members and month in found.axes.months:
                theirs[heir, service, month] += clients
        assert ByHand.not_equal(ours, theirs) == {}


def test_the_cube_of_the_example_is_its_allocation() -> None:
    """The example's cube rounds to the allocation of every member, service and month."""
    day, warehouse = date(2026, 3, 15), load_folder(PROJECT / "data" / "example")
    take_snapshot(warehouse, PARAMETERS, "2026-02", day)
    costs = allocate(warehouse)
    found = develop(warehouse, costs, PARAMETERS, day, "2026-02")
    cube = np.rint(found.cents.known([day])[0]).astype(int)
    frame = costs.frame[costs.frame["municipality"].isin(found.axes.members)]
    assert cube.sum() == frame["cents"].sum()
    for code, service, month, cents in frame.itertuples(index=False):
        axes = found.axes
        place = axes.members.index(code), axes.services.index(service), axes.months.index(month)
        assert cube[place] == cents


@pytest.mark.parametrize(
    ("day", "month", "same"),
    [("2025-08-31", "2025-02", "2025-02-28"), ("2025-09-15", "2025-01", "2025-01-15")],
)
def test_the_same_day_of_another_month(day: str, month: str, same: str) -> None:
    """Extraction dates are a month apart, on a short month's last day if need be."""
    assert same_day(date.fromisoformat(day), month) == date.fromisoformat(same)


# --- triangles ----------------------------------------------------------------------------------

# Service months × delays 0, 1, 2: 10 → 40 → 50; 20 → 60; 30.
BY_DATE = np.array([[10.0, 0, 0], [40, 20, 0], [50, 60, 30]])
AT = np.arange(3)


def test_chain_ladder_factors_by_hand() -> None:
    """From delay 0 to 1: (40 + 60) / (10 + 20); from 1 to 2: 50 / 40."""
    before, after = factors(BY_DATE, AT, range(0, 2), latest_steps(3, 12))
    assert (before.tolist(), after.tolist()) == ([30, 40], [100, 50])


def test_only_recent_dates_make_the_factors() -> None:
    """With one recent month only the last step counts: 60 / 20 and 50 / 40."""
    before, after = factors(BY_DATE, AT, range(0, 2), latest_steps(3, 1))
    assert (before.tolist(), after.tolist()) == ([20, 40], [60, 50])


def test_shares_by_hand() -> None:
    """At delay 2 all, at 1 40/50 of it, at 0 30/100 of that; halves lie between."""
    found = curve(BY_DATE, AT, range(0, 2), latest_steps(3, 12))
    assert found.of(np.array([0, 1, 2, 3])) == pytest.approx([0.24, 0.8, 1, 1])
    assert found.of(np.array([-1.0, 0.5])) == pytest.approx([0, 0.52])


def test_a_delay_never_seen() -> None:
    """Nothing is known of a month before it was ever seen, and nothing is added after the last."""
    found = curve(BY_DATE, AT, range(-2, 4), latest_steps(3, 12))
    assert found.of(np.array([-2, -1])).tolist() == [0, 0]
    assert found.of(np.array([2, 3, 4])).tolist() == [1, 1, 1]


def test_what_was_never_seen_so_far_ahead() -> None:
    """Half is known a month ahead; two months ahead, where nothing was seen yet, nothing is."""
    found = curve(
        np.array([[10.0, 5.0], [10.0, 10.0]]), np.arange(2), range(-2, 1), latest_steps(2, 12)
    )
    assert found.of(np.array([-2, -1, 0])).tolist() == [0, 0.5, 1]


# --- complete by law, and closing lags ----------------------------------------------------------


@pytest.mark.parametrize(
    ("deadline", "day"), [(2, date(2025, 4, 1)), (26, date(2027, 4, 1)), (None, None)]
)
def test_certainly_complete(deadline: int | None, day: date | None) -> None:
    """January's start-up grant can be claimed until the end of March; a contract sets no day."""
    assert certain_from("2025-01", deadline) == day


def lag_world(folder: Path, late: int) -> World:
    """200 client-months of January–June, of which so many were recorded in the second month after."""
    rows: list[Row] = [cost("1,00", "C0", month="2025-01")]
    for n in range(200):
        month = n % 6 + 1
        recorded = f"2025-{month + 2:02d}-05" if n < late else f"2025-{month:02d}-28"
        rows += [home(f"C{n}", "297")]
        rows += [period(f"C{n}", f"2025-{month:02d}-01", f"2025-{month:02d}-02", recorded=recorded)]
    again = {"record": "P-C199-palkkatuki-2025-02-01", "recorded": "2025-12-01"}
    rows += [period("C199", "2025-02-01", "2025-02-03", **again)]  # changed long after
    return World(folder, rows)


@pytest.mark.parametrize(("late", "lag"), [(2, 0), (3, 2)])
def test_a_closing_lag_is_proposed(tmp_path: Path, late: int, lag: int) -> None:
    """99 % recorded by the end of the month: lag 0; fewer: the lag at which they were."""
    world, day = lag_world(tmp_path, late), date(2026, 1, 31)
    world.counts("2025-12", "2026-01-31")
    found = closing_lags(world.warehouse, world.parameters, day)[0]
    assert (found.service, found.lag, found.client_months, found.months) == (
        "palkkatuki",
        lag,
        200,
        6,
    )
    assert found.shares[0] == pytest.approx(1 - late / 200)


def test_no_proposal_before_half_a_year(tmp_path: Path) -> None:
    """Months that ended less than half a year ago are not measured; five are too few."""
    world, day = lag_world(tmp_path, 0), date(2025, 12, 31)
    world.counts("2025-11", "2025-12-31")
    first, other, _ = closing_lags(world.warehouse, world.parameters, day)
    assert (first.lag, first.months, first.shares[0]) == (None, 5, 1.0)
    assert (other.lag, other.client_months, other.shares) == (None, 0, ())


# --- what is there in a part of a year -------------------------------------------------------------


def test_a_budget_is_spread_over_the_months_that_are_there(tmp_path: Path) -> None:
    """Of a member from October on a budget of 1,200 € is 400 € a month, and nothing before."""
    parameters = with_member("857", valid_from="2025-10-01")
    world = World(tmp_path, [budget("857", "1200"), budget("297", "1200")], parameters)
    costs = world.costs("2025-11", "2025-12-15")
    found = develop(world.warehouse, costs, parameters, date(2025, 12, 15), "2025-11")
    place = dict(
        zip(found.axes.members, found.budgets.known([found.as_of])[0].sum(axis=1), strict=True)
    )
    assert place["857"] == pytest.approx([0.0] * 9 + [40_000.0] * 3)
    assert place["297"] == pytest.approx([10_000.0] * 12)


def test_a_known_change_of_price_comes_from_the_rules(tmp_path: Path) -> None:
    """`price_level` 1.1 from July on, by service; without the rule there is no level."""
    assert prices(PARAMETERS, AXES) is None
    one = {s.name: "1" for s in PARAMETERS.services.services}
    content = PARAMETERS.rules.model_dump()
    content["price_level"] = {
        **content["threshold"],
        "values": [
            {"valid_from": "2025-01-01", "value": one},
            {"valid_from": "2025-07-01", "value": one | {"palkkatuki": "1.1"}},
        ],
    }
    rules = replace(PARAMETERS, rules=Rules.model_validate(content))
    levels = prices(rules, AXES)
    assert levels is not None
    assert levels.tolist() == [[1.0] * 6 + [1.1] * 6, [1.0] * 12]


AXES = Axes(("297",), ("palkkatuki", "starttiraha"), months_of("2025"))
