"""An executed notebook read as a page: its settings and the tree of its body, cell by cell.

What is published of a notebook is its markdown and the outputs that are HTML or a chart with a text
alternative; never code, streams or bare text. A notebook in which a cell failed is refused.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from nbformat import NotebookNode

from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.core.markup import Element, Nodes
from kuntakoonti.export.sanitize import read

HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "remove-cell"})
PUBLISHED_TYPES = ("text/html", "image/svg+xml", "image/png")
IMAGE_TYPES = ("image/svg+xml", "image/png")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class NotPublishable(KuntakoontiError):
    """The notebook may not be published as it is; the message says why without quoting it."""


@dataclass(frozen=True)
class PageSettings:
    """What the notebook's metadata ``kuntakoonti`` says of the page; every value is a text.

    ``date`` is the extraction date as ISO text and the only date in the file; without it, none.
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

    @classmethod
    def of(cls, notebook: NotebookNode, name: str) -> "PageSettings":
        """The settings of a notebook; its file's name is the title of one that has none."""
        given = notebook.metadata.get("kuntakoonti", {})
        known = {f.name: given[f.name] for f in fields(cls) if given.get(f.name)}
        wrong = sorted(key for key, value in known.items() if not isinstance(value, str))
        if wrong:
            raise NotPublishable(f"metadata kuntakoonti: write {', '.join(wrong)} as text")
        settings = cls(**{"title": name, **known})
        if not _LANGUAGE.fullmatch(settings.language):
            raise NotPublishable("metadata kuntakoonti: write language as fi, sv or en")
        if settings.date and not _is_date(settings.date):
            raise NotPublishable("metadata kuntakoonti: write date as 2025-09-15")
        return settings

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
class Page:
    """A page before it is written: its settings, and what each cell (by number, from 1) shows."""

    settings: PageSettings
    cells: tuple[tuple[int, Nodes], ...]

    @property
    def body(self) -> Nodes:
        """The whole page, under the mark of a draft."""
        label = self.settings.draft_label
        draft = (Element("p", (label,), frozenset({"draft"})),) if label else ()
        return draft + tuple(node for _, nodes in self.cells for node in nodes)


def read_page(notebook: NotebookNode, name: str = "notebook") -> Page:
    """The page of an executed notebook; NotPublishable if it may not be published as it is."""
    settings = PageSettings.of(notebook, name)
    _refuse_failed(notebook)
    numbered = enumerate(notebook.cells, start=1)
    shown = ((number, cell) for number, cell in numbered if not _is_hidden(cell))
    return Page(settings, tuple((number, tuple(_shown(number, cell))) for number, cell in shown))


def _refuse_failed(notebook: NotebookNode) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            raise NotPublishable(f"cell {number} of the notebook failed; run it again first")


def _is_hidden(cell: NotebookNode) -> bool:
    return bool(HIDDEN_TAGS & set(cell.metadata.get("tags", ())))


def _shown(number: int, cell: NotebookNode) -> Iterator[Element | str]:
    """What a cell shows: its text as markdown, or its outputs in their published form."""
    if cell.cell_type == "markdown":
        from nbconvert.filters import markdown2html_mistune  # slow to import, and seldom needed

        yield from read(markdown2html_mistune(_joined(cell.source)))
    for output in cell.get("outputs", ()):
        mime = _published_type(output)
        if mime == "text/html":
            yield from read(_joined(output.data[mime]))
        elif mime:
            yield _figure(number, output, mime)


def _figure(number: int, output: NotebookNode, mime: str) -> Element:
    """A chart of a notebook as a figure that holds its picture, alternative and caption."""
    alternative = _described(output, mime, "alt")
    if not alternative:
        raise NotPublishable(
            f"the chart of cell {number} has no text alternative; display it with "
            f"metadata {{'{mime}': {{'alt': '…'}}}}"
        )
    data = _joined(output["data"][mime])
    encoded = data if mime == "image/png" else base64.b64encode(data.encode()).decode()
    source = f"data:{mime};base64,{''.join(encoded.split())}"
    image = Element("img", attributes={"alt": alternative, "src": source})
    caption = _described(output, mime, "caption")
    captions = (Element("figcaption", (caption,)),) if caption else ()
    return Element("figure", (image, *captions))


def _published_type(output: Mapping[str, Any]) -> str:
    """The form in which an output is published, empty for one that is not."""
    held = output.get("data", {})
    return next((mime for mime in PUBLISHED_TYPES if mime in held), "")


def _described(output: Mapping[str, Any], mime: str, key: str) -> str:
    described = output.get("metadata", {}).get(mime, {})
    return str(described.get(key, "")).strip() if isinstance(described, Mapping) else ""


def _joined(source: str | Iterable[str]) -> str:
    """A text that a notebook file may keep as a list of lines."""
    return source if isinstance(source, str) else "".join(source)
