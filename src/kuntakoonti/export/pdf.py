"""nbconvert's exporter of an executed notebook as an archival, accessible PDF.

`jupyter nbconvert --to typst executed.ipynb`.
"""

from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbformat import NotebookNode
from traitlets import default

from kuntakoonti.export.html_page import name_in
from kuntakoonti.export.page import read_page
from kuntakoonti.export.print_page import print_page


class TypstExporter(Exporter):
    """Exports an executed notebook as a PDF."""

    export_from_notebook = "Annex (PDF)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    @default("optimistic_validation")
    def _optimistic_validation_default(self) -> bool:
        """Validate once, not after each of nbconvert's dozen preprocessors."""
        return True

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The PDF, byte for byte the same for the same notebook, and nbconvert's resources."""
        notebook, used = super().from_notebook_node(nb, resources, **kw)
        return print_page(read_page(notebook, name_in(used))), used
