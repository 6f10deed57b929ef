"""What the workers of a batch share: loaded and drawn once, before they are forked.

Importing this module does it. Nothing here starts a thread: typst stays out of it, and zmq opens nothing.
"""

import gc
import io
import os
from datetime import date
from importlib import import_module

from kuntakoonti.core.light_imports import without_iri_grammar

MODULES = (
    "kuntakoonti.runner.make", "kuntakoonti.runner.forked_kernel", "kuntakoonti.runner.kernel_process",
    "kuntakoonti.pages.annex_charts", "kuntakoonti.pages.annex", "kuntakoonti.pages.annex_tables",
    "kuntakoonti.pages.annex_text", "kuntakoonti.pages.board", "kuntakoonti.pages.adjustment",
    "kuntakoonti.pages.method", "kuntakoonti.pages.forecast", "kuntakoonti.pages.forecast_chart",
    "kuntakoonti.pages.board_money", "kuntakoonti.pages.statement", "kuntakoonti.pages.statement_rules",
    "IPython.core.completerlib", "IPython.core.oinspect", "IPython.extensions.storemagic",
    "encodings.unicode_escape", "faulthandler", "ipykernel.debugger", "ipykernel.kernelspec", "pwd",
    "sqlite3", "tornado.platform.asyncio",
    "matplotlib.backends.backend_svg", "pyarrow.pandas_compat", "babel.dates",
)  # fmt: skip
LANGUAGES = ("fi", "sv", "en")


def load() -> None:
    """Import the libraries of a report, and let them make what they make at their first use."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # ipykernel's debugger warns
    with without_iri_grammar():
        for name in MODULES:
            import_module(name)
    _first_frame()
    _first_dates()
    _first_chart()
    _first_kernel()
    gc.collect()
    gc.freeze()


def _first_frame() -> None:
    """Arrow's text and missing numbers."""
    from pandas import DataFrame

    frame = DataFrame([{"a": "x", "b": 1, "c": None}]).astype({"a": "category", "b": "Int64"})
    frame.loc[frame["a"] == "x", ["a", "c"]].astype("string").to_dict("records")


def _first_dates() -> None:
    from babel.dates import format_date

    for language in LANGUAGES:
        format_date(date(2025, 1, 1), "LLLL d.M.yyyy", locale=language)


def _first_chart() -> None:
    """Fonts, ticks and the SVG writer; the figure is thrown away."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    axes = figure.add_subplot()
    axes.barh([0, 1], [1, 2], hatch="//")
    axes.text(0, 0, "a")
    figure.savefig(io.BytesIO(), format="svg")


def _first_kernel() -> None:
    """What jupyter_client looks up once in a process: its provisioners."""
    from kuntakoonti.runner.engine import is_own_kernel

    is_own_kernel("python3")


load()
