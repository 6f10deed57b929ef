"""Counts: one drawn case per sentence of the contract, and a second opinion in plain Python.

Where a sentence has an edge, three clients stand before, on and after it, each in a municipality
of its own, so that one world shows all three.
"""

import random
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from worlds.by_hand import ByHand
from worlds.drawn import (
    PARAMETERS,
    Row,
    World,
    any_day,
    any_parameters,
    any_rows,
    cells_of,
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

from kuntakoonti.core.periods import months_between
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.counts import Counts, count
from kuntakoonti.restricted.figures.snapshot import release_months, take_snapshot

BEFORE, ON, AFTER = EDGE = ("204", "297", "749")
AT_EDGE = [home("A", BEFORE), home("B", ON), home("C", AFTER)]
EXAMPLE = PROJECT / "data" / "example"
RULES = ("last_service_day", "month_first_day", "month_last_day")


def at_edge(counts: Counts, when: str, service: str = "palkkatuki") -> list[int]:
    return [counts.of(code, service, when) for code in EDGE]


def where(counts: Counts, when: str, service: str = "palkkatuki") -> dict[str, int]:
    """Municipality → clients of one service and period."""
    rows = counts.frame.query("service == @service and period == @when")
    return dict(zip(rows["municipality"], rows["clients"], strict=True))


def known(counts: Counts) -> dict[tuple[str, str, str], int]:
    return {(row.municipality, row.service, row.period): row.clients for row in tuples(counts)}


def tuples(counts: Counts) -> list[Any]:
    return list(counts.frame.itertuples(index=False))


def test_the_first_day_of_a_month_is_enough(tmp_path: Path) -> None:
    """A period that ends on the last of February is not in March; one that ends on the first is."""
    ends = ("2025-02-28", "2025-03-01", "2025-03-02")
    rows = [period(c, "2025-02-10", end) for c, end in zip("ABC", ends, strict=True)]
    assert at_edge(World(tmp_path, AT_EDGE + rows).counts(), "2025-03") == [0, 1, 1]


def test_the_last_day_of_a_month_is_enough(tmp_path: Path) -> None:
    """A period that starts on the last of March is in March; one from the first of April is not."""
    starts = ("2025-03-30", "2025-03-31", "2025-04-01")
    rows = [period(c, start, "2025-04-10") for c, start in zip("ABC", starts, strict=True)]
    counts = World(tmp_path, AT_EDGE + rows).counts()
    assert at_edge(counts, "2025-03") == [1, 1, 0]
    assert at_edge(counts, "2025-04") == [1, 1, 1]


def test_a_period_of_one_day_is_a_client_month(tmp_path: Path) -> None:
    """Start and end on the same day are one day."""
    counts = World(tmp_path, [home("A"), period("A", "2025-03-15", "2025-03-15")]).counts()
    assert where(counts, "2025-03") == {"297": 1}
    assert where(counts, "2025") == {"297": 1}


def test_an_open_end_is_going_on(tmp_path: Path) -> None:
    """Without an end the client is in the service in every month up to the release's."""
    counts = World(tmp_path, [home("A"), period("A", "2025-03-31")]).counts("2025-12")
    months = [m for m in release_months("2025-12") if counts.of("297", "palkkatuki", m)]
    assert months == list(months_between("2025-03", "2025-12"))


def test_the_newest_revision_known_at_the_date_counts(tmp_path: Path) -> None:
    """A revision replaces the earlier row from the day it was recorded."""
    world = World(
        tmp_path,
        [
            home("A"),
            period("A", "2025-03-01", "2025-03-31", record="P"),
            period("A", "2025-04-02", "2025-04-30", record="P", recorded="2025-05-10"),
        ],
    )
    for as_of, months in (("2025-05-09", [1, 0]), ("2025-05-10", [0, 1]), ("2025-05-11", [0, 1])):
        counts = world.counts(as_of=as_of)
        assert [counts.of("297", "palkkatuki", m) for m in ("2025-03", "2025-04")] == months


def test_a_removed_period_is_withdrawn_until_it_is_recorded_again(tmp_path: Path) -> None:
    """``removed`` = 1 withdraws a record from that day; a later revision brings it back."""
    world = World(
        tmp_path,
        [
            home("A"),
            period("A", "2025-03-01", "2025-03-31", record="P"),
            period("A", "2025-03-01", record="P", removed="1", recorded="2025-04-10"),
            period("A", "2025-03-01", record="P", removed="0", recorded="2025-06-01"),
        ],
    )
    seen = {"2025-04-09": 1, "2025-04-10": 0, "2025-04-11": 0, "2025-05-31": 0, "2025-06-01": 1}
    for as_of, clients in seen.items():
        assert world.counts(as_of=as_of).of("297", "palkkatuki", "2025-03") == clients


def test_what_is_recorded_later_does_not_exist(tmp_path: Path) -> None:
    """A period recorded after the extraction date is not counted, on or before it it is."""
    rows = [home("A"), period("A", "2025-03-01", "2025-03-31", recorded="2025-05-10")]
    world = World(tmp_path, rows)
    for as_of, clients in {"2025-05-09": 0, "2025-05-10": 1, "2025-05-11": 1}.items():
        assert world.counts(as_of=as_of).of("297", "palkkatuki", "2025-03") == clients


@pytest.mark.parametrize("second", ["2025-03-10", "2025-03-16", "2025-03-20"])
def test_overlapping_touching_and_repeated_periods_are_one_client_month(
    second: str, tmp_path: Path
) -> None:
    """However often a client is in one service in a month, it is one client-month."""
    rows = [home("A"), period("A", "2025-03-05", "2025-03-15"), period("A", second, "2025-03-25")]
    world = World(tmp_path, rows)
    assert world.counts().of("297", "palkkatuki", "2025-03") == 1
    assert world.warehouse.sql("SELECT last_day FROM client_months").fetchall() == [
        (date(2025, 3, 25),)
    ]


def test_the_last_service_day_settles_the_municipality(tmp_path: Path) -> None:
    """Who moves the day after the last service day belongs to the old municipality."""
    rows: list[Row] = []
    for client, end in zip("ABC", ("2025-03-10", "2025-03-11", "2025-03-12"), strict=True):
        moved = [home(client, "204", until="2025-03-10"), home(client, "749", since="2025-03-11")]
        rows += [*moved, period(client, "2025-03-01", end)]
    assert where(World(tmp_path, rows).counts(), "2025-03") == {"204": 1, "749": 2}


@pytest.mark.parametrize(("rule", "code"), list(zip(RULES, ("297", "204", "749"), strict=True)))
def test_the_residence_day_is_a_rule(rule: str, code: str, tmp_path: Path) -> None:
    """Last service day, first or last day of the month: three homes, three answers."""
    rows = [
        home("A", "204", until="2025-03-10"),
        home("A", "297", since="2025-03-11", until="2025-03-25"),
        home("A", "749", since="2025-03-26"),
        period("A", "2025-02-10", "2025-03-20"),
    ]
    changed = with_rule("residence_day", ("2025-01-01", rule))
    assert where(World(tmp_path, rows, changed).counts(), "2025-03") == {code: 1}


def test_a_new_residence_rule_leaves_earlier_months_as_they_were(tmp_path: Path) -> None:
    """Each month follows the rule in force in it."""
    rows: list[Row] = []
    for month, client in (("2025-02", "A"), ("2025-03", "B"), ("2025-04", "C")):
        rows += [
            home(client, "204", until=f"{month}-09"),
            home(client, "749", since=f"{month}-10"),
            period(client, f"{month}-01", f"{month}-20"),
        ]
    changed = with_rule(
        "residence_day", ("2025-01-01", "last_service_day"), ("2025-03-01", "month_first_day")
    )
    counts = World(tmp_path, rows, changed).counts()
    found = [where(counts, month) for month in ("2025-02", "2025-03", "2025-04")]
    assert found == [{"749": 1}, {"204": 1}, {"204": 1}]


def test_of_homes_that_cover_the_day_the_latest_start_wins(tmp_path: Path) -> None:
    """The latest ``valid_from``, even if that row was recorded first."""
    rows = [
        home("A", "204", since="2020-01-01", recorded="2025-03-01"),
        home("A", "749", since="2025-02-01", recorded="2025-02-01"),
        period("A", "2025-03-01", "2025-03-31"),
    ]
    assert where(World(tmp_path, rows).counts(), "2025-03") == {"749": 1}


def test_of_homes_with_the_same_start_the_latest_recorded_wins(tmp_path: Path) -> None:
    """A corrected residence replaces the earlier one from the day it was recorded."""
    rows = [
        home("A", "204", since="2025-02-01", recorded="2025-02-01"),
        home("A", "749", since="2025-02-01", recorded="2025-05-10"),
        period("A", "2025-03-01", "2025-03-31"),
    ]
    world = World(tmp_path, rows)
    for as_of, code in {"2025-05-09": "204", "2025-05-10": "749", "2025-05-11": "749"}.items():
        assert where(world.counts(as_of=as_of), "2025-03") == {code: 1}


def test_a_home_covers_its_first_and_last_day(tmp_path: Path) -> None:
    """The day before, on and after ``valid_from`` and ``valid_to``: a row of its own or the older."""
    days = ("2025-03-09", "2025-03-10", "2025-03-11", "2025-03-19", "2025-03-20", "2025-03-21")
    rows = []
    for client, day in zip("ABCDEF", days, strict=True):
        away = home(client, "749", since="2025-03-10", until="2025-03-20")
        rows += [home(client, "204"), away, period(client, "2025-03-01", day)]
    world = World(tmp_path, rows)
    world.counts()
    found = world.warehouse.sql("SELECT municipality FROM client_months ORDER BY client_id")
    assert [code for (code,) in found.fetchall()] == ["204", "749", "749", "749", "749", "204"]


def test_who_lives_in_no_member_is_outside(tmp_path: Path) -> None:
    """No residence, abroad, unknown, elsewhere, ended or not known yet: ``outside``, no member."""
    homes = [
        home("B", "999"),
        home("C", ""),
        home("D", "091"),
        home("E", "297", until="2025-02-28"),
        home("F", "297", recorded="2027-01-01"),
    ]
    rows = [period(client, "2025-03-01", "2025-03-31") for client in "ABCDEF"]
    counts = World(tmp_path, homes + rows).counts()
    assert where(counts, "2025-03") == {"outside": 6}
    assert set(counts.frame["municipality"]) == {"outside"}


@pytest.mark.rule("R1", "A count is of distinct persons")
def test_a_quarter_and_a_year_are_counted_and_never_summed(tmp_path: Path) -> None:
    """A client of three months, or who comes back, is one client of the quarter and of the year."""
    rows = [
        home("A"),
        home("B"),
        period("A", "2025-01-10", "2025-03-10"),
        period("B", "2025-01-10", "2025-01-20"),
        period("B", "2025-03-10", "2025-03-20"),
        period("B", "2025-11-10", "2025-11-20"),
    ]
    counts = World(tmp_path, rows).counts()
    months = [counts.of("297", "palkkatuki", m) for m in ("2025-01", "2025-02", "2025-03")]
    assert months == [2, 1, 2]
    assert [counts.of("297", "palkkatuki", p) for p in ("2025-Q1", "2025-Q4", "2025")] == [2, 1, 2]


def test_who_moves_between_months_is_in_both_quarters(tmp_path: Path) -> None:
    """A quarter's clients of a municipality are those of its client-months."""
    rows = [home("A", "204", until="2025-02-28"), home("A", "749", since="2025-03-01")]
    counts = World(tmp_path, [*rows, period("A", "2025-02-01", "2025-03-31")]).counts()
    assert where(counts, "2025-Q1") == {"204": 1, "749": 1}
    assert where(counts, "2025") == {"204": 1, "749": 1}


def test_over_services_a_client_is_one(tmp_path: Path) -> None:
    """``any`` is the union of the services' client-months."""
    rows = [
        home("A"),
        home("B"),
        period("A", "2025-03-01", "2025-03-31"),
        period("A", "2025-03-01", "2025-03-31", "starttiraha"),
        period("B", "2025-03-01", "2025-03-31", "kotoutumiskoulutus"),
    ]
    counts = World(tmp_path, rows).counts()
    assert where(counts, "2025-03", "any") == {"297": 2}
    per_service = [counts.of("297", s.name, "2025-03") for s in PARAMETERS.services.shown]
    assert per_service == [1, 1, 1]


def test_who_moves_mid_month_may_count_in_two_municipalities(tmp_path: Path) -> None:
    """Two services that end before and after the move: one client-month in each municipality."""
    rows = [
        home("A", "204", until="2025-03-15"),
        home("A", "749", since="2025-03-16"),
        period("A", "2025-03-01", "2025-03-10"),
        period("A", "2025-03-01", "2025-03-20", "starttiraha"),
    ]
    counts = World(tmp_path, rows).counts()
    assert where(counts, "2025-03", "any") == {"204": 1, "749": 1}
    assert where(counts, "2025-03") == {"204": 1}
    assert where(counts, "2025-03", "starttiraha") == {"749": 1}


def test_a_running_quarter_counts_up_to_the_releases_month(tmp_path: Path) -> None:
    """Later months are in no period, though the data know them."""
    rows = [home(c) for c in "ABC"]
    rows += [period(c, f"2025-0{m}-05", f"2025-0{m}-20") for c, m in ("A7", "B8", "C9")]
    world = World(tmp_path, rows)
    for last_month, clients in {"2025-07": 1, "2025-08": 2, "2025-09": 3}.items():
        counts = world.counts(last_month)
        assert where(counts, "2025-Q3") == where(counts, "2025") == {"297": clients}
        assert counts.frame["period"].str.len().eq(7).sum() == 2 * (clients + 1)


def test_a_release_counts_from_january_of_the_year_before(tmp_path: Path) -> None:
    """Last year's months are counted again and older ones are not."""
    long_ago = with_service("palkkatuki", valid_from="2023-01-01")
    area = with_member("297", long_ago, valid_from="2023-01-01")
    rows = [home("A"), period("A", "2023-12-01", "2024-01-31")]
    counts = World(tmp_path, rows, area).counts("2025-03")
    assert set(counts.frame["period"]) == {"2024-01", "2024-Q1", "2024"}


def test_a_service_is_counted_from_its_first_day(tmp_path: Path) -> None:
    """Days before ``valid_from`` are no service days."""
    ends = ("2024-12-31", "2025-01-01", "2025-01-02")
    rows = [period(c, "2024-11-01", end) for c, end in zip("ABC", ends, strict=True)]
    counts = World(tmp_path, AT_EDGE + rows).counts()
    assert at_edge(counts, "2025-01") == [0, 1, 1]
    assert set(counts.frame["period"].str[:4]) == {"2025"}


def test_a_service_is_counted_to_its_last_day(tmp_path: Path) -> None:
    """Days after ``valid_to`` are no service days, and its last day settles the residence."""
    ends = with_service("palkkatuki", valid_to="2025-06-15")
    starts = ("2025-06-14", "2025-06-15", "2025-06-16")
    rows = [period(c, start, "2025-07-31") for c, start in zip("ABC", starts, strict=True)]
    moved = [home("A", "091", since="2025-06-16"), home("B", "091", since="2025-06-15")]
    counts = World(tmp_path, AT_EDGE + moved + rows, ends).counts()
    assert where(counts, "2025") == where(counts, "2025-06") == {BEFORE: 1, "outside": 1}


@pytest.mark.parametrize(
    ("counts_as", "palkkatuki", "own", "any_service"),
    [("palkkatuki", 3, 0, 3), ("own", 2, 2, 3), ("excluded", 2, 0, 2)],
)
def test_what_the_subsidy_of_those_over_55_counts_as(
    counts_as: str, palkkatuki: int, own: int, any_service: int, tmp_path: Path
) -> None:
    """In pay subsidy, where a client of both is one; as its own service; or nowhere."""
    rows = [
        home("A"),
        home("B"),
        home("C"),
        period("A", "2025-03-01", "2025-03-31"),
        period("B", "2025-03-01", "2025-03-31"),
        period("B", "2025-03-01", "2025-03-31", "tyollistamistuki_55"),
        period("C", "2025-03-01", "2025-03-31", "tyollistamistuki_55"),
    ]
    changed = with_service("tyollistamistuki_55", counts_as=counts_as)
    counts = World(tmp_path, rows, changed).counts()
    for service, clients in (
        ("palkkatuki", palkkatuki),
        ("tyollistamistuki_55", own),
        ("any", any_service),
    ):
        assert counts.of("297", service, "2025-03") == clients


def test_a_merged_member_is_its_own_before_and_its_successors_after(tmp_path: Path) -> None:
    """The residence keeps the old code; the residence day tells whose client-month it is."""
    merged = with_member("857", valid_to="2025-06-15", successor="749")
    rows: list[Row] = []
    for client, end in zip("ABC", ("2025-06-14", "2025-06-15", "2025-06-16"), strict=True):
        rows += [home(client, "857"), period(client, "2025-06-01", end)]
    counts = World(tmp_path, rows, merged).counts()
    assert where(counts, "2025-06") == {"857": 2, "749": 1}


def test_mergers_follow_each_other(tmp_path: Path) -> None:
    """A successor that merges in turn passes on both; one that begins later leaves a gap outside."""
    base = with_member("857", valid_to="2025-03-31", successor="844")
    base = with_member("844", base, valid_to="2025-05-31", successor="749")
    base = with_member("749", base, valid_from="2025-07-01")
    counts = World(tmp_path, [home("A", "857"), period("A", "2025-03-01")], base).counts("2025-08")
    found = {m: where(counts, m) for m in months_between("2025-03", "2025-08")}
    codes = ("857", "844", "844", "outside", "749", "749")
    assert found == {m: {code: 1} for m, code in zip(found, codes, strict=True)}


def test_a_member_that_leaves_without_a_successor_is_outside(tmp_path: Path) -> None:
    """After its last day its residents are of no member."""
    left = with_member("857", valid_to="2025-03-31")
    counts = World(
        tmp_path, [home("A", "857"), period("A", "2025-03-01", "2025-04-30")], left
    ).counts()
    assert where(counts, "2025-03") == {"857": 1}
    assert where(counts, "2025-04") == {"outside": 1}


def test_a_member_that_names_itself_as_successor_ends(tmp_path: Path) -> None:
    """A merger that goes round in a circle neither hangs nor counts anyone twice."""
    odd = with_member("857", valid_to="2025-03-31", successor="857")
    counts = World(
        tmp_path, [home("A", "857"), period("A", "2025-03-01", "2025-04-30")], odd
    ).counts()
    assert where(counts, "2025-03") == {"857": 1}
    assert where(counts, "2025-04") == {"outside": 1}


def test_a_member_that_joins_later_is_outside_before(tmp_path: Path) -> None:
    """The day before, on and after ``valid_from``."""
    joined = with_member("749", valid_from="2025-03-15")
    rows: list[Row] = []
    for client, end in zip("ABC", ("2025-03-14", "2025-03-15", "2025-03-16"), strict=True):
        rows += [home(client, "749"), period(client, "2025-03-01", end)]
    assert where(World(tmp_path, rows, joined).counts(), "2025-03") == {"outside": 1, "749": 2}


def test_nobody_is_zero(tmp_path: Path) -> None:
    """An area without rows has no clients anywhere, and asking is no error."""
    counts = World(tmp_path, []).counts()
    assert counts.frame.empty
    assert counts.of("297", "palkkatuki", "2025-03") == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all random worlds of this module."""
    return tmp_path_factory.mktemp("worlds")


random_worlds = examples(20)


@random_worlds
@given(rows=any_rows(), parameters=any_parameters(), as_of=any_day())
def test_a_count_by_hand_agrees(
    rows: list[Row], parameters: Parameters, as_of: str, folder: Path
) -> None:
    """On random small worlds, under every variant of the rules."""
    counts = World(folder, rows, parameters).counts("2025-05", as_of)
    by_hand = ByHand(
        cells_of(rows), parameters, date.fromisoformat(as_of), horizon=date(2025, 12, 31)
    )
    assert ByHand.not_equal(known(counts), by_hand.counts("2025-05")) == {}


@examples(5)
@given(rows=any_rows(), parameters=any_parameters(), seed=...)
def test_the_order_of_rows_never_matters(
    rows: list[Row], parameters: Parameters, seed: int, folder: Path
) -> None:
    """The same rows in another order give the same counts."""
    before = World(folder, rows, parameters).counts("2025-05").frame
    random.Random(seed).shuffle(rows)
    assert World(folder, rows, parameters).counts("2025-05").frame.equals(before)


@pytest.fixture(scope="module")
def example() -> duckdb.DuckDBPyConnection:
    return load_folder(EXAMPLE)


@pytest.mark.parametrize(
    ("last_month", "as_of"),
    [("2025-03", "2025-04-15"), ("2025-12", "2026-02-28"), ("2026-08", "2026-09-15")],
)
def test_a_count_by_hand_agrees_on_the_example_data(
    last_month: str, as_of: str, example: duckdb.DuckDBPyConnection
) -> None:
    """Every municipality, service and period of the committed data, at three extraction dates."""
    day = date.fromisoformat(as_of)
    take_snapshot(example, PARAMETERS, last_month, day)
    counts = count(example, last_month, day)
    by_hand = ByHand(read_cells(EXAMPLE), PARAMETERS, day, horizon=date(2026, 12, 31))
    assert len(counts.frame) > 200
    assert ByHand.not_equal(known(counts), by_hand.counts(last_month)) == {}
    assert {m.code for m in PARAMETERS.area.members} < set(counts.frame["municipality"])
