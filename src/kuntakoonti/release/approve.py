"""From draft to archive: an approval renders first, then appends to the ledger, then puts files in place.

One that is interrupted in between is finished by the next.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from kuntakoonti.attack import Verdict, write_witnesses
from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, UsageError
from kuntakoonti.core.files import discard, replace_folder, staging_folder, write_atomic
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import Settings
from kuntakoonti.public.handover import read_manifest, read_part
from kuntakoonti.public.ledger import Archive, Record, append, record_of
from kuntakoonti.public.statement import STATEMENT
from kuntakoonti.release.attack_check import attack_release, state, violated_guarantees
from kuntakoonti.release.index import write_index
from kuntakoonti.release.integrity import damage_of, open_archive
from kuntakoonti.release.output_folder import Outputs, secret_handover
from kuntakoonti.runner.batch import Workers, make_reports
from kuntakoonti.runner.job import Job
from kuntakoonti.runner.progress import teller


def approve(settings: Settings, release: str, by: str, say: Messenger, workers: Workers = 0) -> int:
    """Draft → archive: render the final files, append the whole area to the ledger, dispatch."""
    archive = open_archive(settings, say)
    record = archive.release(release)
    if record:
        say("{release} on jo hyväksytty ({role}).", release=release, role=record.approved_by)
        return finish(settings, archive, record, workers, say)
    record = draft_of(settings, archive, release, by)
    with staging_folder(settings.output) as stage:
        if not _render(settings, stage, record, workers, say):
            return EXIT_FAILED
        if not _withstands(settings, stage, archive, record, say):
            return EXIT_FAILED
        if not _render_statement(settings, stage, record, say):
            return EXIT_FAILED
        archive = append(settings.ledger, archive, record)
        _put_in_place(settings, stage, release)
    say(
        "{release} on kirjattu arkistoon, hyväksyjä {role}.",
        release=release,
        role=record.approved_by,
    )
    return _dispatch(settings, archive, release)


def draft_of(settings: Settings, archive: Archive, release: str, by: str) -> Record:
    """The record of a draft as approved by a role; UsageError if it cannot be approved as it is."""
    if not by.strip():
        raise UsageError("--by: kirjoita hyväksyjän rooli, esimerkiksi controller.")
    folder = Outputs(settings).handover(release)
    manifest = read_manifest(folder)
    if manifest.archive_head != archive.head:
        raise UsageError(
            "Luonnos {release} on tehty ennen viimeisintä hyväksyntää. Tee se uudelleen "
            "(poimintapäivä {as_of} tai myöhempi).",
            release=release,
            as_of=manifest.as_of,
        )
    draft = record_of(json.loads(read_part(folder, "record.json")))
    return replace(draft, approved_by=by.strip())


def finish(
    settings: Settings, archive: Archive, record: Record, workers: Workers, say: Messenger
) -> int:
    """Make again what is missing or changed of an approved release, as after an interruption."""
    damage = damage_of(settings, record)
    if damage and damage.pages:
        say(
            "{release}: puuttuvat tai muuttuneet tiedostot tehdään uudelleen.",
            release=record.release,
        )
        with staging_folder(settings.output) as stage:
            if not _render(settings, stage, record, workers, say):
                return EXIT_FAILED
            handover = _staged(settings, stage).handover(record.release)
            if STATEMENT not in read_manifest(handover).files:
                _try(settings, stage, archive, record)
            if not _render_statement(settings, stage, record, say):
                return EXIT_FAILED
            _put_in_place(settings, stage, record.release)
    return _dispatch(settings, archive, record.release)


def _render(
    settings: Settings, stage: Path, record: Record, workers: Workers, say: Messenger
) -> bool:
    """Render the final files of a release on the stage; whether all of them were made."""
    release, staged = record.release, _staged(settings, stage)
    places = [(settings.protected / release, staged.handover(release))]
    places.append(
        (
            secret_handover(settings.restricted, release),
            secret_handover(stage / "restricted", release),
        )
    )
    for handover, folder in places:
        if handover.exists():
            shutil.copytree(handover, folder)
            done = {"state": "approved", "approved_by": record.approved_by}
            manifest = read_manifest(folder).model_copy(update=done)
            write_atomic(folder / "manifest.json", manifest.model_dump_json(indent=1))
    jobs = staged.jobs(release, stage / "release")
    jobs += staged.secret_jobs(release, stage / "annexes")
    return _make(settings, release, jobs, workers, say)


def _render_statement(settings: Settings, stage: Path, record: Record, say: Messenger) -> bool:
    """Render the statement for the data protection officer; whether it was made."""
    jobs = _staged(settings, stage).statement_jobs(record.release, stage / "release")
    return _make(settings, record.release, jobs, 1, say)


def _make(
    settings: Settings, release: str, jobs: list[Job], workers: Workers, say: Messenger
) -> bool:
    """Make the reports; if one fails, the index says so and nothing is published."""
    outcomes = make_reports(jobs, workers, teller(len(jobs), say))
    Outputs(settings).write_outcomes(release, outcomes)
    failed = [o for o in outcomes if o.state == "failed"]
    if failed:
        write_index(Outputs(settings))
        say.plural(
            "{release}: {count} sivu epäonnistui; mitään ei julkaistu. Korjaa vika ja aja uudelleen.",
            "{release}: {count} sivua epäonnistui; mitään ei julkaistu. Korjaa viat ja aja uudelleen.",
            len(failed),
            release=release,
        )
    return not failed


def _withstands(
    settings: Settings, stage: Path, archive: Archive, record: Record, say: Messenger
) -> bool:
    """Whether the attacker fails on everything published, this release included (R9)."""
    verdict = _try(settings, stage, archive, record)
    if verdict.violated:
        say(
            "{release}: hyökkäys onnistui: {fallen}. Mitään ei hyväksytty; sääntö korjataan "
            "päivätyllä muutoksella. Katso restricted/attack/{release}.txt.",
            release=record.release,
            fallen=violated_guarantees(verdict, say.language),
        )
    else:
        write_witnesses(verdict, settings.private("witnesses"))
    return not verdict.violated


def _try(settings: Settings, stage: Path, archive: Archive, record: Record) -> Verdict:
    """Attack the rendered files and state the result in the staged handover."""
    verdict = attack_release(settings, archive, record, stage / "release")
    state(settings, _staged(settings, stage).handover(record.release), verdict)
    return verdict


def _staged(settings: Settings, stage: Path) -> Outputs:
    return Outputs(replace(settings, stage=stage))


def _put_in_place(settings: Settings, stage: Path, release: str) -> None:
    """Handovers and pages from the stage to their folders; the secret ones stay restricted."""
    restricted = settings.restricted
    moves = {
        stage / "protected" / release: settings.protected / release,
        secret_handover(stage / "restricted", release): secret_handover(restricted, release),
        stage / "annexes": restricted / "annexes" / release,
        stage / "release": settings.output / release,
    }
    for new, target in moves.items():
        if new.exists():
            replace_folder(new, target)
    discard(restricted / "annexes" / "draft" / release)


def _dispatch(settings: Settings, archive: Archive, month: str) -> int:
    """The lists around a release; equal files are left as they are."""
    outputs = Outputs(settings)
    _drop_estimate(settings, month)
    outputs.write_manifest(month)
    outputs.write_dispatch(archive)
    discard(settings.output / "draft" / month)
    write_index(outputs)
    return EXIT_DONE


def _drop_estimate(settings: Settings, release: str) -> None:
    """An estimate that was never approved is of no use once the final adjustment is."""
    if not release.endswith("-tasaus"):
        return
    estimate = Outputs(settings).handover(f"{release}arvio")
    if estimate.exists() and read_manifest(estimate).state == "draft":
        discard(settings.output / "draft" / estimate.name)
        discard(estimate)
