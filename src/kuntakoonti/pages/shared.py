"""The whole invoice on a member's page: by causation, shared by a key, and both together.

Everything here is empty in an area without services shared by a key.
"""

from collections.abc import Sequence

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import element, joined, row, table
from kuntakoonti.public.cells import ANY, INVOICE, SHARED, Measure
from kuntakoonti.public.invoice import PARTS, expected_range
from kuntakoonti.public.pages import ReleaseFacts, SharedFacts
from kuntakoonti.public.wording import key_label

NONE = "–"
GROUP = {
    ANY: message("By causation in total"),
    SHARED: message("Shared by key in total"),
    INVOICE: message("Invoice in total"),
}
_SO_FAR = (Measure.INVOICE_BUDGET, Measure.INVOICE_ADVANCE, Measure.INVOICE_ACTUAL)
_OPEN = (*_SO_FAR, Measure.INVOICE_FORECAST, Measure.INVOICE_EXPECTED_ADJUSTMENT)
_PAGE = {  # kind → measures of the invoice, beside this advance
    "month": _OPEN,
    "estimate": _OPEN,
    "final": (*_SO_FAR, Measure.INVOICE_ADJUSTMENT, Measure.INVOICE_PRIOR_YEAR),
}
HEAD = {
    Measure.INVOICE_BUDGET: message("Budget"),
    Measure.INVOICE_ADVANCE: message("Advances, net"),
    Measure.INVOICE_ACTUAL: message("Actual cost"),
    Measure.INVOICE_FORECAST: message("Forecast"),
    Measure.INVOICE_EXPECTED_ADJUSTMENT: message("Expected adjustment"),
    Measure.INVOICE_ADJUSTMENT: message("Adjustment"),
    Measure.INVOICE_PRIOR_YEAR: message("Earlier years"),
}
RECORDED = message("Recorded cost")
PARTS_OF = {
    **PARTS,
    Measure.INVOICE_PRIOR_YEAR: (Measure.PRIOR_YEAR, Measure.SHARED_PRIOR_YEAR),
}
RANGED = (Measure.EXPECTED_ADJUSTMENT, Measure.INVOICE_EXPECTED_ADJUSTMENT)
FORESEEN = (Measure.INVOICE_FORECAST, Measure.INVOICE_EXPECTED_ADJUSTMENT)


def section(annex: Annex) -> Nodes:
    """The invoice's parts in one table, the keys in another, and how the sharing was done."""
    facts, say = annex.figures.facts, annex.language
    if not facts.shared:
        return ()
    title = element("h2", say.text("The whole invoice"))
    note = element("p", " ".join(_notes(annex)), class_="note")
    return title + _invoice(annex) + note + _keys(annex)


def sentence(annex: Annex) -> str:
    """This advance as a whole, and its two parts; empty where it has no two parts."""
    facts, say = annex.figures.facts, annex.language
    period = facts.invoice_period
    paid = any(
        i.period == period for i in (*annex.figures.invoices, *annex.figures.shared_invoices)
    )
    measure = Measure.INVOICE_ADVANCE if paid else Measure.INVOICE_ADVANCE_EXPECTED
    one, other, both = _three(annex, period, measure)
    if not facts.shared or one is None or other is None or both is None:
        return ""
    return say.text(
        "The whole invoice of {period} is {whole}: by causation {one}, shared by key {other}.",
        period=say.period(period),
        whole=say.euros(both),
        one=say.euros(one),
        other=say.euros(other),
    )


def of_the_year(annex: Annex) -> str:
    """A year's adjustment as the sum of its two parts."""
    say = annex.language
    one, other, both = _three(annex, annex.year, Measure.INVOICE_ADJUSTMENT)
    if one is None or other is None or both is None:
        return ""
    return say.text(
        "Of the adjustment {one} is by causation and {other} shared by key.",
        one=say.signed_euros(one),
        other=say.signed_euros(other),
    )


