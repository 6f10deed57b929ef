"""The board's euros: what each member's own page shows and expects, the largest charge first."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Element, Nodes
from kuntakoonti.core.markup import text as plain_text
from kuntakoonti.pages import shared_board
from kuntakoonti.pages.board import Overview, member_name, names
from kuntakoonti.pages.forecast import completeness_table
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.public.cells import ANY, Measure
from kuntakoonti.public.expectation import Expectation, expectation
from kuntakoonti.public.pages import MemberCells

Lines = list[tuple[MemberCells, Expectation | None]]
CAPTION = {
    False: message("Advances and costs by municipality, as at {day}"),
    True: message(
        "Advances, costs and forecast by municipality, as at {day}, the largest expected "
        "charge first"
    ),
}


def money(view: Overview) -> Html:
    """Every member's budget, advances, cost and forecast as its own page shows them, and the sums.

    Ranked by the adjustment that is expected, while the year is open and some page expects one.
    """
    say, columns, lines = view.language, _columns(view), ranked(view)
    expected = any(found for _, found in lines)
    heads = [c[0] for c in columns] + (_expected_heads(view) if expected else [])
    head = element("th", say.text(message("Euros", context="unit")), scope="col")
    head += joined(element("th", h, scope="col", class_="n") for h in heads)
    body = []
    for member, found in lines:
        said = [_money(view, member, p, measure) for _, p, measure in columns]
        said += _expected(found, say) if expected else []
        body.append(_row(member_name(view, member), said))
    sums = [_sum(view, p, measure) for _, p, measure in columns]
    sums += _expected_sums(lines, say) if expected else []
    last = _row(say.text("Sum"), sums, "total")
    caption = say.text(CAPTION[expected], day=say.date(view.figures.facts.as_of))
    shown = table(caption, row([head]), body, last)
    dotted = any(
        plain_text(c.children) == "."
        for line in (*body, last)
        for c in Element("", line).find("td")
    )
    notes = element("p", " ".join(_notes(view, lines, dotted)), class_="note")
    title = element("h2", say.text("Advances and costs"))
    return Html(title + shown + notes + shared_board.section(view))


def completeness(view: Overview) -> Html:
    """Of the whole area: the share recorded of the newest months' costs."""
    return Html(completeness_table(view.figures.facts, view.figures.cells, view.language))


def _columns(view: Overview) -> list[tuple[str, str, Measure]]:
    """Heading, year and measure of each column of euros."""
    say, kind = view.language, view.figures.facts.kind
    year = view.year
    columns = [
        (say.text("Budget {year}", year=year), year, Measure.BUDGET),
        (say.text("Advances {year}", year=year), year, Measure.ADVANCE),
    ]
    if kind == "final":
        actual = say.text("Actual cost {year}", year=view.year)
        return [
            *columns,
            (actual, view.year, Measure.ACTUAL),
            (say.text("Adjustment"), view.year, Measure.ADJUSTMENT),
        ]
    recorded = say.text("Recorded {year}", year=view.year)
    return [*columns, (recorded, view.year, Measure.ACTUAL_ROUNDED)]


def ranked(view: Overview) -> Lines:
    """The members and what is expected of them, those whose page shows no forecast last."""
    facts = view.figures.facts
    if facts.outlook is None:
        none = [(m, None) for m in view.figures.members]
        return sorted(none, key=lambda line: -_adjusted(line[0], view.year))
    found = [(m, expectation(m.cells, view.year)) for m in view.figures.members]
    return sorted(found, key=_by_adjustment)


def _adjusted(member: MemberCells, year: str) -> int:
    """The final adjustment in cents; 0 where none is shown."""
    wanted = (ANY, year, Measure.ADJUSTMENT)
    return next((c.value or 0 for c in member.cells if (*c.key[1:], c.measure) == wanted), 0)


def _by_adjustment(line: tuple[MemberCells, Expectation | None]) -> tuple[int, int]:
    """The largest charge first, without an expected adjustment later, without a forecast last."""
    found = line[1]
    if found is None or found.adjustment is None:
        return 2 if found is None else 1, 0
    return 0, -found.adjustment.point_cents


def _expected_heads(view: Overview) -> list[str]:
    say, year = view.language, view.year
    return [
        say.text("Forecast {year}", year=year), say.text("Range"),
        say.text("Adjustment {year}", year=year),
    ]  # fmt: skip


