"""The forked engine: what one notebook does costs that notebook only, and is said as papermill says it."""

import logging
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}
ENDLESS = "while True:\n    pass"


# The same as the ordinary engine


@pytest.mark.parametrize(
    "cells",
    [
        # an update of an earlier cell, twice shown there, and of one's own
        (
            "from IPython.display import display, update_display",
            "display('old', display_id='d')\nprint('between')\ndisplay('also', display_id='d')",
            "update_display('new', display_id='d', metadata={'a': 1})\n'result'",
            "display('third', display_id='d')\nupdate_display('nobody', display_id='e')",
        ),
        # a display that was cleared is updated no more
        (
            "from IPython.display import clear_output, display, update_display",
            "display('gone', display_id='d')\nclear_output()\nprint('kept')",
            "update_display('new', display_id='d')",
        ),
        # images, of three kinds
        (
            "from IPython.display import SVG, Image, display\nimport base64, io",
            "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(2, 1), dpi=50)\naxes.bar([1, 2], [3, 4]);",
            "buffer = io.BytesIO()\nfigure.savefig(buffer, format='png')\nImage(buffer.getvalue())",
            "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><title>Å</title></svg>'), metadata={'alt': 'x'})",
            "Image(base64.b64decode('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=='), format='gif')",
        ),
    ],
)  # fmt: skip
def test_outputs_are_those_of_the_ordinary_engine(cells: tuple[str, ...], tmp_path: Path) -> None:
    """Named displays change where they stand; images are kept as a notebook keeps them."""
    forked, ordinary = (
        [(c.execution_count, c.outputs) for c in _run(tmp_path, *cells, engine_name=name).cells]
        for name in ("forked", None)
    )
    assert forked == ordinary and any(outputs for _, outputs in forked)