def _three(annex: Annex, period: str, measure: Measure) -> tuple[int | None, ...]:
    causation, shared = PARTS_OF[measure]
    return (
        annex.cents(ANY, period, causation),
        annex.cents(SHARED, period, shared),
        annex.cents(INVOICE, period, measure),
    )


def _invoice(annex: Annex) -> Nodes:
    say, facts = annex.language, annex.figures.facts
    columns = _columns(annex)
    heads = [text for text, _, _ in columns]
    head = element("th", say.text(message("Euros", context="unit")), scope="col")
    head += joined(element("th", h, scope="col", class_="n") for h in heads)
    causation = [s.name for s in annex.services]
    shared = [s.name for s in facts.shared]
    body = [
        *(_line(annex, name, columns, 0) for name in causation),
        _line(annex, ANY, columns, 0),
        *(_line(annex, name, columns, 1) for name in shared),
        _line(annex, SHARED, columns, 1),
    ]
    caption = say.text(
        "By causation and shared by key {year}, as at {day}",
        year=annex.year,
        day=say.date(facts.as_of),
    )
    return table(caption, row([head]), body, _line(annex, INVOICE, columns, 2))


def _columns(annex: Annex) -> list[tuple[str, str, Measure]]:
    """Heading, period and measure of the invoice, of what some line has."""
    say, facts = annex.language, annex.figures.facts
    heads = HEAD if facts.kind == "final" else {**HEAD, Measure.INVOICE_ACTUAL: RECORDED}
    found = [(say.text(heads[m]), annex.year, m) for m in _PAGE[facts.kind]]
    if facts.kind == "month":
        period = facts.invoice_period
        paid = any(c is not None for c in _three(annex, period, Measure.INVOICE_ADVANCE)) and any(
            i.period == period for i in (*annex.figures.invoices, *annex.figures.shared_invoices)
        )
        measure = Measure.INVOICE_ADVANCE if paid else Measure.INVOICE_ADVANCE_EXPECTED
        found.insert(1, (say.short(period), period, measure))
    return [c for c in found if any(x is not None for x in _three(annex, c[1], c[2]))]


def _line(
    annex: Annex, service: str, columns: Sequence[tuple[str, str, Measure]], part: int
) -> Nodes:
    """One service or sum; ``part``: 0 by causation, 1 shared by a key, 2 the invoice."""
    say = annex.language
    name = say.text(GROUP[service]) if service in GROUP else annex.label(service)
    cells = [element("th", name, scope="row")]
    for _, period, measure in columns:
        own = measure if part == 2 else PARTS_OF[measure][part]
        cents = annex.cents(service, period, own)
        said = _range(annex, part) if own in RANGED and service in GROUP else ""
        cells.append(element("td", said or _said(say, cents, measure), class_="n"))
    return row(cells, "total" if service in GROUP else "")


def _range(annex: Annex, part: int) -> str:
    """The range of an expected adjustment that may be a credit or a charge: no direction is said."""
    if part == 2:
        found = expected_range(annex.figures.cells, annex.figures.municipality, annex.year)
    else:
        low, high = (
            annex.cents(ANY, annex.year, m)
            for m in (Measure.EXPECTED_ADJUSTMENT_LOW, Measure.EXPECTED_ADJUSTMENT_HIGH)
        )
        found = None if low is None or high is None else (low, high)
    if found is None or not found[0] < 0 < found[1]:
        return ""
    say = annex.language
    return f"{say.number(found[0] // 100)} – {say.number(found[1] // 100)}"


def foreseen(annex: Annex) -> str:
    """The forecast of the whole invoice, and of which part the one before it is."""
    say, facts = annex.language, annex.figures.facts
    one, _, both = _three(annex, annex.year, Measure.INVOICE_FORECAST)
    if not facts.shared or one is None or both is None:
        return ""
    return say.text(
        "That is of what is billed by causation; the forecast of the whole invoice is about {whole}.",
        whole=say.rounded_euros(both),
    )


