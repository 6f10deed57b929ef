"""A plain IPython shell that records what a cell shows, as a kernel would send it."""

import atexit
import os
import sys
from base64 import b64encode
from contextlib import redirect_stderr, redirect_stdout
from io import TextIOBase
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

Output = dict[str, Any]
INLINE = "module://matplotlib_inline.backend_inline"


class Recorder:
    """The outputs of the cell that runs, in the order they appeared.

    A display with a name is remembered over the cells: what updates it changes it where it stands.
    """

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.count = 0
        self._named: dict[str, list[Output]] = {}
        self._places: dict[int, tuple[int, int]] = {}
        self._changed: dict[tuple[int, int], Output] = {}
        self._clears = False

    def add(self, output: Output) -> None:
        self._clear_if_asked()
        self.outputs.append(output)

    def show(self, output: Output, display_id: str, update: bool) -> None:
        """A display; what has its name already shows the same from now on, also in earlier cells."""
        for earlier in self._named.get(display_id, []):
            earlier |= {"data": output["data"], "metadata": output["metadata"]}
            if id(earlier) in self._places:
                self._changed[self._places[id(earlier)]] = earlier
        if not update:
            self.add(output)
        if display_id and not update:
            self._named.setdefault(display_id, []).append(output)

    def clear(self, wait: bool) -> None:
        """Forget the cell's outputs, now or when the next one comes."""
        self._clears = True
        if not wait:
            self._clear_if_asked()

    def _clear_if_asked(self) -> None:
        if self._clears:
            self.outputs, self._clears = [], False

    def stream(self, name: str, text: str) -> None:
        """Text on a stream; what follows on the same stream is one output."""
        if text:
            self._clear_if_asked()
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == name:
            last["text"] += text
        elif text:
            self.add({"output_type": "stream", "name": name, "text": text})

    def taken(self, number: int) -> tuple[list[Output], list[tuple[int, int, Output]]]:
        """The outputs of cell ``number``, and the outputs of earlier cells that it changed.

        The record starts anew; a changed output comes with its cell's number and its place there.
        """
        taken, changed = self.outputs, [(*at, o) for at, o in self._changed.items()]
        named = {id(output) for outputs in self._named.values() for output in outputs}
        places = {id(o): (number, place) for place, o in enumerate(taken) if id(o) in named}
        self._places |= places
        self.outputs, self._changed, self._clears = [], {}, False
        return taken, changed

    def run(self, shell: Any, source: str) -> bool:
        """Run one cell; True if it failed, and its error is then the last output."""
        self.count = shell.execution_count
        with redirect_stdout(_Stream(self, "stdout")), redirect_stderr(_Stream(self, "stderr")):
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return False
        kind = type(error)
        lines = shell.InteractiveTB.structured_traceback(kind, error, error.__traceback__)
        traceback = [str(line) for line in lines]
        evalue = str(error)
        self.add({"output_type": "error", "ename": kind.__name__, "evalue": evalue,
                  "traceback": traceback})  # fmt: skip
        return True


class _Stream(TextIOBase):
    encoding = "UTF-8"

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder, self._name = recorder, name

    def write(self, text: str) -> int:
        self._recorder.stream(self._name, text)
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    recorder: Recorder

    def publish(
        self, data: Any, metadata: Any = None, *_: Any, update: bool = False, **more: Any
    ) -> None:
        name = (more.get("transient") or {}).get("display_id", "")
        output = {
            "output_type": "display_data", "data": _as_text(data), "metadata": metadata or {},
        }  # fmt: skip
        self.recorder.show(output, name, update)

    def clear_output(self, wait: bool = False) -> None:
        self.recorder.clear(wait)


class _Hook(DisplayHook):
    recorder: Recorder

    def write_output_prompt(self) -> None:
        """No prompt: the output carries its number."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.recorder.add({
            "output_type": "execute_result", "data": _as_text(format_dict), "metadata": md_dict or {},
            "execution_count": self.recorder.count,
        })  # fmt: skip

    def finish_displayhook(self) -> None:
        """Nothing to flush."""


class _Shell(InteractiveShell):
    def init_sys_modules(self) -> None:
        sys.modules["__main__"] = self.user_module

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """The recorder shows it."""

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """The recorder shows it."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window, as in a kernel."""


def _as_text(data: dict[str, Any]) -> dict[str, Any]:
    """Images in base64, as a notebook keeps them."""
    return {k: b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items()}


def new_shell(recorder: Recorder) -> Any:
    """A shell of its own, not the process's; history stays in memory and no profile is read."""
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False
    shell: Any = _Shell(config=settings, display_pub_class=_Publisher, displayhook_class=_Hook)
    shell.display_pub.recorder = recorder
    shell.displayhook.recorder = recorder
    for kind in _Shell._walk_mro():
        kind._instance = shell
    _show_figures()
    return shell


def close_shell(shell: Any) -> None:
    """Forget a shell, so that this process has none."""
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)
    for kind in _Shell._walk_mro():
        kind._instance = None


def _show_figures() -> None:
    """Figures of pyplot appear below their cell, also if matplotlib was loaded before the shell."""
    backend = os.environ.setdefault("MPLBACKEND", INLINE)
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = backend
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].switch_backend(backend)
    if "matplotlib_inline.backend_inline" in sys.modules:
        sys.modules["matplotlib_inline.backend_inline"]._enable_matplotlib_integration()
