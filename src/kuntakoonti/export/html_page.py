"""nbconvert's exporter of an executed notebook as one self-contained, accessible HTML page.

`jupyter nbconvert --to kuntakoonti_html executed.ipynb`.
"""

from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from kuntakoonti.export.page import read_page
from kuntakoonti.export.web_page import web_page


class AnnexHTMLExporter(Exporter):
    """Exports an executed notebook as an HTML page in the annex's vocabulary."""

    export_from_notebook = "Annex (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        """Validate once, not after each of nbconvert's dozen preprocessors."""
        return True

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, and nbconvert's resources."""
        notebook, used = super().from_notebook_node(nb, resources, **kw)
        return web_page(read_page(notebook, name_in(used))), used


def name_in(resources: dict[str, Any]) -> str:
    """The name of the notebook's file, as nbconvert knows it."""
    return str(resources.get("metadata", {}).get("name") or "notebook")
