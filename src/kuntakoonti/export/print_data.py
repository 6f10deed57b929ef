"""The tree of a page as the data that annex.typ reads."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kuntakoonti.core.markup import MATHEMATICS, Element, Node, Nodes, placed, text
from kuntakoonti.export.anchors import is_place
from kuntakoonti.export.typefaces import Typefaces
from kuntakoonti.export.vocabulary import NOTEBOOK

Data = dict[str, Any]
LONG = re.compile(r"\S{25,}")  # a word that must be divided where a line ends
VERBATIM = frozenset({"pre", "code", "kbd", "samp"})
PIECE = 4  # letters of such a word that stay together
_PIXELS = re.compile(r"([0-9.]+)(px)?")
POINTS = 0.75  # of a pixel


class PageData:
    """Encodes nodes; the levels of headings are kept without a gap, as PDF/UA demands."""

    def __init__(self, faces: Typefaces) -> None:
        self._faces = faces
        self._level = 0
        self._more: dict[str, Callable[[Element], Data]] = {
            "img": self._image,
            "a": self._link,
            "ol": self._numbers,
            "math": self._formula,
            **dict.fromkeys(MATHEMATICS - {"math"}, _mathematical),
        }
        self._inside: list[str] = []

    def of(self, nodes: Iterable[Node]) -> list[Any]:
        """Nodes as the data that annex.typ reads."""
        return list(self._encoded(nodes))

    def _encoded(self, nodes: Iterable[Node]) -> Iterator[Any]:
        for node in nodes:
            if isinstance(node, str):
                formula = self._inside and self._inside[-1] in MATHEMATICS
                yield from (self._faces.in_formula(node),) if formula else self._words(node)
                continue
            if node.name in NOTEBOOK.headings and not self._has_words(node):
                continue
            kept = self._kept(node)
            place = (
                [{"t": "place", "c": [], "id": node.attributes["id"]}]
                if "id" in node.attributes
                else []
            )
            if node.name == "table" or node.name in VERBATIM:
                yield from place
                yield kept | (self._table(node) if node.name == "table" else self._code(node))
            else:
                self._inside.append(node.name)
                yield kept | {"k": [*place, *self.of(_without_margins(node))]}
                self._inside.pop()

    def _has_words(self, heading: Element) -> bool:
        said = self._faces.printable(text(heading.children)).strip()
        return bool(said) or any(heading.find("img", "math"))

    def _kept(self, node: Element) -> Data:
        kept: Data = {"t": node.name, "c": sorted(node.classes)}
        if "lang" in node.attributes:
            kept["lang"] = node.attributes["lang"].partition("-")[0].lower()
        if node.attributes.get("dir") in ("ltr", "rtl"):
            kept["dir"] = node.attributes["dir"]
        if node.name in NOTEBOOK.headings:
            self._level = min(int(node.name[1]), self._level + 1)
            kept["level"] = self._level
        return kept | self._more[node.name](node) if node.name in self._more else kept

    def _words(self, run: str) -> Iterator[Any]:
        """A text, its longest words in pieces between which a line may end."""
        shown, place = self._faces.printable(run), 0
        if len(shown) >= 25 and self._faces.named:
            for word in LONG.finditer(shown):
                yield from (shown[place : word.start()],) if word.start() > place else ()
                yield {"t": "long", "c": [], "k": _pieces(word[0])}
                place = word.end()
        if place < len(shown) or not shown:
            yield shown[place:]

    def _table(self, table: Element) -> Data:
        """A table's caption, its column count, and its rows with the place of every cell."""
        parts: dict[str, list[Any]] = {"thead": [], "tbody": [], "tfoot": []}
        columns, y = 1, 0
        for name, rows in parts.items():
            for row, cells in placed(row for part in table.find(name) for row in part.find("tr")):
                shape = [
                    {"x": x, "y": y, "colspan": c.columns, "rowspan": c.rows} for x, c in cells
                ]
                content = self._encoded(cell for _, cell in cells)
                encoded = [cell | where for cell, where in zip(content, shape, strict=True)]
                rows.append({"y": y, "total": "total" in row.classes, "cells": encoded})
                columns = max([columns, *(x + cell.columns for x, cell in cells)])
                y += 1
        captions = self.of(table.find("caption"))
        whole = {**parts, "captions": captions, "columns": columns, "rows": y}
        return whole | _measures(table)

    def _code(self, code: Element) -> Data:
        """Lines of code as one text; whether some word in it must be divided."""
        lines = "".join(text(code.children)).split("\n")
        shown = "\n".join(map(self._faces.printable, lines))
        return {"text": shown, "long": bool(LONG.search(shown)), "k": []}

    def _link(self, link: Element) -> Data:
        address = link.attributes.get("href", "")
        if is_place(link):
            return {}
        return {"label": address[1:]} if address.startswith("#") else {"to": address}

    def _numbers(self, listed: Element) -> Data:
        """Where an ordered list starts, how it counts, and the numbers of items that have their own."""
        start = int(listed.attributes.get("start", 1))
        own = [
            int(item.attributes["value"]) if "value" in item.attributes else None
            for item in listed.children
            if isinstance(item, Element)
        ]
        kind = listed.attributes.get("type", "1")
        down = "reversed" in listed.attributes
        return {"start": start, "values": own, "kind": kind, "reversed": down}

    def _formula(self, formula: Element) -> Data:
        spoken = formula.attributes.get("alttext") or text(formula.children)
        block = formula.attributes.get("display") == "block"
        alt = self._faces.printable(spoken) or "–"
        return {"block": block, "alt": alt, "inline": self._in_line()}

    def _in_line(self) -> bool:
        """Whether words may stand beside the element that is encoded."""
        return bool(self._inside) and self._inside[-1] not in NOTEBOOK.flows

    def _image(self, image: Element) -> Data:
        """A picture for typst: SVG as text, others as numbers, because JSON has no bytes."""
        kind, _, encoded = image.attributes["src"].partition(";base64,")
        alt = "".join(c for c in image.attributes.get("alt", "") if c.isprintable())
        data, form = base64.b64decode(encoded), kind.rpartition("/")[2].partition("+")[0]
        shown: Data = {"format": {"jpeg": "jpg"}.get(form, form), "alt": alt}
        shown["inline"] = self._in_line()
        for side in ("width", "height"):
            pixels = _PIXELS.fullmatch(image.attributes.get(side, ""))
            if pixels:
                shown[side] = float(pixels[1]) * POINTS
        if form == "svg":
            return shown | {"data": data.decode("utf-8", "replace")}
        return shown | {"data": list(data)}


