"""Integer unknowns, linear relations between them, and what intervals alone say about them."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kuntakoonti.attack.evidence.names import Name

_STEPS = 20_000  # of propagation; stopping early only leaves intervals wider


Terms = Mapping[int, int]


class Relation(NamedTuple):
    """``low ≤ Σ coefficient × unknown ≤ high``, by which rule, and on what assumption it rests."""

    terms: tuple[tuple[int, int], ...]
    low: int | None
    high: int | None
    rule: str
    assumption: str = ""


@dataclass
class System:
    """Unknowns with their intervals, and relations; it is built up relation by relation."""

    names: list[Name] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    relations: dict[Relation, None] = field(default_factory=dict)
    index: dict[Name, int] = field(default_factory=dict)

    def unknown(self, name: Name, low: int, high: int) -> int:
        """The number of an unknown; a new one gets the interval."""
        if name not in self.index:
            self.index[name] = len(self.names)
            self.names.append(name)
            self.low.append(low)
            self.high.append(high)
        return self.index[name]

    def relate(self, terms: Terms, low: int | None, high: int | None, why: tuple[str, str]) -> None:
        """Add a relation; ``why`` is its rule and its assumption."""
        kept = tuple(sorted((v, a) for v, a in terms.items() if a))
        self.relations[Relation(kept, low, high, *why)] = None

    def at_least(self, larger: Terms, smaller: Terms, why: tuple[str, str]) -> None:
        """``larger ≥ smaller``."""
        terms = dict(larger)
        for unknown, factor in smaller.items():
            terms[unknown] = terms.get(unknown, 0) - factor
        self.relate(terms, 0, None, why)

    def either(self, branches: Sequence[tuple[int, int, int]], why: tuple[str, str]) -> None:
        """At least one of ``low ≤ unknown ≤ high`` holds."""
        picks = {}
        for number, (unknown, low, high) in enumerate(branches):
            name = self.names[unknown]
            label = f"~{why[0]}-{number}-{name.version}"
            named = Name("pick", name.municipality, name.service, name.period, label)
            pick = self.unknown(named, 0, 1)
            picks[pick] = 1
            above, below = self.high[unknown], self.low[unknown]
            self.relate({unknown: 1, pick: above - high}, None, above, why)
            self.relate({unknown: 1, pick: below - low}, below, None, why)
        self.relate(picks, 1, None, why)


Interval = dict[int, int]


def narrow(
    relations: Sequence[Relation],
    touching: Mapping[int, Sequence[int]],
    box: tuple[Interval, Interval],
    start: Iterable[int] | None = None,
) -> bool:
    """Narrow the intervals in place until nothing changes; False if no table is left.

    ``start``: the unknowns that changed; without it every relation is looked at.
    """
    if start is None:
        queue = deque(range(len(relations)))
    else:
        queue = deque(dict.fromkeys(r for v in start for r in touching.get(v, ())))
    waiting, steps = set(queue), 0
    while queue and steps < _STEPS:
        steps += 1
        number = queue.popleft()
        waiting.discard(number)
        changed = _narrow_one(relations[number], *box)
        if changed is None:
            return False
        for unknown in changed:
            for other in touching[unknown]:
                if other not in waiting:
                    waiting.add(other)
                    queue.append(other)
    return True


def _narrow_one(relation: Relation, low: Interval, high: Interval) -> list[int] | None:
    """The unknowns whose interval one relation narrowed; None if it cannot hold."""
    least, most = activity(relation.terms, low, high)
    top, bottom = relation.high, relation.low
    if (top is not None and least > top) or (bottom is not None and most < bottom):
        return None
    changed: list[int] = []
    if (top is None or most <= top) and (bottom is None or least >= bottom):
        return changed  # every table within the intervals obeys it
    for unknown, factor in relation.terms:
        below, above = low[unknown], high[unknown]
        if below == above:
            continue  # a contradiction is seen when the relation is looked at again
        small, large = (below, above) if factor > 0 else (above, below)
        room = None if top is None else top - least + factor * small
        need = None if bottom is None else bottom - most + factor * large
        new = _within((below, above), factor, room, need)
        if new[0] > new[1]:
            return None
        if new != (below, above):
            low[unknown], high[unknown] = new
            changed.append(unknown)
            ends = new if factor > 0 else new[::-1]
            least, most = least + factor * (ends[0] - small), most + factor * (ends[1] - large)
    return changed


def _within(
    old: tuple[int, int], factor: int, room: int | None, need: int | None
) -> tuple[int, int]:
    """The part of an interval where ``need ≤ factor × unknown ≤ room``."""
    below, above = old
    least, most = (need, room) if factor > 0 else (room, need)
    if most is not None:
        above = min(above, most // factor)
    if least is not None:
        below = max(below, -(-least // factor))
    return below, above


def activity(terms: Iterable[tuple[int, int]], low: Interval, high: Interval) -> tuple[int, int]:
    """The smallest and largest value of a sum over intervals."""
    least = most = 0
    for unknown, factor in terms:
        if factor > 0:
            least += factor * low[unknown]
            most += factor * high[unknown]
        else:
            least += factor * high[unknown]
            most += factor * low[unknown]
    return least, most


def touching_of(relations: Sequence[Relation]) -> dict[int, tuple[int, ...]]:
    """Unknown → the relations it stands in."""
    found: dict[int, list[int]] = {}
    for number, relation in enumerate(relations):
        for unknown, _ in relation.terms:
            found.setdefault(unknown, []).append(number)
    return {unknown: tuple(numbers) for unknown, numbers in found.items()}
