"""The statement's second page: the rules in force, declared exceptions, what is left to others."""

from decimal import Decimal
from html import escape

from kuntakoonti.core.language import Language, message
from kuntakoonti.pages.html import Html, element, listing, row, table
from kuntakoonti.pages.statement import Statement
from kuntakoonti.public.statement import RuleFacts

RULES = {
    "R1": message(
        "Luku on eri henkilöiden määrä. Se on pieni, jos henkilöitä on alle {threshold}."
    ),
    "R2": message(
        "Pieni luku, nolla mukaan luettuna, on ”alle {threshold}”. Mitään "
        "lukua ei piiloteta toisen luvun vuoksi."
    ),
    "R3": message(
        "Kunnan luvut annetaan joko palveluittain tai palvelut yhdessä, joten mikään julkaistu luku ei "
        "sisällä toista."
    ),
    "R4": message(
        "Jakso on lyhin, jolla vähintään {share} viime vuoden luvuista on {threshold} tai enemmän; "
        "ensimmäisenä vuonna se arvioidaan talousarviosta."
    ),
    "R5": message(
        "Luku annetaan tarkkana kerran, kun sen jakso on valmis, eikä sitä muuteta. Sitä ennen näkyy vain "
        "luokan alaraja."
    ),
    "R6": message(
        "Vuoden luku annetaan kerran, tasauksessa, ja vain, jos luku itse ja sen erotukset jaksojen "
        "luvuista ja niiden summasta ovat vähintään {threshold}. Vuoden kertymää ei julkaista."
    ),
    "R7": message(
        "Talousarviot ja ennakot eivät ole henkilötietoja ja näkyvät aina. Vuoden aikana kustannus on "
        "pyöristetty summa, ja sen rinnalla on pyöristetty arvio koko vuodesta; tasauksessa toteuma on "
        "palveluittain vain, jos jokaisessa palvelussa on vähintään {threshold} asiakasta eikä mikään "
        "jakso ole ”alle {threshold}”."
    ),
    "R8": message("Alueen yhteenvedossa on vain kuntien sivuilla näkyviä lukuja ja niiden summia."),
    "R9": message(
        "Kaikki hyväksytty on arkistossa, joka vain kasvaa. Jokaista julkaisua vastaan hyökätään ennen "
        "hyväksymistä; jos hyökkäys onnistuu, mitään ei hyväksytä."
    ),
}
MEANINGS = {
    "threshold": message("pienen luvun raja, henkilöä"),
    "residence_day": message("päivä, jonka kotikunta ratkaisee asiakkaan kunnan"),
    "closing_lag": message("täysiä kuukausia jakson päättymisestä siihen, kun luku on valmis"),
    "grain_share": message("osuus viime vuoden luvuista, joiden on yllettävä rajaan"),
    "average_cost": message(
        "asiakaskuukauden keskikustannus euroina, vain ensimmäisen vuoden jaksoihin"
    ),
    "quarter_turnover": message(
        "neljänneksen asiakkaat jaettuna kuukauden asiakkailla, vain ensimmäisen vuoden jaksoihin"
    ),
    "class_width": message("ennakollisen luvun luokan leveys, henkilöä"),
    "year_closing": message("kuukausi, jonka viimeisenä päivänä edellinen vuosi sulkeutuu"),
    "advance_schedule": message("miten talousarvio jaetaan ennakoiksi"),
    "invoice_offset": message("kuukausia tietokuukaudesta ennakkoon, jonka mukana liite kulkee"),
    "claim_deadline": message("kuukausia, joina kuukauden kustannusta voi lain mukaan hakea"),
    "price_level": message(
        "kustannustason tiedossa oleva muutos palveluittain, 1 = ennen muutosta"
    ),
    "forecast_range": message("osuus toteumista, jotka arvion vaihteluvälin pitäisi sisältää"),
    "percent_base": message(
        "asiakkaita, joita on oltava näkyvissä, jotta kuukaudesta kerrotaan prosentti"
    ),
    "total_services": message(
        "laskutettavia palveluja, joita on vähintään oltava, jotta pelkkä yhteissumma on julkinen"
    ),
}
VALUES = {
    "last_service_day": message("kuukauden viimeinen palvelupäivä"),
    "month_first_day": message("kuukauden ensimmäinen päivä"),
    "month_last_day": message("kuukauden viimeinen päivä"),
    "monthly": message("kuukausittain tasaerin"),
    "quarterly": message("neljännesvuosittain tasaerin"),
    "contract": message("hankintasopimuksen mukaan"),
}
EXCEPTIONS = {
    "zero_total": message(
        "Kunnan vuoden toteuma on 0,00 €: maksettava summa kertoo itse, ettei maksettavaa ollut."
    ),
    "secret_page": message(
        "Kunnan vuoden asiakkaita on alle {threshold}, tai yksikään sen vuoden asiakasluvuista ei näy, "
        "tai laskutettavia palveluja on niin vähän, että yhteissumma paljastaisi ne: tasaussivu on "
        "salassa pidettävä (JulkL 621/1999 § 25) eikä sitä julkaista."
    ),
    "coarse": message(
        "Koko alueelta julkaistaan vain talousarviot ja ennakot, koska jokin sääntö on korjattava (R9)."
    ),
    "correction": message(
        "Valmis luku on korjattu: sivusta on uusi versio, ja korjatun ja korjaavan luvun erotus on "
        "vähintään {threshold}."
    ),
    "fixed_publication": message(
        "Kunnan sivuperhe tai jakso on päätetty erikseen, ei säännöllä R4."
    ),
}
ASSUMPTIONS = {
    "unchanged": message("valmis luku ei muutu"),
    "monotone": message("myöhässä kirjatut tiedot vain lisäävät lukuja"),
    "recorded": message("myöhässä kirjatut kustannukset vain lisäävät palvelun vuosikustannusta"),
    "payable": message("palvelulla on enimmäishinta henkilöä kohden"),
    "units": message("maksut ovat tunnettujen yksikköhintojen kertoja"),
    "reasons": message("lukija tuntee säännöt, joiden mukaan luku jätetään näyttämättä"),
}
LEFT = (
    message(
        "Kaksi sisäpiiriläistä yhdessä tietää enemmän kuin yksi; hyökkäys kokeilee yhtä kerrallaan."
    ),
    message(
        "Joka tuntee kaikki palvelun asiakkaat yhtä lukuun ottamatta, esimerkiksi työnantaja, voi laskea "
        "viimeisen tarkasta luvusta."
    ),
    message(
        "Joka jo tietää jonkun asiakkuuden, näkee hänet luvussa. ”Alle {threshold}” ei vahvista eikä kiistä "
        "sitä, koska nolla on myös ”alle {threshold}”."
    ),
    message(
        "Kunnasta toiseen muuttaneita, perättäisten vuosien samoja asiakkaita ja yksittäisen kuukauden "
        "arkipäiviä hyökkäys ei yhdistä toisiinsa."
    ),
    message("Jakson valinta kertoo karkeasti, kuinka suuria viime vuoden luvut olivat."),
    message(
        "Jos kaikki palkkatuet maksetaan täsmälleen enimmäismäärän suuruisina, tarkka kokonaissumma voi "
        "kertoa starttirahan päivät."
    ),
    message(
        "Alueen omat ennusteet ja muu julkaisematon tieto eivät ole hyökkääjän hallussa, eivät myöskään "
        "kansion restricted tiedostot."
    ),
)


