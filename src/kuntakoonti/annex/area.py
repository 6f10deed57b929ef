"""R8: the board's one page, made of what the members' pages show and nothing else."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from kuntakoonti.annex.frames import COLUMNS
from kuntakoonti.annex.html import Html, element
from kuntakoonti.annex.tables import row, table
from kuntakoonti.calendar import year_of
from kuntakoonti.handover import (
    ANY,
    AreaFigures,
    Cell,
    Manifest,
    Measure,
    MemberCells,
    Status,
    read_area,
    read_manifest,
)
from kuntakoonti.language import Language
from kuntakoonti.settings import settings_here


@dataclass(frozen=True)
class Overview:
    """The area's page of one release."""

    figures: AreaFigures
    manifest: Manifest
    language: Language

    @property
    def year(self) -> str:
        return year_of(self.figures.facts.month)

    @property
    def money_year(self) -> str:
        """The year of the advance that the release goes with."""
        return year_of(self.figures.facts.invoice_period)

    @property
    def sums(self) -> pd.DataFrame:
        """The sums: municipality (the area's code), then the contract's columns."""
        rows = [c.row() for c in self.figures.cells]
        return pd.DataFrame(rows, columns=["municipality", *COLUMNS])

    def total(self, service: str, period: str, measure: Measure) -> int | None:
        wanted = (service, period, measure)
        cells = self.figures.cells
        return next((c.value for c in cells if (*c.key[1:], c.measure) == wanted), None)


def open_overview(release: str, language: str = "fi") -> Overview:
    """Open the area's page of a release's handover."""
    folder = settings_here().protected / release
    return Overview(read_area(folder), read_manifest(folder), Language(language))


def heading(view: Overview) -> Html:
    """Whose page this is, of which release, as at which day, approved by whom."""
    facts, say = view.figures.facts, view.language
    sender = element("p", escape(facts.sender.in_language(say.code)), class_="sender")
    case = element("p", f"Asia {facts.case_number} · versio {facts.version}", class_="case")
    title = {
        "month": f"Alueen yhteenveto, {say.period(facts.month)}",
        "estimate": f"Alueen yhteenveto, vuoden {view.year} tasausarvio",
        "final": f"Alueen yhteenveto, vuoden {view.year} tasaus",
    }[facts.kind]
    draft = view.manifest.state == "draft"
    pairs = {
        "Alue": facts.area.in_language(say.code),
        "Tilanne": say.date(facts.as_of),
        "Kunnat": f"{len(view.figures.members)} jäsenkuntaa",
        "Hyväksyjä": "luonnos, ei hyväksytty" if draft else view.manifest.approved_by,
    }
    rows = "".join(element("dt", k) + element("dd", escape(v)) for k, v in pairs.items())
    head = element("header", sender + case, class_="letterhead")
    return Html(head + element("h1", escape(title)) + element("dl", rows, class_="facts"))


def money(view: Overview) -> Html:
    """Every member's budget, advances and cost as its own page shows them, and their sums."""
    final = view.figures.facts.kind == "final"
    year = view.year if view.figures.facts.kind != "month" else view.money_year
    columns = [
        (f"Talousarvio {year}", year, Measure.BUDGET),
        (f"Ennakot {year}", year, Measure.ADVANCE),
        (f"Toteuma {view.year}", view.year, Measure.ACTUAL)
        if final
        else (f"Kirjattu {view.year}, noin", view.year, Measure.ACTUAL_ROUNDED),
    ]
    columns += [("Tasaus", view.year, Measure.ADJUSTMENT)] if final else []
    head = element("th", "Euroa", scope="col")
    head += "".join(element("th", c[0], scope="col", class_="n") for c in columns)
    body = [
        row(
            [element("th", _name(m), scope="row")]
            + [element("td", _money(view, m, p, measure), class_="n") for _, p, measure in columns]
        )
        for m in view.figures.members
    ]
    last = [element("th", "Näkyvissä olevien summa", scope="row")]
    last += [element("td", _sum(view, p, measure), class_="n") for _, p, measure in columns]
    caption = f"Ennakot ja kustannukset kunnittain, tilanne {view.language.date(view.figures.facts.as_of)}"
    shown = table(caption, row([head]), body, row(last, "total"))
    return Html(element("h2", "Ennakot ja kustannukset") + shown + _left_out(view))


