"""nbconvert's exporter of an executed notebook as an archival, accessible PDF.

`jupyter nbconvert --to typst executed.ipynb`.
"""

from typing import Any

from nbformat import NotebookNode
from traitlets import List, Unicode, default

from kuntakoonti.export.exporter import PageExporter
from kuntakoonti.export.print_page import printed


class TypstExporter(PageExporter):
    """Exports an executed notebook as a PDF."""

    export_from_notebook = "Accessible PDF"
    output_mimetype = "application/pdf"
    fonts = List(
        Unicode(), help="Folders of further typefaces, for scripts and emoji that ours lack."
    ).tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The PDF, byte for byte the same for the same notebook, and nbconvert's resources."""
        page, used = self.page_of(nb, resources, **kw)
        pdf, warnings = printed(page, tuple(self.fonts))
        self.warn(warnings)
        return pdf, used
