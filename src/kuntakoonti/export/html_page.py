"""nbconvert's exporter of an executed notebook as one self-contained, accessible HTML page.

`jupyter nbconvert --to kuntakoonti_html executed.ipynb`.
"""

from typing import Any

from nbformat import NotebookNode
from traitlets import default

from kuntakoonti.export.exporter import PageExporter
from kuntakoonti.export.web_page import web_page


class AnnexHTMLExporter(PageExporter):
    """Exports an executed notebook as an accessible HTML page."""

    export_from_notebook = "Accessible HTML page"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, and nbconvert's resources."""
        page, used = self.page_of(nb, resources, **kw)
        return web_page(page), used
