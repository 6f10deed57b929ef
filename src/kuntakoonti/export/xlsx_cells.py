"""How a figure, a service and a release stand in a workbook: words and numbers, each said once."""

from decimal import Decimal

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.export.xlsx import Folder, Value
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.pages import Manifest, ReleaseFacts
from kuntakoonti.public.wording import INVENTED, hidden, label_of

STATUS = {
    Status.FINAL: message("complete"),
    Status.PRELIMINARY: message("preliminary, recorded so far"),
    Status.UNDER_THRESHOLD: message("complete, below the threshold"),
    Status.NOT_SHOWN: message("not shown"),
    Status.NOT_OFFERED: message("not offered"),
}
MEASURE = {
    Measure.CLIENTS: message("clients"),
    Measure.BUDGET: message("budget, €"),
    Measure.ADVANCE: message("advances, €"),
    Measure.ADVANCE_EXPECTED: message("advance according to the budget, €"),
    Measure.ADVANCE_COMING: message("advances still to be invoiced by the budget, €"),
    Measure.ACTUAL: message("actual cost, €"),
    Measure.ADJUSTMENT: message("year-end adjustment, €"),
    Measure.POSTING: message("proposed posting, €"),
    Measure.PRIOR_YEAR: message("prior-year correction, €"),
    Measure.ACTUAL_ROUNDED: message("recorded cost, approximately, €"),
    Measure.FORECAST: message("forecast of the year's costs, about, €"),
    Measure.FORECAST_LOW: message("range of the forecast, lower end, €"),
    Measure.FORECAST_HIGH: message("range of the forecast, upper end, €"),
    Measure.EXPECTED_ADJUSTMENT: message("expected adjustment about, € (negative is a credit)"),
    Measure.EXPECTED_ADJUSTMENT_LOW: message("range of the expected adjustment, lower end, €"),
    Measure.EXPECTED_ADJUSTMENT_HIGH: message("range of the expected adjustment, upper end, €"),
    Measure.COMPLETENESS: message("estimated share recorded of the whole area's costs, %"),
    Measure.COMPLETENESS_LOW: message("range of the share recorded, lower end, %"),
    Measure.COMPLETENESS_HIGH: message("range of the share recorded, upper end, %"),
    Measure.ERROR: message("mean error of earlier forecasts, whole area, %"),
    Measure.ERROR_MEMBERS: message("mean error of earlier forecasts, single municipality, %"),
    Measure.CLIENTS_SHOWN_SUM: message("clients, sum of the counts shown"),
    Measure.ACTUAL_SHOWN_SUM: message("actual cost, sum of the amounts shown, €"),
    Measure.SHARED_BUDGET: message("shared by key: budget, €"),
    Measure.SHARED_ADVANCE: message("shared by key: advances, €"),
    Measure.SHARED_ADVANCE_EXPECTED: message("shared by key: advance according to the budget, €"),
    Measure.SHARED_ADVANCE_COMING: message("shared by key: advances still to be invoiced, €"),
    Measure.SHARED_ACTUAL: message("shared by key: recorded cost, €"),
    Measure.SHARED_FORECAST: message("shared by key: forecast of the year's costs, €"),
    Measure.SHARED_EXPECTED_ADJUSTMENT: message("shared by key: expected adjustment, €"),
    Measure.SHARED_ADJUSTMENT: message("shared by key: year-end adjustment, €"),
    Measure.SHARED_PRIOR_YEAR: message("shared by key: prior-year correction, €"),
    Measure.INVOICE_BUDGET: message("whole invoice: budget, €"),
    Measure.INVOICE_ADVANCE: message("whole invoice: advances, €"),
    Measure.INVOICE_ADVANCE_EXPECTED: message("whole invoice: advance according to the budget, €"),
    Measure.INVOICE_ADVANCE_COMING: message("whole invoice: advances still to be invoiced, €"),
    Measure.INVOICE_ACTUAL: message("whole invoice: actual cost, €"),
    Measure.INVOICE_FORECAST: message("whole invoice: forecast of the year's costs, about, €"),
    Measure.INVOICE_EXPECTED_ADJUSTMENT: message("whole invoice: expected adjustment about, €"),
    Measure.INVOICE_ADJUSTMENT: message("whole invoice: year-end adjustment, €"),
    Measure.INVOICE_PRIOR_YEAR: message("whole invoice: prior-year correction, €"),
    Measure.KEY_VALUE: message("value of the key"),
    Measure.KEY_SHARE: message("share by the key, %"),
}
ROUNDED = frozenset(
    {
        Measure.ACTUAL_ROUNDED, Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH,
        Measure.EXPECTED_ADJUSTMENT, Measure.EXPECTED_ADJUSTMENT_LOW,
        Measure.EXPECTED_ADJUSTMENT_HIGH, Measure.INVOICE_FORECAST,
        Measure.INVOICE_EXPECTED_ADJUSTMENT,
    }
)  # fmt: skip


def shown(cell: Cell, facts: ReleaseFacts, language: Language) -> Value:
    """A published value as a number, the words that stand for it, or nothing of what was not offered."""
    if cell.value is not None:
        return amount(cell.measure, cell.value)
    if cell.status is Status.NOT_OFFERED:
        return None
    return hidden(cell, facts.threshold_of(cell), language)


def amount(measure: Measure, value: int) -> Value:
    """Euros to the cent, rounded amounts in whole euros, counts and per cent as they are."""
    if measure is Measure.KEY_VALUE:
        return euros(value) if value % 100 else value // 100
    if measure is Measure.KEY_SHARE:
        return Decimal(value).scaleb(-4)
    if not measure.endswith("_cents"):
        return value
    return value // 100 if measure in ROUNDED else euros(value)


def note(cell: Cell, facts: ReleaseFacts, language: Language) -> str:
    """What stands in place of a number, said beside it, so that no one reads a hidden count as 0."""
    most = facts.threshold_of(cell) - 1
    if cell.status is Status.UNDER_THRESHOLD:
        return language.text("0–{most} clients; a more exact count is secret by law.", most=most)
    if cell.status is Status.PRELIMINARY and not cell.class_low:
        return language.text(
            "0–{most} clients recorded so far; a more exact count is secret by law.",
            most=most,
        )
    if cell.status is Status.PRELIMINARY:
        return language.text("The exact count is given when the period is complete.")
    return ""


def label(facts: ReleaseFacts, service: str, language: Language) -> str:
    return label_of(facts, service, language)


def euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def draft_label(manifest: Manifest, language: Language) -> str:
    """The mark of every page that is not approved or of invented data, empty for any other."""
    marks = [language.text("DRAFT")] if manifest.state == "draft" else []
    marks += [language.text(INVENTED)] if manifest.invented else []
    return " · ".join(marks)


def folder(title: str, facts: ReleaseFacts, manifest: Manifest, language: Language) -> Folder:
    return Folder(
        title=title,
        author=facts.sender.in_language(language.code),
        created=facts.as_of,
        case=language.text("Case {case}", case=facts.case_number),
        draft=draft_label(manifest, language),
        page=language.text("page"),
        invented=invented_words(manifest.invented, language),
    )


def invented_words(invented: bool, language: Language) -> tuple[str, str]:
    """The words of a workbook's last sheet where the data are invented."""
    if not invented:
        return "", ""
    sentence = language.text(
        "No figure is of a real person, municipality or payment: the data are invented to try the "
        "program out."
    )
    return language.text(INVENTED), sentence
