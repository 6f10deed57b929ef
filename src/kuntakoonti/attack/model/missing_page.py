"""What a final adjustment says of a municipality by having no public page of it (R7, R9)."""

from kuntakoonti.attack.evidence.public_facts import ANY, contains
from kuntakoonti.attack.evidence.released_files import Row
from kuntakoonti.attack.evidence.scope import REASONS, Scope
from kuntakoonti.attack.evidence.versions import State
from kuntakoonti.attack.model.counts import CountVariables
from kuntakoonti.attack.model.linear import System

_SAID = ("R7", REASONS)


def add_absence(system: System, scope: Scope, state: State, municipality: str) -> None:
    """A missing page beside a number: few clients in the year, or in one of too few services.

    Without a number, or with "alle 5" beside too few services, public marks are the reason.
    """
    if not _page_is_missing(scope, state, municipality):
        return
    facts = scope.facts(state.release.name)
    year, counts = state.release.month[:4], state.of(municipality)
    inside = {key: cell for key, cell in counts.items() if contains(year, key[1])}
    if not any(c.exact or (c.row.low or 0) > 0 for c in inside.values()):
        return
    grid = CountVariables(system, state.release, municipality, counts)
    services, everybody = scope.services(municipality), {s for s, _ in inside if s == ANY}
    for service in (*services, *everybody):
        grid.nest(service, {p for s, p in inside if s == service} | {year})
    few = [(grid.unknown(s, year), 0, facts.threshold - 1) for s in services]
    if len(services) >= facts.total_services:
        few += [(grid.unknown(s, year), 0, facts.threshold - 1) for s in everybody]
        for unknown, low, high in few:
            system.relate({unknown: 1}, low, high, _SAID)
    elif few and not any(c.small for key, c in inside.items() if key[1] != year):
        system.either(few, _SAID)


def _page_is_missing(scope: Scope, state: State, municipality: str) -> bool:
    """Whether the municipality alone has no total in a final adjustment."""
    release = state.release
    if not release.final or any(_is_total(r) for r in scope.page(release.name, municipality)):
        return False
    return any(_is_total(r) for r in scope.public.rows if r.release == release.name)


def _is_total(row: Row) -> bool:
    exact = row.measure == "actual_cents" and row.value is not None
    return exact and row.service == ANY and not row.is_area
