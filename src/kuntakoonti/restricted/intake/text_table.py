"""A table as text: what every reader produces, whatever the file was.

Only columns that are wanted are kept, cleaned, with null for an empty cell; nothing is parsed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.cleaning import cleaned
from kuntakoonti.restricted.intake.contract import Kind, Table

LISTED = 10_000  # problems of one kind listed one by one; the rest are counted in one line
_BATCHES = 64  # batches of rows that are merged into one: readers fill small ones, SQL likes large
_TEXT = pa.string()
_LINE = pa.field("line", pa.int32())


@dataclass(frozen=True)
class Layout:
    """What to look for in a file, and how it is written where that is declared.

    ``headings``: the key of a column → its heading in the file. ``required`` keys must be there,
    ``identifiers`` must not be rounded numbers, ``repeating`` keys have few different cells. Empty
    or 0 means: find it out.
    """

    headings: Mapping[str, str]
    required: frozenset[str]
    identifiers: frozenset[str]
    name: str  # of the table: a sheet of this name is preferred
    separator: str = ""
    encoding: str = ""
    sheet: str = ""
    heading_line: int = 0
    repeating: frozenset[str] = frozenset()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.headings)


def own_layout(table: Table) -> Layout:
    """The contract's own names, and everything else found out."""
    columns = table.columns
    return Layout(
        {c.name: c.name for c in columns},
        frozenset(c.name for c in columns if c.required),
        frozenset(c.name for c in columns if c.kind is Kind.ID),
        table.name,
        repeating=frozenset(
            c.name for c in columns if c.kind not in (Kind.ID, Kind.MONEY, Kind.NUMBER)
        ),
    )


@dataclass(frozen=True)
class Origins:
    """Which rows come from which file: ``first`` global line of each file, from 1 for the first.

    A table of one file has its own lines; of the next file they go on after the last one.
    """

    files: tuple[str, ...]
    first: tuple[int, ...] = (0,)

    def at(self, line: int) -> tuple[str, int]:
        """The file of a global line, and the line in it; line 0 is the first file as a whole."""
        place = max(bisect_right(self.first, line) - 1, 0)
        return self.files[place], line - self.first[place]


@dataclass(frozen=True)
class RawTable:
    """One table as it was read, from one file or several.

    ``cells``: a text column per column of the contract (null = empty; a column that the file lacks
    is all null) and ``line``, an int32: the line of a text file where the row begins, the row of
    a sheet, or the number of a Parquet row, all from 1; of further files it goes on (`Origins`).
    ``unknown``: positions of columns that were not read, from 1. ``readable``: False if there is
    nothing to look at. ``missing``: required columns that are not there; their cells are all null.
    """

    table: Table
    origins: Origins
    cells: pa.Table
    problems: tuple[Problem, ...] = ()
    unknown: tuple[int, ...] = ()
    readable: bool = True
    missing: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        """The first file's name."""
        return self.origins.files[0]


@dataclass(frozen=True)
class Found:
    """The same problem on many lines of one table, before it is spelled out."""

    origins: Origins
    column: str
    kind: str
    severity: Severity
    values: tuple[tuple[str, str], ...] = ()

    def on(self, lines: Sequence[int]) -> list[Problem]:
        """One problem per line, and from the LISTED-th on one that says how many more there are."""
        shown = [self._at(line) for line in lines[:LISTED]]
        if len(lines) > LISTED:
            more = (("kind", self.kind), ("more", str(len(lines) - LISTED)))
            file, _ = self.origins.at(lines[LISTED])
            shown.append(Problem(file, 0, self.column, "more_like_these", self.severity, more))
        return shown

    def _at(self, line: int) -> Problem:
        file, line = self.origins.at(line)
        return Problem(file, line, self.column, self.kind, self.severity, self.values)


def found_in(file: str, column: str, kind: str, *values: tuple[str, str]) -> Found:
    """A stopping problem of one file."""
    return Found(Origins((file,)), column, kind, Severity.STOP, values)


