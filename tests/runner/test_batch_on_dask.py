"""A batch on this machine and on Dask's workers, and what the analyst sees of it."""

import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.jobs import draft_jobs, open_release
from kuntakoonti.runner.batch import make_reports
from kuntakoonti.runner.job import Job, Outcome
from kuntakoonti.runner.make import make_report
from kuntakoonti.runner.progress import teller

RELEASE = "2025-08"
KILLS_ITS_PARENT = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"


@pytest.fixture
def jobs(drafted: Path) -> list[Job]:
    """CSV and HTML of all municipalities of a drafted month; none is made yet."""
    shutil.rmtree(drafted / "draft" / RELEASE)
    output = OutputFolder(drafted)
    jobs = draft_jobs(output, open_release(output, RELEASE), ("html", "csv"))
    return [job for job in jobs if job.municipality != "statement"]


# On this machine


@pytest.mark.slow
def test_two_killers_among_many_cost_two_reports(jobs: list[Job], tmp_path: Path) -> None:
    """Each is found by making the few suspects one by one; the rest is made beside each other."""
    wanted = [_with_cell(j, KILLS_ITS_PARENT, tmp_path) if n in (2, 9) else j for n, j in enumerate(jobs)]  # fmt: skip
    outcomes = make_reports(wanted, 2)
    assert [n for n, o in enumerate(outcomes) if o.state == "failed"] == [2, 9]
    assert all("prosessi kuoli" in outcomes[n].reason for n in (2, 9))
    assert all(Path(j.target).exists() is (n not in (2, 9)) for n, j in enumerate(jobs))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "muisti loppui tai prosessi lopetettiin"),
        ("import faulthandler, ctypes\nfaulthandler.disable()\nctypes.string_at(0)", "SIGSEGV"),
        ("import resource\nused = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\nresource.setrlimit(resource.RLIMIT_AS, (used + (1 << 28),) * 2)\nbytearray(4 << 30)", "MemoryError"),
        ("import sys\nsys.exit(0)", "päättyi kesken"),
        ("import sys\nsys.exit(4)", "SystemExit"),
        ("raise RuntimeError('010190-123A')", "RuntimeError"),
        ("while True: pass", "ei päättynyt ajassa (3 s)"),
    ],
)  # fmt: skip
def test_whatever_ends_a_notebook_costs_its_report_and_is_said(
    cell: str, said: str, jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Error, exit, crash, memory, endless loop: a reason that quotes nothing, and no report."""
    from kuntakoonti.runner import make as report

    monkeypatch.setattr(report, "CELL_SECONDS", 3 if "while" in cell else 300)
    outcome = make_report(_with_cell(jobs[0], cell, tmp_path))
    assert outcome.state == "failed" and said in outcome.reason
    assert "010190" not in outcome.reason and str(tmp_path) not in outcome.reason
    assert not Path(jobs[0].target).exists()
    assert make_report(jobs[1]).state == "done"


def test_workers_end_with_the_batch_that_is_killed(jobs: list[Job], tmp_path: Path) -> None:
    """SIGKILL of the run: no worker goes on writing, not even one that is in an endless cell."""
    place = tmp_path / "pids"
    place.mkdir()
    source = (
        f"import os, pathlib\npathlib.Path({str(place)!r}, str(os.getpid())).touch()\n"
        f"pathlib.Path({str(place)!r}, str(os.getppid())).touch()\nwhile True: pass"
    )
    wanted = [_with_cell(job, source, tmp_path) for job in jobs[:2]]
    program = (
        "import pickle, sys\nfrom kuntakoonti.runner.batch import make_reports\n"
        "make_reports(pickle.loads(sys.stdin.buffer.read()), 2)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as run:
        assert run.stdin
        run.stdin.write(pickle.dumps(wanted))
        run.stdin.close()
        _wait(lambda: len(list(place.iterdir())) == 4)
        run.kill()
    for pid in [int(p.name) for p in place.iterdir()]:
        _wait(lambda pid=pid: not _lives(pid))


def test_an_interrupt_ends_a_batch_soon(jobs: list[Job], tmp_path: Path) -> None:
    """Reports that have not begun are not made after it."""
    heard: list[Outcome] = []

    def interrupt(outcome: Outcome) -> None:
        heard.append(outcome)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_reports(jobs, 1, interrupt)
    assert len(heard) == 1 and sum(Path(j.target).exists() for j in jobs) < len(jobs) - 2


# On Dask's workers


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread, each a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    first = [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    started = [subprocess.Popen(first, **quiet)]  # type: ignore[call-overload]
    started += [subprocess.Popen(worker, **quiet) for _ in range(2)]  # type: ignore[call-overload]
    try:
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_dask_makes_the_same_reports_although_a_worker_is_killed(
    jobs: list[Job], scheduler: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    """A real scheduler, two workers, one killed in the middle: every report is made, byte for byte."""
    from distributed import Client

    address, workers = scheduler
    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)
    heard: list[Outcome] = []

    def kill_one(outcome: Outcome) -> None:
        heard.append(outcome)
        if len(heard) == 3:
            workers[0].send_signal(signal.SIGKILL)

    outcomes = make_reports(jobs, address, kill_one)
    states = {o.state for o in outcomes}  # what the dead one had put in place is found unchanged
    assert states <= {"done", "unchanged"} and "done" in states
    assert len(outcomes) == len(heard) == len(jobs)
    assert workers[0].poll() == -signal.SIGKILL and workers[1].poll() is None
    there = [_bytes(Path(job.target)) for job in jobs]
    for job in jobs:
        shutil.rmtree(job.target)
    assert {o.state for o in make_reports(jobs, 2)} == {"done"}
    assert [_bytes(Path(job.target)) for job in jobs] == there
    assert {o.state for o in make_reports(jobs, "tcp://127.0.0.1:1")} == {"unchanged"}


def test_a_dask_that_cannot_work_is_said(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody at the address, or the extra is not installed: a sentence with what to do."""
    from kuntakoonti.runner import dask as cluster

    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 1)
    for wrong in ("tcp://127.0.0.1:1", "not an address"):
        with pytest.raises(UsageError, match="Käynnistä dask scheduler"):
            make_reports(jobs[:1], wrong)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match="pip install distributed"):
        make_reports(jobs[:1], "tcp://127.0.0.1:1")