def _said(say: Language, cents: int | None, measure: Measure) -> str:
    if cents is None:
        return NONE
    return say.number(cents // 100) if measure in FORESEEN else say.euros(cents, unit=False)


def _notes(annex: Annex) -> list[str]:
    """How the sharing was done, what a dash means, how the forecast was made."""
    say, facts = annex.language, annex.figures.facts
    said = [sharing(say)]
    said += [
        say.text("{service}: {reference}.", service=annex.label(s.name), reference=s.reference)
        for s in facts.shared
    ]
    if facts.kind != "final":
        said.append(forecast_note(say))
    said.append(say.text("A dash: not shown by service, not known, or none."))
    return said


def sharing(say: Language) -> str:
    """How the sharing was done, in one sentence."""
    return say.text(
        "The cost of each month is shared among the members of that month by the key, the cents by "
        "largest remainder; the newest values of the year's key hold for the whole year, and the "
        "adjustment evens them out."
    )


def forecast_note(say: Language) -> str:
    """How the forecast of a service shared by a key is made."""
    return say.text(
        "The forecast of what is shared by key is a simple run rate: the cost recorded so far by "
        "months, times the months of the year; before any cost it is the budget."
    )


def _keys(annex: Annex) -> Nodes:
    """The member's value of each key, the area's, and its share of each service."""
    say, facts = annex.language, annex.figures.facts
    body = [_key(annex, service, place) for service in facts.shared for place in
            range(len(service.keys))]  # fmt: skip
    if not body:
        return ()
    head = [element("th", say.text("Service"), scope="col"), element("th", say.text("Key"), scope="col")]  # fmt: skip
    head += [
        element("th", text, scope="col", class_="n")
        for text in (
            say.text("Municipality"), say.text("Whole area"), say.text("Weight"), say.text("Share"),
        )
    ]  # fmt: skip
    caption = say.text("Keys {year}: values and shares", year=annex.year)
    return table(caption, row(head), body)


def _key(annex: Annex, service: SharedFacts, place: int) -> Nodes:
    """One key of a service; the share of the service stands on its first line."""
    say, key = annex.language, service.keys[place]
    value = annex.cents(key.key, annex.year, Measure.KEY_VALUE)
    share = next(
        (
            c.value
            for c in annex.figures.cells
            if (c.service, c.measure) == (service.name, Measure.KEY_SHARE)
            and year_of(c.period) == annex.year
        ),
        None,
    )
    alike = key.key == "equal"
    texts = (
        say.number(1) if alike else _number(say, value),
        _number(say, key.total_hundredths),
        weight(say, key.weight),
        "" if place else share_text(say, share),
    )
    cells = [element("th", annex.label(service.name), scope="row")]
    cells.append(element("td", key_text(facts=annex.figures.facts, name=key.key, say=say)))
    return row([*cells, *(element("td", text, class_="n") for text in texts)])


def _number(say: Language, hundredths: int | None) -> str:
    if hundredths is None:
        return NONE
    whole, rest = divmod(hundredths, 100)
    return say.euros(hundredths, unit=False) if rest else say.number(whole)


def weight(say: Language, text: str) -> str:
    """A weight in per cent."""
    return say.percent(int(float(text) * 10_000 + 0.5), 10_000, decimals=0 if float(text) * 100 % 1 < 1e-9 else 2)  # fmt: skip


def share_text(say: Language, millionths: int | None) -> str:
    """A share in per cent."""
    return NONE if millionths is None else say.percent(millionths, 1_000_000, decimals=2)


def key_text(facts: ReleaseFacts, name: str, say: Language) -> str:
    """A key's name, with the day of a population that the program brings."""
    days = {k.key: k.population_day for s in facts.shared for k in s.keys}
    day = days.get(name)
    return f"{key_label(name, say)} {say.date(day)}" if day else key_label(name, say)
