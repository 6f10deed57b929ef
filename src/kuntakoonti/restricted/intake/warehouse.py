"""Where the SQL runs: DuckDB in the process, locked so that no row can leave it.

DuckDB would spill rows of persons unencrypted to a temporary directory and can read and write any
file. Here it has no temporary directory, a memory limit (a clean out-of-memory error instead of
a spill), no extensions, no file access, and a configuration that cannot be changed back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

_OPENING = {
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",  # the order of rows never depends on the threads
}
_LOCKS = (
    "SET python_enable_replacements = false",  # a Python variable is never a table
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def open_warehouse(memory_limit: str = "8GB") -> duckdb.DuckDBPyConnection:
    """A new, empty, locked-down warehouse in memory; ``memory_limit`` as DuckDB writes it."""
    warehouse = duckdb.connect(":memory:", config={**_OPENING, "memory_limit": memory_limit})
    for lock in _LOCKS:
        warehouse.execute(lock)
    return warehouse


def rows(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """All rows of a small result; the connection is free again afterwards."""
    return list(warehouse.execute(query).fetchall())


def row(warehouse: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The only row of a result; ValueError if there are none or several."""
    (only,) = rows(warehouse, query)
    return only


def arrow(warehouse: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """A result as an Arrow table: decimals stay decimals, integers stay integers."""
    return warehouse.sql(query).to_arrow_table()


@contextmanager
def lent(warehouse: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """An Arrow table under a name in SQL, without a copy, for as long as the block runs."""
    warehouse.register(name, table)
    try:
        yield
    finally:
        warehouse.unregister(name)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
