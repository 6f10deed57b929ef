"""Files become text with exact lines, whatever program wrote them."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuntakoonti.core.errors import Severity
from kuntakoonti.restricted.intake import text_table as raw_module
from kuntakoonti.restricted.intake.contract import BUDGETS, COSTS, SERVICE_PERIODS, Table
from kuntakoonti.restricted.intake.folder import files_of, read_own, read_table
from kuntakoonti.restricted.intake.spreadsheets import cell_text
from kuntakoonti.restricted.intake.text_table import RawTable, as_table, own_layout

HEADER = "year;municipality;service;amount;recorded_on"
ROW = "2025;049;palkkatuki;10,00;1.1.2025"


def read_csv(table: Table, path: Path) -> RawTable:
    """One file of the contract's own types."""
    return as_table(table, [read_own(path, own_layout(table))])


read_xlsx = read_parquet = read_csv


def budgets_csv(folder: Path, content: str | bytes, name: str = "budgets.csv") -> RawTable:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv(BUDGETS, path)


def kinds(raw: RawTable) -> list[tuple[str, int]]:
    return sorted((p.kind, p.line) for p in raw.problems)


def lines(raw: RawTable) -> list[int]:
    return raw.cells["line"].to_pylist()


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{ROW}\n".encode(),
        b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n".encode(),
        f"{HEADER}\r\n{ROW}\r\n".encode(),
        f"{HEADER}\r{ROW}\r".encode(),
        f"{HEADER}\n{ROW}".encode(),
        b" YEAR ;Municipality;service;amount;recorded_on\n 2025 ;049;palkkatuki;10,00;1.1.2025\n",
        b'year,municipality,service,amount,recorded_on\n2025,049,palkkatuki,"10,00",1.1.2025\n',
        "year;municipality;service;amount;recorded_on\n2025;049;palkkatuki;\u00a010,00\u202f;1.1.2025".encode(),
    ],
)
def test_the_same_table_in_every_dialect(content: bytes, tmp_path: Path) -> None:
    """Delimiter, byte order mark, line ends, case of the header and space around do not matter."""
    raw = budgets_csv(tmp_path, content)
    assert raw.problems == ()
    (row,) = raw.cells.to_pylist()
    assert row == {
        "year": "2025",
        "municipality": "049",
        "service": "palkkatuki",
        "amount": "10,00",
        "recorded_on": "1.1.2025",
        "removed": None,
        "line": 2,
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_letters_survive_every_encoding(encoding: str, tmp_path: Path) -> None:
    """UTF-8 is tried first and cp1252 next, both strictly."""
    raw = budgets_csv(tmp_path, f"{HEADER}\n2025;049;työ € ä;1;\n".encode(encoding))
    assert raw.cells["service"].to_pylist() == ["työ € ä"]


@pytest.mark.parametrize("content", [b"PK\0\0", HEADER.encode() + b"\n\x81\xc3", b"\0"])
def test_what_is_not_text_is_refused(content: bytes, tmp_path: Path) -> None:
    """A binary file and bytes that no encoding knows are one problem each."""
    raw = budgets_csv(tmp_path, content)
    assert kinds(raw) == [("not_text", 0)]
    assert not raw.readable


@pytest.mark.parametrize("content", ["", "\n", " \n\n"])
def test_an_empty_file_has_no_header(content: str, tmp_path: Path) -> None:
    """Nothing, or only blank lines."""
    assert kinds(budgets_csv(tmp_path, content)) == [("no_header", 0)]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Blank lines and line breaks inside cells are counted and not read as rows."""
    content = f'\n{HEADER}\n\n{ROW}\n2025;"0\r\n4\n9";a;1;\n ; ;;;\n{ROW}\n\n'
    raw = budgets_csv(tmp_path, content)
    assert raw.problems == ()
    assert lines(raw) == [4, 5, 9]
    assert raw.cells["municipality"].to_pylist()[1] == "0\r\n4\n9"


@pytest.mark.parametrize("row", ["2025;049;a;1", "2025;049;a;1;;x", "2025"])
def test_a_row_with_other_cells_than_the_header(row: str, tmp_path: Path) -> None:
    """Too few or too many cells stop the run, and the other rows are read: a row may be cut off."""
    raw = budgets_csv(tmp_path, f"{HEADER}\n{ROW}\n{row}\n{ROW}\n")
    assert kinds(raw) == [("ragged_row", 3)]
    assert dict(raw.problems[0].values) == {"cells": "5"}
    assert lines(raw) == [2, 4]


@pytest.mark.parametrize("row", ['2025;"049"x;a;1;', '2025;"049;a;1;\n' + ROW])
def test_a_quotation_mark_out_of_place(row: str, tmp_path: Path) -> None:
    """The line where the row begins is named, and what came before it is read."""
    raw = budgets_csv(tmp_path, f'{HEADER}\n{ROW}\n2025;"0\n49";a;1;\n{row}\n')
    assert kinds(raw) == [("bad_quotes", 5)]
    assert lines(raw) == [2, 3]


def test_a_quotation_mark_out_of_place_among_the_headings(tmp_path: Path) -> None:
    """It never ends, and the file with it."""
    raw = budgets_csv(tmp_path, f'{HEADER};"\n{ROW}\n{ROW}\n')
    assert ("bad_quotes", 1) in kinds(raw)
    assert lines(raw) == []


def test_lines_stay_exact_over_many_chunks(tmp_path: Path) -> None:
    """Chunks with and without line breaks inside cells follow each other."""
    text, expected, line = [HEADER, " ;;;;"], [], 3
    for number in range(5_000):
        cell = '"a\nb"' if number % 1_700 == 0 else "a"
        text.append(f"2025;049;{cell};1;")
        expected.append(line)
        line += 1 + cell.count("\n")
    assert lines(budgets_csv(tmp_path, "\n".join(text))) == expected


@given(
    st.lists(
        st.lists(st.text(st.sampled_from('ab;,"\r\n ä'), max_size=5), min_size=5, max_size=5),
        max_size=8,
    )
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    """Any cells come back trimmed, and no line is out of the file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADER.split(";"))
    writer.writerows(cells)
    raw = budgets_csv(tmp_path_factory.mktemp("csv"), text.getvalue())
    expected = [[cell.strip() or None for cell in row] for row in cells]
    got = [list(row.values())[:5] for row in raw.cells.to_pylist()]
    assert got == [row for row in expected if any(row)]
    assert raw.problems == ()


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """An optional column may be absent, a required one stops."""
    raw = budgets_csv(tmp_path, "year;service;amount\n2025;a;1\n")
    assert [(p.kind, p.column, p.severity) for p in raw.problems] == [
        ("missing_column", "municipality", Severity.STOP)
    ]
    assert raw.missing == {"municipality"}
    assert raw.cells["recorded_on"].to_pylist() == [None]