@dataclass(frozen=True)
class Sheet:
    """One file as it was read: text columns by key and ``line``, its lines from 1."""

    file: str
    cells: pa.Table
    problems: tuple[Problem, ...] = ()
    unknown: tuple[int, ...] = ()
    readable: bool = True
    missing: frozenset[str] = field(default_factory=frozenset)

    def with_problems(self, *more: Problem) -> "Sheet":
        return replace(self, problems=(*self.problems, *more))


def unreadable(file: str, kind: str, *values: tuple[str, str]) -> Sheet:
    """A file that could not be read at all, and why."""
    problem = Problem(file, 0, "", kind, Severity.STOP, values)
    return Sheet(file, pa.table({}), (problem,), readable=False)


def as_table(table: Table, sheets: Sequence[Sheet]) -> RawTable:
    """The files of a table one after another, with every column of the contract; absent ones null."""
    schema = pa.schema([*((column.name, _TEXT) for column in table.columns), _LINE])
    parts, first, after = list[pa.Table](), list[int](), 0
    for sheet in sheets:
        first.append(after)
        if not sheet.readable:
            continue
        cells = sheet.cells
        if after:
            lines = pc.add(cells["line"], pa.scalar(after, pa.int32()))
            cells = cells.set_column(cells.column_names.index("line"), _LINE, lines)
        parts.append(cells)
        after = max(after, int(_last(cells))) + 1
    merged = _merged(parts, schema)
    return RawTable(
        table,
        Origins(tuple(s.file for s in sheets), tuple(first)),
        merged,
        tuple(p for s in sheets for p in s.problems),
        sheets[0].unknown if sheets else (),
        any(s.readable for s in sheets),
        frozenset[str]().union(*(s.missing for s in sheets)),
    )


def _merged(parts: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """The parts one after another; of a single one, columns that repeat cells stay dictionaries."""
    if len(parts) != 1:
        texts = [_as_text(part) for part in (schema.empty_table(), *parts)]
        return pa.concat_tables(texts, promote_options="default").select(schema.names)
    (only,) = parts
    nothing = pa.nulls(len(only), _TEXT)
    return pa.table({n: only[n] if n in only.column_names else nothing for n in schema.names})


def _as_text(part: pa.Table) -> pa.Table:
    few = [f.name for f in part.schema if pa.types.is_dictionary(f.type)]
    for name in few:
        place = part.column_names.index(name)
        part = part.set_column(place, name, part[name].cast(_TEXT))
    return part


def _last(cells: pa.Table) -> int:
    lines = cells["line"]
    return int(lines[-1].as_py()) if len(lines) else 0


def refused(table: Table, file: str, kind: str, *values: tuple[str, str]) -> RawTable:
    """A table that could not be read at all, and why."""
    return as_table(table, [unreadable(file, kind, *values)])


def no_rows(table: Table) -> RawTable:
    """An optional table of which there is no file."""
    return as_table(table, [Sheet(table.name, assembled((), [c.name for c in table.columns]))])


def batch(
    places: Mapping[str, int], rows: Sequence[Sequence[str | None]], lines: Sequence[int]
) -> pa.RecordBatch:
    """Rows as text columns by key, and their lines."""
    columns = [pa.array([row[place] for row in rows], _TEXT) for place in places.values()]
    return pa.record_batch([*columns, pa.array(lines, pa.int32())], names=[*places, _LINE.name])


def assembled(batches: Iterable[pa.RecordBatch], keys: Iterable[str]) -> pa.Table:
    """Batches of one schema as one clean table."""
    schema = pa.schema([*((key, _TEXT) for key in keys), _LINE])
    parts = [schema.empty_table()]
    under_way: Iterator[pa.RecordBatch] = iter(batches)
    while group := list(islice(under_way, _BATCHES)):
        parts.append(tidy(pa.Table.from_batches(group).combine_chunks()))
    return pa.concat_tables(parts, promote_options="default")


def tidy(part: pa.Table) -> pa.Table:
    """A part with its texts cleaned."""
    columns = {name: part[name] for name in part.column_names}
    return pa.table({n: c if n == _LINE.name else cleaned(c) for n, c in columns.items()})
