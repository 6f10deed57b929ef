"""Columns of a table as a page sets them: numbers, their headings, and marks beside them."""

from dataclasses import replace

from kuntakoonti.core.markup import Element, Node, placed

FEW_COLUMNS = 3  # a table of so few is as wide as its texts, not as the page


def with_mark(line: tuple[Node, ...]) -> tuple[Node, ...]:
    """The asterisks that end a number hang outside its column, so that digits stay aligned."""
    if not line or not isinstance(line[-1], str):
        return line
    number = line[-1].rstrip("*")
    mark = line[-1][len(number) :]
    if not mark or not number:
        return line
    return (*line[:-1], number, Element("span", (mark,), frozenset({"mark"})))


def with_table_classes(table: Element) -> Element:
    """A table that says what its look depends on: few columns, and headings over numbers."""
    cells = [found for _, row in placed(table.find("tr")) for found in row]
    columns = max((place + cell.columns for place, cell in cells), default=0)
    numeric = {
        place
        for place, cell in cells
        if cell.name == "td" and cell.classes & {"n", "small"} and cell.columns == 1
    }
    parts = tuple(
        _aligned_head(part, numeric) if isinstance(part, Element) and part.name == "thead" else part
        for part in table.children
    )
    added = {"narrow"} if columns <= FEW_COLUMNS else set()
    return replace(table, children=parts, classes=table.classes | added)


def _aligned_head(head: Element, numeric: set[int]) -> Element:
    rows = tuple(
        replace(row, children=tuple(_aligned(cell, place in numeric) for place, cell in cells))
        for row, cells in placed(head.find("tr"))
    )
    return replace(head, children=rows)


def _aligned(cell: Element, numeric: bool) -> Element:
    added = {"span"} if cell.columns > 1 else {"n"} if numeric else set()
    return replace(cell, classes=cell.classes | added)
