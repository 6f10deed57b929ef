"""What is public: every figure of every released file, and of the ledger.

The long form of the contract is read ("Out"); a measure or status that it does not have is refused,
because the attacker would not know what relations it brings.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from kuntakoonti.attack.evidence.invoice import MEASURES as SHARED_MEASURES
from kuntakoonti.attack.evidence.invoice import Break, Row, parted
from kuntakoonti.attack.evidence.ledger import (
    all_withheld,
    approved,
    folder_breaks,
    ledger_breaks,
    read_ledger,
)
from kuntakoonti.attack.evidence.public_facts import Facts
from kuntakoonti.attack.evidence.rules import RULES, rules_of
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.read_back import is_there, json_of, parsed, text_of
from kuntakoonti.core.release_name import ReleaseName

__all__ = [
    "COLUMNS", "MEASURES", "AttackedRelease", "Public", "Row", "read_public", "rows_of_file",
    "with_insiders",
]  # fmt: skip
COLUMNS = (
    "release", "municipality", "service", "period", "measure",
    "value", "class_low", "class_high", "status",
)  # fmt: skip
MEASURES = frozenset(
    {
        "clients", "budget_cents", "advance_cents", "advance_expected_cents", "advance_coming_cents",
        "actual_cents",
        "adjustment_cents", "posting_cents", "prior_year_correction_cents",
        "actual_rounded_cents", "forecast_cents", "forecast_low_cents", "forecast_high_cents",
        "expected_adjustment_cents", "expected_adjustment_low_cents", "expected_adjustment_high_cents",
        "completeness_percent", "completeness_low_percent", "completeness_high_percent",
        "forecast_error_percent", "forecast_error_members_percent",
        "clients_shown_sum", "actual_shown_sum_cents", "invented_data",
    }
) | SHARED_MEASURES  # fmt: skip
STATUSES = frozenset({"final", "preliminary", "under_threshold", "not_shown", "not_offered"})
_PERIOD = re.compile(r"\d{4}(-Q[1-4]|-0[1-9]|-1[0-2])?")


@dataclass(frozen=True)
class AttackedRelease:
    """A release: its last month, whether it is a final adjustment, its extraction date if known."""

    name: str
    month: str
    final: bool
    as_of: str = ""


@dataclass(frozen=True)
class Public:
    """Everything published, releases in the order of their approval.

    ``plans``: year → municipalities. ``facts``: release → the rules that it was made by. ``breaks``: how the ledger did not only grow. ``verified``: what
    insiders know besides; it is not public. ``rows`` are of what is billed by causation, with what whole
    invoices give away of it; ``sum_breaks``: invoices that are not the sum of their parts.
    """

    releases: tuple[AttackedRelease, ...]
    rows: tuple[Row, ...]
    plans: dict[str, tuple[str, ...]]
    breaks: tuple[str, ...]
    facts: Mapping[str, Facts] = field(default_factory=dict)
    verified: tuple[Row, ...] = ()
    sum_breaks: tuple[Break, ...] = ()

    def facts_of(self, release: str) -> Facts:
        """The rules of a release; those of the first format where it states none."""
        return self.facts.get(release) or Facts()

    def facts_behind(self, row: Row) -> Facts:
        """The rules of the release that was the first to show a figure, preliminary or closed."""
        return self.facts_of(self._first.get(_figure(row), row.release))

    @cached_property
    def _first(self) -> dict[tuple[str, ...], str]:
        """Figure → the release that was the first to show it."""
        order = {release.name: number for number, release in enumerate(self.releases)}
        found: dict[tuple[str, ...], str] = {}
        for row in sorted(self.rows, key=lambda r: order.get(r.release, len(order))):
            if row.status not in ("not_shown", "not_offered"):
                found.setdefault(_figure(row), row.release)
        return found

    def rows_of(self, release: str) -> tuple[Row, ...]:
        """What one release says."""
        return self._by_release.get(release, ())

    @cached_property
    def _by_release(self) -> dict[str, tuple[Row, ...]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.release, []).append(row)
        return {release: tuple(rows) for release, rows in found.items()}

    @property
    def insiders(self) -> frozenset[str]:
        """The municipalities whose exact figures an authority was given."""
        return frozenset(row.municipality for row in self.verified)

    @property
    def members(self) -> tuple[str, ...]:
        """The municipalities that have figures or a plan."""
        planned = {code for codes in self.plans.values() for code in codes}
        return tuple(sorted(planned | {r.municipality for r in self.rows if not r.is_area}))


def _figure(row: Row) -> tuple[str, ...]:
    return row.municipality, row.service, row.period, row.measure


def read_public(output: Path) -> Public:
    """Read an OUTPUT folder; UsageError for what is not in the contract's form."""
    lines = read_ledger(output / "ledger.jsonl")
    there = sorted(p for p in output.glob("*") if p.is_dir() and not p.is_symlink())
    folders = [p for p in there if ReleaseName(p.name).is_valid]
    files = {p.name: _released(p) for p in folders}
    shown = {
        name: {(r.municipality, r.service, r.period, r.measure): _shown(r) for r in rows}
        for name, rows in files.items()
    }
    rows = {row: None for found in files.values() for row in found}
    records = approved(lines)
    rows |= {row: None for body in records for row in _recorded(body)}
    rows = _telling(rows)
    unrecorded = sorted(files, key=lambda name: (ReleaseName(name).month, name))
    names = dict.fromkeys(map(ReleaseName, [*(body["release"] for body in records), *unrecorded]))
    plans: dict[str, tuple[str, ...]] = {}
    for body in records:
        for year, plan in body.get("plans", {}).items():
            plans[year] = tuple(sorted({*plans.get(year, ()), *plan}))
    breaks = [*ledger_breaks(lines), *folder_breaks(lines, files, shown)]
    days = {body["release"]: str(body.get("as_of", "")) for body in lines}
    releases = tuple(AttackedRelease(n, n.month, n.kind == "final", days.get(n, "")) for n in names)
    facts = {p.name: rules_of(p / RULES) for p in folders if (p / RULES).exists()}
    apart = parted(rows)
    return Public(releases, apart.rows, plans, tuple(breaks), facts, sum_breaks=apart.breaks)


