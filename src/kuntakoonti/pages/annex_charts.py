"""The chart of the annex: months of clients, or the advances where hardly any month has a number.

Charts draw published cells only, are readable without colour (filled, hatched, marked), carry a
text that says their finding, and are light, byte-stable SVG without a layout engine.
"""

from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kuntakoonti.core.language import Language
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.annex_tables import count_text
from kuntakoonti.pages.chart_style import ACCENT, INK, WIDTH, Chart, drawn, plain, thousands
from kuntakoonti.pages.forecast import expected
from kuntakoonti.public.cells import ANY, Cell, Measure, Status

_HEIGHT = 1.2  # inches


def chart(annex: Annex) -> Chart | None:
    """Clients by period where at least half of the positions carry a number, else advances.

    None where the chart of the year's euros stands for the advances (`outlook_chart`).
    """
    series = [s for s in (*(s.name for s in annex.services), ANY) if annex.clients(s)]
    if series and annex.numbered_share >= 0.5:
        return _clients(annex, series)
    return None if expected(annex) else _advances(annex)


def _clients(annex: Annex, series: list[str]) -> Chart:
    svg = drawn(lambda: _all_bars(annex, series))
    alt = " ".join(_said(annex, service) for service in series)
    return Chart(svg, alt, _caption(annex, series))


def _caption(annex: Annex, series: list[str]) -> str:
    """What the marks mean that stand in the chart."""
    say, cells = annex.language, [c for s in series for c in annex.clients(s)]
    said = []
    if any(c.status is Status.FINAL for c in cells):
        said.append(say.text("A filled bar: a complete count."))
    if any(c.status is Status.PRELIMINARY and _height(c) for c in cells):
        said.append(say.text("A hatched bar: the lower bound of preliminary data."))
    if any(not _height(c) for c in cells):
        most = max(annex.figures.facts.thresholds_of(cells), default=annex.figures.facts.threshold)
        said.append(say.text("An x: under {threshold}.", threshold=most))
    return " ".join(said)


def _all_bars(annex: Annex, series: list[str]) -> Figure:
    figure = Figure(figsize=(WIDTH, _HEIGHT))
    width = 1 / max(len(series), 2)
    titles = [_title(annex, service, len(series)) for service in series]
    height = 0.8 - 0.12 * max(title.count("\n") + 1 for title in titles)
    for i, service in enumerate(series):
        place = (i * width + 0.05, 0.14, width - 0.07, height)
        _bars(figure.add_axes(place), annex, service, len(series))
    return figure


def _title(annex: Annex, service: str, series: int) -> str:
    """The service's name in lines as wide as its bars."""
    return fill(annex.label(service), 84 // max(series, 2), break_long_words=False)


def _bars(axes: Axes, annex: Annex, service: str, series: int) -> None:
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
    title = _title(annex, service, series)
    axes.set_title(title, loc="left", fontsize=8.5, fontweight="semibold", pad=5)
    axes.set_xticks(range(len(cells)), [_tick(c.period) for c in cells], fontsize=7)
    axes.set_ylim(0, max([*heights, 5]) * 1.12)
    slots = 4 if cells and "Q" in cells[0].period else 12
    axes.set_xlim(-0.6, max(len(cells), slots) - 0.4)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: annex.language.decimal(value))
    plain(axes)


def _height(cell: Cell) -> int:
    return cell.value if cell.value is not None else (cell.class_low or 0)


def _tick(period: str) -> str:
    return period[5:] if "Q" in period else str(int(period[5:]))


