"""An error that leaves a notebook: kept beside what it makes, and said by whoever ran it.

Out of a kernel comes only an error's name and text; its message and values would be lost, and with
them its translation.
"""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from kuntakoonti.core.errors import DataProblems, KuntakoontiError, UsageError
from kuntakoonti.core.settings import settings_here

_FILE = "refusal.json"
P = ParamSpec("P")
T = TypeVar("T")


def keep_refusal(stage: Callable[P, T]) -> Callable[P, T]:
    """A stage that leaves what it refuses for whoever runs the notebook: an error does not cross."""

    @wraps(stage)
    def run(*given: P.args, **named: P.kwargs) -> T:
        try:
            return stage(*given, **named)
        except KuntakoontiError as error:
            here = settings_here()
            if here.stage and not isinstance(error, DataProblems):
                write_refusal(error, here.stage.restricted)
            raise

    return run


def write_refusal(error: KuntakoontiError, folder: Path) -> None:
    """Leave an error for whoever ran the notebook, who says it in the area's language."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    values = {name: str(value) for name, value in error.values.items()}
    left = {"usage": isinstance(error, UsageError), "message": error.message, "values": values}
    (folder / _FILE).write_text(json.dumps(left), encoding="utf-8")


def read_refusal(folder: Path) -> KuntakoontiError | None:
    """The error that `write_refusal` left in a folder, None if there is none."""
    path = folder / _FILE
    if not path.exists():
        return None
    left = json.loads(path.read_text(encoding="utf-8"))
    kind = UsageError if left["usage"] else KuntakoontiError
    return kind(left["message"], **left["values"])
