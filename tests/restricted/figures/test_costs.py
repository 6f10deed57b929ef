"""Costs: one drawn case per sentence of the contract, and books that balance for any data."""

import random
from collections import defaultdict
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.by_hand import ByHand, cents, share
from worlds.drawn import (
    PARAMETERS,
    Row,
    World,
    any_day,
    any_parameters,
    any_rows,
    cells_of,
    cost,
    home,
    load_folder,
    period,
    read_cells,
    with_member,
    with_rule,
    with_service,
)
from worlds.examples import examples
from worlds.places import PROJECT

from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures import costs as costs_module
from kuntakoonti.restricted.figures.costs import Costs, allocate, largest_remainder
from kuntakoonti.restricted.figures.snapshot import take_snapshot

KOTO = "kotoutumiskoulutus"
EXAMPLE = PROJECT / "data" / "example"
COURSE = {"204": 1, "297": 1, "402": 2, "749": 3}  # participant-days


def found(costs: Costs) -> dict[tuple[str, str, str], int]:
    rows = costs.frame.itertuples(index=False)
    return {(row.municipality, row.service, row.month): row.cents for row in rows}


def where(costs: Costs, month: str = "2025-03", service: str = "palkkatuki") -> dict[str, int]:
    """Municipality → cents of one service and month."""
    return {code: n for (code, s, m), n in found(costs).items() if (s, m) == (service, month)}


def listed(costs: Costs, reason: str) -> list[str]:
    return sorted(costs.lists.loc[costs.lists["reason"] == reason, "cost_id"])


def course(days: dict[str, int], group: str = "G") -> list[Row]:
    """A participant per municipality, with so many days in March; ``outside`` lives abroad."""
    rows: list[Row] = []
    for code, number in days.items():
        rows.append(home(f"C{code}", "999" if code == "outside" else code))
        end = f"2025-03-{number:02d}"
        rows.append(period(f"C{code}", "2025-03-01", end, KOTO, group=group))
    return rows


def course_cost(amount: str, name: str = "K", group: str = "G") -> Row:
    return cost(amount, group=group, service=KOTO, cost=name)


def test_a_clients_cost_follows_the_client_month(tmp_path: Path) -> None:
    """Whoever moves after the last service day leaves the month's cost with the old municipality."""
    rows: list[Row] = []
    for client, end in zip("ABC", ("2025-03-10", "2025-03-11", "2025-03-12"), strict=True):
        rows += [home(client, "204", until="2025-03-10"), home(client, "749", since="2025-03-11")]
        rows += [period(client, "2025-03-01", end), cost("100,00", client)]
    costs = World(tmp_path, rows).costs()
    assert where(costs) == {"204": 10_000, "749": 20_000}
    assert costs.lists.empty


@pytest.mark.parametrize("rule", ["last_service_day", "month_first_day", "month_last_day"])
def test_without_a_client_month_the_last_day_of_the_month_settles(
    rule: str, tmp_path: Path
) -> None:
    """Under every rule: a move the day before, on and after the month's last day; all are noted."""
    rows: list[Row] = []
    for client, moved in zip("ABC", ("2025-03-30", "2025-03-31", "2025-04-01"), strict=True):
        rows += [home(client, "204"), home(client, "749", since=moved), cost("100,00", client)]
    costs = World(tmp_path, rows, with_rule("residence_day", ("2025-01-01", rule))).costs()
    assert where(costs) == {"204": 10_000, "749": 20_000}
    assert listed(costs, "by_residence") == [f"K-{c}-palkkatuki-2025-03" for c in "ABC"]


