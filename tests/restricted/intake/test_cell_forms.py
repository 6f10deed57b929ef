"""Single cells as people and programs write them: what each is read as, or why it is refused.

``cell_forms.csv``: kind, cell and reading, with other letters than ASCII as Python escapes; a reading
with an exclamation mark is the kind of the problem that stops.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kuntakoonti.restricted.intake import Known, load
from kuntakoonti.restricted.intake.contract import TABLES
from kuntakoonti.restricted.intake.warehouse import rows

WHERE = {  # kind → table, column of the contract, typed column
    "money": ("costs", "amount", "cents"),
    "date": ("service_periods", "start_date", "first_day"),
    "month": ("costs", "service_month", "service_month"),
    "code": ("residences", "municipality", "municipality"),
    "id": ("costs", "cost_id", "cost_id"),
    "flag": ("costs", "removed", "removed"),
}
ROW = {
    "service_periods": {"client_id": "C", "service": "palkkatuki", "recorded_on": "1.1.2025"},
    "residences": {"client_id": "C", "valid_from": "1.1.2000", "recorded_on": "1.1.2001"},
    "costs": {"service": "palkkatuki", "client_id": "C", "service_month": "2025-01", "amount": "1",
              "recorded_on": "1.2.2025"},
}  # fmt: skip
KNOWN = Known(
    frozenset({"palkkatuki"}),
    frozenset({"049", "297"}),
    frozenset({"297"}),
    {"534": date(2012, 12, 31)},
)


def forms() -> Iterator[tuple[str, str, str]]:
    """Kind, cell, reading."""
    with Path(__file__).with_name("cell_forms.csv").open(encoding="ascii", newline="") as file:
        for form in csv.DictReader(file):
            cell, read = (form[c].encode().decode("unicode_escape") for c in ("cell", "read"))
            yield form["kind"], cell, read


def written(folder: Path, chosen: list[tuple[str, str, str]]) -> dict[tuple[str, int], int]:
    """A folder with a row for each form; table and line → the form's number."""
    columns = {table.name: [c.name for c in table.columns] for table in TABLES}
    lines: dict[str, list[list[str]]] = {name: [names] for name, names in columns.items()}
    at: dict[tuple[str, int], int] = {}
    for number, (kind, cell, _) in enumerate(chosen):
        table, column, _ = WHERE[kind]
        row = ROW[table] | {c: f"{c}-{number}" for c in ("record_id", "cost_id")}
        row |= {"client_id": f"C{number}"} if table == "residences" else {}
        lines[table].append([(row | {column: cell}).get(name, "") for name in columns[table]])
        at[table, len(lines[table])] = number
    for name, made in lines.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(made)
    return at


def test_forms_that_are_read(tmp_path: Path) -> None:
    """Each to the value that is meant; ids that mean the same are the same."""
    chosen = [form for form in forms() if not form[2].startswith("!") and form[0] != "id"]
    at = written(tmp_path, chosen)
    intake = load(tmp_path, KNOWN)
    assert not intake.stops, intake.stops
    got = dict[int, str]()
    for kind, (table, _, typed) in WHERE.items():
        for value, line in rows(intake.warehouse, f"SELECT {typed}, line FROM {table}"):
            if chosen[at[table, line]][0] == kind:
                got[at[table, line]] = str(value)
    assert [got[n] for n in range(len(chosen))] == [read for _, _, read in chosen]


@pytest.mark.parametrize("read", sorted({r for k, _, r in forms() if k == "id" and r[0] != "!"}))
def test_ids_that_mean_the_same(read: str, tmp_path: Path) -> None:
    """Rows alike but for how the id is written are one."""
    cells = [cell for kind, cell, means in forms() if kind == "id" and means == read]
    written(tmp_path, [("id", cell, read) for cell in cells])
    intake = load(tmp_path, KNOWN)
    assert not intake.stops, intake.stops
    assert rows(intake.warehouse, "SELECT cost_id FROM costs") == [(read,)]


def test_forms_that_are_refused(tmp_path: Path) -> None:
    """Each by its own sentence, on its own line."""
    chosen = [form for form in forms() if form[2].startswith("!")]
    at = written(tmp_path, chosen)
    got = {
        at[p.file.removesuffix(".csv"), p.line]: f"!{p.kind}"
        for p in load(tmp_path, KNOWN).stops
        if any(p.column == column for _, column, _ in WHERE.values())
    }
    assert [got.get(n) for n in range(len(chosen))] == [read for _, _, read in chosen]


def test_the_fast_way_says_what_the_careful_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of large plain files and long columns: the same problems on the same lines."""
    plain = [form for form in forms() if not set(form[1]) & set('";\r\n')]
    written(tmp_path, plain)
    said = []
    for least in (1 << 40, 0):
        monkeypatch.setattr("kuntakoonti.restricted.intake.csv_files._LARGE", least)
        monkeypatch.setattr("kuntakoonti.restricted.intake.typed_tables._WORTH_IT", least)
        said.append(load(tmp_path, KNOWN).problems)
    assert len(said[0]) > 150
    assert said[0] == said[1]


def test_the_forms_are_as_many_as_they_were() -> None:
    """None is lost on the way."""
    assert sum(kind in ("money", "date", "code", "month", "id") for kind, *_ in forms()) >= 219
