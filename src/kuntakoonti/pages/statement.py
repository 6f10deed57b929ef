"""The statement for the data protection officer: what was published, attacked, shown and hidden.

One page to sign; `annex.rulebook` says by which rules. No municipality is named.
"""

from dataclasses import dataclass

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.notebook_parameters import refuse_undeclared
from kuntakoonti.core.periods import year_of
from kuntakoonti.core.settings import settings_here
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.pages.letterhead import approver, letterhead
from kuntakoonti.public.cells import ANY
from kuntakoonti.public.handover import open_handover
from kuntakoonti.public.pages import Manifest
from kuntakoonti.public.statement import PositionTally, StatementFigures, statement_in
from kuntakoonti.public.wording import service_label

ENOUGH = 20  # positions, for a percentage
GUARANTEES = ("G1", "G2", "G3", "G4")
LEVELS = {
    "A1": message("yhden julkaisun lukija"),
    "A2": message("kaikkien julkaisujen lukija"),
    "A3": message("lukija, joka tietää, että myöhässä kirjatut tiedot vain lisäävät lukuja"),
    "A4": message("lukija, joka laskee myös hinnoista ja euroista"),
    "A5": message("sisäpiiriläinen, joka tietää yhden piilotetun luvun"),
}
POSITIONS = {
    "month": message("Asiakkaita kuukaudessa"),
    "quarter": message("Asiakkaita neljänneksessä"),
    "year": message("Asiakkaita vuodessa"),
    "advances": message("Talousarviot ja ennakot"),
    "costs": message("Kustannukset ja tasaus"),
}


@dataclass(frozen=True)
class Statement:
    """The statement of one release in one language."""

    figures: StatementFigures
    manifest: Manifest
    language: Language

    @property
    def targets(self) -> int:
        """How many figures and differences the strongest attack tried."""
        return max(self._sums("targets"))

    @property
    def fallen(self) -> int:
        """How many of them fell to the attack that broke most."""
        return max(self._sums("fallen"))

    def _sums(self, what: str) -> list[int]:
        tallies = self.figures.attack.tallies
        return [sum(getattr(t, what) for t in tallies if t.level == level) for level in LEVELS]

    def label(self, service: str) -> str:
        labels = {s.name: s.label for s in self.figures.facts.services}
        return service_label(labels, service, self.language)


def open_statement(release: str, language: str = "fi") -> Statement:
    """Open the statement of a release's handover; UsageError before the release was attacked."""
    refuse_undeclared()
    handover = open_handover(settings_here().output.handover(release))
    return Statement(statement_in(handover), handover.manifest, Language(language))


def heading(view: Statement) -> Html:
    """Of which area and release this is, as at which day, approved by whom."""
    facts, say = view.figures.facts, view.language
    pairs = {
        say.text("Alue"): facts.area.in_language(say.code),
        say.text("Tilanne"): say.date(facts.as_of),
        say.text("Kuntien sivut"): say.number(view.figures.municipalities),
        say.text("Hyväksyjä"): approver(view.manifest, say),
        say.text("Ohjelma"): say.text(
            "kuntakoonti, tarkiste {hash}", hash=view.manifest.program[:16]
        ),
    }
    return letterhead(facts, say, _title(view), pairs)


def _title(view: Statement) -> str:
    facts, say = view.figures.facts, view.language
    year = year_of(facts.month)
    if facts.kind == "final":
        return say.text("Lausunto tietosuojavastaavalle: vuoden {year} tasaus", year=year)
    if facts.kind == "estimate":
        return say.text("Lausunto tietosuojavastaavalle: vuoden {year} tasausarvio", year=year)
    return say.text("Lausunto tietosuojavastaavalle: {period}", period=say.period(facts.month))


def result(view: Statement) -> Html:
    """The result in one sentence, and against what the attack was run."""
    say, attack = view.language, view.figures.attack
    counts = {"fallen": say.number(view.fallen), "targets": say.number(view.targets)}
    together = say.plural(
        "Julkaisua vastaan hyökättiin viidellä tasolla; hyökkääjän käytössä oli {count} julkaisu.",
        "Julkaisua vastaan hyökättiin viidellä tasolla; hyökkääjän käytössä olivat kaikki {count} julkaisua.",
        attack.releases,
    )
    if not attack.fallen:
        found = say.text(
            "Yhtään piilotettua lukua ei voitu laskea: {fallen} / {targets} kohdetta.", **counts
        )
        return Html(element("p", f"{found} {together}", class_="lead"))
    which = [say.text("{guarantee} (sääntö {rule})", guarantee=g, rule=r) for g, r in attack.fallen]
    found = say.text(
        "Hyökkäys onnistui. Kaatui {which}. Julkaisua ei voi hyväksyä ennen kuin sääntö on korjattu.",
        which=say.listed(which),
    )
    return Html(element("p", element("strong", f"{found} {together}"), class_="lead"))


