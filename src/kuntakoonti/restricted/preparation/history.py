"""Whether the records are those that the archive was made of: an archive has one history.

The ledger's ``inputs`` is a keyed fingerprint of every row that was known at a release. If the records
no longer give it, or a ledger of format 1 was read by the rules of then (a residence had no revisions),
each closed count that was published is compared with them, and every one that differs is listed. Between its closing and
now late data can only have moved the count from the one to the other; a published count that lies
clearly outside is of another history, and the preparation stops unless a role accepts it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from kuntakoonti.core.errors import Problem, Severity, UsageError
from kuntakoonti.core.invented import is_invented
from kuntakoonti.core.periods import first_day, months_of
from kuntakoonti.public.cells import Cell, Status
from kuntakoonti.restricted.figures.counts import Counts, count
from kuntakoonti.restricted.figures.snapshot import release_months, take_snapshot
from kuntakoonti.restricted.intake import fingerprint
from kuntakoonti.restricted.intake.warehouse import rows
from kuntakoonti.restricted.preparation.context import PreparationContext
from kuntakoonti.restricted.preparation.key import secret_key

ACCEPTED = "published counts differ from the records"  # the one reason that can be accepted
PERCENT = 10  # of a published count: below it and below the threshold a difference says nothing


@dataclass(frozen=True)
class History:
    """``invented``: the records are. ``closed``: closed counts to be compared, and what each was
    when it closed by the records as they are now; empty where nothing has to be compared."""

    invented: bool = False
    closed: Mapping[Cell, int] = field(default_factory=dict)


def recorded_history(room: PreparationContext, warehouse: duckdb.DuckDBPyConnection) -> History:
    """The records' history; UsageError if invented records and others would come into one archive."""
    invented = is_invented(room.settings.data, rows(warehouse, _CLIENTS))
    records = room.archive.records
    if not records:
        return History(invented)
    last = records[-1]
    if last.invented is not None and last.invented != invented:
        raise UsageError(
            "The folder {folder} has releases of invented data, or these data are invented and the "
            "releases are not. Give another --output: invented and real data have folders of their "
            "own.",
            folder=room.settings.output.root.name,
        )
    key = secret_key(room.settings)
    read_as_now = last.invented is not None  # format 2
    if read_as_now and fingerprint(warehouse, last.as_of, key) == last.inputs:
        return History(invented)
    return History(invented, dict(_closed_then(room, warehouse)))


def differing_counts(
    room: PreparationContext, history: History, now: Counts
) -> tuple[Problem, ...]:
    """A note for each published count that the records have otherwise, on its closing day already."""
    return tuple(
        Problem(
            room.settings.output.ledger.name,
            0,
            "clients",
            "published_count_differs",
            Severity.NOTE,
            (
                ("place", f"{cell.municipality} {cell.service} {cell.period}"),
                ("published", "-".join(map(str, dict.fromkeys(_published(room, cell))))),
                ("then", str(then)),
                ("now", str(now.of(*cell.key))),
            ),
        )
        for cell, then in history.closed.items()
        if not _published(room, cell)[0] <= then <= _published(room, cell)[1]
    )


def refuse_other_history(room: PreparationContext, history: History, now: Counts) -> None:
    """UsageError if closed counts are not those of the records and nobody has accepted that."""
    differing = [c for c, then in history.closed.items() if _differs(room, c, then, now.of(*c.key))]
    if differing and not room.accepted:
        raise UsageError(
            "{count} closed counts that were published, of {places}, differ from the records more "
            "than late data can explain: restricted/problems.csv. Check --data and --output. If the "
            "records are right and the published counts stay, add --accept-history --by ROLE; that is written to the "
            "ledger.",
            count=len(differing),
            places=", ".join(sorted({c.municipality for c in differing})),
        )


def _closed_then(
    room: PreparationContext, warehouse: duckdb.DuckDBPyConnection
) -> Iterator[tuple[Cell, int]]:
    """Every closed count of the months that this release counts, as the records have it on that day."""
    months = set(release_months(room.month))
    for record in room.archive.records:
        new = [
            c
            for c in record.closed_counts
            if c.status is not Status.NOT_OFFERED
            and set(months_of(c.period)) <= months
            and room.archive.closed_in(*c.key) == record.release
            and room.archive.closed(*c.key) == c
        ]
        if new:
            take_snapshot(warehouse, room.parameters, room.month, record.as_of)
            then = count(warehouse, room.month, record.as_of)
            yield from ((c, then.of(*c.key)) for c in new)


def _differs(room: PreparationContext, cell: Cell, then: int, now: int) -> bool:
    """Whether a published count lies outside what it was at its closing and is now, and clearly so."""
    threshold = room.parameters.rules.threshold.at(first_day(cell.period))
    low, high = _published(room, cell)
    outside = max(min(then, now) - high, low - max(then, now))
    return outside >= threshold and 100 * outside > PERCENT * max(high, then, now)


def _published(room: PreparationContext, cell: Cell) -> tuple[int, int]:
    """The least and the most that a published count says."""
    if cell.value is not None:
        return cell.value, cell.value
    return 0, room.parameters.rules.threshold.at(first_day(cell.period)) - 1


_CLIENTS = "SELECT DISTINCT client_id FROM service_periods"
