"""The sheets of what is foreseen: the year's forecast, and how complete the area's costs are."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import year_of
from kuntakoonti.export.xlsx import Value, Worksheet
from kuntakoonti.export.xlsx_cells import MEASURE, euros, label
from kuntakoonti.public.cells import Cell, Measure
from kuntakoonti.public.expectation import Expectation, expectation
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, ReleaseFacts

_LINES = (
    message("Advances of the whole year"),
    message("Advances so far"),
    message("Recorded so far, about"),
    message("Forecast of the year's costs, about"),
    message("Range of the forecast, lower end"),
    message("Range of the forecast, upper end"),
    message("Expected adjustment, about (negative is a credit)"),
    message("Range of the expected adjustment, lower end"),
    message("Range of the expected adjustment, upper end"),
)
_ERRORS = (Measure.ERROR, Measure.ERROR_MEMBERS)
_SHARES = (Measure.COMPLETENESS, Measure.COMPLETENESS_LOW, Measure.COMPLETENESS_HIGH)


def annex_sheets(annex: AnnexFigures, language: Language) -> tuple[Worksheet, ...]:
    """What the page of a municipality expects of its year; no sheet of what it does not show."""
    facts, year = annex.facts, year_of(annex.facts.month)
    mine = (c for c in annex.cells if c.municipality == annex.municipality)
    found = expectation(mine, year)
    sheets = [_forecast(annex, found, language)] if found else []
    return (*sheets, *_completeness(annex.cells, facts, language))


def area_sheets(area: AreaFigures, language: Language) -> tuple[Worksheet, ...]:
    """Every member's expectation as its own page has it, empty where it has none, and completeness."""
    facts, year = area.facts, year_of(area.facts.month)
    rows = list[tuple[Value, ...]]()
    found = [(m, expectation(m.cells, year)) for m in area.members]
    for member, line in found:
        name = f"{member.code} {member.name.in_language(language.code)}"
        rows.append((name, *(_amounts(line) if line else (None,) * len(_LINES))))
    head = (language.text("Municipality"), *(f"{language.text(line)}, €" for line in _LINES))
    sheet = Worksheet(language.text("Forecast"), head, tuple(rows), numeric=1)
    sheets = [sheet] if any(line for _, line in found) else []
    return (*sheets, *_completeness(area.cells, facts, language))


def _amounts(found: Expectation) -> tuple[Value, ...]:
    """In the order of the lines; empty where there is no range or no budget."""
    gap = found.adjustment
    exact = (found.advance_cents, found.paid_cents)
    rounded = (
        found.recorded_cents, found.point_cents, found.low_cents, found.high_cents,
        *((gap.point_cents, gap.low_cents, gap.high_cents) if gap else (None, None, None)),
    )  # fmt: skip
    said = [None if c is None else euros(c) for c in exact]
    return *said, *(None if c is None else c // 100 for c in rounded)


def _forecast(annex: AnnexFigures, found: Expectation, language: Language) -> Worksheet:
    """One line an amount, and how far earlier forecasts missed."""
    year = year_of(annex.facts.month)
    lines = [f"{language.text(line)}, €" for line in _LINES]
    rows: list[tuple[Value, ...]] = list(zip(lines, _amounts(found), strict=True))
    rows += [
        (language.text(MEASURE[c.measure]), c.value) for c in annex.cells if c.measure in _ERRORS
    ]
    head = (language.text("Year {year}", year=year), language.text("Value"))
    return Worksheet(language.text("Forecast"), head, tuple(rows))


def _completeness(
    cells: tuple[Cell, ...], facts: ReleaseFacts, language: Language
) -> tuple[Worksheet, ...]:
    """One row a service and month of the whole area; no sheet where no share is shown."""
    services = {s.name: i for i, s in enumerate(facts.services)}
    shown = {(c.service, c.period, c.measure): c.value for c in cells}
    places = sorted(
        {(c.service, c.period) for c in cells if c.measure is Measure.COMPLETENESS},
        key=lambda place: (services.get(place[0], 99), place[1]),
    )
    rows = tuple(
        (
            label(facts, service, language), language.period(period),
            *(shown.get((service, period, measure)) for measure in _SHARES),
        )
        for service, period in places
    )  # fmt: skip
    head = (
        language.text("Service"), language.text("Period"), language.text("Recorded, %"),
        language.text("At least, %"), language.text("At most, %"),
    )  # fmt: skip
    return (Worksheet(language.text("Completeness"), head, rows),) if rows else ()
