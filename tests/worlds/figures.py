"""Exact figures without records: counts, years and forecasts as they come to the disclosure rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
from worlds.drawn import (
    PARAMETERS,
)

from kuntakoonti.core.periods import last_day, months_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure, Plan, Status
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.restricted.disclosure.adjustment import (
    settlement_cells,
)
from kuntakoonti.restricted.disclosure.counts import Moment, count_cells
from kuntakoonti.restricted.disclosure.grain import periods_of_grain
from kuntakoonti.restricted.figures.adjustment import (
    Year,
)
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.figures.counts import Counts
from kuntakoonti.restricted.forecast.completeness import Completeness
from kuntakoonti.restricted.forecast.forecast import AreaForecast, When
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development
from kuntakoonti.restricted.forecast.year import AREA, Forecast, Method, YearForecast

KOTO = "kotoutumiskoulutus"
SERVICES = ("palkkatuki", "starttiraha", KOTO)
NUMBER = Cell("204", "palkkatuki", "2025-12", Measure.CLIENTS, Status.FINAL, 9)


def drawn_year(clients: Sequence[int] = (9, 9, 9), **changes: object) -> Year:
    """A year of Kaavi: clients and amounts by service, in whole euros each."""
    by_service = dict(zip(SERVICES, clients, strict=True))
    year = Year(
        municipality="204",
        year="2025",
        budget=dict.fromkeys(SERVICES, 100_000),
        advances=dict(zip(SERVICES, (80_000, 10_000, 10_000), strict=True)),
        actual=dict(zip(SERVICES, (60_000, 20_000, 15_000), strict=True)),
        clients={**by_service, ANY: sum(clients)},
        correction={},
        correction_clients=0,
    )
    return replace(year, **changes)  # type: ignore[arg-type]


def shown(year: Year) -> dict[tuple[str, str], int | str]:
    """(service, measure) → cents, or the status of what is hidden."""
    cells = settlement_cells(year, PARAMETERS, (NUMBER,))
    return {
        (c.service, c.measure.value): c.status.value if c.value is None else c.value for c in cells
    }


NO_ADVANCES = Advances({}, (), {})
MONTHLY = Plan("per_service", {"palkkatuki": "month"}, "decision", "drawn")


def drawn(rows: dict[tuple[str, str, str], int], month: str = "2025-08") -> Counts:
    """Counts by (municipality, service, period); everything else is zero."""
    columns = ["municipality", "service", "period", "clients"]
    frame = pd.DataFrame([(*k, n) for k, n in rows.items()], columns=columns)
    return Counts(frame, date(2025, 9, 15), month)


def visible(
    counts: Counts,
    month: str,
    as_of: date,
    plan: Plan = MONTHLY,
    archive: Archive | None = None,
    parameters: Parameters = PARAMETERS,
) -> dict[tuple[str, str], Cell]:
    """Tuusniemi's count cells of a release by (service, period)."""
    moment = Moment(month, as_of, archive or Archive())
    year = month[:4]
    plans = {year: {"857": plan}, str(int(year) - 1): {"857": plan}}
    cells = count_cells(counts, plans, parameters, moment)
    return {(c.service, c.period): c for c in cells}


def released(cells: dict[tuple[str, str], Cell], name: str) -> Archive:
    """An archive that holds just these cells."""
    plans = {name[:4]: {"857": MONTHLY}}
    as_of = last_day(name)
    record = Record(name, name, as_of, "controller", "", "", plans, tuple(cells.values()))
    return Archive((record,), "0" * 64)


def last_years(
    months: list[int],
    quarters: list[int],
    service: str,
    more: dict[tuple[str, str, str], int] | None = None,
) -> Counts:
    """Tuusniemi's counts of 2025 by month and by quarter, as they are known in January 2026."""
    rows = {("857", service, m): n for m, n in zip(months_of("2025"), months, strict=True)}
    of_quarters = zip(periods_of_grain("quarter", "2025"), quarters, strict=True)
    rows |= {("857", service, q): n for q, n in of_quarters}
    return drawn(rows | (more or {}), "2026-01")


EMPTY = Changes((0, 0, 0), *(3 * [()]))  # type: ignore[arg-type]


def outlook(
    code: str = "857",
    point: int | None = 164_321_00,
    margin: int | None = 17_500_00,
    method: Method = "client_months",
    missed: float | None = 0.0512,
) -> YearForecast:
    return YearForecast(code, method, point, margin, margin, 90_000_00, 141_000_00, 8, missed)


def foresight(
    *members: YearForecast,
    completeness: tuple[Completeness, ...] = (),
    area: YearForecast | None = None,
) -> AreaForecast:
    """A forecast of 2026 after August, as of 15 September."""
    by_code = {m.municipality: m for m in members}
    whole = area or outlook(AREA, method=members[0].method if members else "client_months")
    found = Forecast("2026", "2026-08", date(2026, 9, 15), by_code, whole)
    history = Development(Axes((), (), ()), date(2026, 9, 15), EMPTY, EMPTY, EMPTY)
    when = When("2026-08", date(2026, 9, 15), date(2027, 2, 28))
    return AreaForecast(found, completeness, (), history, when)


def clients(number: int, code: str = "297", month: str = "2026-07") -> Cell:
    return Cell(code, "palkkatuki", month, Measure.CLIENTS, Status.FINAL, number)


def month(
    name: str = "2026-07",
    share: float | None = 0.424,
    low: float | None = 0.391,
    high: float | None = 0.438,
    persons: int = 300,
) -> Completeness:
    return Completeness("palkkatuki", name, share, low, high, persons, None)
