"""The sentences of the annex. Names are never inflected; every sentence stands whole in one place."""

from html import escape

from kuntakoonti.annex.frames import Annex
from kuntakoonti.annex.html import Html, element
from kuntakoonti.annex.tables import count_text
from kuntakoonti.calendar import year_of
from kuntakoonti.handover import ANY, Measure, Mismatch, Plan, Status

RESIDENCE_DAY = {
    "last_service_day": "kuukauden viimeisenä palvelupäivänä",
    "month_first_day": "kuukauden ensimmäisenä päivänä",
    "month_last_day": "kuukauden viimeisenä päivänä",
}
SCHEDULE = {"monthly": "kuukausittain tasaerin", "quarterly": "neljännesvuosittain tasaerin"}
GRAIN = {"month": "kuukausittain", "quarter": "neljännesvuosittain", "year": "koko vuodelta"}
BASIS = {
    "last_year": "Jakso on valittu viime vuoden luvuista",
    "budget": "Jakso on valittu talousarviosta, koska viime vuoden lukuja ei ole",
    "decision": "Jakso on päätetty",
}


def heading(annex: Annex) -> Html:
    """Who sends, what this is, to whom, as at which day, with which invoice, and whom to ask."""
    facts, say = annex.figures.facts, annex.language
    sender = element("p", escape(facts.sender.in_language(say.code)), class_="sender")
    case = f"Asia {facts.case_number} · versio {facts.version}"
    pairs = {
        "Kunta": _municipality(annex),
        "Tilanne": say.date(facts.as_of),
        "Ennakko": _this_invoice(annex),
        "Hyväksyjä": "luonnos, ei hyväksytty" if annex.is_draft else annex.manifest.approved_by,
        "Kysy": facts.contact.in_language(say.code),
        "Huomauta": f"{facts.objection_days} päivän kuluessa laskusta, viite {facts.case_number}",
    }
    rows = "".join(element("dt", k) + element("dd", escape(v)) for k, v in pairs.items())
    head = element(
        "header", sender + element("p", escape(case), class_="case"), class_="letterhead"
    )
    return Html(
        head
        + _secrecy(annex)
        + element("h1", escape(_title(annex)))
        + element("dl", rows, class_="facts")
    )


def _title(annex: Annex) -> str:
    facts = annex.figures.facts
    if facts.kind == "final":
        return f"Vuoden {annex.year} tasaus, lopullinen"
    if facts.kind == "estimate":
        return f"Vuoden {annex.year} tasausarvio, ennakollinen"
    return f"Kuntalaskutuksen liite: koontitiedot, {annex.language.period(facts.month)}"


def _secrecy(annex: Annex) -> str:
    """The mark that a secret document must carry, and its basis."""
    if not annex.figures.secret:
        return ""
    text = "SALASSA PIDETTÄVÄ (JulkL 621/1999 § 24.1 k. 25 ja § 25). Ei verkkolaskun liitteeksi eikä julkaistavaksi."
    return element("p", element("strong", text))


def _municipality(annex: Annex) -> str:
    name = f"{annex.figures.municipality} {annex.figures.name.in_language(annex.language.code)}"
    return f"{name} (vastuukunta, sisäinen veloitus)" if annex.is_host else name


def _this_invoice(annex: Annex) -> str:
    period = annex.figures.facts.invoice_period
    if annex.figures.facts.kind != "month":
        rows = [i for i in annex.figures.invoices if year_of(i.period) == period]
        return f"vuoden {period} ennakot, {len(rows)} laskuriviä"
    ids = sorted({i.invoice_id for i in annex.figures.invoices if i.period == period})
    word = "tosite" if annex.is_host else "lasku"
    known = ", ".join(f"{word} {i}" for i in ids) or f"{word}a ei ole vielä kirjattu"
    return f"{annex.language.period(period)}, {known}"


def summary(annex: Annex) -> Html:
    """The newest complete counts, the advance and the year so far, and whether it all agrees."""
    sentences = [s for s in (_newest(annex), _money(annex), _agreement(annex)) if s]
    return Html(element("p", escape(" ".join(sentences)), class_="lead"))


