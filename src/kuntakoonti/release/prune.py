"""`prune`: what lies in ``restricted/`` longer than the rule `retention` keeps it is listed, and removed.

A file is as old as the extraction date of its release; one of no release as the day it was written.
Never removed: the ledger, the key, settled amounts, chained logs, handovers, and figures that were
given out, because the attacker counts them. What is removed is recorded first: a removal that was
interrupted is finished by the same command.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from kuntakoonti.core.chained_list import Body, BrokenLine, read_chained
from kuntakoonti.core.errors import EXIT_DONE, UsageError, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import add_months, first_day, year_of
from kuntakoonti.core.read_back import is_there
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.parameters.missing import refuse_missing
from kuntakoonti.parameters.rules import Parameters, Retention, load_parameters
from kuntakoonti.public.handover import MANIFEST, open_handover
from kuntakoonti.public.ledger import Archive
from kuntakoonti.release.anchors import broken_list, grow_list, refuse_cut_lists
from kuntakoonti.release.integrity import open_archive
from kuntakoonti.release.jobs import handed_over

OF_A_RELEASE = (
    "prepare",
    "area",
    "foresight",
    "attack",
    "reconciliation",
    "annexes",
    "verified",
    "log",
)
OF_A_DAY = ("trace", "lab")
COMPARED = 2  # newest releases with which the next one, and the desk, compare
_RELEASE = re.compile(r"\d{4}-(?:tasausarvio|tasaus|\d\d)(?:-v\d+)?")
_EXTRACT = re.compile(r".*-(\d{4}-\d\d-\d\d)\.parquet")

REMOVED = message("Removed: {file}")
WOULD_BE = message("Would be removed: {file}")
YOUNGER = message("Kept, because they are not older than {before}: {count}.")
NEEDED = message("Kept, because the next release is compared with them: {count}.")
BOOKS = message("Kept as accounting records for {years} years after their year: {count}.")
COUNTED = message("Kept, because the attacker counts figures that were given out: {count}.")


@dataclass(frozen=True)
class Asked:
    """Remove what is from before a day; ``by``: the role that removes, empty for a look only."""

    before: date
    by: str
    today: date


@dataclass(frozen=True)
class Pruning:
    """What would be removed, and why the rest is kept: reason → how many files."""

    removed: tuple[Path, ...]
    kept: Mapping[str, int]


def prune(settings: Settings, asked: Asked, say: Messenger) -> int:
    """Say what is older than a day and no later release needs, and remove it if a role does so.

    UsageError, and nothing removed, for a day within the time that the rule keeps files, and if the
    ledger or a chained list is not whole.
    """
    parameters, output = load_parameters(settings.parameters), settings.output
    retention = _retention(parameters, asked)
    if asked.by:
        parameters.area.refuse_other_role("--remove-by", asked.by, asked.today)
    archive = open_archive(output, say)
    refuse_cut_lists(output, archive)
    plan = _Plan(output, archive, asked, retention).made()
    for path in plan.removed:
        named = path.relative_to(output.root).as_posix()
        told = REMOVED if asked.by else WOULD_BE
        say(told, file=named)
    _say_kept(plan, asked, retention, say)
    if not asked.by:
        say("Nothing was removed. To remove: --remove-by ROLE.")
    elif plan.removed:
        _remove(output, archive, asked, plan.removed)
        say("Recorded in restricted/pruned.jsonl and in the ledger.")
    return EXIT_DONE


def pruned_files(output: OutputFolder) -> dict[str, str]:
    """File in OUTPUT → the day when it was removed, of everything that ever was."""
    found = dict[str, str]()
    try:
        for removed, _ in read_chained(output.pruned, _removed):
            found |= removed
    except BrokenLine as broken:
        raise broken_list(output.pruned, broken) from None
    return found


def _removed(body: Body) -> dict[str, str]:
    """File → day of one line; a body of another form is an error of its values."""
    if not isinstance(body["files"], list):
        raise TypeError("no list of files")
    return {str(name): str(body["when"])[:10] for name in body["files"]}


def _retention(parameters: Parameters, asked: Asked) -> Retention:
    """The rule in force; UsageError without it, and for a day that it does not allow."""
    rule = parameters.rules.retention
    refuse_missing(parameters, "retention")
    assert rule
    found = rule.at(asked.today)
    latest = _months_before(asked.today, found.restricted_months)
    if asked.before > latest:
        raise UsageError(
            "--before {day}: by the rule retention files are kept for {months} months. Write {latest} "
            "or an earlier day.",
            day=asked.before,
            months=found.restricted_months,
            latest=latest,
        )
    return found


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, at the latest the 28th."""
    month = add_months(f"{day:%Y-%m}", -months)
    return first_day(month).replace(day=min(day.day, 28))


