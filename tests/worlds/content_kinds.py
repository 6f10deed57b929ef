"""Small executed notebooks, each with one kind of content, and what a reader must find on its page.

The lines are those of `worlds.page_reading`. ``printed`` are those of the PDF where it must differ:
a sign that no typeface has is named there, and a wide table stands in several.
"""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pandas as pd
from matplotlib.figure import Figure
from nbformat import NotebookNode
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)
from PIL import Image


@dataclass(frozen=True)
class Kind:
    """A notebook's cells, the lines of its page, and a part of the warning that it must give."""

    cells: tuple[NotebookNode, ...]
    lines: tuple[str, ...]
    printed: tuple[str, ...] = ()
    warning: str = ""
    metadata: dict[str, object] | None = None

    @property
    def notebook(self) -> NotebookNode:
        made = new_notebook(cells=list(self.cells), metadata=self.metadata or {})
        for place, cell in enumerate(made.cells):
            cell.id = f"cell-{place}"
        return made


KINDS: dict[str, Kind] = {}


def _kind(made: Callable[[], Kind]) -> Callable[[], Kind]:
    KINDS[made.__name__] = made()
    return made


def _text(source: str, *lines: str, printed: tuple[str, ...] = (), warning: str = "") -> Kind:
    return Kind((new_markdown_cell(source),), lines, printed, warning)


def _shown(
    *outputs: NotebookNode,
    lines: tuple[str, ...],
    printed: tuple[str, ...] = (),
    warning: str = "",
) -> Kind:
    return Kind((new_code_cell("", outputs=list(outputs)),), lines, printed, warning)


def _output(metadata: dict[str, object] | None = None, **forms: object) -> NotebookNode:
    data = {name.replace("__", "/").replace("svg_xml", "svg+xml"): v for name, v in forms.items()}
    return new_output("display_data", data=data, metadata=metadata or {})


@cache
def _bitmap(form: str, size: tuple[int, int] = (40, 30)) -> str:
    memory = io.BytesIO()
    Image.new("RGB", size, "teal").save(memory, form)
    return base64.b64encode(memory.getvalue()).decode()


@cache
def _drawing(title: str = "") -> str:
    memory = io.StringIO()
    figure = Figure(figsize=(2, 1))
    figure.add_subplot().plot([1, 2])
    figure.savefig(memory, format="svg", metadata={"Date": None})
    svg = memory.getvalue()
    svg = svg[svg.index("<svg") :]
    place = svg.index(">") + 1
    return svg[:place] + (f"<title>{title}</title>" if title else "") + svg[place:]


@_kind
def headings() -> Kind:
    source = "# One\n\n## Two\n\n### Three\n\n#### Four\n\n##### Five\n\n###### Six"
    return _text(source, "# One", "# Two", "# Three", "# Four", "# Five", "# Six")


@_kind
def heading_levels_with_a_gap() -> Kind:
    return _text("### Deep\n\n# High\n\n#### Deeper", "# Deep", "# High", "# Deeper")


@_kind
def emphasis() -> Kind:
    source = "Some **strong**, *slanted*, ***both*** and ~~struck~~ words."
    return _text(source, "Some strong, slanted, both and struck words.")


@_kind
def several_paragraphs() -> Kind:
    return _text("First of\ntwo lines.\n\nSecond.  \nBroken.", "First of two lines.", "Second. Broken.")  # fmt: skip


@_kind
def links() -> Kind:
    source = "[named](https://example.org/a?b=c&d), <https://example.org/>, https://auto.example/x."
    return _text(source, "named, https://example.org/, https://auto.example/x.")


@_kind
def links_within_the_page() -> Kind:
    source = (
        "[down](#The-end) and [nowhere](#none)\n\n# The end\n\n<a id='here'></a>Place. [up](#here)"
    )
    return _text(source, "down and nowhere", "# The end", "Place. up")


@_kind
def dangerous_links() -> Kind:
    return _text("[a](javascript:alert(1)) <a href='data:text/html,x'>b</a>", "a b")


@_kind
def bullets() -> Kind:
    return _text("- one\n- two\n- three", "- one", "- two", "- three")


@_kind
def numbers() -> Kind:
    return _text("1. one\n2. two\n3. three", "1. one", "2. two", "3. three")


@_kind
def numbers_from_seven() -> Kind:
    return _text("7. seven\n8. eight\n\nEnd.", "7. seven", "8. eight", "End.")


