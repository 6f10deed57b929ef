"""Fragments of HTML read into a vocabulary (`kuntakoonti.export.vocabulary`).

An element that is not known leaves its text in its place; one that is dangerous leaves nothing.
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

from kuntakoonti.core.markup import MATHEMATICS, VOID, Element, Node, Nodes, text
from kuntakoonti.export.columns import with_mark, with_table_classes
from kuntakoonti.export.vocabulary import (
    ANNEX,
    CLASSES,
    IMPLIED_ENDS,
    LISTS,
    NOTEBOOK,
    PARTS,
    Vocabulary,
)

DEEPEST = 24  # elements within each other; what is deeper leaves its text
EMBEDDED = frozenset({"iframe", "video", "audio", "embed", "source"})  # a link takes their place
_SPACES = re.compile(r"[ \t\n\r\f]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff]")
_FLAGS = frozenset({"reversed"})
_NAME = re.compile(r"<([^\s/>]+)")
_LENGTH = r"-?[0-9]*\.?[0-9]+(em|ex|px|pt)?"
_FORMS = {
    "lang": re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "id": re.compile(r"\S+"),
    "scope": re.compile(r"(row|col)(group)?"),
    "colspan": re.compile(r"[1-9][0-9]?"),
    "rowspan": re.compile(r"[1-9][0-9]{0,3}"),
    "start": re.compile(r"-?[0-9]{1,6}"),
    "value": re.compile(r"-?[0-9]{1,6}"),
    "type": re.compile(r"[1aAiI]"),
    "width": re.compile(_LENGTH),
    "height": re.compile(_LENGTH),
    "href": re.compile(r"(?i)(https?:|mailto:|ftp:|tel:|(?![a-z][a-z0-9+.-]*:)).*"),
}  # an attribute of another form is left out
_LOOKS = {
    "text-align": re.compile("left|right|center"),
    "justify-items": re.compile("start|end"),
    "width": re.compile("[0-9]+%"),
    **dict.fromkeys(("padding-left", "padding-right"), re.compile("[0-9.]+(em)?")),
    **dict.fromkeys(
        (f"border-{side}" for side in ("top", "right", "bottom", "left")),
        re.compile(r"0\.05em\ssolid\scurrentcolor"),
    ),
}  # of a cell in a formula; others are left out

_NOT_DISPLAYED = re.compile(r"(?i)(^|;)\s*display\s*:\s*none\b")

Pictures = Callable[[Mapping[str, str]], Nodes]  # the attributes of an img → what stands for it


def read(html: str, words: Vocabulary = ANNEX, pictures: Pictures | None = None) -> Nodes:
    """The blocks of a fragment of HTML, reduced to a vocabulary.

    ``pictures`` says what stands for an image that is not within the fragment; without it, nothing.
    """
    reader = _TreeBuilder(words, pictures or (lambda _: ()))
    reader.feed(html)
    reader.close()
    return reader.blocks()


class _TreeBuilder(HTMLParser):
    """Builds the tree from the inside out: an element is finished when it is closed."""

    def __init__(self, words: Vocabulary, pictures: Pictures) -> None:
        super().__init__(convert_charrefs=True)
        self._reduce = _Reduction(words, pictures)
        self._open: list[tuple[str, Mapping[str, str], list[Node]]] = [("", {}, [])]
        self._dropped: list[str] = []
        self._drawing = _Drawing()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._drawing.open or (tag == "svg" and "svg" not in self._reduce.words.dropped):
            self._drawing.start(self.get_starttag_text() or "")
            return
        if self._dropped or tag in self._reduce.words.dropped:
            self._dropped.extend(() if tag in VOID else (tag,))
            return
        while self._open[-1][0] in IMPLIED_ENDS.get(tag, ()):
            self._close()
        self._open.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag in VOID:
            self._close()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._drawing.open:
            self._end_in_drawing(tag, written=False)
        elif tag in MATHEMATICS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._drawing.open:
            self._end_in_drawing(tag)
        elif self._dropped:
            if tag in self._dropped:
                while self._dropped.pop() != tag:
                    pass
        elif any(tag == name for name, _, _ in self._open[1:]):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._drawing.open:
            self._drawing.parts.append(escape(data))
        elif not self._dropped:
            self._open[-1][2].append(_CONTROLS.sub("", data))

    def blocks(self) -> Nodes:
        """Close what is still open and give the whole tree."""
        while len(self._open) > 1:
            self._close()
        return self._reduce.flow(self._open[0][2])

    def _end_in_drawing(self, tag: str, written: bool = True) -> None:
        """The end of an element of a drawing; one that is complete becomes a picture."""
        self._drawing.end(tag, written)
        if not self._drawing.open:
            self._open[-1][2].append(self._drawing.picture())
            self._drawing = _Drawing()

    def _close(self) -> str:
        tag, attributes, children = self._open.pop()
        if any(name == "pre" for name, _, _ in self._open) and self._reduce.keeps_code:
            self._open[-1][2].extend(("\n",) if tag == "br" else children)
        elif len(self._open) > DEEPEST and tag not in VOID:
            self._open[-1][2].append(f" {text(children)} ")
        else:
            self._open[-1][2].extend(self._reduce.published(tag, attributes, children))
        return tag


class _Drawing:
    """An SVG within a fragment, as it is written: its names have capitals, which HTML forgets."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.open: list[str] = []

    def start(self, tag: str) -> None:
        self.parts.append(tag)
        self.open.append(_NAME.match(tag)[1])  # type: ignore[index]

    def end(self, tag: str, written: bool) -> None:
        if tag in (name.lower() for name in self.open):
            name = ""
            while name.lower() != tag:
                name = self.open.pop()
                self.parts.extend((f"</{name}>",) if written else ())

    def picture(self) -> Element:
        svg = "".join(self.parts)
        if "xmlns=" not in svg.partition(">")[0]:
            svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        source = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
        return Element("img", attributes={"alt": "", "src": source})


