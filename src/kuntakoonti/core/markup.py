"""A page as a tree of elements: built once, and written as HTML or set as PDF from the same tree."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

VOID = frozenset(
    {"br", "hr", "img", "area", "base", "col", "embed", "input", "link", "meta", "wbr"}
)
INLINE = frozenset({"strong", "em", "sup", "br", "abbr", "span"})


@dataclass(frozen=True)
class Element:
    """An element with its classes, attributes and children; a text among them is a text, never HTML."""

    name: str
    children: "Nodes" = ()
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
Nodes = tuple[Node, ...]


def text(nodes: Iterable[Node]) -> str:
    """The plain text of nodes; a line break counts as a space."""
    return "".join(
        n if isinstance(n, str) else " " if n.name == "br" else text(n.children) for n in nodes
    )


def write(nodes: Iterable[Node]) -> str:
    """Nodes as HTML, a line for each block but a table, which its region ends."""
    return "".join(escape(n, quote=False) if isinstance(n, str) else _tag(n) for n in nodes)


def _tag(element: Element) -> str:
    classes = {"class": " ".join(sorted(element.classes))} if element.classes else {}
    attributes = {**classes, **element.attributes}
    opening = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    if element.name in VOID:
        return f"<{element.name}{opening}>"
    html = f"<{element.name}{opening}>{write(element.children)}</{element.name}>"
    return html if element.name in INLINE | {"table"} else html + "\n"


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
