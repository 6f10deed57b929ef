"""The ground: days and months, words and numbers, municipalities, errors and folders."""

import calendar as standard
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kuntakoonti.core import periods as calendar
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
from kuntakoonti.core.language import MINUS, NBSP, Language
from kuntakoonti.core.settings import PROJECT, OutputFolder, Settings, settings_here
from kuntakoonti.parameters.municipalities import municipalities, municipality_codes

SAY = Language("fi")
YEARS = st.integers(1900, 2100)
MONTHS = st.builds("{:04d}-{:02d}".format, YEARS, st.integers(1, 12))
QUARTERS = st.builds("{:04d}-Q{}".format, YEARS, st.integers(1, 4))
PERIODS = st.one_of(MONTHS, QUARTERS, YEARS.map(str))


# Calendar


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


# Language


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1000, f"1{NBSP}000"),
        (-999, f"{MINUS}999"),
        (-1000, f"{MINUS}1{NBSP}000"),
        (1234567, f"1{NBSP}234{NBSP}567"),
    ],
)
def test_a_number_is_grouped_by_no_break_spaces(value: int, expected: str) -> None:
    """From the first thousand on; a minus is a minus and not a hyphen."""
    assert SAY.number(value) == expected


@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        (-1, "−0,01 €"),
        (0, "0,00 €"),
        (1, "0,01 €"),
        (99, "0,99 €"),
        (100, "1,00 €"),
        (99_999, "999,99 €"),
        (100_000, "1 000,00 €"),
        (100_001, "1 000,01 €"),
        (-123_456_789, "−1 234 567,89 €"),
    ],
)
def test_cents_become_euros(cents: int, expected: str) -> None:
    """Two decimals after a comma, a no-break space before the sign."""
    assert SAY.euros(cents) == expected.replace(" ", NBSP)
    assert SAY.euros(cents, unit=False) == expected.replace(" ", NBSP).removesuffix(f"{NBSP}€")


@given(st.integers(-(10**17), 10**17))
def test_euros_are_the_digits_of_the_cents(cents: int) -> None:
    """No float on the way: the digits are those of the integer, grouped by threes."""
    whole, part = divmod(abs(cents), 100)
    plain = f"{whole:,}".replace(",", NBSP) + f",{part:02d}"
    sign = MINUS if cents < 0 else ""
    assert SAY.euros(cents, unit=False) == sign + plain


@pytest.mark.parametrize(("cents", "expected"), [(-1, "−0,01 €"), (0, "0,00 €"), (1, "+0,01 €")])
def test_a_change_has_its_sign(cents: int, expected: str) -> None:
    """Plus for more, minus for less, nothing for nothing."""
    assert SAY.signed_euros(cents) == expected.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (2, 3, "66,7"),
        (1, 1, "100,0"),
        (0, 7, "0,0"),
        (1049, 10000, "10,5"),
        (5, 10000, "0,1"),
        (15, 10000, "0,2"),
        (25, 10000, "0,3"),
        (-5, 10000, "−0,1"),
        (-25, 10000, "−0,3"),
        (-1, 100000, "0,0"),
        (1, 100000, "0,0"),
        (5, -10000, "−0,1"),
    ],
)
def test_a_share_is_rounded_half_away_from_zero(part: int, whole: int, expected: str) -> None:
    """One decimal; nothing has no sign."""
    assert SAY.percent(part, whole) == f"{expected}{NBSP}%"


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_a_share_is_never_further_than_half_a_tenth(part: int, whole: int) -> None:
    """Against exact fractions, and ties go away from zero."""
    said = SAY.percent(part, whole).removesuffix(f"{NBSP}%")
    found = Fraction(said.replace(MINUS, "-").replace(",", ".").replace(NBSP, ""))
    exact = Fraction(100 * part, whole)
    assert abs(found - exact) <= Fraction(1, 20)
    if abs(found - exact) == Fraction(1, 20):
        assert abs(found) > abs(exact)
    assert not said.startswith(f"{MINUS}0,0")


@given(st.integers(-(10**9), 10**9))
def test_a_percent_of_a_thousand_is_a_decimal(part: int) -> None:
    """The plain way to the same number."""
    plain = Decimal(part).quantize(Decimal("0.1"), ROUND_HALF_UP)
    digits = f"{abs(plain):,.1f}".replace(",", " ").replace(".", ",").replace(" ", "")
    said = SAY.percent(part, 100).removesuffix(f"{NBSP}%").replace(NBSP, "")
    assert said == (MINUS if part < 0 else "") + digits


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 8, 14), "14.8.2025"),
        (date(2025, 1, 1), "1.1.2025"),
        (date(2025, 12, 31), "31.12.2025"),
    ],
)
def test_a_date_has_no_leading_zeros(day: date, expected: str) -> None:
    """Day, month and year between points."""
    assert SAY.date(day) == expected


