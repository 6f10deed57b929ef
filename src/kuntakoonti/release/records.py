"""The area's records for its own analyst: every problem in them, and those behind a figure."""

from collections.abc import Callable, Iterable
from pathlib import Path

from kuntakoonti.core.errors import EXIT_DATA, EXIT_DONE, DataProblems, Problem
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import as_date
from kuntakoonti.core.settings import Settings
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.release.integrity import verified_archive
from kuntakoonti.restricted.intake.problem_list import problem_line, write_problems
from kuntakoonti.restricted.preparation.recount import check_records
from kuntakoonti.restricted.preparation.trace import FigureQuery
from kuntakoonti.restricted.preparation.trace import trace as write_trace


def check(
    settings: Settings, as_of: str, csv: Path | None, say: Messenger, tell: Callable[[str], None]
) -> int:
    """List every problem of the input by ``tell``, and to a file if asked; the exit code.

    ``as_of``: the extraction date, empty for all that is known.
    """
    day = as_date(as_of, "--as-of") if as_of else None
    problems = check_records(settings.data, load_parameters(settings.parameters), day)
    for line in problem_lines(problems, say.language):
        tell(line)
    if csv:
        write_problems(problems, csv, say.language)
    stops = DataProblems(problems).count_stops()
    say.plural("{count} virhe pysäyttää ajon.", "{count} virhettä pysäyttää ajon.", stops)
    say.plural(
        "{count} huomautus ei pysäytä ajoa.",
        "{count} huomautusta ei pysäytä ajoa.",
        len(problems) - stops,
    )
    return EXIT_DATA if stops else EXIT_DONE


def problem_lines(problems: Iterable[Problem], language: Language) -> list[str]:
    """Problems as lines: how bad, where, what."""
    return [problem_line(problem, language) for problem in problems]


def trace(settings: Settings, municipality: str, period: str, as_of: str) -> Path:
    """Write the ids behind a figure to ``restricted/trace/``; returns the file.

    UsageError for wrong words, and if the ledger, by which costs have moved, is not whole.
    """
    verified_archive(settings.output)
    asked = FigureQuery(municipality, period, as_date(as_of, "--as-of"))
    return write_trace(settings, asked)
