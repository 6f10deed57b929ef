"""A folder of files: which of them is which table, and what stands in the way of reading it."""

from collections.abc import Iterable
from pathlib import Path

from kuntakoonti.restricted.intake.contract import TABLES, Table
from kuntakoonti.restricted.intake.csv_files import read_csv
from kuntakoonti.restricted.intake.file_types import CALLED, SPREADSHEETS, TEXT, FileType, type_of
from kuntakoonti.restricted.intake.parquet_files import read_parquet
from kuntakoonti.restricted.intake.spreadsheets import read_workbook
from kuntakoonti.restricted.intake.text_table import (
    Layout,
    RawTable,
    Sheet,
    as_table,
    no_rows,
    own_layout,
    refused,
    unreadable,
)

_ENDINGS = {".csv": TEXT, ".xlsx": frozenset({FileType.XLSX}), ".parquet": {FileType.PARQUET}}
NEAR = frozenset(
    [
        ".csv",
        ".txt",
        ".tsv",
        ".tab",
        ".xls",
        ".xlsx",
        ".xlsm",
        ".xlsb",
        ".ods",
        ".fods",
        ".parquet",
        ".gz",
        ".zip",
        ".7z",
        ".json",
        ".xml",
        ".html",
        ".htm",
        ".pdf",
        ".dat",
        ".prn",
        ".db",
        ".sqlite",
    ]
)


def files_of(data: Path) -> tuple[Path, ...]:
    """The files of a folder by name; none if there is no such folder."""
    return tuple(sorted(f for f in data.iterdir() if f.is_file())) if data.is_dir() else ()


def read_table(table: Table, files: Iterable[Path]) -> RawTable:
    """One table from the one file that is named after it."""
    files = tuple(files)
    named = [f for f in files if f.name.casefold().startswith(f"{table.name}.")]
    mine = [f for f in named if f.suffix.casefold() in _ENDINGS and _stem(f) == table.name]
    if len(mine) > 1:
        return refused(table, mine[0].name, "two_files", ("files", ", ".join(f.name for f in mine)))
    if mine:
        return as_table(table, [read_own(mine[0], own_layout(table))])
    other = [f for f in named if f.suffix.casefold() in NEAR]
    if other:
        return _of_another_type(table, other[0])
    return _missing(table, files)


def _stem(file: Path) -> str:
    return file.stem.casefold()


def _missing(table: Table, files: tuple[Path, ...]) -> RawTable:
    """No file of the table's name: which files lie there that are of no table."""
    if table.optional:
        return no_rows(table)
    tables = {t.name for t in TABLES}
    other = [f.name for f in files if f.suffix.casefold() in NEAR and _stem(f) not in tables
             and not f.name.startswith((".", "~"))]  # fmt: skip
    values = (("table", table.name), ("files", ", ".join(other)))
    return refused(table, table.name, "other_names" if other else "missing_table", *values)


def _of_another_type(table: Table, file: Path) -> RawTable:
    try:
        kind = type_of(file)
    except OSError:
        return refused(table, file.name, "unreadable_file")
    return refused(table, file.name, "other_type", ("type", CALLED[kind]), ("table", table.name))


def read_own(path: Path, layout: Layout) -> Sheet:
    """A file of the contract's three types, by what it is: named for it if it is something else."""
    try:
        kind = type_of(path)
        if kind not in _ENDINGS[path.suffix.casefold()]:
            return _named_for_what_it_is(path, kind)
        return read_file(path, kind, layout)
    except OSError:
        return unreadable(path.name, "unreadable_file")


def _named_for_what_it_is(path: Path, kind: FileType) -> Sheet:
    if kind is FileType.LOCKED:
        return unreadable(path.name, "locked_workbook")
    if kind is FileType.UNKNOWN or path.stat().st_size == 0:
        text = path.suffix.casefold() == ".csv"
        return unreadable(path.name, "not_text" if text else "unreadable_file")
    name, ending = ("type", CALLED[kind]), ("table", path.stem)
    return unreadable(path.name, "other_type", name, ending)


def read_file(path: Path, kind: FileType, layout: Layout) -> Sheet:
    """A file of a known type."""
    if kind in SPREADSHEETS:
        return read_workbook(path, kind, layout)
    if kind is FileType.PARQUET:
        return read_parquet(path, layout)
    return read_csv(path, layout, utf_16=kind is FileType.UTF_16)