def rules(view: Statement) -> Html:
    """R1–R9 in a sentence or two each, with the values in force."""
    say = view.language
    share = next(_value(view, r) for r in view.figures.rules if r.name == "grain_share")
    values = {"threshold": view.figures.facts.threshold, "share": share}
    title = element("h2", escape(say.text("Säännöt, joiden mukaan luvut näkyvät")))
    basis = say.text(
        "Jo asiakkuus on salassa pidettävä tieto (JulkL 621/1999 § 24.1 k. 25). Säännöt on kirjoitettu "
        "kokonaan tiedostossa docs/rules.md."
    )
    items = (
        element("li", element("strong", name) + " " + escape(say.text(said, **values)))
        for name, said in RULES.items()
    )
    return Html(title + element("p", escape(basis)) + element("ul", "".join(items)))


def values(view: Statement) -> Html:
    """Every dated value on a page of its own: meaning, value, from when, its basis, if assumed."""
    say = view.language
    heads = (say.text("Sääntö"), say.text("Arvo"), say.text("Alkaen"), say.text("Peruste"))
    head = row([element("th", escape(h), scope="col") for h in heads])
    body = [row(_rule(view, rule)) for rule in view.figures.rules]
    note = say.text(
        "* oletus: päätös jättää asian auki, ja alueen on vahvistettava arvo. Perusteet ovat sääntötiedoston "
        "sanoin."
    )
    title = element("h2", escape(say.text("Sääntöjen arvot")))
    shown = table(say.text("Voimassa olevat arvot"), head, body, css="figures prose")
    return Html('<hr class="page">' + title + shown + element("p", escape(note), class_="note"))