def test_months_are_named_in_the_nominative() -> None:
    """A month name stands alone, never ``elokuuta``."""
    months = [f"2025-{m:02d}" for m in range(1, 13)]
    names = ["tammi", "helmi", "maalis", "huhti", "touko", "kesä",
             "heinä", "elo", "syys", "loka", "marras", "joulu"]  # fmt: skip
    assert [SAY.month_name(m) for m in months] == [f"{n}kuu" for n in names]
    assert [SAY.month_name(m, short=True) for m in months] == names
    assert [SAY.period(m) for m in months] == [f"{n}kuu 2025" for n in names]


@pytest.mark.parametrize(
    ("period", "long", "short"),
    [
        ("2025-08", "elokuu 2025", "8/2025"),
        ("2025-Q1", "1–3/2025", "1–3/2025"),
        ("2025-Q4", "10–12/2025", "10–12/2025"),
        ("2025", "2025", "2025"),
    ],
)
def test_a_period_is_said_long_and_short(period: str, long: str, short: str) -> None:
    """A quarter is said by its months."""
    assert (SAY.period(period), SAY.short(period)) == (long, short)


@pytest.mark.parametrize(
    ("words", "expected"), [(["a"], "a"), (["a", "b"], "a ja b"), (["a", "b", "c"], "a, b ja c")]
)
def test_words_are_listed(words: list[str], expected: str) -> None:
    """One, two and three."""
    assert SAY.listed(words) == expected


@pytest.mark.parametrize("code", ["de", "se", "", "FI", "fi_FI"])
def test_an_unknown_language_is_refused(code: str) -> None:
    """No page comes out half translated; the message says what there is."""
    with pytest.raises(UsageError, match=f"Kieltä {code} ei ole; kirjoita fi, sv tai en"):
        Language(code)


# Municipalities


def test_every_municipality_is_there_once_with_both_names() -> None:
    """308 codes of three characters, each in one of the 45 employment areas or on Åland (46)."""
    known = municipalities()
    assert len(known) == 308 and set(known) == municipality_codes()
    for code, municipality in known.items():
        assert code == municipality.code and len(code) == 3 and code.isdigit()
        assert municipality.name_fi and municipality.name_sv and municipality.population > 0
    assert {m.employment_area for m in known.values()} == {f"{n:02d}" for n in range(1, 47)}


@pytest.mark.parametrize(
    ("code", "fi", "sv"),
    [("049", "Espoo", "Esbo"), ("091", "Helsinki", "Helsingfors"), ("297", "Kuopio", "Kuopio")],
)
def test_a_code_keeps_its_zeros_and_has_its_names(code: str, fi: str, sv: str) -> None:
    """As Statistics Finland writes them."""
    assert (municipalities()[code].name_fi, municipalities()[code].name_sv) == (fi, sv)


# Errors


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


# Settings


def test_settings_are_the_projects_own_folders() -> None:
    """Without variables, wherever the process stands."""
    here = settings_here()
    assert here.data == PROJECT / "data" / "example" and here.data.is_dir()
    assert here.parameters == PROJECT / "parameters" and here.parameters.is_dir()
    assert (here.output.root, here.stage) == (PROJECT / "outputs", None)
    assert here.output.ledger == PROJECT / "outputs" / "ledger.jsonl"


@pytest.mark.parametrize("stage", [None, OutputFolder(Path("/x/stage"))])
def test_settings_go_to_a_kernel_and_come_back(
    stage: OutputFolder | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment of one process makes the same settings in another."""
    settings = Settings(Path("/x/data"), Path("/x/parameters"), OutputFolder(Path("/x/out")), stage)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert settings_here() == settings


def test_a_preparation_writes_to_its_stage() -> None:
    """By hand it writes to OUTPUT itself; what was published is read from there either way."""
    output, stage = OutputFolder(Path("o")), OutputFolder(Path("s"))
    assert Settings(Path("d"), Path("p"), output).target == output
    staged = Settings(Path("d"), Path("p"), output, stage)
    assert (staged.target, staged.output) == (stage, output)


def test_the_secret_handovers_are_in_restricted_in_every_output_folder() -> None:
    """A staging folder has the rooms of OUTPUT, so that what is made there is put in the same place."""
    for root in (Path("o"), Path("s")):
        place = OutputFolder(root)
        assert place.secret.handover("2025-tasaus").is_relative_to(place.restricted)
        assert place.secret_pages("2025-tasaus").is_relative_to(place.restricted)
        assert not place.handover("2025-tasaus").is_relative_to(place.restricted)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """``KUNTAKOONTI_OUTPUT=`` does not mean the current folder."""
    for name in ("DATA", "PARAMETERS", "OUTPUT", "STAGE"):
        monkeypatch.setenv(f"KUNTAKOONTI_{name}", "")
    here = settings_here()
    assert here.output.root == PROJECT / "outputs" and here.stage is None
