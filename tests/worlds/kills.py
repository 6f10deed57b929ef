"""Commands in forks, with a copy of OUTPUT from before every change of the disk: what a kill leaves there.

The pages' notebooks are not run and no PDF is set here (`test_killed` kills real runs): every figure, list,
mark, attack and ledger is real. A process alone writes, so that a copy is what SIGKILL would leave.
"""

import hashlib
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from worlds.two_members import contents

from kuntakoonti.cli.main import main
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release import authority, prepare
from kuntakoonti.release.lock import exclusive_lock
from kuntakoonti.restricted.preparation import trace
from kuntakoonti.runner import batch
from kuntakoonti.runner import make as reports
from kuntakoonti.runner.job import Job, Outcome

CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate")
WRITES = os.O_WRONLY | os.O_RDWR


@dataclass
class Watch:
    """Copies ``output`` into ``folder`` before each change, and what a write leaves half done.

    ``step``: one of so many is copied.
    """

    output: Path
    folder: Path
    step: int = 1
    number: int = 0
    busy: bool = False
    writing: list[Path] = field(default_factory=list)

    def __call__(self, event: str, values: tuple[Any, ...]) -> None:
        if self.busy or not (event in CHANGES or event == "open"):
            return
        if event == "open" and not (isinstance(values[2], int) and values[2] & WRITES):
            return
        self.busy = True
        try:
            self._keep(event, values)
        finally:
            self.busy = False

    def _keep(self, event: str, values: tuple[Any, ...]) -> None:
        for path in self.writing:  # before this change the file that was written is all there
            for share in (0, 0.5):
                self._copy(path, share)
        self.writing.clear()
        self._copy()
        if event == "open" and isinstance(values[0], str | os.PathLike):
            path = Path(values[0]).absolute()
            if path.is_relative_to(self.output) and values[2] & os.O_TRUNC:
                self.writing.append(path)

    def _copy(self, half: Path | None = None, share: float = 1) -> None:
        kept = self.folder / f"{self.number:05d}"
        self.number += 1
        if self.number % self.step or (half and not half.is_file()):
            return
        if self.output.exists():
            shutil.copytree(self.output, kept, symlinks=True)
        else:
            kept.mkdir()
            (kept / ".none").touch()
        if half:
            place = kept / half.relative_to(self.output)
            content = place.read_bytes()
            place.write_bytes(content[: int(len(content) * share)])


def forked(work: Callable[[], int], said: Path) -> int:
    """The exit code of some work in a fork; what it says goes to a file."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.stdout, sys.stderr = (os.fdopen(n, "w", closefd=False) for n in (1, 2))
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(words: Sequence[str], output: Path, watch: Watch | None = None) -> tuple[int, str]:
    """A command on an OUTPUT, in a fork with cheap pages; its exit code and words."""

    def work() -> int:
        if watch:
            sys.addaudithook(watch)
        return work_on(words, output)

    said = output.with_name(f"{output.name}.said")
    code = forked(work, said)
    return code, said.read_text(encoding="utf-8")


def work_on(words: Sequence[str], output: Path) -> int:
    """A command with cheap pages in this process, a fork; what it makes is open where it does not close it."""
    _cheap_pages()
    os.umask(0)
    return main([*words, "--output", str(output)])


def left_by_kills(
    words: Sequence[str], output: Path, folder: Path, step: int = 1
) -> Iterator[tuple[str, Path]]:
    """Run a command on ``output``; what a kill before every change, and within each write, left.

    Digest and folder of each. It is opened as the next run opens it, under the lock, which clears what is
    half made: most are then equal, and equal ones share a folder.
    """
    folder.mkdir()
    code, said = run(words, output, Watch(output, folder, step))
    assert code == 0, said
    seen: dict[str, Path] = {}
    for state in sorted(p for p in folder.iterdir()):
        if (state / ".none").exists():
            shutil.rmtree(state)
        digest = cleared_digest(state)
        if digest in seen and state.exists():
            shutil.rmtree(state)
        yield digest, seen.setdefault(digest, state)


def cleared_digest(folder: Path) -> str:
    """Every name and byte of an OUTPUT that was opened under the lock, by which what is half made goes."""
    if folder.exists():
        with exclusive_lock(OutputFolder(folder)):
            pass
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        content = path.read_bytes() if path.is_file() else b"/"
        found.update(f"{path.relative_to(folder)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def differences(one: Path, other: Path) -> list[str]:
    """The names of files that are not the same in two OUTPUTs."""
    first, second = contents(one), contents(other)
    return sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))


def open_folders(output: OutputFolder) -> list[Path]:
    """The folders in the private rooms that others can read."""
    found = (p for room in output.private_rooms for p in (room, *room.rglob("*")))
    return [p for p in found if p.is_dir() and p.stat().st_mode & 0o077]


def _cheap_pages() -> None:
    """In this process: pages without notebooks, the preparation without a kernel, one fixed moment."""

    def here(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
        return ((job, reports.make_report(job)) for job in jobs)

    def unread(notebook: Path, *_: object) -> NotebookNode:
        return nbformat.read(notebook, nbformat.NO_CONVERT)

    batch._on_this_machine = here
    reports.execute = unread
    reports.exported = lambda notebook, formats: dict.fromkeys(("html", "pdf"), b"page")
    prepare.execute = _prepared_here
    authority.datetime = trace.datetime = _Fixed  # type: ignore[attr-defined]


class _Fixed(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime(2026, 1, 1, tzinfo=UTC)


def _prepared_here(
    notebook: Path, parameters: Mapping[str, str], environment: Mapping[str, str]
) -> NotebookNode:
    """The preparation's cells one after another, in this process."""
    read: NotebookNode = nbformat.read(notebook, nbformat.NO_CONVERT)
    names: dict[str, Any] = {}
    os.environ.update(environment)
    for cell in read.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, notebook.name, "exec"), names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= parameters
    return read