class _Reduction:
    """What the elements of a fragment become in a vocabulary."""

    def __init__(self, words: Vocabulary, pictures: Pictures) -> None:
        self.words = words
        self._pictures = pictures
        self._lines, self._blocks, self._known = words.lines, words.blocks, words.known
        self.keeps_code = words is NOTEBOOK

    def published(
        self, tag: str, attributes: Mapping[str, str], children: list[Node]
    ) -> Iterable[Node]:
        """What an element becomes: itself, its blocks, its bare text, or nothing."""
        name = self.words.aliases.get(tag, tag)
        classes = frozenset(attributes.get("class", "").split())
        if "anchor-link" in classes or (self.words is NOTEBOOK and _is_hidden(attributes)):
            return ()
        if self.words is NOTEBOOK and (special := self._special(tag, attributes, children)):
            return special
        if name == "img":
            return self._picture(attributes)
        if name in self.words.bare or name in VOID - self._known:
            return children
        if name not in self._known or (name == "div" and "pair" not in classes):
            return self.flow(children)
        kept = Element(name, (), classes & CLASSES, self._kept(name, attributes))
        return self._filled(kept, children)

    def _filled(self, kept: Element, children: list[Node]) -> Nodes:
        """An element that is known, with what it may hold of its children."""
        name = kept.name
        if name == "pre" or name in MATHEMATICS:
            return (replace(kept, children=_verbatim(name, children)),)
        if name in self.words.flows:
            return (replace(kept, children=self.flow(children)),)
        if name in LISTS:
            whole = replace(kept, children=tuple(self._parts(name, children)))
            return (with_table_classes(whole) if name == "table" else whole,)
        if name in ("li", "dd") and self.words is NOTEBOOK:
            return (replace(kept, children=self._item(children)),)
        line = tuple(self._line(children, trim=name in self._lines))
        if name in self.words.headings and not (text(line).strip() or _holds(line)):
            return ()
        if name == "p" and self.keeps_code and len(line) == 1 and _stands_alone(line[0]):
            return line
        return (replace(kept, children=with_mark(line) if name == "td" else line),)

    def _special(self, tag: str, attributes: Mapping[str, str], children: list[Node]) -> Nodes:
        """What a notebook's page has in place of some elements, or nothing to say of this one."""
        if tag in EMBEDDED and attributes.get("src"):
            address = {"href": attributes["src"]}
            named = attributes.get("title") or attributes["src"]
            inner = (Element("a", (named,), attributes=self._kept("a", address)),)
            return (Element("p", inner),) if tag != "source" else (*inner, " ")
        if tag == "input" and attributes.get("type") == "checkbox":
            return ("☑ " if "checked" in attributes else "☐ ",)
        if tag == "a" and not attributes.get("href"):
            name = attributes.get("id") or attributes.get("name", "")
            kept = self._kept("a", {"id": name})
            return (Element("a", (), attributes=kept), *children) if kept else tuple(children)
        return ()

    def _picture(self, attributes: Mapping[str, str]) -> Nodes:
        """An image that holds its picture, or what stands for another."""
        source = "".join(attributes.get("src", "").split())
        if not source.startswith(self.words.pictures):
            return self._pictures(attributes)
        if self.words is ANNEX and not attributes.get("alt", "").strip():
            return ()
        return (Element("img", attributes=self._kept("img", {**attributes, "src": source})),)

    def _parts(self, name: str, children: Iterable[Node]) -> Iterator[Element]:
        """The parts of a list or table; what does not belong there is put into one that does."""
        wrapper, allowed = PARTS[name]
        strays: list[Node] = []
        for child in children:
            if isinstance(child, Element) and child.name in allowed:
                yield child
            elif isinstance(child, Element) or child.strip():
                strays.append(child)
        if strays:
            wrapped = self.published(wrapper, {}, strays)
            yield from (part for part in wrapped if isinstance(part, Element))

    def _kept(self, name: str, attributes: Mapping[str, str]) -> dict[str, str]:
        names = self.words.attributes.get(name, frozenset()) | self.words.everywhere
        kept = {k: v or k for k, v in attributes.items() if k in names and (v or k in _FLAGS)}
        if "style" in kept:
            kept["style"] = _known_looks(kept["style"])
        kept = {k: v for k, v in kept.items() if v and _is_of_its_form(k, v)}
        return kept | ({"alt": attributes["alt"]} if name == "img" and "alt" in attributes else {})

    def flow(self, children: Iterable[Node]) -> Nodes:
        """Blocks in order; text and inline elements between them become paragraphs."""
        blocks: list[Node] = []
        run: list[Node] = []
        for child in children:
            if isinstance(child, str) or (
                child.name in self.words.inline and not _is_displayed(child)
            ):
                run.append(child)
                continue
            blocks.extend(self._paragraph(run))
            whole = child.name in self._blocks or _is_displayed(child)
            blocks.extend((child,) if whole else self.flow(child.children))
            run = []
        return (*blocks, *self._paragraph(run))

    def _item(self, children: list[Node]) -> Nodes:
        """An item's line of text, or its blocks where it holds several."""
        if not any(isinstance(c, Element) and c.name not in self.words.inline for c in children):
            return tuple(self._line(children, trim=True))
        blocks = self.flow(children)
        first = blocks[0] if blocks else ""
        if isinstance(first, Element) and first.name == "p" and len(blocks) == 1:
            return first.children
        return blocks

    def _paragraph(self, run: Iterable[Node]) -> Nodes:
        line = tuple(self._line(run, trim=True))
        if not text(line).strip() and not _holds(line):
            return ()
        if len(line) == 1 and _stands_alone(line[0]):
            return line
        return (Element("p", line),)

    def _line(self, children: Iterable[Node], trim: bool) -> Iterator[Node]:
        """Children of one line of text: blocks in it give their text, spaces collapse."""
        joined: list[Node] = []
        for node in (part for child in children for part in self._in_line(child)):
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

    def _in_line(self, node: Node) -> Nodes:
        if isinstance(node, str) or node.name in self.words.inline | {"ul", "ol", "img", "pre"}:
            return (node,)
        inner = node.children if node.name in self._lines else (text(node.children),)
        return (" ", *inner, " ")


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether a browser without the fragment's own style sheets leaves an element out."""
    return "hidden" in attributes or bool(_NOT_DISPLAYED.search(attributes.get("style", "")))


