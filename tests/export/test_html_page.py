"""The HTML page of an executed notebook: complete, accessible, self-contained, deterministic."""

import base64
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output
from worlds.executed_notebook import (
    ALT,
    CAPTION,
    METADATA,
    SECRET,
    chart,
    display,
    kuopio,
    notebook,
    shown,
)

from kuntakoonti.core.markup import text, write
from kuntakoonti.export.html_page import AnnexHTMLExporter
from kuntakoonti.export.page import NotPublishable
from kuntakoonti.export.sanitize import read
from kuntakoonti.export.web_page import scrolling


class Outline(HTMLParser):
    """The elements of a page in order, with their attributes, and the text of the title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="module")
def exporter() -> AnnexHTMLExporter:
    """One exporter for all tests, as a batch keeps it."""
    return AnnexHTMLExporter()


@pytest.fixture(scope="module")
def page(exporter: AnnexHTMLExporter) -> str:
    """The page of Kuopio."""
    return exporter.from_notebook_node(kuopio())[0]


def publish(exporter: AnnexHTMLExporter, *cells: nbformat.NotebookNode, **metadata: str) -> str:
    """The page of a notebook of these cells."""
    return exporter.from_notebook_node(notebook(*cells, **metadata))[0]


def test_the_page_is_complete(page: str) -> None:
    """The page states language, encoding, viewport, colours and title, and has one main."""
    assert page.startswith('<!DOCTYPE html>\n<html lang="fi">')
    assert '<meta charset="utf-8">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert f"<title>{METADATA['title']}</title>" in page
    assert page.count("<main>") == page.count("</main>") == 1
    assert f"<footer><p>{METADATA['running_foot']}</p></footer>" in page


def test_every_element_is_closed_in_order(page: str) -> None:
    """A strict reader finds every element of the page closed where it should be."""
    still_open: list[str] = []
    for closing, name in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", page):
        if closing:
            assert still_open.pop() == name
        elif name not in ("meta", "img", "br", "hr"):
            still_open.append(name)
    assert not still_open


def test_the_page_stands_alone(page: str) -> None:
    """No script, no handler, no link and no address outside the file."""
    assert not re.search(r"<script|<link|<iframe|\son\w+=|@import", page)
    assert set(re.findall(r"url\(.{22}", page)) == {'url("data:font/woff;base64'}
    assert not re.search(r"(?:https?:)?//[a-z]", re.sub(r"base64,[\w+/=]+", "", page))
    assert {a["src"][:26] for a in Outline(page).all("img")} == {"data:image/svg+xml;base64,"}


def test_the_page_is_small_and_always_the_same(exporter: AnnexHTMLExporter, page: str) -> None:
    """The same notebook gives the same bytes, also in a new exporter; below 60 kB, typeface included."""
    assert exporter.from_notebook_node(kuopio())[0] == page
    assert AnnexHTMLExporter().from_notebook_node(kuopio())[0] == page
    assert page.count("@font-face{") == 2 and len(page.encode()) < 60_000


def test_what_is_not_meant_for_readers_is_absent(page: str) -> None:
    """Tagged cells, code, streams and plain text are not published."""
    for hidden in ("hidden_", "secret_code", "only_plain", "stdout", "stderr", SECRET):
        assert hidden not in page


def test_results_and_markdown_are_published(page: str) -> None:
    """An execute_result and a markdown cell are part of the page."""
    assert "9\u00a0636\u00a0000,00" in page
    assert "<h2>Yhteys</h2>" in page
    assert "<em>controller</em>" in page


def test_a_failed_cell_refuses_the_notebook(exporter: AnnexHTMLExporter) -> None:
    """A notebook with an error is refused, hidden cell or not, and the error is not quoted."""
    error = new_output("error", ename="ValueError", evalue=SECRET, traceback=[SECRET])
    failed = new_code_cell("x", outputs=[error], metadata={"tags": ["remove-cell"]})
    with pytest.raises(NotPublishable, match="Cell 2 of the notebook failed") as caught:
        publish(exporter, shown("<p>fine</p>"), failed)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_chart_needs_a_text_alternative(exporter: AnnexHTMLExporter) -> None:
    """A chart without alt text is refused with what to write."""
    cell = new_code_cell("x", outputs=[display({"image/svg+xml": chart()})])
    with pytest.raises(NotPublishable, match=r"no text alternative.*'image/svg\+xml'"):
        publish(exporter, cell)


def test_a_chart_is_a_figure(page: str) -> None:
    """The chart is an image with its alternative, its caption below, its data unchanged."""
    (image,) = Outline(page).all("img")
    assert image["alt"] == ALT
    assert base64.b64decode((image["src"] or "").partition("base64,")[2]).decode() == chart()
    assert f"<figcaption>{CAPTION}</figcaption>" in page


def test_tables_have_captions_and_scoped_headings(page: str) -> None:
    """Every heading cell has its scope, every row its heading, every table its named region."""
    outline = Outline(page)
    assert len(outline.all("table")) == len(outline.all("caption")) == 2
    assert {a.get("scope") for a in outline.all("th")} == {"row", "col"}
    rows = page.count("<tr")
    assert rows == page.count('<tr><th scope="row">') + 3  # two heads and a total
    regions = [a for a in outline.all("div") if a.get("role") == "region"]
    assert [a["aria-label"] for a in regions] == [
        "Asiakkaita kuukaudessa 2025",
        CAPTION,
        "Ennakot palveluittain, €",
    ]
    assert all(a["tabindex"] == "0" for a in regions)


def test_headings_are_in_order(page: str) -> None:
    """There is one h1, first, and no level is skipped."""
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_colours_have_contrast(page: str) -> None:
    """Text colours reach 7:1 on the ground and 4.5:1 on the tint, in the light and the dark scheme."""
    light, dark = (dict(found) for found in _schemes(page))

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    for colours, ground in ((light, "ffffff"), (dark, "14191b")):
        for name in ("accent", "ink", "muted"):
            assert contrast(colours[name], ground) > 7, (name, ground)
            assert contrast(colours[name], colours["tint"]) > 4.5, (name, ground)


def _schemes(page: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The colours by name: of the light scheme, then of the dark one, which changes each of them."""
    found = re.findall(r"--(\w+):#([0-9a-f]{6})", page)
    return found[:5], found[5:]