def attacks(view: Statement) -> Html:
    """Level × guarantee: how many of how many targets fell; what the guarantees mean."""
    say = view.language
    heads = [element("th", say.text("Hyökkääjä"), scope="col")]
    heads += [element("th", g, scope="col", class_="n") for g in GUARANTEES]
    caption = say.text("Hyökkäykset: kaatuneita / kohteita")
    tried = view.figures.attack.tallies
    found = {
        (t.level, t.guarantee): f"{say.number(t.fallen)} / {say.number(t.targets)}"
        for t in tried
        if t.targets
    }
    body = [
        row(
            [element("th", f"{level} {say.text(who)}", scope="row")]
            + [element("td", found.get((level, g), "–"), class_="n") for g in GUARANTEES]
        )
        for level, who in LEVELS.items()
        if level in {t.level for t in tried}
    ]
    title = element("h2", say.text("Hyökkäykset ja niiden tulos"))
    return Html(title + table(caption, row(heads), body) + _guarantees(view))


def _guarantees(view: Statement) -> Nodes:
    say, threshold = view.language, view.figures.facts.threshold
    said = say.text(
        "Kohde on luku tai kahden luvun erotus, jonka on pysyttävä salassa. G1: pieni luku ei selviä "
        "tarkasti. G2: merkintä ”alle {threshold}” voi olla mikä tahansa luku 0–{top}. G3: kahden luvun "
        "erotus ei ole tarkasti 1–{top} henkilöä. G4: piilotettu euromäärä ei tarkennu. Lisäksi "
        "henkilömääristä ei julkaista osuuksia (G5), ja arkiston on oltava ehjä (G6). Viiva: ei kohteita.",
        threshold=threshold,
        top=threshold - 1,
    )
    return element("p", said, class_="note")


def shares(view: Statement) -> Html:
    """How many figures of the whole area carry a number and how many a mark."""
    say, threshold = view.language, view.figures.facts.threshold
    heads = [
        say.text("Tarkka"),
        say.text("Alaraja tai pyöristetty"),
        say.text("Alle {threshold}", threshold=threshold),
        say.text("Ei esitetä"),
        say.text("Yhteensä"),
        say.text("Luku näkyy"),
    ]
    head = [element("th", say.text("Kohtia"), scope="col")]
    head += [element("th", h, scope="col", class_="n") for h in heads]
    body = [row(_share(view, tally)) for tally in view.figures.positions]
    note = say.text(
        "Kohta on yksi luku jonkin kunnan sivulla. Kohdat voi laskea julkisista sivuista ja arkistosta, joten "
        "taulukko ei kerro niistä uutta. Osuus annetaan, kun kohtia on vähintään {enough}.",
        enough=ENOUGH,
    )
    title = element("h2", say.text("Mitä näkyy ja mitä on piilossa"))
    shown = table(say.text("Koko alueen luvut"), row(head), body)
    return Html(title + shown + element("p", note, class_="note"))


def _share(view: Statement, tally: PositionTally) -> list[Nodes]:
    say = view.language
    counts = [tally.exact, tally.approximate, tally.under_threshold, tally.not_shown]
    total = sum(counts)
    seen = tally.exact + tally.approximate
    share = say.percent(seen, total, 0) if total >= ENOUGH else "."
    cells = [element("td", say.number(n), class_="n") for n in (*counts, total)]
    name = element("th", say.text(POSITIONS[tally.positions]), scope="row")
    return [name, *cells, element("td", share, class_="n")]


def families(view: Statement) -> Html:
    """How many municipalities have which family and grain."""
    say, series = view.language, view.figures.series
    grains = ("month", "quarter", "year")
    heads = (say.text("Kuukausi"), say.text("Neljännes"), say.text("Vuosi"))
    head = [element("th", say.text("Kuntia"), scope="col")]
    head += [element("th", h, scope="col", class_="n") for h in heads]
    found = {(t.service, str(t.grain)): t.municipalities for t in series}
    order = [*(s.name for s in view.figures.facts.services), ANY]
    body = [
        row(
            [element("th", view.label(service), scope="row")]
            + [element("td", say.number(found.get((service, g), 0)), class_="n") for g in grains]
        )
        for service in order
        if any((service, g) in found for g in grains)
    ]
    title = element("h2", say.text("Sivuperheet ja jaksot"))
    said = element("p", _split(view))
    return Html(
        title + said + table(say.text("Lyhin jakso, jolta luvut annetaan"), row(head), body)
    )


def _split(view: Statement) -> str:
    def most(family: str) -> str:
        series = [t for t in view.figures.series if t.family == family]
        by_service = [
            sum(t.municipalities for t in series if t.service == s.service) for s in series
        ]
        return view.language.number(max(by_service, default=0))

    return view.language.text(
        "Kuntia, joiden asiakasluvut annetaan palveluittain: {per_service}; kaikki palvelut yhdessä: "
        "{together}. Sama jakso on voimassa koko vuoden.",
        per_service=most("per_service"),
        together=most("together"),
    )


def signature(view: Statement) -> Html:
    """Where the officer signs; the rest is on the next page."""
    say = view.language
    title = element("h2", say.text("Tietosuojavastaavan kuittaus"))
    line = "_" * 24
    said = [
        say.text("Olen lukenut lausunnon. Huomautusten vastaanottaja: {contact}.",
                 contact=view.figures.facts.contact.in_language(say.code)),
        say.text("Päiväys {line} Allekirjoitus {line}", line=line),
    ]  # fmt: skip
    texts = joined(element("p", text) for text in said)
    return Html(element("aside", title + texts, class_="box") + element("hr", class_="page"))