def _is_of_its_form(attribute: str, value: str) -> bool:
    return attribute not in _FORMS or bool(_FORMS[attribute].fullmatch(value))


def _known_looks(style: str) -> str:
    said = (look.partition(":") for look in style.split(";"))
    pairs = ((name.strip(), value.strip()) for name, _, value in said)
    known = (f"{n}: {v};" for n, v in pairs if n in _LOOKS and _LOOKS[n].fullmatch(v))
    return " ".join(known)


def _stands_alone(node: Node) -> bool:
    """A picture or a displayed formula, which is a block where no words stand beside it."""
    return isinstance(node, Element) and (node.name == "img" or _is_displayed(node))


def _is_displayed(element: Element) -> bool:
    """Whether a formula stands on lines of its own."""
    return element.name == "math" and element.attributes.get("display") == "block"


def _verbatim(name: str, children: list[Node]) -> Nodes:
    """Lines of code as they are; of mathematics, its elements without the spaces between them."""
    if name == "pre":
        return (text(children).removeprefix("\n"),)
    if name in ("mi", "mn", "mo", "ms", "mtext"):
        return (text(children).strip() if name != "mtext" else text(children),)
    return tuple(c for c in children if isinstance(c, Element) and c.name in MATHEMATICS)


def _holds(line: Iterable[Node]) -> bool:
    """Whether a line without words has something to show, or a place to be linked to."""
    shown = MATHEMATICS | {"img"}
    return any(
        isinstance(n, Element) and (n.name in shown or "id" in n.attributes or _holds(n.children))
        for n in line
    )
