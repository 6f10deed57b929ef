"""Exports of other shapes become the same rows by a few declared lines."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from worlds.intake_cases import Texts, as_csv, base, write

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import PROJECT, OutputFolder, Settings
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.parameters.sources import COLUMNS, Sources, read_sources
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.restricted.intake import Declared, Intake, fingerprint, load
from kuntakoonti.restricted.intake.contract import TABLES
from kuntakoonti.restricted.intake.declared import pseudonym, pseudonym_check
from kuntakoonti.restricted.intake.extracts import without_delay
from kuntakoonti.restricted.intake.new_sources import UNKNOWN, propose
from kuntakoonti.restricted.intake.warehouse import rows
from kuntakoonti.restricted.preparation.context import known_values, load_records
from kuntakoonti.restricted.preparation.declared_records import fold_extracts

PARAMETERS = load_parameters(PROJECT / "parameters")
KNOWN = known_values(PARAMETERS)
AS_OF = date(2025, 9, 15)
KEY = b"k" * 32


def own(**others: Any) -> dict[str, Any]:
    """Every table by the contract's names, some of them otherwise."""
    plain = {n: {"files": [f"{n}.csv"], "columns": {c: c for c in r[0]}} for n, r in base().items()}
    return plain | others


def read(folder: Path, tables: dict[str, Any], **more: Any) -> Intake:
    sources = Sources.model_validate({"tables": tables, **more})
    return load(folder, KNOWN, AS_OF, Declared(sources, KEY))


def print_of(intake: Intake) -> str:
    assert not intake.stops, intake.stops
    return fingerprint(intake.warehouse, AS_OF, b"key")


COSTS = {"cost_id": "Tosite", "service": {"column": "Tuki", "values": {"Palkkatuki kunnalle": "palkkatuki"}},
         "client_id": "Asiakas", "group_id": "Ryhmä", "service_month": {"column": "Kausi", "form": "{month}/{year}"},
         "amount": {"column": "Summa", "thousands": "."}, "recorded_on": "Kirjattu"}  # fmt: skip


def foreign(rows: list[list[str]]) -> list[list[str]]:
    """Costs under Finnish headings with names, months and amounts of a register."""
    made = [["Tosite", "Tuki", "Asiakas", "Ryhmä", "Kausi", "Summa", "Kirjattu", "Muistio"]]
    for r in rows[1:]:
        year, month = r[4].split("-")
        made.append(
            [r[0], "Palkkatuki kunnalle", *r[2:4], f"{int(month)}/{year}", "1.000,00", r[6], "x"]
        )
    return made


def test_headings_values_months_and_amounts_by_declaration(tmp_path: Path) -> None:
    """One file a month, in two encodings; the same fingerprint as the contract's own."""
    tables = base()
    expected = print_of(load(write(tmp_path / "plain", tables), KNOWN, AS_OF))
    folder = write(tmp_path / "data", {n: r for n, r in tables.items() if n != "costs"})
    head, *lines = foreign(tables["costs"])
    for number, part in enumerate((lines[:10], lines[10:])):
        text = as_csv([head, *part])
        (folder / f"maksut-{number}.csv").write_bytes(text.encode("cp1252" if number else "utf-16"))
    got = read(folder, own(costs={"files": ["maksut-*.csv"], "columns": COSTS}))
    assert print_of(got) == expected
    lines[3][4] = "13/2025"
    (folder / "maksut-0.csv").write_text(as_csv([head, *lines[:10]]), encoding="utf-8")
    (stop,) = read(folder, own(costs={"files": ["maksut-*.csv"], "columns": COSTS})).stops
    assert (stop.file, stop.line, stop.kind) == ("maksut-0.csv", 5, "bad_month")


def test_totals_are_left_out_and_counted(tmp_path: Path) -> None:
    """A workbook with a title and a line of totals."""
    folder = write(tmp_path, {n: r for n, r in base().items() if n != "budgets"})
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Talousarviot"])
    for row in [*base()["budgets"], ["Yhteensä", "", "", "24000"]]:
        page.append(row)
    book.save(folder / "talousarvio 2025.xlsx")
    left_out = [{"column": "year", "values": ["yhteensä"], "reason": "summarivi"}]
    columns = {c: c for c in base()["budgets"][0]}
    source = {"files": ["talousarvio*.xlsx"], "columns": columns, "left_out": left_out}
    intake = read(folder, own(budgets=source))
    assert not intake.stops
    (said,) = [p for p in intake.problems if p.kind == "left_out"]
    assert dict(said.values) == {"rows": "1", "reason": "summarivi"}


