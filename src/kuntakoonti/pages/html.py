"""What a notebook cell shows of a page: elements, which Jupyter and the exporters read as HTML."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kuntakoonti.core.markup import Element, Nodes, write


@dataclass(frozen=True)
class Html:
    """The elements of a cell's output; Jupyter shows them, the exporters set them."""

    nodes: Nodes = ()

    @property
    def text(self) -> str:
        """The elements as HTML."""
        return write(self.nodes)

    def _repr_html_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "<Html>"


def element(tag: str, content: str | Nodes = (), scope: str = "", class_: str = "") -> Nodes:
    """One element, as nodes to be joined by ``+``; a text is a text and never HTML."""
    children = (content,) if isinstance(content, str) and content else tuple(content)
    attributes = {"scope": scope} if scope else {}
    return (Element(tag, children, frozenset(class_.split()), attributes),)


def joined(parts: Iterable[Nodes]) -> Nodes:
    """Parts one after the other."""
    return tuple(node for part in parts for node in part)


def with_strong(message: str) -> Nodes:
    """A message whose strong words stand between ``<strong>`` and ``</strong>``."""
    words = enumerate(re.split("<strong>(.*?)</strong>", message))
    return tuple(Element("strong", (word,)) if i % 2 else word for i, word in words if word)


def listing(title: str, items: list[str], css: str = "") -> Html:
    """A heading and a list of plain sentences; ``note``: in small print."""
    listed = joined(element("li", item) for item in items)
    return Html(element("h2", title) + element("ul", listed, class_=css))


def table(
    caption: str, head: Nodes, body: list[Nodes], total: Nodes = (), css: str = "figures"
) -> Nodes:
    """A table from its rows and its caption."""
    inner = element("caption", caption) + element("thead", head) + element("tbody", joined(body))
    return element("table", inner + (element("tfoot", total) if total else ()), class_=css)


def row(cells: Iterable[Nodes], css: str = "") -> Nodes:
    return element("tr", joined(cells), class_=css)
