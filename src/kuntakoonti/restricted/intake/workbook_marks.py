"""What a reader of values does not tell of a workbook: formulas never calculated, errors, rows.

A value that is missing because nobody calculated it would be an empty cell, and a false zero an
amount. The cells are found in the sheet's own XML (ECMA-376; strict and transitional alike; ODF).
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, iterparse, parse

import fastexcel

from kuntakoonti.restricted.intake.file_types import FileType

LAST_ROW = 1_048_576  # of a sheet
MOST_PLACES = 30_000_000  # of the rectangle of a sheet's filled cells: a full sheet has 26 columns
NOT_CALCULATED = "#FORMULA?"
_OVERLAP = 256
_ROWS = re.compile(rb'\br="[A-Z]{0,3}([0-9]{7,})"')
_MARKED = re.compile(rb'<(?:\w+:)?f[ />]|t="e"')
_WIDE = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{2,3})[0-9]+"[^>]*(?<!/)>')
_FILLED = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="[A-Z]{1,3}([0-9]{1,9})"[^>]*(?<!/)>')
_TIMES = 1_000_000  # a repeated empty cell or row that only fills the sheet
Marks = dict[tuple[int, int], str]  # row and column from 0 → what stands there instead of a value


@dataclass(frozen=True)
class SheetMarks:
    """``cells`` that have no value to be trusted; ``too_far``: rows that no sheet has."""

    cells: Marks = field(default_factory=dict)
    too_far: bool = False


def marks_of(path: Path, kind: FileType, sheet: str, first_column: int = 0) -> SheetMarks:
    """The marks of one sheet of a workbook."""
    if kind is FileType.XLSX:
        return _of_xlsx(path, sheet)
    if kind is FileType.ODS:
        return SheetMarks(dict(_of_ods(path, sheet)))
    return SheetMarks(dict(_of_binary(path, sheet, first_column)))


def too_far(path: Path) -> bool:
    """Whether any sheet of an XLSX has a row number beyond the last one that there can be."""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if "worksheets/" in name and name.endswith(".xml"):
                with packed.open(name) as part:
                    if any(int(n) > LAST_ROW for n in _found(part, _ROWS)):
                        return True
    return False


def is_scattered(path: Path) -> bool:
    """Whether the filled cells of a sheet span more places than a reader can hold.

    Two cells at opposite corners span 17 thousand million.
    """
    with zipfile.ZipFile(path) as packed:
        sheets = [n for n in packed.namelist() if "worksheets/" in n and n.endswith(".xml")]
        return any(_places(packed, name) > MOST_PLACES for name in sheets)


def _places(packed: zipfile.ZipFile, sheet: str) -> int:
    """Rows times columns of the filled cells; 0 for a sheet of at most 26 columns."""
    with packed.open(sheet) as part:
        width = max((_column(r.decode(), 0) + 1 for r in _found(part, _WIDE)), default=0)
    if not width:
        return 0
    with packed.open(sheet) as part:
        return width * max((int(n) for n in _found(part, _FILLED)), default=0)


def _found(part: IO[bytes], wanted: re.Pattern[bytes]) -> Iterator[bytes]:
    """Everything of a form in a part, read piece by piece."""
    rest = b""
    while piece := part.read(1 << 20):
        text = rest + piece
        for match in wanted.finditer(text):
            yield match[1] if match.groups() else match[0]
        rest = text[-_OVERLAP:]


def _of_xlsx(path: Path, sheet: str) -> SheetMarks:
    with zipfile.ZipFile(path) as packed:
        name, recalculates = _part_of(packed, sheet)
        with packed.open(name) as part:
            if next(_found(part, _MARKED), None) is None:
                return SheetMarks()
        with packed.open(name) as part:
            return SheetMarks(dict(_marked(part, recalculates)))


def _part_of(packed: zipfile.ZipFile, sheet: str) -> tuple[str, bool]:
    """The part of a sheet, and whether the book asks to be calculated when it is opened."""
    root = _relations(packed, "_rels/.rels")
    book = next(t for kind, _, t in root if kind.endswith("/officeDocument")).lstrip("/")
    folder, file = posixpath.split(book)
    targets = {i: t for _, i, t in _relations(packed, f"{folder}/_rels/{file}.rels")}
    with packed.open(book) as part:
        tree = parse(part).getroot()
    recalculates = any(
        e.get("fullCalcOnLoad") in ("1", "true") for e in tree.iter() if _local(e) == "calcPr"
    )
    for element in tree.iter():
        if _local(element) == "sheet" and element.get("name") == sheet:
            (relation,) = (v for k, v in element.attrib.items() if k.endswith("}id"))
            target = targets[relation]
            absolute = target.startswith("/")
            return target.lstrip("/") if absolute else posixpath.normpath(
                posixpath.join(folder, target)), recalculates  # fmt: skip
    raise KeyError(sheet)


def _relations(packed: zipfile.ZipFile, name: str) -> list[tuple[str, str, str]]:
    """Kind, id and target of a part's relations."""
    with packed.open(name) as part:
        found = parse(part).getroot()
    return [(e.get("Type", ""), e.get("Id", ""), e.get("Target", "")) for e in found]


