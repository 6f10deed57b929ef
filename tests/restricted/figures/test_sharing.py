"""Services shared by a key: calculated by hand, and books that balance for any keys."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.drawn import PARAMETERS, Row, budget, cost, home, invoice, key, load_rows, period

from kuntakoonti.core.errors import UsageError
from kuntakoonti.parameters.area import Area
from kuntakoonti.parameters.rules import Parameters, Services
from kuntakoonti.restricted.figures.advances import read_advances
from kuntakoonti.restricted.figures.costs import allocate
from kuntakoonti.restricted.figures.remainder import by_largest_remainder
from kuntakoonti.restricted.figures.sharing import (
    SharedCosts,
    run_rate,
    share_costs,
    shares_of,
    whole_weights,
)
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.intake import load
from kuntakoonti.restricted.intake.keys import KeyValues
from kuntakoonti.restricted.preparation.context import known_values

THREE = ("297", "749", "857")  # 122594, 21232 and 2394 inhabitants on 31 December 2022


def area(*codes: str, **joins: str) -> Area:
    """The area with these members alone; ``joins``: ``m857`` → its first day."""
    content = PARAMETERS.area.model_dump()
    content["members"] = [m for m in content["members"] if m["code"] in codes]
    for member in content["members"]:
        member["valid_from"] = joins.get(f"m{member['code']}", member["valid_from"])
    return Area.model_validate(content)


def shared_by(*allocation: object, of: Area | None = None) -> Parameters:
    """The parameters with a service ``tilat`` that is shared so."""
    content = PARAMETERS.services.model_dump()
    texts = {"fi": "Tilat", "sv": "Lokaler", "en": "Offices"}
    tilat = {"name": "tilat", "label": texts, "statute": "sopimus § 12", "valid_from": "2025-01-01"}
    content["services"] = [*content["services"], {**tilat, "allocation": allocation}]
    whole = Services.model_validate(content)
    return replace(
        PARAMETERS,
        area=of or area(*THREE),
        services=whole.by_causation(),
        shared=whole.shared(),
    )


def by(name: object, since: str | None = None) -> dict[str, object]:
    return {"key": name, "valid_from": since, "reference": "sopimus § 12"}


def common(amount: str, month: str = "2025-03", name: str = "", recorded: str = "") -> Row:
    return cost(amount, month=month, service="tilat", cost=name or f"T{month}", recorded=recorded)


def found(
    folder: Path, rows: list[Row], parameters: Parameters, as_of: str = "2026-12-31"
) -> SharedCosts:
    warehouse = load_rows(folder, rows, parameters)
    take_snapshot(warehouse, parameters, "2025-12", date.fromisoformat(as_of))
    return share_costs(warehouse, parameters, {"2025": date(2026, 2, 28)}.get)


def month(costs: SharedCosts, of: str = "2025-03") -> dict[str, int]:
    return {code: cents for (code, _, m), cents in costs.cents.items() if m == of}


def jobseekers(*values: str, year: str = "2025", recorded: str = "") -> list[Row]:
    return [
        key("jobseekers", code, v, year, recorded) for code, v in zip(THREE, values, strict=True)
    ]


def test_a_hundred_euros_over_three_members_by_population(tmp_path: Path) -> None:
    """8384.21…, 1452.05… and 163.72… cents of 10 000: the cent left over goes to 857."""
    costs = found(tmp_path, [common("100,00")], shared_by(by("population")))
    assert month(costs) == {"297": 8384, "749": 1452, "857": 164}


def test_equal_shares(tmp_path: Path) -> None:
    """33.33… each: the cent left over goes to the first code."""
    costs = found(tmp_path, [common("100,00")], shared_by(by("equal")))
    assert month(costs) == {"297": 3334, "749": 3333, "857": 3333}


def test_a_mixed_key(tmp_path: Path) -> None:
    """Half by jobseekers 60 : 30 : 10, half in equal shares: 46.66…, 31.66… and 21.66… per cent."""
    rows = [common("100,00"), *jobseekers("60", "30", "10")]
    mixed = shared_by(by({"equal": "0.5", "jobseekers": "0.5"}))
    assert month(found(tmp_path, rows, mixed)) == {"297": 4667, "749": 3167, "857": 2166}


def test_a_key_revised_in_june_shares_all_months_of_its_year(tmp_path: Path) -> None:
    """The year's key in force at closing; what is revised after the closing date changes nothing."""
    rows = [common("100,00"), *jobseekers("50", "30", "20"), *jobseekers("60", "30", "10", recorded="2025-06-15")]  # fmt: skip
    rows += jobseekers("10", "10", "80", recorded="2026-03-01")
    parameters = shared_by(by("jobseekers"))
    (tmp_path / "may").mkdir()
    (tmp_path / "june").mkdir()
    before = found(tmp_path / "may", rows, parameters, "2025-05-31")
    assert month(before) == {"297": 5000, "749": 3000, "857": 2000}
    assert month(found(tmp_path / "june", rows, parameters)) == {
        "297": 6000, "749": 3000, "857": 1000
    }  # fmt: skip


