"""The printed table behind every estimate on a page (R10), and what of it the ledger says.

A row is an ``assumption`` with its reference, ``measured`` once a year on exact series and adopted as a
dated value, or computed from approved figures (``ledger``).
Values are text as they are printed; the program computes from the printed text, like any reader.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import Literal

from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.ledger import Record
from kuntakoonti.public.pages import PublicModel

RowKind = Literal["ledger", "assumption", "measured"]
FEWEST_ERRORS = 10  # earlier forecasts of a municipality without which the ledger gives no range


class EstimateRow(PublicModel):
    """One row of the table; ``values``: "" or service → the value as text, lists by ``; ``."""

    name: str
    kind: RowKind
    reference: str
    values: dict[str, str]


@dataclass(frozen=True)
class EstimateTable:
    """The rows of a release, and the two rules that estimates need besides.

    ``threshold`` is the middle of marks; ``steps``: of a recorded cost below a million and from it.
    """

    rows: tuple[EstimateRow, ...]
    threshold: int
    steps: tuple[int, int]

    @cached_property
    def _values(self) -> dict[str, dict[str, str]]:
        return {row.name: row.values for row in self.rows}

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(self._values["unit_cost"])

    @cached_property
    def unit_cents(self) -> dict[str, Fraction]:
        """Service → cents of a client-month."""
        return {s: 100 * Fraction(euros) for s, euros in self._values["unit_cost"].items()}

    def level(self, service: str, month: str) -> Fraction:
        """The level of prices in a month: 1, but for a change that is known beforehand.

        A month before the first level has the first one's.
        """
        first, *later = self._levels.get(service, (("", Fraction(1)),))
        return next((level for start, level in reversed(later) if start <= month), first[1])

    def level_of_year(self, service: str, year: str) -> Fraction:
        """The mean level of a year's months."""
        return sum((self.level(service, f"{year}-{m:02d}") for m in range(1, 13)), Fraction(0)) / 12

    @cached_property
    def _levels(self) -> dict[str, tuple[tuple[str, Fraction], ...]]:
        """Service → first month and level, in the order of time."""
        said = self._values.get("price_level", {})
        pairs = {s: (step.split(" ") for step in text.split("; ")) for s, text in said.items()}
        return {s: tuple((month, Fraction(n)) for month, n in of) for s, of in pairs.items()}

    @property
    def own_cents(self) -> Fraction:
        """Recorded cost at which a municipality's own level of costs weighs as much as the area's."""
        return 100 * Fraction(self._values["own_cost"][""])

    @property
    def own_clients(self) -> Fraction:
        """Client-months at which its own level of clients weighs as much as its budget."""
        return Fraction(self._values["own_clients"][""])

    def half_percent(self, month: int) -> int | None:
        """Half of a range in per cent of the forecast after a month; None where nothing says it.

        Of the area's own earlier forecasts where there are enough of them, else assumed.
        """
        for name in ("own_half_range", "half_range"):
            found = self._values.get(name, {}).get(f"{month:02d}")
            if found:
                return int(found)
        return None

    @property
    def errors(self) -> tuple[int, int, int] | None:
        """Earlier forecasts, the area's mean error and a municipality's in per cent; None: none."""
        found = self._values.get("past_error")
        return (int(found["number"]), int(found["area"]), int(found["members"])) if found else None

    def turnover(self, service: str) -> Fraction:
        """Distinct clients of a quarter ÷ those of an average month; over services the mean."""
        found = self._values["turnover"]
        if service != ANY:
            return Fraction(found[service])
        return sum(map(Fraction, found.values()), Fraction(0)) / len(found)

    def recorded(self, service: str, delay: Fraction) -> Fraction:
        """The share of a service month's cost that is usually recorded after so many months."""
        return _at(self._curves["recorded_share", service], delay)

    def known(self, service: str, delay: Fraction) -> Fraction:
        """The share of its client-months; over services the least."""
        services = self.services if service == ANY else (service,)
        return min(_at(self._curves["known_share", s], delay) for s in services)

    def age(self, month: str) -> int:
        """Months of records, the given one included."""
        first = self._values["records_from"][""]
        return 12 * (int(month[:4]) - int(first[:4])) + int(month[5:]) - int(first[5:]) + 1

    def step(self, cents: int) -> int:
        """The class width of a recorded cost that is printed so."""
        return self.steps[abs(cents) >= 100_000_000]

    @cached_property
    def _curves(self) -> dict[tuple[str, str], tuple[Fraction, ...]]:
        return {
            (name, service): tuple(Fraction(p) / 100 for p in text.split("; "))
            for name in ("recorded_share", "known_share")
            for service, text in self._values[name].items()
        }


