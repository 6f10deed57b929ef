"""What the year will probably cost, how far such forecasts missed, and how complete the costs are."""

from datetime import date

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import add_months, day_after, months_between, year_of
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import Html, element, row, table
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.expectation import Expectation, all_invoiced, expectation
from kuntakoonti.public.pages import OutlookFacts, ReleaseFacts

Shares = dict[tuple[str, str, Measure], int | None]  # service, month, measure → percent
METHOD = {
    "client_months": message(
        "The forecast rests on the client-months and costs recorded, in a small municipality also "
        "on the whole area and the budget."
    ),
    "blend": message(
        "Costs have been recorded for only a few months, so the forecast still leans heavily on "
        "the municipality's budget."
    ),
}


def expected(annex: Annex) -> Expectation | None:
    """What the page expects of its year; None where it shows no forecast."""
    facts, code = annex.figures.facts, annex.figures.municipality
    mine = (c for c in annex.figures.cells if c.municipality == code)
    return expectation(mine, annex.year, all_invoiced(facts.kind, facts.invoice_period, annex.year))


def sentence(annex: Annex) -> str:
    """Forecast and adjustment with their ranges; empty where the page shows no forecast."""
    found, say = expected(annex), annex.language
    if found is None:
        return ""
    known = {"year": annex.year, "point": say.rounded_euros(found.point_cents)}
    if found.low_cents is None or found.high_cents is None:
        said = say.text("The forecast of the costs of {year} is about {point}.", **known)
    else:
        said = say.text(
            "The forecast of the costs of {year} is about {point} ({low} – {high}).",
            low=say.rounded_euros(found.low_cents), high=say.rounded_euros(found.high_cents), **known,
        )  # fmt: skip
    return f"{said} {_adjustment(found, say)}"


def _adjustment(found: Expectation, say: Language) -> str:
    """The adjustment that would follow, as a credit or a charge, or between one and the other."""
    gap, span = say.rounded_euros(abs(found.gap_cents)), found.gap_range_cents
    if span is None:
        return _about(found.gap_cents, gap, say)
    low, high = (say.rounded_euros(abs(cents)) for cents in span)
    if span[1] <= 0:
        return say.text(
            "Against the advances the credit would be about {gap} ({high} – {low}).",
            gap=gap, low=low, high=high,
        )  # fmt: skip
    if span[0] >= 0:
        return say.text(
            "Against the advances the additional charge would be about {gap} ({low} – {high}).",
            gap=gap, low=low, high=high,
        )  # fmt: skip
    return say.text(
        "Against the advances the adjustment would be at most {low} of credit and at most {high} "
        "of additional charge.",
        low=low, high=high,
    )  # fmt: skip


def _about(gap_cents: int, gap: str, say: Language) -> str:
    if not gap_cents:
        return say.text("Against the advances there would be hardly anything to adjust.")
    if gap_cents < 0:
        return say.text("Against the advances the credit would be about {gap}.", gap=gap)
    return say.text("Against the advances the additional charge would be about {gap}.", gap=gap)


def recorded(annex: Annex) -> str:
    """R7: the data year's cost recorded so far, rounded, or that it is not shown."""
    cell, say = annex.cell(ANY, annex.year, Measure.ACTUAL_ROUNDED), annex.language
    if cell is None:
        return ""
    if cell.value is None:
        return say.text("The recorded cost of {year} is not shown in this period.", year=annex.year)
    return say.text(
        "Of the costs of {year}, about {amount} has been recorded so far; costs are recorded with "
        "a delay.",
        year=annex.year,
        amount=say.rounded_euros(cell.value),
    )


def forecast(annex: Annex) -> Html:
    """What is recorded, the method and its past error; empty once the year is closed."""
    facts, say = annex.figures.facts.outlook, annex.language
    if facts is None:
        return Html()
    title = element("h2", say.text("Forecast of the costs of {year}", year=annex.year))
    told = " ".join(filter(None, _told(annex, facts)))
    return Html(title + element("p", told))


def _told(annex: Annex, facts: OutlookFacts) -> list[str]:
    """What is recorded, how the forecast was made, and how far such forecasts missed."""
    found, say, year = expected(annex), annex.language, annex.year
    so_far = [recorded(annex) if annex.figures.facts.kind == "month" else sentence(annex)]
    if facts.method not in METHOD:
        budget = annex.cents(ANY, year, Measure.BUDGET) or 0
        young = say.text(
            "Costs have been recorded for too short a time to forecast the year from them; the "
            "budget {budget} stands as the forecast.",
            budget=say.euros(budget),
        )
        return [*so_far, young]
    if found is None:
        return [*so_far, say.text("No forecast of the costs of {year} is shown.", year=year)]
    return [*so_far, say.text(METHOD[facts.method]), *_missed(annex, facts, say)]


