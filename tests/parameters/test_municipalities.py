"""Every Finnish municipality, with its code and its names."""

import pytest

from kuntakoonti.parameters.municipalities import municipalities, municipality_codes


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
