"""R10: a measured row of the table is of exact series only, and no few persons could change it."""

import itertools
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.drawn import PARAMETERS, Row, World, cost, home, period, with_rule
from worlds.examples import examples

from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.disclosure.estimates import estimate_table
from kuntakoonti.restricted.forecast.measured import STEP, exact_series, measured_costs, stable_mean

FOUR = ("204", "297", "857", "778")
TENS = {f"{n}" for n in range(10, 20)}


def rounded(people: list[tuple[int, int]]) -> int:
    mean = Fraction(sum(c for c, _ in people), sum(m for _, m in people))
    return int(mean / STEP + Fraction(1, 2)) * STEP


@pytest.mark.rule(
    "R10", "A measured row: leaving out any of the threshold's persons changes nothing"
)
@examples(60)
@given(
    people=st.lists(st.tuples(st.integers(0, 400_000), st.integers(1, 12)), min_size=4, max_size=9),
    left_out=st.integers(1, 3),
)
def test_whoever_is_left_out_the_value_is_the_same(
    people: list[tuple[int, int]], left_out: int
) -> None:
    """Beside every set of persons, tried one by one."""
    sets = (s for n in range(left_out + 1) for s in itertools.combinations(range(len(people)), n))
    without = {rounded([p for i, p in enumerate(people) if i not in gone]) for gone in sets}
    assert stable_mean(people, left_out) == (without.pop() if len(without) == 1 else None)


def cells(*marks: tuple[str, str]) -> list[Cell]:
    """The months of 2025 of four members' pay subsidy, exact but for some."""
    found = []
    for code, month in itertools.product(FOUR, range(1, 13)):
        place = (code, "palkkatuki", f"2025-{month:02d}", Measure.CLIENTS)
        small = (code, f"{month:02d}") in marks
        status = Status.UNDER_THRESHOLD if small else Status.FINAL
        found.append(Cell(*place, status, None if small else 40))
    return found


def rows(number: int, euros: int = 1000, odd: int = 0) -> list[Row]:
    """So many clients of each member from March to May, each month at the same price; some cost nothing."""
    found = list[Row]()
    for code, n in itertools.product(FOUR, range(number)):
        client = f"HLO{code}{n}"
        found += [home(client, code), period(client, "2025-03-01", "2025-05-31")]
        for month in ("03", "04", "05"):
            amount = 0 if n < odd else euros
            found.append(cost(f"{amount},00", client, month=f"2025-{month}"))
    return found


def measured(
    folder: Path, drawn: list[Row], *marks: tuple[str, str]
) -> tuple[int | None, int, int]:
    world = World(folder, drawn)
    (found,) = measured_costs(world.warehouse, world.costs(), cells(*marks), "2025", 5)
    return found.cents, found.members, found.clients


def test_a_unit_cost_is_the_mean_of_exact_series(tmp_path: Path) -> None:
    """120 clients of four members at 1,000 €; with a mark in one member's June, of the other three."""
    assert measured(tmp_path, rows(40)) == (100_000, 4, 160)
    assert measured(tmp_path, rows(40), ("204", "06")) == (100_000, 3, 120)
    assert exact_series(cells(("204", "06")), "2025") == {(c, "palkkatuki") for c in FOUR[1:]}


@pytest.mark.parametrize(
    ("drawn", "marks"),
    [
        (rows(20), ()),  # too few clients
        (rows(60), (("204", "06"), ("857", "01"))),  # two members
        (rows(40, euros=1052, odd=1), ()),  # near the edge of a step: few persons would change it
        ([r for r in rows(120) if "297" in str(r.cells) or r.cells["client_id"][-2:] in TENS], ()),
    ],
    ids=["clients", "members", "edge", "half"],
)
def test_what_is_not_measured(
    drawn: list[Row], marks: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    """Fewer than a hundred clients or three members, a member with over half, an unstable value."""
    assert measured(tmp_path, drawn, *marks)[0] is None


def test_an_adopted_value_is_printed_as_measured() -> None:
    """From its day; before it is an assumption. The older digest does not change."""
    rule = PARAMETERS.rules.average_cost.values[0]
    values = [
        rule.model_dump(),
        {**rule.model_dump(), "valid_from": date(2026, 1, 1), "measured": True},
    ]
    content = PARAMETERS.rules.model_dump()
    content["average_cost"]["values"] = values
    parameters = with_rule("threshold", ("2025-01-01", 5))
    parameters = type(parameters)(
        parameters.area, parameters.services, type(parameters.rules).model_validate(content)
    )
    kinds = {}
    for month in ("2025-06", "2026-06"):
        table = estimate_table(parameters, month, Archive())
        assert table
        kinds[month] = {row.name: row.kind for row in table.rows}["unit_cost"]
    assert kinds == {"2025-06": "assumption", "2026-06": "measured"}
