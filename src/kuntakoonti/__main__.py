"""The command line: chooses the language, parses, calls, and turns errors into exit codes."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kuntakoonti.commandline import parse
from kuntakoonti.errors import EXIT_FAILED, EXIT_USAGE, DataProblems, KuntakoontiError, UsageError
from kuntakoonti.settings import settings_here
from kuntakoonti.voice import Voice, spoken


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 failed, 2 usage, 3 data)."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        say = Voice(spoken(_parameters(words)))
    except UsageError as error:
        Voice().error(error)
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


def _parameters(words: Sequence[str]) -> Path:
    """The folder of the parameters, which says the language, before the words are parsed."""
    for place, word in enumerate(words, 1):
        option, _, value = word.partition("=")
        value = value or "".join(words[place : place + 1])
        if option == "--parameters" and value:
            return Path(value)
    return settings_here().parameters


def _say_problems(error: DataProblems, say: Voice) -> None:
    from kuntakoonti.inspection import problem_line

    for problem in error.problems:
        say.write(problem_line(problem, say.language))
    say.plural(
        "{count} virhe pysäyttää ajon; mitään ei kirjoitettu. Korjaa se ja aja uudelleen.",
        "{count} virhettä pysäyttää ajon; mitään ei kirjoitettu. Korjaa ne ja aja uudelleen.",
        error.count_stops(),
    )


if __name__ == "__main__":
    sys.exit(main())
