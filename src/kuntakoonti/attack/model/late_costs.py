"""Costs are recorded late and mostly add (A4): what a year's later total says of its earlier ones."""

from collections.abc import Iterator
from itertools import pairwise

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.scope import RECORDED, Scope
from kuntakoonti.attack.model.linear import System

_TOTALS = ("actual_cents", "actual_rounded_cents")


def add_recorded(system: System, scope: Scope) -> frozenset[str]:
    """No service's cost of a year is smaller in a later release, the final adjustment included.

    Returned are the years whose printed totals alone contradict that; it is dropped for them.
    """
    order = [f"~{state.release.name}" for state in scope.states]
    euros = [name for name in system.names if name.kind == "euro"]
    shrunk = set[str]()
    for assumption, before, after in growing(euros, order):
        low, high = system.index[before], system.index[after]
        system.at_least({high: 1}, {low: 1}, ("R7", assumption))
        if system.low[low] > system.high[high]:
            shrunk.add(assumption)
    return frozenset(shrunk)


def growing(euros: list[Name], order: list[str]) -> Iterator[tuple[str, Name, Name]]:
    """Neighbours in time of the same cost, the earlier one first, and the assumption they rest on."""
    place = {release: number for number, release in enumerate(order)}
    series: dict[tuple[str, str, str], list[tuple[int, Name]]] = {}
    for name in euros:
        release = name.version
        for total in _TOTALS:
            release = release.removesuffix(total)
        key = name.municipality, name.period, name.service
        series.setdefault(key, []).append((place[release], name))
    for (municipality, period, _), names in series.items():
        for (_, before), (_, after) in pairwise(sorted(names)):
            yield f"{RECORDED} {municipality} {period}", before, after
