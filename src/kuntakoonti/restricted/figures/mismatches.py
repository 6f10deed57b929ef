"""Where the invoiced advances differ from the expected ones: missing, doubled, differing, misdirected."""

from collections import Counter
from dataclasses import replace
from datetime import date

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.core.periods import first_day, month_of, months_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import Invoice, Mismatch, MismatchKind
from kuntakoonti.restricted.figures.advances import Advances


def mismatches(advances: Advances, parameters: Parameters, as_of: date) -> list[Mismatch]:
    """Missing, doubled, differing and misdirected advances of periods begun by the extraction date.

    An advance of a period that begins in the month of that date is not missing yet. A member's
    invoice for which nothing is expected differs from zero.
    """
    theirs, others = _by_member(advances.invoices, parameters)
    now = month_of(as_of)
    found = []
    for place in sorted(advances.expected.keys() | {_place(i) for i in theirs}):
        begins, rows = months_of(place[2])[0], advances.of(*place)
        if begins < now or (begins == now and rows):
            found.append(_compared(place, rows, advances.expected.get(place, 0)))
    sent_elsewhere = [
        Mismatch(*_place(i), "misdirected", 0, i.cents, (i.invoice_id,)) for i in others
    ]
    return [m for m in _misdirected(found) if m.finding] + sent_elsewhere


def problem_of(mismatch: Mismatch) -> Problem:
    """A mismatch as a noted problem; municipality, invoice and budget are not personal data."""
    values = (
        ("place", f"{mismatch.municipality} {mismatch.service} {mismatch.period}"),
        ("expected", str(mismatch.expected_cents)),
        ("invoiced", str(mismatch.invoiced_cents)),
        ("invoices", ", ".join(mismatch.invoice_ids)),
    )
    kind = f"advance_{mismatch.finding}"
    return Problem("advance_invoices", 0, "amount", kind, Severity.NOTE, values)


def _place(invoice: Invoice) -> tuple[str, str, str]:
    return invoice.municipality, invoice.service, invoice.period


def _by_member(
    invoices: tuple[Invoice, ...], parameters: Parameters
) -> tuple[list[Invoice], list[Invoice]]:
    """The invoices to members on the first day of their period, and those to others."""
    theirs, others = list[Invoice](), list[Invoice]()
    for i in invoices:
        members = {m.code for m in parameters.area.members_on(first_day(i.period))}
        (theirs if i.municipality in members else others).append(i)
    return theirs, others


def _compared(place: tuple[str, str, str], rows: tuple[Invoice, ...], expected: int) -> Mismatch:
    ids = tuple(dict.fromkeys(i.invoice_id for i in rows))
    return Mismatch(*place, _finding(rows, expected), expected, sum(i.cents for i in rows), ids)


def _finding(rows: tuple[Invoice, ...], expected: int) -> MismatchKind:
    charges = Counter[str]()  # an invoice has a row for each service that is counted in this one
    for i in rows:
        if i.kind != "credit":
            charges[i.invoice_id] += i.cents
    net = sum(i.cents for i in rows)
    if expected and not charges:
        return "missing"
    if expected and len(charges) > 1 and set(charges.values()) == {expected}:
        return "doubled_credited" if net == expected else "doubled"
    return "" if net == expected else "differing"


def _misdirected(found: list[Mismatch]) -> list[Mismatch]:
    """What is too much, or differs, and is another's missing advance went to the wrong place."""
    missing = {(m.service, m.period, m.expected_cents) for m in found if m.finding == "missing"}

    def is_anothers(m: Mismatch) -> bool:
        amounts = [m.invoiced_cents - m.expected_cents]
        amounts += [m.invoiced_cents] if m.finding == "differing" else []
        return any((m.service, m.period, cents) in missing for cents in amounts)

    return [
        replace(m, finding="misdirected")
        if m.finding in ("differing", "doubled") and is_anothers(m)
        else m
        for m in found
    ]
