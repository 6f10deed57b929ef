"""The chart of the annex: months of clients, or the advances where hardly any month has a number.

Charts draw published cells only, are readable without colour (filled, hatched, marked), carry a
text that says their finding, and are light, byte-stable SVG without a layout engine.
"""

import io
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from kuntakoonti.annex.frames import Annex
from kuntakoonti.annex.tables import count_text
from kuntakoonti.calendar import year_of
from kuntakoonti.handover import ANY, Cell, Measure, Status
from kuntakoonti.language import Language

ACCENT, INK, PALE = "#0f4c5c", "#222222", "#9db9c1"
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Source Sans Pro"],
    "font.size": 8,
    "svg.fonttype": "none",
    "svg.hashsalt": "kuntakoonti",
    "hatch.linewidth": 0.6,
    "axes.linewidth": 0.6,
}
_LIGHTER = (
    (r"<metadata>.*?</metadata>", ""),
    (r' transform="rotate\(-?0 [^"]*\)"', ""),
    (r"(\d+\.\d\d)\d+", r"\1"),
    (r">\s+<", "><"),
    (r"\s*\n\s*", " "),
)
_WIDTH, _HEIGHT = 6.7, 1.6  # inches: the text width of A4 with 20 mm margins


@dataclass(frozen=True)
class Chart:
    """An SVG with the text that replaces it and the caption under it."""

    svg: str
    alt: str
    caption: str

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        metadata = {"alt": self.alt, "caption": self.caption}
        bundle = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return bundle, {"image/svg+xml": metadata}


def chart(annex: Annex) -> Chart:
    """Clients by period where at least half of the positions carry a number, else advances."""
    series = [s for s in (*(s.name for s in annex.services), ANY) if annex.clients(s)]
    if series and annex.numbered_share >= 0.5:
        return _clients(annex, series)
    return _advances(annex)


def _clients(annex: Annex, series: list[str]) -> Chart:
    with mpl.rc_context(_style()):
        figure = Figure(figsize=(_WIDTH, _HEIGHT))
        width = 1 / max(len(series), 2)
        for i, service in enumerate(series):
            place = (i * width + 0.05, 0.14, width - 0.07, 0.68)
            _bars(figure.add_axes(place), annex, service)
        svg = _svg(figure)
    alt = " ".join(_said(annex, service) for service in series)
    threshold = annex.figures.facts.threshold
    caption = annex.language.text(
        "Täytetty pylväs on valmis luku, viivoitettu ennakkotiedon alaraja, x-merkki alle "
        "{threshold} asiakasta.",
        threshold=threshold,
    )
    return Chart(svg, alt, caption)


def _bars(axes: Axes, annex: Annex, service: str) -> None:
    cells = annex.clients(service)
    heights = [_height(c) for c in cells]
    for x, (cell, height) in enumerate(zip(cells, heights, strict=True)):
        if height == 0:
            axes.plot(x, 0, marker="x", color=INK, markersize=3.5, clip_on=False, zorder=3)
            continue
        closed = cell.status is Status.FINAL
        axes.bar(
            x, height, width=0.72, linewidth=0.7, edgecolor=ACCENT,
            facecolor=ACCENT if closed else "white", hatch="" if closed else "//////",
        )  # fmt: skip
    title = fill(annex.label(service), 28)
    axes.set_title(title, loc="left", fontsize=8.5, fontweight="semibold", pad=5)
    axes.set_xticks(range(len(cells)), [_tick(c.period) for c in cells], fontsize=7)
    axes.set_ylim(0, max([*heights, 5]) * 1.12)
    slots = 4 if cells and "Q" in cells[0].period else 12
    axes.set_xlim(-0.6, max(len(cells), slots) - 0.4)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: annex.language.decimal(value))
    _plain(axes)


def _height(cell: Cell) -> int:
    return cell.value if cell.value is not None else (cell.class_low or 0)


def _tick(period: str) -> str:
    return period[5:] if "Q" in period else str(int(period[5:]))


def _said(annex: Annex, service: str) -> str:
    cells = annex.clients(service)
    points = [f"{annex.language.short(c.period)} {count_text(annex, c).rstrip('*')}" for c in cells]
    return annex.language.text(
        "{service}, asiakkaita: {points}.", service=annex.label(service), points=", ".join(points)
    )


