"""Areas whose end is known, for the race of forecasts; nothing of them comes from the example's generator.

A world is drawn claim by claim, straight into what was known when. Three services differ in how they
are recorded: 0 pays an employer in arrears, 1 pays a person monthly, 2 buys places. Twelve
municipalities from three to three hundred client-months a month. Months begin in January 2031.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from kuntakoonti.core.periods import first_day, months_between
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development, Floats, Ints

MONTHS = months_between("2031-01", "2033-12")
SERVICES = ("arrears", "monthly", "places")
SIZES = np.array([3, 4, 6, 8, 12, 18, 25, 35, 50, 80, 140, 300], float)
CLASSES = {"small": SIZES < 10, "middle": (SIZES >= 10) & (SIZES < 60), "large": SIZES >= 60}
_SHARE, _STAY = (0.5, 0.2, 0.3), (7.0, 5.0, 4.0)  # of client-months; months that a client stays
_PRICE, _LATE, _WIDE = (95_000.0, 70_000.0, 110_000.0), (45.0, 12.0, 30.0), (0.6, 0.3, 0.5)
_BURN = 18  # months before the first one
_DAYS = np.array([first_day(m).toordinal() for m in (*MONTHS, "2034-01")])
END = date(2035, 12, 31)


@dataclass(frozen=True)
class Scenario:
    """What is out of the ordinary; steps and stalls begin at ``month`` (place on the axis)."""

    name: str
    calm: bool = True
    growth: float = 0.0  # a year
    season: float = 0.0  # amplitude of clients
    month: int = 17
    volume: float = 1.0
    price: float = 1.0
    late: float = 1.0
    stall: int = 0  # days without a recorded cost of service 0
    batch: int = 1  # up to so many months in one claim of service 0
    heavy: float = 0.35  # spread of a client-month's cost
    tail: float = 0.01  # share of claims of service 0 that come 8 to 26 months late
    recovery: float = 0.01
    cut: float = 1.0  # the budget from the step on


SCENARIOS = (
    Scenario("steady"),
    Scenario("growing", growth=0.12),
    Scenario("shrinking", growth=-0.12),
    Scenario("season 10 %", season=0.10),
    Scenario("season 30 %", season=0.30),
    Scenario("batches", batch=6),
    Scenario("heavy tails", heavy=1.1),
    Scenario("late claims", tail=0.06),
    Scenario("recoveries", recovery=0.06),
    Scenario("volume +25 %", calm=False, volume=1.25),
    Scenario("budget cut", calm=False, volume=0.7, cut=0.7),
    Scenario("price +15 %", calm=False, price=1.15),
    Scenario("faster", calm=False, late=0.5),
    Scenario("slower", calm=False, late=1.6),
    Scenario("stall 8 weeks", calm=False, stall=56),
)


def world(scenario: Scenario, seed: int) -> Development:
    """What was known when, of three years; ``as_of`` is long after the last closing date."""
    dice = np.random.default_rng([seed, *scenario.name.encode()])
    shape = (len(SIZES), len(SERVICES), len(MONTHS))
    parts: dict[str, list[tuple[Ints, Ints, Floats]]] = {"cents": [], "clients": [], "budgets": []}
    for i, size in enumerate(SIZES):
        for k in range(len(SERVICES)):
            place = (i * len(SERVICES) + k) * len(MONTHS)
            price = _PRICE[k] * dice.lognormal(0, 0.12)
            month, known, gone, true = _client_months(dice, scenario, size * _SHARE[k], k)
            parts["clients"] += [(place + month, known, np.ones(len(month)))]
            ended = ~true
            parts["clients"] += [(place + month[ended], gone[ended], -np.ones(int(ended.sum())))]
            for m, day, cents in _claims(dice, scenario, month[true], price, k):
                parts["cents"].append((place + m, day, cents))
            parts["budgets"] += list(_budgets(dice, scenario, size * _SHARE[k] * price, place))
    axes = Axes(tuple(f"{i + 1:03d}" for i in range(len(SIZES))), SERVICES, MONTHS)
    return Development(
        axes, END, *(_changes(shape, parts[n]) for n in ("cents", "clients", "budgets"))
    )


def level(scenario: Scenario) -> Floats:
    """Expected client-months relative to the first year's, by month."""
    at = np.arange(len(MONTHS))
    season = 1 + scenario.season * np.cos(2 * np.pi * (at % 12 - 9) / 12)
    step = np.where(at >= scenario.month, scenario.volume, 1.0)
    return np.asarray((1 + scenario.growth) ** (at / 12) * season * step)


