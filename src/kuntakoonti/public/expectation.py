"""What a municipality's page expects of its year, computed from the figures that the page shows.

Everything here is a function of public numbers: nobody learns from it what the page does not say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kuntakoonti.public.cells import Cell, Measure

_ANY, _MILLION = "any", 100_000_000


def rounding_step(cents: int) -> int:
    """R7's step of a rounded amount: 1,000 €, above 1 M€ 10,000 €."""
    return 1_000_000 if abs(cents) > _MILLION else 100_000


def step_of(point: int, width: int) -> int:
    """The greater of R7's step and the smallest 1, 2 or 5 × 10ⁿ € that is a tenth of the range."""
    tens = 100  # 1 €
    while 100 * tens < width:
        tens *= 10
    step = next(digit * tens for digit in (1, 2, 5, 10) if 10 * digit * tens >= width)
    return max(step, rounding_step(point))


def unknown_width(point: int) -> int:
    """The width that a forecast's range is taken for while there is none: a fifth of the amount."""
    return abs(point) // 5


@dataclass(frozen=True)
class Expectation:
    """A year's forecast against its advances, in cents; without history there is no range.

    ``paid_cents``: advances so far; ``advance_cents``: those of the whole year, by the budget while
    some are still to be invoiced; ``recorded_cents``: the rounded cost so far.
    """

    point_cents: int
    low_cents: int | None
    high_cents: int | None
    recorded_cents: int
    paid_cents: int
    advance_cents: int

    @property
    def gap_cents(self) -> int:
        """Forecast less advances, rounded: above 0 a charge, below 0 a credit.

        Where no range says how sharp it is, it is no sharper than the forecast.
        """
        gap, step = self.point_cents - self.advance_cents, rounding_step(self.point_cents)
        if self.high_cents is None:
            step = step_of(self.point_cents, unknown_width(self.point_cents))
        return (2 * gap + step) // (2 * step) * step

    @property
    def gap_range_cents(self) -> tuple[int, int] | None:
        """The same for the range, outwards."""
        if self.low_cents is None or self.high_cents is None:
            return None
        low, high = self.low_cents - self.advance_cents, self.high_cents - self.advance_cents
        step = rounding_step(self.point_cents)
        return low // step * step, -(-high // step) * step


def all_invoiced(kind: str, invoice_period: str, year: str) -> bool:
    """Whether every advance of the year has been invoiced by a release of this kind and advance."""
    return kind != "month" or invoice_period[:4] != year


def expectation(cells: Iterable[Cell], year: str, all_invoiced: bool) -> Expectation | None:
    """What a municipality's cells say of a year; None where no forecast is shown.

    ``all_invoiced``: every advance of the year has been invoiced, so that they count as they are.
    """
    wanted = (_ANY, year)
    cents = {c.measure: c.value for c in cells if c.key[1:] == wanted and c.value is not None}
    if Measure.FORECAST not in cents or Measure.ACTUAL_ROUNDED not in cents:
        return None
    paid = cents.get(Measure.ADVANCE, 0)
    return Expectation(
        point_cents=cents[Measure.FORECAST],
        low_cents=cents.get(Measure.FORECAST_LOW),
        high_cents=cents.get(Measure.FORECAST_HIGH),
        recorded_cents=cents[Measure.ACTUAL_ROUNDED],
        paid_cents=paid,
        advance_cents=paid if all_invoiced else cents.get(Measure.BUDGET, paid),
    )