def test_a_draft_says_so(exporter: AnnexHTMLExporter) -> None:
    """A draft has the label in the title and in a banner at the top."""
    draft = exporter.from_notebook_node(kuopio(draft_label="LUONNOS"))[0]
    assert "<title>LUONNOS – Kuntalaskutuksen" in draft
    assert '<main>\n<p class="draft">LUONNOS</p>' in draft


def test_settings_have_defaults(exporter: AnnexHTMLExporter) -> None:
    """A notebook without metadata gets the name of its file and no date."""
    bare = new_notebook(cells=[shown("<p>x</p>")])
    page, _ = exporter.from_notebook_node(bare, {"metadata": {"name": "muistio"}})
    assert "<title>muistio</title>" in page
    assert "dcterms.date" not in page
    assert "<footer>" not in page


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"date": "15.9.2025"}, "date"),
        ({"language": "Finnish"}, "language"),
        ({"title": 1}, "title"),
    ],
)
def test_wrong_settings_are_refused(
    exporter: AnnexHTMLExporter, metadata: dict[str, str], expected: str
) -> None:
    """A setting of the wrong form is refused by its name."""
    with pytest.raises(NotPublishable, match=expected):
        publish(exporter, shown("<p>x</p>"), **metadata)


def test_settings_are_escaped(exporter: AnnexHTMLExporter) -> None:
    """Metadata cannot add markup to the page."""
    page = publish(exporter, shown("<p>x</p>"), title='<b>"&', author='"><script>')
    assert '<title>&lt;b&gt;"&amp;</title>' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("given_html", "published"),
    [
        ("<p>a <b>b</b>  c</p>", "<p>a <strong>b</strong> c</p>\n"),
        ("<script>x</script><style>y</style><p onclick='z'>a</p>", "<p>a</p>\n"),
        ("<p>a<script>x", "<p>a</p>\n"),
        ("<div><div>a</div>b</div>", "<p>a</p>\n<p>b</p>\n"),
        ("<p class='lead evil' style='color:red'>a</p>", '<p class="lead">a</p>\n'),
        ("<p><a href='//example.org'>a</a><img src='//x' alt='y'></p>", "<p>a</p>\n"),
        ("<svg><text>a</text></svg><blink>b</blink>", "<p>b</p>\n"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li>\n<li>b</li>\n</ul>\n"),
        ("<ul>a<p>b</p></ul>", "<ul><li>a b</li>\n</ul>\n"),
        ("<td>a</td>", "<p>a</p>\n"),
        ("<h2>a</h2>b<hr class='page'>", '<h2>a</h2>\n<p>b</p>\n<hr class="page">'),
        ("<p>1 &lt; 2 &amp; x</p>", "<p>1 &lt; 2 &amp; x</p>\n"),
        ("<abbr title='a&quot;b'>c</abbr>", '<p><abbr title="a&quot;b">c</abbr></p>\n'),
        ("</p></div>a<br>b", "<p>a<br>b</p>\n"),
    ],
)
def test_only_the_vocabulary_is_published(given_html: str, published: str) -> None:
    """Unknown elements leave their text, dangerous ones nothing, unknown classes go."""
    assert write(read(given_html)) == published


