"""The example's area with everything that can happen to invoices, and its releases handed over.

Kaavi joins in May, Siilinjärvi leaves in August; the others each have their trouble.
"""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from worlds.places import EXAMPLE, PROJECT

from kuntakoonti.public.handover import Handover
from kuntakoonti.public.ledger import append
from kuntakoonti.restricted.preparation import stages

JOINS, LEAVES = "204", "749"
QUARTERLY, YEARLY, NO_BUDGET = "239", "921", "687"
MISSING, DOUBLED, CREDITED, REVISED, CUT = "844", "778", "857", "297", "686"
SERVICES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus")
RELEASES = (
    ("2025-09", "2025-10-15", ""), ("2025-10", "2025-11-15", ""),
    ("2025-12", "2026-01-20", "2025-tasausarvio"), ("2026-01", "2026-02-15", ""),
    ("2025-12", "2026-02-28", "2025-tasaus"),
)  # fmt: skip
Row = dict[str, str]


def cents_of(text: str) -> int:
    """``1234,50`` as cents."""
    whole, _, part = text.partition(",")
    return int(whole) * 100 + (-1 if text.startswith("-") else 1) * int(f"{part:0<2}"[:2])


def amount_of(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


@dataclass(frozen=True)
class Troubled:
    """The rows of the invoices and budgets, and what was handed over by the name of the release."""

    invoices: list[Row]
    budgets: list[Row]
    output: Path

    def handover(self, release: str) -> Handover:
        from kuntakoonti.public.handover import open_handover

        return open_handover(self.output / "protected" / release)


def make_troubled(home: Path) -> None:
    """Write the world into a folder and hand over its releases."""
    data = Path(shutil.copytree(EXAMPLE, home / "data"))
    parameters = Path(shutil.copytree(PROJECT / "parameters", home / "parameters"))
    _area(parameters / "area.yml")
    _write(data / "advance_invoices.csv", list(_invoices(_rows(data / "advance_invoices.csv"))))
    _write(data / "budgets.csv", list(_budgets(_rows(data / "budgets.csv"))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNTAKOONTI_DATA", str(data))
        patch.setenv("KUNTAKOONTI_PARAMETERS", str(parameters))
        patch.setenv("KUNTAKOONTI_OUTPUT", str(home / "outputs"))
        for month, as_of, name in RELEASES:
            room = stages.open_area(month, as_of, name)
            release = stages.protect(room, stages.count_figures(room, stages.read_records(room)))
            stages.hand_over(room, release)
            record = replace(release.record, approved_by="controller")
            append(room.settings.output.ledger, room.archive, record)


def troubled(home: Path) -> Troubled:
    data = home / "data"
    return Troubled(
        _rows(data / "advance_invoices.csv"), _rows(data / "budgets.csv"), home / "outputs"
    )


def _area(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    joins = f'code: "{JOINS}", name: {{fi: Kaavi, sv: Kaavi}}, valid_from: "2025-0'
    text = text.replace(f"{joins}1-01", f"{joins}5-01")
    leaves = (
        f'code: "{LEAVES}", name: {{fi: Siilinjärvi, sv: Siilinjärvi}}, valid_from: "2025-01-01"'
    )
    assert joins in text and leaves in text
    path.write_text(text.replace(leaves, f'{leaves}, valid_to: "2025-08-31"'), encoding="utf-8")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _invoices(rows: list[Row]) -> Iterator[Row]:
    """The example's invoices, each municipality's as its trouble has it."""
    for row in rows:
        code, period = row["municipality"], row["period"]
        if not period.startswith("2025") or code not in (
            JOINS, LEAVES, QUARTERLY, YEARLY, MISSING, DOUBLED, CREDITED, REVISED,
        ) or (code == JOINS and period >= "2025-05") or (code == LEAVES and period <= "2025-08"):  # fmt: skip
            yield row
        elif code in (QUARTERLY, YEARLY):
            yield from _longer(row)
        elif code == MISSING and period not in ("2025-03", "2025-04", "2025-06"):
            yield row
        elif code in (DOUBLED, CREDITED, REVISED):
            yield row
            if period == "2025-07" and row["kind"] != "credit":
                yield from _again(row)


def _longer(row: Row) -> Iterator[Row]:
    """Of a quarter's or the year's months one invoice over all of them, as large as they together."""
    month, every = int(row["period"][5:]), 3 if row["municipality"] == QUARTERLY else 12
    if (month - 1) % every == 0:
        period = "2025" if every == 12 else f"2025-Q{1 + month // 3}"
        yield {**row, "period": period, "amount": amount_of(every * cents_of(row["amount"]))}


def _again(row: Row) -> Iterator[Row]:
    """July's invoice a second time, credited in one municipality; in another one revised."""
    code, number = row["municipality"], row["invoice_id"]
    if code == REVISED:
        yield {
            **row,
            "amount": amount_of(cents_of(row["amount"]) + 10_01),
            "invoiced_on": "20.8.2025",
        }
        return
    yield {**row, "invoice_id": f"9{number}"}
    if code == CREDITED:
        back = amount_of(-cents_of(row["amount"]))
        yield {**row, "invoice_id": f"8{number}", "amount": back, "kind": "credit",
               "credits_invoice_id": f"9{number}", "invoiced_on": "20.8.2025"}  # fmt: skip


def _budgets(rows: list[Row]) -> Iterator[Row]:
    """The example's budgets, of one municipality none, of another cut by 30 % in June."""
    for row in rows:
        if row["municipality"] != NO_BUDGET:
            yield row
        if (row["municipality"], row["year"]) == (CUT, "2025"):
            less = amount_of(cents_of(row["amount"]) * 7 // 10)
            yield {**row, "amount": less, "recorded_on": "10.6.2025"}
