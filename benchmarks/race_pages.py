"""What the pages of a race's area would say: its counts, recorded totals and budgets made public, and R10.

The printed table is measured on what was known at New Year, as an area checks its own; grains follow
R4 in short: per service, or all services together where no service has a grain below the year.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from kuntakoonti.core.periods import add_months, last_day, months_of
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.cells import ANY, Cell, Grain, Measure, Status
from kuntakoonti.public.estimate_table import EstimateRow, EstimateTable
from kuntakoonti.public.estimates import PublishedYear, YearPosition, forecasts
from kuntakoonti.public.expectation import published_range
from kuntakoonti.restricted.disclosure.grain import periods_of_grain
from kuntakoonti.restricted.forecast.backtest import until
from kuntakoonti.restricted.forecast.chain_ladder import Curve, curve, latest_steps
from kuntakoonti.restricted.forecast.history import Changes, Development, Floats

RULES = load_parameters(Path(__file__).parents[1] / "parameters").rules
LEAST, SHARE, LAG, TURNOVER = 5, 0.8, 2, 1.2
STEPS = (300_000, 1_000_000)  # cents: below a million euros and from it
_CURVE, _SEEN = range(0, 14), range(-11, 19)  # months that are printed; delays that are measured


def pages(whole: Development, then: Development, month: str, closes: date) -> tuple[Floats, Floats]:
    """Points, and ranges (low, high), in cents by member, of the pages of an extraction date."""
    at = YearPosition(month[:4], int(month[5:]), then.as_of, closes)
    table = _table(whole, month[:4])
    found = forecasts(PublishedYear(tuple(_cells(whole, then, at)), at, table))
    half = table.half_percent(at.months)
    said = [published_range(found[code], half) for code in then.axes.members]
    rows = np.array([[cents or 0 for cents in one] for one in said], float)
    return rows[:, 0], rows[:, 1:].T


def _table(whole: Development, year: str) -> EstimateTable:
    """The table of a year: measured on the records up to its beginning, the rest by the rules."""
    axes = whole.axes
    before = until(whole, date(int(year), 1, 15), f"{int(year) - 1}-12")
    weights, halves = RULES.estimate_weight, RULES.first_year_range
    assert weights and halves
    values = {
        "unit_cost": dict(zip(axes.services, _unit_costs(before), strict=True)),
        "turnover": dict.fromkeys(axes.services, str(TURNOVER)),
        "recorded_share": _shares(before, before.cents),
        "known_share": _shares(before, before.clients),
        "own_cost": {"": str(weights.values[0].value.own_cost)},
        "own_clients": {"": str(weights.values[0].value.own_clients)},
        "half_range": {f"{n:02d}": str(h) for n, h in enumerate(halves.values[0].value, 1)},
        "records_from": {"": axes.months[0]},
    }
    rows = [
        EstimateRow(name=n, kind="assumption", reference="race", values=v)
        for n, v in values.items()
    ]
    return EstimateTable(tuple(rows), LEAST, STEPS)


def _unit_costs(before: Development) -> Iterator[str]:
    """Euros of a client-month, of months whose cost has mostly come."""
    view = before.view()
    for k in range(view.cents.shape[2]):
        share = _developed(before, before.cents, k).of(
            len(view.days) - 1 - np.arange(view.cents.shape[3])
        )
        old = share > 0.7
        cents = (view.cents[-1, :, k].sum(axis=0) / np.maximum(share, 0.3))[old].sum()
        yield str(round(cents / max(view.clients[-1, :, k].sum(axis=0)[old].sum(), 1) / 100, 0))


def _developed(before: Development, changes: Changes, service: int) -> Curve:
    view = before.view()
    known = changes.known(view.days)[:, :, service].sum(axis=1)
    return curve(known, view.at, _SEEN, latest_steps(len(view.days), 12))


def _shares(before: Development, changes: Changes) -> dict[str, str]:
    """Service → whole per cent known in the middle of the month after, and each month later."""
    found = {}
    for k, service in enumerate(before.axes.services):
        shares = 100 * _developed(before, changes, k).of(np.array(_CURVE) + 1)
        found[service] = "; ".join(str(round(min(s, 100.0))) for s in shares)
    return found


def _cells(whole: Development, then: Development, at: YearPosition) -> Iterator[Cell]:
    """Budgets, recorded totals in classes, and the counts of each member's grain."""
    axes, first = then.axes, then.axes.months.index(f"{at.year}-01")
    year = slice(first, first + 12)
    budgets = then.budgets.known([at.as_of])[0][:, :, year].sum(axis=2)
    recorded = then.cents.known([at.as_of])[0][:, :, year].sum(axis=(1, 2))
    counts = then.clients.known([at.as_of])[0][:, :, year]
    last = whole.clients.known([date(int(at.year), 2, 28)])[0][:, :, first - 12 : first]
    for i, code in enumerate(axes.members):
        for k, service in enumerate(axes.services):
            yield _final(code, service, at.year, Measure.BUDGET, int(budgets[i, k]))
        cents = max(int(recorded[i]), 0)
        step = STEPS[cents >= 100_000_000]
        yield _final(code, ANY, at.year, Measure.ACTUAL_ROUNDED, cents // step * step)
        for name, shown, past in _series(axes.services, counts[i], last[i]):
            yield from _counts(code, name, shown, _grain(past), at)


def _series(
    services: tuple[str, ...], counts: Floats, last: Floats
) -> Iterator[tuple[str, Floats, Floats]]:
    """The family that a member's counts have: per service, or together."""
    grains = [_grain(row) for row in last]
    if set(grains) == {"year"}:
        yield ANY, counts.sum(axis=0), last.sum(axis=0)
    else:
        yield from zip(services, counts, last, strict=True)


def _grain(last: Floats) -> Grain:
    """The shortest period of which enough reached the threshold last year."""
    if (last >= LEAST).mean() >= SHARE:
        return "month"
    quarters = last.reshape(4, 3).mean(axis=1) * TURNOVER
    return "quarter" if (quarters >= LEAST).mean() >= SHARE else "year"


def _counts(
    code: str, service: str, counts: Floats, grain: Grain, at: YearPosition
) -> Iterator[Cell]:
    for period in periods_of_grain(grain, at.year):
        begun = [m for m in months_of(period) if int(m[5:]) <= at.months]
        if not begun:
            continue
        each = counts[[int(m[5:]) - 1 for m in begun]].mean()
        number = round(each * (1 + (TURNOVER - 1) * (len(begun) - 1) / 2))
        closes = last_day(add_months(months_of(period)[-1], LAG))
        if closes <= at.as_of and number >= LEAST:
            yield _final(code, service, period, Measure.CLIENTS, number)
        elif closes <= at.as_of:
            yield Cell(code, service, period, Measure.CLIENTS, Status.UNDER_THRESHOLD)
        else:
            width = 5 if number < 100 else 10
            low = number // width * width
            place = (code, service, period, Measure.CLIENTS, Status.PRELIMINARY)
            yield Cell(*place, class_low=low, class_high=low + width - 1)


def _final(code: str, service: str, period: str, measure: Measure, value: int) -> Cell:
    return Cell(code, service, period, measure, Status.FINAL, value)
