"""What a finished report costs: the ordinary tools, papermill's API, and a batch of this program.

    python benchmarks/batch.py                       # minutes
    python benchmarks/batch.py --country             # and a year of the country: 3,504 reports

Everybody runs monthly_annex.ipynb on the same handovers of the example data; the contestants take
turns. CPU seconds count every process that a run started. The floor is the least that there is to
do: fork, run the cells, call the four exporters; it neither reads a notebook nor writes a file.
A report of this program is run + HTML + PDF + XLSX + CSV, put in place; one of the ordinary tools is
run + HTML + PDF.
"""

import argparse
import ctypes
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).parents[1]
NOTEBOOK = PROJECT / "notebooks" / "monthly_annex.ipynb"
RELEASE, AS_OF = "2025-08", "2025-09-15"
BATCHES, COUNTRY = (11, 110, 292), 292 * 12
BIN = Path(sys.executable).parent
SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU and wall seconds, bytes of HTML and PDF, peak of shared memory counted once."""

    cpu: float
    wall: float
    size: int
    peak: int


# Measuring


def measured(folder: Path, *commands: Sequence[str | Path]) -> Cost:
    """Run commands one after another; orphans they leave (a fork server) are waited for as well."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with _peak() as peak:
        for command in commands:
            subprocess.run([str(word) for word in command], check=True, stderr=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL)  # fmt: skip
        wall = time.perf_counter() - started
        _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    pages = [p for p in folder.rglob("*") if p.suffix in (".html", ".pdf")]
    return Cost(cpu, wall, sum(p.stat().st_size for p in pages), max(peak))


def _wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


class _peak:
    """Samples the memory of all descendants: proportional set sizes, so that a shared page counts once."""

    def __enter__(self) -> list[int]:
        self.seen, self.ends = [0], threading.Event()
        self.sampler = threading.Thread(target=self._sample)
        self.sampler.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self.sampler.join()

    def _sample(self) -> None:
        while not self.ends.wait(0.25):
            self.seen.append(sum(_memory(pid) for pid in _descendants(os.getpid())))


def _descendants(pid: int) -> Iterator[int]:
    try:
        tasks = [t.read_text() for t in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has ended meanwhile
        return
    for child in (int(word) for text in tasks for word in text.split()):
        yield child
        yield from _descendants(child)


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


# The contestants


def with_command_line(code: str, folder: Path) -> Cost:
    """papermill, then nbconvert to HTML and to PDF, each a process of its own."""
    made = folder / "annex.ipynb"
    run = [BIN / "papermill", NOTEBOOK, made, "-r", "municipality", code, "-r", "month", RELEASE,
           "-r", "release", RELEASE]  # fmt: skip
    html = [BIN / "jupyter", "nbconvert", "--to", "html", made]
    return measured(folder, run, html, pdf_command(made))


def pdf_command(made: Path) -> list[str | Path]:
    """nbconvert's webpdf where its own browser is there, else the same browser engine directly."""
    if has_webpdf():
        return [BIN / "jupyter", "nbconvert", "--to", "webpdf", made]
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    page = made.with_suffix(".html")
    return [browser, "--headless", "--no-sandbox", "--disable-gpu",
            f"--print-to-pdf={made.with_suffix('.pdf')}", page.as_uri()]  # fmt: skip


def has_webpdf() -> bool:
    """Whether playwright has a browser; nbconvert cannot be told to use the system's."""
    place = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright"
    return any(Path(place).glob("chromium*"))


def with_interface(code: str, folder: Path) -> Cost:
    """papermill and nbconvert's HTML exporter as libraries, one kernel a report, no PDF."""
    return measured(folder, [sys.executable, __file__, "--part", "interface", code, str(folder)])


def batch(count: int, folder: Path) -> Cost:
    """This program's batch with two workers."""
    return measured(folder, [sys.executable, __file__, "--part", "batch", str(count), str(folder)])


def floor(count: int, folder: Path) -> Cost:
    return measured(folder, [sys.executable, __file__, "--part", "floor", str(count), str(folder)])


# What runs in a process of its own


def run_interface(code: str, folder: Path) -> None:
    import papermill
    from nbconvert import HTMLExporter

    values = {"municipality": code, "month": RELEASE, "release": RELEASE}
    executed = papermill.execute_notebook(str(NOTEBOOK), None, values, progress_bar=False)
    page, _ = HTMLExporter().from_notebook_node(executed)
    (folder / "annex.html").write_text(page, encoding="utf-8")


def run_batch(count: str, folder: Path) -> None:
    from kuntakoonti.publish.batch import make_reports

    outcomes = make_reports(jobs(int(count), folder), 2)
    assert {o.state for o in outcomes} == {"done"}, outcomes


def run_floor(count: str, folder: Path) -> None:
    import nbformat

    from kuntakoonti.publish import preload  # noqa: F401
    from kuntakoonti.publish.engine import _Child, _fill

    for job in jobs(int(count), folder):
        notebook = nbformat.read(job.notebook, as_version=4)
        notebook.cells[1].source += f'\nmunicipality = "{job.municipality}"'
        sources = [c.source if c.cell_type == "code" else "" for c in notebook.cells]
        with _Child(sources, 0) as child:
            for cell in [c for c, source in zip(notebook.cells, sources, strict=True) if source]:
                _fill(notebook.cells, cell, child.answer(cell))
        export(job, notebook)


def export(job, notebook) -> None:  # type: ignore[no-untyped-def]
    """The four exporters; what they return is thrown away."""
    from kuntakoonti.publish.report import _export, published
    from kuntakoonti.publish.sheet import figures_csv, sheet_of

    sheet = sheet_of(Path(job.handover), job.municipality)
    notebook = published(notebook, sheet.page)
    assert _export("html", notebook) and _export("pdf", notebook)
    assert sheet.workbook() and figures_csv(sheet.release, sheet.cells)


def jobs(count: int, folder: Path):  # type: ignore[no-untyped-def]
    """As many reports as asked for: the area's municipalities in turn, each with its own folder."""
    from kuntakoonti.outputs import Outputs
    from kuntakoonti.settings import settings_here

    own = [j for j in Outputs(settings_here()).jobs(RELEASE, folder) if j.municipality != "area"]
    return [
        replace(own[n % len(own)], target=str(folder / f"{n:04d}"),
                mark=str(folder / "made" / f"{n:04d}"), log=str(folder / "log" / f"{n:04d}.log"))
        for n in range(count)
    ]  # fmt: skip


# The table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--country", action="store_true", help="3,504 reports once")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        part, what, folder = chosen.part
        {"interface": run_interface, "batch": run_batch, "floor": run_floor}[part](
            what, Path(folder)
        )
        return
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["KUNTAKOONTI_OUTPUT"] = str(Path(temporary) / "outputs")
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
    how = "nbconvert --to webpdf" if has_webpdf() else "chromium --print-to-pdf (no webpdf here)"
    runs: dict[str, tuple[int, Callable[[int, Path], Cost]]] = {
        f"papermill + nbconvert, {how}": (1, lambda n, f: with_command_line(codes[n % 11], f)),
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
