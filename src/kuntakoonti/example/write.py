"""Tables to a folder of Finnish CSV: semicolons, decimal commas, 14.8.2025, UTF-8, no quotes."""

import os
from collections.abc import Iterator
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

from kuntakoonti.example.billing import roles_of
from kuntakoonti.example.clock import Bools, Ints
from kuntakoonti.example.plan import ExamplePlan
from kuntakoonti.example.tables import Tables
from kuntakoonti.parameters.municipalities import municipalities

_OPTIONS = pacsv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
_CHUNK = 1_000_000  # rows formatted at a time


def write(tables: Tables, folder: Path) -> None:
    """Write the five tables and LUEMINUT.md; each file appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(tables):
        frame = getattr(tables, field.name)
        if isinstance(frame, pd.DataFrame):
            _write_whole(folder / f"{field.name}.csv", _csv(frame))
    _write_whole(folder / "LUEMINUT.md", iter([read_me(tables.plan).encode()]))


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


def _write_whole(path: Path, parts: Iterator[bytes]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.writelines(parts)
        draft.replace(path)
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
