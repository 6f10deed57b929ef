"""The records' history of a large and a small municipality, drawn by hand."""

from collections.abc import Callable
from datetime import date

import numpy as np

from kuntakoonti.core.periods import add_months, first_day, months_between
from kuntakoonti.restricted.forecast.cape_cod import Window
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development

BIG, SMALL = 0, 1
Count = Callable[[int, int], float]  # municipality, month → clients


def drawn(
    clients: Count = lambda i, s: (100.0, 10.0)[i],
    budget: Count = lambda i, s: (100.0, 10.0)[i] * 1000,
    half_paid: Count = lambda i, s: 1.0,
    price: Callable[[int], float] = lambda s: 1.0,
    as_of: str = "2026-07-15",
    ahead: int = 0,
) -> Development:
    """Two municipalities from January 2025 to December 2026; a client-month costs 10 €.

    It is known on the first day of its month, or so many months ahead. Half of the cost is recorded on the 10th of the month
    after (``half_paid`` scales that half; the rest follows), the rest on the 10th two months later.
    """
    months = months_between("2025-01", "2026-12")
    rows: dict[str, list[tuple[int, date, float]]] = {"cents": [], "clients": [], "budgets": []}
    for i in (BIG, SMALL):
        for s, month in enumerate(months):
            cell, number = i * len(months) + s, clients(i, s)
            early = number * 500 * half_paid(i, s) * price(s)
            rows["clients"].append((cell, first_day(add_months(month, -ahead)), number))
            rows["budgets"].append((cell, date(2024, 11, 1), budget(i, s)))
            rows["cents"].append((cell, first_day(add_months(month, 1)).replace(day=10), early))
            later = first_day(add_months(month, 2)).replace(day=10)
            rows["cents"].append((cell, later, number * 1000 * price(s) - early))
    axes, day = Axes(("204", "297"), ("palkkatuki",), months), date.fromisoformat(as_of)
    return Development(axes, day, *(changes(axes, rows[what], day) for what in rows))


def changes(axes: Axes, rows: list[tuple[int, date, float]], as_of: date) -> Changes:
    kept = [(cell, day.toordinal(), amount) for cell, day, amount in rows if day <= as_of]
    cell, days, amount = zip(*kept, strict=True)
    return Changes(axes.shape, np.array(cell), np.array(days), np.array(amount, float))


def window(now: int, first: int = 12, last: int = 23, closes: str = "2027-02-28") -> Window:
    return Window(first, now, last, date.fromisoformat(closes))
