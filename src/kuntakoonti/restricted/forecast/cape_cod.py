"""What a window of months will have cost by its closing date: Cape Cod on client-months.

Service periods are recorded weeks after they begin, costs months after; so the known client-months,
also those already decided for months to come, are the exposure. Each month is expected to cost its
client-months × cost of a client-month; what was recorded of it corrects that expectation, the more
the more of it is usually recorded by then. Small municipalities lean on the area and their budget.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from kuntakoonti.restricted.forecast.chain_ladder import Curve, curve, latest_steps
from kuntakoonti.restricted.forecast.history import Floats, Ints, View, months_until

_PAID = range(0, 27)  # delays in months within which costs arrive: claims may come after 26 months
_FADES = 0.6  # of the growth of a delay that was never seen, from month to month
_KNOWN = range(-11, 19)  # delays within which client-months become known, before and after
_RECENT = 12  # extraction dates whose steps count: a faster office is seen within a year
_HALF_LIFE = 2.0  # months: the level of clients is that of the last few months
_PRICE_HALF_LIFE = (
    2.0  # months: so is the cost of a client-month, as far as chance does not explain it
)
_GROWN = 0.7  # share recorded, from which a month shows a change of that cost
_PRICE_MONTHS = 12  # months of which that cost is averaged
_RELATIVE_MONTHS = 24  # months of which a municipality's own cost is compared with the area's
_OWN_COST = 300.0  # client-months at which a municipality's own cost weighs as much as the area's
_OWN_LEVEL = 72.0  # client-months at which its own level weighs as much as its budget
_OWN_AREA = 0.5  # weight of the area's level against the whole area's budget
_TREND = 12  # months of clients behind a trend
_DAMPED = 0.85  # of a trend that goes on from month to month
_SEASON_YEARS = 2  # years of months that can show a season
_MEDIAN = 0.4549  # of the square of a standard normal number
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

    All municipalities × months: ``cents``, the most that was ever known of them (``gross``: without
    recoveries), ``clients``, ``budget``, and the usual share of each
    month's cost and client-months that is recorded (``paid``, ``known``) after the delay of that
    municipality's records. ``there``: from when the municipality and the service have begun.
    ``price`` and ``season`` by month: levels of cost and of clients.
    """

    cents: Floats
    gross: Floats
    clients: Floats
    budget: Floats
    delay: Ints
    curve: Curve
    paid: Floats
    known: Floats
    there: npt.NDArray[np.bool_]
    price: Floats
    season: Floats


def project(view: View, window: Window) -> Floats:
    """Cents of the window by its closing date: municipalities × services."""
    found = []
    closing = months_until(view.days[-1], window.closes)
    for series in _all_series(view, window.now):
        clients, unit = _clients(series, window), _unit_cost(series, window)
        expected = clients * unit[:, None] * series.price
        cells = _at_closing(series, expected, series.curve.of(series.delay + closing))
        found.append(cells[:, window.first : window.last + 1].sum(axis=1))
    return np.stack(found, axis=1)


def ultimates(view: View, now: int) -> Floats:
    """What the months up to ``now`` will cost in the end: municipalities × services × months."""
    window, found = Window(0, now, now, date.max), []
    for series in _all_series(view, now):
        unit = _unit_cost(series, window)[:, None] * series.price[: now + 1]
        expected = _exposure(series, now) * unit
        past = replace(series, cents=series.cents[:, : now + 1], paid=series.paid[:, : now + 1])
        found.append(_at_closing(past, expected, np.ones(now + 1)))
    return np.stack(found, axis=1)


def _all_series(view: View, now: int) -> list[_Series]:
    delay = view.at[-1] - np.arange(view.cents.shape[-1])
    there, found = begun(view), []
    for k in range(view.cents.shape[2]):
        late_cents, late_clients = view.lags[:, :, k]
        gross = np.maximum.accumulate(np.maximum(view.cents[:, :, k], 0.0))
        paid = _curve(gross, view, late_cents, _PAID, _FADES)
        known = _curve(view.clients[:, :, k], view, late_clients, _KNOWN, 0.0)
        shares = known.of(delay - late_clients[:, None])
        clients = view.clients[-1, :, k]
        season = seasons(
            clients[:, : now + 1].sum(axis=0) / _least(shares[:, : now + 1].min(axis=0))
        )
        months = np.arange(view.cents.shape[-1])
        found.append(
            _Series(
                cents=view.cents[-1, :, k],
                gross=gross[-1],
                clients=clients,
                budget=carried(view.budgets[-1, :, k]),
                delay=delay,
                curve=paid,
                paid=paid.of(delay - late_cents[:, None]),
                known=shares,
                there=there[:, k],
                price=view.prices[k],
                season=season[months % 12],
            )
        )
    return found


