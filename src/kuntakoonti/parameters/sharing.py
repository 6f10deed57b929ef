"""Services that are shared by a key instead of being billed by causation, and by which key when.

A key is ``population``, ``equal`` (each member alike) or a name of the table ``keys``. Several keys
are mixed by weights that sum to 1. A service passes from one way to the other at a New Year, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from kuntakoonti.core.periods import month_of, months_of
from kuntakoonti.core.texts import Required, Strict, Texts
from kuntakoonti.parameters.problems import Violation, finding
from kuntakoonti.parameters.yaml_files import Day, like

CAUSATION, POPULATION, EQUAL = "causation", "population", "equal"
ALWAYS, NEVER = "0000-00", "9999-99"  # months before and after all others
KeyName = Annotated[str, like(r"[a-z][a-z0-9_]*", "population")]
Weight = Annotated[Decimal, Field(gt=0, le=1)]


def _as_weights(given: Any) -> Any:
    return {given: "1"} if isinstance(given, str) else given


def _as_list(given: Any) -> Any:
    if given == CAUSATION:
        return ()
    return (given,) if isinstance(given, Mapping) else given


class Allocation(Strict):
    """How a service is allocated from a day on: ``key`` is `CAUSATION`, a key, or weights of keys.

    Without ``valid_from`` it holds as long as the service.
    """

    key: Annotated[
        dict[KeyName, Weight], BeforeValidator(_as_weights), Field(min_length=1, max_length=9)
    ]
    reference: Required
    valid_from: Day | None = None

    @property
    def by_causation(self) -> bool:
        return CAUSATION in self.key


Allocations = Annotated[tuple[Allocation, ...], BeforeValidator(_as_list)]


@dataclass(frozen=True)
class DatedKey:
    """The weights of keys from a month on, and where that was agreed."""

    month: str
    weights: tuple[tuple[str, Decimal], ...]
    reference: str


@dataclass(frozen=True)
class SharedService:
    """A service while it is shared by a key: its months from ``first`` to ``last``, both inclusive.

    ``offered``: the first and the last month in which it is offered; costs of other months follow the
    nearest key.
    """

    name: str
    label: Texts
    statute: str
    keys: tuple[DatedKey, ...]
    offered: tuple[str, str]
    first: str = ALWAYS
    last: str = NEVER

    def holds(self, period: str) -> bool:
        """Whether a month, or the period that begins with it, is shared by a key."""
        return self.first <= months_of(period)[0] <= self.last

    def key_at(self, month: str) -> DatedKey:
        """The key in force in a month; of an earlier month than the first key's, that one."""
        past = [k for k in self.keys if k.month <= month]
        return past[-1] if past else self.keys[0]

    def keys_of(self, month: str) -> tuple[str, ...]:
        return tuple(name for name, _ in self.key_at(month).weights)


def shared_service(
    named: tuple[str, Texts, str],
    valid: tuple[date, date | None],
    allocations: tuple[Allocation, ...],
) -> SharedService:
    """The part of a service that is shared by a key, of allocations that are sound."""
    (begins, ends), spans = valid, dated(valid[0], allocations)
    keyed = [(day, a) for day, a in spans if not a.by_causation]
    since = [day for day, a in spans if a.by_causation]
    first = month_of(keyed[0][0]) if since and since[0] < keyed[0][0] else ALWAYS
    later = [day for day in since if day > keyed[0][0]]
    last = month_of(later[0] - timedelta(days=1)) if later else NEVER
    keys = (DatedKey(month_of(day), tuple(a.key.items()), a.reference) for day, a in keyed)
    offered = month_of(begins), month_of(ends) if ends else NEVER
    return SharedService(*named, tuple(keys), offered, first, last)


def by_causation(
    valid: tuple[date, date | None], allocations: tuple[Allocation, ...]
) -> tuple[date, date | None] | None:
    """From when until when a service is billed by causation; None if it never is."""
    begins, ends = valid
    if not allocations:
        return valid
    spans = dated(begins, allocations)
    since = [day for day, a in spans if a.by_causation]
    if not since:
        return None
    later = [day for day, a in spans if not a.by_causation and day > since[0]]
    return since[0], later[0] - timedelta(days=1) if later else ends


def dated(begins: date, allocations: tuple[Allocation, ...]) -> list[tuple[date, Allocation]]:
    """The allocations from their days on, in order."""
    return sorted(((a.valid_from or begins, a) for a in allocations), key=lambda pair: pair[0])


def violations(place: str, begins: date, allocations: tuple[Allocation, ...]) -> list[Violation]:
    """What is wrong in the allocations of one service."""
    found = list[Violation]()
    for i, a in enumerate(allocations):
        if sum(a.key.values()) != 1:
            found.append(finding(f"{place}.{i}.key", "write weights that sum to 1"))
        if a.by_causation and len(a.key) > 1:
            found.append(finding(f"{place}.{i}.key", "causation is not mixed with a key; write one "
                                                     "of them"))  # fmt: skip
    if allocations and not found:
        found += _of_days(place, begins, allocations)
    return found


def _of_days(place: str, begins: date, allocations: tuple[Allocation, ...]) -> list[Violation]:
    found, spans = list[Violation](), dated(begins, allocations)
    days = [day for day, _ in spans]
    if days[0] > begins:
        found.append(finding(place, "nothing is said of the time before {day}; write from when on "
                                    "the first key holds", day=days[0]))  # fmt: skip
    if len(set(days)) < len(days) or any(day.day != 1 for day in days[1:]):
        found.append(finding(place, "write for each key a valid_from of its own, the first day of a "
                                    "month"))  # fmt: skip
    ways = [next(of)[0] for _, of in groupby(spans, key=lambda pair: pair[1].by_causation)]
    if len(ways) > 2 or any((day.month, day.day) != (1, 1) for day in ways[1:]):
        found.append(finding(place, "a service passes from a key to causation, or back, once and at "
                                    "a New Year; write it as two services"))  # fmt: skip
    return found
