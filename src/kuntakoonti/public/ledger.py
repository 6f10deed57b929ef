"""The ledger of everything that was ever approved: append-only, one JSON line a release, chained.

Each line holds its predecessor's hash and its own (SHA-256 of the rest of the line), so that a
changed, removed or reordered line is seen. A line of format 2 also holds what lies beside the ledger:
the hash of the release's ``manifest.json`` and keyed digests of the other chained lists. Format 1,
which has neither, stays readable.
The ledger holds published figures only and is itself safe to publish.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from kuntakoonti.core.chained_list import GENESIS, BrokenLine, append_chained, read_chained
from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.core.read_back import Unreadable
from kuntakoonti.public.cells import Cell, Correction, Measure, Plan, Status, cell_of

FORMAT = 2  # of the lines that are written
_UNREADABLE = message(
    "Line {line} of the ledger {file} cannot be read. Restore the file from a backup; the ledger "
    "is not corrected by hand. Nothing was published."
)
_BROKEN = message(
    "Line {line} of the ledger {file} has changed or does not continue the line before. Restore "
    "the file from a backup; the ledger is not corrected by hand. Nothing was published."
)
_MENDABLE = message(
    "Line {line} of the ledger {file} cannot be read, but only the end or the line ends are damaged. "
    "Restore the file from a backup, or mend it: kuntakoonti mend {file}. Nothing was published."
)
_CLOSED = (Status.FINAL, Status.UNDER_THRESHOLD, Status.NOT_OFFERED)


@dataclass(frozen=True)
class Record:
    """One approved release: what it was made of, who approved it, every figure it shows.

    ``settled`` is the keyed fingerprint of the amounts that a final adjustment settled. A
    ``correction`` is a month's release again with one figure changed. ``pseudonyms`` is the check
    value of the key with which identity codes were replaced, where they were. ``inputs`` is the
    keyed fingerprint of the area's history: of every row that was known at ``as_of``.

    Of format 2: ``invented``, whether the records are; ``accepted``, who approved figures although
    published counts differ from the records; ``manifest``, SHA-256 of the release's manifest;
    ``heads``, keyed digests of the other chained lists and handovers. None and empty in format 1.
    """

    release: str
    month: str
    as_of: date
    approved_by: str
    inputs: str
    parameters: str
    plans: dict[str, dict[str, Plan]]
    cells: tuple[Cell, ...]
    version: int = 1
    settled: str = ""
    correction: Correction | None = None
    pseudonyms: str = ""
    invented: bool | None = None
    accepted: str = ""
    manifest: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)

    @property
    def closed_counts(self) -> tuple[Cell, ...]:
        """The counts that are closed in the release."""
        counts = (c for c in self.cells if c.measure is Measure.CLIENTS)
        return tuple(c for c in counts if c.status in _CLOSED)

    def body(self) -> dict[str, Any]:
        """The record as JSON values."""
        plans = {
            year: {code: vars(plan) for code, plan in plan_of.items()}
            for year, plan_of in self.plans.items()
        }
        cells = [list(cell.row()) for cell in self.cells]
        body = {**vars(self), "as_of": self.as_of.isoformat(), "plans": plans, "cells": cells}
        body |= {"format": FORMAT, "kind": "approved"}
        for name in ("pseudonyms", "accepted", "manifest", "heads"):
            if not body[name]:
                del body[name]
        if body.pop("correction"):
            body["correction"] = vars(self.correction)
        return body

    def text(self, previous: str) -> str:
        """The record as a handover has it: JSON that names the hash which it would continue."""
        return json.dumps({"previous": previous, **self.body()}, ensure_ascii=False)


@dataclass(frozen=True)
class Noted:
    """A line that approves nothing: ``rendered``, pages made again, or ``listed``, a list that grew.

    ``release``: whose pages; ``manifest`` and ``heads`` as in a record.
    """

    kind: str
    release: str
    manifest: str
    heads: Mapping[str, str]

    def body(self) -> dict[str, Any]:
        """The line as JSON values."""
        return {"format": FORMAT, **vars(self)}


@dataclass(frozen=True)
class Archive:
    """The verified ledger; ``head`` is the hash of its last approval, ``tip`` of its last line.

    ``lines``: how many it has; ``made``: release → the newest line that holds its manifest; ``heads``: the newest keyed digests
    of the key and of the other chained lists.
    """

    records: tuple[Record, ...] = ()
    head: str = GENESIS
    tip: str = GENESIS
    lines: int = 0
    made: Mapping[str, "Record | Noted"] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)

    def with_line(self, line: Record | Noted, own: str) -> "Archive":
        """The archive after a line whose hash is ``own``."""
        made = {**self.made, line.release: line} if line.manifest else self.made
        heads = {**self.heads, **line.heads}
        grown = replace(self, tip=own, lines=self.lines + 1, made=made, heads=heads)
        if isinstance(line, Noted):
            return grown
        return replace(grown, records=(*self.records, line), head=own)

    @cached_property
    def _closed(self) -> dict[tuple[str, str, str], tuple[Cell, str]]:
        found: dict[tuple[str, str, str], tuple[Cell, str]] = {}
        for record in self.records:
            wrong = record.correction.key if record.correction else None
            for cell in record.closed_counts:
                if cell.key == wrong or cell.key not in found:
                    found[cell.key] = cell, record.release
        return found

    @cached_property
    def _first_shown(self) -> dict[tuple[str, str, str], str]:
        hidden = (Status.NOT_SHOWN, Status.NOT_OFFERED)
        found: dict[tuple[str, str, str], str] = {}
        for record in self.records:
            for cell in record.cells:
                if cell.measure is Measure.CLIENTS and cell.status not in hidden:
                    found.setdefault(cell.key, record.month)
        return found

    def first_shown(self, municipality: str, service: str, period: str) -> str | None:
        """The month of the release that was the first to show a count, preliminary or closed."""
        return self._first_shown.get((municipality, service, period))

    def closed(self, municipality: str, service: str, period: str) -> Cell | None:
        """The count as it was closed (or corrected), None while it is open."""
        entry = self._closed.get((municipality, service, period))
        return entry[0] if entry else None

    def closed_versions(self, municipality: str, service: str, period: str) -> tuple[Cell, ...]:
        """Everything that a closed count was ever shown as, newest first: several if corrected."""
        key = municipality, service, period
        shown = [c for r in reversed(self.records) for c in r.closed_counts if c.key == key]
        return tuple(dict.fromkeys(shown))

    def closed_in(self, municipality: str, service: str, period: str) -> str | None:
        """The release in which a count closed."""
        entry = self._closed.get((municipality, service, period))
        return entry[1] if entry else None

    def plans(self, year: str) -> dict[str, Plan] | None:
        """Each member's plan as the first release that had it fixed it; None before the year's first."""
        fixed = dict[str, Plan]()
        for record in reversed(self.records):
            fixed |= record.plans.get(year, {})
        return fixed or None

    def unplanned(self, plans: dict[str, dict[str, Plan]]) -> dict[str, dict[str, Plan]]:
        """The plans of members that no release of their year has fixed yet, by year."""
        new = {}
        for year, of_year in plans.items():
            fixed = self.plans(year) or {}
            new[year] = {code: plan for code, plan in of_year.items() if code not in fixed}
        return {year: of_year for year, of_year in new.items() if of_year}

    def corrections(self, cells: tuple[Cell, ...]) -> tuple[Correction, ...]:
        """What was ever corrected of these figures, oldest first."""
        keys = {c.key for c in cells}
        found = [r.correction for r in self.records if r.correction]
        return tuple(c for c in found if c.key in keys)

    def release(self, name: str) -> Record | None:
        return next((r for r in self.records if r.release == name), None)

    @property
    def last_as_of(self) -> date | None:
        return max((r.as_of for r in self.records), default=None)


def read_archive(ledger: Path) -> Archive:
    """Read and verify a ledger; an empty archive if there is none, UsageError if it is broken."""
    archive, broken = salvaged(ledger)
    if broken:
        raise broken
    return archive


def salvaged(ledger: Path) -> tuple[Archive, UsageError | None]:
    """What of a ledger is whole, from its first line, and what is wrong with the rest."""
    archive = Archive()
    try:
        for line, own in read_chained(ledger, line_of):
            archive = archive.with_line(line, own)
    except BrokenLine as broken:
        told = _BROKEN if broken.readable else _UNREADABLE
        told = _MENDABLE if broken.mendable else told
        return archive, UsageError(told, file=ledger.name, line=broken.line)
    except Unreadable as unreadable:
        return archive, unreadable
    return archive, None


def append(ledger: Path, archive: Archive, line: Record | Noted) -> Archive:
    """Append one line durably and return the archive with it."""
    return archive.with_line(line, append_chained(ledger, archive.tip, line.body()))


def line_of(body: dict[str, Any]) -> Record | Noted:
    """A line of the ledger, from its JSON values."""
    if body.get("kind", "approved") == "approved":
        return record_of(body)
    if body["kind"] not in ("rendered", "listed"):
        raise ValueError("a line of a kind that is not known")
    return Noted(body["kind"], str(body["release"]), str(body["manifest"]), dict(body["heads"]))


def record_of(body: dict[str, Any]) -> Record:
    """The record of a ledger line, from its JSON values."""
    plans = {
        year: {code: Plan(**plan) for code, plan in plan_of.items()}
        for year, plan_of in body["plans"].items()
    }
    cells = tuple(cell_of(tuple(row)) for row in body["cells"])
    plain = {k: body[k] for k in ("release", "month", "approved_by", "inputs", "parameters")}
    if not all(isinstance(text, str) for text in plain.values()):
        raise TypeError("a name that is no text")
    as_of, wrong = date.fromisoformat(body["as_of"]), body.get("correction")
    return Record(
        **plain,
        as_of=as_of,
        plans=plans,
        cells=cells,
        version=body["version"],
        settled=body["settled"],
        correction=Correction(**wrong) if wrong else None,
        pseudonyms=body.get("pseudonyms", ""),
        invented=body.get("invented"),
        accepted=body.get("accepted", ""),
        manifest=body.get("manifest", ""),
        heads=dict(body.get("heads", {})),
    )
