"""A query of a database, read in Arrow batches; its address and secret come from the environment.

Nothing of an address, a secret or a driver's message is ever said: a message may hold all of them.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import Any

import pyarrow as pa

from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.parameters.sources import Connection, TableSource
from kuntakoonti.restricted.intake.contract import Table
from kuntakoonti.restricted.intake.headings import match_header
from kuntakoonti.restricted.intake.parquet_files import from_batches
from kuntakoonti.restricted.intake.text_table import Layout, Sheet, unreadable

_MODULES = {"postgresql": "adbc_driver_postgresql.dbapi", "mssql": "mssql_python"}
_NO_ADDRESS = message(
    "The address of database {connection} is missing. Give it in the environment variable "
    "{variable}."
)
_NO_DRIVER = message(
    "The driver of database {connection} is not installed. Install kuntakoonti[{extra}]."
)
_NO_ANSWER = message(
    "Database {connection} cannot be reached. Check address, user and network in the environment "
    "variable {variable}."
)


def read_query(table: Table, source: TableSource, connection: Connection, layout: Layout) -> Sheet:
    """The rows of a query; UsageError if the database cannot be reached."""
    name = f"{source.connection}:{table.name}"
    with _connected(source.connection, connection) as opened, closing(opened.cursor()) as cursor:
        try:
            cursor.execute(source.query)
            batches = _batches(cursor)
            header = match_header(layout, name, batches.schema.names)
            if any(problem.kind == "doubled_column" for problem in header.problems):
                return Sheet(name, pa.table({}), header.problems, readable=False)
            sheet = from_batches(name, layout, header, batches)
        except (pa.ArrowException, UnicodeDecodeError):
            return unreadable(name, "unreadable_query")
        except Exception:  # its words may quote the query's rows or the address
            return unreadable(name, "failed_query")
    kept = tuple(p for p in sheet.problems if p.kind != "unknown_column")
    return Sheet(name, sheet.cells, kept, (), True, sheet.missing)


def _batches(cursor: Any) -> pa.RecordBatchReader:
    """The result as Arrow batches, by either driver's own way."""
    if hasattr(cursor, "fetch_record_batch"):
        return cursor.fetch_record_batch()
    return cursor.arrow_reader()


@contextmanager
def _connected(name: str, connection: Connection) -> Iterator[Any]:
    """An open connection, closed afterwards."""
    address = os.environ.get(connection.address, "")
    said = {"connection": name, "variable": connection.address, "extra": connection.driver}
    if not address:
        raise UsageError(_NO_ADDRESS, **said)
    try:
        driver = import_module(_MODULES[connection.driver])
    except ImportError:
        raise UsageError(_NO_DRIVER, **said) from None
    try:
        opened = driver.connect(address)
    except Exception:  # a driver's message repeats the address
        raise UsageError(_NO_ANSWER, **said) from None
    with closing(opened):
        yield opened
