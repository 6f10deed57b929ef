"""R7 for services shared by a key: nobody stands behind their costs, so every figure is exact.

They have measures of their own and a sum of their own; no total over the services billed by
causation holds them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.parameters.sharing import EQUAL, SharedService
from kuntakoonti.public.cells import ANY, SHARED, Cell, Measure, Mismatch, Status, euro_cell
from kuntakoonti.public.pages import KeyFacts, SharedFacts
from kuntakoonti.restricted.disclosure.advances import advance_cells, mismatch_cells
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.figures.sharing import SharedCosts, run_rate
from kuntakoonti.restricted.intake.keys import members_in

_MEASURE = {
    Measure.BUDGET: Measure.SHARED_BUDGET,
    Measure.ADVANCE: Measure.SHARED_ADVANCE,
    Measure.ADVANCE_EXPECTED: Measure.SHARED_ADVANCE_EXPECTED,
    Measure.ADVANCE_COMING: Measure.SHARED_ADVANCE_COMING,
}
_POPULATION_DAY = date(2022, 12, 31)
_Amounts = Mapping[str, int | None]


@dataclass(frozen=True)
class SharedFigures:
    """The exact figures of the services shared by a key; ``corrections``: member → service → cents."""

    costs: SharedCosts
    advances: Advances
    mismatches: tuple[Mismatch, ...]
    corrections: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class SharedRelease:
    """A release of such figures: the advance's ``period``, the data ``month``, the years still open.

    ``final``: a final adjustment.
    """

    figures: SharedFigures
    parameters: Parameters
    period: str
    month: str
    open_years: Collection[str]
    final: bool

    def services(self, year: str) -> tuple[SharedService, ...]:
        """Those of which a cost, a budget, an invoice or a correction of a year is known."""
        of = self.figures
        known = {(s, year_of(m)) for s, m in of.costs.source}
        known |= {(s, y) for y, _, s in of.advances.budgets}
        known |= {(i.service, year_of(i.period)) for i in of.advances.invoices}
        if self.final:
            now = year_of(self.month)
            known |= {(s, now) for mine in of.corrections.values() for s in mine}
        return tuple(s for s in self.parameters.shared if (s.name, year) in known)

    @property
    def cost_years(self) -> list[str]:
        return sorted({year_of(self.month), *self.open_years})

    def cells(self) -> Iterator[Cell]:
        """Everything that is published of them, of every member."""
        yield from self._of_advances()
        for year in self.cost_years:
            names = [s.name for s in self.services(year)]
            for member in self.parameters.area.members_until(self.month) if names else ():
                yield from self._of_costs(member.code, year, names)
                yield from self._of_keys(member.code, year)

    def _of_advances(self) -> Iterator[Cell]:
        """Budgets and advances, as of the other services."""
        of = self.figures
        found = advance_cells(
            of.advances, self.parameters, self.period, self.month, self.open_years
        )
        differing = mismatch_cells(list(of.mismatches), self.parameters, self.period, self.month)
        for cell in (*found, *differing):
            charged = {s.name for s in self.services(year_of(cell.period))}
            if charged and cell.service in {ANY, *charged}:
                yield _renamed(cell)

    def _of_costs(self, code: str, year: str, names: list[str]) -> Iterator[Cell]:
        costs, advances = self.figures.costs, self.figures.advances
        actual = {s: costs.of(code, s, year) for s in names}
        paid = {s: advances.invoiced(code, s, year) for s in names}
        yield from _summed((code, year), Measure.SHARED_ACTUAL, actual)
        if self.final:
            gap = {s: actual[s] - paid[s] for s in names}
            yield from _summed((code, year), Measure.SHARED_ADJUSTMENT, gap)
            correction = self.figures.corrections.get(code, {})
            yield from _summed((code, year), Measure.SHARED_PRIOR_YEAR, correction)
            return
        if year in self.open_years:
            forecast = {s.name: self._forecast(code, s, year) for s in self.services(year)}
            yield from _summed((code, year), Measure.SHARED_FORECAST, forecast, whole=True)
            expected = {s: self._gap(code, s, year, forecast[s]) for s in names}
            yield from _summed(
                (code, year), Measure.SHARED_EXPECTED_ADJUSTMENT, expected, whole=True
            )

    def _forecast(self, code: str, service: SharedService, year: str) -> int | None:
        """The recorded cost by months; the budget before any is recorded."""
        members = self.parameters.area.members
        first, last = service.offered
        own = [
            m for m in months_of(year)
            if first <= m <= last and service.holds(m) and code in members_in(members, m)
        ]  # fmt: skip
        found = run_rate(self.figures.costs, len(own), (code, service.name, year), self.month)
        budget = self.figures.advances.budgets.get((year, code, service.name))
        return budget if found is None else found

    def _gap(self, code: str, service: str, year: str, forecast: int | None) -> int | None:
        advances = self.figures.advances
        coming = advances.coming(code, service, year)
        if forecast is None or coming is None:
            return None
        return forecast - advances.invoiced(code, service, year) - coming

    def _of_keys(self, code: str, year: str) -> Iterator[Cell]:
        """The member's share of each service in its last month, and its values of the keys."""
        costs, keys = self.figures.costs, dict[str, int]()
        for service in self.services(year):
            month = self._last_month(service, year, code)
            if month:
                share = costs.shares[service.name, month][code]
                millionths = round(share * 1_000_000)
                yield Cell(code, service.name, month, Measure.KEY_SHARE, Status.FINAL, millionths)
                for key in service.keys_of(month):
                    value = costs.values[year].value(key, year, code)
                    if value is not None and key != EQUAL:
                        keys[key] = value
        for key, value in sorted(keys.items()):
            yield Cell(code, key, year, Measure.KEY_VALUE, Status.FINAL, value)

    def _last_month(self, service: SharedService, year: str, code: str = "") -> str:
        """The last month of a year, at the latest the release's, whose shares are known."""
        found = (
            m for (s, m), by in self.figures.costs.shares.items()
            if s == service.name and year_of(m) == year and m <= self.month
            and (code in by or not code)
        )  # fmt: skip
        return max(found, default="")

    def facts(self) -> tuple[SharedFacts, ...]:
        """How a page says that the services of the data month's year are shared."""
        year = year_of(self.month)
        return tuple(self._facts(s, year) for s in self.services(year))

    def _facts(self, service: SharedService, year: str) -> SharedFacts:
        month = self._last_month(service, year) or self.month
        values, shares = self.figures.costs.values.get(year), self.figures.costs.shares
        codes, keys = shares.get((service.name, month), {}), list[KeyFacts]()
        for key, weight in service.key_at(month).weights:
            known = [values.value(key, year, c) or 0 for c in codes] if values else []
            shipped = values is not None and values.is_shipped(key, year)
            keys.append(
                KeyFacts(
                    key=key,
                    weight=str(weight),
                    total_hundredths=sum(known),
                    population_day=_POPULATION_DAY if shipped else None,
                )
            )
        return SharedFacts(
            name=service.name,
            label=service.label,
            statute=service.statute,
            reference=service.key_at(month).reference,
            month=month,
            keys=tuple(keys),
        )


def _renamed(cell: Cell) -> Cell:
    service = SHARED if cell.service == ANY else cell.service
    return Cell(
        cell.municipality, service, cell.period, _MEASURE[cell.measure], cell.status, cell.value
    )


def _summed(
    place: tuple[str, str], measure: Measure, cents: _Amounts, whole: bool = False
) -> Iterator[Cell]:
    """Of every service that has an amount, and their sum; ``whole``: a sum only if all have one."""
    known = {s: amount for s, amount in cents.items() if amount is not None}
    for service, amount in known.items():
        yield euro_cell(place[0], service, place[1], measure, amount)
    if known and not (whole and len(known) < len(cents)):
        yield euro_cell(place[0], SHARED, place[1], measure, sum(known.values()))
