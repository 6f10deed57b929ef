"""What the figures of services shared by a key, and of whole invoices, tell of the rest.

Nobody stands behind a service shared by a key: its figures are public and exact. So whoever has an
invoice's total subtracts them, and has what is billed by causation.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from kuntakoonti.attack.evidence.steps import forecast_step
from kuntakoonti.core.errors import Sentence

ANY, SHARED, INVOICE = "any", "shared", "invoice"
SHARED_MEASURES = frozenset(
    {
        "shared_budget_cents", "shared_advance_cents", "shared_advance_expected_cents",
        "shared_advance_coming_cents", "shared_actual_cents", "shared_forecast_cents",
        "shared_expected_adjustment_cents", "shared_adjustment_cents",
        "shared_prior_year_correction_cents",
    }
)  # fmt: skip
INVOICE_MEASURES = frozenset(
    {
        "invoice_budget_cents", "invoice_advance_cents", "invoice_advance_expected_cents",
        "invoice_advance_coming_cents", "invoice_actual_cents", "invoice_forecast_cents",
        "invoice_expected_adjustment_cents", "invoice_adjustment_cents",
        "invoice_prior_year_correction_cents",
    }
)  # fmt: skip
MEASURES = SHARED_MEASURES | INVOICE_MEASURES | {"key_value_hundredths", "key_share_millionths"}
_FORECAST = ("forecast_cents", "forecast_low_cents", "forecast_high_cents")
_ROUNDED = ("invoice_forecast_cents", "invoice_expected_adjustment_cents")
_MAY_BE_HIDDEN = (
    "invoice_actual_cents", "invoice_adjustment_cents", "invoice_prior_year_correction_cents",
)  # fmt: skip
_CORRECTION = "prior_year_correction_cents"
Break = tuple[str, Sentence, tuple[str, ...]]  # guarantee, what, place


@dataclass(frozen=True, order=True)
class Row:
    """One published figure; ``low`` and ``high`` are its class."""

    release: str
    municipality: str
    service: str
    period: str
    measure: str
    value: int | None
    low: int | None
    high: int | None
    status: str

    @property
    def is_area(self) -> bool:
        """Whether it is the area's: municipalities have three digits."""
        return len(self.municipality) != 3


@dataclass(frozen=True)
class Parted:
    """Rows apart: ``rows`` by causation, with what the others give away of them; ``breaks``."""

    rows: tuple[Row, ...]
    breaks: tuple[Break, ...]


@dataclass(frozen=True)
class _Page:
    """What one release says of one municipality and period."""

    rows: tuple[Row, ...]

    @cached_property
    def values(self) -> dict[tuple[str, str], int | None]:
        return {(r.service, r.measure): r.value for r in self.rows}

    @property
    def place(self) -> tuple[str, ...]:
        return self.rows[0].release, self.rows[0].municipality, self.rows[0].period

    def given_away(self) -> Iterator[Row]:
        """The totals by causation that an invoice's total less the exact part by a key is."""
        for row in self.rows:
            if row.measure in INVOICE_MEASURES and row.value is not None:
                part = row.measure.removeprefix("invoice_")
                shared = self.values.get((SHARED, f"shared_{part}"))
                known = self.values.get((ANY, part)) is not None
                if shared is not None and not known and part != _CORRECTION:
                    yield _as(row, ANY, part, row.value - shared)

    def breaks(self) -> Iterator[Break]:
        """Totals that are not the sum of what stands beside them: their difference would tell more."""
        for row in self.rows:
            if row.value is None:
                continue
            if row.measure in INVOICE_MEASURES and not row.is_area and not self._adds_up(row):
                yield (
                    "G4",
                    Sentence("an invoice's total is not the sum of its two parts"),
                    self.place,
                )
            if row.service == SHARED and self._services_of(row) != row.value:
                said = Sentence("the services shared by a key do not sum to their total")
                yield "G4", said, self.place

    def _adds_up(self, row: Row) -> bool:
        part = row.measure.removeprefix("invoice_")
        parts = [self.values.get((ANY, part)), self.values.get((SHARED, f"shared_{part}"))]
        if part == _CORRECTION:
            return row.value == sum(p or 0 for p in parts)
        if None in parts:
            return row.measure not in _ROUNDED  # an exact one is a figure that was given away
        together = sum(p or 0 for p in parts)
        if row.measure in _ROUNDED:
            point, low, high = (self.values.get((ANY, m)) for m in _FORECAST)
            step = forecast_step(point or 0, low, high)
            together = (together + step // 2) // step * step
        return row.value == together

    def _services_of(self, total: Row) -> int:
        return sum(
            r.value or 0
            for r in self.rows
            if r.measure == total.measure and r.service not in (SHARED, INVOICE)
        )


def parted(rows: Iterable[Row]) -> Parted:
    """Rows by causation, with those that are called shared though persons stand behind them."""
    found = list(rows)
    by_causation = [r for r in found if r.measure not in MEASURES]
    persons = {
        (r.municipality, r.service, r.period[:4]) for r in by_causation if r.measure == "clients"
    }
    others = [r for r in found if r.measure in MEASURES]
    wrong = [r for r in others if (r.municipality, r.service, r.period[:4]) in persons]
    renamed = [_as(r, r.service, r.measure.removeprefix("shared_"), r.value) for r in wrong]
    given, breaks = list[Row](), list[Break]()
    for page in _pages([*by_causation, *others]):
        given += page.given_away()
        breaks += page.breaks()
    breaks += _area_breaks(others)
    return Parted(tuple(_with([*by_causation], [*given, *renamed])), tuple(breaks))


def _area_breaks(rows: Iterable[Row]) -> Iterator[Break]:
    """The area's totals of what some member's page may hide: sums of those that are shown."""
    shown: dict[tuple[str, ...], int] = {}
    whole = list[Row]()
    for row in rows:
        if row.measure in _MAY_BE_HIDDEN and row.value is not None:
            if row.is_area:
                whole.append(row)
            else:
                place = (row.release, row.period, row.measure)
                shown[place] = shown.get(place, 0) + row.value
    for row in whole:
        if row.value != shown.get((row.release, row.period, row.measure), 0):
            said = Sentence("the area's total of the invoices is not the sum of those shown")
            yield "G4", said, (row.release, row.municipality, row.period)


def _pages(rows: Iterable[Row]) -> Iterator[_Page]:
    def place(row: Row) -> tuple[str, str, str]:
        return row.release, row.municipality, row.period

    for _, same in groupby(sorted(rows, key=place), key=place):
        page = _Page(tuple(same))
        if any(r.measure in MEASURES for r in page.rows):
            yield page


def _as(row: Row, service: str, measure: str, value: int | None) -> Row:
    status = "not_shown" if value is None else "final"
    return replace(row, service=service, measure=measure, value=value, status=status)


def _with(rows: list[Row], more: list[Row]) -> Iterator[Row]:
    """The rows, those that another source gives away in place of their marks."""

    def key(row: Row) -> tuple[str, ...]:
        return row.release, row.municipality, row.service, row.period, row.measure

    instead = {key(r): r for r in more if r.value is not None}
    for row in rows:
        yield instead.pop(key(row), row) if row.value is None else row
    yield from instead.values()
