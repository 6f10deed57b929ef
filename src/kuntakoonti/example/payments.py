"""What a spell costs in a month, by statutory rules where there are some: cents, before any delay.

380/2023 § 86–88, § 94–96 (pay subsidy, 55+ employment subsidy), § 101 (start-up grant); decisions
before 1.1.2025 follow the former law (383/2023 § 11). Course prices are invented.
"""

from dataclasses import dataclass

import numpy as np

from kuntakoonti.example.clock import (
    Bools,
    Floats,
    Ints,
    day_number,
    first_of,
    month_of,
    one_of,
    weekdays_between,
)
from kuntakoonti.example.courses import Courses
from kuntakoonti.example.plan import (
    KOTOUTUMISKOULUTUS,
    PALKKATUKI,
    STARTTIRAHA,
    TYOLLISTAMISTUKI_55,
    ExamplePlan,
)
from kuntakoonti.example.spells import Spells

NEW_LAW = day_number("2025-01-01")
DAILY_ALLOWANCE = 3721  # cents per weekday, 1.1.2023–
# Kinds of pay subsidy: share of the wage, cap in cents a month, cap of the former law, frequency.
_SHARE = np.array([0.50, 0.70, 1.23])
_CAP = np.array([126_000, 277_000, 202_000])
_OLD_CAP = np.array([126_000, 177_000, 202_000])
_FREQUENCY = np.array([0.60, 0.28, 0.12])
_HALF, _REDUCED_ABILITY, _FULL = range(3)
_FULL_SUBSIDY_HOURS = 0.65  # § 88: at most 65 % of full working time


@dataclass(frozen=True)
class SpellMonths:
    """One element per spell and month: ``spell`` index, ``month``, ``days`` and ``weekdays`` in it.

    ``place`` counts the months of the spell from 0, ``last`` is the place of its last month.
    """

    spell: Ints
    month: Ints
    days: Ints
    weekdays: Ints
    place: Ints
    last: Ints


def spell_months(plan: ExamplePlan, spells: Spells) -> SpellMonths:
    """Every month of the plan in which a spell has at least one day."""
    first, after = plan.month_range
    begin, stop = month_of(spells.start), month_of(spells.end - 1) + 1
    low = np.maximum(begin, first)
    count = np.minimum(stop, after) - low
    spell = np.repeat(np.arange(len(spells), dtype=np.int32), count)
    ends = np.cumsum(count)
    month = np.arange(len(spell), dtype=np.int32) - np.repeat(ends - count - low, count)
    month = month.astype(np.int32)
    start = np.maximum(spells.start[spell], first_of(month))
    end = np.minimum(spells.end[spell], first_of(month + 1))
    return SpellMonths(
        spell=spell,
        month=month,
        days=(end - start).astype(np.int16),
        weekdays=weekdays_between(start, end).astype(np.int16),
        place=(month - begin[spell]).astype(np.int16),
        last=(stop - 1 - begin)[spell].astype(np.int16),
    )


def personal_cents(plan: ExamplePlan, spells: Spells, at: SpellMonths) -> Ints:
    """Cents of each spell-month paid for a person; 0 for courses, which are paid by group."""
    kind = spells.service[at.spell]
    wage = np.isin(kind, (PALKKATUKI, TYOLLISTAMISTUKI_55))
    cents = np.where(wage, _wage_subsidy(plan, spells, at), 0)
    return np.where(kind == STARTTIRAHA, _start_up_grant(plan, spells, at), cents)


def _wage_subsidy(plan: ExamplePlan, spells: Spells, at: SpellMonths) -> Ints:
    """Capped share of the wage; a part of a month pays cap / 30 × calendar days (§ 94 2 mom)."""
    rng = plan.dice("wages")
    kind = one_of(rng, np.arange(3), _FREQUENCY, len(spells))
    kind[spells.service == TYOLLISTAMISTUKI_55] = _REDUCED_ABILITY
    wage = 100 * rng.lognormal(np.log(1740), 0.37, len(spells))
    wage[kind == _FULL] *= _FULL_SUBSIDY_HOURS
    decided = spells.start - rng.integers(5, 60, len(spells))
    cap = np.where(decided < NEW_LAW, _OLD_CAP[kind], _CAP[kind])[at.spell]
    month_length = first_of(at.month + 1) - first_of(at.month)
    share = (_SHARE[kind] * wage)[at.spell] * at.days / month_length
    whole = at.days == month_length
    return _cents(np.minimum(share, np.where(whole, cap, np.minimum(cap, cap / 30 * at.days))))


def _start_up_grant(plan: ExamplePlan, spells: Spells, at: SpellMonths) -> Ints:
    """Daily allowance × weekdays, for some reduced by other income."""
    rng = plan.dice("grants")
    reduced = rng.random(len(spells)) < 0.09
    part = np.where(reduced, rng.uniform(0.5, 0.95, len(spells)), 1.0)
    return _cents(part[at.spell] * at.weekdays * DAILY_ALLOWANCE)


def _cents(amount: Floats | Ints) -> Ints:
    return np.rint(amount).astype(np.int64)


@dataclass(frozen=True)
class GroupMonths:
    """One element per group and month with participants: its provider's invoice in cents."""

    group: Ints
    month: Ints
    cents: Ints


def group_months(
    plan: ExamplePlan, spells: Spells, courses: Courses, at: SpellMonths
) -> GroupMonths:
    """Participants' weekdays × the group's price, 45–60 € a day."""
    first, after = plan.month_range
    months = after - first
    price = 4500 + 1500 * plan.dice("prices").random(len(courses.size)) ** 2
    course: Bools = spells.service[at.spell] == KOTOUTUMISKOULUTUS
    cell = spells.group[at.spell[course]].astype(np.int64) * months + at.month[course] - first
    days = np.bincount(cell, at.weekdays[course], len(courses.size) * months)
    used = np.nonzero(days)[0]
    group, month = np.divmod(used, months)
    return GroupMonths(group, month + first, _cents(days[used] * price[group]))
