"""What only shows when tables are laid beside each other, or beside the calendar and prices."""

from collections.abc import Iterator
from datetime import date

import duckdb

from kuntakoonti.core.errors import Severity
from kuntakoonti.restricted.intake.cells import Known
from kuntakoonti.restricted.intake.contract import (
    ADVANCE_INVOICES,
    BUDGETS,
    COSTS,
    RESIDENCES,
    SERVICE_PERIODS,
    TABLES,
    Table,
)
from kuntakoonti.restricted.intake.numbers import Finding
from kuntakoonti.restricted.intake.warehouse import literal, row, rows

LEAST_UNKNOWN = 5  # ids that another table does not know, before most of them stop the run
FAR_TOO_LARGE = 25  # times the budget or the price: cents that were taken for euros are 100 times
_REFERENCES = (  # where the rows are that may refer to nothing
    (SERVICE_PERIODS, "client_id", RESIDENCES, "uncovered_periods"),
    (COSTS, "client_id", SERVICE_PERIODS, "unmatched_costs"),
    (COSTS, "group_id", SERVICE_PERIODS, "newest_costs"),
)


def strangers(warehouse: duckdb.DuckDBPyConnection, sound: frozenset[str]) -> Iterator[Finding]:
    """Tables most of whose ids another table does not know: one sentence each."""
    for table, column, other, apart in _REFERENCES:
        if table.name not in sound or other.name not in sound:
            continue
        if not row(warehouse, f"SELECT COUNT({column}) FROM {apart}")[0]:
            continue
        unknown, line = row(
            warehouse,
            f"SELECT COUNT(DISTINCT {column}), MIN(line) FROM {apart} WHERE {column} NOT IN"
            f" (SELECT {column} FROM known_{other.name} WHERE {column} IS NOT NULL)",
        )
        if unknown < LEAST_UNKNOWN:
            continue
        (ids,) = row(warehouse, f"SELECT COUNT(DISTINCT {column}) FROM newest_{table.name}")
        if 2 * unknown > ids:
            values = (("other", other.name), ("unknown", str(unknown)), ("ids", str(ids)))
            yield table, column, "ids_unknown", Severity.STOP, [line], values


def recorded_ahead(
    warehouse: duckdb.DuckDBPyConnection, readable: frozenset[str], day: date
) -> Iterator[Finding]:
    """Rows that claim to be recorded after a day: one sentence a table."""
    for table in TABLES:
        if table.name in readable:
            ahead = f"bad = 0 AND {table.recorded} > DATE '{day.isoformat()}'"
            text = f"SELECT COUNT(*), MIN(line) FROM {table.name} WHERE {ahead}"
            count, line = row(warehouse, text)
            if count:
                values = (("rows", str(count)),)
                yield table, table.recorded, "recorded_ahead", Severity.NOTE, [line], values


_BUDGETED = """
budgeted AS (
    SELECT year, service, SUM(cents) AS cents FROM newest_budgets GROUP BY year, service
    HAVING SUM(cents) > 0)"""
_COSTS = f"""
WITH {_BUDGETED},
monthly AS (
    SELECT service_month, service, SUM(cents) AS cents, MIN(line) AS line
    FROM newest_costs GROUP BY service_month, service),
spent AS (
    SELECT left(service_month, 4) AS year, service, SUM(cents) AS cents, MIN(line) AS line
    FROM monthly GROUP BY 1, 2)
SELECT MIN(s.line), s.service FROM spent s JOIN budgeted b USING (year, service)
WHERE s.cents > {FAR_TOO_LARGE} * b.cents GROUP BY s.service ORDER BY 1"""
_INVOICES = f"""
WITH {_BUDGETED},
invoiced AS (
    SELECT left(period, 4) AS year, service, SUM(cents) AS cents, MIN(line) AS line
    FROM newest_advance_invoices GROUP BY 1, 2)
SELECT MIN(i.line), i.service FROM invoiced i JOIN budgeted b USING (year, service)
WHERE i.cents > {FAR_TOO_LARGE} * b.cents GROUP BY i.service ORDER BY 1"""
_BUDGETS = f"""
WITH monthly AS (
    SELECT left(period, 4) AS year, municipality, service, AVG(cents) * 12 AS cents
    FROM newest_advance_invoices WHERE length(period) = 7 AND kind <> 'credit' AND cents > 0
      AND period NOT LIKE '%Q%'
    GROUP BY 1, 2, 3),
compared AS (
    SELECT b.service, SUM(b.cents) AS cents, SUM(m.cents) AS invoiced, MIN(b.line) AS line
    FROM newest_budgets b JOIN monthly m USING (year, municipality, service) GROUP BY b.service)
SELECT line, service FROM compared WHERE cents > {FAR_TOO_LARGE} * invoiced ORDER BY 1"""
_PRICES = f"""
WITH prices(service, cents) AS (VALUES {{prices}}),
paid AS (
    SELECT service, MEDIAN(abs(cents)) AS cents, MIN(line) AS line FROM newest_costs
    WHERE client_id IS NOT NULL AND service IN (SELECT service FROM prices)
    GROUP BY service HAVING COUNT(*) >= 3)
SELECT p.line, p.service FROM paid p JOIN prices USING (service)
WHERE p.cents > {FAR_TOO_LARGE} * prices.cents ORDER BY 1"""


def far_too_large(
    warehouse: duckdb.DuckDBPyConnection, sound: frozenset[str], known: Known
) -> Iterator[Finding]:
    """Amounts that look like cents taken for euros, by service; needs the tables ``newest_…``."""
    prices = ", ".join(f"({literal(s)}, {cents})" for s, cents in sorted(known.prices.items()))
    asked: tuple[tuple[Table, tuple[Table, ...], str], ...] = (
        (COSTS, (BUDGETS,), _COSTS),
        (COSTS, (), _PRICES.format(prices=prices or "('', 0)")),
        (ADVANCE_INVOICES, (BUDGETS,), _INVOICES),
        (BUDGETS, (ADVANCE_INVOICES,), _BUDGETS),
    )
    said = set[tuple[str, str]]()
    for table, needs, query in asked:
        if {table.name, *(t.name for t in needs)} - sound:
            continue
        for line, service in rows(warehouse, query):
            if (table.name, service) not in said:
                said.add((table.name, service))
                values = (("service", service),)
                yield table, "amount", "far_too_large", Severity.NOTE, [line], values
