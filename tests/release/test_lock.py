"""Two runs in one output folder: the second refuses; the lock goes with the process."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from worlds.releases import run_month

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.lock import exclusive_lock


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """It says so and leaves what the first is doing alone."""
    with (
        exclusive_lock(OutputFolder(tmp_path)),
        pytest.raises(UsageError, match="Toinen ajo"),
        exclusive_lock(OutputFolder(tmp_path)),
    ):
        pass
    with exclusive_lock(OutputFolder(tmp_path)):
        pass


def test_month_is_refused_while_another_run_holds_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and nothing is drafted."""
    with exclusive_lock(OutputFolder(tmp_path)):
        assert run_month("2025-08", "2025-09-15", tmp_path) == 2
    assert "Toinen ajo" in capsys.readouterr().err
    assert not (tmp_path / "draft").exists()


def test_a_short_command_waits_for_the_other_run(tmp_path: Path) -> None:
    """What would be refused at once is done when the other run has ended."""
    with (
        exclusive_lock(OutputFolder(tmp_path)),
        pytest.raises(UsageError),
        exclusive_lock(OutputFolder(tmp_path), patience=0.2),
    ):
        pass
    with exclusive_lock(OutputFolder(tmp_path), patience=0.2):
        pass


def test_a_folder_that_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    """A refused command in somebody's own folder removes and renames nothing."""
    (tmp_path / ".git.old").mkdir()
    (tmp_path / ".git.old" / "HEAD").write_text("x")
    (tmp_path / ".letter.part").write_text("x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".draft.part").write_text("x")
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    for _ in range(2):
        words = ["sent", "2025-08", "--municipality", "857", "--channel", "x"]
        assert main([*words, "--output", str(tmp_path)]) == 2
        assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == before


def test_a_killed_run_leaves_no_lock_and_its_stage_is_removed(tmp_path: Path) -> None:
    """SIGKILL in the middle; the next run starts at once and clears the stage."""
    hold = (
        "import sys, time; from pathlib import Path; from kuntakoonti.core.settings import OutputFolder; from kuntakoonti.release.lock import exclusive_lock\n"
        f"with exclusive_lock(OutputFolder(Path({str(tmp_path)!r}))):\n"
        f"    Path({str(tmp_path)!r}, '.kuntakoonti-dead').mkdir(); print('held', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    with pytest.raises(UsageError), exclusive_lock(OutputFolder(tmp_path)):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with exclusive_lock(OutputFolder(tmp_path)):
        assert not (tmp_path / ".kuntakoonti-dead").exists()


def test_a_folder_in_which_nothing_was_written_is_not_left_behind(tmp_path: Path) -> None:
    """A refused run makes no folder."""
    with (
        pytest.raises(UsageError, match="väärin"),
        exclusive_lock(OutputFolder(tmp_path / "outputs")),
    ):
        raise UsageError("väärin")
    assert not (tmp_path / "outputs").exists()


def test_the_lock_is_the_kernels(tmp_path: Path) -> None:
    """A leftover lock file without a process behind it stops nobody."""
    (tmp_path / "restricted").mkdir()
    (tmp_path / "restricted" / ".lock").write_text("")
    descriptor = os.open(tmp_path / "restricted" / ".lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="Toinen ajo"), exclusive_lock(OutputFolder(tmp_path)):
        pass
    os.close(descriptor)
    with exclusive_lock(OutputFolder(tmp_path)):
        assert (tmp_path / "restricted" / ".lock").exists()
