"""CSV of any dialect as text: separator, encoding and heading line by what the file says itself.

A reader never raises for what a file contains. Damaged files stop where they are damaged.
"""

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median_low
from typing import TextIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.headings import (
    LOOKED_AT,
    Header,
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
    tidy,
    unreadable,
)

_CHUNK = 1_024  # rows that stay in the processor's cache: four times faster than 65,536
_ENCODINGS = ("utf-8-sig", "cp1252")
_SEPARATORS = (";", ",", "\t", "|")
_ANY_SEPARATOR = (*_SEPARATORS, "~", "^", "\u00a6")  # that a guess may name
_NEWLINE = re.compile("\r\n|\r|\n")
_SEP = re.compile(r'^\ufeff?"?sep=(.|\t)"?\s*$', re.IGNORECASE)
_LARGE = 1 << 20  # bytes from which on the fast way is worth looking at
_FEW = pa.dictionary(pa.int32(), pa.string())  # the cells of a column that repeats them
_END_OF_FILE = b"\x1a"  # the last byte of a text of DOS
_PART = 1 << 20  # bytes that are decoded at a time
_HEAD = 1 << 18  # characters among which the headings are looked for
csv.field_size_limit(sys.maxsize)  # a long cell of an unread column is not the reader's business


@dataclass(frozen=True)
class Dialect:
    """How a file is split, and where its headings begin: ``skipped`` records come before them."""

    separator: str
    skipped: int
    line: int
    names: tuple[str, ...]
    titled: bool  # something else than `sep=` and empty rows stands before the headings


def read_csv(path: Path, layout: Layout, utf_16: bool = False) -> Sheet:
    """A CSV file: UTF-8 (with or without BOM), UTF-16 or else cp1252, unless it is declared."""
    whole = path.read_bytes()
    if whole.endswith(_END_OF_FILE) and not utf_16:
        whole = whole[:-1]
    encoding = encoding_of(whole, layout, utf_16)
    if encoding is None:
        return unreadable(path.name, "not_text")
    try:
        return _read(path.name, layout, whole, encoding)
    except UnicodeError:
        return unreadable(path.name, "not_text")


def _read(file: str, layout: Layout, whole: bytes, encoding: str) -> Sheet:
    text = io.TextIOWrapper(io.BytesIO(whole), encoding, newline="")
    head = text.read(_HEAD)
    if not head.strip("\ufeff \t\r\n"):
        return unreadable(file, "no_header")
    dialect = dialect_of(head, layout)
    if dialect is None:
        line, separator = guessed_heading(head, layout)
        values = (("line", str(line)), ("separator", separator))
        return unreadable(file, "heading_not_found", *values)
    header = match_header(layout, file, dialect.names)
    if encoding == "utf-8-sig" and _is_plain(whole) and not dialect.titled:
        cells = _fast(whole, header, dialect, layout.repeating)
        if cells is not None:
            return Sheet(file, cells, header.problems, header.unknown, True, header.missing)
    text.seek(0)
    return _Reader(file, text, header, dialect).read()


def _is_plain(whole: bytes) -> bool:
    """Whether a file is large, without a quotation mark, and every line end ends a row."""
    if len(whole) < _LARGE or b'"' in whole:
        return False
    return b"\r" not in whole or whole.count(b"\r") == whole.count(b"\r\n")


