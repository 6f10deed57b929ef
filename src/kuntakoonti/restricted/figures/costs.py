"""Actual cost per municipality × service × month, to the cent, and the reconciliation that proves it.

A client's cost follows the client-month; a group's cost is shared once per cost row by
participant-days, cents by largest remainder. Money is integer cents from end to end.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.restricted.figures.sql import sql_text
from kuntakoonti.restricted.intake.warehouse import arrow, rows

UNALLOCATED = "unallocated"
_PART = [
    "cost_id", "municipality", "service", "month", "cents", "client_id", "group_id", "participants",
]  # fmt: skip


@dataclass(frozen=True)
class Costs:
    """``frame``: municipality (or ``outside``, ``unallocated``), service, month, cents.

    ``reconciliation``: service, month, source_cents, allocated_cents. ``lists``: cost ids by reason
    (``by_residence``: the client was not in the service that month; ``unallocated``). ``parts``:
    every cost row by municipality, with its client or its group's participants there.
    """

    frame: pd.DataFrame
    reconciliation: pd.DataFrame
    lists: pd.DataFrame
    parts: pd.DataFrame

    @property
    def difference_cents(self) -> int:
        """Σ |source − (members + outside + unallocated)| over services and months; always 0."""
        return int(
            (self.reconciliation["source_cents"] - self.reconciliation["allocated_cents"])
            .abs()
            .sum()
        )


def allocate(warehouse: duckdb.DuckDBPyConnection) -> Costs:
    """Allocate every cost of a snapshot (`snapshot.take_snapshot`); raises if they do not reconcile."""
    source, of_costs, of_groups = (
        arrow(warehouse, sql_text(name)).to_pandas()
        for name in ("source_costs.sql", "client_costs.sql", "group_days.sql")
    )
    parts = _parts(of_costs, of_groups)
    source = source[~source["by_key"].astype(bool)].drop(columns="by_key")
    return _balanced(source, parts, _lists(of_costs, parts))


def known_cents(warehouse: duckdb.DuckDBPyConnection, day: date) -> dict[str, int]:
    """Cost id → its amount as it was known on a day, at the latest the snapshot's extraction date."""
    then = f"DATE '{day.isoformat()}'"
    text = (
        "SELECT cost_id, cents FROM costs_versions WHERE NOT removed"
        f" AND since <= {then} AND (until IS NULL OR until > {then})"
    )
    return dict(rows(warehouse, text))


def _parts(costs: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Every cost as its parts, one row a municipality; participants are distinct clients there."""
    of_client = costs[costs["group_id"].isna()].assign(participants=1)[_PART]
    of_group = costs[costs["group_id"].notna()].drop(columns="municipality")
    joined = of_group.merge(days, on=["group_id", "service", "month"], how="left")
    attended = joined["days"].notna()
    shared = largest_remainder(joined[attended].astype({"days": "int64"}))
    alone = joined[~attended].assign(municipality=UNALLOCATED, participants=0)
    found = [part for part in (of_client, shared[_PART], alone[_PART]) if len(part)]
    return pd.concat(found or [of_client], ignore_index=True)


def largest_remainder(shares: pd.DataFrame) -> pd.DataFrame:
    """Share each cost's ``cents`` by ``days``: rows cost_id, municipality, cents, days.

    Each share is rounded down and the cents left over go to the largest remainders; ties by code,
    ``outside`` last; a negative amount is shared by its absolute value. The parts of a cost sum to
    it.
    """
    order = ["cost_id", "municipality"]  # a code is digits, so ``outside`` comes after every code
    shares = shares.sort_values(order, kind="stable", ignore_index=True)
    cost, days, amount = shares["cost_id"], shares["days"], shares["cents"].abs()
    total = days.groupby(cost).transform("sum")
    whole, left = amount // total, amount % total  # apart, so that no product can overflow
    part, remainder = whole * days + left * days // total, left * days % total
    over = amount - part.groupby(cost).transform("sum")
    rank = remainder.groupby(cost).rank(method="first", ascending=False)
    return shares.assign(cents=(part + (rank <= over)) * np.sign(shares["cents"]))


def _lists(costs: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """The ids of the costs that did not go the ordinary way, and why."""
    by_residence = costs.loc[costs["by_residence"].eq(1), ["cost_id"]]
    unallocated = parts.loc[parts["municipality"].eq(UNALLOCATED), ["cost_id"]]
    found = [by_residence.assign(reason="by_residence"), unallocated.assign(reason=UNALLOCATED)]
    return pd.concat(found, ignore_index=True)


def _balanced(source: pd.DataFrame, parts: pd.DataFrame, lists: pd.DataFrame) -> Costs:
    """The parts by municipality beside the source, which was summed without them."""
    by = ["service", "month"]
    frame = parts.groupby(["municipality", *by])["cents"].sum().reset_index()
    allocated = frame.groupby(by)["cents"].sum().rename("allocated_cents")
    both = pd.concat([source.set_index(by)["source_cents"], allocated], axis=1)
    both = both.fillna(0).astype("int64").sort_index().reset_index()
    costs = Costs(frame, both, lists, parts)
    if costs.difference_cents:
        raise KuntakoontiError(
            "The allocation of costs does not agree with the source to the cent, and the run "
            "stops. This is a fault of the program: tell its maintainers, and send no figures."
        )
    return costs
