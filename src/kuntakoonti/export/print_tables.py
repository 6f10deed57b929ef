"""Tables made to fit the paper: smaller print, a page on its side, or columns on several tables.

Widths are measured in the typeface, in thousandths of the size of the letters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kuntakoonti.core.markup import Element, Node, placed, text
from kuntakoonti.export.typefaces import letter_width

TEXT_WIDTH, LYING_WIDTH = 481.0, 728.0  # points between the margins of A4
SIZES = (9.0, 8.0, 7.0, 6.0)  # points
SHARED = 8.0  # points, of a table whose columns stand in several
FEW = 3  # columns that stand apart from each other
PADDING = 9.0  # points of a column beside its text
LONGEST = 14  # letters of a word that is not divided
WIDEST = 26_000  # of a column, before its texts take several lines


@dataclass(frozen=True)
class Fit:
    """How a table is set: size in points, widths of columns in points, whether the page lies."""

    size: float
    widths: tuple[float, ...]
    lying: bool


def fitted(nodes: Iterable[Node], room: float = TEXT_WIDTH, top: bool = True) -> Iterator[Node]:
    """Nodes whose wide tables have a class ``fitted`` and their measures, or are several tables."""
    for node in nodes:
        if isinstance(node, str) or not node.children:
            yield node
        elif node.name == "table":
            yield from _fitted(node, room, top)
        else:
            inner = room - (20 if node.name in ("li", "dd", "blockquote", "aside") else 0)
            children = tuple(fitted(node.children, inner, False))
            yield replace(node, children=children)


def _fitted(table: Element, room: float, top: bool) -> Iterator[Element]:
    least, natural = _widths(table)
    if not least:
        yield table
        return
    fit = _fit(least, natural, room, top)
    if fit:
        yield _with(table, fit)
        return
    for number, columns in enumerate(_shares(least, room, _heads(table))):
        some = [least[c] for c in columns], [natural[c] for c in columns]
        fit = _fit(*some, room, top) or _squeezed(some[0], room)
        yield _with(_part(table, columns, first=number == 0), fit)


def _fit(least: Sequence[float], natural: Sequence[float], room: float, top: bool) -> Fit | None:
    """The largest print in which the columns fit, upright before lying."""
    for width, lying in ((room, False), *([(LYING_WIDTH, True)] if top else [])):
        for size in SIZES:
            free = width - PADDING * len(least) - (30 if len(least) <= FEW else 0)
            if sum(natural) * size / 1000 <= free:
                return Fit(size, (), lying)
            if sum(least) * size / 1000 <= free and size > SIZES[-1] - lying:
                return Fit(size, _spread(least, natural, free * 1000 / size, size), lying)
    return None


def _squeezed(least: Sequence[float], width: float) -> Fit:
    """Columns that are wider than the page even alone: their words are divided."""
    free = (width - PADDING * len(least)) * 1000 / SIZES[-1]
    share = free / sum(least)
    return Fit(SIZES[-1], tuple(w * share * SIZES[-1] / 1000 + PADDING for w in least), False)


def _spread(
    least: Sequence[float], natural: Sequence[float], free: float, size: float
) -> tuple[float, ...]:
    """Each column its least width, and of the rest in proportion to what it would take."""
    spare = free - sum(least)
    wanted = sum(natural) - sum(least)
    shares = (low + (high - low) * spare / wanted for low, high in zip(least, natural, strict=True))
    return tuple(share * size / 1000 + PADDING for share in shares)


def _widths(table: Element) -> tuple[list[float], list[float]]:
    """Least and natural width of every column; a cell over several columns shares its own out."""
    least: dict[int, float] = {}
    natural: dict[int, float] = {}
    for _, cells in placed(_rows(table)):
        for place, cell in cells:
            narrow, wide = _cell_widths(cell)
            for column in range(place, place + cell.columns):
                least[column] = max(least.get(column, 0), narrow / cell.columns)
                natural[column] = max(natural.get(column, 0), wide / cell.columns)
    count = max(least, default=-1) + 1
    return [least.get(c, 0) for c in range(count)], [natural.get(c, 0) for c in range(count)]


def _cell_widths(cell: Element) -> tuple[float, float]:
    bold = 1.06 if cell.name == "th" else 1.0
    lines = [bold * _measured(line) for line in _lines(cell)]
    words = [word for line in _lines(cell) for word in line.split(" ")]
    longest = max((bold * _measured(word[:LONGEST]) for word in words), default=0)
    pictures = 8_000 if any(cell.find("img", "math")) else 0
    natural = min(WIDEST, max(lines, default=0))
    return max(longest, pictures), max(natural, longest, pictures)


def _lines(cell: Element) -> list[str]:
    if not any(isinstance(child, Element) for child in cell.children):
        return [text(cell.children)]
    parts = [text(p.children) for p in cell.find("p", "li", "pre")] or [text(cell.children)]
    return [line for part in parts for line in part.split("\n")]


def _measured(run: str) -> float:
    return sum(map(letter_width, run))


def _rows(table: Element) -> Iterator[Element]:
    for part in ("thead", "tbody", "tfoot"):
        for child in table.children:
            if isinstance(child, Element) and child.name == part:
                yield from (row for row in child.children if isinstance(row, Element))


def _heads(table: Element) -> int:
    """How many of the first columns are headings of rows."""
    bodies = (
        child for child in table.children if isinstance(child, Element) and child.name == "tbody"
    )
    counts = []
    for body in bodies:
        for _, cells in placed(body.find("tr")):
            heads = [cell.columns for place, cell in cells if cell.name == "th" and place < 3]
            counts.append(sum(heads))
    return min(max(counts, default=0), 3)


def _shares(least: Sequence[float], width: float, heads: int) -> Iterator[list[int]]:
    """The columns of each of several tables; every one starts with the headings of the rows."""
    free = (width - PADDING * heads) * 1000 / SHARED
    first = list(range(heads))
    room = free - sum(least[:heads])
    share: list[int] = []
    taken = 0.0
    for column in range(heads, len(least)):
        needed = least[column] + PADDING * 1000 / SHARED
        if share and taken + needed > room:
            yield [*first, *share]
            share, taken = [], 0.0
        share.append(column)
        taken += needed
    yield [*first, *share]


def _part(table: Element, columns: Sequence[int], first: bool) -> Element:
    """The table with only some of its columns; the first has its name."""
    wanted = set(columns)
    children: list[Node] = []
    for child in table.children:
        if isinstance(child, Element) and child.name in ("thead", "tbody", "tfoot"):
            rows = tuple(
                replace(row, children=tuple(_some(cells, wanted)))
                for row, cells in placed(child.find("tr"))
            )
            children.append(replace(child, children=rows))
        else:
            children.append(child)
    named = {k: v for k, v in table.attributes.items() if first or k != "id"}
    return replace(table, children=tuple(children), attributes=named)


def _some(cells: Iterable[tuple[int, Element]], wanted: set[int]) -> Iterator[Element]:
    for place, cell in cells:
        left = len(wanted & set(range(place, place + cell.columns)))
        if left:
            yield replace(cell, attributes={**cell.attributes, "colspan": str(left)})


def _with(table: Element, fit: Fit) -> Element:
    measures = {"size": f"{fit.size:g}", "widths": " ".join(f"{w:.2f}" for w in fit.widths)}
    if fit.lying:
        measures["lying"] = "lying"
    return replace(table, attributes={**table.attributes, **measures})