def _missed(annex: Annex, facts: OutlookFacts, say: Language) -> list[str]:
    """What the range is, and how far earlier forecasts missed the area's and a member's cost."""
    area = annex.cents(ANY, annex.year, Measure.ERROR)
    members = annex.cents(ANY, annex.year, Measure.ERROR_MEMBERS)
    ranged = annex.cents(ANY, annex.year, Measure.FORECAST_LOW) is not None
    if not ranged:
        return [
            say.text(
                "There are still too few earlier forecasts to know their error and the range of "
                "this one."
            )
        ]
    share = say.percent(facts.percent, 100, decimals=0)
    said = say.text("The {percent} range is in brackets.", percent=share)
    if area is None or members is None:
        return [said]
    missed = say.text(
        "Forecasts made at this time of year have missed the actual cost by {area} on average for "
        "the whole area and by {members} for a single municipality.",
        area=say.percent(area, 100, decimals=0),
        members=say.percent(members, 100, decimals=0),
    )
    return [said, missed]


def completeness(annex: Annex) -> Html:
    """How complete the newest months' costs are, of the whole area; empty where nothing is shown."""
    return Html(completeness_table(annex.figures.facts, annex.figures.cells, annex.language))


def completeness_table(facts: ReleaseFacts, cells: tuple[Cell, ...], say: Language) -> Nodes:
    """Of the whole area: the share recorded of the newest months' costs, and what the law makes certain.

    A sentence and a table. Empty where no share is shown; without the last column where the area has
    no rule of deadlines.
    """
    shown = {(c.service, c.period, c.measure): c.value for c in cells}
    wanted = [k for k in shown if k[2] is Measure.COMPLETENESS]
    if not wanted or facts.outlook is None:
        return ()
    months = months_between(min(k[1] for k in wanted), max(k[1] for k in wanted))
    limits = facts.outlook.deadlines
    head = [element("th", say.text("Service"), scope="col")]
    head += [element("th", say.period(m), scope="col", class_="n") for m in months]
    if limits:
        last = say.text("Certainly complete by law")
        head.append(element("th", last, scope="col"))
    body = []
    for service in facts.services:
        line = [element("th", service.label.in_language(say.code), scope="row")]
        line += [element("td", _share(shown, service.name, m, say), class_="n") for m in months]
        if limits:
            certain = _certain(facts.month, facts.as_of, limits.get(service.name), say)
            line.append(element("td", certain))
        body.append(row(line))
    caption = say.text("Estimated share recorded of the whole area's costs, as at {day}",
                       day=say.date(facts.as_of))  # fmt: skip
    plain = element("p", _plainly(facts, shown, say))
    return plain + table(caption, row(head), body)


def _plainly(facts: ReleaseFacts, shown: Shares, say: Language) -> str:
    """The same shares as a sentence, of the newest month that has one of the most services."""
    months = [month for _, month, measure in shown if measure is Measure.COMPLETENESS]
    month = max(months, key=lambda m: (months.count(m), m))
    known = ((s, shown.get((s.name, month, Measure.COMPLETENESS))) for s in facts.services)
    said = [
        f"{s.label.in_language(say.code).lower()} {say.percent(share, 100, decimals=0)}"
        for s, share in known
        if share is not None
    ]
    return say.text(
        "Estimated share recorded of the whole area's costs of {month}: {shares}.",
        month=say.short(month), shares=say.listed(said),
    )  # fmt: skip


def _share(shown: Shares, service: str, month: str, say: Language) -> str:
    """``86 % (80–92 %)``, without a range only the share, or a point."""
    wanted = (Measure.COMPLETENESS, Measure.COMPLETENESS_LOW, Measure.COMPLETENESS_HIGH)
    share, low, high = (shown.get((service, month, measure)) for measure in wanted)
    if share is None:
        return "."
    said = say.percent(share, 100, decimals=0)
    if low is None or high is None or low == high:
        return said
    return f"{said} ({say.number(low)}–{say.percent(high, 100, decimals=0)})"


def _certain(month: str, as_of: date, limit: int | None, say: Language) -> str:
    """The last month of which nothing can be claimed any more, or when this one will be such."""
    if limit is None:
        return say.text("by contract")
    last = month
    while day_after(add_months(last, limit)) > as_of:
        last = add_months(last, -1)
    if year_of(last) == year_of(month):
        return say.text("{month} and earlier", month=say.period(last))
    day = say.date(day_after(add_months(month, limit)))
    return say.text("{month} only on {day}", month=say.period(month), day=day)
