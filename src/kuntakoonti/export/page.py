"""An executed notebook read as a page: its settings and the tree of its body, cell by cell.

A page of a release (strict) shows the notebook's markdown and the outputs that are HTML or a chart
with a text alternative; never code, streams or bare text; a notebook in which a cell failed is
refused. Any other notebook's page shows all it holds (`kuntakoonti.export.any_cell`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from kuntakoonti.core.errors import KuntakoontiError, Sentence, message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Element, Node, Nodes
from kuntakoonti.export.pictures import data_address, joined, picture_bytes
from kuntakoonti.export.sanitize import read

HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "remove-cell"})
PUBLISHED_TYPES = ("text/html", "image/svg+xml", "image/png")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class NotPublishable(KuntakoontiError):
    """The notebook may not be published as it is; the message says why without quoting it.

    ``str`` is in English, as nbconvert speaks, because anybody's notebook is exported.
    """

    def __str__(self) -> str:
        return self.said(Language("en"))


@dataclass(frozen=True)
class PageSettings:
    """What the notebook's metadata ``kuntakoonti`` says of the page; every value is a text.

    ``date`` is the extraction date as ISO text and the only date in the file; without it, none.
    ``sheets``: as many as the page should take at most on paper, two where it does not say.
    """

    title: str = ""
    language: str = "fi"
    date: str = ""
    author: str = ""
    subject: str = ""
    keywords: str = ""
    running_head: str = ""
    running_foot: str = ""
    page_label: str = ""
    draft_label: str = ""
    sheets: str = ""

    @classmethod
    def of(cls, notebook: NotebookNode, options: "Options") -> "PageSettings":
        """The settings of a notebook; its file's name is the title of one that has none."""
        given = notebook.metadata.get("kuntakoonti", {})
        if not isinstance(given, Mapping):
            raise NotPublishable(message("Metadata kuntakoonti: write keys and values."))
        known = {f.name: given[f.name] for f in fields(cls) if given.get(f.name)}
        wrong = sorted(key for key, value in known.items() if not isinstance(value, str))
        if wrong:
            raise NotPublishable(
                message("Metadata kuntakoonti: write {names} as text."), names=", ".join(wrong)
            )
        assumed = {"title": options.name}
        if not given:
            assumed |= {"language": options.language, "running_head": options.name}
        settings = cls(**{**assumed, **known})
        if not _LANGUAGE.fullmatch(settings.language):
            raise NotPublishable(message("Metadata kuntakoonti: write language as fi, sv or en."))
        if settings.date and not _is_date(settings.date):
            raise NotPublishable(message("Metadata kuntakoonti: write date as 2025-09-15."))
        return settings

    @property
    def most_sheets(self) -> int:
        return int(self.sheets) if self.sheets.isdigit() else 2

    @property
    def full_title(self) -> str:
        """The title, with the draft label before it as long as the page is a draft."""
        return f"{self.draft_label} – {self.title}" if self.draft_label else self.title

    @property
    def descriptions(self) -> tuple[tuple[str, str], ...]:
        """Names and contents of the page's meta elements."""
        named = (
            ("author", self.author),
            ("description", self.subject),
            ("keywords", self.keywords),
            ("dcterms.date", self.date),
        )
        return tuple((name, content) for name, content in named if content)


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


@dataclass(frozen=True)
class Options:
    """How a notebook is read.

    ``strict``: as a page of a release; None: if the notebook's metadata name such a page. ``name``
    and ``folder`` are of its file, ``language`` (``en``) of a page that names none, ``code`` shows the
    cells' sources.
    """

    strict: bool | None = None
    name: str = "notebook"
    folder: Path | None = None
    language: str = "en"
    code: bool = True


@dataclass(frozen=True)
class Page:
    """A page before it is written: its settings, and what each cell (by number, from 1) shows.

    ``warnings`` name what of a notebook could not be shown, or not be described, and its cell.
    """

    settings: PageSettings
    cells: tuple[tuple[int, Nodes], ...]
    strict: bool = True
    warnings: tuple[Sentence, ...] = ()

    @property
    def body(self) -> Nodes:
        """The whole page, under the mark of a draft."""
        label = self.settings.draft_label
        draft = (Element("p", (label,), frozenset({"draft"})),) if label else ()
        return draft + tuple(node for _, nodes in self.cells for node in nodes)


def read_page(notebook: NotebookNode, options: Options | None = None) -> Page:
    """The page of an executed notebook; NotPublishable if it may not be published as it is."""
    options = options or Options()
    settings = PageSettings.of(notebook, options)
    named = "kuntakoonti" in notebook.metadata
    if options.strict or (options.strict is None and named):
        return Page(settings, tuple(_strict_cells(notebook)))
    from kuntakoonti.export.any_cell import AnyCells  # what a page of a release does not need

    cells = AnyCells(settings.language, options.folder, options.code)
    shown = cells.read(notebook.cells)
    return Page(settings, shown, strict=False, warnings=tuple(cells.warnings))


def _strict_cells(notebook: NotebookNode) -> Iterator[tuple[int, Nodes]]:
    for number, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            raise NotPublishable(
                message("Cell {cell} of the notebook failed; run it again first."), cell=number
            )
    for number, cell in enumerate(notebook.cells, start=1):
        if not HIDDEN_TAGS & set(cell.metadata.get("tags", ())):
            yield number, tuple(_published(number, cell))


def _published(number: int, cell: NotebookNode) -> Iterator[Node]:
    """What a cell shows: its text as markdown, or its outputs in their published form."""
    if cell.cell_type == "markdown":
        from nbconvert.filters import markdown2html_mistune  # slow to import, and seldom needed

        yield from read(markdown2html_mistune(joined(cell.source)))
    for output in cell.get("outputs", ()):
        mime = _published_type(output)
        if mime == "text/html":
            yield from read(joined(output.data[mime]))
        elif mime:
            yield _chart(number, output, mime)


def _chart(number: int, output: NotebookNode, mime: str) -> Element:
    """A chart that is whole and has its text alternative."""
    alternative = described(output, mime, "alt")
    if not alternative:
        raise NotPublishable(
            message(
                "The chart of cell {cell} has no text alternative; display it with metadata {example}."
            ),
            cell=number,
            example=f"{{'{mime}': {{'alt': '…'}}}}",
        )
    address = data_address(mime, joined(output["data"][mime]))
    if picture_bytes(address) is None:
        raise NotPublishable(
            message("The chart of cell {cell} is damaged: its data are no {kind}."),
            cell=number,
            kind=mime,
        )
    return figure(address, alternative, described(output, mime, "caption"))


def figure(address: str, alternative: str, caption: str, **sizes: str) -> Element:
    """A picture with its alternative and caption."""
    image = Element("img", attributes={"alt": alternative, "src": address, **sizes})
    captions = (Element("figcaption", (caption,)),) if caption else ()
    return Element("figure", (image, *captions))


def _published_type(output: Mapping[str, Any]) -> str:
    """The form in which an output is published, empty for one that is not."""
    held = output.get("data", {})
    return next((mime for mime in PUBLISHED_TYPES if mime in held), "")


def described(output: Mapping[str, Any], mime: str, key: str) -> str:
    """What an output's metadata say of its picture, empty where they do not."""
    said = output.get("metadata", {}).get(mime, {})
    return str(said.get(key) or "").strip() if isinstance(said, Mapping) else ""
