"""What a preparation foresees: the year's outlook, how complete each month is, measured lags.

Exact and restricted: none of it becomes public (R10).
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from kuntakoonti.core.errors import Problem
from kuntakoonti.core.periods import first_day, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.figures.costs import Costs
from kuntakoonti.restricted.forecast.completeness import (
    Completeness,
    LagProposal,
    closing_lags,
    completeness,
)
from kuntakoonti.restricted.forecast.history import Development, develop
from kuntakoonti.restricted.forecast.past_errors import COVER
from kuntakoonti.restricted.forecast.stalls import find_stalls, stall_problems
from kuntakoonti.restricted.forecast.year import Forecast, forecast


@dataclass(frozen=True)
class When:
    """The data month, the extraction date, and the day on which the month's year closes."""

    month: str
    as_of: date
    closes: date


@dataclass(frozen=True)
class AreaForecast:
    """Everything foreseen on a day, the records' own history behind it, and members' stalls of it."""

    forecast: Forecast
    completeness: tuple[Completeness, ...]
    lags: tuple[LagProposal, ...]
    development: Development
    when: When
    stalls: tuple[Problem, ...] = ()


def forecast_area(
    warehouse: duckdb.DuckDBPyConnection,
    costs: Costs,
    advances: Advances,
    parameters: Parameters,
    when: When,
) -> AreaForecast:
    """Outlook, completeness and lags of one extraction date.

    Needs `figures.snapshot` of the same date, and the costs allocated at it.
    """
    share, limits = cover(parameters, when.month), deadlines(parameters, when.month)
    history = develop(warehouse, costs, parameters, when.as_of, when.month)
    return AreaForecast(
        forecast(history, advances, when.month, when.closes, share),
        completeness(history, costs, when.month, limits, share),
        closing_lags(warehouse, parameters, when.as_of),
        history,
        when,
        tuple(stall_problems(history, find_stalls(history))),
    )


def cover(parameters: Parameters, month: str) -> float:
    """The share of what comes that a range should hold (rule ``forecast_range``)."""
    rule = parameters.rules.forecast_range
    return float(rule.at(first_day(year_of(month)))) if rule else COVER


def deadlines(parameters: Parameters, month: str) -> dict[str, int | None]:
    """Months within which a service month's cost can be claimed by law, by service as counted.

    The longest of what is counted in it; None where only a contract says (rule ``claim_deadline``).
    """
    rule = parameters.rules.claim_deadline
    if rule is None:
        return {}
    limits, found = rule.at(first_day(year_of(month))), dict[str, int | None]()
    for shown in parameters.services.shown:
        counted = [s.name for s in parameters.services.services if s.counted_as == shown.name]
        known = [limit for limit in (limits[s] for s in counted) if isinstance(limit, int)]
        found[shown.name] = max(known) if len(known) == len(counted) else None
    return found
