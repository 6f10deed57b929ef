"""R9: the ledger is append-only and chained; anything else is seen."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kuntakoonti.core.errors import UsageError
from kuntakoonti.public.cells import Cell, Measure, Plan, Status
from kuntakoonti.public.ledger import Archive, Record, append, read_archive

JUNE = Cell("857", "palkkatuki", "2025-06", Measure.CLIENTS, Status.FINAL, 10)
JULY = Cell("857", "palkkatuki", "2025-07", Measure.CLIENTS, Status.PRELIMINARY, None, 5, 9)
PLANS = {"2025": {"857": Plan("per_service", {"palkkatuki": "month"}, "budget")}}


def record(release: str, as_of: date, *cells: Cell) -> Record:
    plans = PLANS if release == "2025-08" else {}
    return Record(release, release, as_of, "controller", "fingerprint", "rules", plans, cells)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of three releases."""
    path, archive = tmp_path / "ledger.jsonl", Archive()
    for n, month in enumerate(("2025-08", "2025-09", "2025-10")):
        cells = (JUNE, JULY) if n == 0 else (replace(JUNE, period=f"2025-0{6 + n}", value=10 + n),)
        archive = append(path, archive, record(month, date(2025, 9 + n, 15), *cells))
    return path


def test_what_was_appended_is_read_back(ledger: Path) -> None:
    """Records, plans, cells and the head survive the file."""
    archive = read_archive(ledger)
    assert [r.release for r in archive.records] == ["2025-08", "2025-09", "2025-10"]
    assert archive.plans("2025") == PLANS["2025"]
    assert archive.plans("2026") is None
    assert archive.last_as_of == date(2025, 11, 15)
    assert archive.head == json.loads(ledger.read_text().splitlines()[-1])["hash"]
    assert archive.closed(*JUNE.key) == JUNE
    assert archive.closed_in(*JUNE.key) == "2025-08"
    assert archive.release("2025-09") and not archive.release("2025-11")


@pytest.mark.rule("R5", "A preliminary count does not close")
def test_a_preliminary_count_is_not_closed(ledger: Path) -> None:
    """Only final, small and not-offered counts close; July closed in September as 11."""
    closed = read_archive(ledger).closed(*JULY.key)
    assert closed and (closed.value, closed.status) == (11, Status.FINAL)
    assert read_archive(ledger).closed_in(*JULY.key) == "2025-09"


def test_no_ledger_is_an_empty_archive(tmp_path: Path) -> None:
    """A new OUTPUT starts its own archive."""
    assert read_archive(tmp_path / "ledger.jsonl") == Archive()


def _change_value(lines: list[str]) -> list[str]:
    return [lines[0].replace(",10,null", ",12,null"), *lines[1:]]


def _change_last_value(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[2].replace(",12,null", ",13,null")]


CHANGES = {
    "a value in the first line": (_change_value, 1),
    "a value in the last line": (_change_last_value, 3),
    "a line removed": (lambda lines: [lines[0], lines[2]], 2),
    "lines swapped": (lambda lines: [lines[1], lines[0], lines[2]], 1),
    "a line doubled": (lambda lines: [*lines, lines[2]], 4),
    "the first line removed": (lambda lines: lines[1:], 1),
    "half a line": (lambda lines: [*lines[:2], lines[2][:200]], 3),
    "not JSON": (lambda lines: ["kuntakoonti", *lines[1:]], 1),
    "an unknown status": (lambda lines: [lines[0].replace('"final"', '"open"'), *lines[1:]], 1),
}


@pytest.mark.rule("R9", "Append-only and chained")
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_changed_ledger_is_refused_with_its_line(ledger: Path, change: str) -> None:
    """The message names the line and says to restore the file."""
    make, line = CHANGES[change]
    before = ledger.read_text().splitlines()
    after = make(before)
    assert after != before
    ledger.write_text("\n".join(after) + "\n")
    with pytest.raises(UsageError, match=rf"riviä? {line} .*Palauta tiedosto varmuuskopiosta"):
        read_archive(ledger)
