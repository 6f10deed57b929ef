"""How far earlier forecasts of the same records missed, and the range that follows.

Every earlier extraction date is gone back to: what was known then, as many months behind and ahead
as now, the same method; what came is known today. Errors are pooled over members by their size.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit  # type: ignore[import-untyped, unused-ignore]

from kuntakoonti.core.periods import add_months, last_day, month_of
from kuntakoonti.restricted.forecast.cape_cod import Window, carried, project
from kuntakoonti.restricted.forecast.history import Development, Floats, View

Method = Literal["client_months", "blend", "budget"]
_YOUNG, _GROWN = 3, 7  # months of records: below, the budget alone; from, the projection alone
_MOST, _FEWEST = 12, 3  # earlier forecasts: the latest ones, and without which there is no range
_YEAR = 12  # months of records from which forecasts by the budget count as trials, too
COVER = 0.8  # share of actual costs that a range should hold
_SETTLING = 3  # months of recording, by which the errors of windows hang together
_ALONE = 3.0  # independent windows that one trial alone is taken for
_NARROWEST = 0.002  # of the point: how far the narrowest range reaches to each side
_ONE_SIDED = 0.5  # of the usual reach, at the least, where nothing was missed to one side
_SMALL, _MILLION = 1e5, 1e8  # 1,000 € and a million in cents


@dataclass(frozen=True)
class Trial:
    """An earlier forecast after month ``now`` (place on the axis), and what came of it.

    ``point`` and ``actual``: cents by municipality, ``actual`` as recorded by the closing date.
    """

    now: int
    method: Method
    point: Floats
    actual: Floats


@dataclass(frozen=True)
class Spread:
    """How far below or above a point the range reaches: √(chance × point + common × point²), in cents."""

    chance: float
    common: float

    def half(self, point: Floats) -> Floats:
        size = np.maximum(np.abs(point), _SMALL)
        return np.asarray(np.sqrt(self.chance * size + (self.common + _NARROWEST**2) * size**2))


def estimate(view: View, window: Window) -> tuple[Floats, Method]:
    """Cents of the window by municipality at its closing date, and how they were found.

    Records of a few months have not shown yet how late costs come: the projection weighs more with
    each month, the budget less.
    """
    months, age = slice(window.first, window.last + 1), _age(view, window)
    if age >= _GROWN:
        return project(view, window).sum(axis=1), "client_months"
    found = [carried(view.budgets[-1, :, k])[:, months] for k in range(view.budgets.shape[2])]
    budget = np.asarray(np.sum(found, axis=(0, 2)))
    if age < _YOUNG:
        return budget, "budget"
    weight = (age - 1) / (_GROWN - 1)
    projected = project(view, window).sum(axis=1)
    return np.where(budget > 0, weight * projected + (1 - weight) * budget, projected), "blend"


def _age(view: View, window: Window) -> int:
    """Months from the first one with a cost to the window's last one with data."""
    costly = np.nonzero(view.cents[-1].any(axis=(0, 1)))[0]
    return window.now + 1 - int(costly[0]) if len(costly) else 0


def trials(development: Development, view: View, window: Window) -> tuple[Trial, ...]:
    """The latest earlier forecasts whose window has closed by the last date of the view.

    By this method if there are enough of them; else, with a year of records, the budget's too.
    """
    found = list[Trial]()
    for back in range(1, window.now + 1):
        if len(found) == _MOST or back >= len(view.days):
            break
        earlier = _earlier(development.axes.months, window, back)
        if earlier.closes <= view.days[-1]:
            found.append(_trial(development, view.until(len(view.days) - back), earlier))
    own = tuple(t for t in found if t.method == "client_months")
    if len(own) >= _FEWEST:
        return own
    return tuple(found) if len(found) >= _FEWEST and window.now >= _YEAR else ()


def _earlier(months: tuple[str, ...], window: Window, back: int) -> Window:
    """The window so many months earlier; it closes at the end of a month, as a year does."""
    closes = last_day(add_months(month_of(window.closes), -back))
    first = max(window.first - back, 0)
    return Window(first, window.now - back, window.last - back, closes)


