"""Fragments of HTML read into the vocabulary of `kuntakoonti.export.vocabulary`.

An element that is not known leaves its text in its place; one that is dangerous leaves nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html.parser import HTMLParser

from kuntakoonti.core.markup import INLINE, VOID, Element, Node, text
from kuntakoonti.export.columns import with_mark, with_table_classes
from kuntakoonti.export.vocabulary import (
    ALIASES,
    ATTRIBUTES,
    BARE,
    BLOCKS,
    CLASSES,
    DROPPED,
    FLOWS,
    HEADINGS,
    IMAGE_SOURCES,
    IMPLIED_ENDS,
    KNOWN,
    LINES,
    LISTS,
    PARTS,
)

_SPACES = re.compile(r"[ \t\n\r\f]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]")
_FORMS = {
    "lang": re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*"),
    "scope": re.compile(r"(row|col)(group)?"),
    "colspan": re.compile(r"[1-9][0-9]?"),
    "rowspan": re.compile(r"[1-9][0-9]?"),
}  # an attribute of another form is left out


def read(html: str) -> tuple[Node, ...]:
    """The blocks of a fragment of HTML, reduced to the vocabulary."""
    reader = _TreeBuilder()
    reader.feed(html)
    reader.close()
    return reader.blocks()


class _TreeBuilder(HTMLParser):
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
            self._open[-1][2].append(_CONTROLS.sub("", data))

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
    if name in BARE or name in VOID - KNOWN:
        return children
    if name not in KNOWN or (name == "div" and "pair" not in classes):
        return _flow(children)
    kept = Element(name, (), classes & CLASSES, _kept(name, attributes))
    if name in FLOWS:
        return (replace(kept, children=_flow(children)),)
    if name in LISTS:
        whole = replace(kept, children=tuple(_parts(name, children)))
        return (with_table_classes(whole) if name == "table" else whole,)
    line = tuple(_line(children, trim=name in LINES))
    if name in HEADINGS and not text(line).strip():
        return ()
    return (replace(kept, children=with_mark(line) if name == "td" else line),)


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
        wrapped = _published(wrapper, {}, strays)
        yield from (part for part in wrapped if isinstance(part, Element))


def _kept(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    names = ATTRIBUTES.get(name, frozenset({"lang"}))
    kept = {key: value for key, value in attributes.items() if key in names and value}
    return {k: v for k, v in kept.items() if k not in _FORMS or _FORMS[k].fullmatch(v)}


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
