"""The year-end page: what was paid, what it cost, what is evened out, and how it was done."""

from html import escape

from kuntakoonti.annex.frames import Annex
from kuntakoonti.annex.html import Html, element
from kuntakoonti.annex.tables import count_text, counts_table, row, table
from kuntakoonti.handover import ANY, Measure, Status

HIDDEN = "."


def summary(annex: Annex) -> Html:
    """In plain words: credit or additional charge, and from what."""
    sentences = _estimate(annex) if annex.figures.facts.kind == "estimate" else _final(annex)
    return Html(element("p", escape(" ".join(sentences)), class_="lead"))


def _final(annex: Annex) -> list[str]:
    say, year = annex.language, annex.year
    adjustment = annex.cents(ANY, year, Measure.ADJUSTMENT)
    actual = annex.cents(ANY, year, Measure.ACTUAL)
    if adjustment is None or actual is None:
        return ["Tasausta ei esitetä."]
    paid = say.euros(_amount(annex, ANY, Measure.ADVANCE))
    correction = _amount(annex, ANY, Measure.PRIOR_YEAR)
    said = [_credit_or_charge(annex, adjustment + correction)]
    if correction:
        parts = say.signed_euros(adjustment), say.signed_euros(correction)
        said.append(f"Vuoden {year} tasaus on {parts[0]} ja aiempien vuosien oikaisu {parts[1]}.")
    return [
        *said,
        f"Ennakot vuonna {year} olivat {paid} ja toteutuneet kustannukset {say.euros(actual)}.",
        "Arvonlisävero: katso lasku.",
    ]


def _credit_or_charge(annex: Annex, cents: int) -> str:
    amount = annex.language.euros(abs(cents))
    if cents < 0:
        return f"Kunta saa hyvitystä {amount}."
    return f"Kunnalta laskutetaan lisää {amount}." if cents else "Tasattavaa ei ole: 0,00 €."


