"""R10: an estimate is a function of what is published, and two programs compute the same one."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.drawn import PARAMETERS, with_rule
from worlds.examples import examples

from kuntakoonti.attack.evidence.estimate_again import YearSeen, rounded
from kuntakoonti.attack.evidence.public_facts import Facts, Step
from kuntakoonti.attack.evidence.released_files import Row
from kuntakoonti.parameters.rules import Rules
from kuntakoonti.public.cells import Cell, Measure, Status, cell_of
from kuntakoonti.public.estimate_table import EstimateRow, EstimateTable
from kuntakoonti.public.estimates import YearPosition, estimate_cells, newest
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.disclosure.estimates import estimate_table

SERVICES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus")


def table(month: str = "2026-08") -> EstimateTable:
    found = estimate_table(PARAMETERS, month, Archive())
    assert found
    return found


def figure(code: str, service: str, period: str, measure: Measure, value: int) -> Cell:
    return Cell(code, service, period, measure, Status.FINAL, value)


@st.composite
def published_years(draw: st.DrawFn) -> tuple[Cell, ...]:
    """Pages of up to four municipalities: budgets, recorded costs, counts of any family and mark."""
    found = []
    for code in draw(
        st.lists(st.sampled_from(["204", "297", "778", "857"]), unique=True, min_size=1)
    ):
        for service in SERVICES:
            if draw(st.booleans()):
                amount = draw(st.integers(0, 10**8))
                found.append(figure(code, service, "2026", Measure.BUDGET, amount))
        cost = draw(st.none() | st.integers(-(10**6), 2 * 10**8))
        cell = Cell(code, "any", "2026", Measure.ACTUAL_ROUNDED, Status.NOT_SHOWN)
        found.append(cell if cost is None else cell.with_value(cost))
        family = draw(st.sampled_from([SERVICES, ("any",), ()]))
        for service in family:
            quarterly = draw(st.booleans())
            periods = (
                [f"2026-Q{q}" for q in range(1, 5)]
                if quarterly
                else [f"2026-{m:02d}" for m in range(1, 13)]
            )
            for period in periods[: draw(st.integers(0, len(periods)))]:
                found.append(
                    draw(_counts(Cell(code, service, period, Measure.CLIENTS, Status.NOT_OFFERED)))
                )
    return tuple(found)


def _counts(empty: Cell) -> st.SearchStrategy[Cell]:
    number, low = st.integers(5, 600), st.integers(0, 20).map(lambda n: 5 * n)
    return st.one_of(
        st.just(empty),
        st.just(empty.with_status(Status.UNDER_THRESHOLD)),
        number.map(empty.with_value),
        low.map(lambda n: empty.with_class(n, n + 4)),
    )


@pytest.mark.rule("R10", "The attacker computes the same estimate by code of its own")
@examples(60)
@given(
    cells=published_years(),
    months=st.integers(1, 12),
    day=st.dates(date(2026, 2, 1), date(2027, 2, 27)),
    level=st.sampled_from(("", "2026-05 1.15", "2025-01 1; 2026-04 1.1; 2026-11 0.9")),
)
def test_two_programs_compute_the_same(
    cells: tuple[Cell, ...], months: int, day: date, level: str
) -> None:
    """To the cent, for any pages, month and day, and with a change of prices that is known."""
    day = max(day, date(2026 + months // 12, months % 12 + 1, 1))
    at, rows = YearPosition("2026", months, day, date(2027, 2, 28)), table()
    if level:
        known = EstimateRow(
            name="price_level", kind="assumption", reference="", values={"palkkatuki": level}
        )
        rows = replace(rows, rows=(*rows.rows, known))
    ours = {}
    for cell in estimate_cells((), cells, at, rows):
        if cell.value is not None:
            ours.setdefault(cell.municipality, []).append(cell.value)
    shown = [
        Row("2026-08", *c.row())
        for c in cells
        if c.status not in (Status.NOT_SHOWN, Status.NOT_OFFERED)
    ]
    facts = Facts(
        recorded=Step(300_000, 1_000_000, down=True),
        estimates={r.name: r.values for r in rows.rows},
    )
    key = {(r.municipality, r.service, r.period, r.measure): r for r in shown}
    seen = YearSeen(key, facts, "2026", months, day.isoformat())
    theirs = {code: list(rounded(cents, seen.half)) for code, cents in seen.years().items()}
    assert ours == theirs


def test_shown_counts_are_the_exposure() -> None:
    """Of two municipalities with the same budget and cost the growing one is expected to cost more."""
    pages = []
    for code, counts in (("204", [10] * 8), ("857", [6, 7, 8, 9, 10, 12, 14, 16])):
        pages += [figure(code, "palkkatuki", "2026", Measure.BUDGET, 120_000_00)]
        pages += [figure(code, "any", "2026", Measure.ACTUAL_ROUNDED, 60_000_00)]
        pages += [
            figure(code, "palkkatuki", f"2026-{m:02d}", Measure.CLIENTS, n)
            for m, n in enumerate(counts, 1)
        ]
    at = YearPosition("2026", 8, date(2026, 9, 15), date(2027, 2, 28))
    found = {
        c.municipality: c.value
        for c in estimate_cells((), tuple(pages), at, table())
        if c.measure is Measure.FORECAST
    }
    assert found["857"] and found["204"] and found["857"] > found["204"]


@pytest.mark.rule("R10", "What is not on a page does not move it: a mark is its middle")
def test_a_mark_is_its_middle_by_the_threshold() -> None:
    """The cell of a hidden count has no place for its number; the threshold says what it stands for."""
    small = Cell("857", "palkkatuki", "2026-03", Measure.CLIENTS, Status.UNDER_THRESHOLD)
    rest = (
        figure("857", "any", "2026", Measure.ACTUAL_ROUNDED, 60_000_00),
        figure("857", "palkkatuki", "2026", Measure.BUDGET, 120_000_00),
    )
    at = YearPosition("2026", 8, date(2026, 9, 15), date(2027, 2, 28))
    two = list(estimate_cells((), (small.with_value(2), *rest), at, table()))
    assert list(estimate_cells((), (small, *rest), at, table())) == two
    wide = replace(table(), threshold=11)
    assert list(estimate_cells((), (small, *rest), at, wide)) == list(
        estimate_cells((), (small.with_value(5), *rest), at, wide)
    )


def test_a_withheld_release_replaces_nothing() -> None:
    """R9's coarse pages say nothing of what was published before; a later number replaces it."""
    before = figure("857", "palkkatuki", "2026-03", Measure.CLIENTS, 9)
    silent = Cell("857", "palkkatuki", "2026-03", Measure.CLIENTS, Status.NOT_SHOWN)
    assert newest((before, silent)) == (before,)
    assert newest((before, silent, before.with_value(12)))[0].value == 12
    assert cell_of(before.row()) == before