def clients(view: Overview) -> Html:
    """Every member's newest complete count per service, as its own page shows it."""
    facts = view.figures.facts
    series = [*(s.name for s in facts.services), ANY]
    heads = [element("th", "Kunta", scope="col")]
    heads += [element("th", escape(_label(view, s)), scope="col", class_="n") for s in series]
    body = []
    for m in view.figures.members:
        cells = [element("td", escape(_newest(view, m, s)), class_="n") for s in series]
        body.append(row([element("th", _name(m), scope="row"), *cells]))
    caption = "Asiakkaita kunnittain, viimeisin valmis jakso"
    note = element(
        "p",
        f"Alle {facts.threshold} = 0–{facts.threshold - 1} asiakasta. Viiva: kunnan lukuja ei anneta tästä "
        "palvelusta lyhyemmältä jaksolta kuin vuosi, tai ne annetaan vain palvelut yhdessä.",
        class_="note",
    )
    return Html(
        element("h2", "Asiakkaita palveluissa")
        + table(caption, row(heads), body)
        + note
        + _summed(view)
    )


def _summed(view: Overview) -> str:
    """The sum of the exact counts of each service's newest period, and who is not in it."""
    names = {m.code: m.name.in_language(view.language.code) for m in view.figures.facts.members}
    items = []
    for service in (s.name for s in view.figures.facts.services):
        periods = [
            c.period
            for c in view.figures.cells
            if c.service == service and c.measure is Measure.CLIENTS_SHOWN_SUM and len(c.period) == 7
            and "Q" not in c.period
        ]  # fmt: skip
        if not periods:
            continue
        period = max(periods)
        total = view.total(service, period, Measure.CLIENTS_SHOWN_SUM) or 0
        absent = [names[c] for c in view.figures.missing.get(f"{service} {period}", ())]
        who = f"; mukana eivät ole {view.language.listed(absent)}" if absent else ""
        items.append(
            f"{_label(view, service)}, {view.language.period(period)}: näkyvissä olevien lukujen summa "
            f"{view.language.number(total)}{who}."
        )
    return element("ul", "".join(element("li", escape(i)) for i in items)) if items else ""


def _newest(view: Overview, member: MemberCells, service: str) -> str:
    counts = [c for c in member.cells if c.service == service and c.measure is Measure.CLIENTS]
    closed = [
        c
        for c in sorted(counts, key=lambda c: (len(c.period) == 4, c.period))
        if c.status in (Status.FINAL, Status.UNDER_THRESHOLD, Status.NOT_SHOWN)
    ]
    if not closed:
        return "–"
    cell = closed[-1]
    return f"{_count(view, cell)} ({view.language.short(cell.period)})"


def _count(view: Overview, cell: Cell) -> str:
    if cell.value is not None:
        return view.language.number(cell.value)
    small = cell.status is Status.UNDER_THRESHOLD
    return f"alle {view.figures.facts.threshold}" if small else "ei esitetä"


def _money(view: Overview, member: MemberCells, period: str, measure: Measure) -> str:
    wanted = (ANY, period, measure)
    cents = next((c.value for c in member.cells if (*c.key[1:], c.measure) == wanted), None)
    if cents is None:
        return "."
    if measure is Measure.ACTUAL_ROUNDED:
        return view.language.number(cents // 100)
    return view.language.euros(cents, unit=False)


def _sum(view: Overview, period: str, measure: Measure) -> str:
    named = {Measure.ACTUAL: Measure.ACTUAL_SHOWN_SUM}.get(measure, measure)
    cents = view.total(ANY, period, named)
    if measure is Measure.ADJUSTMENT:
        actual = view.total(ANY, period, Measure.ACTUAL_SHOWN_SUM)
        paid = view.total(ANY, period, Measure.ADVANCE)
        cents = None if actual is None or paid is None else actual - paid
    return "." if cents is None else view.language.euros(cents, unit=False)


def _left_out(view: Overview) -> str:
    names = {m.code: m.name.in_language(view.language.code) for m in view.figures.facts.members}
    absent = [names[code] for code in view.figures.unpublished]
    text = "Piste: ei esitetä. Summat ovat näkyvissä olevien lukujen summia."
    if absent:
        text += f" Mukana eivät ole {view.language.listed(absent)}."
    return element("p", escape(text), class_="note")


def _label(view: Overview, service: str) -> str:
    labels = {s.name: s.label.in_language(view.language.code) for s in view.figures.facts.services}
    return labels.get(service, "Palvelut yhteensä")


def _name(member: MemberCells) -> str:
    return escape(f"{member.code} {member.name.fi}")
