"""What stands on the pages at each release: which version of which figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.public_facts import ANY, contains
from kuntakoonti.attack.evidence.released_files import AttackedRelease, Row

Place = tuple[str, str, str]  # municipality, service, period


@dataclass(frozen=True)
class Shown:
    """A count's row and the unknown behind it."""

    name: Name
    row: Row

    @property
    def exact(self) -> bool:
        return self.row.status == "final"

    @property
    def small(self) -> bool:
        """Whether the page says that it is under the threshold, in either of its two marks."""
        return self.row.status == "under_threshold" or self.row.low == 0


@dataclass(frozen=True)
class State:
    """The counts that a reader has when a release is out: its own and what was closed before."""

    release: AttackedRelease
    counts: dict[Place, Shown]

    @property
    def new(self) -> tuple[Shown, ...]:
        """The counts that the release is the first to show."""
        name = self.release.name
        return tuple(cell for cell in self.counts.values() if cell.row.release == name)

    def of(self, municipality: str) -> dict[tuple[str, str], Shown]:
        """A municipality's counts by service and period."""
        return {key[1:]: cell for key, cell in self.counts.items() if key[0] == municipality}


def states_of(rows: Iterable[Row], releases: Sequence[AttackedRelease]) -> tuple[State, ...]:
    """The states of these releases, from the count rows of members."""
    by_release: dict[str, dict[Place, Row]] = {}
    for row in rows:
        if row.measure == "clients" and not row.is_area and row.status != "not_offered":
            places = by_release.setdefault(row.release, {})
            places.setdefault((row.municipality, row.service, row.period), row)
    found, closed = [], dict[Place, Shown]()
    for release in releases:
        shown = dict(closed)
        for place, row in by_release.get(release.name, {}).items():
            shown[place] = _named(place, row, closed.get(place))
            if row.status != "preliminary":
                closed[place] = shown[place]
        found.append(State(release, shown))
    return tuple(found)


def _named(place: Place, row: Row, before: Shown | None) -> Shown:
    """A closed count that is shown again unchanged is the same unknown; anything else is a version."""
    if before and (before.row.status, before.row.value) == (row.status, row.value):
        return before
    return Shown(Name("clients", *place, row.release), row)


def zeros_are_shown(rows: Iterable[Row]) -> bool:
    """Whether a zero is printed as 0, so that a hidden count is read as at least 1."""
    return any(r.measure == "clients" and r.value == 0 and not r.is_area for r in rows)


def holds_all(outer: tuple[str, str], inner: tuple[str, str]) -> bool:
    """Whether everybody counted in one figure is counted in another (service, period)."""
    same = outer[0] in (inner[0], ANY)
    return same and outer != inner and contains(outer[1], inner[1])


def versions_of(states: Iterable[State]) -> dict[Place, tuple[Shown, ...]]:
    """Every version of every figure, oldest first."""
    found: dict[Place, dict[Name, Shown]] = {}
    for state in states:
        for place, cell in state.counts.items():
            found.setdefault(place, {})[cell.name] = cell
    return {place: tuple(cells.values()) for place, cells in found.items()}
