"""How complete a month is: by law, by estimate with its uncertainty, and for closing counts.

Area level only; exact shares, to be rounded before anyone outside the restricted room sees them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
from scipy.special import stdtrit  # type: ignore[import-untyped, unused-ignore]

from kuntakoonti.core.periods import (
    add_months,
    day_after,
    last_day,
    month_of,
    months_between,
)
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.costs import UNALLOCATED, Costs
from kuntakoonti.restricted.figures.counts import OUTSIDE
from kuntakoonti.restricted.forecast.cape_cod import ultimates
from kuntakoonti.restricted.forecast.history import Development, Floats, View, by_clients
from kuntakoonti.restricted.forecast.past_errors import COVER
from kuntakoonti.restricted.forecast.stalls import find_stalls, lags

_GROWN = 7  # months of records, from which the development of costs is taken as seen
_SETTLED = 6  # months after which a month's cost is taken as what came in the end
_FEWEST = 3  # earlier estimates at the same delay
_ENOUGH = 0.99  # of the client-months recorded, from which a count may close
_AGED = 6  # months, after which hardly a client-month is recorded any more
_LATEST, _LEAST = 24, 6  # months that are measured, and without which nothing is proposed


@dataclass(frozen=True)
class Completeness:
    """One service month's cost: the share recorded of what it will come to, of all members.

    ``low``–``high`` is the range from earlier estimates at the same delay (None: too few of
    them); all three are None while the records are too young. ``certain_from``: nothing can be
    claimed after the day before (None: the law sets no limit). ``persons`` is a lower bound.
    """

    service: str
    month: str
    share: float | None
    low: float | None
    high: float | None
    persons: int
    certain_from: date | None

    def certain(self, day: date) -> bool:
        """Whether the month is complete by law on a day."""
        return self.certain_from is not None and self.certain_from <= day


@dataclass(frozen=True)
class LagProposal:
    """The smallest closing lag at which 99 % of a service's client-months had been recorded.

    ``shares``: by lag in months from 0. Behind it are ``client_months`` of ``months`` service
    months; ``lag`` is None with less than half a year of them, or if no lag was enough.
    """

    service: str
    lag: int | None
    shares: tuple[float, ...]
    client_months: int
    months: int


def certain_from(month: str, deadline: int | None) -> date | None:
    """The day from which nothing of a month can be claimed: so many months after it, by law."""
    return None if deadline is None else day_after(add_months(month, deadline))


def completeness(
    development: Development,
    costs: Costs,
    month: str,
    deadlines: Mapping[str, int | None],
    cover: float = COVER,
) -> tuple[Completeness, ...]:
    """Every service and month up to the given one.

    ``deadlines``: months after a service month in which its cost can be claimed, by service; None
    or missing where only a contract says.
    """
    axes, persons = development.axes, _persons(costs)
    view = development.view().lagged(lags(development, find_stalls(development)))
    now = axes.months.index(month)
    shares = _shares(view, now) if now + 1 >= _GROWN else None
    margins = _margins(view, now, cover)
    return tuple(
        Completeness(
            service,
            name,
            *_range(None if shares is None else float(shares[k, s]), margins.get((k, now - s))),
            persons.get((service, name), 0),
            certain_from(name, deadlines.get(service)),
        )
        for k, service in enumerate(axes.services)
        for s, name in enumerate(axes.months[: now + 1])
    )


def _range(
    share: float | None, margin: float | None
) -> tuple[float | None, float | None, float | None]:
    """A share of nothing is none; what is recorded is at most all of it."""
    if share is None or not np.isfinite(share):
        return None, None, None
    if margin is None:
        return share, None, None
    return share, max(share - margin, 0.0), min(share + margin, 1.0)


def _shares(view: View, now: int) -> Floats:
    """Services × months: recorded of what is expected in the end."""
    recorded = view.cents[-1].sum(axis=0)[:, : now + 1]
    final = ultimates(view, now).sum(axis=0)
    share = recorded / np.where(final > 0, final, np.nan)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _margins(view: View, now: int, cover: float) -> dict[tuple[int, int], float]:
    """Half the width of the range by service and months since: earlier shares against what came."""
    errors = dict[tuple[int, int], list[float]]()
    final = view.cents[-1].sum(axis=0)
    for back in range(1, now + 2 - _GROWN):
        earlier = view.until(len(view.days) - back)
        shares = _shares(earlier, now - back)
        recorded = earlier.cents[-1].sum(axis=0)
        for since in range(min(_SETTLED, now - back + 1)):
            month = now - back - since
            if now - month < _SETTLED:
                continue
            for k in np.nonzero(final[:, month] > 0)[0]:
                came = min(float(recorded[k, month] / final[k, month]), 1.0)
                errors.setdefault((int(k), since), []).append(float(shares[k, month]) - came)
    return {place: _half(found, cover) for place, found in errors.items() if len(found) >= _FEWEST}


def _half(errors: list[float], cover: float) -> float:
    """Half of a prediction interval around an estimate with these earlier errors."""
    size, square = len(errors), float(np.mean(np.square(errors)))
    return float(stdtrit(size, (1 + cover) / 2) * np.sqrt(square * (1 + 1 / size)))


def _persons(costs: Costs) -> dict[tuple[str, str], int]:
    """At least so many persons behind a service month's cost: its clients or its largest group."""
    inside = costs.parts[~costs.parts["municipality"].isin([OUTSIDE, UNALLOCATED])]
    by = ["service", "month"]
    named = inside.groupby(by)["client_id"].nunique()
    groups = inside[inside["client_id"].isna()].groupby([*by, "cost_id"])["participants"].sum()
    largest = groups.groupby(by).max()
    both = pd.concat([named, largest], axis=1).fillna(0).max(axis=1)
    rows = both.rename("persons").reset_index()[[*by, "persons"]]
    return {(s, m): int(n) for s, m, n in rows.itertuples(index=False)}


def closing_lags(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, as_of: date
) -> tuple[LagProposal, ...]:
    """A proposal for each service's ``closing_lag``, measured on two years of months.

    Only months that ended half a year before the extraction date count: later ones are still being
    recorded. Needs `figures.snapshot` of the same date.
    """
    last = add_months(month_of(as_of), -_AGED - 1)
    first = max(month_of(parameters.area.valid_from), add_months(last, 1 - _LATEST))
    months = months_between(first, last)
    services = [s.name for s in parameters.services.shown]
    if not months:
        return tuple(LagProposal(s, None, (), 0, 0) for s in services)
    rows = by_clients(warehouse, "first_known.sql")
    rows = rows[rows["month"].isin(months)]
    return tuple(_proposal(s, rows[rows["service"].eq(s)]) for s in services)


def _proposal(service: str, rows: pd.DataFrame) -> LagProposal:
    """A lag closes a month at the end of so many months after it."""
    clients, total = rows["clients"], int(rows["clients"].sum())
    day = pd.to_datetime(rows["day"]).dt.date
    shares = []
    for lag in range(_AGED if total else 0):
        closes = rows["month"].map(lambda m, lag=lag: last_day(add_months(m, lag)))
        shares.append(float(clients[day <= closes].sum() / total))
    months = rows["month"].nunique()
    enough = [lag for lag, share in enumerate(shares) if share >= _ENOUGH and months >= _LEAST]
    return LagProposal(service, enough[0] if enough else None, tuple(shares), total, months)
