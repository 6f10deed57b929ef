"""Public facts that any reader has: the rules of a release, what a service can cost, periods as text.

The rules are those of the release's own table (`evidence.rules`). What stands here is in force where
a release has none: the archives of the first format, whose rules were these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

ANY = "any"
MANY = 10**6  # more persons than any municipality has


@dataclass(frozen=True)
class Price:
    """What a service can cost, in cents.

    ``smallest``: the unit in which G4 measures a width (37.21 €, the basic daily allowance of the
    start-up grant, 380/2023 § 99, where a service names none). ``units``: the only amounts that are paid,
    ``(low, high)`` of them per client-month; without units any cents up to ``most`` per client-month
    (None: no cap).
    """

    smallest: int = 3721
    most: int | None = None
    units: tuple[int, ...] = ()
    low: int = 0
    high: int = 0


# 380/2023: § 94.2, the highest cap of the pay subsidy; § 99, for at most 23 weekdays a month
PRICES: Mapping[str, Price] = {
    "palkkatuki": Price(most=277_000),
    "starttiraha": Price(units=(3721,), low=1, high=23),
    "kotoutumiskoulutus": Price(),
}


@dataclass(frozen=True)
class Step:
    """To what a recorded cost is printed (R7), in cents: ``fine``, from ``limit`` on ``coarse``.

    ``down``: the printed amount is the lower end of its class, else the middle.
    """

    fine: int = 100_000
    coarse: int = 1_000_000
    limit: int = 100_000_000
    down: bool = False

    def interval(self, printed: int) -> tuple[int, int]:
        """The amounts that are printed so, both ends included; never below zero."""
        step = self.coarse if abs(printed) >= self.limit else self.fine
        if self.down:
            return printed, printed + step - 1
        return max(printed - step // 2, 0), printed + step // 2


@dataclass(frozen=True)
class Facts:
    """The rules of a release as a reader knows them; a service without a price has no cap.

    ``total_services``: with fewer of them a total is shown only beside each one's cost (R7).
    ``percent_base``: persons that a percentage stands on (G5). ``estimates``: the table from which a
    page's estimates are computed (R10), row → "" or service → text; None where a release states no
    rules. ``closing_month`` of the year after, ``cover``: the share that a range should hold.
    """

    threshold: int = 5
    total_services: int = 3
    percent_base: int = 20
    recorded: Step = Step()
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)
    estimates: Mapping[str, Mapping[str, str]] | None = None
    closing_month: int = 2
    cover: Fraction = Fraction(4, 5)

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
