"""What must stay hidden: the targets of G1–G4, derived from the pages and the model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.public_facts import ANY, contains, grain_of, parts_of
from kuntakoonti.attack.evidence.scope import Scope
from kuntakoonti.attack.evidence.versions import Shown, holds_all, versions_of
from kuntakoonti.attack.model.linear import System

Series = tuple[str, str]  # service, period
Counts = Mapping[Series, Shown]


@dataclass(frozen=True)
class Target:
    """A sum of unknowns that a guarantee protects.

    ``rule``: the one that a printed figure breaks if no relation is to blame. ``threshold``: below
    it a figure or a difference is small. ``width``: of G4.
    """

    guarantee: str
    terms: tuple[tuple[Name, int], ...]
    rule: str
    threshold: int = 0
    width: int = 0

    @property
    def place(self) -> tuple[str, str, str]:
        """Municipality, service and period of the first figure."""
        name = self.terms[0][0]
        return name.municipality, name.service, name.period


def targets_of(system: System, scope: Scope) -> tuple[Target, ...]:
    """Every target once."""
    found = [*_figures(system, scope), *_differences(scope), *_amounts(system, scope)]
    return tuple(dict.fromkeys(found))


def _figures(system: System, scope: Scope) -> Iterator[Target]:
    """G1: no small figure is exact, latent ones included; G2: "alle 5" keeps 0…threshold − 1."""
    rows = {cell.name: cell.row for state in scope.states for cell in state.counts.values()}
    for name, low, high in zip(system.names, system.low, system.high, strict=True):
        if name.kind == "clients":
            row = rows.get(name)
            facts = scope.public.facts_behind(row) if row else scope.facts(name.version)
            threshold = facts.threshold
            if not low == high >= threshold:
                yield Target("G1", ((name, 1),), "R2", threshold)
    for state in scope.states:
        for cell in state.counts.values():
            threshold = scope.public.facts_behind(cell.row).threshold
            withheld = cell.row.status == "not_shown" and grain_of(cell.row.period) != "year"
            if cell.small or withheld:
                yield Target("G2", ((cell.name, 1),), "R2", threshold)
            elif cell.row.low is not None and cell.row.low < threshold:
                yield Target("G2", ((cell.name, 1),), "R5", threshold)


def _differences(scope: Scope) -> Iterator[Target]:
    """G3: two versions, a whole and a part of it, and the overlap of the parts of a whole."""
    for place, versions in versions_of(scope.states).items():
        for before, after in combinations(versions, 2):
            rule = "R6" if grain_of(place[2]) == "year" else "R5"
            threshold = scope.facts(after.row.release).threshold
            yield Target("G3", ((after.name, 1), (before.name, -1)), rule, threshold)
            if "preliminary" not in (before.row.status, after.row.status):  # corrected down
                yield Target("G3", ((before.name, 1), (after.name, -1)), rule, threshold)
    for state in scope.states:
        threshold = scope.facts(state.release.name).threshold
        for municipality in scope.members:
            services = scope.services(municipality)
            counts = state.of(municipality)
            new = {k: cell for k, cell in counts.items() if cell.row.release == state.release.name}
            for outer in counts:
                found = [*_parts_of(counts, outer, new)]
                found += _overlaps(counts, outer, state.release.month, services)
                yield from (replace(target, threshold=threshold) for target in found)


def _parts_of(counts: Counts, outer: Series, new: Counts) -> Iterator[Target]:
    """A whole and each of its parts; where neither is new, an earlier release had both."""
    whole = counts[outer].name
    for inner in counts if outer in new else new:
        if holds_all(outer, inner):
            yield Target("G3", ((whole, 1), (counts[inner].name, -1)), _nesting(outer, inner))


def _overlaps(
    counts: Counts, outer: Series, last: str, services: tuple[str, ...]
) -> Iterator[Target]:
    rule, whole = "R6" if grain_of(outer[1]) == "year" else "R3", counts[outer]
    for parts in _covers(counts, outer, last, services):
        yield Target("G3", ((whole.name, -1), *((part.name, 1) for part in parts)), rule)


def _nesting(outer: Series, inner: Series) -> str:
    if outer[0] != inner[0]:
        return "R3"
    return "R6" if grain_of(outer[1]) == "year" else "R3"


def _covers(
    counts: Counts, outer: Series, last: str, services: tuple[str, ...]
) -> Iterator[list[Shown]]:
    """The complete sets of published parts of a figure, if there are several parts."""
    service, period = outer
    ways = [[(service, p) for p in parts] for parts in _finer(period, last)]
    if service == ANY:
        ways.append([(s, period) for s in services])
    for way in ways:
        if len(way) > 1 and all(key in counts for key in way):
            yield [counts[key] for key in way]


@cache
def _finer(period: str, last: str) -> tuple[tuple[str, ...], ...]:
    """The finer periods inside a period that have begun, by grain."""
    parts = (parts_of(period, grain, last) for grain in ("month", "quarter"))
    return tuple(of for of in parts if all(contains(period, p) for p in of))


def _amounts(system: System, scope: Scope) -> Iterator[Target]:
    """G4: a service's cost keeps its width where its total, or what a page shows of it, is that large."""
    shown: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in scope.rows:
        if row.measure == "actual_cents" and row.value is not None:
            place = (row.municipality, row.service, row.period)
            shown.setdefault(place, {})[f"~{row.release}"] = row.value
    for name, high in zip(system.names, system.high, strict=True):
        if name.kind == "euro" and name.service != ANY:
            facts = scope.facts(name.version)
            width = facts.threshold * facts.price(name.service).smallest
            known = shown.get((name.municipality, name.service, name.period), {})
            if min([high, *known.values()]) >= width and name.version not in known:
                yield Target("G4", ((name, 1),), "R7", facts.threshold, width)
