"""R7: what a known total of euros says about the services and the persons behind it (A4)."""

from dataclasses import dataclass, replace

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.public_facts import (
    ANY,
    MANY,
    Facts,
    contains,
    grain_of,
    months_of,
    parts_of,
)
from kuntakoonti.attack.evidence.released_files import AttackedRelease, Row
from kuntakoonti.attack.evidence.scope import PAYABLE, REASONS, UNCHANGED, UNITS, Scope
from kuntakoonti.attack.evidence.versions import State
from kuntakoonti.attack.model.counts import CountVariables
from kuntakoonti.attack.model.linear import System
from kuntakoonti.attack.model.missing_page import add_absence

_RULE, _PAID, _SAID = ("R7", ""), ("R7", PAYABLE), ("R7", REASONS)


def add_money(system: System, scope: Scope) -> tuple[str, ...]:
    """Relate euros and counts; returns the municipalities of the declared exception."""
    exempt = []
    for state in scope.states:
        for municipality in scope.members:
            rows = scope.page(state.release.name, municipality)
            for row in rows:
                if row.service == ANY and row.measure in ("actual_cents", "actual_rounded_cents"):
                    bill = Bill(system, scope, state, row, rows)
                    exempt += [municipality] if not bill.add() else []
            add_absence(system, scope, state, municipality)
    return tuple(dict.fromkeys(exempt))


