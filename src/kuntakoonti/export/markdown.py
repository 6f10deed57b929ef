"""A markdown cell as HTML, read as Jupyter reads it, with footnotes."""

import re
from functools import cache
from html import escape
from typing import Any

from mistune import HTMLRenderer
from mistune.plugins import import_plugin
from nbconvert.filters.markdown_mistune import MarkdownWithMath

from kuntakoonti.export.mathematics import Formulas

PLUGINS = ("strikethrough", "table", "url", "task_lists", "def_list", "footnotes")


class _Renderer(HTMLRenderer):
    """HTML in which code is plain, formulas are MathML and headings can be linked to."""

    formulas: Formulas

    def __init__(self) -> None:
        super().__init__(escape=False, allow_harmful_protocols=True)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        named = escape(re.sub(r"\s+", "-", re.sub("<[^>]*>", "", text).strip()))
        return f'<h{level} id="{named}">{text}</h{level}>\n'

    def block_math(self, body: str) -> str:
        return self.formulas.html(body, block=True)

    def inline_math(self, body: str) -> str:
        return self.formulas.html(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        return self.formulas.html(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)


@cache
def _reader() -> tuple[MarkdownWithMath, _Renderer]:
    renderer = _Renderer()
    return MarkdownWithMath(renderer, plugins=[import_plugin(name) for name in PLUGINS]), renderer


def markdown_html(source: str, formulas: Formulas, cell: int) -> str:
    """The HTML of a cell's markdown; its footnotes are named after the cell."""
    reader, renderer = _reader()
    renderer.formulas = formulas
    html = reader.render(source)
    return re.sub(r'((?:id="|href="#)fn(?:ref)?-)', rf"\g<1>{cell}-", html)
