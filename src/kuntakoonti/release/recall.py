"""`recall`: a page that was sent in error is remembered: which, from whom, why, and what replaces it.

The page itself stays as it was approved. The line is chained, and the ledger knows how many there are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from kuntakoonti.core.chained_list import Body, BrokenLine, read_chained
from kuntakoonti.core.disclosed_text import refuse_other_role, refuse_person
from kuntakoonti.core.errors import EXIT_DONE, UsageError
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.release.anchors import broken_list, grow_list, refuse_cut_lists
from kuntakoonti.release.authority_log import read_given
from kuntakoonti.release.dispatch import everything_sent
from kuntakoonti.release.integrity import open_archive
from kuntakoonti.release.jobs import open_release
from kuntakoonti.release.lists import sha256_of

HOURS = 72  # (EU) 2016/679, article 33(1): from having become aware, to the supervisory authority


@dataclass(frozen=True)
class Recalling:
    """What was sent in error: a municipality's page of a release.

    ``recipient``: who got it; ``noticed``: when that was noticed; ``by``: the role that recalls.
    """

    release: str
    municipality: str
    recipient: str
    reason: str
    noticed: datetime
    by: str


@dataclass(frozen=True)
class Recalled:
    """One line of ``recalled.jsonl``: ``files``, what was sent, with its hash and channel."""

    release: str
    municipality: str
    recipient: str
    reason: str
    replaced_by: str
    noticed: str
    approved_by: str
    when: str
    files: tuple[tuple[str, ...], ...]


def recall(output: OutputFolder, asked: Recalling, today: datetime, say: Messenger) -> int:
    """Remember that a page was sent in error, and say what the law asks now and by when.

    UsageError, and nothing written, if no such page was sent or given out.
    """
    archive = open_archive(output, say)
    record = archive.release(asked.release)
    if record is None:
        raise UsageError(
            "The release {release} is not approved; give an approved one (kuntakoonti status).",
            release=asked.release,
        )
    _refuse_words(output, asked, today)
    refuse_cut_lists(output, archive)
    files = tuple(_what_left(output, asked))
    if not files:
        raise UsageError(
            "Nothing of municipality {code} from release {release} is recorded as sent or given out. "
            "Record it first: kuntakoonti sent.",
            code=asked.municipality,
            release=asked.release,
        )
    newer = replacement(archive, record, asked.municipality)
    line = Recalled(
        release=asked.release,
        municipality=asked.municipality,
        recipient=asked.recipient.strip(),
        reason=asked.reason.strip(),
        replaced_by=newer,
        noticed=asked.noticed.isoformat(timespec="minutes"),
        approved_by=asked.by.strip(),
        when=today.isoformat(timespec="seconds"),
        files=files,
    )
    grow_list(output, archive, output.recalled, vars(line))
    _say(line, asked.noticed + timedelta(hours=HOURS), say)
    return EXIT_DONE


def recalled(output: OutputFolder) -> tuple[Recalled, ...]:
    """Everything that was recalled, oldest first; UsageError if the list does not hold together."""
    try:
        return tuple(line for line, _ in read_chained(output.recalled, _line))
    except BrokenLine as broken:
        raise broken_list(output.recalled, broken) from None


def replacement(archive: Archive, record: Record, municipality: str) -> str:
    """The newest later release of the same month and page; empty while there is none."""
    later = archive.records[archive.records.index(record) + 1 :]
    found = [
        r.release
        for r in later
        if r.correction and (r.month, r.correction.municipality) == (record.month, municipality)
    ]
    return found[-1] if found else ""


def _line(body: Body) -> Recalled:
    texts = {name: str(value) for name, value in body.items() if name != "files"}
    return Recalled(files=tuple(tuple(map(str, file)) for file in body["files"]), **texts)


def _refuse_words(output: OutputFolder, asked: Recalling, today: datetime) -> None:
    for option, text in (("--recipient", asked.recipient), ("--reason", asked.reason)):
        if not text.strip():
            raise UsageError("{option}: write a few words, no names of persons.", option=option)
        refuse_person(option, text)
    roles = open_release(output, asked.release).public.area.facts.roles
    valid = [role.role for role in roles if role.valid_on(today.date())]
    refuse_other_role("--by", asked.by, valid if roles else None)
    if not asked.by.strip():
        raise UsageError("--by: write the role of the approver, for example controller.")
    if asked.noticed > today:
        raise UsageError("--noticed: write a time that is not ahead, for example 2025-10-02T14:30.")


def _what_left(output: OutputFolder, asked: Recalling) -> Iterator[tuple[str, ...]]:
    """File, hash, day and channel of what was sent, given out, or is secret and sent by hand."""
    named = asked.release, asked.municipality
    for row in everything_sent(output):
        if (row.release, row.municipality) == named:
            yield row.file, row.sha256, row.sent_on, row.channel
    for given in read_given(output):
        if (given.release, given.municipality) == named:
            name = f"restricted/verified/{given.stem}.csv"
            yield name, given.sha256, given.when[:10], given.recipient
    for page in _secret_pages(output, asked):
        yield page.relative_to(output.root).as_posix(), sha256_of(page), "", ""


def _secret_pages(output: OutputFolder, asked: Recalling) -> list[Path]:
    """The secret pages of a municipality: they are delivered without a list."""
    if not re.fullmatch("[0-9]{3}", asked.municipality):
        return []
    folders = output.secret_pages(asked.release).glob(f"{asked.municipality}-*")
    return sorted(p for f in folders for p in f.glob("*.pdf") if p.is_file())


def _say(line: Recalled, until: datetime, say: Messenger) -> None:
    for file, _, day, channel in line.files:
        if day:
            say("Recalled: {file}, sent {day}, {channel}.", file=file, day=day, channel=channel)
        else:
            say("Recalled: {file}, a secret page.", file=file)
    if line.replaced_by:
        say("It is replaced by {release}: send that, and record it.", release=line.replaced_by)
    else:
        say(
            "Nothing replaces it yet: send the right page, or correct it first (kuntakoonti correct)."
        )
    say("Ask {recipient} to delete it and to confirm that.", recipient=line.recipient)
    say(
        "If it is a personal data breach, notify the Data Protection Ombudsman by {until} (72 hours, "
        "GDPR article 33), and those concerned without delay if the risk to them is high (article 34). "
        "See docs/runbook.md.",
        until=f"{until:%Y-%m-%d %H:%M}",
    )
    say("Recorded in restricted/recalled.jsonl and in the ledger.")
