"""The forecast on public records whose end is known, and Mack's range beside ours.

    python benchmarks/triangles.py [--chainladder PYTHON] [--series FILE CASE REPORT GROUP STRETCH] …

PYTHON is an interpreter that has the package chainladder (development only; no part of the program):
its sample ``prism`` (simulated claims by day of accident, report and payment), Mack's ranges, and its
factors beside ours. A series is a CSV of cases, with their columns of two days and of a group and
perhaps one named ``n``: a group is a municipality, a report makes a client-month and its cost known;
STRETCH multiplies the days, so that with 4.35 a week is taken for a month. There is no budget.
"""

import argparse
import csv
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
from race import errors_table, ranges_table, run_on
from race_worlds import SCENARIOS, world

from kuntakoonti.core.periods import months_between
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.forecast.backtest import until
from kuntakoonti.restricted.forecast.chain_ladder import factors
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development, Floats, Ints
from kuntakoonti.restricted.forecast.year import forecast

Row = tuple[str, date, date, float, float]  # group, days begun and known, cents, client-months
BEFORE, CENTS = 3, 1e5  # years of records before the first forecast; what a case costs
NORMAL_80 = 1.2816
FILE = """
import chainladder, pathlib
print(pathlib.Path(chainladder.__file__).parent / "utils" / "data" / "prism.csv")
"""
TRIANGLE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import chainladder, pandas
def triangle(rows, cumulative):
    rows = pandas.DataFrame(rows, columns=["origin", "valuation", "value"])
    return chainladder.Triangle(
        rows, origin="origin", development="valuation", columns="value", cumulative=cumulative
    )
"""
ORACLE = f"""{TRIANGLE}
found = triangle(json.load(sys.stdin), True)
print(json.dumps(chainladder.Development(average="volume").fit(found).ldf_.values[0, 0, 0].tolist()))
"""
MACK = f"""{TRIANGLE}
found = []
for rows in json.load(sys.stdin):
    fit = chainladder.MackChainladder().fit(triangle(rows, False).incr_to_cum())
    found.append([float(fit.ultimate_.sum()), float(fit.total_mack_std_err_.values.ravel()[0])])
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Records:
    """What was known when of some groups, and the years that are forecast."""

    name: str
    whole: Development
    years: range


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--chainladder", type=Path, metavar="PYTHON")
    arguments.add_argument("--series", action="append", nargs=5, default=[])
    chosen = arguments.parse_args()
    python = chosen.chainladder
    if python is None:
        print("prism, Mack and factors skipped: no interpreter with chainladder (--chainladder)")
    found = [] if python is None else [prism(python)]
    found += [series(*asked) for asked in chosen.series]
    for records in found:
        dates = [(year, number) for year in records.years for number in (3, 6, 9, 12)]
        results = run_on(records.whole, records.name, 0, dates)
        print(f"{records.name}: {records.years[0]}–{records.years[-1]}")
        print("\n".join(errors_table(results)) + "\n\n" + "\n".join(ranges_table(results)))
        print("" if python is None else "\n".join(beside_mack(python, records)), flush=True)
    print("" if python is None else oracle(python))


# Records


