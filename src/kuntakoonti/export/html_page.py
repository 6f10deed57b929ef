"""An executed notebook as one self-contained, accessible HTML page.

`jupyter nbconvert --to kuntakoonti_html executed.ipynb`. What is published of a notebook is its
markdown and the outputs that are HTML or a chart with a text alternative; never code, streams or
bare text. A notebook in which a cell failed is refused.
"""

import base64
import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import markdown2html_mistune
from nbformat import NotebookNode
from traitlets import default
from traitlets.config import Config

from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.export.markup import Element, Node, write
from kuntakoonti.export.sanitize import read

TEMPLATES = Path(__file__).parent / "templates"
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


class AnnexHTMLExporter(TemplateExporter):
    """Exports an executed notebook as an HTML page in the annex's vocabulary."""

    export_from_notebook = "Annex (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_name")
    def _template_name_default(self) -> str:
        return "kuntakoonti_html"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        """Validate once, not after each of nbconvert's dozen preprocessors."""
        return True

    @property
    def default_config(self) -> Config:
        """Which form of an output is published when it has several."""
        own = Config({"NbConvertBase": {"display_data_priority": list(PUBLISHED_TYPES)}})
        inherited: Config = super().default_config.copy()
        inherited.merge(own)
        return inherited

    def default_filters(self) -> Iterable[tuple[str, Any]]:
        """The filters of the template besides nbconvert's own."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "annex_fragment", lambda html: write(read(_joined(html)))
        yield "annex_markdown", lambda source: write(read(markdown2html_mistune(_joined(source))))
        yield "annex_figure", lambda output, mime: write((figure(output, mime),))

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, and nbconvert's resources with the page's settings in ``kuntakoonti``."""
        refuse_unpublishable(nb)
        given = dict(resources or {})
        name = given.get("metadata", {}).get("name") or "notebook"
        given["kuntakoonti"] = PageSettings.of(nb, str(name))
        page, used = super().from_notebook_node(_publishable(nb), given, **kw)
        return page, used


def refuse_unpublishable(notebook: NotebookNode) -> None:
    """Raise NotPublishable if a cell failed or a chart has no text alternative."""
    for number, cell in enumerate(notebook.cells, start=1):
        hidden = HIDDEN_TAGS & set(cell.metadata.get("tags", ()))
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                raise NotPublishable(f"cell {number} of the notebook failed; run it again first")
            mime = _published_type(output)
            if not hidden and mime in IMAGE_TYPES and not _described(output, mime, "alt"):
                raise NotPublishable(
                    f"the chart of cell {number} has no text alternative; display it with "
                    f"metadata {{'{mime}': {{'alt': '…'}}}}"
                )


def figure(output: Mapping[str, Any], mime: str) -> Element:
    """A chart of a notebook as a figure that holds its picture, alternative and caption."""
    data = _joined(output["data"][mime])
    encoded = data if mime == "image/png" else base64.b64encode(data.encode()).decode()
    source = f"data:{mime};base64,{''.join(encoded.split())}"
    image = Element("img", attributes={"alt": _described(output, mime, "alt"), "src": source})
    caption = _described(output, mime, "caption")
    captions: tuple[Node, ...] = (Element("figcaption", (caption,)),) if caption else ()
    return Element("figure", (image, *captions))


def _published_type(output: Mapping[str, Any]) -> str:
    """The form in which an output is published, empty for one that is not."""
    held = output.get("data", {})
    return next((mime for mime in PUBLISHED_TYPES if mime in held), "")


def _publishable(notebook: NotebookNode) -> NotebookNode:
    """The notebook with only those outputs that have a published form."""
    shown = copy.copy(notebook)
    shown.cells = [copy.copy(cell) for cell in notebook.cells]
    for cell in shown.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if _published_type(output)]
    return shown


def _described(output: Mapping[str, Any], mime: str, key: str) -> str:
    described = output.get("metadata", {}).get(mime, {})
    return str(described.get(key, "")).strip() if isinstance(described, Mapping) else ""


def _joined(source: str | Iterable[str]) -> str:
    """A text that a notebook file may keep as a list of lines."""
    return source if isinstance(source, str) else "".join(source)