def _pieces(word: str) -> list[str]:
    return [word[i : i + PIECE] for i in range(0, len(word), PIECE)]


def _measures(table: Element) -> Data:
    """How a table was made to fit (`kuntakoonti.export.print_tables`)."""
    if "size" not in table.attributes:
        return {}
    widths = [float(width) for width in table.attributes["widths"].split()]
    lying = "lying" in table.attributes
    return {"size": float(table.attributes["size"]), "widths": widths, "lying": lying}


def _mathematical(element: Element) -> Data:
    """What the look of a formula's element depends on besides its name."""
    said = element.attributes
    found: Data = {}
    if element.name in ("mspace", "mo"):
        found["space"] = said.get("width") or said.get("lspace", "0")
    elif element.name == "mfrac":
        found["bare"] = said.get("linethickness", "").rstrip("pxemt") in ("0", "0.0")
    elif element.name == "mi":
        found["normal"] = said.get("mathvariant") == "normal"
    elif element.name == "mtable":
        sides = [_side(cell) for cell in element.find("mtd")]
        found |= {"aligned": "right" in sides, "left": "left" in sides and "right" not in sides}
    return found


def _side(cell: Element) -> str:
    said = cell.attributes.get("style", "") + cell.attributes.get("columnalign", "")
    return next((side for side in ("right", "left") if f"{side}" in said.partition(";")[0]), "")


def _without_margins(element: Element) -> Nodes:
    """A line of a formula without the empty cells that hold it in the middle of a web page."""
    if element.name != "mtr":
        return element.children
    return tuple(
        cell
        for cell in element.children
        if isinstance(cell, str) or cell.children or "width: 50%" not in str(cell.attributes)
    )
