"""What an attacker finds in whole synthetic years, and what the pages still tell.

    python benchmarks/disclosure.py --quick
    python benchmarks/disclosure.py --areas 17,41,all --seeds 5 --years 2 --results years.jsonl

Each archive is one area and one seed: every monthly run of one or two years and their final
adjustments, by the real pipeline, with late, revised, withdrawn and moved records. The attacker
reads everything published, at its levels A1–A5: after each release with ``--every``, else after
each year's last month and final adjustment. The same records are then published with the threshold
only and, with ``--gconfid PYTHON`` (an interpreter that has ``gconfid``), with G-Confid's
complementary suppression; there it attacks the counts at A1–A3 (see ``naive.py``).

The table: ``hidden`` figures without a number, ``exact`` and ``narrowed`` ones of them, revisions
and other differences that are exact at 1–4, what else fell (G4, G6); the share of count positions
on the monthly pages that carry a number, by population; true client-months in no exact figure
(mean, worst archive); CPU seconds of all threads of the last monthly run (read and count +
protection + attack with its processes, summed over the areas, the slowest seed); wall seconds of
the attack (summed likewise, slowest archive); peak memory of one process. Finished
archives are kept in ``--results`` and not made again.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import naive
from archive import Made, add_release, open_world, runs_of
from measures import Found, by_municipality, found, hidden_places, small_places
from summary import Result, fallen, markdown

from kuntakoonti.attack import Verdict, attack
from kuntakoonti.example import ExamplePlan as World
from kuntakoonti.example import areas
from kuntakoonti.public.cells import Cell

WORLD_MONTHS = 24  # what happens in them is recorded until four months later


@dataclass(frozen=True)
class Job:
    """One archive to make and attack; ``gconfid`` is an interpreter, empty without one."""

    area: str
    seed: int
    years: int
    every: bool
    methods: tuple[str, ...]
    gconfid: str

    def key(self, method: str) -> str:
        every = " every" if self.every and method == "kuntakoonti" else ""
        return f"{self.area} {self.seed} {self.years} {method}{every}"

    @property
    def world(self) -> World:
        return World(area=self.area, seed=self.seed, months=WORLD_MONTHS)


def measure(job: Job) -> list[Result]:
    """The job's archive made once, published and attacked by every method."""
    with tempfile.TemporaryDirectory() as place:
        folder, results = Path(place), list[Result]()
        open_world(job.world, folder)
        made, verdict, seconds = _own_archive(job, folder / "output")
        if "kuntakoonti" in job.methods:
            results.append(_own_result(job, made, verdict, seconds))
        for method in (m for m in job.methods if m != "kuntakoonti"):
            results.append(_other_result(job, method, made, folder / method))
        return results


def _own_archive(job: Job, output: Path) -> tuple[list[Made], list[Verdict], list[float]]:
    """Every release, the verdicts in their order, the seconds of the last monthly run's stages.

    CPU seconds of each stage, then wall seconds of the attack.
    """
    made, verdicts, seconds = list[Made](), list[Verdict](), list[float]()
    for run in runs_of(job.years):
        made.append(add_release(run))
        if not job.every and not run.month.endswith("-12"):
            continue
        began, clock = _cpu_seconds(), perf_counter()
        verdicts.append(attack(output))
        took = [_cpu_seconds() - began, perf_counter() - clock]
        if not run.name:
            seconds = [made[-1].prepare_seconds, made[-1].protect_seconds, *took]
    return made, verdicts, seconds


def _own_result(
    job: Job, made: list[Made], verdicts: list[Verdict], seconds: list[float]
) -> Result:
    cells = [(m.release, [c for page in m.pages.values() for c in page]) for m in made]
    hidden = {p for _, shown in cells for p in hidden_places(shown, job.area)}
    last = found(verdicts[-1], hidden, hidden)
    violated = tuple(
        dict.fromkeys(v for one in verdicts for v in found(one, hidden, hidden).violations)
    )
    more = {
        "releases": len(made),
        "violated": violated,
        "notes": verdicts[-1].notes,
        "untold": sum(w.equal for w in verdicts[-1].witnesses),
        "undecided": sum(t.undecided for v in verdicts for t in v.tallies),
    }
    members = [m.code for m in job.world.members]
    return _result(job, "kuntakoonti", last, by_municipality(cells, made, members), seconds) | more


