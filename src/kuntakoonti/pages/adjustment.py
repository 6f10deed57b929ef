"""The year-end page: what was paid, what it cost, what is evened out, and how it was done."""

from collections.abc import Iterable

from kuntakoonti.core.markup import Nodes
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.annex_tables import count_text, counts_table, line_name
from kuntakoonti.pages.html import Html, element, joined, listing, row, table
from kuntakoonti.public.cells import ANY, Measure, Status

HIDDEN = "."


def summary(annex: Annex) -> Html:
    """In plain words: credit or additional charge, and from what."""
    sentences = _estimate(annex) if annex.figures.facts.kind == "estimate" else _final(annex)
    return Html(element("p", " ".join(sentences), class_="lead"))


def _final(annex: Annex) -> list[str]:
    say, year = annex.language, annex.year
    adjustment = annex.cents(ANY, year, Measure.ADJUSTMENT)
    actual = annex.cents(ANY, year, Measure.ACTUAL)
    if adjustment is None or actual is None:
        return [say.text("Tasausta ei esitetä.")]
    correction = _amount(annex, ANY, Measure.PRIOR_YEAR)
    of_two_years = say.text(
        "Vuoden {year} tasaus on {adjustment} ja aiempien vuosien oikaisu {correction}.",
        year=year,
        adjustment=say.signed_euros(adjustment),
        correction=say.signed_euros(correction),
    )
    made_of = say.text(
        "Ennakot vuonna {year} olivat {paid} ja toteutuneet kustannukset {actual}.",
        year=year,
        paid=say.euros(_amount(annex, ANY, Measure.ADVANCE)),
        actual=say.euros(actual),
    )
    return [
        _credit_or_charge(annex, adjustment + correction),
        *([of_two_years] if correction else []),
        made_of,
        *_forecast_before(annex),
        say.text("Arvonlisävero: katso lasku."),
    ]


def _forecast_before(annex: Annex) -> list[str]:
    """What was forecast last before the year closed, if anything was."""
    found, say = annex.figures.forecast_before, annex.language
    if found is None:
        return []
    known = {"month": say.period(found.month), "point": say.rounded_euros(found.point_cents)}
    if found.low_cents is None or found.high_cents is None:
        return [say.text("Viimeinen arvio kustannuksista ({month}) oli noin {point}.", **known)]
    return [
        say.text(
            "Viimeinen arvio kustannuksista ({month}) oli noin {point}, vaihteluväli {low} – {high}.",
            low=say.rounded_euros(found.low_cents), high=say.rounded_euros(found.high_cents), **known,
        )
    ]  # fmt: skip


def _credit_or_charge(annex: Annex, cents: int) -> str:
    say = annex.language
    amount = say.euros(abs(cents))
    if cents < 0:
        return say.text("Kunta saa hyvitystä {amount}.", amount=amount)
    if cents > 0:
        return say.text("Kunnalta laskutetaan lisää {amount}.", amount=amount)
    return say.text("Tasattavaa ei ole: {amount}.", amount=amount)


def _estimate(annex: Annex) -> list[str]:
    say, year = annex.language, annex.year
    recorded = annex.cents(ANY, year, Measure.ACTUAL_ROUNDED)
    closing = say.date(annex.figures.facts.year_closing_day)
    last = say.text("Lopullinen tasaus tehdään {day} tilanteesta.", day=closing)
    if recorded is None:
        hidden = say.text("Vuoden {year} kirjattua kustannusta ei vielä esitetä.", year=year)
        return [hidden, last]
    paid = _amount(annex, ANY, Measure.ADVANCE)
    so_far = say.text(
        "Vuoden {year} kustannuksia on kirjattu noin {recorded}; ennakot olivat {paid}.",
        year=year,
        recorded=say.rounded_euros(recorded),
        paid=say.euros(paid),
    )
    return [so_far, _would_be(annex, recorded, paid), last]


