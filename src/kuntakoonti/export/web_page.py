"""A page as one self-contained, accessible file of HTML."""

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
        '<meta name="color-scheme" content="light">\n'
        f"<title>{escape(settings.full_title, quote=False)}</title>\n{named}"
        f"<style>\n{_style()}</style>\n</head>\n<body>\n"
        f"<main>\n{write(scrolling(page.body))}</main>\n"
        f"{foot if settings.running_foot else ''}</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return (TEMPLATES / "annex.css").read_text(encoding="utf-8")


def scrolling(nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes in which every table scrolls inside a focusable region named by its caption."""
    for node in nodes:
        if isinstance(node, str) or not node.children:
            yield node
            continue
        whole = replace(node, children=tuple(scrolling(node.children)))
        yield _region(whole) if node.name == "table" else whole


def _region(table: Element) -> Element:
    caption = " ".join(text(c.children) for c in table.find("caption"))
    named = {"role": "region", "aria-label": caption} if caption else {}
    return Element("div", (table,), frozenset({"scroll"}), {"tabindex": "0", **named})
