"""An area with a service shared by a key beside three by causation: its rows, parameters, releases."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import worlds.any_area as worlds
import yaml
from worlds.any_area import Drawn, homes
from worlds.drawn import COLUMNS, Row, budget, cost, invoice

from kuntakoonti.restricted.preparation import stages
from kuntakoonti.restricted.preparation.context import ProtectedRelease

MONTHLY = "per_service, grains: {palkkatuki: month, starttiraha: quarter, kotoutumiskoulutus: year}"
WORLD = Drawn(
    seed=11,
    levels=(((12, 15), (3, 2), (8, 9)), ((12, 15), (8, 9), (12, 9)), ((1, 2), (0, 2), (1, 0))),
    families=(MONTHLY, "together, grains: {any: month}", "together, grains: {any: quarter}"),
    days=(("2025-05", 15), ("2025-08", 15), ("2026-01", 14)),
    years=(2025, 2026),
)
TILAT = {
    "name": "tilat",
    "label": {"fi": "Tilat", "sv": "Lokaler", "en": "Offices"},
    "statute": "sopimus",
    "valid_from": "2025-01-01",
    "allocation": {"key": {"population": "0.5", "equal": "0.5"}, "reference": "sopimus § 12"},
}
WRITE_AREA, ROWS_OF = worlds.write_area, worlds.rows_of


def common_rows(world: Drawn) -> Iterator[Row]:
    """Budgets, monthly invoices and costs of a service that nobody is in; one cost comes late."""
    yield from ROWS_OF(world)
    for code in world.codes:
        yield budget(code, "12000,00", "tilat")
        for month in range(1, 8):
            place = f"2025-{month:02d}"
            yield invoice(code, "1000,00", place, "tilat", f"T{code}{month}", f"{place}-10")
    for month in range(1, 13):
        place = f"2025-{month:02d}"
        yield of_nobody("2999,99", place, f"T{month}", f"{place}-28")
    yield of_nobody("-100,01", "2025-03", "late", "2026-06-30")


def of_nobody(amount: str, month: str, name: str, recorded: str) -> Row:
    row = cost(amount, "", "", month, "tilat", name, recorded)
    return Row(
        row.table, {k: v for k, v in row.cells.items() if k not in ("client_id", "group_id")}
    )


def write_with_tilat(world: Drawn, folder: Path) -> None:
    WRITE_AREA(world, folder)
    path = folder / "services.yml"
    body = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    path.write_text(
        yaml.safe_dump({"services": [*body["services"], TILAT]}, allow_unicode=True), "utf-8"
    )


def prepared(folder: Path, month: str, as_of: str, name: str = "") -> ProtectedRelease:
    """The first release of the area, protected and approved by nobody."""
    rows = list(common_rows(WORLD))
    rows += homes(WORLD, rows)
    data, parameters = folder / "data", folder / "parameters"
    data.mkdir(parents=True)
    for table, columns in COLUMNS.items():
        with (data / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", delimiter=";")
            writer.writeheader()
            writer.writerows(row.cells for row in rows if row.table == table)
    write_with_tilat(WORLD, parameters)
    with pytest.MonkeyPatch.context() as patch:
        for variable, path in (("DATA", data), ("PARAMETERS", parameters), ("OUTPUT", folder)):
            patch.setenv(f"KUNTAKOONTI_{variable}", str(path))
        room = stages.open_area(month, as_of, name)
        return stages.protect(room, stages.count_figures(room, stages.read_records(room)))
