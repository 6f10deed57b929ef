"""Advances: what the budget and its schedule say, and what was invoiced.

Budgets and advance invoices are not personal data. Amounts are integer cents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import duckdb

from kuntakoonti.core.periods import (
    END_OF_TIME,
    day_after,
    first_day,
    months_of,
    quarter_of,
    year_of,
)
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
    removed: bool


@dataclass(frozen=True)
class Advances:
    """Budgets, invoices and expected advances known at the extraction date.

    ``budgets``: (year, municipality, service) → cents; ``expected``: (municipality, service,
    period) → cents for every period of the budgets' years that has a month of membership;
    ``not_member``: (municipality, month) of those years before a member joined or after it left;
    ``shared``: they are of the services shared by a key.
    """

    budgets: dict[tuple[str, str, str], int]
    invoices: tuple[Invoice, ...]
    expected: dict[tuple[str, str, str], int]
    not_member: frozenset[tuple[str, str]] = frozenset()
    shared: bool = False

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

    def coming(self, municipality: str, service: str, year: str) -> int | None:
        """What is still to be invoiced of a year by the schedule; None without a budget.

        The share of every period that has no invoice yet, of one that is invoiced in part the months
        of membership that are not. A credit takes no invoice away.
        """
        if (year, municipality, service) not in self.budgets:
            return None
        done, total = self._invoiced_months(municipality, service), 0
        for (code, of_service, period), cents in self.expected.items():
            if (code, of_service, year_of(period)) == (municipality, service, year):
                own = [m for m in months_of(period) if (code, m) not in self.not_member]
                total += cents * sum(m not in done for m in own) // len(own)
        return total

    def _invoiced_months(self, municipality: str, service: str) -> set[str]:
        place = (municipality, service)
        mine = (i for i in self.invoices if (i.municipality, i.service) == place)
        return {month for i in mine if i.kind != "credit" for month in months_of(i.period)}

    @property
    def last_invoiced_on(self) -> date:
        """The date of the newest invoice, today's substitute where no extraction date is given."""
        return max((i.invoiced_on for i in self.invoices), default=date.min)

    def of(self, municipality: str, service: str, period: str) -> tuple[Invoice, ...]:
        """The invoice rows of exactly this municipality, service and period."""
        key = (municipality, service, period)
        return tuple(i for i in self.invoices if (i.municipality, i.service, i.period) == key)


def read_advances(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, as_of: date, shared: bool = False
) -> Advances:
    """The advances of every year that has a budget, as known at the date of `make_revisions`.

    Of the services billed by causation, or of those ``shared`` by a key.
    """
    counted = _counted(parameters, shared)
    newest = arrow(warehouse, "SELECT * FROM newest_advance_invoices").to_pylist()
    invoices = [
        Invoice(
            r["invoice_id"], r["municipality"], counted[r["service"]], r["period"], int(r["cents"]),
            r["kind"], r["credits_invoice_id"], r["invoiced_on"],
        )
        for r in newest
        if r["service"] in counted and parameters.shared_in(r["service"], r["period"]) is shared
    ]  # fmt: skip
    budgets = [
        _Budget(r["year"], r["municipality"], r["service"], counted[r["service"]], int(r["cents"]),
                r["since"], r["removed"])
        for r in budget_versions(warehouse)
        if r["service"] in counted and parameters.shared_in(r["service"], r["year"]) is shared
    ]  # fmt: skip
    absent = frozenset(_not_member(budgets, parameters))
    expected = {
        (code, service, period): cents
        for (code, service, period), cents in _expected(budgets, parameters)
        if any((code, month) not in absent for month in months_of(period))
    }
    order = sorted(invoices, key=lambda i: (i.municipality, i.period, i.invoice_id, i.service))
    return Advances(_known(budgets, as_of), tuple(order), expected, absent, shared)


def _counted(parameters: Parameters, shared: bool) -> dict[str, str]:
    """Service → the service it is counted in."""
    if not shared:
        return parameters.services.counted
    return {s.name: s.name for s in parameters.shared}


def _not_member(budgets: list[_Budget], parameters: Parameters) -> Iterator[tuple[str, str]]:
    """(municipality, month) of the budgets' years of which a member has no day of membership."""
    for year in {b.year for b in budgets}:
        for member in parameters.area.members:
            for month in months_of(year):
                last = member.valid_to or END_OF_TIME
                if not (member.valid_from < day_after(month) and last >= first_day(month)):
                    yield member.code, month


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
    for b in (b for b in newest.values() if not b.removed):
        key = (b.year, b.municipality, b.service)
        found[key] = found.get(key, 0) + b.cents
    return found


def _even(cents: int, periods: tuple[str, ...]) -> dict[str, int]:
    return _with_odd_cents(dict.fromkeys(periods, cents // len(periods)), cents)


def _with_odd_cents(parts: dict[str, int], cents: int) -> dict[str, int]:
    odd = cents - sum(parts.values())
    return {p: c + (1 if i < odd else 0) for i, (p, c) in enumerate(parts.items())}