def test_what_cells_show_is_logged_as_by_the_ordinary_engine(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """``log_output`` and the files for streams: the same lines at the same levels."""
    cells = ("import sys\nprint('shown')", "print('warned', file=sys.stderr)", "'result'")
    found = []
    for name in ("forked", None):
        caplog.clear()
        out, err = tmp_path / f"{name}.out", tmp_path / f"{name}.err"
        with (
            caplog.at_level(logging.INFO, "papermill"),
            out.open("w") as stdout,
            err.open("w") as stderr,
        ):
            _run(
                tmp_path,
                *cells,
                engine_name=name,
                log_output=True,
                stdout_file=stdout,
                stderr_file=stderr,
            )
        said = [(r.levelname, r.message.strip()) for r in caplog.records]
        kept = [line for line in said if line[1] in ("shown", "warned", "'result'")]
        found.append((kept, out.read_text(), err.read_text()))
    assert found[0] == found[1]
    assert found[0] == (
        [("INFO", "shown"), ("WARNING", "warned"), ("INFO", "'result'")],
        "shown\n",
        "warned\n",
    )


# A cell that does not end


def test_a_cell_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    """The time is a cell's, not the notebook's; the cells before stay written; nothing is left."""
    started = time.monotonic()
    with pytest.raises(CellTimeoutError, match="5 seconds"):
        _run(
            tmp_path,
            "import time\ntime.sleep(2.6)",
            "time.sleep(2.6)\n'made'",
            ENDLESS,
            execution_timeout=5,
        )
    assert time.monotonic() - started < 60
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.cells[1].outputs[0].data["text/plain"] == "'made'"
    assert written.cells[2].outputs == [] and _no_child()
    assert _shown(_run(tmp_path, "6 * 7", execution_timeout=30)) == "42"


def test_a_cell_that_refuses_to_be_interrupted_is_stopped_too(tmp_path: Path) -> None:
    """Every signal that can be ignored is ignored, and a thread holds the interpreter."""
    stubborn = (
        "import signal\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    signal.signal(s, signal.SIG_IGN)\n"
    )
    with pytest.raises(CellTimeoutError):
        _run(tmp_path, stubborn + ENDLESS, execution_timeout=1)
    assert _no_child()


# A process that dies


@pytest.mark.parametrize(
    ("death", "cause"),
    [
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import os\nos.abort()", "SIGABRT"),
        ("import os\nos._exit(7)", "exit code 7"),
    ],
)
def test_a_death_says_of_what(death: str, cause: str, tmp_path: Path) -> None:
    """The signal or the exit code of the process is in the error."""
    with pytest.raises(DeadKernelError, match=cause):
        _run(tmp_path, "import faulthandler\nfaulthandler.disable()", death, "2")
    assert _no_child()


@pytest.mark.parametrize(
    "end",
    [
        "import os\nos._exit(7)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes\nctypes.string_at(0)",
        ENDLESS,
    ],
)
def test_what_a_cell_showed_before_it_died_is_kept(end: str, tmp_path: Path) -> None:
    """To the last word, on either stream, of Python and of a program, and the displays."""
    shown = (
        "import subprocess, sys\nprint('printed')\ndisplay('displayed')\n"
        "subprocess.run(['echo', 'of a program'])\nprint('last', end='', file=sys.stderr)\n"
    )
    with pytest.raises((DeadKernelError, CellTimeoutError)):
        _run(tmp_path, shown + end, execution_timeout=5)
    (cell,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    found = [o.get("text") or o["data"]["text/plain"] for o in cell.outputs]
    assert found == ["printed\n", "'displayed'", "of a program\n", "last"]


def test_runs_in_many_threads_at_once_keep_apart(tmp_path: Path) -> None:
    """Sixty runs over eight threads, some of which die: each has its own outputs and its own end."""
    from concurrent.futures import ThreadPoolExecutor

    def run(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        last = "import os\nos._exit(3)" if number % 10 == 9 else f"print({number})"
        try:
            return str(_run(folder, f"x = {number}\nprint(x)", last).cells[-1].outputs[0].text)
        except DeadKernelError as died:
            return str(died)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(run, range(60)))
    died = "the notebook's process died: exit code 3"
    assert found == [died if n % 10 == 9 else f"{n}\n" for n in range(60)]
    assert _no_child()


def test_memory_that_is_not_there_is_an_error_of_the_cell(tmp_path: Path) -> None:
    """With a limit on the child's memory its MemoryError is papermill's error; the next one runs."""
    limit = (
        "import resource\nused = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 28),) * 2)"
    )
    with pytest.raises(PapermillExecutionError) as caught:
        _run(tmp_path, limit, "held = bytearray(8 << 30)")
    assert caught.value.ename == "MemoryError"
    assert _shown(_run(tmp_path, "len(bytearray(1 << 20))")) == str(1 << 20)


def test_what_a_notebook_started_ends_with_it(tmp_path: Path) -> None:
    """A process in the background does not outlive its notebook."""
    shown = _shown(
        _run(tmp_path, "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=False).pid")
    )  # fmt: skip
    assert _gone(int(shown))


def test_a_notebook_does_not_outlive_its_batch(tmp_path: Path) -> None:
    """When the process that forked is killed, an endless cell ends too."""
    place = tmp_path / "pid"
    pid = os.fork()
    if pid == 0:
        try:
            source = (
                f"import os, pathlib\npathlib.Path({str(place)!r}).write_text(str(os.getpid()))\n"
            )
            _run(tmp_path, source + ENDLESS)
        finally:
            os._exit(0)
    until = time.monotonic() + 60
    while not (place.exists() and place.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert _gone(int(place.read_text()))


# Nothing goes from one notebook to another


@pytest.mark.parametrize(
    ("leave", "look"),
    [
        ("import pandas as pd\npd.options.display.precision = 1", "import pandas as pd\npd.options.display.precision"),
        ("import os\nos.environ['LANG'] = 'left'\nos.umask(0)", "import os\nos.environ.get('LANG'), os.umask(0o22)"),
        ("import random, numpy as np\nrandom.seed(1)\nnp.random.seed(1)",
         "import random, numpy as np\nrandom.random() == 0.13436424411240122, np.random.rand() == 0.417022004702574"),
        ("import sys\nsys.modules['json'] = sys.modules.pop('math')\nsys.path.append('/left')", "import json, sys\njson.__name__, '/left' in sys.path"),
        ("import os\nheld = open('held', 'w')\nos.dup2(held.fileno(), 50)\nos.set_inheritable(50, True)", "import os\nos.path.exists('/proc/self/fd/50')"),
        ("import os\nos.chdir('/')", "import os\nos.getcwd()"),
        ("import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\nsignal.alarm(1000)", "import signal\nsignal.getsignal(signal.SIGUSR1).name, signal.alarm(0)"),
        ("import warnings\nwarnings.filterwarnings('error', 'left')", "import warnings\nany(f[1] and f[1].pattern == 'left' for f in warnings.filters)"),
        ("import locale\nlocale.setlocale(locale.LC_ALL, 'C')\nlocale.localeconv = None", "import locale\nlocale.localeconv is None"),
        ("import decimal\ndecimal.getcontext().prec = 3", "import decimal\ndecimal.getcontext().prec"),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,), name='left').start()", "import threading\n[t.name for t in threading.enumerate()]"),
        ("import gc\ngc.disable()\nimport sys\nsys.setrecursionlimit(99_999)", "import gc, sys\ngc.isenabled(), sys.getrecursionlimit() == 99_999"),
        ("import builtins\nbuiltins.left = 1", "import builtins\nhasattr(builtins, 'left')"),
    ],
)  # fmt: skip
def test_a_notebook_finds_what_it_would_find_alone(
    leave: str, look: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, environment, random numbers, modules, files, folder, signals, warnings, threads."""
    monkeypatch.chdir(tmp_path)
    alone = _shown(_run(tmp_path, look))
    _run(tmp_path, leave)
    assert _shown(_run(tmp_path, look)) == alone


def test_the_parent_is_as_before(tmp_path: Path) -> None:
    """Nor does a notebook change the process that runs it."""
    before = (Path.cwd(), dict(os.environ), list(sys.path), signal.getsignal(signal.SIGINT))
    filters = list(warnings.filters)
    _run(
        tmp_path,
        "import os, signal, sys, warnings\nos.chdir('/')\nos.environ.clear()\nsys.path.clear()\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwarnings.simplefilter('ignore')",
    )
    after = (Path.cwd(), dict(os.environ), list(sys.path), signal.getsignal(signal.SIGINT))
    assert after == before and list(warnings.filters) == filters


def _run(folder: Path, *cells: str, **options: Any) -> Any:
    """Execute a notebook of these code cells, by the forked engine unless said otherwise."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(notebook, folder / "in.ipynb")
    given = {"engine_name": "forked", "progress_bar": False, **options}
    return papermill.execute_notebook(str(folder / "in.ipynb"), str(folder / "out.ipynb"), **given)


def _shown(notebook: Any) -> str:
    """The result of the last cell, as text."""
    return str(notebook.cells[-1].outputs[-1].data["text/plain"])


def _no_child() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return True


def _gone(pid: int) -> bool:
    """Whether a process ends (or waits only for being noticed) within ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        status = Path(f"/proc/{pid}/stat")
        try:
            if status.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False
