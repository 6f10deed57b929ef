"""Exact figures for an authority entitled to them: restricted, logged, known to the attacker."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from worlds.places import EXAMPLE
from worlds.releases import hashes
from worlds.texts import texts_of

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.authority_log import insiders, read_given

MARK = "SALASSA PIDETTÄVÄ (JulkL 621/1999 § 24.1 k. 25)"
BASIS = "Kuntalain 410/2015 § 123, tilintarkastus"


def run(output: Path, *more: str, data: Path = EXAMPLE, release: str = "2025-08") -> int:
    """`kuntakoonti verify` of Tervo's August."""
    words = ["verify", release, "--municipality", "844", "--basis", BASIS]
    words += ["--approved-by", "controller", "--recipient", "Tervon tilintarkastaja"]
    return main([*words, "--data", str(data), "--output", str(output), *more])


def public(output: Path) -> dict[str, str]:
    """Every file outside the analyst's folders."""
    return {n: d for n, d in hashes(output).items() if not n.startswith("restricted/")}


@pytest.fixture(scope="module")
def once_verified(august: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read in which Tervo's exact figures of August were given out."""
    output = Path(shutil.copytree(august, tmp_path_factory.mktemp("verified") / "outputs"))
    assert run(output) == 0
    return output


@pytest.fixture
def verified(once_verified: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own in which they were given out."""
    return Path(shutil.copytree(once_verified, tmp_path / "released"))


def figures(output: Path) -> dict[tuple[str, str, str], int]:
    path = output / "restricted" / "verified" / "2025-08-844.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert {r["status"] for r in found} == {"final"} and {r["municipality"] for r in found} == {
        "844"
    }
    return {(r["service"], r["period"], r["measure"]): int(r["value"]) for r in found}


def test_the_check_page_has_the_exact_figures(verified: Path) -> None:
    """Every count and cost of the accountant's own file, and zero where that has none."""
    with (verified / "restricted/area/2025-08.csv").open(encoding="utf-8", newline="") as file:
        exact = [r for r in csv.DictReader(file) if r["municipality"] == "844"]
    counts = {(r["service"], r["period"]): int(r["clients"]) for r in exact if r["clients"]}
    cents = {(r["service"], r["period"]): int(r["cents"]) for r in exact if r["cents"]}
    found = figures(verified)
    periods = [f"2025-0{m}" for m in range(1, 9)]
    for service in ("palkkatuki", "starttiraha", "kotoutumiskoulutus", "any"):
        for period in (*periods, "2025-Q1", "2025-Q2", "2025-Q3", "2025"):
            assert found.pop((service, period, "clients")) == counts.get((service, period), 0)
        for period in periods if service != "any" else ():
            assert found.pop((service, period, "actual_cents")) == cents.get((service, period), 0)
    assert found == {("any", "2025", "invented_data"): 1}
    assert any(0 < n < 5 for n in counts.values())


def test_every_file_is_marked_secret_and_names_recipient_and_basis(verified: Path) -> None:
    """HTML, PDF and XLSX; readable by the owner only."""
    folder = verified / "restricted" / "verified"
    assert sorted(p.name for p in folder.iterdir()) == [
        f"2025-08-844.{kind}" for kind in ("csv", "html", "pdf", "xlsx")
    ]
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    page = (folder / "2025-08-844.html").read_text(encoding="utf-8")
    sheet = load_workbook(folder / "2025-08-844.xlsx").worksheets[0]
    cells = " ".join(str(c.value) for row in sheet.iter_rows() for c in row)
    for said in (MARK, BASIS, "Tervon tilintarkastaja", "controller"):
        assert said in page and said in cells
    assert (folder / "2025-08-844.pdf").read_bytes().startswith(b"%PDF")


def test_the_check_page_has_no_person(verified: Path) -> None:
    """Counts, never an id of a client, record, cost or group."""
    ids = set()
    for table, columns in (
        ("service_periods", ("record_id", "client_id", "group_id")),
        ("costs", ("cost_id",)),
    ):
        with (EXAMPLE / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                ids |= {row[c] for c in columns if len(row[c]) > 4}
    paths = list((verified / "restricted" / "verified").iterdir())
    assert len(ids) > 1000 and paths
    for path in paths:
        for text in texts_of(path):
            assert not [i for i in ids if i.encode() in text]


@pytest.mark.rule(
    "R9", "Exact figures for an authority: logged in a chain, never in the public tree"
)
def test_nothing_of_it_is_ever_in_the_public_tree(released: Path) -> None:
    """Byte-identical before and after; the ledger tells that a list has grown, by a keyed digest."""
    before, lines = public(released), (released / "ledger.jsonl").read_text("utf-8").splitlines()
    assert run(released) == 0
    assert public(released) | {"ledger.jsonl": before["ledger.jsonl"]} == before
    *old, new = (released / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert old == lines and json.loads(new)["kind"] == "listed" and "844" not in _words(new)


def _words(line: str) -> set[str]:
    """The words of a line of the ledger that are no part of a digest."""
    return set(re.findall(r"(?<![0-9a-f])\w+(?![0-9a-f])", line))


@pytest.mark.rule("R9", "Exact figures for an authority: logged in a chain")
def test_each_time_is_logged_in_a_chain(verified: Path) -> None:
    """Who, what, on what basis, by whom; appended, and a changed line is seen."""
    assert run(verified, "--recipient", "Sisäinen tarkastus") == 0
    first, second = read_given(OutputFolder(verified))
    assert (first.release, first.municipality, first.as_of) == ("2025-08", "844", "2025-09-15")
    assert (first.recipient, first.basis) == ("Tervon tilintarkastaja", BASIS)
    assert (second.recipient, second.approved_by) == ("Sisäinen tarkastus", "controller")
    log = verified / "restricted" / "verify.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace("Tervon", "Kuopion"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"verify.jsonl rivi 1"):
        read_given(OutputFolder(verified))
    assert main(["attack", "--output", str(verified)]) == 2


def test_the_attacker_knows_what_was_given_out(verified: Path, capsys) -> None:
    """`attack` takes the municipality's exact figures as known; another's guarantees hold."""
    assert insiders(OutputFolder(verified)) == verified / "restricted" / "verified"
    assert main(["attack", "--output", str(verified)]) == 0
    assert "Mikään ei kaatunut" in capsys.readouterr().out


def test_without_a_check_page_there_is_no_insider(released: Path) -> None:
    """Off unless used."""
    assert insiders(OutputFolder(released)) is None
    assert not (released / "restricted" / "verified").exists()


@pytest.mark.parametrize("what", ["removed", "changed"])
def test_a_lost_check_page_stops_the_attack(what: str, verified: Path, capsys) -> None:
    """The attacker must know what others know: exit 2 until it is restored."""
    path = verified / "restricted" / "verified" / "2025-08-844.csv"
    if what == "removed":
        path.unlink()
    else:
        path.write_text(path.read_text(encoding="utf-8").replace(",1,", ",2,"), encoding="utf-8")
    for command in ("attack", "status"):
        assert main([command, "--output", str(verified)]) == 2
    assert "2025-08-844.csv" in capsys.readouterr().err


def test_other_data_than_the_release_was_made_of_are_refused(
    released: Path, tmp_path: Path, capsys
) -> None:
    """By the keyed fingerprint: exit 2, nothing is written or logged."""
    data = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
    periods = data / "service_periods.csv"
    lines = periods.read_text(encoding="utf-8").splitlines()
    periods.write_text("\n".join([lines[0], *lines[5:]]) + "\n", encoding="utf-8")
    before = hashes(released)
    assert run(released, data=data) == 2
    assert "toisista tiedoista" in capsys.readouterr().err
    assert hashes(released) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--basis", " "), "--basis"),
        (("--approved-by", ""), "--approved-by"),
        (("--municipality", "999"), "999"),
    ],
)
def test_wrong_words_end_with_exit_2(
    words: tuple[str, ...], says: str, released: Path, capsys
) -> None:
    """A basis, an approver and a member are needed."""
    before = hashes(released)
    assert run(released, *words) == 2
    assert says in capsys.readouterr().err
    assert hashes(released) == before


def test_what_is_not_approved_is_not_verified(drafted: Path, capsys) -> None:
    """A draft is nobody's to check: exit 2."""
    assert run(drafted) == 2
    assert "hyväksy se ensin" in capsys.readouterr().err


def test_the_log_is_of_json_lines(verified: Path) -> None:
    """One object a line, the CSV's hash in it."""
    (line,) = (verified / "restricted" / "verify.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(json.loads(line)["sha256"]) == 64
