"""Every problem of a folder at once, by the severities of the contract, and never a cell.

A case is a folder of small tables: the sound one of `SOUND` with some rows added or replaced.
"""

import csv
import re
import string
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.examples import examples
from worlds.identity_codes import DISGUISES, NONE

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.core.language import LANGUAGES, Language
from kuntakoonti.restricted.intake import SENTENCES, Intake, Known, fingerprint, load
from kuntakoonti.restricted.intake.contract import TABLES
from kuntakoonti.restricted.intake.warehouse import rows

KNOWN = Known(
    services=frozenset({"palkkatuki", "kotoutumiskoulutus"}),
    municipalities=frozenset({"049", "297", "749"}),
    members=frozenset({"297", "749"}),
)
Cells = list[str]
Tables = Mapping[str, Sequence[Cells]]
HEADERS = {table.name: [column.name for column in table.columns] for table in TABLES}
_SHORT: Tables = {
    "service_periods": [
        ["P1", "C1", "palkkatuki", "14.8.2025", "31.10.2025", "15.8.2025", "", ""],
        ["P2", "C2", "kotoutumiskoulutus", "2025-08-01", "", "2025-08-02", "0", "G1"],
    ],
    "residences": [
        ["C1", "297", "1.1.2020", "", "1.1.2025"],
        ["C2", "749", "1.1.2020", "30.9.2025", "1.1.2025"],
        ["C2", "", "1.10.2025", "", "1.10.2025"],
    ],
    "costs": [
        ["K1", "palkkatuki", "C1", "", "2025-08", "1 234,50", "1.9.2025"],
        ["K2", "kotoutumiskoulutus", "", "G1", "2025-09", "99.90", "1.10.2025"],
    ],
    "advance_invoices": [
        ["L1", "297", "palkkatuki", "2025-08", "1000", "1.8.2025", "", ""],
        ["L2", "749", "palkkatuki", "2025-q3", "10,5", "1.8.2025", "internal", ""],
        ["L3", "297", "palkkatuki", "2025", "\u2212100,00", "1.9.2025", "credit", "L1"],
    ],
    "budgets": [
        ["2025", "297", "palkkatuki", "12\u00a0000,00", ""],
        ["2025", "749", "palkkatuki", "12\u202f000", "1.12.2024"],
    ],
    "keys": [
        ["jobseekers", "2025", "297", "1 012,5", ""],
        ["jobseekers", "2025", "749", "30", "1.12.2024"],
    ],
}


def full(table: str, row: Cells) -> Cells:
    """A row with all its cells; the last ones are optional and empty."""
    return [*row, *[""] * (len(HEADERS[table]) - len(row))]


SOUND: Tables = {name: [full(name, row) for row in cells] for name, cells in _SHORT.items()}


def write_csv(folder: Path, tables: Tables) -> Path:
    folder.mkdir(exist_ok=True)
    for name, short in tables.items():
        cells = [full(name, row) for row in short]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows([HEADERS[name], *cells])
    return folder


def write_xlsx(folder: Path, tables: Tables) -> Path:
    folder.mkdir(exist_ok=True)
    for name, short in tables.items():
        cells = [full(name, row) for row in short]
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in [HEADERS[name], *cells]:
            sheet.append(row)
        book.save(folder / f"{name}.xlsx")
    return folder


def write_parquet(folder: Path, tables: Tables) -> Path:
    folder.mkdir(exist_ok=True)
    for name, short in tables.items():
        cells = [full(name, row) for row in short]
        columns = {h: [row[i] for row in cells] for i, h in enumerate(HEADERS[name])}
        schema = pa.schema([(h, pa.string()) for h in HEADERS[name]])
        pq.write_table(pa.table(columns, schema=schema), folder / f"{name}.parquet")
    return folder


def added(table: str, *cells: Cells) -> Tables:
    """The sound tables with rows added to one of them; the first is on the line after the last."""
    return {**SOUND, table: [*SOUND[table], *cells]}


def changed(table: str, column: str, cell: str) -> Tables:
    """The sound tables with one cell of a table's first row replaced."""
    first = dict(zip(HEADERS[table], SOUND[table][0], strict=True)) | {column: cell}
    return {**SOUND, table: [list(first.values()), *SOUND[table][1:]]}


def each(*cases: tuple[str, str, str]) -> Tables:
    """The sound tables with one row more for each (table, column, cell), alike but for that cell.

    Where the case is not about the key, the row has a key of its own.
    """
    tables = {name: list(rows) for name, rows in SOUND.items()}
    for number, (table, column, cell) in enumerate(cases):
        own = {HEADERS[table][0]: f"N{number}"} if table != "budgets" else {}
        row = dict(zip(HEADERS[table], SOUND[table][0], strict=True)) | own | {column: cell}
        tables[table].append(list(row.values()))
    return tables


def places(*cases: tuple[str, str, str]) -> list[tuple[str, int, str]]:
    """File, line and column of the cell of each case in the tables of ``each``."""
    line = {name: len(rows) + 2 for name, rows in SOUND.items()}
    found = []
    for table, column, cell in cases:
        found.append((f"{table}.csv", line[table], column))
        line[table] += 1 + cell.count("\n")
    return found


def found(intake: Intake) -> list[tuple[str, str, int, str]]:
    return [(p.kind, p.file, p.line, p.column) for p in intake.problems]


