"""The restricted room's notebook, run aside and put in place.

It loads what the work needs (papermill, DuckDB, pandas): who finds a release as it was asked for
does not import it, and is done in a second.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import nbformat
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from kuntakoonti.core.catalogues import message_of
from kuntakoonti.core.errors import DataProblems, KuntakoontiError, message
from kuntakoonti.core.files import (
    discard,
    disk_refusal,
    put_durably,
    replace_folder,
    staging_folder,
    write_atomic,
    write_bytes_atomic,
)
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import message_language
from kuntakoonti.core.settings import PROJECT, OutputFolder, Settings
from kuntakoonti.export.page import Options, read_page
from kuntakoonti.export.web_page import web_page
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Record, read_archive
from kuntakoonti.restricted.intake import fingerprint
from kuntakoonti.restricted.intake.problem_list import read_problems
from kuntakoonti.restricted.preparation.context import load_records
from kuntakoonti.restricted.preparation.key import secret_key
from kuntakoonti.restricted.preparation.refusals import read_refusal
from kuntakoonti.runner.make import execute

# What the notebook says between its tables, in its order; what is kept of a run says it in the
# language of messages.
SAID = (
    message(
        "# Preparation of the area\n\n"
        "Restricted room: this notebook holds exact figures. Steps: read → count → protect → hand "
        "over.\n"
        "Look at the tables before anything goes further."
    ),
    message("## Read: findings in the data"),
    message("## Count: do the books balance (the difference is always 0)"),
    message("## Foresee: where the year ends (the members' sum is the area's forecast)"),
    message(
        "The range does not cover what the area's own past has not had: a change of law or budget that is not "
        "told in the file `rules.yml` (`price_level`), nor a stall that was not noticed. Stalls are among the "
        "findings."
    ),
    message(
        "What has been recorded in the last four weeks, and what is usual. `since`: from when recording "
        "has stalled. If a stall shows to the members, tell it in the file `area.yml` (`notices`)."
    ),
    message(
        "How complete a month is: the recorded share of what the month will cost in the end, and "
        "the day from which the law makes it certainly complete."
    ),
    message(
        "Measured closing lag: the lag at which 99 per cent of client-months have been recorded. "
        "Taken into use at the turn of the year in the file `rules.yml`."
    ),
    message("## Protect: the exact figure and what is visible of it"),
    message(
        "The forecast of the year: the exact one, the one computed from what the pages show, and their "
        "difference."
    ),
    message(
        "The measured cost of a client-month (`average_cost`), in a final adjustment: what may be taken into "
        "the table of the pages' estimate."
    ),
    message("## Keep the books: the largest changes since the last approved release"),
    message("## Hand over"),
)


def prepare(settings: Settings, release: str, arguments: Mapping[str, str]) -> int:
    """Run prepare_area.ipynb aside and put the handover in place; how many problems were noted.

    Raises as `prepared_aside`; OUTPUT is then as it was but for the restricted log.
    """
    with prepared_aside(settings, release, arguments) as (stage, notes):
        _adopt(stage, settings.output, release)
    return notes


@contextmanager
def prepared_aside(
    settings: Settings, release: str, arguments: Mapping[str, str]
) -> Iterator[tuple[OutputFolder, int]]:
    """A staging folder in which prepare_area.ipynb was run, and how many problems it noted.

    Raises DataProblems or UsageError as the notebook did, else KuntakoontiError.
    """
    with staging_folder(settings.output) as stage:
        result = stage.restricted / "prepare" / f"{release}.ipynb"
        result.parent.mkdir(parents=True)
        environment = replace(settings, stage=stage).environment()
        try:
            notebook = PROJECT / "notebooks" / "prepare_area.ipynb"
            executed = execute(notebook, arguments, environment)
            told = _told(executed, message_language(settings.parameters))
            nbformat.write(told, result)
            result.with_suffix(".html").write_text(_as_page(told, release), encoding="utf-8")
        except PapermillExecutionError as error:
            raise safe_error(error, stage, settings.output) from None
        yield stage, len(read_problems(stage.problems))


def _told(notebook: NotebookNode, language: Language) -> NotebookNode:
    """The notebook with its texts in a language."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = language.text(message_of(cell.source))
    return notebook


def _as_page(notebook: NotebookNode, release: str) -> str:
    """The executed preparation as a page that opens without Jupyter; its code is left out."""
    return web_page(read_page(notebook, Options(strict=False, name=release, code=False)))


def is_made_from(record: Record, settings: Settings, parameters: Parameters, as_of: date) -> bool:
    """Whether an approved release was made from these records and rules on this extraction date.

    Raises DataProblems if the records cannot be read.
    """
    intake = load_records(settings, parameters, as_of, read_archive(settings.output.ledger))
    if intake.stops:
        raise DataProblems(intake.problems)
    if not settings.output.key.exists():
        return False  # without the key of its fingerprint nothing is known to be the same
    return (
        as_of == record.as_of
        and parameters.digest == record.parameters
        and fingerprint(intake.warehouse, as_of, secret_key(settings)) == record.inputs
    )


def safe_error(
    error: PapermillExecutionError, stage: OutputFolder, output: OutputFolder
) -> KuntakoontiError:
    """The safe error behind a failed preparation; its traceback goes to the restricted log only."""
    if error.ename == "DataProblems":
        return DataProblems(read_problems(stage.problems))
    refusal = read_refusal(stage.restricted) or _disk_refusal(str(error.evalue))
    if refusal:
        _keep_problems(stage, output)
        return refusal
    write_atomic(output.private("log") / "prepare.log", str(error))
    return KuntakoontiError(
        "The preparation stopped ({error}). Nothing was published. See restricted/log/prepare.log.",
        error=error.ename,
    )


def _disk_refusal(text: str) -> KuntakoontiError | None:
    """What a disk refused in the notebook, by the text of its error."""
    number = re.match(r"\[Errno (\d+)\]", text)
    return disk_refusal(OSError(int(number[1]), "")) if number else None


def _keep_problems(stage: OutputFolder, output: OutputFolder) -> None:
    """The list of a preparation that was refused for its published counts: it names each of them."""
    listed = stage.problems.read_bytes() if stage.problems.exists() else b""
    if b"published_count_differs" not in listed:
        return
    for path in (stage.problems, stage.problems.with_suffix(".json")):
        if path.exists():
            write_bytes_atomic(output.close_restricted() / path.name, path.read_bytes())


def _adopt(stage: OutputFolder, output: OutputFolder, release: str) -> None:
    """Move a finished preparation from the stage to OUTPUT; an equal handover is left in place."""
    output.close_restricted()
    for private in (output.protected, output.drafts):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    new, target = stage.handover(release), output.handover(release)
    if not (target.exists() and read_manifest(new) == read_manifest(target)):
        replace_folder(new, target)
    discard(output.secret.handover(release))
    for path in sorted(stage.restricted.rglob("*")):
        if path.is_file():
            place = output.restricted / path.relative_to(stage.restricted)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_durably(path, place)
