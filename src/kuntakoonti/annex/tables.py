"""The tables of the annex: formatting last, hidden and preliminary figures marked by words."""

from html import escape

from kuntakoonti.annex.frames import Annex
from kuntakoonti.annex.html import Html, element
from kuntakoonti.calendar import year_of
from kuntakoonti.handover import ANY, Cell, Invoice, Measure, Status

GRAIN_CAPTION = {
    "month": "Asiakkaita kuukausittain",
    "quarter": "Asiakkaita neljännesvuosittain",
}
KIND = {"invoice": "ennakkolasku", "credit": "hyvityslasku", "internal": "sisäinen veloitus"}


def clients(annex: Annex) -> Html:
    """Clients by month and by quarter, one column a service; nothing is summed."""
    parts = [counts_table(annex, grain) for grain in ("month", "quarter")]
    shown = "".join(part for part in parts if part)
    return Html(
        element("h2", "Asiakkaita palveluissa") + shown + _yearly_note(annex) + _marks(annex)
    )


def count_text(annex: Annex, cell: Cell) -> str:
    """A count as the page says it: ``521``, ``väh. 500*``, ``alle 5*``, ``alle 5`` or a point."""
    threshold = annex.figures.facts.threshold
    if cell.status is Status.FINAL and cell.value is not None:
        return annex.language.number(cell.value)
    if cell.status is Status.PRELIMINARY and cell.class_low:
        return f"väh. {annex.language.number(cell.class_low)}*"
    if cell.status is Status.PRELIMINARY:
        return f"alle {threshold}*"
    if cell.status is Status.UNDER_THRESHOLD:
        return f"alle {threshold}"
    return "ei esitetä" if cell.status is Status.NOT_SHOWN else "."


def counts_table(annex: Annex, grain: str) -> str:
    """Periods down and services across; a single service lies down, its periods across."""
    cells = {(c.service, c.period): c for c in annex.figures.cells if c.measure is Measure.CLIENTS}
    periods = sorted({p for _, p in cells if len(p) > 4 and ("Q" in p) == (grain == "quarter")})
    order = [*(s.name for s in annex.services), ANY]
    services = [s for s in order if any((s, p) in cells for p in periods)]
    if not periods:
        return ""
    lying = len(services) == 1
    rows, columns = (services, periods) if lying else (periods, services)

    def name(key: str) -> str:
        return escape(_period(annex, key, lying) if key in periods else annex.label(key))

    corner = "Palvelu" if lying else "Kuukausi" if grain == "month" else "Neljännes"
    head = [element("th", corner, scope="col")]
    head += [element("th", name(c), scope="col", class_="n") for c in columns]
    body = [
        row([element("th", name(r), scope="row")]
             + [_count_cell(annex, cells.get((r, c) if lying else (c, r))) for c in columns])
        for r in rows
    ]  # fmt: skip
    return table(GRAIN_CAPTION[grain], row(head), body, css="figures wide" if lying else "figures")


def _count_cell(annex: Annex, cell: Cell | None) -> str:
    if cell is None:
        return element("td", "", class_="n")
    css = {Status.FINAL: "n final", Status.PRELIMINARY: "n preliminary"}.get(cell.status, "n small")
    return element("td", escape(count_text(annex, cell)), class_=css)


def _period(annex: Annex, period: str, short: bool) -> str:
    same_year = year_of(period) == annex.year
    if "Q" in period:
        return annex.language.period(period)
    if not same_year:
        return annex.language.short(period) if short else annex.language.period(period)
    return annex.language.month_name(period, short)


def _yearly_note(annex: Annex) -> str:
    yearly = [annex.label(s).lower() for s in annex.series("year")]
    if not yearly:
        return ""
    return element(
        "p",
        f"{escape(annex.language.listed(yearly).capitalize())}: luku annetaan koko vuodelta vuoden tasauksessa, koska "
        f"lyhyemmän jakson luvut olisivat enimmäkseen alle {annex.figures.facts.threshold}.",
    )


def _marks(annex: Annex) -> str:
    """The marks that stand in this page's tables, and no others."""
    shown = [c for c in annex.figures.cells if c.measure is Measure.CLIENTS]
    notes = []
    if any(c.status is Status.PRELIMINARY for c in shown):
        notes.append(
            "* ennakkotieto: kirjattu tähän mennessä. Tarkka luku annetaan kerran, kun jakso on valmis."
        )
    if any(c.status is Status.NOT_OFFERED for c in shown):
        notes.append(". palvelua ei tarjottu tällä jaksolla.")
    if annex.figures.closed_now:
        notes.append(f"Uutta tarkkana: {escape(_closed_now(annex))}.")
    return element("p", " ".join(notes), class_="note") if notes else ""


def _closed_now(annex: Annex) -> str:
    by_service: dict[str, list[str]] = {}
    for service, period in annex.figures.closed_now:
        by_service.setdefault(service, []).append(period)
    said = [f"{annex.label(s).lower()} {_span(annex, sorted(p))}" for s, p in by_service.items()]
    return "; ".join(said)


def _span(annex: Annex, periods: list[str]) -> str:
    """``1–6/2025`` for months of one year, else every period."""
    first, last = periods[0], periods[-1]
    if len(periods) > 2 and "Q" not in first and year_of(first) == year_of(last):
        return f"{int(first[5:])}–{annex.language.short(last)}"
    return annex.language.listed([annex.language.short(p) for p in periods])