def stopped(intake: Intake) -> set[tuple[str, str, int, str]]:
    return {(p.kind, p.file, p.line, p.column) for p in intake.stops}


@pytest.fixture
def check(tmp_path: Path) -> "Check":
    return Check(tmp_path)


class Check:
    """Loads tables as CSV from a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, tables: Tables, as_of: date | None = None) -> Intake:
        return load(write_csv(self.folder, tables), KNOWN, as_of)


def typed(intake: Intake, table: str, columns: str) -> list[tuple[object, ...]]:
    return rows(intake.warehouse, f"SELECT {columns} FROM {table} ORDER BY line")


def test_a_sound_folder_has_no_problems_and_typed_tables(check: Check) -> None:
    """Days are half-open, money is cents, months and periods are as the contract writes them."""
    intake = check(SOUND)
    assert intake.problems == ()
    end = date(9999, 12, 31)
    assert typed(intake, "service_periods", "*") == [
        (
            "P1",
            "C1",
            "palkkatuki",
            date(2025, 8, 14),
            date(2025, 11, 1),
            date(2025, 8, 15),
            False,
            None,
            2,
        ),
        ("P2", "C2", "kotoutumiskoulutus", date(2025, 8, 1), end, date(2025, 8, 2), False, "G1", 3),
    ]
    assert typed(intake, "residences", "*") == [
        ("C1", "297", date(2020, 1, 1), end, date(2025, 1, 1), False, 2),
        ("C2", "749", date(2020, 1, 1), date(2025, 10, 1), date(2025, 1, 1), False, 3),
        ("C2", "999", date(2025, 10, 1), end, date(2025, 10, 1), False, 4),
    ]
    assert typed(intake, "costs", "*") == [
        ("K1", "palkkatuki", "C1", None, "2025-08", 123450, date(2025, 9, 1), False, 2),
        ("K2", "kotoutumiskoulutus", None, "G1", "2025-09", 9990, date(2025, 10, 1), False, 3),
    ]
    assert typed(intake, "advance_invoices", "*") == [
        ("L1", "297", "palkkatuki", "2025-08", 100000, date(2025, 8, 1), "invoice", None, False, 2),
        ("L2", "749", "palkkatuki", "2025-Q3", 1050, date(2025, 8, 1), "internal", None, False, 3),
        ("L3", "297", "palkkatuki", "2025", -10000, date(2025, 9, 1), "credit", "L1", False, 4),
    ]
    assert typed(intake, "budgets", "*") == [
        ("2025", "297", "palkkatuki", 1200000, None, False, 2),
        ("2025", "749", "palkkatuki", 1200000, date(2024, 12, 1), False, 3),
    ]


def test_the_types_of_the_typed_tables(check: Check) -> None:
    """Other rooms rely on them."""
    intake = check(SOUND)
    types = rows(
        intake.warehouse,
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_name <> 'days_without_delay'",
    )
    special = {t for t in types if t[2] != "VARCHAR"}
    assert special == {
        *((t, "first_day", "DATE") for t in ("service_periods", "residences")),
        *((t, "day_after", "DATE") for t in ("service_periods", "residences")),
        *((t, "recorded_on", "DATE") for t in SOUND if t != "advance_invoices"),
        ("keys", "hundredths", "BIGINT"),
        *((t, "cents", "BIGINT") for t in ("costs", "advance_invoices", "budgets")),
        *((t.name, "line", "INTEGER") for t in TABLES),
        ("advance_invoices", "invoiced_on", "DATE"),
        *((t.name, "removed", "BOOLEAN") for t in TABLES),
    }  # fmt: skip


def test_tables_without_rows_are_sound(check: Check) -> None:
    """An area may have no costs yet."""
    intake = check({name: [] for name in SOUND})
    assert intake.problems == ()
    assert typed(intake, "costs", "*") == []


MONEY = {
    "0": 0,
    "0,1": 10,
    "0.01": 1,
    "-0,01": -1,
    "\u22121\u00a0234\u202f567,89": -123456789,
    "1 234 567": 123456700,
    "1234567,8": 123456780,
    "9007199254740.93": 900719925474093,
    "9 999 999 999 999,99": 999999999999999,
}


def test_money_becomes_exact_cents(check: Check) -> None:
    """All spaces, both decimal marks, both minus signs; beyond what a float holds exactly."""
    intake = check(each(*(("costs", "amount", cell) for cell in MONEY)))
    read = dict(zip(MONEY, typed(intake, "costs", "cents")[len(SOUND["costs"]) :], strict=True))
    assert read == {cell: (cents,) for cell, cents in MONEY.items()}


NOT_MONEY = {
    **dict.fromkeys(("1,234", "1.234", "0,125", "-1 000,001", "1,000"), "too_many_decimals"),
    **dict.fromkeys(("1.234,50", "1,234.50", "12 €", "1 23", "1234 567", ",5", "1,"), "bad_money"),
    **dict.fromkeys(
        ("+1", "- 1", "--1", "1e3", "10000000000000", "abc", "1  000"), "bad_money"
    ),
    "": "empty_cell",
    "#DIV/0!": "excel_error",
}  # fmt: skip


def test_money_is_not_guessed(check: Check) -> None:
    """A point is never a separator of thousands; grouping is whole or absent."""
    cases = [("costs", "amount", cell) for cell in NOT_MONEY]
    expected = zip(NOT_MONEY.values(), places(*cases), strict=True)
    assert stopped(check(each(*cases))) == {(kind, *place) for kind, place in expected}


DAYS = [
    "14.8.2025", "14.08.2025", "2025-08-14", "2025-08-14 00:00:00", "2025-08-14T00:00:00.000",
    "2025-08-14 00:00:49", "14.8.2025 0:00", "14.8.2025 0.00", "14.8.2025 00:00:00",
    '="14.8.2025"', "'14.8.2025", "\ufeff14.8.2025", "14.8.\u200b2025",
]  # fmt: skip
WITH_TIME = [
    "2025-08-14 12:00:00",
    "14.8.2025 klo 8.00",
    "2025-08-14T22:00:00Z",
    "14.8.2025 0:01:00",
]
NO_DAYS = [
    "29.2.2025", "31.4.2025", "2025-02-29", "2025-13-01", "0.1.2025", "1.13.2025",
    "31.12.1899", "1.1.2101", "1899-12-31", "2101-01-01", "14.8.25", "14/8/2025", "8-14-2025",
    "2025-8-14", "20250814", "45883", "eilen", "1.1.20255",
]  # fmt: skip


def test_days_are_read_in_both_orders(check: Check) -> None:
    """Finnish and ISO, and a time stamp at midnight."""
    intake = check(each(*(("service_periods", "start_date", cell) for cell in DAYS)))
    read = typed(intake, "service_periods", "first_day")[len(SOUND["service_periods"]) :]
    assert read == [(date(2025, 8, 14),)] * len(DAYS)


def test_days_that_do_not_exist_or_are_unclear(check: Check) -> None:
    """The calendar is the real one, from 1900 to 2100."""
    cases = [("service_periods", "start_date", cell) for cell in NO_DAYS]
    assert stopped(check(each(*cases))) == {("bad_date", *place) for place in places(*cases)}


def test_a_day_with_a_time_of_day_is_named(check: Check) -> None:
    """In another time zone it could be another day."""
    cases = [("service_periods", "start_date", cell) for cell in WITH_TIME]
    assert stopped(check(each(*cases))) == {("time_of_day", *place) for place in places(*cases)}


def test_days_at_the_edges(check: Check) -> None:
    """Leap days, the first and the last day."""
    days = ("29.2.2024", "1.1.1900", "31.12.2100")
    assert not check(each(*(("residences", "valid_from", cell) for cell in days))).stops


BAD_CELLS = [
    *(("costs", "service_month", c, "bad_month") for c in ("8/2025", "2025-13", "2025-8")),
    *(("costs", "service_month", c, "bad_month") for c in ("202508", "2025-08-01")),
    *(("advance_invoices", "period", c, "bad_period") for c in ("2025-Q5", "2025-Q0", "Q3")),
    *(("advance_invoices", "period", c, "bad_period") for c in ("2025-00", "3/2025", "25")),
    *(("budgets", "year", c, "bad_year") for c in ("25", "1899", "2101", "2025.0", "vuosi")),
    *(("service_periods", "removed", c, "bad_flag") for c in ("x", "2", "kyllä", "true")),
    *(("advance_invoices", "kind", c, "bad_invoice_kind") for c in ("lasku", "kredit", "1")),
    *(("budgets", "municipality", c, "code_not_three_digits") for c in ("49", "0297", "Ii")),
    *(("budgets", "municipality", c, "unknown_municipality") for c in ("999", "000", "123")),
    *(("keys", "value", c, "bad_number") for c in ("12,345", "x", "1.000,5", "10 %")),
    ("residences", "municipality", "49", "code_not_three_digits"),
    ("residences", "municipality", "998", "unknown_municipality"),
    *((t, "service", "palkka", "unknown_service") for t in ("costs", "budgets")),
    ("service_periods", "service", "palkkatuki'", "unknown_service"),
    ("service_periods", "client_id", "#N/A", "excel_error"),
    ("residences", "municipality", "#REF!", "excel_error"),
    *(
        (table.name, column.name, "", "empty_cell")
        for table in TABLES
        for column in table.columns
        if not column.empty
    ),
]  # fmt: skip


def test_a_bad_cell_stops(check: Check) -> None:
    """Each kind of cell has a problem of its own, at its line and column."""
    cases = [(table, column, cell) for table, column, cell, _ in BAD_CELLS]
    expected = zip((kind for *_, kind in BAD_CELLS), places(*cases), strict=True)
    assert stopped(check(each(*cases))) == {(kind, *place) for kind, place in expected}


def test_an_unknown_service_is_answered_with_the_known_ones(check: Check) -> None:
    """The cell may hold anything; the parameters are safe."""
    (problem,) = check(changed("budgets", "service", "Matin tuki")).problems
    assert dict(problem.values) == {"services": "kotoutumiskoulutus, palkkatuki"}


NOT_IDENTITY_CODES = [
    *NONE, "3f2504e0-4f89-11d3-9a0c-010190a123a5", "aa010190a123a0bb",
    "AA010190A123A0BB00010190A123A0BBCC", "010190.1234",
]  # fmt: skip


@pytest.mark.parametrize("cell", DISGUISES)
def test_an_identity_code_stops_in_every_column(cell: str, check: Check) -> None:
    """Anywhere inside a cell, with every separator of a century, in either case."""
    cases = [(table.name, column.name, cell) for table in TABLES for column in table.columns]
    intake = check(each(*cases))
    expected = {("identity_code", *place) for place in places(*cases)}
    assert len(expected) == sum(len(table.columns) for table in TABLES)
    assert expected <= set(found(intake))
    assert "123" not in repr(intake.problems)


def test_digests_and_other_numbers_are_no_identity_codes(check: Check) -> None:
    """Impossible days, other forms, and the digits inside a digest or a UUID."""
    assert not check(each(*(("costs", "cost_id", cell) for cell in NOT_IDENTITY_CODES))).stops


STOPPING_ROWS: list[tuple[str, str, str, Cells]] = [
    ("end_before_start", "service_periods", "end_date",
     ["P9", "C1", "palkkatuki", "2.1.2024", "1.1.2024", "1.1.2024", "", ""]),
    ("end_before_start", "residences", "valid_to",
     ["C9", "297", "2.1.2024", "1.1.2024", "1.1.2024"]),
    ("client_or_group", "costs", "client_id",
     ["K9", "palkkatuki", "", "", "2025-08", "1", "1.9.2025"]),
    ("client_or_group", "costs", "client_id",
     ["K9", "palkkatuki", "C1", "G1", "2025-08", "1", "1.9.2025"]),
    ("credit_not_negative", "advance_invoices", "amount",
     ["L9", "297", "palkkatuki", "2025-08", "0", "1.9.2025", "credit", "L1"]),
    ("credit_not_negative", "advance_invoices", "amount",
     ["L9", "297", "palkkatuki", "2025-08", "0,01", "1.9.2025", "credit", "L1"]),
    ("invoice_negative", "advance_invoices", "amount",
     ["L9", "297", "palkkatuki", "2025-08", "-0,01", "1.9.2025", "", ""]),
    ("invoice_negative", "advance_invoices", "amount",
     ["L9", "297", "palkkatuki", "2025-08", "-1", "1.9.2025", "internal", ""]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "table", "column", "row"), STOPPING_ROWS)
def test_a_contradiction_inside_a_row_stops(
    kind: str, table: str, column: str, row: Cells, check: Check
) -> None:
    """Each cell is good and together they are not."""
    line = len(SOUND[table]) + 2
    stops = check(added(table, row)).stops
    assert [(p.kind, p.file, p.line, p.column) for p in stops] == [
        (kind, f"{table}.csv", line, column)
    ]


@pytest.mark.parametrize(
    ("table", "column", "cell"),
    [
        ("service_periods", "end_date", "14.8.2025"),
        ("residences", "valid_to", "31.12.2025"),
        ("advance_invoices", "amount", "0"),
    ],
)
def test_the_nearest_that_does_not_stop(table: str, column: str, cell: str, check: Check) -> None:
    """A range of one day and an invoice of nothing are allowed."""
    assert not check(changed(table, column, cell)).stops


def test_a_row_rule_waits_for_its_own_cells_only(check: Check) -> None:
    """A bad service does not hide an end before the start; a bad end date does."""
    row = ["P9", "C1", "muu", "2.1.2024", "1.1.2024", "1.1.2024", "", ""]
    assert {k for k, *_ in found(check(added("service_periods", row)))} == {
        "unknown_service",
        "end_before_start",
    }
    row[4] = "31.2.2024"
    assert {k for k, *_ in found(check(added("service_periods", row)))} == {
        "unknown_service",
        "bad_date",
    }


REVISED: list[tuple[str, str, str]] = [
    ("service_periods", "end_date", "recorded_on"),
    ("costs", "amount", "recorded_on"),
    ("advance_invoices", "amount", "invoiced_on"),
    ("budgets", "amount", "recorded_on"),
]


@pytest.mark.parametrize(("table", "column", "recorded"), REVISED)
def test_the_same_key_and_date_with_different_content_stops(
    table: str, column: str, recorded: str, check: Check
) -> None:
    """Both rows are named, a third that repeats one of them is only noted."""
    other = dict(zip(HEADERS[table], SOUND[table][0], strict=True))
    other[column] = "1.12.2025" if column == "end_date" else "77"
    row = list(other.values())
    last = len(SOUND[table]) + 2
    intake = check(added(table, row, row))
    where = f"{table}.csv"
    key = HEADERS[table][0]
    assert found(Intake(intake.warehouse, intake.stops)) == [
        ("same_key", where, 2, key),
        ("same_key", where, last, key),
    ]
    assert ("duplicate_row", where, last + 1, key) in found(intake)
    assert dict(intake.stops[0].values)["recorded"] == recorded


@pytest.mark.parametrize(("table", "column", "recorded"), REVISED)
def test_a_later_revision_is_no_problem(
    table: str, column: str, recorded: str, check: Check
) -> None:
    """The same key from another date is how a record is corrected; both rows stay in the table."""
    other = dict(zip(HEADERS[table], SOUND[table][0], strict=True))
    other |= {column: "1.12.2025" if column == "end_date" else "77", recorded: "1.12.2025"}
    intake = check(added(table, list(other.values())))
    replaced = {"invoice_replaced"} if table == "advance_invoices" else set()
    assert {p.kind for p in intake.problems} == replaced and not intake.stops
    assert len(typed(intake, table, "line")) == len(SOUND[table]) + 1


@pytest.mark.parametrize("table", SOUND)
def test_an_exact_duplicate_is_noted_and_counted_once(table: str, check: Check) -> None:
    """The same content in another notation is the same row."""
    intake = check(added(table, SOUND[table][0], SOUND[table][0]))
    lines = [len(SOUND[table]) + 2, len(SOUND[table]) + 3]
    column = HEADERS[table][0]
    assert found(intake) == [("duplicate_row", f"{table}.csv", line, column) for line in lines]
    assert [line for (line,) in typed(intake, table, "line")] == list(range(2, lines[0]))
    noted = check(added("costs", ["K1", "palkkatuki", "C1", "", "2025-08", "1234.5", "2025-09-01"]))
    assert [p.kind for p in noted.problems] == ["duplicate_row"]


def test_a_duplicate_not_yet_known_is_not_noted(check: Check) -> None:
    """It is left out of the table all the same."""
    intake = check(added("costs", SOUND["costs"][1]), date(2025, 9, 30))
    assert {p.kind for p in intake.problems} == {"recorded_ahead"}
    assert len(typed(intake, "costs", "line")) == 2


def period(record: str, client: str, first: str, last: str, **more: str) -> Cells:
    """A service period of palkkatuki, recorded when it starts."""
    row = {
        "record_id": record, "client_id": client, "service": "palkkatuki", "start_date": first,
        "end_date": last, "recorded_on": first, "removed": "", "group_id": "",
    }  # fmt: skip
    return list((row | more).values())


def cost(month: str, amount: str = "1", **more: str) -> Cells:
    row = {
        "cost_id": "K9", "service": "palkkatuki", "client_id": "C1", "group_id": "",
        "service_month": month, "amount": amount, "recorded_on": "1.12.2025",
    }  # fmt: skip
    return list((row | more).values())


def invoice(amount: str, **more: str) -> Cells:
    row = {
        "invoice_id": "L9", "municipality": "297", "service": "palkkatuki", "period": "2025-09",
        "amount": amount, "invoiced_on": "1.9.2025", "kind": "", "credits_invoice_id": "",
    }  # fmt: skip
    return list((row | more).values())


NOTED_ROWS: list[tuple[str, str, str, Cells]] = [
    ("overlapping_residences", "residences", "valid_from",
     ["C1", "749", "1.1.2024", "", "1.1.2025"]),
    ("overlapping_residences", "residences", "valid_from",
     ["C2", "297", "30.9.2025", "30.9.2025", "1.1.2025"]),
    ("overlapping_residences", "residences", "valid_from",
     ["C1", "", "2.1.2024", "3.1.2024", "1.1.2025"]),
    ("missing_residence", "service_periods", "client_id",
     period("P9", "C9", "1.8.2025", "2.8.2025")),
    ("missing_residence", "service_periods", "client_id",
     period("P9", "C1", "31.12.2019", "1.1.2020")),
    ("overlapping_periods", "service_periods", "start_date", period("P9", "C1", "31.10.2025", "")),
    ("start_far_ahead", "service_periods", "start_date",
     period("P9", "C1", "2.11.2025", "", recorded_on="1.11.2023")),
    ("cost_without_period", "costs", "service_month",
     cost("2025-07")),
    ("cost_without_period", "costs", "service_month",
     cost("2025-11")),
    ("cost_without_period", "costs", "service_month",
     cost("2025-08", service="kotoutumiskoulutus")),
    ("unknown_client", "costs", "client_id", cost("2025-08", client_id="C9")),
    ("group_without_clients", "costs", "group_id", cost("2025-08", client_id="", group_id="G9")),
    ("group_without_clients", "costs", "group_id",
     cost("2025-07", client_id="", group_id="G1", service="kotoutumiskoulutus")),
    ("negative_cost", "costs", "amount", cost("2025-08", "-0,01")),
    ("credit_of_nothing", "advance_invoices", "credits_invoice_id", invoice("-1", kind="credit")),
    ("credit_of_unknown", "advance_invoices", "credits_invoice_id",
     invoice("-1", kind="credit", credits_invoice_id="L8")),
    ("credit_of_unknown", "advance_invoices", "credits_invoice_id",
     invoice("-1", kind="credit", credits_invoice_id="L3")),
    ("invoice_not_member", "advance_invoices", "municipality", invoice("1", municipality="049")),
    ("budget_not_member", "budgets", "municipality", ["2025", "049", "palkkatuki", "1", ""]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "table", "column", "row"), NOTED_ROWS)
def test_what_is_only_noted(kind: str, table: str, column: str, row: Cells, check: Check) -> None:
    """The run goes on, the typed tables are there, and the line is named."""
    intake = check(added(table, row))
    line = len(SOUND[table]) + 2
    assert found(intake) == [(kind, f"{table}.csv", line, column)]
    assert intake.stops == ()
    assert len(typed(intake, table, "line")) == len(SOUND[table]) + 1


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("residences", ["C2", "297", "1.1.2019", "31.12.2019", "1.1.2025"]),
        ("residences", ["C1", "297", "1.1.2021", "", "1.1.2025"]),
        ("service_periods", period("P9", "C2", "30.9.2025", "1.10.2025")),
        ("service_periods", period("P9", "C1", "1.11.2025", "")),
        ("service_periods", period("P9", "C1", "1.11.2025", "", recorded_on="1.11.2023")),
        ("service_periods", period("P9", "C9", "1.8.2025", "", removed="1")),
        ("costs", cost("2025-10")),
        ("costs", cost("2025-08", "0")),
        ("costs", cost("2027-01", client_id="", group_id="G1", service="kotoutumiskoulutus")),
    ],
)
def test_the_nearest_that_is_not_noted(table: str, row: Cells, check: Check) -> None:
    """Touching ranges, the same municipality twice, a residence in two pieces, removed records."""
    assert check(added(table, row)).problems == ()


@pytest.mark.parametrize("table", [name for name in SOUND if name != "keys"])
def test_a_note_waits_for_the_extraction_date(table: str, check: Check) -> None:
    """What is recorded later does not exist yet; the typed table keeps the row."""
    recorded = next(t.recorded for t in TABLES if t.name == table)
    noted = [(kind, row) for kind, name, _, row in NOTED_ROWS if name == table]
    late = [numbered(table, n, row) | {recorded: "1.5.2026"} for n, (_, row) in enumerate(noted)]
    tables = added(table, *(list(row.values()) for row in late))
    early, then = check(tables, date(2026, 4, 30)), check(tables, date(2026, 5, 1))
    assert {p.kind for p in early.problems} == {"recorded_ahead"}
    first = len(SOUND[table]) + 2
    waited = {(kind, line) for line, (kind, _) in enumerate(noted, first)}
    said = {(p.kind, p.line) for p in then.problems}
    assert waited - said == {(kind, line) for kind, line in waited if kind == "start_far_ahead"}
    assert len(typed(early, table, "line")) == len(SOUND[table]) + len(noted)


def numbered(table: str, number: int, row: Cells) -> dict[str, str]:
    """A row by column, with a key of its own."""
    cells = dict(zip(HEADERS[table], full(table, row), strict=True))
    return (
        cells if table in ("residences", "budgets") else cells | {HEADERS[table][0]: f"N{number}"}
    )


def test_days_to_come_need_no_residence_yet(check: Check) -> None:
    """A service may be planned beyond what the population register can know."""
    ending = ["C9", "297", "1.1.2020", "31.8.2025", "1.1.2025"]
    tables = {
        **added("service_periods", period("P9", "C9", "1.8.2025", "")),
        "residences": [*SOUND["residences"], ending],
    }
    noted = {day: {p.kind for p in check(tables, day).problems} for day in DAYS_AROUND}
    ahead = {"recorded_ahead"}
    assert list(noted.values()) == [ahead, {"missing_residence"} | ahead]


DAYS_AROUND = (date(2025, 8, 31), date(2025, 9, 1))


@pytest.mark.parametrize("clock", [date(1999, 1, 1), date(2025, 9, 15), date(2199, 1, 1)])
def test_the_day_of_the_run_decides_nothing(
    clock: date, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two rows recorded around the extraction date the later one is noted, on any day."""

    class Stopped(date):
        @classmethod
        def today(cls) -> date:
            return clock

    monkeypatch.setattr("kuntakoonti.restricted.intake.notes.date", Stopped)
    late = [cost("2025-08", recorded_on=f"{day}.11.2025", cost_id=f"M{day}") for day in (1, 2)]
    intake = check(added("costs", *late), date(2025, 11, 1))
    assert found(intake) == [("recorded_ahead", "costs.csv", 5, "recorded_on")]