def test_that_residence_is_the_one_known_at_the_date(tmp_path: Path) -> None:
    """It covers the last day, or the older row does; the latest start, then the latest record."""
    rows: list[Row] = []
    for client, until in zip("ABC", ("2025-03-30", "2025-03-31", "2025-04-01"), strict=True):
        away = home(client, "749", since="2025-02-01", until=until)
        rows += [home(client, "204"), away, cost("1,00", client)]
    rows += [
        home("D", "204", since="2025-02-01", recorded="2025-02-01"),
        home("D", "297", since="2025-02-01", recorded="2025-05-10"),
        home("D", "749", since="2024-01-01", recorded="2025-06-01"),
        cost("1,00", "D"),
    ]
    world = World(tmp_path, rows)
    for as_of, code in {"2025-05-09": "204", "2025-05-10": "297", "2025-06-01": "297"}.items():
        expected = {"204": 100, "749": 200} | {code: 200 if code == "204" else 100}
        assert where(world.costs(as_of=as_of)) == expected


def test_a_client_month_in_another_service_or_month_is_none(tmp_path: Path) -> None:
    """Only that service in that month counts; without a residence the cost is outside, noted."""
    rows = [
        home("A", "204", until="2025-03-20"),
        home("A", "749", since="2025-03-21", until="2025-06-30"),
        period("A", "2025-03-01", "2025-03-10", "starttiraha"),
        period("A", "2025-02-01", "2025-02-10"),
        cost("100,00", "A"),
        cost("1,00", "A", service="starttiraha"),
        cost("10,00", "A", month="2025-07"),
    ]
    costs = World(tmp_path, rows).costs()
    assert where(costs) == {"749": 10_000}
    assert where(costs, service="starttiraha") == {"204": 100}
    assert where(costs, "2025-07") == {"outside": 1_000}
    ids = ["K-A-palkkatuki-2025-03", "K-A-palkkatuki-2025-07"]
    assert listed(costs, "by_residence") == ids


def test_a_merged_members_residents_cost_its_successor(tmp_path: Path) -> None:
    """By the month's last day: up to the merger the old code, after it the successor."""
    merged = with_member("857", valid_to="2025-03-31", successor="749")
    rows = [home("A", "857"), *(cost("5,00", "A", month=f"2025-0{n}") for n in (2, 3, 4))]
    costs = World(tmp_path, rows, merged).costs()
    assert [where(costs, f"2025-0{n}") for n in (2, 3, 4)] == [
        {"857": 500},
        {"857": 500},
        {"749": 500},
    ]


def test_a_courses_cost_is_shared_by_participant_days(tmp_path: Path) -> None:
    """Days outside the month and of other groups are not this cost's."""
    rows = [
        home("A", "204"),
        home("B", "749"),
        home("C", "297"),
        period("A", "2025-02-01", "2025-03-03", KOTO, group="G"),
        period("B", "2025-03-31", "2025-05-31", KOTO, group="G"),
        period("C", "2025-03-01", "2025-03-31", KOTO, group="H"),
        course_cost("100,00"),
    ]
    assert where(World(tmp_path, rows).costs(), service=KOTO) == {"204": 7_500, "749": 2_500}


def test_four_municipalities_share_a_hundred_euros_to_the_cent(tmp_path: Path) -> None:
    """Largest remainder; three other ways are a cent off in the sum or in someone's share."""
    exact = {code: Fraction(10_000 * days, 7) for code, days in COURSE.items()}
    down = {code: floor(value) for code, value in exact.items()}
    rounded = {code: floor(value + Fraction(1, 2)) for code, value in exact.items()}
    in_turn = {**rounded, "749": 10_000 - sum(n for code, n in rounded.items() if code != "749")}
    assert (sum(down.values()), sum(rounded.values())) == (9_998, 10_001)
    assert in_turn == {"204": 1_429, "297": 1_429, "402": 2_857, "749": 4_285}  # exact: 4285,71

    ours = where(World(tmp_path, [*course(COURSE), course_cost("100,00")]).costs(), service=KOTO)
    assert ours == {"204": 1_429, "297": 1_428, "402": 2_857, "749": 4_286}
    assert sum(ours.values()) == 10_000
    assert all(ours != other for other in (down, rounded, in_turn))
    assert all(abs(ours[code] - value) < 1 for code, value in exact.items())


