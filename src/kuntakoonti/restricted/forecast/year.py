"""Where the year's actual cost and adjustment will land, per member and for the area.

Point: `projection.project`, or the budget while the records are too young. Range: `trials`, the
errors of the same method on earlier extraction dates. Exact cents; only what is rounded leaves.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from kuntakoonti.core.periods import year_of
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.forecast.cape_cod import Window
from kuntakoonti.restricted.forecast.history import Development, Floats
from kuntakoonti.restricted.forecast.past_errors import (
    COVER,
    Trial,
    estimate,
    past_errors,
    spread,
    trials,
)

AREA = "area"
Method = Literal["client_months", "blend", "budget", "recorded", "none"]


@dataclass(frozen=True)
class YearForecast:
    """One municipality's year, or the area's (`AREA`), in cents; None where there is no basis.

    ``low_cents``–``high_cents``, the point and ``margin_cents`` on each side, is the range from
    ``trials`` earlier forecasts as many months ahead, which missed by ``past_error`` of the actual
    cost on average. ``method``: ``budget`` = the records are too young; ``recorded`` = the year has
    closed; ``none`` = not even a budget.
    """

    municipality: str
    method: Method
    point_cents: int | None
    margin_cents: int | None
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
        if self.point_cents is None or self.margin_cents is None:
            return None
        return max(self.point_cents - self.margin_cents, min(self.point_cents, 0))

    @property
    def high_cents(self) -> int | None:
        if self.point_cents is None or self.margin_cents is None:
            return None
        return self.point_cents + self.margin_cents

    @property
    def adjustment_cents(self) -> int | None:
        """Forecast less the advances of the whole year; None where one of them is not known."""
        if self.point_cents is None or self.advance_cents is None:
            return None
        return self.point_cents - self.advance_cents


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
    point, method, tried = _estimated(development, window, recorded)
    margin = _margin(tried, point, window, cover)
    missed = past_errors(tried) if tried else (None,) * (len(point) + 1)
    members = {
        code: YearForecast(
            municipality=code,
            method=method if method != "budget" or point[i] > 0 else "none",
            point_cents=_cents(point[i]) if method != "budget" or point[i] > 0 else None,
            margin_cents=margin[i],
            recorded_cents=_cents(recorded[i]),
            advance_cents=year_advances(advances, code, year),
            trials=len(tried),
            past_error=missed[i],
        )
        for i, code in enumerate(axes.members)
    }
    area = _area(tuple(members.values()), margin[-1], missed[-1])
    return Forecast(year, month, development.as_of, members, area, tried, axes.months)


def _recorded(development: Development, window: Window) -> Floats:
    """Cents of the window recorded so far, at most until its closing date, by municipality."""
    day = min(window.closes, development.as_of)
    known = development.cents.known([day])[0, :, :, window.first : window.last + 1]
    return np.asarray(known.sum(axis=(1, 2)))


def _estimated(
    development: Development, window: Window, recorded: Floats
) -> tuple[Floats, Method, tuple[Trial, ...]]:
    """Cents by municipality, the method, and its trials."""
    if window.closes <= development.as_of:
        return recorded, "recorded", ()
    view = development.view()
    point, method = estimate(view, window)
    return point, method, trials(development, view, window) if method != "budget" else ()


def _margin(
    tried: tuple[Trial, ...], point: Floats, window: Window, cover: float
) -> list[int | None]:
    """Half the width of the range by municipality, the area last; None without trials."""
    if not tried:
        return [None] * (len(point) + 1)
    half = spread(tried, window.last - window.now, cover).half(np.array([*point, point.sum()]))
    return [_cents(h) for h in half]


def _area(
    members: tuple[YearForecast, ...], margin: int | None, missed: float | None
) -> YearForecast:
    """The sum of the members; no number if one of them has none."""
    points = [m.point_cents for m in members if m.point_cents is not None]
    advances = [m.advance_cents for m in members if m.advance_cents is not None]
    whole = len(points) == len(members) > 0
    return YearForecast(
        municipality=AREA,
        method=members[0].method if whole else "none",
        point_cents=sum(points) if whole else None,
        margin_cents=margin if whole else None,
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
