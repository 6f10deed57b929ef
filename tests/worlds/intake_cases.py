"""Small inputs of the kinds that areas really send: a sound folder, and each with one thing odd."""

from collections.abc import Callable
from pathlib import Path

import openpyxl

MONTHS = [f"2025-{m:02d}" for m in range(1, 9)]
CLIENTS = {f"A{n:03d}": "749" for n in range(1, 8)} | {f"B{n:03d}": "297" for n in range(1, 10)}
Texts = dict[str, list[list[str]]]


def base() -> Texts:
    """Siilinjärvi has seven clients of palkkatuki in every month, Kuopio nine."""
    periods = [["record_id", "client_id", "service", "start_date", "end_date", "recorded_on"]]
    homes = [["client_id", "municipality", "valid_from", "valid_to", "recorded_on"]]
    costs = [
        ["cost_id", "service", "client_id", "group_id", "service_month", "amount", "recorded_on"]
    ]
    invoices = [["invoice_id", "municipality", "service", "period", "amount", "invoiced_on"]]
    for number, (client, place) in enumerate(CLIENTS.items(), 1):
        periods.append(
            [f"P{number:03d}", client, "palkkatuki", "1.1.2025", "31.12.2025", "7.1.2025"]
        )
        homes.append([client, place, "1.1.2020", "", "1.1.2024"])
        if number % 4 == 1:
            for m, month in enumerate(MONTHS[:7], 1):
                row = [f"K{number:03d}{m:02d}", "palkkatuki", client, "", month, "1000,00"]
                costs.append([*row, f"20.{m + 1}.2025"])
    for place in ("749", "297"):
        for m, month in enumerate(MONTHS, 1):
            invoices.append(
                [f"L{place}p{m:02d}", place, "palkkatuki", month, "1000,00", f"10.{m}.2025"]
            )
    budgets = [["year", "municipality", "service", "amount"],
               *(["2025", p, "palkkatuki", "12000,00"] for p in ("749", "297"))]  # fmt: skip
    return {"service_periods": periods, "residences": homes, "costs": costs,
            "advance_invoices": invoices, "budgets": budgets}  # fmt: skip


def as_csv(rows: list[list[str]], separator: str = ";") -> str:
    return "".join(separator.join(row) + "\n" for row in rows)


def write(folder: Path, tables: Texts) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8")
    return folder


def as_workbook(path: Path, rows: list[list[str]], sheet: str = "Sheet") -> openpyxl.Workbook:
    """A workbook of text cells; to be saved by the caller where it changes it."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = sheet
    for row in rows:
        first.append(row)
    book.save(path)
    return book


Change = Callable[[Path], None]


def replaced(table: str, change: Callable[[str], str | bytes]) -> Change:
    """The table's CSV as a changed text."""

    def do(folder: Path) -> None:
        path = folder / f"{table}.csv"
        made = change(path.read_text(encoding="utf-8"))
        path.write_bytes(made if isinstance(made, bytes) else made.encode())

    return do


def appended(table: str, *lines: str) -> Change:
    return replaced(table, lambda text: text + "".join(f"{line}\n" for line in lines))
