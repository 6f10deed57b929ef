"""Development triangles: of what is known of a month in the end, the share known after a delay.

The delay of a service month at an extraction date is the number of months between the two; it is
negative for a month still to come. Chain ladder: volume-weighted factors from delay to delay.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kuntakoonti.restricted.forecast.history import Floats, Ints

_LAST_SEEN = 3  # delays, whose growth goes on fading
_YOUNG = 6  # delays seen, below which the growth of the last ones is no tail yet


@dataclass(frozen=True)
class Curve:
    """Share known by delay, from delay ``first`` on; 0 before it and 1 after the last one."""

    first: int
    shares: Floats

    def of(self, delays: npt.NDArray[Any]) -> Floats:
        """Shares at any delays; between whole months a straight line."""
        known = np.arange(self.first, self.first + len(self.shares))
        return np.asarray(np.interp(delays, known, self.shares, left=0.0, right=1.0))


def latest_steps(dates: int, recent: int, jumps: frozenset[int] = frozenset()) -> Ints:
    """The last ``recent`` of so many dates that have a next one, a month later.

    Without those in ``jumps``: it is not known what came in the month after them.
    """
    steps = np.arange(max(dates - 1 - recent, 0), dates - 1)
    return steps[~np.isin(steps, sorted(jumps))] if jumps else steps


def factors(known: Floats, at: Ints, delays: range, steps: Ints) -> tuple[Floats, Floats]:
    """Sums of what was known at each delay and one month later, over the dates ``steps``.

    Their ratio is the chain-ladder factor. ``known``: dates × service months of one series.
    """
    place = at[steps, None] - np.arange(known.shape[1]) - delays.start
    seen = (place >= 0) & (place < len(delays))
    before, after = known[steps][seen], known[steps + 1][seen]
    sums = [np.bincount(place[seen], x, len(delays)).astype(np.float64) for x in (before, after)]
    return sums[0], sums[1]


def curve(known: Floats, at: Ints, delays: range, steps: Ints, fades: float = 0.0) -> Curve:
    """The share known at each delay, 1 after the last one; arguments as of `factors`.

    A delay that was never seen adds what the last seen ones added, fading by ``fades`` a month (0,
    or few delays seen: it adds nothing); of a month that has not begun nothing is known.
    """
    before, after = factors(known, at, delays, steps)
    seen = (after > 0) & (before >= 0)
    step = np.where(seen, before / np.where(seen, after, 1.0), _unseen(before, after, seen, fades))
    step[(np.array(delays) < 1) & ~seen] = 0.0
    shares = np.clip(np.cumprod(step[::-1])[::-1], 0.0, 1.2)
    return Curve(delays.start, np.append(shares, 1.0))


def _unseen(before: Floats, after: Floats, seen: npt.NDArray[np.bool_], fades: float) -> Floats:
    """The steps of delays that were never seen: the growth of the last seen ones, fading."""
    places = np.nonzero(seen)[0]
    if not fades or not len(places) or places[-1] < _YOUNG:
        return np.ones(len(seen))
    last = places[-_LAST_SEEN:]
    growth = float(np.clip(1 - before[last].sum() / after[last].sum(), 0.0, 0.5))
    ahead = np.maximum(np.arange(len(seen)) - places[-1], 0)
    return np.asarray(1 - growth * fades**ahead, np.float64)
