"""A release from draft to archive: what `month`, `approve` and `status` do to an OUTPUT folder.

Everything is made aside and renamed. An approval renders first, then appends to the ledger, then puts
the files in place; one that is interrupted in between is finished by the next.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from papermill.exceptions import PapermillExecutionError

from kuntakoonti.calendar import as_date, is_release, year_of
from kuntakoonti.disclosure.archive import Archive, Record, append, read_archive, record_of
from kuntakoonti.errors import EXIT_DONE, EXIT_FAILED, DataProblems, KuntakoontiError, UsageError
from kuntakoonti.handover import read_manifest, read_part, replace_folder
from kuntakoonti.inspection import read_problems
from kuntakoonti.intake import fingerprint, load
from kuntakoonti.outputs import Outputs, sha256_of, write_aside
from kuntakoonti.pipeline import (
    known_values,
    program_digest,
    refuse_wrong_dates,
    year_end_name,
)
from kuntakoonti.publish.batch import make_reports
from kuntakoonti.publish.report import FORMATS, Outcome, execute
from kuntakoonti.rules import Parameters, load_parameters
from kuntakoonti.settings import PROJECT, Settings
from kuntakoonti.settled import secret_key

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What the analyst asked for; ``release`` is the month, or ``2025`` for the year's end."""

    release: str
    as_of: str
    settings: Settings
    municipalities: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    workers: int = 0
    approve_by: str = ""

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
    if len(request.release) == 4:
        name = year_end_name(request.release, parameters, as_of)
        request = replace(request, release=name)
    record = archive.release(request.release)
    if record:
        _refuse_other_inputs(request, parameters, record)
        say(f"{request.release} on jo hyväksytty näistä tiedoista; uutta ei tehdä.")
        return _finish(settings, archive, record, request.workers, say)
    refuse_wrong_dates(request.month, as_of, archive)
    _prepare(request, parameters, archive, say)
    if request.approve_by:
        return approve(settings, request.release, request.approve_by, say, request.workers)
    return EXIT_FAILED if _make_drafts(request, say) else EXIT_DONE


def approve(settings: Settings, release: str, by: str, say: Say, workers: int = 0) -> int:
    """Draft → archive: render the final files, append the whole area to the ledger, dispatch."""
    archive = open_archive(settings, say)
    record = archive.release(release)
    if record:
        say(f"{release} on jo hyväksytty ({record.approved_by}).")
        return _finish(settings, archive, record, workers, say)
    if not by.strip():
        raise UsageError("--by: kirjoita hyväksyjän rooli, esimerkiksi controller.")
    folder = Outputs(settings).handover(release)
    manifest = read_manifest(folder)
    if manifest.archive_head != archive.head:
        raise UsageError(
            f"Luonnos {release} on tehty ennen viimeisintä hyväksyntää. Tee se uudelleen "
            f"(poimintapäivä {manifest.as_of} tai myöhempi)."
        )
    draft = record_of(json.loads(read_part(folder, "record.json")))
    record = replace(draft, approved_by=by.strip())
    with _aside(settings.output) as stage:
        if not _render(settings, stage, record, workers, say):
            return EXIT_FAILED
        archive = append(settings.ledger, archive, record)
        _put_in_place(settings, stage, release)
    say(f"{release} on kirjattu arkistoon, hyväksyjä {record.approved_by}.")
    return _dispatch(settings, archive, release)


def open_archive(settings: Settings, say: Say) -> Archive:
    """The verified archive; a new one is announced, one that is lost stops the run."""
    if settings.ledger.exists():
        return read_archive(settings.ledger)
    if settings.output.exists():
        released = sorted(p.name for p in settings.output.iterdir() if is_release(p.name))
        if released:
            raise UsageError(
                f"Kansiossa {settings.output} on julkaisuja ({', '.join(released)}) mutta ei arkistoa "
                "ledger.jsonl. Palauta se varmuuskopiosta; ilman sitä ei julkaista."
            )
    say(f"Uusi arkisto: kansiossa {settings.output} ei ole vielä hyväksyttyjä julkaisuja.")
    return Archive()


def status(settings: Settings, say: Say) -> int:
    """What is drafted, what has been published, what failed; verifies the ledger."""
    archive, outputs = open_archive(settings, say), Outputs(settings)
    failed = False
    for record in archive.records:
        words = [f"tilanne {record.as_of}", f"hyväksyjä {record.approved_by}"]
        words += [] if (settings.output / record.release).exists() else ["tiedostot puuttuvat"]
        say(f"{record.release}  hyväksytty  {', '.join(words)}")
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
    with _aside(settings.output) as stage:
        result = stage / "restricted" / "prepare" / f"{release}.ipynb"
        result.parent.mkdir(parents=True)
        arguments = {"month": request.month, "as_of": request.as_of, "release": release}
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
    shutil.rmtree(_secret(settings.restricted, release), ignore_errors=True)
    for path in sorted((stage / "restricted").rglob("*")):
        if path.is_file():
            place = settings.restricted / path.relative_to(stage / "restricted")
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.replace(place)


def _secret(restricted: Path, release: str) -> Path:
    """The handover of a release's secret pages."""
    return restricted / "secret" / "protected" / release


