"""R9: the attack on a release before it is final; a draft is warned of it, an approval refused.

One way for both: what would be public is put beside everything published before, and attacked.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import takewhile
from pathlib import Path

from kuntakoonti.attack import Facts, Verdict, attack, render
from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.read_back import text_of
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.report import AREA, figures_csv, sheet_of
from kuntakoonti.public.handover import Handover, open_handover, read_manifest
from kuntakoonti.public.ledger import Archive, Record, append, read_archive
from kuntakoonti.public.statement import (
    RULES,
    STATEMENT,
    changes_since,
    rules_of,
    statement_in,
    with_statement,
    write_rules,
)
from kuntakoonti.release.authority_log import insiders, read_given
from kuntakoonti.release.jobs import open_releases
from kuntakoonti.release.statement import Published, statement_of


@dataclass(frozen=True)
class Candidate:
    """A release that would be public: its line of the ledger, its handover, and its files.

    ``files``: a folder of the release's folders; what the attack needs is put beside it.
    """

    record: Record
    handover: Handover
    files: Path


def attack_release(
    output: OutputFolder, archive: Archive, candidate: Candidate, language: Language
) -> Verdict:
    """Attack a release's CSV files together with all that was approved before it.

    The verdict with its places goes to ``restricted/attack/``.
    """
    record, view = candidate.record, OutputFolder(candidate.files.with_name("attacked"))
    before = tuple(takewhile(lambda r: r.release != record.release, archive.records))
    for release in before:
        root = output.release(release.release)
        _show(view, release.release, root, read_manifest(root).files if root.exists() else ())
    made = (p.relative_to(candidate.files).as_posix() for p in candidate.files.rglob("*"))
    _show(view, record.release, candidate.files, made)
    lines = text_of(output.ledger).splitlines(keepends=True) if before else []
    view.ledger.write_text("".join(lines[: lines_before(lines, record)]), encoding="utf-8")
    append(view.ledger, read_archive(view.ledger), record)
    verdict = attack_published(view, insiders(output), rules_stated(output, candidate.handover))
    told = render(verdict, language)
    write_atomic(output.private("attack") / f"{record.release}.txt", told + "\n")
    return verdict


def _show(view: OutputFolder, release: str, root: Path, made: Iterable[str]) -> None:
    """What the attack needs of a release, in the folder that it reads: figures and rules."""
    for name in made:
        if fnmatch(name, "*/*.csv") or name == RULES:
            place = view.release(release) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, place)


def lines_before(lines: Sequence[str], record: Record) -> int:
    """How many lines the ledger has before that of a release."""
    names = [body["release"] if "cells" in body else "" for body in map(json.loads, lines)]
    return names.index(record.release) if record.release in names else len(names)


def rules_stated(output: OutputFolder, *more: Handover) -> dict[str, Facts]:
    """The rules of the releases that have no table beside their pages, as their statements have them.

    Those are of the first format: threshold and prices were those that `Facts` has.
    """
    handovers = [*(r.public for r in open_releases(output).values()), *more]
    found = {h.release: _total_services(h) for h in handovers if RULES in h.manifest.files}
    return {release: Facts(total_services=int(n)) for release, n in found.items() if n}


def _total_services(handover: Handover) -> str:
    values = {rule.name: rule.values for rule in rules_of(handover)}
    return values.get("total_services", {}).get("", "")


def attack_published(
    view: OutputFolder, known: Path | None, stated: Mapping[str, Facts]
) -> Verdict:
    """The attack of any reader, and besides that of one who knows the exact figures given out.

    Tallies and given-up assumptions are the first one's, which anybody can repeat: the others would
    say whose figures were given out.
    """
    verdict = attack(view.root, stated=stated)
    if known is None:
        return verdict
    insider = attack(view.root, stated=stated, insiders=known)
    found = dict.fromkeys((*verdict.findings, *insider.findings))
    notes = dict.fromkeys((*verdict.notes, *insider.notes))
    return replace(verdict, findings=tuple(found), notes=tuple(notes))


def attack_draft(
    output: OutputFolder, archive: Archive, handover: Handover, stage: OutputFolder, say: Messenger
) -> Handover:
    """Attack a handover that nobody has approved, once; returns it with the result stated."""
    if STATEMENT in handover.manifest.files:
        return handover
    candidate = Candidate(handover.record, handover, stage.release(handover.release))
    write_figures(handover, candidate.files)
    verdict = attack_release(output, archive, candidate, say.language)
    if verdict.violated:
        say(
            "{release}: the attack on the draft succeeded: {fallen}. The approval would not "
            "succeed. See restricted/attack/{release}.txt.",
            release=handover.release,
            fallen=violated_guarantees(verdict, say.language),
        )
    return state(output, handover, verdict)


def write_figures(handover: Handover, files: Path) -> None:
    """The figures and rules that a handover's release would publish, in the folder of a candidate."""
    for code in (AREA, *handover.codes):
        sheet = sheet_of(handover, code, Language())
        place = files / code / f"{sheet.stem}.csv"
        place.parent.mkdir(parents=True)
        place.write_bytes(figures_csv(sheet.release, sheet.cells, sheet.invented, sheet.marks))
    write_rules(handover, files)


def state(output: OutputFolder, handover: Handover, verdict: Verdict) -> Handover:
    """The handover with the statement for the data protection officer, written."""
    record, whole = handover.record, handover
    if record.correction:  # its handover has one page: the others are the month's
        whole = open_handover(output.handover(record.month))
    published = Published(whole.annexes, handover.area, rules_of(handover), record.cells)
    given = {g.municipality for g in read_given(output)}
    made = statement_of(published, verdict, len(given))
    before = _stated_before(output, handover.release)
    if before:
        since = changes_since(statement_in(before), before.manifest.program, made)
        made = made.model_copy(update={"changes": since})
    return with_statement(handover, made)


def _stated_before(output: OutputFolder, release: str) -> Handover | None:
    """The newest approved release before this one, if its statement is still there."""
    records = read_archive(output.ledger).records if output.ledger.exists() else ()
    names = [r.release for r in takewhile(lambda r: r.release != release, records)]
    known = open_releases(output)
    found = known[names[-1]].public if names and names[-1] in known else None
    return found if found and STATEMENT in found.manifest.files else None


def violated_guarantees(verdict: Verdict, language: Language) -> str:
    """Which guarantees fell by which rules, without a place."""
    pairs = sorted({(f.guarantee, f.rule) for f in verdict.findings})
    return ", ".join(
        language.text("{guarantee} (rule {rule})", guarantee=guarantee, rule=rule)
        for guarantee, rule in pairs
    )
