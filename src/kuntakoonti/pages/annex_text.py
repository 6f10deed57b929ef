"""The sentences of the annex. Names are never inflected; every sentence stands whole in one place."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import year_of
from kuntakoonti.pages import shared
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.annex_tables import count_text, covering, this_advance
from kuntakoonti.pages.forecast import sentence
from kuntakoonti.pages.html import Html, element, joined, listing, with_strong
from kuntakoonti.pages.letterhead import approver, letterhead
from kuntakoonti.pages.notices import notices
from kuntakoonti.public.cells import ANY, Cell, Measure, Mismatch, Status
from kuntakoonti.public.wording import SECRET_PAGE, invoice_number

FINDING = {
    "missing": message(
        "{service}, {period}: the invoice is missing; the advance according to the budget is {due}."
    ),
    "doubled": message(
        "{service}, {period}: invoiced twice ({ids}), total {got}; should be {due}, "
        "difference {gap}. The credit note is missing."
    ),
    "doubled_credited": message(
        "{service}, {period}: invoiced twice and credited ({ids}); now {got}. In order."
    ),
    "differing": message(
        "{service}, {period}: invoiced {got} ({ids}); the advance according to the budget is "
        "{due}, difference {gap}."
    ),
    "misdirected": message(
        "{service}, {period}: invoiced {got} ({ids}), which looks like another "
        "municipality's advance; the advance of this municipality is {due}."
    ),
}
SETTLED = {
    "missing": message(
        "{service}, {period}: no invoice was sent; the advance by the budget was {due}. The "
        "adjustment covers it, so no invoice will be sent any more."
    ),
    "doubled": message(
        "{service}, {period}: invoiced twice ({ids}), {got} in all; the advance by the "
        "budget was {due}. The adjustment evens out the difference {gap}, so no separate "
        "credit note is made."
    ),
    "differing": message(
        "{service}, {period}: invoiced {got} ({ids}); the advance by the budget was {due}. "
        "The adjustment evens out the difference {gap}."
    ),
}


def heading(annex: Annex) -> Html:
    """Who sends, what this is, to whom, as at which day, with which invoice, and whom to ask."""
    facts, say = annex.figures.facts, annex.language
    pairs = {
        say.text("Municipality"): _municipality(annex),
        say.text("As at"): say.date(facts.as_of),
        say.text("Advance"): _this_invoice(annex),
        say.text("Approved by"): approver(annex.manifest, say),
        say.text("Questions to"): facts.contact.in_language(say.code),
        say.text("Objections"): _objections(annex),
    }
    head = letterhead(facts, say, _title(annex), pairs, _secrecy(annex))
    return Html(head.nodes + notices(facts, annex.figures.corrections, say))


def _objections(annex: Annex) -> str:
    """Until when, and from which day the time runs."""
    facts, say = annex.figures.facts, annex.language
    known = {"case": facts.case_number}
    if facts.kind == "estimate":
        closes = say.date(facts.year_closing_day)
        return say.text("by {day}, reference {case}", day=closes, **known)
    if facts.kind == "final":
        return say.plural(
            "within {count} day of the date of the adjustment's invoice or credit note, reference "
            "{case}",
            "within {count} days of the date of the adjustment's invoice or credit note, reference "
            "{case}",
            facts.objection_days,
            **known,
        )
    days = {i.invoiced_on for i in annex.figures.invoices if i.period == facts.invoice_period}
    if len(days) != 1:
        return say.plural(
            "within {count} day of the date of the invoice, reference {case}",
            "within {count} days of the date of the invoice, reference {case}",
            facts.objection_days,
            **known,
        )
    return say.plural(
        "within {count} day of the date of the invoice ({day}), reference {case}",
        "within {count} days of the date of the invoice ({day}), reference {case}",
        facts.objection_days,
        day=say.date(days.pop()),
        **known,
    )


def _title(annex: Annex) -> str:
    facts, say = annex.figures.facts, annex.language
    if facts.kind == "final":
        return say.text("Year-end adjustment {year}, final", year=annex.year)
    if facts.kind == "estimate":
        return say.text("Estimate of the year-end adjustment {year}, preliminary", year=annex.year)
    month = say.period(facts.month)
    return say.text("Annex to the municipal invoice: aggregate data, {month}", month=month)


def _secrecy(annex: Annex) -> Nodes:
    """The mark that a secret document must carry, and its basis."""
    if not annex.figures.secret:
        return ()
    say = annex.language
    limits = say.text("Not to be attached to an e-invoice and not to be published.")
    return element("p", element("strong", f"{say.text(SECRET_PAGE)}. {limits}"))


def _municipality(annex: Annex) -> str:
    say = annex.language
    name = f"{annex.figures.municipality} {annex.figures.name.in_language(say.code)}"
    if not annex.is_host:
        return name
    return say.text("{municipality} (host municipality, internal charge)", municipality=name)


def _this_invoice(annex: Annex) -> str:
    period, say = annex.figures.facts.invoice_period, annex.language
    if annex.figures.facts.kind != "month":
        rows = sum(year_of(i.period) == period for i in annex.figures.invoices)
        return say.plural(
            "advances of {year}, {count} invoice line",
            "advances of {year}, {count} invoice lines",
            rows,
            year=period,
        )
    both = (*annex.figures.invoices, *annex.figures.shared_invoices)
    ids = sorted({i.invoice_id for i in both if i.period == period})
    longer = covering(annex)
    if not ids and longer:
        return say.text("{period}, in the invoice of {longer}", period=say.period(period),
                        longer=say.period(longer))  # fmt: skip
    if (
        not ids
        and annex.cell(ANY, period, Measure.ADVANCE_EXPECTED) is None
        and annex.has_budget(year_of(period))
    ):
        return say.text("{period}, none", period=say.period(period))
    if not ids:
        return say.text("{period}, not recorded yet", period=say.period(period))
    known = {"period": say.period(period), "ids": say.listed([invoice_number(i, say) for i in ids])}
    if annex.is_host:
        return say.plural("{period}, voucher {ids}", "{period}, vouchers {ids}", len(ids), **known)
    return say.plural("{period}, invoice {ids}", "{period}, invoices {ids}", len(ids), **known)


def summary(annex: Annex) -> Html:
    """The newest complete counts, the advance and the year so far, and whether it all agrees."""
    foreseen = (sentence(annex), shared.foreseen(annex))
    sentences = (_newest(annex), _money(annex), _agreement(annex), *foreseen)
    return Html(element("p", " ".join(filter(None, sentences)), class_="lead"))


def _newest(annex: Annex) -> str:
    said, say = [], annex.language
    for service in (*(s.name for s in annex.services), ANY):
        closed = [
            c for c in annex.clients(service) if c.status in (Status.FINAL, Status.UNDER_THRESHOLD)
        ]
        if closed:
            newest = closed[-1]
            count, when = count_text(annex, newest), say.period(newest.period)
            said.append(f"{annex.label(service).lower()} {count} ({when})")
    if not said and not annex.figures.facts.coarse:
        return say.text("There are no complete client counts yet.")
    if not said:
        return say.text("Numbers of clients are not shown in this release.")
    return say.text("Latest complete client counts: {counts}.", counts=say.listed(said))


def _money(annex: Annex) -> str:
    """This advance, and the data year's advances; of the whole invoice where it has two parts."""
    say, whole = annex.language, shared.sentence(annex)
    paid = say.euros(annex.whole(Measure.ADVANCE) or 0)
    so_far = say.text(
        "Advances of {year} invoiced so far total {paid}.", year=annex.year, paid=paid
    )
    return f"{whole or this_advance(annex)} {so_far}"


