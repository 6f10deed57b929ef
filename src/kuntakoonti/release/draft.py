"""What `month` and `year-end` do to an OUTPUT folder: drafts, made aside and renamed."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, DataProblems, UsageError
from kuntakoonti.core.files import staging_folder, write_atomic
from kuntakoonti.core.light_imports import without_iri_grammar
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import as_date
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.read_back import is_there, make_again, text_of
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.parameters.missing import refuse_missing
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.release.approve import approve, finish
from kuntakoonti.release.attack_check import attack_draft
from kuntakoonti.release.index import refuse_unreadable_folder, write_index
from kuntakoonti.release.integrity import open_archive, refuse_other_area
from kuntakoonti.release.jobs import PreparedRelease, draft_jobs, open_release, open_releases
from kuntakoonti.release.lists import sha256_of, write_draft_manifest, write_outcomes
from kuntakoonti.restricted.preparation.context import refuse_wrong_dates, year_end_name
from kuntakoonti.runner.batch import Workers, make_reports
from kuntakoonti.runner.job import FORMATS, Job
from kuntakoonti.runner.progress import teller


@dataclass(frozen=True)
class Request:
    """What the analyst asked for; ``release`` is the month, or the year's end.

    A year's end that cannot be final yet is admitted as its estimate. ``coarse``: R9's publication
    of budgets and advances only. ``languages``: of all pages instead of the members' own.
    ``accept_history``: the role that accepts published counts which differ from the records.
    """

    release: ReleaseName
    as_of: str
    settings: Settings
    municipalities: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    workers: Workers = 0
    approve_by: str = ""
    coarse: bool = False
    languages: tuple[str, ...] = ()
    accept_history: str = ""

    @property
    def month(self) -> str:
        """The month that is prepared."""
        return self.release.month

    @property
    def arguments(self) -> dict[str, str]:
        """The parameters of the preparation's notebook."""
        asked = {"month": self.month, "as_of": self.as_of, "release": str(self.release)}
        asked |= {"coarse": "R9"} if self.coarse else {}
        return asked | ({"accept_history": self.accept_history} if self.accept_history else {})


def admit(request: Request, say: Messenger) -> tuple[Request, Archive, str]:
    """The request by its release's name, the archive, and the key of the run.

    UsageError and DataProblems for what may not be made, or not again from other records.
    """
    settings = request.settings
    parameters = load_parameters(settings.parameters)
    for code in request.municipalities:
        parameters.area.member(code)
    archive, as_of = open_archive(settings.output, say), as_date(request.as_of, "--as-of")
    refuse_other_area(archive, parameters.area.code)
    if request.release.kind != "month":
        name = year_end_name(request.release.year, parameters, as_of)
        request = replace(request, release=name)
    key, record = _run_key(request, parameters), archive.release(request.release)
    if record is None:
        _refuse_unready(parameters, request)
        refuse_wrong_dates(request.month, as_of, archive)
    else:
        if _run_mark(settings.output, record.release) != key:
            _refuse_other_inputs(settings, parameters, record, request.as_of)
        say(
            "{release} is approved already from these data; no new one is made.",
            release=record.release,
        )
    return request, archive, key


def _refuse_unready(parameters: Parameters, request: Request) -> None:
    """UsageError for a key that a new release needs, and for a role that is not the area's."""
    refuse_missing(parameters)
    named = {"--approve-by": request.approve_by, "--by": request.accept_history}
    for option, role in named.items():
        if role:
            parameters.area.refuse_other_role(option, role, date.today())


def make_release(request: Request, say: Messenger) -> int:
    """Make the draft of a month or a year's end (and approve it if asked); the exit code."""
    request, archive, key = admit(request, say)
    output, release = request.settings.output, request.release
    refuse_unreadable_folder(output, archive.head)
    record = archive.release(release)
    if record:
        return finish(output, archive, record, request.workers, say)
    if not is_prepared(request, archive, key):
        _prepare(request, key, say)
    prepared = open_release(output, release).in_languages(request.languages).written()
    if request.approve_by:
        return approve(output, release, request.approve_by, say, request.workers)
    with staging_folder(output) as stage:
        public = attack_draft(output, archive, prepared.public, stage, say)
    prepared = replace(prepared, public=public)
    done = _make_drafts(request, prepared, say)
    write_index(output, {**open_releases(output), release: prepared}, archive.head)
    return EXIT_DONE if done else EXIT_FAILED


