"""A page as an archival, accessible PDF: PDF/A-2a and PDF/UA-1 in one file.

It is set from the tree from which the HTML is written (`kuntakoonti.export.web_page`), so the two
never differ. The page reaches typst as data and not as markup: no text of a notebook can be read as
a command, and no error of a release's page quotes it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import typst

from kuntakoonti.core.errors import Sentence, message
from kuntakoonti.core.language import LANGUAGES, Language
from kuntakoonti.core.markup import Element, Node, Nodes
from kuntakoonti.export.composition import (
    Setting,
    Sheets,
    groups,
    is_whole,
    setting_of,
    sheets_of,
)
from kuntakoonti.export.page import NotPublishable, Page
from kuntakoonti.export.pdf_row_headers import with_row_heads
from kuntakoonti.export.pictures import NOT_SHOWN, as_png
from kuntakoonti.export.print_data import PageData
from kuntakoonti.export.print_tables import fitted
from kuntakoonti.export.typefaces import Typefaces, any_script, own
from kuntakoonti.export.web_page import TEMPLATES

_DAMAGED = message("Cell {cell}: a picture is damaged, its data are no {kind}.")
_CONVERTED = message("Cell {cell}: a picture could not be set as {kind} and stands there as PNG.")
REFUSED = (typst.TypstError, RuntimeError)  # of a compilation, of a query
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # PDF/A requires a date, equal files a fixed one
UNTITLED = "–"  # PDF/UA requires a title


def print_page(page: Page) -> bytes:
    """The page as PDF, the same for the same page; raise NotPublishable if it cannot be set."""
    return printed(page)[0]


def printed(page: Page, folders: tuple[str, ...] = ()) -> tuple[bytes, tuple[Sentence, ...]]:
    """The page as PDF, and what of it has no typeface; ``folders`` hold further typefaces."""
    faces = own() if page.strict else any_script(folders)
    warnings: tuple[Sentence, ...] = ()
    try:
        made = _with_its_tables(page, faces)
    except REFUSED as error:
        page, warnings = (page, ()) if page.strict else _mended(page, faces)
        if not warnings:
            raise _cause(page, faces, error) from None
        made = _again(page, faces)
    return made, () if page.strict else (*warnings, *_unprinted(faces))


def _again(page: Page, faces: Typefaces) -> bytes:
    try:
        return _with_its_tables(page, faces)
    except REFUSED as error:
        raise _cause(page, faces, error) from None


def _with_its_tables(page: Page, faces: Typefaces) -> bytes:
    body = page.body if page.strict else tuple(fitted(page.body))
    return with_row_heads(_typeset(page, body, faces), Element("", body).find("table"))


def _mended(page: Page, faces: Typefaces) -> tuple[Page, tuple[Sentence, ...]]:
    """The page with another bitmap, or a sentence, for every picture that cannot be set."""
    cells, warnings = [], []
    for number, nodes in page.cells:
        pictures = Element("", nodes).find("img") if _fails(page, nodes, faces) else ()
        instead = {
            i.attributes["src"]: _other(i, page) for i in pictures if _fails(page, (i,), faces)
        }
        cells.append((number, tuple(_exchanged(nodes, instead))))
        for source, other in instead.items():
            said = _CONVERTED if isinstance(other, Element) else _DAMAGED
            warnings.append(Sentence(said, cell=number, kind=_kind(source)))
    return replace(page, cells=tuple(cells)), tuple(warnings)


def _other(image: Element, page: Page) -> Node:
    """What stands for a picture that cannot be set."""
    converted = as_png(image.attributes["src"])
    if converted:
        return replace(image, attributes={**image.attributes, "src": converted})
    code = page.settings.language
    said = Language(code if code in LANGUAGES else "en").text(NOT_SHOWN)
    return f"{said} {image.attributes.get('alt', '')}".strip()


def _exchanged(nodes: Nodes, instead: Mapping[str, Node], within: str = "figure") -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Element) and node.name == "img":
            other = instead.get(node.attributes["src"], node)
            alone = isinstance(other, str) and within == "figure"
            yield Element("p", (other,)) if alone else other
        elif isinstance(node, Element):
            inner = _exchanged(node.children, instead, node.name)
            yield replace(node, children=tuple(inner))
        else:
            yield node


def _kind(source: str) -> str:
    return source.removeprefix("data:").partition(";")[0]


def _typeset(page: Page, body: Nodes, faces: Typefaces) -> bytes:
    settings = page.settings
    data: dict[str, Any] = {
        "settings": {key: faces.printable(value) for key, value in asdict(settings).items()},
        "title": faces.printable(settings.full_title).strip() or UNTITLED,
        "keywords": faces.printable(settings.keywords).split(",") if settings.keywords else [],
        "families": list(faces.families),
        "plain": not page.strict,
        "body": _in_groups(body, PageData(faces)) if page.strict else PageData(faces).of(body),
    }
    moment = datetime.fromisoformat(settings.date).replace(tzinfo=UTC) if settings.date else UNDATED
    setting = Setting()
    if page.strict:
        setting = setting_of(
            lambda tried: _sheets(data | asdict(tried), faces), settings.most_sheets
        )
    pdf = _compiler(data | asdict(setting), faces).compile(
        format="pdf", pdf_standards=["a-2a", "ua-1"], timestamp=moment
    )
    assert isinstance(pdf, bytes)
    return pdf


def _in_groups(body: Nodes, encoder: PageData) -> list[dict[str, Any]]:
    return [{"whole": is_whole(group), "k": encoder.of(group)} for group in groups(body)]


def _compiler(data: dict[str, Any], faces: Typefaces) -> typst.Compiler:
    return typst.Compiler(
        TEMPLATES / "annex.typ", root=TEMPLATES, font_paths=faces.fonts,
        sys_inputs={"page": json.dumps(data)},
    )  # fmt: skip


def _sheets(data: dict[str, Any], faces: Typefaces) -> Sheets:
    """Where the groups of a page end on paper."""
    return sheets_of(_compiler(data, faces).query("<composition>", field="value", one=True))


def _cause(page: Page, faces: Typefaces, error: RuntimeError) -> NotPublishable:
    """Which cell cannot be set, found by setting each alone; its picture, if that is the reason."""
    for number, nodes in page.cells:
        if not _fails(page, nodes, faces):
            continue
        for image in Element("", nodes).find("img"):
            if _fails(page, (image,), faces):
                kind = _kind(image.attributes["src"])
                return NotPublishable(
                    message("Cell {cell}: a chart or picture is damaged, its data are no {kind}."),
                    cell=number,
                    kind=kind,
                )
        names = sorted({n.name for n in nodes if isinstance(n, Element)})
        return NotPublishable(
            message("Cell {cell} could not be set as PDF. It holds: {names}. {cause}"),
            cell=number,
            names=", ".join(names),
            cause="" if page.strict else str(error),
        )
    return NotPublishable(
        message("The page could not be set as PDF. {cause}"),
        cause="" if page.strict else str(error),
    )


def _fails(page: Page, nodes: Nodes, faces: Typefaces) -> bool:
    alone = replace(page, cells=((1, nodes),))
    body = alone.body if page.strict else tuple(fitted(alone.body))
    try:
        _typeset(alone, body, faces)
    except REFUSED:
        return True
    return False


def _unprinted(faces: Typefaces) -> tuple[Sentence, ...]:
    if not faces.missing:
        return ()
    named = [f"U+{ord(c):04X}" for c in sorted(faces.missing)]
    shown = " ".join([*named[:12], *(["…"] if len(named) > 12 else [])])
    return (
        Sentence(
            "No typeface has {signs}; a mark or its name stands there. Name folders of typefaces that "
            "have them: --TypstExporter.fonts=FOLDER.",
            signs=shown,
        ),
    )
