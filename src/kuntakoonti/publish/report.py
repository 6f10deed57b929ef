"""One report: run its notebook by papermill, export it, and put the finished folder in place."""

import hashlib
import os
import shutil
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from kuntakoonti.errors import KuntakoontiError, UsageError
from kuntakoonti.handover import replace_folder
from kuntakoonti.publish.sheet import datapackage, figures_csv, sheet_of

FORMATS = ("html", "pdf", "xlsx", "csv")


@dataclass(frozen=True)
class Job:
    """A report to make; paths are text so that a job can go to another process or machine."""

    municipality: str
    name: str
    notebook: str
    handover: str
    target: str
    log: str
    mark: str
    formats: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    digest: str


@dataclass(frozen=True)
class Outcome:
    """What became of a job: ``done``, ``unchanged`` or ``failed`` with a reason that quotes nothing."""

    municipality: str
    name: str
    state: str
    reason: str = ""


def make_report(job: Job) -> Outcome:
    """Make one report; whatever goes wrong costs only this report and leaves nothing behind."""
    target = Path(job.target)
    if is_made(job):
        return Outcome(job.municipality, job.name, "unchanged")
    aside = aside_of(job)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        _make(job, aside)
        replace_folder(aside, target)
        _write(Path(job.mark), _made(job))
        return Outcome(job.municipality, job.name, "done")
    except Exception as error:
        _write(Path(job.log), traceback.format_exc())
        said = str(error) if isinstance(error, KuntakoontiError) else ""
        reason = said or getattr(error, "ename", type(error).__name__)
        return Outcome(job.municipality, job.name, "failed", f"{reason}, loki {Path(job.log).name}")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def aside_of(job: Job) -> Path:
    """The folder beside the target in which the report is made before it is renamed."""
    target = Path(job.target)
    return target.with_name(f".{target.name}.part")


def is_made(job: Job) -> bool:
    """Whether the report is in place and was made from exactly this."""
    return Path(job.target).exists() and _read(Path(job.mark)) == _made(job)


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
        )
    except DeadKernelError:
        raise KuntakoontiError(f"muistikirjan {notebook.name} prosessi kuoli") from None
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
    sheet = sheet_of(Path(job.handover), job.municipality)
    result = folder / f"{sheet.stem}.ipynb"
    execute(Path(job.notebook), result, sheet.parameters, dict(job.environment))
    notebook = published(nbformat.read(result, as_version=4), sheet.page)
    nbformat.write(notebook, result)
    makers: dict[str, Callable[[], bytes]] = {
        "html": lambda: _export("html", notebook),
        "pdf": lambda: _export("pdf", notebook),
        "xlsx": sheet.workbook,
        "csv": lambda: figures_csv(sheet.release, sheet.cells),
    }
    for suffix in job.formats:
        (folder / f"{sheet.stem}.{suffix}").write_bytes(makers[suffix]())
    if "csv" in job.formats:
        (folder / "datapackage.json").write_bytes(datapackage(sheet))


def _export(kind: str, notebook: NotebookNode) -> bytes:
    output, _ = _exporter(kind).from_notebook_node(notebook)
    return output if isinstance(output, bytes) else str(output).encode()


@cache
def _exporter(kind: str) -> Exporter:
    from kuntakoonti.publish.html import AnnexHTMLExporter
    from kuntakoonti.publish.typst import TypstExporter

    found: Exporter = AnnexHTMLExporter() if kind == "html" else TypstExporter()
    return found


def _made(job: Job) -> str:
    """What a finished folder was made from: handover slice, program, notebook and formats."""
    parts = [job.digest, *job.formats, Path(job.notebook).read_bytes().hex()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text, encoding="utf-8")
