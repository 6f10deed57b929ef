"""XLSX of an annex and of the area's page, straight from the handover: one sheet a question."""

from collections.abc import Iterable

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.export.board_sheets import board_sheets
from kuntakoonti.export.comparison_sheet import comparison_sheets
from kuntakoonti.export.forecast_sheets import annex_sheets, area_sheets
from kuntakoonti.export.shared_sheets import area_invoice_sheets, invoice_sheets
from kuntakoonti.export.xlsx import Value, Worksheet, spreadsheet
from kuntakoonti.export.xlsx_cells import MEASURE, STATUS, amount, euros, folder, label, note, shown
from kuntakoonti.public.cells import ANY, Measure
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, Manifest, in_order
from kuntakoonti.public.wording import SECRET_PAGE, invoice_number, kind

_SETTLED = {
    Measure.BUDGET: message("Budget {year}, €"),
    Measure.ADVANCE: message("Advances, net, €"),
    Measure.ACTUAL_ROUNDED: message("Recorded cost, approximately, €"),
    Measure.ACTUAL: message("Actual cost, €"),
    Measure.ADJUSTMENT: message("Year-end adjustment, €"),
    Measure.POSTING: message("Proposed posting, €"),
    Measure.PRIOR_YEAR: message("Prior-year correction, €"),
}
_FINDING = {
    "missing": message("invoice missing"),
    "doubled": message("invoiced twice, credit note missing"),
    "doubled_credited": message("invoiced twice, credited"),
    "differing": message("differs from the budget"),
    "misdirected": message("looks like the advance of another municipality"),
}


def annex_workbook(annex: AnnexFigures, manifest: Manifest, language: Language) -> bytes:
    """The annex as XLSX: the page's table of clients, every figure of it, money, invoices, explanations; byte-equal for equal input."""
    money = _advances if annex.facts.kind == "month" else _settlement
    grids = (
        *_cross_table(annex, language),
        _clients(annex, language),
        money(annex, language),
        *invoice_sheets(annex, language),
        *annex_sheets(annex, language),
        *comparison_sheets(annex, language),
        _invoices(annex, language),
        _every_amount(annex, language),
        _explanations(annex, manifest, language),
    )
    title = language.text(
        "Annex to the municipal invoice {release}, {municipality}",
        release=annex.facts.release,
        municipality=_named(annex, language),
    )
    return spreadsheet(folder(title, annex.facts, manifest, language), grids)


def area_workbook(area: AreaFigures, manifest: Manifest, language: Language) -> bytes:
    """The area's page as XLSX: every member's published figures, and their sums."""
    name = area.facts.area.in_language(language.code)
    title = language.text("Overview {release}, {area}", release=area.facts.release, area=name)
    grids = (*board_sheets(area, language), *area_sheets(area, language))
    grids += area_invoice_sheets(area, language)
    return spreadsheet(folder(title, area.facts, manifest, language), grids)


def _cross_table(annex: AnnexFigures, language: Language) -> tuple[Worksheet, ...]:
    """Periods down and services across, as on the page; no sheet where no count is given."""
    facts = annex.facts
    cells = {(c.service, c.period): c for c in annex.cells if c.measure is Measure.CLIENTS}
    periods = sorted({period for _, period in cells}, key=lambda p: (len(months_of(p)), p))
    order = [
        s for s in (*(s.name for s in facts.services), ANY) if any((s, p) in cells for p in periods)
    ]
    rows = tuple(
        (
            language.period(p),
            *(shown(cells[s, p], facts, language) if (s, p) in cells else None for s in order),
        )
        for p in periods
    )
    head = (language.text("Period"), *(label(facts, s, language) for s in order))
    sheet = language.text("Clients by period")
    return (Worksheet(sheet, head, rows, numeric=1),) if rows else ()


def _clients(annex: AnnexFigures, language: Language) -> Worksheet:
    facts = annex.facts
    head = (
        language.text("Service"), language.text("Period"), language.text(message("Clients", context="number")),
        language.text("At least"), language.text("At most"), language.text("Status"),
        language.text("Note"),
    )  # fmt: skip
    rows = [
        (
            label(facts, c.service, language), language.period(c.period),
            shown(c, facts, language), c.class_low, c.class_high,
            language.text(STATUS[c.status]), note(c, facts, language),
        )
        for c in in_order(annex.cells, facts) if c.measure is Measure.CLIENTS
    ]  # fmt: skip
    return Worksheet(language.text("Clients"), head, tuple(rows))


def _every_amount(annex: AnnexFigures, language: Language) -> Worksheet:
    """The long form of everything but clients: one row an amount or percentage, as the CSV has it."""
    facts = annex.facts
    head = (
        language.text("Item"), language.text("Service"), language.text("Period"),
        language.text("Value"), language.text("Status"),
    )  # fmt: skip
    rows = [
        (
            language.text(MEASURE[c.measure]), label(facts, c.service, language),
            language.period(c.period), None if c.value is None else amount(c.measure, c.value),
            language.text(STATUS[c.status]),
        )
        for c in in_order(annex.cells, facts) if c.measure is not Measure.CLIENTS
    ]  # fmt: skip
    return Worksheet(language.text("All amounts"), head, tuple(rows))


def _named(annex: AnnexFigures, language: Language) -> str:
    return f"{annex.municipality} {annex.name.in_language(language.code)}"