def _newest(annex: Annex) -> str:
    said = []
    for service in (*(s.name for s in annex.services), ANY):
        closed = [
            c for c in annex.clients(service) if c.status in (Status.FINAL, Status.UNDER_THRESHOLD)
        ]
        if closed:
            newest = closed[-1]
            when = annex.language.period(newest.period)
            said.append(f"{annex.label(service).lower()} {count_text(annex, newest)} ({when})")
    if not said:
        return "Valmiita asiakaslukuja ei vielä ole."
    return f"Viimeisimmät valmiit asiakasluvut: {annex.language.listed(said)}."


def _money(annex: Annex) -> str:
    say, period = annex.language, annex.figures.facts.invoice_period
    year = year_of(period)
    now = annex.cents(ANY, period, Measure.ADVANCE) or 0
    paid = annex.cents(ANY, year, Measure.ADVANCE) or 0
    budget = annex.cents(ANY, year, Measure.BUDGET) or 0
    share = f", {say.percent(paid, budget)} talousarviosta" if budget else ""
    return (
        f"Tämä ennakko on {say.euros(now)}; vuonna {year} ennakot ovat yhteensä "
        f"{say.euros(paid)}{share}."
    )


def _agreement(annex: Annex) -> str:
    open_ones = [m for m in annex.figures.mismatches if m.finding != "doubled_credited"]
    if open_ones:
        return f"Laskuissa on huomattavaa ({len(open_ones)}), katso kohta Täsmäytys."
    return "Ennakot vastaavat talousarviota."


def reconciliation(annex: Annex) -> Html:
    """Mismatches by invoice number, the budget per inhabitant, and the control of the allocation."""
    items = [_mismatch(annex, m) for m in annex.figures.mismatches]
    if not items:
        items = [
            "Poikkeavia, puuttuvia, kaksinkertaisia tai väärään kuntaan lähetettyjä laskuja ei ole."
        ]
    per_head = _per_inhabitant(annex)
    items += [per_head] if per_head else []
    difference = annex.language.euros(annex.figures.facts.cost_difference_cents)
    items.append(
        "Kuntakohdistus on tarkistettu: jäsenkunnat + alueen ulkopuoli + kohdentamatta = lähdetiedot, "
        f"erotus {difference}."
    )
    listed = "".join(element("li", escape(item)) for item in items)
    return Html(element("h2", "Täsmäytys") + element("ul", listed))


def _mismatch(annex: Annex, m: Mismatch) -> str:
    say = annex.language
    what = f"{annex.label(m.service)}, {say.period(m.period)}"
    ids = say.listed(list(m.invoice_ids)) if m.invoice_ids else ""
    got, due = say.euros(m.invoiced_cents), say.euros(m.expected_cents)
    gap = say.signed_euros(m.invoiced_cents - m.expected_cents)
    return {
        "missing": f"{what}: lasku puuttuu; talousarvion mukainen ennakko on {due}.",
        "doubled": f"{what}: laskutettu kahdesti ({ids}), yhteensä {got}; pitäisi olla {due}, "
        f"erotus {gap}. Hyvityslasku puuttuu.",
        "doubled_credited": f"{what}: laskutettu kahdesti ja hyvitetty ({ids}); nyt {got}. Kunnossa.",
        "differing": f"{what}: laskutettu {got} ({ids}); talousarvion mukainen ennakko on {due}, "
        f"erotus {gap}.",
        "misdirected": f"{what}: laskutettu {got} ({ids}), joka näyttää toisen kunnan ennakolta; "
        f"tämän kunnan ennakko on {due}.",
    }[m.finding]