def test_equal_remainders_go_by_code_and_outside_comes_last(tmp_path: Path) -> None:
    """Of three equal shares of 1,00 € the first code has the odd cent; of 1,01 € the first two."""
    days = {"outside": 5, "749": 5, "204": 5}
    rows = [*course(days), course_cost("1,00")]
    assert where(World(tmp_path, rows).costs(), service=KOTO) == {
        "204": 34,
        "749": 33,
        "outside": 33,
    }
    rows = [*course(days), course_cost("1,01")]
    assert where(World(tmp_path, rows).costs(), service=KOTO) == {
        "204": 34,
        "749": 34,
        "outside": 33,
    }


def test_a_negative_cost_is_shared_by_its_absolute_value(tmp_path: Path) -> None:
    """A credit note takes back from each exactly what the invoice gave."""
    rows = [*course({**COURSE, "outside": 4}), course_cost("123,45", "K1")]
    given = where(World(tmp_path, rows).costs(), service=KOTO)
    rows.append(course_cost("-123,45", "K2"))
    assert where(World(tmp_path, rows).costs(), service=KOTO) == dict.fromkeys(given, 0)
    back = World(tmp_path, [*rows[:-2], rows[-1]]).costs()
    assert where(back, service=KOTO) == {code: -n for code, n in given.items()}


def test_each_cost_row_is_shared_once(tmp_path: Path) -> None:
    """Two costs of a cent are two allocations: both cents go to the first code."""
    rows = [*course({"204": 5, "749": 5}), course_cost("0,01", "K1"), course_cost("0,01", "K2")]
    assert where(World(tmp_path, rows).costs(), service=KOTO) == {"204": 2, "749": 0}


@pytest.mark.parametrize("second", [("03", "08"), ("05", "12"), ("11", "12"), ("01", "12")])
def test_a_day_of_a_client_counts_once(second: tuple[str, str], tmp_path: Path) -> None:
    """Periods inside, overlapping, touching or around each other are distinct client-days."""
    start, end = (f"2025-03-{day}" for day in second)
    rows = [
        *course({"204": 10, "749": 10}),
        period("C204", start, end, KOTO, record="P", group="G"),
        course_cost("60,00"),
    ]
    days = max(10, int(second[1]))
    costs = World(tmp_path, rows).costs()
    assert where(costs, service=KOTO) == share(6_000, {"204": days, "749": 10})


def test_only_days_on_which_the_service_is_offered_are_participant_days(tmp_path: Path) -> None:
    """Offered from 3 to 6 March: two days of 1–4 March are, and two of 5–10 March."""
    offered = with_service(KOTO, valid_from="2025-03-03", valid_to="2025-03-06")
    rows = [*course({"204": 4}), home("B", "749"), course_cost("2,00")]
    rows.append(period("B", "2025-03-05", "2025-03-10", KOTO, group="G"))
    assert where(World(tmp_path, rows, offered).costs(), service=KOTO) == {"204": 100, "749": 100}


def test_two_participants_of_a_municipality_are_two_days_a_day(tmp_path: Path) -> None:
    """Client-days, not days."""
    rows = [*course({"204": 5, "749": 5}), home("B", "204"), course_cost("90,00")]
    rows.append(period("B", "2025-03-01", "2025-03-05", KOTO, group="G"))
    assert where(World(tmp_path, rows).costs(), service=KOTO) == {"204": 6_000, "749": 3_000}


def test_who_moves_mid_course_takes_all_the_months_days_along(tmp_path: Path) -> None:
    """All days of the month go to the client-month's municipality, and next month's with it."""
    rows = [
        *course({"204": 10}),
        home("B", "297", until="2025-03-08"),
        home("B", "749", since="2025-03-09"),
        period("B", "2025-02-27", "2025-03-10", KOTO, group="G"),
        course_cost("20,00"),
        cost("7,00", group="G", month="2025-02", service=KOTO),
    ]
    costs = World(tmp_path, rows).costs()
    assert where(costs, service=KOTO) == {"204": 1_000, "749": 1_000}
    assert where(costs, "2025-02", KOTO) == {"297": 700}


