"""One report: run its notebook by papermill, export it, and put the finished folder in place."""

import os
import shutil
import traceback
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from kuntakoonti.disk import refusal
from kuntakoonti.errors import KuntakoontiError, UsageError
from kuntakoonti.handover import replace_folder
from kuntakoonti.language import Language
from kuntakoonti.publish.job import (
    FORMATS,
    Job,
    Outcome,
    aside_of,
    is_made,
    made_from,
)
from kuntakoonti.publish.package import DESCRIPTOR, archive, datapackage
from kuntakoonti.publish.sheet import Sheet, figures_csv, sheet_of

CELL_SECONDS = 900
DEATHS = {
    "SIGKILL": "SIGKILL: muisti loppui tai prosessi lopetettiin",
    "SIGSEGV": "SIGSEGV: kirjaston vika",
}


def make_report(job: Job) -> Outcome:
    """Make one report; whatever goes wrong costs only this report and leaves nothing behind."""
    if is_made(job):
        return Outcome(job.municipality, job.name, "unchanged")
    aside = aside_of(job)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        _make(job, aside)
        if job.loose:
            _let_loose(job, aside)
        else:
            replace_folder(aside, Path(job.target))
        _write(Path(job.mark), made_from(job))
        return Outcome(job.municipality, job.name, "done")
    except Exception as error:
        return Outcome(job.municipality, job.name, "failed", _reason(error, Path(job.log)))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _reason(error: Exception, log: Path) -> str:
    """Why a report failed and where its traceback is; a log that cannot be written is said too."""
    said = str(error) if isinstance(error, KuntakoontiError) else getattr(error, "ename", "")
    if isinstance(error, OSError) and error.errno:
        said = refusal(error)
    try:
        _write(log, "".join(traceback.format_exception(error)))
    except OSError as second:
        return f"{said or type(error).__name__} (loki: {refusal(second)})"
    return f"{said or type(error).__name__}, loki {log.name}"


def execute(
    notebook: Path, result: Path, parameters: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    """Run a notebook by papermill; a parameter that it does not declare is refused.

    Raises papermill's error of a cell, and KuntakoontiError if the notebook ended too early.
    """
    declared = set(papermill.inspect_notebook(str(notebook)))
    unknown = sorted(set(parameters) - declared)
    if unknown:
        raise UsageError(
            f"Muistikirjassa {notebook.name} ei ole parametria {unknown[0]}; sillä on {', '.join(sorted(declared))}."
        )
    before = dict(os.environ)
    os.environ.update(environment)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        executed: NotebookNode = papermill.execute_notebook(
            str(notebook),
            None,
            parameters=dict(parameters),
            engine_name="forked",
            progress_bar=False,
            log_output=False,
            execution_timeout=CELL_SECONDS,
        )
    except DeadKernelError as error:
        cause = str(error).rpartition(": ")[2]
        raise KuntakoontiError(
            f"muistikirjan {notebook.name} prosessi kuoli ({DEATHS.get(cause, cause)})"
        ) from None
    except CellTimeoutError:
        raise KuntakoontiError(
            f"muistikirjan {notebook.name} solu ei päättynyt {CELL_SECONDS} sekunnissa"
        ) from None
    finally:
        os.environ.clear()
        os.environ.update(before)
    if not all(
        c.execution_count for c in executed.cells if c.cell_type == "code" and c.source.strip()
    ):
        raise KuntakoontiError(f"muistikirja {notebook.name} päättyi kesken")
    nbformat.write(executed, result)


def published(notebook: NotebookNode, page: Mapping[str, str]) -> NotebookNode:
    """The executed notebook without times, paths and random ids, with its page's settings.

    What a cell printed is not for readers: a library's warning holds paths and comes only once.
    """
    notebook.metadata.pop("papermill", None)
    notebook.metadata["kuntakoonti"] = dict(page)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        if "outputs" in cell:
            cell["outputs"] = [o for o in cell.outputs if o.output_type != "stream"]
        tags = cell.metadata.get("tags", [])
        cell["metadata"] = nbformat.from_dict({"tags": tags} if tags else {})
    return notebook


def _make(job: Job, folder: Path) -> None:
    """The report in all its languages; figures, descriptor and archive once."""
    sheets = [sheet_of(Path(job.handover), job.municipality, Language(c)) for c in job.languages]
    for sheet in sheets:
        _make_pages(job, sheet, folder)
    if "csv" in job.formats:
        first = sheets[0]
        figures = figures_csv(first.release, first.cells)
        (folder / f"{first.stem}.csv").write_bytes(figures)
        (folder / DESCRIPTOR).write_bytes(datapackage(sheets, folder))
        if job.packed and job.formats == FORMATS:
            packed = archive(folder, date.fromisoformat(first.date))
            (folder / f"{first.stem}.zip").write_bytes(packed)


def _make_pages(job: Job, sheet: Sheet, folder: Path) -> None:
    """Notebook, HTML, PDF and XLSX of one language."""
    result = folder / f"{sheet.page_stem}.ipynb"
    execute(Path(job.notebook), result, sheet.parameters, dict(job.environment))
    notebook = published(nbformat.read(result, as_version=4), sheet.page)
    nbformat.write(notebook, result)
    makers: dict[str, Callable[[], bytes]] = {
        "html": lambda: _export("html", notebook),
        "pdf": lambda: _export("pdf", notebook),
    }
    if sheet.workbook:
        makers["xlsx"] = sheet.workbook
    for suffix in (kind for kind in job.formats if kind in makers):
        (folder / f"{sheet.page_stem}.{suffix}").write_bytes(makers[suffix]())


def _let_loose(job: Job, folder: Path) -> None:
    for page in sorted(folder.iterdir()):
        if page.suffix[1:] in job.formats:
            page.replace(Path(job.target).with_name(page.name))


def _export(kind: str, notebook: NotebookNode) -> bytes:
    output, _ = _exporter(kind).from_notebook_node(notebook)
    return output if isinstance(output, bytes) else str(output).encode()


@cache
def _exporter(kind: str) -> Exporter:
    from kuntakoonti.publish.html import AnnexHTMLExporter
    from kuntakoonti.publish.typst import TypstExporter

    found: Exporter = AnnexHTMLExporter() if kind == "html" else TypstExporter()
    return found


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text, encoding="utf-8")
