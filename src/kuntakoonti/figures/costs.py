"""Actual cost per municipality × service × month, to the cent, and the books that prove it.

A client's cost follows the client-month; a group's cost is shared once per cost row by
participant-days, cents by largest remainder. Money is integer cents from end to end.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from kuntakoonti.calendar import day_after, first_day, last_day
from kuntakoonti.errors import KuntakoontiError
from kuntakoonti.figures.counts import OUTSIDE
from kuntakoonti.figures.scope import member_rows, service_rows, sql_text, sql_values
from kuntakoonti.intake.warehouse import arrow
from kuntakoonti.rules import Parameters

UNALLOCATED = "unallocated"


@dataclass(frozen=True)
class Costs:
    """``frame``: municipality (or ``outside``, ``unallocated``), service, month, cents.

    ``books``: service, month, source_cents, allocated_cents. ``lists``: cost ids by reason
    (``by_residence``: the client was not in the service that month; ``unallocated``).
    """

    frame: pd.DataFrame
    books: pd.DataFrame
    lists: pd.DataFrame

    @property
    def difference_cents(self) -> int:
        """Σ |source − (members + outside + unallocated)| over services and months; always 0."""
        return int((self.books["source_cents"] - self.books["allocated_cents"]).abs().sum())


def allocate(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, months: tuple[str, ...], as_of: date
) -> Costs:
    """Allocate every cost known at the extraction date; raises if the books do not balance."""
    services = list(service_rows(parameters.services))
    client_text = sql_text("client_costs.sql").format(
        calendar=sql_values((m, last_day(m)) for m in months),
        services=sql_values((s[0], s[1]) for s in services),
        members=sql_values(member_rows(parameters.area)),
        as_of=as_of.isoformat(),
    )
    group_text = sql_text("group_days.sql").format(
        calendar=sql_values((m, first_day(m), day_after(m)) for m in months),
        services=sql_values(services),
        as_of=as_of.isoformat(),
    )
    rows = arrow(warehouse, client_text).to_pandas()
    days = arrow(warehouse, group_text).to_pandas()
    return _balanced(rows, _shared(rows, days))


def _shared(rows: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Every cost as its parts: cost_id, municipality, service, month, cents."""
    of_client = rows[rows["group_id"].isna()][["cost_id", "municipality", "service", "month", "cents"]]
    of_group = rows[rows["group_id"].notna()].drop(columns=["municipality", "by_residence"])
    joined = of_group.merge(days, on=["group_id", "service", "month"], how="left")
    alone = joined[joined["days"].isna()].assign(municipality=UNALLOCATED)
    together = largest_remainder(joined[joined["days"].notna()].astype({"days": "int64"}))
    columns = ["cost_id", "municipality", "service", "month", "cents"]
    return pd.concat([of_client, together[columns], alone[columns]], ignore_index=True)


def largest_remainder(shares: pd.DataFrame) -> pd.DataFrame:
    """Share each cost's ``cents`` by ``days``: rows cost_id, municipality, cents, days.

    Each share is rounded down and the cents left over go to the largest remainders; ties by code,
    ``outside`` last; a negative amount is shared by its absolute value. The parts of a cost sum to it.
    """
    outside_last = shares["municipality"].eq(OUTSIDE)
    shares = shares.assign(outside_last=outside_last).sort_values(
        ["cost_id", "outside_last", "municipality"], kind="stable", ignore_index=True
    )
    amount = shares["cents"].abs()
    total = shares.groupby("cost_id")["days"].transform("sum")
    floor, rest = amount * shares["days"] // total, amount * shares["days"] % total
    over = amount - floor.groupby(shares["cost_id"]).transform("sum")
    ranked = shares.assign(rest=rest)
    order = ranked.groupby("cost_id")["rest"].rank(method="first", ascending=False)
    part = floor + (order <= over).astype("int64")
    return shares.assign(cents=part * np.sign(shares["cents"])).drop(columns="outside_last")


def _balanced(rows: pd.DataFrame, parts: pd.DataFrame) -> Costs:
    by = ["service", "month"]
    books = (
        rows.groupby(by)["cents"].sum().rename("source_cents").to_frame()
        .join(parts.groupby(by)["cents"].sum().rename("allocated_cents"), how="outer")
        .fillna(0).astype("int64").reset_index()
    )  # fmt: skip
    frame = parts.groupby(["municipality", *by], as_index=False)["cents"].sum()
    residence = rows.loc[rows["by_residence"].eq(1), ["cost_id"]].assign(reason="by_residence")
    lost = parts.loc[parts["municipality"].eq(UNALLOCATED), ["cost_id"]].assign(reason=UNALLOCATED)
    costs = Costs(frame, books, pd.concat([residence, lost], ignore_index=True))
    if costs.difference_cents:
        raise KuntakoontiError("Kustannusten kohdistus ei täsmää lähdetietoihin; ajo pysähtyy.")
    return costs