def test_a_group_without_participants_is_unallocated_and_listed(tmp_path: Path) -> None:
    """No such group, none that month, none known yet, or all removed."""
    rows = [
        *course(COURSE),
        period("C204", "2025-03-01", "2025-03-31", KOTO, "L", recorded="2027-01-01", group="late"),
        period("C204", "2025-03-01", "2025-03-31", KOTO, "R", removed="1", group="gone"),
        period("C204", "2025-03-01", "2025-03-31", "starttiraha", group="other service"),
        cost("7,00", group="G", month="2025-04", service=KOTO, cost="K0"),
        *(course_cost("1,00", f"K-{g}", g) for g in ("none", "late", "gone", "other service")),
    ]
    costs = World(tmp_path, rows).costs()
    assert where(costs, "2025-04", KOTO) == {"unallocated": 700}
    assert where(costs, service=KOTO) == {"unallocated": 400}
    ids = ["K-gone", "K-late", "K-none", "K-other service", "K0"]
    assert listed(costs, "unallocated") == ids
    assert listed(costs, "by_residence") == []


def test_a_recovery_reduces_what_was_paid(tmp_path: Path) -> None:
    """Negative amounts are costs like others, below zero too."""
    rows = [
        home("A"),
        period("A", "2025-03-01"),
        cost("100,00", "A"),
        cost("-30,01", "A", cost="R"),
    ]
    assert where(World(tmp_path, rows).costs()) == {"297": 6_999}
    rows.append(cost("-100,00", "A", cost="R2"))
    assert where(World(tmp_path, rows).costs()) == {"297": -3_001}


def test_a_revision_replaces_the_whole_cost(tmp_path: Path) -> None:
    """Amount and receiver are the newest known: the day before, on and after it came."""
    rows = [
        *course(COURSE),
        home("D", "749"),
        cost("100,00", group="G", service=KOTO, cost="K"),
        cost("40,00", "D", service=KOTO, cost="K", recorded="2025-05-10"),
    ]
    world = World(tmp_path, rows)
    before = world.costs(as_of="2025-05-09")
    assert sum(where(before, service=KOTO).values()) == 10_000
    for as_of in ("2025-05-10", "2025-05-11"):
        costs = world.costs(as_of=as_of)
        assert found(costs) == {("749", KOTO, "2025-03"): 4_000}
        assert listed(costs, "by_residence") == ["K"]


def test_a_cost_recorded_later_does_not_exist(tmp_path: Path) -> None:
    """The day before, on and after."""
    rows = [home("A"), period("A", "2025-03-01"), cost("1,00", "A", recorded="2025-05-10")]
    world = World(tmp_path, rows)
    for as_of, books in {"2025-05-09": [], "2025-05-10": [100], "2025-05-11": [100]}.items():
        costs = world.costs(as_of=as_of)
        assert list(costs.reconciliation["source_cents"]) == list(costs.frame["cents"]) == books


def test_the_same_revision_twice_changes_nothing(tmp_path: Path) -> None:
    """Equal rows, of the same day or of another, are one cost."""
    rows = [*course(COURSE), home("A"), cost("7,77", "A"), course_cost("100,00")]
    once = World(tmp_path, rows).costs()
    again = [row._replace(cells=row.cells | {"recorded_on": "2025-04-20"}) for row in rows[-2:]]
    twice = World(tmp_path, [*rows, *rows[-2:], *again, *again]).costs()
    assert twice.frame.equals(once.frame)
    assert twice.lists.equals(once.lists)


def test_a_cost_of_any_month_is_in_the_books(tmp_path: Path) -> None:
    """Years before the counted months, and after the release's, nothing is lost."""
    rows = [home("A"), period("A", "2025-01-01")]
    rows += [cost("1,00", "A", month=m) for m in ("2019-12", "2025-08", "2026-05")]
    costs = World(tmp_path, rows).costs("2025-08")
    assert list(costs.reconciliation["month"]) == ["2019-12", "2025-08", "2026-05"]
    assert where(costs, "2019-12") == {"outside": 100}  # nobody was a member yet
    assert where(costs, "2025-08") == where(costs, "2026-05") == {"297": 100}