def _marked(part: IO[bytes], recalculates: bool) -> Iterator[tuple[tuple[int, int], str]]:
    row = column = -1
    for event, element in iterparse(part, ("start", "end")):
        name = _local(element)
        if event == "start":
            if name == "row":
                row, column = int(element.get("r", row + 2)) - 1, -1
            elif name == "c":
                column = _column(element.get("r", ""), column + 1)
        elif name == "c":
            if mark := _mark(element, recalculates):
                yield (row, column), mark
            element.clear()
        elif name == "row":
            element.clear()


def _mark(cell: Element, recalculates: bool) -> str:
    """What is wrong with a cell's value: its error, or that its formula has none."""
    parts = {_local(e): (e.text or "") for e in cell}
    kind, value = cell.get("t", "n"), parts.get("v", "")
    if kind == "e":
        return value or "#N/A"
    if "f" not in parts or kind == "str":
        return ""
    false_zero = recalculates and kind == "n" and value in ("0", "0.0")
    return NOT_CALCULATED if not value or false_zero else ""


def _column(reference: str, otherwise: int) -> int:
    letters = re.match("[A-Z]+", reference)
    if not letters:
        return otherwise
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _of_ods(path: Path, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Errors and formulas without a value; repeated rows and cells are counted."""
    with zipfile.ZipFile(path) as packed, packed.open("content.xml") as part:
        inside, row = False, 0
        for event, element in iterparse(part, ("start", "end")):
            name = _local(element)
            if name == "table" and event == "start":
                inside, row = _attribute(element, "name") == sheet, 0
            elif name == "table-row" and event == "end":
                times = int(_attribute(element, "number-rows-repeated") or 1)
                if inside and times < _TIMES:
                    for place, mark in _ods_marks(element):
                        for n in range(times):
                            yield (row + n, place), mark
                row += times
                element.clear()


def _ods_marks(row: Element) -> Iterator[tuple[int, str]]:
    place = 0
    for cell in row:
        times = int(_attribute(cell, "number-columns-repeated") or 1)
        mark = _ods_mark(cell)
        yield from ((place + n, mark) for n in range(times) if mark)
        place += times


def _ods_mark(cell: Element) -> str:
    kinds = {v for k, v in cell.attrib.items() if k.endswith("}value-type")}
    text = "".join(cell.itertext())
    if "error" in kinds or text.startswith(("Err:", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?")):
        return text if text.startswith("#") else "#N/A"
    return NOT_CALCULATED if _attribute(cell, "formula") and not kinds else ""


def _of_binary(path: Path, sheet: str, column: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Errors of a binary workbook; of its formulas nothing is known."""
    book = fastexcel.read_excel(path)
    read = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    _, found = read.to_arrow_with_errors()
    for error in found.errors if found else ():
        if "Error(" in error.detail:
            row, place = error.offset_position
            yield (row, place + column), "#N/A"


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: Element, name: str) -> str:
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")
