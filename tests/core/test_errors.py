"""Exit codes, and problems in the order of their files."""

from kuntakoonti.core.errors import (
    EXIT_DATA,
    EXIT_FAILED,
    EXIT_USAGE,
    DataProblems,
    KuntakoontiError,
    Problem,
    Severity,
    UsageError,
    stopping,
)


def test_errors_carry_the_exit_codes_of_the_contract() -> None:
    """1 something failed, 2 wrong usage, 3 problems in the data."""
    assert KuntakoontiError.exit_code == EXIT_FAILED == 1
    assert UsageError.exit_code == EXIT_USAGE == 2
    assert DataProblems.exit_code == EXIT_DATA == 3


def test_only_problems_that_stop_are_counted() -> None:
    """A note does not stop the run and is not in the error's number."""
    note = Problem("a.csv", 2, "amount", "negative", Severity.NOTE)
    stop = Problem("a.csv", 1, "amount", "bad", Severity.STOP)
    assert stopping([note, stop]) == (stop,)
    error = DataProblems([note, stop])
    assert error.problems == (note, stop) and error.count_stops() == 1
    assert str(error).startswith("Tiedoissa on virheitä, jotka pysäyttävät ajon (1).")


def test_problems_are_sorted_by_file_and_line() -> None:
    """The order in which they are read."""
    places = [("b.csv", 1), ("a.csv", 10), ("a.csv", 9), ("a.csv", 0)]
    problems = sorted(Problem(f, n, "", "bad", Severity.STOP) for f, n in places)
    assert [(p.file, p.line) for p in problems] == sorted(places)
