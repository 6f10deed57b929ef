"""The year's advances as they were invoiced: a row a period, the services across, their numbers.

With more than four services the periods stand across, half a year at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import element, joined, row, table
from kuntakoonti.public.cells import ANY, SHARED, Invoice, Measure
from kuntakoonti.public.wording import invoice_number

MOST_ACROSS = 4  # services
ACROSS = 6  # periods of a table that lies
NONE = "–"
_TOTALS = {
    Measure.ADVANCE: message("Invoiced in total"),
    Measure.ADVANCE_COMING: message("Still to be invoiced"),
    Measure.BUDGET: message("Budget"),
}

_SHARED = {
    Measure.ADVANCE: Measure.SHARED_ADVANCE,
    Measure.ADVANCE_COMING: Measure.SHARED_ADVANCE_COMING,
    Measure.ADVANCE_EXPECTED: Measure.SHARED_ADVANCE_EXPECTED,
    Measure.BUDGET: Measure.SHARED_BUDGET,
}
_CAPTION = {
    False: message("Advances {year}, as at {day}"),
    True: message("Advances shared by key {year}, as at {day}"),
}


@dataclass(frozen=True)
class _Year:
    """A year's advances: a period has invoices, or one of its invoices is missing."""

    annex: Annex
    year: str
    shared: bool = False

    @property
    def known_invoices(self) -> tuple[Invoice, ...]:
        """Of every year."""
        figures = self.annex.figures
        return figures.shared_invoices if self.shared else figures.invoices

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        return tuple(i for i in self.known_invoices if year_of(i.period) == self.year)

    @property
    def whole(self) -> str:
        """What all services together are called in cells."""
        return SHARED if self.shared else ANY

    def known(self, service: str, period: str, measure: Measure) -> int | None:
        """An amount of a service, or of all."""
        return self.annex.cents(service, period, _SHARED[measure] if self.shared else measure)

    @property
    def missing(self) -> frozenset[tuple[str, str]]:
        """Service and period of every invoice that was never sent."""
        figures = self.annex.figures
        mine = figures.shared_mismatches if self.shared else figures.mismatches
        found = (m for m in mine if m.finding == "missing")
        return frozenset((m.service, m.period) for m in found if year_of(m.period) == self.year)

    @property
    def periods(self) -> list[str]:
        known = {i.period for i in self.invoices} | {period for _, period in self.missing}
        return sorted(known, key=lambda p: (months_of(p)[0], len(months_of(p)), p))

    @property
    def totals(self) -> list[Measure]:
        """The measures of the year that are known."""
        return [m for m in _TOTALS if self.known(self.whole, self.year, m) is not None]

    @property
    def services(self) -> list[str]:
        charged = self.annex.figures.facts.shared if self.shared else self.annex.services
        return [s.name for s in charged]

    def cents(self, service: str, period: str) -> int | None:
        """Net of credits; None where the period has no invoice of the service."""
        lines = [
            i.cents
            for i in self.invoices
            if i.period == period and service in (self.whole, i.service)
        ]
        return sum(lines) if lines else None

    def amount(self, service: str, period: str) -> str:
        cents = self.cents(service, period)
        return NONE if cents is None else self.annex.language.euros(cents, unit=False)

    def total(self, service: str, measure: Measure) -> str:
        cents = self.known(service, self.year, measure)
        return "" if cents is None else self.annex.language.euros(cents, unit=False)

    def name(self, period: str) -> str:
        """The period, and whether the page goes with its advance."""
        say = self.annex.language
        month = len(months_of(period)) == 1
        named = say.month_name(period) if month else say.period(period)
        if period != self.annex.figures.facts.invoice_period:
            return named
        return say.text("{period}, this advance", period=named)

    def numbers(self, period: str) -> str:
        """The invoices' numbers, those of credits named as such; that there is none."""
        say = self.annex.language
        kinds = {i.invoice_id: i.kind for i in self.invoices if i.period == period}
        said = [
            say.text("credit {invoice}", invoice=invoice_number(number, say))
            if kind == "credit"
            else invoice_number(number, say)
            for number, kind in kinds.items()
        ]
        return ", ".join(said) if said else say.text("missing")


