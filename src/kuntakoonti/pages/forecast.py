"""What the year will probably cost, how far such forecasts missed, and how complete the costs are."""

from datetime import date

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import add_months, day_after, months_between, year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import Html, element, row, table
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.expectation import Expectation, all_invoiced, expectation
from kuntakoonti.public.pages import OutlookFacts, ReleaseFacts

Shares = dict[tuple[str, str, Measure], int | None]  # service, month, measure → percent
METHOD = {
    "client_months": message(
        "Arvio perustuu kirjattuihin asiakaskuukausiin ja kustannuksiin, pienessä kunnassa myös koko "
        "alueeseen ja talousarvioon."
    ),
    "blend": message(
        "Kustannuksia on kirjattu vasta muutamalta kuukaudelta, joten arvio nojaa vielä paljolti kunnan "
        "talousarvioon."
    ),
}


def expected(annex: Annex) -> Expectation | None:
    """What the page expects of its year; None where it shows no forecast."""
    facts, code = annex.figures.facts, annex.figures.municipality
    mine = (c for c in annex.figures.cells if c.municipality == code)
    return expectation(mine, annex.year, all_invoiced(facts.kind, facts.invoice_period, annex.year))


def sentence(annex: Annex) -> str:
    """Forecast and adjustment with their ranges; empty where the page shows no forecast."""
    found, say = expected(annex), annex.language
    if found is None:
        return ""
    known = {"year": annex.year, "point": say.rounded_euros(found.point_cents)}
    if found.low_cents is None or found.high_cents is None:
        said = say.text("Vuoden {year} kustannusten arvio on noin {point}.", **known)
    else:
        said = say.text(
            "Vuoden {year} kustannusten arvio on noin {point} ({low} – {high}).",
            low=say.rounded_euros(found.low_cents), high=say.rounded_euros(found.high_cents), **known,
        )  # fmt: skip
    return f"{said} {_adjustment(found, say)}"


def _adjustment(found: Expectation, say: Language) -> str:
    """The adjustment that would follow, as a credit or a charge, or between one and the other."""
    gap, span = say.rounded_euros(abs(found.gap_cents)), found.gap_range_cents
    if span is None:
        return _about(found.gap_cents, gap, say)
    low, high = (say.rounded_euros(abs(cents)) for cents in span)
    if span[1] <= 0:
        return say.text(
            "Ennakoihin nähden hyvitystä kertyisi noin {gap} ({high} – {low}).",
            gap=gap, low=low, high=high,
        )  # fmt: skip
    if span[0] >= 0:
        return say.text(
            "Ennakoihin nähden lisälaskua kertyisi noin {gap} ({low} – {high}).",
            gap=gap, low=low, high=high,
        )  # fmt: skip
    return say.text(
        "Ennakoihin nähden tasaus olisi enintään {low} hyvitystä ja enintään {high} lisälaskua.",
        low=low, high=high,
    )  # fmt: skip


def _about(gap_cents: int, gap: str, say: Language) -> str:
    if not gap_cents:
        return say.text("Ennakoihin nähden tasattavaa ei juuri kertyisi.")
    if gap_cents < 0:
        return say.text("Ennakoihin nähden hyvitystä kertyisi noin {gap}.", gap=gap)
    return say.text("Ennakoihin nähden lisälaskua kertyisi noin {gap}.", gap=gap)


def recorded(annex: Annex) -> str:
    """R7: the data year's cost recorded so far, rounded, or that it is not shown."""
    cell, say = annex.cell(ANY, annex.year, Measure.ACTUAL_ROUNDED), annex.language
    if cell is None:
        return ""
    if cell.value is None:
        return say.text(
            "Vuoden {year} kirjattua kustannusta ei esitetä tässä jaksossa.", year=annex.year
        )
    return say.text(
        "Vuoden {year} kustannuksia on kirjattu tähän mennessä noin {amount}; kirjaukset tulevat "
        "viiveellä.",
        year=annex.year,
        amount=say.rounded_euros(cell.value),
    )


def forecast(annex: Annex) -> Html:
    """What is recorded, the method and its past error; empty once the year is closed."""
    facts, say = annex.figures.facts.outlook, annex.language
    if facts is None:
        return Html()
    title = element("h2", say.text("Arvio vuoden {year} kustannuksista", year=annex.year))
    told = " ".join(filter(None, _told(annex, facts)))
    return Html(title + element("p", told))


def _told(annex: Annex, facts: OutlookFacts) -> list[str]:
    """What is recorded, how the forecast was made, and how far such forecasts missed."""
    found, say, year = expected(annex), annex.language, annex.year
    so_far = [recorded(annex) if annex.figures.facts.kind == "month" else sentence(annex)]
    if facts.method not in METHOD:
        budget = annex.cents(ANY, year, Measure.BUDGET) or 0
        young = say.text(
            "Kustannuksia on kirjattu liian lyhyeltä ajalta, jotta vuotta voisi arvioida niistä; "
            "arviona on talousarvio {budget}.",
            budget=say.euros(budget),
        )
        return [*so_far, young]
    if found is None:
        return [*so_far, say.text("Vuoden {year} kustannusten arviota ei esitetä.", year=year)]
    return [*so_far, say.text(METHOD[facts.method]), *_missed(annex, facts, say)]


