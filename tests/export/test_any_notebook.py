"""Any executed notebook as HTML and as PDF: every text in order, tables with their rows, lists counted."""

import io
import logging

import pikepdf
import pytest
from worlds.content_kinds import KINDS, Kind
from worlds.page_reading import html_lines, pdf_lines, without_spaces

from kuntakoonti.export.html_page import AnnexHTMLExporter
from kuntakoonti.export.pdf import TypstExporter

EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def test_there_are_enough_kinds() -> None:
    assert len(KINDS) >= 40


@EACH
def test_every_text_is_in_the_html(kind: Kind) -> None:
    page, _ = AnnexHTMLExporter().from_notebook_node(kind.notebook)
    assert without_spaces(html_lines(page)) == without_spaces(list(kind.lines))


@EACH
def test_every_text_is_in_the_pdf(kind: Kind) -> None:
    pdf, _ = TypstExporter().from_notebook_node(kind.notebook)
    expected = list(kind.printed or kind.lines)
    lines = pdf_lines(pdf)
    if kind is KINDS["wide_tables"]:
        lines = _joined_again(lines)
    assert without_spaces(lines) == without_spaces(expected)


def _joined_again(rows: list[str]) -> list[str]:
    """The rows of a table whose columns stand in several, each with the heading of its rows."""
    heads, values = rows[0::2], rows[1::2]
    whole = [heads[0].rstrip(" |"), values[0].rstrip(" |")]
    for head, value in zip(heads[1:], values[1:], strict=True):
        whole[0] += " | " + head.partition("|")[2].partition("|")[2].strip(" |")
        whole[1] += " | " + value.partition("|")[2].partition("|")[2].strip(" |")
    return [f"{row} |" for row in whole]


@EACH
def test_the_pdf_claims_both_standards(kind: Kind) -> None:
    pdf, _ = TypstExporter().from_notebook_node(kind.notebook)
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as xmp:
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "A")
        assert xmp["pdfuaid:part"] == "1"


@EACH
def test_what_is_not_shown_is_named_with_its_cell(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        TypstExporter(log=logging.getLogger("exporter")).from_notebook_node(kind.notebook)
    if kind.warning:
        assert any(kind.warning in message for message in caplog.messages), caplog.messages
    else:
        assert caplog.messages == []