def wanted_jobs(request: Request, prepared: PreparedRelease) -> list[Job]:
    """The pages that are wanted of a prepared release, as drafts."""
    jobs = draft_jobs(request.settings.output, prepared, request.formats)
    wanted = request.municipalities
    return [job for job in jobs if not wanted or job.municipality in wanted]


def is_prepared(request: Request, archive: Archive, key: str) -> bool:
    """Whether the handover is there already, made of these inputs by this program."""
    output, release = request.settings.output, request.release
    folder = output.handover(release)
    if _run_mark(output, release) != key or not folder.exists():
        return False
    manifest = read_manifest(folder)
    return (manifest.archive_head, manifest.program) == (archive.head, program_digest())


def _refuse_other_inputs(
    settings: Settings, parameters: Parameters, record: Record, as_of: str
) -> None:
    """An approved release may only be asked for again with what it was made of."""
    with without_iri_grammar():
        from kuntakoonti.release.prepare import is_made_from  # loads what the work needs

    if not is_made_from(record, settings, parameters, as_date(as_of, "--as-of")):
        raise UsageError(
            "{release} is approved from the data of the extraction date {as_of}, and now the "
            "data, the rules or the extraction date are others. What is approved is not changed: "
            "make the next release, which shows the new data.",
            release=record.release,
            as_of=record.as_of,
        )


def _prepare(request: Request, key: str, say: Messenger) -> None:
    """Run prepare_area.ipynb aside and put the handover in place."""
    with without_iri_grammar():
        from kuntakoonti.release.prepare import prepare  # loads what the work needs

    output, release = request.settings.output, request.release
    mark, before = _mark(output, release), _run_mark(output, release)
    mark.unlink(missing_ok=True)  # until all of it is in place
    try:
        notes = prepare(request.settings, release, request.arguments)
    except DataProblems:
        if before:
            write_atomic(mark, before)  # refused: what is there stays as it was
        raise
    write_atomic(mark, key)
    say.plural(
        "Prepared {release}, as at {as_of}; {count} note: restricted/problems.csv",
        "Prepared {release}, as at {as_of}; {count} notes: restricted/problems.csv",
        notes,
        release=release,
        as_of=request.as_of,
    )


def _make_drafts(request: Request, prepared: PreparedRelease, say: Messenger) -> bool:
    """Render the drafts that are wanted; whether all were made."""
    output, jobs = request.settings.output, wanted_jobs(request, prepared)
    outcomes = make_reports(jobs, request.workers, teller(len(jobs), say))
    write_outcomes(output, request.release, outcomes)
    write_draft_manifest(output, prepared)
    return all(o.state != "failed" for o in outcomes)


def _run_key(request: Request, parameters: Parameters) -> str:
    """SHA-256 of a run's input files, parameters and dates: the quick way to see nothing is new."""
    data, sources = request.settings.data, parameters.sources
    files = sorted(p for p in data.rglob("*") if p.is_file() and (sources or p.parent == data))
    parts = [
        request.month,
        request.as_of,
        parameters.digest,
        *(f"{r.role} {r.valid_from} {r.valid_to}" for r in parameters.area.roles),
        *(["coarse"] if request.coarse else []),
        *([f"accepted {request.accept_history}"] if request.accept_history else []),
        *([sources.digest] if sources else []),
        *([secrets.token_hex()] if sources and sources.asks_a_database else []),
        *(f"{p.relative_to(data).as_posix()} {sha256_of(p)}" for p in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _run_mark(output: OutputFolder, release: str) -> str:
    mark = _mark(output, release)
    return text_of(mark, make_again) if is_there(mark) else ""


def _mark(output: OutputFolder, release: str) -> Path:
    return output.log / f"{release}.run"
