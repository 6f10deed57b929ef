"""Parquet files back to the text that a person would write."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kuntakoonti.restricted.intake.headings import Header, match_header
from kuntakoonti.restricted.intake.spreadsheets import EXACT, cell_text
from kuntakoonti.restricted.intake.text_table import (
    Layout,
    Sheet,
    found_in,
    tidy,
    unreadable,
)

_PLAIN = (
    pa.types.is_integer,
    pa.types.is_date,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
)


def read_parquet(path: Path, layout: Layout) -> Sheet:
    """A Parquet file; its rows are numbered from 1."""
    try:
        with pq.ParquetFile(path) as file:
            header = match_header(layout, path.name, file.schema_arrow.names)
            if any(problem.kind == "doubled_column" for problem in header.problems):
                return Sheet(path.name, pa.table({}), header.problems, readable=False)
            return from_batches(path.name, layout, header, file)
    except (pa.ArrowException, UnicodeDecodeError):
        return unreadable(path.name, "unreadable_file")


def from_batches(
    name: str, layout: Layout, header: Header, file: pq.ParquetFile | pa.RecordBatchReader
) -> Sheet:
    """Typed batches as text."""
    schema = file.schema_arrow if isinstance(file, pq.ParquetFile) else file.schema
    sources = {key: schema.names[at] for key, at in header.places.items()}
    wanted = list(dict.fromkeys(sources.values()))
    batches = file.iter_batches(columns=wanted) if isinstance(file, pq.ParquetFile) else file
    parts, problems, read = list[pa.Table](), list(header.problems), 1
    for part in batches:
        lines = pa.array(range(read, read + part.num_rows), pa.int32())
        for key in layout.identifiers & sources.keys():
            inexact = lines.filter(_inexact(part.column(sources[key]))).to_pylist()
            problems += found_in(name, key, "number_as_id").on(inexact)
        texts = {key: text_cells(part.column(source)) for key, source in sources.items()}
        parts.append(tidy(pa.table({**texts, "line": lines})))
        read += part.num_rows
    empty = pa.schema([*((key, pa.string()) for key in sources), ("line", pa.int32())])
    cells = pa.concat_tables([empty.empty_table(), *parts], promote_options="default")
    return Sheet(name, cells, tuple(problems), header.unknown, True, header.missing)


def text_cells(cells: pa.Array) -> pa.Array:
    """A typed column as text; ArrowException if its type has no text."""
    if isinstance(cells.type, pa.BaseExtensionType):  # a database's own type, such as numeric
        cells = cells.storage
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if any(is_plain(cells.type) for is_plain in _PLAIN):
        return cells.cast(pa.string())
    different = cells.dictionary_encode()
    texts = pa.array(map(_text_of, different.dictionary), pa.string())
    return texts.take(different.indices)


def _text_of(cell: pa.Scalar) -> str | None:
    """A typed cell as text; a moment outside the years 1 to 9999 is bad in Arrow's own words."""
    try:
        return cell_text(cell.as_py())
    except (OverflowError, ValueError):
        return str(cell.cast(pa.string()).as_py())


def _inexact(cells: pa.Array) -> pa.Array:
    """Where an identifier is a number that has lost its last digits."""
    if pa.types.is_floating(cells.type):
        return pc.fill_null(pc.greater_equal(pc.abs(cells), EXACT), False)
    return pa.repeat(pa.scalar(False), len(cells))