def _advances(annex: AnnexFigures, language: Language) -> Worksheet:
    """One row a service: the data year's budget, advances and what is still to be invoiced, and this
    advance as invoiced and by the schedule; empty where no budget says it."""
    facts, period = annex.facts, annex.facts.invoice_period
    year, when = year_of(facts.month), language.short(period)
    cents = {(c.service, c.period, c.measure): c.value for c in annex.cells}
    heads = {
        (year, Measure.BUDGET): language.text("Budget {year}, €", year=year),
        (year, Measure.ADVANCE): language.text("Advances {year} in total, €", year=year),
        (year, Measure.ADVANCE_COMING): language.text("Still to be invoiced {year}, €", year=year),
        (period, Measure.ADVANCE): language.text("This advance {period}, €", period=when),
        (period, Measure.ADVANCE_EXPECTED): language.text(
            "According to the budget {period}, €", period=when
        ),
    }

    def row(name: str, service: str) -> tuple[Value, ...]:
        amounts = (cents.get((service, p, m)) for p, m in heads)
        return name, *(None if a is None else euros(a) for a in amounts)

    rows = tuple(row(label(facts, s.name, language), s.name) for s in facts.services)
    head = (language.text("Service"), *heads.values())
    total = row(language.text("Total"), ANY)
    return Worksheet(language.text("Advances"), head, rows, total, numeric=1)


def _settlement(annex: AnnexFigures, language: Language) -> Worksheet:
    """One row a service: budget, net advances, actual, adjustment and posting; hidden is empty."""
    facts, year = annex.facts, year_of(annex.facts.month)
    cents = {(c.service, c.measure): c.value for c in annex.cells if c.period == year}
    if any(measure is Measure.POSTING for _, measure in cents):
        cents[ANY, Measure.POSTING] = cents[ANY, Measure.ADJUSTMENT]
    measures = [m for m in _SETTLED if any(m is measure for _, measure in cents)]
    heads = (language.text(_SETTLED[m], year=year) for m in measures)

    def row(name: str, service: str) -> tuple[Value, ...]:
        known = [(m, cents.get((service, m))) for m in measures]
        hides = any(cents is None for _, cents in known)
        note = language.text("Empty: the amount is not shown by service.") if hides else ""
        return name, *(None if cents is None else amount(m, cents) for m, cents in known), note

    rows = tuple(row(label(facts, s.name, language), s.name) for s in facts.services)
    return Worksheet(
        language.text("Adjustment"),
        (language.text("Service"), *heads, language.text("Note")),
        rows,
        row(language.text("Total"), ANY),
    )


def _invoices(annex: AnnexFigures, language: Language) -> Worksheet:
    """One row an invoice and service, and one a missing invoice; a total where all are of one year."""
    head = (
        language.text("Invoice"), language.text("Dated"), language.text("Service"),
        language.text("Period"), language.text("Type"), language.text("Credits invoice"),
        language.text(message("Euros", context="unit")), language.text("Finding"),
    )  # fmt: skip
    mismatches = (*annex.mismatches, *annex.shared_mismatches)
    invoices = (*annex.invoices, *annex.shared_invoices)
    found = {(m.service, m.period): language.text(_FINDING[m.finding]) for m in mismatches}
    rows: list[tuple[Value, ...]] = [
        (
            invoice_number(i.invoice_id, language), i.invoiced_on, label(annex.facts, i.service, language),
            language.short(i.period), kind(i.kind, language), invoice_number(i.credits_invoice_id or "", language),
            euros(i.cents), found.get((i.service, i.period), ""),
        )
        for i in invoices
    ]  # fmt: skip
    for m in mismatches:
        if m.finding == "missing":
            what, when = label(annex.facts, m.service, language), language.short(m.period)
            rows.append(("", None, what, when, "", "", euros(0), found[m.service, m.period]))
    total: tuple[Value, ...] = ()
    if len({year_of(i.period) for i in invoices}) == 1:
        due = euros(sum(i.cents for i in invoices))
        total = (language.text("Total"), None, "", "", "", "", due, "")
    return Worksheet(language.text("Invoices"), head, tuple(rows), total)


def _explanations(annex: AnnexFigures, manifest: Manifest, language: Language) -> Worksheet:
    pairs = [*_of_the_release(annex, manifest, language), *_of_the_marks(annex, language)]
    head = (language.text("Item"), language.text("Value"))
    return Worksheet(language.text("Explanations"), head, tuple(pairs))


def _of_the_release(
    annex: AnnexFigures, manifest: Manifest, language: Language
) -> Iterable[tuple[str, Value]]:
    facts = annex.facts
    if annex.secret:
        yield language.text("Secrecy"), language.text(SECRET_PAGE)
    draft = language.text("draft, not approved")
    yield language.text("Municipality"), _named(annex, language)
    yield language.text("Month of the data"), language.period(facts.month)
    yield language.text("Advance"), language.period(facts.invoice_period)
    yield language.text("As at"), facts.as_of
    yield language.text("Case"), facts.case_number
    yield language.text("Version"), str(facts.version)
    yield language.text("Approved by"), draft if manifest.state == "draft" else manifest.approved_by
    yield language.text("Questions"), facts.contact.in_language(language.code)


def _of_the_marks(annex: AnnexFigures, language: Language) -> Iterable[tuple[str, Value]]:
    for t in annex.facts.thresholds_of(annex.cells) or (annex.facts.threshold,):
        yield language.text("under {threshold}", threshold=t), language.text(
            "0–{most} clients; a more exact count is secret by law (Act 621/1999, section "
            "24(1)(25)). Zero, too, is under {threshold}.", most=t - 1, threshold=t,
        )  # fmt: skip
    yield (
        language.text("at least {count}", count="…"),
        language.text(
            "the count recorded so far is at least this; the exact count is given when the "
            "period is complete"
        ),
    )
    yield (
        language.text("Empty"),
        language.text("the service was not offered, or the figure is not shown or not known"),
    )
    yield (
        language.text("Sums"),
        language.text(
            "The counts of months cannot be added up: one client is in the counts of several "
            "months."
        ),
    )
