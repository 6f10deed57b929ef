"""Who makes the report: the ordinary tools, their API, a batch of this program, and the floor.

python benchmarks/contestants.py batch 11 FOLDER     # one of them in a process of its own
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from cost import Cost, measured

PROJECT = Path(__file__).parents[1]
NOTEBOOK = PROJECT / "notebooks" / "monthly_annex.ipynb"
RELEASE = "2025-08"
BIN = Path(sys.executable).parent
BROWSERS = "PLAYWRIGHT_BROWSERS_PATH"
LAUNCH = (
    "from playwright.sync_api import sync_playwright\nwith sync_playwright() as p:\n"
    "    p.chromium.launch(args=['--no-sandbox']).close()"
)


def with_command_line(code: str, folder: Path) -> Cost:
    """papermill, then nbconvert to HTML and to PDF, each a process of its own."""
    made = folder / "annex.ipynb"
    run = [BIN / "papermill", NOTEBOOK, made, "-r", "municipality", code, "-r", "month", RELEASE,
           "-r", "release", RELEASE]  # fmt: skip
    html = [BIN / "jupyter", "nbconvert", "--to", "html", made]
    return measured(folder, run, html, pdf_command(made))


def pdf_command(made: Path) -> list[str | Path]:
    """nbconvert's webpdf where playwright finds a browser, else the same browser engine directly."""
    if os.environ.get(BROWSERS):
        return [BIN / "jupyter", "nbconvert", "--to", "webpdf", "--disable-chromium-sandbox", made]
    page = made.with_suffix(".html")
    return [shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu",
            f"--print-to-pdf={made.with_suffix('.pdf')}", page.as_uri()]  # fmt: skip


def lend_browser(folder: Path) -> None:
    """Put a link to the system's Chromium where playwright looks for its own, which it cannot be told.

    Without playwright or Chromium, or with a browser of playwright's own, nothing is changed.
    """
    before = os.environ.get(BROWSERS)
    os.environ[BROWSERS] = before or str(folder)
    tried = subprocess.run([sys.executable, "-c", LAUNCH], capture_output=True, text=True)
    missing = re.search(r"Executable doesn't exist at (\S+)", tried.stderr)
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    if missing and system and not before:
        place = Path(missing[1])
        place.parent.mkdir(parents=True)
        place.symlink_to(system)
        tried = subprocess.run([sys.executable, "-c", LAUNCH], capture_output=True, text=True)
    if tried.returncode and not before:
        del os.environ[BROWSERS]


def with_interface(code: str, folder: Path) -> Cost:
    """papermill and nbconvert's HTML exporter as libraries, one kernel a report, no PDF."""
    return measured(folder, [sys.executable, __file__, "interface", code, str(folder)])


def batch(count: int, folder: Path) -> Cost:
    """This program's batch with two workers."""
    return measured(folder, [sys.executable, __file__, "batch", str(count), str(folder)])


def floor(count: int, folder: Path) -> Cost:
    return measured(folder, [sys.executable, __file__, "floor", str(count), str(folder)])


def run_interface(code: str, folder: Path) -> None:
    import papermill
    from nbconvert import HTMLExporter

    values = {"municipality": code, "month": RELEASE, "release": RELEASE}
    executed = papermill.execute_notebook(str(NOTEBOOK), None, values, progress_bar=False)
    page, _ = HTMLExporter().from_notebook_node(executed)
    (folder / "annex.html").write_text(page, encoding="utf-8")


def run_batch(count: str, folder: Path) -> None:
    from kuntakoonti.runner.batch import make_reports

    outcomes = make_reports(jobs(int(count), folder), 2)
    assert {o.state for o in outcomes} == {"done"}, outcomes


def run_floor(count: str, folder: Path) -> None:
    import nbformat

    from kuntakoonti.runner import preload  # noqa: F401

    for job in jobs(int(count), folder):
        notebook = nbformat.read(job.notebook, as_version=4)
        notebook.cells[1].source += f'\nmunicipality = "{job.municipality}"'
        code = [c for c in notebook.cells if c.cell_type == "code"]
        for number, (cell, output) in enumerate(zip(code, shown(code), strict=True), 1):
            cell.execution_count, cell.outputs = number, [nbformat.from_dict(o) for o in output]
        export(job, notebook)


def shown(cells):  # type: ignore[no-untyped-def]
    """The results of cells, run in a fork by a plain IPython shell; anything else is not kept."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            with os.fdopen(writing, "w") as answer:
                json.dump(run_plainly(cells), answer)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        outputs = json.load(answer)
    os.wait()
    return outputs


def run_plainly(cells):  # type: ignore[no-untyped-def]
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    shell, outputs = InteractiveShell(config=settings), []
    for number, cell in enumerate(cells, 1):
        with contextlib.redirect_stdout(None):
            result = shell.run_cell(cell.source).result
        data, metadata = shell.display_formatter.format(result)
        outputs.append([] if result is None else [{"output_type": "execute_result", "data": data,
                       "metadata": metadata, "execution_count": number}])  # fmt: skip
    return outputs


def export(job, notebook) -> None:  # type: ignore[no-untyped-def]
    """The four exporters; what they return is thrown away."""
    from kuntakoonti.core.language import Language
    from kuntakoonti.export.report import figures_csv, sheet_of
    from kuntakoonti.public.handover import open_handover
    from kuntakoonti.runner.make import exported, published

    sheet = sheet_of(open_handover(Path(job.handover)), job.municipality, Language())
    notebook = published(notebook, sheet.page)
    assert len(exported(notebook, ("html", "pdf"))) == 2
    assert sheet.workbook() and figures_csv(sheet.release, sheet.cells)


def jobs(count: int, folder: Path):  # type: ignore[no-untyped-def]
    """As many reports as asked for: the area's municipalities in turn, each with its own folder."""
    from kuntakoonti.core.settings import settings_here
    from kuntakoonti.release.jobs import jobs_of, open_release

    output = settings_here().output
    known = jobs_of(output, open_release(output, RELEASE), (folder, folder))
    own = [j for j in known if j.municipality.isdigit()]
    return [
        replace(own[n % len(own)], target=str(folder / f"{n:04d}"),
                mark=str(folder / "made" / f"{n:04d}"), log=str(folder / "log" / f"{n:04d}.log"))
        for n in range(count)
    ]  # fmt: skip


if __name__ == "__main__":
    part, what, folder = sys.argv[1:]
    {"interface": run_interface, "batch": run_batch, "floor": run_floor}[part](what, Path(folder))
