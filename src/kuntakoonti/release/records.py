"""The area's records for its own analyst: every problem in them, and those behind a figure."""

from collections.abc import Callable
from pathlib import Path

from kuntakoonti.core.errors import EXIT_DATA, EXIT_DONE, DataProblems, UsageError
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import as_date
from kuntakoonti.core.settings import Settings
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.release.integrity import verified_archive
from kuntakoonti.restricted.intake.new_sources import propose
from kuntakoonti.restricted.intake.problem_list import (
    grouped_lines,
    problem_lines,
    refuse_foreign_file,
    write_problem_list,
)
from kuntakoonti.restricted.preparation.declared_records import fold_extracts as fold
from kuntakoonti.restricted.preparation.recount import check_records
from kuntakoonti.restricted.preparation.trace import FigureQuery
from kuntakoonti.restricted.preparation.trace import trace as write_trace

__all__ = ["check", "fold_extracts", "problem_lines", "propose_sources", "trace"]


def check(
    settings: Settings, as_of: str, csv: Path | None, say: Messenger, tell: Callable[[str], None]
) -> int:
    """List every problem of the input by ``tell``, and to a file if asked; the exit code.

    ``as_of``: the extraction date, empty for all that is known.
    """
    day = as_date(as_of, "--as-of") if as_of else None
    if csv:
        refuse_foreign_file(csv)
    problems = check_records(settings, day)
    for line in grouped_lines(problems, say.language):
        tell(line)
    if csv:
        write_problem_list(problems, csv, say.language)
    stops = DataProblems(problems).count_stops()
    say.plural("{count} error stops the run.", "{count} errors stop the run.", stops)
    say.plural(
        "{count} note does not stop the run.",
        "{count} notes do not stop the run.",
        len(problems) - stops,
    )
    return EXIT_DATA if stops else EXIT_DONE


def propose_sources(folder: Path, parameters: Path, say: Messenger) -> int:
    """Write a first ``sources.yml`` from a folder of exports; nothing of a person is said."""
    target = parameters / "sources.yml"
    if target.exists():
        raise UsageError(
            "The file {file} is there already. Move it away and run again.", file=target
        )
    services = load_parameters(parameters).services.services
    text, found = propose(folder, [s.name for s in services])
    target.write_text(text, encoding="utf-8")
    for pattern, table, rows in found:
        if table:
            say("{pattern} → {table}, rows: {rows}", pattern=pattern, table=table, rows=rows)
        else:
            say("{pattern}: not recognised", pattern=pattern)
    say(
        "Check {file} and fill in the places TÄYDENNÄ. Then: kuntakoonti check --data …",
        file=target,
    )
    return EXIT_DONE


def fold_extracts(settings: Settings, say: Messenger) -> int:
    """Keep the pseudonymised history of the extracts, so that raw exports can be deleted."""
    parameters = load_parameters(settings.parameters)
    day = fold(settings, parameters, verified_archive(settings.output))
    say(
        "The history of the extracts is kept as pseudonyms up to {day} (restricted/extracts). "
        "Exports up to that day can be deleted.",
        day=day,
    )
    return EXIT_DONE


def trace(settings: Settings, municipality: str, period: str, as_of: str) -> Path:
    """Write the ids behind a figure to ``restricted/trace/``; returns the file.

    UsageError for wrong words, and if the ledger, by which costs have moved, is not whole.
    """
    verified_archive(settings.output)
    asked = FigureQuery(municipality, period, as_date(as_of, "--as-of"))
    return write_trace(settings, asked)
