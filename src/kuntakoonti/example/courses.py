"""Course groups of integration training: rounds about every second month, a pause in summer."""

from dataclasses import dataclass

import numpy as np

from kuntakoonti.example.clock import Ints, day_number, one_of
from kuntakoonti.example.plan import KOTOUTUMISKOULUTUS, ExamplePlan

# Month and day of the start, size of the round (1 = ordinary), length in weeks. Invented.
_ROUNDS = ((1, 7, 0.95, 23), (3, 4, 0.7, 24), (5, 5, 0.75, 25), (8, 6, 1.05, 19), (10, 1, 0.7, 23))
_ROUNDS_AT_ONCE = 1.78  # sizes of the rounds that go on in an average month, after drop-outs
_GROUP_SIZE = 15


@dataclass(frozen=True)
class Courses:
    """One element per group: days since 1970, half-open; ``names`` are fictional ids."""

    names: tuple[str, ...]
    start: Ints
    end: Ints
    size: Ints


def make_courses(plan: ExamplePlan) -> Courses:
    """The groups of all rounds that may touch the plan's months."""
    rng = plan.dice("courses")
    ordinary = float(plan.levels()[:, KOTOUTUMISKOULUTUS].sum()) / _ROUNDS_AT_ONCE
    mean = float(np.mean([size for *_, size, _ in _ROUNDS]))
    names: list[str] = []
    start, end, size = [], [], []
    for year in range(int(plan.first_month[:4]) - 1, int(plan.first_month[:4]) + _years(plan)):
        for month, day, share, weeks in _ROUNDS:
            begins = np.array([day_number(f"{year}-{month:02d}-{day:02d}")])
            wanted = ordinary * (mean + plan.season * (share - mean)) * plan.trend(begins)[0]
            groups = max(1, round(wanted / _GROUP_SIZE))
            names += [f"KOTO-{year}-{month:02d}-{_letter(g)}" for g in range(groups)]
            start.append(np.repeat(begins, groups) + rng.integers(0, 10, groups))
            end.append(start[-1] + weeks * 7 + rng.integers(-10, 11, groups))
            size.append(np.maximum(rng.integers(-2, 3, groups) + round(wanted / groups), 1))
    return Courses(tuple(names), *(np.concatenate(part) for part in (start, end, size)))


def _years(plan: ExamplePlan) -> int:
    return 1 + (int(plan.first_month[5:]) - 2 + plan.months) // 12


def _letter(group: int) -> str:
    """A … Z, then A1 … Z1, A2 …"""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[group % 26] + (str(group // 26) if group > 25 else "")


def participants_of(plan: ExamplePlan, courses: Courses) -> tuple[Ints, Ints, Ints, Ints]:
    """Group, home (index of a member), first day and day after the last of every participant."""
    rng = plan.dice("participants")
    group = np.repeat(np.arange(len(courses.size), dtype=np.int32), courses.size)
    count = len(group)
    level = plan.levels()[:, KOTOUTUMISKOULUTUS]
    home = one_of(rng, np.arange(len(level), dtype=np.int16), level, count)
    length = (courses.end - courses.start)[group]
    late = np.where(rng.random(count) < 0.2, rng.uniform(0.02, 0.4, count), 0.0)
    stays = np.where(rng.random(count) < 0.2, rng.uniform(0.3, 0.95, count), 1.0)
    start = courses.start[group] + (length * late).astype(np.int32)
    end = start + ((courses.end[group] - start) * stays).astype(np.int32)
    return group, home, start.astype(np.int32), end.astype(np.int32)
