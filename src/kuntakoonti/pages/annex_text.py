"""The sentences of the annex. Names are never inflected; every sentence stands whole in one place."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.annex_tables import count_text, this_advance
from kuntakoonti.pages.forecast import sentence
from kuntakoonti.pages.html import Html, element, joined, listing, with_strong
from kuntakoonti.pages.letterhead import approver, letterhead
from kuntakoonti.pages.notices import notices
from kuntakoonti.public.cells import ANY, Cell, Measure, Mismatch, Status
from kuntakoonti.public.wording import SECRET_PAGE

FINDING = {
    "missing": message(
        "{service}, {period}: lasku puuttuu; talousarvion mukainen ennakko on {due}."
    ),
    "doubled": message(
        "{service}, {period}: laskutettu kahdesti ({ids}), yhteensä {got}; pitäisi olla {due}, "
        "erotus {gap}. Hyvityslasku puuttuu."
    ),
    "doubled_credited": message(
        "{service}, {period}: laskutettu kahdesti ja hyvitetty ({ids}); nyt {got}. Kunnossa."
    ),
    "differing": message(
        "{service}, {period}: laskutettu {got} ({ids}); talousarvion mukainen ennakko on {due}, "
        "erotus {gap}."
    ),
    "misdirected": message(
        "{service}, {period}: laskutettu {got} ({ids}), joka näyttää toisen kunnan ennakolta; "
        "tämän kunnan ennakko on {due}."
    ),
}
SETTLED = {
    "missing": message(
        "{service}, {period}: laskua ei ole lähetetty; talousarvion mukainen ennakko oli {due}. Tasaus "
        "kattaa sen, joten laskua ei enää lähetetä."
    ),
    "doubled": message(
        "{service}, {period}: laskutettu kahdesti ({ids}), yhteensä {got}; talousarvion mukainen ennakko "
        "oli {due}. Tasaus oikaisee erotuksen {gap}, joten erillistä hyvityslaskua ei tehdä."
    ),
    "differing": message(
        "{service}, {period}: laskutettu {got} ({ids}); talousarvion mukainen ennakko oli {due}. Tasaus "
        "oikaisee erotuksen {gap}."
    ),
}


def heading(annex: Annex) -> Html:
    """Who sends, what this is, to whom, as at which day, with which invoice, and whom to ask."""
    facts, say = annex.figures.facts, annex.language
    pairs = {
        say.text("Kunta"): _municipality(annex),
        say.text("Tilanne"): say.date(facts.as_of),
        say.text("Ennakko"): _this_invoice(annex),
        say.text("Hyväksyjä"): approver(annex.manifest, say),
        say.text("Kysy"): facts.contact.in_language(say.code),
        say.text("Huomauta"): say.plural(
            "{count} päivän kuluessa laskusta, viite {case}",
            "{count} päivän kuluessa laskusta, viite {case}",
            facts.objection_days,
            case=facts.case_number,
        ),
    }
    head = letterhead(facts, say, _title(annex), pairs, _secrecy(annex))
    return Html(head.nodes + notices(facts, annex.figures.corrections, say))


def _title(annex: Annex) -> str:
    facts, say = annex.figures.facts, annex.language
    if facts.kind == "final":
        return say.text("Vuoden {year} tasaus, lopullinen", year=annex.year)
    if facts.kind == "estimate":
        return say.text("Vuoden {year} tasausarvio, ennakollinen", year=annex.year)
    month = say.period(facts.month)
    return say.text("Kuntalaskutuksen liite: koontitiedot, {month}", month=month)


def _secrecy(annex: Annex) -> Nodes:
    """The mark that a secret document must carry, and its basis."""
    if not annex.figures.secret:
        return ()
    say = annex.language
    limits = say.text("Ei verkkolaskun liitteeksi eikä julkaistavaksi.")
    return element("p", element("strong", f"{say.text(SECRET_PAGE)}. {limits}"))


def _municipality(annex: Annex) -> str:
    say = annex.language
    name = f"{annex.figures.municipality} {annex.figures.name.in_language(say.code)}"
    if not annex.is_host:
        return name
    return say.text("{municipality} (vastuukunta, sisäinen veloitus)", municipality=name)


def _this_invoice(annex: Annex) -> str:
    period, say = annex.figures.facts.invoice_period, annex.language
    if annex.figures.facts.kind != "month":
        rows = sum(year_of(i.period) == period for i in annex.figures.invoices)
        return say.plural(
            "vuoden {year} ennakot, {count} laskurivi",
            "vuoden {year} ennakot, {count} laskuriviä",
            rows,
            year=period,
        )
    ids = sorted({i.invoice_id for i in annex.figures.invoices if i.period == period})
    if not ids:
        return say.text("{period}, ei vielä kirjattu", period=say.period(period))
    known = {"period": say.period(period), "ids": say.listed(ids)}
    if annex.is_host:
        return say.plural("{period}, tosite {ids}", "{period}, tositteet {ids}", len(ids), **known)
    return say.plural("{period}, lasku {ids}", "{period}, laskut {ids}", len(ids), **known)


def summary(annex: Annex) -> Html:
    """The newest complete counts, the advance and the year so far, and whether it all agrees."""
    sentences = (_newest(annex), _money(annex), _agreement(annex), sentence(annex))
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
        return say.text("Valmiita asiakaslukuja ei vielä ole.")
    if not said:
        return say.text("Asiakaslukuja ei esitetä tässä julkaisussa.")
    return say.text("Viimeisimmät valmiit asiakasluvut: {counts}.", counts=say.listed(said))


def _money(annex: Annex) -> str:
    """This advance, and the data year's advances."""
    say = annex.language
    paid = say.euros(annex.cents(ANY, annex.year, Measure.ADVANCE) or 0)
    so_far = say.text(
        "Vuoden {year} ennakoita on laskutettu yhteensä {paid}.", year=annex.year, paid=paid
    )
    return f"{this_advance(annex)} {so_far}"


