"""Tables as an XLSX that a clerk can sort, sum and print; the same tables give the same bytes.

Numbers are numbers and dates are dates. The only formulas are totals that are the sum of the cells
above them, and their value is stored beside them.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from textwrap import wrap
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

Value = str | int | Decimal | date | None
FONT = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
NUMBERS = {int: "#,##0", Decimal: "#,##0.00", date: "d.m.yyyy"}
SIDE, EDGE = 20 / 25.4, 25 / 25.4  # inches; what is printed stays 20 mm from every edge
WIDEST = {1: 60, 2: 60, 3: 60, 4: 60, 5: 90}  # characters of a text, by the number of columns
CROWDED = 10  # more columns than this are set close together
WRAPPED, LINE = 30, 15  # characters in a column of many, points in a line


@dataclass(frozen=True)
class Worksheet:
    """One sheet: its name, its column heads, its rows, and a last row of totals if there is one.

    ``Decimal`` is euros, ``int`` a count, ``date`` a day, and a text beside numbers stands for a
    number that is not shown. From column ``numeric`` on they stand to the right even where none is shown.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] = ()
    numeric: int = 99

    @property
    def heads(self) -> tuple[str, ...]:
        """The column heads, none of which breaks before its €."""
        return tuple(title.replace(" €", "\u00a0€") for title in self.head)

    def column(self, place: int) -> list[Value]:
        """The values of a column above the total."""
        return [row[place] for row in self.rows]

    def is_sum(self, place: int) -> bool:
        """Whether a total is the sum of the cells that stand above it, all of them numbers."""
        total, above = self.total[place], self.column(place)
        numbers = [v for v in above if isinstance(v, int | Decimal)]
        return isinstance(total, int | Decimal) and numbers == above and sum(numbers) == total

    def has_numbers(self, place: int) -> bool:
        held = [*self.column(place), *self.total[place : place + 1]]
        return place >= self.numeric or any(isinstance(v, int | Decimal) for v in held)


@dataclass(frozen=True)
class Folder:
    """What a whole workbook says of itself, in its properties and at the edge of a printed page.

    ``created`` is the extraction date; ``page`` is the word before the number of a page;
    ``invented``: the name of a last sheet and its sentence, where the data are invented.
    """

    title: str
    author: str
    created: date
    case: str
    draft: str
    page: str
    invented: tuple[str, str] = ("", "")


def spreadsheet(folder: Folder, grids: Sequence[Worksheet]) -> bytes:
    """The workbook; one sheet a grid, its head frozen and repeated on every printed page."""
    memory = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(memory, options)
    created = datetime.combine(folder.created, datetime.min.time())
    book.set_properties({"title": folder.title, "author": folder.author, "created": created})
    formats = _Formats(book)
    mark, sentence = folder.invented
    marked = [Worksheet(mark, (mark,), ((sentence,),))] if mark else []
    for grid in (*grids, *marked):
        sheet = book.add_worksheet(grid.name)
        _fill(sheet, grid, formats)
        _set_up(sheet, grid)
        _edges(sheet, folder)
    book.close()
    return memory.getvalue()


class _Formats:
    """The cell formats of a workbook, by what a cell holds and where it stands."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[type, bool, bool, bool], Any] = {}

    def of(self, kind: type, place: int, numbers: bool, strong: bool = False) -> Any:
        """The format of a column's cell; ``Worksheet`` is the kind of a head."""
        key = kind, place > 0, numbers, strong
        if key not in self._made:
            look = dict(FONT)
            if numbers:
                look["align"] = "right"
            elif place:
                look |= {"align": "left", "indent": 1}  # clear of the number to the left
            look |= {"num_format": NUMBERS[kind]} if kind in NUMBERS else {"text_wrap": True}
            if strong:
                look |= {"bold": True, "bottom" if kind is Worksheet else "top": 1}
            self._made[key] = self._book.add_format(look)
        return self._made[key]


def _fill(sheet: Any, grid: Worksheet, formats: _Formats) -> None:
    numbers = [grid.has_numbers(place) for place in range(len(grid.head))]
    for place, title in enumerate(grid.heads):
        sheet.write_string(0, place, title, formats.of(Worksheet, place, numbers[place], True))
    for r, row in enumerate(grid.rows, 1):
        for place, value in enumerate(row):
            _write(sheet, (r, place), value, formats.of(type(value), place, numbers[place]))
    last = len(grid.rows)
    for place, value in enumerate(grid.total):
        style = formats.of(type(value), place, numbers[place], True)
        if last and grid.is_sum(place):
            name = xl_col_to_name(place)
            formula = f"=SUM({name}2:{name}{last + 1})"
            sheet.write_formula(last + 1, place, formula, style, _number(value))
        else:
            _write(sheet, (last + 1, place), value, style)


def _write(sheet: Any, place: tuple[int, int], value: Value, style: Any) -> None:
    if value is None:
        sheet.write_blank(*place, None, style)
    elif isinstance(value, str):
        sheet.write_string(*place, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(*place, datetime.combine(value, datetime.min.time()), style)
    else:
        sheet.write_number(*place, _number(value), style)


def _number(value: Value) -> int | float:
    """A number as a workbook keeps it; two decimals survive a float's fifteen digits."""
    return value if isinstance(value, int) else float(value)  # type: ignore[arg-type]


def _set_up(sheet: Any, grid: Worksheet) -> None:
    """Widths, the frozen head, filters, and how the sheet prints: A4 lying, as wide as the page."""
    widths = list(_widths(grid))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    for r, row in enumerate([grid.heads, *grid.rows]):
        lines = max(_lines(v, width) for v, width in zip(row, widths, strict=True))
        sheet.set_row(r, LINE * lines)
    sheet.freeze_panes(1, 1)
    if grid.rows:
        sheet.autofilter(0, 0, len(grid.rows), len(grid.head) - 1)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(SIDE, SIDE, EDGE, EDGE)


def _widths(grid: Worksheet) -> Iterator[int]:
    """In characters; a sheet of many columns wraps its texts, so that it prints in a readable size."""
    widest = WIDEST.get(len(grid.head), WRAPPED)
    least, beside = (8, 1) if len(grid.head) > CROWDED else (10, 3)
    for place, title in enumerate(grid.heads):
        below = [_length(v) for v in [*grid.column(place), *grid.total[place : place + 1]]]
        longest = max(map(len, title.split(" "))) + 5  # the filter's arrow
        yield max(least, longest, min(widest, max(below, default=0) + beside))


def _length(value: Value) -> int:
    if isinstance(value, date):
        return len("31.12.2025")
    return len(f"{value:,.2f}") if isinstance(value, Decimal) else len(str(value or ""))


def _lines(value: Value, width: int) -> int:
    """How many lines a text takes where it wraps: a spreadsheet does not measure it when opened."""
    return len(wrap(value, width)) or 1 if isinstance(value, str) else 1


def _edges(sheet: Any, folder: Folder) -> None:
    """Head: the title and whether it is a draft. Foot: case, sheet and page."""
    title, draft, case, page = (
        text.replace("&", "&&") for text in (folder.title, folder.draft, folder.case, folder.page)
    )
    sheet.set_header(f"&L{title}&R{draft}", {"margin": SIDE})
    sheet.set_footer(f"&L{case}&C&A&R{page} &P/&N", {"margin": SIDE})
