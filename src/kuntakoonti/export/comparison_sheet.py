"""The sheet of comparisons: the municipality beside the members that show a figure, and a year earlier."""

from decimal import Decimal

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.export.xlsx import Value, Worksheet
from kuntakoonti.export.xlsx_cells import MEASURE, amount, label
from kuntakoonti.public.comparison import Comparison
from kuntakoonti.public.pages import AnnexFigures

_KIND = {
    "recorded": message("recorded ÷ budget, %"),
    "forecast": message("forecast ÷ budget, %"),
    "per_thousand": message("clients per 1,000 inhabitants"),
    "year_before": message("clients; smallest and largest: a year earlier"),
}


def comparison_sheets(annex: AnnexFigures, language: Language) -> tuple[Worksheet, ...]:
    """One row a comparison, and one a figure of last year's adjustment; no sheet without any."""
    rows = [
        (
            language.text(_KIND[c.kind]), label(annex.facts, c.service, language),
            language.period(c.period), *(_value(c, v) for v in (c.own, c.low, c.high)),
            c.place or None, c.members or None,
        )
        for c in annex.comparisons
    ]  # fmt: skip
    rows += [
        (
            language.text(MEASURE[c.measure]), label(annex.facts, c.service, language),
            language.period(c.period), None if c.value is None else amount(c.measure, c.value),
            None, None, None, None,
        )
        for c in annex.last_year
    ]  # fmt: skip
    head = (
        language.text("Figure"), language.text("Service"), language.text("Period"),
        language.text("This municipality"), language.text("Smallest"), language.text("Largest"),
        language.text("Place, 1 is the largest"), language.text("Members that show the figure"),
    )  # fmt: skip
    sheet = Worksheet(language.text("Comparison"), head, tuple(rows), numeric=3)
    return (sheet,) if rows else ()


def _value(found: Comparison, value: int) -> Value:
    """Clients per 1,000 inhabitants to the hundredth; all else whole."""
    return Decimal(value).scaleb(-2) if found.kind == "per_thousand" else value