def test_the_table_is_that_of_the_month() -> None:
    """A value that changes in mid-year is in the table from the release of its month."""
    weights = [{"own_cost": n, "own_clients": 72} for n in (1000, 2000)]
    changed = with_rule("estimate_weight", ("2025-01-01", weights[0]), ("2026-07-01", weights[1]))
    found = [estimate_table(changed, month, Archive()) for month in ("2026-06", "2026-07")]
    assert [t.own_cents if t else None for t in found] == [100_000, 200_000]


def test_a_price_that_is_known_beforehand_is_in_the_estimate() -> None:
    """From June a fifth more: of two equal pages the year costs more; a past change does not lie twice."""
    level = {
        "palkkatuki": 1.0,
        "starttiraha": 1.0,
        "kotoutumiskoulutus": 1.0,
        "tyollistamistuki_55": 1.0,
    }
    content = PARAMETERS.rules.model_dump()
    content["price_level"] = content["average_cost"] | {
        "values": [
            {"valid_from": "2025-01-01", "value": level},
            {"valid_from": "2026-06-01", "value": level | {"palkkatuki": 1.2}},
        ]
    }
    dearer = replace(PARAMETERS, rules=Rules.model_validate(content))
    pages = (
        figure("857", "any", "2026", Measure.ACTUAL_ROUNDED, 30_000_00),
        figure("857", "palkkatuki", "2026", Measure.BUDGET, 120_000_00),
        *(figure("857", "palkkatuki", f"2026-{m:02d}", Measure.CLIENTS, 10) for m in range(1, 5)),
    )
    at = YearPosition("2026", 5, date(2026, 6, 15), date(2027, 2, 28))
    points = []
    for parameters in (PARAMETERS, dearer):
        rows = estimate_table(parameters, "2026-05", Archive())
        assert rows
        found = (
            c.value for c in estimate_cells((), pages, at, rows) if c.measure is Measure.FORECAST
        )
        points.append(next(found))
    assert points[0] and points[1] and 1.05 < points[1] / points[0] < 1.2