def _agreement(annex: Annex) -> str:
    """Whether the invoices agree with the budget; what has no budget cannot be compared."""
    say = annex.language
    open_ones = [m for m in annex.figures.mismatches if m.finding != "doubled_credited"]
    if open_ones:
        return say.plural(
            "Laskuissa on {count} poikkeama, katso kohta Täsmäytys.",
            "Laskuissa on {count} poikkeamaa, katso kohta Täsmäytys.",
            len(open_ones),
        )
    if not annex.has_budget(annex.year):
        return say.text(
            "Vuoden {year} talousarviota ei ole annettu, joten ennakoita ei voi verrata siihen.",
            year=annex.year,
        )
    return say.text("Ennakot vastaavat talousarviota.")


def reconciliation(annex: Annex) -> Html:
    """Mismatches by invoice number, and the control of the allocation."""
    say = annex.language
    none = say.text(
        "Poikkeavia, puuttuvia, kaksinkertaisia tai väärään kuntaan lähetettyjä laskuja ei ole."
    )
    unknown = say.text("Laskuja ei voi verrata talousarvioon, koska sitä ei ole annettu.")
    control = say.text(
        "Kuntakohdistus on tarkistettu: jokainen kirjattu euro on jonkin jäsenkunnan, alueen "
        "ulkopuolinen tai kohdentamatta, erotus {difference}.",
        difference=say.euros(annex.figures.facts.cost_difference_cents),
    )
    compared = none if annex.has_budget(annex.year) else unknown
    found = [_mismatch(annex, m) for m in annex.figures.mismatches] or [compared]
    return listing(say.text("Täsmäytys"), [*found, control])


def _mismatch(annex: Annex, m: Mismatch) -> str:
    say, kind = annex.language, annex.figures.facts.kind
    settled = SETTLED.get(m.finding) if kind == "final" else None
    return say.text(
        settled or FINDING[m.finding],
        service=annex.label(m.service),
        period=say.period(m.period),
        ids=say.listed(list(m.invoice_ids)) if m.invoice_ids else "",
        got=say.euros(m.invoiced_cents),
        due=say.euros(m.expected_cents),
        gap=say.signed_euros(m.invoiced_cents - m.expected_cents),
    )


def reading_guide(annex: Annex) -> Html:
    """What "alle 5" and "väh." mean, said so that a council member understands (HTML messages)."""
    say, threshold = annex.language, annex.figures.facts.threshold
    running = [c for c in annex.figures.cells if c.status is Status.PRELIMINARY]
    hidden = say.text(
        "<strong>Alle {threshold}</strong> tarkoittaa 0–{most} asiakasta. Tarkempaa lukua ei kerrota, "
        "koska jo asiakkuus on salassa pidettävä tieto (JulkL 621/1999 § 24.1 k. 25) ja pienestä "
        "luvusta voisi päätellä, kenestä on kyse. Myös nolla on alle {threshold}. Laskun summaan "
        "merkintä ei vaikuta.",
        threshold=threshold,
        most=threshold - 1,
    )
    said = [hidden, _so_far(running, annex)] if running else [hidden]
    content = element("h2", say.text("Näin luvut luetaan"))
    return Html(
        element("aside", content + joined(element("p", with_strong(s)) for s in said), class_="box")
    )


def _so_far(running: list[Cell], annex: Annex) -> str:
    """What a preliminary count means, by the first one on the page that is not under the threshold."""
    say, threshold = annex.language, annex.figures.facts.threshold
    classes = ((c.class_low or 0, c.class_high or 0) for c in running)
    said = [
        say.text(
            "<strong>Väh. {low}</strong> tarkoittaa, että tähän mennessä on kirjattu {low}–{high} "
            "asiakasta.",
            low=say.number(low),
            high=say.number(high),
        )
        for low, high in classes
        if low >= threshold
    ][:1]
    late = say.text(
        "Työnantajat ja palveluntuottajat ilmoittavat viiveellä, joten luku yleensä kasvaa ennen kuin "
        "se valmistuu."
    )
    return " ".join([*said, late])