def _trial(development: Development, view: View, window: Window) -> Trial:
    point, method = estimate(view, window)
    known = development.cents.known([window.closes])[0]
    actual = known[:, :, window.first : window.last + 1].sum(axis=(1, 2))
    return Trial(window.now, method, point, actual)


def spread(
    tried: tuple[Trial, ...], ahead: int, cover: float = COVER, moved: float = 0.0
) -> tuple[Spread, Spread]:
    """Below and above a point: the range that holds ``cover`` of what comes.

    From trials that looked so many months ahead. Errors have a part of chance, which sums over
    clients, and one common to all members. Windows that overlap share their common part: so few
    independent ones widen it, by Student's t. Each side reaches as far as earlier forecasts missed to
    it. ``moved``: by what share the area's forecast has moved in the last two months; a level that
    has just changed may go on changing the months ahead.
    """
    from scipy.optimize import nnls  # type: ignore[import-untyped]  # loads slowly

    point = np.array([[*t.point, t.point.sum()] for t in tried])
    error = np.array([[*t.actual, t.actual.sum()] for t in tried]) - point
    size = np.maximum(np.abs(point), _SMALL)
    parts = np.stack([_MILLION / size.ravel(), np.ones(size.size)], axis=1)
    weight = 1 / (0.3 * parts[:, 0] + 0.01)  # so that the small ones do not decide alone
    (chance, common), _ = nnls(parts * weight[:, None], (error / size).ravel() ** 2 * weight)
    raw = Spread(chance * _MILLION, common)
    ratio = error / np.maximum(raw.half(point), 1.0)
    span = max(t.now for t in tried) - min(t.now for t in tried)
    independent, tail = span / (ahead + _SETTLING) + _ALONE, (1 + cover) / 2
    few = float((stdtrit(independent, tail) / ndtri(tail)) ** 2)
    goes_on = float(ndtri(tail)) * moved * 2 * (ahead + 1) / (ahead + 3)
    sides = []
    for side in (-ratio, ratio):
        small, large = _reach(side, point, tail)
        sides.append(Spread(raw.chance * small, common * large * few + goes_on**2))
    return sides[0], sides[1]


def _reach(ratio: Floats, point: Floats, tail: float) -> tuple[float, float]:
    """How far (squared) the smaller and the larger half of the members missed to one side.

    ``ratio``: error to that side ÷ `Spread.half`, trials × municipalities with the area last. The
    quantile is that of one more error than were seen.
    """
    members = ratio[:, :-1]
    order = np.argsort(point[:, :-1].mean(axis=0), kind="stable")
    halves = np.array_split(order, 2) if len(order) > 1 else [order, order]
    found = []
    for half in halves:
        level = min(tail * (1 + 1 / members[:, half].size), 1.0)
        found.append(max(float(np.quantile(members[:, half], level)), _ONE_SIDED) ** 2)
    return found[0], found[1]


def moved(view: View, window: Window) -> float:
    """By what share of the area's cost its services' forecasts have moved in the last two months."""
    points = []
    for back in range(min(3, window.now + 1, len(view.days))):
        then = replace(window, now=window.now - back)
        if _age(view, then) < _GROWN:
            break
        points.append(project(view.until(len(view.days) - back), then).sum(axis=0))
    if len(points) < 2 or points[0].sum() <= 0:
        return 0.0
    steps = np.abs(np.array(points[1:]) - points[0]).max(axis=0)
    return float(np.sqrt((steps**2).sum()) / points[0].sum())


def past_errors(tried: tuple[Trial, ...]) -> tuple[float | None, ...]:
    """Mean absolute error as a share of the actual cost: by municipality, the area last."""
    point = np.array([[*t.point, t.point.sum()] for t in tried])
    actual = np.array([[*t.actual, t.actual.sum()] for t in tried])
    missed, whole = np.abs(actual - point).mean(axis=0), actual.mean(axis=0)
    return tuple(float(m / w) if w > 0 else None for m, w in zip(missed, whole, strict=True))
