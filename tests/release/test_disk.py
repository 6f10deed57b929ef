"""A disk that is full, read-only or forbidden: what is said, and that nothing is half made."""

import os
import resource
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from worlds.two_members import TwoMembers, approve, contents, kuntakoonti, with_key

from kuntakoonti.core.files import append_line

pytestmark = pytest.mark.slow

OWN_ROOM = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
MOUNTS = not subprocess.run([*OWN_ROOM, "mount -t tmpfs none /mnt"], capture_output=True).returncode
needs_mount = pytest.mark.skipif(
    not MOUNTS, reason="this system lets nobody mount a disk of his own"
)
WITHOUT_RIGHTS = (
    "" if os.getuid() else "unshare --user"
)  # root, but with no more rights than owners


@pytest.fixture(scope="module")
def whole(two_members: TwoMembers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """OUTPUT after a draft and after its approval, on a disk with room."""
    drafted = with_key(tmp_path_factory.mktemp("whole") / "drafted")
    kuntakoonti(*two_members.month, "--output", str(drafted))
    approved = Path(shutil.copytree(drafted, drafted.with_name("approved")))
    kuntakoonti(*approve("2025-08"), "--output", str(approved))
    return {"drafted": drafted, "approved": approved}


@needs_mount
def test_a_draft_on_a_full_disk_says_so_and_is_finished_with_room(
    two_members: TwoMembers, whole: dict[str, Path], tmp_path: Path
) -> None:
    """Full from the start, in the preparation and among the reports; then the disk grows."""
    found = _on_disks(tmp_path, None, two_members.month, ("size=8k", "size=100k", "size=320k"))
    assert found.codes == [1, 1, 1, 0]
    assert found.said.count("levy on täynnä. Vapauta tilaa") >= 3, found.said
    assert "Traceback" not in found.said and found.files == contents(whole["drafted"])


@needs_mount
def test_an_approval_on_a_full_disk_leaves_draft_and_archive_as_they_are(
    two_members: TwoMembers, whole: dict[str, Path], tmp_path: Path
) -> None:
    """The ledger has no line of it, not even half of one; with room it is approved."""
    drafted = whole["drafted"]
    used = subprocess.run(["du", "-sk", drafted], capture_output=True, text=True, check=True)
    full = int(used.stdout.split()[0])  # a disk cannot be made smaller than what is on it
    disks = (f"size={full + 20}k", f"size={full + 180}k")
    found = _on_disks(tmp_path, drafted, approve("2025-08"), disks)
    assert found.codes == [1, 1, 0] and found.ledgers == ["", ""]
    assert "levy on täynnä. Vapauta tilaa" in found.said and "Traceback" not in found.said
    assert found.files == contents(whole["approved"])


@needs_mount
def test_a_disk_that_is_read_only_is_said(two_members: TwoMembers, tmp_path: Path) -> None:
    """At once, with what to do; nothing is left that would be in the way of the next run."""
    found = _on_disks(tmp_path, None, two_members.month, ("ro,size=64m",))
    assert found.codes == [1, 0] and "Traceback" not in found.said
    assert "levylle ei voi kirjoittaa. Valitse toinen --output" in found.said


@needs_mount
def test_a_log_that_cannot_be_written_is_said(
    two_members: TwoMembers, whole: dict[str, Path], tmp_path: Path
) -> None:
    """The log's folder is read-only: exit code 1, no half draft; writable, the draft is the same."""
    drafted = Path(shutil.copytree(whole["drafted"], tmp_path / "drafted"))
    shutil.rmtree(drafted / "draft")
    for mark in (drafted / "restricted" / "log").iterdir():
        mark.unlink()
    log = drafted / "restricted" / "log"
    command = _shell([*two_members.month, "--output", str(drafted)])
    ran = subprocess.run(
        [*OWN_ROOM, f"mount --bind {log} {log} && mount -o remount,bind,ro {log} && {command}"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert "2025-08.run: levylle ei voi kirjoittaa" in ran.stderr
    kuntakoonti(*two_members.month, "--output", str(drafted))
    assert contents(drafted) == contents(whole["drafted"])


@pytest.mark.skipif(not os.getuid() and not MOUNTS, reason="root may write everywhere here")
@pytest.mark.parametrize("forbidden", [".", "restricted/made"])
def test_a_folder_without_permission_is_said(
    forbidden: str, two_members: TwoMembers, whole: dict[str, Path], tmp_path: Path
) -> None:
    """Exit code 1 and what to do; with the permission the same command makes the draft."""
    output = tmp_path / "outputs"
    if forbidden == ".":
        output.mkdir()
    else:
        shutil.copytree(whole["drafted"], output)
        for folder in ("draft", forbidden):
            shutil.rmtree(output / folder)
            (output / folder).mkdir()
    words = [*two_members.month, "--output", str(output)]
    (output / forbidden).chmod(0o500)
    ran = subprocess.run(
        ["sh", "-c", f"{WITHOUT_RIGHTS} {_shell(words)}"], capture_output=True, text=True
    )
    (output / forbidden).chmod(0o700)
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert "siihen ei ole oikeutta. Pyydä oikeus" in ran.stderr
    if forbidden == ".":
        assert list(output.iterdir()) == []
    else:
        kuntakoonti(*words)
        assert contents(output) == contents(whole["drafted"])


def test_a_file_in_the_place_of_the_output_is_said(two_members: TwoMembers, tmp_path: Path) -> None:
    """Exit code 1 and what to do; the file stays as it is."""
    (tmp_path / "outputs").write_text("mine")
    with pytest.raises(AssertionError, match="sen tilalla on tiedosto"):
        kuntakoonti(*two_members.month, "--output", str(tmp_path / "outputs"))
    assert (tmp_path / "outputs").read_text() == "mine"


def test_a_limit_on_the_size_of_files_costs_the_reports_that_exceed_it(
    two_members: TwoMembers, whole: dict[str, Path], tmp_path: Path
) -> None:
    """Pages that are too large fail with what to do, small ones are made; without the limit, the rest."""
    drafted = Path(shutil.copytree(whole["drafted"], tmp_path / "drafted"))
    allowed = max(p.stat().st_size for p in (drafted / "draft").rglob("statement*"))
    shutil.rmtree(drafted / "draft")
    words = [*two_members.month, "--output", str(drafted)]
    ran = subprocess.run(
        [sys.executable, "-m", "kuntakoonti", *words],
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")},  # its files are large
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, allowed)),
    )
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    failed = ran.stderr.count("Nosta rajaa (ulimit -f)")
    assert failed >= 1 and failed + ran.stderr.count("valmis\n") == 4
    kuntakoonti(*words)
    assert contents(drafted) == contents(whole["drafted"])


def test_a_line_is_appended_whole_or_not_at_all(tmp_path: Path) -> None:
    """The disk refuses in the middle of the line: the ledger stays as it was, with nothing beside it."""
    ledger = tmp_path / "ledger.jsonl"
    append_line(ledger, "first")
    pid = os.fork()
    if pid == 0:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            append_line(ledger, "x" * 2000)
        except OSError:
            os._exit(7)
        finally:
            os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert ledger.read_text() == "first\n" and list(tmp_path.iterdir()) == [ledger]
    append_line(ledger, "second")
    assert ledger.read_text() == "first\nsecond\n"


@dataclass(frozen=True)
class Found:
    """What a command did on one disk after another: exit codes, words, ledgers, what is there last."""

    codes: list[int]
    said: str
    ledgers: list[str]
    files: dict[str, bytes]


def _on_disks(folder: Path, start: Path | None, words: list[str], disks: tuple[str, ...]) -> Found:
    """Run a command on a disk with these mount options one after another, and last on one with room.

    ``start``: the OUTPUT that is on the disk; a new one with the known key if there is none.
    """
    output, last = folder / "outputs", folder / "last"
    output.mkdir()
    start = start or with_key(folder / "start")
    command = _shell([*words, "--output", str(output)])
    script = f"mount -t tmpfs -o size=64m none {output}; cp -a {start}/. {output}\n"
    for options in (*disks, "rw,size=64m"):
        script += f"mount -o remount,{options} none {output}\n{command}; echo $?\n"
        script += f"cat {output}/ledger.jsonl >> {folder}/ledger{options}; true\n"
    ran = subprocess.run(
        [*OWN_ROOM, f"{script} cp -a {output} {last}"], capture_output=True, text=True
    )
    codes = [int(line) for line in ran.stdout.splitlines() if line.isdigit()]
    ledgers = [(folder / f"ledger{options}").read_text() for options in disks]
    return Found(codes, ran.stderr, ledgers, contents(last))


def _shell(words: list[str]) -> str:
    return shlex.join([sys.executable, "-m", "kuntakoonti", *words])