def begun(view: View) -> npt.NDArray[np.bool_]:
    """Municipalities × services × months: from the first month in which there is anything of both.

    Who joins, or what begins, in the middle of a year has no months without clients before it.
    """
    present = (view.clients[-1] > 0) | (view.budgets[-1] > 0) | (view.cents[-1] != 0)
    members, services = present.any(axis=1).argmax(axis=1), present.any(axis=0).argmax(axis=1)
    first = np.maximum(members[:, None], services)
    return np.asarray(np.arange(present.shape[2]) >= first[:, :, None], np.bool_)


def _curve(known: Floats, view: View, lags: Ints, delays: range, fades: float) -> Curve:
    """The area's curve from the municipalities whose records are as old as the newest ones'."""
    active = known[-1].any(axis=1)
    usual = int(lags[active].min()) if active.any() else 0
    same = known[:, lags == usual].sum(axis=1)
    jumps = frozenset(place + usual for place in view.jumps)
    steps = latest_steps(len(view.days), _RECENT, jumps)
    return curve(same, view.at - usual, delays, steps, fades)


def carried(budget: Floats) -> Floats:
    """A month of which no budget is known gets the month before it: municipalities × months."""
    known = np.where(budget.sum(axis=0) > 0, np.arange(budget.shape[1]), 0)
    return np.asarray(budget[:, np.maximum.accumulate(known)])


def _at_closing(series: _Series, expected: Floats, share: Floats) -> Floats:
    """Expected cost by then, corrected by how what is recorded differs from what should be."""
    trust = np.clip(series.paid / np.maximum(share, 1e-9), 0.0, 1.0)
    return np.asarray(share * expected + trust * (series.cents - series.paid * expected))


def _exposure(series: _Series, now: int) -> Floats:
    """Client-months of the past months, with those that are still to be recorded."""
    return np.asarray(series.clients[:, : now + 1] / _least(series.known[:, : now + 1]))


def _least(share: Floats) -> Floats:
    """A share to divide by: hardly begun months are not blown up."""
    return np.maximum(share, 0.3)


def _unit_cost(series: _Series, window: Window) -> Floats:
    """Cents of a client-month per municipality: the area's, times its own relative to the area's.

    A month weighs by its usual share: what is young says little, and may be early for once. What was
    recovered is the municipality's own; another one feels it only in the part that leans on the area.
    """
    past = slice(max(window.now + 1 - _RELATIVE_MONTHS, 0), window.now + 1)
    share = series.paid[:, past]
    cents, gross = (c[:, past] * share / series.price[past] for c in (series.cents, series.gross))
    exposure = _exposure(series, window.now)[:, past] * share**2
    grown = share.min(axis=0) >= _GROWN
    local, now = _area_price(gross.sum(axis=0), exposure.sum(axis=0), grown)
    kept = min(max(cents.sum(), 0.0) / max(gross.sum(), 1e-9), 1.0)
    expected, scale = (exposure * local).sum(axis=1), _OWN_COST * now
    own = np.maximum(cents.sum(axis=1), 0.0) + kept * scale
    return np.asarray(now * own / np.maximum(expected + scale, 1e-9))