def _missed(annex: Annex, facts: OutlookFacts, say: Language) -> list[str]:
    """What the range is, and how far earlier forecasts missed the area's and a member's cost."""
    area = annex.cents(ANY, annex.year, Measure.ERROR)
    members = annex.cents(ANY, annex.year, Measure.ERROR_MEMBERS)
    ranged = annex.cents(ANY, annex.year, Measure.FORECAST_LOW) is not None
    if not ranged:
        return [
            say.text(
                "Aiempia arvioita on vielä liian vähän, jotta niiden virhe ja arvion vaihteluväli "
                "tiedettäisiin."
            )
        ]
    share = say.percent(facts.percent, 100, decimals=0)
    said = say.text("Suluissa on {percent}:n vaihteluväli.", percent=share)
    if area is None or members is None:
        return [said]
    missed = say.text(
        "Samaan aikaan vuodesta tehdyt arviot ovat poikenneet toteumasta keskimäärin {area} koko "
        "alueella ja {members} yksittäisessä kunnassa.",
        area=say.percent(area, 100, decimals=0),
        members=say.percent(members, 100, decimals=0),
    )
    return [said, missed]


def completeness(annex: Annex) -> Html:
    """How complete the newest months' costs are, of the whole area; empty where nothing is shown."""
    return Html(completeness_table(annex.figures.facts, annex.figures.cells, annex.language))


def completeness_table(facts: ReleaseFacts, cells: tuple[Cell, ...], say: Language) -> Nodes:
    """Of the whole area: the share recorded of the newest months' costs, and what the law makes certain.

    A sentence and a table. Empty where no share is shown; without the last column where the area has
    no rule of deadlines.
    """
    shown = {(c.service, c.period, c.measure): c.value for c in cells}
    wanted = [k for k in shown if k[2] is Measure.COMPLETENESS]
    if not wanted or facts.outlook is None:
        return ()
    months = months_between(min(k[1] for k in wanted), max(k[1] for k in wanted))
    limits = facts.outlook.deadlines
    head = [element("th", say.text("Palvelu"), scope="col")]
    head += [element("th", say.period(m), scope="col", class_="n") for m in months]
    if limits:
        last = say.text("Lain mukaan varmasti valmis")
        head.append(element("th", last, scope="col"))
    body = []
    for service in facts.services:
        line = [element("th", service.label.in_language(say.code), scope="row")]
        line += [element("td", _share(shown, service.name, m, say), class_="n") for m in months]
        if limits:
            certain = _certain(facts.month, facts.as_of, limits.get(service.name), say)
            line.append(element("td", certain))
        body.append(row(line))
    caption = say.text("Koko alueen kustannuksista arviolta kirjattu, tilanne {day}",
                       day=say.date(facts.as_of))  # fmt: skip
    plain = element("p", _plainly(facts, shown, say))
    return plain + table(caption, row(head), body)


def _plainly(facts: ReleaseFacts, shown: Shares, say: Language) -> str:
    """The same shares as a sentence, of the newest month that has one of the most services."""
    months = [month for _, month, measure in shown if measure is Measure.COMPLETENESS]
    month = max(months, key=lambda m: (months.count(m), m))
    known = ((s, shown.get((s.name, month, Measure.COMPLETENESS))) for s in facts.services)
    said = [
        f"{s.label.in_language(say.code).lower()} {say.percent(share, 100, decimals=0)}"
        for s, share in known
        if share is not None
    ]
    return say.text(
        "Koko alueen kustannuksista {month} on arviolta kirjattu: {shares}.",
        month=say.short(month), shares=say.listed(said),
    )  # fmt: skip


def _share(shown: Shares, service: str, month: str, say: Language) -> str:
    """``86 % (80–92 %)``, without a range only the share, or a point."""
    wanted = (Measure.COMPLETENESS, Measure.COMPLETENESS_LOW, Measure.COMPLETENESS_HIGH)
    share, low, high = (shown.get((service, month, measure)) for measure in wanted)
    if share is None:
        return "."
    said = say.percent(share, 100, decimals=0)
    if low is None or high is None or low == high:
        return said
    return f"{said} ({say.number(low)}–{say.percent(high, 100, decimals=0)})"


def _certain(month: str, as_of: date, limit: int | None, say: Language) -> str:
    """The last month of which nothing can be claimed any more, or when this one will be such."""
    if limit is None:
        return say.text("sopimuksen mukaan")
    last = month
    while day_after(add_months(last, limit)) > as_of:
        last = add_months(last, -1)
    if year_of(last) == year_of(month):
        return say.text("{month} ja aiemmat", month=say.period(last))
    day = say.date(day_after(add_months(month, limit)))
    return say.text("{month} vasta {day}", month=say.period(month), day=day)
