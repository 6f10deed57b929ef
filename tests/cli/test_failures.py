"""What went wrong, in one sentence and an exit code; a person's value is never quoted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from worlds.places import EXAMPLE
from worlds.releases import run_month

from kuntakoonti.cli.failures import say_failure
from kuntakoonti.core.errors import EXIT_STOPPED
from kuntakoonti.core.files import disk_refusal
from kuntakoonti.core.messages import Messenger
from kuntakoonti.release import prepare


def said_of(error: BaseException) -> tuple[int, str]:
    """Exit code and what is said of an error."""
    heard: list[str] = []
    code = say_failure(error, Messenger(write=heard.append))
    return code, "\n".join(heard)


def test_a_full_disk_is_said_with_the_files_name_and_what_to_do() -> None:
    """No path."""
    with pytest.raises(OSError) as caught:
        Path("/dev/full").write_text("x", encoding="utf-8")
    caught.value.filename = "/secret/folder/index.html"
    code, said = said_of(caught.value)
    assert code == 1 and said.startswith("index.html: levy on täynnä. Vapauta tilaa")
    assert "/secret" not in said


def test_a_file_that_is_not_there_is_no_disks_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program without its notebook: what is missing is said, not that a disk refused."""
    monkeypatch.setattr(prepare, "PROJECT", tmp_path)
    assert run_month("2025-08", "2025-09-15", tmp_path / "o") == 1
    said = capsys.readouterr().err
    assert "prepare_area.ipynb: tiedostoa tai kansiota ei ole." in said and "levy" not in said
    assert disk_refusal(FileNotFoundError(2, "No such file or directory", "x")) is None
    assert not (tmp_path / "o").exists()


def test_an_error_of_the_system_that_is_no_disks_is_said() -> None:
    """A name that is too long, an address that does not answer."""
    code, said = said_of(OSError(36, "File name too long", "a" * 300))
    assert code == 1 and "järjestelmä ilmoitti virheen (File name too long)" in said


def test_memory_that_ran_out_is_said() -> None:
    code, said = said_of(MemoryError("010190-123A"))
    assert code == 1 and said.startswith("Muisti loppui.") and "123A" not in said


def test_a_query_that_is_stopped_is_no_fault() -> None:
    """Ctrl-C while DuckDB counts, which it answers by an error of its own."""
    assert said_of(RuntimeError("Query interrupted"))[0] == EXIT_STOPPED
    assert said_of(RuntimeError("another"))[0] == 1


def test_a_run_that_is_stopped_says_one_sentence_and_leaves_no_stage(tmp_path: Path) -> None:
    """Ctrl-C to the whole group, while reports are made: exit 130, and the next run may start."""
    output = tmp_path / "outputs"
    words = ["month", "2025-08", "--as-of", "2025-09-15", "--data", str(EXAMPLE)]
    command = [sys.executable, "-m", "kuntakoonti", *words, "--output", str(output)]
    process = subprocess.Popen(
        [*command, "--format", "csv"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # as a terminal gives it
    )
    assert process.stderr
    lines = []
    while not any(line.startswith("[1/") for line in lines):
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    os.killpg(process.pid, signal.SIGINT)
    rest = process.stderr.read().splitlines()
    process.stderr.close()
    assert process.wait() == EXIT_STOPPED
    assert rest[-1] == "Ajo keskeytettiin. Valmis on tallessa; sama komento jatkaa siitä."
    assert all(line.startswith("[") for line in rest[:-1]), rest
    assert not list(output.glob(".kuntakoonti-*"))


INTERRUPTED = """
import atexit, signal, sys
module = sys.argv.pop(1)
stop = lambda: signal.raise_signal(signal.SIGINT)
sys.addaudithook(lambda event, values: stop() if event == "import" and values[0] == module else None)
atexit.register(lambda: module == "none" and stop())
from kuntakoonti.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("kuntakoonti.cli.parser", EXIT_STOPPED),
        ("kuntakoonti.release.status", EXIT_STOPPED),
        ("none", 0),
    ],
)
def test_an_interrupt_is_no_traceback_at_any_moment(module: str, code: int, tmp_path: Path) -> None:
    """While the program is loaded, while a command is, and when all is done."""
    words = [sys.executable, "-c", INTERRUPTED, module, "status", "--output", str(tmp_path)]
    usual = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    done = subprocess.run(words, capture_output=True, text=True, preexec_fn=usual)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert done.stderr.count("Ajo keskeytettiin.") == (1 if code else 0)


@pytest.mark.parametrize("closed", ["2>&-", "2>&1 >/dev/null | true", ">&- 2>&- <&-"])
def test_nobody_who_hears_is_no_error(closed: str, tmp_path: Path) -> None:
    """A closed stderr, a pipe that nobody reads: the work is done all the same, and its exit code."""
    words = f"'{sys.executable}' -m kuntakoonti check --data '{EXAMPLE}' --as-of 2025-09-15"
    command = f"{{ {words} --csv '{tmp_path}/list.csv'; echo $? > '{tmp_path}/code'; }} {closed}"
    subprocess.run(["sh", "-c", command], check=False)
    assert (tmp_path / "code").read_text(encoding="utf-8").strip() == "0"
    assert (tmp_path / "list.csv").exists()