def _agreement(annex: Annex) -> str:
    """Whether the invoices agree with the budget; what has no budget cannot be compared."""
    say = annex.language
    open_ones = [m for m in annex.mismatches if m.finding != "doubled_credited"]
    if open_ones:
        return say.plural(
            "There is {count} mismatch in the invoices, see Reconciliation.",
            "There are {count} mismatches in the invoices, see Reconciliation.",
            len(open_ones),
        )
    if not annex.has_budget(annex.year):
        return say.text(
            "No budget of {year} has been given, so the advances cannot be compared with it.",
            year=annex.year,
        )
    return say.text("The advances agree with the budget.")


def reconciliation(annex: Annex) -> Html:
    """Mismatches by invoice number, and the control of the allocation."""
    say = annex.language
    none = say.text(
        "No invoice differs, is missing, is doubled or was sent to the wrong municipality."
    )
    unknown = say.text(
        "The invoices cannot be compared with the budget, because none has been given."
    )
    control = say.text(
        "The allocation has been checked: every recorded euro belongs to a member "
        "municipality, is outside the area or is unallocated, difference {difference}.",
        difference=say.euros(annex.figures.facts.cost_difference_cents),
    )
    compared = none if annex.has_budget(annex.year) else unknown
    found = [_mismatch(annex, m) for m in annex.mismatches] or [compared]
    return listing(say.text("Reconciliation"), [*found, control])


