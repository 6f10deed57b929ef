"""Advances against actual cost, per municipality: what the year is evened out by.

Actual cost of a year = costs of its service months + what was recorded for earlier years after
their own final adjustment, where that correction has no line of its own. Integer cents.
"""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from kuntakoonti.figures.advances import Advances
from kuntakoonti.figures.costs import Costs
from kuntakoonti.figures.counts import Counts
from kuntakoonti.rules import ANY, Parameters

Amounts = dict[str, int]


@dataclass(frozen=True)
class Settled:
    """What earlier final adjustments settled: year → municipality → service → cents, until a day."""

    years: dict[str, dict[str, Amounts]] = field(default_factory=dict)
    as_of: date = date.min


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
    year: str, figures: tuple[Counts, Costs, Advances], settled: Settled, parameters: Parameters
) -> dict[str, Year]:
    """The year of every member, with all shown services, zero where nothing was recorded."""
    counts, costs, advances = figures
    services = [s.name for s in parameters.services.shown]
    now = amounts_by_year(costs)
    found = {}
    for member in parameters.area.members:
        code = member.code
        actual = now.get(year, {}).get(code, {})
        found[code] = Year(
            municipality=code,
            year=year,
            budget={s: advances.budgets.get((year, code, s), 0) for s in services},
            advances={s: advances.invoiced(code, s, year) for s in services},
            actual={s: actual.get(s, 0) for s in services},
            clients={s: counts.of(code, s, year) for s in (*services, ANY)},
            correction=_correction(year, code, now, settled),
            correction_clients=_correction_clients(year, code, costs, settled),
        )
    return found


def settle(year: str, costs: Costs, as_of: date) -> Settled:
    """What is settled once a year's final adjustment is approved: it and every earlier year."""
    now = amounts_by_year(costs)
    return Settled({y: amounts for y, amounts in sorted(now.items()) if y <= year}, as_of)


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
    size, sign = abs(adjustment_cents), 1 if adjustment_cents >= 0 else -1
    parts = {s: size * w // total for s, w in weights.items()}
    largest = sorted(weights, key=lambda s: -(size * weights[s] % total))
    for service in largest[: size - sum(parts.values())]:
        parts[service] += 1
    return {s: sign * c for s, c in parts.items()}


def _correction(
    year: str, code: str, now: dict[str, dict[str, Amounts]], settled: Settled
) -> Amounts:
    """Earlier settled years: cost now less cost settled, by service."""
    found: Amounts = {}
    for earlier, before in settled.years.items():
        if earlier >= year:
            continue
        then, today = before.get(code, {}), now.get(earlier, {}).get(code, {})
        for service in sorted({*then, *today}):
            change = today.get(service, 0) - then.get(service, 0)
            found[service] = found.get(service, 0) + change
    return found


def _correction_clients(year: str, code: str, costs: Costs, settled: Settled) -> int:
    """Persons whose earlier costs were recorded after they were settled."""
    mine = _parts(costs, code)
    earlier = mine["month"].str[:4].isin([y for y in settled.years if y < year])
    late = pd.to_datetime(mine["recorded_on"]) > pd.Timestamp(max(settled.as_of, date(1900, 1, 1)))
    return _persons(mine[earlier & late])


def _persons(parts: pd.DataFrame) -> int:
    """A lower bound of the distinct persons behind costs: groups may share members with clients."""
    named = int(parts["client_id"].nunique())
    in_group = parts.loc[parts["client_id"].isna(), "participants"]
    return max(named, 0 if in_group.empty else int(in_group.max()))


def _parts(costs: Costs, municipality: str) -> pd.DataFrame:
    return costs.parts[costs.parts["municipality"].eq(municipality)]

