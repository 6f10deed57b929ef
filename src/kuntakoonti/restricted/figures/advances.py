"""Advances: what the budget and its schedule say, and what was invoiced.

Budgets and advance invoices are not personal data. Amounts are integer cents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import duckdb

from kuntakoonti.core.periods import first_day, months_of, quarter_of, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import Invoice
from kuntakoonti.restricted.intake.warehouse import arrow


@dataclass(frozen=True)
class _Budget:
    year: str
    municipality: str
    source: str
    service: str
    cents: int
    recorded_on: date


@dataclass(frozen=True)
class Advances:
    """Budgets, invoices and expected advances known at the extraction date.

    ``budgets``: (year, municipality, service) → cents; ``expected``: (municipality, service,
    period) → cents for every period of the budgets' years.
    """

    budgets: dict[tuple[str, str, str], int]
    invoices: tuple[Invoice, ...]
    expected: dict[tuple[str, str, str], int]

    def invoiced(self, municipality: str, service: str, period: str) -> int:
        """Net of credits, for a month, quarter or year as invoiced or any year that contains them."""
        return sum(
            i.cents
            for i in self.invoices
            if i.municipality == municipality
            and i.service == service
            and (i.period == period or (len(period) == 4 and year_of(i.period) == period))
        )

    def expected_of(self, municipality: str, service: str, period: str) -> int:
        """What budget and schedule say for a period, or for all periods of a year."""
        return sum(
            cents
            for (m, s, p), cents in self.expected.items()
            if (m, s) == (municipality, service)
            and (p == period or (len(period) == 4 and year_of(p) == period))
        )

    @property
    def last_invoiced_on(self) -> date:
        """The date of the newest invoice, today's substitute where no extraction date is given."""
        return max((i.invoiced_on for i in self.invoices), default=date.min)

    def of(self, municipality: str, service: str, period: str) -> tuple[Invoice, ...]:
        """The invoice rows of exactly this municipality, service and period."""
        key = (municipality, service, period)
        return tuple(i for i in self.invoices if (i.municipality, i.service, i.period) == key)


def read_advances(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, as_of: date
) -> Advances:
    """The advances of every year that has a budget, as known at the date of `make_revisions`."""
    counted = parameters.services.counted
    newest = arrow(warehouse, "SELECT * FROM newest_advance_invoices").to_pylist()
    invoices = [
        Invoice(
            r["invoice_id"], r["municipality"], counted[r["service"]], r["period"], int(r["cents"]),
            r["kind"], r["credits_invoice_id"], r["invoiced_on"],
        )
        for r in newest
        if r["service"] in counted
    ]  # fmt: skip
    budgets = [
        _Budget(r["year"], r["municipality"], r["service"], counted[r["service"]], int(r["cents"]),
                r["since"])
        for r in budget_versions(warehouse)
        if r["service"] in counted
    ]  # fmt: skip
    expected = dict(_expected(budgets, parameters))
    order = sorted(invoices, key=lambda i: (i.municipality, i.period, i.invoice_id, i.service))
    return Advances(_known(budgets, as_of), tuple(order), expected)


def budget_versions(warehouse: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every budget that was known, with ``since``, earlier ones first."""
    text = "SELECT * FROM budgets_versions ORDER BY since, line"
    return list(arrow(warehouse, text).to_pylist())


def schedule(parameters: Parameters, year: str, budget_cents: int) -> dict[str, int]:
    """The expected advance of every period of a year, odd cents to the first periods."""
    rule = parameters.rules.advance_schedule.at(first_day(year))
    months = months_of(year)
    if rule == "monthly":
        return _even(budget_cents, months)
    if rule == "quarterly":
        return _even(budget_cents, tuple(dict.fromkeys(quarter_of(m) for m in months)))
    shares = {m: s for m, s in zip(months, rule, strict=True) if isinstance(s, Decimal) and s}
    parts = {
        m: int((Decimal(budget_cents) * s).to_integral_value(ROUND_FLOOR))
        for m, s in shares.items()
    }
    return _with_odd_cents(parts, budget_cents)


def _expected(
    budgets: list[_Budget], parameters: Parameters
) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Each period's share of the budget known on its first day (of the first one, if none was)."""
    for year in sorted({b.year for b in budgets}):
        of_year = [b for b in budgets if b.year == year]
        for municipality, service in sorted({(b.municipality, b.service) for b in of_year}):
            mine = [b for b in of_year if (b.municipality, b.service) == (municipality, service)]
            earliest = min(b.recorded_on for b in mine)
            for period in schedule(parameters, year, 0):
                known = _known(mine, max(first_day(period), earliest))
                parts = schedule(parameters, year, sum(known.values()))
                yield (municipality, service, period), parts[period]


def _known(budgets: list[_Budget], day: date) -> dict[tuple[str, str, str], int]:
    """(year, municipality, service) → the budget known on a day."""
    newest: dict[tuple[str, str, str], _Budget] = {}
    for budget in sorted(budgets, key=lambda b: b.recorded_on):
        if budget.recorded_on <= day:
            newest[(budget.year, budget.municipality, budget.source)] = budget
    found: dict[tuple[str, str, str], int] = {}
    for b in newest.values():
        key = (b.year, b.municipality, b.service)
        found[key] = found.get(key, 0) + b.cents
    return found


def _even(cents: int, periods: tuple[str, ...]) -> dict[str, int]:
    return _with_odd_cents(dict.fromkeys(periods, cents // len(periods)), cents)


def _with_odd_cents(parts: dict[str, int], cents: int) -> dict[str, int]:
    odd = cents - sum(parts.values())
    return {p: c + (1 if i < odd else 0) for i, (p, c) in enumerate(parts.items())}
