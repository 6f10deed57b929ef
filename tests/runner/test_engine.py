"""The forked engine runs a notebook as papermill's ordinary engine does, only in a fork."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from worlds.places import NOTEBOOKS

from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.runner.engine import ForkedEngine
from kuntakoonti.runner.make import execute

Cell = tuple[int | None, list[dict[str, Any]]]

EVERYTHING = (
    "# A text\nthat is not run",
    "print('one')\nprint('two', end='')",
    "import sys\nprint('warned', file=sys.stderr)",
    "from IPython.display import HTML, display\nprint('before')\ndisplay(1)\nprint('after')",
    "display(HTML('<b>shown</b>'))\nHTML('<i>result</i>')",
    "(1 +\n 2)",
    "3;",
    "4; # and a comment",
    "None",
    "x = 5",
    "   \n",
    "",
    "x\nx + 1",
    "import pandas as pd\npd.DataFrame({'a': [1, 2]}, index=['p', 'q'])",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(2, 1))\naxes.plot([1, 3]);",
    "figure",
    "from matplotlib.figure import Figure\nFigure(figsize=(1, 1))",
    "class Picture:\n    def _repr_png_(self):\n        return b'\\x89PNG\\r\\n\\x1a\\n'\n"
    "    def __repr__(self):\n        return 'picture'\nPicture()",
    "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')",
    "print('gone')\nclear_output(wait=True)\nprint('kept')",
    "from IPython.display import update_display\ndisplay('old', display_id='d')\n"
    "update_display('new', display_id='d')",
    "%%capture held\nprint('held')",
    "held.stdout, _, Out[len(Out) and max(Out)]",
    "%matplotlib inline",
    "!echo from a shell",
    "sys.stdout.encoding, sys.stdout.isatty(), __name__, '__file__' in globals()",
    "get_ipython().run_line_magic('who_ls', 'int')",
    "# only a comment",
    "def f():\n    '''Doc.'''\nf.__doc__, In[2]",
)


# The same as the ordinary engine


def test_every_kind_of_output_is_as_with_the_ordinary_engine(tmp_path: Path) -> None:
    """Streams, displays, results, figures, images, magics, blank cells: outputs and numbers."""
    forked = _cells(_run(tmp_path, *EVERYTHING))
    ordinary = _cells(_run(tmp_path, *EVERYTHING, engine=None))
    for source, mine, theirs in zip(EVERYTHING, forked, ordinary, strict=True):
        assert mine == theirs, source


def test_figures_of_pyplot_are_shown_below_their_cell(tmp_path: Path) -> None:
    """Also when matplotlib was loaded before the fork; trap 5 of the design."""
    import matplotlib.pyplot as plt

    assert plt.get_backend()
    (drawn, after) = _cells(_run(tmp_path, "import matplotlib.pyplot as plt\nplt.plot([1]);", "1"))
    assert [set(o["data"]) for o in drawn[1]] == [{"image/png", "text/plain"}]
    assert [set(o["data"]) for o in after[1]] == [{"text/plain"}]


def test_the_annex_is_as_with_the_ordinary_engine(
    august_draft: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """monthly_annex.ipynb on a real handover shows the same and counts its cells the same."""
    monkeypatch.setenv("KUNTAKOONTI_OUTPUT", str(august_draft))
    found = []
    for engine in ("forked", None):
        result = tmp_path / f"{engine}.ipynb"
        papermill.execute_notebook(
            str(NOTEBOOKS / "monthly_annex.ipynb"),
            str(result),
            {"municipality": "844", "month": "2025-08", "release": "2025-08"},
            engine_name=engine,
            progress_bar=False,
        )
        found.append(_cells(nbformat.read(result, as_version=4)))
    assert found[0] == found[1]
    assert sum(bool(outputs) for _, outputs in found[0]) >= 9


# Errors


@pytest.mark.parametrize(
    ("cell", "ename", "evalue"),
    [
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("print('a')\nraise ValueError('b')", "ValueError", "b"),
        ("x = = 1", "SyntaxError", None),
        ("  x = 1\n y = 2", "IndentationError", None),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("import sys\nsys.exit(3)", "SystemExit", "3"),
        ("input()", "StdinNotImplementedError", None),
    ],
)
def test_an_error_ends_the_notebook_and_is_papermills(
    cell: str, ename: str, evalue: str | None, tmp_path: Path
) -> None:
    """Later cells are not run; the executed notebook is written and says where it stopped."""
    with pytest.raises(PapermillExecutionError) as caught:
        _run(tmp_path, "print('first')", cell, "print('later')")
    assert caught.value.ename == ename and caught.value.exec_count == 2
    assert evalue is None or caught.value.evalue == evalue
    written = nbformat.read(tmp_path / "forked.ipynb", as_version=4)
    first, failed, later = [c for c in written.cells if c.cell_type == "code"]
    assert first.outputs[0].text == "first\n" and failed.outputs[-1].ename == ename
    assert later.outputs == [] and later.execution_count is None
    assert failed.metadata.papermill.status == "failed"
    assert "An Exception was encountered" in written.cells[0].source


def test_what_an_error_says_is_once_in_the_notebook(tmp_path: Path) -> None:
    """The traceback is an output of its own and does not appear as text of the cell as well."""
    with pytest.raises(PapermillExecutionError):
        _run(tmp_path, "x = = 1")
    (cell,) = [c for c in _written(tmp_path).cells if c.cell_type == "code"]
    assert [o.output_type for o in cell.outputs] == ["error"]


def test_a_notebook_may_end_itself_as_papermill_allows(tmp_path: Path) -> None:
    """``sys.exit()`` leaves the later cells unrun without an error, with either engine."""
    cells = ("print(1)", "import sys\nsys.exit()", "print(2)")
    for engine in ("forked", None):
        found = _cells(_run(tmp_path, *cells, engine=engine))
        assert [count for count, _ in found] == [1, 2, None]


@pytest.mark.parametrize(
    "death",
    [
        "import os\nos._exit(0)",
        "import os\nos._exit(7)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    ],
)
def test_a_dead_child_costs_only_its_run(death: str, tmp_path: Path) -> None:
    """The error is clear, nothing hangs, no process is left, and the next notebook runs."""
    with pytest.raises(DeadKernelError, match="process died"):
        _run(tmp_path, "print('first')", death, "print('later')")
    written = _written(tmp_path)
    assert written.cells[0].outputs[0].text == "first\n" and written.cells[2].outputs == []
    assert _has_no_child()
    assert _cells(_run(tmp_path, "6 * 7"))[0][1][0]["data"]["text/plain"] == "42"


def test_a_result_longer_than_a_pipe_comes_whole(tmp_path: Path) -> None:
    """A cell's outputs are not cut where the system's buffer ends."""
    ((_, (output,)),) = _cells(_run(tmp_path, "print('å' * 3_000_000, end='')"))
    assert output["text"] == "å" * 3_000_000


def test_half_a_result_is_a_death(tmp_path: Path) -> None:
    """A child killed while it writes does not pass for one that had finished."""
    with pytest.raises(DeadKernelError):
        _run(
            tmp_path,
            "import os, threading, time\n"
            "threading.Thread(target=lambda: (time.sleep(0.5), os._exit(1)), daemon=True).start()\n"
            "class Endless(dict):\n    def items(self):\n        time.sleep(60)\n"
            "from IPython.display import publish_display_data\n"
            "publish_display_data({'text/plain': Endless(a=1)})",
        )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import os\nos._exit(0)", "prosessi kuoli"),
        ("import sys\nsys.exit(0)", "päättyi kesken"),
        ("import sys\nsys.exit()", "päättyi kesken"),
    ],
)
def test_a_notebook_that_stops_early_is_no_report(cell: str, said: str, tmp_path: Path) -> None:
    """What papermill lets pass is refused before it can be published."""
    _write(tmp_path / "in.ipynb", "1", cell, "2")
    with pytest.raises(KuntakoontiError, match=said):
        execute(tmp_path / "in.ipynb", {}, {})


# No state goes from one notebook to another


@pytest.mark.parametrize(
    ("leave", "look", "expected"),
    [
        ("import pandas as pd\npd.set_option('display.max_rows', 3)", "import pandas as pd\npd.get_option('display.max_rows')", "60"),
        ("import os\nos.environ['LEFT'] = 'x'", "import os\nos.environ.get('LEFT', 'none')", "'none'"),
        ("import sys\nsys.path.insert(0, '/left')", "import sys\n'/left' in sys.path", "False"),
        ("import json\njson.left = 1", "import json\nhasattr(json, 'left')", "False"),
        ("left = 1", "'left' in globals()", "False"),
        ("import os\nos.chdir('/')", "import os\nos.getcwd() == '/'", "False"),
        ("import warnings\nwarnings.simplefilter('error')", "import warnings\nany(f[0] == 'error' and f[3:] == (None, 0) and f[2] is Warning for f in warnings.filters)", "False"),
        ("from matplotlib import rcParams\nrcParams['font.size'] = 99", "from matplotlib import rcParams\nrcParams['font.size'] == 99", "False"),
    ],
)  # fmt: skip
def test_nothing_is_left_for_the_next_notebook(
    leave: str, look: str, expected: str, tmp_path: Path
) -> None:
    """Options, environment, path, modules, names and folder are as before."""
    _run(tmp_path, leave)
    (cell,) = _cells(_run(tmp_path, look))
    assert cell[1][-1]["data"]["text/plain"] == expected


def test_every_notebook_has_random_numbers_of_its_own(tmp_path: Path) -> None:
    """Neither numpy's nor Python's generator repeats the parent's state in its children."""
    import numpy as np

    assert np.random.rand() >= 0
    look = "import random\nimport numpy as np\n(random.random(), np.random.rand())"
    seen = [_cells(_run(tmp_path, look))[0][1][0]["data"]["text/plain"] for _ in range(3)]
    pairs = [eval(text, {"np": np}) for text in seen]
    assert len({a for a, _ in pairs}) == len({float(b) for _, b in pairs}) == 3