def _said(annex: Annex, service: str) -> str:
    """What the bars of a service say: how the complete counts vary, then every count."""
    cells = annex.clients(service)
    points = [f"{annex.language.short(c.period)} {count_text(annex, c).rstrip('*')}" for c in cells]
    exact = [c.value for c in cells if c.status is Status.FINAL and c.value is not None]
    values = {"service": annex.label(service), "points": ", ".join(points)}
    if not exact or min(exact) == max(exact):
        return annex.language.text("{service}, clients: {points}.", **values)
    values |= {"low": str(min(exact)), "high": str(max(exact))}
    if any(c.status is Status.UNDER_THRESHOLD for c in cells):
        closed = [c for c in cells if c.status is Status.UNDER_THRESHOLD]
        values["threshold"] = str(max(annex.figures.facts.thresholds_of(closed)))
        return annex.language.text(
            "{service}, at most {high} clients in the complete periods, under {threshold} in "
            "some of them: {points}.",
            **values,
        )
    return annex.language.text(
        "{service}, {low}–{high} clients in the complete periods: {points}.", **values
    )


def _advances(annex: Annex) -> Chart | None:
    """The data year's budget and advances by service; None without a budget of every service."""
    year, say = annex.year, annex.language
    services = [s.name for s in annex.services]
    known = {s: annex.cents(s, year, Measure.BUDGET) for s in services}
    budget = [cents for cents in known.values() if cents is not None]
    if len(budget) < len(services):
        return None
    paid = [annex.cents(s, year, Measure.ADVANCE) or 0 for s in services]
    svg = drawn(lambda: _lying(annex, budget, paid))
    said = [
        say.text("{service}: {paid} of the budget of {budget}",
                 service=annex.label(s), paid=say.euros(p), budget=say.euros(b))
        for s, p, b in zip(services, paid, budget, strict=True)
    ]  # fmt: skip
    alt = say.text("Advances in {year}. {services}.", year=year, services="; ".join(said))
    caption = say.text(
        "The outline is the budget {year}, the filled bar the advance invoiced so far.",
        year=year,
    )
    return Chart(svg, alt, caption)


def _lying(annex: Annex, budget: list[int], paid: list[int]) -> Figure:
    services, say = [s.name for s in annex.services], annex.language
    figure = Figure(figsize=(WIDTH, 0.45 + 0.3 * len(services)))
    axes = figure.add_axes((0.2, 0.26, 0.76, 0.7))
    rows = range(len(services))
    axes.barh(
        rows, [b / 100_000 for b in budget], 0.62, facecolor="white", edgecolor=ACCENT,
        linewidth=0.8,
    )  # fmt: skip
    axes.barh(rows, [p / 100_000 for p in paid], 0.34, facecolor=ACCENT)
    axes.set_yticks(rows, [fill(annex.label(s), 24) for s in services])
    thousands(axes, say)
    return figure


def bridge(annex: Annex) -> Chart | None:
    """From advances by the adjustment to the actual cost; only totals, as they are published.

    None in an estimate whose chart of the year's euros says more (`outlook_chart`).
    """
    year, say = annex.year, annex.language
    paid = annex.cents(ANY, year, Measure.ADVANCE) or 0
    exact = annex.cents(ANY, year, Measure.ACTUAL)
    actual = exact if exact is not None else annex.cents(ANY, year, Measure.ACTUAL_ROUNDED)
    if exact is None and expected(annex):
        return None
    if actual is None:
        return _advances(annex)
    svg = drawn(lambda: _bridge(say, paid, actual))
    alt = say.text(
        "Advances {paid}, actual cost about {actual}.",
        paid=say.euros(paid),
        actual=say.rounded_euros(actual),
    )
    if exact is not None:
        alt = say.text(
            "Advances {paid}, adjustment {gap}, actual cost {actual}.",
            paid=say.euros(paid),
            gap=say.signed_euros(exact - paid),
            actual=say.euros(exact),
        )
    caption = say.text(
        "The hatched bar is the adjustment: the difference between the advances and the "
        "actual cost."
    )
    return Chart(svg, alt, caption)


def _bridge(say: Language, paid: int, actual: int) -> Figure:
    figure = Figure(figsize=(WIDTH, 1.25))
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
    axes.set_yticks(
        (0, 1, 2), (say.text("Advances"), say.text("Adjustment"), say.text("Actual cost"))
    )
    axes.set_xlim(0, max(high, 1) / 100_000 * 1.05)
    thousands(axes, say)
    return figure
