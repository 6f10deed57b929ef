"""What a reader finds on a page, as lines: of its HTML, and of the tag tree of its PDF.

``# Heading``, ``text``, ``1. item``, ``- item``, ``| cell | cell |``, ``> quote``, ``` `code` ``` (a
block of code), ``$formula$`` and ``![picture]`` by their alternative texts.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pikepdf
from bs4 import BeautifulSoup, NavigableString, Tag


def html_lines(page: str) -> list[str]:
    """The lines of an HTML page, in order."""
    soup = BeautifulSoup(page, "html.parser")
    assert soup.main
    return [line for line in _html_blocks(soup.main) if _plain(line)]


def _html_blocks(node: Tag) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, NavigableString):
            yield str(child)
        elif isinstance(child, Tag):
            yield from _html_block(child)


def _html_block(tag: Tag) -> Iterator[str]:
    if re.fullmatch("h[1-6]", tag.name):
        yield "# " + _html_text(tag)
    elif tag.name == "tr":
        cells = tag.find_all(["td", "th"], recursive=False)
        yield "| " + " | ".join(_html_text(c) for c in cells) + " |"
    elif tag.name in ("ul", "ol"):
        yield from _html_list(tag)
    elif tag.name == "pre":
        yield f"`{tag.get_text()}`"
    elif tag.name == "blockquote":
        yield from (f"> {line}" for line in _html_blocks(tag) if _plain(line))
    elif tag.name in ("p", "dt", "dd", "figcaption", "caption", "img", "math"):
        yield _html_text(tag)
    else:
        yield from _html_blocks(tag)


def _html_list(tag: Tag) -> Iterator[str]:
    number = int(str(tag.get("start", 1)))
    down = "reversed" in tag.attrs
    items = tag.find_all("li", recursive=False)
    for item in items:
        number = int(str(item.get("value", number)))
        marker = f"{number}." if tag.name == "ol" else "-"
        number += -1 if down else 1
        yield from _item_lines(marker, item)


def _item_lines(marker: str, item: Tag) -> Iterator[str]:
    """An item's own words, then the blocks within it."""
    blocks = ("ul", "ol", "p", "pre", "blockquote", "table", "div", "figure")
    words = ""
    for child in item.children:
        if isinstance(child, Tag) and child.name in blocks:
            if marker and (_plain(words) or child.name == "p"):
                own = child.name == "p" and not _plain(words)
                yield f"{marker} {_html_text(child) if own else words}"
                marker, words = "", ""
                if own:
                    continue
            yield from _html_block(child)
        else:
            words += _html_text(child)
    if _plain(words):
        yield f"{marker} {words}"


def _html_text(node: Any) -> str:
    if isinstance(node, NavigableString):
        return str(node)
    if node.name == "math":
        return f"${node.get('alttext')}$"
    if node.name == "img":
        return f"![{node.get('alt')}]"
    if node.name == "br":
        return " "
    return "".join(_html_text(child) for child in node.children)


def pdf_lines(pdf: bytes) -> list[str]:
    """The lines of a PDF, in the order of its tags."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        reader = _PdfReader(document)
        lines = list(reader.blocks(document.Root.StructTreeRoot))
    said = (_FROM_THE_RIGHT.sub(lambda run: run[0][::-1], line) for line in lines)
    return [line for line in said if _plain(line)]


class _PdfReader:
    """Reads marked content by page and number."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._texts = {page.objgen: _marked_texts(page) for page in document.pages}

    def blocks(self, element: Any) -> Iterator[str]:
        for child in _kids(element):
            if not _is_element(child):
                yield self._own(child, element)
                continue
            yield from self._block(child)

    def _block(self, element: Any) -> Iterator[str]:
        kind = str(element.S)
        if re.fullmatch("/H[1-6]?", kind):
            yield "# " + self._text(element)
        elif kind == "/TR":
            yield "| " + " | ".join(self._text(c) for c in _kids(element) if _is_element(c)) + " |"
        elif kind == "/LI":
            yield from self._item(element)
        elif kind == "/BlockQuote":
            yield from (f"> {line}" for line in self.blocks(element) if _plain(line))
        elif kind == "/Code" or (kind == "/P" and _only_code(element)):
            yield f"`{self._text(element)}`"
        elif kind in ("/P", "/Caption", "/Figure", "/Formula"):
            yield self._text(element)
        else:
            yield from self.blocks(element)

    def _item(self, element: Any) -> Iterator[str]:
        parts = [c for c in _kids(element) if _is_element(c)]
        label = "".join(self._text(c) for c in parts if c.S == "/Lbl").strip()
        marker = "-" if label == "–" else label
        if not re.fullmatch(r"-|[-0-9a-zA-Z]+\.", marker):  # a word that is defined
            yield marker
            marker = ""
        (body,) = (c for c in parts if c.S == "/LBody")
        words = ""
        for child in _kids(body):
            if _is_element(child) and str(child.S) in ("/L", "/P", "/Table", "/BlockQuote", "/Div"):
                if marker and _plain(words):
                    yield f"{marker} {words}"
                    marker, words = "", ""
                for line in self._block(child):
                    yield f"{marker} {line}" if marker else line
                    marker = ""
            else:
                words += self._text(child) if _is_element(child) else self._own(child, body)
        if _plain(words):
            yield f"{marker} {words}".strip()

    def _text(self, element: Any) -> str:
        if element.S == "/Formula":
            return f"${element.Alt}$"
        if element.S == "/Figure" and "/Alt" in element:
            return f"![{element.Alt}]"
        return "".join(
            self._text(c) if _is_element(c) else self._own(c, element) for c in _kids(element)
        )

    def _own(self, child: Any, element: Any) -> str:
        """The text of a marked content, by its number on the page of its element or its own."""
        if isinstance(child, int):
            return self._texts[element.Pg.objgen].get(int(child), "")
        if isinstance(child, pikepdf.Dictionary) and "/MCID" in child:
            page = child.get("/Pg", element.get("/Pg"))
            return self._texts[page.objgen].get(int(child.MCID), "")
        return ""