@_kind
def numbers_in_html() -> Kind:
    html = "<ol start='3'><li>c<li value='9'>i<li>j</ol><ol reversed start='2'><li>b<li>a</ol>"
    lines = ("3. c", "9. i", "10. j", "2. b", "1. a")
    return _shown(_output(text__html=html), lines=lines)


@_kind
def nested_lists() -> Kind:
    source = "1. one\n   - a\n   - b\n     1. deep\n2. two"
    return _text(source, "1. one", "- a", "- b", "1. deep", "2. two")


@_kind
def items_with_blocks() -> Kind:
    source = "- first\n\n  second paragraph\n\n  ```\n  code\n  ```\n\n- next"
    lines = ("- first", "second paragraph", "`code`", "- next")
    return _text(source, *lines, printed=("- first", "second paragraph", "code", "- next"))


@_kind
def tasks() -> Kind:
    return _text("- [ ] open\n- [x] done", "- ☐ open", "- ☑ done")


@_kind
def code_blocks() -> Kind:
    source = "```python\ndef f(x):\n    return x  # two\n\n    # last\n```\n\n    indented"
    return _text(source, "`def f(x):\n    return x  # two\n\n    # last`", "`indented`")


@_kind
def code_in_a_line() -> Kind:
    source = "Write `a  b` or <kbd>Ctrl</kbd> + <samp>out</samp>."
    return _text(source, "Write a b or Ctrl + out.")


@_kind
def markdown_tables() -> Kind:
    source = "| a | b |\n|---|--:|\n| *x* | 1.5 |\n| `y` | 10 |"
    return _text(source, "| a | b |", "| x | 1.5 |", "| y | 10 |")


@_kind
def quotes() -> Kind:
    source = "> said\n> so\n>\n> - listed\n\nAfter."
    return _text(source, "> said so", "> - listed", "After.")


@_kind
def definitions() -> Kind:
    return _text("Word\n: What it is\n: Or that", "Word", "What it is", "Or that")


@_kind
def footnotes() -> Kind:
    cells = (
        new_markdown_cell("Said[^a] and[^b].\n\n[^a]: Why.\n[^b]: How."),
        new_markdown_cell("More[^a].\n\n[^a]: Elsewhere."),
    )
    lines = ("Said1 and2.", "1. Why.↩", "2. How.↩", "More1.", "1. Elsewhere.↩")
    return Kind(cells, lines)


@_kind
def formulas_in_a_line() -> Kind:
    return _text(r"Let $x_1^2 + \alpha$ be, or \\(y\\).", r"Let $x_1^2 + \alpha$ be, or $y$.")


@_kind
def displayed_formulas() -> Kind:
    source = "$$\\int_0^1 f\\,dx$$\n\n\\begin{align}\na &= b \\\\\n&= c\n\\end{align}\n\nEnd."
    lines = (r"$\int_0^1 f\,dx$", r"$\begin{align} a &= b \\ &= c \end{align}$", "End.")
    return _text(source, *lines)


@_kind
def matrices() -> Kind:
    matrix = r"\begin{pmatrix} 1 & 2\\ 3 & 4\end{pmatrix} + \begin{cases} a & b\\ c & d\end{cases}"
    return _text(f"$${matrix}$$", f"${matrix}$")


@_kind
def formulas_of_many_signs() -> Kind:
    signs = r"\hat{x} \vec{v} \overline{AB} \underbrace{a}_{b} \sqrt[3]{x} \mathbb{R} \mathbf{B} \lim_{x\to 0}"
    return _text(f"${signs}$", f"${signs}$")


@_kind
def a_formula_that_defines() -> Kind:
    source = r"$\newcommand{\half}{\frac{1}{2}}\half$ then $\half x$"
    return _text(source, r"$\newcommand{\half}{\frac{1}{2}}\half$ then $\half x$")


@_kind
def a_formula_that_cannot_be_read() -> Kind:
    return _text(r"See $\nonsense{x}$.", r"See \nonsense{x}.", warning="Cell 1: a formula")


@_kind
def html_in_markdown() -> Kind:
    source = "<details><summary>More</summary>Hidden.</details>\n\nH<sub>2</sub>O, m<sup>2</sup>, <u>u</u>."
    return _text(source, "More", "Hidden.", "H2O, m2, u.")


@_kind
def rules_between() -> Kind:
    return _text("Above\n\n---\n\nBelow", "Above", "Below")


@_kind
def attachments() -> Kind:
    cell = new_markdown_cell("See ![A teal box](attachment:box.png) there.")
    cell.attachments = {"box.png": {"image/png": _bitmap("PNG")}}
    return Kind((cell,), ("See ![A teal box] there.",))


