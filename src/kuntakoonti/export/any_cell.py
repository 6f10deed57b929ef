"""What the cells of any executed notebook show: texts, code, and outputs in the form that says most."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from kuntakoonti.core.errors import Sentence
from kuntakoonti.core.language import LANGUAGES, Language
from kuntakoonti.core.markup import Element, Node, Nodes, text
from kuntakoonti.export.anchors import linked
from kuntakoonti.export.columns import with_numbers
from kuntakoonti.export.markdown import markdown_html
from kuntakoonti.export.mathematics import Formulas
from kuntakoonti.export.page import described, figure
from kuntakoonti.export.pictures import (
    IMAGE_TYPES,
    NOT_SHOWN,
    CellPictures,
    data_address,
    joined,
    picture_bytes,
    title_within,
)
from kuntakoonti.export.sanitize import read
from kuntakoonti.export.terminal import left_on_screen
from kuntakoonti.export.vocabulary import NOTEBOOK

WITHOUT = frozenset({"remove-cell", "remove_cell"})
WITHOUT_SOURCE = frozenset({"remove-input", "remove_input", "hide-input", "hide_input"})
WITHOUT_OUTPUT = frozenset({"remove-output", "remove_output", "hide-output", "hide_output"})
FORMS = (
    "text/html", "text/markdown", "image/svg+xml", "text/latex", *IMAGE_TYPES[1:], "text/plain",
)  # fmt: skip
SCRIPTS = frozenset({"application/javascript", "application/vnd.bokehjs_load.v0+json"})


class AnyCells:
    """Reads cells into a page; ``warnings`` say what could not be shown or described, and where."""

    def __init__(self, language: str, folder: Path | None, code: bool) -> None:
        self.warnings: list[Sentence] = []
        self._say = Language(language if language in LANGUAGES else "en")
        self._folder, self._code = folder, code
        self._formulas = Formulas()
        self._number = 0
        self._attachments: Mapping[str, Any] = {}

    def read(self, cells: Iterable[NotebookNode]) -> tuple[tuple[int, Nodes], ...]:
        """What every cell shows, by its number from 1, with links that lead somewhere."""
        shown = []
        for self._number, cell in enumerate(cells, start=1):
            self._attachments = cell.get("attachments", {})
            unreadable = self._formulas.unreadable
            shown.append((self._number, tuple(self._finished(self._shown(cell)))))
            if self._formulas.unreadable > unreadable:
                self.warnings.append(
                    Sentence(
                        "Cell {cell}: a formula could not be read and stands there in LaTeX.",
                        cell=self._number,
                    )
                )
        return linked(shown)

    def _warn_of_picture(self, source: str) -> None:
        self.warnings.append(
            Sentence(
                "Cell {cell}: a picture could not be shown: {source}.",
                cell=self._number, source=source,
            )
        )  # fmt: skip

    def _shown(self, cell: NotebookNode) -> Iterator[Node]:
        tags = set(cell.metadata.get("tags", ()))
        hidden = cell.metadata.get("jupyter", {})
        source = joined(cell.source)
        if tags & WITHOUT:
            return
        if cell.cell_type == "markdown":
            yield from self._markdown(source)
        elif cell.cell_type == "raw":
            yield from self._raw(source, str(cell.metadata.get("format") or ""))
        else:
            shows = self._code and not hidden.get("source_hidden") and not tags & WITHOUT_SOURCE
            if shows and source.strip():
                yield Element("pre", (source.strip("\n"),), frozenset({"code"}))
            if not hidden.get("outputs_hidden") and not tags & WITHOUT_OUTPUT:
                yield from self._outputs(cell.get("outputs", ()))

    def _markdown(self, source: str) -> Nodes:
        return self._html(markdown_html(source, self._formulas, self._number))

    def _html(self, html: str) -> Nodes:
        return read(
            html, NOTEBOOK, CellPictures(self._attachments, self._folder, self._warn_of_picture)
        )

    def _raw(self, source: str, form: str) -> Nodes:
        """A raw cell in a form of ours, or as it is; what is meant for another format is not."""
        if form in ("text/html", "html"):
            return self._html(source)
        if form in ("text/markdown", "markdown"):
            return self._markdown(source)
        return (Element("pre", (source,)),) if source.strip() and not form else ()

    def _outputs(self, outputs: Iterable[NotebookNode]) -> Iterator[Node]:
        printed = ""
        for output in outputs:
            if output.output_type == "stream":
                printed += joined(output.text)
                continue
            yield from _printed(printed)
            printed = ""
            if output.output_type == "error":
                told = "\n".join(output.get("traceback") or ())
                yield from _printed(told or f"{output.ename}: {output.evalue}")
            else:
                yield from self._displayed(output)
        yield from _printed(printed)

    def _displayed(self, output: NotebookNode) -> Nodes:
        """The first form of an output that shows something."""
        held = output.get("data", {})
        for form in (form for form in FORMS if form in held):
            nodes = self._formed(form, output)
            if nodes:
                return nodes
        return self._not_shown(output)

    def _formed(self, form: str, output: NotebookNode) -> Nodes:
        data = joined(output.data[form])
        if form == "text/html":
            return self._html(data)
        if form == "text/markdown":
            return self._markdown(data)
        if form == "text/latex":
            return self._html(self._formulas.of_output(data))
        if form == "text/plain":
            return _printed(data)
        sizes = {k: described(output, form, k) for k in ("width", "height")}
        known = {k: size for k, size in sizes.items() if size}
        said = [described(output, form, key) for key in ("alt", "caption")]
        return (figure(data_address(form, data), *said, **known),)

    def _not_shown(self, output: NotebookNode) -> Nodes:
        """A sentence in place of an output that has no form for paper."""
        held = output.get("data", {})
        if "application/json" in held:
            return _printed(json.dumps(held["application/json"], ensure_ascii=False, indent=1))
        scripted = "<script" in joined(held.get("text/html", ""))
        others = set(held) - SCRIPTS - {"text/html", "text/plain", "text/markdown"}
        if not (others or scripted):
            return ()
        self.warnings.append(
            Sentence(
                "Cell {cell}: an output of {forms} has no form for paper.",
                cell=self._number, forms=", ".join(sorted(held)),
            )
        )  # fmt: skip
        sentence = self._say.text("[An interactive output is not shown here.]")
        return (Element("p", (sentence,), frozenset({"note"})),)

    def _finished(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """Nodes with their pictures described and their columns of numbers known."""
        for node in nodes:
            if isinstance(node, str):
                yield node
            elif node.name == "img":
                yield self._described(node, "")
            elif node.name == "figure":
                captions = [text(c.children) for c in node.find("figcaption")]
                shown = " ".join(captions)
                yield replace(node, children=tuple(self._in_figure(node.children, shown)))
            else:
                whole = replace(node, children=tuple(self._finished(node.children)))
                yield with_numbers(whole) if node.name == "table" else whole

    def _in_figure(self, nodes: Iterable[Node], caption: str) -> Iterator[Node]:
        """A figure's parts; a sentence in place of a picture is a paragraph."""
        for node in nodes:
            shown = node
            if isinstance(node, Element) and node.name == "img":
                shown = self._described(node, caption)
            yield Element("p", (shown,)) if isinstance(shown, str) else shown

    def _described(self, image: Element, caption: str) -> Node:
        """A picture with a text alternative, or a text in place of one that is damaged."""
        source = image.attributes["src"]
        alternative = image.attributes.get("alt", "").strip() or caption
        if picture_bytes(source) is None:
            self.warnings.append(
                Sentence(
                    "Cell {cell}: a picture is damaged, its data are no {kind}.",
                    cell=self._number, kind=source[5:].partition(";")[0],
                )
            )  # fmt: skip
            sentence = self._say.text(NOT_SHOWN)
            return f"{sentence} {alternative}".strip()
        if not alternative:
            alternative = title_within(source)
        if not alternative:
            self.warnings.append(
                Sentence(
                    "Cell {cell}: a chart or picture has no text alternative; display it with metadata {example}.",
                    cell=self._number, example="{'alt': '…'}",
                )
            )  # fmt: skip
            alternative = self._say.text("Chart without description")
        return replace(image, attributes={**image.attributes, "alt": alternative})


def _printed(output: str) -> Nodes:
    shown = left_on_screen(output)
    return (Element("pre", (shown,), frozenset({"output"})),) if shown.strip() else ()
