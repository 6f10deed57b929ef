"""The exact figures of one municipality, for an authority entitled to them: restricted and logged.

Counts and euros, never persons. From then on the attacker counts the municipality as an insider.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from kuntakoonti.core.disclosed_text import refuse_person
from kuntakoonti.core.errors import EXIT_DONE, UsageError
from kuntakoonti.core.files import put_durably, staging_folder
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import months_between, quarter_of, year_of
from kuntakoonti.core.read_back import bytes_of, is_there
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.cells import ANY, Cell, Measure, Status, euro_cell
from kuntakoonti.public.ledger import Record
from kuntakoonti.release.anchors import note_lists, refuse_cut_lists
from kuntakoonti.release.authority_log import Entitled, Given, read_given, remember
from kuntakoonti.release.authority_page import CheckPage, check_files
from kuntakoonti.release.integrity import open_archive
from kuntakoonti.release.lists import sha256_of
from kuntakoonti.restricted.preparation.recount import count_again


def verify(settings: Settings, asked: Entitled, say: Messenger) -> int:
    """Write the check page to ``restricted/verified/`` and log who got it and why.

    UsageError if the release is not approved or the data are not those it was made of.
    """
    _refuse_blank(asked)
    parameters = load_parameters(settings.parameters)
    member = parameters.area.member(asked.municipality)
    parameters.area.refuse_other_role("--approved-by", asked.approved_by, date.today())
    output = settings.output
    archive = open_archive(output, say)
    record = archive.release(asked.release)
    if record is None:
        raise UsageError(
            "The release {release} is not approved; approve it first.", release=asked.release
        )
    refuse_cut_lists(output, archive)
    cells = _recomputed(settings, parameters, record, asked.municipality)
    page = CheckPage(asked, member.name, record.as_of, parameters, cells, bool(record.invented))
    folder = output.private("verified")
    with staging_folder(output) as stage:
        made = check_files(page, stage.root)
        csv = next(path for path in made if path.suffix == ".csv")
        given = _given(asked, record, csv)
        if not _is_interrupted(output, given, made):
            remember(output, given)
        note_lists(output, archive)
        for path in made:
            put_durably(path, folder / path.name)
    say(
        "Check page: restricted/verified/{file}, SECRET BY LAW. That it was given out is recorded "
        "(restricted/verify.jsonl); the attacker now knows the figures of municipality "
        "{municipality}.",
        file=f"{csv.stem}.html",
        municipality=asked.municipality,
    )
    return EXIT_DONE


def _is_interrupted(output: OutputFolder, given: Given, made: Sequence[Path]) -> bool:
    """Whether a run that was killed has logged this page last, and has not put all its files in place."""
    last = read_given(output)[-1:]
    if [replace(g, when="") for g in last] != [replace(given, when="")]:
        return False
    places = [(path, output.verified / path.name) for path in made]
    return not all(is_there(there) and bytes_of(there) == bytes_of(path) for path, there in places)


def _refuse_blank(asked: Entitled) -> None:
    for option, text in (("--basis", asked.basis), ("--approved-by", asked.approved_by)):
        if not text.strip():
            raise UsageError(
                "{option}: write who gives the figures out, or on what basis.", option=option
            )
    refuse_person("--basis", asked.basis)
    refuse_person("--recipient", asked.recipient)


def _recomputed(
    settings: Settings, parameters: Parameters, record: Record, municipality: str
) -> tuple[Cell, ...]:
    """The exact figures behind an approved release, from the very data it was made of."""
    counts, costs, inputs = count_again(settings, record.month, record.as_of)
    if (inputs, parameters.digest) != (record.inputs, record.parameters):
        raise UsageError(
            "{release} is approved from other data or rules. Give the --data and --parameters "
            "that the release was made of; it cannot be verified from others.",
            release=record.release,
        )
    services = [s.name for s in parameters.services.shown]
    found = list[Cell]()
    for service in (*services, ANY):
        for period in _periods(record.month):
            empty = Cell(municipality, service, period, Measure.CLIENTS, Status.NOT_SHOWN)
            found.append(empty.with_value(counts.of(municipality, service, period)))
    return (*found, *_costs(costs.frame, municipality, services, record.month))


def _periods(last_month: str) -> tuple[str, ...]:
    """The months, quarters and the year of a release so far."""
    months = months_between(f"{year_of(last_month)}-01", last_month)
    return (*months, *dict.fromkeys(quarter_of(m) for m in months), year_of(last_month))


def _costs(
    frame: pd.DataFrame, municipality: str, services: list[str], last_month: str
) -> Iterator[Cell]:
    """The cost of every service and month of the year so far, zero where nothing was recorded."""
    mine = frame[frame["municipality"].eq(municipality)]
    sums = mine.groupby(["service", "month"])["cents"].sum()
    for service in services:
        for month in months_between(f"{year_of(last_month)}-01", last_month):
            cents = int(sums.get((service, month), 0))
            yield euro_cell(municipality, service, month, Measure.ACTUAL, cents)


def _given(asked: Entitled, record: Record, csv: Path) -> Given:
    return Given(
        release=asked.release,
        municipality=asked.municipality,
        as_of=record.as_of.isoformat(),
        recipient=asked.recipient.strip(),
        basis=asked.basis.strip(),
        approved_by=asked.approved_by.strip(),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=sha256_of(csv),
    )