def _client_months(
    dice: np.random.Generator, scenario: Scenario, size: float, k: int
) -> tuple[Ints, Ints, Ints, np.ndarray]:
    """Planned client-months: month, day known, day withdrawn, and whether it came true."""
    expected = np.concatenate([np.full(_BURN, level(scenario)[0]), level(scenario)])
    start = np.repeat(np.arange(-_BURN, len(MONTHS)), dice.poisson(expected * size / _STAY[k]))
    stay = 1 + dice.geometric(1 / (_STAY[k] * 1.15), len(start))
    early = dice.random(len(start)) < 0.25
    lived = np.where(early, np.ceil(stay * dice.random(len(start))), stay).astype(int)
    begun = _DAYS[0] + (start * 30.437).astype(int) + dice.integers(0, 28, len(start))
    known = begun - 15 + dice.gamma(2.0, 14.0, len(start)).astype(int)
    ended = begun + (lived * 30.437).astype(int) + dice.gamma(2.0, 10.0, len(start)).astype(int)
    of = np.repeat(np.arange(len(start)), stay)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(stay) - stay, stay)
    month = start[of] + nth
    inside = (month >= 0) & (month < len(MONTHS))
    of, nth, month = of[inside], nth[inside], month[inside]
    return month, known[of], np.maximum(ended[of], known[of] + 1), nth < lived[of]


def _claims(
    dice: np.random.Generator, scenario: Scenario, month: Ints, price: float, k: int
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Month, day of recording and cents of each client-month's cost, and of its recovery."""
    size, first = len(month), k == 0
    step = np.where(month >= scenario.month, scenario.price, 1.0)
    mean = np.exp(scenario.heavy**2 / 2)
    cents = price * step * dice.lognormal(0, scenario.heavy, size) / mean
    batch = dice.integers(1, scenario.batch + 1, size) if first else np.ones(size, int)
    claimed = np.minimum(month + (batch - 1 - month % batch), len(MONTHS) - 1)
    slow = np.where(month >= scenario.month, scenario.late, 1.0)
    late = _LATE[k] * slow * dice.lognormal(0, _WIDE[k], size)
    tail = (dice.random(size) < scenario.tail) & first
    late = np.where(tail, dice.integers(240, 790, size), late)
    day = _DAYS[claimed + 1] + late.astype(int)
    if first and scenario.stall:
        begins = _DAYS[scenario.month] + 5
        stalled = (day >= begins) & (day < begins + scenario.stall)
        day = np.where(stalled, begins + scenario.stall + dice.integers(0, 10, size), day)
    yield month, day, cents
    back = dice.random(size) < scenario.recovery
    yield month[back], day[back] + dice.integers(60, 300, int(back.sum())), -0.7 * cents[back]


def _budgets(
    dice: np.random.Generator, scenario: Scenario, cents: float, place: int
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """A twelfth a month, known in the November before; planned on last year's level, with an error."""
    for year in range(3):
        months = np.arange(12 * year, 12 * year + 12)
        past = level(scenario)[max(12 * year - 12, 0) : max(12 * year, 12)].mean()
        amount = cents * past * dice.lognormal(0.03, 0.15)
        yield place + months, np.full(12, _DAYS[12 * year] - 50), np.full(12, amount)
        if scenario.cut != 1 and months[0] <= scenario.month <= months[-1]:
            later = months[months >= scenario.month]
            change = np.full(len(later), amount * (scenario.cut - 1))
            yield place + later, np.full(len(later), _DAYS[scenario.month] + 10), change


def _changes(shape: tuple[int, int, int], parts: list[tuple[Ints, Ints, Floats]]) -> Changes:
    cell, day, amount = (np.concatenate([p[n] for p in parts]) for n in range(3))
    return Changes(shape, cell.astype(np.int64), day.astype(np.int64), amount.astype(np.float64))
