"""Whether a table contradicts the pages: plain arithmetic, sharing no relation with the model.

It reads the rows again; that is what makes a witness worth something.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.public_facts import ANY, contains, grain_of, parts_of
from kuntakoonti.attack.evidence.released_files import Row
from kuntakoonti.attack.evidence.scope import (
    MONOTONE,
    PAYABLE,
    RECORDED,
    UNCHANGED,
    UNITS,
    VERIFIED,
    Scope,
)
from kuntakoonti.attack.evidence.versions import State, versions_of, zeros_are_shown
from kuntakoonti.core.errors import Sentence

Table = Mapping[Name, int]
Counts = dict[tuple[str, str], int]
_TOTALS = ("actual_cents", "actual_rounded_cents")


@dataclass(frozen=True)
class Reading:
    """A table, its values also by kind, municipality and version."""

    table: Table

    @cached_property
    def _groups(self) -> dict[tuple[str, str, str], list[tuple[Name, int]]]:
        found: dict[tuple[str, str, str], list[tuple[Name, int]]] = {}
        for name, value in self.table.items():
            version = name.version.partition(" ")[0]
            found.setdefault((name.kind, name.municipality, version), []).append((name, value))
        return found

    def of(self, kind: str, municipality: str, version: str) -> list[tuple[Name, int]]:
        """What a table says of one kind of one municipality in one version."""
        return self._groups.get((kind, municipality, version), [])


def faults(scope: Scope, table: Table, sums: tuple[Row, ...] = ()) -> tuple[Sentence, ...]:
    """Where a table contradicts the pages; empty for a true witness."""
    found, read = [*_mark_faults(scope, table), *_growth_faults(scope, table)], Reading(table)
    found += _recorded_faults(scope, table)
    for state in scope.states:
        for municipality in scope.members:
            counts = _counts_at(state, municipality, read)
            found += _union_faults(scope, state, counts, municipality)
            found += _total_faults(scope, state, read, municipality)
        found += [*_area_faults(scope, state, read, sums), *_verified_faults(scope, state, table)]
    return tuple(found)


def _mark_faults(scope: Scope, table: Table) -> Iterator[Sentence]:
    zeros = zeros_are_shown(scope.rows)
    for state in scope.states:
        for cell in state.new:
            value, row = table[cell.name], cell.row
            threshold = scope.public.facts_behind(row).threshold
            if row.status == "final":
                good = value == row.value
            elif row.status == "preliminary":
                good = (row.low or 0) <= value <= (row.high or 0)
            elif row.status == "under_threshold":
                good = int(zeros) <= value < threshold
            elif grain_of(row.period) == "year":
                good = _is_withheld(scope, state, row, value)
            else:
                good = value >= threshold
            if not good:
                yield Sentence("{release}: a mark", release=row.release)


def _is_withheld(scope: Scope, state: State, row: Row, value: int) -> bool:
    """R6, said once more: one of the three conditions is below the threshold."""
    counts = state.of(row.municipality)
    periods = [
        c.row
        for (service, period), c in counts.items()
        if service == row.service and period != row.period and contains(row.period, period)
    ]
    exact = [r.value for r in periods if r.value is not None]
    small = sum(r.status == "under_threshold" for r in periods)
    threshold = scope.public.facts_behind(row).threshold
    smallest = [value, *(value - number for number in exact)]
    if periods:
        reach = sum(exact) + (threshold - 1) * (small - 2 if small > 2 else 0)
        smallest.append(reach - value)
    return min(smallest) < threshold


def _growth_faults(scope: Scope, table: Table) -> Iterator[Sentence]:
    for place, versions in versions_of(scope.states).items():
        values = [table[v.name] for v in versions]
        if scope.holds(f"{MONOTONE} {' '.join(place)}") and values != sorted(values):
            yield Sentence("{period}: growth", period=place[2])


def _recorded_faults(scope: Scope, table: Table) -> Iterator[Sentence]:
    """Where a service's cost of a year is smaller than in an earlier release."""
    order = {f"~{state.release.name}": n for n, state in enumerate(scope.states)}
    series: dict[tuple[str, str, str], dict[int, int]] = {}
    for name, value in table.items():
        if name.kind == "euro" and name.service != ANY:
            place = (name.municipality, name.period, name.service)
            series.setdefault(place, {})[order[name.version]] = value
    for (municipality, period, _), found in series.items():
        values = [found[n] for n in sorted(found)]
        if scope.holds(f"{RECORDED} {municipality} {period}") and values != sorted(values):
            yield Sentence("{period}: growth of what is recorded", period=period)


def _counts_at(state: State, municipality: str, read: Reading) -> Counts:
    """Published and latent counts of a municipality at a release."""
    latent = read.of("clients", municipality, f"~{state.release.name}")
    counts = {(n.service, n.period): value for n, value in latent}
    return counts | {key: read.table[c.name] for key, c in state.of(municipality).items()}


