"""How a chart is drawn: the pages' style, light byte-stable SVG, the text that replaces it."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from kuntakoonti.core.language import Language

ACCENT, INK = "#0f4c5c", "#222222"
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
WIDTH = 6.7  # inches: the text width of A4 with 20 mm margins


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


def drawn(make: Callable[[], Figure]) -> str:
    """A figure made in the pages' style, as SVG."""
    with mpl.rc_context(_style()):
        return _svg(make())


def thousands(axes: Axes, say: Language) -> None:
    """The euros of lying bars, from the top down, their axis in thousands."""
    axes.invert_yaxis()
    axes.set_xlabel(say.text("thousand euros"), fontsize=7, loc="right", labelpad=1)
    axes.xaxis.set_major_formatter(lambda value, _: say.decimal(value))
    plain(axes)


def plain(axes: Axes) -> None:
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