def test_a_member_that_joins_in_july_has_its_share_from_july(tmp_path: Path) -> None:
    parameters = shared_by(by("equal"), of=area(*THREE, m857="2025-07-01"))
    costs = found(tmp_path, [common("10,00", "2025-06"), common("10,00", "2025-07")], parameters)
    assert month(costs, "2025-06") == {"297": 500, "749": 500}
    assert month(costs, "2025-07") == {"297": 334, "749": 333, "857": 333}


def test_a_recovery_is_shared_by_its_absolute_value(tmp_path: Path) -> None:
    """The costs of a service and month are allocated once, together: 99,99 − 100,00 = −0,01."""
    rows = [common("99,99"), common("-100,00", name="recovery")]
    costs = found(tmp_path, rows, shared_by(by("equal")))
    assert month(costs) == {"297": -1, "749": 0, "857": 0}


def test_a_key_that_changes_in_the_year(tmp_path: Path) -> None:
    parameters = shared_by(by("equal"), by("jobseekers", "2025-07-01"))
    rows = [common("10,00", "2025-06"), common("10,00", "2025-07"), *jobseekers("1", "1", "0")]
    costs = found(tmp_path, rows, parameters)
    assert month(costs, "2025-06") == {"297": 334, "749": 333, "857": 333}
    assert month(costs, "2025-07") == {"297": 500, "749": 500, "857": 0}


def test_a_service_that_passes_from_a_key_to_causation_at_new_year(tmp_path: Path) -> None:
    """Each euro is in one of the two books: by the month of a cost, the period of an invoice."""
    parameters = shared_by(by("equal"), by("causation", "2026-01-01"))
    rows = [
        common("10,00", "2025-12"), home("A"), period("A", "2026-01-10", "2026-01-20", "tilat"),
        cost("7,00", "A", month="2026-01", service="tilat"),
        budget("297", "1200", "tilat"), budget("297", "600", "tilat", "2026"),
        invoice("297", "100", "2025-01", "tilat"), invoice("297", "50", "2026-01", "tilat", on="2026-01-10"),
    ]  # fmt: skip
    warehouse = load_rows(tmp_path, rows, parameters)
    day = date(2026, 12, 31)
    take_snapshot(warehouse, parameters, "2026-12", day)
    costs = share_costs(warehouse, parameters, lambda _: None)
    assert costs.source == {("tilat", "2025-12"): 1000}
    of_persons = allocate(warehouse).frame
    assert [tuple(r) for r in of_persons.itertuples(index=False)] == [
        ("297", "tilat", "2026-01", 700)
    ]
    common_ones = read_advances(warehouse, parameters, day, shared=True)
    assert common_ones.budgets == {("2025", "297", "tilat"): 120_000}
    assert common_ones.invoiced("297", "tilat", "2025") == 10_000
    by_causation = read_advances(warehouse, parameters, day)
    assert by_causation.budgets == {("2026", "297", "tilat"): 60_000}
    assert by_causation.invoiced("297", "tilat", "2026") == 5_000


def stops(folder: Path, rows: list[Row], parameters: Parameters) -> list[tuple[str, str]]:
    """Kind and what it is about of everything that stops the reading."""
    with suppress(AssertionError):
        load_rows(folder, rows, parameters)
    intake = load(folder, known_values(parameters), date(2025, 9, 15))
    return [(p.kind, dict(p.values).get("municipality", "")) for p in intake.stops]


def test_a_budget_without_a_key_stops(tmp_path: Path) -> None:
    rows = [budget("297", "1200", "tilat"), key("jobseekers", "297", "5")]
    found_there = stops(tmp_path, rows, shared_by(by("jobseekers")))
    assert found_there == [("key_missing", "749"), ("key_missing", "857")]


