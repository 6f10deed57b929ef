"""A wrong closed count, corrected: version 2 of one municipality's page, or a refusal that says why.

A correction is allowed only where every difference that it makes visible is at least the threshold.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from kuntakoonti.core.disclosed_text import refuse_person
from kuntakoonti.core.errors import EXIT_DONE, UsageError, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import first_day, year_of
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.cells import Cell, Correction, Measure, Status
from kuntakoonti.public.handover import AREA, RECORD, open_handover, write_handover
from kuntakoonti.public.ledger import Archive, Record, read_archive
from kuntakoonti.public.pages import AnnexFigures
from kuntakoonti.public.statement import STATEMENT
from kuntakoonti.release.approve import approve
from kuntakoonti.release.index import write_index
from kuntakoonti.release.integrity import open_archive
from kuntakoonti.release.jobs import open_releases
from kuntakoonti.release.lists import outcomes_of
from kuntakoonti.restricted.disclosure.counts import older_marks
from kuntakoonti.restricted.disclosure.municipality_pages import area_page, role_facts
from kuntakoonti.restricted.preparation.context import refuse_wrong_dates
from kuntakoonti.restricted.preparation.recount import count_again

REASON = 200  # characters
REMAINS = message(
    "The count is not changed. The correction is in the year's count and in the euros (the "
    "adjustment); an authority entitled to the exact figures gets them by kuntakoonti verify; the "
    "municipality may be told that the count was recorded wrongly, without telling how large it is."
)


@dataclass(frozen=True)
class WrongCount:
    """A closed count that is wrong, as it stands in a release; ``as_of``: the data that know better.

    ``reason`` is printed on the page; ``by`` is the role that corrects.
    """

    release: str
    municipality: str
    service: str
    period: str
    as_of: date
    reason: str
    by: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.municipality, self.service, self.period


def correct(settings: Settings, wrong: WrongCount, say: Messenger) -> int:
    """Make, attack and approve the corrected page; the exit code.

    UsageError if there is nothing to correct or the correction would show a small difference.
    """
    _refuse_words(wrong)
    parameters = load_parameters(settings.parameters)
    parameters.area.member(wrong.municipality)
    parameters.area.refuse_other_role("--by", wrong.by, date.today())
    output = settings.output
    archive = open_archive(output, say)
    old, base = standing_count(archive, wrong)
    refuse_wrong_dates(base.month, wrong.as_of, archive)
    counts, _, inputs = count_again(settings, base.month, wrong.as_of)
    known = _in_ledger(archive, wrong, inputs)
    if known:
        return approve(output, known.release, wrong.by, say)
    first = archive.first_shown(*wrong.key) or base.month
    threshold = parameters.rules.threshold.at(first_day(first))
    new = closed_count(old, counts.of(*wrong.key), threshold)
    for shown in archive.closed_versions(*wrong.key):
        if shown != new or shown == old:
            refuse_small(shown, new, threshold)
    name = ReleaseName.of_version(base.month, len(_versions(archive, base.month)) + 1)
    cells = tuple(new if c == old else c for c in base.cells if len(c.municipality) == 3)
    made_of = replace(base, inputs=inputs, parameters=parameters.digest, cells=cells)
    record = _corrected(made_of, name, wrong)
    marks = older_marks(record.cells, parameters, record.month, archive)
    _hand_over(output, archive, record, {"roles": role_facts(parameters.area), "marks": marks})
    try:
        code = approve(output, name, wrong.by, say)
    finally:
        _forget_unless_approved(output, name)
    if code != EXIT_DONE:
        say(REMAINS)
    return code


def _in_ledger(archive: Archive, wrong: WrongCount, inputs: str) -> Record | None:
    """This very correction from these data, if a run that was killed has written it already."""
    for record in archive.records:
        same = Correction(*wrong.key, record.release, wrong.reason.strip())
        asked = (wrong.as_of, wrong.by.strip(), inputs)
        if (record.correction, record.as_of, record.approved_by, record.inputs) == (same, *asked):
            return record
    return None


def _corrected(record: Record, name: ReleaseName, wrong: WrongCount) -> Record:
    """The record as the next version of its month, not approved yet."""
    return replace(
        record,
        release=name,
        as_of=wrong.as_of,
        approved_by="",
        plans={},
        accepted="",
        version=int(name.rpartition("-v")[2]),
        correction=Correction(*wrong.key, name, wrong.reason.strip()),
    )


def _forget_unless_approved(output: OutputFolder, name: str) -> None:
    """A correction that was refused leaves no draft; one that the ledger has is finished later."""
    archive = read_archive(output.ledger)
    if archive.release(name) is None:
        shutil.rmtree(output.handover(name))
        outcomes_of(output, name).unlink(missing_ok=True)
        write_index(output, open_releases(output), archive.head)


def _refuse_words(wrong: WrongCount) -> None:
    """The reason is printed: one short sentence without a person in it."""
    reason = wrong.reason.strip()
    if not reason or len(reason) > REASON or not reason.isprintable():
        raise UsageError(
            "--reason: write the reason as one sentence of at most {length} characters.",
            length=REASON,
        )
    refuse_person("--reason", reason)
    if not wrong.by.strip():
        raise UsageError("--by: write the role of the approver, for example controller.")


def standing_count(archive: Archive, wrong: WrongCount) -> tuple[Cell, Record]:
    """The wrong figure as it stands now, and the record of the page that is corrected."""
    record, place = archive.release(wrong.release), " ".join(wrong.key)
    if record is None:
        raise UsageError(
            "The release {release} is not approved; give an approved one (kuntakoonti status).",
            release=wrong.release,
        )
    closed = (Status.FINAL, Status.UNDER_THRESHOLD)
    there = [c for c in record.cells if (c.key, c.measure) == (wrong.key, Measure.CLIENTS)]
    if not there or there[0].status not in closed:
        raise UsageError(
            "The release {release} has no closed count {place}. A preliminary figure corrects "
            "itself in the next release.",
            release=wrong.release,
            place=place,
        )
    if archive.release(ReleaseName.of_year_end(year_of(wrong.period), final=True)):
        raise UsageError(
            "The year {year} is settled, and its figures are not changed any more. The correction "
            "of the costs comes in the next year's adjustment.",
            year=year_of(wrong.period),
        )
    newest = next(r.month for r in reversed(archive.records) if _is_first(r))
    latest = _versions(archive, newest)[-1]
    standing = archive.closed(*wrong.key)
    if standing not in latest.cells:
        raise UsageError(
            "The count {place} is not on the page of the newest month {month}, of which version 2 "
            "is made. The count is not changed: the correction is in the year's count and in the "
            "euros (the adjustment), and an authority entitled to the exact figures gets them by "
            "kuntakoonti verify.",
            place=place,
            month=newest,
        )
    assert standing
    return standing, latest


def _versions(archive: Archive, month: str) -> list[Record]:
    """The month's release and its corrected versions, oldest first."""
    return [
        r for r in archive.records if r.month == month and ReleaseName(r.release).kind == "month"
    ]


