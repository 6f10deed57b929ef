"""An archive of the first version: what its counts would be by the reading of now is listed."""

from dataclasses import replace
from pathlib import Path

import pytest
from worlds.two_members import TwoMembers

from kuntakoonti.core.errors import Problem
from kuntakoonti.public.cells import Cell
from kuntakoonti.public.ledger import Record, append, read_archive
from kuntakoonti.restricted.figures.counts import count
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.preparation import stages
from kuntakoonti.restricted.preparation.history import differing_counts, recorded_history


def listed(month: str, as_of: str) -> tuple[Problem, ...]:
    room = stages.open_area(month, as_of)
    warehouse = stages.read_records(room).warehouse
    history = recorded_history(room, warehouse)
    take_snapshot(warehouse, room.parameters, month, room.as_of)
    return differing_counts(room, history, count(warehouse, month, room.as_of))


def published(ledger: Path, record: Record, invented: bool | None, more: int) -> Cell:
    """Approves a record with its first exact closed count so much larger; the cell as it is shown."""
    shown = next(c for c in record.closed_counts if c.value)
    changed = replace(shown, value=(shown.value or 0) + more)
    cells = tuple(changed if c == shown else c for c in record.cells)
    ledger.parent.mkdir(exist_ok=True)
    line = replace(record, approved_by="controller", cells=cells, invented=invented)
    append(ledger, read_archive(ledger), line)
    return changed


@pytest.mark.parametrize(("invented", "more"), [(None, 1), (None, 0), (True, 1)])
def test_what_the_first_version_counted_otherwise_is_listed(
    invented: bool | None,
    more: int,
    two_members: TwoMembers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One more client than the same rows have now; nothing of what is alike, nor of a ledger that
    was read as now; and the published count stays on the page."""
    monkeypatch.setenv("KUNTAKOONTI_PARAMETERS", str(two_members.folder / "parameters"))
    monkeypatch.setenv("KUNTAKOONTI_DATA", str(two_members.folder / "data"))
    monkeypatch.setenv("KUNTAKOONTI_OUTPUT", str(tmp_path / "outputs"))
    room = stages.open_area("2025-08", "2025-09-15")
    record = stages.protect(room, stages.count_figures(room, stages.read_records(room))).record
    ledger = tmp_path / "outputs" / "ledger.jsonl"
    cell = published(ledger, record, invented, more)
    found = listed("2025-09", "2025-10-15")
    assert [p.kind for p in found] == ["published_count_differs"] * (invented is None and more)
    for problem in found:
        said = dict(problem.values)
        assert said["place"] == " ".join(cell.key)
        assert int(said["published"]) - int(said["then"]) == more
    assert read_archive(ledger).closed(*cell.key) == cell
