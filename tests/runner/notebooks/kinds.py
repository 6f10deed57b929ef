"""Notebooks of one kind each, which the ordinary engine and the forked one run to the same end.

A cell is its source, or its source and its tags. ``why`` says what is not the same, and on purpose.
"""

from dataclasses import dataclass, field
from typing import Any

Cell = str | tuple[str, str]


@dataclass(frozen=True)
class Kind:
    """A notebook, papermill's options for it, and why the engines differ where they may."""

    name: str
    cells: tuple[Cell, ...]
    why: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


def kind(name: str, *cells: Cell, why: str = "", metadata: Any = None, **options: Any) -> Kind:
    return Kind(name, cells, why, options, metadata or {})


BAD_HTML = "class Bad:\n    def _repr_html_(self):\n        raise ValueError('no table')\n    def __repr__(self):\n        return 'bad'"
DIED = "the ordinary engine says only that the kernel died; here the cause is said as well"
KEPT = "what was shown in the last fifth of a second is lost by the ordinary engine and kept here"
STOPPED = (
    "the ordinary engine interrupts the cell, whose KeyboardInterrupt is then an output as well"
)
LATE = "the ordinary engine drops what a cell shows after its end; here it stays with its cell"
CAUGHT = "the ordinary engine mixes the descriptors with the streams by chance; here in their order"

STREAMS = (
    kind("print", "print('one')\nprint('two', end='')\nprint()"),
    kind("stderr", "import sys\nprint('warned', file=sys.stderr)"),
    kind("carriage_returns", "for n in range(3):\n    print(n, end='\\r')"),
    kind("text_that_is_no_utf8", "print('a\\udcffb')"),
    kind("a_lone_surrogate", "print('before')", "'\\ud800'", "print('\\ud83d')",
         why="the ordinary engine loses the whole text; here a question mark is in its place"),
    kind("bytes", "import sys\nsys.stdout.buffer.write(b'raw')"),
    kind("long_text", "print('å' * 300_000)"),
    kind("writelines", "import sys\nsys.stdout.writelines(['a\\n', 'b\\n'])\nsys.stdout.write('c')"),
    kind("not_text", "import sys\nsys.stdout.write(3)",
         why="the traceback passes through a frame of the engine's own"),
    kind("what_a_stream_is", "import sys\nsys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable(), type(sys.stdout).__mro__[1].__name__ != ''"),
    kind("a_thread", "import threading\nt = threading.Thread(target=print, args=('from a thread',))\nt.start(); t.join()"),
    kind("a_threads_error", "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='worker')\nt.start(); t.join()"),
    kind("forked_processes", "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n    print(pool.map(abs, [-1, -2]))"),
    kind("a_print_in_a_forked_process", "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=print, args=('child',))\np.start(); p.join()"),
    kind("a_subprocess", "import subprocess\nprint('before')\nsubprocess.run(['echo', 'from a program'])\nprint('after')", why=CAUGHT),
    kind("a_subprocess_captured", "import subprocess\nsubprocess.run(['echo', 'x'], capture_output=True, text=True).stdout"),
    kind("a_shell_command", "!echo out; echo err >&2"),
    kind("a_shell_command_kept", "found = !echo one; echo two\nfound"),
    kind("bash_cell", "%%bash\necho in bash"),
    kind("a_bash_cell_that_fails", "%%bash\necho in bash\nexit 3"),
    kind("c_code", "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.puts(b'from C')\nlibc.fflush(None);", why=CAUGHT),
    kind("descriptors", "import os\nos.write(1, b'one\\n')\nos.write(2, b'two\\n');", why=CAUGHT),
    kind("logging", "import logging\nlogging.warning('careful')\nlogging.info('not shown')"),
    kind("redirected", "import contextlib, io\nheld = io.StringIO()\nwith contextlib.redirect_stdout(held):\n    print('held')\nheld.getvalue()"),
    kind("captured", "%%capture held\nprint('held')\ndisplay(1)", "held.stdout, len(held.outputs)"),
    kind("a_progress_bar", "from tqdm import tqdm\nfor _ in tqdm(range(3), bar_format='{n_fmt}/{total_fmt}'):\n    pass"),
)  # fmt: skip

