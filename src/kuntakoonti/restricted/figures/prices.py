"""Services whose client-month has one fixed price: who knows the price knows the cost of a count."""

from collections import Counter
from fractions import Fraction

import pandas as pd

from kuntakoonti.restricted.figures.costs import Costs

LEAST = 5  # client-months that show a price; of fewer nobody can tell
MOST = Fraction(19, 20)  # of them at one price: a few corrections do not make it another one


def fixed_prices(costs: Costs, year: str) -> tuple[str, ...]:
    """The services of whose client-months of a year that cost something nearly all cost the same.

    A group's cost is shared alike among its participants of the month, the whole area's together.
    """
    parts = costs.parts[costs.parts["month"].str[:4].eq(year)]
    found = []
    for service, mine in parts.groupby("service"):
        prices = _prices(mine)
        most = max(Counter(prices).values(), default=0)
        if len(prices) >= LEAST and most >= MOST * len(prices):
            found.append(str(service))
    return tuple(found)


def _prices(parts: pd.DataFrame) -> list[Fraction]:
    """The cost of every client-month in cents, of a group as often as it had participants."""
    alone = parts[parts["client_id"].notna()]
    by_client = alone.groupby(["client_id", "month"])["cents"].sum()
    found = [Fraction(int(cents)) for cents in by_client if cents]
    together = parts[parts["client_id"].isna()]
    heads = together.groupby(["group_id", "month", "municipality"])["participants"].max()
    by_group = pd.DataFrame({
        "cents": together.groupby(["group_id", "month"])["cents"].sum(),
        "heads": heads.groupby(["group_id", "month"]).sum(),
    })  # fmt: skip
    for cents, number in by_group.itertuples(index=False):
        if cents and number:
            found += [Fraction(int(cents), int(number))] * int(number)
    return found
