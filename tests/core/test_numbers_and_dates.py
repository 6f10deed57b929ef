"""Numbers, euros, shares, dates and lists as Finnish says them."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuntakoonti.core.errors import (
    UsageError,
)
from kuntakoonti.core.language import MINUS, NBSP, Language

SAY = Language("fi")


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