def advances(annex: Annex) -> Html:
    """Budget, this advance and the year's advances per service, and their share of the budget."""
    facts = annex.figures.facts
    period, year = facts.invoice_period, year_of(facts.invoice_period)
    columns = (
        f"Talousarvio {year}",
        f"Tämä ennakko, {annex.language.short(period)}",
        f"Ennakot vuonna {year} yhteensä",
        "Osuus talous\u00adarviosta",
    )
    head = row([element("th", "Euroa", scope="col")]
                + [element("th", c, scope="col", class_="n") for c in columns])  # fmt: skip
    services = [s.name for s in annex.services]
    body = [_advance_row(annex, service, period) for service in services]
    total = _advance_row(annex, ANY, period)
    shown = table(
        f"Ennakot ja talousarvio, tilanne {annex.language.date(facts.as_of)}", head, body, total
    )
    return Html(element("h2", "Ennakot") + shown + _last_year(annex) + _recorded(annex))


def _advance_row(annex: Annex, service: str, period: str) -> str:
    year = year_of(period)
    budget = annex.cents(service, year, Measure.BUDGET) or 0
    paid = annex.cents(service, year, Measure.ADVANCE) or 0
    now = annex.cents(service, period, Measure.ADVANCE) or 0
    share = annex.language.percent(paid, budget) if budget else "."
    amounts = [annex.language.euros(c, unit=False) for c in (budget, now, paid)] + [share]
    name = "Yhteensä" if service == ANY else annex.label(service)
    cells = [element("th", escape(name), scope="row")]
    return row(
        cells + [element("td", a, class_="n") for a in amounts], "total" if service == ANY else ""
    )


def _last_year(annex: Annex) -> str:
    """Where the advance is of another year than the data, the data year's advances in a sentence."""
    year = annex.year
    if year == year_of(annex.figures.facts.invoice_period):
        return ""
    budget = annex.cents(ANY, year, Measure.BUDGET) or 0
    paid = annex.cents(ANY, year, Measure.ADVANCE) or 0
    share = f", {annex.language.percent(paid, budget)} talousarviosta" if budget else ""
    return element("p", f"Ennakot vuonna {year} yhteensä {annex.language.euros(paid)}{share}.")


def _recorded(annex: Annex) -> str:
    """R7: the data year's cost recorded so far, rounded, or that it is not shown."""
    cell = annex.cell(ANY, annex.year, Measure.ACTUAL_ROUNDED)
    if cell is None:
        return ""
    if cell.value is None:
        return element("p", f"Vuoden {annex.year} kirjattua kustannusta ei esitetä tässä jaksossa.")
    return element(
        "p",
        f"Vuoden {annex.year} kustannuksia on kirjattu tähän mennessä noin "
        f"{annex.language.rounded_euros(cell.value)}; kirjaukset tulevat viiveellä.",
    )


def invoices(annex: Annex) -> Html:
    """Every invoice and credit of the advance's year, one row each, services summed."""
    year = year_of(annex.figures.facts.invoice_period)
    of_year = [i for i in annex.figures.invoices if year_of(i.period) == year]
    by_id: dict[str, list[Invoice]] = {}
    for line in sorted(of_year, key=lambda i: (i.period, i.invoice_id)):
        by_id.setdefault(line.invoice_id, []).append(line)
    heads = ("Lasku", "Jakso", "Laji", "Palvelut")
    head = row([element("th", h, scope="col") for h in heads]
                + [element("th", "Euroa", scope="col", class_="n")])  # fmt: skip
    body = [_invoice_row(annex, rows) for rows in by_id.values()]
    title = element("h2", f"Laskut ja hyvitykset {year}")
    if not body:
        return Html(title + element("p", "Vuodelle ei ole vielä kirjattu laskuja."))
    caption = (
        f"Vuoden {year} ennakkolaskut, tilanne {annex.language.date(annex.figures.facts.as_of)}"
    )
    return Html(title + table(caption, head, body))


def _invoice_row(annex: Annex, rows: list[Invoice]) -> str:
    first = rows[0]
    services = [annex.label(r.service).lower() for r in rows]
    all_services = len(rows) == len(annex.services) and len(rows) > 1
    cells = [element("th", escape(first.invoice_id), scope="row")]
    kind = KIND[first.kind]
    if first.credits_invoice_id:
        kind += f", hyvittää laskun {first.credits_invoice_id}"
    texts = (
        annex.language.short(first.period),
        kind,
        "kaikki" if all_services else annex.language.listed(services),
    )
    cells += [element("td", escape(t)) for t in texts]
    cells.append(
        element("td", annex.language.euros(sum(r.cents for r in rows), unit=False), class_="n")
    )
    return row(cells)


def table(caption: str, head: str, body: list[str], total: str = "", css: str = "figures") -> str:
    foot = element("tfoot", total) if total else ""
    inner = (
        element("caption", escape(caption))
        + element("thead", head)
        + element("tbody", "".join(body))
    )
    return element("table", inner + foot, class_=css)


def row(cells: list[str], css: str = "") -> str:
    return element("tr", "".join(cells), class_=css)