def _make_drafts(request: Request, say: Say) -> bool:
    """Render the drafts that are wanted; whether any failed."""
    settings, outputs = request.settings, Outputs(request.settings)
    jobs = outputs.jobs(
        request.release, settings.output / "draft" / request.release, request.formats
    )
    pages = settings.restricted / "annexes" / "draft" / request.release
    jobs += outputs.secret_jobs(request.release, pages, request.formats)
    jobs = [
        j for j in jobs if not request.municipalities or j.municipality in request.municipalities
    ]
    outcomes = make_reports(jobs, request.workers, _teller(len(jobs), say))
    outputs.write_outcomes(request.release, outcomes)
    outputs.write_manifest(request.release)
    outputs.write_index()
    return any(o.state == "failed" for o in outcomes)


def _finish(settings: Settings, archive: Archive, record: Record, workers: int, say: Say) -> int:
    """Make what an interrupted approval left undone: the ledger has the release, files may lack."""
    if not (settings.output / record.release).exists():
        with _aside(settings.output) as stage:
            if not _render(settings, stage, record, workers, say):
                return EXIT_FAILED
            _put_in_place(settings, stage, record.release)
    return _dispatch(settings, archive, record.release)


def _render(settings: Settings, stage: Path, record: Record, workers: int, say: Say) -> bool:
    """Render the final files of a release on the stage; whether all of them were made."""
    release, staged = record.release, Outputs(replace(settings, stage=stage))
    places = [(settings.protected / release, staged.handover(release))]
    places.append((_secret(settings.restricted, release), _secret(stage / "restricted", release)))
    for handover, folder in places:
        if handover.exists():
            shutil.copytree(handover, folder)
            done = {"state": "approved", "approved_by": record.approved_by}
            manifest = read_manifest(folder).model_copy(update=done)
            write_aside(folder / "manifest.json", manifest.model_dump_json(indent=1))
    jobs = staged.jobs(release, stage / "release")
    jobs += staged.secret_jobs(release, stage / "annexes")
    outcomes = make_reports(jobs, workers, _teller(len(jobs), say))
    Outputs(settings).write_outcomes(release, outcomes)
    failed = [o for o in outcomes if o.state == "failed"]
    if failed:
        Outputs(settings).write_index()
        say(f"{release}: {len(failed)} liitettä epäonnistui; mitään ei julkaistu.")
    return not failed


def _put_in_place(settings: Settings, stage: Path, release: str) -> None:
    """Handovers and pages from the stage to their folders; the secret ones stay restricted."""
    restricted = settings.restricted
    moves = {
        stage / "protected" / release: settings.protected / release,
        _secret(stage / "restricted", release): _secret(restricted, release),
        stage / "annexes": restricted / "annexes" / release,
        stage / "release": settings.output / release,
    }
    for new, target in moves.items():
        if new.exists():
            replace_folder(new, target)
    shutil.rmtree(restricted / "annexes" / "draft" / release, ignore_errors=True)


def _dispatch(settings: Settings, archive: Archive, month: str) -> int:
    """The lists around a release; equal files are left as they are."""
    outputs = Outputs(settings)
    _drop_estimate(settings, month)
    outputs.write_manifest(month)
    outputs.write_dispatch(archive)
    shutil.rmtree(settings.output / "draft" / month, ignore_errors=True)
    outputs.write_index()
    return EXIT_DONE


def _drop_estimate(settings: Settings, release: str) -> None:
    """An estimate that was never approved is of no use once the final adjustment is."""
    if not release.endswith("-tasaus"):
        return
    estimate = Outputs(settings).handover(f"{release}arvio")
    if estimate.exists() and read_manifest(estimate).state == "draft":
        shutil.rmtree(estimate)
        shutil.rmtree(settings.output / "draft" / estimate.name, ignore_errors=True)


def _run_key(request: Request, parameters: Parameters) -> str:
    """SHA-256 of a run's input files, parameters and dates: the quick way to see nothing is new."""
    files = sorted(p for p in request.settings.data.glob("*") if p.is_file())
    parts = [
        request.month,
        request.as_of,
        parameters.digest,
        *(f"{p.name} {sha256_of(p)}" for p in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _run_mark(settings: Settings, month: str) -> str:
    mark = settings.restricted / "log" / f"{month}.run"
    return mark.read_text(encoding="utf-8") if mark.exists() else ""


def _teller(total: int, say: Say) -> Callable[[Outcome], None]:
    words = {"done": "valmis", "unchanged": "ennallaan", "failed": "EPÄONNISTUI"}
    finished = iter(range(1, total + 1))

    def tell(outcome: Outcome) -> None:
        reason = f" ({outcome.reason})" if outcome.reason else ""
        say(f"[{next(finished)}/{total}] {outcome.name}: {words[outcome.state]}{reason}")

    return tell


@contextmanager
def _aside(output: Path) -> Iterator[Path]:
    """A private folder on OUTPUT's file system, gone afterwards."""
    near = output
    while not near.exists():
        near = near.parent
    stage = Path(tempfile.mkdtemp(prefix=".kuntakoonti-", dir=near))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
