"""R7 and R10 for what is foreseen: the table of a release, and the estimates that follow from it.

Nothing here sees a hidden figure: the arguments are published cells, the archive and the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kuntakoonti.core.periods import add_months, first_day, last_day, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.estimate_table import (
    EstimateRow,
    EstimateTable,
    RowKind,
    ledger_rows,
    with_rows,
)
from kuntakoonti.public.estimates import YOUNG, YearPosition, completeness_percent, estimate_cells
from kuntakoonti.public.ledger import Archive
from kuntakoonti.public.pages import OutlookFacts
from kuntakoonti.restricted.disclosure.adjustment import step_euros
from kuntakoonti.restricted.disclosure.counts import year_closing_day
from kuntakoonti.restricted.forecast.forecast import cover, deadlines

PERCENT_BASE = 20
_NEWEST = 3  # months of which completeness is said


def estimate_table(parameters: Parameters, month: str, archive: Archive) -> EstimateTable | None:
    """The table of a month's release; None where the area has no rules of it yet."""
    rules, day = parameters.rules, first_day(month)
    needed = (rules.recorded_share, rules.known_share, rules.estimate_weight)
    if not all(rule and any(v.valid_from <= day for v in rule.values) for rule in needed):
        return None
    rows = with_rows(_assumed(parameters, month), _from_ledger(parameters, month, archive))
    fine, coarse = step_euros(rules, day)
    return EstimateTable(rows, rules.threshold.at(day), (100 * fine, 100 * coarse))


def _from_ledger(parameters: Parameters, month: str, archive: Archive) -> Iterator[EstimateRow]:
    share = Fraction(str(cover(parameters, month)))
    yield from ledger_rows(archive.records, month, share)


def _assumed(parameters: Parameters, month: str) -> Iterator[EstimateRow]:
    """The rows that the area's dated rules give, each with its reference."""
    rules, day = parameters.rules, first_day(month)
    by_service = {
        "unit_cost": rules.average_cost,
        "turnover": rules.quarter_turnover,
        "recorded_share": rules.recorded_share,
        "known_share": rules.known_share,
    }
    for name, rule in by_service.items():
        assert rule
        values = {s.name: _text(rule.at(day)[s.name]) for s in parameters.services.shown}
        measured = rule.dated(day).measured
        yield _row(name, rule.reference, values, "measured" if measured else "assumption")
    assert rules.estimate_weight
    weights = rules.estimate_weight.at(day)
    reference = rules.estimate_weight.reference
    yield _row("own_cost", reference, {"": str(weights.own_cost)})
    yield _row("own_clients", reference, {"": str(weights.own_clients)})
    if rules.price_level:
        yield _row("price_level", rules.price_level.reference, _levels(parameters))
    if rules.first_year_range:
        halves = rules.first_year_range.at(day)
        values = {f"{n:02d}": str(half) for n, half in enumerate(halves, 1)}
        yield _row("half_range", rules.first_year_range.reference, values)
    yield _row("records_from", "area.yml", {"": str(parameters.area.valid_from)[:7]})


def _levels(parameters: Parameters) -> dict[str, str]:
    """Service → the first month of each level of prices and the level, also of those to come."""
    rule = parameters.rules.price_level
    assert rule
    dated = sorted(rule.values, key=lambda v: v.valid_from)
    return {
        s.name: "; ".join(f"{v.valid_from:%Y-%m} {v.value[s.name]}" for v in dated)
        for s in parameters.services.shown
    }


def _row(
    name: str, reference: str, values: dict[str, str], kind: RowKind = "assumption"
) -> EstimateRow:
    return EstimateRow(name=name, kind=kind, reference=reference, values=values)


def _text(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True)
class PublicForecast:
    """What a release can say of a year: of which, by which table, beside which published cells."""

    at: YearPosition
    table: EstimateTable
    cells: tuple[Cell, ...]

    def estimates(self, archive: Archive) -> tuple[Cell, ...]:
        """The members' forecasts of the year and their ranges."""
        approved = (c for record in archive.records for c in record.cells)
        return tuple(estimate_cells(approved, self.cells, self.at, self.table))


def position(parameters: Parameters, month: str, as_of: date) -> YearPosition:
    """The year of a data month, as far as it has gone."""
    closes = year_closing_day(parameters, year_of(month))
    return YearPosition(year_of(month), int(month[5:]), as_of, closes)


def outlook_facts(parameters: Parameters, month: str, table: EstimateTable) -> OutlookFacts:
    """How a page says that its forecast was made; of young records the budget stands for it."""
    age, errors = table.age(month), table.errors
    return OutlookFacts(
        method="budget" if age < YOUNG else "blend" if age < 7 else "client_months",
        trials=errors[0] if errors else 0,
        percent=round(100 * cover(parameters, month)),
        deadlines=deadlines(parameters, month),
        assumed_percent=None if errors else table.half_percent(int(month[5:])),
    )


@dataclass(frozen=True)
class Seen:
    """The clients that a release shows, all members together: a lower bound by service and month."""

    cells: tuple[Cell, ...]

    def clients(self, service: str, month: str) -> int:
        return sum(
            cell.value if cell.value is not None else cell.class_low or 0
            for cell in self.cells
            if cell.measure is Measure.CLIENTS and cell.key[1:] == (service, month)
        )


def percent_cells(of: PublicForecast, parameters: Parameters, month: str) -> Iterator[Cell]:
    """Of the whole area: the usual completeness of the newest months, and past errors.

    Both stand in the table; they are said where the release shows enough clients. The municipality
    of these cells is the area's number.
    """
    area, table, seen = parameters.area.code, of.table, Seen(of.cells)
    rule = parameters.rules.percent_base
    base = rule.at(first_day(month)) if rule else PERCENT_BASE
    for service in table.services:
        for back in range(_NEWEST):
            name = add_months(month, -back)
            if seen.clients(service, name) >= base and last_day(name) >= parameters.area.valid_from:
                share = completeness_percent(table, service, name, of.at.as_of)
                if share:
                    yield Cell(area, service, name, Measure.COMPLETENESS, Status.FINAL, share)
    enough = any(seen.clients(s, month) >= base for s in table.services)
    if enough and table.errors and table.age(month) >= YOUNG:
        place = (area, ANY, year_of(month))
        for measure, percent in zip(
            (Measure.ERROR, Measure.ERROR_MEMBERS), table.errors[1:], strict=True
        ):
            yield Cell(*place, measure, Status.FINAL, percent)
