"""One number, one thing: what a number is about may be corrected, and a number is not used twice.

A revision may change amounts, dates and ``removed`` freely, and exactly one thing that the number
is about, within a calendar year or by at most two months across New Year: it counts in the new
place and is noted as *moved*. Numbers that begin again each year would replace last year's rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from kuntakoonti.core.errors import Severity
from kuntakoonti.restricted.intake.contract import ADVANCE_INVOICES, COSTS, SERVICE_PERIODS, Table
from kuntakoonti.restricted.intake.recurring_keys import known_by
from kuntakoonti.restricted.intake.warehouse import row, rows

MOST_MOVED, LEAST_MOVED = 0.01, 3  # share of a table's numbers, and how many at least, that stop
_MONTHS = 2  # across New Year


@dataclass(frozen=True)
class _Numbered:
    """A table whose rows carry a number: ``things`` it is about, and ``month`` when (months since 0)."""

    table: Table
    number: str
    things: tuple[str, ...]
    month: str


_NUMBERED = (
    _Numbered(
        COSTS,
        "cost_id",
        ("CONCAT(client_id, '|', group_id)", "service", "service_month"),
        "CAST(substr(service_month, 1, 4) AS INTEGER) * 12"
        " + CAST(substr(service_month, 6, 2) AS INTEGER) - 1",
    ),
    _Numbered(
        SERVICE_PERIODS,
        "record_id",
        ("client_id", "service"),
        "year(first_day) * 12 + month(first_day) - 1",
    ),
)
Finding = tuple[Table, str, str, Severity, list[int], tuple[tuple[str, str], ...]]


def number_findings(
    warehouse: duckdb.DuckDBPyConnection, sound: frozenset[str], as_of: date | None
) -> Iterator[Finding]:
    """Table, column, kind, severity, lines and values; ``known_…`` are the rows of today.

    What stops does so whenever it was recorded: a number is used twice in the file as it is.
    """
    for numbered in _NUMBERED:
        if numbered.table.name in sound:
            yield from _of(warehouse, numbered, as_of)
    if ADVANCE_INVOICES.name in sound:
        yield from _of_invoices(warehouse)


def _of(
    warehouse: duckdb.DuckDBPyConnection, of: _Numbered, as_of: date | None
) -> Iterator[Finding]:
    changed = rows(warehouse, _changes(of, known_by(of.table, as_of)))
    used = [line for line, allowed, _ in changed if not allowed]
    if used:
        yield of.table, of.number, "number_used_twice", Severity.STOP, used, ()
    moved = [line for line, allowed, _ in changed if allowed]
    if not moved:
        return
    text = f"SELECT COUNT(DISTINCT {of.number}) FROM {of.table.name} WHERE bad = 0"
    (numbers,) = row(warehouse, text)
    if len(moved) >= LEAST_MOVED and len(moved) > MOST_MOVED * numbers:
        values = (("moved", str(len(moved))), ("numbers", str(numbers)))
        yield of.table, of.number, "numbers_moved", Severity.STOP, moved[:1], values
    elif known := [line for line, allowed, is_known in changed if allowed and is_known]:
        yield of.table, of.number, "moved", Severity.NOTE, known, ()


def _changes(of: _Numbered, known: str) -> str:
    """Lines that are about something else than the revision before, and whether that is allowed."""
    name, number = of.table.name, of.number
    before = ", ".join(f"LAG({t}) OVER same AS before_{i}" for i, t in enumerate(of.things))
    things = ", ".join(f"{thing} AS thing_{i}" for i, thing in enumerate(of.things))
    differ = " OR ".join(f"MIN({thing}) <> MAX({thing})" for thing in of.things)
    changes = " + ".join(
        f"CASE WHEN thing_{i} <> before_{i} THEN 1 ELSE 0 END" for i in range(len(of.things))
    )
    return f"""
WITH differing AS (
    SELECT {number} FROM recurring_{name} GROUP BY {number} HAVING {differ}),
ordered AS (
    SELECT line, {things}, {before}, {of.month} AS month, LAG({of.month}) OVER same AS month_before,
        {known} AS is_known
    FROM recurring_{name} JOIN differing USING ({number})
    WINDOW same AS (PARTITION BY {number} ORDER BY {of.table.recorded}, line)),
compared AS (
    SELECT line, {changes} AS changes, month, month_before, is_known
    FROM ordered WHERE before_0 IS NOT NULL)
SELECT line, changes = 1
    AND (month // 12 = month_before // 12 OR abs(month - month_before) <= {_MONTHS}) AS allowed,
    is_known
FROM compared WHERE changes > 0 ORDER BY line"""


_INVOICE_TWICE = """
WITH firsts AS (
    SELECT invoice_id, MIN(line) AS line FROM advance_invoices WHERE bad = 0
    GROUP BY invoice_id HAVING COUNT(*) > 1),
first AS (SELECT k.* FROM advance_invoices k JOIN firsts f USING (line))
SELECT k.line FROM advance_invoices k JOIN first f ON f.invoice_id = k.invoice_id
WHERE k.bad = 0 AND (k.municipality <> f.municipality OR k.kind <> f.kind
   OR year(k.invoiced_on) <> year(f.invoiced_on))
ORDER BY k.line"""
_INVOICE_REPLACED = """
WITH again AS (
    SELECT invoice_id, MAX(invoiced_on) AS newest FROM known_advance_invoices
    GROUP BY invoice_id HAVING COUNT(DISTINCT invoiced_on) > 1)
SELECT MIN(k.line) FROM known_advance_invoices k
JOIN again a ON a.invoice_id = k.invoice_id AND a.newest = k.invoiced_on
GROUP BY k.invoice_id ORDER BY 1"""


def _of_invoices(warehouse: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """An invoice number has one municipality, kind and year; a later date replaces all of it."""
    kinds = (
        ("invoice_used_twice", Severity.STOP, _INVOICE_TWICE),
        ("invoice_replaced", Severity.NOTE, _INVOICE_REPLACED),
    )
    for kind, severity, query in kinds:
        if lines := [line for (line,) in rows(warehouse, query)]:
            yield ADVANCE_INVOICES, "invoice_id", kind, severity, lines, ()
            return