def test_only_the_newest_revision_is_noted(check: Check) -> None:
    """A negative cost that was corrected, and a removed period, are no longer notes."""
    corrected = [cost("2025-08", "-5"), cost("2025-08", "5", recorded_on="2.12.2025")]
    assert check(added("costs", *corrected)).problems == ()
    then = check(added("costs", *corrected), date(2025, 12, 1)).problems
    assert [p.kind for p in then] == ["negative_cost", "recorded_ahead"]
    removed = period("P1", "C1", "14.8.2025", "31.10.2025", recorded_on="1.12.2025", removed="1")
    assert [p.kind for p in check(added("service_periods", removed)).problems] == [
        "cost_without_period"
    ]


def test_stops_and_notes_are_listed_at_once(check: Check) -> None:
    """One pass over the folder tells everything, sorted; and there are then no typed tables."""
    tables = {
        **added("costs", cost("8/2025"), cost("2025-08", "-1", cost_id="K8")),
        **{
            "budgets": [
                ["25", "297", "palkkatuki", "1", ""],
                ["2025", "049", "palkkatuki", "1", ""],
            ]
        },
        **{"residences": [*SOUND["residences"], ["C1", "1", "1.1.2020", "", "1.1.2025"]]},
    }
    intake = check(tables)
    assert found(intake) == [
        ("bad_year", "budgets.csv", 2, "year"),
        ("budget_not_member", "budgets.csv", 3, "municipality"),
        ("bad_month", "costs.csv", 4, "service_month"),
        ("negative_cost", "costs.csv", 5, "amount"),
        ("code_not_three_digits", "residences.csv", 5, "municipality"),
    ]
    assert intake.problems == tuple(sorted(intake.problems))
    assert rows(intake.warehouse, "SELECT table_name FROM information_schema.tables") == []