DISPLAYS = (
    kind("order", "print('a')\ndisplay(1)\nprint('b')\n'result'"),
    kind("no_result", "3;", "None", "x = 5", "4; # said nothing"),
    kind("kinds_of_display", "from IPython.display import HTML, JSON, Latex, Markdown, SVG, display\ndisplay(HTML('<b>b</b>'), Markdown('*m*'), Latex('$x$'), JSON({'a': [1]}))\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"),
    kind("pictures", "import base64\nfrom IPython.display import Image\nImage(base64.b64decode('R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=='), format='gif')"),
    kind("javascript", "from IPython.display import Javascript\nJavascript('1')"),
    kind("a_picture_of_ones_own", "class P:\n    def _repr_png_(self):\n        return b'\\x89PNG\\r\\n\\x1a\\n'\n    def __repr__(self):\n        return 'p'\nP()"),
    kind("a_bundle", "class B:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n        return {'text/plain': 'b', 'application/x.own+json': {'a': 1}}, {'application/x.own+json': {'w': 2}}\nB()"),
    kind("publish", "from IPython.display import publish_display_data\npublish_display_data({'text/plain': 'p'}, {'m': 1})"),
    kind("numpy_in_metadata", "import numpy as np\ndisplay({'text/plain': 'x'}, metadata={'n': np.int64(3), 'f': np.float32(0.5)}, raw=True)"),
    kind("numpy_and_dates_in_json", "import datetime, numpy as np\ndisplay({'application/json': {'n': np.int64(3), 'd': datetime.datetime(2025, 1, 2)}}, raw=True)"),
    kind("not_a_number_in_json", "display({'application/json': {'x': float('nan')}}, raw=True)",
         why="the warning of it stands where it was written, before the output"),
    kind("what_json_does_not_know", "display({'application/json': {'x': object}}, raw=True)", "'after'"),
    kind("a_set_in_json", "display({'application/json': {'x': {1}}}, raw=True)", "'after'"),
    kind("update", "h = display('old', display_id='d')\nprint('between')\ndisplay('also', display_id='d')", "from IPython.display import update_display\nupdate_display('new', display_id='d', metadata={'a': 1})", "display('third', display_id='d')\nupdate_display('nobody', display_id='e')"),
    kind("handle", "h = display('a', display_id=True)\nh.update('b')\nh.display('c')", "h.update('d')"),
    kind("clear", "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')", "print('gone')\nclear_output(wait=True)\nprint('kept')", "print('kept')\nclear_output(wait=True)"),
    kind("clear_and_update", "from IPython.display import clear_output, update_display\ndisplay('gone', display_id='d')\nclear_output()\nprint('kept')", "update_display('new', display_id='d')"),
    kind("pretty", "{'a' * 30: list(range(40)), 'b' * 30: {'c': (1, 2)}}"),
    kind("html_cell", "%%html\n<b>b</b>", "%%markdown\n*m*", "%%latex\n$x$", "%%javascript\n1", "%%svg\n<svg/>"),
    kind("table", "import pandas as pd\npd.DataFrame({'a': [1, 2]}, index=['p', 'q'])"),
    kind("wide_table", "import pandas as pd\npd.DataFrame([range(40)] * 3)", "print(pd.DataFrame([range(40)] * 3))"),
    kind("long_table", "import pandas as pd\npd.DataFrame({'a': range(100)})", "pd.set_option('display.max_rows', 4)\npd.DataFrame({'a': range(100)})"),
    kind("styled_table", "import pandas as pd\npd.DataFrame({'a': [1]}).style.set_uuid('u').format('{:.2f}')"),
    kind("array", "import numpy as np\nnp.arange(2000).reshape(20, 100)"),
    kind("chart", "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))\nax.plot([1, 3]);", "fig", "plt.plot([1]);\nplt.show()\nprint('after')"),
    kind("chart_left_open", "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1));\nplt.plot([1])", "1"),
    kind("chart_as_svg", "import matplotlib\nmatplotlib.rcParams['svg.hashsalt'] = 'a'\n%config InlineBackend.figure_formats = ['svg']\n%config InlineBackend.print_figure_kwargs = {'metadata': {'Date': None}}\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1)).add_subplot().plot([1]);"),
    kind("matplotlib_inline", "%matplotlib inline\nimport matplotlib\nmatplotlib.get_backend()"),
    kind("matplotlib_agg", "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nplt.plot([1]);\nmatplotlib.get_backend()"),
    kind("comm", "from comm import create_comm\nc = create_comm(target_name='own', data={'a': 1})\nc.send({'b': 2})\nc.close()\nc.comm_id != ''"),
    kind("widget_state", "from comm import create_comm\nc = create_comm(comm_id='w', target_name='jupyter.widget', data={'state': {'_model_name': 'M', '_model_module': 'm', '_model_module_version': '1', 'value': 3}})", "c.send({'method': 'update', 'state': {'value': 4}})"),
    kind("help", "len?", "'after'"),
)  # fmt: skip