@pytest.mark.parametrize(
    ("counts_as", "expected"),
    [
        ("palkkatuki", {("297", "palkkatuki"): 300}),
        ("own", {("297", "palkkatuki"): 100, ("297", "tyollistamistuki_55"): 200}),
        ("excluded", {("297", "palkkatuki"): 100}),
    ],
)
def test_the_subsidy_of_those_over_55_costs_what_it_counts_as(
    counts_as: str, expected: dict[tuple[str, str], int], tmp_path: Path
) -> None:
    """In pay subsidy, apart, or in neither side of the books."""
    rows = [
        home("A"),
        period("A", "2025-03-01", "2025-03-31"),
        period("A", "2025-03-01", "2025-03-31", "tyollistamistuki_55"),
        cost("1,00", "A"),
        cost("2,00", "A", service="tyollistamistuki_55"),
    ]
    changed = with_service("tyollistamistuki_55", counts_as=counts_as)
    costs = World(tmp_path, rows, changed).costs()
    assert {key[:2]: n for key, n in found(costs).items()} == expected
    assert costs.reconciliation["source_cents"].sum() == sum(expected.values())
    assert costs.lists.empty


def test_no_money_is_a_float(tmp_path: Path) -> None:
    """Cents are 64-bit integers in every frame, whatever is missing."""
    rows = [*course(COURSE), home("A"), cost("1,00", "A"), course_cost("3,00")]
    nobody = course_cost("1,00", "N", "none")
    for some in ([], rows, [nobody], [*rows, nobody]):
        costs = World(tmp_path, some).costs()
        assert costs.frame["cents"].dtype == costs.parts["cents"].dtype == "int64"
        assert list(costs.reconciliation.dtypes[["source_cents", "allocated_cents"]]) == [
            "int64",
            "int64",
        ]
        assert not [
            n for f in (costs.frame, costs.reconciliation) for n in f.select_dtypes("float")
        ]
        assert isinstance(costs.difference_cents, int)


WORLD = [
    *course(COURSE),
    home("A"),
    period("A", "2025-03-01"),
    cost("7,00", "A"),
    course_cost("1,00"),
]


def test_a_cent_that_goes_astray_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shares that do not sum to their cost are not handed on."""

    def short(shares: pd.DataFrame) -> pd.DataFrame:
        shared = largest_remainder(shares)
        return shared.assign(cents=shared["cents"] - (shared.index == 0))

    monkeypatch.setattr(costs_module, "largest_remainder", short)
    with pytest.raises(KuntakoontiError, match="ei täsmää"):
        World(tmp_path, WORLD).costs()


def test_a_client_month_that_is_there_twice_stops_the_run(tmp_path: Path) -> None:
    """A cost counted twice is found, because the source is summed without the client-months."""
    world = World(tmp_path, WORLD)
    world.costs()
    world.warehouse.execute("INSERT INTO client_months SELECT * FROM client_months")
    with pytest.raises(KuntakoontiError, match="ei täsmää"):
        allocate(world.warehouse)


def test_a_month_that_is_not_allocated_stops_the_run(tmp_path: Path) -> None:
    """A cost of a month that the calendar lacks would be lost."""
    world = World(tmp_path, WORLD)
    world.costs()
    world.warehouse.execute("DELETE FROM calendar WHERE month > '2025-02'")
    with pytest.raises(KuntakoontiError, match="ei täsmää"):
        allocate(world.warehouse)


def shares_frame(amounts: list[int], days: list[dict[str, int]]) -> pd.DataFrame:
    rows = [
        (f"K{number}", code, amount, n)
        for number, (amount, shares) in enumerate(zip(amounts, days, strict=True))
        for code, n in shares.items()
    ]
    frame = pd.DataFrame(rows, columns=["cost_id", "municipality", "cents", "days"])
    return frame.astype({"cents": "int64", "days": "int64"})


codes = st.sampled_from(["204", "239", "297", "402", "749", "outside"])
a_cost = st.tuples(
    st.integers(-(10**15), 10**15) | st.integers(-50, 50),
    st.dictionaries(codes, st.integers(1, 10**5), min_size=1),
)


@examples(60)
@given(st.lists(a_cost, max_size=5))
def test_largest_remainder_agrees_with_fractions(drawn: list[tuple[int, dict[str, int]]]) -> None:
    """For any amount that a cell can hold and any number of days, to the cent."""
    amounts, days = [a for a, _ in drawn], [d for _, d in drawn]
    shared = largest_remainder(shares_frame(amounts, days))
    ours: dict[str, dict[str, int]] = defaultdict(dict)
    for row in shared.itertuples(index=False):
        ours[row.cost_id][row.municipality] = row.cents
    assert ours == {f"K{n}": share(*both) for n, both in enumerate(drawn)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all random worlds of this module."""
    return tmp_path_factory.mktemp("worlds")


