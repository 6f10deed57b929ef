"""How the municipality compares: with the members that show the same figure, with a year earlier."""

from decimal import Decimal

from babel.numbers import format_decimal

from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.public.comparison import Comparison


def comparison(annex: Annex) -> Html:
    """Shares of the budget, clients per 1,000 inhabitants; nothing where nothing can be compared."""
    found = annex.figures.comparisons
    members = [c for c in found if c.kind != "year_before"]
    said = _year_before(annex, [c for c in found if c.kind == "year_before"])
    if not members and not said:
        return Html()
    title = element("h2", annex.language.text("Comparison"))
    shown = _table(annex, members) if members else ()
    return Html(title + shown + joined(element("p", text) for text in said))


def _table(annex: Annex, members: list[Comparison]) -> Nodes:
    say = annex.language
    heads = (say.text("This municipality"), say.text("Members that show the figure"),
             say.text("Place, 1 is the largest"))  # fmt: skip
    head = [element("th", say.text("Figure"), scope="col")]
    head += [element("th", text, scope="col", class_="n") for text in heads]
    body = [
        row([element("th", _name(annex, c), scope="row"),
             *(element("td", text, class_="n") for text in (amount(c, c.own, say), span(c, say),
                                                            _place(c, say)))])
        for c in members
    ]  # fmt: skip
    return table(say.text("The municipality beside other members"), row(head), body)


def _name(annex: Annex, found: Comparison) -> str:
    say, month = annex.language, annex.figures.facts.month
    if found.kind == "recorded":
        passed = say.percent(int(month[5:]), 12, decimals=0)
        return say.text("Recorded ÷ budget ({passed} of the year has passed)", passed=passed)
    if found.kind == "forecast":
        return say.text("Forecast ÷ budget")
    return say.text(
        "{service}, clients per 1,000 inhabitants, {period}",
        service=annex.label(found.service),
        period=say.period(found.period),
    )


def amount(found: Comparison, value: int, say: Language) -> str:
    """A value as the page says it: whole per cent, or clients to the hundredth."""
    if found.kind == "per_thousand":
        return str(format_decimal(Decimal(value) / 100, format="0.00", locale=say.locale))
    return say.percent(value, 100, decimals=0)


def span(found: Comparison, say: Language) -> str:
    """``38–61 %``."""
    low = say.number(found.low) if found.kind != "per_thousand" else amount(found, found.low, say)
    return f"{low}–{amount(found, found.high, say)}"


def _place(found: Comparison, say: Language) -> str:
    return f"{say.number(found.place)}/{say.number(found.members)}"


def _year_before(annex: Annex, found: list[Comparison]) -> list[str]:
    say = annex.language
    said = [
        say.text(
            "{service}, {period}: {now}, a year earlier {before}",
            service=annex.label(c.service), period=say.period(c.period), now=say.number(c.own),
            before=say.number(c.low),
        )
        for c in found
    ]  # fmt: skip
    return (
        [say.text("Clients of the same period a year earlier: {counts}.", counts="; ".join(said))]
        if said
        else []
    )
