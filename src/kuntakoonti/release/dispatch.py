"""What has been sent to whom, when and how: ``sent.csv``, a list that only grows.

Only what is approved and unchanged can be said to be sent. A file that has changed since is not sent.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from pathlib import Path

from kuntakoonti.core.disclosed_text import refuse_person
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.periods import as_date
from kuntakoonti.core.read_back import is_there, parsed, text_of
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.package import ARCHIVE
from kuntakoonti.release.integrity import verified_archive
from kuntakoonti.release.lists import DISPATCH_COLUMNS, sha256_of, write_list

SENT_COLUMNS = ("release", "municipality", "file", "sha256", "sent_on", "channel")


@dataclass(frozen=True)
class Sent:
    """A row of ``sent.csv``: an archive of a release, as it was when it was sent."""

    release: str
    municipality: str
    file: str
    sha256: str
    sent_on: str
    channel: str


@dataclass(frozen=True)
class Sending:
    """What the analyst says was sent; ``day`` as text, ``channel`` in words, such as "verkkolasku"."""

    release: str
    municipalities: tuple[str, ...]
    channel: str
    day: str


def record(output: OutputFolder, sending: Sending, today: date) -> tuple[Sent, ...]:
    """Add what was sent to ``sent.csv``; returns the new rows, none for what stood there already.

    UsageError, and nothing written, if any of it is not approved, has no archive or was changed.
    """
    day = _day_of(output, sending, today)
    channel = " ".join(sending.channel.split())
    if not channel:
        raise UsageError("--channel: write how it was sent, for example e-invoice.")
    refuse_person("--channel", channel)
    before, found = _read(output), list[Sent]()
    for code in sending.municipalities:
        row = replace(_ready(output, sending.release, code), sent_on=str(day), channel=channel)
        found += [row] if row not in (*before, *found) else []
    _write(output, (*before, *found))
    return tuple(found)


def everything_sent(output: OutputFolder) -> tuple[Sent, ...]:
    """Every row of ``sent.csv``, oldest first."""
    return _read(output)


def unsent(output: OutputFolder) -> tuple[Sent, ...]:
    """The archives of approved releases that have not been sent as they are now."""
    sent = {(s.file, s.sha256) for s in _read(output)}
    return tuple(s for s in _dispatched(output) if (s.file, s.sha256) not in sent)


def sent_as_they_are(output: OutputFolder) -> tuple[Sent, ...]:
    """The archives of approved releases that have been sent and are still the same."""
    sent = {(s.file, s.sha256) for s in _read(output)}
    return tuple(s for s in _dispatched(output) if (s.file, s.sha256) in sent)


def unsent_by_release(output: OutputFolder) -> dict[str, list[str]]:
    """The municipalities that are still without their archive, by release."""
    waiting: dict[str, list[str]] = {}
    for row in unsent(output):
        waiting.setdefault(row.release, []).append(row.municipality)
    return waiting


def _day_of(output: OutputFolder, sending: Sending, today: date) -> date:
    """The day of sending; not before the extraction date of what was sent, and not ahead."""
    found = verified_archive(output).release(sending.release)
    if found is None:
        raise UsageError(
            "{release} is not approved; only what is approved can be sent. Approve it first.",
            release=sending.release,
        )
    day = as_date(sending.day, "--date") if sending.day else today
    if not found.as_of <= day <= today:
        raise UsageError(
            "--date {day}: write a day not before the extraction date {first} and not after today.",
            day=day,
            first=found.as_of,
        )
    return day


def _ready(output: OutputFolder, release: str, code: str) -> Sent:
    """A municipality's archive in ``dispatch.csv``, if it is still what was approved."""
    for row in _dispatched(output):
        if (row.release, row.municipality) == (release, code):
            if _digest(output.root / row.file) == row.sha256:
                return row
            raise UsageError(
                "{file} is no longer what was approved; restore it before sending.",
                file=row.file,
            )
    raise UsageError(
        "The list dispatch.csv has no package of municipality {code} from release {release}. "
        "Check the municipality and the release.",
        code=code,
        release=release,
    )


def _dispatched(output: OutputFolder) -> list[Sent]:
    """The archives of ``dispatch.csv``, not yet sent."""
    rows = _rows(output.dispatch, DISPATCH_COLUMNS)
    return [
        Sent(r["file"].split("/")[0], r["municipality"], r["file"], r["sha256"], "", "")
        for r in rows
        if r["file"].endswith(ARCHIVE)
    ]


def _read(output: OutputFolder) -> tuple[Sent, ...]:
    return tuple(Sent(**row) for row in _rows(output.sent, SENT_COLUMNS))


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a list, nothing where there is none; UsageError if it has another form."""
    if not is_there(path):
        return []

    def rows(text: str) -> list[dict[str, str]]:
        head, *found = csv.reader(io.StringIO(text, newline=""), strict=True)
        if tuple(head) != tuple(columns) or any(len(row) != len(columns) for row in found):
            raise ValueError("another table")
        return [dict(zip(columns, row, strict=True)) for row in found]

    return parsed(path, text_of(path), rows)


def _write(output: OutputFolder, rows: Sequence[Sent]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SENT_COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    write_list(output, output.sent, text.getvalue())


def _digest(path: Path) -> str:
    return sha256_of(path) if path.is_file() and not path.is_symlink() else ""
