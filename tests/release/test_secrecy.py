"""Canaries: a planted id, group or name occurs nowhere outside restricted/, whatever goes wrong."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from worlds.places import EXAMPLE, PROJECT
from worlds.texts import leaks

from kuntakoonti.cli.main import main
from kuntakoonti.release import jobs
from kuntakoonti.release import prepare as preparation

CANARIES = ("KANARIA-ASIAKAS", "KANARIA-RIVI", "KANARIA-RYHMA", "KANARIA-KULU", "Aino Kanarialintu")
PERIOD = (
    "KANARIA-RIVI;KANARIA-ASIAKAS;kotoutumiskoulutus;1.2.2025;30.6.2025;3.2.2025;;KANARIA-RYHMA"
)
RESIDENCE = "KANARIA-ASIAKAS;857;1.1.2020;;1.1.2025"
COST = "KANARIA-KULU;kotoutumiskoulutus;;KANARIA-RYHMA;2025-03;812,34;9.4.2025"
BAD = {
    "a bad date": ("service_periods", "KANARIA-RIVI;KANARIA-ASIAKAS;palkkatuki;31.2.2025;;3.2.2025;;"),
    "a bad amount": ("costs", "KANARIA-KULU;palkkatuki;KANARIA-ASIAKAS;;2025-03;8x;9.4.2025"),
    "an unknown service": ("service_periods", "KANARIA-RIVI;KANARIA-ASIAKAS;Aino Kanarialintu;1.2.2025;;3.2.2025;;"),
    "an unknown code": ("residences", "KANARIA-ASIAKAS;1x7;1.1.2020;;1.1.2025"),
    "a personal identity code": ("residences", "010190-123A;857;1.1.2020;;1.1.2025"),
    "a ragged row": ("costs", "KANARIA-KULU;palkkatuki;KANARIA-ASIAKAS"),
    "end before start": ("service_periods", "KANARIA-RIVI;KANARIA-ASIAKAS;palkkatuki;2.2.2025;1.2.2025;3.2.2025;;"),
}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The example data with planted canaries and a column of names."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
    plant(folder, "service_periods", PERIOD)
    plant(folder, "residences", RESIDENCE)
    plant(folder, "costs", COST)
    head, *rows = (folder / "residences.csv").read_text(encoding="utf-8").splitlines()
    named = [f"{head};nimi", *(f"{row};Aino Kanarialintu" for row in rows)]
    (folder / "residences.csv").write_text("\n".join(named) + "\n", encoding="utf-8")
    return folder


def plant(folder: Path, table: str, row: str) -> None:
    path = folder / f"{table}.csv"
    columns = path.read_text(encoding="utf-8").splitlines()[0].count(";")
    with path.open("a", encoding="utf-8") as file:
        file.write(row + ";" * (columns - row.count(";")) + "\n" if ";" in row else row + "\n")


def run(data: Path, output: Path, *more: str) -> int:
    words = ["--as-of", "2025-09-15", "--data", str(data), "--output", str(output)]
    return main(["month", "2025-08", *words, "--municipality", "857", *more])


def test_a_client_leaves_no_trace_outside_restricted(data: Path, tmp_path: Path, capfd) -> None:
    """Notebooks, metadata, pages, PDF text, XLSX parts, CSV, ledger, index, stdout, stderr."""
    output = tmp_path / "outputs"
    assert run(data, output) == 0
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(output)]) == 0
    assert main(["status", "--output", str(output)]) == 0
    out, err = capfd.readouterr()
    assert not [c for c in CANARIES if c in out + err]
    assert leaks(output, CANARIES) == []
    assert any(path.suffix == ".pdf" for path in output.rglob("*"))


def test_the_search_for_canaries_finds_them(tmp_path: Path, released: Path) -> None:
    """The test above can fail: words that pages do say are found in every kind of file."""
    found = {Path(line.split(":")[0]).suffix for line in leaks(released, ("Tuusniemi", "857"))}
    assert {".html", ".ipynb", ".xlsx", ".csv", ".json", ".jsonl"} <= found


@pytest.mark.parametrize("what", BAD, ids=str)
def test_bad_input_ends_with_exit_3_the_list_and_nothing_written(
    what: str, data: Path, tmp_path: Path, capfd
) -> None:
    """No OUTPUT appears, and the list names file and line but never the value."""
    table, row = BAD[what]
    plant(data, table, row)
    output = tmp_path / "outputs"
    assert run(data, output) == 3
    out, err = capfd.readouterr()
    assert f"PYSÄYTTÄÄ  {table}.csv, rivi " in err
    assert not [c for c in (*CANARIES, "010190-123A") if c in out + err]
    assert not output.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_bad_input_lists_every_problem_at_once_and_touches_no_output(
    data: Path, drafted: Path, capfd
) -> None:
    """An existing OUTPUT stays as it was, byte for byte, and all kinds are in one list."""
    before = {p: p.read_bytes() for p in drafted.rglob("*") if p.is_file()}
    for table, row in BAD.values():
        plant(data, table, row)
    assert run(data, drafted) == 3
    assert capfd.readouterr().err.count("PYSÄYTTÄÄ") >= len(BAD)
    assert {p: p.read_bytes() for p in drafted.rglob("*") if p.is_file()} == before


def test_a_failing_preparation_logs_to_restricted_only(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """A traceback that quotes a person ends in restricted/log and nowhere else."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "notebooks", project / "notebooks")
    path = project / "notebooks" / "prepare_area.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    bad = "raise ValueError(records.warehouse.execute(\"SELECT client_id FROM residences WHERE client_id LIKE 'KAN%'\").fetchall())"
    cell = {
        "cell_type": "code",
        "id": "bad",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }
    notebook["cells"].insert(5, {**cell, "source": [bad]})
    path.write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(preparation, "PROJECT", project)
    output = tmp_path / "outputs"
    assert run(data, output) == 1
    out, err = capfd.readouterr()
    assert "ValueError" in err and "restricted/log/prepare.log" in err
    assert not [c for c in CANARIES if c in out + err]
    assert leaks(output, CANARIES) == []
    log = (output / "restricted" / "log" / "prepare.log").read_text(encoding="utf-8")
    assert "KANARIA-ASIAKAS" in log, "the planted error must have happened for this test to count"
    assert not [p for p in output.rglob("*") if p.is_file() and "restricted" not in p.parts]


def test_a_failing_annex_leaves_nothing_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    """It fails alone: exit 1, its traceback in the restricted log, its state in index and status."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT / "notebooks", project / "notebooks")
    path = project / "notebooks" / "monthly_annex.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {
        "cell_type": "code",
        "id": "bad",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }
    bad = "assert municipality != '857', 'KANARIA' + '-VIRHE'"
    notebook["cells"].insert(4, {**cell, "source": [bad]})
    path.write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(jobs, "PROJECT", project)
    output = tmp_path / "outputs"
    assert run(EXAMPLE, output, "--municipality", "402") == 1
    made = output / "draft" / "2025-08"
    assert sorted(p.name for p in made.iterdir() if p.is_dir()) == ["402-Lapinlahti"]
    assert "epäonnistui: Sivun teko pysähtyi virheeseen AssertionError." in (
        output / "index.html"
    ).read_text(encoding="utf-8")
    assert main(["status", "--output", str(output)]) == 1
    out, err = capfd.readouterr()
    assert "857 Tuusniemi: EPÄONNISTUI" in err and "KANARIA-VIRHE" not in out + err
    assert leaks(output, ("KANARIA-VIRHE",)) == []
    log = (output / "restricted" / "log" / "2025-08-857.log").read_text(encoding="utf-8")
    assert "KANARIA-VIRHE" in log


def test_the_annex_room_cannot_reach_the_restricted_one() -> None:
    """What an annex notebook imports holds no intake, figures of persons, or warehouse."""
    code = (
        "import sys; from kuntakoonti.pages import adjustment, annex_charts, annex_text, board, method; "
        "print([m for m in sys.modules if m.startswith(('kuntakoonti.restricted.intake', 'duckdb'))])"
    )
    import subprocess

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = result.stdout.strip()
    assert loaded == "[]", loaded
