"""What one attack holds: some municipalities, their pages, and the assumptions it makes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from kuntakoonti.attack.evidence.public_facts import ANY, Facts
from kuntakoonti.attack.evidence.released_files import Public, Row
from kuntakoonti.attack.evidence.versions import State

UNCHANGED, MONOTONE, PAYABLE = "unchanged", "monotone", "payable"
UNITS, REASONS, VERIFIED, RECORDED = "units", "reasons", "verified", "recorded"


@dataclass(frozen=True)
class Scope:
    """What one attack holds: some municipalities, their rows, and the level's assumptions.

    ``contradicted``: the assumptions, all of a kind or one figure's, that the archive does not bear.
    """

    public: Public
    members: tuple[str, ...]
    rows: tuple[Row, ...]
    states: tuple[State, ...]
    assumptions: frozenset[str]
    contradicted: frozenset[str] = frozenset()

    def facts(self, release: str) -> Facts:
        """The rules of a release; of a version of a latent figure too."""
        return self.public.facts_of(release.removeprefix("~"))

    def holds(self, assumption: str) -> bool:
        """Whether a relation that rests on the assumption (or on none) is used."""
        kind = assumption.partition(" ")[0]
        return not kind or (kind in self.assumptions and not {kind, assumption} & self.contradicted)

    def without(self, contradicted: Iterable[str]) -> "Scope":
        """The same when some assumptions are given up."""
        return replace(self, contradicted=frozenset(contradicted))

    def services(self, municipality: str) -> tuple[str, ...]:
        """The services a municipality's pages name."""
        return self._services.get(municipality, ())

    @cached_property
    def _services(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for row in self.rows:
            found.setdefault(row.municipality, set()).add(row.service)
        return {code: tuple(sorted(services - {ANY})) for code, services in found.items()}

    @cached_property
    def _pages(self) -> dict[tuple[str, str], tuple[Row, ...]]:
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            found.setdefault((row.release, row.municipality), []).append(row)
        return {place: tuple(rows) for place, rows in found.items()}

    def page(self, release: str, municipality: str) -> tuple[Row, ...]:
        """What a release says of a municipality."""
        return self._pages.get((release, municipality), ())


def binding_sums(public: Public) -> tuple[Row, ...]:
    """The area's figures that say more than the members' pages: totals, and sums that do not agree."""
    exact: dict[tuple[str, str, str], int] = {}
    for row in public.rows:
        if row.measure == "clients" and row.value is not None and not row.is_area:
            place = (row.release, row.service, row.period)
            exact[place] = exact.get(place, 0) + row.value
    return tuple(
        row
        for row in public.rows
        if row.is_area
        and row.value is not None
        and (
            row.measure == "clients"
            or (
                row.measure == "clients_shown_sum"
                and row.value != exact.get((row.release, row.service, row.period), 0)
            )
        )
    )


def not_in_units(scope: Scope) -> frozenset[str]:
    """The services whose shown cost is no multiple of the unit price: recoveries are in it."""
    shown = [r for r in scope.rows if r.measure == "actual_cents" and r.value is not None]
    priced = [(r, scope.facts(r.release).price(r.service).units) for r in shown]
    return frozenset(
        f"{UNITS} {row.municipality} {row.service}"
        for row, units in priced
        if len(units) == 1 and (row.value or 0) % units[0]
    )
