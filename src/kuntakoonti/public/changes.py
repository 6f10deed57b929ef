"""What has changed since a municipality's last annex, from the ledger's published figures alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.ledger import Archive, Record

ChangeKind = Literal["forecast", "budget", "closed", "invoiced"]
_CLOSED = (Status.FINAL, Status.UNDER_THRESHOLD)


@dataclass(frozen=True)
class Change:
    """A figure as the last annex showed it and as it is shown now."""

    kind: ChangeKind
    before: Cell
    after: Cell


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

    A forecast has changed if it left its earlier range, a count if it became exact, a budget and the
    advances of a year if they are another amount.
    """
    old = {(c.key, c.measure): c for c in before if c.municipality == municipality}
    new = [c for c in after if c.municipality == municipality and (c.key, c.measure) in old]
    pairs = [(old[c.key, c.measure], c) for c in new]
    return tuple(
        Change(kind, was, now)
        for kind in ("forecast", "budget", "closed", "invoiced")
        for was, now in pairs
        if kind in _kinds(was, now, old)
    )


def _kinds(
    was: Cell, now: Cell, old: dict[tuple[tuple[str, str, str], Measure], Cell]
) -> Iterator[ChangeKind]:
    if now.measure is Measure.CLIENTS:
        if was.status is Status.PRELIMINARY and now.status in _CLOSED:
            yield "closed"
        return
    if now.service != ANY or len(now.period) != len("2025") or was.value == now.value:
        return
    if now.measure is Measure.BUDGET:
        yield "budget"
    elif now.measure is Measure.ADVANCE:
        yield "invoiced"
    elif now.measure is Measure.FORECAST and now.value is not None:
        ends = [old.get((now.key, m)) for m in (Measure.FORECAST_LOW, Measure.FORECAST_HIGH)]
        low, high = (end.value if end else None for end in ends)
        if low is not None and high is not None and not low <= now.value <= high:
            yield "forecast"