def test_a_bad_cell_elsewhere_does_not_mislead(check: Check) -> None:
    """A cost of a client whose period has a bad date is not said to lack a period."""
    intake = check(changed("service_periods", "end_date", "31.9.2025"))
    assert [p.kind for p in intake.problems] == ["bad_date"]


def test_an_empty_folder_lacks_five_tables(tmp_path: Path) -> None:
    """Nothing raises; each table that is not optional is named."""
    intake = load(tmp_path, KNOWN)
    assert [(p.kind, p.file) for p in intake.problems] == [
        ("missing_table", name) for name in sorted(SOUND.keys() - {"keys"})
    ]


def test_a_missing_column_leaves_the_other_cells_checked(tmp_path: Path) -> None:
    """The rest of the file is not left for a second round."""
    write_csv(tmp_path, SOUND)
    (tmp_path / "costs.csv").write_text(
        "cost_id;service;client_id;group_id;service_month;recorded_on\nK1;muu;C1;;2025-8;1.1.2025\n"
    )
    assert found(load(tmp_path, KNOWN)) == [
        ("missing_column", "costs.csv", 0, "amount"),
        ("unknown_service", "costs.csv", 2, "service"),
        ("bad_month", "costs.csv", 2, "service_month"),
    ]


def test_codes_that_excel_made_numbers(tmp_path: Path) -> None:
    """A code typed as a number has lost its zero and is a problem; #DIV/0! is another."""
    write_csv(tmp_path, {k: v for k, v in SOUND.items() if k != "budgets"})
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADERS["budgets"])
    sheet.append([2025, 49, "palkkatuki", 12000.5, None])
    sheet.append([2025, "049", "palkkatuki", "#DIV/0!", date(2025, 1, 1)])
    book.save(tmp_path / "budgets.xlsx")
    assert found(load(tmp_path, KNOWN)) == [
        ("code_not_three_digits", "budgets.xlsx", 2, "municipality"),
        ("excel_error", "budgets.xlsx", 3, "amount"),
    ]