def _union_faults(
    scope: Scope, state: State, counts: Counts, municipality: str
) -> Iterator[Sentence]:
    if not scope.holds(UNCHANGED):
        return
    services, last = scope.services(municipality), state.release.month
    for (service, period), value in counts.items():
        for way in _ways(service, period, last, services):
            parts = [counts[key] for key in way if key in counts]
            full = len(parts) == len(way) and parts
            if any(part > value for part in parts) or (full and sum(parts) < value):
                yield Sentence("{release}: {service} {period}: a union", release=state.release.name,
                               service=service, period=period)  # fmt: skip


@cache
def _ways(
    service: str, period: str, last: str, services: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The ways in which a count is a union of others."""
    grains = [parts_of(period, grain, last) for grain in ("month", "quarter")]
    ways = [
        tuple((service, p) for p in parts if p != period and contains(period, p))
        for parts in grains
    ]
    return (*ways, tuple((s, period) for s in services)) if service == ANY else tuple(ways)


def _total_faults(
    scope: Scope, state: State, read: Reading, municipality: str
) -> Iterator[Sentence]:
    release = state.release.name
    for row in scope.page(release, municipality):
        if row.value is None or row.measure not in _TOTALS:
            continue
        amounts = _amounts(read, row)
        if amounts:
            amount = sum(amounts.values()) if row.service == ANY else amounts[row.service]
            total = Name("euro", municipality, ANY, row.period, f"~{release}{row.measure}")
            unequal = row.service == ANY and read.table.get(total, amount) != amount
            if unequal or not _prints_as(scope, row, amount):
                yield Sentence("{release}: actual cost", release=release)
    yield from _price_faults(scope, read, municipality, release)


def _prints_as(scope: Scope, row: Row, amount: int) -> bool:
    """Whether an amount would be printed as it is."""
    assert row.value is not None
    if row.measure != "actual_rounded_cents":
        return amount == row.value
    step = scope.facts(row.release).recorded
    width = step.coarse if abs(row.value) >= step.limit else step.fine
    if step.down:
        return 0 <= amount - row.value < width
    return abs(amount - row.value) <= width // 2


def _amounts(read: Reading, row: Row) -> dict[str, int]:
    """The cents of each service behind a page's total."""
    euros = read.of("euro", row.municipality, f"~{row.release}")
    return {n.service: value for n, value in euros if n.service != ANY and n.period == row.period}


def _price_faults(
    scope: Scope, read: Reading, municipality: str, release: str
) -> Iterator[Sentence]:
    for name, value in read.of("euro", municipality, f"~{release}"):
        price, table = scope.facts(release).price(name.service), read.table
        months = table.get(Name("months", municipality, name.service, name.period, name.version))
        if months is None:
            continue
        most = max(price.units) * price.high if price.units else price.most
        if scope.holds(PAYABLE) and most is not None and value > most * months:
            yield Sentence("{release}: {service}: maximum amount", release=release,
                           service=name.service)  # fmt: skip
        if price.units and scope.holds(f"{UNITS} {municipality} {name.service}"):
            paid = _units(read, name)
            whole = sum(cents * number for cents, number in paid)
            if whole != value or sum(n for _, n in paid) > price.high * months:
                yield Sentence("{release}: {service}: unit price", release=release,
                               service=name.service)  # fmt: skip


def _units(read: Reading, amount: Name) -> list[tuple[int, int]]:
    return [
        (int(n.version.rpartition(" ")[2]), number)
        for n, number in read.of("units", amount.municipality, amount.version)
        if (n.service, n.period) == (amount.service, amount.period)
    ]


def _area_faults(
    scope: Scope, state: State, read: Reading, sums: tuple[Row, ...]
) -> Iterator[Sentence]:
    for row in sums:
        if row.release != state.release.name or row.value is None:
            continue
        key = (row.service, row.period)
        values = [_counts_at(state, m, read).get(key, 0) for m in scope.members]
        several = row.service == ANY or grain_of(row.period) != "month"
        loose = row.measure == "clients" and several
        if sum(values) < row.value or (not loose and sum(values) != row.value):
            yield Sentence("{release}: the area's sum", release=row.release)


def _verified_faults(scope: Scope, state: State, table: Table) -> Iterator[Sentence]:
    """Where a table says something else than what the insiders know."""
    release = state.release.name
    for row in scope.public.verified if scope.holds(VERIFIED) else ():
        here = row.release == release and row.municipality in scope.members
        if here and row.measure == "clients":
            place = (row.municipality, row.service, row.period)
            shown = state.counts.get(place)
            own = shown is not None and shown.name.version == release
            version = release if own else f"~{release}"
            if table[Name("clients", *place, version)] != row.value:
                yield Sentence("{release}: check page", release=release)
