"""The board's chart: each member's cost beside its advances, in the order of the table of euros."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kuntakoonti.core.language import Language
from kuntakoonti.pages.board import Overview, member_name
from kuntakoonti.pages.board_money import ranked
from kuntakoonti.pages.chart_style import ACCENT, INK, WIDTH, Chart, drawn, plain
from kuntakoonti.public.cells import ANY, Measure
from kuntakoonti.public.comparison import percent
from kuntakoonti.public.expectation import Expectation
from kuntakoonti.public.pages import MemberCells

_LINE = 0.135  # inches of a member
FEWEST = 2


@dataclass(frozen=True)
class _Mark:
    """A member's cost in whole per cent of its advances; ``low`` and ``high`` of a forecast."""

    name: str
    point: int
    low: int
    high: int


def chart(view: Overview) -> Chart | None:
    """A line a member: its forecast and range, at the year's end its actual cost."""
    marks = [m for member, found in ranked(view) if (m := _mark(view, member, found))]
    if len(marks) < FEWEST:
        return None
    say, final = view.language, view.figures.facts.kind == "final"
    listed = "; ".join(_said(mark, say) for mark in marks)
    if final:
        alt = say.text("Actual cost in per cent of the advances: {members}.", members=listed)
        caption = say.text("Dot: actual cost in per cent of the advances. Line: 100%.")
    else:
        alt = say.text(
            "Forecast in per cent of the advances of the whole year: {members}.", members=listed
        )
        caption = say.text(
            "Dot and line: forecast and its range in per cent of the advances of the whole year. To "
            "the right of 100% an additional charge."
        )
    return Chart(drawn(lambda: _figure(marks, say)), alt, caption)


def _mark(view: Overview, member: MemberCells, found: Expectation | None) -> _Mark | None:
    name = member_name(view, member)
    if view.figures.facts.kind == "final":
        cents = {c.measure: c.value for c in member.cells if c.key[1:] == (ANY, view.year)}
        actual, paid = cents.get(Measure.ACTUAL), cents.get(Measure.ADVANCE)
        if actual is None or not paid or paid < 0:
            return None
        share = percent(actual, paid)
        return _Mark(name, share, share, share)
    if found is None or not found.advance_cents or found.advance_cents < 0:
        return None
    ends = (found.low_cents, found.high_cents)
    low, high = (found.point_cents if cents is None else cents for cents in ends)
    return _Mark(name, *(percent(c, found.advance_cents) for c in (found.point_cents, low, high)))


def _said(mark: _Mark, say: Language) -> str:
    """``844 Tervo 87 % (80–95 %)``."""
    point = say.percent(mark.point, 100, decimals=0)
    if mark.low == mark.high:
        return f"{mark.name} {point}"
    high = say.percent(mark.high, 100, decimals=0)
    return f"{mark.name} {point} ({say.number(mark.low)}–{high})"


def _figure(marks: list[_Mark], say: Language) -> Figure:
    height = 0.35 + _LINE * len(marks)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.2, 0.26 / height, 0.76, 1 - 0.3 / height))
    for at, mark in enumerate(marks):
        axes.plot((mark.low, mark.high), (at, at), color=ACCENT, linewidth=1.4)
        axes.plot(mark.point, at, marker="o", color=ACCENT, markersize=4)
    _look(axes, marks, say)
    return figure


def _look(axes: Axes, marks: list[_Mark], say: Language) -> None:
    axes.axvline(100, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    low, high = min(m.low for m in marks), max(m.high for m in marks)
    axes.set_xlim(min(low, 95) - 3, max(high, 105) + 3)
    axes.set_yticks(range(len(marks)), [m.name for m in marks])
    axes.set_ylim(len(marks) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(lambda value, _: say.percent(round(value), 100, decimals=0))
    axes.grid(axis="y", linewidth=0.3, color="#a9b7ba")
    axes.set_axisbelow(True)
    plain(axes)
