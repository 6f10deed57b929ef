"""The simple ways to foresee a year, against which the forecast is measured on the same records.

Each knows the closing date: of a month, the share that is recorded by then, not all that ever comes.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kuntakoonti.core.periods import add_months, last_day
from kuntakoonti.restricted.forecast.chain_ladder import curve, latest_steps
from kuntakoonti.restricted.forecast.history import Development, Floats, View, months_until

WAYS = (
    "to date × 12/m", "last year", "last year × ratio", "budget", "run rate", "chain ladder",
    "Bornhuetter–Ferguson", "Cape Cod",
)  # fmt: skip
TODATE, LAST_YEAR, RATIO, BUDGET, RUN_RATE, CHAIN_LADDER, FERGUSON, CAPE_COD = WAYS
_DELAYS, _BEGUN = range(0, 19), 0.05  # months of delay; share below which a month has hardly begun


@dataclass(frozen=True)
class _Year:
    """One service's year: recorded and budget by municipality and month, shares now and at closing."""

    recorded: Floats
    budget: Floats
    now: Floats
    closing: Floats
    ratio: float  # recorded ÷ what the budget made expect by now, over the area's last year

    @property
    def begun(self) -> NDArray[np.bool_]:
        return np.asarray(self.now > _BEGUN)


def simple(development: Development, year: int, number: int, closes: date) -> dict[str, Floats]:
    """Cents of a year after so many months, by way and municipality; no last year, no such way."""
    view, months = development.view(), development.axes.months
    first = months.index(f"{year}-01")
    to_date = view.cents[-1, :, :, first : first + number].sum(axis=(1, 2))
    found = {
        TODATE: to_date * 12 / number,
        BUDGET: view.budgets[-1, :, :, first : first + 12].sum(axis=(1, 2)),
    }
    for k in range(view.cents.shape[2]):
        for way, cents in _developed(_year(view, k, first, closes), number).items():
            found[way] = found.get(way, 0) + cents
    if first >= 12:
        before = view.cents[-13, :, :, first - 12 : first - 12 + number].sum(axis=(1, 2))
        ratio = np.where(before > 0, to_date / np.maximum(before, 1), 1.0)
        found[LAST_YEAR] = _last_year(development, view, first)
        found[RATIO] = found[LAST_YEAR] * ratio
    return found


def _last_year(development: Development, view: View, first: int) -> Floats:
    """What the year before had cost by its closing date, or by now if it is still open."""
    closes = last_day(add_months(development.axes.months[first], 1))
    known = development.cents.known([min(closes, view.days[-1])])[0]
    return np.asarray(known[:, :, first - 12 : first].sum(axis=(1, 2)))


def _year(view: View, k: int, first: int, closes: date) -> _Year:
    steps = latest_steps(len(view.days), 99, view.jumps)
    shares = curve(view.cents[:, :, k].sum(axis=1), view.at, _DELAYS, steps)
    delay = view.at[-1] - np.arange(view.cents.shape[3])
    now, year = shares.of(delay), slice(first, first + 12)
    past = slice(max(first - 12, 0), first + 12)
    expected = (view.budgets[-1, :, k, past] * now[past]).sum()
    return _Year(
        view.cents[-1, :, k, year],
        view.budgets[-1, :, k, year],
        now[year],
        shares.of(delay[year] + months_until(view.days[-1], closes)),
        float(view.cents[-1, :, k, past].sum() / max(expected, 1.0)),
    )


def _developed(of: _Year, number: int) -> dict[str, Floats]:
    """One service's year by the ways that know how a month fills up."""
    ahead = np.arange(12) >= number
    developed = np.where(of.begun, of.recorded / np.where(of.begun, of.now, 1.0) * of.closing, 0.0)
    seen = of.begun & ~ahead
    rate = developed[:, seen].mean(axis=1) if seen.any() else of.budget.mean(axis=1)
    planned = of.closing * of.budget
    missing = np.where(ahead, of.closing, np.maximum(of.closing - of.now, 0.0)) * of.budget
    recorded = np.where(ahead, 0.0, of.recorded)
    return {
        RUN_RATE: np.where(seen, developed, rate[:, None]).sum(axis=1),
        CHAIN_LADDER: np.where(seen, developed, planned).sum(axis=1),
        FERGUSON: (recorded + missing).sum(axis=1),
        CAPE_COD: (recorded + missing * of.ratio).sum(axis=1),
    }