def test_a_doubled_column_is_named(tmp_path: Path) -> None:
    """The same header twice, in any case, stops."""
    raw = budgets_csv(tmp_path, f"{HEADER}; Year\n{ROW};2025\n")
    assert [(p.kind, p.column) for p in raw.problems] == [("doubled_column", "year")]


def test_an_unknown_column_is_noted_and_not_read(tmp_path: Path) -> None:
    """Only the place of the column is said: in a file without a header its name is a cell."""
    raw = budgets_csv(tmp_path, f"{HEADER};Meikäläinen Matti\n{ROW};salaisuus\n")
    assert [(p.kind, p.severity, p.values) for p in raw.problems] == [
        ("unknown_column", Severity.NOTE, (("position", "6"),))
    ]
    assert raw.unknown == (6,)
    assert "Meikäläinen" not in repr(raw)
    assert "salaisuus" not in str(raw.cells)


def test_a_file_without_a_header_row_quotes_nothing(tmp_path: Path) -> None:
    """A person's record read as a header does not appear in any problem; there is one."""
    raw = budgets_csv(tmp_path, "010190-123A;Meikäläinen;x;1;2\n")
    assert [(p.kind, p.values) for p in raw.problems] == [
        ("heading_not_found", (("line", "1"), ("separator", ";")))
    ]
    assert "Meikäläinen" not in repr(raw.problems)
    assert "010190" not in repr(raw.problems)


