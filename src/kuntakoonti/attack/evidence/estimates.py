"""What is foreseen: an estimate adds no equality, so its form is what must hold.

A forecast is one rounded total that stands beside the rounded cost of the same page; a percentage is
of the whole area, with enough visible persons. Anything else could carry a hidden figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kuntakoonti.attack.evidence.public_facts import ANY, grain_of
from kuntakoonti.attack.evidence.released_files import Public, Row
from kuntakoonti.attack.evidence.steps import LARGE, MILLION, SMALL, forecast_step
from kuntakoonti.core.release_name import ReleaseName

FORECAST = ("forecast_cents", "forecast_low_cents", "forecast_high_cents")
EXPECTED = (
    "expected_adjustment_cents", "expected_adjustment_low_cents", "expected_adjustment_high_cents",
)  # fmt: skip
COMPLETE = ("completeness_percent", "completeness_low_percent", "completeness_high_percent")
ERRORS = ("forecast_error_percent", "forecast_error_members_percent")
Break = tuple[str, str, tuple[str, ...]]  # guarantee, what, place


def estimate_breaks(public: Public) -> Iterator[Break]:
    """Where an estimate is not of the form that reveals nothing: guarantee, what, place."""
    pages = _Pages(public)
    for row in public.rows:
        place = (row.release, row.municipality, row.service, row.period)
        if row.measure in FORECAST:
            yield from (("G4", what, place) for what in pages.forecast_breaks(row))
        elif row.measure in EXPECTED:
            yield from (("G4", what, place) for what in pages.adjustment_breaks(row))
        elif row.measure.endswith("_percent"):
            yield from (("G5", what, place) for what in pages.percent_breaks(row))


@dataclass(frozen=True)
class _Pages:
    public: Public

    @cached_property
    def figures(self) -> dict[tuple[str, str, str, str, str], Row]:
        """Release, municipality, service, period, measure → what is shown."""
        return {
            (r.release, r.municipality, r.service, r.period, r.measure): r for r in self.public.rows
        }

    @cached_property
    def visible(self) -> dict[tuple[str, str, str], int]:
        """Release, service, month → clients that the members' pages show, at least."""
        found: dict[tuple[str, str, str], int] = {}
        for row in self.public.rows:
            if row.measure == "clients" and not row.is_area and grain_of(row.period) == "month":
                place = (row.release, row.service, row.period)
                shown = row.value if row.value is not None else row.low or 0
                found[place] = found.get(place, 0) + shown
        return found

    @cached_property
    def order(self) -> dict[str, int]:
        return {release.name: i for i, release in enumerate(self.public.releases)}

    def value(self, row: Row, measure: str) -> int | None:
        """Another measure of the same figure."""
        place = (row.release, row.municipality, row.service, row.period, measure)
        return self.figures[place].value if place in self.figures else None

    def forecast_breaks(self, row: Row) -> Iterator[str]:
        """Of one total, only beside the rounded cost, on the grid, in order, of this or last year."""
        if row.service != ANY:
            yield "a forecast of a service"
        years = (row.release[:4], str(int(row.release[:4]) - 1))
        if row.is_area or grain_of(row.period) != "year" or row.period not in years:
            yield "a forecast of something else than a municipality's year"
        if row.value is None:
            return
        if self.value(row, "actual_rounded_cents") is None:
            yield "a forecast though the recorded cost is not shown"
        if self._is_settled(row):
            yield "a forecast of a closed year"
        if row.measure == FORECAST[0]:
            yield from self._grid_breaks(row)
        elif self.value(row, FORECAST[0]) is None:
            yield "a range without a forecast"

    def _grid_breaks(self, row: Row) -> Iterator[str]:
        """Point and range are multiples of a step as coarse as R7 and as a tenth of the range."""
        point = row.value or 0
        low, high = (self.value(row, measure) for measure in FORECAST[1:])
        least = LARGE if abs(point) > MILLION else SMALL
        if (low is None) is not (high is None):
            yield "an end of the range is missing"
        elif low is None or high is None:
            if point % least:
                yield "the forecast is not rounded"
        elif not low <= point <= high:
            yield "the forecast is outside its range"
        elif not any(not (point % s or low % s or high % s) for s in _steps(least, high - low)):
            yield "the forecast is not rounded"

    def adjustment_breaks(self, row: Row) -> Iterator[str]:
        """Computed again from the forecast and the advances of the same page: it says nothing more."""
        forecast, low, high = (self.value(row, measure) for measure in FORECAST)
        given = dict(zip(EXPECTED, (forecast, low, high), strict=True))[row.measure]
        paid, coming = (self.value(row, m) for m in ("advance_cents", "advance_coming_cents"))
        if row.value is None:
            return
        if row.service != ANY or None in (forecast, given, paid, coming):
            yield "an expected adjustment without a forecast and advances"
            return
        exact = (given or 0) - (paid or 0) - (coming or 0)
        step = forecast_step(forecast or 0, low, high)
        rounded = {
            EXPECTED[0]: (exact + step // 2) // step * step,
            EXPECTED[1]: exact // step * step,
            EXPECTED[2]: (exact + step - 1) // step * step,
        }
        if row.value != rounded[row.measure]:
            yield "the expected adjustment is not the forecast less the advances"

    def _is_settled(self, row: Row) -> bool:
        """Whether the release is a final adjustment, or comes after the year's."""
        final = ReleaseName.of_year_end(row.period, final=True)
        return final in self.order and self.order[final] <= self.order[row.release]

    def percent_breaks(self, row: Row) -> Iterator[str]:
        """Of the area, 0–100 in order; completeness by month with enough visible persons."""
        if not row.is_area:
            yield "a percentage of a municipality"
        if row.value is None:
            return
        if row.measure in ERRORS:
            yield from self._error_breaks(row)
            return
        if row.service == ANY or grain_of(row.period) != "month":
            yield "completeness of something else than a service's month"
        base = self.public.facts_of(row.release).percent_base
        if self.visible.get((row.release, row.service, row.period), 0) < base:
            yield f"a percentage of fewer than {base} persons"
        share, low, high = (self.value(row, measure) for measure in COMPLETE)
        known = [s for s in (low, share, high) if s is not None]
        if share is None or known != sorted(known) or not 0 <= known[0] <= known[-1] <= 100:
            yield "completeness is not within 0–100"

    def _error_breaks(self, row: Row) -> Iterator[str]:
        if row.service != ANY or grain_of(row.period) != "year":
            yield "an error of something else than a year's forecast"
        months = {p for release, _, p in self.visible if release == row.release}
        newest = max((m for m in months if m <= row.release), default="")
        seen = [
            n
            for (release, _, p), n in self.visible.items()
            if (release, p) == (row.release, newest)
        ]
        base = self.public.facts_of(row.release).percent_base
        if max(seen, default=0) < base:
            yield f"a percentage of fewer than {base} persons"


def _steps(least: int, width: int) -> Iterator[int]:
    """The steps that a range of this width may have: outward rounding added at most two of them."""
    step, turn = least, 0
    while step <= max(width, least):
        if 12 * step >= width:
            yield step
        step = step * 5 // 2 if turn % 3 == 1 else step * 2
        turn += 1