@_kind
def a_picture_alone() -> Kind:
    source = f"![Alone](data:image/png;base64,{_bitmap('PNG')})"
    return _text(source, "![Alone]")


@_kind
def pictures_elsewhere() -> Kind:
    source = "![There](https://example.org/a.png) ![Gone](gone.png)"
    return _text(source, "[There] [Gone]", warning="gone.png")


@_kind
def printed_lines() -> Kind:
    printed = new_output("stream", name="stdout", text="a\n  b\n10 %\r100 %\n\x1b[31mred\x1b[0m\n")
    return _shown(printed, lines=("`a\n  b\n100 %\nred`",))


@_kind
def errors_on_a_stream() -> Kind:
    streams = [new_output("stream", name=n, text=f"{n}\n") for n in ("stdout", "stderr")]
    return _shown(*streams, lines=("`stdout\nstderr`",))


@_kind
def a_cell_that_failed() -> Kind:
    trace = ["\x1b[0;31mValueError\x1b[0m  Traceback", "ValueError: bad"]
    failed = new_output("error", ename="ValueError", evalue="bad", traceback=trace)
    return _shown(failed, lines=("`ValueError  Traceback\nValueError: bad`",))


@_kind
def sources_and_results() -> Kind:
    result = new_output("execute_result", data={"text/plain": "3"}, execution_count=1)
    return Kind((new_code_cell("1 + 2", outputs=[result]),), ("`1 + 2`", "`3`"))


@_kind
def sources_that_are_hidden() -> Kind:
    tagged = new_code_cell("secret", metadata={"tags": ["remove-input"]})
    folded = new_code_cell("folded", metadata={"jupyter": {"source_hidden": True}})
    gone = new_markdown_cell("gone", metadata={"tags": ["remove-cell"]})
    silent = new_code_cell(
        "shown",
        metadata={"jupyter": {"outputs_hidden": True}},
        outputs=[new_output("stream", name="stdout", text="silent")],
    )
    return Kind((tagged, folded, gone, silent), ("`shown`",))


@_kind
def frames() -> Kind:
    frame = pd.DataFrame({"name": ["x", "yy"], "amount": [1.5, -20.25]}, index=["first", "second"])
    lines = ("| | name | amount |", "| first | x | 1.50 |", "| second | yy | -20.25 |")
    return _shown(_output(text__html=frame.to_html(), text__plain=repr(frame)), lines=lines)


@_kind
def frames_without_rows() -> Kind:
    """A head alone, beside a table whose rows have headings."""
    frames = [pd.DataFrame(columns=["a", "b"]), pd.DataFrame({"c": [5]}, index=["row"])]
    outputs = [_output(text__html=frame.to_html(index_names=False)) for frame in frames]
    return _shown(*outputs, lines=("| | a | b |", "| | c |", "| row | 5 |"))


@_kind
def polars_frames() -> Kind:
    html = (
        "<div><style>.dataframe > thead > tr {text-align: right;}</style><small>shape: (1, 2)</small>"
        '<table border="1" class="dataframe"><thead><tr><th>a</th><th>l</th></tr><tr><td>i64</td>'
        "<td>list[i64]</td></tr></thead><tbody><tr><td>1</td><td>[1, 2]</td></tr></tbody></table></div>"
    )
    lines = ("shape: (1, 2)", "| a | l |", "| i64 | list[i64] |", "| 1 | [1, 2] |")
    return _shown(_output(text__html=html), lines=lines)


@_kind
def models_that_describe_themselves() -> Kind:
    """scikit-learn's estimators: a text for those who see no style, and what is hidden."""
    html = (
        "<style>#x {color: red}</style><div id=x class=sk><div class=sk-text-repr-fallback>"
        "<pre>Model()</pre></div><div hidden>drawn</div><div style='margin: 0; DISPLAY:none'>drawn</div></div>"
    )
    return _shown(_output(text__html=html, text__plain="Model()"), lines=("`Model()`",))


@_kind
def fences_of_other_tools() -> Kind:
    source = "```mermaid\ngraph TD\nA-->B\n```\n\n> [!NOTE]\n> said\n\n:::{tip}\nhint\n:::"
    return _text(source, "`graph TD\nA-->B`", "> [!NOTE] said", ":::{tip} hint :::")