def _would_be(annex: Annex, recorded: int, paid: int) -> str:
    """What the adjustment would be if nothing more arrived, on the grid of the rounded cost."""
    say = annex.language
    step = 1_000_000 if abs(recorded) > 100_000_000 else 100_000
    gap = (abs(recorded - paid) + step // 2) // step * step
    amount = say.rounded_euros(gap)
    if not gap:
        return say.text("Jos uusia kirjauksia ei tulisi, tasattavaa ei juuri olisi.")
    if recorded < paid:
        return say.text(
            "Jos uusia kirjauksia ei tulisi, hyvitystä kertyisi noin {amount}.", amount=amount
        )
    return say.text(
        "Jos uusia kirjauksia ei tulisi, lisälaskua kertyisi noin {amount}.", amount=amount
    )


def settlement(annex: Annex) -> Html:
    """Budget, net advances, actual, adjustment and posting per service and in total."""
    final, say = annex.figures.facts.kind == "final", annex.language
    hidden = final and _is_hidden(annex)
    columns = {Measure.BUDGET: say.text("Talousarvio {year}", year=annex.year)}
    columns = columns if annex.has_budget(annex.year) else {}
    columns |= {
        Measure.ADVANCE: say.text("Ennakot, netto"),
        Measure.ACTUAL if final else Measure.ACTUAL_ROUNDED: say.text("Toteuma"),
    }
    if final:
        columns[Measure.ADJUSTMENT] = say.text("Tasaus")
    if hidden:
        columns[Measure.POSTING] = say.text("Tiliöinti\u00adehdotus")
    head = element("th", say.text("Euroa"), scope="col")
    head += joined(element("th", c, scope="col", class_="n") for c in columns.values())
    body = [_line(annex, s.name, columns) for s in annex.services]
    caption = say.text(
        "Ennakot ja toteutuneet kustannukset {year}, tilanne {day}",
        year=annex.year,
        day=say.date(annex.figures.facts.as_of),
    )
    shown = table(caption, row([head]), body, _line(annex, ANY, columns))
    return Html(element("h2", say.text("Tasaus")) + shown + joined(_notes(annex, hidden)))


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
        return say.text("noin {amount}", amount=say.number(cents // 100))
    return say.euros(cents, unit=False)


def _notes(annex: Annex, hidden: bool) -> list[Nodes]:
    notes, say = list[str](), annex.language
    if hidden:
        notes.append(
            say.text(
                ". Toteuma annetaan vain yhteensä, koska palvelukohtaisesta summasta voisi päätellä "
                "yksittäisen asiakkaan tuen. Tiliöintiehdotus jakaa tasauksen ennakkojen suhteessa; "
                "se ei kerro palvelun toteumaa."
            )
        )
    if annex.figures.facts.kind == "estimate":
        notes.append(
            say.text(
                ". Ennen lopullista tasausta toteuma annetaan vain yhteensä ja pyöristettynä "
                "({step}; yli miljoonan summat {larger_step}).",
                step=say.rounded_euros(100_000),
                larger_step=say.rounded_euros(1_000_000),
            )
        )
    correction = annex.cents(ANY, annex.year, Measure.PRIOR_YEAR)
    if correction is not None:
        amount = say.signed_euros(correction)
        notes.append(
            say.text("Aiempien vuosien oikaisu, ei mukana toteumassa: {amount}.", amount=amount)
        )
    return [element("p", n, class_="note") for n in notes]


def clients(annex: Annex) -> Html:
    """The year's distinct clients per published series, and the periods as they were closed."""
    say = annex.language
    periods = joined(counts_table(annex, grain) for grain in ("month", "quarter"))
    title = element("h2", say.text("Asiakkaita palveluissa"))
    return Html(title + _of_the_year(annex) + _not_shown(annex) + periods)


def _of_the_year(annex: Annex) -> Nodes:
    body, say = list[Nodes](), annex.language
    for service in (*(s.name for s in annex.services), ANY):
        cell = annex.cell(service, annex.year, Measure.CLIENTS)
        if cell:
            name = element("th", annex.label(service), scope="row")
            body.append(row([name, element("td", count_text(annex, cell), class_="n")]))
    head = element("th", say.text("Palvelu"), scope="col")
    head += element("th", say.text("Eri asiakkaita"), scope="col", class_="n")
    caption = say.text("Eri asiakkaita koko vuonna {year}, kukin kerran", year=annex.year)
    return table(caption, row([head]), body) if body else ()


def _not_shown(annex: Annex) -> Nodes:
    cells = [c for c in annex.figures.cells if c.measure is Measure.CLIENTS]
    if not any(c.status is Status.NOT_SHOWN for c in cells):
        return ()
    said = annex.language.text(
        "Ei esitetä: vuoden luku, sen ero johonkin jaksoon tai jaksojen toistuvat asiakkaat olisivat "
        "alle {threshold}.",
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
        "Myöhemmin kirjatut kustannukset ja takaisinperinnät sisältyvät vuoden {year} tasaukseen.",
        year=following,
    )
    if facts.kind == "estimate":
        closing = say.date(facts.year_closing_day)
        items.append(
            say.text(
                "Lopullisessa tasauksessa on mukana, mitä kirjataan {day} mennessä.", day=closing
            )
        )
        after = say.text(
            "Sen jälkeen kirjatut kustannukset ja takaisinperinnät sisältyvät vuoden {year} tasaukseen.",
            year=following,
        )
    return listing(say.text("Mitä voi vielä tulla"), [*items, after])


def _amount(annex: Annex, service: str, measure: Measure) -> int:
    return annex.cents(service, annex.year, measure) or 0
