"""What has changed since the municipality's last annex: three lines at most, or that nothing has."""

from collections.abc import Iterable

from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.annex_tables import count_text
from kuntakoonti.pages.html import Html, element, joined
from kuntakoonti.public.changes import Change

_MOST = 3  # lines


def changed(annex: Annex) -> Html:
    """The changes by kind; nothing without an earlier annex."""
    month, say = annex.figures.compared_with, annex.language
    if not month:
        return Html()
    lines = _lines(annex)[:_MOST]
    if not lines:
        none = say.text("No figure has changed since the last annex ({month}).",
                        month=say.period(month))  # fmt: skip
        return Html(element("p", none))
    title = say.text("Changed since the last annex ({month}):", month=say.period(month))
    return Html(element("p", title) + element("ul", joined(element("li", line) for line in lines)))


def _lines(annex: Annex) -> list[str]:
    """A line a change, of the counts one together."""
    by_kind = {"forecast": _forecast, "budget": _budget, "invoiced": _invoiced}
    found, counted = list[str](), False
    for change in annex.figures.changes:
        if change.kind != "closed":
            found.append(by_kind[change.kind](annex, change))
        elif not counted:
            found.append(_closed(annex, annex.figures.changes))
            counted = True
    return found


def _forecast(annex: Annex, change: Change) -> str:
    return annex.language.text(
        "The forecast of {year} moved by more than its range: {before} → {after}.",
        year=change.after.period,
        before=annex.language.rounded_euros(change.before.value or 0),
        after=annex.language.rounded_euros(change.after.value or 0),
    )


def _budget(annex: Annex, change: Change) -> str:
    return annex.language.text(
        "Budget of {year}: {before} → {after}.",
        year=change.after.period,
        before=annex.language.euros(change.before.value or 0),
        after=annex.language.euros(change.after.value or 0),
    )


def _invoiced(annex: Annex, change: Change) -> str:
    before, after = change.before.value or 0, change.after.value or 0
    return annex.language.text(
        "Invoices and credits besides this advance changed the advances of {year} by {change}; they "
        "are now {after}.",
        year=change.after.period,
        change=annex.language.signed_euros(after - before - change.expected_cents),
        after=annex.language.euros(after),
    )


def _closed(annex: Annex, changes: Iterable[Change]) -> str:
    said = [
        annex.language.text(
            "{service} {period} {count} (was {before})",
            service=annex.label(c.after.service).lower(),
            period=annex.language.short(c.after.period),
            count=count_text(annex, c.after),
            before=count_text(annex, c.before).rstrip("*"),
        )
        for c in changes
        if c.kind == "closed"
    ]
    return annex.language.text("Now complete: {counts}.", counts="; ".join(said))
