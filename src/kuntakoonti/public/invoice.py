"""The whole invoice: what is billed by causation and what is shared by a key, added up.

A total is given only where both of its parts are: so it tells nothing that they do not, and no
subtraction opens a part that is not shown.
"""

from collections.abc import Iterable, Iterator, Mapping

from kuntakoonti.public.cells import ANY, INVOICE, SHARED, Cell, Measure, Status, euro_cell
from kuntakoonti.public.expectation import published_step, unknown_width

PARTS: Mapping[Measure, tuple[Measure, Measure]] = {
    Measure.INVOICE_BUDGET: (Measure.BUDGET, Measure.SHARED_BUDGET),
    Measure.INVOICE_ADVANCE: (Measure.ADVANCE, Measure.SHARED_ADVANCE),
    Measure.INVOICE_ADVANCE_EXPECTED: (Measure.ADVANCE_EXPECTED, Measure.SHARED_ADVANCE_EXPECTED),
    Measure.INVOICE_ADVANCE_COMING: (Measure.ADVANCE_COMING, Measure.SHARED_ADVANCE_COMING),
    Measure.INVOICE_ACTUAL: (Measure.ACTUAL, Measure.SHARED_ACTUAL),
    Measure.INVOICE_FORECAST: (Measure.FORECAST, Measure.SHARED_FORECAST),
    Measure.INVOICE_EXPECTED_ADJUSTMENT: (
        Measure.EXPECTED_ADJUSTMENT,
        Measure.SHARED_EXPECTED_ADJUSTMENT,
    ),
    Measure.INVOICE_ADJUSTMENT: (Measure.ADJUSTMENT, Measure.SHARED_ADJUSTMENT),
}
_FORESEEN = (Measure.INVOICE_FORECAST, Measure.INVOICE_EXPECTED_ADJUSTMENT)
_Known = Mapping[tuple[str, str, str, Measure], Cell]


def invoice_cells(cells: Iterable[Cell]) -> Iterator[Cell]:
    """The invoice's totals of published cells, a mark where the part by causation is not shown."""
    known = {(*c.key, c.measure): c for c in cells}
    for code, service, period, measure in tuple(known):
        for total, (causation, shared) in PARTS.items():
            if (service, measure) == (SHARED, shared):
                one = known.get((code, ANY, period, causation))
                if one is not None:
                    yield _total(one, known[code, service, period, measure], total, known)
    yield from _prior_years(known)


def expected_range(cells: Iterable[Cell], municipality: str, year: str) -> tuple[int, int] | None:
    """The whole invoice's expected adjustment in cents, low and high: outwards to the forecast's step."""
    known = {(*c.key, c.measure): c for c in cells}
    place = (municipality, ANY, year)
    low, high = (
        known.get((*place, m))
        for m in (Measure.EXPECTED_ADJUSTMENT_LOW, Measure.EXPECTED_ADJUSTMENT_HIGH)
    )
    shared = known.get((municipality, SHARED, year, Measure.SHARED_EXPECTED_ADJUSTMENT))
    if not (low and high and shared) or None in (low.value, high.value, shared.value):
        return None
    step, more = _step(low, known), shared.value or 0
    least, most = (low.value or 0) + more, (high.value or 0) + more
    return least // step * step, -(-most // step) * step


def _total(one: Cell, other: Cell, measure: Measure, known: _Known) -> Cell:
    place = (one.municipality, INVOICE, one.period)
    if one.value is None or other.value is None:
        return Cell(*place, measure, Status.NOT_SHOWN)
    cents = one.value + other.value
    if measure in _FORESEEN:
        step = _step(one, known)
        cents = (2 * cents + step) // (2 * step) * step
    return euro_cell(*place, measure, cents)


def _step(one: Cell, known: _Known) -> int:
    """The step of the forecast by causation, so that the sum does not look more exact than that."""
    point, low, high = (
        known.get((*one.key, m))
        for m in (Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH)
    )
    cents = (point.value if point else None) or 0
    if low is None or high is None or low.value is None or high.value is None:
        return published_step(cents, unknown_width(cents))
    return published_step(cents, high.value - low.value)


def _prior_years(known: _Known) -> Iterator[Cell]:
    """Corrections of earlier years beside a final adjustment that is shown."""
    for (code, service, year, measure), cell in known.items():
        if measure is Measure.ADJUSTMENT and service == ANY and cell.value is not None:
            lines = [
                known.get((code, ANY, year, Measure.PRIOR_YEAR)),
                known.get((code, SHARED, year, Measure.SHARED_PRIOR_YEAR)),
            ]
            cents = [line.value or 0 for line in lines if line]
            if (code, SHARED, year, Measure.SHARED_ADJUSTMENT) in known and cents:
                yield euro_cell(code, INVOICE, year, Measure.INVOICE_PRIOR_YEAR, sum(cents))
