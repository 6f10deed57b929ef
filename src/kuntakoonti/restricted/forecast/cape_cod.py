"""What a window of months will have cost by its closing date: Cape Cod on client-months.

Service periods are recorded weeks after they begin, costs months after; so the known client-months,
also those already decided for months to come, are the exposure. Each month is expected to cost its
client-months × cost of a client-month; what was recorded of it corrects that expectation, the more
the more of it is usually recorded by then. Small municipalities lean on the area and their budget.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kuntakoonti.restricted.forecast.chain_ladder import Curve, curve
from kuntakoonti.restricted.forecast.history import Floats, Ints, View, months_until

_PAID = range(0, 8)  # delays in months within which costs arrive
_KNOWN = range(-11, 5)  # delays within which client-months become known, before and after
_RECENT = 12  # extraction dates whose steps count: a faster office is seen within a year
_HALF_LIFE = 2.0  # months: the level is that of the last few months
_OWN_COST = 300.0  # client-months at which a municipality's own cost weighs as much as the area's
_OWN_LEVEL = 72.0  # client-months at which its own level weighs as much as its budget
_OWN_AREA = 0.5  # weight of the area's level against the whole area's budget
_TREND = 12  # months of clients behind a trend
_DAMPED = 0.85  # of a trend that goes on from month to month
_STEEPEST = 0.03  # growth a month; a service that is being built up is no trend


@dataclass(frozen=True)
class Window:
    """Months ``first``–``last`` of the axis, of which ``now`` is the last one with data.

    ``closes`` is the day from which what is recorded no longer counts.
    """

    first: int
    now: int
    last: int
    closes: date


@dataclass(frozen=True)
class _Series:
    """One service: the past months' and all months' figures at the last date of a view.

    ``cents`` and ``clients``: municipalities × months, ``budget`` likewise; ``delay`` by month.
    """

    cents: Floats
    clients: Floats
    budget: Floats
    delay: Ints
    paid: Curve
    known: Curve


def project(view: View, window: Window) -> Floats:
    """Cents of the window by its closing date: municipalities × services."""
    found = []
    closing = months_until(view.days[-1], window.closes)
    for series in _all_series(view):
        clients, unit = _clients(series, window), _unit_cost(series, window)
        expected = clients * unit[:, None]
        cells = _at_closing(series, expected, series.paid.of(series.delay + closing))
        found.append(cells[:, window.first : window.last + 1].sum(axis=1))
    return np.stack(found, axis=1)


def ultimates(view: View, now: int) -> Floats:
    """What the months up to ``now`` will cost in the end: municipalities × services × months."""
    window, found = Window(0, now, now, date.max), []
    for series in _all_series(view):
        expected = _exposure(series, now) * _unit_cost(series, window)[:, None]
        past = replace(series, cents=series.cents[:, : now + 1], delay=series.delay[: now + 1])
        found.append(_at_closing(past, expected, np.ones(now + 1)))
    return np.stack(found, axis=1)


def _all_series(view: View) -> list[_Series]:
    delay = view.at[-1] - np.arange(view.cents.shape[-1])
    area_cents, area_clients = view.cents.sum(axis=1), view.clients.sum(axis=1)
    return [
        _Series(
            cents=view.cents[-1, :, k],
            clients=view.clients[-1, :, k],
            budget=carried(view.budgets[-1, :, k]),
            delay=delay,
            paid=curve(area_cents[:, k], view.at, _PAID, _RECENT, view.jumps),
            known=curve(area_clients[:, k], view.at, _KNOWN, _RECENT, view.jumps),
        )
        for k in range(view.cents.shape[2])
    ]


def carried(budget: Floats) -> Floats:
    """A month of which no budget is known gets the month before it: municipalities × months."""
    known = np.where(budget.sum(axis=0) > 0, np.arange(budget.shape[1]), 0)
    return np.asarray(budget[:, np.maximum.accumulate(known)])


def _at_closing(series: _Series, expected: Floats, share: Floats) -> Floats:
    """Expected cost by then, corrected by how what is recorded differs from what should be."""
    paid = series.paid.of(series.delay)
    trust = np.clip(paid / np.maximum(share, 1e-9), 0.0, 1.0)
    return np.asarray(share * expected + trust * (series.cents - paid * expected))


def _exposure(series: _Series, now: int) -> Floats:
    """Client-months of the past months, with those that are still to be recorded."""
    share = series.known.of(series.delay[: now + 1])
    return series.clients[:, : now + 1] / np.maximum(share, 0.3)


def _unit_cost(series: _Series, window: Window) -> Floats:
    """Cents of a client-month per municipality, leaning on the area's."""
    cents, exposure = _paid(series, window)
    area = cents.sum() / max(exposure.sum(), 1e-9)
    return np.asarray((cents + _OWN_COST * area) / (exposure + _OWN_COST))