def _at(curve: Sequence[Fraction], delay: Fraction) -> Fraction:
    """A curve between its whole months; nothing a month before the first, the last for ever."""
    if delay <= -1:
        return Fraction(0)
    before = floor(delay)
    low = curve[min(before, len(curve) - 1)] if before >= 0 else Fraction(0)
    high = curve[min(before + 1, len(curve) - 1)]
    return low + (high - low) * (delay - before)


@dataclass(frozen=True)
class PastForecast:
    """A published forecast of a municipality's year and what the final adjustment then said."""

    municipality: str
    release: str
    month: int
    forecast_cents: int
    actual_cents: int


def past_forecasts(records: Iterable[Record]) -> tuple[PastForecast, ...]:
    """Every approved month's forecast of its own year whose final adjustment is approved, too."""
    records = tuple(records)
    actual = {
        c.key: c.value for r in records for c in r.cells if _is_total(c, r) and c.value is not None
    }
    months = [r for r in records if r.version == 1 and ReleaseName(r.release).kind == "month"]
    return tuple(
        PastForecast(c.municipality, r.release, int(r.month[5:]), c.value, actual[c.key])
        for r in months
        for c in r.cells
        if c.measure is Measure.FORECAST and c.period == r.month[:4] and c.value is not None
        if actual.get(c.key, 0) > 0
    )


def _is_total(cell: Cell, record: Record) -> bool:
    of_year = ReleaseName.of_year_end(cell.period, final=True) == record.release
    return cell.measure is Measure.ACTUAL and cell.service == ANY and of_year


def ledger_rows(records: Iterable[Record], month: str, cover: Fraction) -> Iterator[EstimateRow]:
    """Range and past errors from approved figures alone; none while there are too few."""
    past = [p for p in past_forecasts(records) if p.forecast_cents > 0]
    said = "public forecasts of the same months of earlier years and their final adjustments"
    halves = {f"{number:02d}": _half(past, number, cover) for number in range(1, 13)}
    halves = {number: half for number, half in halves.items() if half}
    if halves:
        yield EstimateRow(name="own_half_range", kind="ledger", reference=said, values=halves)
    same = [p for p in past if p.month == int(month[5:])]
    if month[5:] not in halves:
        return
    members = [_missed(p.forecast_cents, p.actual_cents, p.actual_cents) for p in same]
    values = {
        "area": str(ceil(_area_error(same))),
        "members": str(ceil(sum(members, Fraction(0)) / len(members))),
        "number": str(len(same)),
    }
    yield EstimateRow(name="past_error", kind="ledger", reference=said, values=values)


def _half(past: Iterable[PastForecast], number: int, cover: Fraction) -> str:
    """Half a range after so many months, from forecasts of it and the months beside it; "" with too few."""
    near = [p for p in past if abs(p.month - number) <= 1]
    if all(p.month != number for p in near):
        return ""
    errors = [_missed(p.forecast_cents, p.actual_cents, p.forecast_cents) for p in near]
    return str(ceil(_quantile(errors, cover))) if len(errors) >= FEWEST_ERRORS else ""


def _missed(forecast: int, actual: int, base: int) -> Fraction:
    return Fraction(100 * abs(forecast - actual), base)


def _quantile(errors: list[Fraction], share: Fraction) -> Fraction:
    """The smallest error that at least this share of them do not exceed."""
    return sorted(errors)[max(ceil(share * len(errors)), 1) - 1]


def _area_error(past: Sequence[PastForecast]) -> Fraction:
    """The mean over releases of how far the sums of forecasts missed, in per cent."""
    by_release: dict[str, list[PastForecast]] = {}
    for one in past:
        by_release.setdefault(one.release, []).append(one)
    found = list[Fraction]()
    for of in by_release.values():
        actual = sum(p.actual_cents for p in of)
        found.append(_missed(sum(p.forecast_cents for p in of), actual, actual))
    return sum(found, Fraction(0)) / len(found)


def with_rows(
    assumed: Iterable[EstimateRow], ledger: Iterable[EstimateRow]
) -> tuple[EstimateRow, ...]:
    """The rows of a release: what the ledger says takes the place of an assumption."""
    found: Mapping[str, EstimateRow] = {row.name: row for row in (*assumed, *ledger)}
    return tuple(found.values())
