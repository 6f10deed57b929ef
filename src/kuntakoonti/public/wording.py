"""Words that pages and workbooks share, so that both say a hidden figure and an invoice alike."""

from collections.abc import Mapping

from kuntakoonti.core.disclosed_text import NOT_PRINTED
from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.texts import Texts
from kuntakoonti.public.cells import INVOICE, SHARED, Cell, Status
from kuntakoonti.public.pages import ReleaseFacts

KIND = {
    "invoice": message("advance invoice"),
    "credit": message("credit note"),
    "internal": message("internal charge"),
}

INVENTED = message("INVENTED DATA")
SECRET = message(
    "SECRET (Act on the Openness of Government Activities 621/1999, section 24(1)(25))"
)
SECRET_PAGE = message(
    "SECRET (Act on the Openness of Government Activities 621/1999, section 24(1)(25) and section "
    "25)"
)


def count(cell: Cell, threshold: int, language: Language) -> str:
    """A count as a page says it: its number, or what stands in its place."""
    if cell.value is not None:
        return language.number(cell.value)
    return hidden(cell, threshold, language)


def hidden(cell: Cell, threshold: int, language: Language) -> str:
    """What stands where a count has no number: ``alle 5``, ``väh. 10``, ``ei esitetä`` or a point."""
    if cell.status is Status.PRELIMINARY and cell.class_low:
        return language.text("at least {count}", count=language.number(cell.class_low))
    if cell.status in (Status.PRELIMINARY, Status.UNDER_THRESHOLD):
        return language.text("under {threshold}", threshold=threshold)
    return language.text("not shown") if cell.status is Status.NOT_SHOWN else "."


def invoice_number(number: str, language: Language) -> str:
    """An invoice's number, or that it is not shown."""
    return number if is_shown(number) else language.text("not shown")


def is_shown(number: str) -> bool:
    """Whether an invoice's number is printed (rule R11)."""
    return not number.startswith(NOT_PRINTED)


def kind(name: str, language: Language) -> str:
    """What sort of invoice a row is: ``invoice``, ``credit`` or ``internal`` in words."""
    return language.text(KIND[name])


KEY = {
    "population": message("Population"),
    "equal": message("Equal shares"),
    "working_age": message("People of working age"),
    "labour_force": message("Labour force"),
    "jobseekers": message("Jobseekers"),
}
TOTALS = {SHARED: message("Services shared by key"), INVOICE: message("Invoice in total")}


def key_label(name: str, language: Language) -> str:
    """A key as a reader knows it; an area's own by its name."""
    return language.text(KEY[name]) if name in KEY else name.replace("_", " ")


def label_of(facts: ReleaseFacts, name: str, language: Language) -> str:
    """A service, a key or a sum of a release as a reader knows it."""
    keys = {k.key for s in facts.shared for k in s.keys}
    labels = {s.name: s.label for s in facts.shared} | {s.name: s.label for s in facts.services}
    if name in keys and name not in labels:
        return key_label(name, language)
    if name in TOTALS:
        return language.text(TOTALS[name])
    return service_label(labels, name, language)


def service_label(labels: Mapping[str, Texts], name: str, language: Language) -> str:
    """A service as a reader knows it; ``any`` and what is not in ``labels`` is all together."""
    if name in labels:
        return labels[name].in_language(language.code)
    return language.text("All services together")
