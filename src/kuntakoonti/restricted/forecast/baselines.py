"""The simple ways to foresee a year, against which the forecast is measured on the same records."""

import numpy as np

from kuntakoonti.core.periods import add_months, last_day
from kuntakoonti.restricted.forecast.chain_ladder import curve
from kuntakoonti.restricted.forecast.history import Development, Floats, View

WAYS = ("to date × 12/m", "last year × ratio", "budget", "chain ladder")
TODATE, LAST_YEAR, BUDGET, CHAIN_LADDER = WAYS


def simple(development: Development, year: int, number: int) -> dict[str, Floats]:
    """Cents of a year after so many months, by way and municipality; no last year, no such way."""
    view, months = development.view(), development.axes.months
    first = months.index(f"{year}-01")
    to_date = view.cents[-1, :, :, first : first + number].sum(axis=(1, 2))
    found = {
        TODATE: to_date * 12 / number,
        BUDGET: view.budgets[-1, :, :, first : first + 12].sum(axis=(1, 2)),
        CHAIN_LADDER: _chain_ladder(view, first, number),
    }
    if first >= 12:
        before = view.cents[-13, :, :, first - 12 : first - 12 + number].sum(axis=(1, 2))
        ratio = np.where(before > 0, to_date / np.maximum(before, 1), 1.0)
        found[LAST_YEAR] = _last_year(development, view, first) * ratio
    return found


def _last_year(development: Development, view: View, first: int) -> Floats:
    """What the year before had cost by its closing date, or by now if it is still open."""
    closes = last_day(add_months(development.axes.months[first], 1))
    known = development.cents.known([min(closes, view.days[-1])])[0]
    return np.asarray(known[:, :, first - 12 : first].sum(axis=(1, 2)))


def _chain_ladder(view: View, first: int, number: int) -> Floats:
    """Recorded / usual share per month; the budget for months to come or hardly begun."""
    found = np.zeros(view.cents.shape[1])
    for k in range(view.cents.shape[2]):
        shares = curve(view.cents[:, :, k].sum(axis=1), view.at, range(0, 8), 99)
        share = shares.of(view.at[-1] - np.arange(first, first + 12))
        begun = (np.arange(12) < number) & (share > 0.05)
        recorded = view.cents[-1, :, k, first : first + 12] / np.where(begun, share, 1.0)
        budget = view.budgets[-1, :, k, first : first + 12]
        found += np.where(begun, recorded, budget).sum(axis=1)
    return found
