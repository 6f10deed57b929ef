"""Places that links lead to: every name once, and no link that leads nowhere."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from kuntakoonti.core.markup import Element, Node, Nodes

Cells = Iterable[tuple[int, Nodes]]


def linked(cells: Cells) -> tuple[tuple[int, Nodes], ...]:
    """The cells of a page with names that occur once, and links within it only to such names."""
    named: set[str] = set()
    unique = [(number, tuple(_unique(nodes, named))) for number, nodes in cells]
    return tuple((number, tuple(_leading(nodes, named))) for number, nodes in unique)


def _unique(nodes: Iterable[Node], named: set[str]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        attributes = dict(node.attributes)
        name = attributes.get("id", "")
        if name in named:
            del attributes["id"]
        elif name:
            named.add(name)
        children = tuple(_unique(node.children, named)) if node.children else ()
        yield replace(node, attributes=attributes, children=children)


def _leading(nodes: Iterable[Node], named: set[str]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        children = tuple(_leading(node.children, named)) if node.children else ()
        address = node.attributes.get("href", "")
        if not address.startswith("#"):
            yield replace(node, children=children) if children else node
        elif unquote(address[1:]) in named:
            attributes = {**node.attributes, "href": "#" + unquote(address[1:])}
            yield replace(node, children=children, attributes=attributes)
        else:
            yield from children


def is_place(node: Element) -> bool:
    """Whether an element is only a name to link to."""
    return node.name == "a" and "href" not in node.attributes
