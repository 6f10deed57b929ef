"""The sheets of the board's workbook: the members' published figures, a line each, and their sums."""

import re

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.export.xlsx import Value, Worksheet
from kuntakoonti.export.xlsx_cells import MEASURE, label, shown
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.pages import AreaFigures, MemberCells

_YEARLY = {
    Measure.BUDGET: message("Budget {year}, €"),
    Measure.ADVANCE: message("Advances {year} in total, €"),
    Measure.ADVANCE_COMING: message("Still to be invoiced {year}, €"),
    Measure.ACTUAL_ROUNDED: message("Recorded cost {year} approx., €"),
    Measure.ACTUAL: message("Actual cost, €"),
    Measure.ADJUSTMENT: message("Year-end adjustment, €"),
    Measure.POSTING: message("Proposed posting, €"),
    Measure.PRIOR_YEAR: message("Prior-year correction, €"),
}
_OF_THE_INVOICE = {
    Measure.ADVANCE: message("This advance {period}, €"),
    Measure.ADVANCE_EXPECTED: message("According to the budget {period}, €"),
}
Column = tuple[Measure, str]  # and its period


def board_sheets(area: AreaFigures, language: Language) -> tuple[Worksheet, ...]:
    """Clients by period, euros by measure of members and of their services; sums of what is shown.

    Euros together and by service stand on sheets of their own, so that no column has both.
    """
    services = tuple(s.name for s in area.facts.services)
    by_service = language.text("Euros by service")
    return (
        _clients(area, language),
        _euros(area, language, language.text("Euros"), (ANY,)),
        _euros(area, language, by_service, services),
        _sums(area, language),
    )


def _clients(area: AreaFigures, language: Language) -> Worksheet:
    """A column a period, months first; empty where a member's series has another grain."""
    found = {c.period for m in area.members for c in m.cells if c.measure is Measure.CLIENTS}
    periods = sorted(found, key=lambda period: (len(months_of(period)), period))
    heads = [re.split("[/ ]", language.short(period))[0] for period in periods]  # one year's
    columns = [(Measure.CLIENTS, period) for period in periods]
    sheet = language.text("Clients {year}", year=year_of(area.facts.month))
    services = (*(s.name for s in area.facts.services), ANY)
    return _lines(area, language, (sheet, heads), columns, services)


def _euros(
    area: AreaFigures, language: Language, sheet: str, services: tuple[str, ...]
) -> Worksheet:
    """Budgets, advances, costs and adjustment of years, and the advance that the release belongs to."""
    facts = area.facts
    found = {(c.measure, c.period) for m in area.members for c in m.cells if c.service in services}
    years = sorted({period for _, period in found if len(period) == len("2025")})
    now = facts.invoice_period if facts.kind == "month" else ""
    heads = {
        (measure, period): language.text(said, year=period)
        for measure, said in _YEARLY.items() for period in years
    } | {(m, now): language.text(said, period=language.short(now))
         for m, said in _OF_THE_INVOICE.items() if now}  # fmt: skip
    columns = [column for column in heads if column in found]
    return _lines(area, language, (sheet, [heads[column] for column in columns]), columns, services)


def _lines(
    area: AreaFigures,
    language: Language,
    named: tuple[str, list[str]],
    columns: list[Column],
    services: tuple[str, ...],
) -> Worksheet:
    """A line each member and service that has any of these figures, one without figures for a member
    that has none; ``named``: the sheet, its heads."""
    rows = list[tuple[Value, ...]]()
    for member in area.members:
        name = f"{member.code} {member.name.in_language(language.code)}"
        mine = {service: _of_service(member, service) for service in services}
        shows = [service for service in services if any(c in mine[service] for c in columns)]
        for service in shows:
            what, cells = label(area.facts, service, language), mine[service]
            values = (
                shown(cells[c], area.facts, language) if c in cells else None for c in columns
            )
            rows.append((name, what, *values))
        if not shows:
            rows.append((name, language.text("no figures"), *(None for _ in columns)))
    sheet, heads = named
    head = (language.text("Municipality"), language.text("Service"), *heads)
    return Worksheet(sheet, head, tuple(rows), numeric=2)


def _of_service(member: MemberCells, service: str) -> dict[Column, Cell]:
    return {(c.measure, c.period): c for c in member.cells if c.service == service}


def _sums(area: AreaFigures, language: Language) -> Worksheet:
    head = (
        language.text("Service"), language.text("Period"), language.text("Item"),
        language.text("Sum"), language.text("Municipalities not included"),
    )  # fmt: skip
    names = {m.code: m.name.in_language(language.code) for m in area.facts.members}
    rows: list[tuple[Value, ...]] = []
    for c in (c for c in area.cells if not c.measure.endswith("_percent")):
        counted = c.measure is Measure.CLIENTS_SHOWN_SUM
        left_out = area.missing.get(f"{c.service} {c.period}", ()) if counted else ()
        listed = ", ".join(names[code] for code in (*left_out, *area.unpublished))
        service, when = label(area.facts, c.service, language), language.period(c.period)
        what, amount = language.text(MEASURE[c.measure]), shown(c, area.facts, language)
        rows.append((service, when, what, amount, listed))
    return Worksheet(language.text("Sums"), head, tuple(rows))