@_kind
def an_old_widget() -> Kind:
    forms = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "m"},
        "text/plain": "Slider(3)",
    }
    return Kind(
        (new_code_cell("", outputs=[new_output("display_data", data=forms)]),), ("`Slider(3)`",)
    )


@_kind
def colours_of_a_terminal() -> Kind:
    text = "\x1b[1;31mred\x1b[0m \x1b[38;5;208mx\x1b[0m\n\x1b]8;;http://e.org\x07link\x1b]8;;\x07\nab\x08c\n50 %\r100 %\n"
    return _shown(new_output("stream", text=text), lines=("`red x link ac 100 %`",))


@_kind
def frames_of_several_levels() -> Kind:
    index = pd.MultiIndex.from_product([["p", "q"], [1, 2]], names=["first", "second"])
    frame = pd.DataFrame({("a", "x"): range(4), ("a", "y"): range(4, 8)}, index=index)
    lines = (
        "| | | a |", "| | | x | y |", "| first | second | | |", "| p | 1 | 0 | 4 |", "| 2 | 1 | 5 |",
        "| q | 1 | 2 | 6 |", "| 2 | 3 | 7 |",
    )  # fmt: skip
    return _shown(_output(text__html=frame.to_html()), lines=lines)


@_kind
def styled_frames() -> Kind:
    frame = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0]})
    html = (
        frame.style.set_caption("Styled").highlight_max(color="yellow").format("{:.1f}").to_html()
    )
    lines = ("Styled", "| | a | b |", "| 0 | 1.0 | 3.0 |", "| 1 | 2.0 | 4.0 |")
    return _shown(_output(text__html=html), lines=lines)


@_kind
def tables_of_joined_cells() -> Kind:
    html = (
        "<table><tr><th rowspan=2>r</th><td colspan=2>wide</td></tr><tr><td>1</td><td>2</td></tr>"
        "<tr><td>a</td><td><p>b</p><ul><li>c</li></ul></td><td>d<br>e</td></tr></table>"
    )
    rows = ("| r | wide |", "| 1 | 2 |")
    lines, printed = (*rows, "| a | b c | d e |"), (*rows, "| a | b – c | d e |")
    return _shown(_output(text__html=html), lines=lines, printed=printed)


@_kind
def wide_tables() -> Kind:
    names = [f"column_{i:02d}" for i in range(40)]
    frame = pd.DataFrame([[f"value_{i:02d}" for i in range(40)]], columns=names)
    lines = ("| | " + " | ".join(names) + " |", "| 0 | " + " | ".join(frame.iloc[0]) + " |")
    return _shown(_output(text__html=frame.to_html()), lines=lines)


@_kind
def tables_of_long_words() -> Kind:
    word = "deadbeef" * 30
    html = f"<table><tr><td>{word}</td><td>{word}</td><td>1</td></tr></table>"
    return _shown(_output(text__html=html), lines=(f"| {word} | {word} | 1 |",))


@_kind
def png_with_its_words() -> Kind:
    said = {"image/png": {"alt": "Bars", "caption": "Drawn.", "width": 100}}
    lines = ("![Bars]", "Drawn.")  # on paper a caption is read before its picture
    return _shown(_output(said, image__png=_bitmap("PNG")), lines=lines, printed=lines[::-1])


@_kind
def png_with_a_caption() -> Kind:
    said = {"image/png": {"caption": "Drawn."}}
    lines = ("![Drawn.]", "Drawn.")
    return _shown(_output(said, image__png=_bitmap("PNG")), lines=lines, printed=lines[::-1])


@_kind
def png_without_words() -> Kind:
    drawn = _output(image__png=_bitmap("PNG"), text__plain="<Figure>")
    lines = ("![Chart without description]",)
    return _shown(drawn, lines=lines, warning="Cell 1: a chart or picture has no text alternative")


@_kind
def jpeg_gif_and_webp() -> Kind:
    outputs = [
        _output(
            {f"image/{f.lower()}": {"alt": f}}, **{f"image__{f.lower()}": _bitmap(f)}
        )
        for f in ("JPEG", "GIF", "WEBP")
    ]  # fmt: skip
    return _shown(*outputs, lines=("![JPEG]", "![GIF]", "![WEBP]"))


@_kind
def svg_with_a_title() -> Kind:
    return _shown(_output(image__svg_xml=_drawing("A line")), lines=("![A line]",))


@_kind
def svg_within_html() -> Kind:
    html = f"<div><p>Before</p>{_drawing('Within')}<p>After</p></div>"
    return _shown(_output(text__html=html), lines=("Before", "![Within]", "After"))


