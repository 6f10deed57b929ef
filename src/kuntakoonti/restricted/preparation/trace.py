"""The records behind a figure, for the host's own accountant: written to ``restricted/``, logged."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from kuntakoonti.core.errors import DataProblems, UsageError
from kuntakoonti.core.files import write_bytes_atomic
from kuntakoonti.core.periods import is_month, months_of
from kuntakoonti.core.settings import Settings
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.restricted.figures.costs import allocate
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.figures.sql import sql_text
from kuntakoonti.restricted.intake.warehouse import literal, rows
from kuntakoonti.restricted.preparation.context import load_records

COLUMNS = ("what", "service", "month", "id", "cents", "before", "now")
Row = tuple[str, str, str, str, int | None, str, str]


@dataclass(frozen=True)
class FigureQuery:
    """A figure: a municipality and a month, quarter or year, as of a day."""

    municipality: str
    period: str
    as_of: date


def trace(settings: Settings, asked: FigureQuery) -> Path:
    """Write the record and cost ids behind a figure, and what moved since the last release.

    ``what`` is ``record``, ``cost`` or ``moved`` (a cost whose municipality was another at the
    last release's extraction date). Returns the file.
    """
    if not (is_month(asked.period) or re.fullmatch("[0-9]{4}(-Q[1-4])?", asked.period)):
        raise UsageError("Period: write it as 2025-08, 2025-Q3 or 2025.")
    parameters = load_parameters(settings.parameters)
    parameters.area.member(asked.municipality)
    archive = read_archive(settings.output.ledger)
    intake = load_records(settings, parameters, asked.as_of, archive)
    if intake.stops:
        raise DataProblems(intake.problems)
    months = set(months_of(asked.period))
    now = _costs(intake.warehouse, parameters, asked.period, asked.as_of)
    found = [*_records(intake.warehouse, asked, months), *_mine(now, asked, months)]
    last = archive.last_as_of
    if last and last < asked.as_of:
        before = _costs(intake.warehouse, parameters, asked.period, last)
        found += _moved(before, now, asked, months)
    path = settings.output.private("trace") / f"{asked.municipality}-{asked.period}.csv"
    _log(settings, asked, len(found))
    _write(path, found)
    return path


def _costs(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, period: str, as_of: date
) -> dict[tuple[str, str, str], dict[str, int]]:
    """(service, month, cost id) → municipality → cents, as known on a day."""
    take_snapshot(warehouse, parameters, months_of(period)[-1], as_of)
    parts = allocate(warehouse).parts
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    columns = ["service", "month", "cost_id", "municipality", "cents"]
    for service, month, cost_id, municipality, cents in parts[columns].itertuples(index=False):
        found.setdefault((service, month, cost_id), {})[municipality] = int(cents)
    return found


def _records(
    warehouse: duckdb.DuckDBPyConnection, asked: FigureQuery, months: set[str]
) -> Iterator[Row]:
    """Of the snapshot that `_costs` took."""
    text = (
        f"SELECT service, month, record_id FROM ({sql_text('behind.sql')}) AS behind"
        f" WHERE municipality = {literal(asked.municipality)}"
        f" AND month BETWEEN {literal(min(months))} AND {literal(max(months))}"
        " ORDER BY service, month, record_id"
    )
    for service, month, record_id in rows(warehouse, text):
        yield "record", service, month, record_id, None, "", asked.municipality


def _mine(
    now: dict[tuple[str, str, str], dict[str, int]], asked: FigureQuery, months: set[str]
) -> Iterator[Row]:
    for (service, month, cost_id), shares in sorted(now.items()):
        if month in months and asked.municipality in shares:
            cents = shares[asked.municipality]
            yield "cost", service, month, cost_id, cents, "", asked.municipality


def _moved(
    before: dict[tuple[str, str, str], dict[str, int]],
    now: dict[tuple[str, str, str], dict[str, int]],
    asked: FigureQuery,
    months: set[str],
) -> Iterator[Row]:
    """Costs known then and now whose share of this municipality came or went."""
    for key, shares in sorted(now.items()):
        then = before.get(key)
        if then is None or key[1] not in months or not _reallocated(then, shares):
            continue
        if asked.municipality in then or asked.municipality in shares:
            change = shares.get(asked.municipality, 0) - then.get(asked.municipality, 0)
            yield "moved", *key, change, " ".join(sorted(then)), " ".join(sorted(shares))


def _reallocated(then: dict[str, int], now: dict[str, int]) -> bool:
    """Other municipalities than before, or the same amount shared in another way."""
    same_amount = sum(then.values()) == sum(now.values())
    return set(then) != set(now) or (same_amount and then != now)


def _write(path: Path, found: list[Row]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows(found)
    write_bytes_atomic(path, text.getvalue().encode("utf-8-sig"))


def _log(settings: Settings, asked: FigureQuery, number: int) -> None:
    """One line for every look: when, what, how many rows; never an id."""
    path = settings.output.private("log") / "trace.log"
    when = datetime.now(UTC).isoformat(timespec="seconds")
    with path.open("a", encoding="utf-8") as file:
        file.write(
            f"{when} trace {asked.municipality} {asked.period} {asked.as_of} rows={number}\n"
        )
