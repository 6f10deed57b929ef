"""What the two exporters of nbconvert have in common: a notebook read as a page, and their options."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import Bool, Unicode, default

from kuntakoonti.core.errors import Sentence
from kuntakoonti.core.language import Language
from kuntakoonti.export.page import Options, Page, read_page


class PageExporter(Exporter):
    """Reads an executed notebook as a page; its warnings go to nbconvert's log."""

    strict = Bool(
        None,
        allow_none=True,
        help="Publish as the page of a release: only markdown, HTML and charts that have a text "
        "alternative. By default for notebooks with metadata kuntakoonti.",
    ).tag(config=True)
    exclude_input = Bool(help="Leave the sources of code cells out.").tag(config=True)
    language_code = Unicode("en", help="The language of a notebook that names none.").tag(
        config=True
    )

    @default("exclude_input")
    def _exclude_input_default(self) -> bool:
        """``--no-input`` of nbconvert says it to another exporter."""
        return bool(self.config.TemplateExporter.get("exclude_input", False))

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        """Validate once, not after each of nbconvert's dozen preprocessors."""
        return True

    def page_of(
        self, nb: NotebookNode, resources: dict[str, Any] | None, **kw: Any
    ) -> tuple[Page, dict[str, Any]]:
        """The notebook's page after nbconvert's preprocessors, and nbconvert's resources."""
        notebook, used = super().from_notebook_node(nb, resources, **kw)
        about = used.get("metadata", {})
        options = Options(
            strict=self.strict,
            name=str(about.get("name") or "notebook"),
            folder=Path(about["path"]) if "path" in about else None,
            language=self.language_code,
            code=not self.exclude_input,
        )
        page = read_page(notebook, options)
        self.warn(page.warnings)
        return page, used

    def warn(self, warnings: Iterable[Sentence]) -> None:
        """Say warnings in nbconvert's log, which is in English."""
        for warning in warnings:
            self.log.warning("%s", warning.said(Language("en")))
