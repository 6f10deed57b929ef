"""Declared exports to tables of the contract: files and queries as `sources.yml` says them.

Identity codes are replaced by keyed pseudonyms while a file is read, before anything else looks at
its rows. What is derived afterwards (ids, days, intervals) is made of canonical texts.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kuntakoonti.core.errors import Problem, Severity, UsageError
from kuntakoonti.parameters.sources import IDS, SourceColumn, Sources, TableSource
from kuntakoonti.restricted.intake.canonical import canonical, derived, intervals
from kuntakoonti.restricted.intake.cells import Known
from kuntakoonti.restricted.intake.contract import Table
from kuntakoonti.restricted.intake.extracts import (
    Folded,
    Series,
    as_history,
    days_of,
    series_of,
    without_delay,
)
from kuntakoonti.restricted.intake.file_types import CALLED, SPREADSHEETS, TEXT, FileType, type_of
from kuntakoonti.restricted.intake.folder import files_of, read_file, read_table
from kuntakoonti.restricted.intake.headings import plain
from kuntakoonti.restricted.intake.text_table import (
    Layout,
    RawTable,
    Sheet,
    as_table,
    refused,
    unreadable,
)

_TEXT = pa.string()
_MONTHS = (
    ("tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu"),
    ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)  # fmt: skip
_WITHIN = re.compile("(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?![0-9]))|[.,]0+$")  # of whole cents
_PLACES = {"year": r"(?P<year>[0-9]{4})", "month": r"(?P<month>[0-9]{1,2})",
           "day": r"(?P<day>[0-9]{1,2})", "quarter": r"(?P<quarter>[1-4])",
           "name": r"(?P<name>[^\W\d_]{3,})"}  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """``sources`` with what it needs: the key of pseudonyms, and the extracts that were folded."""

    sources: Sources
    key: bytes
    folded: Folded = field(default_factory=Folded)


@dataclass(frozen=True)
class Where:
    """Where a table is read: the warehouse that derives, the folder, the names that are known."""

    warehouse: duckdb.DuckDBPyConnection
    data: Path
    known: Known
    as_of: date | None


def read_declared(table: Table, declared: Declared, where: Where) -> RawTable:
    """A declared table with every column of the contract."""
    name = table.name
    if name not in declared.sources.tables and table.optional:
        return read_table(table, files_of(where.data))
    if name not in declared.sources.tables:
        return refused(table, "sources.yml", "table_not_declared", ("table", name))
    source, sources = declared.sources.tables[name], declared.sources
    if not sources.is_series(name):
        files = _newest_files(declared, name, where)
        raw = _read(table, source, declared, files, where)
        return _finished(table, source, raw, where)
    parts: list[tuple[date, RawTable]] = []
    for day, folder in series_of(where.data, sources, declared.folded):
        raw = _read(table, source, declared, _matching(folder, source.files), where)
        parts.append((day, _finished(table, source, raw, where)))
    series = Series(table, sources.window(name), declared.folded)
    return as_history(where.warehouse, series, parts)


def _newest_files(declared: Declared, name: str, where: Where) -> list[Path]:
    """The files of a table that carries its own days: of a series, those of the newest extract."""
    source, sources = declared.sources.tables[name], declared.sources
    if not (sources.extracts and source.extracts):
        return _matching(where.data, source.files)
    known = [
        folder
        for day, folder in series_of(where.data, sources, Folded())
        if where.as_of is None or day <= where.as_of
    ]
    return _matching(known[-1], source.files) if known else []


def _finished(table: Table, source: TableSource, raw: RawTable, where: Where) -> RawTable:
    """Cells in canonical form, with what is derived of them."""
    if not raw.readable:
        return raw
    if source.snapshots:
        return intervals(where.warehouse, table, raw, where.known)
    raw = canonical(where.warehouse, table, raw, where.known)
    named = IDS.get(table.name)
    key = source.columns[named].key if named and named in source.columns else ()
    restarts = source.numbers == "restart_yearly"
    return derived(where.warehouse, table, raw, key, restarts) if key or restarts else raw


def _matching(folder: Path, patterns: Sequence[str]) -> list[Path]:
    found = {f for p in patterns for f in folder.glob(p) if f.is_file()}
    return sorted(f for f in found if not f.name.startswith((".", "~$")))


def _read(
    table: Table, source: TableSource, declared: Declared, files: Sequence[Path], where: Where
) -> RawTable:
    """The rows of all files of a table, or of its query."""
    if source.query:
        from kuntakoonti.restricted.intake.databases import read_query

        connection = declared.sources.connections[source.connection]
        sheets = [read_query(table, source, connection, _layout(table, source))]
    elif not files:
        return refused(table, table.name, "no_such_files", ("patterns", ", ".join(source.files)))
    else:
        sheets = [_sheet(path, table, source, where.data) for path in files]
        if same := _twins(files):
            sheets[0] = unreadable(files[0].name, "same_file_twice", ("files", ", ".join(same)))
    made = [_made(sheet, source, declared) if sheet.readable else sheet for sheet in sheets]
    if not source.snapshots:
        return as_table(table, made)
    return _as_snapshots(table, made)


def _twins(files: Sequence[Path]) -> list[str]:
    """The names of files with the same content."""
    seen: dict[str, str] = {}
    for path in files:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen and path.stat().st_size:
            return [seen[digest], path.name]
        seen[digest] = path.name
    return []


def _as_snapshots(table: Table, sheets: Sequence[Sheet]) -> RawTable:
    """Snapshots with their month in the place of the first day."""
    renamed = [
        replace(s, cells=s.cells.rename_columns(
            ["valid_from" if n == "month" else n for n in s.cells.column_names]))
        for s in sheets
    ]  # fmt: skip
    return as_table(table, renamed)


def _layout(table: Table, source: TableSource) -> Layout:
    """What to look for in a declared file."""
    headings = {name: c.column for name, c in source.columns.items() if c.column}
    headings |= {f"left_out_{i}": rule.column for i, rule in enumerate(source.left_out)}
    return Layout(
        headings,
        frozenset(headings),
        frozenset(n for n in headings if n.endswith("_id")),
        table.name,
        {"tab": "\t"}.get(source.separator, source.separator),
        source.encoding,
        source.sheet,
        source.heading_line,
    )


def _sheet(path: Path, table: Table, source: TableSource, data: Path) -> Sheet:
    name = path.relative_to(data).as_posix()
    try:
        kind = type_of(path)
        if kind is FileType.LOCKED:
            return unreadable(name, "locked_workbook")
        wanted = FileType(source.format) if source.format else None
        fits = kind in TEXT if wanted is FileType.CSV else kind is wanted
        if kind not in TEXT | SPREADSHEETS | {FileType.PARQUET} or (wanted and not fits):
            return unreadable(name, "not_as_declared", ("type", CALLED[kind]))
        sheet = read_file(path, kind, _layout(table, source))
    except OSError:
        return unreadable(name, "unreadable_file")
    problems = (replace(p, file=name) for p in sheet.problems if p.kind != "unknown_column")
    return replace(sheet, file=name, problems=tuple(problems))


def _made(sheet: Sheet, source: TableSource, declared: Declared) -> Sheet:
    """The columns of the contract from a file's own; rows that are left out are counted."""
    cells, problems = sheet.cells, list(sheet.problems)
    for i, rule in enumerate(source.left_out):
        key = f"left_out_{i}"
        if key in cells.column_names:
            values = pa.array([plain(v) for v in rule.values], _TEXT)
            column = _folded(cells[key])
            out = pc.fill_null(pc.is_in(column, value_set=values), False)
            out = pc.or_(out, pc.is_null(column)) if rule.empty else out
            if number := pc.sum(out).as_py():
                said = (("rows", str(number)), ("reason", rule.reason))
                problems.append(
                    Problem(sheet.file, 0, rule.column, "left_out", Severity.NOTE, said)
                )
            cells = cells.filter(pc.invert(out))
    columns = {
        n: _column(cells, n, c, declared.key) for n, c in source.columns.items() if not c.key
    }
    lines = {"line": cells["line"].combine_chunks()}
    return replace(sheet, cells=pa.table({**columns, **lines}), problems=tuple(problems))