FORMATS = (write_csv, write_xlsx, write_parquet)
AS_OF = date(2026, 2, 28)
KEY = b"a key of the area"


def contents(intake: Intake) -> dict[str, list[tuple[object, ...]]]:
    """The typed tables without lines, in one order."""
    return {
        table.name: sorted(
            (tuple(map(str, row[:-1])) for row in typed(intake, table.name, "*")),
        )
        for table in TABLES
    }


def test_the_same_rows_in_three_formats(tmp_path: Path) -> None:
    """The same typed tables and the same fingerprint from CSV, XLSX and Parquet."""
    intakes = [load(write(tmp_path / write.__name__, SOUND), KNOWN) for write in FORMATS]
    assert all(intake.problems == () for intake in intakes)
    assert contents(intakes[0]) == contents(intakes[1]) == contents(intakes[2])
    assert len({fingerprint(intake.warehouse, AS_OF, KEY) for intake in intakes}) == 1


@examples(15)
@given(data=st.data())
def test_the_order_of_rows_never_matters(data: st.DataObject, check: Check) -> None:
    """Shuffled tables have the same problems but for lines, the same rows and fingerprint."""
    tables = added("costs", cost("2025-08", "-1"), SOUND["costs"][0])
    shuffled = {name: data.draw(st.permutations(cells)) for name, cells in tables.items()}
    one, other = check(tables), check(shuffled)
    assert sorted(p.kind for p in one.problems) == sorted(p.kind for p in other.problems)
    assert contents(one) == contents(other)
    assert fingerprint(one.warehouse, AS_OF, KEY) == fingerprint(other.warehouse, AS_OF, KEY)


