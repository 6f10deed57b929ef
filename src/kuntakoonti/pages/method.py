"""How the figures of a page are made: what a month, a client and a municipality are, when a figure
is complete, and how costs were allocated."""

from datetime import date

from kuntakoonti.core.errors import message
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import Html, listing
from kuntakoonti.public.cells import ANY, Measure, Plan

POPULATION_DAY = date(2022, 12, 31)

RESIDENCE = {
    "last_service_day": message(
        "The municipality is the client's municipality of residence on the last service day "
        "of the month."
    ),
    "month_first_day": message(
        "The municipality is the client's municipality of residence on the first day of the month."
    ),
    "month_last_day": message(
        "The municipality is the client's municipality of residence on the last day of the month."
    ),
}
SCHEDULE = {
    "monthly": message("in equal monthly instalments"),
    "quarterly": message("in equal quarterly instalments"),
}
AGREED_SHARES = message("in agreed shares")
GRAIN = {
    "month": message("{services} monthly"),
    "quarter": message("{services} quarterly"),
    "year": message("{services} for the whole year"),
}
BASIS = {
    "last_year": message(
        "The period was chosen from last year's counts: the shortest for which at least "
        "{share} of the counts are {threshold} or more, else the longest. The period stays "
        "the same all year."
    ),
    "budget": message(
        "The period was chosen from the budget, because there are no counts for last year: "
        "the shortest for which at least {share} of the counts are {threshold} or more, else "
        "the longest. The period stays the same all year."
    ),
    "decision": message("The period was set by decision: {reference}."),
}
WITHOUT_BUDGET = message(
    "The period was set without counts for last year and without a budget. The period stays the same "
    "all year."
)


def counts(annex: Annex) -> Html:
    """How the figures are made: month of data and of invoice, grain, closing, residence, 55+."""
    items = [
        _two_months(annex),
        _who_counts(annex),
        *_grains(annex),
        _closing(annex),
        _late(annex),
        *_counted_in(annex),
        *_per_inhabitant(annex),
    ]
    return listing(annex.language.text("How the figures were calculated"), items, css="note")


def _two_months(annex: Annex) -> str:
    facts, say = annex.figures.facts, annex.language
    return say.text(
        "The month of the data and the month of the invoice are different things: the latest "
        "month of the client counts is {month}, whereas the invoice is an advance for "
        "{period}. The advance is based on the budget ({schedule}), not on these clients; at "
        "the end of the year the adjustment settles the difference from the actual cost.",
        month=say.period(facts.month),
        period=say.period(facts.invoice_period),
        schedule=say.text(SCHEDULE.get(facts.advance_schedule, AGREED_SHARES)),
    )


def _who_counts(annex: Annex) -> str:
    counted = annex.language.text(
        "A client is in a service in a month if at least one service day falls in it; each "
        "client is counted once in a period, so months cannot be added up to a quarter or a "
        "year."
    )
    return f"{counted} {annex.language.text(RESIDENCE[annex.figures.facts.residence_day])}"


def _grains(annex: Annex) -> list[str]:
    said, say = [], annex.language
    for year, plan in sorted(annex.figures.plans.items()):
        by_grain: dict[str, list[str]] = {}
        for service, grain in plan.grains.items():
            by_grain.setdefault(grain, []).append(annex.label(service).lower())
        grains = [say.text(GRAIN[g], services=say.listed(s)) for g, s in by_grain.items()]
        made = say.text("Counts of {year}: {grains}.", year=year, grains="; ".join(grains))
        said.append(f"{made} {_why(annex, plan, year)}")
    return said


def _why(annex: Annex, plan: Plan, year: str) -> str:
    if plan.basis == "budget" and not annex.has_budget(year):
        return annex.language.text(WITHOUT_BUDGET)
    return annex.language.text(
        BASIS[plan.basis],
        reference=plan.reference,
        share=annex.language.percent(annex.figures.facts.grain_percent, 100, decimals=0),
        threshold=annex.figures.facts.threshold,
    )


def _closing(annex: Annex) -> str:
    say = annex.language
    lags = [
        say.plural(
            "{service} {count} month after the end of the period",
            "{service} {count} months after the end of the period",
            s.closing_lag,
            service=annex.label(s.name).lower(),
        )
        for s in annex.services
    ]
    return say.text(
        "A figure of {year} is complete: {lags}. After that it is not changed.",
        year=annex.year,
        lags="; ".join(lags),
    )


def _late(annex: Annex) -> str:
    return annex.language.text(
        "Clients recorded later are included in the count for the whole year and in the "
        "costs. The figures for {year} close on {day} at the latest.",
        year=annex.year,
        day=annex.language.date(annex.figures.facts.year_closing_day),
    )


def _per_inhabitant(annex: Annex) -> list[str]:
    year, say = annex.year, annex.language
    budget, people = annex.cents(ANY, year, Measure.BUDGET), annex.figures.population
    if not budget or not people:
        return []
    said = say.text(
        "The budget {year} is {each} per inhabitant ({people} inhabitants on {day}).",
        year=year,
        each=say.euros((2 * budget + people) // (2 * people)),
        people=say.number(people),
        day=say.date(POPULATION_DAY),
    )
    return [said]


def _counted_in(annex: Annex) -> list[str]:
    say = annex.language
    said = [
        say.text(
            "{service}: also includes {also}.",
            service=annex.label(s.name),
            also=also.in_language(say.code).lower(),
        )
        for s in annex.services
        for also in s.also
    ]
    left_out = [t.in_language(say.code).lower() for t in annex.figures.facts.excluded]
    absent = (
        say.text("Not included: {services}.", services=say.listed(left_out)) if left_out else ""
    )
    return [*said, absent] if absent else said


def adjustment(annex: Annex) -> Html:
    """How costs were allocated and what the figures mean."""
    say = annex.language
    actual = say.text(
        "The actual cost is the sum of the costs whose service month is in {year}, as they "
        "stood on the date above; corrections and recoveries are included.",
        year=annex.year,
    )
    prior_years = say.text(
        "Changes to the costs of earlier years that were recorded after the final adjustment "
        "of the year concerned are on a line of their own or, where they have none, included "
        "in the actual cost."
    )
    items = [
        actual,
        *([prior_years] if annex.figures.facts.kind == "final" else []),
        say.text(
            "A client's cost follows the municipality of the client-month. A group's cost is "
            "shared by participant-days among all municipalities at once, the cents by largest "
            "remainder."
        ),
        say.text(
            "Adjustment = actual cost − advances. A negative amount is a credit, a positive one "
            "an additional charge."
        ),
        say.text(
            "The advances include all invoices and credits of the year, also those invoiced "
            "twice or wrongly."
        ),
        say.text(
            "The counts of the periods are as they were when complete; the count of the year "
            "also includes clients recorded later."
        ),
    ]
    return listing(say.text("How the adjustment was calculated"), items, css="note")
