"""R8: the board's page, made of what the members' pages show and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Element, Nodes
from kuntakoonti.core.markup import text as plain_text
from kuntakoonti.core.notebook_parameters import refuse_undeclared
from kuntakoonti.core.periods import year_of
from kuntakoonti.core.settings import settings_here
from kuntakoonti.pages.annex import COLUMNS
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.pages.letterhead import approver, letterhead
from kuntakoonti.pages.notices import notices
from kuntakoonti.public.cells import ANY, INVOICE, Measure, Status
from kuntakoonti.public.handover import open_handover
from kuntakoonti.public.pages import AreaFigures, Manifest, MemberCells
from kuntakoonti.public.wording import count, service_label

TITLE = {
    "month": message("Overview of the area, {month}"),
    "estimate": message("Overview of the area, estimate of the year-end adjustment {year}"),
    "final": message("Overview of the area, year-end adjustment {year}"),
}


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

    def whole(self, causation: Measure, invoice: Measure) -> tuple[str, Measure]:
        """Service and measure of all that is billed: the whole invoice, where services share by a key."""
        return (INVOICE, invoice) if self.figures.facts.shared else (ANY, causation)

    def billed(self, causation: Measure, invoice: Measure) -> int | None:
        """The sum of the year of all that is billed, in cents."""
        service, measure = self.whole(causation, invoice)
        return self.total(service, self.year, measure)


def open_overview(release: str, language: str = "fi") -> Overview:
    """Open the area's page of a release's handover."""
    refuse_undeclared()
    handover = open_handover(settings_here().output.handover(release))
    return Overview(handover.area, handover.manifest, Language(language))


def heading(view: Overview) -> Html:
    """Whose page this is, of which release, as at which day, approved by whom."""
    facts, say = view.figures.facts, view.language
    members = len(view.figures.members)
    pairs = {
        say.text("Area"): facts.area.in_language(say.code),
        say.text("As at"): say.date(facts.as_of),
        say.text("Municipalities"): say.plural(
            "{count} member municipality", "{count} member municipalities", members
        ),
        say.text("Approved by"): approver(view.manifest, say),
    }
    title = say.text(TITLE[facts.kind], month=say.period(facts.month), year=view.year)
    head = letterhead(facts, say, title, pairs)
    opening = element("p", " ".join(_opening(view)), class_="lead")
    return Html(head.nodes + notices(facts, view.figures.corrections, say) + opening)


def _opening(view: Overview) -> list[str]:
    """What the members were invoiced of their budgets, or are evened out; whose invoices differ."""
    if view.figures.facts.kind == "final":
        return _evened_out(view)
    say, year = view.language, view.year
    paid = view.billed(Measure.ADVANCE, Measure.INVOICE_ADVANCE) or 0
    budget = view.billed(Measure.BUDGET, Measure.INVOICE_BUDGET)
    known = {"year": year, "paid": say.euros(paid)}
    said = [
        say.text("The municipalities' advances of {year} invoiced so far total {paid}.", **known)
    ]
    if budget is not None:
        said = [
            say.text(
                "The municipalities' advances of {year} invoiced so far total {paid}; their budgets "
                "total {budget}.",
                budget=say.euros(budget),
                **known,
            )
        ]
    wrong = [m.code for m in view.figures.members if _differs(m, view.figures.facts.invoice_period)]
    if not wrong and budget is None:
        return [
            *said,
            say.text(
                "The invoices cannot be compared with the budget, because none has been given."
            ),
        ]
    if not wrong:
        return [*said, say.text("No municipality has an open mismatch in its invoices.")]
    open_ones = say.text("Open mismatch in the invoices: {municipalities}.",
                         municipalities=names(view, wrong))  # fmt: skip
    return [*said, open_ones]


def _evened_out(view: Overview) -> list[str]:
    """How many members are charged and credited, and how much together."""
    say = view.language
    service, measure = view.whole(Measure.ADJUSTMENT, Measure.INVOICE_ADJUSTMENT)
    cents = [c.value or 0 for m in view.figures.members for c in m.cells
             if (*c.key[1:], c.measure) == (service, view.year, measure)]  # fmt: skip
    charges, credits = [c for c in cents if c > 0], [-c for c in cents if c < 0]
    said = [say.text("The final adjustment of {year} is made.", year=view.year)]
    if charges:
        said.append(
            say.plural(
                "{count} municipality is charged {amount} more.",
                "{count} municipalities are charged {amount} more in all.",
                len(charges),
                amount=say.euros(sum(charges)),
            )
        )
    if credits:
        said.append(
            say.plural(
                "{count} municipality is credited {amount}.",
                "{count} municipalities are credited {amount} in all.",
                len(credits),
                amount=say.euros(sum(credits)),
            )
        )
    return said


def _differs(member: MemberCells, now: str) -> bool:
    """Whether an advance before this one stands on the page beside another expected amount."""
    cents = {(c.service, c.period, c.measure): c.value for c in member.cells}
    return any(
        measure is Measure.ADVANCE_EXPECTED
        and period != now
        and service != ANY
        and cents.get((service, period, Measure.ADVANCE)) != due
        for (service, period, measure), due in cents.items()
    )


def clients(view: Overview) -> Html:
    """Every member's newest complete count per service, as its own page shows it."""
    facts, say = view.figures.facts, view.language
    series = [*(s.name for s in facts.services), ANY]
    heads = [element("th", say.text("Municipality"), scope="col")]
    heads += [element("th", _label(view, s), scope="col", class_="n") for s in series]
    title = element("h2", say.text("Clients in the services"))
    body, any_count = [], False
    for m in view.figures.members:
        said = [_newest(view, m, s) for s in series]
        any_count = any_count or any(text != "–" for text in said)
        cells = [element("td", text, class_="n") for text in said]
        body.append(row([element("th", member_name(view, m), scope="row"), *cells]))
    if not any_count:
        none = say.text("No municipality's page has complete numbers of clients yet.")
        return Html(title + element("p", none))
    caption = say.text("Clients by municipality, latest complete period")
    shown = table(caption, row(heads), body) + _marks(view, body)
    return Html(title + shown + _summed(view))


