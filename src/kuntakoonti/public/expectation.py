"""What a municipality's page expects of its year, computed from the figures that the page shows.

Everything here is a function of public numbers: nobody learns from it what the page does not say.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from kuntakoonti.public.cells import Cell, Measure

_ANY, MILLION = "any", 100_000_000  # cents
_FORESEEN = (Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH)
_EXPECTED = (
    Measure.EXPECTED_ADJUSTMENT, Measure.EXPECTED_ADJUSTMENT_LOW, Measure.EXPECTED_ADJUSTMENT_HIGH,
)  # fmt: skip


def rounding_step(cents: int) -> int:
    """R7's step of a rounded amount: 1,000 €, above 1 M€ 10,000 €."""
    return 1_000_000 if abs(cents) > MILLION else 100_000


def step_of(point: int, width: int) -> int:
    """The greater of R7's step and the smallest 1, 2 or 5 × 10ⁿ € that is a tenth of the range."""
    return max(_smallest_step(width, 10), rounding_step(point))


def published_step(point: int, width: int) -> int:
    """The step of a published forecast whose published range has this width, in cents.

    Rounding outwards adds less than two steps: twelve of them are more than the width, twelve of the
    next finer ones are not. At 1 M€, where the step cannot be seen, the coarser one.
    """
    least = 1_000_000 if abs(point) >= MILLION else 100_000
    return max(_smallest_step(width + 1, 12), least)


def _smallest_step(width: int, parts: int) -> int:
    """The smallest 1, 2 or 5 × 10ⁿ € of which so many are at least as wide."""
    tens = 100  # 1 €
    while 10 * tens * parts < width:
        tens *= 10
    return next(digit * tens for digit in (1, 2, 5, 10) if digit * tens * parts >= width)


def unknown_width(point: int) -> int:
    """The width that a forecast's range is taken for while there is none: a fifth of the amount."""
    return abs(point) // 5


def published_range(
    point: Fraction, half_percent: int | None
) -> tuple[int, int | None, int | None]:
    """Point, low and high of a forecast in cents: to the nearest step, down and up.

    ``half_percent``: half of the range in per cent of the point; without it there is none. A year's
    cost is not negative.
    """
    cents = floor(point + Fraction(1, 2))
    if half_percent is None:
        return _nearest(cents, step_of(cents, unknown_width(cents))), None, None
    margin = abs(cents) * half_percent // 100
    low, high = max(cents - margin, min(cents, 0)), cents + margin
    step = step_of(cents, high - low)
    return _nearest(cents, step), low // step * step, -(-high // step) * step


@dataclass(frozen=True)
class Adjustment:
    """The adjustment that a year's forecast would bring, in cents: above 0 a charge, below a credit."""

    point_cents: int
    low_cents: int | None
    high_cents: int | None


def expected_adjustment(
    forecast: tuple[int, int | None, int | None], advance_cents: int
) -> Adjustment:
    """Published forecast, low and high less the advances of the year, on the forecast's step.

    ``advance_cents``: invoiced so far, net of credits, and still to be invoiced. The range opens.
    """
    point, low, high = forecast
    if low is None or high is None:
        step = published_step(point, unknown_width(point))
        return Adjustment(_nearest(point - advance_cents, step), None, None)
    step = published_step(point, high - low)
    lowest, highest = low - advance_cents, high - advance_cents
    return Adjustment(
        _nearest(point - advance_cents, step),
        lowest // step * step,
        -(-highest // step) * step,
    )


def _nearest(cents: int, step: int) -> int:
    """To the nearest step; half a step up."""
    return (2 * cents + step) // (2 * step) * step


def expected_adjustment_cells(cells: Iterable[Cell]) -> Iterator[Cell]:
    """The expected adjustments that follow from published cells, withheld with their forecasts.

    None where the advances of the year are not known.
    """
    found = {(*c.key, c.measure): c for c in cells}
    for cell in tuple(found.values()):
        if cell.measure is not Measure.FORECAST:
            continue
        forecast = [found.get((*cell.key, m)) for m in _FORESEEN]
        advances = [found.get((*cell.key, m)) for m in (Measure.ADVANCE, Measure.ADVANCE_COMING)]
        paid, coming = (a.value if a else None for a in advances)
        if paid is None or coming is None:
            continue
        if cell.value is None:
            yield from _withheld(forecast)
            continue
        low, high = (c.value if c else None for c in forecast[1:])
        made = expected_adjustment((cell.value, low, high), paid + coming)
        amounts = (made.point_cents, made.low_cents, made.high_cents)
        for measure, cents in zip(_EXPECTED, amounts, strict=True):
            if cents is not None:
                yield replace(cell, measure=measure, value=cents)


def _withheld(forecast: list[Cell | None]) -> Iterator[Cell]:
    """One mark for each mark of the forecast."""
    for measure, cell in zip(_EXPECTED, forecast, strict=True):
        if cell:
            yield replace(cell, measure=measure)


@dataclass(frozen=True)
class Expectation:
    """A year's forecast against its advances, in cents; without history there is no range.

    ``paid_cents``: advances so far; ``advance_cents``: those of the whole year, None where no budget
    says what is to come, and then there is no ``adjustment`` either; ``recorded_cents``: the rounded
    cost so far.
    """

    point_cents: int
    low_cents: int | None
    high_cents: int | None
    recorded_cents: int
    paid_cents: int
    advance_cents: int | None
    adjustment: Adjustment | None


def expectation(cells: Iterable[Cell], year: str) -> Expectation | None:
    """What a municipality's cells say of a year; None where no forecast is shown."""
    wanted = (_ANY, year)
    cents = {c.measure: c.value for c in cells if c.key[1:] == wanted and c.value is not None}
    if Measure.FORECAST not in cents or Measure.ACTUAL_ROUNDED not in cents:
        return None
    paid, coming = cents.get(Measure.ADVANCE, 0), cents.get(Measure.ADVANCE_COMING)
    point, low, high = (cents.get(measure) for measure in _EXPECTED)
    return Expectation(
        point_cents=cents[Measure.FORECAST],
        low_cents=cents.get(Measure.FORECAST_LOW),
        high_cents=cents.get(Measure.FORECAST_HIGH),
        recorded_cents=cents[Measure.ACTUAL_ROUNDED],
        paid_cents=paid,
        advance_cents=None if coming is None else paid + coming,
        adjustment=None if point is None else Adjustment(point, low, high),
    )
