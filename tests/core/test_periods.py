"""Days, months, quarters and years."""

import calendar as standard
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kuntakoonti.core import periods as calendar
from kuntakoonti.core.errors import (
    UsageError,
)

YEARS = st.integers(1900, 2100)
MONTHS = st.builds("{:04d}-{:02d}".format, YEARS, st.integers(1, 12))
QUARTERS = st.builds("{:04d}-Q{}".format, YEARS, st.integers(1, 4))
PERIODS = st.one_of(MONTHS, QUARTERS, YEARS.map(str))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01", True),
        ("2025-12", True),
        ("1000-01", True),
        ("2999-12", True),
        ("2025-00", False),
        ("2025-13", False),
        ("2025-8", False),
        ("0000-01", False),
        ("9999-12", False),
        ("2025-08 ", False),
        ("2025-08\n", False),
        ("２０２５-08", False),
        ("2025-Q3", False),
        ("2025", False),
        ("", False),
    ],
)
def test_a_month_is_four_digits_a_hyphen_and_two(text: str, expected: bool) -> None:
    """Nothing else is a month, also not what looks like one."""
    assert calendar.is_month(text) is expected


@given(st.one_of(MONTHS, st.from_regex(r"\d{4}-\d{2}", fullmatch=True), st.text(max_size=8)))
def test_every_month_has_days(text: str) -> None:
    """What is a month by its form is one in the calendar."""
    assume(calendar.is_month(text))
    days = standard.monthrange(int(text[:4]), int(text[5:]))[1]
    assert calendar.last_day(text) - calendar.first_day(text) == timedelta(days - 1)


@pytest.mark.parametrize("text", ["2025-02-28", "2024-02-29", "2025-03-01"])
def test_a_date_is_read(text: str) -> None:
    """An ISO date."""
    assert calendar.as_date(text, "--as-of").isoformat() == text


@pytest.mark.parametrize("text", ["2025-02-29", "15.9.2025", "", "2025-09", "eilen"])
def test_what_is_no_date_is_wrong_usage(text: str) -> None:
    """The error names the option and shows the form."""
    with pytest.raises(UsageError, match=r"^--as-of: kirjoita päivä muodossa 2025-09-15"):
        calendar.as_date(text, "--as-of")


@pytest.mark.parametrize(
    ("month", "number", "expected"),
    [
        ("2025-12", -1, "2025-11"),
        ("2025-12", 0, "2025-12"),
        ("2025-12", 1, "2026-01"),
        ("2025-01", -1, "2024-12"),
        ("2025-08", 24, "2027-08"),
        ("2025-08", -24, "2023-08"),
    ],
)
def test_months_are_added_over_the_turn_of_the_year(month: str, number: int, expected: str) -> None:
    """Forwards and backwards."""
    assert calendar.add_months(month, number) == expected


@given(MONTHS, st.integers(-2000, 2000))
def test_adding_months_and_taking_them_away_is_nothing(month: str, number: int) -> None:
    """``add_months`` has an inverse, and keeps the order of the months."""
    there = calendar.add_months(month, number)
    assert calendar.add_months(there, -number) == month
    assert (there > month) - (there < month) == (number > 0) - (number < 0)


@given(MONTHS, st.integers(-30, 60))
def test_months_between_are_all_of_them_once(first: str, number: int) -> None:
    """Both ends included; nothing if the end is before the beginning."""
    months = calendar.months_between(first, calendar.add_months(first, number))
    assert months == tuple(calendar.add_months(first, i) for i in range(number + 1))


@given(PERIODS)
def test_a_period_is_half_open_and_made_of_its_months(period: str) -> None:
    """Its days are those of its months, one after another, without a gap or an overlap."""
    months = calendar.months_of(period)
    assert calendar.first_day(period) == calendar.first_day(months[0])
    assert calendar.day_after(period) == calendar.day_after(months[-1])
    for earlier, later in pairwise(months):
        assert calendar.day_after(earlier) == calendar.first_day(later)
    assert calendar.last_day(period) == calendar.day_after(period) - timedelta(1)
    assert {calendar.year_of(m) for m in months} == {calendar.year_of(period)}


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_day_is_in_exactly_its_month_quarter_and_year(day: date) -> None:
    """From the day to its periods and back."""
    month = calendar.month_of(day)
    quarter = calendar.quarter_of(month)
    assert quarter[-1] == str(-(-day.month // 3))
    for period in (month, quarter, calendar.year_of(month)):
        assert month in calendar.months_of(period)
        assert calendar.first_day(period) <= day < calendar.day_after(period)


@pytest.mark.parametrize(
    ("period", "first", "after", "months"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1), 1),
        ("2025-12", date(2025, 12, 1), date(2026, 1, 1), 1),
        ("2025-Q4", date(2025, 10, 1), date(2026, 1, 1), 3),
        ("2025", date(2025, 1, 1), date(2026, 1, 1), 12),
    ],
)
def test_the_ends_of_periods(period: str, first: date, after: date, months: int) -> None:
    """A leap month, and three ends of a year."""
    assert (calendar.first_day(period), calendar.day_after(period)) == (first, after)
    assert len(calendar.months_of(period)) == months