def _advances(annex: Annex) -> Chart:
    year, say = year_of(annex.figures.facts.invoice_period), annex.language
    services = [s.name for s in annex.services]
    budget = [annex.cents(s, year, Measure.BUDGET) or 0 for s in services]
    paid = [annex.cents(s, year, Measure.ADVANCE) or 0 for s in services]
    with mpl.rc_context(_style()):
        figure = Figure(figsize=(_WIDTH, 0.45 + 0.3 * len(services)))
        axes = figure.add_axes((0.2, 0.26, 0.76, 0.7))
        rows = range(len(services))
        axes.barh(
            rows, [b / 100_000 for b in budget], 0.62, facecolor="white", edgecolor=ACCENT,
            linewidth=0.8,
        )  # fmt: skip
        axes.barh(rows, [p / 100_000 for p in paid], 0.34, facecolor=ACCENT)
        axes.set_yticks(rows, [fill(annex.label(s), 24) for s in services])
        _thousands(axes, say)
        svg = _svg(figure)
    said = [
        say.text("{service}: {paid} talousarviosta {budget}",
                 service=annex.label(s), paid=say.euros(p), budget=say.euros(b))
        for s, p, b in zip(services, paid, budget, strict=True)
    ]  # fmt: skip
    alt = say.text("Ennakot vuonna {year}. {services}.", year=year, services="; ".join(said))
    caption = say.text(
        "Ääriviiva on talousarvio {year}, täytetty palkki tähän mennessä laskutettu ennakko.",
        year=year,
    )
    return Chart(svg, alt, caption)


def bridge(annex: Annex) -> Chart:
    """From advances by the adjustment to the actual cost; only totals, as they are published."""
    year, say = annex.year, annex.language
    paid = annex.cents(ANY, year, Measure.ADVANCE) or 0
    exact = annex.cents(ANY, year, Measure.ACTUAL)
    actual = exact if exact is not None else annex.cents(ANY, year, Measure.ACTUAL_ROUNDED)
    if actual is None:
        return _advances(annex)
    with mpl.rc_context(_style()):
        svg = _svg(_bridge(say, paid, actual))
    alt = say.text(
        "Ennakot {paid}, toteuma noin {actual}.",
        paid=say.euros(paid),
        actual=say.rounded_euros(actual),
    )
    if exact is not None:
        alt = say.text(
            "Ennakot {paid}, tasaus {gap}, toteuma {actual}.",
            paid=say.euros(paid),
            gap=say.signed_euros(exact - paid),
            actual=say.euros(exact),
        )
    caption = say.text("Viivoitettu palkki on tasaus: sen verran ennakot ja toteuma eroavat.")
    return Chart(svg, alt, caption)


def _bridge(say: Language, paid: int, actual: int) -> Figure:
    figure = Figure(figsize=(_WIDTH, 1.25))
    axes = figure.add_axes((0.2, 0.24, 0.76, 0.72))
    low, high = min(paid, actual), max(paid, actual)
    bars = (
        (0, 0, paid, ACCENT, ""),
        (1, low, high - low, "white", "//////"),
        (2, 0, actual, ACCENT, ""),
    )
    for at, start, width, colour, hatch in bars:
        axes.barh(
            at, width / 100_000, 0.6, left=start / 100_000, facecolor=colour, hatch=hatch,
            edgecolor=ACCENT, linewidth=0.7,
        )  # fmt: skip
    for end, rows in ((paid, (0.3, 0.7)), (actual, (1.3, 1.7))):
        axes.plot([end / 100_000] * 2, rows, color=INK, linewidth=0.6)
    axes.set_yticks((0, 1, 2), (say.text("Ennakot"), say.text("Tasaus"), say.text("Toteuma")))
    axes.set_xlim(0, max(high, 1) / 100_000 * 1.05)
    _thousands(axes, say)
    return figure


def _thousands(axes: Axes, say: Language) -> None:
    """The euros of lying bars, from the top down, their axis in thousands."""
    axes.invert_yaxis()
    axes.set_xlabel(say.text("tuhatta euroa"), fontsize=7, loc="right", labelpad=1)
    axes.xaxis.set_major_formatter(lambda value, _: say.decimal(value))
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=2, width=0.6, labelsize=7, colors=INK)
    axes.tick_params(axis="x", length=0, pad=3)


def _svg(figure: Figure) -> str:
    """The figure as a light SVG: no metadata, hundredths of a point, no idle white space."""
    text = io.StringIO()
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    for pattern, shorter in _LIGHTER:
        svg = re.sub(pattern, shorter, svg, flags=re.DOTALL)
    return svg


@cache
def _style() -> Any:
    folder = files("font_source_sans_pro").joinpath("files")
    for name in ("Regular", "Semibold", "Bold", "It"):
        fontManager.addfont(str(folder.joinpath(f"SourceSansPro-{name}.ttf")))
    return dict(_STYLE)
