"""The small vocabulary of HTML that an annex may use: read strictly, written cleanly.

A notebook's outputs are fragments of HTML. Whatever they hold, what is published is a tree of
`Element` with the names, classes and attributes below and nothing else: no script, no style, no
address. The HTML page is written from that tree, and the PDF is set from it, so both say the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from html.parser import HTMLParser

INLINE = frozenset("strong em sup br abbr span".split())
LINES = frozenset("p h1 h2 h3 figcaption li dt dd caption th td".split())
FLOWS = frozenset("header aside div figure".split())
LISTS = frozenset("dl ul ol table thead tbody tfoot tr".split())
BLOCKS = frozenset("p h1 h2 h3 figcaption dl ul ol table hr img".split()) | FLOWS
KNOWN = INLINE | LINES | LISTS | BLOCKS
ALIASES = {"b": "strong", "i": "em", "h4": "h3", "h5": "h3", "h6": "h3"}
UNKNOWN_INLINE = frozenset("a code kbd var samp small sub u s del ins q cite mark time".split())
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
DROPPED = frozenset(
    "script style template noscript iframe object svg math head title textarea select".split()
)
IMPLIED_ENDS: Mapping[str, frozenset[str]] = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "tbody": frozenset({"td", "th", "tr", "thead"}),
    "tfoot": frozenset({"td", "th", "tr", "tbody"}),
}
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "th": frozenset({"lang", "scope", "colspan", "rowspan"}),
    "td": frozenset({"lang", "colspan", "rowspan"}),
    "abbr": frozenset({"lang", "title"}),
    "img": frozenset({"lang", "src", "alt"}),
}
PARTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "ul": ("li", frozenset({"li"})),
    "ol": ("li", frozenset({"li"})),
    "dl": ("dd", frozenset({"dt", "dd"})),
    "table": ("tbody", frozenset({"caption", "thead", "tbody", "tfoot"})),
    "thead": ("tr", frozenset({"tr"})),
    "tbody": ("tr", frozenset({"tr"})),
    "tfoot": ("tr", frozenset({"tr"})),
    "tr": ("td", frozenset({"td", "th"})),
}  # what each may hold, and what wraps the rest
CLASSES = frozenset(
    "letterhead sender case draft facts lead note box figures wide pair page "
    "n final preliminary small total mark span".split()
)
IMAGE_SOURCES = ("data:image/svg+xml;base64,", "data:image/png;base64,")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_SPAN = re.compile(r"[1-9][0-9]?")


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


def read(html: str) -> tuple[Node, ...]:
    """The blocks of a fragment of HTML, reduced to the vocabulary."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.blocks()


