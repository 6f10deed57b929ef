"""The relations between counts, derived from the names of measures, services and periods.

A union is at least its largest part and at most the sum of its parts; later versions are not
smaller; marks mean what the rules say they mean (R2, R6).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.public_facts import ANY, MANY, contains, grain_of, parts_of
from kuntakoonti.attack.evidence.released_files import AttackedRelease, Row
from kuntakoonti.attack.evidence.scope import MONOTONE, UNCHANGED, Scope
from kuntakoonti.attack.evidence.versions import Shown, State, versions_of, zeros_are_shown
from kuntakoonti.attack.model.linear import System

Why = tuple[str, str]


def add_counts(system: System, scope: Scope) -> None:
    """Every published count, what its mark says, and how the counts contain each other."""
    zeros = zeros_are_shown(scope.rows)
    for state in scope.states:
        for cell in state.counts.values():
            system.unknown(cell.name, *_interval(cell.row, zeros, _threshold(scope, cell)))
    for state in scope.states:
        for municipality in scope.members:
            _add_state(system, scope, state, municipality)
    if MONOTONE in scope.assumptions:
        _add_growth(system, scope)


def _threshold(scope: Scope, cell: Shown) -> int:
    return scope.public.facts_behind(cell.row).threshold


def _interval(row: Row, zeros: bool, threshold: int) -> tuple[int, int]:
    if row.value is not None:
        return row.value, row.value
    if row.low is not None and row.high is not None:
        return row.low, row.high
    if row.status == "under_threshold":
        return int(zeros), threshold - 1
    # withheld: a year by R6 (below); any other count for another's sake, so it is not small
    return (0 if grain_of(row.period) == "year" else threshold), MANY


def _add_state(system: System, scope: Scope, state: State, municipality: str) -> None:
    counts = state.of(municipality)
    for (service, period), cell in counts.items():
        if cell.row.status == "not_shown" and cell.row.release == state.release.name:
            _add_withheld_year(system, scope, counts, (service, period))
    grid = CountVariables(system, state.release, municipality, counts)
    services = {service for service, _ in counts}
    if ANY in services and len(services) > 1:
        everything = tuple(sorted(services | set(scope.services(municipality))))
        periods = {period for _, period in counts}
        for service in everything:
            grid.nest(service, periods)
        for period in grid.periods(periods):
            grid.join(period, everything)
    else:
        for service in services:
            grid.nest(service, {p for s, p in counts if s == service})


@dataclass(frozen=True)
class CountVariables:
    """The counts of a municipality at one release, published or latent."""

    system: System
    release: AttackedRelease
    municipality: str
    counts: dict[tuple[str, str], Shown]

    def unknown(self, service: str, period: str) -> int:
        """The number of a count; one that nobody published becomes a latent unknown."""
        shown = self.counts.get((service, period))
        if shown:
            return self.system.index[shown.name]
        name = Name("clients", self.municipality, service, period, f"~{self.release.name}")
        return self.system.unknown(name, 0, MANY)

    def covers(self, outer: str, periods: Iterable[str]) -> list[tuple[str, ...]]:
        """The ways in which finer periods that are in use cover a period so far."""
        inside = {p for p in periods if p != outer and contains(outer, p)}
        grains = sorted({grain_of(p) for p in inside})
        return [parts_of(outer, grain, self.release.month) for grain in grains]

    def periods(self, periods: Iterable[str]) -> set[str]:
        """The periods in use and those needed to cover them."""
        found = set(periods)
        for outer in tuple(found):
            found.update(*self.covers(outer, tuple(found)))
        return found

    def nest(self, service: str, periods: set[str]) -> None:
        """A period's distinct count lies between its largest part and the sum of its parts."""
        for outer in sorted(periods):
            for cover in self.covers(outer, periods):
                why = ("R6" if grain_of(outer) == "year" else "R3", UNCHANGED)
                self._union((service, outer), [(service, inner) for inner in cover], why)

    def join(self, period: str, services: tuple[str, ...]) -> None:
        """The count over services lies between the largest service and the sum."""
        parts = [(service, period) for service in services if service != ANY]
        self._union((ANY, period), parts, ("R3", UNCHANGED))

    def _union(self, whole: tuple[str, str], parts: list[tuple[str, str]], why: Why) -> None:
        outer = self.unknown(*whole)
        inner = {self.unknown(*part): 1 for part in parts}
        for unknown in inner:
            self.system.at_least({outer: 1}, {unknown: 1}, why)
        self.system.at_least(inner, {outer: 1}, why)


def _add_withheld_year(
    system: System,
    scope: Scope,
    counts: dict[tuple[str, str], Shown],
    place: tuple[str, str],
) -> None:
    """R6: "ei esitetä" says that one of three conditions is below the threshold."""
    service, year = place
    if grain_of(year) != "year":
        return
    inside = [c for (s, p), c in counts.items() if s == service and p != year and contains(year, p)]
    exact = [c.row.value for c in inside if c.row.value is not None]
    hidden = sum(1 for c in inside if c.row.status == "under_threshold")
    unknown, small = system.index[counts[place].name], _threshold(scope, counts[place]) - 1
    branches = [(unknown, 0, small)]
    if exact:
        branches.append((unknown, 0, max(exact) + small))
    if inside:
        reach = sum(exact) + small * max(hidden - 2, 0)
        branches.append((unknown, reach - small, MANY))
    system.either(branches, ("R6", ""))


def _add_growth(system: System, scope: Scope) -> None:
    """Late records mostly add: a later version is not smaller (A3)."""
    for place, versions in versions_of(scope.states).items():
        numbers = [system.index[v.name] for v in versions]
        for before, after in pairwise(numbers):
            system.at_least({after: 1}, {before: 1}, ("R5", f"{MONOTONE} {' '.join(place)}"))


def shrinking(system: System, scope: Scope) -> frozenset[str]:
    """The figures whose published versions alone contradict growth; it is dropped for them."""
    found = set()
    for place, versions in versions_of(scope.states).items():
        floor = 0
        for number in (system.index[v.name] for v in versions):
            floor = max(floor, system.low[number])
            if floor > system.high[number]:
                found.add(f"{MONOTONE} {' '.join(place)}")
    return frozenset(found)