def by_period(annex: Annex, year: str, shared: bool = False) -> Nodes:
    """The year's table, or tables where more services than four are charged.

    Of what is billed by causation, or of what is ``shared`` by a key.
    """
    known = _Year(annex, year, shared)
    if (shared and not annex.figures.facts.shared) or (not known.periods and not known.totals):
        return ()
    lying = len(known.services) > MOST_ACROSS
    shown = _lying(known) if lying else _standing(known)
    dash = any(known.cents(s, p) is None for s in known.services for p in known.periods)
    note = annex.language.text("A dash: no invoice.")
    return shown + (element("p", note, class_="note") if dash else ())


def _standing(known: _Year) -> Nodes:
    say, series = known.annex.language, [*known.services, known.whole]
    heads = [*(_label(known, s) for s in series), say.text("Invoices")]
    body = [
        _line(known.name(p), [known.amount(s, p) for s in series], known.numbers(p))
        for p in known.periods
    ]
    foot = [
        _line(say.text(_TOTALS[m]), [known.total(s, m) for s in series], "", _css(m))
        for m in known.totals
    ]
    return _table(known, heads, body, [*foot, *_this_advance(known, series)])


def _lying(known: _Year) -> Nodes:
    """What the year comes to by service, then its periods across."""
    say, series = known.annex.language, [*known.services, known.whole]
    heads = [say.text(_TOTALS[m]) for m in known.totals]
    whole = [
        _line(_label(known, s), [known.total(s, m) for m in known.totals], None, _of(s))
        for s in series
    ]
    parts = [_table(known, heads, whole[:-1], whole[-1:])]
    for start in range(0, len(known.periods), ACROSS):
        some = known.periods[start : start + ACROSS]
        lines = [
            _line(_label(known, s), [known.amount(s, p) for p in some], None, _of(s))
            for s in series
        ]
        names = [known.name(p) for p in some]
        parts.append(_table(known, names, lines[:-1], lines[-1:]))
        numbers = "; ".join(f"{say.short(p)}: {known.numbers(p)}" for p in some)
        said = say.text("Invoices: {numbers}.", numbers=numbers)
        parts.append(element("p", said, class_="note"))
    return joined(parts)


def _label(known: _Year, service: str) -> str:
    total = service == known.whole
    return known.annex.language.text("Total") if total else known.annex.label(service)


def _of(service: str) -> str:
    return "total" if service in (ANY, SHARED) else ""


def _css(measure: Measure) -> str:
    return "total" if measure is Measure.ADVANCE else ""


def _this_advance(known: _Year, series: Sequence[str]) -> list[Nodes]:
    """The advance that the page goes with, where it has no row: not invoiced yet, or of another year."""
    annex, say = known.annex, known.annex.language
    period = annex.figures.facts.invoice_period
    if period in known.periods or known.year != annex.year or annex.figures.facts.kind != "month":
        return []
    month = months_of(period)[0]
    if any(month in months_of(p) for p in known.periods):
        return []  # it is part of a longer period's invoice
    invoiced = any(i.period == period for i in known.known_invoices)
    measure = Measure.ADVANCE if invoiced else Measure.ADVANCE_EXPECTED
    amounts = [known.known(s, period, measure) for s in series]
    if all(cents is None for cents in amounts):
        return []
    named = say.text("{period}, this advance", period=say.period(period))
    if not invoiced:
        named = say.text("{period}, by the budget", period=say.period(period))
    said = ["" if cents is None else say.euros(cents, unit=False) for cents in amounts]
    ids = dict.fromkeys(i.invoice_id for i in known.known_invoices if i.period == period)
    return [_line(named, said, ", ".join(invoice_number(i, say) for i in ids))]


def _line(name: str, amounts: Iterable[str], numbers: str | None, css: str = "") -> Nodes:
    cells = [element("th", name, scope="row"), *(element("td", a, class_="n") for a in amounts)]
    return row([*cells, *([] if numbers is None else [element("td", numbers)])], css)


def _table(known: _Year, heads: Sequence[str], body: list[Nodes], foot: list[Nodes]) -> Nodes:
    say, facts = known.annex.language, known.annex.figures.facts
    said = _CAPTION[known.shared]
    caption = say.text(said, year=known.year, day=say.date(facts.as_of))
    numbers = say.text("Invoices")
    head = [element("th", say.text(message("Euros", context="unit")), scope="col")]
    head += [element("th", h, scope="col", class_="" if h == numbers else "n") for h in heads]
    return table(caption, row(head), body, joined(foot), css="figures invoices")