def test_next_years_budget_needs_no_key_yet(tmp_path: Path) -> None:
    rows = [budget("297", "1200", "tilat", "2026")]
    assert stops(tmp_path, rows, shared_by(by("jobseekers"))) == []


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([common("1,00")], ["key_missing"] * 3),
        ([common("1,00"), *jobseekers("0", "0", "0")], ["key_zero"]),
        ([*jobseekers("-1", "2", "3")], ["key_negative"]),
        ([*jobseekers("1,234", "2", "3")], ["bad_number"]),
        ([*jobseekers("1", "2", "3"), cost("1,00", "A", service="tilat")], ["client_of_key"]),
        ([*jobseekers("1", "2", "3"), cost("1,00", "", "G", service="tilat")], ["client_of_key"]),
        ([cost("1,00", service="palkkatuki")], ["client_or_group"]),
        ([home("A"), period("A", "2025-01-01", service="tilat")], ["period_of_key"]),
    ],
)
def test_what_does_not_fit_a_key_stops(tmp_path: Path, rows: list[Row], kinds: list[str]) -> None:
    assert [kind for kind, _ in stops(tmp_path, rows, shared_by(by("jobseekers")))] == kinds


def test_costs_without_shares_are_refused_where_nobody_checked_them(tmp_path: Path) -> None:
    """A month in which nobody was a member."""
    parameters = shared_by(by("equal"))
    warehouse = load_rows(tmp_path, [], parameters)
    take_snapshot(warehouse, parameters, "2025-12", date(2025, 12, 31))
    warehouse.execute("INSERT INTO shared_costs SELECT 'T', 'tilat', NULL, NULL, '2020-01', 1,"
                      " DATE '2025-01-01', FALSE, 1")  # fmt: skip
    with pytest.raises(UsageError):
        share_costs(warehouse, parameters, lambda _: None)


def test_the_forecast_is_the_recorded_cost_by_months(tmp_path: Path) -> None:
    """2 × 300 € over February (nothing in January): 100 € a month each, 1 200 € in the year."""
    costs = found(tmp_path, [common("600,00", "2025-02")], shared_by(by("equal")))
    costs = replace(costs, shares={**costs.shares, ("tilat", "2025-01"): costs.shares["tilat", "2025-02"]})  # fmt: skip
    assert run_rate(costs, 12, ("297", "tilat", "2025"), "2025-08") == 120_000
    assert run_rate(costs, 12, ("297", "tilat", "2025"), "2025-01") is None


values = st.integers(0, 10**9)


@given(
    st.lists(st.tuples(values, values), min_size=3, max_size=3).filter(
        lambda rows: all(sum(row[i] for row in rows) for i in (0, 1))
    ),
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=3),
    st.sampled_from(["1", "0.5", "0.37", "0.001"]),
)
def test_the_members_parts_sum_to_the_source(
    drawn: list[tuple[int, int]], amounts: list[int], weight: str
) -> None:
    """Whatever the keys and their weights, to the cent, per service and month."""
    rest = str(1 - Decimal(weight))
    keys = {"jobseekers": weight, "labour": rest} if weight != "1" else "jobseekers"
    (tilat,) = shared_by(by(keys)).shared
    known = KeyValues(
        {
            (name, "2025", code): pair[i]
            for i, name in enumerate(("jobseekers", "labour"))
            for code, pair in zip(THREE, drawn, strict=True)
        }
    )
    shares = shares_of(tilat, "2025-03", THREE, known)
    assert sum(shares.values()) == 1
    for cents in amounts:
        parts = by_largest_remainder(cents, whole_weights(shares))
        assert sum(parts.values()) == cents
        assert all(abs(parts[c] - cents * share) < 1 for c, share in shares.items())


@given(st.integers(-(10**12), 10**12), st.lists(values, min_size=1, max_size=30).filter(sum))
def test_largest_remainder_is_within_a_cent(cents: int, weights: list[int]) -> None:
    parts = by_largest_remainder(cents, {f"{i:03d}": w for i, w in enumerate(weights)})
    assert sum(parts.values()) == cents
    assert all(abs(part * sum(weights) - cents * w) < sum(weights)
               for part, w in zip(parts.values(), weights, strict=True))  # fmt: skip
