"""Rows whose key recurs, set aside once: few do, and every rule about revisions looks only there.

``recurring_<table>`` (temporary): all sound rows of a typed table whose key is on another row too,
whenever they were recorded. A removal derived from a series of extracts has the line of the row
that it removes: a row is told from others by its line and its day of recording.
"""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from kuntakoonti.restricted.intake.contract import ADVANCE_INVOICES, Table
from kuntakoonti.restricted.intake.typed_tables import typed_key
from kuntakoonti.restricted.intake.warehouse import arrow, lent, row


def replaced_by(table: Table) -> tuple[str, ...]:
    """The typed columns by which a later row replaces an earlier one: an invoice as a whole."""
    return ("invoice_id",) if table is ADVANCE_INVOICES else typed_key(table)


def known_by(table: Table, as_of: date | None) -> str:
    """The condition that a row is known at the extraction date."""
    if as_of is None:
        return "TRUE"
    return f"({table.recorded} IS NULL OR {table.recorded} <= DATE '{as_of.isoformat()}')"


def set_aside(warehouse: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make ``recurring_<table>``: by digests of the keys, so that a rare row may be there in vain."""
    name, digest = table.name, f"hash({', '.join(replaced_by(table))})"
    found = arrow(warehouse, f"SELECT {digest} AS digest FROM {name} WHERE bad = 0")
    ordered = np.sort(found["digest"].to_numpy())
    again = pa.table({"digest": np.unique(ordered[1:][ordered[1:] == ordered[:-1]])})
    with lent(warehouse, "again", again):
        warehouse.execute(
            f"CREATE TEMP TABLE recurring_{name} AS SELECT * FROM {name}"
            f" WHERE bad = 0 AND {digest} IN (SELECT digest FROM again)"
        )


def set_newest(warehouse: duckdb.DuckDBPyConnection, table: Table, known: str) -> None:
    """Make ``newest_<table>``: the rows known that no later one replaces and none removes.

    A view; of service periods, which many rules read, a table of the columns that they read.
    """
    name, key, day = table.name, ", ".join(replaced_by(table)), table.recorded
    warehouse.execute(
        f"CREATE TEMP TABLE replaced_{name} AS SELECT line, {day} AS day FROM ("
        f"SELECT line, {day}, MAX({day}) OVER (PARTITION BY {key}) AS newest"
        f" FROM recurring_{name} WHERE {known}) AS versions"
        f" WHERE newest IS NOT NULL AND {day} IS DISTINCT FROM newest"
    )
    query = f"SELECT {_READ.get(name, '*')} FROM {name} WHERE bad = 0 AND {known} AND NOT removed"
    if row(warehouse, f"SELECT COUNT(*) FROM replaced_{name}")[0]:
        query += (
            f" AND NOT EXISTS (SELECT 1 FROM replaced_{name} AS r"
            f" WHERE r.line = {name}.line AND r.day IS NOT DISTINCT FROM {name}.{day})"
        )
    what = "TABLE" if name in _READ else "VIEW"
    warehouse.execute(f"CREATE TEMP {what} newest_{name} AS {query}")


def forget(warehouse: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Ends what concerns revisions of a table, as far as it was made."""
    what = "TABLE" if table.name in _READ else "VIEW"
    warehouse.execute(f"DROP {what} IF EXISTS newest_{table.name}")
    for name in ("replaced", "recurring"):
        warehouse.execute(f"DROP TABLE IF EXISTS {name}_{table.name}")


_READ = {"service_periods": "line, client_id, service, group_id, first_day, day_after, recorded_on"}