@_kind
def a_damaged_picture() -> Kind:
    drawn = _output({"image/png": {"alt": "Bars"}}, image__png="AAAA")
    lines = ("[A picture is damaged and cannot be shown.] Bars",)
    return _shown(drawn, lines=lines, warning="Cell 1: a picture is damaged")


@_kind
def a_tall_picture() -> Kind:
    drawn = _output({"image/png": {"alt": "Tower"}}, image__png=_bitmap("PNG", (100, 3000)))
    return _shown(drawn, lines=("![Tower]",))


@_kind
def latex_results() -> Kind:
    outputs = [
        _output(text__latex=r"$\displaystyle \frac{x^{2}}{2}$", text__plain="x**2/2"),
        _output(text__latex=r"\begin{equation}a\label{e}\end{equation}"),
    ]
    lines = (r"$\displaystyle \frac{x^{2}}{2}$", r"$\begin{equation}a\label{e}\end{equation}$")
    return _shown(*outputs, lines=lines)


@_kind
def markdown_results() -> Kind:
    return _shown(_output(text__markdown="**Sum**: 3\n\n- a"), lines=("Sum: 3", "- a"))


@_kind
def several_forms() -> Kind:
    both = _output(text__html="<b>rich</b>", text__plain="plain")
    empty = _output(text__html="<style>p {}</style>", text__plain="plain")
    return _shown(both, empty, lines=("rich", "`plain`"))


@_kind
def json_results() -> Kind:
    made = _output(**{"application__json": {"a": [1, "å"]}})
    return _shown(made, lines=('`{"a": [1, "å"]}`',))


@_kind
def interactive_results() -> Kind:
    made = _output(**{"application__vnd.plotly.v1+json": {}, "text__html": "<script>x</script>"})
    lines = ("[An interactive output is not shown here.]",)
    return _shown(made, lines=lines, warning="Cell 1: an output of application/vnd.plotly")


@_kind
def videos() -> Kind:
    html = '<iframe src="https://example.org/film" title="A film"></iframe>'
    return _shown(_output(text__html=html), lines=("A film",))


@_kind
def raw_cells() -> Kind:
    cells = (
        new_raw_cell("plain  raw"),
        new_raw_cell("<p>as HTML</p>", metadata={"format": "text/html"}),
        new_raw_cell(r"\LaTeX", metadata={"format": "text/latex"}),
    )
    return Kind(cells, ("`plain  raw`", "as HTML"))


@_kind
def scripts() -> Kind:
    source = "Greek αβγ, Cyrillic Привет, ≥ ∑ → ☃ é e\u0301, Georgian ქართ, Armenian Հայ."
    return _text(source, "Greek αβγ, Cyrillic Привет, ≥ ∑ → ☃ é é, Georgian ქართ, Armenian Հայ.")


@_kind
def from_the_right() -> Kind:
    return _text("<p dir='rtl'>שלום עולם</p>", "שלום עולם")


@_kind
def signs_without_a_shape() -> Kind:
    source = "Up 🚀 and 😀, 漢字, 🇫🇮."
    printed = ("Up [rocket] and 😀, ■■, [f][i].",)
    return _text(source, source, printed=printed, warning="No typeface has U+5B57")


@_kind
def long_words() -> Kind:
    word = "0123456789" * 40
    source = f"Before {word} after `{word}`.\n\n    {word}"
    return _text(source, f"Before {word} after {word}.", f"`{word}`")


@_kind
def text_that_looks_like_markup() -> Kind:
    said = r"#let x = 1 $a$ <b> & *x* _y_ \ @z [w] `v` // c"
    return _shown(_output(text__plain=said), lines=(f"`{said}`",))


@_kind
def many_paragraphs() -> Kind:
    lines = [f"Paragraph {i}." for i in range(1200)]
    return _text("\n\n".join(lines), *lines)


@_kind
def deep_nesting() -> Kind:
    html = "<div>" * 300 + "deep" + "</div>" * 300 + "<ul><li>" * 60 + "low"
    return _shown(_output(text__html=html), lines=("deep", "- low"))


@_kind
def a_finnish_page() -> Kind:
    cells = (new_markdown_cell("# Otsikko\n\nTeksti."),)
    return Kind(cells, ("# Otsikko", "Teksti."), metadata={"kuntakoonti": {"title": "Sivu"}})


@_kind
def nothing() -> Kind:
    return Kind((new_markdown_cell(""), new_code_cell("")), ())
