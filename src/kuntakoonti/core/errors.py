"""What can go wrong, said without quoting a cell.

Errors carry an exit code of the contract. A problem in the data names file, line and column and
says what to write instead; it never repeats the value, because the value may be a person's.

A message is a sentence with named ``{places}`` and the values for them; it is translated where it
is said (`kuntakoonti.core.language`), so that an error can be raised without knowing to whom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kuntakoonti.core.catalogues import CONTEXT, counted, translated

EXIT_DONE = 0
"""done"""
EXIT_FAILED = 1
"""some report failed, the attack succeeded, or the run broke off"""
EXIT_USAGE = 2
"""wrong usage or parameters; the message says what to write"""
EXIT_DATA = 3
"""problems in the data that stop the run"""
EXIT_STOPPED = 130
"""stopped from the keyboard"""


class Translator(Protocol):
    """What says a message in its own language: `kuntakoonti.core.language.Language`."""

    def text(self, message: str, /, **values: object) -> str: ...

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str: ...


class Finnish:
    """Says a message in Finnish: to whoever has not said in which language."""

    def text(self, message: str, /, **values: object) -> str:
        said = translated("fi", message)
        return said.format(**values) if values else said

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        return counted("fi", one, many, count).format(count=count, **values)


FINNISH = Finnish()


def message(text: str, context: str = "") -> str:
    """Mark a message that stands in a constant for extraction; it is looked up where it is said.

    ``context`` tells it apart from the same words that are others in another language.
    """
    return f"{context}{CONTEXT}{text}" if context else text


class Sentence(str):
    """A text in Finnish that remembers the message and the values it was made of, to be translated."""

    message: str
    values: dict[str, object]

    def __new__(cls, message: str = "", /, **values: object) -> "Sentence":
        made = super().__new__(cls, FINNISH.text(message, **values))
        made.message, made.values = message, values
        return made

    def said(self, language: Translator) -> str:
        """The sentence in a language, sentences among its values too."""
        return language.text(self.message, **_said(self.values, language))


def _said(values: Mapping[str, object], language: Translator) -> dict[str, object]:
    return {k: v.said(language) if isinstance(v, Sentence) else v for k, v in values.items()}


class Severity(StrEnum):
    """Whether a problem stops the run or is only listed."""

    STOP = "stop"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Problem:
    """One finding in the input: where it is, its kind, and the safe values of its sentence.

    ``line`` is the line of a text file or the row of a sheet, from 1; 0 means the whole file.
    ``values`` fill the kind's sentence (`kuntakoonti.restricted.intake.problem_list.sentence`) and
    must never hold a cell of a person's record.
    """

    file: str
    line: int
    column: str
    kind: str
    severity: Severity
    values: tuple[tuple[str, str], ...] = ()


class KuntakoontiError(Exception):
    """An error that is safe to show, log and publish: a sentence and what fills its places.

    ``str`` is the Finnish sentence.
    """

    exit_code = EXIT_FAILED

    def __init__(self, message: str = "", /, **values: object) -> None:
        super().__init__(message)
        self.message, self.values = message, values

    def __str__(self) -> str:
        return self.said(FINNISH)

    def said(self, language: Translator) -> str:
        """The sentence in a language, sentences among its values too."""
        return language.text(self.message, **_said(self.values, language))


class UsageError(KuntakoontiError):
    """Wrong usage or parameters; the message says what to write instead."""

    exit_code = EXIT_USAGE


class DataProblems(KuntakoontiError):
    """The data have problems that stop the run; all of them are in ``problems``."""

    exit_code = EXIT_DATA

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            message(
                "The data have errors that stop the run ({count}). Correct them and run again."
            ),
            count=self.count_stops(),
        )

    def count_stops(self) -> int:
        """How many of the problems stop the run."""
        return len(stopping(self.problems))


def stopping(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems that stop a run."""
    return tuple(p for p in problems if p.severity is Severity.STOP)
