"""Whether the records are those that the archive was made of: an archive has one history.

The ledger's ``inputs`` is a keyed fingerprint of every row that was known at a release. If the records
no longer give it, each closed count that was published is compared with them. Between its closing and
now late data can only have moved the count from the one to the other; a published count that lies
clearly outside is of another history, and the preparation stops unless a role accepts it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from kuntakoonti.core.errors import UsageError
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
    if fingerprint(warehouse, last.as_of, key) == last.inputs:
        return History(invented)
    return History(invented, dict(_closed_then(room, warehouse)))


def refuse_other_history(room: PreparationContext, history: History, now: Counts) -> None:
    """UsageError if closed counts are not those of the records and nobody has accepted that."""
    differing = [c for c, then in history.closed.items() if _differs(room, c, then, now.of(*c.key))]
    if differing and not room.accepted:
        raise UsageError(
            "{count} closed counts that were published, of {places}, differ from the records more "
            "than late data can explain. Check --data and --output. If the records are right and "
            "the published counts stay, add --accept-history --by ROLE; that is written to the "
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
    low, high = (0, threshold - 1) if cell.value is None else (cell.value, cell.value)
    outside = max(min(then, now) - high, low - max(then, now))
    return outside >= threshold and 100 * outside > PERCENT * max(high, then, now)


_CLIENTS = "SELECT DISTINCT client_id FROM service_periods"