@pytest.mark.parametrize(
    ("table", "column", "cell"),
    [
        ("service_periods", "end_date", "30.10.2025"),
        ("service_periods", "removed", "1"),
        ("service_periods", "group_id", "G1"),
        ("residences", "municipality", ""),
        ("costs", "amount", "1234,51"),
        ("advance_invoices", "credits_invoice_id", "L1"),
        ("budgets", "recorded_on", "1.1.2024"),
    ],
)
def test_a_changed_cell_changes_the_fingerprint(
    table: str, column: str, cell: str, check: Check
) -> None:
    """Every column counts, and so does the difference between empty and not."""
    before = fingerprint(check(SOUND).warehouse, AS_OF, KEY)
    assert fingerprint(check(changed(table, column, cell)).warehouse, AS_OF, KEY) != before


def test_the_fingerprint_knows_its_date_and_key(check: Check) -> None:
    """Rows recorded later do not count yet; another key gives another digest; 64 hex digits."""
    sound, more = check(SOUND).warehouse, check(added("costs", cost("2025-08"))).warehouse
    day_before, day = date(2025, 11, 30), date(2025, 12, 1)
    assert fingerprint(sound, day_before, KEY) == fingerprint(more, day_before, KEY)
    assert fingerprint(sound, day, KEY) != fingerprint(more, day, KEY)
    assert fingerprint(sound, day, KEY) != fingerprint(sound, day, b"other")
    assert re.fullmatch("[0-9a-f]{64}", fingerprint(sound, day, KEY))


