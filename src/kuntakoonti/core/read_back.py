"""What the program wrote is read back here, and here it is said what is wrong with it.

Every file of an OUTPUT that a command reads again (manifests, ledger, chained lists, outcomes, marks,
handovers) goes through these functions: absent, a folder in its place, a link that leads nowhere, not
UTF-8, not JSON and another form are each one sentence with the file's name and what to do.
"""

import csv
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from kuntakoonti.core.errors import Sentence, UsageError

T = TypeVar("T")
C = TypeVar("C", str, bytes)
OTHER_FORM = (
    ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError, csv.Error,
)  # fmt: skip


def restore() -> Sentence:
    """What to do about a file that no command makes again."""
    return Sentence(
        "Restore it from a backup; if it belongs to a draft, make the draft again. Nothing was "
        "published."
    )


def make_again() -> Sentence:
    """What to do about a file that the next run makes again."""
    return Sentence("Remove it and run the same command again: the run makes it anew.")


class Unreadable(UsageError):
    """A file of OUTPUT that cannot be read back; ``file`` is its name with its folder's."""

    def __init__(self, file: str, wrong: Sentence, remedy: Sentence) -> None:
        super().__init__("{wrong} {remedy}", wrong=wrong, remedy=remedy)
        self.file = file


class Absent(Unreadable):
    """The file is not there."""


def bytes_of(path: Path, remedy: Callable[[], Sentence] = restore) -> bytes:
    """The content of a file; Unreadable if it cannot be had, Absent if it is not there."""
    name = named(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise _leads_nowhere(name, remedy) from None
        raise Absent(name, Sentence("{file} is missing.", file=name), remedy()) from None
    except NotADirectoryError:
        raise Absent(name, Sentence("{file} is missing.", file=name), remedy()) from None
    except IsADirectoryError:
        wrong = Sentence("{file}: a folder stands in the place of the file.", file=name)
        raise Unreadable(name, wrong, remedy()) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _leads_nowhere(name, remedy) from None
        reason = os.strerror(error.errno or 0)
        wrong = Sentence("{file} cannot be read ({reason}).", file=name, reason=reason)
        raise Unreadable(name, wrong, remedy()) from None


def text_of(path: Path, remedy: Callable[[], Sentence] = restore) -> str:
    """The text of a file; Unreadable also if it is not UTF-8."""
    try:
        return bytes_of(path, remedy).decode()
    except UnicodeDecodeError:
        name = named(path)
        raise Unreadable(name, Sentence("{file} is not UTF-8 text.", file=name), remedy()) from None


def json_of(path: Path, form: Callable[[Any], T], remedy: Callable[[], Sentence] = restore) -> T:
    """What ``form`` makes of a file's JSON values; Unreadable also if it is not JSON or of its form."""
    return parsed(path, text_of(path, remedy), lambda text: form(_json(path, text, remedy)), remedy)


def parsed(
    path: Path, content: C, form: Callable[[C], T], remedy: Callable[[], Sentence] = restore
) -> T:
    """What ``form`` makes of a file's content; Unreadable if it has another form."""
    try:
        return form(content)
    except OTHER_FORM:
        name = named(path)
        wrong = Sentence("{file} has another form than this program writes.", file=name)
        raise Unreadable(name, wrong, remedy()) from None


def is_there(path: Path) -> bool:
    """Whether anything stands at a place, a broken link too."""
    return os.path.lexists(path)


def named(path: Path) -> str:
    """A file by its own name and its folder's, as a message says it."""
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name


def _json(path: Path, text: str, remedy: Callable[[], Sentence]) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        name = named(path)
        raise Unreadable(name, Sentence("{file} is not JSON.", file=name), remedy()) from None


def _leads_nowhere(name: str, remedy: Callable[[], Sentence]) -> Unreadable:
    return Unreadable(name, Sentence("{file} is a link that leads nowhere.", file=name), remedy())