def _marks(view: Overview, body: list[Nodes]) -> Nodes:
    """What the marks that stand in the table mean."""
    say, facts = view.language, view.figures.facts
    texts = [plain_text(cell.children) for line in body for cell in Element("", line).find("td")]
    said = []
    for t in facts.thresholds_of(c for m in view.figures.members for c in m.cells):
        mark = say.text("under {threshold}", threshold=t)
        if any(f"{text} ".startswith(f"{mark} ") for text in texts):
            said.append(say.text("Under {threshold} = 0–{most} clients.", threshold=t, most=t - 1))
    if "–" in texts:
        said.append(
            say.text(
                "A dash: no complete count for a period shorter than a year, or only for the services "
                "together."
            )
        )
    return element("p", " ".join(said), class_="note") if said else ()


def _summed(view: Overview) -> Nodes:
    """The sum of the exact counts of each service's newest month (of the year at its end), and who
    is not in it."""
    items, yearly = [], view.figures.facts.kind == "final"
    for service in (s.name for s in view.figures.facts.services):
        sums = (c for c in view.figures.cells if c.measure is Measure.CLIENTS_SHOWN_SUM)
        periods = [c.period for c in sums if c.service == service and "Q" not in c.period]
        periods = [p for p in periods if (len(p) == len("2025")) is yearly]
        if periods:
            items.append(element("li", _sum_of_counts(view, service, max(periods))))
    return element("ul", joined(items)) if items else ()


def _sum_of_counts(view: Overview, service: str, period: str) -> str:
    say = view.language
    absent = view.figures.missing.get(f"{service} {period}", ())
    known = {
        "service": _label(view, service),
        "period": say.period(period),
        "total": say.number(view.total(service, period, Measure.CLIENTS_SHOWN_SUM) or 0),
    }
    if not absent:
        return say.text("{service}, {period}: the counts shown add up to {total}.", **known)
    return say.text(
        "{service}, {period}: the sum of the figures shown is {total}; not included: "
        "{municipalities}.",
        municipalities=names(view, absent),
        **known,
    )


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
    said = count(cell, view.figures.facts.threshold_of(cell), view.language)
    return f"{said} ({view.language.short(cell.period)})"


def _label(view: Overview, service: str) -> str:
    labels = {s.name: s.label for s in view.figures.facts.services}
    return service_label(labels, service, view.language)


def names(view: Overview, codes: Sequence[str]) -> str:
    names = {m.code: m.name.in_language(view.language.code) for m in view.figures.facts.members}
    return view.language.listed([names[code] for code in codes])


def member_name(view: Overview, member: MemberCells) -> str:
    return f"{member.code} {member.name.in_language(view.language.code)}"
