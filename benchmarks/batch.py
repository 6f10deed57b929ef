"""What a finished report costs: the ordinary tools, papermill's API, and a batch of this program.

    python benchmarks/batch.py                       # minutes
    python benchmarks/batch.py --country             # and a year of the country: 3,504 reports

Everybody runs monthly_annex.ipynb on the same handovers of the example data; the contestants take
turns. CPU seconds count every process that a run started. The floor is the least that there is to
do: fork, run the cells, call the four exporters; no papermill, and no file is written.
A report of this program is run + HTML + PDF + XLSX + CSV, put in place; one of the ordinary tools is
run + HTML + PDF.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from contestants import (
    BROWSERS,
    PROJECT,
    RELEASE,
    batch,
    floor,
    jobs,
    lend_browser,
    with_command_line,
    with_interface,
)
from cost import Cost, adopt_orphans

AS_OF = "2025-09-15"
BATCHES, COUNTRY = (11, 110, 292), 292 * 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--country", action="store_true", help="3,504 reports once")
    chosen = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["KUNTAKOONTI_OUTPUT"] = str(Path(temporary) / "outputs")
        lend_browser(Path(temporary) / "browsers")
        codes = [job.municipality for job in drafted()]
        compare(codes, chosen.repeat, Path(temporary))
        grow([*BATCHES, *([COUNTRY] if chosen.country else [])], chosen.repeat, Path(temporary))


def drafted():  # type: ignore[no-untyped-def]
    """The example area's month, drafted; its jobs."""
    output = os.environ["KUNTAKOONTI_OUTPUT"]
    command = [sys.executable, "-m", "kuntakoonti", "month", RELEASE, "--as-of", AS_OF, "--data",
               str(PROJECT / "data" / "example"), "--output", output, "--format", "csv"]  # fmt: skip
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return jobs(11, Path(output) / "none")


def compare(codes: list[str], repeat: int, temporary: Path) -> None:
    """A report by each contestant, taking turns; of this program eleven at a time."""
    webpdf = os.environ.get(BROWSERS)
    how = "nbconvert --to webpdf" if webpdf else "chromium --print-to-pdf (no webpdf here)"
    runs: dict[str, tuple[int, Callable[[int, Path], Cost]]] = {
        f"papermill + nbconvert --to html, {how}": (
            1,
            lambda n, f: with_command_line(codes[n % 11], f),
        ),
        "papermill + HTMLExporter, API, no PDF": (1, lambda n, f: with_interface(codes[n % 11], f)),
        "this program, batch of 11": (11, lambda _, f: batch(11, f)),
        "this program, batch of 110": (110, lambda _, f: batch(110, f)),
        "floor of 11": (11, lambda _, f: floor(11, f)),
        "floor of 110": (110, lambda _, f: floor(110, f)),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for number in range(repeat):
        for name, (_, run) in runs.items():
            costs[name].append(_in(temporary, lambda folder, run=run, n=number: run(n, folder)))
    print(f"{'a report':66}{'CPU s':>8}{'wall s':>8}{'kB':>7}{'peak MB':>9}{'ratio':>8}")
    first = median(c.cpu for c in costs[next(iter(runs))])
    for name, (count, _) in runs.items():
        cpu, wall, size, peak = _medians(costs[name])
        print(f"{name:66}{cpu / count:8.3f}{wall / count:8.3f}{size / count / 1e3:7.0f}"
              f"{peak / 1e6:9.0f}{first / cpu * count:8.1f}")  # fmt: skip
    ours, least = (
        median(c.cpu for c in costs[f"{n} of 110"]) for n in ("this program, batch", "floor")
    )
    print(f"a batch of 110 against the floor of 110: {ours / least:.2f}")


def grow(counts: list[int], repeat: int, temporary: Path) -> None:
    """Whether a report costs the same in a large batch: what each further report adds."""
    print(
        f"\n{'reports':>8}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'CPU a report':>14}{'a further one':>15}"
    )
    before, last = 2, _medians([_in(temporary, lambda f: batch(2, f)) for _ in range(repeat)])
    for count in counts:
        times = 1 if count > 110 else repeat
        found = _medians([_in(temporary, lambda f, n=count: batch(n, f)) for _ in range(times)])
        further = (found[0] - last[0]) / (count - before)
        print(f"{count:8}{found[0]:9.1f}{found[1]:9.1f}{found[3] / 1e6:9.0f}"
              f"{found[0] / count:14.3f}{further:15.3f}")  # fmt: skip
        before, last = count, found


def _medians(costs: list[Cost]) -> tuple[float, float, float, float]:
    fields = ("cpu", "wall", "size", "peak")
    cpu, wall, size, peak = (median(getattr(c, field) for c in costs) for field in fields)
    return cpu, wall, size, peak


def _in(temporary: Path, run: Callable[[Path], Cost]) -> Cost:
    with tempfile.TemporaryDirectory(dir=temporary) as folder:
        return run(Path(folder))


if __name__ == "__main__":
    main()
