"""Stalls of recording by municipality and service, and how the forecast reads records that stopped.

What stalled is read as it was known when it stopped: as if records of that municipality and service
always came so many months later. So a silent month is not taken for a cheap one, and the earlier
forecasts behind the range know as little as this one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from kuntakoonti.core.errors import Problem
from kuntakoonti.restricted.forecast.history import Changes, Development, Ints
from kuntakoonti.restricted.intake.contract import COSTS, SERVICE_PERIODS
from kuntakoonti.restricted.intake.stalls import Days, Stall, find_stall, stall_problem

_MONTH = 30.4


@dataclass(frozen=True)
class FoundStall:
    """A stall of one table, service and municipality (None: of the whole area), places on the axes."""

    table: int
    service: int
    member: int | None
    stall: Stall


def find_stalls(development: Development) -> tuple[FoundStall, ...]:
    """The area's stalls by service, and a municipality's where the whole area has none."""
    found = list[FoundStall]()
    for table, changes in enumerate((development.cents, development.clients)):
        for service in range(len(development.axes.services)):
            found += _of_service(development, changes, (table, service))
    return tuple(found)


def _of_service(
    development: Development, changes: Changes, place: tuple[int, int]
) -> Iterator[FoundStall]:
    member, service, _ = np.unravel_index(changes.cell, changes.shape)
    mine = (service == place[1]) & (changes.amount > 0)
    mine &= changes.day <= development.as_of.toordinal()
    whole = _stall(development, changes, mine, place[0])
    if whole:
        yield FoundStall(*place, None, whole)
        return
    for i in range(changes.shape[0]):
        own = _stall(development, changes, mine & (member == i), place[0])
        if own:
            yield FoundStall(*place, i, own)


def _stall(
    development: Development, changes: Changes, mine: npt.NDArray[np.bool_], table: int
) -> Stall | None:
    """A period changes several months of one service and member on a day: it counts once."""
    days: Days = changes.day[mine]
    if table:
        member = np.unravel_index(changes.cell[mine], changes.shape)[0]
        order = np.lexsort((-changes.amount[mine], member, days))
        _, first = np.unique(np.stack([days, member])[:, order], axis=1, return_index=True)
        largest = changes.amount[mine][order][first]
        days = np.repeat(days[order][first], np.rint(largest).astype(np.int64))
    return find_stall(days, development.as_of)


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
            yield stall_problem((COSTS, SERVICE_PERIODS)[s.table].name, place, s.stall)
