"""A table as text: what every reader produces, whatever the file was.

Only columns of the contract are kept, trimmed, with null for an empty cell; nothing is parsed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.contract import Table

LISTED = 10_000  # problems of one kind listed one by one; the rest are counted in one line
_BATCHES = 64  # batches of rows that are merged into one: readers fill small ones, SQL likes large
_TEXT = pa.string()
_LINE = pa.field("line", pa.int32())


@dataclass(frozen=True)
class RawTable:
    """One file as it was read.

    ``cells``: a text column per column of the contract (null = empty; a column that the file lacks
    is all null) and ``line``, an int32: the line of a text file where the row begins, the row of
    a sheet, or the number of a Parquet row, all from 1. ``unknown``: positions of columns that
    were not read, from 1. ``readable``: False if there is nothing to look at.
    """

    table: Table
    file: str
    cells: pa.Table
    problems: tuple[Problem, ...] = ()
    unknown: tuple[int, ...] = ()
    readable: bool = True

    @property
    def missing(self) -> frozenset[str]:
        """Required columns that the file lacks; their cells are all null."""
        return frozenset(p.column for p in self.problems if p.kind == "missing_column")


@dataclass(frozen=True)
class Found:
    """The same problem on many lines of one file, before it is spelled out."""

    file: str
    column: str
    kind: str
    severity: Severity
    values: tuple[tuple[str, str], ...] = ()

    def on(self, lines: Sequence[int]) -> list[Problem]:
        """One problem per line, and from the LISTED-th on one that says how many more there are."""
        shown = [self._at(line) for line in lines[:LISTED]]
        if len(lines) > LISTED:
            more = (("more", str(len(lines) - LISTED)),)
            shown.append(Problem(self.file, 0, self.column, "more_like_these", self.severity, more))
        return shown

    def _at(self, line: int) -> Problem:
        return Problem(self.file, line, self.column, self.kind, self.severity, self.values)


@dataclass(frozen=True)
class Header:
    """Where the columns of a table are: ``places`` name → index from 0, ``width`` cells a row."""

    places: dict[str, int]
    width: int
    unknown: tuple[int, ...]
    problems: tuple[Problem, ...]


def match_header(table: Table, file: str, names: Sequence[str]) -> Header:
    """Finds the columns by name, ignoring case, space around and a byte order mark.

    An unknown column is reported by its place and not by its name: in a file without a header row
    the "names" are a person's record.
    """
    found = [name.strip().strip("\ufeff").strip().casefold() for name in names]
    known = {column.name for column in table.columns}
    problems = [
        _stop(file, column.name, "missing_column")
        for column in table.columns
        if column.required and column.name not in found
    ]
    problems += [_stop(file, name, "doubled_column") for name in known if found.count(name) > 1]
    unknown = tuple(place for place, name in enumerate(found, start=1) if name not in known)
    problems += [
        Problem(file, 0, "", "unknown_column", Severity.NOTE, (("position", str(place)),))
        for place in unknown
    ]
    places = {name: found.index(name) for name in known if name in found}
    return Header(places, len(found), unknown, tuple(problems))


def _stop(file: str, column: str, kind: str) -> Problem:
    return Problem(file, 0, column, kind, Severity.STOP)


def refused(table: Table, file: str, kind: str, *values: tuple[str, str]) -> RawTable:
    """A table that could not be read at all, and why."""
    problem = Problem(file, 0, "", kind, Severity.STOP, values)
    return RawTable(table, file, assembled(table, []), (problem,), readable=False)


def trimmed(cells: pa.Array) -> pa.Array:
    """Cells without space around; null where nothing is left."""
    cells = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, _TEXT), cells)


def batch(
    header: Header, rows: Sequence[Sequence[str | None]], lines: Sequence[int]
) -> pa.RecordBatch:
    """Rows of the header's width as text columns and their lines."""
    columns = [pa.array([row[place] for row in rows], _TEXT) for place in header.places.values()]
    return pa.record_batch(
        [*columns, pa.array(lines, pa.int32())], names=[*header.places, _LINE.name]
    )


def assembled(table: Table, batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """Batches of one schema as one table with every column of the contract; absent ones null."""
    schema = pa.schema([*((column.name, _TEXT) for column in table.columns), _LINE])
    parts = [schema.empty_table()]
    under_way = iter(batches)
    while group := list(islice(under_way, _BATCHES)):
        parts.append(_merged(pa.Table.from_batches(group).combine_chunks()))
    return pa.concat_tables(parts, promote_options="default").select(schema.names)


def _merged(part: pa.Table) -> pa.Table:
    """A part with its texts trimmed."""
    columns = {name: part[name] for name in part.column_names}
    return pa.table({n: c if n == _LINE.name else trimmed(c) for n, c in columns.items()})
