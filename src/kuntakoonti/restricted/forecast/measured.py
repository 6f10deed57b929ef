"""What a client-month costs, measured for the printed table of estimates (R10): proposed once a year.

Of a settled year, from member × service series of which every period is published exactly, of enough
members and clients, none of them with over half, and rounded so that no few persons could change it:
whoever is left out, up to the threshold of them, the rounded value is the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb
import pandas as pd

from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.restricted.figures.costs import Costs
from kuntakoonti.restricted.intake.warehouse import arrow, literal

FEWEST_MEMBERS, FEWEST_CLIENTS = 3, 100
STEP = 100 * 100  # cents
Series = frozenset[tuple[str, str]]  # municipality, service
_MONTHS = "SELECT client_id, municipality, service, month FROM client_months WHERE month LIKE "


@dataclass(frozen=True)
class MeasuredCost:
    """A service's cost of a client-month in cents, None where it may not be said; what is behind it."""

    service: str
    cents: int | None
    members: int
    clients: int


def measured_costs(
    warehouse: duckdb.DuckDBPyConnection,
    costs: Costs,
    cells: Iterable[Cell],
    year: str,
    threshold: int,
) -> tuple[MeasuredCost, ...]:
    """One a service of a final adjustment's ``cells``; of the warehouse's snapshot."""
    cells = tuple(cells)
    months = arrow(warehouse, _MONTHS + literal(f"{year}-%")).to_pandas()
    parts = costs.parts[costs.parts["month"].str[:4].eq(year)]
    services = dict.fromkeys(c.service for c in cells if c.measure is Measure.CLIENTS)
    series = exact_series(cells, year)
    return tuple(
        _measured(service, _of(months, series, service), _of(parts, series, service), threshold)
        for service in services
        if service != ANY
    )


def exact_series(cells: Iterable[Cell], year: str) -> Series:
    """The series of which every month or quarter of a year is an exact number."""
    found: dict[tuple[str, str], bool] = {}
    for c in cells:
        if c.measure is Measure.CLIENTS and c.period[:4] == year and len(c.period) > len(year):
            key = (c.municipality, c.service)
            found[key] = found.get(key, True) and c.status is Status.FINAL
    return frozenset(key for key, exact in found.items() if exact)


def _of(frame: pd.DataFrame, series: Series, service: str) -> pd.DataFrame:
    """The rows of a service in the exact series."""
    codes = [code for code, named in series if named == service]
    return frame[frame["service"].eq(service) & frame["municipality"].isin(codes)]


def _measured(
    service: str, months: pd.DataFrame, parts: pd.DataFrame, threshold: int
) -> MeasuredCost:
    counted = months.groupby("client_id").size()
    cents = parts.groupby("client_id")["cents"].sum()
    by_member = months.groupby("municipality").size()
    behind = (int(by_member.size), int(counted.size))
    enough = behind[0] >= FEWEST_MEMBERS and behind[1] >= FEWEST_CLIENTS
    if not enough or 2 * by_member.max() > by_member.sum() or parts["client_id"].isna().any():
        return MeasuredCost(service, None, *behind)
    both = pd.concat([cents.rename("cents"), counted.rename("months")], axis=1).fillna(0)
    people = [(int(c), int(m)) for c, m in zip(both["cents"], both["months"], strict=True)]
    return MeasuredCost(service, stable_mean(people, threshold), *behind)


def stable_mean(people: Sequence[tuple[int, int]], left_out: int) -> int | None:
    """Σ cents ÷ Σ months to the nearest step, None if some persons left out would make it another.

    ``people``: cents and months of each; ``left_out``: how many of them at most.
    """
    ends = {_rounded(_extreme(people, left_out, sign)) for sign in (1, -1)}
    return ends.pop() if len(ends) == 1 else None


def _rounded(mean: Fraction) -> int:
    return int((2 * mean + STEP) // (2 * STEP)) * STEP


def _extreme(people: Sequence[tuple[int, int]], left_out: int, sign: int) -> Fraction:
    """The largest mean (``sign`` 1) or the smallest (-1) that leaving persons out can make.

    Of a ratio of sums the best to leave out are those farthest on one side of it; what they leave is
    the next ratio, until it stays (Dinkelbach 1967).
    """
    cents, months = (sum(p[i] for p in people) for i in (0, 1))
    mean = Fraction(cents, months)
    while True:
        off = sorted(people, key=lambda p: sign * (p[0] - mean * p[1]))[:left_out]
        gone = [p for p in off if sign * (p[0] - mean * p[1]) < 0]
        rest = months - sum(p[1] for p in gone)
        found = Fraction(cents - sum(p[0] for p in gone), rest) if rest > 0 else mean
        if found == mean:
            return mean
        mean = found
