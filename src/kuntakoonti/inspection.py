"""What the analyst looks at before anything leaves the restricted room: problems, books, cells."""

import csv
import json
from pathlib import Path

import pandas as pd

from kuntakoonti.errors import Problem, Severity, message
from kuntakoonti.figures.costs import UNALLOCATED, Costs
from kuntakoonti.figures.counts import OUTSIDE, Counts
from kuntakoonti.figures.mismatches import MISMATCH_SENTENCES
from kuntakoonti.intake import SENTENCES
from kuntakoonti.language import Language
from kuntakoonti.protected import Cell, Measure, Mismatch
from kuntakoonti.rules import ANY

RELEASE_SENTENCES = {
    "budget_equals_hidden_actual": message(
        "Talousarvio on sama kuin viime vuoden toteuma, jota ei esitetä: {place}. "
        "Pyöristä talousarvio, ettei se kerro toteumaa."
    ),
    "fixed_price": message(
        "Palvelu {service}: asiakaskuukaudella on kustannuksissa {year} yksi kiinteä hinta, joten "
        "yhteissumma voi kertoa muiden palvelujen kustannuksen. Kirjoita tiedostoon rules.yml säännölle "
        "total_services arvo, joka on {day} vähintään {value}."
    ),
}
_EUROS = ("expected", "invoiced")  # values that are cents
PROBLEM_COLUMNS = ("severity", "file", "line", "column", "kind", "sentence")


def sentence(problem: Problem, language: Language) -> str:
    """What is wrong and what to write instead; never a cell of a person's record."""
    known = {**SENTENCES, **MISMATCH_SENTENCES, **RELEASE_SENTENCES}
    values = {k: language.euros(int(v)) if k in _EUROS else v for k, v in problem.values}
    return language.text(known[problem.kind], **values)


def problem_line(problem: Problem, language: Language) -> str:
    """One problem as a line: how bad, where, what."""
    where = [problem.file]
    where += [language.text("rivi {line}", line=problem.line)] if problem.line else []
    where += [language.text("sarake {column}", column=problem.column)] if problem.column else []
    stops = problem.severity is Severity.STOP
    mark = language.text("PYSÄYTTÄÄ") if stops else language.text("huomautus")
    return f"{mark}  {', '.join(where)}: {sentence(problem, language)}"


def problems_frame(problems: tuple[Problem, ...], language: Language) -> pd.DataFrame:
    """All problems: severity, file, line, column, kind, sentence."""
    return pd.DataFrame([_row(p, language) for p in problems], columns=list(PROBLEM_COLUMNS))


def reconciliation_frame(costs: Costs) -> pd.DataFrame:
    """For the accountant: source → members + outside + unallocated, and the difference (0).

    Columns: service, month, source_cents, members_cents, outside_cents, unallocated_cents,
    difference_cents; one row per service and month.
    """
    by = ["service", "month"]
    place = costs.frame["municipality"].where(
        costs.frame["municipality"].isin([OUTSIDE, UNALLOCATED]), "members"
    )
    table = costs.frame.assign(place=place).pivot_table(
        index=by, columns="place", values="cents", aggfunc="sum", fill_value=0
    )
    table = table.reindex(columns=["members", OUTSIDE, UNALLOCATED], fill_value=0)
    named = table.add_suffix("_cents").astype("int64")
    frame = costs.books[[*by, "source_cents"]].merge(named, on=by, how="left")
    parts = frame[list(named.columns)].sum(axis=1)
    return frame.assign(difference_cents=frame["source_cents"] - parts)


def published_frame(costs: Costs, cells: tuple[Cell, ...], year: str) -> pd.DataFrame:
    """Members' actual cost of a year beside what was published of it, in cents.

    ``difference_cents`` is the prior years' correction; it is empty where nothing is shown.
    """
    mine = costs.frame[costs.frame["month"].str[:4].eq(year)]
    exact = mine.groupby("municipality")["cents"].sum()
    shown = {
        c.municipality: c.value
        for c in cells
        if c.measure is Measure.ACTUAL and c.service == ANY and c.value is not None
    }
    rows = [
        (m, int(cents), shown.get(m))
        for m, cents in ((str(k), v) for k, v in exact.items())
        if m not in (OUTSIDE, UNALLOCATED)
    ]
    frame = pd.DataFrame(rows, columns=["municipality", "actual_cents", "published_cents"])
    frame = frame.astype({"published_cents": "Int64"})
    return frame.assign(difference_cents=frame["published_cents"] - frame["actual_cents"])


def exact_frame(counts: Counts, costs: Costs) -> pd.DataFrame:
    """The area's exact figures: municipality, service, period, clients, cents. Restricted."""
    money = costs.frame.rename(columns={"month": "period"})
    keys = ["municipality", "service", "period"]
    merged = counts.frame.merge(money, on=keys, how="outer").sort_values(keys, ignore_index=True)
    return merged.astype({"clients": "Int64", "cents": "Int64"})


def changes_frame(exact: pd.DataFrame, before: pd.DataFrame, largest: int = 20) -> pd.DataFrame:
    """The largest changes of exact figures since the last preparation, in clients or in cents."""
    keys = ["municipality", "service", "period"]
    both = exact.merge(before, on=keys, how="outer", suffixes=("", "_before")).fillna(0)
    change = both.assign(
        clients_change=both["clients"] - both["clients_before"],
        cents_change=both["cents"] - both["cents_before"],
    )
    size = change["clients_change"].abs() * 100_000 + change["cents_change"].abs()
    chosen = change.assign(size=size).query("size > 0").nlargest(largest, "size")
    return chosen[[*keys, "clients_change", "cents_change"]].reset_index(drop=True)


def odd_costs_frame(costs: Costs) -> pd.DataFrame:
    """How many costs had no client-month or no participants, by reason: they need a look."""
    return pd.DataFrame(costs.lists.groupby("reason").size().rename("costs").reset_index())


def mismatches_frame(mismatches: tuple[Mismatch, ...]) -> pd.DataFrame:
    """Invoices that do not agree with budget and schedule."""
    columns = list(Mismatch.__dataclass_fields__)
    return pd.DataFrame([[getattr(m, c) for c in columns] for m in mismatches], columns=columns)


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


def write_problems(problems: tuple[Problem, ...], path: Path, language: Language) -> None:
    """The problem list as CSV (semicolons, UTF-8 with BOM, as Finnish Excel opens it) and JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(PROBLEM_COLUMNS)
        writer.writerows(_row(p, language) for p in problems)
    rows = [(p.file, p.line, p.column, p.kind, p.severity.value, p.values) for p in problems]
    path.with_suffix(".json").write_text(json.dumps(rows), encoding="utf-8")


def read_problems(path: Path) -> tuple[Problem, ...]:
    """The problems that `write_problems` left beside its CSV, as they were."""
    rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return tuple(
        Problem(file, line, column, kind, Severity(severity), tuple((k, v) for k, v in values))
        for file, line, column, kind, severity, values in rows
    )


def _row(p: Problem, language: Language) -> tuple[str, str, int, str, str, str]:
    return p.severity.value, p.file, p.line, p.column, p.kind, sentence(p, language)
