"""A series of full extracts: when a row became known, was changed and was withdrawn.

A row is known from the first extract that has it; a changed one is a revision; one that vanished
inside the window is removed. Outside the window absence says nothing, and absence of a client from
a residence extract is not a move. Rows of the first extract, and of one that follows a missing one,
may be much older than its day: they carry no delay.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa

from kuntakoonti.core.errors import Problem, Severity, UsageError
from kuntakoonti.core.periods import add_months, month_of
from kuntakoonti.parameters.sources import RECORDED, Sources
from kuntakoonti.restricted.intake.contract import Table
from kuntakoonti.restricted.intake.text_table import Origins, RawTable, refused
from kuntakoonti.restricted.intake.warehouse import arrow, lent, row

MOST_VANISHED, LEAST_VANISHED = 0.01, 3  # of the rows that must be there; more of them stop
DATE = r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4})"
_IN_WINDOW = {  # until when a row concerns something, as a canonical day or month
    "service_periods": "COALESCE(end_date, '9999')",
    "costs": "service_month",
    "advance_invoices": "period",
    "budgets": "year",
}


@dataclass(frozen=True)
class Folded:
    """Extracts whose rows were kept as pseudonymised history up to ``day``; none if it is None."""

    day: date | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """A table of a series: how many months each extract reaches back, and what was folded before."""

    table: Table
    window: int | None
    folded: Folded


def series_of(data: Path, sources: Sources, folded: Folded) -> list[tuple[date, Path]]:
    """The extracts of a folder after those that were folded, oldest first.

    UsageError if a folder's day is no day, or another's.
    """
    if sources.extracts is None or not data.is_dir():
        return []
    before, after = map(re.escape, sources.extracts.folders.split("{date}"))
    form = re.compile(before + DATE + after, re.ASCII)
    named = [(match, f) for f in data.iterdir() if (match := form.fullmatch(f.name)) and f.is_dir()]
    found = sorted((_day(match[1]) or date.min, folder) for match, folder in named)
    days = [day for day, _ in found]
    if odd := [f.name for day, f in found if day == date.min or days.count(day) > 1]:
        raise UsageError(
            "Each extract has a day of its own in its folder's name. Rename or remove: {folders}.",
            folders=", ".join(odd),
        )
    return [(day, f) for day, f in found if folded.day is None or day > folded.day]


def _day(text: str) -> date | None:
    try:
        if "." in text:
            day, month, year = map(int, text.split("."))
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None


def without_delay(days: Sequence[date]) -> tuple[date, ...]:
    """The first of the days, and each that follows a month without any."""
    ordered = sorted(days)
    gaps = [
        later
        for earlier, later in pairwise(ordered)
        if add_months(month_of(earlier), 1) < month_of(later)
    ]
    return (*ordered[:1], *gaps)


def as_history(
    warehouse: duckdb.DuckDBPyConnection, series: Series, parts: Sequence[tuple[date, RawTable]]
) -> RawTable:
    """The rows of all extracts as revisions with the day on which each became known."""
    table, folded = series.table, series.folded.tables.get(series.table.name)
    if not parts and folded is None:
        return refused(table, table.name, "no_extracts")
    if unread := [raw for _, raw in parts if not raw.readable]:
        return replace(unread[0], problems=tuple(p for r in unread for p in r.problems))
    history = _History(warehouse, series, folded)
    for day, raw in parts:
        history.add(day, raw)
    return history.table()


class _History:
    """Revisions gathered extract by extract."""

    def __init__(
        self, warehouse: duckdb.DuckDBPyConnection, series: Series, folded: pa.Table | None
    ) -> None:
        self.warehouse, self.series = warehouse, series
        self.columns = [c.name for c in series.table.columns]
        self.recorded = RECORDED.get(series.table.name, "recorded_on")
        self.problems, self.files, self.first = list[Problem](), list[str](), list[int]()
        self.after, self.missing = 0, frozenset[str]()
        self.extracts = 1 if folded is not None else 0
        empty = pa.schema([*((c, pa.string()) for c in self.columns), ("line", pa.int32())])
        self.rows = empty.empty_table() if folded is None else folded
        if folded is not None:
            self._reserve("restricted/extracts", folded)

    def _reserve(self, file: str, cells: pa.Table) -> int:
        """The place of a file's lines after those that came before."""
        begins = self.after
        self.files.append(file)
        self.first.append(begins)
        self.after += max(cells["line"].to_pylist(), default=0) + 1
        return begins

    def add(self, day: date, raw: RawTable) -> None:
        """One more extract."""
        offset = self.after
        for file, first in zip(raw.origins.files, raw.origins.first, strict=True):
            self.files.append(file)
            self.first.append(offset + first)
        self.after += max(raw.cells["line"].to_pylist(), default=0) + 1
        self.problems += raw.problems
        self.missing |= raw.missing
        with lent(self.warehouse, "held", self.rows), lent(self.warehouse, "cells", raw.cells):
            if self.extracts:
                self._refuse_truncated(day, raw.file)
            self.rows = arrow(self.warehouse, self._next(day, offset))
        self.extracts += 1

    def _newest(self) -> str:
        key = ", ".join(self.series.table.key)
        return (
            f"SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {key}"
            f" ORDER BY {self.recorded} DESC, line DESC) AS age FROM held) WHERE age = 1"
            " AND removed IS DISTINCT FROM '1'"
        )

    def _same(self, columns: Sequence[str], one: str = "c", other: str = "n") -> str:
        return " AND ".join(f"{one}.{c} IS NOT DISTINCT FROM {other}.{c}" for c in columns)

    @property
    def _content(self) -> list[str]:
        return [c for c in self.columns if c not in (self.recorded, "removed")]

    def _vanished(self, day: date) -> str:
        """Rows that held and are no longer there, where their absence says something."""
        table, key = self.series.table, self.series.table.key
        where = f"NOT EXISTS (SELECT 1 FROM cells c WHERE {self._same(key)})"
        if table.name == "residences":
            where += " AND EXISTS (SELECT 1 FROM cells c WHERE c.client_id = n.client_id)"
        elif self.series.window:
            oldest = add_months(month_of(day), -self.series.window)
            where += f" AND {_IN_WINDOW[table.name]} >= '{oldest}'"
        return f"SELECT n.* FROM ({self._newest()}) n WHERE {where}"

    def _refuse_truncated(self, day: date, file: str) -> None:
        """More than a hundredth of what was there has vanished: the extract is not whole."""
        (vanished,) = row(self.warehouse, f"SELECT COUNT(*) FROM ({self._vanished(day)})")
        (held,) = row(self.warehouse, f"SELECT COUNT(*) FROM ({self._newest()})")
        if self.series.table.name == "residences":
            return  # a corrected stay begins on another day
        if vanished >= LEAST_VANISHED and vanished > MOST_VANISHED * held:
            values = (("vanished", str(vanished)), ("rows", str(held)))
            self.problems.append(Problem(file, 0, "", "extract_truncated", Severity.STOP, values))

    def _next(self, day: date, offset: int) -> str:
        """The revisions so far, what is new or changed in an extract, and what vanished from it."""
        said = f"'{day.isoformat()}'"
        new = {c: f"c.{c}" for c in self.columns} | {self.recorded: said}
        gone = {c: f"n.{c}" for c in self.columns} | {self.recorded: said, "removed": "'1'"}
        removed = "COALESCE(c.removed, '0') = '1'" if "removed" in self.columns else "FALSE"
        same = self._same(self._content)
        return f"""
WITH newest AS ({self._newest()}), vanished AS ({self._vanished(day)})
SELECT {", ".join(self.columns)}, line FROM held
UNION ALL
SELECT {", ".join(f"{sql} AS {c}" for c, sql in new.items())}, CAST(c.line + {offset} AS INTEGER)
FROM cells c
WHERE NOT EXISTS (SELECT 1 FROM newest n WHERE {same} AND NOT {removed})
UNION ALL
SELECT {", ".join(f"{sql} AS {c}" for c, sql in gone.items())}, n.line FROM vanished n
ORDER BY line"""

    def table(self) -> RawTable:
        """Everything gathered."""
        origins = Origins(tuple(self.files), tuple(self.first))
        return RawTable(
            self.series.table, origins, self.rows, tuple(self.problems), missing=self.missing
        )


def history_to_fold(raw: RawTable) -> pa.Table:
    """The revisions of a table as they are kept when raw exports are deleted."""
    lines = pa.array(range(1, len(raw.cells) + 1), pa.int32())
    cells = raw.cells
    return cells.set_column(cells.column_names.index("line"), pa.field("line", pa.int32()), lines)


def days_of(data: Path, sources: Sources, folded: Folded) -> Iterator[date]:
    """The days of all extracts, folded ones by their last."""
    if folded.day:
        yield folded.day
    for day, _ in series_of(data, sources, folded):
        yield day
