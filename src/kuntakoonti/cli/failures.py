"""What went wrong, in one sentence and an exit code: the one place for every error of a command."""

import traceback
from pathlib import Path

from kuntakoonti.core.errors import (
    EXIT_FAILED,
    EXIT_STOPPED,
    DataProblems,
    KuntakoontiError,
    message,
)
from kuntakoonti.core.files import system_error
from kuntakoonti.core.messages import Messenger

_MEMORY = message(
    "Memory ran out. Free memory or give a smaller --workers, then run the same command again. "
    "What is finished is kept."
)
_STOPPED = message(
    "The run was stopped. What is finished is kept; the same command goes on from there."
)
_FAULT = message(
    "The program stopped at the error {error} ({places}). Report this line to the maintainers; the "
    "error's own text is not shown, because it may hold personal data."
)


def say_failure(error: BaseException, say: Messenger) -> int:
    """Say what went wrong and what to do; the exit code. Nothing of a person's is quoted."""
    if isinstance(error, DataProblems):
        _say_problems(error, say)
        return error.exit_code
    if isinstance(error, KuntakoontiError):
        say.error(error)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt) or _is_interrupted_query(error):
        say(_STOPPED)
        return EXIT_STOPPED
    if isinstance(error, OSError):
        say.error(system_error(error))
    elif isinstance(error, MemoryError):
        say(_MEMORY)
    else:
        say(_FAULT, error=type(error).__name__, places=_places(error))
    return EXIT_FAILED


def _is_interrupted_query(error: BaseException) -> bool:
    """DuckDB answers a keyboard's interrupt during a query by an error of its own."""
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted"


def _places(error: BaseException) -> str:
    """Where it happened, innermost first, as ``file:line`` without a value or a folder."""
    frames = traceback.extract_tb(error.__traceback__)
    return ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-6:-1])


def _say_problems(error: DataProblems, say: Messenger) -> None:
    from kuntakoonti.release.records import problem_lines

    for line in problem_lines(error.problems, say.language):
        say.write(line)
    say.plural(
        "{count} error stops the run; nothing was written. Correct it and run again.",
        "{count} errors stop the run; nothing was written. Correct them and run again.",
        error.count_stops(),
    )
