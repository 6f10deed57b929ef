"""What `month`, `year-end` and `status` do to an OUTPUT folder: drafts, made aside and renamed."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, DataProblems, UsageError
from kuntakoonti.core.files import staging_folder, write_atomic
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import as_date, year_of
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.settings import Settings
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.release.approve import approve, finish
from kuntakoonti.release.attack_check import attack_draft
from kuntakoonti.release.index import write_index
from kuntakoonti.release.integrity import open_archive, refuse_other_area
from kuntakoonti.release.output_folder import Outputs, sha256_of
from kuntakoonti.restricted.preparation.context import refuse_wrong_dates, year_end_name
from kuntakoonti.runner.batch import Workers, make_reports
from kuntakoonti.runner.job import FORMATS, Job
from kuntakoonti.runner.progress import teller


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


@dataclass(frozen=True)
class AdmittedRequest:
    """A request that may be made, by its release's name; ``record`` if it is approved already."""

    request: Request
    parameters: Parameters
    archive: Archive
    record: Record | None


def admit(request: Request, say: Messenger) -> AdmittedRequest:
    """Read parameters and archive, and refuse what may not be made: UsageError, DataProblems."""
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
        say("{release} on jo hyväksytty näistä tiedoista; uutta ei tehdä.", release=record.release)
    else:
        refuse_wrong_dates(request.month, as_of, archive)
    return AdmittedRequest(request, parameters, archive, record)


def make_release(request: Request, say: Messenger) -> int:
    """Make the draft of a month or a year's end (and approve it if asked); the exit code."""
    asked = admit(request, say)
    settings, archive, request = request.settings, asked.archive, asked.request
    if asked.record:
        return finish(settings, archive, asked.record, request.workers, say)
    _prepare(asked, say)
    Outputs(settings).speak(request.release, request.languages)
    if request.approve_by:
        return approve(settings, request.release, request.approve_by, say, request.workers)
    with staging_folder(settings.output) as stage:
        attack_draft(settings, archive, Outputs(settings).handover(request.release), stage, say)
    return EXIT_FAILED if _make_drafts(request, say) else EXIT_DONE


def _refuse_other_inputs(request: Request, parameters: Parameters, record: Record) -> None:
    """An approved release may only be asked for again with what it was made of."""
    settings, as_of = request.settings, as_date(request.as_of, "--as-of")
    if _run_mark(settings, record.release) == _run_key(request, parameters):
        return
    from kuntakoonti.release.prepare import is_made_from  # loads what the work needs

    if not is_made_from(record, settings, parameters, as_of):
        raise UsageError(
            "{release} on hyväksytty poimintapäivän {as_of} tiedoista, ja nyt tiedot, säännöt tai "
            "poimintapäivä ovat toiset. Hyväksyttyä ei muuteta: tee seuraava julkaisu, uudet tiedot "
            "näkyvät siinä.",
            release=record.release,
            as_of=record.as_of,
        )


def is_prepared(asked: AdmittedRequest) -> bool:
    """Whether the handover is there already, made of these inputs by this program."""
    settings, release = asked.request.settings, asked.request.release
    folder, key = Outputs(settings).handover(release), _run_key(asked.request, asked.parameters)
    if _run_mark(settings, release) != key or not (folder / "manifest.json").exists():
        return False
    manifest = read_manifest(folder)
    return (manifest.archive_head, manifest.program) == (asked.archive.head, program_digest())


def _prepare(asked: AdmittedRequest, say: Messenger) -> None:
    """Run prepare_area.ipynb aside and put the handover in place, unless it is there already."""
    request, key = asked.request, _run_key(asked.request, asked.parameters)
    settings, release = request.settings, request.release
    if is_prepared(asked):
        return
    from kuntakoonti.release.prepare import prepare  # loads what the work needs

    arguments = {"month": request.month, "as_of": request.as_of, "release": release}
    arguments |= {"coarse": "R9"} if request.coarse else {}
    mark, before = _mark(settings, release), _run_mark(settings, release)
    mark.unlink(missing_ok=True)  # until all of it is in place
    try:
        notes = prepare(settings, release, arguments)
    except DataProblems:
        if before:
            write_atomic(mark, before)  # refused: what is there stays as it was
        raise
    write_atomic(mark, key)
    say.plural(
        "Valmisteltu {release}, tilanne {as_of}; {count} huomautus: restricted/problems.csv",
        "Valmisteltu {release}, tilanne {as_of}; {count} huomautusta: restricted/problems.csv",
        notes,
        release=release,
        as_of=request.as_of,
    )


def _make_drafts(request: Request, say: Messenger) -> bool:
    """Render the drafts that are wanted; whether any failed."""
    outputs = Outputs(request.settings)
    jobs = draft_jobs(request, outputs)
    outcomes = make_reports(jobs, request.workers, teller(len(jobs), say))
    outputs.write_outcomes(request.release, outcomes)
    outputs.write_manifest(request.release)
    write_index(outputs)
    return any(o.state == "failed" for o in outcomes)


def draft_jobs(request: Request, outputs: Outputs) -> list[Job]:
    """The pages that are wanted of a prepared release, as drafts."""
    settings, release, formats = request.settings, request.release, request.formats
    target = settings.output / "draft" / release
    pages = settings.restricted / "annexes" / "draft" / release
    jobs = outputs.jobs(release, target, formats)
    jobs += outputs.secret_jobs(release, pages, formats)
    jobs += outputs.statement_jobs(release, target, formats)
    wanted = request.municipalities
    return [job for job in jobs if not wanted or job.municipality in wanted]


def _run_key(request: Request, parameters: Parameters) -> str:
    """SHA-256 of a run's input files, parameters and dates: the quick way to see nothing is new."""
    data, sources = request.settings.data, parameters.sources
    files = sorted(p for p in data.rglob("*") if p.is_file() and (sources or p.parent == data))
    parts = [
        request.month,
        request.as_of,
        parameters.digest,
        *(["coarse"] if request.coarse else []),
        *([sources.digest] if sources else []),
        *([secrets.token_hex()] if sources and sources.asks_a_database else []),
        *(f"{p.relative_to(data).as_posix()} {sha256_of(p)}" for p in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _run_mark(settings: Settings, release: str) -> str:
    mark = _mark(settings, release)
    return mark.read_text(encoding="utf-8") if mark.exists() else ""


def _mark(settings: Settings, release: str) -> Path:
    return settings.restricted / "log" / f"{release}.run"
