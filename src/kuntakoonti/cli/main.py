"""The command line: chooses the language, parses, calls, and turns errors into exit codes."""

import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path

from kuntakoonti.cli.failures import say_failure
from kuntakoonti.cli.parser import parse
from kuntakoonti.cli.surroundings import places_for_libraries
from kuntakoonti.core.errors import EXIT_FAILED
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger, message_language
from kuntakoonti.core.settings import OutputFolder, settings_here

OF_THE_OUTPUT = frozenset(
    {"approve", "attack", "mend", "recall", "sent", "status"}
)  # they read no parameters


def main(arguments: Sequence[str] | None = None, loaded: Callable[[], None] = lambda: None) -> int:
    """Run one command and return its exit code (0 done, 1 failed, 2 usage, 3 data, 130 stopped).

    ``loaded`` is called first; what it raises is said as the command's.
    """
    words, say = sys.argv[1:] if arguments is None else arguments, Messenger()
    _open_closed_streams()
    _never_die_of_a_letter()
    try:
        loaded()
        say = Messenger(_language(words))
        chosen = parse(words, say.language)
        command: Callable[..., int] = chosen.command
        with places_for_libraries():
            return command(chosen, say)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
        return EXIT_FAILED
    except (Exception, KeyboardInterrupt) as error:
        return say_failure(error, say)


def _open_closed_streams() -> None:
    """A stream that was closed before the start leads nowhere, and not into a file of ours."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _never_die_of_a_letter() -> None:
    """A console that has not all letters shows a question mark instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _language(words: Sequence[str]) -> Language:
    """The language of a command, before its words are parsed: of OUTPUT's area or of the parameters'."""
    here = settings_here()
    output = _folder(words, "--output", here.output.root)
    of_the_output = OutputFolder(output) if OF_THE_OUTPUT & set(words[:1]) else None
    return message_language(_folder(words, "--parameters", here.parameters), of_the_output)


def _folder(words: Sequence[str], wanted: str, otherwise: Path) -> Path:
    for place, word in enumerate(words, 1):
        option, _, value = word.partition("=")
        value = value or "".join(words[place : place + 1])
        if option == wanted and value:
            return Path(value)
    return otherwise
