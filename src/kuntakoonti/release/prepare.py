"""The restricted room's notebook, run aside and put in place.

It loads what the work needs (papermill, DuckDB, pandas): who finds a release as it was asked for
does not import it, and is done in a second.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from kuntakoonti.core.errors import DataProblems, KuntakoontiError, message
from kuntakoonti.core.files import (
    discard,
    disk_refusal,
    replace_folder,
    staging_folder,
    write_atomic,
)
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import message_language
from kuntakoonti.core.settings import PROJECT, Settings
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Record
from kuntakoonti.release.output_folder import secret_handover
from kuntakoonti.restricted.intake import fingerprint, load
from kuntakoonti.restricted.intake.problem_list import read_problems
from kuntakoonti.restricted.preparation.context import known_values
from kuntakoonti.restricted.preparation.refusals import read_refusal
from kuntakoonti.restricted.preparation.settlements import secret_key
from kuntakoonti.runner.make import execute

# What the notebook says between its tables, in its order; what is kept of a run says it in the
# language of messages.
SAID = (
    message(
        "# Alueen valmistelu\n\n"
        "Rajattu huone: tässä muistikirjassa on tarkkoja lukuja. Vaiheet: lue → laske → suojaa → luovuta.\n"
        "Katso taulukot ennen kuin mikään lähtee eteenpäin."
    ),
    message("## Lue: havainnot tiedoista"),
    message("## Laske: täsmäävätkö kirjat (sentteinä, erotus on aina 0)"),
    message("## Ennakoi: mihin vuosi päätyy (sentteinä, kuntien summa on alueen arvio)"),
    message(
        "Vaihteluväli ei kata sitä, mitä alueen omassa menneessä ei ole ollut: lain tai budjetin muutosta, josta ei ole kerrottu\n"
        "tiedostossa `rules.yml` (`price_level`), eikä katkosta, jota ei ole huomattu. Katkokset ovat havainnoissa."
    ),
    message(
        "Kuinka valmis kuukausi on: kirjattu osuus siitä, mitä kuukausi lopulta maksaa, ja mistä päivästä "
        "laki tekee siitä varmasti valmiin."
    ),
    message(
        "Mitattu valmistumisviive: millä viiveellä 99 % asiakaskuukausista on kirjattu. Otetaan käyttöön "
        "vuodenvaihteessa tiedostossa `rules.yml`."
    ),
    message("## Suojaa: tarkka luku ja se, mitä siitä näkyy"),
    message("## Kirjat talteen: suurimmat muutokset edellisestä valmistelusta"),
    message("## Luovuta"),
)


def prepare(settings: Settings, release: str, arguments: Mapping[str, str]) -> int:
    """Run prepare_area.ipynb aside and put the handover in place; how many problems were noted.

    Raises DataProblems or UsageError as the notebook did, else KuntakoontiError; OUTPUT is then as
    it was but for the restricted log.
    """
    with staging_folder(settings.output) as stage:
        result = stage / "restricted" / "prepare" / f"{release}.ipynb"
        result.parent.mkdir(parents=True)
        environment = replace(settings, stage=stage).environment()
        try:
            notebook = PROJECT / "notebooks" / "prepare_area.ipynb"
            executed = execute(notebook, arguments, environment)
            nbformat.write(_told(executed, message_language(settings.parameters)), result)
        except PapermillExecutionError as error:
            raise _safe(error, stage, settings) from None
        notes = len(read_problems(stage / "restricted" / "problems.csv"))
        _adopt(stage, settings, release)
    return notes


def _told(notebook: NotebookNode, language: Language) -> NotebookNode:
    """The notebook with its texts in a language."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = language.text(cell.source)
    return notebook


def is_made_from(record: Record, settings: Settings, parameters: Parameters, as_of: date) -> bool:
    """Whether an approved release was made from these records and rules on this extraction date.

    Raises DataProblems if the records cannot be read.
    """
    intake = load(settings.data, known_values(parameters), as_of)
    if intake.stops:
        raise DataProblems(intake.problems)
    if not (settings.output / "restricted" / "key").exists():
        return False  # without the key of its fingerprint nothing is known to be the same
    return (
        as_of == record.as_of
        and parameters.digest == record.parameters
        and fingerprint(intake.warehouse, as_of, secret_key(settings)) == record.inputs
    )


def _safe(error: PapermillExecutionError, stage: Path, settings: Settings) -> KuntakoontiError:
    """The safe error behind a failed preparation; its traceback goes to the restricted log only."""
    if error.ename == "DataProblems":
        return DataProblems(read_problems(stage / "restricted" / "problems.csv"))
    refusal = read_refusal(stage / "restricted")
    if refusal:
        return refusal
    disk = re.match(r"\[Errno (\d+)\]", str(error.evalue))
    if disk:
        return disk_refusal(OSError(int(disk[1]), ""))
    write_atomic(settings.private("log") / "prepare.log", str(error))
    return KuntakoontiError(
        "Valmistelu keskeytyi ({error}). Mitään ei julkaistu. Katso restricted/log/prepare.log.",
        error=error.ename,
    )


def _adopt(stage: Path, settings: Settings, release: str) -> None:
    """Move a finished preparation from the stage to OUTPUT; an equal handover is left in place."""
    for private in (settings.protected, settings.restricted, settings.output / "draft"):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    new, target = stage / "protected" / release, settings.protected / release
    if not (target.exists() and read_manifest(new) == read_manifest(target)):
        replace_folder(new, target)
    discard(secret_handover(settings.restricted, release))
    for path in sorted((stage / "restricted").rglob("*")):
        if path.is_file():
            place = settings.restricted / path.relative_to(stage / "restricted")
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(place)
