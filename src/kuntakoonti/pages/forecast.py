"""What the year will probably cost, how far such forecasts missed, and how complete the costs are."""

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import NBSP, Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import months_between
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.html import Html, element, joined, row, table
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.expectation import Expectation, expectation
from kuntakoonti.public.pages import OutlookFacts, ReleaseFacts

Shares = dict[tuple[str, str, Measure], int | None]  # service, month, measure → percent
METHOD = {
    "client_months": message(
        "The forecast is computed from what is published of the municipalities: counts, recorded costs "
        "and budgets, by the table that comes with the rules. Anyone can compute it again."
    ),
    "blend": message(
        "The forecast is computed from what is published of the municipalities. Costs have been "
        "recorded for only a few months, so it still leans heavily on the budget."
    ),
}


def expected(annex: Annex) -> Expectation | None:
    """What the page expects of its year; None where it shows no forecast."""
    code = annex.figures.municipality
    mine = (c for c in annex.figures.cells if c.municipality == code)
    return expectation(mine, annex.year)


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
            "The forecast of the costs of {year} is about {point} ({percent} range {low} – "
            "{high}).",
            low=say.rounded_euros(found.low_cents), high=say.rounded_euros(found.high_cents),
            percent=_cover(annex), **known,
        )  # fmt: skip
    return " ".join(filter(None, (said, _of_budget(annex), _adjustment(found, annex))))


def _of_budget(annex: Annex) -> str:
    """The forecast as a share of the budget, in whole per cent."""
    budget = annex.cents(ANY, annex.year, Measure.BUDGET)
    point = annex.cents(ANY, annex.year, Measure.FORECAST)
    if not budget or point is None:
        return ""
    return annex.language.text(
        "The forecast is {share} of the budget.",
        share=annex.language.percent(point, budget, decimals=0),
    )


def _cover(annex: Annex) -> str:
    """The share of what comes that a range should hold."""
    outlook = annex.figures.facts.outlook
    return annex.language.percent(outlook.percent if outlook else 80, 100, decimals=0)


def _adjustment(found: Expectation, annex: Annex) -> str:
    """The adjustment that would follow: a credit, a charge, or neither where the range crosses zero."""
    gap, say = found.adjustment, annex.language
    if gap is None:
        return say.text(
            "No budget of {year} has been given, so the adjustment cannot be estimated.",
            year=annex.year,
        )
    if gap.low_cents is None or gap.high_cents is None:
        return say.text(
            "The range is not known yet, so nobody can say whether the year will bring a credit "
            "or an additional charge."
        )
    low, high = (say.rounded_euros(abs(cents)) for cents in (gap.low_cents, gap.high_cents))
    known = {"gap": say.rounded_euros(abs(gap.point_cents))}
    if gap.high_cents <= 0:
        return say.text(
            "Compared with the advances, the credit would be about {gap} (range {high} – {low}).",
            low=low, high=high, **known,
        )  # fmt: skip
    if gap.low_cents >= 0:
        return say.text(
            "Compared with the advances, the additional charge would be about {gap} (range {low} "
            "– {high}).",
            low=low, high=high, **known,
        )  # fmt: skip
    return say.text(
        "Compared with the advances, the range reaches from a credit of {low} to an "
        "additional charge of {high}: either is possible.",
        low=low, high=high,
    )  # fmt: skip


def recorded(annex: Annex) -> str:
    """R7: the data year's cost recorded so far, rounded, or that it is not shown."""
    cell, say = annex.cell(ANY, annex.year, Measure.ACTUAL_ROUNDED), annex.language
    if cell is None:
        return ""
    if cell.value is None:
        return say.text("The recorded cost of {year} is not shown in this period.", year=annex.year)
    return say.text(
        "Of the costs of {year}, at least {amount} has been recorded so far; costs are recorded "
        "with a delay.",
        year=annex.year,
        amount=say.rounded_euros(cell.value),
    )


def forecast(annex: Annex) -> Html:
    """What is recorded, the method and its past error; empty once the year is closed."""
    facts, say = annex.figures.facts.outlook, annex.language
    if facts is None:
        return Html()
    title = element("h2", say.text("Forecast of the costs of {year}", year=annex.year))
    told = (" ".join(filter(None, _told(annex, facts))), year_before(annex))
    return Html(title + joined(element("p", said) for said in told if said))


def _told(annex: Annex, facts: OutlookFacts) -> list[str]:
    """What is recorded, how the forecast was made, and how far such forecasts missed."""
    found, say, year = expected(annex), annex.language, annex.year
    so_far = [recorded(annex), _recorded_of_budget(annex)]
    so_far = so_far if annex.figures.facts.kind == "month" else []
    if facts.method not in METHOD:
        return [*so_far, _too_young(annex)]
    if found is None:
        return [*so_far, say.text("No forecast of the costs of {year} is shown.", year=year)]
    return [*so_far, say.text(METHOD[facts.method]), *_missed(annex, facts, say)]


def _too_young(annex: Annex) -> str:
    """No forecast yet: the budget stands for it, if there is one."""
    say, budget = annex.language, annex.cents(ANY, annex.year, Measure.BUDGET)
    if budget is None:
        return say.text(
            "Costs have been recorded for too short a time to forecast the year, and no budget "
            "of {year} has been given.",
            year=annex.year,
        )
    outlook = annex.figures.facts.outlook
    known = {"budget": say.euros(budget)}
    if outlook is None or outlook.assumed_percent is None:
        return say.text(
            "Costs have been recorded for too short a time to forecast the year from them; the "
            "budget {budget} stands as the forecast.",
            **known,
        )
    half = f"±{NBSP}{say.percent(outlook.assumed_percent, 100, decimals=0)}"
    return say.text(
        "Costs have been recorded for too short a time to forecast the year from them; the "
        "budget {budget} stands as the forecast, its range by assumption {half}.",
        half=half,
        **known,
    )


