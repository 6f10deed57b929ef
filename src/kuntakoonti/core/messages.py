"""What the commands say to the analyst, and in which language: the area's, unless told otherwise."""

import errno
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from kuntakoonti.core.errors import KuntakoontiError, UsageError
from kuntakoonti.core.language import LANGUAGES, Language
from kuntakoonti.core.settings import OutputFolder

VARIABLE = "KUNTAKOONTI_LANGUAGE"
_IN_PARAMETERS = re.compile(r"""^language:\s*["']?(fi|sv|en)\b""", re.MULTILINE)
_IN_HANDOVER = re.compile(r"""^\s*"language":\s*"(fi|sv|en)\"""", re.MULTILINE)


def to_stderr(line: str) -> None:
    """A line to the analyst, at once; in a notebook on stdout, since stderr is a red box there."""
    is_notebook = type(sys.stderr).__module__ == "ipykernel.iostream"
    _say_to(sys.stdout if is_notebook else sys.stderr, line)


def to_stderr_everywhere(line: str) -> None:
    """What went wrong, in a notebook too where it is seen."""
    _say_to(sys.stderr, line)


def _say_to(stream: TextIO | None, line: str) -> None:
    """Say a line at once; where nobody hears any more, the work goes on."""
    if stream is None:
        return
    try:
        print(line, file=stream, flush=True)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EBADF):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@dataclass(frozen=True)
class Messenger:
    """Says messages in a language, a line each; ``write`` is where they go (stderr)."""

    language: Language = field(default_factory=Language)
    write: Callable[[str], None] = to_stderr

    def __call__(self, message: str, /, **values: object) -> None:
        self.write(self.language.text(message, **values))

    def plural(self, one: str, many: str, count: int, /, **values: object) -> None:
        """Say a message about a count; ``{count}`` is the grouped number."""
        self.write(self.language.plural(one, many, count, **values))

    def error(self, error: KuntakoontiError) -> None:
        """Say what went wrong."""
        write = to_stderr_everywhere if self.write is to_stderr else self.write
        write(error.said(self.language))


def message_language(parameters: Path, output: OutputFolder | None = None) -> Language:
    """The language of messages: the environment's, else the area's, else Finnish.

    The area is that of the handovers in ``output``, where there are any, else that of ``parameters``.
    UsageError for a language in the environment that there is not.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted and wanted not in LANGUAGES:
        raise UsageError("{variable}: write fi, sv or en.", variable=VARIABLE)
    handed = sorted(output.protected.glob("*/area.json")) if output else []
    said = (_found(_IN_HANDOVER, path) for path in reversed(handed))
    return Language(
        wanted
        or next(filter(None, said), "")
        or _found(_IN_PARAMETERS, parameters / "area.yml")
        or "fi"
    )


def _found(form: re.Pattern[str], path: Path) -> str:
    """Read by its form, so that a file with mistakes still says in which language to say them."""
    try:
        found = form.search(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
    return found[1] if found else ""
