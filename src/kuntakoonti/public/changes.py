"""What has changed since a municipality's last annex, from the ledger's published figures alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.ledger import Archive, Record

ChangeKind = Literal["forecast", "budget", "closed", "invoiced"]
_CLOSED = (Status.FINAL, Status.UNDER_THRESHOLD)
_Cells = Mapping[tuple[tuple[str, str, str], Measure], Cell]


@dataclass(frozen=True)
class Change:
    """A figure as the last annex showed it and as it is shown now.

    ``expected_cents``: of advances, what the advance that the page goes with added to them.
    """

    kind: ChangeKind
    before: Cell
    after: Cell
    expected_cents: int = 0


@dataclass(frozen=True)
class LastForecast:
    """The last forecast of a year that was approved: of which month's release, in cents."""

    month: str
    point_cents: int
    low_cents: int | None
    high_cents: int | None


def last_forecast(archive: Archive, municipality: str, year: str) -> LastForecast | None:
    """What the newest approved release with a forecast of the municipality's year said."""
    place = (municipality, ANY, year)
    for record in reversed(archive.records):
        cents = {c.measure: c.value for c in record.cells if c.key == place}
        point = cents.get(Measure.FORECAST)
        if point is not None:
            low, high = (cents.get(m) for m in (Measure.FORECAST_LOW, Measure.FORECAST_HIGH))
            return LastForecast(record.month, point, low, high)
    return None


def last_annex(archive: Archive, municipality: str, month: str) -> Record | None:
    """The newest approved release of an earlier month that has figures of the municipality."""
    earlier = (
        r for r in reversed(archive.records) if r.month < month and len(r.release) == len(r.month)
    )
    return next((r for r in earlier if any(c.municipality == municipality for c in r.cells)), None)


def changes(before: Iterable[Cell], after: Iterable[Cell], municipality: str) -> tuple[Change, ...]:
    """What both releases show, differently: forecasts, budgets, counts, advances, in this order.

    A forecast has changed if it left its earlier range, a count if it became exact, a budget if it is
    another amount, the advances of a year if anything but this advance was invoiced or credited.
    """
    old = {(c.key, c.measure): c for c in before if c.municipality == municipality}
    mine = [c for c in after if c.municipality == municipality]
    pairs = [(old[c.key, c.measure], c) for c in mine if (c.key, c.measure) in old]
    found = [
        Change(kind, was, now, _expected(now, mine, old) if kind == "invoiced" else 0)
        for kind in ("forecast", "budget", "closed", "invoiced")
        for was, now in pairs
        if kind in _kinds(was, now, old)
    ]
    return tuple(c for c in found if c.kind != "invoiced" or _is_more(c))


def _expected(year: Cell, mine: Iterable[Cell], old: _Cells) -> int:
    """The advance that the page goes with, if it is of the year and the last annex did not have it."""
    return sum(
        c.value or 0
        for c in mine
        if c.measure is Measure.ADVANCE
        and c.service == ANY
        and year.period < c.period < f"{year.period}-~"
        and (c.key, c.measure) not in old
    )


def _is_more(change: Change) -> bool:
    return (change.after.value or 0) != (change.before.value or 0) + change.expected_cents


def _kinds(was: Cell, now: Cell, old: _Cells) -> Iterator[ChangeKind]:
    if now.measure is Measure.CLIENTS:
        if was.status is Status.PRELIMINARY and now.status in _CLOSED:
            yield "closed"
    elif now.service == ANY and len(now.period) == len("2025"):
        if now.measure is Measure.ADVANCE:
            yield "invoiced"
        elif now.measure is Measure.BUDGET and was.value != now.value:
            yield "budget"
        elif now.measure is Measure.FORECAST and _left_its_range(now, old):
            yield "forecast"


def _left_its_range(now: Cell, old: _Cells) -> bool:
    ends = [old.get((now.key, m)) for m in (Measure.FORECAST_LOW, Measure.FORECAST_HIGH)]
    low, high = (end.value if end else None for end in ends)
    known = low is not None and high is not None and now.value is not None
    return known and not (low or 0) <= (now.value or 0) <= (high or 0)
