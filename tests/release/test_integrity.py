"""Archive care: what the ledger and the files say of each other, and what the analyst is told to do."""

import json
import shutil
from pathlib import Path

import pytest
from worlds.places import EXAMPLE, PROJECT
from worlds.releases import hashes, run_month, snapshot

from kuntakoonti.cli.main import main
from kuntakoonti.core.files import replace_folder
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import read_archive

PAGE = "2025-08/857-Tuusniemi/857-Tuusniemi-koontitiedot-2025-08"

SENT = ("sent", "2025-08", "--municipality", "844", "--channel", "posti")
CORRECT = (
    "correct", "2025-08", "--municipality", "844", "--service", "palkkatuki", "--period", "2025-03",
    "--reason", "Kirjausvirhe.", "--by", "controller",
)  # fmt: skip
VERIFY = (
    "verify",
    "2025-08",
    "--municipality",
    "844",
    "--basis",
    "laki",
    "--approved-by",
    "controller",
)


def both(capsys) -> str:
    """What was said: `status` says it on stdout."""
    said = capsys.readouterr()
    return said.out + said.err


def status(output: Path) -> int:
    return main(["status", "--output", str(output)])


def approve(output: Path, release: str = "2025-08") -> int:
    return main(["approve", release, "--by", "controller", "--output", str(output)])


def publishing(output: Path) -> list[int]:
    """The exit codes of everything that would publish or that reads what was published."""
    data, day = ("--data", str(EXAMPLE)), ("--as-of", "2025-10-15")
    return [
        run_month("2025-09", "2025-10-15", output),
        approve(output),
        main([*VERIFY, "--data", str(EXAMPLE), "--output", str(output)]),
        status(output),
        main(["attack", "--output", str(output)]),
        main([*SENT, "--output", str(output)]),
        main(["trace", "844", "2025-08", *day, *data, "--output", str(output)]),
        main([*CORRECT, *day, *data, "--output", str(output)]),
    ]


def test_a_whole_archive_is_said_to_be_whole(released: Path, capsys) -> None:
    """Exit 0; `status` touches nothing."""
    before = snapshot(released)
    assert status(released) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2025-08  hyväksytty  tilanne 2025-09-15, hyväksyjä controller"
    assert said[-1] == "Arkisto on ehjä: 1 julkaisu."
    assert not [line for line in said if "PUUTTU" in line or "MUUTTUNUT" in line]
    assert snapshot(released) == before


def _changed_line(text: str) -> str:
    return text.replace("controller", "somebody")


def _half_a_line(text: str) -> str:
    return text[: len(text) // 2]


def _nothing(text: str) -> str:
    return ""


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_changed_line, "rivi 1 on muuttunut"),
        (_half_a_line, "riviä 1 ei voi lukea"),
        (_nothing, "ei tunne kansion julkaisuja 2025-08"),
    ],
)
def test_a_damaged_ledger_stops_everything(damage, says: str, released: Path, capsys) -> None:
    """A broken line, a line cut short, and a file cut between lines: exit 2, restore it."""
    ledger = released / "ledger.jsonl"
    ledger.write_text(damage(ledger.read_text(encoding="utf-8")), encoding="utf-8")
    before = hashes(released)
    assert publishing(released) == [2] * 8
    said = both(capsys)
    assert said.count(says) == 8 and "Palauta" in said
    assert hashes(released) == before


@pytest.mark.slow
def test_a_ledger_from_an_older_backup_stops_everything(released: Path, capsys) -> None:
    """The files know a release that the ledger does not: its name is said."""
    old = (released / "ledger.jsonl").read_bytes()
    assert run_month("2025-09", "2025-10-15", released, "--approve-by", "controller") == 0
    (released / "ledger.jsonl").write_bytes(old)
    before = hashes(released)
    capsys.readouterr()
    assert publishing(released) == [2] * 8
    assert both(capsys).count("ei tunne kansion julkaisuja 2025-09") == 8
    shutil.rmtree(released / "2025-09")  # the approved handover still knows
    assert status(released) == 2
    assert run_month("2025-10", "2025-11-15", released) == 2
    assert {n: d for n, d in before.items() if not n.startswith("2025-09/")} == hashes(released)


@pytest.mark.slow
def test_a_ledger_of_other_data_stops_everything(released: Path, tmp_path: Path, capsys) -> None:
    """The same release made elsewhere: its fingerprint is not that of the files."""
    other = tmp_path / "other"
    assert run_month("2025-08", "2025-09-15", other, "--format", "csv") == 0
    assert approve(other) == 0
    shutil.copy(other / "ledger.jsonl", released / "ledger.jsonl")
    before = hashes(released)
    capsys.readouterr()
    assert publishing(released) == [2] * 8
    assert both(capsys).count("toisen alueen tai toisista tiedoista: 2025-08") == 8
    assert hashes(released) == before


