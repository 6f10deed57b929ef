"""A municipality beside the others and beside last year: from published figures, never a hidden one."""

from dataclasses import replace
from datetime import date

import pytest

from kuntakoonti.public.cells import Cell, Measure, Status, euro_cell
from kuntakoonti.public.comparison import (
    Comparison,
    comparisons,
    of_last_year,
    percent,
    with_year_before,
)
from kuntakoonti.public.ledger import Archive, Record

PEOPLE = {"297": 100_000, "749": 20_000, "844": 1_000, "857": 3_000}
JUNE = "2025-06"


def count(code: str, value: int | None, period: str = JUNE, service: str = "palkkatuki") -> Cell:
    status = Status.UNDER_THRESHOLD if value is None else Status.FINAL
    return Cell(code, service, period, Measure.CLIENTS, status, value)


def year(code: str, measure: Measure, euros: int) -> Cell:
    return euro_cell(code, "any", "2025", measure, 100 * euros)


COUNTS = [count("297", 400), count("749", 90), count("844", None), count("857", 12)]


def test_rates_are_of_the_members_that_show_the_same_count() -> None:
    """4.00, 4.50 and 4.00 of a thousand; who is under the threshold is in no range and no number."""
    (found,) = comparisons(COUNTS, "857", "2025", PEOPLE)
    assert found == Comparison("per_thousand", "palkkatuki", JUNE, 400, 400, 450, 2, 3)


def test_what_is_hidden_is_not_compared() -> None:
    """One's own count under the threshold, and fewer members than three that show it."""
    assert comparisons(COUNTS, "844", "2025", PEOPLE) == ()
    assert comparisons(COUNTS[1:], "857", "2025", PEOPLE) == ()
    running = [
        replace(c, status=Status.PRELIMINARY, value=None, class_low=5, class_high=9) for c in COUNTS
    ]
    assert comparisons(running, "857", "2025", PEOPLE) == ()


def test_a_service_is_compared_at_the_own_newest_exact_count() -> None:
    later = [count("297", 500, "2025-07"), count("749", 80, "2025-07")]
    (found,) = comparisons([*COUNTS, *later], "857", "2025", PEOPLE)
    assert found.period == JUNE


def test_shares_of_the_budget_leave_out_who_has_none() -> None:
    """A member without a budget, or whose recorded cost is not shown, is not among the members."""
    cells = [year(c, Measure.BUDGET, 200) for c in ("297", "749", "857")]
    cells += [
        year(c, Measure.ACTUAL_ROUNDED, n)
        for c, n in (("297", 50), ("749", 101), ("844", 9), ("857", 25))
    ]
    (found,) = comparisons(cells, "297", "2025", PEOPLE)
    assert (found.kind, found.own, found.low, found.high) == ("recorded", 25, 13, 51)
    assert (found.place, found.members) == (2, 3)


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(1, 8, 13), (-1, 8, -13), (1, 3, 33), (0, 5, 0)]
)
def test_a_per_cent_is_rounded_half_away_from_zero(part: int, whole: int, said: int) -> None:
    assert percent(part, whole) == said


def archive(release: str, *cells: Cell) -> Archive:
    month = f"{release[:4]}-12"
    return Archive((Record(release, month, date(2025, 2, 28), "role", "", "", {}, cells),))


def test_the_year_before_needs_two_exact_counts() -> None:
    """June beside June; nothing where last year's was under the threshold, or was another grain."""
    before = archive("2024-tasaus", count("857", 10, "2024-06"))
    assert with_year_before(COUNTS, "857", before) == (
        Comparison("year_before", "palkkatuki", JUNE, 12, 10, 10),
    )
    small = archive("2024-tasaus", count("857", None, "2024-06"), count("857", 10, "2024-Q2"))
    assert with_year_before(COUNTS, "857", small) == ()
    assert with_year_before(COUNTS, "844", before) == ()


def test_last_years_adjustment_is_what_it_showed_exactly() -> None:
    """Totals and the year's counts, of this municipality alone; no service's amount, nothing hidden."""
    shown = euro_cell("857", "any", "2024", Measure.ACTUAL, 5)
    clients = count("857", 22, "2024")
    hidden = count("857", None, "2024", "starttiraha")
    part = euro_cell("857", "palkkatuki", "2024", Measure.ACTUAL, 4)
    other = euro_cell("297", "any", "2024", Measure.ACTUAL, 6)
    found = of_last_year(archive("2024-tasaus", shown, clients, hidden, part, other), "857", "2025")
    assert found == (shown, clients)
    assert of_last_year(archive("2024-tasausarvio", shown), "857", "2025") == ()
