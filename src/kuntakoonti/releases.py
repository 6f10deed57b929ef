"""A release from draft to archive: what `month`, `approve` and `status` do to an OUTPUT folder.

Everything is made aside and renamed; the ledger grows first, so that an interrupted approval is
finished by the next one.
"""

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from papermill.exceptions import PapermillExecutionError

from kuntakoonti.calendar import as_date, is_month
from kuntakoonti.disclosure.archive import Archive, Record, append, read_archive, record_of
from kuntakoonti.errors import EXIT_DONE, EXIT_FAILED, DataProblems, KuntakoontiError, UsageError
from kuntakoonti.handover import (
    AnnexFigures,
    Manifest,
    handover_digest,
    read_annex,
    read_manifest,
    read_part,
    replace_folder,
)
from kuntakoonti.intake import fingerprint, load
from kuntakoonti.pipeline import (
    approved,
    known_values,
    program_digest,
    refuse_wrong_dates,
    secret_key,
)
from kuntakoonti.publish.batch import make_reports
from kuntakoonti.publish.index import Entry, Section, index_page
from kuntakoonti.publish.report import FORMATS, Job, Outcome, execute, folder_name
from kuntakoonti.rules import Parameters, load_parameters
from kuntakoonti.settings import PROJECT, Settings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What the analyst asked for."""

    month: str
    as_of: str
    settings: Settings
    municipalities: tuple[str, ...] = ()
    formats: tuple[str, ...] = FORMATS
    workers: int = 0
    approve_by: str = ""


def make_month(request: Request, say: Say) -> int:
    """Make the draft of a month (and approve it if asked); returns the exit code."""
    settings = request.settings
    parameters = load_parameters(settings.parameters)
    for code in request.municipalities:
        parameters.area.member(code)
    if not is_month(request.month):
        raise UsageError(f"Kuukausi {request.month}: kirjoita muodossa 2025-08.")
    archive = open_archive(settings, say)
    record = archive.release(request.month)
    if record:
        _refuse_other_inputs(request, parameters, record)
        say(f"{request.month} on jo hyväksytty samoista tiedoista; uutta ei tehdä.")
        return _finish_approval(settings, archive, record, request.workers, say)
    refuse_wrong_dates(request.month, as_date(request.as_of, "--as-of"), archive)
    _prepare(request, parameters, archive, say)
    outcomes = _make_drafts(request, say)
    write_index(settings)
    if any(o.state == "failed" for o in outcomes):
        return EXIT_FAILED
    if request.approve_by:
        return approve(settings, request.month, request.approve_by, request.workers, say)
    return EXIT_DONE


def approve(settings: Settings, month: str, by: str, workers: int, say: Say) -> int:
    """Draft → archive: append the whole area to the ledger, render the final files, dispatch."""
    archive = open_archive(settings, say)
    record = archive.release(month)
    if record:
        say(f"{month} on jo hyväksytty ({record.approved_by}).")
        return _finish_approval(settings, archive, record, workers, say)
    folder = settings.protected / month
    manifest = read_manifest(folder)
    if manifest.archive_head != archive.head:
        raise UsageError(
            f"Luonnos {month} on tehty ennen viimeisintä hyväksyntää. Tee se uudelleen: "
            f"kuntakoonti month {month} --as-of …"
        )
    draft = record_of(json.loads(read_part(folder, "record.json")))
    archive = append(settings.ledger, archive, approved(draft, by))
    say(f"{month} on kirjattu arkistoon, hyväksyjä {by}.")
    return _finish_approval(settings, archive, archive.records[-1], workers, say)


def open_archive(settings: Settings, say: Say) -> Archive:
    """The verified archive; a new one is announced, one that is lost stops the run."""
    if settings.ledger.exists():
        return read_archive(settings.ledger)
    if settings.output.exists():
        released = [p.name for p in settings.output.iterdir() if is_month(p.name)]
        if released:
            raise UsageError(
                f"Kansiossa {settings.output} on julkaisuja ({', '.join(sorted(released))}) mutta ei "
                "arkistoa ledger.jsonl. Palauta se varmuuskopiosta; ilman sitä ei julkaista."
            )
    say(f"Uusi arkisto: kansiossa {settings.output} ei ole vielä hyväksyttyjä julkaisuja.")
    return Archive()


def status(settings: Settings, say: Say) -> int:
    """What is drafted, what has been published, what failed; verifies the ledger."""
    archive = open_archive(settings, say)
    for record in archive.records:
        missing = [] if (settings.output / record.release).exists() else ["tiedostot puuttuvat"]
        words = [f"tilanne {record.as_of}", f"hyväksyjä {record.approved_by}", *missing]
        say(f"{record.release}  hyväksytty  {', '.join(words)}")
    failed = False
    for manifest in _drafts(settings):
        stale = manifest.archive_head != archive.head or manifest.program != program_digest()
        bad = [o.name for o in _outcomes(settings, manifest.release) if o.state == "failed"]
        failed = failed or bool(bad)
        words = [f"tilanne {manifest.as_of}"]
        words += ["vanhentunut: tee luonnos uudelleen"] if stale else []
        words += [f"epäonnistui: {', '.join(bad)}"] if bad else []
        say(f"{manifest.release}  luonnos  {', '.join(words)}")
    say(f"Arkisto on ehjä: {len(archive.records)} julkaisua.")
    return EXIT_FAILED if failed else EXIT_DONE


def _refuse_other_inputs(request: Request, parameters: Parameters, record: Record) -> None:
    """An approved release may only be asked for again with what it was made of."""
    settings, as_of = request.settings, as_date(request.as_of, "--as-of")
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
            f"{request.month} on hyväksytty {record.as_of} tiedoista, ja nyt tiedot, säännöt tai poimintapäivä "
            "ovat toiset. Hyväksyttyä ei muuteta: tee seuraava kuukausi, jossa uudet tiedot näkyvät."
        )


def _prepare(request: Request, parameters: Parameters, archive: Archive, say: Say) -> None:
    """Run prepare_area.ipynb aside and put the handover in place, unless it is there already."""
    settings = request.settings
    with _aside(settings.output) as stage:
        inside = replace(settings, stage=stage)
        result = stage / "restricted" / "prepare" / f"{request.month}.ipynb"
        result.parent.mkdir(parents=True)
        notebook = PROJECT / "notebooks" / "prepare_area.ipynb"
        arguments = {"month": request.month, "as_of": request.as_of}
        try:
            execute(notebook, result, arguments, inside.environment())
        except PapermillExecutionError as error:
            raise _why(error, stage, settings) from None
        say(f"Valmisteltu {request.month}, tilanne {request.as_of}.")
        _adopt(stage, settings, request.month)


def _why(error: PapermillExecutionError, stage: Path, settings: Settings) -> KuntakoontiError:
    """The safe error behind a failed preparation; its traceback goes to the restricted log only."""
    problems = stage / "restricted" / "problems.csv"
    if error.ename == "DataProblems":
        return DataProblems(read_problems(problems))
    if error.ename == "UsageError":
        return UsageError(str(error.evalue))
    log = settings.restricted / "log" / "prepare.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log.write_text(str(error), encoding="utf-8")
    return KuntakoontiError(f"Valmistelu keskeytyi ({error.ename}); loki restricted/log/prepare.log.")


def _adopt(stage: Path, settings: Settings, month: str) -> None:
    """Move a finished preparation from the stage to OUTPUT; equal handovers are left in place."""
    for private in (settings.protected, settings.restricted, settings.output / "draft"):
        private.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.restricted / "prepare").mkdir(exist_ok=True, mode=0o700)
    for name in (f"prepare/{month}.ipynb", "problems.csv", "key"):
        if (stage / "restricted" / name).exists():
            os.replace(stage / "restricted" / name, settings.restricted / name)
    new, target = stage / "protected" / month, settings.protected / month
    if not (target.exists() and read_manifest(new) == read_manifest(target)):
        replace_folder(new, target)


def _make_drafts(request: Request, say: Say) -> tuple[Outcome, ...]:
    settings = request.settings
    jobs = _jobs(settings, request.month, settings.output / "draft", request.formats)
    wanted = [j for j in jobs if not request.municipalities or j.municipality in request.municipalities]
    outcomes = make_reports(wanted, request.workers, _teller(len(wanted), say))
    _write_outcomes(settings, request.month, outcomes)
    return outcomes


def _finish_approval(settings: Settings, archive: Archive, record: Record, workers: int, say: Say) -> int:
    """Render what an approved release lacks; safe to repeat after any interruption."""
    month = record.release
    folder = settings.protected / month
    manifest = read_manifest(folder)
    if manifest.state == "draft":
        done = manifest.model_copy(update={"state": "approved", "approved_by": record.approved_by})
        _write_aside(folder / "manifest.json", done.model_dump_json(indent=1))
    jobs = _jobs(settings, month, settings.output, FORMATS)
    if all((Path(j.target) / ".made").exists() for j in jobs):
        jobs = []
    outcomes = make_reports(jobs, workers, _teller(len(jobs), say))
    failed = any(o.state == "failed" for o in outcomes)
    if not failed:
        _write_release_manifest(settings, month)
        _write_dispatch(settings, archive)
        shutil.rmtree(settings.output / "draft" / month, ignore_errors=True)
    _write_outcomes(settings, month, outcomes)
    write_index(settings)
    return EXIT_FAILED if failed else EXIT_DONE


def _jobs(settings: Settings, month: str, root: Path, formats: Sequence[str]) -> list[Job]:
    folder = settings.protected / month
    environment = tuple(sorted(replace(settings, stage=None).environment().items()))
    jobs = []
    for annex in _annexes(folder):
        name = folder_name(annex)
        jobs.append(Job(
            municipality=annex.municipality,
            name=f"{annex.municipality} {annex.name.fi}",
            notebook=str(PROJECT / "notebooks" / "monthly_annex.ipynb"),
            handover=str(folder),
            target=str(root / month / name),
            log=str(settings.restricted / "log" / f"{month}-{name}.log"),
            formats=tuple(f for f in FORMATS if f in formats),
            environment=environment,
            digest=handover_digest(folder, annex.municipality) + program_digest(),
        ))  # fmt: skip
    return jobs


def _annexes(folder: Path) -> list[AnnexFigures]:
    codes = sorted(Path(name).stem for name in read_manifest(folder).files if name[0].isdigit())
    return [read_annex(folder, code) for code in codes]


def _write_release_manifest(settings: Settings, month: str) -> None:
    """``manifest.json`` of a release: the handover's, with the hash of every public file."""
    root, manifest = settings.output / month, read_manifest(settings.protected / month)
    files = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.name != "manifest.json"
    }
    public = manifest.model_copy(update={"files": files})
    _write_aside(root / "manifest.json", public.model_dump_json(indent=1) + "\n")


