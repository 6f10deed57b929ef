"""What each command does: options to a request, one call, an exit code.

What a command works with is imported where it starts, so that help and mistakes come at once.
"""

import re
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from kuntakoonti.core.errors import EXIT_DATA, EXIT_DONE, EXIT_FAILED, DataProblems, UsageError
from kuntakoonti.core.messages import Messenger, message_language
from kuntakoonti.core.periods import as_date, is_month
from kuntakoonti.core.settings import WORKPLACE, Settings, settings_here

FORMATS = ("html", "pdf", "xlsx", "csv")


def check(chosen: Namespace, say: Messenger) -> int:
    """List every problem of the input on stdout, and to a file if asked."""
    from kuntakoonti.restricted.intake.problem_list import (
        problem_lines,
        refuse_foreign_file,
        write_problem_list,
    )
    from kuntakoonti.restricted.preparation.recount import check_records

    as_of = as_date(chosen.as_of, "--as-of") if chosen.as_of else None
    if chosen.csv:
        refuse_foreign_file(chosen.csv)
    problems = check_records(chosen.data, chosen.parameters, as_of)
    for line in problem_lines(problems, say.language):
        print(line)
    if chosen.csv:
        write_problem_list(problems, chosen.csv, say.language)
    stops = DataProblems(problems).count_stops()
    say.plural("{count} virhe pysäyttää ajon.", "{count} virhettä pysäyttää ajon.", stops)
    say.plural(
        "{count} huomautus ei pysäytä ajoa.",
        "{count} huomautusta ei pysäytä ajoa.",
        len(problems) - stops,
    )
    return EXIT_DATA if stops else EXIT_DONE


def month(chosen: Namespace, say: Messenger) -> int:
    """Make the drafts of a month."""
    if not is_month(chosen.month):
        raise UsageError("Kuukausi {month}: kirjoita muodossa 2025-08.", month=chosen.month)
    return _make(chosen, chosen.month, say)


def year_end(chosen: Namespace, say: Messenger) -> int:
    """Make the drafts of a year's adjustment, or of its estimate."""
    if not re.fullmatch("[0-9]{4}", chosen.year):
        raise UsageError("Vuosi {year}: kirjoita muodossa 2025.", year=chosen.year)
    return _make(chosen, chosen.year, say)


def _make(chosen: Namespace, release: str, say: Messenger) -> int:
    from kuntakoonti.release.draft import Request, make_release
    from kuntakoonti.release.lock import exclusive_lock

    formats = tuple(chosen.format.split(","))
    for unknown in (f for f in formats if f not in FORMATS):
        raise UsageError(
            "--format {format}: kirjoita jokin näistä: {formats}.",
            format=unknown,
            formats=", ".join(FORMATS),
        )
    request = Request(
        release=release,
        as_of=chosen.as_of,
        settings=Settings(chosen.data, chosen.parameters, chosen.output),
        municipalities=tuple(chosen.municipality),
        formats=formats,
        workers=chosen.dask or chosen.workers,
        approve_by=chosen.approve_by,
        languages=tuple(dict.fromkeys(chosen.language)),
        coarse=getattr(chosen, "coarse", False),
    )
    if chosen.dry_run:
        from kuntakoonti.release.dry_run import dry_run_release

        return dry_run_release(request, say)
    with exclusive_lock(chosen.output):
        code = make_release(request, say)
    say("Avaa {page}", page=chosen.output / "index.html")
    return code


def run(chosen: Namespace, say: Messenger) -> int:
    """Make the month that a file of ``parameters/runs`` describes."""
    from kuntakoonti.parameters.run_file import read_run

    asked = read_run(chosen.file)
    folders = {n: WORKPLACE / getattr(asked, n) for n in ("data", "parameters", "output")}
    options = {
        "month": asked.month,
        "as_of": asked.as_of.isoformat(),
        "municipality": asked.municipality,
        "language": asked.language,
        "format": ",".join(asked.format),
        "workers": asked.workers,
        "dask": asked.dask,
        "approve_by": asked.approve_by,
    }
    speaking = replace(say, language=message_language(folders["parameters"]))
    return month(Namespace(**vars(chosen), **folders, **options), speaking)


def approve(chosen: Namespace, say: Messenger) -> int:
    """Approve a draft."""
    from kuntakoonti.release.approve import approve
    from kuntakoonti.release.lock import exclusive_lock

    if chosen.dry_run:
        from kuntakoonti.release.dry_run import dry_run_approval

        return dry_run_approval(_in(chosen.output), chosen.release, chosen.by, say)
    with exclusive_lock(chosen.output):
        return approve(_in(chosen.output), chosen.release, chosen.by, say, chosen.workers)


def status(chosen: Namespace, say: Messenger) -> int:
    """List what is drafted, published, failed, stale or not sent, on stdout."""
    from kuntakoonti.release.status import status

    return status(_in(chosen.output), replace(say, write=print))


def sent(chosen: Namespace, say: Messenger) -> int:
    """Remember what was sent, when and how."""
    from datetime import date

    from kuntakoonti.release.dispatch import Sending, record
    from kuntakoonti.release.lock import exclusive_lock

    sending = Sending(chosen.release, tuple(chosen.municipality), chosen.channel, chosen.date)
    with exclusive_lock(chosen.output):
        for row in record(chosen.output, sending, date.today()):
            say("Merkitty lähetetyksi {day}: {file}", day=row.sent_on, file=row.file)
    return EXIT_DONE