def _folded(column: pa.ChunkedArray) -> pa.Array:
    different = column.combine_chunks().dictionary_encode()
    words = pa.array([plain(w) for w in different.dictionary.to_pylist()], _TEXT)
    return words.take(different.indices)


def _column(cells: pa.Table, name: str, source: SourceColumn, key: bytes) -> pa.Array:
    """One column of the contract as text, each different cell looked at once."""
    if source.constant is not None:
        return pa.repeat(pa.scalar(source.constant or None, _TEXT), len(cells))
    if name not in cells.column_names:
        return pa.nulls(len(cells), _TEXT)
    different = cells[name].combine_chunks().dictionary_encode()
    texts = [_cell(word, source, key) for word in different.dictionary.to_pylist()]
    return pa.array(texts, _TEXT).take(different.indices)


def _cell(word: str, source: SourceColumn, key: bytes) -> str | None:
    if source.pseudonym:
        return pseudonym(word, key)
    values = {plain(there): means for there, means in source.values.items()}
    if plain(word) in values:
        return values[plain(word)] or None
    for form in source.form:
        if (made := _in_form(word, form)) is not None:
            return made
    return _amount(word, source)


def _amount(word: str, source: SourceColumn) -> str:
    """An amount as the contract writes it, where another way is declared."""
    if source.thousands:
        word = re.sub(rf"(?<=[0-9]){re.escape(source.thousands)}(?=[0-9]{{3}}(?![0-9]))", "", word)
    if source.unit == "cents":
        whole = re.fullmatch(r"([-−]?)([0-9]+)", _WITHIN.sub("", word))
        if whole is None:
            return f"{word} c"  # an amount that is not in whole cents is bad, and not in euros
        digits = whole[2].zfill(3)
        word = f"{whole[1]}{digits[:-2]}.{digits[-2:]}"
    if source.negate and re.match(r"[-−]?[0-9]", word):
        word = word[1:] if word[0] in "-−" else f"-{word}"
    return word


