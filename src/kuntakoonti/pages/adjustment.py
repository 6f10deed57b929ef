"""The year-end page: what was paid, what it cost, what is evened out, and how it was done."""

from collections.abc import Iterable

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.pages import shared
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.annex_tables import count_text, counts_table, line_name
from kuntakoonti.pages.forecast import expected, sentence
from kuntakoonti.pages.html import Html, element, joined, listing, row, table
from kuntakoonti.public.cells import ANY, INVOICE, Measure, Status

HIDDEN = "."


def summary(annex: Annex) -> Html:
    """In plain words: credit or additional charge, and from what."""
    sentences = _estimate(annex) if annex.figures.facts.kind == "estimate" else _final(annex)
    return Html(element("p", " ".join(sentences), class_="lead"))


def _final(annex: Annex) -> list[str]:
    say, year = annex.language, annex.year
    adjustment, actual = annex.whole(Measure.ADJUSTMENT), annex.whole(Measure.ACTUAL)
    if adjustment is None or actual is None:
        return [say.text("The adjustment is not shown.")]
    correction = _correction(annex)
    of_two_years = say.text(
        "The adjustment of {year} is {adjustment} and the prior-year correction {correction}.",
        year=year,
        adjustment=say.signed_euros(adjustment),
        correction=say.signed_euros(correction),
    )
    made_of = say.text(
        "The advances in {year} were {paid} and the actual cost {actual}.",
        year=year,
        paid=say.euros(annex.whole(Measure.ADVANCE) or 0),
        actual=say.euros(actual),
    )
    parts = shared.of_the_year(annex)
    return [
        _credit_or_charge(annex, adjustment + correction),
        *([of_two_years] if correction else []),
        made_of,
        *([parts] if parts else []),
        *_forecast_before(annex),
        *_year_before(annex),
        say.text("Value added tax: see the invoice."),
    ]


def _correction(annex: Annex) -> int:
    """What earlier years are paid by, in lines of their own."""
    if not annex.figures.facts.shared:
        return _amount(annex, ANY, Measure.PRIOR_YEAR)
    return _amount(annex, INVOICE, Measure.INVOICE_PRIOR_YEAR)


def _forecast_before(annex: Annex) -> list[str]:
    """What was forecast last before the year closed, if anything was."""
    found, say = annex.figures.forecast_before, annex.language
    if found is None or annex.figures.facts.shared:  # it was of one part of the invoice
        return []
    known = {"month": say.period(found.month), "point": say.rounded_euros(found.point_cents)}
    if found.low_cents is None or found.high_cents is None:
        return [say.text("The last forecast of the costs ({month}) was about {point}.", **known)]
    return [
        say.text(
            "The last forecast of the costs ({month}) was about {point}, range {low} – {high}.",
            low=say.rounded_euros(found.low_cents), high=say.rounded_euros(found.high_cents), **known,
        )
    ]  # fmt: skip


def _year_before(annex: Annex) -> list[str]:
    """What the adjustment of the year before was, if it is public."""
    cents = {c.measure: c.value for c in annex.figures.last_year if c.service == ANY}
    actual, adjustment = cents.get(Measure.ACTUAL), cents.get(Measure.ADJUSTMENT)
    if actual is None or adjustment is None or annex.figures.facts.shared:
        return []
    return [
        annex.language.text(
            "A year earlier, in {year}, the actual cost was {actual} and the adjustment {adjustment}.",
            year=int(annex.year) - 1,
            actual=annex.language.euros(actual),
            adjustment=annex.language.signed_euros(adjustment),
        )
    ]


def _credit_or_charge(annex: Annex, cents: int) -> str:
    """What is evened out, and how it is paid."""
    say = annex.language
    amount = say.euros(abs(cents))
    if not cents:
        return say.text("There is nothing to adjust: {amount}.", amount=amount)
    if annex.is_host:
        booked = say.text("It is booked as an internal charge; no invoice is sent.")
        said = (
            say.text("The municipality receives a credit of {amount}.", amount=amount)
            if cents < 0
            else say.text("The municipality is charged an additional {amount}.", amount=amount)
        )
        return f"{said} {booked}"
    if cents < 0:
        return say.text(
            "The municipality receives a credit of {amount}. It is paid by a credit note.",
            amount=amount,
        )
    return say.text(
        "The municipality is charged an additional {amount}. It is charged by an invoice of its own.",
        amount=amount,
    )