def prism(python: Path) -> Records:
    """Claims known from their report on, paid on their day of payment."""
    asked = subprocess.run([python, "-c", FILE], capture_output=True, text=True, check=True)
    rows = list[Row]()
    with Path(asked.stdout.splitlines()[-1]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind, began = f"{row['Line']} {row['Type']}", date.fromisoformat(row["AccidentDate"])
            reported = datetime.strptime(row["ReportDate"], "%m/%d/%Y").date()
            rows.append((kind, began, reported, 0.0, 1.0))
            if float(row["Paid"]):
                paid = date.fromisoformat(row["PaymentDate"])
                rows.append((kind, began, paid, 100 * float(row["Paid"]), 0.0))
    return _records("prism", rows, 1.0)


def series(path: str, case: str, report: str, group: str, stretch: str) -> Records:
    """Cases by the day they began and the day they were reported; each costs the same."""
    rows = list[Row]()
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            days = date.fromisoformat(row[case]), date.fromisoformat(row[report])
            number = float(row.get("n", 1))
            rows.append((row[group], *days, CENTS * number, number))
    return _records(Path(path).stem, rows, float(stretch))


def _records(name: str, rows: list[Row], stretch: float) -> Records:
    """What became known, with all days ``stretch`` times as far from the first New Year."""
    start = date(min(r[1] for r in rows).year, 1, 1).toordinal()
    groups = {g: i for i, g in enumerate(sorted({r[0] for r in rows}))}
    began, known = (
        start + ((np.array([r[n].toordinal() for r in rows]) - start) * stretch).astype(int)
        for n in (1, 2)
    )
    last = date.fromordinal(int(known.max()))
    months = months_between(f"{date.fromordinal(start).year}-01", f"{last.year}-12")
    place = {m: i for i, m in enumerate(months)}
    month = np.array([place[date.fromordinal(int(day)).isoformat()[:7]] for day in began])
    cell = np.array([groups[r[0]] for r in rows]) * len(months) + month
    shape, days = (len(groups), 1, len(months)), np.maximum(known, began)
    parts = [
        Changes(shape, cell[amount > 0], days[amount > 0], amount[amount > 0])
        for amount in (np.array([r[3] for r in rows]), np.array([r[4] for r in rows]))
    ]
    nothing = Changes(shape, *(np.array([], t) for t in (np.int64, np.int64, np.float64)))
    axes = Axes(tuple(groups), ("cases",), months)
    years = range(date.fromordinal(start).year + BEFORE, last.year)
    return Records(name, Development(axes, last, *parts, nothing), years)


# Mack's range


def beside_mack(python: Path, of: Records) -> Iterator[str]:
    """At the end of a year: what its months will have cost a year later, by us and by Mack.

    Mack's range is that of all months of the triangle, since his formula is of them all.
    """
    asked, ours, came = list[list[tuple[str, str, float]]](), list[list[float]](), list[Floats]()
    for year in of.years[1:-1]:
        today, closes = date(year, 12, 31), date(year + 1, 12, 31)
        found = forecast(
            until(of.whole, today, f"{year}-12"), Advances({}, (), {}), f"{year}-12", closes
        )
        first = of.whole.axes.months.index(f"{year}-01")
        known = of.whole.cents.known([closes])[0][:, 0]
        for i, member in enumerate([*found.members.values(), found.area]):
            mine = known[i : i + 1] if i < len(known) else known
            if member.low_cents is None:
                continue
            asked.append(_payments(of.whole, today, i if i < len(known) else None, first + 12))
            ours.append([member.point_cents or 0, member.low_cents, member.high_cents or 0])
            year_, all_ = mine[:, first : first + 12].sum(), mine[:, : first + 12].sum()
            came.append(np.array([year_, all_]))
    run = subprocess.run(
        [python, "-c", MACK], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    theirs, mine = np.array(json.loads(run.stdout.splitlines()[-1])), np.array(ours)
    year, whole = np.array(came).T
    reach = NORMAL_80 * theirs[:, 1]
    yield f"On 31 December, {len(mine)} ranges of members and the area for what has come a year later:"
    yield "| | error of the year (median), % | 80 % range holds, % | width (median), % |"
    for name, missed, held, width in (
        (
            "ours",
            mine[:, 0] - year,
            (mine[:, 1] <= year) & (year <= mine[:, 2]),
            mine[:, 2] - mine[:, 1],
        ),
        ("Mack", theirs[:, 0] - whole, np.abs(theirs[:, 0] - whole) <= reach, 2 * reach),
    ):
        shares = np.abs(missed) / year, held, width / year
        middle = np.median(shares[0]), held.mean(), np.median(shares[2])
        yield f"| {name} | " + " | ".join(f"{100 * m:.1f}" for m in middle) + " |"


def _payments(
    whole: Development, day: date, group: int | None, months_: int
) -> list[tuple[str, str, float]]:
    """Of the first months, what became known by a day: month of origin, month known, cents."""
    changes, months = whole.cents, whole.axes.months
    member, _, origin = np.unravel_index(changes.cell, changes.shape)
    mine = (changes.day <= day.toordinal()) & (origin < months_)
    mine &= True if group is None else member == group
    sums = dict[tuple[str, str], float]()
    for at, known, cents in zip(origin[mine], changes.day[mine], changes.amount[mine], strict=True):
        place = months[at], date.fromordinal(int(known)).isoformat()[:7]
        sums[place] = sums.get(place, 0.0) + float(cents)
    return [(*place, cents) for place, cents in sums.items()]


# The oracle of the factors


def oracle(python: Path) -> str:
    """The largest difference between our factors and chainladder's, over services and delays."""
    whole = until(world(SCENARIOS[0], 1), date(2032, 7, 15), "2032-06")
    view, differences = whole.view(), list[float]()
    for k in range(view.cents.shape[2]):
        known = view.cents[:, :, k].sum(axis=1)[1:]
        table = triangle(known[:, : len(view.at) - 1], view.at[1:])[:, 1:]
        delays, steps = range(1, len(view.at) - 1), np.arange(len(view.at) - 2)
        before, after = factors(known, view.at[1:], delays, steps)
        theirs = np.array(chainladder_factors(python, table), float)
        same = ~np.isnan(theirs) & ~(table == 0).any(axis=0)[: len(theirs)]  # 0 is missing to it
        ours = after[: len(theirs)][same] / before[: len(theirs)][same]
        differences.append(float(np.max(np.abs(ours / theirs[same] - 1))))
    return f"Factors differ by at most {max(differences):.1e} (relative)."


def triangle(known: Floats, at: Ints) -> Floats:
    """Service months × delays 0, 1, …: dates × months of one series, NaN where not yet seen."""
    dates, months = known.shape
    found = np.full((months, dates), np.nan)
    date_, month = np.meshgrid(np.arange(dates), np.arange(months), indexing="ij")
    delay = at[date_] - month
    seen = (delay >= 0) & (delay < dates)
    found[month[seen], delay[seen]] = known[date_[seen], month[seen]]
    return found


def chainladder_factors(python: Path, table: Floats) -> Iterable[float]:
    """Volume-weighted factors of a triangle service months × delays from 1 on."""
    months = months_between("2025-01", "2035-12")
    rows = [
        (months[s], months[s + j], table[s, j])
        for s, j in zip(*np.nonzero(~np.isnan(table)), strict=True)
    ]
    run = subprocess.run(
        [python, "-c", ORACLE], input=json.dumps(rows), capture_output=True, text=True, check=True
    )
    found: list[float] = json.loads(run.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
