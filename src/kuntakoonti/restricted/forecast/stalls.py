"""Stalls of recording by municipality and service, and how the forecast reads records that stopped.

What stalled is read as it was known when it stopped: as if records of that municipality and service
always came so many months later. So a silent month is not taken for a cheap one, and the earlier
forecasts behind the range know as little as this one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
import numpy.typing as npt

from kuntakoonti.core.errors import Problem
from kuntakoonti.restricted.forecast.history import Changes, Development, Ints
from kuntakoonti.restricted.intake.contract import COSTS, SERVICE_PERIODS
from kuntakoonti.restricted.intake.stalls import (
    Days,
    Stall,
    Volume,
    find_stall,
    stall_problem,
    volume,
)

_MONTH = 30.4
_TABLES = (COSTS.name, SERVICE_PERIODS.name)


@dataclass(frozen=True)
class FoundStall:
    """A stall of one table, service and municipality (None: of the whole area), places on the axes."""

    table: int
    service: int
    member: int | None
    stall: Stall


@dataclass(frozen=True)
class Recording:
    """What was recorded lately of a table and service, by one municipality or (None) by all."""

    table: str
    service: str
    member: str | None
    volume: Volume
    since: date | None


def find_stalls(development: Development) -> tuple[FoundStall, ...]:
    """The area's stalls by service, and a municipality's where the whole area has none."""
    found = list[FoundStall]()
    for table, service, by_member in _series(development):
        whole = find_stall(np.concatenate(by_member), development.as_of)
        stalls = [] if whole else [find_stall(days, development.as_of) for days in by_member]
        found += [FoundStall(table, service, None, whole)] if whole else []
        found += [FoundStall(table, service, i, own) for i, own in enumerate(stalls) if own]
    return tuple(found)


def recordings(development: Development) -> Iterator[Recording]:
    """Each table, service and municipality of which anything was recorded, the whole area first.

    ``since`` is the first day of a stall, the area's own or a municipality's.
    """
    axes, stalled = (
        development.axes,
        {(s.table, s.service, s.member): s for s in find_stalls(development)},
    )
    for table, service, by_member in _series(development):
        days = (np.concatenate(by_member), *by_member)
        for i, (member, of) in enumerate(zip((None, *axes.members), days, strict=True)):
            found = volume(of, development.as_of)
            stall = stalled.get((table, service, i - 1 if i else None))
            since = stall.stall.since if stall else None
            if found:
                yield Recording(_TABLES[table], axes.services[service], member, found, since)


def _series(development: Development) -> Iterator[tuple[int, int, list[Days]]]:
    """Table, service, and by municipality the days on which something was recorded of them."""
    for table, changes in enumerate((development.cents, development.clients)):
        member, service, _ = np.unravel_index(changes.cell, changes.shape)
        known = (changes.amount > 0) & (changes.day <= development.as_of.toordinal())
        for k in range(changes.shape[1]):
            mine = known & (service == k)
            yield (
                table,
                k,
                [_days(changes, mine & (member == i), table) for i in range(changes.shape[0])],
            )


def _days(changes: Changes, mine: npt.NDArray[np.bool_], table: int) -> Days:
    """A period changes several months of one service and member on a day: it counts once."""
    days: Days = changes.day[mine]
    if table:
        order = np.lexsort((-changes.amount[mine], days))
        days, first = np.unique(days[order], return_index=True)
        days = np.repeat(days, np.rint(changes.amount[mine][order][first]).astype(np.int64))
    return days


def lags(development: Development, stalls: tuple[FoundStall, ...]) -> Ints:
    """Months by which records are older than usual: costs and clients × municipalities × services."""
    members, services, _ = development.axes.shape
    found = np.zeros((2, members, services), np.int64)
    for s in stalls:
        months = ceil(((development.as_of - s.stall.since).days + 1) / _MONTH)
        found[s.table, slice(None) if s.member is None else s.member, s.service] = months
    return found


def stall_problems(development: Development, stalls: tuple[FoundStall, ...]) -> Iterator[Problem]:
    """The municipalities' own stalls; those of the whole area are noted when the records are read."""
    axes = development.axes
    for s in stalls:
        if s.member is not None:
            place = f"{axes.members[s.member]} {axes.services[s.service]}"
            yield stall_problem(_TABLES[s.table], place, s.stall)