def _in_form(word: str, form: str) -> str | None:
    """A day, month, quarter or year of a declared form, as the contract writes it."""
    adjoining = re.search(r"\}\{", form)
    pattern = re.sub(r"\\\{(\w+)\\\}", lambda m: _PLACES[m[1]], re.escape(form))
    if adjoining:
        pattern = pattern.replace("{1,2}", "{2}")
    found = re.fullmatch(
        pattern, word.strip(), re.IGNORECASE | re.ASCII if "name" not in form else re.I
    )
    if not found:
        return None
    parts = found.groupdict()
    year, quarter = parts["year"], parts.get("quarter")
    month = _month_named(parts["name"]) if "name" in parts else parts.get("month")
    if quarter:
        return f"{year}-Q{quarter}"
    if month is None:
        return year if "name" not in parts else None
    day = parts.get("day")
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")


def _month_named(name: str) -> str | None:
    for names in _MONTHS:
        for number, start in enumerate(names, 1):
            if name.casefold().startswith(start):
                return str(number)
    return None


def pseudonym(code: str, key: bytes) -> str:
    """A keyed pseudonym of an identity code or another identifier, however it was written."""
    same = unicodedata.normalize("NFKC", code).upper()
    same = re.sub(r"[\u2010-\u2015\u2212\ufe58\ufe63]", "-", re.sub(r"\s", "", same))
    return "p" + hmac.new(key, same.encode(), hashlib.sha256).hexdigest()[:20]


def pseudonym_check(key: bytes) -> str:
    """What the ledger remembers of a key: enough to tell another one, nothing of the key."""
    return hmac.new(key, b"check value of pseudonyms", hashlib.sha256).hexdigest()[:16]


def refuse_other_folders(data: Path, declared: Declared) -> None:
    """UsageError if a declared series has no extract at all."""
    sources = declared.sources
    if (
        sources.extracts
        and not list(series_of(data, sources, Folded()))
        and not declared.folded.day
    ):
        raise UsageError(
            "There is no extract {pattern} in folder {folder}. Check --data or sources.yml.",
            folder=data.name,
            pattern=sources.extracts.folders,
        )


def mark_days_without_delay(
    warehouse: duckdb.DuckDBPyConnection, data: Path, declared: Declared | None
) -> None:
    """Make ``days_without_delay`` (table_name, day): rows known on them may be much older."""
    found = list[tuple[str, date]]()
    if declared:
        days = without_delay(list(days_of(data, declared.sources, declared.folded)))
        series = [name for name in declared.sources.tables if declared.sources.is_series(name)]
        found = [(name, day) for name in series for day in days]
    warehouse.execute("CREATE TABLE days_without_delay (table_name VARCHAR, day DATE)")
    if found:
        warehouse.executemany("INSERT INTO days_without_delay VALUES (?, ?)", found)


def declared_files(data: Path, sources: Sources) -> Iterator[Path]:
    """Every file that the declarations name."""
    for name, source in sources.tables.items():
        if sources.extracts and source.extracts:
            for _, folder in series_of(data, sources, Folded()):
                yield from _matching(folder, source.files)
        else:
            yield from _matching(data, sources.tables[name].files)
