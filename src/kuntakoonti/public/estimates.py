"""R10: what a year will cost, computed from published cells and a printed table, and nothing else.

A reader who has the pages and the table of the release (`public.estimate_table`) gets the same
amounts to the cent; so a forecast tells nothing that they do not. Shown counts and budgets are the
exposure, the recorded totals say how the costs lie beside it. Exact arithmetic: no result depends on
an order of additions.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import floor

from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.estimate_table import EstimateTable
from kuntakoonti.public.expectation import published_range

_EUROS = (Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH)
_FADING = Fraction(7, 10)  # weight of a month beside the next one in the level of the last months
_GROWN = 7  # months of records from which the budget no longer counts by itself
YOUNG = 3  # months of records without which there is no forecast
_HALF = Fraction(1, 2)
_LEAST_KNOWN = Fraction(3, 10)  # so that a class of which little is known is not multiplied too far
ByService = dict[str, list[Fraction]]  # service → client-months, January to December


@dataclass(frozen=True)
class YearPosition:
    """Which year is foreseen, after how many of its months, from which day, until which day."""

    year: str
    months: int
    as_of: date
    closes: date

    def delay(self, month: int, day: date) -> Fraction:
        """Months from a service month to a day; 0 on the 15th of the month after it."""
        whole = 12 * (day.year - int(self.year)) + day.month - month - 1
        return whole + Fraction(min(day.day, 30) - 15, 30)


@dataclass(frozen=True)
class PublishedYear:
    """Everything published of a year: the newest cell of each figure, of every municipality."""

    cells: tuple[Cell, ...]
    at: YearPosition
    table: EstimateTable

    @cached_property
    def _known(self) -> dict[tuple[str, str, str, Measure], Cell]:
        silent = (Status.NOT_SHOWN, Status.NOT_OFFERED)
        told = (c for c in self.cells if year_of(c.period) == self.at.year)
        return {(*c.key, c.measure): c for c in told if c.status not in silent}

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The municipalities whose recorded cost is shown, in the order of their codes."""
        return tuple(sorted({k[0] for k in self._known if k[3] is Measure.ACTUAL_ROUNDED}))

    def recorded(self, code: str) -> Fraction:
        """The middle of the class of the recorded cost, in cents."""
        shown = self._value(code, ANY, Measure.ACTUAL_ROUNDED)
        return shown + self.table.step(int(shown)) * _HALF

    def budget(self, code: str, service: str) -> Fraction:
        """In cents; 0 where none is known."""
        return self._value(code, service, Measure.BUDGET)

    def budgeted(self, code: str, service: str) -> Fraction:
        """Clients of a month that the budget pays for."""
        unit = self.table.unit_cents[service] * self.table.level_of_year(service, self.at.year)
        return self.budget(code, service) / (12 * unit)

    def clients(self, code: str) -> dict[str, dict[int, Fraction]]:
        """Service → month → client-months that the counts show; figures over services are split."""
        found = {s: self._months(code, s) for s in self.table.services}
        together = self._months(code, ANY)
        shares = {s: self.budgeted(code, s) for s in self.table.services} if together else {}
        whole = sum(shares.values())
        for service, share in shares.items():
            part = share / whole if whole else Fraction(1, len(shares))
            found[service] = {month: n * part for month, n in together.items()}
        return found

    def _value(self, code: str, service: str, measure: Measure) -> Fraction:
        cell = self._known.get((code, service, self.at.year, measure))
        return Fraction(cell.value if cell and cell.value is not None else 0)

    def _months(self, code: str, service: str) -> dict[int, Fraction]:
        found = dict[int, Fraction]()
        for (municipality, named, period, measure), cell in self._known.items():
            if (municipality, named, measure) == (code, service, Measure.CLIENTS):
                begun = [int(m[5:]) for m in months_of(period)]
                begun = [m for m in begun if m <= self.at.months]
                if len(period) > 4 and begun:
                    each = self._shown(cell, max(begun)) / self._turnover(service, len(begun))
                    found |= dict.fromkeys(begun, each)
        return found

    def _shown(self, cell: Cell, last: int) -> Fraction:
        """A number as it is, a mark as its middle, a class developed by what is usually known."""
        if cell.value is not None:
            return Fraction(cell.value)
        if cell.class_low is None or cell.class_high is None:
            return Fraction(self.table.threshold - 1, 2)
        known = self.table.known(cell.service, self.at.delay(last, self.at.as_of))
        return Fraction(cell.class_low + cell.class_high, 2) / max(known, _LEAST_KNOWN)

    def _turnover(self, service: str, months: int) -> Fraction:
        """Distinct clients of so many months ÷ those of an average month."""
        return 1 + (self.table.turnover(service) - 1) * (months - 1) / 2


def forecasts(of: PublishedYear) -> dict[str, Fraction]:
    """Municipality → cents of the year by its closing date, of each whose recorded cost is shown."""
    exposure = _exposures(of)
    expected = {code: _expected(of, found) for code, found in exposure.items()}
    seen = sum((now for now, _ in expected.values()), Fraction(0))
    whole = sum((of.recorded(code) for code in of.members), Fraction(0))
    area = whole / seen if seen else Fraction(1)
    found = {}
    for code, (now, coming) in expected.items():
        recorded, weight = of.recorded(code), of.table.own_cents
        own = (recorded + weight * area) / (now + weight)
        found[code] = _beside_budget(of, code, recorded + own * coming)
    return found


