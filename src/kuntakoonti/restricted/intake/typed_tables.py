"""Typed tables in the warehouse: days, cents and months instead of text, and their fingerprint.

While a run is being checked every table has a column ``bad`` besides: bit i is set where the cell
of the i-th column of the contract is bad. Ranges of days become half-open.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date

import duckdb
import pyarrow as pa

from kuntakoonti.restricted.intake.cells import ABROAD, OPEN, Known, value_sql
from kuntakoonti.restricted.intake.cleaning import is_harmless
from kuntakoonti.restricted.intake.contract import TABLES, Column, Kind, Table
from kuntakoonti.restricted.intake.text_table import RawTable
from kuntakoonti.restricted.intake.warehouse import arrow, lent, row

_LOW_HALF = (1 << 64) - 1
_WORTH_IT = 10_000  # rows from which on looking up is faster


def _day_after(end: str) -> str:
    return f"COALESCE(CAST({end} + 1 AS DATE), {OPEN})"


TYPED: dict[str, dict[str, str]] = {  # table → typed column → SQL over the parsed cells
    "service_periods": {
        "record_id": "record_id",
        "client_id": "client_id",
        "service": "service",
        "first_day": "start_date",
        "day_after": _day_after("end_date"),
        "recorded_on": "recorded_on",
        "removed": "COALESCE(removed, FALSE)",
        "group_id": "group_id",
    },
    "residences": {
        "client_id": "client_id",
        "municipality": f"COALESCE(municipality, '{ABROAD}')",
        "first_day": "valid_from",
        "day_after": _day_after("valid_to"),
        "recorded_on": "recorded_on",
        "removed": "COALESCE(removed, FALSE)",
    },
    "costs": {
        "cost_id": "cost_id",
        "service": "service",
        "client_id": "client_id",
        "group_id": "group_id",
        "service_month": "service_month",
        "cents": "amount",
        "recorded_on": "recorded_on",
        "removed": "COALESCE(removed, FALSE)",
    },
    "advance_invoices": {
        "invoice_id": "invoice_id",
        "municipality": "municipality",
        "service": "service",
        "period": "period",
        "cents": "amount",
        "invoiced_on": "invoiced_on",
        "kind": "COALESCE(kind, 'invoice')",
        "credits_invoice_id": "credits_invoice_id",
        "removed": "COALESCE(removed, FALSE)",
    },
    "budgets": {
        "year": "year",
        "municipality": "municipality",
        "service": "service",
        "cents": "amount",
        "recorded_on": "recorded_on",
        "removed": "COALESCE(removed, FALSE)",
    },
    "keys": {
        "key": "key",
        "year": "year",
        "municipality": "municipality",
        "hundredths": "value",
        "recorded_on": "recorded_on",
        "removed": "COALESCE(removed, FALSE)",
    },
}


_FOR_THE_CHECK = {"costs": {"month_begins": "CAST(service_month || '-01' AS DATE)"}}  # and `bad`


def build(warehouse: duckdb.DuckDBPyConnection, raw: RawTable, known: Known) -> int:
    """Creates the typed table of a raw one with ``bad``; the union of all its bad bits."""
    columns = raw.table.columns
    looked_up = _looked_up(warehouse, raw, known)
    values = ", ".join(
        f"typed_{c.name} AS {c.name}"
        if f"typed_{c.name}" in looked_up
        else f"{value_sql(c, known)} AS {c.name}"
        for c in columns
    )
    doubtful = {c: 1 << place for place, c in enumerate(columns) if not _is_good(c, raw, looked_up)}
    given = ", ".join(f"{c.name} IS NOT NULL AS has_{c.name}" for c in doubtful if c.empty)
    bits = "0" + "".join(
        f" + CASE WHEN {c.name} IS NULL AND {f'has_{c.name}' if c.empty else 'TRUE'}"
        f" THEN {bit} ELSE 0 END"
        for c, bit in doubtful.items()
    )
    wanted = TYPED[raw.table.name] | _FOR_THE_CHECK.get(raw.table.name, {})
    typed = ", ".join(f"{sql} AS {name}" for name, sql in wanted.items())
    parsed = ", ".join(filter(None, ("line", values, given)))
    cells = raw.cells
    for name, column in looked_up.items():
        cells = cells.append_column(name, column)
    with lent(warehouse, "cells", cells):
        warehouse.execute(
            f"CREATE TABLE {raw.table.name} AS SELECT {typed}, line, {bits} AS bad"
            f" FROM (SELECT {parsed} FROM cells) AS parsed"
        )
    return int(row(warehouse, f"SELECT COALESCE(BIT_OR(bad), 0) FROM {raw.table.name}")[0])


def _is_good(column: Column, raw: RawTable, looked_up: Mapping[str, pa.Array]) -> bool:
    """Whether no cell of a column that was looked up is bad."""
    values = looked_up.get(f"typed_{column.name}")
    if values is None:
        return False
    bad = values.dictionary.null_count if pa.types.is_dictionary(values.type) else 0
    return not bad and (column.empty or not raw.cells[column.name].null_count)


def _looked_up(
    warehouse: duckdb.DuckDBPyConnection, raw: RawTable, known: Known
) -> dict[str, pa.Array]:
    """Columns that repeat their cells, each different cell parsed once; ids that hide nothing."""
    found: dict[str, pa.Array] = {}
    for column in raw.table.columns:
        if len(raw.cells) < _WORTH_IT or column.kind in (Kind.MONEY, Kind.NUMBER):
            continue  # few amounts are alike
        if column.kind is Kind.ID:
            if is_harmless(raw.cells[column.name]):
                found[f"typed_{column.name}"] = raw.cells[column.name]
            continue
        texts = raw.cells[column.name].combine_chunks()
        if not pa.types.is_dictionary(texts.type):
            texts = texts.dictionary_encode()
        if len(texts.dictionary) * 2 > len(texts):
            continue
        with lent(warehouse, "different", pa.table({column.name: texts.dictionary})):
            values = arrow(warehouse, f"SELECT {value_sql(column, known)} AS v FROM different")
        different = values["v"].combine_chunks()
        found[f"typed_{column.name}"] = pa.DictionaryArray.from_arrays(texts.indices, different)
    return found


def typed_key(table: Table) -> tuple[str, ...]:
    """The key columns by their names in the typed table."""
    return tuple({"valid_from": "first_day"}.get(column, column) for column in table.key)


def bits_of(table: Table, names: tuple[str, ...]) -> int:
    """The bits of ``bad`` that belong to some columns of the contract."""
    return sum(1 << i for i, column in enumerate(table.columns) if column.name in names)


def publish(warehouse: duckdb.DuckDBPyConnection, sound: bool) -> None:
    """Ends the check: typed tables without ``bad`` if the data are sound, no tables otherwise."""
    for table in TABLES:
        if sound:
            for column in ("bad", *_FOR_THE_CHECK.get(table.name, ())):
                warehouse.execute(f"ALTER TABLE {table.name} DROP COLUMN {column}")
        else:
            warehouse.execute(f"DROP TABLE IF EXISTS {table.name}")


def fingerprint(warehouse: duckdb.DuckDBPyConnection, as_of: date, key: bytes) -> str:
    """HMAC-SHA256 (hex) of all rows known at ``as_of``, whatever their order or file format.

    Needs the typed tables of a load without stops. Without the key it tells nothing of a row.
    """
    sums = [_sums(warehouse, table, as_of) for table in TABLES]
    of_optional = {f"{table.name}:0:None:None" for table in TABLES if table.optional}
    text = "\n".join(line for line in sums if line not in of_optional)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _sums(warehouse: duckdb.DuckDBPyConnection, table: Table, as_of: date) -> str:
    """Number of rows and the sum of their digests: the same for every order of the rows."""
    columns = [c for c in TYPED[table.name] if c != "removed" or table.name == "service_periods"]
    cells = ", ".join(f"COALESCE(CAST({c} AS VARCHAR), chr(30))" for c in columns)
    if len(columns) < len(TYPED[table.name]):  # a row that stands has the digest it always had
        cells += ", CASE WHEN removed THEN 'removed' END"
    count, high, low = row(
        warehouse,
        "SELECT COUNT(*), SUM(CAST(digest >> 64 AS UBIGINT)),"
        f" SUM(CAST(digest & {_LOW_HALF} AS UBIGINT)) FROM ("
        f"SELECT md5_number(CONCAT_WS(chr(31), {cells})) AS digest FROM {table.name}"
        f" WHERE {table.recorded} IS NULL OR {table.recorded} <= DATE '{as_of.isoformat()}')",
    )
    return f"{table.name}:{count}:{high}:{low}"
