"""A page as an archival, accessible PDF: PDF/A-2a and PDF/UA-1 in one file.

It is set from the tree from which the HTML is written (`kuntakoonti.export.web_page`), so the two
never differ. The page reaches typst as data and not as markup: no text of a notebook can be read as
a command, and no error quotes it.
"""

import base64
import json
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import font_source_sans_pro
import typst

from kuntakoonti.core.markup import Element, Node, placed, text
from kuntakoonti.export.page import NotPublishable, Page
from kuntakoonti.export.pdf_row_headers import with_row_heads
from kuntakoonti.export.vocabulary import HEADINGS
from kuntakoonti.export.web_page import TEMPLATES

FACES = ("Regular", "It", "Semibold", "Bold")
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # PDF/A requires a date, equal files a fixed one
UNTITLED = "–"  # PDF/UA requires a title
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
SOFT_HYPHEN = "\u00ad"  # of category Cf, but typst knows it
LOOKALIKES = {"\u2009": "\u202f", "\u2010": "-", "\u2011": "-"}
MISSING = "■"  # stands for a character that the typeface does not have


def print_page(page: Page) -> bytes:
    """The page as PDF, the same for the same page; raise NotPublishable if it cannot be set."""
    settings, body = page.settings, page.body
    data = {
        "settings": {key: printable(value) for key, value in asdict(settings).items()},
        "title": printable(settings.full_title).strip() or UNTITLED,
        "keywords": printable(settings.keywords).split(",") if settings.keywords else [],
        "body": list(_encoded(body, _Outline())),
    }
    moment = datetime.fromisoformat(settings.date).replace(tzinfo=UTC) if settings.date else UNDATED
    try:
        compiler = typst.Compiler(root=TEMPLATES, font_paths=_fonts())
        pdf = compiler.compile(
            TEMPLATES / "annex.typ",
            format="pdf",
            sys_inputs={"page": json.dumps(data)},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=moment,
        )
    except typst.TypstError:
        raise NotPublishable(
            "the page could not be set as PDF; look for a damaged chart or a table without columns"
        ) from None
    if not isinstance(pdf, bytes):
        raise NotPublishable("the page could not be set as PDF")
    return with_row_heads(pdf, Element("", body).find("table"))


@cache
def _fonts() -> typst.Fonts:
    """The four faces that are used, read once into memory; nothing of the system's fonts.

    typst opens a face when it first needs it, so one small page that needs all of them is set
    before the folder that holds just these files goes away.
    """
    with tempfile.TemporaryDirectory() as folder:
        for face in FACES:
            name = f"SourceSansPro-{face}.otf"
            (Path(folder) / name).symlink_to(Path(font_source_sans_pro.font_directory) / name)
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
        )
        faces = b'#set text(font: "Source Sans Pro")\na _a_ *a* #text(weight: 600)[a]'
        typst.Compiler(font_paths=fonts).compile(faces, format="pdf")
    return fonts


@cache
def _glyphs() -> frozenset[int]:
    """The characters that the typeface has."""
    from matplotlib.ft2font import FT2Font  # slow to import, and seldom the first to be needed

    regular = Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{FACES[0]}.otf"
    return frozenset(FT2Font(str(regular)).get_charmap())


def printable(run: str) -> str:
    """A text without what has no shape; a character that the typeface lacks shows as a square."""
    if run.isascii() and run.isprintable():
        return run
    return "".join(map(_printable, unicodedata.normalize("NFC", run)))


@cache
def _printable(character: str) -> str:
    if character == SOFT_HYPHEN:
        return character
    if unicodedata.category(character) in UNPRINTABLE:
        return " " if character.isspace() else ""
    character = LOOKALIKES.get(character, character)
    return character if ord(character) in _glyphs() else MISSING


class _Outline:
    """Keeps the levels of headings without a gap, as PDF/UA demands."""

    def __init__(self) -> None:
        self._level = 0

    def level(self, heading: str) -> int:
        """The level of the next heading, h1 to h3: at most one deeper than the last."""
        self._level = min(int(heading[1]), self._level + 1)
        return self._level


def _encoded(nodes: Iterable[Node], outline: _Outline) -> Iterator[Any]:
    """Nodes as the data that annex.typ reads."""
    for node in nodes:
        if isinstance(node, str):
            yield printable(node)
            continue
        if node.name in HEADINGS and not printable(text(node.children)).strip():
            continue
        kept: dict[str, Any] = {"t": node.name, "c": sorted(node.classes)}
        if "lang" in node.attributes:
            kept["lang"] = node.attributes["lang"].partition("-")[0].lower()
        if node.name in HEADINGS:
            kept["level"] = outline.level(node.name)
        elif node.name == "img":
            kept |= _image(node)
        if node.name == "table":
            yield kept | _table(node, outline)
        else:
            yield kept | {"k": list(_encoded(node.children, outline))}


def _table(table: Element, outline: _Outline) -> dict[str, Any]:
    """A table's caption, its column count, and its rows with the place of every cell."""
    parts: dict[str, list[Any]] = {"thead": [], "tbody": [], "tfoot": []}
    columns, y = 1, 0
    for name, rows in parts.items():
        for row, cells in placed(row for part in table.find(name) for row in part.find("tr")):
            shape = [{"x": x, "y": y, "colspan": c.columns, "rowspan": c.rows} for x, c in cells]
            content = _encoded((cell for _, cell in cells), outline)
            encoded = [cell | where for cell, where in zip(content, shape, strict=True)]
            rows.append({"y": y, "total": "total" in row.classes, "cells": encoded})
            columns = max([columns, *(x + cell.columns for x, cell in cells)])
            y += 1
    captions = list(_encoded(table.find("caption"), outline))
    return {**parts, "captions": captions, "columns": columns, "rows": y}


def _image(image: Element) -> dict[str, Any]:
    """A picture for typst: SVG as text, PNG as numbers, because JSON has no bytes."""
    kind, _, encoded = image.attributes["src"].partition(";base64,")
    alt = "".join(c for c in image.attributes["alt"] if c.isprintable())
    try:
        data = base64.b64decode(encoded)
        if kind.endswith("png"):
            return {"format": "png", "data": list(data), "alt": alt}
        return {"format": "svg", "data": data.decode(), "alt": alt}
    except ValueError:
        raise NotPublishable("a chart is damaged: its data are not an SVG or PNG file") from None