def _mismatch(annex: Annex, m: Mismatch) -> str:
    say, kind = annex.language, annex.figures.facts.kind
    settled = SETTLED.get(m.finding) if kind == "final" else None
    return say.text(
        settled or FINDING[m.finding],
        service=annex.label(m.service),
        period=say.period(m.period),
        ids=say.listed([invoice_number(i, say) for i in m.invoice_ids]) if m.invoice_ids else "",
        got=say.euros(m.invoiced_cents),
        due=say.euros(m.expected_cents),
        gap=say.signed_euros(m.invoiced_cents - m.expected_cents),
    )


def reading_guide(annex: Annex) -> Html:
    """What "alle 5" and "väh." mean, said so that a council member understands, where they stand."""
    counts = [c for c in annex.figures.cells if c.measure is Measure.CLIENTS]
    running = [c for c in counts if c.status is Status.PRELIMINARY]
    first, *others = annex.figures.facts.thresholds_of(counts) or (0,)
    hidden = [_under(annex, first), *(_under_too(annex, t) for t in others)] if first else []
    said = [*hidden, *([_so_far(running, annex)] if running else [])]
    if not said:
        return Html()
    content = element("h2", annex.language.text("How to read the figures"))
    return Html(
        element("aside", content + joined(element("p", with_strong(s)) for s in said), class_="box")
    )


def _under_too(annex: Annex, threshold: int) -> str:
    """What a mark means that another threshold made (HTML message)."""
    return annex.language.text(
        "<strong>Under {threshold}</strong> means 0–{most} clients: these counts were first shown when "
        "that was the limit.",
        threshold=threshold,
        most=threshold - 1,
    )


def _under(annex: Annex, threshold: int) -> str:
    """What a count under the threshold means (HTML message)."""
    return annex.language.text(
        "<strong>Under {threshold}</strong> means 0–{most} clients. A more exact count is "
        "not given, because being a client is itself secret by law (Act on the Openness of "
        "Government Activities 621/1999, section 24(1)(25)) and a small count could reveal "
        "who is meant. Zero, too, is under {threshold}. The mark does not affect the amount "
        "of the invoice.",
        threshold=threshold,
        most=threshold - 1,
    )


def _so_far(running: list[Cell], annex: Annex) -> str:
    """What a preliminary count means, by the first one on the page that is not under the threshold."""
    say = annex.language
    classes = ((c.class_low or 0, c.class_high or 0) for c in running)
    said = [
        say.text(
            "<strong>At least {low}</strong> means that {low}–{high} clients have been recorded "
            "so far.",
            low=say.number(low),
            high=say.number(high),
        )
        for low, high in classes
        if low
    ][:1]
    late = say.text(
        "Employers and service providers report with a delay, so the count usually grows "
        "before it is complete."
    )
    return " ".join([*said, late])
