"""The accountant's reconciliation of a preparation, and what changed since the last release: restricted."""

from io import StringIO

import pandas as pd

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.core.periods import first_day, year_of
from kuntakoonti.core.read_back import is_there, parsed, text_of
from kuntakoonti.public.cells import ANY, Measure, Status
from kuntakoonti.restricted.disclosure.adjustment import TOTAL_SERVICES
from kuntakoonti.restricted.figures.adjustment import amounts_by_year
from kuntakoonti.restricted.figures.mismatches import problem_of
from kuntakoonti.restricted.figures.prices import fixed_prices
from kuntakoonti.restricted.intake.problem_list import read_problems, write_problems
from kuntakoonti.restricted.preparation.context import Figures, PreparationContext, ProtectedRelease
from kuntakoonti.restricted.preparation.forecast_tables import (
    completeness_frame,
    estimate_frame,
    forecast_frame,
    recording_frame,
)
from kuntakoonti.restricted.preparation.refusals import keep_refusal
from kuntakoonti.restricted.preparation.tables import (
    changes_frame,
    exact_frame,
    published_frame,
    reconciliation_frame,
    shared_frame,
)

_EXACT_TYPES = {"municipality": "str", "service": "str", "period": "str"} | dict.fromkeys(
    ("clients", "cents"), "Int64"
)


@keep_refusal
def write_reconciliation(
    room: PreparationContext, figures: Figures, release: ProtectedRelease
) -> pd.DataFrame:
    """Write the reconciliation and the exact figures to ``restricted/``; the largest changes.

    ``reconciliation/``: source to allocated per service and month, and in a final adjustment
    members' actual cost to published; ``area/``: the exact figures; ``foresight/``: the exact
    forecast, completeness, what was recorded lately, and the forecast beside the one on the page.
    The changes are against the exact figures of the last approved release.
    """
    restricted, name = room.settings.target.restricted, room.release
    exact = exact_frame(figures.counts, figures.costs)
    tables = {
        f"reconciliation/{name}.csv": reconciliation_frame(figures.costs),
        f"area/{name}.csv": exact,
        f"foresight/{name}.csv": forecast_frame(figures),
        f"foresight/{name}-published.csv": estimate_frame(figures, release),
        f"foresight/{name}-completeness.csv": completeness_frame(figures, newest=999),
        f"foresight/{name}-recording.csv": recording_frame(figures),
    }
    if room.kind == "final":
        year, cells = year_of(room.month), release.record.cells
        shown = published_frame(figures.costs, cells, year)
        tables[f"reconciliation/{name}-published.csv"] = shown
    if figures.shared:
        tables[f"reconciliation/{name}-shared.csv"] = shared_frame(figures.shared.costs)
    for path, frame in tables.items():
        (restricted / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        frame.to_csv(restricted / path, index=False)
    problems = room.settings.target.problems
    noted = (
        *budget_echoes(room, figures, release),
        *price_notes(room, figures),
        *(problem_of(m) for m in figures.mismatches),
        *(problem_of(m) for m in (figures.shared.mismatches if figures.shared else ())),
    )
    noted += figures.forecast.stalls if figures.forecast else ()
    if room.settings.stage and noted:
        found = tuple(sorted((*read_problems(problems), *noted)))
        write_problems(found, problems, room.language)
    return changes_frame(exact, _last_exact(room, exact))


def budget_echoes(
    room: PreparationContext, figures: Figures, release: ProtectedRelease
) -> tuple[Problem, ...]:
    """R7: a service's budget that equals last year's hidden actual would tell it; noted."""
    now = amounts_by_year(figures.costs)
    cells = [c for r in (*room.archive.records, release.record) for c in r.cells]
    hidden = {
        c.key
        for c in cells
        if c.measure is Measure.ACTUAL and c.status is Status.NOT_SHOWN and c.service != ANY
    }
    found = []
    for municipality, service, year in sorted(hidden):
        budget = figures.advances.budgets.get((str(int(year) + 1), municipality, service))
        actual = now.get(year, {}).get(municipality, {}).get(service, 0)
        if budget and budget == actual:
            place = (("place", f"{municipality} {service} {int(year) + 1}"),)
            kind = "budget_equals_hidden_actual"
            found.append(Problem("budgets", 0, "amount", kind, Severity.NOTE, place))
    return tuple(found)


def price_notes(room: PreparationContext, figures: Figures) -> tuple[Problem, ...]:
    """R7: a fixed price makes a service's cost its count, so that a total needs one service more.

    Noted while `total_services` is below three and one for each such service (decision 0022).
    """
    year = year_of(room.month)
    fixed, rule = fixed_prices(figures.costs, year), room.parameters.rules.total_services
    needed, day = TOTAL_SERVICES + len(fixed), first_day(year)
    if (rule.at(day) if rule else TOTAL_SERVICES) >= needed:
        return ()
    known = (("year", year), ("day", day.isoformat()), ("value", str(needed)))
    return tuple(
        Problem("costs", 0, "amount", "fixed_price", Severity.NOTE, (("service", s), *known))
        for s in fixed
    )


def _last_exact(room: PreparationContext, exact: pd.DataFrame) -> pd.DataFrame:
    """The exact figures of the last approved release; none if there are none."""
    released = [r.release for r in room.archive.records if not r.correction]
    path = room.settings.output.exact(released[-1] if released else "")
    if not is_there(path):
        return exact.head(0)
    return parsed(path, text_of(path), lambda text: _frame(text)[list(exact.columns)])


def _frame(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), dtype=_EXACT_TYPES)
