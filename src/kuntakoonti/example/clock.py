"""Days and months as whole numbers since 1970, so that millions of dates are one array."""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.signedinteger[Any]]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NEVER = -(2**31)  # an unknown or open date
_WEEKDAY_OF_1970 = 3  # 1.1.1970 was a Thursday


def month_number(month: str) -> int:
    """``2025-01`` as months since 1970."""
    return int(np.datetime64(month, "M").astype(np.int64))


def day_number(day: str) -> int:
    """``2025-01-31`` as days since 1970."""
    return int(np.datetime64(day, "D").astype(np.int64))


def first_of(months: Ints) -> Ints:
    """The first day of each month."""
    return months.astype("M8[M]").astype("M8[D]").astype(np.int32)


def month_of(days: Ints) -> Ints:
    """The month of each day."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int32)


def add_months(days: Ints, months: Ints) -> Ints:
    """The same day of the month so many months later; the 31st may run over by up to three days."""
    here = month_of(days)
    return first_of(here + months) + (days - first_of(here))


def weekdays_between(first: Ints, after: Ints) -> Ints:
    """Days from Monday to Friday in each half-open range (public holidays count: VNa 385/2024)."""
    return _weekdays_before(after) - _weekdays_before(first)


def _weekdays_before(days: Ints) -> Ints:
    weeks, rest = np.divmod(days + _WEEKDAY_OF_1970, 7)
    return np.asarray(weeks * 5 + np.minimum(rest, 5))


def office_day(days: Ints) -> Ints:
    """Saturdays and Sundays move to the next Monday: offices record on weekdays."""
    weekday = (days + _WEEKDAY_OF_1970) % 7
    return np.asarray(days + np.where(weekday > 4, 7 - weekday, 0)).astype(np.int32)


def spread(rng: np.random.Generator, size: int, *quantiles: tuple[float, float]) -> Floats:
    """Random numbers with these (share, value) quantiles, straight lines between them."""
    shares, values = zip(*quantiles, strict=True)
    return np.asarray(np.interp(rng.random(size), shares, values))


def one_of(rng: np.random.Generator, values: Ints, shares: Floats, size: int) -> Ints:
    """Random picks of values with these shares (any positive weights)."""
    edges = np.cumsum(shares) / np.sum(shares)
    return values[np.searchsorted(edges[:-1], rng.random(size), side="right")]
