"""What the same records look like when they are published in the usual ways, for comparison.

Every page shows the year's months so far as they are known, each month again in every release:
distinct clients per service and over services (``any``), and the area's sum of each. *Threshold
only*: a count under the threshold, zero included, is "alle 5" and everything else is shown.
*Complementary*: further counts are hidden, so that no sum gives a small one away, by G-Confid and
for each release by itself; small and complementary counts carry the same mark.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import write_page

from kuntakoonti.core.periods import months_of, year_of
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.restricted.figures.counts import Counts

THRESHOLD = 5
SERIES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus", "any")
UNKNOWN = 10**6  # the mark that says nothing: from zero to more than there are people
Place = tuple[str, str, str]  # municipality (or area), service, month


@dataclass(frozen=True)
class Table:
    """The exact counts behind one release's pages, area sums included."""

    area: str
    members: tuple[str, ...]
    cells: dict[Place, int]

    def small(self) -> set[Place]:
        """The counts of members under the threshold."""
        return {p for p, n in self.cells.items() if p[0] != self.area and n < THRESHOLD}

    def lines(self) -> Iterator[tuple[Place, list[Place]]]:
        """Every sum of the page with its parts."""
        for code, service, month in self.cells:
            if code == self.area:
                yield (code, service, month), [(m, service, month) for m in self.members]


Hide = Callable[[Table], tuple[Cell, ...]]


def table_of(area: str, members: tuple[str, ...], counts: Counts) -> Table:
    """The months of the year so far, and the area's sums."""
    cells = {}
    for month in months_of(year_of(counts.last_month)):
        for service in SERIES if month <= counts.last_month else ():
            known = {(m, service, month): counts.of(m, service, month) for m in members}
            cells.update(known)
            cells[area, service, month] = sum(known.values())
    return Table(area, members, cells)


def threshold_only(table: Table) -> tuple[Cell, ...]:
    """Every count under the threshold as "alle 5", every other one as it is."""
    return tuple(
        _cell(place, Status.UNDER_THRESHOLD) if n < THRESHOLD else _cell(place).with_value(n)
        for place, n in table.cells.items()
    )


def complementary(interpreter: str) -> Hide:
    """G-Confid's suppression, run by an interpreter that has the package ``gconfid``."""

    def hide(table: Table) -> tuple[Cell, ...]:
        numbers = {place: n for n, place in enumerate(table.cells, 1)}
        question = {
            "threshold": THRESHOLD,
            "cells": [[numbers[p], n] for p, n in table.cells.items()],
            "sums": [
                [numbers[whole], *(numbers[p] for p in parts)] for whole, parts in table.lines()
            ],
        }
        script = Path(__file__).with_name("complementary.py")
        done = subprocess.run(
            [interpreter, str(script)], input=json.dumps(question), capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        hidden = set(json.loads(done.stdout.splitlines()[-1]))
        return tuple(
            _cell(place, Status.PRELIMINARY, UNKNOWN)
            if numbers[place] in hidden
            else _cell(place).with_value(n)
            for place, n in table.cells.items()
        )

    return hide


def publish(output: Path, release: str, table: Table, cells: tuple[Cell, ...]) -> None:
    """The pages of the members and of the area."""
    for code in (*table.members, table.area):
        write_page(output, release, code, tuple(c for c in cells if c.municipality == code))


def _cell(place: Place, status: Status = Status.NOT_SHOWN, high: int | None = None) -> Cell:
    low = None if high is None else 0
    return Cell(*place, Measure.CLIENTS, status, class_low=low, class_high=high)
