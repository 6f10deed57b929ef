"""Advances: what the budget and its schedule say, what was invoiced, and where the two differ.

Budgets and advance invoices are not personal data. Amounts are integer cents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Literal

import duckdb

from kuntakoonti.calendar import first_day, month_of, months_of, quarter_of, year_of
from kuntakoonti.errors import Problem, Severity
from kuntakoonti.intake.warehouse import arrow
from kuntakoonti.rules import Parameters

_KNOWN_INVOICES = "SELECT * FROM advance_invoices WHERE invoiced_on <="
_KNOWN_BUDGETS = "SELECT * FROM budgets WHERE COALESCE(recorded_on, DATE '1900-01-01') <="

MISMATCH_SENTENCES = {
    "advance_missing": "ennakkolasku puuttuu: {place}; pitäisi olla {expected} senttiä",
    "advance_doubled": "ennakko on laskutettu kahdesti: {place} (laskut {invoices}); hyvitys puuttuu",
    "advance_doubled_credited": "ennakko on laskutettu kahdesti ja hyvitetty: {place} (laskut {invoices})",
    "advance_differing": "ennakko poikkeaa talousarviosta: {place} (laskut {invoices}); "
    "laskutettu {invoiced} senttiä, pitäisi olla {expected}",
    "advance_misdirected": "ennakko näyttää toisen kunnan laskulta: {place} (laskut {invoices})",
}

Finding = Literal["", "missing", "doubled", "doubled_credited", "differing", "misdirected"]


@dataclass(frozen=True)
class Invoice:
    """One row of an advance invoice: an invoice, credit or internal charge, for one service."""

    invoice_id: str
    municipality: str
    service: str
    period: str
    cents: int
    kind: str
    credits_invoice_id: str | None
    invoiced_on: date


@dataclass(frozen=True)
class Mismatch:
    """An expected advance and the invoices that do not agree with it; amounts in cents."""

    municipality: str
    service: str
    period: str
    finding: Finding
    expected_cents: int
    invoiced_cents: int
    invoice_ids: tuple[str, ...]


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
    """The advances as known at the extraction date, of every year that has a budget."""
    counted = {s.name: s.counted_as for s in parameters.services.services if s.counted_as}
    rows = _rows(warehouse, f"{_KNOWN_INVOICES} DATE '{as_of}'")
    newest = {(r["invoice_id"], r["service"]): r for r in rows}
    invoices = [
        Invoice(
            r["invoice_id"], r["municipality"], counted[r["service"]], r["period"], int(r["cents"]),
            r["kind"], r["credits_invoice_id"], r["invoiced_on"],
        )
        for r in newest.values()
        if r["service"] in counted
    ]  # fmt: skip
    budgets = [
        _Budget(r["year"], r["municipality"], r["service"], counted[r["service"]], int(r["cents"]),
                r["recorded_on"] or date.min)
        for r in _rows(warehouse, f"{_KNOWN_BUDGETS} DATE '{as_of}'")
        if r["service"] in counted
    ]  # fmt: skip
    expected = dict(_expected(budgets, parameters))
    order = sorted(invoices, key=lambda i: (i.municipality, i.period, i.invoice_id, i.service))
    return Advances(_known(budgets, as_of), tuple(order), expected)


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


def mismatches(advances: Advances, parameters: Parameters, as_of: date) -> list[Mismatch]:
    """Missing, doubled, differing and misdirected advances of periods begun by the extraction date.

    An advance of a period that begins in the month of that date is not missing yet.
    """
    found = []
    for (municipality, service, period), expected in sorted(advances.expected.items()):
        if months_of(period)[0] > month_of(as_of):
            continue
        rows = advances.of(municipality, service, period)
        pending = not rows and months_of(period)[0] >= month_of(as_of)
        finding: Finding = "" if pending else _finding(rows, expected)
        if finding:
            invoiced = sum(i.cents for i in rows)
            ids = tuple(i.invoice_id for i in rows)
            found.append(Mismatch(municipality, service, period, finding, expected, invoiced, ids))
    found = _misdirected(found)
    return found + list(_to_others(advances, parameters))


def problem_of(mismatch: Mismatch) -> Problem:
    """A mismatch as a noted problem; municipality, invoice and budget are not personal data."""
    values = (
        ("place", f"{mismatch.municipality} {mismatch.service} {mismatch.period}"),
        ("expected", str(mismatch.expected_cents)),
        ("invoiced", str(mismatch.invoiced_cents)),
        ("invoices", ", ".join(mismatch.invoice_ids)),
    )
    kind = f"advance_{mismatch.finding}"
    return Problem("advance_invoices", 0, "amount", kind, Severity.NOTE, values)


def _finding(rows: tuple[Invoice, ...], expected: int) -> Finding:
    charges = [i for i in rows if i.kind != "credit"]
    net = sum(i.cents for i in rows)
    if not charges:
        return "missing" if expected else ""
    if len(charges) > 1 and all(i.cents == expected for i in charges):
        return "doubled_credited" if net == expected else "doubled"
    return "" if net == expected else "differing"


def _misdirected(found: list[Mismatch]) -> list[Mismatch]:
    """A differing amount that is another member's missing one was sent to the wrong municipality."""
    missing = {(m.service, m.period, m.expected_cents) for m in found if m.finding == "missing"}
    return [
        Mismatch(**{**vars(m), "finding": "misdirected"})
        if (m.finding in ("differing", "doubled")
        and (m.service, m.period, m.invoiced_cents) in missing)
        or (m.finding == "differing"
        and (m.service, m.period, m.invoiced_cents - m.expected_cents) in missing)
        else m
        for m in found
    ]


def _to_others(advances: Advances, parameters: Parameters) -> Iterator[Mismatch]:
    """Invoices to municipalities that are not members in that period."""
    for i in advances.invoices:
        members = {m.code for m in parameters.area.members_on(first_day(i.period))}
        if i.municipality not in members:
            yield Mismatch(
                i.municipality, i.service, i.period, "misdirected", 0, i.cents, (i.invoice_id,)
            )


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


def _rows(warehouse: duckdb.DuckDBPyConnection, text: str) -> list[dict[str, Any]]:
    recorded = "invoiced_on" if text.startswith(_KNOWN_INVOICES) else "recorded_on"
    return sorted(
        arrow(warehouse, text).to_pylist(), key=lambda row: (row[recorded] or date.min, row["line"])
    )
