"""Exact figures that an authority was given: it is an insider, and they are known at every level.

Counts only: no relation ties the cents of a municipality to anybody else's.
"""

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.released_files import Row
from kuntakoonti.attack.evidence.scope import MONOTONE, VERIFIED, Scope
from kuntakoonti.attack.evidence.versions import State
from kuntakoonti.attack.model.linear import System


def add_verified(system: System, scope: Scope) -> None:
    """Fix what the insiders know, each figure as it was when its release was made."""
    states = {state.release.name: state for state in scope.states}
    for row in scope.public.verified:
        state = states.get(row.release)
        if state and row.municipality in scope.members and row.measure == "clients":
            assert row.value is not None
            system.relate({_known(system, state, row): 1}, row.value, row.value, ("R9", VERIFIED))


def _known(system: System, state: State, row: Row) -> int:
    """The figure on the release's page; what closed before, or is on no page, is a version of its own."""
    place = (row.municipality, row.service, row.period)
    shown = state.counts.get(place)
    if shown and shown.name.version == row.release:
        return system.index[shown.name]
    name = Name("clients", *place, f"~{row.release}")
    unknown = system.unknown(name, 0, row.value or 0)
    if shown:
        why = ("R5", f"{MONOTONE} {' '.join(place)}")
        system.at_least({unknown: 1}, {system.index[shown.name]: 1}, why)
    return unknown
