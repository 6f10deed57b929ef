"""Advances against actual cost, per municipality: what the year is evened out by.

Actual cost of a year = costs of its service months + what was recorded for earlier years after
their own final adjustment, where that correction has no line of its own. Integer cents.
"""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from kuntakoonti.core.periods import last_day, year_of
from kuntakoonti.parameters.area import Area
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.figures.costs import Costs
from kuntakoonti.restricted.figures.counts import Counts
from kuntakoonti.restricted.figures.remainder import by_largest_remainder
from kuntakoonti.restricted.figures.sql import member_rows

Amounts = dict[str, int]


@dataclass(frozen=True)
class Settled:
    """What earlier final adjustments settled: year → municipality → service → cents, until a day.

    ``shared``: the same of the services shared by a key.
    """

    years: dict[str, dict[str, Amounts]] = field(default_factory=dict)
    as_of: date = date.min
    shared: dict[str, dict[str, Amounts]] = field(default_factory=dict)


@dataclass(frozen=True)
class Year:
    """One municipality's year. Amounts in cents by service; ``clients`` distinct, also ``any``.

    ``correction`` is what earlier years' costs changed by since they were settled, behind which
    stand at least ``correction_clients`` distinct persons.
    """

    municipality: str
    year: str
    budget: Amounts
    advances: Amounts
    actual: Amounts
    clients: dict[str, int]
    correction: Amounts
    correction_clients: int

    @property
    def advance_cents(self) -> int:
        return sum(self.advances.values())

    @property
    def correction_cents(self) -> int:
        return sum(self.correction.values())

    def actual_cents(self, with_correction: bool) -> int:
        """The year's actual cost; a correction without a line of its own is part of it."""
        return sum(self.actual.values()) + (self.correction_cents if with_correction else 0)


def years_of(
    year: str,
    figures: tuple[Counts, Costs, Advances],
    settled: Settled,
    before: dict[str, int],
    parameters: Parameters,
) -> dict[str, Year]:
    """The year of every member, with all shown services, zero where nothing was recorded.

    ``before``: every cost's amount as it was known when the earlier years were settled.
    """
    counts, costs, advances = figures
    services = [s.name for s in parameters.services.shown]
    now, area = amounts_by_year(costs), parameters.area
    earlier = settled_years(year, now, settled, area)
    changed = _changed(costs, earlier, before)
    found = {}
    for member in area.members:
        code = member.code
        actual, heirs_of = now.get(year, {}).get(code, {}), _settles_for(code, year, area)
        found[code] = Year(
            municipality=code,
            year=year,
            budget={s: advances.budgets.get((year, code, s), 0) for s in services},
            advances={s: advances.invoiced(code, s, year) for s in services},
            actual={s: actual.get(s, 0) for s in services},
            clients={s: counts.of(code, s, year) for s in (*services, ANY)},
            correction=_correction(earlier, heirs_of, now, settled),
            correction_clients=_persons(changed[changed["municipality"].isin(heirs_of)]),
        )
    return found


def settle(
    year: str, costs: Costs, as_of: date, shared: dict[str, dict[str, Amounts]] | None = None
) -> Settled:
    """What is settled once a year's final adjustment is approved: it and every earlier year."""
    now = {year: {}, **amounts_by_year(costs)}
    common = {y: amounts for y, amounts in (shared or {}).items() if y <= year}
    return Settled({y: amounts for y, amounts in sorted(now.items()) if y <= year}, as_of, common)


def shared_correction(
    year: str, code: str, now: dict[str, dict[str, Amounts]], settled: Settled, area: Area
) -> Amounts:
    """What a member's earlier settled years changed by, of the services shared by a key."""
    known = {y: now.get(y, {}) for y in {*now, *settled.shared}}
    then = Settled({**settled.shared, **{y: settled.shared.get(y, {}) for y in settled.years}})
    earlier = settled_years(year, known, then, area)
    found = _correction(earlier, _settles_for(code, year, area), known, then)
    return {service: cents for service, cents in found.items() if cents}


