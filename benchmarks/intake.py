"""How fast a folder is read and checked, as a multiple of DuckDB's own scan of the same files.

    python benchmarks/intake.py --rows 1000000

The baseline, in the same run: DuckDB reads every file into memory as text, on as many threads.
CPU seconds, medians of ``--repeat`` runs; peak memory of the whole process.
"""

import argparse
import csv
import random
import resource
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import process_time

import duckdb

from kuntakoonti.restricted.intake import Known, fingerprint, load

SERVICES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus", "tyollistamistuki_55")
CODES = ("049", "091", "297", "749", "844")
KNOWN = Known(frozenset(SERVICES), frozenset(CODES), frozenset(CODES[2:]))
START = date(2024, 1, 1)
AS_OF = date(2026, 2, 28)
HEADERS = {
    "service_periods": (
        "record_id;client_id;service;start_date;end_date;recorded_on;removed;group_id"
    ),
    "residences": "client_id;municipality;valid_from;valid_to;recorded_on",
    "costs": "cost_id;service;client_id;group_id;service_month;amount;recorded_on",
    "advance_invoices": "invoice_id;municipality;service;period;amount;invoiced_on",
    "budgets": "year;municipality;service;amount",
}


def finnish(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def start_of(record: int) -> date:
    return START + timedelta(record * 7919 % 600)


def periods(rows: int, draw: random.Random) -> Iterator[list[str]]:
    """Two records of different services a client; a tenth of the rows are later revisions."""
    for number in range(rows):
        revised = number % 10 == 9
        record = number - 9 if revised else number
        start = start_of(record)
        end = finnish(start + timedelta(draw.randrange(5, 200))) if draw.random() < 0.8 else ""
        recorded = date(2026, 1, 15) if revised else start + timedelta(draw.randrange(20))
        names = [f"P{record:08}", f"C{record // 2:08}", SERVICES[record % 4]]
        yield [*names, finnish(start), end, finnish(recorded), "", ""]


def residences(rows: int, draw: random.Random) -> Iterator[list[str]]:
    for client in range((rows + 1) // 2):
        yield [f"C{client:08}", draw.choice(CODES), "1.1.2020", "", "1.1.2023"]


def costs(rows: int, draw: random.Random) -> Iterator[list[str]]:
    """Costs in the month in which a record starts."""
    for number in range(rows):
        record = draw.randrange(max(1, rows // 10)) * 10
        day = start_of(record)
        amount = f"{draw.randrange(1, 3)} {draw.randrange(1000):03},{draw.randrange(100):02}"
        names = [f"K{number:08}", SERVICES[record % 4], f"C{record // 2:08}", ""]
        yield [*names, f"{day:%Y-%m}", amount, finnish(day)]


def spoilt(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows of costs with eight kinds of error, each on every thousandth row."""
    wrong = {
        0: (6, "31.2.2025"),
        1: (5, "12,345"),
        2: (5, "12 €"),
        3: (4, "8/2025"),
        4: (1, "muu"),
        5: (2, ""),
        6: (0, ""),
        7: (2, "C010190-123A"),
    }
    for number, row in enumerate(rows):
        place, cell = wrong.get(number % 1000, (0, row[0]))
        yield [*row[:place], cell, *row[place + 1 :]]


def write(folder: Path, rows: int, with_errors: bool) -> None:
    """The five tables as CSV."""
    draw = random.Random(1)
    money = costs(rows, draw)
    tables = {
        "service_periods": periods(rows, draw),
        "residences": residences(rows, draw),
        "costs": spoilt(money) if with_errors else money,
        "advance_invoices": iter([["L1", "297", SERVICES[0], "2025-08", "100,00", "1.8.2025"]]),
        "budgets": iter([["2025", "297", SERVICES[0], "1 200,00"]]),
    }
    folder.mkdir()
    for name, cells in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(HEADERS[name] + "\n")
            csv.writer(file, delimiter=";", lineterminator="\n").writerows(cells)


def scan(folder: Path) -> None:
    """The baseline: DuckDB's own scan of every file, all columns as text."""
    with duckdb.connect() as open_to_files:
        for path in folder.iterdir():
            name = f"read_csv('{path}', delim=';', header=true, all_varchar=true)"
            open_to_files.execute(f"CREATE OR REPLACE TABLE t AS SELECT * FROM {name}")


def timed(work: Callable[[], object], repeat: int) -> float:
    """Median CPU seconds."""
    seconds = []
    for _ in range(repeat):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return median(seconds)


def compare(folder: Path, rows: int, repeat: int) -> None:
    """One line: CPU seconds of the baseline and of a load, their ratio, and seconds a million rows."""
    write(folder, rows, with_errors=folder.name != "clean")
    lines = sum(path.read_bytes().count(b"\n") for path in folder.iterdir())
    base = timed(lambda: scan(folder), repeat)
    took = timed(lambda: load(folder, KNOWN, AS_OF), repeat)
    each = took * 1_000_000 / lines
    print(
        f"{folder.name}: scan {base:.2f} s, load {took:.2f} s = {took / base:.1f} x, {each:.2f} s a million"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--repeat", type=int, default=3)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        compare(Path(place) / "clean", chosen.rows, chosen.repeat)
        compare(Path(place) / "eight errors", chosen.rows, chosen.repeat)
        intake = load(Path(place) / "clean", KNOWN, AS_OF)
        took = timed(lambda: fingerprint(intake.warehouse, AS_OF, b"key"), chosen.repeat)
        print(f"fingerprint {took:.2f} s")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