random_worlds = examples(20)


@random_worlds
@given(rows=any_rows(), parameters=any_parameters(), as_of=any_day())
def test_an_allocation_by_hand_agrees_and_the_books_balance(
    rows: list[Row], parameters: Parameters, as_of: str, folder: Path
) -> None:
    """Σ members + outside + unallocated = Σ source, per service and month, for any data."""
    costs = World(folder, rows, parameters).costs("2025-05", as_of)
    day = date.fromisoformat(as_of)
    by_hand = ByHand(cells_of(rows), parameters, day, horizon=date(2025, 12, 31))
    assert ByHand.not_equal(found(costs), by_hand.costs()) == {}
    source = source_by_hand(by_hand)
    books = costs.reconciliation.set_index(["service", "month"])
    assert ByHand.not_equal(books["source_cents"].to_dict(), source) == {}
    assert ByHand.not_equal(books["allocated_cents"].to_dict(), source) == {}


def source_by_hand(by_hand: ByHand) -> dict[tuple[str | None, str], int]:
    sums: dict[tuple[str | None, str], int] = defaultdict(int)
    for row in by_hand.newest("costs", "cost_id"):
        if service := by_hand.counted_in(row["service"]):
            sums[service, row["service_month"]] += cents(row["amount"])
    return sums


@examples(5)
@given(rows=any_rows(), parameters=any_parameters(), seed=...)
def test_the_order_of_rows_never_matters(
    rows: list[Row], parameters: Parameters, seed: int, folder: Path
) -> None:
    """The same rows in another order give the same cents and the same lists."""
    before = World(folder, rows, parameters).costs("2025-05")
    random.Random(seed).shuffle(rows)
    after = World(folder, rows, parameters).costs("2025-05")
    assert after.frame.equals(before.frame)
    for reason in ("by_residence", "unallocated"):
        assert listed(after, reason) == listed(before, reason)


@pytest.fixture(scope="module")
def example() -> duckdb.DuckDBPyConnection:
    return load_folder(EXAMPLE)


@pytest.mark.parametrize(
    ("last_month", "as_of"),
    [("2025-03", "2025-04-15"), ("2025-12", "2026-02-28"), ("2026-08", "2026-09-15")],
)
def test_an_allocation_by_hand_agrees_on_the_example_data(
    last_month: str, as_of: str, example: duckdb.DuckDBPyConnection
) -> None:
    """Every municipality, service and month of the committed data, at three extraction dates."""
    day = date.fromisoformat(as_of)
    take_snapshot(example, PARAMETERS, last_month, day)
    costs = allocate(example)
    by_hand = ByHand(read_cells(EXAMPLE), PARAMETERS, day, horizon=date(2026, 12, 31))
    assert len(costs.frame) > 50
    assert ByHand.not_equal(found(costs), by_hand.costs()) == {}
    assert costs.difference_cents == 0
