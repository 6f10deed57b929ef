"""G6: the ledger is whole, only grew, and says what the released files say."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kuntakoonti.core.errors import Sentence, UsageError
from kuntakoonti.core.read_back import is_there, text_of

Key = tuple[str, str, str, str]
Shown = tuple[int | None, int | None, int | None, str]
COMMON = {"release", "hash", "previous"}
CLOSED = ("final", "under_threshold", "not_offered", "not_shown")


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """The lines of a ledger, an empty list without one; UsageError if it is not readable."""
    if not is_there(path):
        return []
    try:
        lines = text_of(path).removesuffix("\n").split("\n")
        found = [json.loads(line) for line in lines if line]
        if all(set(body) >= COMMON and ("cells" in body or "kind" in body) for body in found):
            return found
    except (ValueError, TypeError):
        pass
    raise UsageError("The ledger {file} cannot be read. Restore it from a backup.", file=path.name)


def approved(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that approve figures; others say that pages were made again or a list grew."""
    return [body for body in lines if "cells" in body]


def ledger_breaks(lines: list[dict[str, Any]]) -> list[str]:
    """What in the chain, the dates or the closed counts shows that the ledger did not only grow."""
    records = approved(lines)
    return [*_chain_breaks(lines), *_date_breaks(records), *_changed_counts(records)]


def folder_breaks(
    lines: list[dict[str, Any]], released: Iterable[str], rows: dict[str, dict[Key, Shown]]
) -> list[str]:
    """Where the released files and the ledger disagree; ``rows``: release → figure → what is shown."""
    recorded = {body["release"]: _cells(body) for body in approved(lines)}
    found: list[str] = [
        Sentence("{release}: published, but not in the ledger", release=name)
        for name in released
        if name not in recorded
    ]
    for release, figures in rows.items():
        cells = recorded.get(release, {})
        other = [key for key, shown in figures.items() if cells.get(key, shown) != shown]
        if other:
            found.append(
                Sentence(
                    "{release}: the pages have other figures than the ledger ({count})",
                    release=release,
                    count=len(other),
                )
            )
    return found


def all_withheld(statuses: Iterable[str]) -> bool:
    """Whether a release withholds the counts of the whole area (R9), which says nothing of any."""
    said = set(statuses)
    return "not_shown" in said and said <= {"not_shown", "not_offered"}


def _chain_breaks(lines: list[dict[str, Any]]) -> list[str]:
    found, head = list[str](), "0" * 64
    for number, line in enumerate(lines, 1):
        body = {key: value for key, value in line.items() if key != "hash"}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        own = hashlib.sha256(text.encode()).hexdigest()
        if line["previous"] != head or line["hash"] != own:
            found.append(
                Sentence("line {line} of the ledger does not continue the line before", line=number)
            )
        head = line["hash"]
    return found


def _date_breaks(lines: list[dict[str, Any]]) -> list[str]:
    days = [str(body.get("as_of", "")) for body in lines]
    names = [body["release"] for body in lines]
    found = list[str]()
    if days != sorted(days):
        found.append(Sentence("the extraction dates of the ledger do not go forward"))
    if len(set(names)) != len(names):
        found.append(Sentence("the same release is in the ledger twice"))
    return found


def _changed_counts(lines: list[dict[str, Any]]) -> list[str]:
    closed: dict[Key, Shown] = {}
    changed = list[str]()
    for body in lines:
        counts = {k: shown for k, shown in _cells(body).items() if k[3] == "clients"}
        if all_withheld(shown[3] for shown in counts.values()):
            continue
        for key, shown in counts.items():
            if closed.get(key, shown) != shown and key[:3] != _corrected(body):
                broken = Sentence(
                    "{release}: the closed count {place} changed",
                    release=body["release"],
                    place=" ".join(key[:3]),
                )
                changed.append(broken)
            if shown[3] in CLOSED:
                closed[key] = shown
    return changed


def _corrected(body: dict[str, Any]) -> tuple[str, ...]:
    """The one figure that a record says it corrects: municipality, service, period."""
    correction = body.get("correction") or {}
    return tuple(correction.get(name, "") for name in ("municipality", "service", "period"))


def _cells(body: dict[str, Any]) -> dict[Key, Shown]:
    return {(c[0], c[1], c[2], c[3]): (c[4], c[5], c[6], c[7]) for c in body["cells"]}