@examples(30)
@given(
    place=st.sampled_from([(t.name, c.name) for t in TABLES for c in t.columns]),
    form=st.sampled_from(["Zq{}x", "010190-{}A", "1.1.{}", "{},555", "#{}", "297{}", "'{}"]),
)
def test_no_cell_is_ever_quoted(place: tuple[str, str], form: str, check: Check) -> None:
    """A canary in any column, in the form of any kind of cell, appears in no problem."""
    canary = "770077"
    intake = check(changed(*place, form.format(canary)))
    said = [repr(p) + SENTENCES[p.kind].format(**dict(p.values)) for p in intake.problems]
    assert canary not in "".join(said)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


HEAD = ";".join(HEADERS["costs"][:7]).encode()
FILE_CASES: dict[str, bytes | None] = {
    "missing_table": None,
    "not_text": b"\0",
    "no_header": b"\n",
    "heading_not_found": b"x\n",
    "heading_line": b"title\n" + HEAD + b"\n",
    "missing_column": HEAD.removesuffix(b";recorded_on") + b"\n",
    "doubled_column": HEAD + b";cost_id\n",
    "unknown_column": HEAD + b";x\n",
    "ragged_row": HEAD + b"\n1\n",
    "bad_quotes": HEAD + b'\n"1"x;2\n',
    "other_type": b"%PDF",
}
ELSEWHERE = {  # made by test_cases, test_sources and test_sharing, by files that are of no use here
    "budget_negative", "client_of_key", "key_missing", "key_negative", "key_zero", "period_of_key", "code_not_yet_or_no_longer", "damaged_letters", "extract_truncated", "failed_query", "far_too_large",
    "former_code_goes_on", "formula_not_calculated", "hidden_sheet", "ids_unknown", "invoice_replaced", "invoice_used_twice",
    "left_out", "locked_workbook", "missing_sheet", "moved", "narrow_column", "no_extracts", "no_record", "no_such_files", "not_as_declared",
    "number_used_twice", "numbers_moved", "other_names", "recorded_ahead", "row_beyond_excel", "cells_far_apart", "number_not_printed", "same_file_twice",
    "table_not_declared", "time_of_day", "unreadable_query",
}  # fmt: skip