def _estimate(annex: Annex) -> list[str]:
    say, year = annex.language, annex.year
    recorded = annex.cents(ANY, year, Measure.ACTUAL_ROUNDED)
    closing = say.date(annex.figures.facts.year_closing_day)
    last = say.text("The final adjustment is made as at {day}.", day=closing)
    if recorded is None:
        hidden = say.text("The recorded cost of {year} is not shown yet.", year=year)
        return [hidden, last]
    paid = _amount(annex, ANY, Measure.ADVANCE)
    so_far = say.text(
        "Of the costs of {year}, at least {recorded} has been recorded; the advances were {paid}.",
        year=year,
        recorded=say.rounded_euros(recorded),
        paid=say.euros(paid),
    )
    foreseen = expected(annex)
    expects = foreseen is not None and foreseen.adjustment is not None
    gap = sentence(annex) if expects else _would_be(annex, recorded, paid)
    whole = shared.foreseen(annex)
    return [so_far, gap, *([whole] if whole else []), *_year_before(annex), last]


def _would_be(annex: Annex, recorded: int, paid: int) -> str:
    """What the adjustment would be if nothing more arrived, on the grid of the rounded cost."""
    say = annex.language
    step = 1_000_000 if abs(recorded) > 100_000_000 else 100_000
    gap = (abs(recorded - paid) + step // 2) // step * step
    amount = say.rounded_euros(gap)
    if not gap:
        return say.text("If no more costs were recorded, there would be hardly anything to adjust.")
    if recorded < paid:
        return say.text(
            "If no more costs were recorded, the credit would be about {amount}.", amount=amount
        )
    return say.text(
        "If no more costs were recorded, the additional charge would be about {amount}.",
        amount=amount,
    )


def settlement(annex: Annex) -> Html:
    """Budget, net advances, actual, adjustment and posting per service and in total."""
    final, say = annex.figures.facts.kind == "final", annex.language
    hidden = final and _is_hidden(annex)
    columns = {Measure.BUDGET: say.text("Budget {year}", year=annex.year)}
    columns = columns if annex.has_budget(annex.year) else {}
    columns |= {
        Measure.ADVANCE: say.text("Advances, net"),
        Measure.ACTUAL if final else Measure.ACTUAL_ROUNDED: say.text("Actual cost"),
    }
    if final:
        columns[Measure.ADJUSTMENT] = say.text("Adjustment")
    if hidden:
        columns[Measure.POSTING] = say.text("Proposed posting")
    head = element("th", say.text(message("Euros", context="unit")), scope="col")
    head += joined(element("th", c, scope="col", class_="n") for c in columns.values())
    body = [_line(annex, s.name, columns) for s in annex.services]
    caption = say.text(
        "Advances and actual cost {year}, as at {day}",
        year=annex.year,
        day=say.date(annex.figures.facts.as_of),
    )
    shown = table(caption, row([head]), body, _line(annex, ANY, columns))
    title, notes = element("h2", say.text("Adjustment")), joined(_notes(annex, hidden))
    return Html(shared.section(annex) + title + shown + notes)


def _is_hidden(annex: Annex) -> bool:
    cells = [annex.cell(s.name, annex.year, Measure.ACTUAL) for s in annex.services]
    return any(c is not None and c.status is Status.NOT_SHOWN for c in cells)


def _line(annex: Annex, service: str, measures: Iterable[Measure]) -> Nodes:
    cells = [element("th", line_name(annex, service), scope="row")]
    cells += [element("td", _money(annex, service, m), class_="n") for m in measures]
    return row(cells, "total" if service == ANY else "")


def _money(annex: Annex, service: str, measure: Measure) -> str:
    say = annex.language
    if measure is Measure.POSTING and service == ANY:
        measure = Measure.ADJUSTMENT
    cents = annex.cents(service, annex.year, measure)
    if cents is None:
        return "" if measure is Measure.BUDGET else HIDDEN
    if measure is Measure.ACTUAL_ROUNDED:
        return say.text("at least {count}", count=say.number(cents // 100))
    return say.euros(cents, unit=False)


def _notes(annex: Annex, hidden: bool) -> list[Nodes]:
    notes, say = list[str](), annex.language
    if hidden:
        notes.append(
            say.text(
                ". The actual cost is given only in total, because an amount per service could "
                "reveal an individual client's support. The proposed posting divides the adjustment "
                "in proportion to the advances; it does not show the actual cost of a service."
            )
        )
    if annex.figures.facts.kind == "estimate":
        notes.append(
            say.text(
                ". Before the final adjustment the actual cost is given only in total and rounded "
                "({step}; amounts over one million {larger_step}).",
                step=say.rounded_euros(100_000),
                larger_step=say.rounded_euros(1_000_000),
            )
        )
    correction = annex.cents(ANY, annex.year, Measure.PRIOR_YEAR)
    if correction is not None:
        amount = say.signed_euros(correction)
        notes.append(
            say.text(
                "Prior-year correction, not included in the actual cost: {amount}.", amount=amount
            )
        )
    return [element("p", n, class_="note") for n in notes]


def clients(annex: Annex) -> Html:
    """The year's distinct clients per published series, and the periods as they were closed."""
    say = annex.language
    periods = joined(counts_table(annex, grain) for grain in ("month", "quarter"))
    title = element("h2", say.text("Clients in the services"))
    return Html(title + _of_the_year(annex) + _not_shown(annex) + periods)


def _of_the_year(annex: Annex) -> Nodes:
    """Each series' distinct clients, beside those of the year before where both are exact."""
    say, body = annex.language, list[Nodes]()
    before = {c.service: c for c in annex.figures.last_year if c.measure is Measure.CLIENTS}
    order = (*(s.name for s in annex.services), ANY)
    cells = {s: c for s in order if (c := annex.cell(s, annex.year, Measure.CLIENTS))}
    both = [s for s, c in cells.items() if c.value is not None and s in before]
    for service, cell in cells.items():
        texts = [count_text(annex, cell)]
        if both:
            texts.append(count_text(annex, before[service]) if service in both else "")
        name = element("th", annex.label(service), scope="row")
        body.append(row([name, *(element("td", text, class_="n") for text in texts)]))
    heads = [say.text("Distinct clients"), *([str(int(annex.year) - 1)] if both else [])]
    head = [element("th", say.text("Service"), scope="col")]
    head += [element("th", text, scope="col", class_="n") for text in heads]
    caption = say.text(
        "Distinct clients in the whole of {year}, each counted once", year=annex.year
    )
    return table(caption, row(head), body) if body else ()


def _not_shown(annex: Annex) -> Nodes:
    cells = [c for c in annex.figures.cells if c.measure is Measure.CLIENTS]
    if not any(c.status is Status.NOT_SHOWN for c in cells):
        return ()
    said = annex.language.text(
        "Not shown: the count of the year, its difference from one of the periods, or the "
        "clients who recur in several periods would be under {threshold}.",
        threshold=annex.figures.facts.threshold,
    )
    return element("p", said, class_="note")


def late(annex: Annex) -> Html:
    """What may still arrive and until when by law, and where it goes."""
    facts, say = annex.figures.facts, annex.language
    items = [
        f"{annex.label(s.name)}: {s.late_claims.in_language(say.code)}."
        for s in annex.services
        if s.late_claims
    ]
    following = int(annex.year) + 1
    after = say.text(
        "Costs and recoveries recorded later are included in the adjustment of {year}.",
        year=following,
    )
    if facts.kind == "estimate":
        closing = say.date(facts.year_closing_day)
        items.append(
            say.text("The final adjustment includes what is recorded by {day}.", day=closing)
        )
        after = say.text(
            "Costs and recoveries recorded after that are included in the adjustment of {year}.",
            year=following,
        )
    return listing(say.text("What may still arrive"), [*items, after])


def _amount(annex: Annex, service: str, measure: Measure) -> int:
    return annex.cents(service, annex.year, measure) or 0
