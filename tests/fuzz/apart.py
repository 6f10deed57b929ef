"""A command in a process of its own, with a limit of time and memory: what it said and how it ended."""

import hashlib
import os
import resource
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from kuntakoonti.cli.main import main

SECONDS, BYTES = 30, 6 << 30
# What commands load where they start: loaded once, before the forks, a case costs a fifth.
ROOMS = (
    "example", "parameters.new_area", "parameters.run_file", "release.attack_check", "release.authority",
    "release.correct", "release.draft", "release.dry_run", "release.mend", "release.prepare",
    "release.records", "release.status", "restricted.preparation.stages",
)  # fmt: skip


def preload() -> None:
    """Load what every case would load again."""
    for room in ROOMS:
        import_module(f"kuntakoonti.{room}")
    import_module("pyarrow.parquet")


@dataclass(frozen=True)
class Ended:
    """The status that `os.waitpid` gives, all that was said, and how long it took in CPU seconds."""

    status: int
    said: str
    seconds: float

    @property
    def code(self) -> int:
        """The exit code, or minus the number of the signal."""
        return os.waitstatus_to_exitcode(self.status)


def run_apart(words: tuple[str, ...], folder: Path, said: Path) -> Ended:
    """Run ``kuntakoonti`` in a fork whose current folder is ``folder``; what it says goes to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _live(words, folder, said)
    _, status, used = os.wait4(pid, 0)
    text = said.read_text(encoding="utf-8", errors="replace")
    return Ended(status, text, used.ru_utime + used.ru_stime)


def _live(words: tuple[str, ...], folder: Path, said: Path) -> None:
    code = 99
    try:
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        os.chdir(folder)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        signal.alarm(20 * SECONDS)
        code = main(words)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 98
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def digest_of(folder: Path) -> str:
    """Every name and byte of a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()
