"""The board's page: members ranked by the adjustment that is expected, and completeness."""

from html import escape

from kuntakoonti.annex.area import Overview, member_name, names
from kuntakoonti.annex.html import Html, element, row, table
from kuntakoonti.annex.outlook import completeness_table
from kuntakoonti.expectation import Expectation, all_invoiced, expectation
from kuntakoonti.handover import MemberCells
from kuntakoonti.language import Language

Ranked = list[tuple[MemberCells, Expectation]]


def forecast(view: Overview) -> Html:
    """What each member's own page expects of the year, largest charge first; who shows none is named.

    Empty once the year is closed.
    """
    facts, say, year = view.figures.facts, view.language, view.year
    if facts.outlook is None:
        return Html("")
    title = element("h2", escape(say.text("Arvio vuoden {year} kustannuksista", year=year)))
    ranked = _ranked(view)
    if not ranked:
        none = say.text("Vuoden {year} arviota ei vielä ole minkään kunnan sivulla.", year=year)
        return Html(title + element("p", escape(none)) + _completeness(view))
    heads = (
        say.text("Arvio, noin"), say.text("Vaihteluväli"), say.text("Koko vuoden ennakot"),
        say.text("Tasaus, noin"),
    )  # fmt: skip
    head = element("th", escape(say.text("Euroa")), scope="col")
    head += "".join(element("th", escape(h), scope="col", class_="n") for h in heads)
    body = [_row(view, member, found, say) for member, found in ranked]
    caption = say.text(
        "Arvio ja odotettu tasaus kunnittain {year}, suurin lisälasku ensin", year=year
    )
    shown = table(caption, row([head]), body)
    return Html(title + shown + _absent(view, ranked) + _completeness(view))


def _ranked(view: Overview) -> Ranked:
    facts = view.figures.facts
    whole = all_invoiced(facts.kind, facts.invoice_period, view.year)
    found = [(m, expectation(m.cells, view.year, whole)) for m in view.figures.members]
    known = [(m, e) for m, e in found if e is not None]
    return sorted(known, key=lambda pair: (-pair[1].gap_cents, pair[0].code))


def _row(view: Overview, member: MemberCells, found: Expectation, say: Language) -> str:
    low, high = found.low_cents, found.high_cents
    known = low is not None and high is not None
    span = f"{say.number((low or 0) // 100)} – {say.number((high or 0) // 100)}" if known else "."
    amounts = (
        say.number(found.point_cents // 100), span, say.euros(found.advance_cents, unit=False),
        say.number(found.gap_cents // 100),
    )  # fmt: skip
    cells = [element("th", member_name(view, member), scope="row")]
    return row(cells + [element("td", escape(a), class_="n") for a in amounts])


def _absent(view: Overview, ranked: Ranked) -> str:
    """What the columns mean, and whose page shows no forecast."""
    say, shown = view.language, {m.code for m, _ in ranked}
    said = say.text("Tasaus on arvio vähennettynä koko vuoden ennakoilla; negatiivinen on hyvitys.")
    if any(e.high_cents is None for _, e in ranked):
        said += " " + say.text("Piste: aiempia arvioita on liian vähän vaihteluväliin.")
    absent = [m.code for m in view.figures.members if m.code not in shown]
    if absent:
        said += " " + say.text("Arviota ei esitetä: {municipalities}.",
                               municipalities=names(view, absent))  # fmt: skip
    return element("p", escape(said), class_="note")


def _completeness(view: Overview) -> str:
    return completeness_table(view.figures.facts, view.figures.cells, view.language)
