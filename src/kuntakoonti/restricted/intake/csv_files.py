"""A folder of files to raw tables: CSV, XLSX or Parquet, one file per table.

Files are read as text and nothing is guessed; a reader never raises for what a file contains.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.contract import Table
from kuntakoonti.restricted.intake.text_table import (
    Found,
    Header,
    RawTable,
    assembled,
    batch,
    match_header,
    refused,
)
from kuntakoonti.restricted.intake.xlsx_parquet import read_parquet, read_xlsx

_CHUNK = 1_024  # rows that stay in the processor's cache: four times faster than 65,536
_ENCODINGS = ("utf-8-sig", "cp1252")
_NEWLINE = re.compile("\r\n|\r|\n")


def files_of(data: Path) -> tuple[Path, ...]:
    """The files of a folder by name; none if there is no such folder."""
    return tuple(sorted(f for f in data.iterdir() if f.is_file())) if data.is_dir() else ()


def read_table(table: Table, files: Iterable[Path]) -> RawTable:
    """One table from the one file that is named after it."""
    mine = [f for f in files if f.stem.casefold() == table.name and f.suffix.casefold() in _READERS]
    if not mine:
        return refused(table, table.name, "missing_table", ("table", table.name))
    if len(mine) > 1:
        return refused(table, mine[0].name, "two_files", ("files", ", ".join(f.name for f in mine)))
    try:
        return _READERS[mine[0].suffix.casefold()](table, mine[0])
    except OSError:
        return refused(table, mine[0].name, "unreadable_file")


def read_csv(table: Table, path: Path) -> RawTable:
    """A CSV file: ``;`` or ``,`` by the header, UTF-8 (with or without BOM) or else cp1252."""
    encoding = _encoding(path)
    if encoding is None:
        return refused(table, path.name, "not_text")
    with path.open(encoding=encoding, newline="") as text:
        return _Sheet(table, path.name, text).read()


def _encoding(path: Path) -> str | None:
    """The first encoding in which every byte of the file is text; None if there is none."""
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in _ENCODINGS}
    with path.open("rb") as binary:
        while chunk := binary.read(1 << 20):
            if b"\0" in chunk:  # UTF-16, or not a text file at all
                return None
            decoders = {n: d for n, d in decoders.items() if _decodes(d, chunk, final=False)}
    return next((n for n, d in decoders.items() if _decodes(d, b"", final=True)), None)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class _Sheet:
    """A CSV file under way: ``line`` is the physical line where the next row begins."""

    table: Table
    file: str
    text: TextIO
    line: int = 1
    ragged: list[int] = field(default_factory=list)
    broken: list[Problem] = field(default_factory=list)

    def read(self) -> RawTable:
        """The header by its first line that is not blank, and then all rows."""
        while (first := self.text.readline()) and not first.strip():
            self.line += 1
        if not first:
            return refused(self.table, self.file, "no_header")
        delimiter = ";" if first.count(";") >= first.count(",") else ","
        names = next(csv.reader([first], delimiter=delimiter))
        header = match_header(self.table, self.file, names)
        self.line += 1
        cells = assembled(self.table, self._batches(header, delimiter))
        ragged = Found(self.file, "", "ragged_row", Severity.STOP, (("cells", str(header.width)),))
        problems = (*header.problems, *self.broken, *ragged.on(self.ragged))
        return RawTable(self.table, self.file, cells, problems, header.unknown)

    def _batches(self, header: Header, delimiter: str) -> Iterator[pa.RecordBatch]:
        reader = csv.reader(self.text, delimiter=delimiter, strict=True)
        read = 0
        while rows := self._chunk(reader):
            alike = reader.line_num - read == len(rows)  # every row is one physical line
            read = reader.line_num
            filled = all(map(str.strip, map("".join, rows)))
            if alike and filled and set(map(len, rows)) == {header.width}:
                lines: Sequence[int] = range(self.line, self.line + len(rows))
                self.line += len(rows)
            else:
                rows, lines = self._placed(rows, header.width)
            yield batch(header, rows, lines)

    def _chunk(self, reader: Iterator[list[str]]) -> list[list[str]]:
        """The next rows; a quotation mark that is out of place ends the file there."""
        rows: list[list[str]] = []
        try:
            rows.extend(islice(reader, _CHUNK))
        except csv.Error:
            line = self.line + sum(map(_height, rows))
            self.broken.append(Problem(self.file, line, "", "bad_quotes", Severity.STOP))
        return rows

    def _placed(self, rows: list[list[str]], width: int) -> tuple[list[list[str]], list[int]]:
        """The rows that have all their cells, and their lines; blank rows are passed over."""
        kept, lines = [], []
        for row in rows:
            if not any(cell.strip() for cell in row):
                pass
            elif len(row) != width:
                self.ragged.append(self.line)
            else:
                kept.append(row)
                lines.append(self.line)
            self.line += _height(row)
        return kept, lines


def _height(row: list[str]) -> int:
    """How many physical lines a row takes: one, and one more per line break inside its cells."""
    return 1 + sum(len(_NEWLINE.findall(cell)) for cell in row)


_READERS = {".csv": read_csv, ".xlsx": read_xlsx, ".parquet": read_parquet}