def test_a_dask_worker_with_threads_is_refused(jobs: list[Job]) -> None:
    """A report changes its process's environment; a scheduler without workers is refused, too."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as threads:
        with pytest.raises(UsageError, match="--nthreads 1"):
            make_reports(jobs[:1], threads.scheduler_address)
        threads.scale(0)
        _wait(lambda: not threads.scheduler.workers)
        with pytest.raises(UsageError, match="ei ole yhtään työläistä"):
            make_reports(jobs[:1], threads.scheduler_address)


# What the analyst sees


def test_without_a_terminal_every_report_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Number, municipality, state and reason, by the command line's own way to say things."""
    said: list[str] = []
    tell = teller(3, Messenger(write=said.append))
    for outcome in _three():
        tell(outcome)
    assert said == [
        "[1/3] 297 Kuopio: valmis",
        "[2/3] 844 Tervo: EPÄONNISTUI. Katso restricted/log/2025-08-844.log.",
        "[3/3] 857 Tuusniemi: ennallaan",
    ]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_one_bar_with_names_failures_and_time_left() -> None:
    """The bar is written over itself; only a failure has a line, and it stays."""
    said: list[str] = []
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (25, 100))
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        assert terminal.isatty()
        tell = teller(3, Messenger(write=said.append), terminal)
        for outcome in _three():
            time.sleep(0.15)
            tell(outcome)
    shown = _read(ours)
    assert said == []
    assert shown.count("844 Tervo: EPÄONNISTUI. Katso restricted/log/2025-08-844.log.\r\n") == 1
    last = shown.rstrip().rpartition("\r")[2]
    assert "100 %" in last and "3/3" in last and "jäljellä 00:00" in last
    assert last.endswith("857 Tuusniemi, epäonnistui 1")
    assert "297 Kuopio" in shown and shown.count("\n") == 2


def _read(terminal: int) -> str:
    """Everything that a closed terminal has shown."""
    shown = b""
    with suppress(OSError):
        while more := os.read(terminal, 1 << 16):
            shown += more
    os.close(terminal)
    return shown.decode()


def _three() -> list[Outcome]:
    return [
        Outcome("297", "297 Kuopio", "done"),
        Outcome(
            "844",
            "844 Tervo",
            "failed",
            (("Katso restricted/log/{log}.", (("log", "2025-08-844.log"),)),),
        ),
        Outcome("857", "857 Tuusniemi", "unchanged"),
    ]


def _with_cell(job: Job, source: str, folder: Path) -> Job:
    """The job with a notebook that has one more code cell, near its end."""
    notebook = nbformat.read(job.notebook, as_version=4)
    notebook.cells.insert(-1, nbformat.v4.new_code_cell(source, id="added-00"))
    path = folder / f"{job.municipality}.ipynb"
    nbformat.write(notebook, path)
    return replace(job, notebook=str(path), formats=("csv",))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait(until, seconds: float = 60) -> None:  # type: ignore[no-untyped-def]
    """Wait for something; AssertionError if it does not happen."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)
