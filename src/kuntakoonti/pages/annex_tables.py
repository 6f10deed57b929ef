"""The tables of the annex: formatting last, hidden and preliminary figures marked by words."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.pages import shared
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.forecast import recorded
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.pages.invoice_table import by_period
from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.wording import count

CAPTION = {
    "month": message("Clients by month"),
    "quarter": message("Clients by quarter"),
}
CORNER = {"month": message("Month"), "quarter": message("Quarter")}


def clients(annex: Annex) -> Html:
    """Clients by month and by quarter, one column a service; nothing is summed."""
    parts = [counts_table(annex, grain) for grain in ("month", "quarter")]
    shown = joined(parts)
    title = element("h2", annex.language.text("Clients in the services"))
    return Html(title + shown + _yearly_note(annex) + _marks(annex))


def count_text(annex: Annex, cell: Cell) -> str:
    """A count as the page says it: ``521``, ``väh. 500*``, ``alle 5*``, ``alle 5`` or a point."""
    mark = "*" if cell.status is Status.PRELIMINARY else ""
    return count(cell, annex.figures.facts.threshold_of(cell), annex.language) + mark


def counts_table(annex: Annex, grain: str) -> Nodes:
    """Periods down and services across; a single service lies down, its periods across."""
    say = annex.language
    cells = {(c.service, c.period): c for c in annex.figures.cells if c.measure is Measure.CLIENTS}
    periods = sorted({p for _, p in cells if len(p) > 4 and ("Q" in p) == (grain == "quarter")})
    order = [*(s.name for s in annex.services), ANY]
    services = [s for s in order if any((s, p) in cells for p in periods)]
    if not periods:
        return ()
    lying, two_years = len(services) == 1, len({year_of(p) for p in periods}) > 1
    rows, columns = (services, periods) if lying else (periods, services)

    def name(key: str) -> str:
        return _period(annex, key, lying, two_years) if key in periods else annex.label(key)

    corner = say.text("Service") if lying else say.text(CORNER[grain])
    head = [element("th", corner, scope="col")]
    head += [element("th", name(c), scope="col", class_="n") for c in columns]
    body = [
        row([element("th", name(r), scope="row")]
             + [_count_cell(annex, cells.get((r, c) if lying else (c, r))) for c in columns])
        for r in rows
    ]  # fmt: skip
    css = "figures wide" if lying else "figures"
    return table(say.text(CAPTION[grain]), row(head), body, css=css)


def _count_cell(annex: Annex, cell: Cell | None) -> Nodes:
    if cell is None:
        return element("td", "", class_="n")
    css = {Status.FINAL: "n final", Status.PRELIMINARY: "n preliminary"}.get(cell.status, "n small")
    return element("td", count_text(annex, cell), class_=css)


def _period(annex: Annex, period: str, short: bool, two_years: bool) -> str:
    """A month alone where all are of one year; else each with its year."""
    say = annex.language
    if "Q" in period or not two_years:
        return say.period(period) if "Q" in period else say.month_name(period, short)
    return say.short(period) if short else say.period(period)


def _yearly_note(annex: Annex) -> Nodes:
    yearly = [annex.label(s).lower() for s in annex.series("year")]
    if not yearly:
        return ()
    said = annex.language.text(
        "{services}: the count is given for the whole year in the year-end adjustment, "
        "because the counts of a shorter period would mostly be under {threshold}.",
        services=annex.language.listed(yearly).capitalize(),
        threshold=annex.figures.facts.threshold,
    )
    return element("p", said)


def _marks(annex: Annex) -> Nodes:
    """The marks that stand in this page's tables, and no others."""
    shown = {c.status for c in annex.figures.cells if c.measure is Measure.CLIENTS}
    notes, say = [], annex.language
    if Status.PRELIMINARY in shown:
        notes.append(
            say.text(
                "* preliminary data: recorded so far. The exact count is given once, when the period "
                "is complete."
            )
        )
    if Status.NOT_OFFERED in shown:
        notes.append(say.text(". the service was not offered in this period."))
    if annex.figures.closed_now and not annex.figures.compared_with:
        notes.append(
            say.text("Figures that are now complete: {counts}.", counts=_closed_now(annex))
        )
    return element("p", " ".join(notes), class_="note") if notes else ()


def _closed_now(annex: Annex) -> str:
    by_service: dict[str, list[str]] = {}
    for service, period in annex.figures.closed_now:
        by_service.setdefault(service, []).append(period)
    said = [f"{annex.label(s).lower()} {_span(annex, sorted(p))}" for s, p in by_service.items()]
    return "; ".join(said)