def _other_result(job: Job, method: str, made: list[Made], output: Path) -> Result:
    """The same counts of the same releases, published in another way."""
    hide = naive.threshold_only if method == "threshold" else naive.complementary(job.gconfid)
    members = tuple(m.code for m in job.world.members)
    tables = {m.release: naive.table_of(job.area, members, m.counts) for m in made}
    began, cells = _cpu_seconds(), list[tuple[str, tuple[Cell, ...]]]()
    for release, table in tables.items():
        cells.append((release, hide(table)))
        naive.publish(output, release, table, cells[-1][1])
    protected, clock = _cpu_seconds(), perf_counter()
    verdict = attack(output, ("A1", "A2", "A3"))
    took = [_cpu_seconds() - protected, perf_counter() - clock]
    seconds = [0.0, protected - began, *took]
    hidden = {p for _, shown in cells for p in hidden_places(shown, job.area)}
    small = small_places(tables.values())
    last = found(verdict, hidden, small, complete=False)
    return _result(job, method, last, by_municipality(cells, made, members), seconds)


def _cpu_seconds() -> float:
    """Of this process and of those it started, such as another interpreter's."""
    return sum(os.times()[:4])


def _result(
    job: Job, method: str, last: Found, shown: Sequence[Any], seconds: list[float]
) -> Result:
    return {
        "key": job.key(method),
        "area": job.area,
        "seed": job.seed,
        "method": method,
        "found": asdict(last),
        "municipalities": [asdict(m) for m in shown],
        "seconds": seconds[:3],
        "wall": seconds[3],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def run(jobs: list[Job], workers: int, path: Path | None) -> dict[str, Result]:
    """Every job's results by key; finished ones come from ``path`` and new ones are added to it."""
    lines = path.read_text("utf-8").splitlines() if path and path.exists() else []
    done = {body["key"]: body for body in map(json.loads, lines)}
    left = [j for j in jobs if not all(j.key(m) in done for m in j.methods)]
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, max_tasks_per_child=1) as pool:
        waiting = {pool.submit(measure, job): job for job in left}
        for number, finished in enumerate(as_completed(waiting), 1):
            job = waiting[finished]
            for result in finished.result():
                done[result["key"]] = result
                _keep(path, result)
            said = f"[{number}/{len(left)}] area {job.area} seed {job.seed}"
            print(said, file=sys.stderr, flush=True)
    return done


def _keep(path: Path | None, result: Result) -> None:
    if path:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Attack whole synthetic years; one Markdown table."
    )
    parser.add_argument("--quick", action="store_true", help="Kuopio, one seed, one year")
    parser.add_argument("--areas", default="17,41", help="codes, and all for the whole country")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--years", type=int, choices=(1, 2), default=2)
    parser.add_argument("--every", action="store_true", help="attack after every release")
    parser.add_argument("--methods", default="kuntakoonti,threshold")
    parser.add_argument("--gconfid", default="", metavar="PYTHON", help="adds the method gconfid")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--results", type=Path, help="delete it after a change of the program")
    parser.add_argument("--show", action="store_true", help="only what --results has already")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.areas, chosen.seeds, chosen.years = "17", 1, 1
    return chosen


def main() -> int:
    """Exit code 1 if anything fell or was left undecided."""
    chosen = arguments()
    methods = (*chosen.methods.split(","), *(["gconfid"] if chosen.gconfid else []))
    groups = {
        name: [
            Job(area, seed, chosen.years, chosen.every, methods, chosen.gconfid)
            for seed in range(1, chosen.seeds + 1)
            for area in (areas() if name == "all" else [name])
        ]
        for name in chosen.areas.split(",")
    }
    jobs = {job.key(""): job for group in groups.values() for job in group}
    done = run([] if chosen.show else list(jobs.values()), chosen.workers, chosen.results)
    groups_done = {
        name: [done[j.key(m)] for j in group for m in methods if j.key(m) in done]
        for name, group in groups.items()
    }
    print("\n".join(markdown(groups_done)))
    results = (r for group in groups_done.values() for r in group)
    violated = list(dict.fromkeys(fallen(results)))
    print("\n".join(violated))
    return int(bool(violated))


if __name__ == "__main__":
    sys.exit(main())
