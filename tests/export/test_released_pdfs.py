"""Every page of a real release: archival, accessible, small, and without a reference to elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from worlds.tag_tree import attribute, elements

MARGIN = 20 / 25.4 * 72  # points
PAGES = 12  # eleven municipalities and the board


@pytest.fixture(scope="module")
def pdfs(august: Path) -> list[Path]:
    """The PDF of every municipality and of the board."""
    found = sorted(august.glob("2025-08/*/*.pdf"))
    assert len(found) == PAGES
    return found


def test_every_pdf_is_small_a4_and_claims_both_standards(pdfs: list[Path]) -> None:
    """PDF/A-2a and PDF/UA-1 in XMP, title and language set and shown, dated by the extraction."""
    for path in pdfs:
        assert path.stat().st_size <= 150_000, path.name
        with pikepdf.open(path) as pdf, pdf.open_metadata(update_docinfo=False) as xmp:
            claims = (xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["pdfuaid:part"])
            assert claims == ("2", "A", "1"), path.name
            assert xmp["dc:title"].startswith("KEKSITYT TIEDOT – Kuntalaskutuksen "), path.name
            assert xmp["xmp:CreateDate"].startswith("2025-09-15"), path.name
            assert (str(pdf.Root.Lang), bool(pdf.Root.MarkInfo.Marked)) == ("fi", True)
            assert pdf.Root.ViewerPreferences.DisplayDocTitle
            for page in pdf.pages:
                assert [round(float(x) * 25.4 / 72) for x in page.mediabox] == [0, 0, 210, 297]
            with pdf.open_outline() as outline:
                (title,) = outline.root
                assert len(title.children) >= 2, path.name


def test_every_table_of_every_pdf_has_headings_with_scope(pdfs: list[Path]) -> None:
    """The first row's cells head columns, the first cell of any other row heads its row."""
    for path in pdfs:
        with pikepdf.open(path) as pdf:
            tables = [e for e in elements(pdf.Root.StructTreeRoot) if e.S == "/Table"]
            assert len(tables) >= 2, path.name
            for table in tables:
                first, *others = (e for e in elements(table) if e.S == "/TR")
                heads = [c for c in elements(first) if c.S in ("/TH", "/TD")]
                assert {(str(c.S), str(attribute(c, "/Scope"))) for c in heads} == {
                    ("/TH", "/Column")
                }, path.name
                for row in others:
                    head = next(c for c in elements(row) if c.S in ("/TH", "/TD"))
                    assert (head.S, attribute(head, "/Scope")) == ("/TH", "/Row"), path.name


def test_every_chart_of_every_pdf_has_an_alternative(pdfs: list[Path]) -> None:
    """Each municipality's page has a chart, and its tag says what the chart shows."""
    for path in pdfs:
        with pikepdf.open(path) as pdf:
            figures = [e for e in elements(pdf.Root.StructTreeRoot) if e.S == "/Figure"]
            assert figures or path.parent.name == "area", path.name
            assert all(len(str(e.Alt)) > 20 for e in figures), path.name


def test_no_pdf_leads_elsewhere(pdfs: list[Path]) -> None:
    """No link, script, form, attachment or font that is not in the file."""
    for path in pdfs:
        with pikepdf.open(path) as pdf:
            held = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary)]
            keys = {str(key) for o in held for key in o}
            assert not keys & {
                "/URI",
                "/JS",
                "/JavaScript",
                "/EmbeddedFiles",
                "/AcroForm",
                "/Launch",
            }
            described = [o for o in held if o.get("/Type") == "/FontDescriptor"]
            assert described and all(o.keys() & {"/FontFile2", "/FontFile3"} for o in described)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext finds where words stand")
def test_nothing_of_any_page_stands_in_the_margin(pdfs: list[Path]) -> None:
    """All text stays 20 mm from every edge of every page, as printing services demand."""
    for path in pdfs:
        command = ["pdftotext", "-bbox", str(path), "-"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        words = re.findall(
            r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)', said
        )
        # The mark of invented data stands above all else; no real page has it.
        boxes = [box for *box, word in words if not set(word) <= set("KEKSITYT TIEDOT")]
        left, top, right, bottom = zip(*(map(float, box) for box in boxes), strict=True)
        assert min(left) > MARGIN - 1 and max(right) < 595.28 - MARGIN + 1, path.name
        # a box is as high as the face, not as its letters
        assert min(top) > MARGIN - 6 and max(bottom) < 841.89 - MARGIN + 6, path.name


def test_every_html_page_is_small_and_whole(august: Path) -> None:
    """Under 80 kB, in its language, and nothing is fetched: script, style, font and picture."""
    pages = sorted(august.glob("2025-08/*/*.html"))
    assert len(pages) == PAGES
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert len(text.encode()) <= 80_000, path.name
        assert '<html lang="fi">' in text and "<script" not in text and "<link" not in text
        assert not re.search(
            r"""(src|href)=["'](?!data:|#)|url\((?!"data:)|@import|https?://""", text
        )
