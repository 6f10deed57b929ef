"""R9: what lies beside the ledger is held fast by it; what was not made is listed and never adopted."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from worlds.two_members import VERIFY, TwoMembers, approve, told

from kuntakoonti.cli.main import main
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.index import write_index
from kuntakoonti.release.jobs import open_releases

PAGE = "2025-08/179-Jyvaskyla/179-Jyvaskyla-koontitiedot-2025-08"


def run(output: Path, *words: str) -> int:
    return main([*words, "--output", str(output)])


def seen(output: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, int, str]:
    """The exit codes of `status` and `attack`, and what `status` said."""
    capsys.readouterr()
    code = run(output, "status")
    said = capsys.readouterr().out
    return code, run(output, "attack"), said


def rehash(output: Path, name: str) -> None:
    """Write the changed file's hash into the manifest of its release."""
    path = output / "2025-08" / "manifest.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    digest = hashlib.sha256((output / name).read_bytes()).hexdigest()
    body["files"][name.removeprefix("2025-08/")] = digest
    path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def test_a_whole_archive(archive: Path, capsys) -> None:
    """Nothing is said of anything."""
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (0, 0) and "Arkisto on ehjä: 1 julkaisu." in said


CHANGES = dict.fromkeys(("html", "xlsx", "pdf"), (b"a", b"b")) | {
    "csv": (b"0,,,final", b"1,,,final")
}


@pytest.mark.rule("R9", "A line holds the hash of the release's manifest")
@pytest.mark.parametrize("suffix", ["html", "xlsx", "pdf", "csv"])
def test_an_edited_page_is_seen_also_with_a_rehashed_manifest(
    suffix: str, archive: Path, capsys
) -> None:
    """Exit 1 of both; approving again makes the bytes that were approved."""
    page = archive / f"{PAGE}.{suffix}"
    whole = page.read_bytes()
    page.write_bytes(whole.replace(*CHANGES[suffix], 1))
    assert seen(archive, capsys)[:2] == (1, 1)
    rehash(archive, f"{PAGE}.{suffix}")
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (1, 1) and "MUUTTUNUT manifest.json" in said
    if suffix == "csv":
        assert run(archive, *approve("2025-08")) == 0
        assert page.read_bytes() == whole and seen(archive, capsys)[0] == 0


@pytest.mark.parametrize("name", ["index.html", "dispatch.csv", "sent.csv"])
def test_an_edited_list_is_seen(name: str, archive: Path, capsys) -> None:
    """The lists at the root have keyed digests in ``restricted/``."""
    path = archive / name
    path.write_bytes(path.read_bytes().replace(b"179", b"500", 1))
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (1, 1) and f"MUUTTUNUT {name}" in said


@pytest.mark.rule("R9", "A line holds keyed digests of the heads of the other chained lists")
@pytest.mark.parametrize("how", ["emptied", "removed", "cut with its figures"])
def test_a_list_that_lost_lines_is_seen(how: str, archive: Path, capsys) -> None:
    """Also where the given-out figures are removed with it: the ledger knows the line."""
    log = archive / "restricted" / "verify.jsonl"
    if how == "emptied":
        log.write_bytes(b"")
    else:
        log.unlink()
    if how == "cut with its figures":
        shutil.rmtree(archive / "restricted" / "verified")
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (2, 2) and "verify.jsonl on tyhjennetty tai katkaistu" in said


@pytest.mark.parametrize("room", ["restricted", "protected"])
def test_an_opened_room_is_seen_and_closed_by_the_next_run(
    room: str, archive: Path, two_members: TwoMembers, capsys
) -> None:
    """Every folder in ``restricted/`` is 700 after a run, whatever was there before."""
    for folder in (archive / room, *(p for p in (archive / room).rglob("*") if p.is_dir())):
        folder.chmod(0o755)
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (1, 1) and f"AVOIN {room}" in said
    assert main([*VERIFY, *told(two_members), "--output", str(archive)]) == 0
    folders = [archive / room, *(p for p in (archive / "restricted").rglob("*") if p.is_dir())]
    assert {p.stat().st_mode & 0o777 for p in folders} == {0o700}


