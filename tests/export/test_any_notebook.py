"""Any executed notebook as HTML and as PDF: every text in order, tables with their rows, lists counted."""

import base64
import io
import logging
import re
import shutil
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

import nbformat
import pandas as pd
import pikepdf
import pytest
from matplotlib import get_data_path
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from traitlets.config import Config
from worlds.content_kinds import KINDS, Kind
from worlds.page_reading import html_lines, pdf_lines, without_spaces
from worlds.tag_tree import attribute, elements

from kuntakoonti.core.language import Language
from kuntakoonti.export.html_page import AnnexHTMLExporter
from kuntakoonti.export.page import NotPublishable, Options, read_page
from kuntakoonti.export.pdf import TypstExporter

needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) measures the words"
)
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


def boxes(pdf: bytes) -> list[tuple[float, tuple[float, ...]]]:
    """Every word's page width and its box, as pdftotext measures it."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        command = ["pdftotext", "-bbox", file.name, "-"]
        read = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    found = []
    for page in read.split("<page ")[1:]:
        size = re.match(r'width="([\d.]+)"', page)
        assert size
        marks = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', page)
        found += [(float(size[1]), tuple(map(float, mark))) for mark in marks]
    return found


WIDE = [
    pd.DataFrame([[f"{i}.{i}" for i in range(columns)]] * 3, columns=[f"{name} {i}" for i in range(columns)])
    for columns in (8, 14, 24, 60) for name in ("n", "a longer heading of", "Donaudampfschifffahrt")
]  # fmt: skip


@needs_pdftotext
@pytest.mark.parametrize("frame", WIDE, ids=lambda f: f"{len(f.columns)} {f.columns[0]}")
def test_no_table_is_wider_than_its_page_and_no_cell_overprints(frame: pd.DataFrame) -> None:
    output = new_output("display_data", data={"text/html": frame.to_html()})
    made, _ = TypstExporter().from_notebook_node(notebook_of(output))
    words = boxes(made)
    margin = 20 / 25.4 * 72
    assert all(box[0] > margin - 1 and box[2] < width - margin + 1 for width, box in words)
    in_order = [box for _, box in words]
    for before, after in pairwise(in_order):
        same_line = abs(before[1] - after[1]) < 1
        assert not same_line or after[0] >= before[2] - 0.5 or after[2] <= before[0] + 0.5


def notebook_of(*outputs: NotebookNode) -> NotebookNode:
    return new_notebook(cells=[new_code_cell("", outputs=list(outputs), id="only")])


@needs_pdftotext
def test_long_words_end_their_line_within_the_margins() -> None:
    made, _ = TypstExporter().from_notebook_node(KINDS["long_words"].notebook)
    margin = 20 / 25.4 * 72
    assert all(box[2] < width - margin + 1 for width, box in boxes(made))


def test_links_lead_to_their_addresses() -> None:
    made, _ = TypstExporter().from_notebook_node(KINDS["links"].notebook)
    with pikepdf.open(io.BytesIO(made)) as document:
        marks = document.pages[0].Annots
        assert [str(a.A.URI) for a in marks] == [
            "https://example.org/a?b=c&d",
            "https://example.org/",
            "https://auto.example/x",
        ]
    page, _ = AnnexHTMLExporter().from_notebook_node(KINDS["links"].notebook)
    assert '<a href="https://example.org/a?b=c&amp;d">named</a>' in page


def test_links_within_the_page_lead_to_places() -> None:
    notebook = KINDS["links_within_the_page"].notebook
    page, _ = AnnexHTMLExporter().from_notebook_node(notebook)
    assert page.count('href="#') == 2 and 'id="The-end"' in page and 'id="here"' in page
    made, _ = TypstExporter().from_notebook_node(notebook)
    with pikepdf.open(io.BytesIO(made)) as document:
        assert len(document.pages[0].Annots) == 2


def test_rows_of_a_frame_have_their_headings() -> None:
    made, _ = TypstExporter().from_notebook_node(KINDS["frames"].notebook)
    with pikepdf.open(io.BytesIO(made)) as document:
        rows = [e for e in elements(document.Root.StructTreeRoot) if e.S == "/TR"]
        heads = [next(elements(row)) for row in rows]
        assert [str(attribute(head, "/Scope")) for head in heads] == ["/Column", "/Row", "/Row"]


def test_a_picture_beside_the_notebook_is_part_of_the_page(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "a b.png")
    cell = new_markdown_cell("![Red](a%20b.png)", id="only")
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "n.ipynb")
    page, _ = AnnexHTMLExporter().from_filename(str(tmp_path / "n.ipynb"))
    assert html_lines(page) == ["![Red]"] and "a%20b" not in page
    made, _ = TypstExporter().from_filename(str(tmp_path / "n.ipynb"))
    assert without_spaces(pdf_lines(made)) == ["![Red]"]


@pytest.mark.parametrize("exporter", [AnnexHTMLExporter, TypstExporter])
def test_strict_refuses_what_a_page_of_a_release_may_not_hold(exporter: type) -> None:
    for name, why in (
        ("png_without_words", "no text alternative"),
        ("a_cell_that_failed", "failed"),
    ):
        with pytest.raises(NotPublishable, match=f"[Cc]ell 1.*{why}"):
            exporter(strict=True).from_notebook_node(KINDS[name].notebook)


def test_without_strict_a_page_of_a_release_shows_all() -> None:
    notebook = KINDS["printed_lines"].notebook
    notebook.metadata["kuntakoonti"] = {"title": "t"}
    assert html_lines(AnnexHTMLExporter().from_notebook_node(notebook)[0]) == []
    assert html_lines(AnnexHTMLExporter(strict=False).from_notebook_node(notebook)[0])


def test_sources_can_be_left_out() -> None:
    config = Config({"TemplateExporter": {"exclude_input": True}})  # nbconvert's --no-input
    page, _ = AnnexHTMLExporter(config=config).from_notebook_node(
        KINDS["sources_and_results"].notebook
    )
    assert html_lines(page) == ["`3`"]


def test_an_error_names_its_cell_and_its_cause_and_is_none_of_any_notebook() -> None:
    drawn = new_output(
        "display_data",
        data={"image/svg+xml": "<svg><broken"},
        metadata={"image/svg+xml": {"alt": "x"}},
    )
    whole = new_notebook(
        cells=[new_markdown_cell("fine", id="a"), new_code_cell("", outputs=[drawn], id="b")]
    )
    with pytest.raises(NotPublishable, match=r"[Cc]ell 2\b.*damaged.*image/svg"):
        TypstExporter(strict=True).from_notebook_node(whole)
    page = TypstExporter().from_notebook_node(whole)[0]
    assert pdf_lines(page)[-1].strip() == "[A picture is damaged and cannot be shown.] x"


@pytest.mark.parametrize("wrong", ["x", {"language": "fi fi"}, {"date": "1.9.2025"}, {"title": 3}])
def test_metadata_of_another_form_are_refused(wrong: object) -> None:
    with pytest.raises(NotPublishable, match=r"^Metadata kuntakoonti: write .*\.$"):
        read_page(new_notebook(metadata={"kuntakoonti": wrong}))


def test_a_picture_in_four_inks_is_set(caplog: pytest.LogCaptureFixture) -> None:
    memory = io.BytesIO()
    Image.new("CMYK", (20, 20)).save(memory, "JPEG")
    data = {"image/jpeg": base64.b64encode(memory.getvalue()).decode()}
    shown = new_output("display_data", data=data, metadata={"image/jpeg": {"alt": "Four inks"}})
    with caplog.at_level(logging.WARNING):
        made, _ = TypstExporter(log=logging.getLogger("exporter")).from_notebook_node(
            notebook_of(shown)
        )
    assert without_spaces(pdf_lines(made)) == ["![Fourinks]"] and "as PNG" in caplog.messages[0]


def test_a_refusal_is_said_in_three_languages_and_by_nbconvert_in_english() -> None:
    with pytest.raises(NotPublishable) as refused:
        read_page(KINDS["png_without_words"].notebook, Options(strict=True))
    told = [refused.value.said(Language(code)) for code in ("en", "fi", "sv")]
    assert str(refused.value) == told[0] and len(set(told)) == 3


def test_further_typefaces_are_used(caplog: pytest.LogCaptureFixture) -> None:
    folder = Path(get_data_path()) / "fonts" / "ttf"
    cell = new_markdown_cell("Only there: \ue000", id="only")
    with caplog.at_level(logging.WARNING):
        made, _ = TypstExporter(fonts=[str(folder)]).from_notebook_node(new_notebook(cells=[cell]))
    assert made.startswith(b"%PDF")


@pytest.mark.slow
def test_fifteen_thousand_paragraphs() -> None:
    lines = [f"Paragraph {i}." for i in range(15_000)]
    cell = new_markdown_cell("\n\n".join(lines), id="only")
    made, _ = TypstExporter().from_notebook_node(new_notebook(cells=[cell]))
    assert without_spaces(pdf_lines(made)) == without_spaces(lines)


def test_equal_notebooks_give_equal_files() -> None:
    for exporter in (AnnexHTMLExporter, TypstExporter):
        made = [exporter().from_notebook_node(KINDS["scripts"].notebook)[0] for _ in range(2)]
        assert made[0] == made[1]