def _span(annex: Annex, periods: list[str]) -> str:
    """``1–6/2025`` for more than two months of one year, else every period."""
    first, last = periods[0], periods[-1]
    if len(periods) > 2 and "Q" not in first and year_of(first) == year_of(last):
        return annex.language.span(first, last)
    return annex.language.listed([annex.language.short(p) for p in periods])


def advances(annex: Annex) -> Html:
    """The advances of the data year, and of a year before it that is still open, by period."""
    say = annex.language
    years = [year for year in (annex.open_before, annex.year) if year]
    shown = joined(by_period(annex, year) for year in years)
    common = joined(by_period(annex, year, shared=True) for year in years)
    said = (missing_budgets(annex), of_the_year_before(annex), _recorded(annex))
    title = element("h2", say.text("Advances"))
    paragraphs = joined(element("p", text) for text in said if text)
    return Html(shared.section(annex) + title + shown + paragraphs + common)


def this_advance(annex: Annex) -> str:
    """The advance that the annex goes with: its amount, or why there is none yet, or none at all."""
    say, period = annex.language, annex.figures.facts.invoice_period
    invoiced = any(i.period == period for i in annex.figures.invoices)
    due = annex.cents(ANY, period, Measure.ADVANCE_EXPECTED)
    known = {"period": say.period(period), "year": year_of(period)}
    if invoiced:
        paid = say.euros(annex.cents(ANY, period, Measure.ADVANCE) or 0)
        return say.text("This advance, {period}, is {amount}.", amount=paid, **known)
    longer = covering(annex)
    if longer:
        return say.text(
            "The advance of {period} is part of the invoice of {longer}.",
            longer=say.period(longer), **known,
        )  # fmt: skip
    if not annex.has_budget(year_of(period)):
        return say.text(
            "This advance, {period}, has not been invoiced yet, and the budget of {year} has not "
            "been given yet.",
            **known,
        )
    if due is None:
        return say.text("The municipality has no advance of {period}.", **known)
    return say.text(
        "This advance, {period}, has not been invoiced yet; by the budget it is {amount}.",
        amount=say.euros(due), **known,
    )  # fmt: skip


def covering(annex: Annex) -> str:
    """The longer period whose invoice has this advance in it; empty if there is none."""
    month = months_of(annex.figures.facts.invoice_period)[0]
    longer = (i.period for i in annex.figures.invoices if month in months_of(i.period))
    return next((p for p in longer if len(months_of(p)) > 1), "")


def missing_budgets(annex: Annex) -> str:
    """What is not known because no budget of the data year was given: of all services, or of some."""
    say, year = annex.language, annex.year
    if not annex.has_budget(year):
        return say.text(
            "No budget of {year} has been given, so what is still to be invoiced is not known.",
            year=year,
        )
    without = [s.name for s in annex.services if annex.cell(s.name, year, Measure.BUDGET) is None]
    if not without:
        return ""
    named = say.listed([annex.label(s).lower() for s in without])
    return say.text("No budget of {year} has been given: {services}.", year=year, services=named)


def of_the_year_before(annex: Annex) -> str:
    """The advances of a year that is still open beside the data month's."""
    year, say = annex.open_before, annex.language
    if not year:
        return ""
    paid = say.euros(annex.cents(ANY, year, Measure.ADVANCE) or 0)
    said = say.text(
        "{year} is open until {day}: advances invoiced are {paid}.",
        year=year,
        paid=paid,
        day=say.date(
            annex.figures.facts.before_closing_day or annex.figures.facts.year_closing_day
        ),
    )
    coming = annex.cents(ANY, year, Measure.ADVANCE_COMING)
    if not coming:
        return said
    more = say.text("{coming} is still to be invoiced.", coming=say.euros(coming))
    return f"{said} {more}"


def line_name(annex: Annex, service: str) -> str:
    """What a line of euros is called: the service, or the total."""
    return annex.language.text("Total") if service == ANY else annex.label(service)


def _recorded(annex: Annex) -> str:
    """R7: the cost recorded so far, where no forecast follows that says it (`outlook.forecast`)."""
    return "" if annex.figures.facts.outlook else recorded(annex)


def invoices(annex: Annex) -> Html:
    """The year's advances by period, at the year's end."""
    title = element("h2", annex.language.text("Invoices and credits {year}", year=annex.year))
    return Html(title + by_period(annex, annex.year) + by_period(annex, annex.year, shared=True))
