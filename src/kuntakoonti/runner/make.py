"""One report: run its notebook by papermill, export it, and put the finished folder in place."""

import os
import shutil
import traceback
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from kuntakoonti.core.errors import KuntakoontiError, UsageError, message
from kuntakoonti.core.files import disk_refusal, replace_folder, system_error, write_atomic
from kuntakoonti.core.language import Language
from kuntakoonti.export.package import DESCRIPTOR, archive, datapackage
from kuntakoonti.export.page import read_page
from kuntakoonti.export.report import Sheet, figures_csv, sheet_of
from kuntakoonti.export.web_page import web_page
from kuntakoonti.public.handover import open_handover
from kuntakoonti.runner.job import FORMATS, Job, Outcome, aside_of, failure, is_made, mark_of

CELL_SECONDS = 900
DEATHS = {
    "SIGKILL": message(
        "The process of the notebook {notebook} died (SIGKILL): memory ran out or the process was "
        "ended. Free some memory and run the same command again."
    ),
    "SIGSEGV": message(
        "The process of the notebook {notebook} died (SIGSEGV): a fault of a library. Run the same "
        "command again; if it happens again, tell the maintainers."
    ),
}
DEATH = message(
    "The process of the notebook {notebook} died ({cause}). Run the same command again."
)


def make_report(job: Job) -> Outcome:
    """Make one report; whatever goes wrong costs only this report and leaves nothing behind."""
    aside = aside_of(job)
    try:
        if is_made(job):
            return Outcome(job.municipality, job.name, "unchanged")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        _make(job, aside)
        mark = mark_of(job, aside)
        if job.loose:
            _let_loose(job, aside)
        else:
            replace_folder(aside, Path(job.target))
        write_atomic(Path(job.mark), mark)
        return Outcome(job.municipality, job.name, "done")
    except Exception as error:
        return failure(job, *_reasons(error, Path(job.log)))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _reasons(error: Exception, log: Path) -> tuple[KuntakoontiError, KuntakoontiError]:
    """Why a report failed and where its traceback is, or why no log could be written."""
    try:
        _write(log, "".join(traceback.format_exception(error)))
    except OSError as second:
        return _safe(error), system_error(second)
    return _safe(error), KuntakoontiError("See restricted/log/{log}.", log=log.name)


def _safe(error: Exception) -> KuntakoontiError:
    """An error that quotes nothing; of any other than our own only its kind is said."""
    if isinstance(error, KuntakoontiError):
        return error
    refusal = disk_refusal(error) if isinstance(error, OSError) else None
    if refusal:
        return refusal
    kind = getattr(error, "ename", "") or type(error).__name__
    return KuntakoontiError("The page stopped at the error {error}.", error=kind)


def execute(
    notebook: Path, parameters: Mapping[str, str], environment: Mapping[str, str]
) -> NotebookNode:
    """Run a notebook by papermill; a parameter that it does not declare is refused.

    Raises papermill's error of a cell, and KuntakoontiError if the notebook ended too early.
    """
    _refuse_undeclared(notebook, parameters)
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
            DEATHS.get(cause, DEATH), notebook=notebook.name, cause=cause
        ) from None
    except CellTimeoutError:
        raise KuntakoontiError(
            "A cell of the notebook {notebook} did not end in time ({seconds} s). Run the same "
            "command again.",
            notebook=notebook.name,
            seconds=CELL_SECONDS,
        ) from None
    finally:
        os.environ.clear()
        os.environ.update(before)
    if not all(
        c.execution_count for c in executed.cells if c.cell_type == "code" and c.source.strip()
    ):
        raise KuntakoontiError(
            "The notebook {notebook} ended too early. Run the same command again.",
            notebook=notebook.name,
        )
    return executed


@cache
def _declared(notebook: str, _changed: int) -> frozenset[str]:
    """The parameters that a notebook declares; read again when its file has changed."""
    return frozenset(papermill.inspect_notebook(notebook))


def _refuse_undeclared(notebook: Path, parameters: Mapping[str, str]) -> None:
    declared = _declared(str(notebook), notebook.stat().st_mtime_ns)
    for name in sorted(set(parameters) - declared):
        raise UsageError(
            "The notebook {notebook} has no parameter {name}. Its parameters: {known}.",
            notebook=notebook.name,
            name=name,
            known=", ".join(sorted(declared)),
        )


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
    handover = open_handover(Path(job.handover))
    sheets = [sheet_of(handover, job.municipality, Language(c)) for c in job.languages]
    for sheet in sheets:
        _make_pages(job, sheet, folder)
    if "csv" in job.formats:
        first = sheets[0]
        figures = figures_csv(first.release, first.cells, first.invented, first.marks)
        (folder / f"{first.stem}.csv").write_bytes(figures)
        (folder / DESCRIPTOR).write_bytes(datapackage(sheets, folder))
        if job.packed and job.formats == FORMATS:
            packed = archive(folder, date.fromisoformat(first.date))
            (folder / f"{first.stem}.zip").write_bytes(packed)


def _make_pages(job: Job, sheet: Sheet, folder: Path) -> None:
    """Notebook, HTML, PDF and XLSX of one language."""
    executed = execute(Path(job.notebook), sheet.parameters, dict(job.environment))
    notebook = published(executed, sheet.page)
    nbformat.write(notebook, folder / f"{sheet.page_stem}.ipynb")
    made = exported(notebook, job.formats)
    if sheet.workbook and "xlsx" in job.formats:
        made["xlsx"] = sheet.workbook()
    for suffix, content in made.items():
        (folder / f"{sheet.page_stem}.{suffix}").write_bytes(content)


def exported(notebook: NotebookNode, formats: Collection[str]) -> dict[str, bytes]:
    """HTML and PDF of a notebook, those that are wanted, from the same tree."""
    if not {"html", "pdf"} & set(formats):
        return {}
    page = read_page(notebook)
    made = {"html": web_page(page).encode()} if "html" in formats else {}
    if "pdf" in formats:
        from kuntakoonti.export.print_page import print_page  # typst starts threads

        made["pdf"] = print_page(page)
    return made


def _let_loose(job: Job, folder: Path) -> None:
    for page in sorted(folder.iterdir()):
        if page.suffix[1:] in job.formats:
            page.replace(Path(job.target).with_name(page.name))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text, encoding="utf-8")
