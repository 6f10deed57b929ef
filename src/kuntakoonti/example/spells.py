"""What truly happened: who was in a service from when to when, before any office wrote it down.

Supports fill *chains*: a chain is a place that is taken by one spell after another with a pause
between, so that even a municipality of eleven clients has a credible, calm series. Integration
training is given in course groups whose participants live in several municipalities.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from kuntakoonti.example.clock import Bools, Floats, Ints, add_months, first_of, month_of, one_of
from kuntakoonti.example.courses import Courses, make_courses, participants_of
from kuntakoonti.example.plan import (
    KOTOUTUMISKOULUTUS,
    PALKKATUKI,
    STARTTIRAHA,
    TYOLLISTAMISTUKI_55,
    ExamplePlan,
)

# Length of a support in months and its share; pause = calm months between two spells of a chain.
_LENGTHS = {
    PALKKATUKI: ((3, 5, 6, 10, 12), (0.10, 0.33, 0.10, 0.37, 0.10)),
    STARTTIRAHA: ((6, 9, 12), (0.45, 0.20, 0.35)),
}
_ON_THE_FIRST = {PALKKATUKI: 0.40, STARTTIRAHA: 0.75}  # share that begins on a month's first day
_CHAINS = {PALKKATUKI: 1.075, STARTTIRAHA: 1.09}  # per client of an ordinary month
_QUIT, _EXTENDED, _OVERLAP = 0.12, 0.08, 0.006  # overlap: the next begins before the end
_SHARE_OF_55 = 0.02
_LOOK_BACK = 430  # days before the first month in which spells may have begun
_MONTH = 30.44


@dataclass(frozen=True)
class Spells:
    """Arrays with one element per spell; days since 1970, half-open.

    ``service`` indexes SERVICES and ``home`` the area's members; ``end`` is the true end and
    ``planned_end`` what was first decided; ``chain`` and ``group`` are -1 where there is none.
    """

    service: Ints
    home: Ints
    start: Ints
    end: Ints
    planned_end: Ints
    chain: Ints
    group: Ints

    def __len__(self) -> int:
        """Number of spells."""
        return len(self.start)

    def take(self, which: Ints | Bools) -> "Spells":
        """The chosen spells."""
        return Spells(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def true_spells(plan: ExamplePlan) -> tuple[Spells, Courses]:
    """All spells that touch the plan's months, and the course groups they belong to."""
    courses = make_courses(plan)
    wage = _chained(plan, PALKKATUKI, 0)
    start_up = _chained(plan, STARTTIRAHA, int(wage.chain.max(initial=0)) + 1)
    older = plan.dice("55").random(len(wage)) < _SHARE_OF_55
    wage = replace(wage, service=np.where(older, TYOLLISTAMISTUKI_55, wage.service))
    return _joined(wage, start_up, _attended(plan, courses)), courses


def _joined(*parts: Spells) -> Spells:
    return Spells(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Spells)}
    )


def _chained(plan: ExamplePlan, service: int, first_chain: int) -> Spells:
    """Spells of a support: a matrix chains × spells, of it what happens within the window."""
    rng = plan.dice(f"chains {service}")
    peak = float(_activity(plan, service, np.arange(*plan.day_range)).max())
    wanted = plan.levels()[:, service] * _CHAINS[service] * peak
    number = np.ceil(wanted).astype(np.int64)
    home = np.repeat(np.arange(len(number), dtype=np.int16), number)
    start, months, stay = _starts(plan, rng, service, np.repeat(number / wanted, number))
    rank = np.arange(len(home)) - np.repeat(np.cumsum(number) - number, number)
    liveliness = (rank + rng.random(len(home))) / number[home]
    begins = _activity(plan, service, start) / peak > liveliness[:, None]
    first, after = plan.day_range
    row, column = np.nonzero(begins & (start < after) & (add_months(start, months) > first))
    start, months = start[row, column], months[row, column]
    end, planned_end = _ends(rng, start, months, stay[row, column])
    none = np.full(len(row), -1, np.int32)
    spells = Spells(
        service=np.full(len(row), service, np.int8),
        home=home[row],
        start=start,
        end=end,
        planned_end=planned_end,
        chain=(row + first_chain).astype(np.int32),
        group=none,
    )
    return spells.take(end > first)


def _activity(plan: ExamplePlan, service: int, days: Ints) -> Floats:
    """Trend × season of starts: pay subsidy is slightly livelier towards the autumn."""
    strength = 0.03 * plan.season * (service == PALKKATUKI)
    wave = np.cos((days % 365.25 - 260) / 365.25 * 2 * np.pi)
    return np.asarray(plan.trend(days) * (1 + strength * wave))


def _starts(
    plan: ExamplePlan, rng: np.random.Generator, service: int, sparsity: Floats
) -> tuple[Ints, Ints, Floats]:
    """First days, decided months and the share of them used, chains × spells.

    Sparsity 1 pauses for a month, so that a chain has one client in almost every month.
    """
    lengths, shares = _LENGTHS[service]
    mean = float(np.dot(lengths, shares)) * _MONTH
    pause = sparsity * (mean + _MONTH) - mean
    first, after = plan.day_range
    shape = (len(sparsity), 3 + int((after - first + _LOOK_BACK) / (mean * 0.8)))
    months = one_of(rng, np.array(lengths, np.int8), np.array(shares), int(np.prod(shape)))
    months = months.reshape(shape)
    stay = np.where(rng.random(shape) < _QUIT, rng.uniform(0.25, 0.9, shape), 1.0)
    pauses = pause[:, None] * rng.uniform(0.6, 1.4, shape)
    pauses[rng.random(shape) < _OVERLAP] = -20
    cycle = months * _MONTH * stay + pauses
    origin = first - _LOOK_BACK - rng.random(len(sparsity)) * (mean + pause)
    start = (origin[:, None] + np.cumsum(cycle, axis=1) - cycle).astype(np.int32)
    on_first = rng.random(shape) < _ON_THE_FIRST[service]
    return np.where(on_first, first_of(month_of(start + 15)), start), months, stay


def _ends(rng: np.random.Generator, start: Ints, months: Ints, stay: Floats) -> tuple[Ints, Ints]:
    """True and first planned ends: most as decided, some quit early, some were extended."""
    decided = add_months(start, months)
    end = np.where(stay < 1, start + np.maximum((decided - start) * stay, 5), decided)
    extended = (rng.random(len(start)) < _EXTENDED) & (months > 3) & (stay == 1)
    return end.astype(np.int32), np.where(extended, add_months(start, months // 2), decided)


def _attended(plan: ExamplePlan, courses: Courses) -> Spells:
    """Spells of integration training: one per participant of a group."""
    group, home, start, end = participants_of(plan, courses)
    first, after = plan.day_range
    spells = Spells(
        service=np.full(len(group), KOTOUTUMISKOULUTUS, np.int8),
        home=home,
        start=start,
        end=end,
        planned_end=courses.end[group],
        chain=np.full(len(group), -1, np.int32),
        group=group,
    )
    return spells.take((start < after) & (end > first))
