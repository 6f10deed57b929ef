"""What the analyst looks at before anything leaves the restricted room: problems, books, cells."""

import csv
import json
from pathlib import Path

import pandas as pd

from kuntakoonti.errors import Problem, Severity
from kuntakoonti.figures.advances import MISMATCH_SENTENCES
from kuntakoonti.figures.costs import Costs
from kuntakoonti.figures.counts import Counts
from kuntakoonti.intake import SENTENCES
from kuntakoonti.protected import Cell, Measure

PROBLEM_COLUMNS = ("severity", "file", "line", "column", "kind", "sentence")


def sentence(problem: Problem) -> str:
    """What is wrong and what to write instead; never a cell of a person's record."""
    known = {**SENTENCES, **MISMATCH_SENTENCES}
    return known[problem.kind].format(**dict(problem.values))


def problem_line(problem: Problem) -> str:
    """One problem as a line: how bad, where, what."""
    where = [problem.file]
    where += [f"rivi {problem.line}"] if problem.line else []
    where += [f"sarake {problem.column}"] if problem.column else []
    mark = "PYSÄYTTÄÄ" if problem.severity is Severity.STOP else "huomautus"
    return f"{mark}  {', '.join(where)}: {sentence(problem)}"


def problems_frame(problems: tuple[Problem, ...]) -> pd.DataFrame:
    """All problems: severity, file, line, column, kind, sentence."""
    return pd.DataFrame([_row(p) for p in problems], columns=list(PROBLEM_COLUMNS))


def balance_frame(costs: Costs) -> pd.DataFrame:
    """Source and allocated cents per service and month, and their difference (always 0)."""
    books = costs.books
    return books.assign(difference_cents=books["source_cents"] - books["allocated_cents"])


def release_frame(counts: Counts, cells: tuple[Cell, ...]) -> pd.DataFrame:
    """Every count position: the exact count beside what becomes visible of it. Restricted."""
    rows = [
        (*c.key, counts.of(*c.key), c.status.value, c.value, c.class_low, c.class_high)
        for c in cells
        if c.measure is Measure.CLIENTS
    ]
    exact = ["municipality", "service", "period", "exact", "status"]
    visible = ["value", "class_low", "class_high"]
    return pd.DataFrame(rows, columns=exact + visible).astype(dict.fromkeys(visible, "Int64"))


def write_problems(problems: tuple[Problem, ...], path: Path) -> None:
    """The problem list as CSV (semicolons, UTF-8 with BOM, as Finnish Excel opens it) and JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(PROBLEM_COLUMNS)
        writer.writerows(_row(p) for p in problems)
    rows = [(p.file, p.line, p.column, p.kind, p.severity.value, p.values) for p in problems]
    path.with_suffix(".json").write_text(json.dumps(rows), encoding="utf-8")


def read_problems(path: Path) -> tuple[Problem, ...]:
    """The problems that `write_problems` left beside its CSV, as they were."""
    rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return tuple(
        Problem(file, line, column, kind, Severity(severity), tuple((k, v) for k, v in values))
        for file, line, column, kind, severity, values in rows
    )


def _row(p: Problem) -> tuple[str, str, int, str, str, str]:
    return p.severity.value, p.file, p.line, p.column, p.kind, sentence(p)
