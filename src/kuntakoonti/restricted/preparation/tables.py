"""What the analyst looks at before anything leaves the restricted room: problems, reconciliation, cells."""

import pandas as pd

from kuntakoonti.public.cells import ANY, Cell, Measure, Mismatch
from kuntakoonti.restricted.figures.costs import UNALLOCATED, Costs
from kuntakoonti.restricted.figures.counts import OUTSIDE, Counts
from kuntakoonti.restricted.figures.sharing import SharedCosts


def reconciliation_frame(costs: Costs) -> pd.DataFrame:
    """For the accountant: source → members + outside + unallocated, and the difference (0).

    Columns: service, month, source_cents, members_cents, outside_cents, unallocated_cents,
    difference_cents; one row per service and month.
    """
    by = ["service", "month"]
    place = costs.frame["municipality"].where(
        costs.frame["municipality"].isin([OUTSIDE, UNALLOCATED]), "members"
    )
    table = costs.frame.assign(place=place).pivot_table(
        index=by, columns="place", values="cents", aggfunc="sum", fill_value=0
    )
    table = table.reindex(columns=["members", OUTSIDE, UNALLOCATED], fill_value=0)
    named = table.add_suffix("_cents").astype("int64")
    frame = costs.reconciliation[[*by, "source_cents"]].merge(named, on=by, how="left")
    parts = frame[list(named.columns)].sum(axis=1)
    return frame.assign(difference_cents=frame["source_cents"] - parts)


def shared_frame(costs: SharedCosts) -> pd.DataFrame:
    """The same of services shared by a key: service, month, source, members, difference, in cents."""
    found = []
    for (service, month), source in sorted(costs.source.items()):
        members = sum(c for (_, s, m), c in costs.cents.items() if (s, m) == (service, month))
        found.append((service, month, source, members, source - members))
    columns = ["service", "month", "source_cents", "members_cents", "difference_cents"]
    return pd.DataFrame(found, columns=columns)


def published_frame(costs: Costs, cells: tuple[Cell, ...], year: str) -> pd.DataFrame:
    """Members' actual cost of a year beside what was published of it, in cents.

    ``difference_cents`` is the prior years' correction; it is empty where nothing is shown.
    """
    mine = costs.frame[costs.frame["month"].str[:4].eq(year)]
    exact = mine.groupby("municipality")["cents"].sum()
    shown = {
        c.municipality: c.value
        for c in cells
        if c.measure is Measure.ACTUAL and c.service == ANY and c.value is not None
    }
    rows = [
        (m, int(cents), shown.get(m))
        for m, cents in ((str(k), v) for k, v in exact.items())
        if m not in (OUTSIDE, UNALLOCATED)
    ]
    frame = pd.DataFrame(rows, columns=["municipality", "actual_cents", "published_cents"])
    frame = frame.astype({"published_cents": "Int64"})
    return frame.assign(difference_cents=frame["published_cents"] - frame["actual_cents"])


def exact_frame(counts: Counts, costs: Costs) -> pd.DataFrame:
    """The area's exact figures: municipality, service, period, clients, cents. Restricted."""
    money = costs.frame.rename(columns={"month": "period"})
    keys = ["municipality", "service", "period"]
    merged = counts.frame.merge(money, on=keys, how="outer").sort_values(keys, ignore_index=True)
    return merged.astype({"clients": "Int64", "cents": "Int64"})


def changes_frame(exact: pd.DataFrame, before: pd.DataFrame, largest: int = 20) -> pd.DataFrame:
    """The largest changes of exact figures since the last approved release, in clients or in cents."""
    keys = ["municipality", "service", "period"]
    both = exact.merge(before, on=keys, how="outer", suffixes=("", "_before")).fillna(0)
    change = both.assign(
        clients_change=both["clients"] - both["clients_before"],
        cents_change=both["cents"] - both["cents_before"],
    )
    size = change["clients_change"].abs() * 100_000 + change["cents_change"].abs()
    chosen = change.assign(size=size).query("size > 0").nlargest(largest, "size")
    return chosen[[*keys, "clients_change", "cents_change"]].reset_index(drop=True)


def odd_costs_frame(costs: Costs) -> pd.DataFrame:
    """How many costs had no client-month or no participants, by reason: they need a look."""
    return pd.DataFrame(costs.lists.groupby("reason").size().rename("costs").reset_index())


def mismatches_frame(mismatches: tuple[Mismatch, ...]) -> pd.DataFrame:
    """Invoices that do not agree with budget and schedule."""
    columns = list(Mismatch.__dataclass_fields__)
    return pd.DataFrame([[getattr(m, c) for c in columns] for m in mismatches], columns=columns)


def release_frame(counts: Counts, cells: tuple[Cell, ...]) -> pd.DataFrame:
    """Every count position: the exact count beside what becomes visible of it. Restricted."""
    rows = [
        (*c.key, counts.of(*c.key), c.status.value, c.value, c.class_low, c.class_high)
        for c in cells
        if c.measure is Measure.CLIENTS
    ]
    exact = ["municipality", "service", "period", "exact", "status"]
    visible = ["value", "class_low", "class_high"]
    return pd.DataFrame(rows, columns=exact + visible).astype(dict.fromkeys(visible, "Int64"))
