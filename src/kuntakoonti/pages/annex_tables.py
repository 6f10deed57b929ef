"""The tables of the annex: formatting last, hidden and preliminary figures marked by words."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.forecast import recorded
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.public.cells import ANY, Cell, Invoice, Measure, Status
from kuntakoonti.public.wording import count, kind

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
        "{services}: the count is given for the whole year in the year-end adjustment, because "
        "the counts of a shorter period would mostly be under {threshold}.",
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
                "* preliminary data: recorded so far. The exact count is given once, when the "
                "period is complete."
            )
        )
    if Status.NOT_OFFERED in shown:
        notes.append(say.text(". the service was not offered in this period."))
    if annex.figures.closed_now:
        notes.append(say.text("Now exact: {counts}.", counts=_closed_now(annex)))
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
    """Budget, this advance and the year's advances per service, and their share of the budget."""
    facts, say = annex.figures.facts, annex.language
    period, year = facts.invoice_period, year_of(facts.invoice_period)
    columns = (
        say.text("Budget {year}", year=year),
        say.text("This advance, {period}", period=say.short(period)),
        say.text("Advances in {year}, total", year=year),
        say.text("Share of the budget"),
    )
    head = row([element("th", say.text(message("Euros", context="unit")), scope="col")]
                + [element("th", c, scope="col", class_="n") for c in columns])  # fmt: skip
    body = [_advance_row(annex, s.name, period) for s in annex.services]
    caption = say.text("Advances and budget, as at {day}", day=say.date(facts.as_of))
    shown = table(caption, head, body, _advance_row(annex, ANY, period))
    title = element("h2", say.text("Advances"))
    return Html(title + shown + _last_year(annex) + _recorded(annex))


def _advance_row(annex: Annex, service: str, period: str) -> Nodes:
    year = year_of(period)
    budget = annex.cents(service, year, Measure.BUDGET) or 0
    paid = annex.cents(service, year, Measure.ADVANCE) or 0
    now = annex.cents(service, period, Measure.ADVANCE) or 0
    share = annex.language.percent(paid, budget) if budget else "."
    amounts = [annex.language.euros(c, unit=False) for c in (budget, now, paid)] + [share]
    cells = [element("th", line_name(annex, service), scope="row")]
    cells += [element("td", a, class_="n") for a in amounts]
    return row(cells, "total" if service == ANY else "")


def line_name(annex: Annex, service: str) -> str:
    """What a line of euros is called: the service, or the total."""
    return annex.language.text("Total") if service == ANY else annex.label(service)


def _last_year(annex: Annex) -> Nodes:
    """Where the advance is of another year than the data, the data year's advances in a sentence."""
    year, say = annex.year, annex.language
    if year == year_of(annex.figures.facts.invoice_period):
        return ()
    budget = annex.cents(ANY, year, Measure.BUDGET) or 0
    paid = annex.cents(ANY, year, Measure.ADVANCE) or 0
    known = {"year": year, "paid": say.euros(paid)}
    if not budget:
        return element("p", say.text("Advances in {year}, total {paid}.", **known))
    said = say.text(
        "Advances in {year}, total {paid}, {share} of the budget.",
        share=say.percent(paid, budget),
        **known,
    )
    return element("p", said)


def _recorded(annex: Annex) -> Nodes:
    """R7: the cost recorded so far, where no forecast follows that says it (`outlook.forecast`)."""
    said = "" if annex.figures.facts.outlook else recorded(annex)
    return element("p", said) if said else ()


def invoices(annex: Annex) -> Html:
    """Every invoice and credit of the advance's year, one row each, services summed."""
    year, say = year_of(annex.figures.facts.invoice_period), annex.language
    of_year = [i for i in annex.figures.invoices if year_of(i.period) == year]
    by_id: dict[str, list[Invoice]] = {}
    for line in sorted(of_year, key=lambda i: (i.period, i.invoice_id)):
        by_id.setdefault(line.invoice_id, []).append(line)
    title = element("h2", say.text("Invoices and credits {year}", year=year))
    if not by_id:
        return Html(
            title + element("p", say.text("No invoices have been recorded for the year yet."))
        )
    heads = (say.text("Invoice"), say.text("Period"), say.text("Type"), say.text("Services"))
    head = row([element("th", h, scope="col") for h in heads]
                + [element("th", say.text(message("Euros", context="unit")), scope="col", class_="n")])  # fmt: skip
    as_of = say.date(annex.figures.facts.as_of)
    caption = say.text("Advance invoices of {year}, as at {day}", year=year, day=as_of)
    return Html(title + table(caption, head, [_invoice_row(annex, r) for r in by_id.values()]))


def _invoice_row(annex: Annex, rows: list[Invoice]) -> Nodes:
    first, say = rows[0], annex.language
    services = say.listed([annex.label(r.service).lower() for r in rows])
    if len(rows) == len(annex.services) and len(rows) > 1:
        services = say.text("all")
    what, credited = kind(first.kind, say), first.credits_invoice_id
    if credited:
        what = say.text("{kind}, credits invoice {invoice}", kind=what, invoice=credited)
    euros = say.euros(sum(r.cents for r in rows), unit=False)
    cells = [element("th", first.invoice_id, scope="row")]
    cells += [element("td", t) for t in (say.short(first.period), what, services)]
    return row([*cells, element("td", euros, class_="n")])
