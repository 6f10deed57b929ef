"""Forecasts of past months against what came, by method, on fictional areas whose end is known.

    python benchmarks/foresight.py [--quick] [--oracle PYTHON]

Five seeds × five scenarios × two sizes; every month of the first and of the second year, with what
was recorded by the 15th of the month after. Truth: what is recorded by the closing date. A
member's error is |forecast − actual| / actual, the table gives the mean over members and areas.
``--oracle`` compares the factors with those of the package chainladder, run by that interpreter.
"""

import argparse
import json
import subprocess
import tempfile
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from time import process_time

import duckdb
import numpy as np
from foresight_tables import ASKED, OURS, Key, Result, tables

from kuntakoonti.core.periods import add_months, months_between
from kuntakoonti.example import ExamplePlan, make, write
from kuntakoonti.parameters.municipalities import municipality_codes
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.restricted.figures.advances import read_advances
from kuntakoonti.restricted.figures.costs import Costs, allocate
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.forecast.baselines import simple
from kuntakoonti.restricted.forecast.chain_ladder import factors, triangle
from kuntakoonti.restricted.forecast.history import Development, Floats, develop
from kuntakoonti.restricted.forecast.year import Forecast, forecast
from kuntakoonti.restricted.intake import Known, load

PARAMETERS = load_parameters(Path(__file__).parents[1] / "parameters")
SCENARIOS: dict[str, dict[str, object]] = {
    "steady": {},
    "growing": {"growth": 0.15},
    "seasonal": {"season": 3.0},
    "step": {"step": 0.25, "step_month": "2026-06"},
    "faster": {"delay": 0.5, "delay_month": "2026-03"},
}
SEEDS, SIZES = (1, 2, 3, 4, 5), (1.0, 0.25)
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
    arguments.add_argument("--quick", action="store_true", help="one seed, one size, four months")
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--oracle", type=Path, metavar="PYTHON")
    chosen = arguments.parse_args()
    seeds, sizes = (SEEDS[:1], SIZES[1:]) if chosen.quick else (SEEDS, SIZES)
    months = ASKED if chosen.quick else tuple(range(1, 13))
    worlds = [(n, s, seed, months) for n in SCENARIOS for s in sizes for seed in seeds]
    with get_context("spawn").Pool(chosen.processes) as pool:
        results = [r for of_world in pool.imap(tried, worlds) for r in of_world]
    print("\n\n".join(tables(results)))
    print("\n" + oracle(chosen.oracle))


# --- one fictional area ---------------------------------------------------------------------------


def tried(world: tuple[str, float, int, tuple[int, ...]]) -> list[Result]:
    """Every forecast date of one fictional area."""
    scenario, size, seed, months = world
    plan = ExamplePlan(seed=seed, scale=size, months=26, **SCENARIOS[scenario])  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as place:
        warehouse = written(plan, Path(place))
    found = []
    for year in (2025, 2026):
        closes = date(year + 1, 2, 28)
        came = seen(warehouse, f"{year}-12", closes)
        actual = of_year(came.cents.known([closes])[0], came, year)
        for number in months:
            month = f"{year}-{number:02d}"
            as_of = date.fromisoformat(f"{add_months(month, 1)}-15")
            costs = allocated(warehouse, month, as_of)
            began = process_time()
            development = develop(warehouse, costs, PARAMETERS, as_of, month)
            ours = forecast(development, read_advances(warehouse, PARAMETERS, as_of), month, closes)
            seconds = process_time() - began
            ways = {**simple(development, year, number), OURS: points(ours)}
            found.append(judged((scenario, size, year, number), ours, ways, actual, seconds))
    return found


def written(plan: ExamplePlan, folder: Path) -> duckdb.DuckDBPyConnection:
    write(make(plan), folder)
    area = PARAMETERS.area
    known = Known(
        services=frozenset(s.name for s in PARAMETERS.services.services),
        municipalities=municipality_codes(),
        members=frozenset(m.code for m in area.members),
    )
    return load(folder, known, date(2027, 3, 1)).warehouse


def allocated(warehouse: duckdb.DuckDBPyConnection, month: str, as_of: date) -> Costs:
    take_snapshot(warehouse, PARAMETERS, month, as_of)
    return allocate(warehouse)


def seen(warehouse: duckdb.DuckDBPyConnection, month: str, as_of: date) -> Development:
    """The development as it was known on a day, by the whole chain of that day."""
    return develop(warehouse, allocated(warehouse, month, as_of), PARAMETERS, as_of, month)


def of_year(cube: Floats, development: Development, year: int) -> Floats:
    """Municipality sums over a year's months."""
    first = development.axes.months.index(f"{year}-01")
    return np.asarray(cube[:, :, first : first + 12].sum(axis=(1, 2)))


def points(found: Forecast) -> Floats:
    return np.array([m.point_cents for m in found.members.values()], float)


def judged(
    key: Key, ours: Forecast, ways: dict[str, Floats], actual: Floats, seconds: float
) -> Result:
    members = {w: float(np.mean(np.abs(p - actual) / actual)) for w, p in ways.items()}
    area = {w: float(abs(p.sum() / actual.sum() - 1)) for w, p in ways.items()}
    if ours.area.low_cents is None:
        return Result(key, members, area, None, None, seconds)
    low = np.array([m.low_cents for m in ours.members.values()], float)
    high = np.array([m.high_cents for m in ours.members.values()], float)
    held = float(np.mean((low <= actual) & (actual <= high)))
    whole = bool(ours.area.low_cents <= actual.sum() <= (ours.area.high_cents or 0))
    return Result(key, members, area, (held, whole), float(np.mean((high - low) / actual)), seconds)


# --- the oracle -----------------------------------------------------------------------------------------


def oracle(python: Path | None) -> str:
    """The largest difference between our factors and chainladder's, over services and delays."""
    if python is None or not python.exists():
        return "Oracle skipped: no interpreter with the package chainladder was given (--oracle)."
    with tempfile.TemporaryDirectory() as place:
        warehouse = written(ExamplePlan(seed=1, months=26), Path(place))
    view, differences = seen(warehouse, "2026-06", date(2026, 7, 15)).view(), list[float]()
    for k in range(view.cents.shape[2]):
        known = view.cents[:, :, k].sum(axis=1)[1:]
        table = triangle(known[:, : len(view.at) - 1], view.at[1:])[:, 1:]
        before, after = factors(known, view.at[1:], range(1, len(view.at) - 1), 99)
        theirs = np.array(chainladder_factors(python, table), float)
        same = ~np.isnan(theirs) & ~(table == 0).any(axis=0)[: len(theirs)]  # 0 is missing to it
        ours = after[: len(theirs)][same] / before[: len(theirs)][same]
        differences.append(float(np.max(np.abs(ours / theirs[same] - 1))))
    return f"Oracle chainladder: factors differ by at most {max(differences):.1e} (relative)."


def chainladder_factors(python: Path, table: Floats) -> list[float]:
    """Volume-weighted factors of a triangle service months × delays from 1 on."""
    months = months_between("2025-01", "2030-12")
    rows = [
        (months[s], months[s + j], table[s, j])
        for s, j in zip(*np.nonzero(~np.isnan(table)), strict=True)
    ]
    asked = json.dumps(rows)
    run = subprocess.run(
        [python, "-c", ORACLE], input=asked, capture_output=True, text=True, check=True
    )
    found: list[float] = json.loads(run.stdout)
    return found


if __name__ == "__main__":
    main()
