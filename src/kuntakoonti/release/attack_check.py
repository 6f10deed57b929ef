"""R9: the attack on a release before it is final; a draft is warned of it, an approval refused.

One way for both: what would be public is put beside everything published before, and attacked.
"""

import json
import shutil
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from kuntakoonti.attack import Facts, Verdict, attack, render
from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger, message_language
from kuntakoonti.core.settings import Settings
from kuntakoonti.export.report import AREA, figures_csv, sheet_of
from kuntakoonti.public.handover import read_area, read_manifest, read_part
from kuntakoonti.public.ledger import Archive, Record, append, read_archive, record_of
from kuntakoonti.public.statement import RULES, STATEMENT, read_rules, write_statement
from kuntakoonti.release.authority_log import insiders, read_given
from kuntakoonti.release.output_folder import Outputs, annexes_in
from kuntakoonti.release.statement import Published, statement_of


def attack_release(
    settings: Settings, archive: Archive, record: Record, candidate: Path
) -> Verdict:
    """Attack a release's CSV files together with all that was approved before it.

    ``candidate``: a folder of the release's folders; what is needed for the attack is put beside it.
    The verdict with its places goes to ``restricted/attack/``.
    """
    view = candidate.with_name("attacked")
    before = tuple(takewhile(lambda r: r.release != record.release, archive.records))
    roots = {r.release: settings.output / r.release for r in before}
    for release, root in {**roots, record.release: candidate}.items():
        for path in root.glob("*/*.csv"):
            place = view / release / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    ledger = view / "ledger.jsonl"
    lines = settings.ledger.read_text(encoding="utf-8").splitlines(keepends=True) if before else []
    ledger.write_text("".join(lines[: len(before)]), encoding="utf-8")
    append(ledger, read_archive(ledger), record)
    facts, language = (
        facts_of(settings, record.release),
        message_language(settings.parameters, settings.output),
    )
    verdict = attack_published(view, insiders(settings), facts)
    write_atomic(
        settings.private("attack") / f"{record.release}.txt", render(verdict, language) + "\n"
    )
    return verdict


def facts_known(settings: Settings) -> Facts:
    """What any reader knows of the area's rules, as the newest approved release states them."""
    approved = [m.release for m in Outputs(settings).manifests() if m.state == "approved"]
    return facts_of(settings, approved[-1]) if approved else Facts()


def facts_of(settings: Settings, release: str) -> Facts:
    """What any reader knows of the area's rules: `total_services` as a release's statement has it."""
    folder = settings.protected / release
    if not (folder / RULES).exists():
        return Facts()
    values = {rule.name: rule.values for rule in read_rules(folder)}
    least = values.get("total_services", {}).get("")
    return Facts(total_services=int(least)) if least else Facts()


def attack_published(view: Path, known: Path | None, facts: Facts) -> Verdict:
    """The attack of any reader, and besides that of one who knows the exact figures given out.

    Tallies and given-up assumptions are the first one's, which anybody can repeat: the others would
    say whose figures were given out.
    """
    verdict = attack(view, facts=facts)
    if known is None:
        return verdict
    insider = attack(view, facts=facts, insiders=known)
    found = dict.fromkeys((*verdict.findings, *insider.findings))
    notes = dict.fromkeys((*verdict.notes, *insider.notes))
    return replace(verdict, findings=tuple(found), notes=tuple(notes))


def attack_draft(
    settings: Settings, archive: Archive, folder: Path, stage: Path, say: Messenger
) -> None:
    """Attack a handover that nobody has approved, once, and state the result beside it."""
    if STATEMENT in read_manifest(folder).files:
        return
    record = record_of(json.loads(read_part(folder, "record.json")))
    write_figures(folder, stage / "release")
    verdict = attack_release(settings, archive, record, stage / "release")
    state(settings, folder, verdict)
    if verdict.violated:
        say(
            "{release}: hyökkäys luonnosta vastaan onnistui: {fallen}. Hyväksyntä ei onnistuisi. "
            "Katso restricted/attack/{release}.txt.",
            release=record.release,
            fallen=violated_guarantees(verdict, say.language),
        )


def write_figures(folder: Path, candidate: Path) -> None:
    """The CSV files that a handover's release would publish, in the folder of a candidate."""
    for code in (AREA, *(a.municipality for a in annexes_in(folder))):
        sheet = sheet_of(folder, code, Language())
        place = candidate / code / f"{sheet.stem}.csv"
        place.parent.mkdir(parents=True)
        place.write_bytes(figures_csv(sheet.release, sheet.cells))


def state(settings: Settings, folder: Path, verdict: Verdict) -> None:
    """Put the statement for the data protection officer into a handover."""
    record = record_of(json.loads(read_part(folder, "record.json")))
    whole = settings.protected / record.month if record.correction else folder
    annexes, area = tuple(annexes_in(whole)), read_area(folder)
    published = Published(annexes, area, read_rules(folder), record.cells)
    given = {g.municipality for g in read_given(settings)}
    write_statement(folder, statement_of(published, verdict, len(given)))


def violated_guarantees(verdict: Verdict, language: Language) -> str:
    """Which guarantees fell by which rules, without a place."""
    pairs = sorted({(f.guarantee, f.rule) for f in verdict.findings})
    return ", ".join(
        language.text("{guarantee} (sääntö {rule})", guarantee=guarantee, rule=rule)
        for guarantee, rule in pairs
    )