def test_the_same_file_twice_stops(tmp_path: Path) -> None:
    """A download with (1) in its name would double every cost."""
    folder = write(tmp_path, base())
    shutil.copy(folder / "costs.csv", folder / "costs (1).csv")
    columns = {c: c for c in base()["costs"][0]}
    intake = read(folder, own(costs={"files": ["costs*.csv"], "columns": columns}))
    assert {p.kind for p in intake.stops} == {"same_file_twice"}


def test_numbers_that_restart_get_their_year(tmp_path: Path) -> None:
    """Last year's row is not replaced."""
    tables = base()
    tables["costs"].append(["K00101", "palkkatuki", "A005", "", "2026-01", "20,00", "20.2.2026"])
    folder, columns = write(tmp_path, tables), {c: c for c in tables["costs"][0]}
    source = {"files": ["costs.csv"], "columns": columns}
    assert {p.kind for p in read(folder, own(costs=source)).stops} == {"number_used_twice"}
    intake = read(folder, own(costs=source | {"numbers": "restart_yearly"}))
    assert not intake.stops
    found = rows(
        intake.warehouse, "SELECT cost_id FROM costs WHERE cost_id LIKE 'K00101/%' ORDER BY 1"
    )
    assert found == [("K00101/2025",), ("K00101/2026",)]


@pytest.mark.parametrize(
    "code",
    [
        "010190-999A",
        " 010190-999a ",
        "010190\u2010999A",
        "010190 -999A",
        "\uff10\uff11\uff10\uff11\uff19\uff10-999A",
    ],
)
def test_a_pseudonym_does_not_depend_on_how_a_code_is_written(code: str) -> None:
    """Hyphens, spaces, case and width; another key gives another."""
    assert pseudonym(code, KEY) == pseudonym("010190-999A", KEY)
    assert pseudonym(code, b"j" * 32) != pseudonym(code, KEY)
    assert "999" not in pseudonym_check(KEY)


def series(folder: Path, *extracts: tuple[str, list[list[str]]]) -> Path:
    """Extracts of costs without a day of recording, and the other tables beside them."""
    write(folder, {n: r for n, r in base().items() if n != "costs"})
    for day, lines in extracts:
        place = folder / f"export-{day}"
        place.mkdir()
        (place / "costs.csv").write_text(as_csv([r[:6] for r in lines]), encoding="utf-8")
    return folder


