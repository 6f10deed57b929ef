"""Two invented common services of area 31, shared by keys: budgets, monthly costs, and the keys.

Every other area is billed by causation alone.
"""

from datetime import date

import numpy as np
import pandas as pd

from kuntakoonti.core.periods import first_day, year_of
from kuntakoonti.example.billing import Budget, plan_months
from kuntakoonti.example.plan import ExamplePlan

AREA = "31"
OFFICES, COACHING = "yhteiset_tilat", "yhteinen_valmennus"
_EUROS = {OFFICES: 6.2, COACHING: 3.4}  # a year and inhabitant
_JOBSEEKERS = 0.055  # of the inhabitants


def has_shared(plan: ExamplePlan) -> bool:
    return plan.area == AREA


def _years(plan: ExamplePlan) -> list[str]:
    return sorted({year_of(month) for month in plan_months(plan)})


def jobseekers(plan: ExamplePlan) -> pd.DataFrame:
    """The table ``keys``: jobseekers by member and year; the largest's is corrected in June."""
    rng, rows = plan.dice("keys"), []
    for year in _years(plan):
        luck = rng.uniform(0.8, 1.25, len(plan.members))
        for member, factor in zip(plan.members, luck, strict=True):
            number = round(member.population * _JOBSEEKERS * factor)
            rows.append((year, member.code, number, date(int(year) - 1, 12, 15)))
            if member.code == plan.host:
                rows.append((year, member.code, number + 60, date(int(year), 6, 16)))
    frame = pd.DataFrame(rows, columns=["year", "municipality", "value", "recorded_on"])
    frame.insert(0, "key", "jobseekers")
    frame["value"] = frame["value"].astype(str)
    return frame.astype({"recorded_on": "datetime64[s]"})


def shared_budgets(plan: ExamplePlan) -> tuple[Budget, ...]:
    """One row per year, member and service, to 100 €."""
    return tuple(
        Budget(
            year, member.code, service, round(member.population * euros / 100) * 10_000,
            date(int(year) - 1, 11, 20),
        )
        for year in _years(plan) for member in plan.members for service, euros in _EUROS.items()
    )  # fmt: skip


def shared_costs(plan: ExamplePlan) -> pd.DataFrame:
    """A cost a month and service, recorded in the next month, and a recovery in the first April."""
    rng, rows = plan.dice("shared costs"), []
    people = sum(m.population for m in plan.members)
    for service, euros in _EUROS.items():
        for month in plan_months(plan):
            cents = round(people * euros * 100 / 12 * rng.uniform(0.9, 1.12))
            late = np.timedelta64(int(rng.integers(36, 50)), "D")
            rows.append((service, month, cents, np.datetime64(first_day(month)) + late))
    april = next((m for m in plan_months(plan) if m.endswith("-04")), "")
    if april:
        day = np.datetime64(first_day(april)) + np.timedelta64(100, "D")
        rows.append((OFFICES, april, -123_457, day))
    frame = pd.DataFrame(rows, columns=["service", "service_month", "amount_cents", "recorded_on"])
    frame = frame.sort_values("recorded_on", kind="stable", ignore_index=True)
    frame.insert(0, "cost_id", [f"Y{number:05d}" for number in range(1, len(frame) + 1)])
    return frame.astype({"recorded_on": "datetime64[s]"})
