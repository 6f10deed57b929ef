"""Rule R11: what of a text that somebody wrote may be printed, sent or kept."""

import duckdb
import pytest
from worlds.identity_codes import DISGUISES, NONE, WITHOUT_SIGN

from kuntakoonti.core.disclosed_text import has_identity_code, is_printable_number, refuse_person
from kuntakoonti.core.errors import UsageError
from kuntakoonti.restricted.intake.notes import NOTES

NUMBERS = ["L749p01", "2025/00012", "LASKU 12-3", "M1.2:3_4", "1", "ÅÄÖ-9"]
BARE = "0101901340"  # without its sign, with the right check character
NO_NUMBERS = [
    BARE,
    "", "Virtanen1", "Matti", "MattiVirtanen 1", "1" * 31, "=1+1", "+358", "a@b1", "1\n2", "\u0661", "1;2", "#1",
]  # fmt: skip


def is_refused(text: str) -> bool:
    """Whether a reason may not be this text."""
    try:
        refuse_person("--reason", text)
    except UsageError:
        return True
    return False


@pytest.mark.parametrize("code", [*DISGUISES, *WITHOUT_SIGN])
def test_an_identity_code_is_found_however_it_is_disguised(code: str) -> None:
    assert has_identity_code(code)


@pytest.mark.parametrize(
    "text", [*NONE, "Kirjausvirhe.", "410/2015, 121 §", "25.9.2025", "verkkolasku"]
)
def test_what_is_none_is_not_refused(text: str) -> None:
    assert not is_refused(text)


@pytest.mark.parametrize("text", [*DISGUISES, *WITHOUT_SIGN, "x" * 201, "a\tb", "=1+1", "-x", "@a"])
def test_a_text_with_a_person_or_a_formula_is_refused_unquoted(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_person("--channel", text)
    assert str(refused.value).startswith("--channel: ") and text not in str(refused.value)


def test_a_number_is_printed_where_no_name_can_be_in_it_and_noted_elsewhere() -> None:
    """The note's SQL says the same as what decides."""
    assert all(map(is_printable_number, NUMBERS))
    assert not any(map(is_printable_number, NO_NUMBERS))
    (note,) = (n for n in NOTES if n.kind == "number_not_printed")
    with duckdb.connect() as warehouse:
        warehouse.execute("CREATE TABLE newest_advance_invoices (line INTEGER, invoice_id VARCHAR)")
        both = [*NUMBERS, *NO_NUMBERS]
        warehouse.executemany(
            "INSERT INTO newest_advance_invoices VALUES (?, ?)", list(enumerate(both))
        )
        noted = {
            line
            for (line,) in warehouse.execute(note.lines.format(invoice_numbers="''")).fetchall()
        }
        own = note.lines.format(invoice_numbers="'01[0-9]{8}'")
        noted_too = {line for (line,) in warehouse.execute(own).fetchall()}
    assert noted == set(range(len(NUMBERS), len(both)))
    assert noted - noted_too == {both.index(BARE)}


@pytest.mark.rule("R11", "An all-digit number of the area's own pattern is no identity code")
def test_ten_digits_that_may_be_a_code_are_printed_where_the_areas_numbers_are_like_that() -> None:
    """By the check character one in 31 of ten digits that begin with a day."""
    assert not is_printable_number(BARE) and is_printable_number("0101901341")
    assert is_printable_number(BARE, ["01[0-9]{8}"]) and not is_printable_number(
        BARE, ["2025[0-9]{6}"]
    )
    assert not is_printable_number("010190-1340", ["01.*"])