def test_a_ledger_of_another_area_stops_a_new_release(
    released: Path, tmp_path: Path, capsys
) -> None:
    """Alone in a folder, it is known by the area's number in it."""
    parameters = Path(shutil.copytree(PROJECT / "parameters", tmp_path / "parameters"))
    area = parameters / "area.yml"
    text = area.read_text(encoding="utf-8")
    assert 'code: "17"' in text
    area.write_text(text.replace('code: "17"', 'code: "05"', 1), encoding="utf-8")
    output = tmp_path / "outputs"
    output.mkdir()
    shutil.copy(released / "ledger.jsonl", output)
    words = ("--parameters", str(parameters))
    assert run_month("2025-09", "2025-10-15", output, *words) == 2
    said = capsys.readouterr().err
    assert "on alueen 17" in said and "alueen 05" in said
    assert [p.name for p in output.iterdir()] == ["ledger.jsonl"]


def test_a_lost_ledger_stops_everything(released: Path, capsys) -> None:
    """Also when the public folders are lost with it: the handover says what was approved."""
    (released / "ledger.jsonl").unlink()
    assert publishing(released) == [2] * 8
    shutil.rmtree(released / "2025-08")
    assert publishing(released) == [2] * 8
    assert both(capsys).count("mutta ei arkistoa ledger.jsonl") == 16


@pytest.mark.parametrize(
    "what",
    [
        "missing",
        pytest.param("folder", marks=pytest.mark.slow),
        *(pytest.param(w, marks=pytest.mark.slow) for w in ("changed", "manifest")),
    ],
)
def test_missing_and_changed_files_are_named_and_made_again(
    what: str, released: Path, capsys
) -> None:
    """`status` exits 1 and says which; `approve` again gives the bytes that were approved."""
    before = hashes(released / "2025-08")
    page = released / f"{PAGE}.csv"
    if what == "missing":
        page.unlink()
    if what == "changed":
        page.write_text(page.read_text(encoding="utf-8").replace(",11,", ",12,"), encoding="utf-8")
    if what == "folder":
        shutil.rmtree(released / "2025-08")
    if what == "manifest":
        (released / "2025-08" / "manifest.json").write_text("{", encoding="utf-8")
    said = {
        "missing": f"PUUTTUU {page.relative_to(released / '2025-08')}",
        "changed": f"MUUTTUNUT {page.relative_to(released / '2025-08')}",
        "folder": "TIEDOSTOT PUUTTUVAT",
        "manifest": "PUUTTUU manifest.json",
    }[what]
    assert status(released) == 1
    shown = capsys.readouterr().out
    assert f"2025-08  {said}. Tee uudelleen: kuntakoonti approve 2025-08" in shown
    assert approve(released) == 0
    assert "tehdään uudelleen" in capsys.readouterr().err
    assert hashes(released / "2025-08") == before
    assert status(released) == 0


def test_a_lost_handover_is_to_be_restored(released: Path, capsys) -> None:
    """It is no public file, and no command can make it again: exit 1 and what to restore."""
    (released / "protected" / "2025-08" / "857.json").unlink()
    assert status(released) == 1
    assert "LUOVUTUS protected/2025-08 puuttuu tai on muuttunut" in capsys.readouterr().out


def test_the_ledger_is_as_it_was_after_every_refusal(released: Path) -> None:
    """A refused command appends nothing."""
    ledger = (released / "ledger.jsonl").read_bytes()
    assert run_month("2025-07", "2025-09-14", released) == 2
    assert status(released) == 0
    assert (released / "ledger.jsonl").read_bytes() == ledger
    assert len(read_archive(released / "ledger.jsonl").records) == 1


def test_a_manifest_of_the_release_names_the_head_it_continued(released: Path) -> None:
    """So that a reader can find the place of a release in the chain."""
    first = json.loads((released / "ledger.jsonl").read_text(encoding="utf-8"))
    assert read_manifest(released / "2025-08").archive_head == first["previous"]


def test_an_old_folder_comes_back_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of the two renames fails: the old folder is not lost."""
    new, target = tmp_path / "new", tmp_path / "target"
    for folder in (new, target):
        folder.mkdir()
        (folder / "page").write_text(folder.name)
    rename = Path.replace

    def failing(self: Path, to: Path) -> Path:
        if self == new:
            raise OSError("no space")
        return rename(self, to)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="no space"):
        replace_folder(new, target)
    assert (target / "page").read_text() == "target"
    monkeypatch.undo()
    replace_folder(new, target)
    assert (target / "page").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize(
    "words",
    [
        ["month", "2025-08", "--as-of", "2025-09-15", "--data", str(EXAMPLE)],
        ["approve", "2025-08", "--by", "controller"],
        [*SENT],
        ["trace", "844", "2025-08", "--as-of", "2025-09-15", "--data", str(EXAMPLE)],
        [*VERIFY, "--data", str(EXAMPLE)],
    ],
    ids=lambda words: words[0],
)
def test_what_a_command_keeps_restricted_only_its_owner_reads(
    words: list[str], released: Path
) -> None:
    """Also where somebody had opened the folder to others."""
    (released / "restricted").chmod(0o755)
    assert main([*words, "--output", str(released)]) == 0
    assert (released / "restricted").stat().st_mode & 0o777 == 0o700
