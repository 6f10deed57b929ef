"""Budgets and monthly advance invoices, with two deliberate mistakes for the checks to find."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from kuntakoonti.core.periods import first_day, months_between, year_of
from kuntakoonti.example.clock import day_number, office_day
from kuntakoonti.example.plan import BUDGETED, PALKKATUKI, SERVICES, STARTTIRAHA, ExamplePlan

# Expected euros of a client-month, from which the budgets are made before the year.
_EXPECTED = (960.0, 780.0, 950.0)
_FIRST_INVOICE = 4_471_102
_RAISED_BY = 1.08
_ORDINAL_OF_1970 = 719_163


@dataclass(frozen=True)
class Roles:
    """Codes of the members with a story; "" in an area of one member.

    ``doubled``: start-up grant of the first May is invoiced twice, and credited in June.
    ``transposed``: pay subsidy of the first July has two digits swapped, and is never credited.
    ``raised``: its pay-subsidy budget is raised in the first June.
    """

    doubled: str
    transposed: str
    raised: str


@dataclass(frozen=True)
class Budget:
    """One row of budgets."""

    year: str
    municipality: str
    service: str
    amount_cents: int
    recorded_on: date


@dataclass(frozen=True)
class InvoiceRow:
    """One row of advance invoices; ``batch`` tells invoices of the same day and member apart."""

    municipality: str
    service: str
    period: str
    amount_cents: int
    invoiced_on: date
    kind: str = "invoice"
    batch: str = "monthly"


def roles_of(plan: ExamplePlan) -> Roles:
    """The smallest, the fourth and the third smallest member; chosen by hand for area 17."""
    if plan.area == "17":
        return Roles("857", "402", "778")
    by_size = sorted(plan.members, key=lambda m: m.population)
    others = [m.code for m in by_size if m.code != plan.host] or [""]
    smallest, transposed, raised = (others[min(n, len(others) - 1)] for n in (0, 3, 2))
    return Roles(smallest, transposed, raised)


def plan_months(plan: ExamplePlan) -> tuple[str, ...]:
    """The months of the plan as text."""
    last = np.datetime64(plan.first_month, "M") + np.timedelta64(plan.months - 1, "M")
    return months_between(plan.first_month, str(last))


def _first(plan: ExamplePlan, month: str) -> str:
    """The first May, June … of the plan as ``2025-05``; "" if it has none."""
    return next((text for text in plan_months(plan) if text.endswith(f"-{month}")), "")


def budgets_of(plan: ExamplePlan) -> tuple[Budget, ...]:
    """One row per year, member and service, set in November; one more where it was raised."""
    rng = plan.dice("budgets")
    euros = plan.levels() * np.array(_EXPECTED) * 12
    rows = []
    for year in sorted({year_of(month) for month in plan_months(plan)}):
        set_on = date(int(year) - 1, 11, int(rng.integers(12, 28)))
        trend = plan.trend(np.array([day_number(f"{year}-01-01")]))[0]
        guess = euros * trend * rng.uniform(0.9, 1.1, euros.shape)
        step = np.where(guess < 50_000, 100, 1_000)
        cents = np.maximum(np.rint(guess / step), 1).astype(np.int64) * step * 100
        rows += [
            Budget(year, member.code, SERVICES[s], int(cents[i, s]), set_on)
            for i, member in enumerate(plan.members)
            for s in BUDGETED
        ]
    return (*rows, *_raised(plan, rows))


def _raised(plan: ExamplePlan, rows: list[Budget]) -> Iterator[Budget]:
    june, code = _first(plan, "06"), roles_of(plan).raised
    for row in rows:
        if (row.year, row.municipality, row.service) == (june[:4], code, SERVICES[PALKKATUKI]):
            cents = round(row.amount_cents * _RAISED_BY / 100_000) * 100_000
            yield replace(row, amount_cents=cents, recorded_on=date(int(row.year), 6, 18))


def share_of_month(cents: int, month: str) -> int:
    """A twelfth of the budget; odd cents go to the first months of the year."""
    whole, odd = divmod(cents, 12)
    return whole + (int(month[5:]) <= odd)


def invoices_of(plan: ExamplePlan, budgets: tuple[Budget, ...]) -> tuple[InvoiceRow, ...]:
    """An invoice per member and month from the budget then known, and the deliberate mistakes."""
    rng = plan.dice("invoices")
    rows = []
    for month in plan_months(plan):
        known = {
            (b.municipality, b.service): b.amount_cents
            for b in budgets
            if b.year == month[:4] and b.recorded_on <= first_day(month)
        }
        tenth = day_number(f"{month}-10") + rng.integers(0, 4, 1)
        sent_on = date.fromordinal(int(office_day(tenth)[0]) + _ORDINAL_OF_1970)
        for (code, service), cents in known.items():
            kind = "internal" if code == plan.host else "invoice"
            rows.append(
                InvoiceRow(code, service, month, share_of_month(cents, month), sent_on, kind)
            )
    return tuple(_mistaken(plan, rows))


def _mistaken(plan: ExamplePlan, rows: list[InvoiceRow]) -> Iterator[InvoiceRow]:
    roles, may, july = roles_of(plan), _first(plan, "05"), _first(plan, "07")
    for row in rows:
        what = (row.municipality, row.service, row.period)
        if what == (roles.transposed, SERVICES[PALKKATUKI], july):
            row = replace(row, amount_cents=transposed(row.amount_cents))
        yield row
        if what == (roles.doubled, SERVICES[STARTTIRAHA], may):
            again = date(int(may[:4]), 5, 22)
            yield replace(row, invoiced_on=again, batch="doubled")
            yield replace(
                row,
                amount_cents=-row.amount_cents,
                invoiced_on=again.replace(month=6, day=12),
                kind="credit",
                batch="credit",
            )


def transposed(cents: int) -> int:
    """The amount with its first two differing neighbours swapped, not counting the first digit."""
    text = str(cents)
    for i in range(1, len(text) - 1):
        if text[i] != text[i + 1]:
            return int(text[:i] + text[i + 1] + text[i] + text[i + 2 :])
    return int(text[::-1])


def invoice_frame(plan: ExamplePlan, invoices: tuple[InvoiceRow, ...]) -> pd.DataFrame:
    """Rows with ids that rise with time: one id per invoice, shared by its services."""
    rng = plan.dice("invoice ids")
    sent = sorted({(i.invoiced_on, i.municipality, i.period, i.batch) for i in invoices})
    steps = rng.integers(1, 9, len(sent))
    numbers = _FIRST_INVOICE + np.cumsum(steps) - steps[0]
    ids = {key[1:]: str(number) for key, number in zip(sent, numbers, strict=True)}
    rows = [
        {
            "invoice_id": ids[i.municipality, i.period, i.batch],
            "municipality": i.municipality,
            "service": i.service,
            "period": i.period,
            "amount_cents": i.amount_cents,
            "invoiced_on": i.invoiced_on,
            "kind": i.kind,
            "credits_invoice_id": ids[i.municipality, i.period, "doubled"]
            if i.kind == "credit"
            else None,
        }
        for i in invoices
    ]
    frame = pd.DataFrame(rows).astype({"credits_invoice_id": "str", "invoiced_on": "datetime64[s]"})
    return frame.sort_values(["invoice_id"], kind="stable", ignore_index=True)