def of_series(window: int | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    columns = {c: c for c in base()["costs"][0][:6]}
    tables = own(costs={"files": ["costs.csv"], "columns": columns})
    for name in tables.keys() - {"costs"}:
        tables[name] |= {"extracts": False}
    return tables, {"folders": "export-{date}"} | ({"window": window} if window else {})


HEAD, *LINES = base()["costs"]


def history(intake: Intake, number: str) -> list[tuple[object, ...]]:
    text = f"SELECT cents, recorded_on, removed FROM costs WHERE cost_id = '{number}' ORDER BY recorded_on"
    return rows(intake.warehouse, text)


def test_a_series_of_extracts_says_when(tmp_path: Path) -> None:
    """New, changed, and withdrawn; the first extract's day is when the rest became known."""
    changed = [[*LINES[0][:5], "900,00", ""], *LINES[2:]]
    folder = series(tmp_path, ("2025-07-15", [HEAD, *LINES[:-1]]), ("20250815", [HEAD, *changed]))
    tables, extracts = of_series()
    intake = read(folder, tables, extracts=extracts)
    assert not intake.stops, intake.stops
    first, second = date(2025, 7, 15), date(2025, 8, 15)
    assert history(intake, LINES[0][0]) == [(100_000, first, False), (90_000, second, False)]
    assert history(intake, LINES[1][0]) == [(100_000, first, False), (100_000, second, True)]
    assert history(intake, LINES[-1][0]) == [(100_000, second, False)]
    marked = rows(intake.warehouse, "SELECT table_name, day FROM days_without_delay")
    assert marked == [("costs", first)]


def test_a_truncated_extract_stops_unless_it_is_out_of_the_window(tmp_path: Path) -> None:
    """More than a hundredth of the rows is gone."""
    late = [line for line in LINES if line[4] >= "2025-05"]
    folder = series(tmp_path, ("2025-07-15", [HEAD, *LINES]), ("2025-08-15", [HEAD, *late]))
    tables, extracts = of_series()
    assert {p.kind for p in read(folder, tables, extracts=extracts).stops} == {"extract_truncated"}
    tables, extracts = of_series(window=3)
    intake = read(folder, tables, extracts=extracts)
    assert not intake.stops
    assert rows(intake.warehouse, "SELECT COUNT(*) FROM costs WHERE removed") == [(0,)]


@pytest.mark.parametrize("folder", ["export-20250815", "export-2025-13-15"])
def test_an_extract_has_a_day_of_its_own(folder: str, tmp_path: Path) -> None:
    """Two of one day, or of no day of the calendar: nothing is passed over in silence."""
    made = series(tmp_path, ("2025-08-15", [HEAD, *LINES]))
    shutil.copytree(made / "export-2025-08-15", made / folder)
    tables, extracts = of_series()
    with pytest.raises(UsageError, match=folder):
        read(made, tables, extracts=extracts)


AMOUNTS = {"100000": "", "100 000": "", "100000,00": "", "1000,50": "bad_money", "x": "bad_money"}


@pytest.mark.parametrize("cell", AMOUNTS)
def test_cents_are_whole(cell: str, tmp_path: Path) -> None:
    """What is not in whole cents is never taken for euros."""
    tables = base()
    expected = print_of(load(write(tmp_path / "plain", tables), KNOWN, AS_OF))
    tables["costs"] = [HEAD, *([*line[:5], cell, line[6]] for line in LINES)]
    cents = {c: c for c in HEAD} | {"amount": {"column": "amount", "unit": "cents"}}
    source = {"files": ["costs.csv"], "columns": cents}
    intake = read(write(tmp_path / "data", tables), own(costs=source))
    assert {p.kind for p in intake.stops} == ({AMOUNTS[cell]} if AMOUNTS[cell] else set())
    assert intake.stops or print_of(intake) == expected


def test_months_without_an_extract_carry_no_delay() -> None:
    """The first, and each after a month without any."""
    days = [date(2025, 1, 15), date(2025, 2, 15), date(2025, 4, 15), date(2025, 5, 2)]
    assert without_delay(days) == (date(2025, 1, 15), date(2025, 4, 15))


def test_snapshots_become_stays(tmp_path: Path) -> None:
    """A move shows in the first month of the new place; absence is not a move."""
    folder = write(tmp_path, {n: r for n, r in base().items() if n != "residences"})
    moved = [("A001", "749", 1), ("A001", "749", 2), ("A001", "297", 4), ("A001", "297", 5)]
    lines = [[c, f"{m}/2025", p] for c, p, m in moved]
    lines += [[c, "1/2025", p] for c, p in (("A002", "749"), ("A003", ""))]
    lines += [[row[0], "1/2025", row[1]] for row in base()["residences"][4:]]
    (folder / "kotikunnat.csv").write_text(
        as_csv([["id", "kk", "kunta"], *lines]), encoding="utf-8"
    )
    columns = {
        "client_id": "id",
        "municipality": "kunta",
        "month": {"column": "kk", "form": "{month}/{year}"},
    }
    intake = read(
        folder, own(residences={"files": ["kotikunnat.csv"], "snapshots": True, "columns": columns})
    )
    assert not intake.stops, intake.stops
    text = "SELECT municipality, first_day, day_after FROM residences WHERE client_id = 'A001' ORDER BY 2"
    assert rows(intake.warehouse, text) == [
        ("749", date(2025, 1, 1), date(2025, 4, 1)), ("297", date(2025, 4, 1), date(9999, 12, 31)),
    ]  # fmt: skip
    assert rows(
        intake.warehouse, "SELECT municipality FROM residences WHERE client_id = 'A003'"
    ) == [("999",)]


SNAPSHOTS = {"13/2025;749": ["bad_date"], "2/2025;749\nA001;2/2025;297": ["same_key"]}


@pytest.mark.parametrize("wrong", SNAPSHOTS)
def test_a_wrong_snapshot_stops(wrong: str, tmp_path: Path) -> None:
    """A month that is none, though the client stays; two places in one month."""
    folder = write(tmp_path, {n: r for n, r in base().items() if n != "residences"})
    lines = [f"{r[0]};1/2025;{r[1]}" for r in base()["residences"][1:]]
    text = "\n".join(["id;kk;kunta", *lines, f"A001;{wrong}", ""])
    (folder / "kotikunnat.csv").write_text(text, encoding="utf-8")
    columns = {"client_id": "id", "municipality": "kunta"}
    columns |= {"month": {"column": "kk", "form": "{month}/{year}"}}  # type: ignore[dict-item]
    source = {"files": ["kotikunnat.csv"], "snapshots": True, "columns": columns}
    stops = read(folder, own(residences=source)).stops
    assert list(dict.fromkeys(p.kind for p in stops)) == SNAPSHOTS[wrong]


def settings(tmp_path: Path, data: Path, text: str) -> Settings:
    parameters = Path(shutil.copytree(PROJECT / "parameters", tmp_path / "parameters"))
    (parameters / "sources.yml").write_text(text, encoding="utf-8")
    return Settings(data, parameters, OutputFolder(tmp_path / "outputs"))


def as_yaml(tables: Texts, extracts: str, key: str = "") -> str:
    lines = [f"pseudonym_key: {key}"] if key else []
    lines += [f'extracts: {{folders: "{extracts}"}}'] if extracts else []
    lines += ["tables:"]
    for name, (head, *_) in tables.items():
        series_of = extracts and name == "costs"
        columns = {c: f"{{column: {c}, pseudonym: true}}" if key and c == "client_id" else c
                   for c in (head[:6] if series_of else head)}  # fmt: skip
        lines += [f"  {name}:", f'    files: ["{name}.csv"]']
        lines += [] if series_of else ["    extracts: false"]
        lines += ["    columns:", *(f"      {c}: {s}" for c, s in columns.items())]
    return "\n".join(lines) + "\n"


def test_folding_keeps_the_history_and_a_changed_extract_stops(tmp_path: Path) -> None:
    """Raw exports can be deleted, and what comes later goes on from there."""
    changed = [[*LINES[0][:5], "900,00", ""], *LINES[1:]]
    data = series(
        tmp_path / "data", ("2025-07-15", [HEAD, *LINES]), ("2025-08-15", [HEAD, *changed])
    )
    made = settings(tmp_path, data, as_yaml(base(), "export-{date}", "../pseudonym.key"))
    parameters = load_parameters(made.parameters)
    before = load_records(made, parameters, AS_OF, Archive())
    assert not before.stops, before.stops
    assert fold_extracts(made, parameters, Archive()) == date(2025, 8, 15)
    shutil.rmtree(data / "export-2025-07-15")
    shutil.rmtree(data / "export-2025-08-15")
    after = load_records(made, parameters, AS_OF, Archive())
    assert print_of(after) == print_of(before)
    (data / "export-2025-09-15").mkdir()
    more = [[*changed[0][:5], "800,00"], *(r[:6] for r in changed[1:])]
    path = data / "export-2025-09-15" / "costs.csv"
    path.write_text(as_csv([HEAD[:6], *more]), encoding="utf-8")
    third = load_records(made, parameters, AS_OF, Archive())
    assert [c for c, *_ in history(third, LINES[0][0])] == [100_000, 90_000, 80_000]
    path.write_text(as_csv([HEAD[:6], *more[1:]]), encoding="utf-8")
    with pytest.raises(UsageError, match="2025-09-15"):
        load_records(made, parameters, AS_OF, Archive())


def test_another_or_a_lost_key_stops(tmp_path: Path) -> None:
    """Made at the first run; its check value stands in the ledger; a check alone needs none."""
    data = write(tmp_path / "data", base())
    made = settings(tmp_path, data, as_yaml(base(), "", "../pseudonym.key"))
    parameters, key = load_parameters(made.parameters), tmp_path / "pseudonym.key"
    assert not load_records(made, parameters, AS_OF).stops
    assert not key.exists()
    load_records(made, parameters, AS_OF, Archive())
    used = pseudonym_check(bytes.fromhex(key.read_text()))
    assert key.stat().st_mode & 0o777 == 0o600
    record = Record("2025-08", "2025-08", AS_OF, "controller", "", "", {}, (), pseudonyms=used)
    archive = Archive((record,))
    assert not load_records(made, parameters, AS_OF, archive).stops
    key.write_text("00" * 32)
    with pytest.raises(UsageError, match="toinen"):
        load_records(made, parameters, AS_OF, archive)
    key.unlink()
    with pytest.raises(UsageError, match="puuttuu"):
        load_records(made, parameters, AS_OF, archive)


def test_everything_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    """Unknown tables, columns, forms and connections."""
    (tmp_path / "sources.yml").write_text(
        'tables:\n  costs:\n    files: ["../x.csv"]\n    encoding: x-none\n    columns:\n'
        '      cost_id: Tosite\n      amout: Summa\n      service_month: {column: Kausi, form: "{kk}"}\n'
        "  kulut:\n    files: [a]\n    columns: {}\n",
        encoding="utf-8",
    )
    sources, complaints = read_sources(tmp_path)
    assert sources is None
    assert {(c.line, c.place.split(".")[-1]) for c in complaints} >= {
        (8, "form"),
        (3, "0"),
        (4, "encoding"),
    }


OF_A_REGISTER = {
    "Palvelujaksot": ("service_periods", "Rivi;Hlötunnus;Palvelu;Jakso alkoi;Jakso päättyi;Päätös kirjattu"),
    "Kotikunnat": ("residences", "Henkilötunnus;Kotikunta;Muuttopäivä;Poismuuttopäivä;Päivitetty"),
    "Maksetut tuet": ("costs", "Tositenro;Tukilaji;Asiakkaan hetu;Kurssi;Maksukausi;Brutto €;Maksupvm"),
    "Laskuluettelo": ("advance_invoices", "Laskun nro;Kunta;Tuote;Kausi;Netto EUR;Laskupvm"),
    "Talousarvio": ("budgets", "Vuosi;Kuntakoodi;Palvelu;Euroa"),
}  # fmt: skip


def test_headings_of_other_registers_are_known(tmp_path: Path) -> None:
    """What is proposed for them needs nothing filled in and is read; identity codes are pseudonyms."""
    people = {r[1]: f"{n:02d}0170-9{n:02d}A" for n, r in enumerate(base()["service_periods"]) if n}
    data = tmp_path / "data"
    data.mkdir()
    for name, (table, headings) in OF_A_REGISTER.items():
        rows_there = [[people.get(cell, cell) for cell in row] for row in base()[table][1:]]
        (data / f"{name}.csv").write_text(
            as_csv([headings.split(";"), *rows_there]), encoding="cp1252"
        )
    text, _ = propose(data, sorted(KNOWN.services))
    assert UNKNOWN not in text.split("\n", 1)[1]
    (tmp_path / "sources.yml").write_text(text, encoding="utf-8")
    sources, _ = read_sources(tmp_path)
    assert sources is not None
    assert not load(data, KNOWN, AS_OF, Declared(sources, KEY)).stops


def test_the_declared_columns_are_the_contracts() -> None:
    """One list in two rooms."""
    assert {t.name: {c.name: not c.empty for c in t.columns} for t in TABLES} == COLUMNS


def workbook(folder: Path) -> None:
    book = openpyxl.Workbook()
    for row in base()["costs"]:
        book.worksheets[0].append(row)
    book.save(folder / "maksut.xlsx")


def locked(folder: Path) -> None:
    marks = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    (folder / "maksut.xlsx").write_bytes(marks + "EncryptedPackage".encode("utf-16-le"))


def nothing(folder: Path) -> None:
    """No file beside the other tables."""


NOT_FOUND: dict[str, tuple[Callable[[Path], None], dict[str, Any]]] = {
    "no_such_files": (nothing, {"files": ["maksut-*.csv"]}),
    "not_as_declared": (workbook, {"files": ["maksut.xlsx"], "format": "csv"}),
    "missing_sheet": (workbook, {"files": ["maksut.xlsx"], "format": "xlsx", "sheet": "Kulut"}),
    "locked_workbook": (locked, {"files": ["maksut.xlsx"], "format": "xlsx"}),
}


@pytest.mark.parametrize("kind", NOT_FOUND)
def test_what_is_not_as_it_is_declared(kind: str, tmp_path: Path) -> None:
    """One sentence on the file, and none on the tables that would need its rows."""
    made, said = NOT_FOUND[kind]
    made(write(tmp_path, {n: r for n, r in base().items() if n != "costs"}))
    costs = said | {"columns": {c: c for c in base()["costs"][0]}}
    assert [p.kind for p in read(tmp_path, own(costs=costs)).stops] == [kind]


def test_a_table_that_is_not_declared(tmp_path: Path) -> None:
    """The file that it would have lies there, and is not guessed."""
    tables = {n: t for n, t in own().items() if n != "budgets"}
    (stop,) = read(write(tmp_path, base()), tables).stops
    assert (stop.file, stop.kind, stop.values) == (
        "sources.yml", "table_not_declared", (("table", "budgets"),)
    )  # fmt: skip


def test_a_series_without_an_extract(tmp_path: Path) -> None:
    """The folder has other folders only."""
    folder = series(tmp_path, ("2025-07-15", [HEAD, *LINES]))
    (folder / "export-2025-07-15").rename(folder / "vanha")
    tables, extracts = of_series()
    kinds = {p.kind for p in read(folder, tables, extracts=extracts).stops}
    assert kinds == {"no_extracts"}