ERRORS = (
    kind("division", "1 / 0", "'not run'"),
    kind("in_a_function", "def f(x):\n    return g(x)\ndef g(x):\n    raise KeyError(x)", "f('a')"),
    kind("syntax", "x = 1\ny = (1 +\nz = 2"),
    kind("syntax_in_one_line", "x = = 1"),
    kind("indentation", "  x = 1\n y = 2"),
    kind("chained", "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('later') from e"),
    kind("group", "raise ExceptionGroup('many', [ValueError('a'), TypeError('b')])"),
    kind("an_error_that_cannot_be_said", "class E(Exception):\n    def __str__(self):\n        raise RuntimeError('no')\nraise E()"),
    kind("an_error_that_draws_itself", "class E(Exception):\n    def _render_traceback_(self):\n        return ['drawn']\nraise E('x')"),
    kind("exit_by_3", "import sys\nsys.exit(3)", "'not run'"),
    kind("exit_by_nothing", "import sys\nprint(1)\nsys.exit()", "'not run'"),
    kind("quit", "print('last')\nquit()", "import time\ntime.sleep(5)", why=DIED),
    kind("interrupt", "raise KeyboardInterrupt"),
    kind("input", "input('say: ')"),
    kind("getpass", "import getpass\ngetpass.getpass()"),
    kind("breakpoint", "def f():\n    breakpoint()\nf()", "'not run'"),
    kind("no_such_magic", "%nonesuch", "'not run'"),
    kind("no_such_cell_magic", "%%nonesuch\n1"),
    kind("a_formatter_of_a_result", BAD_HTML, "Bad()", "'not run'"),
    kind("a_formatter_of_a_display", BAD_HTML, "display(Bad())\nprint('goes on')", "'run'"),
    kind("a_repr", "class R:\n    def __repr__(self):\n        raise ValueError('no text')\nR()", "'not run'"),
    kind("a_formatter_that_gives_no_text", "class N:\n    def _repr_html_(self):\n        return 3\n    def __repr__(self):\n        return 'n'\nN()", "1"),
    kind("a_bad_title", "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\nplt.title('$\\\\frac{a$');", "'after'"),
    kind("post_execute", "def late():\n    raise ValueError('late')\nget_ipython().events.register('post_execute', late)", "'after'"),
    kind("pre_run_cell", "def early(info):\n    raise ValueError('early')\nget_ipython().events.register('pre_run_cell', early)", "'after'"),
    kind("run_a_broken_file", "%%writefile broken.py\n1 / 0", "%run broken.py", "'after'"),
    kind("run_a_file_that_does_not_parse", "%%writefile broken.py\nx = = 1", "%run broken.py", "'after'"),
    kind("run_no_file", "%run nonesuch.py", "'after'"),
    kind("run_a_file_that_exits", "%%writefile leaves.py\nimport sys\nsys.exit(2)", "%run leaves.py", "'after'"),
    kind("a_shown_traceback", "try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()", "'after'"),
    kind("a_handler_of_errors", "def handle(shell, kind, error, tb, tb_offset=None):\n    print('handled', error)\nget_ipython().set_custom_exc((ValueError,), handle)", "raise ValueError('x')", "'after'"),
    kind("an_error_in_a_library", "import json\njson.loads('{')"),
    kind("an_error_in_sql", "import sqlite3\nsqlite3.connect(':memory:').execute('select nonesuch')"),
    kind("shell_command_not_there", "!nonesuch-command", "'after'", why=CAUGHT),
    kind("a_warning", "import warnings\nwarnings.warn('careful')"),
    kind("allowed", ("1 / 0", "raises-exception"), "'after'"),
    kind("allowed_and_no_error", ("1", "raises-exception"), "'after'"),
    kind("allowed_syntax", ("x = = 1", "raises-exception"), "'after'"),
    kind("skipped", "x = 1", ("x = 2", "skip-execution"), "x"),
    kind("skipped_error", ("1 / 0", "skip-execution"), "'after'"),
    kind("a_task_that_fails", "import asyncio\nasync def f():\n    raise ValueError('in a task')\nt = asyncio.create_task(f())\nawait asyncio.sleep(0.1)", "await t"),
)  # fmt: skip

