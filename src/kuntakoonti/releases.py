"""What `month`, `year-end` and `status` do to an OUTPUT folder: drafts, made aside and renamed."""

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from papermill.exceptions import PapermillExecutionError

from kuntakoonti.approval import (
    Say,
    approve,
    aside_of_output,
    finish,
    open_archive,
    secret_handover,
)
from kuntakoonti.calendar import as_date, year_of
from kuntakoonti.care import damage_lines, damage_of, refuse_other_area
from kuntakoonti.disclosure.archive import Archive, Record
from kuntakoonti.errors import EXIT_DONE, EXIT_FAILED, DataProblems, KuntakoontiError, UsageError
from kuntakoonti.handover import read_manifest, replace_folder
from kuntakoonti.insiders import insiders
from kuntakoonti.inspection import read_problems
from kuntakoonti.intake import fingerprint, load
from kuntakoonti.language import Language
from kuntakoonti.outputs import Outputs, sha256_of, write_aside
from kuntakoonti.publish.batch import Workers, make_reports
from kuntakoonti.publish.job import FORMATS
from kuntakoonti.publish.progress import teller
from kuntakoonti.publish.report import execute
from kuntakoonti.rules import Parameters, load_parameters
from kuntakoonti.sending import unsent_lines
from kuntakoonti.settings import PROJECT, Settings
from kuntakoonti.settled import secret_key
from kuntakoonti.trial import try_draft
from kuntakoonti.workroom import known_values, program_digest, refuse_wrong_dates, year_end_name


@dataclass(frozen=True)
class Request:
    """What the analyst asked for; ``release`` is the month, or ``2025`` for the year's end.

    ``coarse``: R9's publication of budgets and advances only. ``languages``: of all pages instead
    of the members' own.
    """

    release: str
    as_of: str
    settings: Settings
    municipalities: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    workers: Workers = 0
    approve_by: str = ""
    coarse: bool = False
    languages: tuple[str, ...] = ()

    @property
    def month(self) -> str:
        """The month that is prepared: a year's end is prepared like its December."""
        whole_year = len(self.release) == 4 or "tasaus" in self.release
        return f"{year_of(self.release)}-12" if whole_year else self.release


def make_release(request: Request, say: Say) -> int:
    """Make the draft of a month or a year's end (and approve it if asked); the exit code."""
    settings = request.settings
    parameters = load_parameters(settings.parameters)
    for code in request.municipalities:
        parameters.area.member(code)
    archive, as_of = open_archive(settings, say), as_date(request.as_of, "--as-of")
    refuse_other_area(archive, parameters.area.code)
    if len(request.release) == 4:
        name = year_end_name(request.release, parameters, as_of)
        request = replace(request, release=name)
    record = archive.release(request.release)
    if record:
        _refuse_other_inputs(request, parameters, record)
        say(f"{request.release} on jo hyväksytty näistä tiedoista; uutta ei tehdä.")
        return finish(settings, archive, record, request.workers, say)
    refuse_wrong_dates(request.month, as_of, archive)
    _prepare(request, parameters, archive, say)
    Outputs(settings).speak(request.release, request.languages)
    if request.approve_by:
        return approve(settings, request.release, request.approve_by, say, request.workers)
    with aside_of_output(settings.output) as stage:
        try_draft(settings, archive, Outputs(settings).handover(request.release), stage, say)
    return EXIT_FAILED if _make_drafts(request, say) else EXIT_DONE


def status(settings: Settings, say: Say) -> int:
    """What is drafted, published, failed, missing or changed; verifies the ledger."""
    archive, outputs = open_archive(settings, say), Outputs(settings)
    insiders(settings)
    failed = False
    for record in archive.records:
        say(f"{record.release}  hyväksytty  tilanne {record.as_of}, hyväksyjä {record.approved_by}")
        damage = damage_of(settings, record)
        failed = failed or damage is not None
        for line in damage_lines(damage) if damage else ():
            say(line)
    for manifest in outputs.manifests():
        bad = [o for o in outputs.outcomes(manifest.release) if o.state == "failed"]
        failed = failed or bool(bad)
        for outcome in bad:
            say(f"{manifest.release}  EPÄONNISTUI {outcome.name}: {outcome.reason}")
        if manifest.state == "draft":
            stale = manifest.archive_head != archive.head or manifest.program != program_digest()
            words = [
                f"tilanne {manifest.as_of}",
                *(["vanhentunut, tee uudelleen"] if stale else []),
            ]
            say(f"{manifest.release}  luonnos  {', '.join(words)}")
    for line in unsent_lines(settings.output, Language()):
        say(line)
    say(f"Arkisto on ehjä: {len(archive.records)} julkaisua.")
    return EXIT_FAILED if failed else EXIT_DONE


