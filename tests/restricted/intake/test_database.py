"""A query of a real PostgreSQL, started and stopped by the test: the secret is never said."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from worlds.intake_cases import base, write

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import PROJECT
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.parameters.sources import Sources
from kuntakoonti.restricted.intake import Declared, Intake, fingerprint, load
from kuntakoonti.restricted.preparation.context import known_values

KNOWN = known_values(load_parameters(PROJECT / "parameters"))
AS_OF = date(2025, 9, 15)
VARIABLE = "KUNTAKOONTI_TEST_REGISTER"
SECRET = "hush-hush"


def _program(name: str) -> str | None:
    """A program of PostgreSQL, which Debian keeps out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server of its own, on a socket that only this test knows."""
    pytest.importorskip("adbc_driver_postgresql", reason="no adbc-driver-postgresql here")
    pg_ctl, initdb = _program("pg_ctl"), _program("initdb")
    if not (pg_ctl and initdb):
        assert not os.environ.get("CI"), "CI installs postgresql, and it is not there"
        pytest.skip("no PostgreSQL here; Debian's package postgresql makes this test run")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    as_owner = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    if as_owner:
        shutil.chown(folder, "nobody")
    folder.chmod(0o700)
    data, run = (
        str(folder / "data"),
        {"check": True, "capture_output": True, "timeout": 120, "cwd": "/"},
    )
    subprocess.run([*as_owner, initdb, "-D", data, "-U", "area", "-A", "trust"], **run)
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    subprocess.run(
        [*as_owner, pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start"],
        **run,
    )
    try:
        yield f"postgresql://area:{SECRET}@/postgres?host={folder}"
    finally:
        subprocess.run([*as_owner, pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


def filled(address: str, rows: list[list[str]]) -> None:
    """Costs under the register's own names and types."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS maksut")
        cursor.execute("CREATE TABLE maksut (nro text, tuki text, asiakas text, ryhma text,"
                       " kausi text, summa numeric(12,2), kirjattu date)")  # fmt: skip
        for row in rows[1:]:
            day, month, year = row[6].split(".")
            values = [*row[:5], row[5].replace(",", "."), f"{year}-{int(month):02d}-{int(day):02d}"]
            said = ", ".join("NULL" if not v else f"'{v}'" for v in values)
            cursor.execute(f"INSERT INTO maksut VALUES ({said})")
        connection.commit()


def declared(query: str) -> Declared:
    names = {"cost_id": "nro", "service": "tuki", "client_id": "asiakas", "group_id": "ryhma",
             "service_month": "kausi", "amount": "summa", "recorded_on": "kirjattu"}  # fmt: skip
    own = {n: {"files": [f"{n}.csv"], "columns": {c: c for c in rows[0]}}
           for n, rows in base().items() if n != "costs"}  # fmt: skip
    costs = {"connection": "register", "query": query, "columns": names}
    connections = {"register": {"driver": "postgresql", "address": VARIABLE}}
    sources = Sources.model_validate({"tables": own | {"costs": costs}, "connections": connections})
    return Declared(sources, b"")


def read(folder: Path, query: str = "SELECT * FROM maksut") -> Intake:
    return load(folder, KNOWN, AS_OF, declared(query))


def test_a_query_gives_the_rows_of_a_file(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dates, amounts and empty cells with their own types; the same fingerprint."""
    tables = base()
    filled(address, tables["costs"])
    monkeypatch.setenv(VARIABLE, address)
    plain = load(write(tmp_path / "plain", tables), KNOWN, AS_OF)
    asked = read(write(tmp_path / "asked", {n: r for n, r in tables.items() if n != "costs"}))
    assert not asked.stops, asked.stops
    prints = {fingerprint(i.warehouse, AS_OF, b"key") for i in (plain, asked)}
    assert len(prints) == 1


def test_a_wrong_query_is_one_sentence(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's words, which may repeat rows and addresses, are not repeated."""
    monkeypatch.setenv(VARIABLE, address)
    folder = write(tmp_path, {n: r for n, r in base().items() if n != "costs"})
    (problem,) = read(folder, f"SELECT '{SECRET}' FROM nowhere").stops
    assert (problem.kind, problem.file) == ("failed_query", "register:costs")
    assert SECRET not in repr(problem)


def test_a_column_that_is_no_text_is_one_sentence(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes of no encoding in the place of a number."""
    tables = base()
    filled(address, tables["costs"])
    monkeypatch.setenv(VARIABLE, address)
    folder = write(tmp_path, {n: r for n, r in tables.items() if n != "costs"})
    query = "SELECT '\\xff'::bytea AS nro, tuki, asiakas, ryhma, kausi, summa, kirjattu FROM maksut"
    (problem,) = read(folder, query).stops
    assert (problem.kind, problem.file) == ("unreadable_query", "register:costs")


@pytest.mark.parametrize("wrong", ["", f"postgresql://area:{SECRET}@127.0.0.1:1/none"])
def test_an_address_that_does_not_answer_is_not_said(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the connection's name and the variable's."""
    pytest.importorskip("adbc_driver_postgresql", reason="no adbc-driver-postgresql here")
    monkeypatch.setenv(VARIABLE, wrong)
    folder = write(tmp_path, {n: r for n, r in base().items() if n != "costs"})
    with pytest.raises(UsageError) as caught:
        read(folder)
    assert VARIABLE in str(caught.value)
    assert SECRET not in repr(caught.value.__cause__) + str(caught.value)