SESSIONS = (
    kind("await", "import asyncio\nawait asyncio.sleep(0, 'slept')"),
    kind("async_for", "async def g():\n    for n in range(3):\n        yield n\nasync for n in g():\n    print(n)\n[n async for n in g()]"),
    kind("asyncio_run", "import asyncio\nasyncio.run(asyncio.sleep(0))"),
    kind("a_task_over_cells", "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    return 'done'\nt = asyncio.create_task(f())", "await t"),
    kind("a_task_that_prints_late", "import asyncio\nasync def f():\n    for n in range(3):\n        print(n)\n        await asyncio.sleep(0.2)\nt = asyncio.create_task(f())", "await t", why=LATE),
    kind("numbers_of_cells", "1", "", "# a comment", "In[1], Out[1], _", "x = 2", "_5, __, In[3]"),
    kind("names", "x = 1\ny = 'a'", "%who_ls", "__name__, '__file__' in globals()", "del x", "x"),
    kind("history", "1 + 1", "%history", "%history -n 1"),
    kind("magics", "%env KUNTA=1", "%pwd\n;", "%lsmagic\n;", "%alias_magic t timeit", "%precision 2", "3.14159"),
    kind("an_own_magic", "from IPython.core.magic import register_cell_magic, register_line_magic\n@register_line_magic\ndef shout(line):\n    return line.upper()\n@register_cell_magic\ndef twice(line, cell):\n    print(cell * 2)", "%shout hello", "%%twice\nab"),
    kind("an_extension", "%%writefile own_extension.py\ndef load_ipython_extension(shell):\n    print('loaded', type(shell).__name__)", "%load_ext own_extension"),
    kind("autoreload", "%load_ext autoreload\n%autoreload 2", "1"),
    kind("run_a_file", "%%writefile part.py\nprint('in', __name__)\nmade = 3", "%run part.py", "made"),
    kind("import_from_the_folder", "%%writefile neighbour.py\nVALUE = 3", "import neighbour\nneighbour.VALUE"),
    kind("the_folder", "import os, sys\nopen('left', 'w').close()\nos.path.exists('left'), '' in sys.path"),
    kind("arguments", "import sys\nsys.argv[0].endswith('ipykernel_launcher.py'), sys.argv[1], len(sys.argv)"),
    kind("argparse", "import argparse\nparser = argparse.ArgumentParser(prog='own')\nparser.add_argument('--x', default=1)\nparser.parse_known_args()[0]"),
    kind("the_kernel", "shell = get_ipython()\ntype(shell).__name__, shell.kernel.implementation, hasattr(shell, 'kernel'), shell.has_trait('kernel')"),
    kind("where_it_runs", "import threading\nthreading.current_thread() is threading.main_thread(), [t.name for t in threading.enumerate() if t.name == 'MainThread']"),
    kind("pickle", "import pickle\nclass A:\n    pass\ntype(pickle.loads(pickle.dumps(A()))) is A"),
    kind("dataclasses", "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\nA(3)"),
    kind("source_of_a_function", "import inspect\ndef f():\n    return 1  # here\nprint(inspect.getsource(f))"),
    kind("text_and_raw_cells", "# A text\nthat is not run", "1"),
    kind("a_cell_of_many_results", "1\n2\n3", "get_ipython().ast_node_interactivity = 'all'", "1\n2\n3"),
    kind("next_input", "get_ipython().set_next_input('later')\n'now'"),
    kind("timed", "%timeit -n1 -r1 pass", why="times are not the same twice"),
    kind("user_expressions", "get_ipython().user_expressions({'a': '1 + 1'})"),
    kind("doctest", "import doctest\ndef f():\n    '''\n    >>> f()\n    1\n    '''\n    return 1\ndoctest.testmod()"),
    kind("a_time_limit", "print('shown', flush=True)\nimport time\ntime.sleep(60)", "'not run'", execution_timeout=3, why=STOPPED),
    kind("shown_just_before_the_time_limit", "import time\ntime.sleep(2.9)\nprint('shown')\ntime.sleep(60)", execution_timeout=3, why=KEPT),
    kind("killed", "print('shown')\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "'not run'", why=DIED),
    kind("left_by_the_system", "print('shown', end='')\nimport os\nos._exit(3)", "'not run'", why=DIED),
    kind("a_kernel_that_is_not_there", "1", metadata={"kernelspec": {"name": "nonesuch", "display_name": "x", "language": "python"}}),
    kind("a_language_before_a_kernel", "1", metadata={"language_info": {"name": "python"}, "kernelspec": {"name": "python3", "display_name": "x"}}),
    kind("no_kernel_named", "1", metadata={"language_info": {"name": "python"}}),
    kind("another_kernel_asked_for", "1", kernel_name="nonesuch"),
)  # fmt: skip

KINDS = STREAMS + DISPLAYS + ERRORS + SESSIONS
SAMPLE = (
    "order", "update", "table", "division", "syntax", "a_formatter_of_a_display", "post_execute",
    "run_a_broken_file", "skipped", "allowed", "a_task_over_cells", "the_kernel",
)  # fmt: skip
