"""The warehouse keeps rows of persons inside the process."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from kuntakoonti.restricted.intake.warehouse import arrow, lent, literal, open_warehouse, row, rows


@pytest.mark.parametrize(
    "way_out",
    [
        "COPY (SELECT 1) TO '{file}'",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "ATTACH '{file}'",
        "EXPORT DATABASE '{file}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET temp_directory = '{file}'",
        "SET memory_limit = '64GB'",
    ],
)
def test_nothing_leads_out_of_the_warehouse(way_out: str, tmp_path: Path) -> None:
    """No statement reads or writes a file, loads code or unlocks the configuration."""
    warehouse = open_warehouse()
    file = tmp_path / "out"
    file.write_text("1")
    with pytest.raises(duckdb.Error):
        warehouse.execute(way_out.format(file=file))
    assert file.read_text() == "1"
    assert list(tmp_path.iterdir()) == [file]


def test_a_python_variable_is_not_a_table() -> None:
    """A name in SQL never finds a variable by accident."""
    hidden = pa.table({"x": [1]})
    assert hidden.num_rows == 1
    with pytest.raises(duckdb.Error):
        open_warehouse().execute("SELECT * FROM hidden")


def test_too_much_data_is_an_error_and_not_a_file() -> None:
    """Beyond the memory limit the query fails; nothing is spilt."""
    warehouse = open_warehouse("20MB")
    assert row(warehouse, "SELECT current_setting('temp_directory')") == ("",)
    with pytest.raises(duckdb.OutOfMemoryException):
        warehouse.execute(
            "CREATE TABLE t AS SELECT md5(CAST(i AS VARCHAR)) FROM range(9000000) r(i)"
        )


def test_a_lent_table_is_there_only_for_its_block() -> None:
    """An Arrow table can be read under its name, and not afterwards, even after an error."""
    warehouse = open_warehouse()
    with lent(warehouse, "cells", pa.table({"x": [3, 4]})):
        assert rows(warehouse, "SELECT x FROM cells ORDER BY x") == [(3,), (4,)]
    with pytest.raises(ZeroDivisionError), lent(warehouse, "cells", pa.table({"x": [3]})):
        raise ZeroDivisionError
    with pytest.raises(duckdb.Error):
        warehouse.execute("SELECT * FROM cells")


def test_row_wants_exactly_one_row() -> None:
    """None or two rows are an error."""
    warehouse = open_warehouse()
    assert row(warehouse, "SELECT 1, 'a'") == (1, "a")
    for query in ("SELECT 1 WHERE FALSE", "SELECT 1 UNION ALL SELECT 2"):
        with pytest.raises(ValueError, match="unpack"):
            row(warehouse, query)


def test_arrow_keeps_decimals_and_integers() -> None:
    """Money does not become a float on the way out."""
    got = arrow(
        open_warehouse(), "SELECT CAST('0.10' AS DECIMAL(18, 2)) AS a, 9007199254740993 AS b"
    )
    assert got.to_pylist() == [{"a": Decimal("0.10"), "b": 9007199254740993}]


def test_a_literal_keeps_its_quotation_marks() -> None:
    """A text comes back as it was."""
    text = "a'b''c"
    assert row(open_warehouse(), f"SELECT {literal(text)}") == (text,)
