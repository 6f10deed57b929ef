"""How far earlier forecasts of the same records missed, and the range that follows.

Every earlier extraction date is gone back to: what was known then, as many months behind and ahead
as now, the same method; what came is known today. Errors are pooled over members by their size.
"""

from dataclasses import dataclass
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
_ALONE = 0.75  # independent windows that one trial alone is taken for
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
    """Half the width of the range of a point: √(chance × point + common × point²), in cents."""

    chance: float
    common: float

    def half(self, point: Floats) -> Floats:
        size = np.maximum(np.abs(point), _SMALL)
        return np.asarray(np.sqrt(self.chance * size + self.common * size**2))


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


def spread(tried: tuple[Trial, ...], ahead: int, cover: float = COVER) -> Spread:
    """The range that holds ``cover`` of what comes, from trials that looked so many months ahead.

    Errors have a part of chance, which sums over clients, and one common to all members. Windows
    that overlap share their common part: so few independent ones widen it, by Student's t.
    """
    from scipy.optimize import nnls  # type: ignore[import-untyped]  # loads slowly

    point = np.array([[*t.point, t.point.sum()] for t in tried])
    error = np.array([[*t.actual, t.actual.sum()] for t in tried]) - point
    size = np.maximum(np.abs(point), _SMALL)
    parts = np.stack([_MILLION / size.ravel(), np.ones(size.size)], axis=1)
    weight = 1 / (0.3 * parts[:, 0] + 0.01)  # so that the small ones do not decide alone
    (chance, common), _ = nnls(parts * weight[:, None], (error / size).ravel() ** 2 * weight)
    raw = Spread(chance * _MILLION, common)
    members = np.abs(error[:, :-1]) / np.maximum(raw.half(point[:, :-1]), 1.0)
    scale = float(np.quantile(members, cover)) ** 2
    tail = (1 + cover) / 2
    span = max(t.now for t in tried) - min(t.now for t in tried)
    few = (stdtrit(span / (ahead + _SETTLING) + _ALONE, tail) / ndtri(tail)) ** 2
    return Spread(raw.chance * scale, common * scale * float(few))


def past_errors(tried: tuple[Trial, ...]) -> tuple[float | None, ...]:
    """Mean absolute error as a share of the actual cost: by municipality, the area last."""
    point = np.array([[*t.point, t.point.sum()] for t in tried])
    actual = np.array([[*t.actual, t.actual.sum()] for t in tried])
    missed, whole = np.abs(actual - point).mean(axis=0), actual.mean(axis=0)
    return tuple(float(m / w) if w > 0 else None for m, w in zip(missed, whole, strict=True))
