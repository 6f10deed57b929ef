"""An archive as the runs of one or two years leave it: the real pipeline, without notebooks and pages.

A fictional world of any employment area, its parameters, and release after release: read, count,
protect, append to the ledger, put the figures of every page into the folder as CSV.
"""

import json
import os
import shutil
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from time import process_time

from kuntakoonti.core.periods import add_months, last_day, months_of
from kuntakoonti.example import ExamplePlan as World
from kuntakoonti.example import make, write
from kuntakoonti.example.plan import ExamplePlan
from kuntakoonti.export.report import figures_csv
from kuntakoonti.public.cells import Cell
from kuntakoonti.public.ledger import append
from kuntakoonti.restricted.figures.counts import Counts
from kuntakoonti.restricted.preparation.context import PreparationContext, ProtectedRelease
from kuntakoonti.restricted.preparation.settlements import write_settled
from kuntakoonti.restricted.preparation.stages import (
    count_figures,
    open_area,
    protect,
    read_records,
)

PARAMETERS = Path(__file__).parents[1] / "parameters"
FIRST_YEAR = 2025


@dataclass(frozen=True)
class Run:
    """One release to make: ``name`` is empty for a month's own."""

    month: str
    as_of: str
    name: str = ""


@dataclass(frozen=True)
class Made:
    """One release as made: what its pages show, what is true, and CPU seconds of all threads.

    ``pages``: municipality (or the area) → its public cells; ``plans``: municipality → its plan.
    ``counts`` are exact: restricted.
    """

    release: str
    pages: dict[str, tuple[Cell, ...]]
    plans: dict[str, ExamplePlan]
    counts: Counts
    prepare_seconds: float
    protect_seconds: float


def runs_of(years: int) -> tuple[Run, ...]:
    """A month on the 15th of the next, a year's end on its closing day, in the order of the dates."""
    found = []
    for year in range(FIRST_YEAR, FIRST_YEAR + years):
        months = months_of(str(year))
        found += [Run(month, f"{add_months(month, 1)}-15") for month in months]
        closing = last_day(f"{year + 1}-02").isoformat()
        found.append(Run(months[-1], closing, f"{year}-tasaus"))
    return tuple(sorted(found, key=lambda run: run.as_of))


def open_world(world: World, place: Path) -> None:
    """Write a world and its parameters to ``place`` and point this process at them.

    The world is made in a process of its own, so that its memory is not counted here.
    """
    maker = get_context("spawn").Process(target=_write_world, args=(world, place / "data"))
    maker.start()
    maker.join()
    if maker.exitcode:
        raise RuntimeError(f"area {world.area}, seed {world.seed}: the world was not made")
    _write_parameters(world, place / "parameters")
    (place / "output").mkdir()
    for name in ("data", "parameters", "output"):
        os.environ[f"KUNTAKOONTI_{name.upper()}"] = str(place / name)
    os.environ.pop("KUNTAKOONTI_STAGE", None)


def add_release(run: Run) -> Made:
    """Prepare, protect and approve one release into the archive of the open world."""
    began = process_time()
    room = open_area(run.month, run.as_of, run.name)
    figures = count_figures(room, read_records(room))
    counted = process_time()
    release = protect(room, figures)
    protected = process_time()
    _approve(room, release)
    pages = {page.municipality: page.cells for page in release.annexes}
    pages[room.parameters.area.code] = release.area.cells
    for code, cells in pages.items():
        write_page(room.settings.output.root, room.release, code, cells)
    plans = {page.municipality: page.plans[run.month[:4]] for page in release.annexes}
    seconds = (counted - began, protected - counted)
    return Made(room.release, pages, plans, figures.counts, *seconds)


def write_page(output: Path, release: str, code: str, cells: tuple[Cell, ...]) -> None:
    """One page's figures in the contract's CSV form."""
    folder = output / release / code
    folder.mkdir(parents=True)
    (folder / f"{code}-{release}.csv").write_bytes(figures_csv(release, cells))


def _approve(room: PreparationContext, release: ProtectedRelease) -> None:
    record = replace(release.record, approved_by="controller")
    append(room.settings.output.ledger, room.archive, record)
    if release.settled.years:
        write_settled(release.settled, room.settings.target.settled(room.release))


def _write_world(world: World, folder: Path) -> None:
    write(make(world), folder)


def _write_parameters(world: World, folder: Path) -> None:
    """The project's services and rules, and an area of the world's municipalities."""
    folder.mkdir()
    for name in ("services.yml", "rules.yml"):
        shutil.copy(PARAMETERS / name, folder / name)
    names = {"fi": f"Työllisyysalue {world.area}"}
    members = [
        {
            "code": m.code,
            "name": {"fi": m.name_fi, "sv": m.name_sv or m.name_fi},
            "valid_from": f"{FIRST_YEAR}-01-01",
        }
        for m in world.members
    ]
    area = {
        "code": world.area,
        "name": names,
        "sender": names,
        "host": world.host,
        "language": "fi",
        "valid_from": f"{FIRST_YEAR}-01-01",
        "case_number": "1/00.04.01/2025",
        "contact": {"fi": "työllisyysalueen controller"},
        "objection_days": 30,
        "members": members,
    }
    (folder / "area.yml").write_text(json.dumps(area, ensure_ascii=False, indent=1), "utf-8")