def _say_kept(plan: Pruning, asked: Asked, retention: Retention, say: Messenger) -> None:
    """Why the rest stays, and what is never removed."""
    for reason, count in plan.kept.items():
        say(reason, before=asked.before, years=retention.accounting_years, count=count)
    say(
        "Always kept: the ledger, the key, settled amounts, handovers, chained logs, and the "
        "pseudonymised history of extracts."
    )


def _remove(
    output: OutputFolder, archive: Archive, asked: Asked, removed: tuple[Path, ...]
) -> None:
    """Record what is removed, then remove it; folders that are empty then go too."""
    body = {
        "before": asked.before.isoformat(),
        "approved_by": asked.by.strip(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": [path.relative_to(output.root).as_posix() for path in removed],
    }
    grow_list(output, archive, output.pruned, body)
    for path in removed:
        path.unlink()
    for folder in sorted({p.parent for p in removed}, reverse=True):
        while folder.parent != output.restricted and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


@dataclass(frozen=True)
class _Plan:
    """What a removal is decided by."""

    output: OutputFolder
    archive: Archive
    asked: Asked
    retention: Retention

    def made(self) -> Pruning:
        """Every file that the rule is about, as removed or kept."""
        kept, removed = dict[str, int](), list[Path]()
        for path, reason in self._judged():
            if reason:
                kept[reason] = kept.get(reason, 0) + 1
            else:
                removed.append(path)
        return Pruning(tuple(sorted(removed)), kept)

    def _judged(self) -> Iterator[tuple[Path, str]]:
        """Each file, and why it is kept; nothing said of one that is removed."""
        for room in OF_A_RELEASE:
            for path in self._files(room):
                found = _RELEASE.match(path.relative_to(self.output.restricted / room).as_posix())
                if found and not (room == "log" and path.suffix != ".log"):
                    yield path, self._why_kept(room, path, found[0])
        for room in OF_A_DAY:
            yield from ((path, self._younger(_written(path))) for path in self._files(room))
        newest = self.archive.last_as_of
        for path in self._files("witnesses") if newest else ():
            yield path, self._younger(newest)
        yield from self._extracts()

    def _files(self, room: str) -> list[Path]:
        """The files of a folder in ``restricted/``; nothing behind a link."""
        folder = self.output.restricted / room
        if folder.is_symlink() or not folder.is_dir():
            return []
        return sorted(p for p in folder.rglob("*") if p.is_file() or p.is_symlink())

    def _why_kept(self, room: str, path: Path, release: str) -> str:
        if younger := self._younger(self._day_of(path, release)):
            return younger
        if room == "verified" and path.suffix == ".csv":
            return COUNTED
        if self._is_of_the_books(room, release) and not self._is_out_of_the_books(release):
            return BOOKS
        return NEEDED if self._is_needed(room, release) else ""

    def _day_of(self, path: Path, release: str) -> date:
        """The extraction date of a release, approved or drafted; else when a file was written."""
        record = self.archive.release(release)
        if record:
            return record.as_of
        folder = self.output.handover(release)
        return (
            open_handover(folder).manifest.as_of if is_there(folder / MANIFEST) else _written(path)
        )

    def _is_needed(self, room: str, release: str) -> bool:
        """Whether it is of a draft, or of the newest approved releases and compared with the next."""
        if release in self._drafts:
            return True
        approved = [r.release for r in self.archive.records if not r.correction]
        return room in ("area", "foresight") and release in approved[-COMPARED:]

    @cached_property
    def _drafts(self) -> frozenset[str]:
        return frozenset(n for n in handed_over(self.output) if not self.archive.release(n))

    def _is_of_the_books(self, room: str, release: str) -> bool:
        """The reconciliation, secret pages, and the exact figures of a final adjustment."""
        final = ReleaseName(release).kind == "final"
        return room in ("reconciliation", "annexes") or (room == "area" and final)

    def _is_out_of_the_books(self, release: str) -> bool:
        """Whether the years of accounting are over, counted from the end of a release's year."""
        last = int(year_of(ReleaseName(release).month)) + self.retention.accounting_years
        return self.asked.today.year > last

    def _younger(self, day: date | None) -> str:
        return YOUNGER if day is None or day >= self.asked.before else ""

    def _extracts(self) -> Iterator[tuple[Path, str]]:
        """Histories of extracts that a later one has replaced."""
        found = {p: m[1] for p in self._files("extracts") if (m := _EXTRACT.fullmatch(p.name))}
        for path, day in found.items():
            if day != max(found.values()):
                yield path, self._younger(date.fromisoformat(day))


def _written(path: Path) -> date:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC).date()