def _recorded_of_budget(annex: Annex) -> str:
    """The recorded cost as a share of the budget, beside the share of the year that has passed."""
    say, year, month = annex.language, annex.year, annex.figures.facts.month
    cents = annex.cents(ANY, year, Measure.ACTUAL_ROUNDED)
    budget = annex.cents(ANY, year, Measure.BUDGET)
    if cents is None or not budget or annex.figures.facts.kind != "month":
        return ""
    return say.text(
        "{recorded} of the budget has been recorded; {passed} of the year has passed.",
        recorded=say.percent(cents, budget, decimals=0),
        passed=say.percent(int(month[5:]), 12, decimals=0),
    )


def year_before(annex: Annex) -> str:
    """Of the year before while it is open: what is recorded and expected."""
    year, say = annex.open_before, annex.language
    if not year:
        return ""
    mine = (c for c in annex.figures.cells if c.municipality == annex.figures.municipality)
    found = expectation(mine, year)
    if found is None:
        return say.text("The recorded cost and the forecast of {year} are not shown.", year=year)
    known = {
        "year": year,
        "recorded": say.rounded_euros(found.recorded_cents),
        "point": say.rounded_euros(found.point_cents),
    }
    if found.low_cents is None or found.high_cents is None:
        said = say.text(
            "Costs of {year} recorded so far are at least {recorded}; the forecast is about {point}.",
            **known,
        )
    else:
        said = say.text(
            "Costs of {year} recorded so far are at least {recorded}; the forecast is about {point} "
            "(range {low} – {high}).",
            low=say.rounded_euros(found.low_cents), high=say.rounded_euros(found.high_cents), **known,
        )  # fmt: skip
    return f"{said} {_adjustment(found, annex)}" if found.adjustment else said


def _missed(annex: Annex, facts: OutlookFacts, say: Language) -> list[str]:
    """What the range is and what it does not hold, and how far earlier forecasts missed."""
    area = annex.cents(ANY, annex.year, Measure.ERROR)
    members = annex.cents(ANY, annex.year, Measure.ERROR_MEMBERS)
    ranged = annex.cents(ANY, annex.year, Measure.FORECAST_LOW) is not None
    if not ranged:
        return [
            say.text(
                "There are still too few earlier forecasts to know their error and the range of this "
                "one."
            )
        ]
    share = say.percent(facts.percent, 100, decimals=0)
    limits = say.text("The range does not cover a change of law, budget or prices.")
    if not facts.trials:
        assumed = say.text(
            "The range is an assumption, because there are too few earlier forecasts of our own: "
            "{half} of the forecast, which should hold the actual cost in {percent} of cases.",
            half=f"±{NBSP}{say.percent(facts.assumed_percent or 0, 100, decimals=0)}",
            percent=share,
        )
        return [assumed, limits]
    said = say.text(
        "The range should hold the actual cost in {percent} of cases; it is computed from "
        "the errors of earlier forecasts.",
        percent=share,
    )
    if area is None or members is None:
        return [said, limits]
    missed = say.text(
        "The forecasts on the annexes of the same month in earlier years have missed the actual cost "
        "by {area} on average for the whole area and by {members} for a single municipality.",
        area=say.percent(area, 100, decimals=0),
        members=say.percent(members, 100, decimals=0),
    )
    return [said, limits, missed]


def completeness(annex: Annex) -> Html:
    """How complete the newest months' costs are, of the whole area; empty where nothing is shown."""
    return Html(completeness_table(annex.figures.facts, annex.figures.cells, annex.language))


def completeness_table(facts: ReleaseFacts, cells: tuple[Cell, ...], say: Language) -> Nodes:
    """Of the whole area: the share recorded of the newest months' costs.

    Empty where no share is shown.
    """
    shown = {(c.service, c.period, c.measure): c.value for c in cells}
    wanted = [k for k in shown if k[2] is Measure.COMPLETENESS]
    if not wanted or facts.outlook is None:
        return ()
    months = months_between(min(k[1] for k in wanted), max(k[1] for k in wanted))
    head = [element("th", say.text("Service"), scope="col")]
    head += [element("th", say.period(m), scope="col", class_="n") for m in months]
    body = []
    for service in facts.services:
        line = [element("th", service.label.in_language(say.code), scope="row")]
        line += [element("td", _share(shown, service.name, m, say), class_="n") for m in months]
        body.append(row(line))
    caption = say.text("Estimated share recorded of the whole area's costs, as at {day}",
                       day=say.date(facts.as_of))  # fmt: skip
    return table(caption, row(head), body)


def _share(shown: Shares, service: str, month: str, say: Language) -> str:
    """``86 % (80–92 %)``, without a range only the share, or nothing."""
    wanted = (Measure.COMPLETENESS, Measure.COMPLETENESS_LOW, Measure.COMPLETENESS_HIGH)
    share, low, high = (shown.get((service, month, measure)) for measure in wanted)
    if share is None:
        return ""
    said = say.percent(share, 100, decimals=0)
    if low is None or high is None or low == high:
        return said
    return f"{said} ({say.number(low)}–{say.percent(high, 100, decimals=0)})"