def _fast(
    whole: bytes, header: Header, dialect: Dialect, repeating: frozenset[str]
) -> pa.Table | None:
    """A plain file by Arrow, if every row is a line with all its cells; else None.

    Whatever is not so plain is read carefully, line by line.
    """
    names = [str(place) for place in range(len(dialect.names))]
    types: dict[str, pa.DataType] = dict.fromkeys(names, pa.string())
    types |= {str(p): _FEW for key, p in header.places.items() if key in repeating}
    try:
        table = pacsv.read_csv(
            pa.BufferReader(whole),
            pacsv.ReadOptions(skip_rows=dialect.line, column_names=names, block_size=1 << 23),
            pacsv.ParseOptions(
                delimiter=dialect.separator, quote_char=False, ignore_empty_lines=False
            ),
            pacsv.ConvertOptions(
                column_types=types,
                include_columns=[str(place) for place in header.places.values()],
                check_utf8=False,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None
    lines = pa.array(np.arange(dialect.line + 1, dialect.line + 1 + len(table), dtype=np.int32))
    cells = {key: table[str(place)] for key, place in header.places.items()}
    clean = tidy(pa.table({**cells, "line": lines}))
    if len(clean) and all(clean[key].null_count for key in header.places):
        return None  # there may be blank rows, which are no rows
    return clean


def dialect_of(head: str, layout: Layout) -> Dialect | None:
    """The separator and the row with which most of the wanted headings are found."""
    declared = _SEP.match(head.split("\n", 1)[0].rstrip("\r"))
    first = (layout.separator,) if layout.separator else (declared[1],) if declared else ()
    best, found = 0, None
    for separator in dict.fromkeys((*first, *_SEPARATORS)):
        if layout.separator and separator != layout.separator:
            continue
        for place, (line, names) in enumerate(records(head, separator)):
            if layout.heading_line and line != layout.heading_line:
                continue
            number = matches(layout, names)
            if number > best and (is_header(layout, names) or layout.heading_line):
                titled = _is_titled(head, separator, place)
                best, found = number, Dialect(separator, place, line, tuple(names), titled)
    return found


def _is_titled(head: str, separator: str, place: int) -> bool:
    before = [names for _, names in islice(records(head, separator), place)]
    return any("".join(n).strip() and not _SEP.match(separator.join(n)) for n in before)


def records(head: str, separator: str, most: int = LOOKED_AT) -> Iterator[tuple[int, list[str]]]:
    """The first records and the physical lines where they begin."""
    line = 1
    reader = csv.reader((m[0] for m in _NEWLINE_KEPT.finditer(head)), delimiter=separator)
    try:
        for record in islice(reader, most):
            yield line, record
            line += _height(record)
    except csv.Error:
        return


_NEWLINE_KEPT = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def guessed_heading(head: str, layout: Layout) -> tuple[int, str]:
    """Which line looks like headings and what separates its cells, where none was recognised."""
    lines = [line for line in _NEWLINE_KEPT.findall(head)[:LOOKED_AT] if line.strip()]
    counted = {s: median_low([line.count(s) for line in lines] or [0]) for s in _ANY_SEPARATOR}
    separator = layout.separator or max(counted, key=lambda s: counted[s])
    return looks_like_heading(list(records(head, separator))), _named(separator)


def _named(separator: str) -> str:
    return {"\t": "TAB"}.get(separator, separator)


def encoding_of(whole: bytes, layout: Layout, utf_16: bool) -> str | None:
    """The first encoding in which every byte of a file is text; None if there is none."""
    if layout.encoding:
        return layout.encoding
    if utf_16:
        return _utf_16(whole)
    return next((name for name in _ENCODINGS if _is_text(whole, name)), None)


def _is_text(whole: bytes, encoding: str) -> bool:
    """Whether every byte of a file is text in an encoding."""
    if b"\0" in whole or whole.isascii():
        return b"\0" not in whole
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for begins in range(0, len(whole), _PART):
            decoder.decode(whole[begins : begins + _PART])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf_16(whole: bytes) -> str:
    if whole[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-16-be" if whole[:1] == b"\0" else "utf-16-le"


@dataclass
class _Reader:
    """A CSV file under way: ``line`` is the physical line where the next row begins."""

    file: str
    text: TextIO
    header: Header
    dialect: Dialect
    line: int = 1
    ragged: list[int] = field(default_factory=list)
    broken: list[Problem] = field(default_factory=list)

    def read(self) -> Sheet:
        """All rows after the headings."""
        header = self.header
        cells = assembled(self._batches(), header.places)
        values = (("cells", str(header.width)),)
        ragged = Found(Origins((self.file,)), "", "ragged_row", Severity.STOP, values)
        problems = [*header.problems, *self.broken, *ragged.on(self.ragged)]
        if self.dialect.titled:
            problems.append(
                Problem(self.file, self.dialect.line, "", "heading_line", Severity.NOTE)
            )
        return Sheet(self.file, cells, tuple(problems), header.unknown, True, header.missing)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in batches; those of a quotation mark that is out of place end the file there."""
        reader = csv.reader(self.text, delimiter=self.dialect.separator, strict=True)
        if not self._is_past_the_headings(reader):
            return
        read, width = reader.line_num, self.header.width
        while rows := self._chunk(reader):
            alike = reader.line_num - read == len(rows)  # every row is one physical line
            read = reader.line_num
            filled = all(map(str.strip, map("".join, rows)))
            if alike and filled and set(map(len, rows)) == {width}:
                lines: Sequence[int] = range(self.line, self.line + len(rows))
                self.line += len(rows)
            else:
                rows, lines = self._placed(rows, width)
            yield batch(self.header.places, rows, lines)

    def _chunk(self, reader: Iterator[list[str]]) -> list[list[str]]:
        rows: list[list[str]] = []
        try:
            rows.extend(islice(reader, _CHUNK))
        except csv.Error:
            self._break(self.line + sum(map(_height, rows)))
        return rows

    def _is_past_the_headings(self, reader: Iterator[list[str]]) -> bool:
        """Read what stands before the rows; a quotation mark can be out of place there too."""
        try:
            for record in islice(reader, self.dialect.skipped + 1):
                self.line += _height(record)
        except csv.Error:
            self._break(self.line)
            return False
        return True

    def _break(self, line: int) -> None:
        self.broken.append(Problem(self.file, line, "", "bad_quotes", Severity.STOP))

    def _placed(self, rows: list[list[str]], width: int) -> tuple[list[list[str]], list[int]]:
        """The rows that have all their cells, and their lines; blank rows are passed over.

        Empty cells after the last heading are nothing; a cell too few may have been cut off.
        """
        kept, lines = [], []
        for row in rows:
            if not any(cell.strip() for cell in row):
                pass
            elif len(row) < width or any(cell.strip() for cell in row[width:]):
                self.ragged.append(self.line)
            else:
                kept.append(row)
                lines.append(self.line)
            self.line += _height(row)
        return kept, lines


def _height(row: list[str]) -> int:
    """How many physical lines a row takes: one, and one more per line break inside its cells."""
    return 1 + sum(len(_NEWLINE.findall(cell)) for cell in row)
