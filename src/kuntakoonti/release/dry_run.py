"""`--dry-run`: what a command would do, said without writing anything."""

from collections.abc import Iterable
from dataclasses import dataclass

from kuntakoonti.core.errors import EXIT_DONE, DataProblems
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import as_date
from kuntakoonti.core.settings import Settings
from kuntakoonti.public.cells import Status
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.public.statement import STATEMENT, read_statement
from kuntakoonti.release.approve import draft_of
from kuntakoonti.release.draft import AdmittedRequest, Request, admit, draft_jobs, is_prepared
from kuntakoonti.release.integrity import damage_of, open_archive, say_damage
from kuntakoonti.release.output_folder import AREA_PAGE, STATEMENT_PAGE, Outputs
from kuntakoonti.runner.job import Job, is_made
from kuntakoonti.runner.progress import named


@dataclass(frozen=True)
class PlannedPage:
    """A page that would be made, or stays as it is."""

    name: str
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    unchanged: bool = False


def dry_run_release(request: Request, say: Messenger) -> int:
    """Say what `month` or `year-end` would do; UsageError and DataProblems as in earnest."""
    say("Koeajo: mitään ei kirjoiteta.")
    asked = admit(request, say)
    if asked.record:
        return _say_finished(request.settings, asked.record, say)
    _check(asked, say)
    request = asked.request
    say(
        "{release}, tilanne {as_of}: luonnos kansioon {folder}.",
        release=request.release,
        as_of=request.as_of,
        folder=request.settings.output / "draft" / request.release,
    )
    members = asked.parameters.area.members_until(request.month)
    say.plural("{count} jäsenkunta: {codes}", "{count} jäsenkuntaa: {codes}", len(members),
               codes=", ".join(m.code for m in members))  # fmt: skip
    prepared = is_prepared(asked)
    if prepared:
        say("Valmistelu on tehty näistä tiedoista; sitä ei tehtäisi uudelleen.")
    else:
        say("Valmistelu tehtäisiin; sivu, jonka luvut eivät muutu, jäisi sen jälkeen ennalleen.")
    pages = _planned(draft_jobs(request, _outputs(request))) if prepared else _expected(asked)
    _say_pages(pages, say)
    if request.approve_by:
        say(
            "Luonnos hyväksyttäisiin samalla, hyväksyjä {role}: hyökkäys, rivi arkistoon, dispatch.csv.",
            role=request.approve_by,
        )
    return EXIT_DONE


def dry_run_approval(settings: Settings, release: str, by: str, say: Messenger) -> int:
    """Say what `approve` would append and write; UsageError as in earnest."""
    say("Koeajo: mitään ei kirjoiteta.")
    archive = open_archive(settings, say)
    record = archive.release(release)
    if record:
        say("{release} on jo hyväksytty ({role}).", release=release, role=record.approved_by)
        return _say_finished(settings, record, say)
    record = draft_of(settings, archive, release, by)
    _say_attack(settings, release, say)
    _say_line(archive, record, say)
    outputs = Outputs(settings)
    target = settings.output / release
    jobs = [*outputs.jobs(release, target), *outputs.statement_jobs(release, target)]
    jobs += outputs.secret_jobs(release, settings.restricted / "annexes" / release)
    _say_pages(_planned(jobs), say)
    say(
        "Kansioon {folder} tulisivat sivut ja manifest.json; dispatch.csv ja index.html uusittaisiin.",
        folder=target,
    )
    return EXIT_DONE


def _check(asked: AdmittedRequest, say: Messenger) -> None:
    """The data are checked as in earnest; DataProblems if anything stops the run."""
    from kuntakoonti.restricted.preparation.recount import check_records

    as_of = as_date(asked.request.as_of, "--as-of")
    problems = check_records(asked.request.settings.data, asked.parameters, as_of)
    found = DataProblems(problems)
    if found.count_stops():
        raise found
    say.plural(
        "Tiedoissa on {count} huomautus; se ei pysäytä ajoa (kuntakoonti check).",
        "Tiedoissa on {count} huomautusta; ne eivät pysäytä ajoa (kuntakoonti check).",
        len(problems),
    )


def _outputs(request: Request) -> Outputs:
    return Outputs(request.settings, request.languages)


def _planned(jobs: Iterable[Job]) -> tuple[PlannedPage, ...]:
    return tuple(PlannedPage(job.name, job.languages, job.formats, is_made(job)) for job in jobs)


def _expected(asked: AdmittedRequest) -> tuple[PlannedPage, ...]:
    """The pages of a release that is not prepared yet: the members' and the area's."""
    request, area = asked.request, asked.parameters.area
    wanted = [
        PlannedPage(
            f"{m.code} {m.name.in_language(area.language)}",
            request.languages or area.languages_of(m),
            request.formats,
        )
        for m in area.members_until(request.month)
        if not request.municipalities or m.code in request.municipalities
    ]
    if not request.municipalities:
        own = request.languages or area.languages or (area.language,)
        pages = tuple(f for f in request.formats if f in ("html", "pdf"))
        wanted.append(PlannedPage(AREA_PAGE, own, request.formats))
        wanted += [PlannedPage(STATEMENT_PAGE, own, pages)] if pages else []
    return tuple(wanted)


def _say_pages(pages: Iterable[PlannedPage], say: Messenger) -> None:
    for page in pages:
        about = {"page": named(page.name, say.language), "languages": ", ".join(page.languages)}
        if page.unchanged:
            say("{page} ({languages}): ennallaan", **about)
        else:
            say(
                "{page} ({languages}): tehtäisiin ({formats})",
                **about,
                formats=", ".join(page.formats),
            )


def _say_attack(settings: Settings, release: str, say: Messenger) -> None:
    """What the attack on the draft found; the approval attacks the final files again."""
    folder = Outputs(settings).handover(release)
    if STATEMENT not in read_manifest(folder).files:
        say("Hyökkäys tehtäisiin ennen kirjausta.")
    elif read_statement(folder).attack.fallen:
        say(
            "Hyökkäys luonnosta vastaan onnistui: hyväksyntä ei onnistuisi. Katso "
            "restricted/attack/{release}.txt.",
            release=release,
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


def _say_finished(settings: Settings, record: Record, say: Messenger) -> int:
    """An approved release is only made whole again."""
    damage = damage_of(settings, record)
    if damage:
        say_damage(damage, say)
    else:
        say("{release} on ehjä; mitään ei tehtäisi.", release=record.release)
    return EXIT_DONE
