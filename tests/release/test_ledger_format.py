"""R9: what a line of the ledger holds fast, and that an archive of format 1 goes on.

``archives/format-1.tar.xz`` was made by a version of the program before format 2: an area of two
municipalities, August 2025 approved, one package sent, exact figures of 179 given out.
"""

import json
import re
import shutil
import tarfile
from pathlib import Path

import pytest
from worlds.two_members import TwoMembers, approve, contents

from kuntakoonti.cli.main import main
from kuntakoonti.public.ledger import read_archive

OLD = Path(__file__).parent / "archives" / "format-1.tar.xz"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An OUTPUT of its own as a program of format 1 left it."""
    with tarfile.open(OLD) as held:
        held.extractall(tmp_path / "outputs", filter="data")
    for room in ("restricted", "protected", "draft"):
        (tmp_path / "outputs" / room).chmod(0o700)
    return tmp_path / "outputs"


def lines(output: Path) -> list[dict]:
    text = (output / "ledger.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def run(output: Path, *words: str) -> int:
    return main([*words, "--output", str(output)])


def september(world: TwoMembers) -> list[str]:
    told = [f"--{name}={world.folder / name}" for name in ("data", "parameters")]
    return [
        "month",
        "2025-09",
        "--as-of",
        "2025-10-15",
        *told,
        "--format",
        "html,csv",
        "--workers",
        "1",
    ]


@pytest.mark.rule("R9", "Archives of format 1 stay readable")
def test_an_archive_of_format_1_is_whole_and_attacked(old: Path, capsys) -> None:
    """`status` and `attack` exit 0; nothing of it is asked for that the format did not have."""
    assert run(old, "status") == 0
    assert "Arkisto on ehjä: 1 julkaisu." in capsys.readouterr().out
    assert run(old, "attack") == 0
    assert "Mikään ei kaatunut" in capsys.readouterr().out
    (record,) = read_archive(old / "ledger.jsonl").records
    assert (record.manifest, record.heads, record.invented) == ("", {}, None)


@pytest.mark.slow
@pytest.mark.rule("R9", "Each line holds the hash of the release's manifest and keyed digests")
def test_an_archive_of_format_1_goes_on_in_format_2(
    old: Path, two_members: TwoMembers, capsys
) -> None:
    """The next month is approved; its line holds what lies beside it, the old line is untouched."""
    before = (old / "ledger.jsonl").read_bytes()
    assert run(old, *september(two_members)) == 0
    assert run(old, *approve("2025-09")) == 0
    assert (old / "ledger.jsonl").read_bytes().startswith(before)
    new = lines(old)[-1]
    assert (new["format"], new["kind"], new["invented"]) == (2, "approved", True)
    assert len(new["manifest"]) == 64 and set(new["heads"]) == {"key", "verify", "handover"}
    assert run(old, "status") == 0 and run(old, "attack") == 0
    log = old / "restricted" / "verify.jsonl"
    whole = log.read_bytes()
    log.write_bytes(b"")
    capsys.readouterr()
    assert run(old, "status") == 2
    assert "verify.jsonl on tyhjennetty tai katkaistu" in capsys.readouterr().out
    log.write_bytes(whole)
    _lost_page_of_format_1(old)


def _lost_page_of_format_1(old: Path) -> None:
    """Made again by the newer program: a line says so, and holds the new manifest."""
    shutil.rmtree(old / "2025-08" / "179-Jyvaskyla")
    assert run(old, "status") == 1
    assert run(old, *approve("2025-08")) == 0
    made = lines(old)[-1]
    assert (made["kind"], made["release"]) == ("rendered", "2025-08")
    assert run(old, "status") == 0 and run(old, "attack") == 0
    assert run(old, *approve("2025-08")) == 0
    assert lines(old)[-1] == made


@pytest.mark.slow
def test_an_upgrade_in_mid_year(old: Path, two_members: TwoMembers, tmp_path: Path, capsys) -> None:
    """September by the older folder is refused with the lines to paste; with them the archive goes on.

    Pages that were sent are as they were, and no draft or line is left of the refusal.
    """
    parameters = Path(shutil.copytree(two_members.folder / "parameters", tmp_path / "parameters"))
    rules, area = parameters / "rules.yml", parameters / "area.yml"
    for path, keys in ((rules, "recorded_step|recorded_share|retention"), (area, "roles")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"^({keys}):\n(  .*\n)+", "", text, flags=re.M), encoding="utf-8")
    before = contents(old)
    words = [*september(two_members), "--parameters", str(parameters)]
    assert run(old, *words) == 2
    said = capsys.readouterr().err
    assert said.count("liitä tiedostoon nämä rivit") == 4
    assert {n: b for n, b in contents(old).items() if n != "restricted/.lock"} == before
    pasted = re.split(r"^  (?:area|rules)\.yml: (\w+): .*\n", said, flags=re.M)[1:]
    for key, lines in zip(pasted[::2], pasted[1::2], strict=True):
        with (area if key == "roles" else rules).open("a", encoding="utf-8") as file:
            file.write(lines)
    assert run(old, *words) == 0 and run(old, *approve("2025-09")) == 0
    assert run(old, "status") == 0 and run(old, "attack") == 0
    now = contents(old)
    assert {n: now.get(n) for n in before if n.startswith("2025-08/")} == {
        n: b for n, b in before.items() if n.startswith("2025-08/")
    }
