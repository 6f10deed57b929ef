"""The whole invoice: what is foreseen of it is no sharper than the forecast by causation."""

import pytest

from kuntakoonti.public.cells import ANY, SHARED, Measure, euro_cell
from kuntakoonti.public.invoice import expected_range

YEAR = "2025"
DRAWN = {
    (ANY, Measure.FORECAST): 95_000_000,
    (ANY, Measure.FORECAST_LOW): 75_000_000,
    (ANY, Measure.FORECAST_HIGH): 115_000_000,  # a step of 50,000 €
    (ANY, Measure.EXPECTED_ADJUSTMENT_LOW): -20_000_000,
    (ANY, Measure.EXPECTED_ADJUSTMENT_HIGH): 25_000_000,
}


@pytest.mark.parametrize(
    ("shared", "low", "high"),
    [(0, -200_000, 250_000), (-640_000, -250_000, 250_000), (1, -200_000, 300_000)],
)
def test_a_range_is_rounded_outwards_to_the_forecasts_step(
    shared: int, low: int, high: int
) -> None:
    """In euros; a cent beyond a step reaches to the next one."""
    drawn = {**DRAWN, (SHARED, Measure.SHARED_EXPECTED_ADJUSTMENT): shared}
    cells = [euro_cell("111", s, YEAR, m, cents) for (s, m), cents in drawn.items()]
    assert expected_range(cells, "111", YEAR) == (low * 100, high * 100)


def test_without_both_parts_there_is_no_range() -> None:
    cells = [euro_cell("111", s, YEAR, m, cents) for (s, m), cents in DRAWN.items()]
    assert expected_range(cells, "111", YEAR) is None
