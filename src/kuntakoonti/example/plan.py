"""What the world should be like: its area, months, size, seed, and how it changes over time."""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.periods import is_month
from kuntakoonti.example.clock import Floats, Ints, first_of, month_number
from kuntakoonti.parameters.municipalities import Municipality, municipalities

SERVICES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus", "tyollistamistuki_55")
PALKKATUKI, STARTTIRAHA, KOTOUTUMISKOULUTUS, TYOLLISTAMISTUKI_55 = range(4)
BUDGETED = (PALKKATUKI, STARTTIRAHA, KOTOUTUMISKOULUTUS)
ALAND = "46"  # in the classification, but not an employment area

# Clients of an ordinary month per 1,000 inhabitants, by population of the municipality: palkkatuki,
# starttiraha, kotoutumiskoulutus. Invented; integration training gathers where the schools are.
_INTENSITY = ((0, (4.0, 0.5, 0.35)), (5_000, (4.0, 0.5, 0.7)), (50_000, (4.1, 0.5, 1.4)))
# Members of area 17 whose levels are set by hand, so that the small ones stay instructive.
_LEVELS = {
    "297": (508.0, 62.0, 171.0),
    "749": (80.0, 10.0, 15.0),
    "778": (28.0, 3.5, 6.8),
    "857": (10.9, 1.3, 0.9),
}


def areas() -> tuple[str, ...]:
    """The codes of the 45 employment areas, ``01`` … ``45``."""
    return tuple(sorted({m.employment_area for m in municipalities().values()} - {ALAND}))


@dataclass(frozen=True)
class ExamplePlan:
    """One fictional world; equal plans give equal bytes.

    ``first_month`` and ``step_month`` are months such as ``2025-01``. ``scale`` multiplies the
    clients. The rest are scenarios: ``growth`` is relative per year, ``season`` the strength of the
    seasons (0 = none), ``step`` a lasting relative change from ``step_month``, and ``delay``
    multiplies the time from an event to its row, for what happens from ``delay_month`` on if there
    is one. ``delay`` alone leaves all events as they were. ``whole_months``: people move at the turn
    of a month.
    """

    area: str = "17"
    first_month: str = "2025-01"
    months: int = 24
    scale: float = 1.0
    seed: int = 1
    growth: float = 0.0
    season: float = 1.0
    step: float = 0.0
    step_month: str = ""
    delay: float = 1.0
    delay_month: str = ""
    whole_months: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be made: UsageError."""
        if self.area not in areas():
            raise UsageError("There is no employment area {area}; write 01–45.", area=self.area)
        months = (self.first_month, *filter(None, (self.step_month, self.delay_month)))
        if not all(is_month(text) for text in months):
            raise UsageError("First month: write it as 2025-01.")
        if self.months < 1 or self.scale <= 0 or self.delay < 0 or self.growth <= -1:
            raise UsageError(
                "Write --months and --scale greater than 0; delay is at least 0 and growth above "
                "-1."
            )

    @property
    def month_range(self) -> tuple[int, int]:
        """First month and the month after the last one, as months since 1970."""
        first = month_number(self.first_month)
        return first, first + self.months

    @property
    def day_range(self) -> tuple[int, int]:
        """First day and the day after the last one, as days since 1970."""
        first, after = (int(day) for day in first_of(np.array(self.month_range)))
        return first, after

    @cached_property
    def members(self) -> tuple[Municipality, ...]:
        """The members of the area by code."""
        found = (m for m in municipalities().values() if m.employment_area == self.area)
        return tuple(sorted(found, key=lambda m: m.code))

    @property
    def host(self) -> str:
        """The member with most inhabitants, taken as the host municipality."""
        return max(self.members, key=lambda m: m.population).code

    def dice(self, purpose: str) -> np.random.Generator:
        """Random numbers of one purpose, so that a knob moves only what it is about."""
        return np.random.default_rng((self.seed, int(self.area), zlib.crc32(purpose.encode())))

    def levels(self) -> Floats:
        """Clients of an ordinary month: members × (palkkatuki, starttiraha, kotoutumiskoulutus)."""
        luck = self.dice("levels").uniform(0.88, 1.12, (len(self.members), len(BUDGETED)))
        rows = [
            _LEVELS.get(m.code) or luck[i] * _intensity(m.population) * m.population / 1000
            for i, m in enumerate(self.members)
        ]
        return np.array(rows) * self.scale

    def trend(self, days: Ints) -> Floats:
        """The factor on the ordinary level on each day: growth and step, 1 at the beginning."""
        years = np.maximum(days - self.day_range[0], 0) / 365.25
        stepped = self.step if self.step_month else 0.0
        step_day = first_of(np.array([month_number(self.step_month or self.first_month)]))[0]
        return np.asarray((1 + self.growth) ** years * (1 + stepped * (days >= step_day)))

    def delays(self, months: Ints) -> Floats:
        """What multiplies the time to the row of what happens in each month (since 1970)."""
        since = month_number(self.delay_month) if self.delay_month else -(2**31)
        return np.where(months >= since, self.delay, 1.0)


def _intensity(population: int) -> Floats:
    return np.array([rates for least, rates in _INTENSITY if population >= least][-1])
