"""The PDF of an executed notebook: archival, accessible, deterministic, and true to its text."""

import base64
import io
import re
import shutil
import string
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook, new_output
from worlds.examples import examples
from worlds.executed_notebook import ALT, METADATA, SECRET, display, kuopio, notebook, shown
from worlds.tag_tree import attribute, elements

from kuntakoonti.core.markup import Element
from kuntakoonti.export.page import NotPublishable, Page, PageSettings
from kuntakoonti.export.pdf import TypstExporter
from kuntakoonti.export.print_page import print_page
from kuntakoonti.export.typefaces import own

needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) reads the text back"
)
SETTINGS = PageSettings(title="t", date="2025-09-15")
MARKUP = string.ascii_letters + string.digits + string.punctuation + "åäöÅÄÖ€–−…§”’šž½²"


@pytest.fixture(scope="module")
def exporter() -> TypstExporter:
    """One exporter for all tests, as a batch keeps it."""
    return TypstExporter()


@pytest.fixture(scope="module")
def pdf(exporter: TypstExporter) -> bytes:
    """The PDF of Kuopio."""
    return exporter.from_notebook_node(kuopio())[0]


@pytest.fixture
def document(pdf: bytes) -> Iterator[pikepdf.Pdf]:
    """The PDF of Kuopio, opened."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        yield opened


def extracted(pdf: bytes, *options: str) -> str:
    """The text of a PDF, as pdftotext reads it."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        command = ["pdftotext", *options, file.name, "-"]
        return subprocess.run(command, check=True, capture_output=True).stdout.decode()


def of_fragment(exporter: TypstExporter, *fragments: str, **metadata: str) -> bytes:
    """The PDF of fragments of HTML."""
    return exporter.from_notebook_node(notebook(shown(*fragments), **metadata))[0]


def test_the_pdf_is_always_the_same(exporter: TypstExporter, pdf: bytes) -> None:
    """The same notebook gives the same bytes, also in a new exporter, below 150 kB."""
    assert exporter.from_notebook_node(kuopio())[0] == pdf
    assert TypstExporter().from_notebook_node(kuopio())[0] == pdf
    assert len(pdf) < 150_000


def test_the_annex_fits_two_a4_pages(document: pikepdf.Pdf) -> None:
    """The annex has two pages of 210 by 297 mm."""
    assert len(document.pages) == 2
    for page in document.pages:
        width, height = (float(side) * 25.4 / 72 for side in list(page.mediabox)[2:])
        assert (round(width, 1), round(height, 1)) == (210.0, 297.0)


def test_the_metadata_claim_both_standards(document: pikepdf.Pdf) -> None:
    """XMP says PDF/A-2a and PDF/UA-1, and the dates are the extraction date."""
    with document.open_metadata(update_docinfo=False) as xmp:
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "A")
        assert xmp["pdfuaid:part"] == "1"
        assert xmp["xmp:CreateDate"].startswith("2025-09-15")
        assert xmp["dc:title"] == METADATA["title"]
    assert str(document.docinfo.CreationDate) == "D:20250915000000Z"
    assert str(document.docinfo.Author) == METADATA["author"]
    assert str(document.docinfo.Subject) == METADATA["subject"]


def test_the_document_is_tagged(document: pikepdf.Pdf) -> None:
    """Language, title, structure, bookmarks and marking are set, also after row headings."""
    root = document.Root
    assert str(root.Lang) == "fi"
    assert root.MarkInfo.Marked
    assert root.ViewerPreferences.DisplayDocTitle
    assert "/ParentTree" in root.StructTreeRoot
    with document.open_outline() as outline:
        assert str(outline.root[0].title) == "Kuntalaskutuksen liite: koontitiedot, elokuu 2025"
        assert len(outline.root[0].children) == 5
    names = [str(e.S) for e in elements(root.StructTreeRoot)]
    assert names.count("/H1") == 1
    assert names.count("/Table") == names.count("/THead") == 2
    assert {"/P", "/L", "/LI", "/LBody", "/Caption", "/Figure"} <= set(names)


def test_the_chart_has_its_alternative(document: pikepdf.Pdf) -> None:
    """The figure's tag carries the alternative text."""
    figures = [e for e in elements(document.Root.StructTreeRoot) if e.S == "/Figure"]
    assert [str(e.Alt) for e in figures] == [ALT]