def _telling(rows: Iterable[Row]) -> dict[Row, None]:
    """Without the marks of a release that withholds the whole area (R9): they say nothing."""
    statuses: dict[str, list[str]] = {}
    for row in rows:
        if row.measure == "clients" and not row.is_area:
            statuses.setdefault(row.release, []).append(row.status)
    coarse = {release for release, said in statuses.items() if all_withheld(said)}
    return {r: None for r in rows if r.release not in coarse or r.status != "not_shown"}


def with_insiders(public: Public, folder: Path | None) -> Public:
    """What is public and every ``<release>-<code>.csv`` of a folder of exact figures.

    UsageError for a file that is not in the contract's form or not exact.
    """
    found = list[Row]()
    for path in sorted(folder.glob("*.csv")) if folder else ():
        found += rows_of_file(path, path.stem.rpartition("-")[0])
    if any(row.value is None or row.is_area for row in found):
        raise UsageError(
            "A figure of the check page is not an exact figure of a municipality. Restore "
            "restricted/verified from a backup."
        )
    return replace(public, verified=tuple(found))


def _released(folder: Path) -> list[Row]:
    return [row for path in _figures(folder) for row in rows_of_file(path, folder.name)]


def _figures(folder: Path) -> list[Path]:
    """The files of figures that a release's manifest lists; all without one. No link is followed."""
    manifest = folder / "manifest.json"
    paths = sorted(folder.glob("*/*.csv"))
    if is_there(manifest):
        listed = json_of(manifest, lambda body: set(body["files"]))
        paths = [p for p in paths if p.relative_to(folder).as_posix() in listed]
    return [p for p in paths if p.is_file() and not p.is_symlink() and not p.parent.is_symlink()]


def rows_of_file(path: Path, release: str) -> Iterator[Row]:
    """The rows of one file in the contract's long form."""
    text = text_of(path)
    head, *found = parsed(path, text, lambda t: [*csv.reader(StringIO(t, newline=""))] or [[]])
    if tuple(head) != COLUMNS:
        raise UsageError(
            "{file}: the columns are not as the contract says. Restore the published file.",
            file=path.name,
        )
    for cells in found:
        if len(cells) != len(COLUMNS) or cells[0] != release:
            raise UsageError(
                "{file}: a row is not as the contract says. Restore the published file.",
                file=path.name,
            )
        yield _row(cells[0], cells[1:5], cells[5:8], cells[8])


def _recorded(body: dict[str, Any]) -> Iterator[Row]:
    for cell in body["cells"]:
        numbers = ["" if number is None else str(number) for number in cell[4:7]]
        yield _row(body["release"], cell[:4], numbers, cell[7])


def _row(release: str, place: list[str], numbers: list[str], status: str) -> Row:
    municipality, service, period, measure = place
    if measure not in MEASURES:
        raise UsageError(
            "The attacker does not know the measure {measure}, and its relations cannot be "
            "judged. Do not publish it.",
            measure=measure,
        )
    if status not in STATUSES:
        raise UsageError(
            "The attacker does not know the status {status}. Restore the published file.",
            status=status,
        )
    if not _PERIOD.fullmatch(period):
        raise UsageError(
            "The attacker does not know the period {period}. Restore the published file.",
            period=period,
        )
    try:
        value, low, high = (int(number) if number else None for number in numbers)
    except ValueError:
        raise UsageError(
            "{release}: a figure is not a whole number. Restore the published file.",
            release=release,
        ) from None
    if status == "under_threshold" and low == 0:
        low, high = None, None  # the class of an older threshold, which the first release tells too
    if (value is None) is (status == "final") or (low is None) is (status == "preliminary"):
        raise UsageError(
            "{release}: the status {status} and the figure do not agree. Restore the published "
            "file.",
            release=release,
            status=status,
        )
    return Row(release, municipality, service, period, measure, value, low, high, status)


def _shown(row: Row) -> tuple[int | None, int | None, int | None, str]:
    return row.value, row.low, row.high, row.status
