"""Public facts that any reader has: the threshold, the grid, the prices, and periods as text.

Sources: rules R1–R7 (docs/rules.md); the caps of pay subsidy, 380/2023 § 94; the basic daily
allowance of the start-up grant, 380/2023 § 99, paid for at most 23 weekdays a month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

ANY = "any"
MANY = 10**6  # more persons than any municipality has


@dataclass(frozen=True)
class Price:
    """What a service can cost, in cents.

    ``smallest``: the unit in which G4 measures a width. ``units``: the only amounts that are paid,
    ``(low, high)`` of them per client-month; without units any cents up to ``most`` per client-month
    (None: no cap).
    """

    smallest: int = 3721
    most: int | None = None
    units: tuple[int, ...] = ()
    low: int = 0
    high: int = 0


PRICES: Mapping[str, Price] = {
    "palkkatuki": Price(most=277_000),
    "starttiraha": Price(units=(3721,), low=1, high=23),
    "kotoutumiskoulutus": Price(),
}


@dataclass(frozen=True)
class Facts:
    """The public facts an attack uses; a service without a price has no cap.

    ``total_services``: with fewer of them a total is shown only beside each one's cost (R7).
    """

    threshold: int = 5
    total_services: int = 3
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)

    def price(self, service: str) -> Price:
        """The price of a service."""
        return self.prices.get(service, Price())


@cache
def months_of(period: str) -> tuple[str, ...]:
    """The months of a month, quarter or year."""
    year, _, rest = period.partition("-")
    if not rest:
        numbers = range(1, 13)
    elif rest.startswith("Q"):
        numbers = range(int(rest[1]) * 3 - 2, int(rest[1]) * 3 + 1)
    else:
        numbers = range(int(rest), int(rest) + 1)
    return tuple(f"{year}-{n:02d}" for n in numbers)


@cache
def grain_of(period: str) -> str:
    """``month``, ``quarter`` or ``year``."""
    return {1: "month", 3: "quarter"}.get(len(months_of(period)), "year")


@cache
def parts_of(period: str, grain: str, last: str) -> tuple[str, ...]:
    """The periods of a finer grain inside a period that have begun by the month ``last``."""
    months = [m for m in months_of(period) if m <= last]
    if grain == "month":
        return tuple(months)
    return tuple(dict.fromkeys(f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}" for m in months))


@cache
def contains(outer: str, inner: str) -> bool:
    """Whether a period has all months of another."""
    return set(months_of(inner)) <= set(months_of(outer))
