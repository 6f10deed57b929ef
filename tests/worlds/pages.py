"""Pages made from figures without a kernel: the cells of a notebook, in its order, on paper."""

import ast
import base64
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worlds.places import NOTEBOOKS

from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes, write
from kuntakoonti.export.page import Page, PageSettings, figure
from kuntakoonti.export.report import annex_sheet, area_sheet
from kuntakoonti.export.sanitize import read
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.board import Overview
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, Manifest

OPENED = ("open_annex", "open_overview", "counts, advances", "sums =")


def annex_page(figures: AnnexFigures, manifest: Manifest, language: Language) -> Page:
    """The page of a municipality as its notebook makes it."""
    month = figures.facts.kind == "month"
    notebook = "monthly_annex.ipynb" if month else "year_end_adjustment.ipynb"
    scope = {"annex": Annex(figures, manifest, language)}
    settings = PageSettings(**annex_sheet(figures, manifest, language).page)
    return Page(settings, tuple(_cells(NOTEBOOKS / notebook, scope)))


def area_page(figures: AreaFigures, manifest: Manifest, language: Language) -> Page:
    """The board's page as its notebook makes it."""
    scope = {"view": Overview(figures, manifest, language)}
    settings = PageSettings(**area_sheet(figures, manifest, language).page)
    return Page(settings, tuple(_cells(NOTEBOOKS / "area_overview.ipynb", scope)))


def _cells(notebook: Path, scope: dict[str, Any]) -> Iterator[tuple[int, Nodes]]:
    """What every cell shows but the one that opens the handover."""
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"], 1):
        if cell["cell_type"] != "code" or "parameters" in cell["metadata"].get("tags", ()):
            continue
        tree = ast.parse("".join(cell["source"]))
        kept = [s for s in tree.body if not any(word in ast.unparse(s) for word in OPENED)]
        shown = kept.pop() if kept and isinstance(kept[-1], ast.Expr) else None
        exec(compile(ast.Module(kept, []), notebook.name, "exec"), scope)
        if isinstance(shown, ast.Expr):
            value = eval(compile(ast.Expression(shown.value), notebook.name, "eval"), scope)
            yield number, _nodes(value)


def _nodes(value: Any) -> Nodes:
    if value is None:
        return ()
    if hasattr(value, "nodes"):
        return tuple(read(write(value.nodes)))
    svg = base64.b64encode(value.svg.encode()).decode()
    return (figure(f"data:image/svg+xml;base64,{svg}", value.alt, value.caption),)


@dataclass(frozen=True)
class Word:
    """A word of a PDF and its box, in points from the upper left corner of its sheet (from 1)."""

    sheet: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def words_of(pdf: Path) -> list[Word]:
    """Every word where it stands, in the order of the file (pdftotext)."""
    command = ["pdftotext", "-bbox", str(pdf), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found, sheet = [], 0
    form = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<'
    for line in said.splitlines():
        sheet += "<page" in line
        word = re.search(form, line)
        if word:
            left, top, right, bottom = map(float, word.groups()[:4])
            found.append(Word(sheet, left, top, right, bottom, word[5]))
    return found