def _paid(series: _Series, window: Window) -> tuple[Floats, Floats]:
    """Cents of the last year and the client-months paid by them, by municipality.

    A month weighs by its usual share: what is young says little, and may be early for once.
    """
    months = slice(max(window.now + 1 - _RECENT, 0), window.now + 1)
    share = series.paid.of(series.delay[months])
    exposure = _exposure(series, window.now)[:, months]
    return series.cents[:, months] @ share, exposure @ share**2


def _clients(series: _Series, window: Window) -> Floats:
    """Client-months of all months: developed up to ``now``, expected after it."""
    past = _exposure(series, window.now)
    weight = 0.5 ** (np.arange(window.now, -1, -1) / _HALF_LIFE)
    own = past @ weight / weight.sum()
    level = _level(own, float(weight.sum()), _budgeted(series, window))
    ahead = np.arange(1, series.cents.shape[1] - window.now)
    age = float(weight @ np.arange(window.now, -1, -1) / weight.sum())
    steps = age + _DAMPED * (1 - _DAMPED**ahead) / (1 - _DAMPED)
    expected = level[:, None] * np.exp(_trend(past.sum(axis=0)) * steps)
    share = series.known.of(series.delay[window.now + 1 :])
    decided = series.clients[:, window.now + 1 :]
    return np.hstack([past, expected + share * (decided - share * expected)])


def _budgeted(series: _Series, window: Window) -> Floats:
    """Clients that the budget of the months to come pays for, at the area's cost."""
    ahead = series.budget[:, min(window.now + 1, window.last) : window.last + 1].mean(axis=1)
    cents, exposure = _paid(series, window)
    unit = cents.sum() / max(exposure.sum(), 1e-9)
    return np.asarray(ahead / unit if unit > 0 else ahead * 0)


def _level(own: Floats, months: float, budgeted: Floats) -> Floats:
    """Clients of a month to come: own level and the budget, brought half-way to the area's level.

    Where there is no budget the own level stands alone.
    """
    area = own[budgeted > 0].sum() / budgeted.sum() if budgeted.sum() > 0 else 1.0
    prior = budgeted * (1 + _OWN_AREA * (area - 1))
    weight = own * months / (own * months + _OWN_LEVEL)
    return np.asarray(np.where(budgeted > 0, weight * own + (1 - weight) * prior, own))


def _trend(clients: Floats) -> float:
    """Growth a month of the area's clients, less what chance alone would show; 0 without a year."""
    if len(clients) < _TREND:
        return 0.0
    y, x = np.log(np.maximum(clients[-_TREND:], 1.0)), np.arange(_TREND) - (_TREND - 1) / 2
    slope = float(x @ y / (x @ x))
    chance = float(((y - y.mean() - slope * x) ** 2).sum() / (_TREND - 2) / (x @ x))
    sure = slope * max(0.0, 1 - chance / slope**2) if slope else 0.0
    return min(max(sure, -_STEEPEST), _STEEPEST)
