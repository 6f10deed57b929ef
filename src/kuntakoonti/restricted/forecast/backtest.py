"""Forecasts of past months against what came, by way, on the area's own records.

Every month of a year that has closed is gone back to: what was known on the same day of the month
after it, the same method, the simple ways beside it. Group costs are shared as they are today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from kuntakoonti.core.periods import add_months, months_of, year_of
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.forecast.baselines import simple
from kuntakoonti.restricted.forecast.forecast import AreaForecast
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development, same_day
from kuntakoonti.restricted.forecast.year import AREA, forecast

OURS = "forecast"
_NONE = Advances({}, (), {})
_YEARS = 2  # closed years that are gone back to


@dataclass(frozen=True)
class Past:
    """One earlier forecast and what came: cents of a municipality or of the whole area (`AREA`).

    ``low_cents`` and ``high_cents`` only of the forecast itself, and only with history.
    """

    month: str
    municipality: str
    way: str
    forecast_cents: int
    low_cents: int | None
    high_cents: int | None
    actual_cents: int


def backtest(made: AreaForecast, cover: float) -> tuple[Past, ...]:
    """Every month of the closed years of a development; empty before the first has closed."""
    history, when = made.development, made.when
    years = sorted({year_of(m) for m in history.axes.months if m.endswith("-12")})
    closed = [
        y
        for y in years
        if _closes(when.closes, y) <= when.as_of and f"{y}-01" in history.axes.months
    ]
    return tuple(
        past
        for year in closed[-_YEARS:]
        for month in months_of(year)
        for past in _of_month(history, month, _closes(when.closes, year), cover)
    )


def _closes(closes: date, year: str) -> date:
    """The closing day of another year: the last day of the same month."""
    following = date(int(year) + 1, closes.month, 1)
    return same_day(date(2024, 1, 31), following.isoformat()[:7])


def _of_month(history: Development, month: str, closes: date, cover: float) -> Iterator[Past]:
    day = same_day(history.as_of, add_months(month, 1))
    then = until(history, day, f"{year_of(month)}-12")
    found = forecast(then, _NONE, month, closes, cover)
    actual = _actual(history, year_of(month), closes)
    for code, outlook in [*found.members.items(), (AREA, found.area)]:
        if outlook.point_cents is not None:
            bounds = (outlook.low_cents, outlook.high_cents)
            yield Past(month, code, OURS, outlook.point_cents, *bounds, actual[code])
    for way, cents in simple(then, int(month[:4]), int(month[5:]), closes).items():
        for code, point in zip([*found.members, AREA], [*cents, cents.sum()], strict=True):
            yield Past(month, code, way, round(float(point)), None, None, actual[code])


def _actual(history: Development, year: str, closes: date) -> dict[str, int]:
    """What a year had cost by its closing day, by municipality and for the area."""
    first = history.axes.months.index(f"{year}-01")
    cents = history.cents.known([closes])[0][:, :, first : first + 12].sum(axis=(1, 2))
    found = dict(zip(history.axes.members, (round(float(c)) for c in cents), strict=True))
    return found | {AREA: sum(found.values())}


def until(history: Development, day: date, last: str) -> Development:
    """What was known on an earlier day, with the months up to ``last``."""
    axes = history.axes
    months = axes.months[: axes.months.index(last) + 1]
    short = Axes(axes.members, axes.services, months)
    parts = (history.cents, history.clients, history.budgets)
    cents, clients, budgets = (_cut(part, short, day) for part in parts)
    prices = None if history.prices is None else history.prices[:, : len(months)]
    return Development(short, day, cents, clients, budgets, history.without_delay, prices)


def _cut(changes: Changes, axes: Axes, day: date) -> Changes:
    place = np.unravel_index(changes.cell, changes.shape)
    kept = (place[2] < len(axes.months)) & (changes.day <= day.toordinal())
    cell = np.ravel_multi_index([p[kept] for p in place], axes.shape)
    return Changes(axes.shape, cell.astype(np.int64), changes.day[kept], changes.amount[kept])
