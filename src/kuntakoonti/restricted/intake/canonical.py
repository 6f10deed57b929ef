"""Cells in one form whatever they were written in, and what is derived of them: ids, intervals.

Only what can be read is changed; a bad cell stays as it is and is said by the check.
"""

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa

from kuntakoonti.restricted.intake.cells import Known, canonical_sql
from kuntakoonti.restricted.intake.contract import Column, Kind, Table
from kuntakoonti.restricted.intake.text_table import RawTable
from kuntakoonti.restricted.intake.warehouse import arrow, lent

_MONTH = "[0-9]{4}-(0[1-9]|1[0-2])"
_YEAR = {
    "service_periods": "start_date",
    "costs": "service_month",
    "advance_invoices": "invoiced_on",
}
_NUMBER = {
    "service_periods": ("record_id",),
    "costs": ("cost_id",),
    "advance_invoices": ("invoice_id", "credits_invoice_id"),
}


def canonical(
    warehouse: duckdb.DuckDBPyConnection, table: Table, raw: RawTable, known: Known
) -> RawTable:
    """Days as ISO, amounts with a point, names in small letters."""
    columns = ", ".join(f"{canonical_sql(c, known)} AS {c.name}" for c in table.columns)
    return _selected(warehouse, raw, f"SELECT {columns}, line FROM cells ORDER BY line")


def derived(
    warehouse: duckdb.DuckDBPyConnection,
    table: Table,
    raw: RawTable,
    key: Sequence[str],
    restarts: bool,
) -> RawTable:
    """Ids made of other columns, or of a number and its year.

    Rows alike in the key are numbered in the order of their content, so that none of them is lost.
    """
    names = [c.name for c in table.columns]
    numbered = dict.fromkeys(names, "")
    if key:
        made = ", '/', ".join(f"COALESCE({c}, '')" for c in key)
        rest = ", ".join(n for n in names if n not in key and n != _NUMBER[table.name][0])
        nth = f"ROW_NUMBER() OVER (PARTITION BY {', '.join(key)} ORDER BY {rest}, line)"
        numbered[_NUMBER[table.name][0]] = (
            f"CASE WHEN {nth} = 1 THEN CONCAT({made}) ELSE CONCAT({made}, '#', {nth}) END"
        )
    elif restarts and table.name in _YEAR:
        for column in _NUMBER[table.name]:
            numbered[column] = f"{column} || '/' || left({_YEAR[table.name]}, 4)"
    columns = ", ".join(f"{sql or name} AS {name}" for name, sql in numbered.items())
    return _selected(warehouse, raw, f"SELECT {columns}, line FROM cells ORDER BY line")


def intervals(
    warehouse: duckdb.DuckDBPyConnection, table: Table, raw: RawTable, known: Known
) -> RawTable:
    """Monthly snapshots to stays: from the first month in a municipality until another one.

    Absence from a snapshot is not a move. ``valid_from`` holds the month of each snapshot.
    """
    month = canonical_sql(Column("valid_from", Kind.MONTH, ""), known)
    place = canonical_sql(next(c for c in table.columns if c.name == "municipality"), known)
    query = f"""
WITH seen AS (
    SELECT client_id, {month} AS month, COALESCE({place}, '999') AS municipality, MIN(line) AS line
    FROM cells GROUP BY 1, 2, 3),
ordered AS (
    SELECT *, LAG(municipality) OVER (PARTITION BY client_id ORDER BY month, municipality) AS before
    FROM seen),
starts AS (
    SELECT client_id, municipality, line,
        CASE WHEN regexp_full_match(month, '{_MONTH}') THEN month || '-01' ELSE month END
            AS valid_from
    FROM ordered
    WHERE before IS NULL OR before <> municipality
       OR NOT regexp_full_match(month, '{_MONTH}'))
SELECT client_id, municipality, valid_from,
    CAST(TRY_CAST(NULLIF(LEAD(valid_from)
        OVER (PARTITION BY client_id ORDER BY valid_from, municipality), valid_from)
        AS DATE) - 1 AS VARCHAR) AS valid_to,
    valid_from AS recorded_on, CAST(NULL AS VARCHAR) AS removed, line
FROM starts ORDER BY line"""
    return _selected(warehouse, raw, query)


def _selected(warehouse: duckdb.DuckDBPyConnection, raw: RawTable, query: str) -> RawTable:
    with lent(warehouse, "cells", raw.cells):
        cells = arrow(warehouse, query)
    names = raw.cells.column_names
    line = pa.field("line", pa.int32())
    cells = cells.set_column(cells.column_names.index("line"), line, cells["line"].cast(pa.int32()))
    return replace(raw, cells=cells.select(names))