def _refuse_other_inputs(request: Request, parameters: Parameters, record: Record) -> None:
    """An approved release may only be asked for again with what it was made of."""
    settings, as_of = request.settings, as_date(request.as_of, "--as-of")
    if _run_mark(settings, record.release) == _run_key(request, parameters):
        return
    intake = load(settings.data, known_values(parameters), as_of)
    if intake.stops:
        raise DataProblems(intake.problems)
    same = (
        as_of == record.as_of
        and parameters.digest == record.parameters
        and fingerprint(intake.warehouse, as_of, secret_key(settings)) == record.inputs
    )
    if not same:
        raise UsageError(
            f"{request.release} on hyväksytty poimintapäivän {record.as_of} tiedoista, ja nyt tiedot, "
            "säännöt tai poimintapäivä ovat toiset. Hyväksyttyä ei muuteta: uudet tiedot näkyvät "
            "seuraavassa julkaisussa."
        )


def _prepare(request: Request, parameters: Parameters, archive: Archive, say: Say) -> None:
    """Run prepare_area.ipynb aside and put the handover in place, unless it is there already."""
    settings, release = request.settings, request.release
    folder, key = Outputs(settings).handover(release), _run_key(request, parameters)
    if _run_mark(settings, release) == key and (folder / "manifest.json").exists():
        manifest = read_manifest(folder)
        if (manifest.archive_head, manifest.program) == (archive.head, program_digest()):
            return
    with aside_of_output(settings.output) as stage:
        result = stage / "restricted" / "prepare" / f"{release}.ipynb"
        result.parent.mkdir(parents=True)
        arguments = {"month": request.month, "as_of": request.as_of, "release": release}
        arguments |= {"coarse": "R9"} if request.coarse else {}
        environment = replace(settings, stage=stage).environment()
        try:
            execute(PROJECT / "notebooks" / "prepare_area.ipynb", result, arguments, environment)
        except PapermillExecutionError as error:
            raise _safe(error, stage, settings) from None
        notes = len(read_problems(stage / "restricted" / "problems.csv"))
        _adopt(stage, settings, release)
    write_aside(settings.restricted / "log" / f"{release}.run", key)
    say(
        f"Valmisteltu {release}, tilanne {request.as_of}; {notes} huomautusta: restricted/problems.csv"
    )


def _safe(error: PapermillExecutionError, stage: Path, settings: Settings) -> KuntakoontiError:
    """The safe error behind a failed preparation; its traceback goes to the restricted log only."""
    if error.ename == "DataProblems":
        return DataProblems(read_problems(stage / "restricted" / "problems.csv"))
    if error.ename == "UsageError":
        return UsageError(str(error.evalue))
    write_aside(settings.private("log") / "prepare.log", str(error))
    return KuntakoontiError(
        f"Valmistelu keskeytyi ({error.ename}); katso restricted/log/prepare.log. Mitään ei julkaistu."
    )


def _adopt(stage: Path, settings: Settings, release: str) -> None:
    """Move a finished preparation from the stage to OUTPUT; an equal handover is left in place."""
    for private in (settings.protected, settings.restricted, settings.output / "draft"):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    new, target = stage / "protected" / release, settings.protected / release
    if not (target.exists() and read_manifest(new) == read_manifest(target)):
        replace_folder(new, target)
    shutil.rmtree(secret_handover(settings.restricted, release), ignore_errors=True)
    for path in sorted((stage / "restricted").rglob("*")):
        if path.is_file():
            place = settings.restricted / path.relative_to(stage / "restricted")
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(place)


def _make_drafts(request: Request, say: Say) -> bool:
    """Render the drafts that are wanted; whether any failed."""
    settings, outputs = request.settings, Outputs(request.settings)
    jobs = outputs.jobs(
        request.release, settings.output / "draft" / request.release, request.formats
    )
    pages = settings.restricted / "annexes" / "draft" / request.release
    jobs += outputs.secret_jobs(request.release, pages, request.formats)
    jobs += outputs.statement_jobs(
        request.release, settings.output / "draft" / request.release, request.formats
    )
    jobs = [
        j for j in jobs if not request.municipalities or j.municipality in request.municipalities
    ]
    outcomes = make_reports(jobs, request.workers, teller(len(jobs), say))
    outputs.write_outcomes(request.release, outcomes)
    outputs.write_manifest(request.release)
    outputs.write_index()
    return any(o.state == "failed" for o in outcomes)


def _run_key(request: Request, parameters: Parameters) -> str:
    """SHA-256 of a run's input files, parameters and dates: the quick way to see nothing is new."""
    files = sorted(p for p in request.settings.data.glob("*") if p.is_file())
    parts = [
        request.month,
        request.as_of,
        parameters.digest,
        *(["coarse"] if request.coarse else []),
        *(f"{p.name} {sha256_of(p)}" for p in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _run_mark(settings: Settings, month: str) -> str:
    mark = settings.restricted / "log" / f"{month}.run"
    return mark.read_text(encoding="utf-8") if mark.exists() else ""