def _rule(view: Statement, rule: RuleFacts) -> list[str]:
    say = view.language
    meaning = say.text(MEANINGS[rule.name]) if rule.name in MEANINGS else rule.meaning
    mark = "*" if rule.assumption else ""
    basis = rule.references.get(say.code, rule.reference)
    cells = (_value(view, rule) + mark, say.date(rule.valid_from), basis)
    name = element("th", escape(meaning), scope="row")
    return [name, *(element("td", escape(cell)) for cell in cells)]


def _value(view: Statement, rule: RuleFacts) -> str:
    """A rule's value in words, of the services that have figures of their own."""
    say, found = view.language, rule.values
    if rule.name == "class_width":
        return say.text(
            "{below} alle sadan, {above} sadasta", below=found["below_100"], above=found["from_100"]
        )
    if rule.name in ("grain_share", "forecast_range"):
        return say.percent(int(100 * Decimal(found[""])), 100, 0)
    if rule.name == "year_closing":
        return say.month_name(f"2000-{found['']}")
    only = found.get("")
    if only is not None:
        return say.text(VALUES[only]) if only in VALUES else only
    names = [s.name for s in view.figures.facts.services if s.name in found]
    return "; ".join(f"{view.label(n)} {_number(found[n], say)}" for n in names)


def _number(text: str, language: Language) -> str:
    if text.isdigit():
        return language.number(int(text))
    if text in VALUES:
        return language.text(VALUES[text])
    return text if language.code == "en" else text.replace(".", ",")


def exceptions(view: Statement) -> Html:
    """The declared exceptions by kind: whether they occurred, never where."""
    say, occurred = view.language, view.figures.exceptions
    yes, no = say.text("kyllä"), say.text("ei")
    pairs = [
        (say.text(said, threshold=view.figures.facts.threshold), yes if kind in occurred else no)
        for kind, said in EXCEPTIONS.items()
    ]
    insiders = view.figures.attack.insiders
    pairs.append((
        say.text(
            "Kunta on saanut tarkat luvut viranomaisena: hyökkäys tehtiin myös ne tietävänä sisäpiiriläisenä."
        ),
        say.plural("{count} kunta", "{count} kuntaa", insiders) if insiders else no,
    ))  # fmt: skip
    heads = (say.text("Poikkeus"), say.text("Esiintyi"))
    head = row([element("th", escape(h), scope="col") for h in heads])
    body = [
        row([element("th", escape(said), scope="row"), element("td", escape(found))])
        for said, found in pairs
    ]
    title = element("h2", escape(say.text("Julistetut poikkeukset")))
    return Html(title + table(say.text("Poikkeukset, jotka eivät kuulu takuisiin"), head, body))


def assumptions(view: Statement) -> Html:
    """What the attacker assumes, and what of it the published figures contradicted."""
    say = view.language
    listed = say.listed([say.text(said) for said in ASSUMPTIONS.values()])
    items = [say.text("Hyökkääjä käyttää näitä tietoja: {listed}.", listed=listed)]
    items += [
        say.text(
            "Tasolla {level} yhdestä oletuksesta luovuttiin osassa lukuja, koska luvut kumosivat sen: {assumption}.",
            level=level,
            assumption=say.text(ASSUMPTIONS[name]),
        )
        for level, name in view.figures.attack.given_up
    ]
    if not view.figures.attack.given_up:
        items.append(say.text("Mistään niistä ei tarvinnut luopua."))
    return listing(say.text("Oletukset"), items)


def left(view: Statement) -> Html:
    """What someone who knows more could still find out."""
    say, threshold = view.language, view.figures.facts.threshold
    items = [say.text(said, threshold=threshold) for said in LEFT]
    return listing(say.text("Mitä enemmän tietävä voi vielä päätellä"), items)