def test_the_parent_keeps_its_own_shell_and_streams(tmp_path: Path) -> None:
    """Running a notebook leaves no IPython shell and no open file behind in this process."""
    from IPython.core.interactiveshell import InteractiveShell

    before, streams = _open_files(), (sys.stdin, sys.stdout, sys.stderr)
    _run(tmp_path, "1")
    with pytest.raises(PapermillExecutionError):
        _run(tmp_path, "1 / 0")
    assert not InteractiveShell.initialized()
    assert _open_files() == before and streams == (sys.stdin, sys.stdout, sys.stderr)
    assert _has_no_child()


def test_a_notebook_cannot_read_the_terminal(tmp_path: Path) -> None:
    """What waits on the parent's standard input is still there afterwards."""
    _write(tmp_path / "in.ipynb", "import os, sys\nsys.stdin.read(), os.read(0, 9)")
    program = (
        "import papermill, sys\n"
        "sys.stdin.readline()\n"
        "nb = papermill.execute_notebook('in.ipynb', 'out.ipynb', engine_name='forked', progress_bar=False)\n"
        "print(nb.cells[0].outputs[0].data['text/plain'], sys.stdin.readline())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input="first\nsecret\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert ran.stdout.split() == ["('',", "b'')", "secret"]


def test_nothing_of_a_notebook_reaches_the_parents_streams(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a print nor a write past Python appears between the batch's own lines."""
    _run(
        tmp_path,
        "import os\nprint('a')\nos.write(1, b'b')\nos.write(2, b'c')\nos.system('echo d');",
    )
    assert capfd.readouterr() == ("", "")


# How papermill finds it


def test_papermill_finds_the_engine_by_its_entry_point() -> None:
    """Installed with the package; nobody has to register it."""
    (point,) = entry_points(group="papermill.engine", name="forked")
    assert point.load() is ForkedEngine
    assert papermill_engines.get_engine("forked") is ForkedEngine


def test_without_fork_the_ordinary_engine_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a system that cannot fork a kernel of its own answers, with the same outputs."""
    assert _kernel_is_loaded(_run(tmp_path, _IS_KERNEL)) is False
    monkeypatch.delattr(os, "fork")
    assert _kernel_is_loaded(_run(tmp_path, _IS_KERNEL)) is True


def test_the_engine_is_light_to_import() -> None:
    """Papermill loads every engine when it starts: no IPython, no pandas, no chart."""
    program = (
        "import sys, papermill\nbefore = set(sys.modules)\nimport kuntakoonti.runner.engine\n"
        "print(*sorted(m for m in set(sys.modules) - before if '.' not in m))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(ran.stdout.split()) <= {"kuntakoonti"}


_IS_KERNEL = "type(get_ipython().kernel).__module__ == 'ipykernel.ipkernel'"


def _kernel_is_loaded(notebook: Any) -> bool:
    return bool(_cells(notebook)[0][1][0]["data"]["text/plain"] == "True")


def _write(path: Path, *sources: str) -> None:
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    for source in sources:
        text = source.startswith("# A text")
        new = nbformat.v4.new_markdown_cell if text else nbformat.v4.new_code_cell
        notebook.cells.append(new(source))
    nbformat.write(notebook, path)


def _run(folder: Path, *sources: str, engine: str | None = "forked") -> Any:
    """Execute a notebook of these cells by papermill; it is written as ``<engine>.ipynb``."""
    _write(folder / "in.ipynb", *sources)
    result = folder / f"{engine}.ipynb"
    return papermill.execute_notebook(
        str(folder / "in.ipynb"), str(result), engine_name=engine, progress_bar=False
    )


def _written(folder: Path) -> Any:
    return nbformat.read(folder / "forked.ipynb", as_version=4)


def _cells(notebook: Any) -> list[Cell]:
    """Count and outputs of every cell; a text has neither."""
    return [(c.get("execution_count"), c.get("outputs", [])) for c in notebook.cells]


def _open_files() -> set[str]:
    return {p.name for p in Path("/proc/self/fd").iterdir()}


def _has_no_child() -> bool:
    """Whether every child of this process has been waited for."""
    try:
        return os.waitpid(-1, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return True
