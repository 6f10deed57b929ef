"""The same rows as other programs write them: R, pandas, DuckDB, Excel's own text, an old Mac, DOS."""

import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from worlds.intake_cases import as_csv, base, write

from kuntakoonti.core.settings import PROJECT
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.restricted.intake import Intake, fingerprint, load
from kuntakoonti.restricted.preparation.context import known_values

AS_OF = date(2025, 9, 15)
KNOWN = known_values(load_parameters(PROJECT / "parameters"))
HEAD, *ROWS = base()["costs"]
Write = Callable[[Path], object]


def iso(day: str) -> date:
    return datetime.strptime(day, "%d.%m.%Y").date()


def frame() -> pd.DataFrame:
    """Costs with types: decimals, days, missing groups."""
    made = pd.DataFrame(ROWS, columns=HEAD).replace({"group_id": {"": None}})
    made["amount"] = [Decimal(cell.replace(",", ".")) for cell in made["amount"]]
    return made.assign(recorded_on=[iso(cell) for cell in made["recorded_on"]])


def text(content: str, encoding: str = "utf-8") -> Write:
    return lambda folder: (folder / "costs.csv").write_bytes(content.encode(encoding))


def quoted(**dialect: object) -> Write:
    def do(folder: Path) -> None:
        with (folder / "costs.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, **dialect).writerows([HEAD, *ROWS])  # type: ignore[arg-type]

    return do


def of_r(folder: Path) -> None:
    """write.csv2: row names under an empty heading, NA unquoted."""
    lines = [['""', *(f'"{name}"' for name in HEAD)]]
    for number, row in enumerate(ROWS, 1):
        lines.append([f'"{number}"', *("NA" if not cell else f'"{cell}"' for cell in row)])
    (folder / "costs.csv").write_text(as_csv(lines), encoding="utf-8")


def of_duckdb(ending: str, options: str) -> Write:
    def do(folder: Path) -> None:
        with duckdb.connect() as session:
            session.register("made", frame())
            session.execute(f"COPY (SELECT * FROM made) TO '{folder}/costs.{ending}' ({options})")

    return do


def of_pandas_parquet(folder: Path) -> None:
    """Categories, time stamps and an index that is a column of its own."""
    made = frame().astype({"service": "category", "service_month": "category"})
    made = made.assign(recorded_on=pd.to_datetime(made["recorded_on"]))
    made.set_index("cost_id", drop=False).rename_axis("rivi").to_parquet(folder / "costs.parquet")


def of_large_strings(folder: Path) -> None:
    """As polars writes: large strings, dictionaries."""
    kinds = [pa.large_string(), pa.dictionary(pa.uint32(), pa.large_string())]
    columns = {n: pa.array([r[i] or None for r in ROWS], kinds[i % 2]) for i, n in enumerate(HEAD)}
    pq.write_table(pa.table(columns), folder / "costs.parquet")


def of_excel(folder: Path) -> None:
    """Days and amounts as numbers, each with its format; a filter; widths."""
    with xlsxwriter.Workbook(folder / "costs.xlsx") as book:
        sheet, day = book.add_worksheet("Taul1"), book.add_format({"num_format": "d.m.yyyy"})
        sheet.write_row(0, 0, HEAD)
        for number, row in enumerate(ROWS, 1):
            sheet.write_row(number, 0, row[:5])
            sheet.write_number(number, 5, float(row[5].replace(",", ".")))
            sheet.write_datetime(number, 6, datetime.combine(iso(row[6]), datetime.min.time()), day)
        sheet.autofilter(0, 0, len(ROWS), len(HEAD) - 1)


PLAIN = as_csv([HEAD, *ROWS])
TOOLS: dict[str, Write] = {
    "a Mac of old": text(PLAIN.replace("\n", "\r")),
    "DOS with its end of file": text(PLAIN.replace("\n", "\r\n") + "\x1a", "cp1252"),
    "Excel's Unicode text": text(PLAIN.replace(";", "\t").replace("\n", "\r\n"), "utf-16"),
    "Excel's CSV UTF-8": text("\ufeff" + PLAIN.replace("\n", "\r\n")),
    "sep= in UTF-16": text("sep=;\r\n" + PLAIN.replace("\n", "\r\n"), "utf-16"),
    "blank lines at the end": text(PLAIN + "\n\n;;;;;;\n"),
    "every cell in quotation marks": quoted(delimiter=";", quoting=csv.QUOTE_ALL),
    "commas and decimal commas": quoted(delimiter=","),
    "R": of_r,
    "pandas' CSV": lambda folder: frame().to_csv(folder / "costs.csv", index=False),
    "pandas' CSV with its index": lambda folder: frame().to_csv(folder / "costs.csv", na_rep="nan"),
    "pandas' Parquet": of_pandas_parquet,
    "large strings": of_large_strings,
    "DuckDB's CSV": of_duckdb("csv", "HEADER, DELIMITER '|', FORCE_QUOTE *"),
    "DuckDB's Parquet": of_duckdb("parquet", "FORMAT parquet"),
    "Excel's own types": of_excel,
}


def read(folder: Path) -> Intake:
    return load(folder, KNOWN, AS_OF)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    intake = read(write(tmp_path_factory.mktemp("plain"), base()))
    return fingerprint(intake.warehouse, AS_OF, b"key")


@pytest.mark.parametrize("tool", TOOLS)
def test_what_another_tool_wrote_is_the_same(tool: str, expected: str, tmp_path: Path) -> None:
    """To the fingerprint; at most a column that is not of the table is noted."""
    folder = write(tmp_path, {name: r for name, r in base().items() if name != "costs"})
    TOOLS[tool](folder)
    intake = read(folder)
    assert not intake.stops, intake.stops
    assert {p.kind for p in intake.problems} <= {"unknown_column"}
    assert fingerprint(intake.warehouse, AS_OF, b"key") == expected
