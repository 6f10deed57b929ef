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
    say("Koeajo: mitään ei kirjoiteta.")
    request, archive, key = admit(request, say)
    output = request.settings.output
    record = archive.release(request.release)
    if record:
        return _say_finished(output, record, say)
    ready = is_prepared(request, archive, key)
    with _there(request) if ready else _aside(request, say) as prepared:
        _say_release(request, prepared, say)
        if ready:
            say("Valmistelu on tehty näistä tiedoista; sitä ei tehtäisi uudelleen.")
        else:
            say("Valmistelu tehtäisiin. Koeajo teki sen sivuun nähdäkseen sivut ja poistaa sen.")
        _say_jobs(wanted_jobs(request, prepared.in_languages(request.languages)), say)
    if request.approve_by:
        say(
            "Luonnos hyväksyttäisiin samalla, hyväksyjä {role}: hyökkäys, rivi arkistoon, dispatch.csv.",
            role=request.approve_by,
        )
    return EXIT_DONE


def dry_run_approval(output: OutputFolder, release: str, by: str, say: Messenger) -> int:
    """Say what `approve` would append and write; UsageError as in earnest."""
    say("Koeajo: mitään ei kirjoiteta.")
    archive = open_archive(output, say)
    record = archive.release(release)
    if record:
        say("{release} on jo hyväksytty ({role}).", release=release, role=record.approved_by)
        return _say_finished(output, record, say)
    prepared = open_release(output, release)
    record = draft_of(prepared.public, archive, by)
    _say_attack(prepared.public, say)
    _say_line(archive, record, say)
    _say_jobs(final_jobs(output, prepared.approved(record.approved_by), output), say)
    say(
        "Kansioon {folder} tulisivat sivut ja manifest.json; dispatch.csv ja index.html uusittaisiin.",
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
            "Tiedoissa on {count} huomautus; se ei pysäytä ajoa (kuntakoonti check).",
            "Tiedoissa on {count} huomautusta; ne eivät pysäytä ajoa (kuntakoonti check).",
            notes,
        )
        yield open_release(stage, request.release)


def _say_release(request: Request, prepared: PreparedRelease, say: Messenger) -> None:
    say(
        "{release}, tilanne {as_of}: luonnos kansioon {folder}.",
        release=request.release,
        as_of=request.as_of,
        folder=request.settings.output.draft(request.release),
    )
    members = prepared.public.area.facts.members
    say.plural(
        "{count} jäsenkunta: {codes}",
        "{count} jäsenkuntaa: {codes}",
        len(members),
        codes=", ".join(m.code for m in members),
    )


def _say_jobs(jobs: Iterable[Job], say: Messenger) -> None:
    for job in jobs:
        about = {"page": named(job.name, say.language), "languages": ", ".join(job.languages)}
        if is_made(job):
            say("{page} ({languages}): ennallaan", **about)
        else:
            formats = ", ".join(job.formats)
            say("{page} ({languages}): tehtäisiin ({formats})", **about, formats=formats)


def _say_attack(handover: Handover, say: Messenger) -> None:
    """What the attack on the draft found; the approval attacks the final files again."""
    if STATEMENT not in handover.manifest.files:
        say("Hyökkäys tehtäisiin ennen kirjausta.")
    elif statement_in(handover).attack.fallen:
        say(
            "Hyökkäys luonnosta vastaan onnistui: hyväksyntä ei onnistuisi. Katso "
            "restricted/attack/{release}.txt.",
            release=handover.release,
        )
    else:
        say("Hyökkäys luonnosta vastaan epäonnistui; se tehtäisiin uudelleen ennen kirjausta.")


def _say_line(archive: Archive, record: Record, say: Messenger) -> None:
    """The line that the ledger would get."""
    say.plural(
        "Arkistoon tulisi rivi {line}: {release}, tilanne {as_of}, hyväksyjä {role}, {count} luku.",
        "Arkistoon tulisi rivi {line}: {release}, tilanne {as_of}, hyväksyjä {role}, {count} lukua.",
        sum(cell.status is not Status.NOT_OFFERED for cell in record.cells),
        line=len(archive.records) + 1,
        release=record.release,
        as_of=record.as_of,
        role=record.approved_by,
    )


def _say_finished(output: OutputFolder, record: Record, say: Messenger) -> int:
    """An approved release is only made whole again."""
    damage = damage_of(output, record)
    if damage:
        say_damage(damage, say)
    else:
        say("{release} on ehjä; mitään ei tehtäisi.", release=record.release)
    return EXIT_DONE
