"""How much work a release's figures are, as multiples of merely splitting the same bytes.

    python benchmarks/figures.py --periods 1000000

The baseline, in the same run: every file decoded and split once by csv.reader. CPU seconds of all
threads, medians of ``--repeat`` runs; peak memory of the whole process up to and with that stage.
The fictional world is made in a process of its own, so that its memory is not counted.
"""

import argparse
import csv
import resource
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import process_time

from kuntakoonti.example import ExamplePlan, make, write
from kuntakoonti.parameters.municipalities import municipality_codes
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.restricted.figures.costs import allocate
from kuntakoonti.restricted.figures.counts import count
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.intake import Known, load

PARAMETERS = Path(__file__).parents[1] / "parameters"
PERIODS_AT_SCALE_1 = 5_190
MONTH, AS_OF = "2026-08", date(2026, 9, 15)
Stage = tuple[str, Callable[[], object]]


def write_world(folder: Path, scale: float) -> None:
    write(make(ExamplePlan(scale=scale)), folder)


def split(folder: Path) -> int:
    """The baseline: every file decoded and split into cells."""
    rows = 0
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as text:
            rows += sum(1 for _ in csv.reader(text, delimiter=";"))
    return rows


def known_values(parameters: Parameters) -> Known:
    return Known(
        services=frozenset(s.name for s in parameters.services.services),
        municipalities=municipality_codes(),
        members=frozenset(m.code for m in parameters.area.members),
    )


def stages(folder: Path, parameters: Parameters) -> Iterator[Stage]:
    """The stages of a release in their order; each is finished before the next is asked for."""
    yield "split", lambda: split(folder)
    loaded = []
    yield "load", lambda: loaded.append(load(folder, known_values(parameters), AS_OF))
    warehouse = loaded[0].warehouse
    yield "snapshot", lambda: take_snapshot(warehouse, parameters, MONTH, AS_OF)
    yield "count", lambda: count(warehouse, MONTH, AS_OF)
    yield "allocate", lambda: allocate(warehouse)


def measure(folder: Path, repeat: int) -> None:
    """One line per stage: CPU seconds, their ratio to the baseline, peak memory."""
    parameters = load_parameters(PARAMETERS)
    seconds: dict[str, list[float]] = {}
    peak: dict[str, int] = {}
    for _ in range(repeat):
        for name, work in stages(folder, parameters):
            began = process_time()
            work()
            seconds.setdefault(name, []).append(process_time() - began)
            peak.setdefault(name, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    base = median(seconds["split"])
    for name, took in seconds.items():
        print(f"{name:14}{median(took):8.2f} s{median(took) / base:7.2f} x{peak[name]:8} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--periods", type=int, default=1_000_000)
    arguments.add_argument("--repeat", type=int, default=3)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        scale = chosen.periods / PERIODS_AT_SCALE_1
        maker = get_context("spawn").Process(target=write_world, args=(folder, scale))
        maker.start()
        maker.join()
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8") as text:
                print(f"{path.stem}: {sum(1 for _ in text) - 1:,} rows")
        measure(folder, chosen.repeat)


if __name__ == "__main__":
    main()
