"""What the analyst sees of the forecast, exact: the year, completeness, lags, past forecasts."""

import pandas as pd

from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import year_of
from kuntakoonti.public.cells import Measure
from kuntakoonti.public.estimate_table import past_forecasts
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.forecast.backtest import OURS, Past, backtest
from kuntakoonti.restricted.forecast.baselines import WAYS
from kuntakoonti.restricted.forecast.completeness import LagProposal
from kuntakoonti.restricted.forecast.forecast import cover
from kuntakoonti.restricted.forecast.measured import measured_costs
from kuntakoonti.restricted.forecast.stalls import recordings
from kuntakoonti.restricted.forecast.year import AREA
from kuntakoonti.restricted.intake import Intake
from kuntakoonti.restricted.preparation.context import (
    Figures,
    PreparationContext,
    ProtectedRelease,
)

_OUTLOOK = [
    "municipality", "method", "recorded_cents", "forecast_cents", "low_cents", "high_cents",
    "advance_cents", "adjustment_cents", "trials", "past_error",
]  # fmt: skip
_COMPLETE = ["service", "month", "share", "low", "high", "persons", "certain_from"]
_RECORDED = ["table", "service", "municipality", "newest", "rows", "usual", "since"]
_PAST = list(Past.__dataclass_fields__)


def forecast_frame(figures: Figures) -> pd.DataFrame:
    """The year's outlook in cents, one row a member, the area last; members sum to the area."""
    found = figures.forecast.forecast if figures.forecast else None
    rows = [
        (o.municipality, o.method, o.recorded_cents, o.point_cents, o.low_cents, o.high_cents,
         o.advance_cents, o.adjustment_cents, o.trials, o.past_error)
        for o in ((*found.members.values(), found.area) if found else ())
    ]  # fmt: skip
    cents = dict.fromkeys((c for c in _OUTLOOK if c.endswith("_cents")), "Int64")
    return pd.DataFrame(rows, columns=_OUTLOOK).astype(cents)


def estimate_frame(figures: Figures, release: ProtectedRelease) -> pd.DataFrame:
    """The year's exact forecast beside the one on the page (R10), in cents; one row a member.

    ``difference_cents``: what the page's estimate is more than the exact one.
    """
    found = figures.forecast.forecast if figures.forecast else None
    shown = {
        c.municipality: c.value
        for c in release.record.cells
        if c.measure is Measure.FORECAST and found and c.period == found.year
    }
    rows = (
        [(code, o.point_cents, shown.get(code)) for code, o in found.members.items()]
        if found
        else []
    )
    names = ["municipality", "forecast_cents", "published_cents"]
    frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[1:], "Int64"))
    return frame.assign(difference_cents=frame["published_cents"] - frame["forecast_cents"])


def recording_frame(figures: Figures, brief: bool = False) -> pd.DataFrame:
    """What was recorded in the last four weeks beside what is usual, by table, service and member.

    ``newest``: the day of the newest row; ``since``: the first day of a stall. The row `area` is of
    all members; ``brief``: without members whose recording has not stalled.
    """
    found = recordings(figures.forecast.development) if figures.forecast else ()
    rows = [
        (
            r.table,
            r.service,
            r.member or AREA,
            r.volume.newest,
            r.volume.found,
            r.volume.usual,
            r.since,
        )
        for r in found
        if r.since or not (brief and r.member)
    ]
    return pd.DataFrame(rows, columns=_RECORDED).astype({"rows": "Int64", "usual": "Int64"})


def completeness_frame(figures: Figures, newest: int = 6) -> pd.DataFrame:
    """Share recorded of each service month's cost in the end, with its range and the legal limit.

    Of so many of the newest months.
    """
    found = figures.forecast.completeness if figures.forecast else ()
    months = sorted({c.month for c in found})[-newest:]
    found = tuple(c for c in found if c.month in months)
    rows = [[getattr(c, name) for name in _COMPLETE] for c in found]
    return pd.DataFrame(rows, columns=_COMPLETE)


