"""Sheets of the whole invoice and of the keys; none in an area without services shared by a key."""

from collections.abc import Iterator, Sequence

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import year_of
from kuntakoonti.export.xlsx import Value, Worksheet
from kuntakoonti.export.xlsx_cells import MEASURE, amount, label
from kuntakoonti.public.cells import ANY, INVOICE, SHARED, Cell, Measure
from kuntakoonti.public.invoice import PARTS
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, ReleaseFacts

_GROUP = {
    ANY: message("By causation"),
    SHARED: message("Shared by key"),
    INVOICE: message("Invoice in total"),
}
_HEAD = {
    Measure.INVOICE_BUDGET: message("Budget, €"),
    Measure.INVOICE_ADVANCE: message("Advances, €"),
    Measure.INVOICE_ADVANCE_EXPECTED: message("According to the budget, €"),
    Measure.INVOICE_ADVANCE_COMING: message("Still to be invoiced, €"),
    Measure.INVOICE_ACTUAL: message("Actual cost, €"),
    Measure.INVOICE_FORECAST: message("Forecast, €"),
    Measure.INVOICE_EXPECTED_ADJUSTMENT: message("Expected adjustment, €"),
    Measure.INVOICE_ADJUSTMENT: message("Year-end adjustment, €"),
    Measure.INVOICE_PRIOR_YEAR: message("Prior-year correction, €"),
}
_PARTS = {**PARTS, Measure.INVOICE_PRIOR_YEAR: (Measure.PRIOR_YEAR, Measure.SHARED_PRIOR_YEAR)}


def invoice_sheets(annex: AnnexFigures, language: Language) -> tuple[Worksheet, ...]:
    """The parts of a municipality's invoice by service and their sums, and its keys."""
    if not annex.facts.shared:
        return ()
    lines = tuple(_invoice(annex.cells, annex.facts, language))
    return (
        Worksheet(language.text("The whole invoice"), _heads(language), lines, numeric=3),
        Worksheet(
            language.text("Keys"),
            (language.text("Item"), language.text("Service"), language.text("Period"), language.text("Value")),
            tuple(_keys(annex.cells, annex.facts, language)),
        ),
    )  # fmt: skip


def area_invoice_sheets(area: AreaFigures, language: Language) -> tuple[Worksheet, ...]:
    """The same of every member, a line each."""
    if not area.facts.shared:
        return ()
    named = {m.code: f"{m.code} {m.name.in_language(language.code)}" for m in area.members}
    invoices = [
        (named[m.code], *line)
        for m in area.members
        for line in _invoice(m.cells, area.facts, language)
    ]
    keys = [
        (named[m.code], *line)
        for m in area.members
        for line in _keys(m.cells, area.facts, language)
    ]
    first = language.text("Municipality")
    heads = (first, *_heads(language))
    said = (first, language.text("Item"), language.text("Service"), language.text("Period"), language.text("Value"))  # fmt: skip
    return (
        Worksheet(language.text("Whole invoices"), heads, tuple(invoices), numeric=4),
        Worksheet(language.text("Keys"), said, tuple(keys)),
    )


def _heads(language: Language) -> tuple[str, ...]:
    fixed = (language.text("Part"), language.text("Service"), language.text("Period"))
    return (*fixed, *(language.text(head) for head in _HEAD.values()))


def _invoice(
    cells: Sequence[Cell], facts: ReleaseFacts, language: Language
) -> Iterator[tuple[Value, ...]]:
    """A line a part, service and period; the sums of each part after it, the invoice last."""
    known = {(c.service, c.period, c.measure): c for c in cells}
    periods = sorted({c.period for c in cells if c.measure in _PARTS})
    charged = (
        (ANY, 0, [*(s.name for s in facts.services), ANY]),
        (SHARED, 1, [*(s.name for s in facts.shared), SHARED]),
        (INVOICE, 2, [INVOICE]),
    )
    for period in periods:
        for group, part, services in charged:
            for service in services:
                found = [
                    known.get((service, period, m if part == 2 else _PARTS[m][part])) for m in _HEAD
                ]
                if any(found):
                    total = language.text("Total") if service == group else ""
                    name = total or label(facts, service, language)
                    values = (_amount(c) for c in found)
                    yield language.text(_GROUP[group]), name, language.period(period), *values


def _amount(cell: Cell | None) -> Value:
    return None if cell is None or cell.value is None else amount(cell.measure, cell.value)


def _keys(
    cells: Sequence[Cell], facts: ReleaseFacts, language: Language
) -> Iterator[tuple[Value, ...]]:
    """Values of keys and shares of services of the data month's year."""
    for c in cells:
        ours = c.measure in (Measure.KEY_VALUE, Measure.KEY_SHARE)
        if ours and year_of(c.period) == year_of(facts.month):
            what = language.text(MEASURE[c.measure])
            yield what, label(facts, c.service, language), language.period(c.period), _amount(c)
