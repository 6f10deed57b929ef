"""What each command does: options to a request, one call, an exit code.

What a command works with is imported where it starts, so that help and mistakes come at once.
"""

import re
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from kuntakoonti.cli.failures import say_failure
from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE, UsageError
from kuntakoonti.core.messages import Messenger, message_language
from kuntakoonti.core.periods import as_date, as_time, is_month
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import WORKPLACE, OutputFolder, Settings, settings_here

FORMATS = ("html", "pdf", "xlsx", "csv")
PATIENCE = 60  # seconds that a short command waits for another run


def check(chosen: Namespace, say: Messenger) -> int:
    """List every problem of the input on stdout, and to a file if asked."""
    from kuntakoonti.release.records import check

    settings = replace(settings_here(), data=chosen.data, parameters=chosen.parameters)
    return check(settings, chosen.as_of, chosen.csv, say, print)


def month(chosen: Namespace, say: Messenger) -> int:
    """Make the drafts of a month."""
    if not is_month(chosen.month):
        raise UsageError("Month {month}: write it as 2025-08.", month=chosen.month)
    return _make(chosen, ReleaseName(chosen.month), say)


def year_end(chosen: Namespace, say: Messenger) -> int:
    """Make the drafts of a year's adjustment, or of its estimate."""
    if not re.fullmatch("[0-9]{4}", chosen.year):
        raise UsageError("Year {year}: write it as 2025.", year=chosen.year)
    return _make(chosen, ReleaseName.of_year_end(chosen.year, final=True), say)


def _make(chosen: Namespace, release: ReleaseName, say: Messenger) -> int:
    from kuntakoonti.release.draft import Request, make_release
    from kuntakoonti.release.dry_run import dry_run_release
    from kuntakoonti.release.lock import exclusive_lock

    formats = tuple(chosen.format.split(","))
    for unknown in (f for f in formats if f not in FORMATS):
        raise UsageError(
            "--format {format}: write one of these: {formats}.",
            format=unknown,
            formats=", ".join(FORMATS),
        )
    request = Request(
        release=release,
        as_of=chosen.as_of,
        settings=_settings(chosen),
        municipalities=tuple(chosen.municipality),
        formats=formats,
        workers=chosen.dask or chosen.workers,
        approve_by=chosen.approve_by,
        languages=tuple(dict.fromkeys(chosen.language)),
        coarse=getattr(chosen, "coarse", False),
        accept_history=_accepting(chosen),
    )
    with exclusive_lock(chosen.output):
        if chosen.dry_run:
            return dry_run_release(request, say)
        code = make_release(request, say)
    if code == EXIT_DONE:
        say("Open {page}", page=chosen.output.index)
    else:
        say("Not everything was made: see the lines above and {page}.", page=chosen.output.index)
    return code


def _accepting(chosen: Namespace) -> str:
    """The role that accepts published counts which differ from the records; empty if none does."""
    by, accepts = getattr(chosen, "by", ""), getattr(chosen, "accept_history", False)
    if accepts and not by.strip():
        raise UsageError("--accept-history: write also --by ROLE, the role that accepts it.")
    if by and not accepts:
        raise UsageError(
            "--by is the role of --accept-history; to approve at once write --approve-by."
        )
    return str(by).strip()


def run(chosen: Namespace, say: Messenger) -> int:
    """Make what files of ``parameters/runs`` describe, one after another; the worst exit code.

    One that fails does not stop the others.
    """
    codes = []
    for file in chosen.file:
        if len(chosen.file) > 1:
            say("Run {file}", file=file)
        try:
            codes.append(_run(file, chosen, say))
        except Exception as error:
            codes.append(say_failure(error, say))
    return max(codes)