def _area_price(
    cents: Floats, exposure: Floats, grown: npt.NDArray[np.bool_]
) -> tuple[Floats, float]:
    """Cost of a client-month around each month, and now: that of a year, or as it has changed since.

    A change is believed as far as it is more than the months' own scatter would show, and only of
    months that are mostly recorded (``grown``): in young ones it may be the office that got faster.
    """
    age = np.arange(len(cents))[::-1]
    near = 0.5 ** (np.abs(age[:, None] - age) / _PRICE_HALF_LIFE)
    local = near @ cents / np.maximum(near @ exposure, 1e-9)
    year = np.where(age < _PRICE_MONTHS, exposure, 0.0)
    if year.sum() <= 0:
        return local, 0.0
    lately = np.where(grown, year, 0.0) * 0.5 ** (age / _PRICE_HALF_LIFE)
    if lately.sum() <= 0:
        return local, float(year @ (cents / np.maximum(exposure, 1e-9)) / year.sum())
    price = cents / np.maximum(exposure, 1e-9)
    level = float(year @ price / year.sum())
    change = float(lately @ price / lately.sum()) - level
    weights = lately / lately.sum() - year / year.sum()
    chance = _scatter(price[grown], exposure[grown]) * float(
        (weights**2 / np.maximum(exposure, 1e-9)).sum()
    )
    return local, level + change * max(0.0, 1 - chance / change**2) if change else level


def _scatter(price: Floats, exposure: Floats) -> float:
    """Variance of a client-month's cost, from month to month, so that one step does not raise it."""
    weight = 1 / np.maximum(exposure, 1e-9)
    steps = np.diff(price) ** 2 / (weight[1:] + weight[:-1])
    return float(np.median(steps)) / _MEDIAN if len(steps) else 0.0


def seasons(clients: Floats) -> Floats:
    """Level of each month of the year from the axis's first on, 1 on average; 1 without two years.

    What the years have in common, less what their disagreement alone would show.
    """
    years = len(clients) // 12
    if years < _SEASON_YEARS or clients.min() <= 0:
        return np.ones(12)
    logs = np.log(clients[len(clients) - 12 * years :]).reshape(years, 12)
    slope = (logs[-1].mean() - logs[0].mean()) / (12 * (years - 1))
    apart = logs - logs.mean(axis=1, keepdims=True) - slope * (np.arange(12) - 5.5)
    common = apart.mean(axis=0)
    chance = float(((apart - common) ** 2).sum()) / (years - 1) / years
    sure = max(0.0, 1 - chance / max(float((common**2).sum()), 1e-12))
    return np.asarray(np.roll(np.exp(sure * common), len(clients) - 12 * years))


def _clients(series: _Series, window: Window) -> Floats:
    """Client-months of all months: developed up to ``now``, expected after it."""
    season, ahead_of = series.season[: window.now + 1], series.season[window.now + 1 :]
    past = _exposure(series, window.now)
    level_past = past / season
    weight = 0.5 ** (np.arange(window.now, -1, -1) / _HALF_LIFE)
    there = series.there[:, : window.now + 1]
    months = there @ weight
    own = (level_past * there) @ weight / np.maximum(months, 1e-9)
    level = _level(own, months, _budgeted(series, window))
    ahead = np.arange(1, series.cents.shape[1] - window.now)
    age = float(weight @ np.arange(window.now, -1, -1) / weight.sum())
    steps = age + _DAMPED * (1 - _DAMPED**ahead) / (1 - _DAMPED)
    grown = _trend(level_past[there[:, -_TREND:].all(axis=1)].sum(axis=0))
    expected = level[:, None] * np.exp(grown * steps) * ahead_of
    expected = expected * series.there[:, window.now + 1 :]
    share = series.known[:, window.now + 1 :]
    decided = series.clients[:, window.now + 1 :]
    return np.hstack([past, expected + share * (decided - share * expected)])


def _budgeted(series: _Series, window: Window) -> Floats:
    """Clients that the budget of the months to come pays for, at the area's cost."""
    rest = slice(min(window.now + 1, window.last), window.last + 1)
    ahead = series.budget[:, rest].sum(axis=1) / np.maximum(series.there[:, rest].sum(axis=1), 1)
    past = slice(max(window.now + 1 - _PRICE_MONTHS, 0), window.now + 1)
    share = series.paid[:, past]
    cents = np.maximum(series.cents[:, past], 0.0) * share / series.price[past]
    exposure = _exposure(series, window.now)[:, past] * share**2
    unit = cents.sum() / max(exposure.sum(), 1e-9)
    return np.asarray(ahead / unit if unit > 0 else ahead * 0)


def _level(own: Floats, months: Floats, budgeted: Floats) -> Floats:
    """Clients of a month to come: own level and the budget, brought half-way to the area's level.

    Where there is no budget the own level stands alone.
    """
    both = (budgeted > 0) & (months > 0)
    area = own[both].sum() / budgeted[both].sum() if both.any() else 1.0
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
