"""The chart of the year's euros: advances to date, recorded cost, and what is expected by its end."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kuntakoonti.core.language import Language
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.chart_style import ACCENT, INK, WIDTH, Chart, drawn, thousands
from kuntakoonti.pages.forecast import expected
from kuntakoonti.public.expectation import Expectation


def chart(annex: Annex) -> Chart | None:
    """Three bars and the advances of the whole year as a line; nothing where no forecast is shown."""
    found, say = expected(annex), annex.language
    if found is None:
        return None
    caption = _caption(found, say)
    return Chart(drawn(lambda: _figure(found, say)), _alt(annex.year, found, say), caption)


def _caption(found: Expectation, say: Language) -> str:
    bars = say.text("Filled: advances so far. Hatched: recorded. White: forecast.")
    if found.low_cents is not None:
        bars = say.text("Filled: advances so far. Hatched: recorded. White: forecast and range.")
    if found.advance_cents is None:
        return bars
    line = say.text("Dashed line: advances of the whole year.")
    return f"{bars} {line}"


def _figure(found: Expectation, say: Language) -> Figure:
    figure = Figure(figsize=(WIDTH, 0.82))
    axes = figure.add_axes((0.2, 0.36, 0.76, 0.62))
    bars = ((found.paid_cents, ACCENT, ""), (found.recorded_cents, "white", "//////"),
            (found.point_cents, "white", ""))  # fmt: skip
    for at, (cents, colour, hatch) in enumerate(bars):
        axes.barh(
            at, cents / 100_000, 0.6, facecolor=colour, hatch=hatch, edgecolor=ACCENT, linewidth=0.8
        )
    _whisker(axes, found)
    if found.advance_cents is not None:
        axes.plot([found.advance_cents / 100_000] * 2, (-0.45, 2.45), color=INK, linewidth=0.8,
                  linestyle=(0, (4, 3)))  # fmt: skip
    axes.set_yticks((0, 1, 2), (say.text("Advances"), say.text("Recorded"), say.text("Forecast")))
    ends = (found.high_cents or 0, found.point_cents, found.paid_cents, found.advance_cents or 0)
    axes.set_xlim(0, max(*ends, 1) / 100_000 * 1.05)
    thousands(axes, say)
    return figure


def _whisker(axes: Axes, found: Expectation) -> None:
    if found.low_cents is None or found.high_cents is None:
        return
    ends = (found.low_cents / 100_000, found.high_cents / 100_000)
    axes.plot(ends, (2, 2), color=INK, linewidth=1.2, marker="|", markersize=7)


def _alt(year: str, found: Expectation, say: Language) -> str:
    """The finding first, then the figures."""
    known = {
        "year": year,
        "point": say.rounded_euros(found.point_cents),
        "paid": say.euros(found.paid_cents),
        "recorded": say.rounded_euros(found.recorded_cents),
    }
    so_far = say.text(
        "Advances so far are {paid}, and at least {recorded} has been recorded.", **known
    )
    return f"{_finding(found, say, known)} {so_far}"


def _finding(found: Expectation, say: Language, known: dict[str, str]) -> str:
    """The forecast beside the advances of the whole year, if they are known."""
    if found.advance_cents is None:
        return say.text("The forecast of the costs of {year} is about {point}.", **known)
    known["advances"] = say.euros(found.advance_cents)
    if found.low_cents is None or found.high_cents is None:
        return say.text(
            "The forecast of the costs of {year} is about {point}, and the advances of the whole "
            "year are {advances}.",
            **known,
        )
    known |= {
        "low": say.rounded_euros(found.low_cents),
        "high": say.rounded_euros(found.high_cents),
    }
    return say.text(
        "The forecast of the costs of {year} is about {point}, range {low} – {high}; the "
        "advances of the whole year are {advances}.",
        **known,
    )