def _run(file: Path, chosen: Namespace, say: Messenger) -> int:
    """Make the month or the year's end of one file."""
    from kuntakoonti.parameters.run_file import read_run

    asked = read_run(file)
    parameters = WORKPLACE / asked.parameters
    options = {
        "data": WORKPLACE / asked.data,
        "parameters": parameters,
        "output": OutputFolder(WORKPLACE / asked.output),
        "as_of": asked.as_of.isoformat(),
        "municipality": asked.municipality,
        "language": asked.language,
        "format": ",".join(asked.format),
        "workers": asked.workers,
        "dask": asked.dask,
        "approve_by": asked.approve_by,
        "dry_run": chosen.dry_run,
    }
    speaking = replace(say, language=message_language(parameters))
    return _make(Namespace(**options), asked.release, speaking)


def approve(chosen: Namespace, say: Messenger) -> int:
    """Approve a draft."""
    from kuntakoonti.release.approve import approve
    from kuntakoonti.release.dry_run import dry_run_approval
    from kuntakoonti.release.lock import exclusive_lock

    if chosen.dry_run:
        return dry_run_approval(chosen.output, chosen.release, chosen.by, say)
    with exclusive_lock(chosen.output):
        return approve(chosen.output, chosen.release, chosen.by, say, chosen.workers)


def status(chosen: Namespace, say: Messenger) -> int:
    """List what is drafted, published, failed, stale or not sent, on stdout."""
    from kuntakoonti.release.status import status

    return status(chosen.output, replace(say, write=print))


def sent(chosen: Namespace, say: Messenger) -> int:
    """Remember what was sent, when and how."""
    from datetime import date

    from kuntakoonti.public.ledger import read_archive
    from kuntakoonti.release.dispatch import Sending, record
    from kuntakoonti.release.index import refuse_unreadable_folder, write_index
    from kuntakoonti.release.jobs import open_releases
    from kuntakoonti.release.lock import exclusive_lock

    sending = Sending(chosen.release, tuple(chosen.municipality), chosen.channel, chosen.date)
    with exclusive_lock(chosen.output, PATIENCE):
        refuse_unreadable_folder(chosen.output, "")
        for row in record(chosen.output, sending, date.today()):
            say("Recorded as sent {day}: {file}", day=row.sent_on, file=row.file)
        write_index(
            chosen.output, open_releases(chosen.output), read_archive(chosen.output.ledger).head
        )
    return EXIT_DONE


def attack(chosen: Namespace, say: Messenger) -> int:
    """Attack everything published; the verdict on stdout."""
    from kuntakoonti.attack import render
    from kuntakoonti.release.attack_check import attack_published, rules_stated
    from kuntakoonti.release.authority_log import insiders
    from kuntakoonti.release.integrity import verified_archive
    from kuntakoonti.release.status import check_published

    output: OutputFolder = chosen.output
    verified_archive(output)
    if not output.ledger.exists():
        raise UsageError(
            "The folder {folder} has no ledger ledger.jsonl to attack. Give an --output with "
            "approved releases.",
            folder=output,
        )
    damaged = check_published(output, say)
    if damaged == EXIT_USAGE:
        return damaged
    verdict = attack_published(output, insiders(output), rules_stated(output))
    print(render(replace(verdict, notes=()), say.language))
    return EXIT_FAILED if verdict.violated or damaged else EXIT_DONE


def mend(chosen: Namespace, say: Messenger) -> int:
    """Mend a chained list of which only the end or the line ends are damaged."""
    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.release.mend import mend

    with exclusive_lock(chosen.output):
        return mend(chosen.output, chosen.file, say)


def prune(chosen: Namespace, say: Messenger) -> int:
    """List what is older than the area keeps it, and remove it if a role does so."""
    from datetime import date

    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.release.prune import Asked, prune

    by = "" if chosen.dry_run else chosen.remove_by.strip()
    asked = Asked(as_date(chosen.before, "--before"), by, date.today())
    settings = replace(settings_here(), parameters=chosen.parameters, output=chosen.output)
    with exclusive_lock(chosen.output, PATIENCE):
        return prune(settings, asked, say)