def test_headings_over_numbers_are_aligned_with_them() -> None:
    """Also under a spanner the heading of a column of numbers gets their class."""
    html = write(
        read(
            '<table><thead><tr><th rowspan="2">a</th><th colspan="2">b</th></tr>'
            "<tr><th>c</th><th>d</th></tr></thead>"
            '<tbody><tr><th>e</th><td>f</td><td class="n">5*</td></tr></tbody></table>'
        )
    )
    assert '<th class="span" colspan="2">b</th>' in html
    assert '<th>c</th>\n<th class="n">d</th>' in html
    assert '5<span class="mark">*</span>' in html


def test_a_table_of_pandas_is_published_plainly() -> None:
    """The style element and attributes of a data frame's HTML go, its cells stay."""
    html = write(
        scrolling(
            read(
                '<div><style scoped>.x {}</style><table border="1" class="dataframe"><thead>'
                '<tr style="text-align: right;"><th></th><th>a</th></tr></thead>'
                "<tbody><tr><th>0</th><td>1</td></tr></tbody></table></div>"
            )
        )
    )
    assert html.startswith(
        '<div class="scroll" tabindex="0"><table class="narrow"><thead><tr><th></th>'
    )
    assert "style" not in html


@given(st.text())
def test_any_text_survives_as_text(words: str) -> None:
    """Text that is escaped on the way in comes out as the same text, never as markup."""
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    once = read(f"<p>{escaped}</p>")
    assert read(write(once)) == once
    kept = "".join(c for c in words if c in "\t\n\f\r" or ord(c) >= 32)
    assert text(once).split() == kept.split()


@given(st.text(alphabet="<>/=\"' abdhlpt&;!-?[]"))
def test_any_markup_is_read_and_settles(html: str) -> None:
    """Whatever a fragment holds, it is read, and reading what was written changes nothing."""
    once = write(read(html))
    assert write(read(once)) == once


def test_the_command_line_writes_the_page(tmp_path: Path, page: str) -> None:
    """`python -m nbconvert --to kuntakoonti_html` writes the page next to the notebook."""
    nbformat.write(kuopio(), tmp_path / "executed.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "kuntakoonti_html", "executed.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "executed.html").read_text(encoding="utf-8") == page
