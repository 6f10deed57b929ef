"""What can go wrong, said without quoting a cell.

Errors carry an exit code of the contract. A problem in the data names file, line and column and
says what to write instead; it never repeats the value, because the value may be a person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_DATA = 0, 1, 2, 3


class Severity(StrEnum):
    """Whether a problem stops the run or is only listed."""

    STOP = "stop"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Problem:
    """One finding in the input: where it is, its kind, and the safe values of its sentence.

    ``line`` is the line of a text file or the row of a sheet, from 1; 0 means the whole file.
    ``values`` fill the kind's sentence (`kuntakoonti.language.Language.problem`) and must never
    hold a cell of a person's record.
    """

    file: str
    line: int
    column: str
    kind: str
    severity: Severity
    values: tuple[tuple[str, str], ...] = ()


class KuntakoontiError(Exception):
    """An error whose message is safe to show, log and publish."""

    exit_code = EXIT_FAILED


class UsageError(KuntakoontiError):
    """Wrong usage or parameters; the message says what to write instead."""

    exit_code = EXIT_USAGE


class DataProblems(KuntakoontiError):
    """The data have problems that stop the run; all of them are in ``problems``."""

    exit_code = EXIT_DATA

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{self.count_stops()} virhettä tiedoissa pysäyttää ajon")

    def count_stops(self) -> int:
        """How many of the problems stop the run."""
        return len(stopping(self.problems))


def stopping(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems that stop a run."""
    return tuple(p for p in problems if p.severity is Severity.STOP)