def test_tables_have_column_and_row_headings(document: pikepdf.Pdf) -> None:
    """Every row starts with a TH of scope Row; every TD refers to its column and its row."""
    tables = [e for e in elements(document.Root.StructTreeRoot) if e.S == "/Table"]
    ids = pikepdf.NameTree(document.Root.StructTreeRoot.IDTree)
    for table in tables:
        rows = [e for e in elements(table) if e.S == "/TR"]
        assert {str(attribute(c, "/Scope")) for c in elements(rows[0])} == {"/Column"}
        for row in rows[1:]:
            head, *others = (e for e in elements(row) if e.S in ("/TH", "/TD"))
            assert head.S == "/TH"
            assert attribute(head, "/Scope") == "/Row"
            assert ids[str(head.ID)].objgen == head.objgen
            for cell in others:
                column, own_row = (str(name) for name in attribute(cell, "/Headers"))
                assert own_row == str(head.ID)
                assert attribute(ids[column], "/Scope") == "/Column"


def test_only_our_typeface_is_used_and_embedded(document: pikepdf.Pdf) -> None:
    """Every font is a face of Source Sans Pro, embedded, also in the chart."""
    fonts = [font for page in document.pages for font in page.Resources.Font.values()]
    assert fonts
    for font in fonts:
        assert "+SourceSansPro-" in str(font.BaseFont)
        assert "/FontFile3" in font.DescendantFonts[0].FontDescriptor


@needs_pdftotext
def test_the_text_is_the_notebooks(pdf: bytes) -> None:
    """Running head and foot, page numbers, table cells and chart labels are there, code is not."""
    read_back = extracted(pdf).replace("\u00a0", " ")
    for expected in ("sivu 1/2", "sivu 2/2", "9 636 000,00", "väh. 480*", "Alle 5"):
        assert expected in read_back
    first, second = read_back.split("\f")[:2]
    assert METADATA["running_head"] not in first
    assert METADATA["running_head"] in second
    assert METADATA["running_foot"] in first
    for hidden in ("hidden_", "secret_code", "only_plain", "stdout", "stderr", SECRET, "LUONNOS"):
        assert hidden not in read_back


@needs_pdftotext
def test_nothing_stands_in_the_margin(pdf: bytes) -> None:
    """All text of a final page stays 20 mm from every edge, as printing services demand."""
    boxes = re.findall(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"',
        extracted(pdf, "-bbox"),
    )
    margin = 20 / 25.4 * 72
    left, top, right, bottom = zip(*(map(float, box) for box in boxes), strict=True)
    assert min(left) > margin - 1
    assert min(top) > margin - 6  # a box is as high as the face, not as its letters
    assert max(right) < 595.28 - margin + 1
    assert max(bottom) < 841.89 - margin + 6


@needs_pdftotext
@pytest.mark.parametrize("lines", range(36, 48))
def test_no_heading_stands_alone_at_the_foot_of_a_page(exporter: TypstExporter, lines: int) -> None:
    """Wherever the page ends, a heading and a caption stand above the first row of their table."""
    rows = "".join(f"<tr><th>Row{n}</th><td class='n'>{n}</td></tr>" for n in range(6))
    heads = "<thead><tr><th>Name</th><th>Number</th></tr></thead>"
    table = f"<table><caption>Caption</caption>{heads}<tbody>{rows}</tbody></table>"
    pages = extracted(of_fragment(exporter, "<p>Filler</p>" * lines, f"<h2>Heading</h2>{table}"))
    (page,) = (p for p in pages.split("\f") if "Heading" in p)
    assert all(word in page for word in ("Caption", "Number", "Row0", "Row5"))


@needs_pdftotext
def test_a_draft_says_so_on_every_page(exporter: TypstExporter) -> None:
    """A draft has the label in its title and on every page, and breaks pages as its final does."""
    draft = exporter.from_notebook_node(kuopio(draft_label="LUONNOS"))[0]
    with pikepdf.open(io.BytesIO(draft)) as document:
        assert str(document.docinfo.Title).startswith("LUONNOS – ")
        assert len(document.pages) == 2
    assert all("LUONNOS" in page for page in extracted(draft).split("\f")[:2])


def test_a_failed_cell_refuses_the_notebook(exporter: TypstExporter) -> None:
    """A notebook with an error is refused and the error is not quoted."""
    error = new_output("error", ename="ValueError", evalue=SECRET, traceback=[SECRET])
    with pytest.raises(NotPublishable, match="Cell 1 of the notebook failed") as caught:
        exporter.from_notebook_node(notebook(new_code_cell("x", outputs=[error])))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("mime", "data"),
    [("image/svg+xml", f"<svg>{SECRET}"), ("image/png", "AAAA"), ("image/png", "A")],
)
def test_a_damaged_chart_is_refused_cleanly(exporter: TypstExporter, mime: str, data: str) -> None:
    """What typst says of a page is not passed on, because it may quote it."""
    damaged = display({mime: data}, {mime: {"alt": "x"}})
    with pytest.raises(NotPublishable, match="chart") as caught:
        exporter.from_notebook_node(notebook(new_code_cell("x", outputs=[damaged])))
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_png_is_a_figure_too(exporter: TypstExporter) -> None:
    """A PNG chart is set, scaled into the page, with its alternative."""
    buffer = io.BytesIO()
    Figure(figsize=(12, 1), dpi=80).savefig(buffer, format="png")
    encoded = base64.b64encode(buffer.getvalue()).decode()
    chart = display({"image/png": encoded}, {"image/png": {"alt": "Kuva"}})
    made = exporter.from_notebook_node(notebook(new_code_cell("x", outputs=[chart])))[0]
    with pikepdf.open(io.BytesIO(made)) as document:
        figures = [e for e in elements(document.Root.StructTreeRoot) if e.S == "/Figure"]
        assert [str(e.Alt) for e in figures] == ["Kuva"]