def amounts_by_year(costs: Costs) -> dict[str, dict[str, Amounts]]:
    """Year → municipality → service → cents, of service months."""
    frame = costs.frame.assign(year=costs.frame["month"].str[:4])
    sums = frame.groupby(["year", "municipality", "service"])["cents"].sum().reset_index()
    found: dict[str, dict[str, Amounts]] = {}
    for year, municipality, service, cents in sums.itertuples(index=False):
        found.setdefault(year, {}).setdefault(municipality, {})[service] = int(cents)
    return found


def recorded_to_date(costs: Costs, municipality: str, year: str) -> tuple[int, int]:
    """The year's cost recorded so far in cents, and a lower bound of the persons behind it."""
    mine = _parts(costs, municipality)
    mine = mine[mine["month"].str[:4].eq(year)]
    return int(mine["cents"].sum()), _persons(mine)


def posting(adjustment_cents: int, advances: Amounts) -> Amounts:
    """An adjustment shared by the advances, cents by largest remainder, ties in service order.

    It says nothing of what a service cost. Without advances all of it is posted to the first.
    """
    weights = {s: max(c, 0) for s, c in advances.items()}
    total = sum(weights.values())
    if not total:
        return {s: adjustment_cents if i == 0 else 0 for i, s in enumerate(advances)}
    return by_largest_remainder(adjustment_cents, weights)


def settled_years(
    year: str, now: dict[str, dict[str, Amounts]], settled: Settled, area: Area
) -> list[str]:
    """The area's years up to the last one that was settled, also those that cost nothing then."""
    last = max(settled.years, default="")
    years = sorted({*now, *settled.years})
    return [y for y in years if year_of(str(area.valid_from)) <= y <= last and y < year]


def _settles_for(code: str, year: str, area: Area) -> set[str]:
    """Whose earlier years a member settles in a year: its own and those of members merged into it."""
    day = last_day(year)
    return {
        who
        for who, heir, begins, after in member_rows(area)
        if heir == code and begins <= day < after
    }


def _correction(
    earlier: list[str], codes: set[str], now: dict[str, dict[str, Amounts]], settled: Settled
) -> Amounts:
    """Earlier settled years: cost now less cost settled, by service."""
    found: Amounts = {}
    for year in earlier:
        for code in codes:
            then, today = settled.years.get(year, {}).get(code, {}), now.get(year, {}).get(code, {})
            for service in sorted({*then, *today}):
                change = today.get(service, 0) - then.get(service, 0)
                found[service] = found.get(service, 0) + change
    return found


def _changed(costs: Costs, earlier: list[str], before: dict[str, int]) -> pd.DataFrame:
    """The costs of earlier years whose client or group has other amounts than ``before``.

    A revision that changes nothing, or an amount that another one cancels, has no person behind it.
    """
    parts = costs.parts[costs.parts["month"].str[:4].isin(earlier)]
    whole = parts.groupby("cost_id")["cents"].sum()
    change = whole - whole.index.map(before).fillna(0).astype("int64")
    parts = parts.assign(change=parts["cost_id"].map(change), whose=_whose(parts))
    net = parts.groupby(["municipality", "whose"])["change"].transform("sum")
    return parts[parts["change"].ne(0) & net.ne(0)]


def _whose(parts: pd.DataFrame) -> pd.Series:
    return ("client " + parts["client_id"]).fillna("group " + parts["group_id"])


def _persons(parts: pd.DataFrame) -> int:
    """A lower bound of the distinct persons behind costs: groups may share members with clients."""
    named = int(parts["client_id"].nunique())
    in_group = parts.loc[parts["client_id"].isna(), "participants"]
    return max(named, 0 if in_group.empty else int(in_group.max()))


def _parts(costs: Costs, municipality: str) -> pd.DataFrame:
    return costs.parts[costs.parts["municipality"].eq(municipality)]
