"""A papermill engine that runs a notebook's cells in a fork of this process.

`engine_name="forked"`. The parent has the libraries loaded already; the child is a plain IPython
shell without a kernel's sockets, so nothing waits for a start and nothing listens on a port. State
cannot leak between notebooks: the child is gone afterwards. Where a process cannot fork, or the
notebook is not Python, papermill's ordinary engine runs it.

The module is light to import, because papermill loads every engine when it starts.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

from nbclient.exceptions import DeadKernelError
from papermill.engines import Engine, NBClientEngine


class ForkedEngine(Engine):  # type: ignore[misc]
    """Runs cells in a forked child and hands their outputs back one by one."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the code cells up to the first that fails, which papermill raises afterwards."""
        language = nb_man.nb.metadata.get("kernelspec", {}).get("language", "python")
        if not hasattr(os, "fork") or language != "python":
            return NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **options)
        sources = [_source(cell) for cell in nb_man.nb.cells]
        with _Child(sources) as child:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                failed = bool(sources[index]) and _fails(child, cell)
                if failed:
                    nb_man.cell_exception(cell, index)
                nb_man.cell_complete(cell, index)
                if failed:
                    break
        return nb_man.nb


def _source(cell: Any) -> str:
    """What there is to run in a cell; nothing in a text and in a blank one."""
    return cell.source if cell.cell_type == "code" and cell.source.strip() else ""


def _fails(child: "_Child", cell: Any) -> bool:
    """Fill a cell with what it showed; whether that is an error."""
    cell["outputs"], cell["execution_count"] = child.next_cell()
    return any(output["output_type"] == "error" for output in cell["outputs"])


class _Child:
    """The forked process; leaving the block ends it whatever state it is in."""

    def __init__(self, sources: list[str]) -> None:
        self.sources = sources

    def __enter__(self) -> "_Child":
        readable, writable = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(readable)
            _live(self.sources, os.fdopen(writable, "wb"))
        os.close(writable)
        self.pipe = os.fdopen(readable, "rb")
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)

    def next_cell(self) -> tuple[list[Any], int]:
        """The outputs and count of the next code cell; DeadKernelError if the child died."""
        from nbformat import from_dict

        try:
            outputs, count = json.loads(self.pipe.readline())
        except ValueError:
            raise DeadKernelError("the notebook's process died") from None
        return [from_dict(o) for o in outputs], count


def _live(sources: list[str], pipe: BinaryIO) -> None:
    """The child's whole life: run the cells, report each, exit without the parent's clean-up."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        sys.stdin = os.fdopen(0)
        for result in _cells(sources):
            pipe.write(json.dumps(result).encode() + b"\n")
            pipe.flush()
        code = 0
    finally:
        os._exit(code)


def _cells(sources: list[str]) -> Iterator[tuple[list[dict[str, Any]], int]]:
    from kuntakoonti.publish.shell import Recorder, new_shell

    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    recorder = Recorder()
    shell = new_shell(recorder)
    for source in sources:
        if source:
            failed = recorder.run(shell, source)
            yield recorder.taken(), recorder.count
            if failed:
                return
