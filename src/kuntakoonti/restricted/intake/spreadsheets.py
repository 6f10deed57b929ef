"""Workbooks (XLSX, XLSB, XLS, ODS) as the text that a person would write.

Values are read by calamine; what it does not tell is found beside it (`workbook_marks`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.file_types import FileType
from kuntakoonti.restricted.intake.headings import (
    LOOKED_AT,
    is_header,
    looks_like_heading,
    match_header,
    matches,
)
from kuntakoonti.restricted.intake.text_table import (
    Found,
    Layout,
    Origins,
    Sheet,
    assembled,
    batch,
    unreadable,
)
from kuntakoonti.restricted.intake.workbook_marks import (
    LAST_ROW,
    Marks,
    is_scattered,
    marks_of,
    too_far,
)

_CHUNK = 1_024
EXACT = 1e15  # a spreadsheet keeps fifteen digits of a number
_ALMOST_MIDNIGHT = timedelta(minutes=1)  # a known fault of a common writer: 49 seconds too many
Row = tuple[int, Sequence[Any]]


@dataclass(frozen=True)
class _Chosen:
    """A sheet with its rows: ``place`` among the filled ones (from 1), ``heading`` its row's index."""

    name: str
    place: int
    rows: list[Row]
    heading: int
    first_column: int


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
        since = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        midnight = since < _ALMOST_MIDNIGHT if value.tzinfo is None else value.time() == time(0)
        return (value.date() if midnight else value).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def read_workbook(path: Path, kind: FileType, layout: Layout) -> Sheet:
    """The sheet that has the headings: one named after the table, or else the first such one."""
    try:
        if kind is FileType.XLSX and too_far(path):
            return unreadable(path.name, "row_beyond_excel", ("rows", str(LAST_ROW)))
        if kind is FileType.XLSX and is_scattered(path):
            return unreadable(path.name, "cells_far_apart")
        with load_workbook(str(path)) as book:
            return _from_book(path, kind, layout, book)
    except PasswordError:
        return unreadable(path.name, "locked_workbook")
    except OSError:
        raise
    except (CalamineError, KeyError, ValueError, SyntaxError, RuntimeError, StopIteration):
        return unreadable(path.name, "unreadable_file")
    except Exception:  # a damaged workbook fails in as many ways as it has parts
        return unreadable(path.name, "unreadable_file")


def _from_book(path: Path, kind: FileType, layout: Layout, book: CalamineWorkbook) -> Sheet:
    sheets = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    shown = [m.name for m in sheets if m.visible == SheetVisibleEnum.Visible]
    filled = [s for place, n in enumerate(shown, 1) if (s := _sheet(book, layout, n, place)).rows]
    if layout.sheet:
        filled = [s for s in filled if s.name.strip().casefold() == layout.sheet.casefold()]
        if not filled:
            return unreadable(path.name, "missing_sheet", ("sheet", layout.sheet))
    having = [s for s in filled if s.heading >= 0]
    if not having:
        hidden = [m.name for m in sheets if m.name not in shown]
        if any(_sheet(book, layout, name, 0).heading >= 0 for name in hidden):
            return unreadable(path.name, "hidden_sheet")
        return _without_heading(path, filled)
    named = [s for s in having if s.name.strip().casefold() == layout.name]
    chosen = (named or having)[0]
    marks = marks_of(path, kind, chosen.name, chosen.first_column).cells
    several = len(filled) > 1
    return _from_sheet(path.name, layout, chosen, marks, several)


def _without_heading(path: Path, filled: Sequence[_Chosen]) -> Sheet:
    if not filled:
        return unreadable(path.name, "no_header")
    texts = [(n, [cell_text(c) or "" for c in r]) for n, r in filled[0].rows[:LOOKED_AT]]
    line = str(looks_like_heading(texts))
    return unreadable(path.name, "heading_not_found", ("line", line), ("separator", ""))


def _sheet(book: CalamineWorkbook, layout: Layout, name: str, place: int) -> _Chosen:
    """A sheet with its rows that are not empty and their numbers from 1."""
    sheet = book.get_sheet_by_name(name)
    cells: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    rows: list[Row] = [(n, row) for n, row in enumerate(cells, 1) if any(c != "" for c in row)]
    start = sheet.start[1] if sheet.start else 0
    return _Chosen(name, place, rows, _heading_of(layout, rows), start)


def _heading_of(layout: Layout, rows: Sequence[Row]) -> int:
    """The index of the row that has most of the wanted headings, -1 if there is none."""
    best, found = 0, -1
    for index, (number, row) in enumerate(rows[:LOOKED_AT]):
        if layout.heading_line and number != layout.heading_line:
            continue
        names = _names(row)
        count = matches(layout, names)
        if count > best and (is_header(layout, names) or layout.heading_line):
            best, found = count, index
    return found


def _names(cells: Sequence[Any]) -> list[str]:
    """A header row without the empty cells after its last name."""
    names = [cell_text(cell) or "" for cell in cells]
    while names and not names[-1].strip():
        names.pop()
    return names


def _from_sheet(file: str, layout: Layout, sheet: _Chosen, marks: Marks, several: bool) -> Sheet:
    number, names = sheet.rows[sheet.heading]
    header = match_header(layout, file, _names(names))
    numbers: dict[str, list[int]] = {}
    identifiers = {k: p for k, p in header.places.items() if k in layout.identifiers}
    read = _Reader(header.places, identifiers, marks, numbers)
    cells = assembled(read.batches(sheet.rows[sheet.heading + 1 :]), header.places)
    problems = list(header.problems)
    if several:
        values = (("position", str(sheet.place)),)
        problems.append(Problem(file, 0, "", "several_sheets", Severity.NOTE, values))
    if sheet.heading:
        problems.append(Problem(file, number, "", "heading_line", Severity.NOTE))
    for column, lines in numbers.items():
        problems += Found(Origins((file,)), column, "number_as_id", Severity.STOP).on(lines)
    return Sheet(file, cells, tuple(problems), header.unknown, True, header.missing)


@dataclass(frozen=True)
class _Reader:
    """Rows of a sheet to text; lines of numbers too long to be exact gather in ``numbers``."""

    places: dict[str, int]
    identifiers: dict[str, int]
    marks: Marks
    numbers: dict[str, list[int]]

    def batches(self, rows: Sequence[Row]) -> Iterator[Any]:
        for begin in range(0, len(rows), _CHUNK):
            chunk = rows[begin : begin + _CHUNK]
            kept = [row for row in chunk if self._has_any(row)]
            texts = [self._texts(line, row) for line, row in kept]
            yield batch(dict(zip(self.places, range(len(self.places)), strict=True)), texts,
                        [line for line, _ in kept])  # fmt: skip

    def _has_any(self, row: Row) -> bool:
        """Whether a wanted column has something on the row, or it is at least not blank."""
        _, cells = row
        return bool(self.marks) or any(not isinstance(c, str) or c.strip() for c in cells)

    def _texts(self, line: int, cells: Sequence[Any]) -> list[str | None]:
        for name, place in self.identifiers.items():
            value = cells[place] if place < len(cells) else None
            if isinstance(value, int | float) and abs(value) >= EXACT:
                self.numbers.setdefault(name, []).append(line)
        return [self._text(line, place, cells) for place in self.places.values()]

    def _text(self, line: int, place: int, cells: Sequence[Any]) -> str | None:
        mark = self.marks.get((line - 1, place))
        if mark is not None:
            return mark
        return cell_text(cells[place]) if place < len(cells) else None
