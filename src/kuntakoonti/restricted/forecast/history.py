"""What was known when: cost and clients per municipality × service × service month, on any day.

The records are bitemporal, so that their own history shows how a month fills up. Changes are kept
by the day they were recorded; every past extraction is a sum over them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kuntakoonti.core.periods import (
    first_day,
    last_day,
    month_of,
    months_between,
    months_of,
)
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.advances import budget_versions
from kuntakoonti.restricted.figures.costs import Costs
from kuntakoonti.restricted.figures.sql import member_rows, sql_text
from kuntakoonti.restricted.intake.revisions import make_table
from kuntakoonti.restricted.intake.warehouse import arrow, lent, row, rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_PART = 400_000  # records whose months are laid out at a time
_AXES = ["municipality", "service", "month"]


@dataclass(frozen=True)
class Axes:
    """The axes of every array here: municipalities, services (as counted) and service months."""

    members: tuple[str, ...]
    services: tuple[str, ...]
    months: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.members), len(self.services), len(self.months)


@dataclass(frozen=True)
class Changes:
    """What changed in which cell (flat index into ``shape``) on which day (ordinal)."""

    shape: tuple[int, int, int]
    cell: Ints
    day: Ints
    amount: Floats

    def known(self, days: Iterable[date]) -> Floats:
        """What was known on each day: days × municipalities × services × months."""
        asked = np.array([d.toordinal() for d in days], np.int64)
        order = np.argsort(asked, kind="stable")
        place = np.searchsorted(asked[order], self.day)
        size = int(np.prod(self.shape))
        seen = place < len(asked)
        flat = place[seen] * size + self.cell[seen]
        steps = np.bincount(flat, self.amount[seen], len(asked) * size).astype(np.float64)
        steps = steps.reshape(-1, *self.shape)
        found: Floats = np.empty_like(steps)
        found[order] = np.cumsum(steps, axis=0)
        return found


@dataclass(frozen=True)
class View:
    """What was known at each of some extraction dates a month apart, the last one being today.

    ``at`` is the month of each date as a place on the axis of months; ``cents``, ``clients`` and
    ``budgets`` are dates × municipalities × services × months, ``prices`` (level of prices that is
    known beforehand) services × months. ``lags``: by how many months costs and client-months are
    older than the date, 2 × municipalities × services. ``jumps``: places of dates after which rows
    became known whose delay nobody knows; they tell nothing of how a month develops.
    """

    days: tuple[date, ...]
    at: Ints
    cents: Floats
    clients: Floats
    budgets: Floats
    prices: Floats
    lags: Ints
    jumps: frozenset[int] = frozenset()

    def until(self, size: int) -> "View":
        """The same as seen on an earlier date: the first ``size`` dates."""
        known = (self.cents[:size], self.clients[:size], self.budgets[:size])
        return View(self.days[:size], self.at[:size], *known, self.prices, self.lags, self.jumps)

    def lagged(self, lags: Ints) -> "View":
        """As if records had always come so many months later: what a stall leaves to know."""
        cents, clients = (
            _later(known, lag) for known, lag in zip((self.cents, self.clients), lags, strict=True)
        )
        return replace(self, cents=cents, clients=clients, lags=lags)


@dataclass(frozen=True)
class Development:
    """Cost in cents, clients (client-months) and the budget's twelfths in cents, as they came.

    ``clients`` knows months ahead of the extraction date as well: what is already decided. Group
    costs of the past are shared as today's participant-days share them, so that no history of an
    allocation is kept; at the extraction date ``cents`` is the allocation of `figures.costs`.
    """

    axes: Axes
    as_of: date
    cents: Changes
    clients: Changes
    budgets: Changes
    without_delay: tuple[date, ...] = ()
    prices: Floats | None = None

    def view(self) -> View:
        """The extraction dates of all months since the first, on the same day of the month."""
        first, now = self.axes.months[0], month_of(self.as_of)
        days = tuple(same_day(self.as_of, m) for m in months_between(first, now))
        cents, clients, budgets = (c.known(days) for c in (self.cents, self.clients, self.budgets))
        jumps = frozenset(
            place
            for place, (day, next_day) in enumerate(pairwise(days))
            if any(day < d <= next_day for d in self.without_delay)
        )
        members, services, months = self.axes.shape
        prices = np.ones((services, months)) if self.prices is None else self.prices
        lags = np.zeros((2, members, services), np.int64)
        return View(days, np.arange(len(days)), cents, clients, budgets, prices, lags, jumps)


def _later(known: Floats, lags: Ints) -> Floats:
    """What was known so many dates earlier, by municipality and service; nothing before the first."""
    if not lags.any():
        return known
    found = known.copy()
    for i, k in zip(*np.nonzero(lags), strict=True):
        lag = min(int(lags[i, k]), len(known))
        found[lag:, i, k], found[:lag, i, k] = known[: len(known) - lag, i, k], 0.0
    return found


def same_day(day: date, month: str) -> date:
    """The day of the month in another month, its last day where the month is shorter."""
    return min(date.fromisoformat(f"{month}-01") + (day - day.replace(day=1)), last_day(month))


def months_until(today: date, day: date) -> float:
    """Months from one day to another."""
    months = (day.year - today.year) * 12 + day.month - today.month
    return months + (day.day - today.day) / 30


def develop(
    warehouse: duckdb.DuckDBPyConnection,
    costs: Costs,
    parameters: Parameters,
    as_of: date,
    month: str,
) -> Development:
    """Everything known at the extraction date, from the area's first cost to December of the year.

    The municipalities are the members of that month; a merged one's figures are its successor's.
    Needs `figures.snapshot` of the same date, and the costs allocated at it.
    """
    first = row(warehouse, "SELECT MIN(service_month) FROM costs")[0] or month
    first = min(max(first, month_of(parameters.area.valid_from)), f"{month[:4]}-01")
    axes = Axes(
        members=tuple(m.code for m in parameters.area.members_on(last_day(month))),
        services=tuple(s.name for s in parameters.services.shown),
        months=months_between(first, f"{month[:4]}-12"),
    )
    heirs = {
        code: heir
        for code, heir, begins, after in member_rows(parameters.area)
        if begins <= last_day(month) < after
    }
    found = (
        _cost_changes(warehouse, costs),
        _client_changes(warehouse),
        _budget_changes(warehouse, parameters),
    )
    jumps = tuple(day for (day,) in rows(warehouse, "SELECT DISTINCT day FROM days_without_delay"))
    cents, clients, budgets = (_changes(frame, axes, heirs) for frame in found)
    known_prices = prices(parameters, axes)
    return Development(axes, as_of, cents, clients, budgets, jumps, known_prices)


def prices(parameters: Parameters, axes: Axes) -> Floats | None:
    """Services × months: the level that is known beforehand (rule ``price_level``), if there is one.

    A month before the first value has the first one's.
    """
    rule = parameters.rules.price_level
    if rule is None:
        return None
    first = min(v.valid_from for v in rule.values)
    levels = [rule.at(max(first_day(m), first)) for m in axes.months]
    return np.array([[float(level[s]) for level in levels] for s in axes.services])


def _client_changes(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return by_clients(warehouse, "development.sql")


def by_clients(warehouse: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    """The rows of an SQL text, a part of the clients at a time: memory hardly grows with them.

    The text reads the tables ``known_records`` and ``part``; a row may come once a part.
    """
    make_table(warehouse, "known_records", sql_text("known_records.sql", "forecast"))
    (records,) = row(warehouse, "SELECT COUNT(*) FROM known_records")
    parts, text = 1 + records // _PART, sql_text(name, "forecast")
    found = list[pd.DataFrame]()
    for number in range(parts):
        make_table(warehouse, "part", f"SELECT {number} AS number, {parts} AS parts")
        found.append(arrow(warehouse, text).to_pandas())
    warehouse.execute("DROP TABLE known_records")
    return pd.concat(found, ignore_index=True)


def _cost_changes(warehouse: duckdb.DuckDBPyConnection, costs: Costs) -> pd.DataFrame:
    """Each version of a cost comes on its day and goes on the next one's, by today's shares."""
    shares = pa.Table.from_pandas(_shares(costs), preserve_index=False)
    with lent(warehouse, "shares", shares):
        text = sql_text("cost_changes.sql", "forecast")
        changes: pd.DataFrame = arrow(warehouse, text).to_pandas()
    return changes


def _shares(costs: Costs) -> pd.DataFrame:
    """The share of each municipality in each cost: of its cents, or of its persons if it is 0.

    Only a cost of several parts, a group's, is divided.
    """
    several = costs.parts["cost_id"].duplicated(keep=False)
    parts = costs.parts.loc[several, ["cost_id", "cents", "participants"]]
    by = parts.groupby("cost_id")
    persons = parts["participants"].clip(lower=1)
    cents, total = parts["cents"], by["cents"].transform("sum")
    by_person = persons / persons.groupby(parts["cost_id"]).transform("sum")
    shares = pd.Series(1.0, costs.parts.index)
    shares[several] = (cents / total.where(total != 0)).fillna(by_person)
    return costs.parts[["cost_id", "municipality"]].assign(share=shares)


def _budget_changes(warehouse: duckdb.DuckDBPyConnection, parameters: Parameters) -> pd.DataFrame:
    """An even part of the budget for each month in which the member and the service are there.

    A later budget replaces the earlier one.
    """
    counted = {s.name: s.counted_as for s in parameters.services.services}
    found, known = [], dict[tuple[str, str, str], float]()
    for r in budget_versions(warehouse):
        if parameters.shared_in(r["service"], r["year"]):
            continue
        key = (r["year"], r["municipality"], r["service"])
        cents = 0.0 if r["removed"] else float(r["cents"])
        change = cents - known.get(key, 0.0)
        known[key] = cents
        months = _months_there(parameters, r["municipality"], r["service"], r["year"])
        found += [
            (r["municipality"], counted[r["service"]], month, r["since"], change / len(months))
            for month in months
        ]
    return pd.DataFrame(found, columns=[*_AXES, "day", "amount"])


def _months_there(parameters: Parameters, code: str, service: str, year: str) -> tuple[str, ...]:
    """The months of a year that a budget is for: all twelve unless who or what begins or ends in it."""
    offered = parameters.services.named(service)
    spans = [(offered.valid_from, offered.valid_to or date.max)]
    for member in parameters.area.members:
        if member.code == code:  # a merged one's budget goes on with its successor
            ends = None if member.successor else member.valid_to
            spans.append((member.valid_from, ends or date.max))
    months = tuple(
        m
        for m in months_of(year)
        if all(begins <= last_day(m) and ends >= first_day(m) for begins, ends in spans)
    )
    return months or months_of(year)


def _changes(frame: pd.DataFrame, axes: Axes, heirs: Mapping[str, str]) -> Changes:
    """The rows that fall on the axes, as arrays."""
    frame = frame.assign(municipality=frame["municipality"].map(heirs))
    places = [
        pd.Index(names).get_indexer(pd.Index(frame[axis]))
        for axis, names in zip(_AXES, (axes.members, axes.services, axes.months), strict=True)
    ]
    inside = np.all([p >= 0 for p in places], axis=0)
    cell = np.ravel_multi_index([p[inside] for p in places], axes.shape)
    days = np.asarray(pd.to_datetime(frame["day"][inside]), "M8[D]").astype(np.int64)
    day = days + date(1970, 1, 1).toordinal()
    amount = frame["amount"].to_numpy(np.float64)[inside]
    return Changes(axes.shape, cell.astype(np.int64), day, amount)
