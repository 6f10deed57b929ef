"""The accountant's books of a preparation, and what changed since the last release: restricted."""

import pandas as pd

from kuntakoonti.calendar import year_of
from kuntakoonti.errors import Problem, Severity
from kuntakoonti.figures.adjustment import amounts_by_year
from kuntakoonti.inspection import (
    changes_frame,
    exact_frame,
    published_frame,
    read_problems,
    reconciliation_frame,
    write_problems,
)
from kuntakoonti.protected import Measure, Status
from kuntakoonti.rules import ANY
from kuntakoonti.workroom import Figures, Release, Workroom

_EXACT_TYPES = {"municipality": "str", "service": "str", "period": "str"} | dict.fromkeys(
    ("clients", "cents"), "Int64"
)


def keep_books(room: Workroom, figures: Figures, release: Release) -> pd.DataFrame:
    """Write the accountant's books and the exact figures to ``restricted/``; the largest changes.

    ``reconciliation/``: source to allocated per service and month, and in a final adjustment
    members' actual cost to published; ``area/``: the exact figures. The changes are against the
    exact figures of the last approved release.
    """
    restricted, name = room.settings.restricted, room.release
    exact = exact_frame(figures.counts, figures.costs)
    books = {
        f"reconciliation/{name}.csv": reconciliation_frame(figures.costs),
        f"area/{name}.csv": exact,
    }
    if room.kind == "final":
        year, cells = year_of(room.month), release.record.cells
        shown = published_frame(figures.costs, cells, year)
        books[f"reconciliation/{name}-published.csv"] = shown
    for path, frame in books.items():
        (restricted / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        frame.to_csv(restricted / path, index=False)
    problems = restricted / "problems.csv"
    echoes = budget_echoes(room, figures, release)
    if room.settings.stage and echoes:
        found = tuple(sorted((*read_problems(problems), *echoes)))
        write_problems(found, problems, room.language)
    return changes_frame(exact, _last_exact(room, exact))


def budget_echoes(room: Workroom, figures: Figures, release: Release) -> tuple[Problem, ...]:
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


def _last_exact(room: Workroom, exact: pd.DataFrame) -> pd.DataFrame:
    """The exact figures of the last approved release; none if there are none."""
    released = [r.release for r in room.archive.records if not r.correction]
    path = room.settings.output / "restricted" / "area" / f"{released[-1] if released else ''}.csv"
    return pd.read_csv(path, dtype=_EXACT_TYPES) if path.exists() else exact.head(0)
