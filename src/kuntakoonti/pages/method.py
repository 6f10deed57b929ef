"""How the figures of a page are made: what a month, a client and a municipality are, when a figure
is complete, and how costs were allocated."""

from datetime import date

from kuntakoonti.core.errors import message
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import Html, listing
from kuntakoonti.public.cells import ANY, Measure, Plan

POPULATION_DAY = date(2022, 12, 31)

RESIDENCE = {
    "last_service_day": message(
        "Kunta määräytyy kotikunnan mukaan kuukauden viimeisenä palvelupäivänä."
    ),
    "month_first_day": message("Kunta määräytyy kotikunnan mukaan kuukauden ensimmäisenä päivänä."),
    "month_last_day": message("Kunta määräytyy kotikunnan mukaan kuukauden viimeisenä päivänä."),
}
SCHEDULE = {
    "monthly": message("kuukausittain tasaerin"),
    "quarterly": message("neljännesvuosittain tasaerin"),
}
AGREED_SHARES = message("sovituin osuuksin")
GRAIN = {
    "month": message("{services} kuukausittain"),
    "quarter": message("{services} neljännesvuosittain"),
    "year": message("{services} koko vuodelta"),
}
BASIS = {
    "last_year": message(
        "Jakso on valittu viime vuoden luvuista: lyhin, jonka luvuista vähintään {share} on "
        "{threshold} tai enemmän, muuten pisin. Jakso on sama koko vuoden."
    ),
    "budget": message(
        "Jakso on valittu talousarviosta, koska viime vuoden lukuja ei ole: lyhin, jonka luvuista "
        "vähintään {share} on {threshold} tai enemmän, muuten pisin. Jakso on sama koko vuoden."
    ),
    "decision": message("Jakso on päätetty: {reference}."),
}


def counts(annex: Annex) -> Html:
    """How the figures are made: month of data and of invoice, grain, closing, residence, 55+."""
    items = [
        _two_months(annex),
        _who_counts(annex),
        *_grains(annex),
        _closing(annex),
        _late(annex),
        *_counted_in(annex),
        *_per_inhabitant(annex),
    ]
    return listing(annex.language.text("Miten luvut on laskettu"), items, css="note")


def _two_months(annex: Annex) -> str:
    facts, say = annex.figures.facts, annex.language
    return say.text(
        "Tietokuukausi ja laskukuukausi ovat eri asioita: asiakaslukujen viimeisin kuukausi on "
        "{month}, lasku on ennakko jaksolta {period}. Ennakko perustuu talousarvioon ({schedule}), "
        "ei näihin asiakkaisiin; vuoden lopussa tasaus oikaisee erotuksen toteutuneisiin "
        "kustannuksiin.",
        month=say.period(facts.month),
        period=say.period(facts.invoice_period),
        schedule=say.text(SCHEDULE.get(facts.advance_schedule, AGREED_SHARES)),
    )


def _who_counts(annex: Annex) -> str:
    counted = annex.language.text(
        "Asiakas on palvelussa kuukautena, jos yksikin palvelupäivä osuu siihen; jokainen lasketaan "
        "jaksossa kerran, joten kuukausia ei voi laskea yhteen neljännekseksi tai vuodeksi."
    )
    return f"{counted} {annex.language.text(RESIDENCE[annex.figures.facts.residence_day])}"


def _grains(annex: Annex) -> list[str]:
    said, say = [], annex.language
    for year, plan in sorted(annex.figures.plans.items()):
        by_grain: dict[str, list[str]] = {}
        for service, grain in plan.grains.items():
            by_grain.setdefault(grain, []).append(annex.label(service).lower())
        grains = [say.text(GRAIN[g], services=say.listed(s)) for g, s in by_grain.items()]
        made = say.text("Luvut {year}: {grains}.", year=year, grains="; ".join(grains))
        said.append(f"{made} {_why(annex, plan)}")
    return said


def _why(annex: Annex, plan: Plan) -> str:
    return annex.language.text(
        BASIS[plan.basis],
        reference=plan.reference,
        share=annex.language.percent(annex.figures.facts.grain_percent, 100, decimals=0),
        threshold=annex.figures.facts.threshold,
    )


def _closing(annex: Annex) -> str:
    say = annex.language
    lags = [
        say.plural(
            "{service} {count} kk jakson päättymisestä",
            "{service} {count} kk jakson päättymisestä",
            s.closing_lag,
            service=annex.label(s.name).lower(),
        )
        for s in annex.services
    ]
    return say.text(
        "Vuoden {year} luku valmistuu: {lags}. Sen jälkeen lukua ei muuteta.",
        year=annex.year,
        lags="; ".join(lags),
    )


def _late(annex: Annex) -> str:
    return annex.language.text(
        "Myöhemmin kirjatut asiakkaat ovat mukana koko vuoden luvussa ja kustannuksissa. "
        "Vuoden {year} luvut sulkeutuvat viimeistään {day}.",
        year=annex.year,
        day=annex.language.date(annex.figures.facts.year_closing_day),
    )


def _per_inhabitant(annex: Annex) -> list[str]:
    year, say = annex.year, annex.language
    budget, people = annex.cents(ANY, year, Measure.BUDGET), annex.figures.population
    if not budget or not people:
        return []
    said = say.text(
        "Talousarvio {year} on {each} asukasta kohden ({people} asukasta {day}).",
        year=year,
        each=say.euros((2 * budget + people) // (2 * people)),
        people=say.number(people),
        day=say.date(POPULATION_DAY),
    )
    return [said]


def _counted_in(annex: Annex) -> list[str]:
    say = annex.language
    said = [
        say.text(
            "{service}: mukana myös {also}.",
            service=annex.label(s.name),
            also=also.in_language(say.code).lower(),
        )
        for s in annex.services
        for also in s.also
    ]
    left_out = [t.in_language(say.code).lower() for t in annex.figures.facts.excluded]
    absent = say.text("Ei mukana: {services}.", services=say.listed(left_out)) if left_out else ""
    return [*said, absent] if absent else said


def adjustment(annex: Annex) -> Html:
    """How costs were allocated and what the figures mean."""
    say = annex.language
    actual = say.text(
        "Toteuma on niiden kustannusten summa, joiden palvelukuukausi on vuonna {year}, tilanteen "
        "mukaisina; korjaukset ja takaisinperinnät ovat mukana.",
        year=annex.year,
    )
    prior_years = say.text(
        "Aiempien vuosien kustannuksiin niiden lopullisen tasauksen jälkeen kirjatut muutokset ovat "
        "omalla rivillään tai, jos niillä ei ole omaa riviä, mukana toteumassa."
    )
    items = [
        actual,
        *([prior_years] if annex.figures.facts.kind == "final" else []),
        say.text(
            "Asiakkaan kustannus seuraa asiakaskuukauden kuntaa. Ryhmän kustannus jaetaan "
            "osallistujapäivien suhteessa kaikille kunnille yhdellä kertaa, sentit suurimman "
            "jakojäännöksen mukaan."
        ),
        say.text("Tasaus = toteuma − ennakot. Negatiivinen on hyvitys, positiivinen lisälasku."),
        say.text(
            "Ennakoissa ovat mukana kaikki vuoden laskut ja hyvitykset, myös kahdesti tai väärin "
            "laskutetut."
        ),
        say.text(
            "Jaksojen luvut ovat sellaisina kuin ne valmistuivat; vuoden luku sisältää myös myöhemmin "
            "kirjatut."
        ),
    ]
    return listing(say.text("Miten tasaus on laskettu"), items, css="note")
