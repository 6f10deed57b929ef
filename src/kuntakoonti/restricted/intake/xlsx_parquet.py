"""Files whose cells have types: XLSX and Parquet, back to the text a person would write."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.contract import Kind, Table
from kuntakoonti.restricted.intake.text_table import (
    Found,
    Header,
    RawTable,
    assembled,
    batch,
    match_header,
    refused,
)

_CHUNK = 1_024
_EXACT = 1e15  # a spreadsheet keeps fifteen digits of a number
_PLAIN = (
    pa.types.is_integer,
    pa.types.is_date,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
)


def cell_text(value: Any) -> str | None:
    """A typed cell as text: ISO dates, at most fifteen digits, 1 and 0 for yes and no."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return None if isnan(value) else f"{value:.15g}"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return (value.date() if midnight else value).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def read_xlsx(table: Table, path: Path) -> RawTable:
    """The sheet of a workbook that is named after the table, or else the first one with data."""
    try:
        with warnings.catch_warnings(action="ignore"):  # a warning may quote a cell
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(book):
                return _from_book(table, path.name, book)
    except OSError:
        raise
    except Exception:  # a damaged workbook fails in as many ways as it has parts
        return refused(table, path.name, "unreadable_file")


def _from_book(table: Table, file: str, book: openpyxl.Workbook) -> RawTable:
    sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
    filled = [(place, s) for place, s in enumerate(sheets, start=1) if any(_rows(s))]
    if not filled:
        return refused(table, file, "no_header")
    named = [(p, s) for p, s in filled if s.title.strip().casefold() == table.name]
    place, sheet = (named or filled)[0]
    return _from_sheet(table, file, sheet, place if len(filled) > 1 else 0)


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with something in them, and their numbers in the sheet."""
    sheet.reset_dimensions()  # what a file says about its own size is not always true
    for number, row in enumerate(sheet.iter_rows(min_row=1, values_only=True), start=1):
        if any(cell is not None and cell != "" for cell in row):
            yield number, row


def _from_sheet(table: Table, file: str, sheet: Any, chosen: int) -> RawTable:
    """The cells of a sheet; ``chosen`` is its place if there were several to choose from."""
    rows = _rows(sheet)
    _, names = next(rows)
    header = match_header(table, file, _names(names))
    numbers: dict[str, list[int]] = {}
    cells = assembled(table, _batches(header, rows, numbers, _identifiers(table)))
    problems = list(header.problems)
    if chosen:
        values = (("position", str(chosen)),)
        problems.append(Problem(file, 0, "", "several_sheets", Severity.NOTE, values))
    for column, lines in numbers.items():
        problems += Found(file, column, "number_as_id", Severity.STOP).on(lines)
    return RawTable(table, file, cells, tuple(problems), header.unknown)


def _names(cells: Sequence[Any]) -> list[str]:
    """A header row without the empty cells after its last name."""
    names = [cell_text(cell) or "" for cell in cells]
    while names and not names[-1].strip():
        names.pop()
    return names


def _identifiers(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.kind is Kind.ID]


def _batches(
    header: Header,
    rows: Iterator[tuple[int, Sequence[Any]]],
    numbers: dict[str, list[int]],
    identifiers: list[str],
) -> Iterator[pa.RecordBatch]:
    """Text batches of a sheet; lines of numbers too long to be exact gather in ``numbers``."""
    kept: list[list[str | None]] = []
    lines: list[int] = []
    places = [(name, header.places[name]) for name in identifiers if name in header.places]
    for line, row in rows:
        full = [*row, *[None] * (header.width - len(row))]
        for name, place in places:
            if isinstance(full[place], int | float) and abs(full[place]) >= _EXACT:
                numbers.setdefault(name, []).append(line)
        kept.append([cell_text(cell) for cell in full[: header.width]])
        lines.append(line)
        if len(kept) == _CHUNK:
            yield batch(header, kept, lines)
            kept, lines = [], []
    yield batch(header, kept, lines)


def read_parquet(table: Table, path: Path) -> RawTable:
    """A Parquet file; its rows are numbered from 1."""
    try:
        with pq.ParquetFile(path) as file:
            header = match_header(table, path.name, file.schema_arrow.names)
            return _from_parquet(table, path.name, file, header)
    except (pa.ArrowException, UnicodeDecodeError):
        return refused(table, path.name, "unreadable_file")


def _from_parquet(table: Table, name: str, file: pq.ParquetFile, header: Header) -> RawTable:
    if any(problem.kind == "doubled_column" for problem in header.problems):
        return RawTable(table, name, assembled(table, []), header.problems, readable=False)
    sources = {column: file.schema_arrow.names[at] for column, at in header.places.items()}
    identifiers = [column for column in _identifiers(table) if column in sources]
    batches: list[pa.RecordBatch] = []
    problems = list(header.problems)
    read = 1
    for part in file.iter_batches(columns=list(sources.values())):
        lines = pa.array(range(read, read + part.num_rows), pa.int32())
        for column in identifiers:
            inexact = lines.filter(_inexact(part.column(sources[column]))).to_pylist()
            problems += Found(name, column, "number_as_id", Severity.STOP).on(inexact)
        texts = {column: text_cells(part.column(source)) for column, source in sources.items()}
        batches.append(pa.record_batch({**texts, "line": lines}))
        read += part.num_rows
    return RawTable(table, name, assembled(table, batches), tuple(problems), header.unknown)


def text_cells(cells: pa.Array) -> pa.Array:
    """A typed Parquet column as text; ArrowException if its type has no text."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if any(is_plain(cells.type) for is_plain in _PLAIN):
        return cells.cast(pa.string())
    different = cells.dictionary_encode()
    texts = pa.array(map(cell_text, different.dictionary.to_pylist()), pa.string())
    return texts.take(different.indices)


def _inexact(cells: pa.Array) -> pa.Array:
    """Where an identifier is a number that has lost its last digits."""
    if pa.types.is_floating(cells.type):
        return pc.greater_equal(pc.abs(cells), _EXACT)
    return pa.repeat(pa.scalar(False), len(cells))
