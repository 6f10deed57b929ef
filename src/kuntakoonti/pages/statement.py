"""The statement for the data protection officer: what was published, attacked, shown and hidden.

One page to sign; `annex.rulebook` says by which rules. No municipality is named.
"""

from dataclasses import dataclass

from kuntakoonti import __version__
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
    "A1": message("reader of one release"),
    "A2": message("reader of all releases"),
    "A3": message("reader who knows that late records only add to the figures"),
    "A4": message("reader who also calculates from prices and euros"),
    "A5": message("insider who knows one hidden figure"),
}
POSITIONS = {
    "month": message("Clients in a month"),
    "quarter": message("Clients in a quarter"),
    "year": message("Clients in a year"),
    "advances": message("Budgets and advances"),
    "costs": message("Costs and adjustment"),
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
        say.text("Area"): facts.area.in_language(say.code),
        say.text("As at"): say.date(facts.as_of),
        say.text("Municipalities' pages"): say.number(view.figures.municipalities),
        say.text("Approved by"): approver(view.manifest, say),
        say.text("Program"): say.text(
            "kuntakoonti {version}, checksum {hash}",
            version=__version__,
            hash=view.manifest.program[:16],
        ),
    }
    return letterhead(facts, say, _title(view), pairs)


def _title(view: Statement) -> str:
    facts, say = view.figures.facts, view.language
    year = year_of(facts.month)
    if facts.kind == "final":
        return say.text(
            "Statement for the data protection officer: adjustment of {year}", year=year
        )
    if facts.kind == "estimate":
        return say.text(
            "Statement for the data protection officer: estimate of the year-end adjustment {year}",
            year=year,
        )
    return say.text(
        "Statement for the data protection officer: {period}", period=say.period(facts.month)
    )


def result(view: Statement) -> Html:
    """The result in one sentence, and against what the attack was run."""
    say, attack = view.language, view.figures.attack
    counts = {"fallen": say.number(view.fallen), "targets": say.number(view.targets)}
    together = say.plural(
        "The release was attacked at five levels; the attacker held {count} release.",
        "The release was attacked at five levels; the attacker held all {count} releases.",
        attack.releases,
    )
    if not attack.fallen:
        found = say.text(
            "No hidden figure could be calculated: {fallen} / {targets} targets.", **counts
        )
        return Html(element("p", f"{found} {together}", class_="lead"))
    which = [say.text("{guarantee} (rule {rule})", guarantee=g, rule=r) for g, r in attack.fallen]
    found = say.text(
        "The attack succeeded. Broken: {which}. The release cannot be approved until the "
        "rule has been repaired.",
        which=say.listed(which),
    )
    return Html(element("p", element("strong", f"{found} {together}"), class_="lead"))


def attacks(view: Statement) -> Html:
    """Level × guarantee: how many of how many targets fell; what the guarantees mean."""
    say = view.language
    heads = [element("th", say.text("Attacker"), scope="col")]
    heads += [element("th", g, scope="col", class_="n") for g in GUARANTEES]
    caption = say.text("Attacks: fallen / targets")
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
    title = element("h2", say.text("The attacks and their result"))
    return Html(title + table(caption, row(heads), body) + _guarantees(view))


def _guarantees(view: Statement) -> Nodes:
    say, threshold = view.language, view.figures.facts.threshold
    said = say.text(
        "A target is a figure, or the difference of two figures, that must stay secret. G1: "
        "no small figure is found exactly. G2: the mark “under {threshold}” can be any "
        "number 0–{top}. G3: the difference of two figures is not exactly 1–{top} persons. "
        "G4: a hidden amount in euros is not narrowed down. In addition no shares of numbers "
        "of persons are published (G5), and the archive must be whole (G6). Dash: no targets.",
        threshold=threshold,
        top=threshold - 1,
    )
    for older in view.figures.facts.marks.values():
        said += " " + say.text(
            "A count that was first shown when the limit was {threshold} keeps its mark “under "
            "{threshold}”: any number 0–{top}.",
            threshold=older,
            top=older - 1,
        )
    return element("p", said, class_="note")


def shares(view: Statement) -> Html:
    """How many figures of the whole area carry a number and how many a mark."""
    say, facts = view.language, view.figures.facts
    marks = "/".join(map(str, (facts.threshold, *facts.marks.values())))
    heads = [
        say.text("Exact"),
        say.text("Lower bound or rounded"),
        say.text("Under {threshold}", threshold=marks),
        say.text("Not shown"),
        say.text("Total"),
        say.text("Number visible"),
    ]
    head = [element("th", say.text("Positions"), scope="col")]
    head += [element("th", h, scope="col", class_="n") for h in heads]
    body = [row(_share(view, tally)) for tally in view.figures.positions]
    note = say.text(
        "A position is one figure on some municipality's page. The positions can be counted "
        "from the public pages and the archive, so the table says nothing new about them. "
        "The share is given when there are at least {enough} positions.",
        enough=ENOUGH,
    )
    title = element("h2", say.text("What is visible and what is hidden"))
    shown = table(say.text("The figures of the whole area"), row(head), body)
    notes = " ".join(filter(None, (note, _shared(view))))
    return Html(title + shown + element("p", notes, class_="note"))


def _shared(view: Statement) -> str:
    """Of services shared by a key, which are no positions; empty where there are none."""
    say, shared = view.language, view.figures.facts.shared
    if not shared:
        return ""
    return say.text(
        "Nobody stands behind services shared by key ({services}): their figures are exact and "
        "public, are not among the positions, and the attack subtracted them from every total.",
        services=say.listed([s.label.in_language(say.code) for s in shared]),
    )


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
    heads = (say.text("Month"), say.text("Quarter"), say.text("Year"))
    head = [element("th", say.text(message("Municipalities", context="number")), scope="col")]
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
    title = element("h2", say.text("Page families and grains"))
    said = element("p", _split(view))
    return Html(
        title
        + said
        + table(say.text("Shortest period for which figures are given"), row(head), body)
    )


def _split(view: Statement) -> str:
    def most(family: str) -> str:
        series = [t for t in view.figures.series if t.family == family]
        by_service = [
            sum(t.municipalities for t in series if t.service == s.service) for s in series
        ]
        return view.language.number(max(by_service, default=0))

    return view.language.text(
        "Municipalities whose client counts are given per service: {per_service}; all "
        "services together: {together}. The same grain is in force for the whole year.",
        per_service=most("per_service"),
        together=most("together"),
    )


def signature(view: Statement) -> Html:
    """Where the officer signs; the rest is on the next page."""
    say = view.language
    title = element("h2", say.text("Sign-off by the data protection officer"))
    line = "_" * 24
    said = [
        say.text("I have read the statement. Remarks are received by: {contact}.",
                 contact=view.figures.facts.contact.in_language(say.code)),
        say.text("Date {line} Signature {line}", line=line),
    ]  # fmt: skip
    texts = joined(element("p", text) for text in said)
    return Html(element("aside", title + texts, class_="box") + element("hr", class_="page"))
