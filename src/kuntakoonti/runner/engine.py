"""A papermill engine that runs a notebook's cells in a fork of this process.

`engine_name="forked"`. The parent has the libraries loaded already; the child is a plain IPython
shell without a kernel's sockets, so nothing waits for a start and nothing listens on a port. State
cannot leak between notebooks: the child is gone afterwards, with every process that it started.
Where a process cannot fork, or the notebook is not Python, papermill's ordinary engine runs it.

The module is light to import, because papermill loads every engine when it starts.
"""

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Any, BinaryIO

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine, NBClientEngine

Answer = dict[str, Any]


class ForkedEngine(Engine):  # type: ignore[misc]
    """Runs cells in a forked child and hands their outputs back one by one.

    Of papermill's options it honours ``execution_timeout`` (seconds a cell), ``log_output``,
    ``stdout_file`` and ``stderr_file``; what a cell showed is logged when the cell has ended.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the code cells up to the first that fails, which papermill raises afterwards.

        Raises DeadKernelError if the child died, and CellTimeoutError if a cell took too long.
        """
        language = nb_man.nb.metadata.get("kernelspec", {}).get("language", "python")
        if not hasattr(os, "fork") or language != "python":
            return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
        cells, log = nb_man.nb.cells, _logger(nb_man, options)
        sources = [_source(cell) for cell in cells]
        with _Child(sources, options.get("execution_timeout") or options.get("timeout")) as child:
            for index, cell in enumerate(cells):
                nb_man.cell_start(cell, index)
                answer = child.answer(cell) if sources[index] else {}
                _fill(cells, cell, answer)
                log(cell.get("outputs", []))
                if answer.get("failed"):
                    nb_man.cell_exception(cell, index)
                nb_man.cell_complete(cell, index)
                if answer.get("failed"):
                    break
        return nb_man.nb


def _source(cell: Any) -> str:
    """What there is to run in a cell; nothing in a text and in a blank one."""
    return cell.source if cell.cell_type == "code" and cell.source.strip() else ""


def _fill(cells: list[Any], cell: Any, answer: Answer) -> None:
    """Give a cell what it showed, and earlier cells what it changed of theirs."""
    from nbformat import from_dict

    if answer:
        cell["outputs"] = [from_dict(output) for output in answer["outputs"]]
        cell["execution_count"] = answer["count"]
    for number, place, output in answer.get("changed", []):
        cells[number]["outputs"][place] = from_dict(output)


def _logger(nb_man: Any, options: dict[str, Any]) -> Callable[[list[Any]], None]:
    """Papermill's own way to log what a cell showed, where it is asked for."""
    wanted = {k: options.get(k) for k in ("log_output", "stdout_file", "stderr_file")}
    if not any(wanted.values()):
        return lambda _: None
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.log import logger

    client = PapermillNotebookClient(nb_man, log=logger, **{k: v for k, v in wanted.items() if v})

    def log(outputs: list[Any]) -> None:
        for output in outputs:
            client.log_output_message(output)

    return log


class _Child:
    """The forked process; leaving the block ends it whatever state it is in, and what it started."""

    def __init__(self, sources: list[str], seconds: int | None) -> None:
        self.sources = sources
        self.seconds = max(0, seconds or 0)
        self.received = bytearray()

    def __enter__(self) -> "_Child":
        self.pipe, writable = os.pipe()
        parent, self.pid = os.getpid(), os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            _live(parent, self.sources, os.fdopen(writable, "wb"))
        os.close(writable)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.pipe)
        self._end()

    def answer(self, cell: Any) -> Answer:
        """What the child says of the code cell that is its next."""
        until = monotonic() + self.seconds if self.seconds else None
        more = bytes(self.received)
        while b"\n" not in more:
            if not _readable(self.pipe, until):
                said = "Cell execution timed out"
                raise CellTimeoutError.error_from_timeout_and_cell(said, self.seconds, cell)
            more = os.read(self.pipe, 1 << 20)
            if not more:
                raise DeadKernelError(f"the notebook's process died: {_cause(self._end())}")
            self.received += more
        line, _, rest = self.received.partition(b"\n")
        self.received = rest
        answer: Answer = json.loads(line)
        return answer

    def _end(self) -> int:
        """Kill what is left of the child and its group, and wait; the status with which it ended."""
        pid, self.pid = self.pid, 0
        if not pid:
            return 0
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)
        return os.waitpid(pid, 0)[1]


def _readable(pipe: int, until: float | None) -> bool:
    """Whether something comes, or the end of the pipe, before the deadline."""
    left = None if until is None else max(0.0, until - monotonic())
    return bool(select.select([pipe], [], [], left)[0])


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"


def _live(parent: int, sources: list[str], pipe: BinaryIO) -> None:
    """The child's whole life: run the cells, report each, exit without the parent's clean-up."""
    code = 1
    try:
        _part_from(parent)
        for answer in _answers(sources):
            pipe.write(json.dumps(answer).encode() + b"\n")
            pipe.flush()
        code = 0
    finally:
        os._exit(code)


def _part_from(parent: int) -> None:
    """A group, signals and streams of its own; and it does not outlive its parent."""
    os.setsid()
    with suppress(ImportError, AttributeError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.stdin = os.fdopen(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _answers(sources: list[str]) -> Iterator[Answer]:
    from kuntakoonti.runner.shell import Recorder, new_shell

    recorder = Recorder()
    shell = new_shell(recorder)
    for number, source in enumerate(sources):
        if source:
            failed = recorder.run(shell, source)
            outputs, changed = recorder.taken(number)
            yield {
                "outputs": outputs,
                "count": recorder.count,
                "failed": failed,
                "changed": changed,
            }
            if failed:
                return