def every_problem(folder: Path) -> list[Problem]:
    """Problems of all kinds, from a few small folders."""
    check = Check(folder)
    problems: list[Problem] = []
    for rows_of_a_kind in (STOPPING_ROWS, NOTED_ROWS):
        tables = {name: list(cells) for name, cells in SOUND.items()}
        for number, (_, table, _, row) in enumerate(rows_of_a_kind):
            cells = list(numbered(table, number, row).values())
            tables[table] += [cells, cells]
        problems += check(tables).problems
    problems += check(added("costs", cost("2025-08"), cost("2025-08", "2"))).problems
    problems += check(
        each(*((table, column, cell) for table, column, cell, _ in BAD_CELLS))
    ).problems
    problems += check(each(*(("costs", "amount", cell) for cell in NOT_MONEY))).problems
    bad = [("costs", "cost_id", DISGUISES[0]), ("costs", "recorded_on", "x")]
    problems += check(each(*bad)).problems
    for content in FILE_CASES.values():
        write_csv(folder, SOUND)
        (folder / "costs.csv").unlink()
        if content is not None:
            (folder / "costs.csv").write_bytes(content)
        problems += load(folder, KNOWN).problems
    return problems + workbook_problems(folder)


def workbook_problems(folder: Path) -> list[Problem]:
    """Two files of a table, a damaged one, several sheets and a long number."""
    write_csv(folder, SOUND)
    (folder / "costs.xlsx").write_bytes(b"x")
    problems = [*load(folder, KNOWN).problems]
    (folder / "costs.csv").unlink()
    problems += load(folder, KNOWN).problems
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("toinen")):
        assert sheet is not None
        sheet.append(HEADERS["costs"])
        sheet.append([1.5e15])
    book.save(folder / "costs.xlsx")
    return [*problems, *load(folder, KNOWN).problems]


def test_every_kind_has_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind occurs, has one severity and a sentence whose placeholders are supplied.

    No sentence is unused. Only the rest of a long list takes the severity of what it continues.
    """
    monkeypatch.setattr("kuntakoonti.restricted.intake.text_table.LISTED", 1)
    severities: dict[str, set[Severity]] = {}
    for problem in every_problem(tmp_path):
        severities.setdefault(problem.kind, set()).add(problem.severity)
        assert placeholders(SENTENCES[problem.kind]) <= {name for name, _ in problem.values}
        assert all(isinstance(value, str) for _, value in problem.values)
    # the last two need a table of another folder: test_cases and test_read
    assert set(severities) | ELSEWHERE | {"unknown_client", "unreadable_file"} == set(SENTENCES)
    del severities["more_like_these"]
    assert all(len(found) == 1 for found in severities.values())


def test_sentences_are_whole_and_short() -> None:
    """Each ends in a full stop, has no exclamation mark and at most 200 characters, in each language."""
    for sentence in SENTENCES.values():
        for code in LANGUAGES:
            values = {name: f"{{{name}}}" for name in re.findall(r"{(\w+)}", sentence)}
            said = Language(code).text(sentence, **values)
            assert said.endswith(".")
            assert "!" not in said
            assert len(said) <= 200, (code, said)