def _per_inhabitant(annex: Annex) -> str:
    year = year_of(annex.figures.facts.invoice_period)
    budget, people = annex.cents(ANY, year, Measure.BUDGET), annex.figures.population
    if not budget or not people:
        return ""
    each = annex.language.euros((2 * budget + people) // (2 * people))
    return f"Talousarvio {year} on {each} asukasta kohden ({annex.language.number(people)} asukasta 31.12.2022)."


def reading_guide(annex: Annex) -> Html:
    """What "alle 5" and "väh." mean, said so that a council member understands."""
    t = annex.figures.facts.threshold
    running = any(c.status is Status.PRELIMINARY for c in annex.figures.cells)
    hidden = (
        f"<strong>Alle {t}</strong> tarkoittaa 0–{t - 1} asiakasta. Tarkempaa lukua ei kerrota, koska jo "
        "asiakkuus on salassa pidettävä tieto (JulkL 621/1999 § 24.1 k. 25) ja pienestä luvusta voisi "
        "päätellä, kenestä on kyse. Myös nolla on alle viisi. Laskun summaan merkintä ei vaikuta."
    ).replace("alle viisi", f"alle {t}")
    so_far = (
        "<strong>Väh. 10</strong> tarkoittaa, että tähän mennessä on kirjattu 10–14 asiakasta. Työnantajat ja "
        "palveluntuottajat ilmoittavat viiveellä, joten luku yleensä kasvaa ennen kuin se valmistuu."
    )
    content = (
        element("h2", "Näin luvut luetaan")
        + element("p", hidden)
        + (element("p", so_far) if running else "")
    )
    return Html(element("aside", content, class_="box"))


def definitions(annex: Annex) -> Html:
    """How the figures are made: month of data and of invoice, grain, closing, residence, 55+."""
    items = [
        _two_months(annex),
        _who_counts(annex),
        *_grains(annex),
        _closing(annex),
        _late(annex),
        *_counted_in(annex),
    ]
    listed = "".join(element("li", escape(item)) for item in items)
    return Html(element("h2", "Miten luvut on laskettu") + element("ul", listed))


def _two_months(annex: Annex) -> str:
    facts, say = annex.figures.facts, annex.language
    return (
        "Tietokuukausi ja laskukuukausi ovat eri asioita: asiakaslukujen viimeisin kuukausi on "
        f"{say.period(facts.month)}, lasku on ennakko jaksolta {say.period(facts.invoice_period)}. Ennakko perustuu talousarvioon "
        f"({SCHEDULE.get(facts.advance_schedule, 'sovituin osuuksin')}), ei näihin asiakkaisiin; vuoden lopussa "
        "tasaus oikaisee erotuksen toteutuneisiin kustannuksiin."
    )


def _who_counts(annex: Annex) -> str:
    day = RESIDENCE_DAY[annex.figures.facts.residence_day]
    return (
        "Asiakas on palvelussa kuukautena, jos yksikin palvelupäivä osuu siihen; jokainen lasketaan jaksossa "
        "kerran, joten kuukausia ei voi laskea yhteen neljännekseksi tai vuodeksi. "
        f"Kunta määräytyy kotikunnan mukaan {day}."
    )


def _grains(annex: Annex) -> list[str]:
    said = []
    for year, plan in sorted(annex.figures.plans.items()):
        by_grain: dict[str, list[str]] = {}
        for service, grain in plan.grains.items():
            by_grain.setdefault(grain, []).append(annex.label(service).lower())
        parts = [f"{annex.language.listed(s)} {GRAIN[g]}" for g, s in by_grain.items()]
        said.append(f"Luvut {year}: {'; '.join(parts)}. {_why(annex, plan)}")
    return said


def _why(annex: Annex, plan: Plan) -> str:
    if plan.basis == "decision":
        return f"{BASIS['decision']}: {plan.reference}."
    t = annex.figures.facts.threshold
    return (
        f"{BASIS[plan.basis]}: lyhin, jonka luvuista vähintään 80 % on {t} tai enemmän. "
        "Jakso on sama koko vuoden."
    )


def _closing(annex: Annex) -> str:
    lags = [
        f"{annex.label(s.name).lower()} {s.closing_lag} kk jakson päättymisestä"
        for s in annex.services
    ]
    return f"Luku valmistuu: {'; '.join(lags)}. Sen jälkeen lukua ei muuteta."


def _late(annex: Annex) -> str:
    day = annex.language.date(annex.figures.facts.year_closing_day)
    return (
        "Myöhemmin kirjatut asiakkaat ovat mukana koko vuoden luvussa ja kustannuksissa. "
        f"Vuoden {annex.year} luvut sulkeutuvat viimeistään {day}."
    )


def _counted_in(annex: Annex) -> list[str]:
    code = annex.language.code
    said = [
        f"{annex.label(s.name)}: mukana myös {also.in_language(code)}."
        for s in annex.services
        for also in s.also
    ]
    left_out = [t.in_language(code) for t in annex.figures.facts.excluded]
    return said + ([f"Ei mukana: {annex.language.listed(left_out)}."] if left_out else [])
