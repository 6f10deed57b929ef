"""A run that is killed at any moment: the next one finishes the rest, to the same byte."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from worlds.two_members import TwoMembers, approve, contents, kuntakoonti, with_key

from kuntakoonti.core.files import replace_folder
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.lock import exclusive_lock

pytestmark = pytest.mark.slow

RUN = "from kuntakoonti.cli.main import main; sys.exit(main(sys.argv[2:]))"
# Kills its own group before the n-th change that this process makes to the disk.
WATCHED = f"""
import os, signal, sys
changes, last = 0, int(sys.argv[1])
def watch(event, values):
    global changes
    writes = event == "open" and values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
        changes += 1
        if changes == last:
            os.killpg(0, signal.SIGKILL)
sys.addaudithook(watch)
{RUN}
"""
KILLS = 4


@pytest.mark.parametrize("seed", [1])
def test_a_run_that_is_killed_again_and_again_is_finished_by_the_next(
    seed: int, two_members: TwoMembers, tmp_path: Path
) -> None:
    """Draft, approval and the year's approval: at any time, and before any change to the disk."""
    chance = random.Random(seed)
    whole, killed = with_key(tmp_path / "whole"), with_key(tmp_path / "killed")
    month, year_end = two_members.month, two_members.year_end
    for words in (month, approve("2025-08"), year_end, approve("2025-tasaus")):
        seconds, changes = _measured([*words, "--output", str(whole)])
        for number in range(KILLS if words != year_end else 0):
            part = (number + chance.random()) / KILLS
            _killed([*words, "--output", str(killed)], seconds=part * seconds)
            _killed([*words, "--output", str(killed)], changes=1 + int(part * changes))
        kuntakoonti(*words, "--output", str(killed))
        assert contents(killed) == contents(whole), words[0]


@pytest.mark.parametrize("state", ["new", "old"])
def test_a_folder_that_a_killed_run_was_replacing_is_there_again(
    state: str, tmp_path: Path
) -> None:
    """Killed between the two renamings, the old one comes back; after them it goes away."""
    _of_an_earlier_run(tmp_path)
    target, new = tmp_path / "protected" / "2025-08", tmp_path / "new"
    for folder in (target, new):
        folder.mkdir(parents=True)
        (folder / "is").write_text("old" if folder == target else "new")
    aside = target.with_name(".2025-08.old")
    if state == "old":
        target.replace(aside)
    else:
        shutil.copytree(target, aside)
        replace_folder(new, target)
        aside.mkdir()
    with exclusive_lock(OutputFolder(tmp_path)):
        assert not aside.exists() and (target / "is").read_text() == state


def test_what_a_killed_run_left_half_made_is_cleared(tmp_path: Path) -> None:
    """Files and folders beside their places, in every room of OUTPUT; nothing else is touched."""
    _of_an_earlier_run(tmp_path)
    kept = [tmp_path / "protected" / name for name in ("x.json", ".hidden", "half.part")]
    left = [tmp_path / "protected" / ".x.json.part", tmp_path / "draft" / ".857.part" / "half.html"]
    for path in (*kept, *left, tmp_path / ".kuntakoonti-x" / "restricted" / "exact.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    with exclusive_lock(OutputFolder(tmp_path)):
        files = {p for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {*kept, tmp_path / "restricted" / ".lock"}


def _of_an_earlier_run(output: Path) -> None:
    """The lock's file, by which a run knows that a folder is the program's."""
    (output / "restricted").mkdir()
    (output / "restricted" / ".lock").touch()


def _started(words: Sequence[str], changes: int = 0) -> subprocess.Popen[bytes]:
    """A command in a process group of its own, which ends itself before the n-th change; 0: never."""
    program = [sys.executable, "-c", WATCHED, str(changes), *words]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(program, stdout=quiet, stderr=quiet, start_new_session=True)


def _measured(words: Sequence[str]) -> tuple[float, int]:
    """Run a command to its end; its seconds, and how often it changed the disk."""
    counting = (
        f"{WATCHED.replace(RUN, '')}\nimport atexit\natexit.register(lambda: print(changes))\n{RUN}"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", counting, "0", *words], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return time.monotonic() - started, int(done.stdout.split()[-1])


def _killed(words: Sequence[str], seconds: float = 600, changes: int = 0) -> None:
    """Start a command and kill it with all its workers, if it has not ended before."""
    process = _started(words, changes)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
