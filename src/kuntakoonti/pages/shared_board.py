"""The board's page of services shared by a key: every member's key, share and euros, all public."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import year_of
from kuntakoonti.pages.board import Overview, member_name
from kuntakoonti.pages.html import element, joined, row, table
from kuntakoonti.pages.shared import (
    HEAD,
    NONE,
    RECORDED,
    forecast_note,
    key_text,
    share_text,
    sharing,
)
from kuntakoonti.public.cells import INVOICE, SHARED, Cell, Measure
from kuntakoonti.public.pages import MemberCells

_Column = tuple[str, str, Measure]  # heading, service, measure
_SHARED_HEAD = {
    Measure.SHARED_BUDGET: HEAD[Measure.INVOICE_BUDGET],
    Measure.SHARED_ADVANCE: HEAD[Measure.INVOICE_ADVANCE],
    Measure.SHARED_ACTUAL: RECORDED,
    Measure.SHARED_EXPECTED_ADJUSTMENT: HEAD[Measure.INVOICE_EXPECTED_ADJUSTMENT],
    Measure.SHARED_ADJUSTMENT: HEAD[Measure.INVOICE_ADJUSTMENT],
}


def section(view: Overview) -> Nodes:
    """Keys and shares of all members, and what is shared by them; empty where nothing is."""
    facts, say = view.figures.facts, view.language
    if not facts.shared:
        return ()
    above = say.text("The figures above are of what is billed by causation.")
    notes = [above, sharing(say), *([] if facts.kind == "final" else [forecast_note(say)])]
    notes += [f"{s.label.in_language(say.code)}: {s.reference}." for s in facts.shared]
    title = element("h2", say.text("Services shared by key"))
    note = element("p", " ".join(notes), class_="note")
    return title + _keys(view) + _euros(view) + note


def _keys(view: Overview) -> Nodes:
    facts, say = view.figures.facts, view.language
    keys = dict.fromkeys(k.key for s in facts.shared for k in s.keys if k.key != "equal")
    columns = [(key_text(facts, key, say), key, Measure.KEY_VALUE) for key in keys]
    columns += [
        (say.text("{service}, share", service=s.label.in_language(say.code)), s.name, Measure.KEY_SHARE)
        for s in facts.shared
    ]  # fmt: skip
    caption = say.text("Keys {year}: values and shares", year=view.year)
    return _table(view, caption, say.text("Municipality"), columns)


def _euros(view: Overview) -> Nodes:
    say, facts = view.language, view.figures.facts
    columns = [(say.text(text), SHARED, measure) for measure, text in _SHARED_HEAD.items()]
    whole = Measure.INVOICE_ADJUSTMENT if facts.kind == "final" else Measure.INVOICE_ADVANCE
    named = (
        say.text("Invoice in total, adjustment") if facts.kind == "final"
        else say.text("Invoice in total, advances")
    )  # fmt: skip
    columns.append((named, INVOICE, whole))
    caption = say.text(
        "Shared by key {year}, as at {day}", year=view.year, day=say.date(facts.as_of)
    )
    return _table(view, caption, say.text(message("Euros", context="unit")), columns)


def _table(view: Overview, caption: str, corner: str, columns: list[_Column]) -> Nodes:
    """A line a member, and the sums of what all show."""
    members = view.figures.members
    shown = [c for c in columns if any(_cell(view, m.cells, c) for m in members)]
    head = element("th", corner, scope="col")
    head += joined(element("th", text, scope="col", class_="n") for text, _, _ in shown)
    body = [_line(view, member_name(view, m), m, shown) for m in members]
    sums = [_said(view, _cell(view, view.figures.cells, c), c) for c in shown]
    sums = ["" if c[2] is Measure.KEY_SHARE else text for c, text in zip(shown, sums, strict=True)]
    return table(caption, row([head]), body, _row(view.language.text("Sum"), sums, "total"))


def _line(view: Overview, name: str, member: MemberCells, columns: list[_Column]) -> Nodes:
    return _row(name, [_said(view, _cell(view, member.cells, c), c) for c in columns])


def _row(name: str, texts: list[str], css: str = "") -> Nodes:
    cells = (element("td", text, class_="n") for text in texts)
    return row([element("th", name, scope="row"), *cells], css)


def _cell(view: Overview, cells: tuple[Cell, ...], column: _Column) -> Cell | None:
    """The cell of the year, of a share the one of its last month."""
    _, service, measure = column
    return next(
        (
            c for c in cells
            if (c.service, c.measure) == (service, measure) and year_of(c.period) == view.year
            and (len(c.period) == len("2025") or measure is Measure.KEY_SHARE)
        ),
        None,
    )  # fmt: skip


def _said(view: Overview, cell: Cell | None, column: _Column) -> str:
    say, measure = view.language, column[2]
    if cell is None or cell.value is None:
        return NONE
    if measure is Measure.KEY_SHARE:
        return share_text(say, cell.value)
    if measure is Measure.KEY_VALUE and not cell.value % 100:
        return say.number(cell.value // 100)
    return say.euros(cell.value, unit=False)