def _write_dispatch(settings: Settings, archive: Archive) -> None:
    """``dispatch.csv``: which file goes to which municipality with which invoice."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("municipality", "invoice", "file", "sha256"))
    for record in archive.records:
        root = settings.output / record.release
        for annex in _annexes(settings.protected / record.release):
            period = annex.facts.invoice_period
            ids = sorted({i.invoice_id for i in annex.invoices if i.period == period})
            for path in sorted((root / folder_name(annex)).glob("[!.]*")):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                name = path.relative_to(settings.output).as_posix()
                writer.writerow((annex.municipality, " ".join(ids), name, digest))
    _write_aside(settings.output / "dispatch.csv", text.getvalue())


def write_index(settings: Settings) -> None:
    """``index.html`` over drafts and releases, newest first."""
    sections = [_section(settings, m) for m in sorted(_manifests(settings), key=lambda m: m.release)]
    area = _annexes(settings.protected / sections[0].title[:7])[0].facts.area.fi if sections else ""
    page = index_page(f"Kuntalaskutuksen liitteet, {area}", tuple(reversed(sections)), settings.output)
    _write_aside(settings.output / "index.html", page)


def _section(settings: Settings, manifest: Manifest) -> Section:
    draft = manifest.state == "draft"
    root = settings.output / ("draft" if draft else "") / manifest.release
    failed = {o.municipality: o.reason for o in _outcomes(settings, manifest.release) if o.state == "failed"}
    state = "luonnos" if draft else "hyväksytty"
    entries = []
    for annex in _annexes(settings.protected / manifest.release):
        folder = root / folder_name(annex)
        reason = failed.get(annex.municipality)
        words = f"epäonnistui: {reason}" if reason else state if folder.exists() else "ei tehty"
        name = f"{annex.municipality} {annex.name.fi}"
        entries.append(Entry(name, words, folder, failed=bool(reason)))
    who = "" if draft else f", hyväksyjä {manifest.approved_by}"
    return Section(
        f"{manifest.release} {state}", f"Poimintapäivä {manifest.as_of:%-d.%-m.%Y}{who}", tuple(entries)
    )


def _manifests(settings: Settings) -> list[Manifest]:
    folders = settings.protected.glob("[0-9]*") if settings.protected.exists() else ()
    return [read_manifest(folder) for folder in sorted(folders)]


def _drafts(settings: Settings) -> list[Manifest]:
    return [m for m in _manifests(settings) if m.state == "draft"]


def _outcomes(settings: Settings, month: str) -> list[Outcome]:
    path = settings.restricted / "log" / f"{month}.json"
    return [Outcome(**o) for o in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def _write_outcomes(settings: Settings, month: str, outcomes: Sequence[Outcome]) -> None:
    """The last outcome of every municipality of a month, for `status` and the index."""
    latest = {o.municipality: o for o in [*_outcomes(settings, month), *outcomes]}
    path = settings.restricted / "log" / f"{month}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_aside(path, json.dumps([vars(latest[c]) for c in sorted(latest)], ensure_ascii=False, indent=1))


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


def _write_aside(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
