"""A page as one self-contained, accessible file of HTML."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path

from kuntakoonti.core.markup import Element, Node, text, write
from kuntakoonti.export.page import Page

TEMPLATES = Path(__file__).parent / "templates"


def web_page(page: Page) -> str:
    """The page; the same page gives the same text."""
    settings = page.settings
    named = "".join(
        f'<meta name="{name}" content="{escape(content)}">\n'
        for name, content in settings.descriptions
    )
    foot = f"<footer><p>{escape(settings.running_foot, quote=False)}</p></footer>\n"
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(settings.language)}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(settings.full_title, quote=False)}</title>\n{named}"
        f"<style>\n{_faces(page)}{_style(page.strict)}</style>\n</head>\n<body>\n"
        f"<main>\n{write(scrolling(page.body))}</main>\n"
        f"{foot if settings.running_foot else ''}</body>\n</html>\n"
    )


@cache
def _style(strict: bool) -> str:
    sheets = ("annex.css",) if strict else ("annex.css", "notebook.css")
    rules = "".join((TEMPLATES / sheet).read_text(encoding="utf-8") for sheet in sheets)
    return re.sub(r"(?<=[{};,:])\s+|\s+(?=[{}])", "", rules) + "\n"


def _faces(page: Page) -> str:
    """The typeface with the page's own characters, and those of its lists."""
    from kuntakoonti.export.typefaces import web_faces  # loads typst

    return web_faces(frozenset(text(page.body) + page.settings.running_foot + "0123456789.•"))


def scrolling(nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes in which every table and chart scrolls inside a focusable region named by its caption."""
    for node in nodes:
        if isinstance(node, str) or not node.children:
            yield node
            continue
        whole = replace(node, children=tuple(scrolling(node.children)))
        if node.name == "figure":
            whole = replace(whole, children=tuple(_chart(c, whole) for c in whole.children))
        yield _region(whole) if node.name == "table" else whole


def _region(table: Element) -> Element:
    return _scroll(table, table.find("caption"), frozenset({"scroll"}))


def _chart(node: Node, figure: Element) -> Node:
    """A chart of a figure in a region of its own; anything else as it is."""
    if isinstance(node, str) or node.name != "img" or not _is_drawing(node):
        return node
    return _scroll(node, figure.find("figcaption"), frozenset({"chart"}))


def _is_drawing(image: Element) -> bool:
    return str(image.attributes.get("src", "")).startswith("data:image/svg")


def _scroll(node: Element, captions: Iterable[Element], classes: frozenset[str]) -> Element:
    caption = " ".join(text(c.children) for c in captions)
    named = {"role": "region", "aria-label": caption} if caption else {}
    return Element("div", (node,), classes, {"tabindex": "0", **named})