def test_the_rest_of_very_many_alike_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong delimiter on a million rows does not list a million problems."""
    monkeypatch.setattr(raw_module, "LISTED", 2)
    raw = budgets_csv(tmp_path, HEADER + "\n1" * 5)
    assert kinds(raw) == [("more_like_these", 0), ("ragged_row", 2), ("ragged_row", 3)]
    (more,) = (p for p in raw.problems if p.kind == "more_like_these")
    assert (dict(more.values), more.severity) == (
        {"kind": "ragged_row", "more": "3"},
        Severity.STOP,
    )


def test_a_folder_without_the_table(tmp_path: Path) -> None:
    """No folder, an empty one, and files that are no table of the contract."""
    assert files_of(tmp_path / "none") == ()
    for name in ("notes.md", "~$budgets.xlsx", "budgets.csv.bak"):
        (tmp_path / name).write_text(HEADER)
    (tmp_path / "budgets.csv").mkdir()
    assert kinds(read_table(BUDGETS, files_of(tmp_path))) == [("missing_table", 0)]
    (tmp_path / "budjetit.csv").write_text(HEADER)
    (problem,) = read_table(BUDGETS, files_of(tmp_path)).problems
    assert (problem.kind, dict(problem.values)["files"]) == ("other_names", "budjetit.csv")


def test_two_files_of_a_table_stop(tmp_path: Path) -> None:
    """Which of them counts is not guessed."""
    for name in ("budgets.csv", "Budgets.XLSX"):
        (tmp_path / name).write_text(HEADER)
    raw = read_table(BUDGETS, files_of(tmp_path))
    assert kinds(raw) == [("two_files", 0)]
    assert dict(raw.problems[0].values) == {"files": "Budgets.XLSX, budgets.csv"}


@pytest.mark.parametrize("name", ["budgets.xlsx", "budgets.parquet"])
@pytest.mark.parametrize(
    "content", [b"", b"not what the name says", b"PK\x03\x04broken", b"PAR1PAR1"]
)
def test_a_damaged_file_is_one_problem(name: str, content: bytes, tmp_path: Path) -> None:
    """A damaged file is unreadable, another type is named for what it is."""
    (tmp_path / name).write_bytes(content)
    other = content.startswith(b"not") or (name.endswith("xlsx") and content.startswith(b"PAR1"))
    expected = "other_type" if other else "unreadable_file"
    assert kinds(read_table(BUDGETS, files_of(tmp_path))) == [(expected, 0)]


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """It disappeared after the folder was listed."""
    assert kinds(read_table(BUDGETS, [tmp_path / "budgets.xlsx"])) == [("unreadable_file", 0)]


Sheets = dict[str, Sequence[Sequence[Any]]]
Workbook = Callable[[Sheets], Path]


@pytest.fixture
def workbook(tmp_path: Path) -> Workbook:
    def write(sheets: Sheets) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active or book.create_sheet())
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for number, row in enumerate(rows, start=1):
                for place, cell in enumerate(row, start=1):
                    sheet.cell(number, place).value = cell
        book.save(tmp_path / "costs.xlsx")
        return tmp_path / "costs.xlsx"

    return write


COSTS_HEADER = [c.name for c in COSTS.columns]


def test_rows_of_a_sheet_keep_their_numbers(workbook: Workbook) -> None:
    """Blank rows before, between and after are counted and not read."""
    row = ["K1", "palkkatuki", "C1", None, "2025-08", 1.5, date(2025, 8, 14)]
    raw = read_xlsx(COSTS, workbook({"x": [[], COSTS_HEADER, [], row, [None], ["", ""], row]}))
    assert raw.problems == ()
    assert lines(raw) == [4, 7]
    assert list(raw.cells.to_pylist()[0].values())[:7] == [
        "K1", "palkkatuki", "C1", None, "2025-08", "1.5", "2025-08-14",
    ]  # fmt: skip


def test_a_short_row_of_a_sheet_is_filled(workbook: Workbook) -> None:
    """A sheet has no ragged rows: what is not there is empty, what has no header is not read."""
    raw = read_xlsx(COSTS, workbook({"x": [COSTS_HEADER, ["K1"], ["K2", *[None] * 7, "extra"]]}))
    assert raw.problems == ()
    assert raw.cells["cost_id"].to_pylist() == ["K1", "K2"]
    assert raw.cells["recorded_on"].to_pylist() == [None, None]


def test_the_sheet_named_as_the_table_is_read(workbook: Workbook) -> None:
    """Of several sheets with data; and it is said which one."""
    sheets = {
        "eka": [["x"]],
        "tyhjä": [],
        "b": [COSTS_HEADER, ["K0"]],
        " Costs": [COSTS_HEADER, ["K1"]],
    }
    raw = read_xlsx(COSTS, workbook(sheets))
    assert [(p.kind, p.severity, p.values) for p in raw.problems] == [
        ("several_sheets", Severity.NOTE, (("position", "4"),))
    ]
    assert raw.cells["cost_id"].to_pylist() == ["K1"]


def test_the_first_sheet_with_data_is_read(workbook: Workbook) -> None:
    """If none is named as the table; one sheet with data needs no note."""
    raw = read_xlsx(COSTS, workbook({"tyhjä": [], "a": [COSTS_HEADER, ["K1"]], "b": [["x"]]}))
    assert kinds(raw) == [("several_sheets", 0)]
    assert raw.cells["cost_id"].to_pylist() == ["K1"]
    assert read_xlsx(COSTS, workbook({"tyhjä": [], "a": [COSTS_HEADER, ["K1"]]})).problems == ()


def test_a_hidden_sheet_is_not_read(workbook: Workbook) -> None:
    """What the sender did not see is not data; if nothing else is there it is said."""
    path = workbook({"costs": [["x"]], "a": [COSTS_HEADER, ["K1"]]})
    book = openpyxl.load_workbook(path)
    book["costs"].sheet_state = "hidden"
    book.save(path)
    assert read_xlsx(COSTS, path).problems == ()
    book["costs"].sheet_state, book["a"].sheet_state = "visible", "hidden"
    book.save(path)
    assert kinds(read_xlsx(COSTS, path)) == [("hidden_sheet", 0)]


def test_a_workbook_without_data_has_no_header(workbook: Workbook) -> None:
    """Only empty sheets."""
    assert kinds(read_xlsx(COSTS, workbook({"a": [], "b": [[None]]}))) == [("no_header", 0)]


@pytest.mark.parametrize(
    ("number", "stops"),
    [
        (999_999_999_999_999, False),
        (1_000_000_000_000_000, True),
        (1_234_567_890_123_456, True),
        (1.5e15, True),
    ],
)
def test_a_long_number_is_no_identifier(workbook: Workbook, number: float, stops: bool) -> None:
    """A spreadsheet rounds from the sixteenth digit on."""
    raw = read_xlsx(COSTS, workbook({"a": [COSTS_HEADER, [number]]}))
    assert kinds(raw) == ([("number_as_id", 2)] if stops else [])


HELSINKI = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("049", "049"),
        (True, "1"),
        (False, "0"),
        (49, "49"),
        (49.0, "49"),
        (1234.5, "1234.5"),
        (0.1 + 0.2, "0.3"),
        (-0.5, "-0.5"),
        (1e15, "1e+15"),
        (float("nan"), None),
        (Decimal("1234.5000"), "1234.5"),
        (Decimal("1E+2"), "100"),
        (Decimal(100), "100"),
        (date(2025, 8, 14), "2025-08-14"),
        (datetime(2025, 8, 14), "2025-08-14"),
        (datetime(2025, 8, 14, tzinfo=HELSINKI), "2025-08-14"),
        (datetime(2025, 8, 14, 12, 30), "2025-08-14T12:30:00"),
        (timedelta(hours=1), "1:00:00"),
    ],
)
def test_a_typed_cell_as_text(value: object, text: str | None) -> None:
    """What a person would have written in a text file."""
    assert cell_text(value) == text


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (pa.array(["a", " b ", "", None]), ["a", "b", None, None]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array([b"a", None]), ["a", None]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([1_234_567_890_123_456, None]), ["1234567890123456", None]),
        (pa.array([1.0, 0.5, float("nan"), None]), ["1", "0.5", None, None]),
        (pa.array([True, False, None]), ["1", "0", None]),
        (pa.array([Decimal("12.30"), None]), ["12.3", None]),
        (pa.array([date(2025, 8, 14), None]), ["2025-08-14", None]),
        (pa.array([date(2025, 8, 14)], pa.date64()), ["2025-08-14"]),
        (pa.array([datetime(2025, 8, 14)], pa.timestamp("ns")), ["2025-08-14"]),
        (
            pa.array([datetime(2025, 8, 14)], pa.timestamp("us", "Europe/Helsinki")),
            ["2025-08-14T03:00:00+03:00"],
        ),
    ],
)
def test_typed_parquet_columns_as_text(cells: pa.Array, texts: list[str], tmp_path: Path) -> None:
    """Every type a table may come in."""
    others = {c.name: pa.nulls(len(cells), pa.string()) for c in SERVICE_PERIODS.columns}
    pq.write_table(pa.table({**others, "record_id": cells}), tmp_path / "service_periods.parquet")
    raw = read_table(SERVICE_PERIODS, files_of(tmp_path))
    assert raw.problems == ()
    assert raw.cells["record_id"].to_pylist() == texts
    assert lines(raw) == list(range(1, len(texts) + 1))


@pytest.mark.parametrize("cells", [pa.array([[1], [2]]), pa.array([{"a": 1}]), pa.array([b"\xff"])])
def test_a_column_without_a_text_is_unreadable(cells: pa.Array, tmp_path: Path) -> None:
    """Nested columns and bytes that are no text."""
    others = {c.name: pa.nulls(len(cells), pa.string()) for c in BUDGETS.columns}
    pq.write_table(pa.table({**others, "service": cells}), tmp_path / "budgets.parquet")
    assert kinds(read_table(BUDGETS, files_of(tmp_path))) == [("unreadable_file", 0)]


def test_a_parquet_header_is_checked_alike(tmp_path: Path) -> None:
    """Unknown, missing and doubled columns."""
    path = tmp_path / "budgets.parquet"
    pq.write_table(pa.table({"YEAR": ["2025"], "service": ["a"], "x": [[1]]}), path)
    raw = read_parquet(BUDGETS, path)
    assert kinds(raw) == [("missing_column", 0), ("missing_column", 0), ("unknown_column", 0)]
    assert raw.cells["year"].to_pylist() == ["2025"]
    pq.write_table(pa.table({c.name: ["1"] for c in BUDGETS.columns} | {"Year": ["1"]}), path)
    assert kinds(read_parquet(BUDGETS, path)) == [("doubled_column", 0)]


def test_a_float_identifier_of_parquet_is_judged_as_in_a_sheet(tmp_path: Path) -> None:
    """Integers are exact at any length, floats are not."""
    for cell, expected in ((1e15, [("number_as_id", 1)]), (10**15, []), (5.0, [])):
        others = {c.name: pa.nulls(1, pa.string()) for c in COSTS.columns}
        pq.write_table(pa.table({**others, "cost_id": [cell]}), tmp_path / "costs.parquet")
        assert kinds(read_parquet(COSTS, tmp_path / "costs.parquet")) == expected