def _kids(element: Any) -> list[Any]:
    below = element.get("/K", pikepdf.Array())
    return list(below) if isinstance(below, pikepdf.Array) else [below]


def _is_element(child: Any) -> bool:
    return isinstance(child, pikepdf.Dictionary) and "/S" in child


def _only_code(element: Any) -> bool:
    return [str(c.S) for c in _kids(element) if _is_element(c)] == ["/Code"] and all(
        _is_element(c) for c in _kids(element)
    )


def _marked_texts(page: Any) -> dict[int, str]:
    """The text of every marked content of a page."""
    fonts = {name: _characters(font) for name, font in page.Resources.get("/Font", {}).items()}
    texts: dict[int, str] = {}
    open_marks: list[tuple[int | None, bool]] = []
    font: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "Tf":
            font = fonts[str(operands[0])]
        elif name in ("BDC", "BMC"):
            open_marks.append(_mark(operands, open_marks, texts))
        elif name == "EMC":
            open_marks.pop()
        elif name in ("Tj", "TJ", "Td", "Tm") and open_marks:
            number, spoken = open_marks[-1]
            said = _shown(operands[0], font) if name[1].lower() == "j" else " "
            if number is not None and not spoken:
                texts[number] = texts.get(number, "") + said
    return texts


def _mark(
    operands: Any, open_marks: list[tuple[int | None, bool]], texts: dict[int, str]
) -> tuple[int | None, bool]:
    """The number of a marked content, and whether its text is said instead of shown."""
    outer = open_marks[-1] if open_marks else (None, False)
    said = operands[1] if len(operands) > 1 else None
    number = outer[0]
    if str(operands[0]) == "/Artifact":
        return None, True
    if isinstance(said, pikepdf.Dictionary):
        number = int(said.MCID) if "/MCID" in said else number
        if "/ActualText" in said and number is not None and not outer[1]:
            texts[number] = texts.get(number, "") + str(said.ActualText)
            return number, True
    return number, outer[1]


def _shown(operand: Any, font: dict[int, str]) -> str:
    strings = operand if isinstance(operand, pikepdf.Array) else [operand]
    codes = b"".join(bytes(s) for s in strings if isinstance(s, pikepdf.String))
    pairs = (codes[i : i + 2] for i in range(0, len(codes), 2))
    return "".join(font.get(int.from_bytes(pair, "big"), "\ufffd") for pair in pairs)


def _characters(font: Any) -> dict[int, str]:
    """What the codes of a font stand for, by its ToUnicode map."""
    if "/ToUnicode" not in font:
        return {}
    table = font.ToUnicode.read_bytes().decode("latin-1")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            first = bytes.fromhex(text).decode("utf-16-be")
            for step in range(int(high, 16) - int(low, 16) + 1):
                found[int(low, 16) + step] = first[:-1] + chr(ord(first[-1]) + step)
    return found


def _plain(line: str) -> str:
    return "".join(line.split())


_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufeff][\u0590-\u08ff\ufb1d-\ufeff ]*")


def without_spaces(lines: list[str]) -> list[str]:
    """Lines to be compared: where a line of print ended is not part of what it says."""
    return [unicodedata.normalize("NFC", _plain(line)) for line in lines]
