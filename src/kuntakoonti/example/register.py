"""What the offices wrote down about the spells, and when: late, revised, at times removed again."""

from dataclasses import dataclass, fields, replace

import numpy as np

from kuntakoonti.example.clock import NEVER, Bools, Ints, month_of, office_day, spread
from kuntakoonti.example.people import People
from kuntakoonti.example.plan import ExamplePlan
from kuntakoonti.example.spells import Spells

_OPEN_END = 0.03  # share first recorded without an end
_CLOSED_AFTER = 123  # days after the last month; what happens later is not of this world
_MISTAKEN = 0.008  # extra periods that never were, removed later


@dataclass(frozen=True)
class Register:
    """Rows of service periods: ``end`` half-open or NEVER, ``record`` numbers them in time."""

    record: Ints
    client: Ints
    service: Ints
    group: Ints
    start: Ints
    end: Ints
    recorded: Ints
    removed: Ints

    def take(self, which: Ints | Bools) -> "Register":
        """The chosen rows."""
        return Register(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def register_of(plan: ExamplePlan, spells: Spells, people: People) -> Register:
    """First rows of all spells and of some that never were, then revisions and removals."""
    rng = plan.dice("register")
    ghosts = np.nonzero(rng.random(len(spells)) < _MISTAKEN)[0]
    shift = rng.integers(-25, 26, len(ghosts)).astype(np.int32)
    real = _first_rows(plan, rng, spells, people.client)
    revised = _revisions(plan, rng, spells, real)
    never_was = _shifted(spells.take(ghosts), shift)
    ghost = _first_rows(plan, rng, never_was, people.client[ghosts])
    delays = plan.delays(month_of(never_was.start))
    late = (rng.integers(4, 75, len(ghosts)) * delays).astype(np.int32)
    gone = _again(ghost, ghost.end, office_day(ghost.recorded + 1 + late), removed=1)
    rows = _numbered(real, ghost, revised, gone)
    last_day = plan.day_range[1] + _CLOSED_AFTER * max(plan.delay, 1.0)
    return rows.take(rows.recorded < last_day)


def _shifted(spells: Spells, days: Ints) -> Spells:
    return replace(spells, start=spells.start + days, planned_end=spells.planned_end + days)


def _first_rows(
    plan: ExamplePlan, rng: np.random.Generator, spells: Spells, client: Ints
) -> Register:
    """Usually within a month of the start, at most four months after it."""
    late = spread(rng, len(spells), (0, 0), (0.5, 8), (0.9, 30), (0.98, 65), (1, 120))
    late = late * plan.delays(month_of(spells.start))
    unknown = rng.random(len(spells)) < _OPEN_END
    return Register(
        record=np.arange(len(spells)),
        client=client,
        service=spells.service,
        group=spells.group,
        start=spells.start,
        end=np.where(unknown, NEVER, spells.planned_end),
        recorded=office_day(spells.start + late.astype(np.int32)),
        removed=np.zeros(len(spells), np.int8),
    )


def _again(row: Register, end: Ints, recorded: Ints, removed: int) -> Register:
    """The same records written once more."""
    return Register(
        record=row.record,
        client=row.client,
        service=row.service,
        group=row.group,
        start=row.start,
        end=end,
        recorded=recorded,
        removed=np.full(len(row.record), removed, np.int8),
    )


def _revisions(
    plan: ExamplePlan, rng: np.random.Generator, spells: Spells, rows: Register
) -> Register:
    """Where the first row's end was not the true one: quitting is heard of late, the rest early."""
    which = np.nonzero(rows.end != spells.end)[0]
    rows, true_end = rows.take(which), spells.end[which]
    quit_early = (rows.end != NEVER) & (rows.end > true_end)
    heard = np.where(
        quit_early,
        true_end
        + spread(rng, len(which), (0, 0), (0.7, 21), (1, 60)) * plan.delays(month_of(true_end)),
        np.where(rows.end == NEVER, true_end, rows.end) + rng.integers(-25, 16, len(which)),
    ).astype(np.int32)
    return _again(rows, true_end, office_day(np.maximum(rows.recorded + 1, heard)), removed=0)


def _numbered(real: Register, ghost: Register, revised: Register, gone: Register) -> Register:
    """All rows by recording day, records numbered from 1 in the order of their first rows."""
    first = np.concatenate([real.recorded, ghost.recorded])
    number = np.empty(len(first), np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    parts = (real, revised, ghost, gone)
    joined = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Register)}
    offset = np.repeat([0, 0, 1, 1], [len(p.record) for p in parts]) * len(real.record)
    joined["record"] = number[joined["record"] + offset]
    rows = Register(**joined)
    return rows.take(np.lexsort((rows.record, rows.recorded)))
