"""R7 for what is foreseen: the year's forecast, how far such forecasts missed, completeness.

A forecast stands exactly where the rounded cost recorded so far stands. A percentage is of the whole
area only, and only where the figures that the release shows have enough persons (decision 0024).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, floor

from kuntakoonti.core.periods import add_months, first_day, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.expectation import step_of, unknown_width
from kuntakoonti.restricted.disclosure.adjustment import rounded
from kuntakoonti.restricted.forecast.completeness import Completeness
from kuntakoonti.restricted.forecast.forecast import AreaForecast
from kuntakoonti.restricted.forecast.year import Forecast, YearForecast

PERCENT_BASE = 20
_NEWEST = 3  # months of which completeness is said
_EUROS = (Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH)
_SHARES = (Measure.COMPLETENESS, Measure.COMPLETENESS_LOW, Measure.COMPLETENESS_HIGH)


def forecast_cells(
    made: AreaForecast, shown: tuple[Cell, ...], assumed: int | None = None
) -> Iterator[Cell]:
    """Each member's forecast of the year, or that it is not shown; ``shown`` has the recorded costs.

    None while there is no history; without a range, of its own or ``assumed`` (per cent), a point.
    """
    found = made.forecast
    if found.method not in ("client_months", "blend"):
        return
    for cell in shown:
        of_year = cell.measure is Measure.ACTUAL_ROUNDED and cell.period == found.year
        if of_year and cell.municipality in found.members:
            place = (cell.municipality, ANY, found.year)
            amounts = published_range(found.members[cell.municipality], assumed)
            for measure, cents in zip(_EUROS, amounts, strict=True):
                hidden = Cell(*place, measure, Status.NOT_SHOWN)
                if cents is not None:
                    yield hidden.with_value(cents) if cell.value is not None else hidden


def published_range(
    outlook: YearForecast, assumed: int | None = None
) -> tuple[int | None, int | None, int | None]:
    """Point, low and high in cents: nearest, down and up, in steps as coarse as the range.

    ``assumed``: half the range in per cent of the point, where no earlier forecasts say it.
    """
    if outlook.below_cents is None and outlook.point_cents is not None and assumed:
        margin = abs(outlook.point_cents) * assumed // 100
        outlook = replace(outlook, below_cents=margin, above_cents=margin)
    point, low, high = outlook.point_cents, outlook.low_cents, outlook.high_cents
    if point is None:
        return None, None, None
    if low is None or high is None:
        return rounded(point, step_of(point, unknown_width(point))), None, None
    step = step_of(point, high - low)
    return rounded(point, step), low // step * step, -(-high // step) * step


@dataclass(frozen=True)
class Seen:
    """The clients that a release shows, all members together: a lower bound by service and month."""

    cells: tuple[Cell, ...]

    def clients(self, service: str, month: str) -> int:
        return sum(
            cell.value if cell.value is not None else cell.class_low or 0
            for cell in self.cells
            if cell.measure is Measure.CLIENTS and cell.key[1:] == (service, month)
        )


def percent_cells(
    made: AreaForecast, counted: tuple[Cell, ...], parameters: Parameters
) -> Iterator[Cell]:
    """Of the whole area: completeness of the newest months, and how far earlier forecasts missed.

    ``counted``: the release's counts. The municipality of these cells is the area's number.
    """
    month, area = made.when.month, parameters.area.code
    rule = parameters.rules.percent_base
    base = rule.at(first_day(year_of(month))) if rule else PERCENT_BASE
    threshold = parameters.rules.threshold.at(first_day(year_of(month)))
    seen, newest = Seen(counted), add_months(month, 1 - _NEWEST)
    for found in made.completeness:
        enough = seen.clients(found.service, found.month) >= base and found.persons >= threshold
        if found.month >= newest and enough:
            yield from _completeness(area, found)
    if any(seen.clients(s.name, month) >= base for s in parameters.services.shown):
        yield from _errors(area, made.forecast)


def _completeness(area: str, found: Completeness) -> Iterator[Cell]:
    if found.share is None:
        return
    percents = [round(100 * found.share)]
    if found.low is not None and found.high is not None:
        percents += [floor(100 * found.low), ceil(100 * found.high)]
    for measure, percent in zip(_SHARES, percents, strict=False):
        yield Cell(area, found.service, found.month, measure, Status.FINAL, percent)


def _errors(area: str, found: Forecast) -> Iterator[Cell]:
    """Whole percent, rounded up: of the area's cost, and of a member's cost on average."""
    own = [m.past_error for m in found.members.values() if m.past_error is not None]
    if found.method not in ("client_months", "blend") or found.area.past_error is None or not own:
        return
    shares = (found.area.past_error, sum(own) / len(own))
    for measure, share in zip((Measure.ERROR, Measure.ERROR_MEMBERS), shares, strict=True):
        yield Cell(area, ANY, found.year, measure, Status.FINAL, ceil(100 * share))
