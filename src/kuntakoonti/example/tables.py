"""The tables of the contract, in typed form."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from kuntakoonti.example.billing import Budget, budgets_of, invoice_frame, invoices_of
from kuntakoonti.example.clock import NEVER, Ints
from kuntakoonti.example.courses import Courses
from kuntakoonti.example.labels import Text, client_ids, numbered_ids
from kuntakoonti.example.people import people_of
from kuntakoonti.example.plan import SERVICES, ExamplePlan
from kuntakoonti.example.postings import Postings, postings_of
from kuntakoonti.example.register import Register, register_of
from kuntakoonti.example.residences import Homes, homes_of, places
from kuntakoonti.example.shared import (
    has_shared,
    jobseekers,
    shared_budgets,
    shared_costs,
)
from kuntakoonti.example.spells import true_spells


@dataclass(frozen=True)
class Tables:
    """The contract's tables and columns, rows by the day they were recorded.

    Dates are ``datetime64[s]`` (end dates inclusive, NaT = open), money is whole cents in
    ``amount_cents``, ids are text, and words that repeat are categories.
    """

    plan: ExamplePlan
    service_periods: pd.DataFrame
    residences: pd.DataFrame
    costs: pd.DataFrame
    advance_invoices: pd.DataFrame
    budgets: pd.DataFrame
    keys: pd.DataFrame | None = None


def make(plan: ExamplePlan, shared: bool = True) -> Tables:
    """A fictional area: what happened, what was written down of it, what was invoiced for it.

    ``shared``: with the common services of an area that has some.
    """
    spells, courses = true_spells(plan)
    people = people_of(plan, spells)
    homes = homes_of(plan, spells, people)
    register = register_of(plan, spells, people)
    postings = postings_of(plan, spells, courses, people)
    del spells
    clients = client_ids(len(people.home))
    del people
    common = shared and has_shared(plan)
    budgets = (*budgets_of(plan), *(shared_budgets(plan) if common else ()))
    costs = _costs(postings, clients, courses, plan)
    return Tables(
        plan=plan,
        service_periods=_service_periods(register, clients, courses),
        residences=_residences(homes, clients, places(plan)),
        costs=_with_shared(costs, plan) if common else costs,
        advance_invoices=invoice_frame(plan, invoices_of(plan, budgets)),
        budgets=_budgets(budgets),
        keys=jobseekers(plan) if common else None,
    )


def _with_shared(costs: pd.DataFrame, plan: ExamplePlan) -> pd.DataFrame:
    """The costs of persons and groups, and those of nobody, by the day they were recorded."""
    words = ("service", "group_id", "service_month")
    plain = costs.astype(dict.fromkeys(words, "str"))
    both = pd.concat([plain, shared_costs(plan)], ignore_index=True)
    return both.sort_values("recorded_on", kind="stable", ignore_index=True)


def _service_periods(rows: Register, clients: Text, courses: Courses) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": numbered_ids("P", rows.record),
            "client_id": clients.take(rows.client),
            "service": _words(rows.service, SERVICES),
            "start_date": _dates(rows.start),
            "end_date": _dates(np.where(rows.end == NEVER, NEVER, rows.end - 1)),
            "recorded_on": _dates(rows.recorded),
            "removed": rows.removed,
            "group_id": _words(rows.group, courses.names),
        }
    )


def _residences(rows: Homes, clients: Text, codes: Sequence[str]) -> pd.DataFrame:
    order = np.lexsort((rows.client, rows.recorded))
    frame = pd.DataFrame(
        {
            "client_id": clients.take(rows.client[order]),
            "municipality": _words(rows.place[order], codes),
            "valid_from": _dates(rows.since[order]),
            "valid_to": _dates(np.where(rows.until == NEVER, NEVER, rows.until - 1)[order]),
            "recorded_on": _dates(rows.recorded[order]),
        }
    )
    return frame


def _costs(rows: Postings, clients: Text, courses: Courses, plan: ExamplePlan) -> pd.DataFrame:
    first, after = plan.month_range
    months = [str(month) for month in np.arange(first, after).astype("M8[M]")]
    return pd.DataFrame(
        {
            "cost_id": numbered_ids("K", rows.cost),
            "service": _words(rows.service, SERVICES),
            "client_id": clients.take(rows.client, allow_fill=True),
            "group_id": _words(rows.group, courses.names),
            "service_month": _words(rows.month - first, months),
            "amount_cents": rows.cents,
            "recorded_on": _dates(rows.recorded),
        }
    )


def _budgets(budgets: Sequence[Budget]) -> pd.DataFrame:
    frame = pd.DataFrame([asdict(budget) for budget in budgets])
    frame = frame.astype({"recorded_on": "datetime64[s]"})
    return frame.sort_values("recorded_on", kind="stable", ignore_index=True)


def _words(codes: Ints, words: Sequence[str]) -> pd.Categorical:
    """Codes as categories; -1 is missing."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(words), dtype="str"))


def _dates(days: Ints) -> pd.Series:
    """Days since 1970 as dates; NEVER is NaT."""
    seconds = np.where(days == NEVER, np.iinfo(np.int64).min, days * np.int64(86_400))
    return pd.Series(seconds.view("M8[s]"))
