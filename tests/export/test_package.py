"""What a municipality is sent: its data package, its archive, and the list of what was sent."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from frictionless import validate

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.package import archive
from kuntakoonti.export.report import CSV_COLUMNS
from kuntakoonti.release.dispatch import Sending, record, unsent

STEM = "857-Tuusniemi-koontitiedot-2025-08"
TODAY = date(2025, 9, 20)


@pytest.fixture
def folder(released: Path) -> Path:
    """The files of one municipality in an approved release."""
    return released / "2025-08" / "857-Tuusniemi"


def package_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "datapackage.json").read_text(encoding="utf-8")))


def complaints(folder: Path) -> list[str]:
    """What frictionless finds wrong with a package."""
    found = validate(str(folder / "datapackage.json")).flatten(["type"])
    return [str(kind) for (kind,) in found]


# The data package


def test_frictionless_finds_every_package_sound(august: Path) -> None:
    """Eleven municipalities and the board's page: columns, types, key, sizes and hashes."""
    folders = [p.parent for p in sorted(august.glob("2025-08/*/datapackage.json"))]
    assert len(folders) == 12
    assert {f.name: complaints(f) for f in folders} == {f.name: [] for f in folders}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (",clients,", ",persons,", "constraint-error"),
        (",final\n", ",certain\n", "constraint-error"),
        ("857,palkkatuki,2025-01,clients,", "857,palkkatuki,2025-01,clients,x", "type-error"),
        ("857,palkkatuki,2025-02,", "857,palkkatuki,2025-01,", "primary-key"),
    ],
)
def test_frictionless_finds_a_wrong_cell(folder: Path, old: str, new: str, kind: str) -> None:
    """The test above can fail: a changed file has another hash, and each error its own kind."""
    path = folder / f"{STEM}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = complaints(folder)
    assert {kind, "hash-count"} <= set(found), found


def test_the_package_describes_the_csv_and_the_pages_beside_it(folder: Path) -> None:
    """Column by column in the contract's order; every page with its size and hash; no notebook."""
    package = package_of(folder)
    figures, *pages = package["resources"]
    assert [f["name"] for f in figures["schema"]["fields"]] == list(CSV_COLUMNS)
    assert figures["schema"]["primaryKey"] == list(CSV_COLUMNS[:5])
    assert package["created"] == "2025-09-15T00:00:00Z"
    assert package["title"] == "Kuntalaskutuksen liite 2025-08, 857 Tuusniemi"
    assert [p["path"] for p in pages] == [f"{STEM}.{k}" for k in ("html", "pdf", "xlsx")]
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names)


# The archive


def test_the_archive_holds_what_lies_in_the_folder(folder: Path) -> None:
    """The same bytes as beside it, without the notebook, and a checksum for each."""
    with zipfile.ZipFile(folder / f"{STEM}.zip") as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert names == sorted(names)
        suffixes = (".csv", ".html", ".pdf", ".xlsx")
        assert set(names) == {f"{STEM}{s}" for s in suffixes} | {"datapackage.json", "SHA256SUMS"}
        contents = {name: packed.read(name) for name in names}
    lines = contents.pop("SHA256SUMS").decode().splitlines()
    for name, content in contents.items():
        assert content == (folder / name).read_bytes()
        assert f"{hashlib.sha256(content).hexdigest()}  {name}" in lines
    assert len(lines) == len(contents)


def test_the_unpacked_archive_is_a_sound_package(folder: Path, tmp_path: Path) -> None:
    """It needs nothing that was not sent, and ``sha256sum`` agrees."""
    with zipfile.ZipFile(folder / f"{STEM}.zip") as packed:
        packed.extractall(tmp_path / "got")
    assert complaints(tmp_path / "got") == []
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(command, cwd=tmp_path / "got", check=True, capture_output=True)


def test_the_archive_bears_the_extraction_date_and_no_user(folder: Path) -> None:
    """Every entry: midnight of the extraction date, readable to all, of no person."""
    with zipfile.ZipFile(folder / f"{STEM}.zip") as packed:
        for entry in packed.infolist():
            assert entry.date_time == (2025, 9, 15, 0, 0, 0)
            assert (entry.external_attr >> 16, entry.create_system) == (0o100644, 3)
            assert entry.extra == b"" and entry.comment == b""


def test_the_same_files_give_the_same_archive(folder: Path, tmp_path: Path) -> None:
    """Whatever their times and modes, and the order in which they were written."""
    for name in sorted((p.name for p in folder.iterdir()), reverse=True):
        shutil.copy(folder / name, tmp_path / name)
        (tmp_path / name).chmod(0o600)
    made = archive(tmp_path, date(2025, 9, 15))
    assert made == (folder / f"{STEM}.zip").read_bytes()
    (tmp_path / f"{STEM}.csv").write_text("other")
    assert archive(tmp_path, date(2025, 9, 15)) != made


