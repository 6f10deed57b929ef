"""The tables of the annex: formatting last, hidden and preliminary figures marked by words."""

from collections.abc import Iterable

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.forecast import recorded
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.public.cells import ANY, Cell, Invoice, Measure, Status
from kuntakoonti.public.wording import count, invoice_number, kind

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
    return count(cell, annex.figures.facts.threshold, annex.language) + mark


def counts_table(annex: Annex, grain: str) -> Nodes:
    """Periods down and services across; a single service lies down, its periods across."""
    say = annex.language
    cells = {(c.service, c.period): c for c in annex.figures.cells if c.measure is Measure.CLIENTS}
    periods = sorted({p for _, p in cells if len(p) > 4 and ("Q" in p) == (grain == "quarter")})
    order = [*(s.name for s in annex.services), ANY]
    services = [s for s in order if any((s, p) in cells for p in periods)]
    if not periods:
        return ()
    lying = len(services) == 1
    rows, columns = (services, periods) if lying else (periods, services)

    def name(key: str) -> str:
        return _period(annex, key, lying) if key in periods else annex.label(key)

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


def _period(annex: Annex, period: str, short: bool) -> str:
    same_year = year_of(period) == annex.year
    if "Q" in period:
        return annex.language.period(period)
    if not same_year:
        return annex.language.short(period) if short else annex.language.period(period)
    return annex.language.month_name(period, short)


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
    """The data year's budget and advances per service, this advance, and a year that is still open."""
    say = annex.language
    day = say.date(annex.figures.facts.as_of)
    caption = say.text("Advances and budget of {year}, as of {day}", year=annex.year, day=day)
    columns = _advance_columns(annex)
    head = row([element("th", say.text(message("Euros", context="unit")), scope="col")]
                + [element("th", name, scope="col", class_="n") for name in columns.values()])  # fmt: skip
    body = [_advance_row(annex, s.name, columns) for s in annex.services]
    shown = table(caption, head, body, _advance_row(annex, ANY, columns))
    title = element("h2", say.text("Advances"))
    said = (
        this_advance(annex),
        missing_budgets(annex),
        of_the_year_before(annex),
        _recorded(annex),
    )
    return Html(title + shown + joined(element("p", text) for text in said if text))


def _advance_columns(annex: Annex) -> dict[Measure, str]:
    """The measures of the data year and their headings; none of a budget that nobody knows."""
    say, year = annex.language, annex.year
    columns = {Measure.ADVANCE: say.text("Invoiced {year}", year=year)}
    if not annex.has_budget(year):
        return columns
    columns = {Measure.BUDGET: say.text("Budget {year}", year=year), **columns}
    if annex.cell(ANY, year, Measure.ADVANCE_COMING):
        columns[Measure.ADVANCE_COMING] = say.text("Still to be invoiced")
    return columns


def _advance_row(annex: Annex, service: str, measures: Iterable[Measure]) -> Nodes:
    cells = [element("th", line_name(annex, service), scope="row")]
    for measure in measures:
        cents = annex.cents(service, annex.year, measure)
        said = "" if cents is None else annex.language.euros(cents, unit=False)
        cells.append(element("td", said, class_="n"))
    return row(cells, "total" if service == ANY else "")


def this_advance(annex: Annex) -> str:
    """The advance that the annex goes with: its amount, or that it is not invoiced or not known."""
    say, period = annex.language, annex.figures.facts.invoice_period
    invoiced = any(i.period == period for i in annex.figures.invoices)
    due = annex.cents(ANY, period, Measure.ADVANCE_EXPECTED)
    known = {"period": say.period(period), "year": year_of(period)}
    if invoiced:
        paid = say.euros(annex.cents(ANY, period, Measure.ADVANCE) or 0)
        return say.text("This advance, {period}, is {amount}.", amount=paid, **known)
    if not annex.has_budget(year_of(period)):
        return say.text(
            "This advance, {period}, has not been invoiced yet, and the budget of {year} has not "
            "been given yet.",
            **known,
        )
    return say.text(
        "This advance, {period}, has not been invoiced yet; by the budget it is {amount}.",
        amount=say.euros(due or 0), **known,
    )  # fmt: skip


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
    """Every invoice and credit of the data year and of this advance, a row each, services summed."""
    say, now = annex.language, annex.figures.facts.invoice_period
    listed = [i for i in annex.figures.invoices if year_of(i.period) in (annex.year, year_of(now))]
    by_id: dict[tuple[str, str], list[Invoice]] = {}
    for line in sorted(listed, key=lambda i: (i.period, i.invoice_id)):
        by_id.setdefault((line.period, line.invoice_id), []).append(line)
    years = " – ".join(sorted({annex.year, year_of(now)}))
    title = element("h2", say.text("Invoices and credits {year}", year=years))
    if not by_id:
        return Html(
            title + element("p", say.text("No invoices have been recorded for the year yet."))
        )
    heads = (say.text("Invoice"), say.text("Period"), say.text("Type"), say.text("Services"))
    head = row([element("th", h, scope="col") for h in heads]
                + [element("th", say.text(message("Euros", context="unit")), scope="col", class_="n")])  # fmt: skip
    as_of = say.date(annex.figures.facts.as_of)
    caption = say.text("Advance invoices of {year}, as at {day}", year=years, day=as_of)
    return Html(title + table(caption, head, [_invoice_row(annex, r) for r in by_id.values()]))


def _invoice_row(annex: Annex, rows: list[Invoice]) -> Nodes:
    first, say = rows[0], annex.language
    services = say.listed([annex.label(r.service).lower() for r in rows])
    if len(rows) == len(annex.services) and len(rows) > 1:
        services = say.text("all")
    what, credited = kind(first.kind, say), first.credits_invoice_id
    if credited:
        what = say.text(
            "{kind}, credits invoice {invoice}", kind=what, invoice=invoice_number(credited, say)
        )
    euros = say.euros(sum(r.cents for r in rows), unit=False)
    cells = [element("th", invoice_number(first.invoice_id, say), scope="row")]
    cells += [element("td", t) for t in (say.short(first.period), what, services)]
    return row([*cells, element("td", euros, class_="n")])
