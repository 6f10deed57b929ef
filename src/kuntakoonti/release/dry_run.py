"""`--dry-run`: what a command would do, said without leaving anything written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kuntakoonti.core.errors import EXIT_DONE
from kuntakoonti.core.light_imports import without_iri_grammar
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.cells import Status
from kuntakoonti.public.handover import Handover
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.public.statement import STATEMENT, statement_in
from kuntakoonti.release.approve import draft_of
from kuntakoonti.release.draft import Request, admit, is_prepared, wanted_jobs
from kuntakoonti.release.integrity import damage_of, open_archive, say_damage
from kuntakoonti.release.jobs import PreparedRelease, final_jobs, open_release
from kuntakoonti.runner.job import Job, is_made
from kuntakoonti.runner.progress import named


def dry_run_release(request: Request, say: Messenger) -> int:
    """Say what `month` or `year-end` would do; UsageError and DataProblems as in earnest.

    Where nothing is prepared, the preparation is made aside and discarded: its pages are those
    that would be made.
    """
    say("Dry run: nothing is written.")
    request, archive, key = admit(request, say)
    output = request.settings.output
    record = archive.release(request.release)
    if record:
        return _say_finished(output, archive, record, say)
    ready = is_prepared(request, archive, key)
    with _there(request) if ready else _aside(request, say) as prepared:
        _say_release(request, prepared, say)
        if ready:
            say("The preparation was made from these data; it would not be made again.")
        else:
            say(
                "The preparation would be made. The dry run made it aside to see the pages and "
                "removes it."
            )
        _say_jobs(wanted_jobs(request, prepared.in_languages(request.languages)), say)
    if request.approve_by:
        say(
            "The draft would be approved at once by {role}: attack, a line in the ledger, "
            "dispatch.csv.",
            role=request.approve_by,
        )
    return EXIT_DONE


def dry_run_approval(output: OutputFolder, release: str, by: str, say: Messenger) -> int:
    """Say what `approve` would append and write; UsageError as in earnest."""
    say("Dry run: nothing is written.")
    archive = open_archive(output, say)
    record = archive.release(release)
    if record:
        say("{release} is approved already ({role}).", release=release, role=record.approved_by)
        return _say_finished(output, archive, record, say)
    prepared = open_release(output, release)
    record = draft_of(prepared.public, archive, by)
    _say_attack(prepared.public, say)
    _say_line(archive, record, say)
    _say_jobs(final_jobs(output, prepared.approved(record.approved_by), output), say)
    say(
        "The folder {folder} would get the pages and manifest.json; dispatch.csv and index.html "
        "would be renewed.",
        folder=output.release(release),
    )
    return EXIT_DONE


@contextmanager
def _there(request: Request) -> Iterator[PreparedRelease]:
    """What is prepared already."""
    yield open_release(request.settings.output, request.release)


@contextmanager
def _aside(request: Request, say: Messenger) -> Iterator[PreparedRelease]:
    """What would be prepared, gone afterwards; how many notes the data give."""
    with without_iri_grammar():
        from kuntakoonti.release.prepare import prepared_aside  # loads what the work needs

    with prepared_aside(request.settings, request.release, request.arguments) as (stage, notes):
        say.plural(
            "The data have {count} note; it does not stop the run (kuntakoonti check).",
            "The data have {count} notes; they do not stop the run (kuntakoonti check).",
            notes,
        )
        yield open_release(stage, request.release)


def _say_release(request: Request, prepared: PreparedRelease, say: Messenger) -> None:
    say(
        "{release}, as at {as_of}: draft in the folder {folder}.",
        release=request.release,
        as_of=request.as_of,
        folder=request.settings.output.draft(request.release),
    )
    members = prepared.public.area.facts.members
    say.plural(
        "{count} member municipality: {codes}",
        "{count} member municipalities: {codes}",
        len(members),
        codes=", ".join(m.code for m in members),
    )


def _say_jobs(jobs: Iterable[Job], say: Messenger) -> None:
    for job in jobs:
        about = {"page": named(job.name, say.language), "languages": ", ".join(job.languages)}
        if is_made(job):
            say("{page} ({languages}): unchanged", **about)
        else:
            formats = ", ".join(job.formats)
            say("{page} ({languages}): would be made ({formats})", **about, formats=formats)


def _say_attack(handover: Handover, say: Messenger) -> None:
    """What the attack on the draft found; the approval attacks the final files again."""
    if STATEMENT not in handover.manifest.files:
        say("The attack would be made before the ledger is written.")
    elif statement_in(handover).attack.fallen:
        say(
            "The attack on the draft succeeded: the approval would not succeed. See "
            "restricted/attack/{release}.txt.",
            release=handover.release,
        )
    else:
        say("The attack on the draft failed; it would be made again before the ledger is written.")


def _say_line(archive: Archive, record: Record, say: Messenger) -> None:
    """The line that the ledger would get."""
    say.plural(
        "The ledger would get line {line}: {release}, as at {as_of}, approved by {role}, {count} "
        "figure.",
        "The ledger would get line {line}: {release}, as at {as_of}, approved by {role}, {count} "
        "figures.",
        sum(cell.status is not Status.NOT_OFFERED for cell in record.cells),
        line=archive.lines + 1,
        release=record.release,
        as_of=record.as_of,
        role=record.approved_by,
    )


def _say_finished(output: OutputFolder, archive: Archive, record: Record, say: Messenger) -> int:
    """An approved release is only made whole again."""
    damage = damage_of(output, archive, record)
    say_damage(damage, say)
    if not damage.harms:
        say("{release} is whole; nothing would be done.", release=record.release)
    return EXIT_DONE