@pytest.mark.parametrize(
    "html",
    [
        "<table><tbody><tr><th>a</th><td>1</td></tr></tbody></table>",
        "<table><tr><td>a</td></tr></table>",
        "<table><caption>only a caption</caption></table>",
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tr><td>short</td></tr></table>",
        "<table><tr><th rowspan='2'>a</th><td>1</td></tr><tr><td>2</td></tr></table>",
        "<table><tr></tr><tr><th>a</th><td>1</td></tr></table>",
        "<table><tfoot><tr><td colspan=2>n</td></tr></tfoot><tr><th>a</th><td>1</td></tr></table>",
        "<h3>a</h3><h1>b</h1><h3>c</h3>",
        "<div class='pair'><p>a</p><ul><li>b<ul><li>c</li></ul></li></ul></div>",
        "<dl class='facts'><dt>a</dt><dd>b</dd><dt>c</dt></dl><aside class='box'></aside>",
        "<header class='letterhead'>x</header><hr class='page'><hr><p lang='sv-FI'>hej</p>",
        "<table class='figures wide'><tr><td><table><tr><td>in</td></tr></table></td></tr></table>",
        "",
    ],
)
def test_odd_fragments_are_set(exporter: TypstExporter, html: str) -> None:
    """Whatever the vocabulary allows gives a valid PDF, headings without a gap included."""
    assert of_fragment(exporter, html).startswith(b"%PDF-1.7")


def test_a_notebook_without_metadata_is_set(exporter: TypstExporter) -> None:
    """Without a date the PDF's date is a fixed one, so that equal notebooks give equal files."""
    bare = new_notebook(cells=[shown("<h1>x</h1>")])
    assert exporter.from_notebook_node(bare)[0] == exporter.from_notebook_node(bare)[0]


def test_every_character_has_a_shape() -> None:
    """What has no shape goes, what the typeface lacks becomes a square, the rest stays."""
    assert own().printable("a\u0000b\u202ec") == "abc"
    assert own().printable("a\u2028b\tc") == "a b c"
    assert own().printable("5\u00a0€ ≥ −3 ☃ 漢") == "5\u00a0€ ≥ −3 ■ ■"
    assert own().printable("e\u0301") == "é"
    assert own().printable("väh\u00ad") == "väh\u00ad"


@needs_pdftotext
@examples(60)
@given(st.text(alphabet=MARKUP, min_size=1, max_size=40))
def test_text_is_never_read_as_markup(words: str) -> None:
    """Text of any signs of typst's or HTML's markup comes back from the PDF unchanged."""
    made = print_page(Page(SETTINGS, ((1, (Element("p", (words,)),)),)))
    read_back = extracted(made, "-nopgbrk", "-raw")
    assert "".join(read_back.split()).removesuffix("1/1") == words


@examples(60)
@given(st.text(max_size=60))
def test_any_text_is_set(words: str) -> None:
    """No text stops a page, in a paragraph, a cell, a heading or the settings."""
    cell = Element("td", (words,), frozenset({"n"}))
    table = Element("table", (Element("tbody", (Element("tr", (cell,)),)),))
    body = (Element("h1", (words,)), Element("p", (words,)), table)
    settings_ = PageSettings(title=words, author=words, running_foot=words, subject=words)
    assert print_page(Page(settings_, ((1, body),))).startswith(b"%PDF-1.7")


def test_no_file_is_left_behind(exporter: TypstExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF is made in memory: nothing is written to the temporary folder."""
    of_fragment(exporter, "<p>warm</p>")
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    assert of_fragment(exporter, "<p>x</p>")


def test_the_command_line_writes_the_pdf(tmp_path: Path, pdf: bytes) -> None:
    """`python -m nbconvert --to typst` writes the PDF next to the notebook, and nothing else."""
    nbformat.write(kuopio(), tmp_path / "executed.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "typst", "executed.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "executed.pdf").read_bytes() == pdf
    assert sorted(p.name for p in tmp_path.iterdir()) == ["executed.ipynb", "executed.pdf"]