def _beside_budget(of: PublishedYear, code: str, projected: Fraction) -> Fraction:
    """While the area's records are young the budget still counts, the less the older they are."""
    budget = sum((of.budget(code, s) for s in of.table.services), Fraction(0))
    age = of.table.age(f"{of.at.year}-{of.at.months:02d}")
    if age >= _GROWN or not budget:
        return projected
    weight = Fraction(age - 1, _GROWN - 1)
    return weight * projected + (1 - weight) * budget


def _expected(of: PublishedYear, exposure: ByService) -> tuple[Fraction, Fraction]:
    """Cents that the exposure makes expect: recorded by now, and recorded from now to the closing."""
    now = coming = Fraction(0)
    for service, months in exposure.items():
        for month, clients in enumerate(months, 1):
            level = of.table.level(service, f"{of.at.year}-{month:02d}")
            cents = clients * of.table.unit_cents[service] * level
            then = of.table.recorded(service, of.at.delay(month, of.at.closes))
            today = Fraction(0)
            if month <= of.at.months:
                today = of.table.recorded(service, of.at.delay(month, of.at.as_of))
            now += cents * today
            coming += cents * max(then - today, Fraction(0))
    return now, coming


def _exposures(of: PublishedYear) -> dict[str, ByService]:
    """Municipality → service → client-months of the year: shown ones, then the level they have."""
    shown = {code: of.clients(code) for code in of.members}
    found: dict[str, ByService] = {code: {} for code in of.members}
    for service in of.table.services:
        levels = {code: _level(of.at.months, shown[code][service]) for code in of.members}
        budgets = {code: of.budgeted(code, service) for code in of.members}
        area = _area_level(levels, budgets)
        for code in of.members:
            prior = budgets[code] * (1 + (area - 1) / 2)
            level = _leaning(of, levels[code], prior)
            known = shown[code][service]
            found[code][service] = [known.get(month, level) for month in range(1, 13)]
    return found


def _level(months: int, known: Mapping[int, Fraction]) -> tuple[Fraction, Fraction]:
    """Client-months of a month, the last ones weighing most, and the weight of all."""
    weights = {month: _FADING ** (months - month) for month in known}
    total = sum(weights.values(), Fraction(0))
    return sum((known[m] * w for m, w in weights.items()), Fraction(0)), total


def _area_level(
    levels: Mapping[str, tuple[Fraction, Fraction]], budgets: Mapping[str, Fraction]
) -> Fraction:
    """The level of all shown counts ÷ what the budgets of the same municipalities pay for."""
    with_both = [c for c, (_, weight) in levels.items() if weight and budgets[c]]
    paid = sum((budgets[c] for c in with_both), Fraction(0))
    own = sum((levels[c][0] / levels[c][1] for c in with_both), Fraction(0))
    return own / paid if paid else Fraction(1)


def _leaning(of: PublishedYear, level: tuple[Fraction, Fraction], prior: Fraction) -> Fraction:
    """The own level, leaning on the budget until so many client-months stand behind it."""
    clients, weight = level
    if not weight:
        return prior
    if not prior:
        return clients / weight
    own = of.table.own_clients
    return (clients * clients / weight + own * prior) / (clients + own)


def newest(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The newest of each figure, from all that was published in its order.

    A mark of a release that withheld everything says nothing and replaces nothing.
    """
    found: dict[tuple[tuple[str, str, str], Measure], Cell] = {}
    for cell in cells:
        if cell.status is not Status.NOT_SHOWN or (cell.key, cell.measure) not in found:
            found[cell.key, cell.measure] = cell
    return tuple(found.values())


def estimate_cells(
    approved: Iterable[Cell], release: tuple[Cell, ...], at: YearPosition, table: EstimateTable
) -> Iterator[Cell]:
    """The forecast of each municipality's year and its range, withheld with the recorded cost.

    ``approved``: all that was published before, in its order; ``release``: the cells of this one.
    """
    if table.age(f"{at.year}-{at.months:02d}") < YOUNG or at.as_of >= at.closes:
        return
    hidden = {(c.key, c.measure) for c in release if c.value is None}
    before = (c for c in approved if (c.key, c.measure) not in hidden)
    told = tuple(c for c in (*newest(before), *release))
    points = forecasts(PublishedYear(told, at, table))
    for cell in release:
        if cell.measure is Measure.ACTUAL_ROUNDED and cell.period == at.year:
            yield from _cells(cell, points.get(cell.municipality), table.half_percent(at.months))


def _cells(recorded: Cell, point: Fraction | None, half: int | None) -> Iterator[Cell]:
    """A point and its range, a point alone where no range is known, or as many marks."""
    amounts = published_range(point, half) if point is not None else (None, None, None)
    for measure, cents in zip(_EUROS, amounts, strict=True):
        hidden = Cell(*recorded.key, measure, Status.NOT_SHOWN)
        if recorded.value is not None and cents is not None:
            yield hidden.with_value(cents)
        elif measure is Measure.FORECAST or half is not None:
            yield hidden


def completeness_percent(table: EstimateTable, service: str, month: str, as_of: date) -> int:
    """The share of a service month's cost that is usually recorded by a day, in whole per cent."""
    at = YearPosition(year_of(month), int(month[5:]), as_of, as_of)
    return floor(100 * table.recorded(service, at.delay(at.months, as_of)) + _HALF)