class _Reader(HTMLParser):
    """Builds the tree from the inside out: an element is finished when it is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, Mapping[str, str], list[Node]]] = [("", {}, [])]
        self._dropped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped or tag in DROPPED:
            self._dropped.extend(() if tag in VOID else (tag,))
            return
        while self._open[-1][0] in IMPLIED_ENDS.get(tag, ()):
            self._close()
        self._open.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag in VOID:
            self._close()

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag in self._dropped:
                while self._dropped.pop() != tag:
                    pass
        elif any(tag == name for name, _, _ in self._open[1:]):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self._open[-1][2].append(data)

    def blocks(self) -> tuple[Node, ...]:
        """Close what is still open and give the whole tree."""
        while len(self._open) > 1:
            self._close()
        return _flow(self._open[0][2])

    def _close(self) -> str:
        tag, attributes, children = self._open.pop()
        self._open[-1][2].extend(_published(tag, attributes, children))
        return tag


def _published(tag: str, attributes: Mapping[str, str], children: list[Node]) -> Iterable[Node]:
    """What an element becomes: itself, its blocks, its bare text, or nothing."""
    name = ALIASES.get(tag, tag)
    classes = frozenset(attributes.get("class", "").split())
    if "anchor-link" in classes or (name == "img" and not _is_own_image(attributes)):
        return ()
    if name in UNKNOWN_INLINE or name in VOID - KNOWN:
        return children
    if name not in KNOWN or (name == "div" and "pair" not in classes):
        return _flow(children)
    kept = Element(name, (), classes & CLASSES, _kept(name, attributes))
    if name in FLOWS:
        return (replace(kept, children=_flow(children)),)
    if name in LISTS:
        whole = replace(kept, children=tuple(_parts(name, children)))
        return (_with_aligned_heads(whole) if name == "table" else whole,)
    line = tuple(_line(children, trim=name in LINES))
    return (replace(kept, children=_with_mark(line) if name == "td" else line),)


def _parts(name: str, children: Iterable[Node]) -> Iterator[Element]:
    """The parts of a list or table; what does not belong there is put into one that does."""
    wrapper, allowed = PARTS[name]
    strays: list[Node] = []
    for child in children:
        if isinstance(child, Element) and child.name in allowed:
            yield child
        elif isinstance(child, Element) or child.strip():
            strays.append(child)
    if strays:
        yield from _published(wrapper, {}, strays)


def _kept(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    names = ATTRIBUTES.get(name, frozenset({"lang"}))
    kept = {key: value for key, value in attributes.items() if key in names and value}
    return {k: v for k, v in kept.items() if not k.endswith("span") or _SPAN.fullmatch(v)}


def _is_own_image(attributes: Mapping[str, str]) -> bool:
    source = attributes.get("src", "")
    return source.startswith(IMAGE_SOURCES) and bool(attributes.get("alt", "").strip())


def _flow(children: Iterable[Node]) -> tuple[Node, ...]:
    """Blocks in order; text and inline elements between them become paragraphs."""
    blocks: list[Node] = []
    run: list[Node] = []
    for child in children:
        if isinstance(child, str) or child.name in INLINE:
            run.append(child)
            continue
        blocks.extend(_paragraph(run))
        blocks.extend((child,) if child.name in BLOCKS else _flow(child.children))
        run = []
    return (*blocks, *_paragraph(run))


def _paragraph(run: Iterable[Node]) -> tuple[Node, ...]:
    line = tuple(_line(run, trim=True))
    return (Element("p", line),) if text(line).strip() else ()


def _line(children: Iterable[Node], trim: bool) -> Iterator[Node]:
    """Children of one line of text: blocks in it give their text, spaces collapse."""
    joined: list[Node] = []
    for node in (part for child in children for part in _in_line(child)):
        if isinstance(node, str) and joined and isinstance(joined[-1], str):
            joined[-1] += node
        else:
            joined.append(node)
    for place, node in enumerate(joined):
        if isinstance(node, Element):
            yield node
            continue
        run = _SPACES.sub(" ", node)
        run = run.lstrip(" ") if trim and place == 0 else run
        run = run.rstrip(" ") if trim and place == len(joined) - 1 else run
        yield from (run,) if run else ()


def _in_line(node: Node) -> tuple[Node, ...]:
    if isinstance(node, str) or node.name in INLINE | {"ul", "ol", "img"}:
        return (node,)
    return (" ", *(node.children if node.name in LINES else (text(node.children),)), " ")


def _with_mark(line: tuple[Node, ...]) -> tuple[Node, ...]:
    """The asterisks that end a number hang outside its column, so that digits stay aligned."""
    if not line or not isinstance(line[-1], str):
        return line
    number = line[-1].rstrip("*")
    mark = line[-1][len(number) :]
    if not mark or not number:
        return line
    return (*line[:-1], number, Element("span", (mark,), frozenset({"mark"})))


def _with_aligned_heads(table: Element) -> Element:
    """The heading over a column of numbers is aligned as they are; a wider one is a spanner."""
    numeric = {
        place
        for _, cells in placed(table.find("tr"))
        for place, cell in cells
        if cell.name == "td" and cell.classes & {"n", "small"} and cell.columns == 1
    }
    parts = tuple(
        _aligned_head(part, numeric) if isinstance(part, Element) and part.name == "thead" else part
        for part in table.children
    )
    return replace(table, children=parts)


def _aligned_head(head: Element, numeric: set[int]) -> Element:
    rows = tuple(
        replace(row, children=tuple(_aligned(cell, place in numeric) for place, cell in cells))
        for row, cells in placed(head.find("tr"))
    )
    return replace(head, children=rows)


def _aligned(cell: Element, numeric: bool) -> Element:
    added = {"span"} if cell.columns > 1 else {"n"} if numeric else set()
    return replace(cell, classes=cell.classes | added)


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