def _is_first(record: Record) -> bool:
    """Whether a release is a month's own, not a correction of one."""
    name = ReleaseName(record.release)
    return name.kind == "month" and not name.is_version


def closed_count(old: Cell, clients: int, threshold: int) -> Cell:
    """The figure as it closes from the data as known now."""
    empty = Cell(*old.key, Measure.CLIENTS, Status.UNDER_THRESHOLD)
    return empty if clients < threshold else empty.with_value(clients)


def refuse_small(old: Cell, new: Cell, threshold: int) -> None:
    """Every difference that is possible between what stood and what will stand is large enough."""
    if old == new:
        raise UsageError(
            "The count {place} is the same in these data as published; there is nothing to "
            "correct. Check --as-of and --data.",
            place=" ".join(old.key),
        )
    before, after = _possible(old, threshold), _possible(new, threshold)
    if max(after[0] - before[1], before[0] - after[1]) < threshold:
        raise UsageError(
            "The change of the count {place} could tell of fewer than {threshold} clients, so it "
            "is not published. The count is not changed: the correction is in the year's count "
            "and in the euros (the adjustment), an authority entitled to the exact figures gets "
            "them by kuntakoonti verify, and the municipality may be told that the count was "
            "recorded wrongly, without telling how large it is.",
            place=" ".join(old.key),
            threshold=threshold,
        )


def _possible(cell: Cell, threshold: int) -> tuple[int, int]:
    return (0, threshold - 1) if cell.value is None else (cell.value, cell.value)


def _hand_over(
    output: OutputFolder, archive: Archive, record: Record, more_facts: Mapping[str, object]
) -> None:
    """The corrected page and the board's at the door: made of the month's, with one figure changed."""
    known, correction = open_handover(output.handover(record.month)), record.correction
    assert correction
    annexes = tuple(_renewed(a, record, archive, more_facts) for a in known.annexes)
    area = area_page(annexes, annexes[0].facts)
    record = replace(record, cells=(*record.cells, *area.cells))
    made = {RECORD: record.text(archive.head), AREA: area.model_dump_json(indent=1)}
    anew = {*made, STATEMENT}
    kept = [n for n in known.manifest.files if not n[0].isdigit() and n not in anew]
    more = {name: known.part(name) for name in kept} | made
    manifest = known.manifest.model_copy(
        update={
            "release": record.release,
            "as_of": record.as_of,
            "state": "draft",
            "approved_by": "",
            "archive_head": archive.head,
            "inputs": record.inputs,
            "parameters": record.parameters,
            "program": program_digest(),
        }
    )
    page = tuple(a for a in annexes if a.municipality == correction.municipality)
    write_handover(output.handover(record.release), manifest, page, more)


def _renewed(
    annex: AnnexFigures, record: Record, archive: Archive, more_facts: Mapping[str, object]
) -> AnnexFigures:
    """A slice with the record's figures, its version, and every correction of the year."""
    cells = tuple(c for c in record.cells if c.municipality == annex.municipality)
    cells += tuple(c for c in annex.cells if c.municipality == annex.facts.area_code)
    corrections = [*archive.corrections(cells), record.correction]
    facts = {"release": record.release, "version": record.version, **more_facts}
    return annex.model_copy(
        update={
            "cells": cells,
            "facts": annex.facts.model_copy(update=facts),
            "corrections": tuple(
                c for c in corrections if c and c.municipality == annex.municipality
            ),
        }
    )
