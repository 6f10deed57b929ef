"""Tables to a folder of Finnish CSV: semicolons, decimal commas, 14.8.2025, UTF-8, no quotes."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
import pyarrow.compute as pc  # type: ignore[import-untyped, unused-ignore]
import pyarrow.csv as pacsv  # type: ignore[import-untyped, unused-ignore]

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.invented import READ_ME, WRITTEN
from kuntakoonti.example.billing import roles_of
from kuntakoonti.example.clock import Bools, Ints
from kuntakoonti.example.plan import ExamplePlan
from kuntakoonti.example.tables import Tables
from kuntakoonti.parameters.municipalities import municipalities

_OPTIONS = pacsv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
_CHUNK = 1_000_000  # rows formatted at a time


def write(tables: Tables, folder: Path) -> None:
    """Write the tables and LUEMINUT.md; each file appears whole or not at all.

    UsageError if a file is there that was not written by this: nothing else is overwritten.
    """
    frames = {f.name: getattr(tables, f.name) for f in fields(tables)}
    parts = {f"{n}.csv": _csv(f) for n, f in frames.items() if isinstance(f, pd.DataFrame)}
    write_files(folder, parts, read_me(tables.plan))


def write_files(folder: Path, files: Mapping[str, Iterable[bytes]], about: str) -> None:
    """Write files and LUEMINUT.md, which says of each what it was when it was written."""
    refuse_foreign_files(folder, files)
    digests = {}
    for name, parts in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        digests[name] = _write_whole(folder / name, parts)
    written = "".join(f"- `{name}` {digest}\n" for name, digest in digests.items())
    _write_whole(folder / READ_ME, iter([f"{about}\n{WRITTEN}\n\n{written}".encode()]))


def refuse_foreign_files(folder: Path, names: Iterable[str]) -> None:
    """UsageError names every file that is there and is not as it was written."""
    about = folder / READ_ME
    known = about.read_text(encoding="utf-8", errors="replace") if about.is_file() else ""
    foreign = [
        name
        for name in names
        if (folder / name).exists() and f"- `{name}` {_digest(folder / name)}\n" not in known
    ]
    foreign += [READ_ME] if about.exists() and WRITTEN not in known else []
    if foreign:
        raise UsageError(
            "Folder {folder} has something else than invented data already: {files}. Nothing was "
            "written. Give another folder.",
            folder=folder.name,
            files=", ".join(foreign),
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def read_me(plan: ExamplePlan) -> str:
    """What the folder holds, in Finnish and English: all of it invented, and its mistakes."""
    names = {code: f"{m.name_fi} ({code})" for code, m in municipalities().items()} | {"": "-"}
    roles = roles_of(plan)
    template = files("kuntakoonti.example").joinpath("LUEMINUT.md").read_text(encoding="utf-8")
    return Template(template).substitute(
        area=plan.area,
        members=", ".join(names[m.code] for m in plan.members),
        first_month=plan.first_month,
        months=plan.months,
        scale=f"{plan.scale:g}",
        seed=plan.seed,
        host=names[plan.host],
        doubled=names[roles.doubled],
        transposed=names[roles.transposed],
        raised=names[roles.raised],
    )


def _write_whole(path: Path, parts: Iterable[bytes]) -> str:
    """Write a file whole or not at all; its SHA-256."""
    draft, digest = path.with_name(f".{path.name}.{os.getpid()}"), hashlib.sha256()
    try:
        with draft.open("wb") as file:
            for part in parts:
                file.write(part)
                digest.update(part)
        draft.replace(path)
        return digest.hexdigest()
    finally:
        draft.unlink(missing_ok=True)


def _csv(frame: pd.DataFrame) -> Iterator[bytes]:
    yield ";".join(str(name).replace("_cents", "") for name in frame.columns).encode() + b"\n"
    for begin in range(0, len(frame), _CHUNK):
        part = frame.iloc[begin : begin + _CHUNK]
        sink = pa.BufferOutputStream()
        names = [str(name) for name in frame.columns]
        pacsv.write_csv(pa.table([_cells(part[name]) for name in names], names), sink, _OPTIONS)
        yield sink.getvalue().to_pybytes()


def _cells(column: "pd.Series[Any]") -> pa.Array:
    """One column as text by its name and type; missing stays empty."""
    if column.name == "amount_cents":
        return _euros(np.asarray(column, np.int64))
    if column.name == "removed":
        return _looked_up(np.asarray(column, np.int64), ["", "1"])
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _dates(column.to_numpy().astype("M8[D]").astype(np.int64), column.isna().to_numpy())
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = [str(word) for word in column.cat.categories]
        codes = np.asarray(column.cat.codes, np.int64)
        return _looked_up(codes, words, codes < 0)
    return pa.array(column, pa.string())


def _looked_up(
    codes: Ints,
    words: list[str],
    missing: Bools | None = None,
) -> pa.Array:
    return pc.take(pa.array(words, pa.string()), pa.array(codes, mask=missing))


def _dates(days: Ints, missing: Bools) -> pa.Array:
    """14.8.2025, each different day written once."""
    known = days[~missing]
    first = int(known.min(initial=0))
    calendar = np.arange(first, int(known.max(initial=0)) + 1).astype("M8[D]").tolist()
    words = [f"{day.day}.{day.month}.{day.year}" for day in calendar]
    return _looked_up(np.where(missing, 0, days - first), words, missing)


def _euros(cents: Ints) -> pa.Array:
    """1234,50; a hyphen before a negative amount."""
    whole, rest = np.divmod(np.abs(cents), 100)
    sign = _looked_up((cents < 0).astype(np.int64), ["", "-"])
    decimals = _looked_up(rest, [f"{n:02d}" for n in range(100)])
    joined = pc.binary_join_element_wise(sign, pa.array(whole).cast(pa.string()), "")
    return pc.binary_join_element_wise(joined, decimals, ",")
