"""R3 and R4: which family and grain a municipality's counts have, fixed for a calendar year."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from kuntakoonti.core.periods import first_day, months_of, quarter_of
from kuntakoonti.parameters.area import Area, Member
from kuntakoonti.parameters.rules import Parameters, Rules, Services
from kuntakoonti.public.cells import ANY, Basis, Grain, Plan

if TYPE_CHECKING:  # whoever asks for a closing day needs no pandas
    from kuntakoonti.restricted.figures.advances import Advances
    from kuntakoonti.restricted.figures.counts import Counts


def periods_of_grain(grain: Grain, year: str) -> tuple[str, ...]:
    """The periods of a year whose counts appear in monthly releases: none for grain ``year``."""
    if grain == "month":
        return months_of(year)
    if grain == "quarter":
        return tuple(dict.fromkeys(quarter_of(m) for m in months_of(year)))
    return ()


def plan_year(
    year: str, counts: Counts, advances: Advances, parameters: Parameters
) -> dict[str, Plan]:
    """The plan of every member of a year, from what is known at its first release."""
    members = parameters.area.members_until(f"{year}-12")
    return {m.code: _plan(m, year, counts, advances, parameters) for m in members}


def _plan(
    member: Member, year: str, counts: Counts, advances: Advances, parameters: Parameters
) -> Plan:
    if member.publication:
        fixed = member.publication
        return Plan(fixed.family, dict(fixed.grains), "decision", fixed.reference)
    rules, services = parameters.rules, parameters.services
    last_year = str(int(year) - 1)
    if _has_figures(member, last_year, parameters.area, services):
        grains = {
            s.name: _grain_of_counts(counts, (member.code, s.name), last_year, rules)
            for s in services.shown
        }
        any_grain = _grain_of_counts(counts, (member.code, ANY), last_year, rules)
        return _with_family(grains, any_grain, "last_year")
    expected = _expected_clients(member.code, year, advances, parameters)
    grains = {s: _grain_of_expected(*both, year, rules) for s, both in expected.items()}
    month, quarter = (sum(both[i] for both in expected.values()) for i in (0, 1))
    return _with_family(grains, _grain_of_expected(month, quarter, year, rules), "budget")


def _with_family(grains: dict[str, Grain], any_grain: Grain, basis: Basis) -> Plan:
    """Per service where any service reaches the quarter, else together by month or quarter."""
    if any(grain != "year" for grain in grains.values()):
        return Plan("per_service", grains, basis)
    return Plan("together", {ANY: "month" if any_grain == "month" else "quarter"}, basis)


def _grain_of_counts(counts: Counts, series: tuple[str, str], year: str, rules: Rules) -> Grain:
    """The finest grain at which enough of the year's cells are at least the threshold."""
    threshold = rules.threshold.at(first_day(str(int(year) + 1)))
    enough = rules.grain_share.at(first_day(str(int(year) + 1)))
    grains: tuple[Grain, ...] = ("month", "quarter")
    for grain in grains:
        periods = periods_of_grain(grain, year)
        large = sum(counts.of(*series, p) >= threshold for p in periods)
        if large >= enough * len(periods):
            return grain
    return "year"


def _grain_of_expected(month: float, quarter: float, year: str, rules: Rules) -> Grain:
    """The same from an expected number of clients, as if it varied by Poisson's law."""
    threshold = rules.threshold.at(first_day(year))
    enough = float(rules.grain_share.at(first_day(year)))
    if _poisson_at_least(threshold, month) >= enough:
        return "month"
    return "quarter" if _poisson_at_least(threshold, quarter) >= enough else "year"


def _expected_clients(
    municipality: str, year: str, advances: Advances, parameters: Parameters
) -> dict[str, tuple[float, float]]:
    """Service → clients expected in a month and in a quarter, from budget ÷ average cost."""
    cost = parameters.rules.average_cost.at(first_day(year))
    turnover = parameters.rules.quarter_turnover.at(first_day(year))
    found = {}
    for service in parameters.services.shown:
        budget = advances.budgets.get((year, municipality, service.name), 0)
        month = Decimal(budget) / 100 / 12 / cost[service.name]
        found[service.name] = (float(month), float(month * turnover[service.name]))
    return found


def _poisson_at_least(threshold: int, mean: float) -> float:
    below = sum(mean**k / math.factorial(k) for k in range(threshold)) * math.exp(-mean)
    return 1 - below


def _has_figures(member: Member, year: str, area: Area, services: Services) -> bool:
    """Whether the whole year was within the area's, the member's and the services' validity."""
    start = first_day(year)
    begun = [area.valid_from, member.valid_from, *(s.valid_from for s in services.shown)]
    return max(begun) <= start
