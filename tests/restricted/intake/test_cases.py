"""Every kind of input that areas send: read as it is meant, or refused in one sentence a cause."""

import gzip
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from worlds.intake_cases import Change, appended, as_csv, as_workbook, base, replaced, write

from kuntakoonti.core.language import Language
from kuntakoonti.core.settings import PROJECT
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.restricted.intake import Intake, fingerprint, load
from kuntakoonti.restricted.intake.problem_list import problem_lines
from kuntakoonti.restricted.intake.revisions import make_revisions
from kuntakoonti.restricted.intake.warehouse import rows
from kuntakoonti.restricted.preparation.context import known_values

AS_OF = date(2025, 9, 15)
KNOWN = known_values(load_parameters(PROJECT / "parameters"))


def read(folder: Path) -> Intake:
    return load(folder, KNOWN, AS_OF)


def print_of(intake: Intake) -> str:
    assert not intake.stops, intake.stops
    return fingerprint(intake.warehouse, AS_OF, b"key")


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The fingerprint of the sound folder."""
    return print_of(read(write(tmp_path_factory.mktemp("base"), base())))


def sheet(table: str, change: "Change | None" = None, **more: str) -> Change:
    """The table as a workbook instead of CSV."""

    def do(folder: Path) -> None:
        (folder / f"{table}.csv").unlink()
        as_workbook(folder / f"{table}.xlsx", base()[table], **more)
        if change:
            change(folder)

    return do


def instructions_first(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "service_periods.xlsx")
    book.create_sheet("Ohje", 0).append(["Tämä taulukko sisältää palvelujaksot."])
    book.save(folder / "service_periods.xlsx")


def nearly_midnight(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "service_periods.xlsx")
    for row in book.worksheets[0].iter_rows(min_row=2):
        row[3].value = datetime(2025, 1, 1, 0, 0, 49)
    book.save(folder / "service_periods.xlsx")


def rewritten(name: str, old: bytes, new: bytes) -> Change:
    """A workbook with the XML of all its parts changed."""

    def do(folder: Path) -> None:
        path = folder / name
        with zipfile.ZipFile(path) as packed:
            parts = {n: packed.read(n) for n in packed.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for n, text in parts.items():
                packed.writestr(n, text.replace(old, new))

    return do


STRICT = (
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
)  # fmt: skip


def strict(folder: Path) -> None:
    for old, new in STRICT:
        rewritten("costs.xlsx", old, new)(folder)


def as_parquet(folder: Path) -> None:
    options = pacsv.ParseOptions(delimiter=";")
    texts = pacsv.ConvertOptions(column_types=dict.fromkeys(base()["costs"][0], "string"))
    table = pacsv.read_csv(folder / "costs.csv", parse_options=options, convert_options=texts)
    pq.write_table(table, folder / "costs.parquet")
    (folder / "costs.csv").unlink()


def quoted(text: str) -> str:
    return "".join(";".join(f'"{c}"' for c in line.split(";")) + "\n" for line in text.splitlines())


def with_column(cells: str, heading: str) -> Change:
    lines = lambda text: text.splitlines()  # noqa: E731
    return replaced("costs", lambda t: "\n".join(
        [f"{lines(t)[0]};{heading}", *(f"{line};{cells}" for line in lines(t)[1:])]) + "\n")  # fmt: skip


SAME: dict[str, Change] = {
    "sep line": replaced("costs", lambda t: f"sep=;\n{t}"),
    "sep line of another separator": replaced("costs", lambda t: "sep=,\n" + t.replace(",", ".").replace(";", ",")),
    "pipe": replaced("costs", lambda t: t.replace(";", "|")),
    "tab": replaced("costs", lambda t: t.replace(";", "\t")),
    "tab in UTF-16, as Excel's Unicode text": replaced("costs", lambda t: t.replace(";", "\t").encode("utf-16")),
    "UTF-16 without a mark": replaced("costs", lambda t: t.encode("utf-16-le")),
    "every cell quoted": replaced("costs", quoted),
    "old Macintosh line ends": replaced("costs", lambda t: t.replace("\n", "\r")),
    "title rows": replaced("costs", lambda t: f"Kustannukset 1-7/2025;;;;;;\n;;;;;;\n{t}"),
    "one long title": replaced("costs", lambda t: f"Kustannukset, 1-7/2025\n\n\n{t}"),
    "heading with a line break": with_column("x", '"lisätieto\n(vapaa)"'),
    "headings with line breaks and spaces": replaced(
        "costs", lambda t: t.replace("recorded_on", '"Recorded\non"', 1).replace("service_month", " Service month ", 1)),
    "surplus empty cells": replaced("costs", lambda t: "".join(f"{row};;\n" for row in t.splitlines())),
    "surplus empty cells below the headings": replaced(
        "costs", lambda t: t.splitlines()[0] + "\n" + "".join(f"{row};;\n" for row in t.splitlines()[1:])),
    "a separator after the last heading": replaced("costs", lambda t: t.replace("\n", ";\n", 1)),
    "a long cell in an unread column": with_column('"' + "x" * 200_000 + '"', "memo"),
    "empty rows at the end": appended("costs", ";;;;;;", ";;;;;;"),
    "capital letters in names": replaced("service_periods", lambda t: t.replace("palkkatuki", "Palkkatuki")),
    "capital letters in headings": replaced("costs", lambda t: t.replace("cost_id", "COST_ID").replace("amount", "Amount")),
    "invisible characters": replaced("costs", lambda t: t.replace("K00101", "\ufeffK00101\u200b").replace("K00501", "K0\u00ad0501")),
    "carriage return of a spreadsheet": replaced("costs", lambda t: t.replace("A001", "A001_x000D_")),
    "ids kept as text": replaced("costs", lambda t: t.replace("K00101", '="K00101"').replace("K00102", "'K00102")),
    "null words in optional cells": replaced("costs", lambda t: t.replace(";;", ";NULL;")),
    "words of a pivot table for nothing": replaced("costs", lambda t: t.replace(";;", ";(tyhjä);")),
    "a workbook": sheet("costs"),
    "instructions on the first sheet": sheet("service_periods", instructions_first, sheet="Data"),
    "midnight and 49 seconds": sheet("service_periods", nearly_midnight),
    "strict Open XML": sheet("costs", strict),
    "escaped carriage returns in a workbook": sheet("costs", rewritten("costs.xlsx", b"palkkatuki", b"palkkatuki_x000D_")),
    "Parquet": as_parquet,
}  # fmt: skip


@pytest.mark.parametrize("kind", SAME)
def test_it_is_read_as_it_is_meant(kind: str, same: str, tmp_path: Path) -> None:
    """The same rows as in the sound folder."""
    folder = write(tmp_path / "data", base())
    SAME[kind](folder)
    assert print_of(read(folder)) == same


def formula(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "service_periods.xlsx")
    for line in range(2, 6):
        book.worksheets[0].cell(line, 5).value = f"=D{line}+30"
    book.save(folder / "service_periods.xlsx")


def false_zero(folder: Path) -> None:
    """xlsxwriter writes a zero for a formula that nobody calculated."""
    (folder / "costs.csv").unlink()
    with xlsxwriter.Workbook(folder / "costs.xlsx") as book:
        page = book.add_worksheet()
        for line, cells in enumerate(base()["costs"]):
            page.write_row(line, 0, cells)
        page.write_formula(1, 5, "=500+500")


def an_error(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "service_periods.xlsx")
    cell = book.worksheets[0].cell(2, 5)
    cell.value, cell.data_type = "#N/A", "e"
    book.save(folder / "service_periods.xlsx")


def hide(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "costs.xlsx")
    book.create_sheet("Ohje").append(["Katso piilotettu välilehti."])
    book.worksheets[0].sheet_state = "hidden"
    book.save(folder / "costs.xlsx")


def bytes_of(name: str, content: bytes) -> Change:
    def do(folder: Path) -> None:
        (folder / "costs.csv").unlink()
        (folder / name).write_bytes(content)

    return do


def renamed(folder: Path) -> None:
    (folder / "budgets.csv").rename(folder / "budjetit.csv")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b" " * 600
NO_HEADINGS = replaced("costs", lambda t: t.split("\n", 1)[1])


def parquet_of_moments(folder: Path) -> None:
    """A column of moments, of which Python can hold none."""
    names, *records = base()["costs"]
    columns = {n: pa.array([r[i] for r in records]) for i, n in enumerate(names)}
    columns["recorded_on"] = pa.array([2**62] * len(records), pa.timestamp("us"))
    (folder / "costs.csv").unlink()
    pq.write_table(pa.table(columns), folder / "costs.parquet")


REFUSED: dict[str, tuple[Change, list[str], str]] = {
    "null words": (replaced("service_periods", lambda t: t.replace("A001", "NULL").replace("A002", "nan").replace("A003", "-")), ["empty_cell"], "rivit 2, 3, 4"),
    "no id matches": (replaced("residences", lambda t: t.replace("\nA", "\nX").replace("\nB", "\nY")), ["ids_unknown"], "16/16"),
    "numbers that restart each year": (appended("costs", "K00101;palkkatuki;A005;;2026-01;20,00;20.2.2026"), ["number_used_twice"], "restart_yearly"),
    "invoice numbers that restart": (appended("advance_invoices", "L749p01;297;palkkatuki;2026-01;1000,00;10.1.2026"), ["invoice_used_twice"], "restart_yearly"),
    "a longer jump of one number": (appended("costs", "K00101;palkkatuki;A001;;2026-05;1000,00;20.6.2026"), ["number_used_twice"], ""),
    "three numbers moved": (appended("costs", *(f"K0010{n};palkkatuki;A001;;2025-08;1000,00;1.9.2025" for n in (1, 2, 3))), ["numbers_moved"], "3/28"),
    "formula without a value": (sheet("service_periods", formula), ["formula_not_calculated"], "Excelissä"),
    "a false zero": (false_zero, ["formula_not_calculated"], ""),
    "an error in an optional cell": (sheet("service_periods", an_error), ["excel_error"], ""),
    "row number beyond Excel": (sheet("costs", rewritten("costs.xlsx", b'r="5"', b'r="99999999"')), ["row_beyond_excel"], ""),
    "cells far apart": (sheet("costs", rewritten("costs.xlsx", b'r="G5"', b'r="XFD1048576"')), ["cells_far_apart"], "kaukana"),
    "other file names": (renamed, ["other_names"], "budjetit.csv"),
    "old Excel named xlsx": (bytes_of("costs.xlsx", OLE), ["other_type"], "vanha Excel"),
    "a password": (bytes_of("costs.xlsx", OLE + "EncryptedPackage".encode("utf-16-le")), ["locked_workbook"], "salasana"),
    "HTML named xlsx": (bytes_of("costs.xlsx", b"<html><table><tr><td>x</td></tr></table></html>"), ["other_type"], "HTML"),
    "gzip": (bytes_of("costs.csv.gz", gzip.compress(b"cost_id;service")), ["other_type"], "gzip"),
    "an old ending": (bytes_of("costs.xls", OLE), ["other_type"], ".xls"),
    "a hidden sheet": (sheet("costs", hide), ["hidden_sheet"], "piilotetulla"),
    "no headings": (NO_HEADINGS, ["heading_not_found"], "erotin ;"),
    "another separator": (replaced("costs", lambda t: t.replace(";", "^")), ["heading_not_found"], "erotin ^"),
    "a line of totals": (appended("costs", "Yhteensä;;;;;28000,00;"), ["no_record"], "rivi 30"),
    "a line of totals in budgets": (appended("budgets", *(f"{y};749;palkkatuki;100,00" for y in (2026, 2027)), "Yhteensä;;;24000,00"), ["no_record"], "rivi 6"),
    "the headings again": (replaced("costs", lambda t: t + t.split("\n")[0] + "\n"), ["no_record"], "left_out"),
    "negative budget": (replaced("budgets", lambda t: t.replace("12000,00", "-12000,00", 1)), ["budget_negative"], "negatiivinen"),
    "identity code": (replaced("advance_invoices", lambda t: t.replace("L749p01", "010190\u2010123A")), ["identity_code"], ""),
    "an id as a number of Excel": (replaced("costs", lambda t: t.replace("K00101", "1,23E+11")), ["number_as_id"], ""),
    "an id as a number of Java": (replaced("costs", lambda t: t.replace("K00101", "1.23457E11")), ["number_as_id"], ""),
    "a column too narrow": (replaced("costs", lambda t: t.replace("K00101", "#####")), ["narrow_column"], ""),
    "damaged letters": (replaced("service_periods", lambda t: t.replace("P001", "TyÃ¶1")), ["damaged_letters"], "UTF-8"),
    "letters of DOS": (replaced("service_periods", lambda t: t.replace("P001", "Pä1").encode("cp850")), ["damaged_letters"], "UTF-8"),
    "digits of another script": (replaced("costs", lambda t: t.replace("1000,00", "\u0661000,00", 1)), ["bad_money"], ""),
    "a code after its time": (appended("residences", "A001;534;1.1.2014;;1.1.2024"), ["code_not_yet_or_no_longer"], "liitetty"),
    "a header of a megabyte": (replaced("costs", lambda t: "x" * 1_200_000 + t), ["heading_not_found"], ""),
    "a moment in the year 292277": (parquet_of_moments, ["bad_date"], "costs.parquet"),
    "a cell of two hundred thousand letters": (replaced("costs", lambda t: t.replace("palkkatuki", "p" * 200_000, 1)), ["unknown_service"], ""),
    "a time of day": (replaced("costs", lambda t: t.replace("20.2.2025", "20.2.2025 12:30", 1)), ["time_of_day"], "kellonaika"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    """One line a cause, and it says what to do."""
    change, kinds, says = REFUSED[kind]
    folder = write(tmp_path / "data", base())
    change(folder)
    intake = read(folder)
    assert list(dict.fromkeys(p.kind for p in intake.stops)) == kinds
    lines = problem_lines(intake.stops, Language("fi"))
    assert len(lines) == 1
    assert says in lines[0] and "010190" not in lines[0]


def clients(intake: Intake) -> int:
    """Clients who live in Siilinjärvi, as the newest rows have it, on the extraction date."""
    assert not intake.stops
    make_revisions(intake.warehouse, AS_OF)
    text = "SELECT COUNT(*) FROM newest_residences WHERE municipality = '749' AND day_after > DATE '2025-06-01'"
    return int(rows(intake.warehouse, text)[0][0])


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("A001;749;1.1.2020;31.5.2025;6.6.2025", 6),
        ("A001;297;1.1.2020;;6.6.2025", 6),
        ("A001;749;1.1.2020;31.5.2025;6.10.2025", 7),
    ],
)
def test_a_later_row_of_a_residence_replaces_the_earlier(
    line: str, left: int, tmp_path: Path
) -> None:
    """Ended or corrected from its day on; not before it."""
    folder = write(tmp_path / "data", base())
    appended("residences", line)(folder)
    assert clients(read(folder)) == left


def test_a_withdrawn_residence_does_not_count(tmp_path: Path) -> None:
    """``removed`` = 1."""
    tables = base()
    tables["residences"] = [
        [*row, "removed" if not n else ""] for n, row in enumerate(tables["residences"])
    ]
    tables["residences"].append(["A001", "749", "1.1.2020", "", "6.6.2025", "1"])
    assert clients(read(write(tmp_path / "data", tables))) == 6


NOTED: dict[str, tuple[Change, str]] = {
    "recorded in the future": (replaced("costs", lambda t: t.replace("20.7.2025", "20.7.2052", 1)), "recorded_ahead"),
    "one number moved": (appended("costs", "K00101;palkkatuki;A001;;2025-02;1000,00;1.9.2025"), "moved"),
    "moved across New Year": (appended("costs", "K00101;palkkatuki;A001;;2024-12;1000,00;1.9.2025"), "moved"),
    "an invoice replaced": (appended("advance_invoices", "L749p01;749;palkkatuki;2025-01;900,00;10.2.2025"), "invoice_replaced"),
    "cents for euros": (replaced("costs", lambda t: t.replace("1000,00", "100000,00")), "far_too_large"),
    "budgets in cents": (replaced("budgets", lambda t: t.replace("12000,00", "1200000,00")), "far_too_large"),
    "a former code goes on": (appended("residences", "A001;534;1.1.2010;;1.1.2024"), "former_code_goes_on"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NOTED)
def test_it_is_noted_and_the_run_goes_on(kind: str, tmp_path: Path) -> None:
    """Nothing stops."""
    change, noted = NOTED[kind]
    folder = write(tmp_path / "data", base())
    change(folder)
    intake = read(folder)
    assert not intake.stops
    assert noted in {p.kind for p in intake.problems}


def test_one_invoice_for_three_months(tmp_path: Path) -> None:
    """Invoice, service and period are the key; a later date replaces all of it."""
    folder = write(tmp_path / "data", base())
    three = [f"Q1;749;palkkatuki;2025-{m:02d};1000,00;10.1.2025" for m in (9, 10, 11)]
    appended("advance_invoices", *three)(folder)
    intake = read(folder)
    make_revisions(intake.warehouse, AS_OF)
    query = "SELECT COUNT(*), SUM(cents) FROM newest_advance_invoices WHERE invoice_id = 'Q1'"
    assert rows(intake.warehouse, query) == [(3, 300_000)]
    appended("advance_invoices", "Q1;749;palkkatuki;2025-09;2500,00;10.2.2025")(folder)
    intake = read(folder)
    make_revisions(intake.warehouse, AS_OF)
    assert rows(intake.warehouse, query) == [(1, 250_000)]


def test_no_rows_yet_is_sound(tmp_path: Path) -> None:
    """Headings alone."""
    tables = base()
    for name in ("service_periods", "costs"):
        tables[name] = tables[name][:1]
    assert not read(write(tmp_path / "data", tables)).stops


def test_text_as_a_clerk_saves_it(tmp_path: Path) -> None:
    """cp1252 with letters outside ASCII in a group."""
    tables = base()
    tables["service_periods"] = [
        [*r, "group_id" if not n else "Työ"] for n, r in enumerate(tables["service_periods"])
    ]
    folder = write(tmp_path / "data", tables)
    text = as_csv(tables["service_periods"])
    (folder / "service_periods.csv").write_bytes(text.encode("cp1252"))
    intake = read(folder)
    assert rows(intake.warehouse, "SELECT DISTINCT group_id FROM service_periods") == [("Työ",)]
