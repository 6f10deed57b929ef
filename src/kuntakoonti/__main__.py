"""The command line: chooses the language, parses, calls, and turns errors into exit codes."""

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path

from kuntakoonti.cli.parser import parse
from kuntakoonti.core.errors import (
    EXIT_FAILED,
    EXIT_USAGE,
    DataProblems,
    KuntakoontiError,
    UsageError,
)
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger, message_language
from kuntakoonti.core.settings import settings_here

OF_THE_OUTPUT = frozenset({"approve", "attack", "sent", "status"})  # they read no parameters


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 failed, 2 usage, 3 data)."""
    words = sys.argv[1:] if arguments is None else arguments
    _never_die_of_a_letter()
    try:
        say = Messenger(_language(words))
    except UsageError as error:
        Messenger().error(error)
        return EXIT_USAGE
    chosen = parse(words, say.language)
    command: Callable[..., int] = chosen.command
    try:
        return command(chosen, say)
    except DataProblems as error:
        _say_problems(error, say)
        return error.exit_code
    except KuntakoontiError as error:
        say.error(error)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
        return EXIT_FAILED


def _never_die_of_a_letter() -> None:
    """A console that has not all letters shows a question mark instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _language(words: Sequence[str]) -> Language:
    """The language of a command, before its words are parsed: of OUTPUT's area or of the parameters'."""
    here = settings_here()
    output = _folder(words, "--output", here.output) if OF_THE_OUTPUT & set(words[:1]) else None
    return message_language(_folder(words, "--parameters", here.parameters), output)


def _folder(words: Sequence[str], wanted: str, otherwise: Path) -> Path:
    for place, word in enumerate(words, 1):
        option, _, value = word.partition("=")
        value = value or "".join(words[place : place + 1])
        if option == wanted and value:
            return Path(value)
    return otherwise


def _say_problems(error: DataProblems, say: Messenger) -> None:
    from kuntakoonti.restricted.intake.problem_list import problem_lines

    for line in problem_lines(error.problems, say.language):
        say.write(line)
    say.plural(
        "{count} virhe pysäyttää ajon; mitään ei kirjoitettu. Korjaa se ja aja uudelleen.",
        "{count} virhettä pysäyttää ajon; mitään ei kirjoitettu. Korjaa ne ja aja uudelleen.",
        error.count_stops(),
    )


if __name__ == "__main__":
    sys.exit(main())