STRAYS = (
    ".DS_Store", "179-Jyvaskyla/exact.txt", "179-Jyvaskyla/~$note.xlsx", "muistiinpano.txt",
    "179-Jyvaskyla/.ipynb_checkpoints/x.ipynb", "area/exact.csv",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.rule("R9", "A manifest lists what was made, not what lies in a folder")
def test_strays_are_listed_and_never_adopted_sent_or_in_the_way(
    archive: Path, two_members: TwoMembers, capsys
) -> None:
    """`status` and `attack` exit 0; manifest, dispatch list and index do not know them."""
    manifest = (archive / "2025-08" / "manifest.json").read_bytes()
    for name in STRAYS:
        path = archive / "2025-08" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("secret,7\n", encoding="utf-8")
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (0, 0) and said.count("EI KUULU JULKAISUUN") == len(STRAYS)
    (archive / f"{PAGE}.html").unlink()
    assert run(archive, *approve("2025-08")) == 0
    output = OutputFolder(archive)
    write_index(output, open_releases(output), "")
    assert (archive / "2025-08" / "manifest.json").read_bytes() == manifest
    lists = [(archive / n).read_text(encoding="utf-8") for n in ("dispatch.csv", "index.html")]
    assert not [n for n in STRAYS for text in lists if n.split("/")[-1] in text]
    assert all((archive / "2025-08" / name).exists() for name in STRAYS)
    month = ["month", "2025-09", "--as-of", "2025-10-15", *told(two_members), "--workers", "1"]
    assert run(archive, *month, "--approve-by", "controller") == 0
    assert seen(archive, capsys)[0] == 0


@pytest.mark.parametrize("place", ["179-Jyvaskyla/exact.csv", "179-Jyvaskyla", "linked"])
def test_a_link_is_damage_and_nothing_behind_it_is_read(place: str, archive: Path, capsys) -> None:
    """Of a file, of a made folder, and of another one: exit 1."""
    release, behind = archive / "2025-08", archive / "restricted" / "behind"
    behind.mkdir()
    (behind / "x.csv").write_text("not,of,the,contract\n", encoding="utf-8")
    if place == "179-Jyvaskyla":
        shutil.move(release / place, behind / place)
        (release / place).symlink_to(behind / place)
    else:
        (release / place).symlink_to(behind / "x.csv" if place.endswith(".csv") else behind)
    code, attacked, said = seen(archive, capsys)
    assert (code, attacked) == (1, 1) and f"LINKKI {place}" in said


def test_two_verifications_at_once_lose_no_line(archive: Path, two_members: TwoMembers) -> None:
    """Each waits for the other: as many lines as were asked for, in list and ledger."""
    words = [*VERIFY, *told(two_members), "--output", str(archive)]
    command = [sys.executable, "-m", "kuntakoonti", *words]
    runs = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(240) for run in runs] == [0, 0]
    lines = (archive / "restricted" / "verify.jsonl").read_bytes().splitlines()
    ledger = (archive / "ledger.jsonl").read_bytes().splitlines()
    assert (len(lines), len(ledger)) == (3, 4)


def _without_line_end(content: bytes) -> bytes:
    return content.removesuffix(b"\n")


def _crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _doubled(content: bytes) -> bytes:
    return content + content.splitlines(keepends=True)[-1]


def _half_more(content: bytes) -> bytes:
    return content + content[: len(content) // 3].replace(b"\n", b"")


@pytest.mark.parametrize("name", ["ledger.jsonl", "restricted/verify.jsonl"])
@pytest.mark.parametrize("damage", [_without_line_end, _crlf, _doubled, _half_more])
def test_a_damaged_end_is_mended_only_by_the_named_command(
    damage, name: str, archive: Path, two_members: TwoMembers, capsys
) -> None:
    """Nothing is appended to it before; then the list is as it was, and its damaged form is kept."""
    path = archive / name
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    code, _, said = seen(archive, capsys)
    assert code == 2 and f"kuntakoonti mend {path.name}" in said
    assert main([*VERIFY, *told(two_members), "--output", str(archive)]) == 2
    assert path.read_bytes() == damage(whole)
    assert run(archive, "mend", path.name) == 0
    assert path.read_bytes() == whole and seen(archive, capsys)[0] == 0
    (kept,) = (archive / "restricted" / "mended").iterdir()
    assert kept.read_bytes() == damage(whole)
    assert run(archive, "mend", path.name) == 0


def test_a_cut_list_is_not_mended(archive: Path, capsys) -> None:
    """Half of its only line: what is left would lack a line that is known elsewhere."""
    for name in ("ledger.jsonl", "restricted/verify.jsonl"):
        path = archive / name
        whole = path.read_bytes()
        half = whole[: len(whole) // 3]
        path.write_bytes(half)
        assert run(archive, "mend", path.name) == 2
        assert path.read_bytes() == half
        path.write_bytes(whole)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["2025-08", "2025-08/manifest.json", "protected/2025-08"])
def test_an_approval_stops_before_the_ledger_grows(
    lost: str, archive: Path, two_members: TwoMembers, capsys
) -> None:
    """An earlier release is not all there: exit 2, its name and what to do, not a byte more."""
    month = ["month", "2025-09", "--as-of", "2025-10-15", *told(two_members), "--workers", "1"]
    assert run(archive, *month, "--format", "csv") == 0
    place = archive / lost
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    before = (archive / "ledger.jsonl").read_bytes()
    capsys.readouterr()
    assert run(archive, *approve("2025-09")) == 2
    said = capsys.readouterr().err
    assert "2025-08" in said and "Mitään ei julkaistu" in said
    assert (archive / "ledger.jsonl").read_bytes() == before
    assert not (archive / "2025-09").exists() and (archive / "draft" / "2025-09").exists()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_all_damage_is_listed_at_once(archive: Path, capsys) -> None:
    """`status` goes on: a broken manifest, an unreadable list of outcomes and a looping mark."""
    (archive / "2025-08" / "manifest.json").write_bytes(b"\xff\xfe")
    (archive / "restricted" / "log" / "2025-08.json").write_text("[[", encoding="utf-8")
    sent = archive / "sent.csv"
    sent.unlink()
    sent.symlink_to("sent.csv")
    code, _, said = seen(archive, capsys)
    assert code == 2
    for part in ("PUUTTUU manifest.json", "log/2025-08.json ei ole JSONia", "sent.csv on linkki"):
        assert part in said, said
