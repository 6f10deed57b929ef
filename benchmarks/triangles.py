"""The forecast on public records of the package chainladder, and its factors beside that package's.

    python benchmarks/triangles.py PYTHON

PYTHON is an interpreter that has the package chainladder (development only; no part of the program).
Records: its sample ``prism`` (simulated claims of two lines by day of accident, report and payment).
A kind of claim is a municipality, a claim a client-month, its payment a cost; there is no budget.
Factors: the race's first world, by service.
"""

import argparse
import csv
import json
import subprocess
from datetime import date, datetime
from pathlib import Path

import numpy as np
from race import errors_table, ranges_table, run_on
from race_worlds import SCENARIOS, world

from kuntakoonti.core.periods import months_between
from kuntakoonti.restricted.forecast.backtest import until
from kuntakoonti.restricted.forecast.chain_ladder import factors
from kuntakoonti.restricted.forecast.history import Axes, Changes, Development, Floats, Ints

MONTHS = months_between("2008-01", "2017-12")
YEARS = range(2011, 2017)  # three years of records before the first one
FILE = """
import chainladder, pathlib
print(pathlib.Path(chainladder.__file__).parent / "utils" / "data" / "prism.csv")
"""

ORACLE = """
import json, sys
import chainladder, pandas
rows = pandas.DataFrame(json.load(sys.stdin), columns=["origin", "valuation", "value"])
found = chainladder.Triangle(
    rows, origin="origin", development="valuation", columns="value", cumulative=True
)
print(json.dumps(chainladder.Development(average="volume").fit(found).ldf_.values[0, 0, 0].tolist()))
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("python", type=Path)
    chosen = arguments.parse_args()
    found = subprocess.run([chosen.python, "-c", FILE], capture_output=True, text=True, check=True)
    whole = claims(Path(found.stdout.splitlines()[-1]))
    results = run_on(whole, "prism", 0, YEARS, (3, 6, 9, 12))
    print("\n".join(errors_table(results)) + "\n\n" + "\n".join(ranges_table(results)))
    print("\n" + oracle(chosen.python), flush=True)


def claims(path: Path) -> Development:
    """Claims known from their report on, paid on their day of payment; cents."""
    parts: dict[str, list[tuple[int, int, float]]] = {"cents": [], "clients": []}
    kinds = dict[str, int]()
    place = {m: i for i, m in enumerate(MONTHS)}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind = kinds.setdefault(f"{row['Line']} {row['Type']}", len(kinds))
            cell = kind * len(MONTHS) + place[row["AccidentDate"][:7]]
            known = datetime.strptime(row["ReportDate"], "%m/%d/%Y").toordinal()
            parts["clients"].append((cell, known, 1.0))
            if float(row["Paid"]):
                day = date.fromisoformat(row["PaymentDate"]).toordinal()
                parts["cents"].append((cell, day, 100 * float(row["Paid"])))
    shape = (len(kinds), 1, len(MONTHS))
    cents, clients = (_changes(shape, parts[n]) for n in ("cents", "clients"))
    nothing = Changes(shape, *(np.array([], t) for t in (np.int64, np.int64, np.float64)))
    axes = Axes(tuple(kinds), ("claims",), MONTHS)
    return Development(axes, date(2019, 12, 31), cents, clients, nothing)


def _changes(shape: tuple[int, int, int], rows: list[tuple[int, int, float]]) -> Changes:
    cell, day, amount = zip(*rows, strict=True)
    return Changes(
        shape, np.array(cell, np.int64), np.array(day, np.int64), np.array(amount, np.float64)
    )


def oracle(python: Path) -> str:
    """The largest difference between our factors and chainladder's, over services and delays."""
    whole = until(world(SCENARIOS[0], 1), date(2032, 7, 15), "2032-06")
    view, differences = whole.view(), list[float]()
    for k in range(view.cents.shape[2]):
        known = view.cents[:, :, k].sum(axis=1)[1:]
        table = triangle(known[:, : len(view.at) - 1], view.at[1:])[:, 1:]
        before, after = factors(
            known, view.at[1:], range(1, len(view.at) - 1), np.arange(len(view.at) - 2)
        )
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


def chainladder_factors(python: Path, table: Floats) -> list[float]:
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
