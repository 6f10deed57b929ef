"""Whether recording has stalled: what came lately beside what usually comes in as many days.

A table whose rows stop coming looks like a cheap month. Nothing here looks at a person: rows are
counted by service and by the day they were recorded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.special import pdtr  # type: ignore[import-untyped, unused-ignore]

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.contract import COSTS, SERVICE_PERIODS, Table
from kuntakoonti.restricted.intake.warehouse import rows

Days = npt.NDArray[np.int64]
# Days; a table that is recorded monthly shows in the longer ones.
_WINDOWS = (14, 21, 28, 42, 63, 91)
WEEKS = 4  # of which the volume is said
_APART, _PAST = 7, 52  # days between earlier windows, and how many of them are looked at
_FEWEST = 12  # earlier windows without which nothing is usual yet
_LITTLE = 0.4  # of what came at the least in an earlier window: what is less has stalled,
_CHANCE = 1e-5  # if rows that come by chance, so many on average, would so seldom be so few
_ENOUGH, _LONG = 20, 180  # rows of one table, and days, after which the other must have some


@dataclass(frozen=True)
class Stall:
    """Since when (first day) only ``found`` rows came where ``usual`` come in so many days."""

    since: date
    found: int
    usual: int


@dataclass(frozen=True)
class Volume:
    """Rows recorded in the last ``_WEEKS`` weeks, the usual number in as many, the newest row's day.

    ``usual`` is None before there is a usual number.
    """

    newest: date
    found: int
    usual: int | None


def volume(days: Days, today: date) -> Volume | None:
    """What was recorded lately; None if nothing ever was. ``days`` as of `find_stall`."""
    if not len(days):
        return None
    days, length = np.sort(days), 7 * WEEKS
    ends = _earlier_ends(days, today.toordinal(), length)
    found = int(_rows_in(days, np.array([today.toordinal()]), length)[0])
    usual = round(float(np.median(_rows_in(days, ends, length)))) if len(ends) >= _FEWEST else None
    return Volume(date.fromordinal(int(days[-1])), found, usual)


def find_stall(days: Days, today: date) -> Stall | None:
    """The shortest window up to today in which far fewer rows were recorded than usual.

    ``days``: the ordinal of each row's day of recording, in any order, up to today.
    """
    days, end = np.sort(days), today.toordinal()
    for length in _WINDOWS if len(days) else ():
        ends = _earlier_ends(days, end, length)
        if len(ends) < _FEWEST:
            return None
        usual, found = _rows_in(days, ends, length), int(_rows_in(days, np.array([end]), length)[0])
        low = float(usual.min())
        if found < _LITTLE * low and pdtr(found, low) < _CHANCE:
            since = end - length + 1 if found else int(days[-1]) + 1
            by_now = float(np.median(usual)) * (end + 1 - since) / length
            return Stall(date.fromordinal(since), found, round(by_now))
    return None


def _earlier_ends(days: Days, end: int, length: int) -> Days:
    """The last days of the earlier windows as long, of sorted days that reach so far back."""
    ends = end - length - _APART * np.arange(_PAST)
    return np.asarray(ends[ends - length >= days[0]])


def _rows_in(days: Days, ends: Days, length: int) -> Days:
    """How many rows fall in the days up to each end."""
    return np.searchsorted(days, ends, "right") - np.searchsorted(days, ends - length, "right")


def stall_problem(table: str, place: str, stall: Stall) -> Problem:
    """A noted problem; ``place`` names a service and perhaps a municipality."""
    values = (
        ("place", place),
        ("since", stall.since.isoformat()),
        ("found", str(stall.found)),
        ("usual", str(stall.usual)),
    )
    return Problem(table, 0, "recorded_on", "recording_stalled", Severity.NOTE, values)


def recording_problems(
    warehouse: duckdb.DuckDBPyConnection, counted: Mapping[str, str], as_of: date | None
) -> tuple[Problem, ...]:
    """Stalls of costs and service periods, and services that have one of them alone.

    ``counted``: service → the service it is counted in. Needs the typed tables of a load without
    stops. Without an extraction date nobody knows how long nothing has come: then no stall is sought.
    """
    tables = {table.name: _days(warehouse, table, counted) for table in (COSTS, SERVICE_PERIODS)}
    newest = [int(d.max()) for of in tables.values() for d in of.values()]
    if not newest:
        return ()
    today = as_of or date.fromordinal(max(newest))
    stalls = _stalls(tables, today) if as_of else ()
    return tuple(sorted((*stalls, *_one_sided(tables, today))))


def _days(
    warehouse: duckdb.DuckDBPyConnection, table: Table, counted: Mapping[str, str]
) -> dict[str, Days]:
    """Service as counted → the days of its rows."""
    query = f"SELECT service, recorded_on, COUNT(*) FROM {table.name} GROUP BY service, recorded_on"
    found: dict[str, list[Days]] = {}
    for service, day, number in rows(warehouse, query):
        if service in counted:
            found.setdefault(counted[service], []).append(np.full(number, day.toordinal()))
    return {service: np.concatenate(days) for service, days in found.items()}


def _stalls(tables: Mapping[str, Mapping[str, Days]], today: date) -> Iterator[Problem]:
    for table, of in tables.items():
        for service, days in of.items():
            stall = find_stall(days[days <= today.toordinal()], today)
            if stall:
                yield stall_problem(table, service, stall)


def _one_sided(tables: Mapping[str, Mapping[str, Days]], today: date) -> Iterator[Problem]:
    """Services with records of one table for half a year and none of the other."""
    for table, other, kind in (
        (SERVICE_PERIODS.name, COSTS.name, "service_without_costs"),
        (COSTS.name, SERVICE_PERIODS.name, "service_without_periods"),
    ):
        for service, days in tables[table].items():
            old = int((days <= today.toordinal() - _LONG).sum())
            known = tables[other].get(service, np.array([], np.int64)) <= today.toordinal()
            if old >= _ENOUGH and not known.any():
                place = (("place", service),)
                yield Problem(other, 0, "recorded_on", kind, Severity.NOTE, place)
