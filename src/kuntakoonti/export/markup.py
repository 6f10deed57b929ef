"""The small vocabulary of HTML that is published, as a tree.

A notebook's outputs are fragments of HTML. Whatever they hold, what is published is a tree of
`Element` with the names and classes below and nothing else: no script, no style, no address. The
HTML page is written from that tree, and the PDF is set from it, so both say the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

INLINE = frozenset({"strong", "em", "sup", "br", "abbr", "span"})
HEADINGS = frozenset({"h1", "h2", "h3"})
LINES = HEADINGS | {"p", "figcaption", "li", "dt", "dd", "caption", "th", "td"}
FLOWS = frozenset({"header", "aside", "div", "figure"})
LISTS = frozenset({"dl", "ul", "ol", "table", "thead", "tbody", "tfoot", "tr"})
BLOCKS = HEADINGS | FLOWS | {"p", "figcaption", "dl", "ul", "ol", "table", "hr", "img"}
KNOWN = INLINE | LINES | LISTS | BLOCKS
VOID = frozenset(
    {"br", "hr", "img", "area", "base", "col", "embed", "input", "link", "meta", "wbr"}
)
CLASSES = frozenset(
    {"letterhead", "sender", "case", "draft", "facts", "lead", "note", "box", "pair", "page"}
    | {"figures", "wide", "n", "final", "preliminary", "small", "total", "mark", "span"}
    | {"narrow", "prose"}
)


@dataclass(frozen=True)
class Element:
    """An element of the vocabulary with its classes, attributes and children."""

    name: str
    children: "tuple[Node, ...]" = ()
    classes: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)

    def find(self, *names: str) -> "Iterator[Element]":
        """The descendants with one of these names, in document order."""
        for child in self.children:
            if isinstance(child, Element):
                if child.name in names:
                    yield child
                yield from child.find(*names)

    @property
    def columns(self) -> int:
        """How many columns a cell of a table covers."""
        return int(self.attributes.get("colspan", 1))

    @property
    def rows(self) -> int:
        """How many rows a cell of a table covers."""
        return int(self.attributes.get("rowspan", 1))


Node = Element | str


def text(nodes: Iterable[Node]) -> str:
    """The plain text of nodes; a line break counts as a space."""
    return "".join(
        n if isinstance(n, str) else " " if n.name == "br" else text(n.children) for n in nodes
    )


def write(nodes: Iterable[Node]) -> str:
    """Nodes as HTML; a table scrolls inside a focusable region named by its caption."""
    return "".join(escape(n, quote=False) if isinstance(n, str) else _tag(n) for n in nodes)


def _tag(element: Element) -> str:
    classes = {"class": " ".join(sorted(element.classes))} if element.classes else {}
    attributes = {**classes, **element.attributes}
    opening = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    if element.name in VOID:
        return f"<{element.name}{opening}>"
    html = f"<{element.name}{opening}>{write(element.children)}</{element.name}>"
    if element.name == "table":
        html = f'<div class="scroll" tabindex="0"{_region(element)}>{html}</div>'
    return html if element.name in INLINE else html + "\n"


def _region(table: Element) -> str:
    caption = " ".join(text(c.children) for c in table.find("caption"))
    return f' role="region" aria-label="{escape(caption)}"' if caption else ""


def placed(rows: Iterable[Element]) -> Iterator[tuple[Element, list[tuple[int, Element]]]]:
    """Every row of a table with its cells and the column where each cell starts."""
    taken: dict[int, int] = {}
    for row in rows:
        cells: list[tuple[int, Element]] = []
        place = 0
        for cell in row.find("td", "th"):
            while taken.get(place, 0):
                place += 1
            cells.append((place, cell))
            taken.update(dict.fromkeys(range(place, place + cell.columns), cell.rows))
            place += cell.columns
        yield row, cells
        taken = {column: left - 1 for column, left in taken.items() if left > 1}
