"""When the costs were recorded: claims in arrears and in bursts, recoveries, credit notes."""

from dataclasses import dataclass, fields, replace

import numpy as np

from kuntakoonti.example.clock import Bools, Ints, first_of, month_of, office_day, one_of, spread
from kuntakoonti.example.courses import Courses
from kuntakoonti.example.payments import (
    GroupMonths,
    SpellMonths,
    group_months,
    personal_cents,
    spell_months,
)
from kuntakoonti.example.people import People
from kuntakoonti.example.plan import KOTOUTUMISKOULUTUS, STARTTIRAHA, ExamplePlan
from kuntakoonti.example.spells import Spells

_TO_THE_DEADLINE = 0.02  # employers who claim everything at the end: three months after the subsidy
_RECOVERED, _CREDITED, _CORRECTED = 0.008, 0.05, 0.004
_PAID_IN_VAIN = 0.10  # of those who quit: one month more is paid, and recovered


@dataclass(frozen=True)
class Postings:
    """Rows of costs: ``client`` or ``group`` is -1; ``cost`` is numbered by first recording."""

    cost: Ints
    service: Ints
    client: Ints
    group: Ints
    month: Ints
    cents: Ints
    recorded: Ints

    def take(self, which: Ints | Bools) -> "Postings":
        """The chosen rows."""
        return Postings(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def postings_of(plan: ExamplePlan, spells: Spells, courses: Courses, people: People) -> Postings:
    """All costs of the plan's months, whenever they were recorded."""
    rng = plan.dice("postings")
    at = spell_months(plan, spells)
    claims = _claims(plan, spells, people, at)
    in_vain = _paid_in_vain(plan, rng, spells, claims)
    invoices = _invoices(plan, rng, group_months(plan, spells, courses, at))
    del at
    rows = _joined(
        claims,
        invoices,
        in_vain,
        _taken_back(plan, rng, claims, _RECOVERED),
        _taken_back(plan, rng, invoices, _CREDITED),
        _taken_back(plan, rng, in_vain, 1.0),
    )
    del claims, invoices
    return _numbered(rows, *_corrections(plan, rng, rows))


def _joined(*parts: Postings) -> Postings:
    return Postings(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Postings)}
    )


def _claims(plan: ExamplePlan, spells: Spells, people: People, at: SpellMonths) -> Postings:
    """Employers claim 1–3 months late, some several months at once; entrepreneurs within two.

    ``cost`` is the index of the spell until the rows are numbered.
    """
    rng = plan.dice("claims")
    count = len(spells)
    start_up = spells.service == STARTTIRAHA
    block = one_of(rng, np.array([1, 2, 3, 4]), np.array([0.79, 0.09, 0.08, 0.04]), count)
    late = spread(rng, count, (0, 18), (0.35, 36), (0.75, 62), (0.95, 92), (1, 115))
    at_deadline = rng.random(count) < _TO_THE_DEADLINE
    block[at_deadline], late[at_deadline] = 999, rng.integers(94, 119, int(at_deadline.sum()))
    grant = spread(rng, count, (0, 12), (0.6, 28), (0.9, 45), (1, 62))
    block[start_up], late[start_up] = 1, grant[start_up]
    blocks = block[at.spell]
    waits = np.minimum((at.place // blocks + 1) * blocks - 1, at.last) - at.place
    late = late[at.spell] * plan.delays(at.month)
    recorded = office_day(first_of(at.month + waits + 1) + late.astype(np.int32))
    rows = Postings(
        cost=at.spell,
        service=spells.service[at.spell],
        client=people.client[at.spell].astype(np.int32),
        group=np.full(len(at.spell), -1, np.int32),
        month=at.month,
        cents=personal_cents(plan, spells, at),
        recorded=recorded,
    )
    return rows.take(rows.cents > 0)


def _paid_in_vain(
    plan: ExamplePlan, rng: np.random.Generator, spells: Spells, claims: Postings
) -> Postings:
    """For some who quit, the month after the end is paid as well (a cost without a period)."""
    chosen = (spells.end < spells.planned_end) & (rng.random(len(spells)) < _PAID_IN_VAIN)
    chosen &= (spells.chain >= 0) & (month_of(spells.end - 1) + 1 < plan.month_range[1])
    ends = chosen[claims.cost] & (month_of(spells.end[claims.cost] - 1) == claims.month)
    rows = claims.take(ends)
    later = office_day(rows.recorded + rng.integers(20, 40, len(rows.month)))
    return replace(rows, month=rows.month + 1, recorded=later)


def _invoices(plan: ExamplePlan, rng: np.random.Generator, at: GroupMonths) -> Postings:
    """Providers invoice each group monthly, 2–6 weeks after the month."""
    count = len(at.group)
    late = spread(rng, count, (0, 8), (0.8, 32), (1, 50)) * plan.delays(at.month)
    return Postings(
        cost=np.arange(count, dtype=np.int32),
        service=np.full(count, KOTOUTUMISKOULUTUS, np.int8),
        client=np.full(count, -1, np.int32),
        group=at.group.astype(np.int32),
        month=at.month.astype(np.int32),
        cents=at.cents,
        recorded=office_day(first_of(at.month + 1) + late.astype(np.int32)),
    )


def _taken_back(
    plan: ExamplePlan, rng: np.random.Generator, rows: Postings, share: float
) -> Postings:
    """Recoveries (§ 134) of all or a part, months later; credit notes of providers are small."""
    rows = rows.take(rng.random(len(rows.cents)) < share)
    count = len(rows.cents)
    part = np.where(rng.random(count) < 0.4, 1.0, rng.uniform(0.1, 0.6, count))
    part = np.where(rows.group >= 0, rng.uniform(0.02, 0.1, count), 1.0 if share == 1.0 else part)
    slow = np.maximum(plan.delays(rows.month), 0.05)
    late = (rng.integers(45, 240, count) * slow).astype(np.int32)
    cents = -np.maximum(np.rint(rows.cents * part), 1).astype(np.int64)
    return replace(rows, cents=cents, recorded=office_day(rows.recorded + 1 + late))


def _corrections(
    plan: ExamplePlan, rng: np.random.Generator, rows: Postings
) -> tuple[Ints, Postings]:
    """A few rows written again with a smaller amount: which rows, and their new versions."""
    which = np.nonzero((rng.random(len(rows.cents)) < _CORRECTED) & (rows.cents > 100))[0]
    late = (rng.integers(7, 120, len(which)) * plan.delays(rows.month[which])).astype(np.int32)
    cents = np.rint(rows.cents[which] * rng.uniform(0.6, 0.98, len(which))).astype(np.int64)
    old = rows.take(which)
    return which, replace(old, cents=cents, recorded=office_day(old.recorded + 1 + late))


def _numbered(rows: Postings, which: Ints, corrected: Postings) -> Postings:
    """All rows by recording day, costs numbered from 1 in the order of their first rows."""
    order = np.argsort(rows.recorded, kind="stable")
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    both = _joined(replace(rows, cost=number), replace(corrected, cost=number[which]))
    return both.take(np.argsort(both.recorded, kind="stable"))
