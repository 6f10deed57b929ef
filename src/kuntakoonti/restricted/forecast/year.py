"""Where the year's actual cost and adjustment will land, per member and for the area.

Point: `projection.project`, or the budget while the records are too young. Range: `trials`, the
errors of the same method on earlier extraction dates. Exact cents; only what is rounded leaves.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from kuntakoonti.core.periods import year_of
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.forecast.cape_cod import Window
from kuntakoonti.restricted.forecast.history import Development, Floats
from kuntakoonti.restricted.forecast.past_errors import (
    COVER,
    Trial,
    estimate,
    moved,
    past_errors,
    spread,
    trials,
)
from kuntakoonti.restricted.forecast.stalls import find_stalls, lags

AREA = "area"
Method = Literal["client_months", "blend", "budget", "recorded", "none"]


@dataclass(frozen=True)
class YearForecast:
    """One municipality's year, or the area's (`AREA`), in cents; None where there is no basis.

    ``low_cents``–``high_cents``, ``below_cents`` and ``above_cents`` from the point, is the range from
    ``trials`` earlier forecasts as many months ahead, which missed by ``past_error`` of the actual
    cost on average. ``method``: ``budget`` = the records are too young; ``recorded`` = the year has
    closed; ``none`` = not even a budget.
    """

    municipality: str
    method: Method
    point_cents: int | None
    below_cents: int | None
    above_cents: int | None
    recorded_cents: int
    advance_cents: int | None
    trials: int
    past_error: float | None

    @property
    def basis(self) -> Literal["history", "budget", "none"]:
        if self.method in ("budget", "none"):
            return self.method
        return "history"

    @property
    def low_cents(self) -> int | None:
        """A year's cost is not negative."""
        if self.point_cents is None or self.below_cents is None:
            return None
        return max(self.point_cents - self.below_cents, min(self.point_cents, 0))

    @property
    def high_cents(self) -> int | None:
        if self.point_cents is None or self.above_cents is None:
            return None
        return self.point_cents + self.above_cents

    @property
    def adjustment_cents(self) -> int | None:
        """Forecast less the advances of the whole year; None where one of them is not known."""
        if self.point_cents is None or self.advance_cents is None:
            return None
        return self.point_cents - self.advance_cents


@dataclass(frozen=True)
class Estimate:
    """Cents by municipality, how they were found, and what their range is made of.

    ``moved``: by what share the area's forecast has moved lately.
    """

    point: Floats
    method: Method
    tried: tuple[Trial, ...] = ()
    moved: float = 0.0


@dataclass(frozen=True)
class Forecast:
    """A year's outlook as of a date: the members by code, and the area, their sum to the cent.

    ``tried``: the earlier forecasts behind the ranges, newest first; ``months``: the axis of their
    places.
    """

    year: str
    month: str
    as_of: date
    members: dict[str, YearForecast]
    area: YearForecast
    tried: tuple[Trial, ...] = field(default=(), compare=False)
    months: tuple[str, ...] = ()

    @property
    def method(self) -> Method:
        """How the year was estimated; ``none`` where not even every member has a budget."""
        return self.area.method


def forecast(
    development: Development, advances: Advances, month: str, closes: date, cover: float = COVER
) -> Forecast:
    """Where the month's year will land on the day it closes, as of the development's date.

    The ranges should hold ``cover`` of what comes.
    """
    axes, year = development.axes, year_of(month)
    first, now, last = (axes.months.index(m) for m in (f"{year}-01", month, f"{year}-12"))
    window = Window(first, now, last, closes)
    recorded = _recorded(development, window)
    found = _estimated(development, window, recorded)
    point, method, tried = found.point, found.method, found.tried
    below, above = _range(found, window, cover)
    known = (point > 0) | (_has_basis(development) & (method != "budget"))
    missed = past_errors(tried) if tried else (None,) * (len(point) + 1)
    members = {
        code: YearForecast(
            municipality=code,
            method=method if known[i] else "none",
            point_cents=_cents(point[i]) if known[i] else None,
            below_cents=below[i] if known[i] else None,
            above_cents=above[i] if known[i] else None,
            recorded_cents=_cents(recorded[i]),
            advance_cents=year_advances(advances, code, year),
            trials=len(tried),
            past_error=missed[i],
        )
        for i, code in enumerate(axes.members)
    }
    area = _area(tuple(members.values()), (below[-1], above[-1]), missed[-1])
    return Forecast(year, month, development.as_of, members, area, tried, axes.months)


def _recorded(development: Development, window: Window) -> Floats:
    """Cents of the window recorded so far, at most until its closing date, by municipality."""
    day = min(window.closes, development.as_of)
    known = development.cents.known([day])[0, :, :, window.first : window.last + 1]
    return np.asarray(known.sum(axis=(1, 2)))


def _estimated(development: Development, window: Window, recorded: Floats) -> Estimate:
    if window.closes <= development.as_of:
        return Estimate(recorded, "recorded")
    view = development.view().lagged(lags(development, find_stalls(development)))
    point, method = estimate(view, window)
    if method == "budget":
        return Estimate(point, method)
    return Estimate(point, method, trials(development, view, window), moved(view, window))


def _has_basis(development: Development) -> npt.NDArray[np.bool_]:
    """Who has a cost or a client at all: without one 0 would be no forecast."""
    members = development.axes.shape[0]
    found = np.zeros(members, np.bool_)
    for changes in (development.cents, development.clients):
        found[np.unravel_index(changes.cell, changes.shape)[0]] = True
    return found


def _range(
    found: Estimate, window: Window, cover: float
) -> tuple[list[int | None], list[int | None]]:
    """How far the range reaches below and above, by municipality, the area last; None without trials."""
    if not found.tried:
        nothing = [None] * (len(found.point) + 1)
        return list(nothing), list(nothing)
    points = np.array([*found.point, found.point.sum()])
    sides = spread(found.tried, window.last - window.now, cover, found.moved)
    below, above = ([_cents(h) for h in side.half(points)] for side in sides)
    return list(below), list(above)


def _area(
    members: tuple[YearForecast, ...],
    reach: tuple[int | None, int | None],
    missed: float | None,
) -> YearForecast:
    """The sum of the members; no number if one of them has none."""
    points = [m.point_cents for m in members if m.point_cents is not None]
    advances = [m.advance_cents for m in members if m.advance_cents is not None]
    whole = len(points) == len(members) > 0
    return YearForecast(
        municipality=AREA,
        method=members[0].method if whole else "none",
        point_cents=sum(points) if whole else None,
        below_cents=reach[0] if whole else None,
        above_cents=reach[1] if whole else None,
        recorded_cents=sum(m.recorded_cents for m in members),
        advance_cents=sum(advances) if len(advances) == len(members) else None,
        trials=members[0].trials if whole else 0,
        past_error=missed if whole else None,
    )


def year_advances(advances: Advances, municipality: str, year: str) -> int | None:
    """The advances of the whole year: invoiced, net of credits, and still to come by the schedule.

    None without a budget.
    """
    services = [s for y, m, s in advances.budgets if (y, m) == (year, municipality)]
    if not services:
        return None
    coming = sum(advances.coming(municipality, s, year) or 0 for s in services)
    mine = (i for i in advances.invoices if i.municipality == municipality)
    return coming + sum(i.cents for i in mine if year_of(i.period) == year)


def _cents(amount: float) -> int:
    return round(float(amount))