def test_every_municipality_has_one_archive_and_the_board_none(august: Path) -> None:
    """It is listed in dispatch.csv with its invoice and hash."""
    made = sorted(p.relative_to(august).as_posix() for p in august.glob("2025-08/*/*.zip"))
    with (august / "dispatch.csv").open(encoding="utf-8", newline="") as file:
        listed = [row for row in csv.DictReader(file) if row["file"].endswith(".zip")]
    assert len(made) == 11 and [row["file"] for row in listed] == made
    for row in listed:
        digest = hashlib.sha256((august / row["file"]).read_bytes()).hexdigest()
        assert (row["sha256"], bool(row["invoice"])) == (digest, True)


# What was sent


def send(output: Path, *codes: str, channel: str = "verkkolasku", day: str = "2025-09-18") -> int:
    """Record a sending; how many rows it added."""
    return len(record(OutputFolder(output), Sending("2025-08", codes, channel, day), TODAY))


def rows(output: Path) -> list[dict[str, str]]:
    with (output / "sent.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sending_is_recorded_once_and_never_rewritten(released: Path) -> None:
    """A row with file, hash, day and channel; the same again adds nothing, another way a row."""
    assert send(released, "857") == 1
    before = (released / "sent.csv").read_bytes()
    assert send(released, "857") == 0
    assert send(released, "857", "844", channel=" turvaposti\n", day="") == 2
    assert (released / "sent.csv").read_bytes().startswith(before)
    file = released / "2025-08" / "857-Tuusniemi" / f"{STEM}.zip"
    first, second, _ = rows(released)
    assert first == {
        "release": "2025-08",
        "municipality": "857",
        "file": file.relative_to(released).as_posix(),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "sent_on": "2025-09-18",
        "channel": "verkkolasku",
    }
    assert (second["sent_on"], second["channel"]) == (TODAY.isoformat(), "turvaposti")


def test_what_is_not_sent_yet_is_known(released: Path) -> None:
    """All eleven at first; one that is replaced after its sending has to be sent again."""
    assert [s.municipality for s in unsent(OutputFolder(released))].count("857") == 1
    assert len(unsent(OutputFolder(released))) == 11
    send(released, "857")
    assert len(unsent(OutputFolder(released))) == 10
    text = (released / "dispatch.csv").read_text(encoding="utf-8")
    digest = rows(released)[0]["sha256"]
    (released / "dispatch.csv").write_text(text.replace(digest, "0" * 64), encoding="utf-8")
    assert [s.municipality for s in unsent(OutputFolder(released))].count("857") == 1


@pytest.mark.parametrize(
    ("release", "codes", "channel", "day", "said"),
    [
        ("2025-07", ("857",), "x", "", "ei ole hyväksytty"),
        ("2025-08", ("999",), "x", "", "ei ole kunnan 999 pakettia"),
        ("2025-08", ("857", "999"), "x", "", "ei ole kunnan 999 pakettia"),
        ("2025-08", ("857",), " ", "", "kirjoita lähetystapa"),
        ("2025-08", ("857",), "x", "2025-09-14", "aikaisintaan poimintapäivä 2025-09-15"),
        ("2025-08", ("857",), "x", "2025-09-21", "viimeistään tänään"),
        ("2025-08", ("857",), "x", "18.9.2025", "muodossa 2025-09-15"),
    ],
)
def test_what_cannot_have_been_sent_is_refused(
    released: Path, release: str, codes: tuple[str, ...], channel: str, day: str, said: str
) -> None:
    """Not approved, no such package, no channel, or an impossible day; nothing is written."""
    with pytest.raises(UsageError, match=said):
        record(OutputFolder(released), Sending(release, codes, channel, day), TODAY)
    assert not (released / "sent.csv").exists()


@pytest.mark.parametrize("gone", [True, False])
def test_a_changed_package_is_refused(folder: Path, released: Path, gone: bool) -> None:
    """What is no longer what was approved cannot be said to be sent."""
    file = folder / f"{STEM}.zip"
    file.unlink() if gone else file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(UsageError, match="ei ole enää se, joka hyväksyttiin"):
        send(released, "844", "857")
    assert not (released / "sent.csv").exists()


def test_the_command_records_and_status_says_what_is_left(released: Path, capsys) -> None:
    """Exit 0 and a line; `status` then lists the others; what cannot be is wrong usage."""
    words = ["sent", "2025-08", "--channel", "verkkolasku", "--output", str(released)]
    assert main([*words, "--municipality", "857", "--date", "2025-09-18"]) == 0
    assert f"2025-08/857-Tuusniemi/{STEM}.zip" in capsys.readouterr().err
    assert main(["status", "--output", str(released)]) == 0
    line = next(x for x in capsys.readouterr().out.splitlines() if "lähettämättä" in x)
    assert "844" in line and "857" not in line
    assert main([*words, "--municipality", "999"]) == 2


def test_a_draft_cannot_be_sent(drafted: Path) -> None:
    """A draft has its archive, but no row in the dispatch list."""
    assert (drafted / "draft" / "2025-08" / "857-Tuusniemi" / f"{STEM}.zip").exists()
    with pytest.raises(UsageError, match="ei ole hyväksytty"):
        send(drafted, "857")
    assert unsent(OutputFolder(drafted)) == ()
