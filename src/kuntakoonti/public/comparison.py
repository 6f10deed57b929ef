"""How a municipality compares, from published figures only: with other members, with last year.

Nothing is counted anew, and what one of the figures hides is not compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from kuntakoonti.core.periods import year_of
from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.ledger import Archive

ComparisonKind = Literal["recorded", "forecast", "per_thousand", "year_before"]
FEWEST = 3  # members that show a figure, this one among them
_OF_BUDGET: Mapping[Measure, ComparisonKind] = {
    Measure.ACTUAL_ROUNDED: "recorded",
    Measure.FORECAST: "forecast",
}


@dataclass(frozen=True)
class Comparison:
    """One figure beside others of its kind.

    ``own``, ``low``, ``high``: whole per cent of the budget (``recorded``, ``forecast``) or hundredths
    of a client per 1,000 inhabitants (``per_thousand``), of the ``members`` that show it; ``place``: 1
    is the largest. ``year_before``: clients, ``low`` those of the same period a year earlier.
    """

    kind: ComparisonKind
    service: str
    period: str
    own: int
    low: int
    high: int
    place: int = 0
    members: int = 0


def comparisons(
    cells: Iterable[Cell], municipality: str, year: str, people: Mapping[str, int]
) -> tuple[Comparison, ...]:
    """Of a release's published cells: shares of the budget, and clients per 1,000 inhabitants.

    ``people``: inhabitants of each member. A service is compared at this member's newest exact count.
    """
    shown = {(c.key, c.measure): c.value for c in cells if c.value is not None}
    codes = {key[0] for key, _ in shown if key[0] in people}
    found = list[Comparison]()
    for measure, kind in _OF_BUDGET.items():
        shares = {
            code: percent(shown[place, measure], shown[place, Measure.BUDGET])
            for code in codes
            for place in [(code, ANY, year)]
            if (place, measure) in shown and shown.get((place, Measure.BUDGET))
        }
        found += _compared(kind, ANY, year, municipality, shares)
    for service, period in _newest(shown, municipality):
        counts = {code: shown.get(((code, service, period), Measure.CLIENTS)) for code in codes}
        rates = {
            code: rounded(Decimal(100_000 * count) / people[code])
            for code, count in counts.items()
            if count is not None and people[code]
        }
        found += _compared("per_thousand", service, period, municipality, rates)
    return tuple(found)


def with_year_before(
    cells: Iterable[Cell], municipality: str, archive: Archive
) -> tuple[Comparison, ...]:
    """The newest exact count of each service beside the same period's a year earlier, if exact."""
    shown = {(c.key, c.measure): c.value for c in cells if c.value is not None}
    found = list[Comparison]()
    for service, period in _newest(shown, municipality):
        own = shown[(municipality, service, period), Measure.CLIENTS]
        earlier = f"{int(year_of(period)) - 1}{period[4:]}"
        before = archive.closed(municipality, service, earlier)
        if before and before.status is Status.FINAL and before.value is not None:
            found.append(
                Comparison("year_before", service, period, own, before.value, before.value)
            )
    return tuple(found)


def _newest(
    shown: Mapping[tuple[tuple[str, str, str], Measure], int], municipality: str
) -> list[tuple[str, str]]:
    """Each service's newest period with an exact count; a year's count is of the adjustment."""
    newest: dict[str, str] = {}
    for (code, service, period), measure in shown:
        if code == municipality and measure is Measure.CLIENTS and len(period) > len("2025"):
            newest[service] = max(newest.get(service, ""), period)
    return sorted(newest.items())


def _compared(
    kind: ComparisonKind, service: str, period: str, municipality: str, values: Mapping[str, int]
) -> Iterator[Comparison]:
    own = values.get(municipality)
    if own is None or len(values) < FEWEST:
        return
    place = 1 + sum(value > own for value in values.values())
    low, high = min(values.values()), max(values.values())
    yield Comparison(kind, service, period, own, low, high, place, len(values))


def percent(part: int, whole: int) -> int:
    """A whole per cent, half away from zero."""
    return rounded(Decimal(100 * part) / whole)


def rounded(number: Decimal) -> int:
    """To the nearest whole number, half away from zero."""
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def of_last_year(archive: Archive, municipality: str, year: str) -> tuple[Cell, ...]:
    """What the final adjustment of the year before shows exactly of the municipality's year."""
    before = str(int(year) - 1)
    record = archive.release(f"{before}-tasaus")
    wanted = (Measure.CLIENTS, Measure.ADVANCE, Measure.ACTUAL, Measure.ADJUSTMENT)
    return tuple(
        c
        for c in (record.cells if record else ())
        if c.municipality == municipality
        and c.period == before
        and c.measure in wanted
        and c.value is not None
        and (c.measure is Measure.CLIENTS or c.service == ANY)
    )