@dataclass(frozen=True)
class Bill:
    """One published total of a municipality: ``row``; ``rows``: the same page."""

    system: System
    scope: Scope
    state: State
    row: Row
    rows: tuple[Row, ...]

    @property
    def release(self) -> AttackedRelease:
        return self.state.release

    @property
    def facts(self) -> Facts:
        return self.scope.facts(self.release.name)

    @property
    def period(self) -> str:
        return self.row.period

    @property
    def services(self) -> tuple[str, ...]:
        return self.scope.services(self.row.municipality)

    @property
    def grid(self) -> CountVariables:
        counts = self.state.of(self.row.municipality)
        return CountVariables(self.system, self.release, self.row.municipality, counts)

    def add(self) -> bool:
        """Add the total and its services; False if it is the declared exception (0,00 €)."""
        if self.row.value is None:
            return True
        if self.row.measure == "actual_cents" and self.row.value == 0:
            return False
        low, high = self._printed()
        total = self._name("euro", ANY, self.row.measure)
        whole = self.system.unknown(total, low, high)
        parts = {self.system.unknown(self._name("euro", s), 0, high): s for s in self.services}
        if parts:
            self.system.relate({whole: 1} | dict.fromkeys(parts, -1), 0, 0, _RULE)
        for unknown, service in parts.items():
            self._add_shown(unknown, service)
            self._add_price(unknown, service)
        if self.row.measure == "actual_cents":
            self._add_reasons()
        if self.release.final or self.row.measure != "actual_cents":
            self._add_persons()
        return True

    def _printed(self) -> tuple[int, int]:
        """The cents that the printed total allows: exact, or of the step by which it is printed."""
        assert self.row.value is not None
        if self.row.measure == "actual_cents":
            return self.row.value, self.row.value
        return self.scope.facts(self.row.release).recorded.interval(self.row.value)

    def _name(self, kind: str, service: str, detail: str = "") -> Name:
        version = f"~{self.release.name}{detail}"
        return Name(kind, self.row.municipality, service, self.period, version)

    def _cents(self, measure: str, service: str) -> int | None:
        for row in self.rows:
            if (row.measure, row.service, row.period) == (measure, service, self.period):
                return row.value
        return None

    def _add_shown(self, unknown: int, service: str) -> None:
        """What the page says of a service: its cost, its adjustment, or a posting that gives it away."""
        cost, advance = self._cents("actual_cents", service), self._cents("advance_cents", service)
        if cost is None and advance is not None:
            adjustment = self._cents("adjustment_cents", service)
            if adjustment is None and not self._posting_is_by_shares():
                adjustment = self._cents("posting_cents", service)
            cost = None if adjustment is None else advance + adjustment
        if cost is not None:
            self.system.relate({unknown: 1}, cost, cost, _RULE)

    def _posting_is_by_shares(self) -> bool:
        """Whether the postings are the shares of the advances, which anybody can compute."""
        whole = self._cents("adjustment_cents", ANY)
        advances = {s: self._cents("advance_cents", s) or 0 for s in self.services}
        postings = {s: self._cents("posting_cents", s) for s in self.services}
        total = sum(advances.values())
        if whole is None or not total or None in postings.values():
            return True
        return all(
            abs((postings[s] or 0) * total - whole * advances[s]) <= abs(total) for s in advances
        )

    def _add_price(self, unknown: int, service: str) -> None:
        """Cents within what the client-months can cost; fixed prices make it a knapsack."""
        price, months = self.facts.price(service), self._client_months(service)
        most = max(price.units) * price.high if price.units else price.most
        if most is not None:
            self.system.at_least({months: most}, {unknown: 1}, _PAID)
        if not price.units:
            return
        if self.release.final:  # during the year costs are recorded later than the months
            least = {months: min(price.units) * price.low}
            self.system.at_least({unknown: 1}, least, _PAID)
        units = {
            self.system.unknown(
                self._name("units", service, f" {cents}"), 0, self.system.high[unknown] // cents
            ): cents
            for cents in price.units
        }
        why = ("R7", f"{UNITS} {self.row.municipality} {service}")
        self.system.relate({unknown: -1} | units, 0, 0, why)
        self.system.at_least({months: price.high}, dict.fromkeys(units, 1), why)
        if self.release.final:
            self.system.at_least(dict.fromkeys(units, 1), {months: price.low}, why)

    def _client_months(self, service: str) -> int:
        """The client-months of a service, between what its counts and those over services allow."""
        months = self.system.unknown(self._name("months", service), 0, MANY)
        begun = sum(m <= self.release.month for m in months_of(self.period))
        why = ("R7", UNCHANGED)
        for source in (service, ANY):
            for counts, length, whole in self._covers(source):
                if source == service:
                    for unknown in [None] if whole else counts:
                        least = counts if unknown is None else {unknown: 1}
                        self.system.at_least({months: 1}, least, why)
                if whole:
                    most = dict.fromkeys(counts, min(length, begun))
                    self.system.at_least(most, {months: 1}, why)
        return months

    def _covers(self, service: str) -> list[tuple[dict[int, int], int, bool]]:
        """Published counts by grain: unknowns, months in one, whether they cover the period."""
        counts, found = self.state.of(self.row.municipality), []
        inside = [p for s, p in counts if s == service and contains(self.period, p)]
        for grain, length in (("month", 1), ("quarter", 3), ("year", 12)):
            periods = [p for p in inside if grain_of(p) == grain]
            if periods:
                wanted = (
                    {self.period}
                    if grain == grain_of(self.period)
                    else set(parts_of(self.period, grain, self.release.month))
                )
                unknowns = {self.system.index[counts[service, p].name]: 1 for p in periods}
                found.append((unknowns, length, wanted <= set(periods)))
        return found

    def _year_count(self, service: str) -> int:
        """The distinct persons of the period, published or latent."""
        grid, counts = self.grid, self.state.of(self.row.municipality)
        unknown = grid.unknown(service, self.period)
        periods = {p for s, p in counts if s == service and contains(self.period, p)}
        grid.nest(service, periods | {self.period})
        months, why = self._client_months(service), ("R7", UNCHANGED)
        self.system.at_least({months: 1}, {unknown: 1}, why)
        self.system.at_least({unknown: 12}, {months: 1}, why)
        return unknown

    def _add_reasons(self) -> None:
        """Per service for all if each has enough persons; else for none: that is said too.

        Unless a published period is "alle 5", which withholds them by itself and tells nothing new.
        """
        threshold, relate = self.facts.threshold, self.system.relate
        if not any(r.measure == "actual_cents" and r.service != ANY for r in self.rows):
            return
        shown = [s for s in self.services if self._cents("actual_cents", s) is not None]
        hidden = [s for s in self.services if s not in shown]
        few = [(self._year_count(s), 0, threshold - 1) for s in hidden]
        for service in shown:
            relate({self._year_count(service): 1}, threshold, None, _SAID)
        if (ANY, self.period) in self.state.of(self.row.municipality):
            self.grid.join(self.period, self.services)
        if shown:
            for unknown, low, high in few:
                relate({unknown: 1}, low, high, _SAID)
        elif few and not self._has_small_period():
            self.system.either(few, _SAID)

    def _has_small_period(self) -> bool:
        counts = self.state.of(self.row.municipality).values()
        return any(c.small and contains(self.period, c.row.period) for c in counts)

    def _add_persons(self) -> None:
        """A total that is shown has enough persons behind it; they are in the counts it covers.

        They are in the latest counts too, of which a series by year has one only at the year's end. A
        total that is not shown says nothing of the counts: whose cost is recorded late is not public.
        """
        for state in (self.state, self.scope.states[-1]):
            replace(self, state=state)._add_enough()

    def _add_enough(self) -> None:
        source = (ANY,) if self._cover(ANY) else self.services
        covers = [self._cover(service) for service in source]
        if covers and all(covers):
            everybody = {unknown: 1 for cover in covers for unknown in cover}
            self.system.relate(everybody, self.facts.threshold, None, _SAID)

    def _cover(self, service: str) -> dict[int, int]:
        whole = [counts for counts, _, covers in self._covers(service) if covers]
        return whole[0] if whole else {}