def lags_frame(room: PreparationContext, figures: Figures) -> pd.DataFrame:
    """A measured ``closing_lag`` per service, what is in force, and what to do about it."""
    now = room.parameters.rules.closing_lag.at(room.as_of)
    found = figures.forecast.lags if figures.forecast else ()
    rows = [
        (p.service, now[p.service], p.lag, p.months, p.client_months, *_shares(p),
         _advice(p, now[p.service], room.language))
        for p in found
    ]  # fmt: skip
    names = ["service", "in_force", "proposed", "months", "client_months", "share_0", "share_1",
             "share_2", "share_3", "advice"]  # fmt: skip
    return pd.DataFrame(rows, columns=names).astype({"proposed": "Int64"})


def measured_frame(
    room: PreparationContext, intake: Intake, figures: Figures, release: ProtectedRelease
) -> pd.DataFrame:
    """A final adjustment's proposal for ``average_cost``: in euros beside what is in force.

    ``measured`` is empty where too few stand behind it or a few persons would change it.
    """
    rules, year = room.parameters.rules, year_of(room.month)
    in_force = rules.average_cost.at(room.as_of)
    found = (
        measured_costs(
            intake.warehouse,
            figures.costs,
            release.record.cells,
            year,
            rules.threshold.at(room.as_of),
        )
        if room.kind == "final"
        else ()
    )
    names = ["service", "in_force", "measured", "members", "clients"]
    rows = [
        (m.service, int(in_force[m.service]), m.cents and m.cents // 100, m.members, m.clients)
        for m in found
    ]
    return pd.DataFrame(rows, columns=names).astype({"measured": "Int64"})


def _shares(found: LagProposal) -> tuple[float | None, ...]:
    """The shares of client-months known after 0 to 3 months."""
    return (*found.shares, None, None, None, None)[:4]


def _advice(found: LagProposal, now: int, say: Language) -> str:
    """Short enough for a cell of a notebook."""
    if found.lag is None:
        return say.text("There is no proposal: too few months.")
    if found.lag == now:
        return say.text("The value in force is enough.")
    return say.text("Take it into use at the turn of the year: rules.yml.")


def backtest_frame(room: PreparationContext, figures: Figures) -> pd.DataFrame:
    """Write the back-test to ``restricted/foresight/`` and sum it up: one row a month.

    By way the mean |forecast − actual| ÷ actual over members; ``area``: the forecast's for the area; ``published``: of the estimates on the pages;
    ``held``: the share of members' ranges that held what came. Empty before a year has closed.
    """
    made, restricted = figures.forecast, room.settings.target.restricted / "foresight"
    found = backtest(made, cover(room.parameters, room.month)) if made else ()
    rows = pd.DataFrame([[getattr(p, c) for c in _PAST] for p in found], columns=_PAST)
    cents = dict.fromkeys((c for c in _PAST if c.endswith("_cents")), "Int64")
    rows = rows.astype(cents)
    restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows.to_csv(restricted / f"{room.release}-backtest.csv", index=False)
    summed = _summed(rows)
    return summed.assign(published=summed["month"].map(_published_errors(room.archive)))


def _published_errors(archive: Archive) -> dict[str, float]:
    """Month → the mean error of the forecasts that its pages showed, of years that are settled."""
    missed: dict[str, list[float]] = {}
    for past in past_forecasts(archive.records):
        error = abs(past.forecast_cents - past.actual_cents) / past.actual_cents
        missed.setdefault(past.release, []).append(error)
    return {month: sum(errors) / len(errors) for month, errors in missed.items()}


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """Errors and coverage by month; only an actual cost above 0 can be missed by a share."""
    known = rows[rows["actual_cents"] > 0]
    missed = (known["forecast_cents"] - known["actual_cents"]).abs() / known["actual_cents"]
    known = known.assign(missed=missed.astype("Float64"))
    whole, ours = known["municipality"].eq(AREA), known["way"].eq(OURS)
    by_way = (
        known[~whole]
        .pivot_table(index="month", columns="way", values="missed")
        .reindex(columns=[OURS, *WAYS])
    )
    area = known[whole & ours].set_index("month")["missed"]
    ranged = known[ours & ~whole & known["low_cents"].notna()]
    inside = ranged["actual_cents"].between(ranged["low_cents"], ranged["high_cents"])
    held = inside.astype("Float64").groupby(ranged["month"]).mean()
    return by_way.assign(area=area, held=held).rename_axis(columns=None).reset_index()