def _estimate(annex: Annex) -> list[str]:
    say, year = annex.language, annex.year
    recorded = annex.cents(ANY, year, Measure.ACTUAL_ROUNDED)
    closing = say.date(annex.figures.facts.year_closing_day)
    last = f"Lopullinen tasaus tehdään {closing} tilanteesta."
    if recorded is None:
        return [f"Vuoden {year} kirjattua kustannusta ei vielä esitetä.", last]
    paid = _amount(annex, ANY, Measure.ADVANCE)
    step = 1_000_000 if abs(recorded) > 100_000_000 else 100_000
    gap = (abs(recorded - paid) + step // 2) // step * step
    word = "hyvitystä" if recorded < paid else "lisälaskua"
    result = (
        f"{word} kertyisi noin {say.rounded_euros(gap)}" if gap else "tasattavaa ei juuri olisi"
    )
    return [
        f"Vuoden {year} kustannuksia on kirjattu noin {say.rounded_euros(recorded)}; ennakot olivat "
        f"{say.euros(paid)}.",
        f"Jos uusia kirjauksia ei tulisi, {result}.",
        last,
    ]


def settlement(annex: Annex) -> Html:
    """Budget, net advances, actual, adjustment and posting per service and in total."""
    final = annex.figures.facts.kind == "final"
    columns = [f"Talousarvio {annex.year}", "Ennakot, netto", "Toteuma"]
    columns += ["Tasaus"] if final else []
    hidden = final and _is_hidden(annex)
    columns += ["Tiliöinti\u00adehdotus"] if hidden else []
    head = element("th", "Euroa", scope="col")
    head += "".join(element("th", c, scope="col", class_="n") for c in columns)
    measures = [
        Measure.BUDGET,
        Measure.ADVANCE,
        Measure.ACTUAL if final else Measure.ACTUAL_ROUNDED,
    ]
    measures += [Measure.ADJUSTMENT] if final else []
    measures += [Measure.POSTING] if hidden else []
    services = [s.name for s in annex.services]
    body = [_line(annex, s, measures) for s in services]
    shown = table(_caption(annex), row([head]), body, _line(annex, ANY, measures))
    return Html(element("h2", "Tasaus") + shown + "".join(_notes(annex, hidden)))


def _is_hidden(annex: Annex) -> bool:
    cells = [annex.cell(s.name, annex.year, Measure.ACTUAL) for s in annex.services]
    return any(c is not None and c.status is Status.NOT_SHOWN for c in cells)


def _caption(annex: Annex) -> str:
    return f"Ennakot ja toteutuneet kustannukset {annex.year}, tilanne {annex.language.date(annex.figures.facts.as_of)}"


def _line(annex: Annex, service: str, measures: list[Measure]) -> str:
    name = "Yhteensä" if service == ANY else annex.label(service)
    cells = [element("th", escape(name), scope="row")]
    cells += [element("td", _money(annex, service, m), class_="n") for m in measures]
    return row(cells, "total" if service == ANY else "")


def _money(annex: Annex, service: str, measure: Measure) -> str:
    if measure is Measure.POSTING and service == ANY:
        measure = Measure.ADJUSTMENT
    cents = annex.cents(service, annex.year, measure)
    if cents is None:
        return HIDDEN
    if measure is Measure.ACTUAL_ROUNDED:
        return "noin " + annex.language.rounded_euros(cents).removesuffix("\u00a0€")
    return annex.language.euros(cents, unit=False)


def _notes(annex: Annex, hidden: bool) -> list[str]:
    notes = []
    if hidden:
        notes.append(
            ". Toteuma annetaan vain yhteensä, koska palvelukohtaisesta summasta voisi päätellä yksittäisen "
            "asiakkaan tuen. Tiliöintiehdotus jakaa tasauksen ennakkojen suhteessa; se ei kerro palvelun toteumaa."
        )
    if annex.figures.facts.kind == "estimate":
        notes.append(
            ". Ennen lopullista tasausta toteuma annetaan vain yhteensä ja pyöristettynä (1 000 €; "
            "yli miljoonan summat 10 000 €)."
        )
    correction = annex.cents(ANY, annex.year, Measure.PRIOR_YEAR)
    if correction is not None:
        amount = annex.language.signed_euros(correction)
        notes.append(f"Aiempien vuosien oikaisu, ei mukana toteumassa: {amount}.")
    return [element("p", escape(n), class_="note") for n in notes]


def clients(annex: Annex) -> Html:
    """The year's distinct clients per published series, and the periods as they were closed."""
    body = []
    for service in (*(s.name for s in annex.services), ANY):
        cell = annex.cell(service, annex.year, Measure.CLIENTS)
        if cell:
            name = element("th", escape(annex.label(service)), scope="row")
            body.append(row([name, element("td", escape(count_text(annex, cell)), class_="n")]))
    head = element("th", "Palvelu", scope="col") + element(
        "th", "Eri asiakkaita", scope="col", class_="n"
    )
    year = (
        table(f"Eri asiakkaita koko vuonna {annex.year}, kukin kerran", row([head]), body)
        if body
        else ""
    )
    periods = "".join(counts_table(annex, grain) for grain in ("month", "quarter"))
    return Html(element("h2", "Asiakkaita palveluissa") + year + _not_shown(annex) + periods)


def _not_shown(annex: Annex) -> str:
    cells = [c for c in annex.figures.cells if c.measure is Measure.CLIENTS]
    if not any(c.status is Status.NOT_SHOWN for c in cells):
        return ""
    return element(
        "p",
        "Ei esitetä: vuoden luku, sen ero johonkin jaksoon tai jaksojen toistuvat asiakkaat olisivat "
        f"alle {annex.figures.facts.threshold}.",
        class_="note",
    )


def late(annex: Annex) -> Html:
    """What may still arrive and until when by law, and where it goes."""
    code = annex.language.code
    items = [
        f"{annex.label(s.name)}: {s.late_claims.in_language(code)}."
        for s in annex.services
        if s.late_claims
    ]
    facts, following = annex.figures.facts, int(annex.year) + 1
    when = "Myöhemmin"
    if facts.kind == "estimate":
        closing = annex.language.date(facts.year_closing_day)
        items.append(f"Lopullisessa tasauksessa on mukana, mitä kirjataan {closing} mennessä.")
        when = "Sen jälkeen"
    items.append(
        f"{when} kirjatut kustannukset ja takaisinperinnät sisältyvät vuoden {following} tasaukseen."
    )
    listed = "".join(element("li", escape(i)) for i in items)
    return Html(element("h2", "Mitä voi vielä tulla") + element("ul", listed))


def method(annex: Annex) -> Html:
    """How costs were allocated and what the figures mean."""
    items = [
        "Toteuma on niiden kustannusten summa, joiden palvelukuukausi on vuonna "
        f"{annex.year}, tilanteen mukaisina; korjaukset ja takaisinperinnät ovat mukana.",
        "Asiakkaan kustannus seuraa asiakaskuukauden kuntaa. Ryhmän kustannus jaetaan osallistujapäivien "
        "suhteessa kaikille kunnille yhdellä kertaa, sentit suurimman jakojäännöksen mukaan.",
        "Tasaus = toteuma − ennakot. Negatiivinen on hyvitys, positiivinen lisälasku.",
        "Ennakoissa ovat mukana kaikki vuoden laskut ja hyvitykset, myös kahdesti tai väärin laskutetut.",
        "Jaksojen luvut ovat sellaisina kuin ne valmistuivat; vuoden luku sisältää myös myöhemmin kirjatut.",
    ]
    if annex.figures.facts.kind == "final":
        items.insert(
            1,
            "Aiempien vuosien kustannuksiin niiden lopullisen tasauksen jälkeen kirjatut muutokset ovat "
            "omalla rivillään tai, jos niillä ei ole omaa riviä, mukana toteumassa.",
        )
    listed = "".join(element("li", escape(i)) for i in items)
    return Html(element("h2", "Miten tasaus on laskettu") + element("ul", listed))


def _amount(annex: Annex, service: str, measure: Measure) -> int:
    return annex.cents(service, annex.year, measure) or 0