def attack(chosen: Namespace, say: Messenger) -> int:
    """Attack everything published; the verdict on stdout."""
    from kuntakoonti.attack import render
    from kuntakoonti.release.attack_check import attack_published, facts_known
    from kuntakoonti.release.authority_log import insiders

    if not (chosen.output / "ledger.jsonl").exists():
        raise UsageError(
            "Kansiossa {folder} ei ole arkistoa ledger.jsonl, jota vastaan hyökätä. Anna --output, "
            "jossa on hyväksyttyjä julkaisuja.",
            folder=chosen.output,
        )
    settings = _in(chosen.output)
    verdict = attack_published(chosen.output, insiders(settings), facts_known(settings))
    print(render(replace(verdict, notes=()), say.language))
    return EXIT_FAILED if verdict.violated else EXIT_DONE


def correct(chosen: Namespace, say: Messenger) -> int:
    """Correct a wrong closed count."""
    from kuntakoonti.release.correct import WrongCount, correct
    from kuntakoonti.release.lock import exclusive_lock

    wrong = WrongCount(
        release=chosen.release,
        municipality=chosen.municipality,
        service=chosen.service,
        period=chosen.period,
        as_of=as_date(chosen.as_of, "--as-of"),
        reason=chosen.reason,
        by=chosen.by,
    )
    with exclusive_lock(chosen.output):
        return correct(Settings(chosen.data, chosen.parameters, chosen.output), wrong, say)


def verify(chosen: Namespace, say: Messenger) -> int:
    """Write the exact figures of a municipality for an authority entitled to them."""
    from kuntakoonti.release.authority import verify
    from kuntakoonti.release.authority_log import Entitled

    asked = Entitled(
        release=chosen.release,
        municipality=chosen.municipality,
        basis=chosen.basis,
        approved_by=chosen.approved_by,
        recipient=chosen.recipient,
    )
    return verify(Settings(chosen.data, chosen.parameters, chosen.output), asked, say)


def trace(chosen: Namespace, say: Messenger) -> int:
    """Write the records behind a figure to ``restricted/``."""
    from kuntakoonti.restricted.preparation.trace import FigureQuery, trace

    asked = FigureQuery(chosen.municipality, chosen.period, as_date(chosen.as_of, "--as-of"))
    path = trace(Settings(chosen.data, chosen.parameters, chosen.output), asked)
    say("Rajattu: {path}", path=path)
    return EXIT_DONE


def new_area(chosen: Namespace, say: Messenger) -> int:
    """Write the parameters of another employment area."""
    from kuntakoonti.parameters.new_area import write_new_area

    path = write_new_area(chosen.area, chosen.folder)
    say(
        "Täydennä {path}: sender, case_number ja contact. Sitten: kuntakoonti check --data … "
        "--parameters …",
        path=path,
    )
    return EXIT_DONE


def example_data(chosen: Namespace, say: Messenger) -> int:
    """Write invented input tables."""
    from kuntakoonti.example import ExamplePlan, areas, export_plan, make, write, write_export

    codes = areas() if chosen.area == "all" else (chosen.area,)
    if not set(codes) <= set(areas()):
        raise UsageError("--area {area}: kirjoita alueen numero 01–45 tai all.", area=chosen.area)
    for code in codes:
        folder: Path = chosen.folder / code if chosen.area == "all" else chosen.folder
        if chosen.as_export:
            plan = export_plan(code, chosen.months, chosen.scale, chosen.seed)
            write_export(plan, folder)
        else:
            plan = ExamplePlan(code, months=chosen.months, scale=chosen.scale, seed=chosen.seed)
            write(make(plan), folder)
        say("Alueen {code} keksityt tiedot: {folder}", code=code, folder=folder)
    return EXIT_DONE


def new_sources(chosen: Namespace, say: Messenger) -> int:
    """Propose a ``sources.yml`` for a folder of exports; nothing of a person is said."""
    from kuntakoonti.parameters.rules import load_parameters
    from kuntakoonti.restricted.intake.new_sources import propose

    target: Path = chosen.parameters / "sources.yml"
    if target.exists():
        raise UsageError("Tiedosto {file} on jo. Siirrä se pois ja aja uudelleen.", file=target)
    services = load_parameters(chosen.parameters).services.services
    text, found = propose(chosen.folder, [s.name for s in services])
    target.write_text(text, encoding="utf-8")
    for pattern, table, rows in found:
        if table:
            say("{pattern} → {table}, rivejä {rows}", pattern=pattern, table=table, rows=rows)
        else:
            say("{pattern}: ei tunnistettu", pattern=pattern)
    say("Tarkista {file} ja täydennä kohdat TÄYDENNÄ. Sitten: kuntakoonti check --data …", file=target)
    return EXIT_DONE


def fold_extracts(chosen: Namespace, say: Messenger) -> int:
    """Keep the pseudonymised history of the extracts, so that raw exports can be deleted."""
    from kuntakoonti.parameters.rules import load_parameters
    from kuntakoonti.public.ledger import read_archive
    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.restricted.preparation.declared_records import fold_extracts

    settings = Settings(chosen.data, chosen.parameters, chosen.output)
    with exclusive_lock(chosen.output):
        day = fold_extracts(
            settings, load_parameters(settings.parameters), read_archive(settings.ledger)
        )
    say(
        "Poimintojen historia on tallessa pseudonyymeinä päivään {day} (restricted/extracts). Sen päivän "
        "ja sitä aiemmat viennit voi poistaa.",
        day=day,
    )
    return EXIT_DONE


def _in(output: Path) -> Settings:
    return replace(settings_here(), output=output, stage=None)