def _expected(found: Expectation | None, say: Language) -> list[str]:
    """Forecast, range and expected adjustment; a point for what is not shown."""
    if found is None:
        return ["."] * 3
    low, high = found.low_cents, found.high_cents
    known = low is not None and high is not None
    span = f"{say.number((low or 0) // 100)} – {say.number((high or 0) // 100)}" if known else ""
    return [say.number(found.point_cents // 100), span, _gap(found, say)]


def _gap(found: Expectation, say: Language) -> str:
    """The expected adjustment, its range where that reaches from a credit to a charge."""
    gap = found.adjustment
    if gap is None:
        return "."
    if (
        gap.low_cents is not None
        and gap.high_cents is not None
        and gap.low_cents < 0 < gap.high_cents
    ):
        return f"{say.number(gap.low_cents // 100)} – {say.number(gap.high_cents // 100)}"
    return say.number(gap.point_cents // 100)


def _expected_sums(lines: Lines, say: Language) -> list[str]:
    """The sum of the forecasts, if every member shows one; ranges do not sum."""
    points = [found.point_cents for _, found in lines if found]
    return [say.number(sum(points) // 100) if len(points) == len(lines) else ".", "", ""]


def _row(name: str, amounts: list[str], css: str = "") -> Nodes:
    cells = [element("th", name, scope="row")]
    return row([*cells, *(element("td", a, class_="n") for a in amounts)], css)


def _money(view: Overview, member: MemberCells, period: str, measure: Measure) -> str:
    wanted = (ANY, period, measure)
    cents = next((c.value for c in member.cells if (*c.key[1:], c.measure) == wanted), None)
    if cents is None:
        return "."
    if measure is Measure.ACTUAL_ROUNDED:
        return view.language.number(cents // 100)
    return view.language.euros(cents, unit=False)


def _sum(view: Overview, period: str, measure: Measure) -> str:
    if measure is Measure.ACTUAL_ROUNDED:
        return _sum_of_recorded(view, period)
    named = {Measure.ACTUAL: Measure.ACTUAL_SHOWN_SUM}.get(measure, measure)
    cents = view.total(ANY, period, named)
    if measure is Measure.ADJUSTMENT:
        actual = view.total(ANY, period, Measure.ACTUAL_SHOWN_SUM)
        paid = view.total(ANY, period, Measure.ADVANCE)
        cents = None if actual is None or paid is None else actual - paid
    return "." if cents is None else view.language.euros(cents, unit=False)


def _sum_of_recorded(view: Overview, period: str) -> str:
    """The sum of the rounded costs, if every member's is shown."""
    wanted = (ANY, period, Measure.ACTUAL_ROUNDED)
    found = [
        c.value for m in view.figures.members for c in m.cells if (*c.key[1:], c.measure) == wanted
    ]
    known = [cents for cents in found if cents is not None]
    whole = known and len(known) == len(view.figures.members)
    return view.language.number(sum(known) // 100) if whole else "."


def _notes(view: Overview, lines: Lines, dotted: bool) -> list[str]:
    """What the marks and columns mean, who is not in it, and whose page shows no forecast."""
    say, facts = view.language, view.figures.facts
    said = [say.text("A dot: not shown.")] if dotted else []
    said.append(say.text("The sums are sums of the figures shown."))
    if view.figures.unpublished:
        secret = names(view, view.figures.unpublished)
        said.append(say.text("Not included: {municipalities}.", municipalities=secret))
    if facts.kind != "final":
        said.append(say.text("Recorded costs are rounded down, forecasts to the nearest step."))
    if facts.outlook is None:
        return said
    expected = [found for _, found in lines if found]
    if not expected:
        none = say.text("No municipality's page has a forecast of {year} yet.", year=view.year)
        return [*said, none]
    said.append(
        say.text(
            "The adjustment is the forecast less the advances of the whole year; negative is a "
            "credit. It is a range where a credit and a charge are both possible. The range does "
            "not cover a change of law, budget or prices."
        )
    )
    if any(found.high_cents is None for found in expected):
        said.append(say.text("There is no range where there are too few earlier forecasts."))
    elif not facts.outlook.trials:
        said.append(
            say.text(
                "The range is an assumption, because there are too few earlier forecasts of our own."
            )
        )
    absent = [member.code for member, found in lines if not found]
    if absent:
        said.append(say.text("No forecast is shown: {municipalities}.",
                             municipalities=names(view, absent)))  # fmt: skip
    return said