def recall(chosen: Namespace, say: Messenger) -> int:
    """Remember that a page was sent in error."""
    from datetime import datetime

    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.release.recall import Recalling, recall

    now = datetime.now().astimezone()
    asked = Recalling(
        release=chosen.release,
        municipality=chosen.municipality,
        recipient=chosen.recipient,
        reason=chosen.reason,
        noticed=as_time(chosen.noticed, "--noticed") if chosen.noticed else now,
        by=chosen.by,
    )
    with exclusive_lock(chosen.output, PATIENCE):
        return recall(chosen.output, asked, now, say)


def reproduce(chosen: Namespace, say: Messenger) -> int:
    """Make an approved release again beside the archive and compare every figure."""
    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.release.reproduce import reproduce

    with exclusive_lock(chosen.output, PATIENCE):
        return reproduce(_settings(chosen), chosen.release, say)


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
        return correct(_settings(chosen), wrong, say)


def verify(chosen: Namespace, say: Messenger) -> int:
    """Write the exact figures of a municipality for an authority entitled to them."""
    from kuntakoonti.release.authority import verify
    from kuntakoonti.release.authority_log import Entitled
    from kuntakoonti.release.lock import exclusive_lock

    asked = Entitled(
        release=chosen.release,
        municipality=chosen.municipality,
        basis=chosen.basis,
        approved_by=chosen.approved_by,
        recipient=chosen.recipient,
    )
    with exclusive_lock(chosen.output, PATIENCE):
        return verify(_settings(chosen), asked, say)


def trace(chosen: Namespace, say: Messenger) -> int:
    """Write the records behind a figure to ``restricted/``."""
    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.release.records import trace

    with exclusive_lock(chosen.output, PATIENCE):
        path = trace(_settings(chosen), chosen.municipality, chosen.period, chosen.as_of)
    say("Restricted: {path}", path=path)
    return EXIT_DONE


def new_area(chosen: Namespace, say: Messenger) -> int:
    """Write the parameters of another employment area."""
    from kuntakoonti.parameters.new_area import write_new_area

    path = write_new_area(chosen.area, chosen.folder)
    say(
        "Complete {path}: sender, case_number and contact. Then: kuntakoonti check --data … "
        "--parameters …",
        path=path,
    )
    return EXIT_DONE


def example_data(chosen: Namespace, say: Messenger) -> int:
    """Write invented input tables."""
    from kuntakoonti.example import ExamplePlan, areas, export_plan, make, write, write_export

    codes = areas() if chosen.area == "all" else (chosen.area,)
    if not set(codes) <= set(areas()):
        raise UsageError("--area {area}: write the area's number 01–45 or all.", area=chosen.area)
    for code in codes:
        folder: Path = chosen.folder / code if chosen.area == "all" else chosen.folder
        if chosen.as_export:
            plan = export_plan(code, chosen.months, chosen.scale, chosen.seed)
            write_export(plan, folder)
        else:
            plan = ExamplePlan(code, months=chosen.months, scale=chosen.scale, seed=chosen.seed)
            write(make(plan), folder)
        say("Invented data of area {code}: {folder}", code=code, folder=folder)
    return EXIT_DONE


def new_sources(chosen: Namespace, say: Messenger) -> int:
    """Propose a ``sources.yml`` for a folder of exports."""
    from kuntakoonti.release.records import propose_sources

    return propose_sources(chosen.folder, chosen.parameters, say)


def fold_extracts(chosen: Namespace, say: Messenger) -> int:
    """Keep the history of the extracts, so that raw exports can be deleted."""
    from kuntakoonti.release.lock import exclusive_lock
    from kuntakoonti.release.records import fold_extracts

    with exclusive_lock(chosen.output):
        return fold_extracts(_settings(chosen), say)


def _settings(chosen: Namespace) -> Settings:
    return Settings(chosen.data, chosen.parameters, chosen.output)
