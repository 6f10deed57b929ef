"""A system falls into components that can be judged one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kuntakoonti.attack.model.linear import (
    Interval,
    Relation,
    System,
    activity,
    narrow,
    touching_of,
)

_ORDER = {"pick": 0, "units": 1, "clients": 2, "months": 3, "euro": 4}


Table = dict[int, int]
Sum = tuple[tuple[int, int], ...]
Fixed = Mapping[int, int]
Box = tuple[Interval, Interval]


@dataclass
class Memory:
    """What was found out of a component: consistent tables, and intervals once a figure is known."""

    tables: list[Table] = field(default_factory=list)
    ends: list[Table] = field(default_factory=list)
    boxes: dict[tuple[int, int], Box | None] = field(default_factory=dict)
    spread: dict[tuple[tuple[int, int], ...], bool] = field(default_factory=dict)
    _seen: set[tuple[int, ...]] = field(default_factory=set)
    _sorted: dict[Sum, tuple[int, dict[int, int]]] = field(default_factory=dict)

    def keep(self, table: Table) -> None:
        """Remember a table once."""
        key = tuple(table[v] for v in sorted(table))
        if key not in self._seen:
            self._seen.add(key)
            self.tables.append(dict(table))

    def agreeing(self, fixed: Fixed) -> Iterator[Table]:
        """The tables that agree with what is known, oldest first."""
        left = self._with(fixed)
        while left:
            number = (left & -left).bit_length() - 1
            yield self.tables[number]
            left &= left - 1

    def values(self, terms: Mapping[int, int], fixed: Fixed) -> list[int]:
        """The values that a sum has in the tables that agree with what is known."""
        held = self._with(fixed)
        return [value for value, has in self.by_value(tuple(terms.items())).items() if has & held]

    def _with(self, fixed: Fixed) -> int:
        """The tables that agree, as the bits of a number."""
        held = (1 << len(self.tables)) - 1
        for unknown, value in fixed.items():
            held &= self.by_value(((unknown, 1),)).get(value, 0)
        return held

    def by_value(self, terms: Sum) -> dict[int, int]:
        """A sum's value → the tables with it, as the bits of a number.

        Only the tables found since the last look are read.
        """
        read, found = self._sorted.get(terms, (0, {}))
        for number in range(read, len(self.tables)):
            table = self.tables[number]
            value = sum([a * table[v] for v, a in terms])
            found[value] = found.get(value, 0) | 1 << number
        self._sorted[terms] = len(self.tables), found
        return found


@dataclass(frozen=True)
class Part:
    """A component: unknowns that relations connect, in the numbering of its system.

    ``order``: counts and units before cents, so that a completion leaves the loosest to the end.
    """

    unknowns: tuple[int, ...]
    relations: tuple[Relation, ...]
    order: tuple[int, ...]
    touching: Mapping[int, tuple[int, ...]]
    low: Mapping[int, int]
    high: Mapping[int, int]
    memory: Memory = field(default_factory=Memory)

    @cached_property
    def place(self) -> Mapping[int, int]:
        """Unknown → its place in the order."""
        return {unknown: number for number, unknown in enumerate(self.order)}


def split(system: System) -> list[Part] | None:
    """Narrow, drop what intervals already guarantee, and split; None if no table is left."""
    relations = list(system.relations)
    low, high = dict(enumerate(system.low)), dict(enumerate(system.high))
    if not narrow(relations, touching_of(relations), (low, high)):
        return None
    binding = [r for r in relations if not _holds(r, low, high)]
    leader = {v: v for v in low}

    def find(unknown: int) -> int:
        while leader[unknown] != unknown:
            leader[unknown] = leader[leader[unknown]]
            unknown = leader[unknown]
        return unknown

    for relation in binding:
        free = [v for v, _ in relation.terms if low[v] < high[v]]
        for unknown in free[1:]:
            leader[find(unknown)] = find(free[0])
    return _parts(system, binding, find_all={v: find(v) for v in low}, box=(low, high))


def _parts(
    system: System,
    binding: list[Relation],
    find_all: Mapping[int, int],
    box: tuple[Interval, Interval],
) -> list[Part]:
    low, high = box
    members: dict[int, list[int]] = {}
    for unknown, root in find_all.items():
        members.setdefault(root, []).append(unknown)
    inside: dict[int, list[Relation]] = {}
    for relation in binding:
        free = [v for v, _ in relation.terms if low[v] < high[v]]
        inside.setdefault(find_all[free[0]], []).append(_without_fixed(relation, low, high))
    return [
        Part(
            unknowns=tuple(unknowns),
            relations=tuple(inside.get(root, ())),
            order=tuple(sorted(unknowns, key=lambda v: (_ORDER[system.names[v].kind], v))),
            touching=touching_of(inside.get(root, [])),
            low={v: low[v] for v in unknowns},
            high={v: high[v] for v in unknowns},
        )
        for root, unknowns in members.items()
    ]


def _without_fixed(relation: Relation, low: Interval, high: Interval) -> Relation:
    known = sum(a * low[v] for v, a in relation.terms if low[v] == high[v])
    terms = tuple((v, a) for v, a in relation.terms if low[v] < high[v])
    bottom = None if relation.low is None else relation.low - known
    top = None if relation.high is None else relation.high - known
    return Relation(terms, bottom, top, relation.rule, relation.assumption)


def _holds(relation: Relation, low: Interval, high: Interval) -> bool:
    """Whether every table within the intervals obeys the relation."""
    least, most = activity(relation.terms, low, high)
    above = relation.low is None or least >= relation.low
    return above and (relation.high is None or most <= relation.high)
