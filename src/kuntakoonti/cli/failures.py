"""What went wrong, in one sentence and an exit code: the one place for every error of a command."""

import traceback

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
    "Muisti loppui. Vapauta muistia tai anna pienempi --workers ja aja sama komento uudelleen. "
    "Valmis on tallessa."
)
_STOPPED = message("Ajo keskeytettiin. Valmis on tallessa; sama komento jatkaa siitä.")
_FAULT = message(
    "Ohjelma pysähtyi virheeseen {error}. Ilmoita siitä ylläpidolle, yllä olevat rivit mukaan; virheen "
    "omaa tekstiä ei näytetä, koska siinä voi olla henkilön tietoja."
)


def say_failure(error: BaseException, say: Messenger) -> int:
    """Say what went wrong and what to do; the exit code. Nothing of a person's is quoted."""
    if isinstance(error, DataProblems):
        _say_problems(error, say)
        return error.exit_code
    if isinstance(error, KuntakoontiError):
        say.error(error)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        say(_STOPPED)
        return EXIT_STOPPED
    if isinstance(error, OSError):
        say.error(system_error(error))
    elif isinstance(error, MemoryError):
        say(_MEMORY)
    else:
        say.write("".join(traceback.format_tb(error.__traceback__)).rstrip())
        say(_FAULT, error=type(error).__name__)
    return EXIT_FAILED


def _say_problems(error: DataProblems, say: Messenger) -> None:
    from kuntakoonti.release.records import problem_lines

    for line in problem_lines(error.problems, say.language):
        say.write(line)
    say.plural(
        "{count} virhe pysäyttää ajon; mitään ei kirjoitettu. Korjaa se ja aja uudelleen.",
        "{count} virhettä pysäyttää ajon; mitään ei kirjoitettu. Korjaa ne ja aja uudelleen.",
        error.count_stops(),
    )
