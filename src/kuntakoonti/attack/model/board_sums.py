"""R8: what the area's page adds up, and what follows for the members behind a sum."""

from collections.abc import Iterable

from kuntakoonti.attack.evidence.public_facts import ANY, contains, grain_of
from kuntakoonti.attack.evidence.released_files import Row
from kuntakoonti.attack.evidence.scope import Scope
from kuntakoonti.attack.evidence.versions import State
from kuntakoonti.attack.model.counts import CountVariables
from kuntakoonti.attack.model.linear import System

_WHY = ("R8", "")


def add_area(system: System, scope: Scope, sums: Iterable[Row]) -> None:
    """Tie the members together by every sum that is not theirs alone."""
    states = {state.release.name: state for state in scope.states}
    for row in sums:
        if row.release in states and row.value is not None:
            _add_sum(system, scope, states[row.release], row)


def _add_sum(system: System, scope: Scope, state: State, row: Row) -> None:
    """Over one service and month everybody is in one municipality; else movers count twice."""
    assert row.value is not None
    members = {_member(system, scope, state, row, m): 1 for m in scope.members}
    disjoint = row.measure != "clients" or (row.service != ANY and grain_of(row.period) == "month")
    system.relate(members, row.value, row.value if disjoint else None, _WHY)
    for unknown in members:
        system.relate({unknown: 1}, None, row.value, _WHY)


def _member(system: System, scope: Scope, state: State, row: Row, municipality: str) -> int:
    """A member's figure behind the sum; a latent one lies within what is published around it."""
    counts = state.of(municipality) | scope.states[-1].of(municipality)
    grid = CountVariables(system, state.release, municipality, counts | state.of(municipality))
    unknown = grid.unknown(row.service, row.period)
    if (row.service, row.period) not in grid.counts:
        for (service, period), cell in grid.counts.items():
            if service in (row.service, ANY) and contains(period, row.period):
                system.at_least({system.index[cell.name]: 1}, {unknown: 1}, _WHY)
            if service == row.service and contains(row.period, period):
                system.at_least({unknown: 1}, {system.index[cell.name]: 1}, _WHY)
    return unknown
