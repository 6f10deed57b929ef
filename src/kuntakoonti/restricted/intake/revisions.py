"""Which revision of a record holds: one place, made once before a count, read by name in every SQL text.

``extraction`` (one row): ``as_of``, the extraction date. For every table of the contract, of the rows
known by then, with the table's typed columns:

- ``<table>_versions`` (view): each revision with ``since``, the day it became known, and
  ``until``, the day the next revision of its key replaced it (NULL: it is the newest).
- ``newest_<table>``: the newest revision of each key, unless it removes the record.

The rule follows the contract: a table's ``key`` says what a later row replaces, ``removed`` that a
revision withdraws its record. An invoice is replaced as a whole by rows of a later date.
"""

from datetime import date

import duckdb

from kuntakoonti.restricted.intake.contract import (
    ADVANCE_INVOICES,
    COSTS,
    RESIDENCES,
    SERVICE_PERIODS,
    TABLES,
    Table,
)
from kuntakoonti.restricted.intake.typed_tables import TYPED, typed_key

ALWAYS = date(1900, 1, 1)  # since when a row without a date is known
_OFTEN_READ = (SERVICE_PERIODS, RESIDENCES, COSTS)  # materialised; the others are small


def make_revisions(warehouse: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Make ``extraction``, the versions and the newest revisions; those of another date are replaced."""
    make_table(warehouse, "extraction", f"SELECT DATE '{as_of.isoformat()}' AS as_of")
    for table in TABLES:
        warehouse.execute(
            f"CREATE OR REPLACE TEMPORARY VIEW {table.name}_versions AS {_versions(table)}"
        )
        what = "TABLE" if table in _OFTEN_READ else "VIEW"
        warehouse.execute(
            f"CREATE OR REPLACE TEMPORARY {what} newest_{table.name} AS {_newest(table)}"
        )


def make_table(warehouse: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """A temporary table of a query's rows, in place of an earlier one of that name."""
    warehouse.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} AS {query}")


def _versions(table: Table) -> str:
    since = f"COALESCE({table.recorded}, DATE '{ALWAYS.isoformat()}')"
    known = f"{table.name} WHERE {since} <= (SELECT as_of FROM extraction)"
    if table is ADVANCE_INVOICES:
        until = (
            f"(SELECT MIN(later.{table.recorded}) FROM (SELECT * FROM {known}) AS later WHERE"
            f" later.invoice_id = own.invoice_id AND later.{table.recorded} > own.{table.recorded})"
        )
        known = f"{table.name} AS own WHERE {since} <= (SELECT as_of FROM extraction)"
    else:
        key = ", ".join(typed_key(table))
        until = f"LEAD({since}) OVER (PARTITION BY {key} ORDER BY {since}, line)"
    return f"SELECT {', '.join(TYPED[table.name])}, line, {since} AS since, {until} AS until FROM {known}"


def _newest(table: Table) -> str:
    columns = ", ".join(TYPED[table.name])
    return f"SELECT {columns}, line FROM {table.name}_versions WHERE until IS NULL AND NOT removed"
