"""Every Finnish municipality, with its code and its names."""

from collections import Counter

import pytest

from kuntakoonti.parameters.municipalities import (
    former_municipalities,
    municipalities,
    municipality_codes,
)


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


MUNICIPALITIES = {  # on the first day of a year in which their number fell, and new codes of that day
    2001: (448, 0), 2003: (446, 0), 2004: (444, 1), 2005: (432, 0), 2006: (431, 0), 2007: (416, 2),
    2008: (415, 0), 2009: (348, 6), 2010: (342, 0), 2011: (336, 1), 2013: (320, 0), 2015: (317, 0),
    2016: (313, 0), 2017: (311, 0), 2020: (310, 0), 2021: (309, 0), 2025: (308, 0),
}  # fmt: skip


def test_former_codes_are_those_of_the_mergers() -> None:
    """Each year's number is that of the year before, less the codes that ended, plus the new ones."""
    former = former_municipalities()
    ended = Counter(day.year + 1 for day in former.values())
    number, expected = 452, {}
    for year, (_, new) in MUNICIPALITIES.items():
        number += new - ended.pop(year, 0)
        expected[year] = (number, new)
    assert expected == MUNICIPALITIES and not ended
    assert not former.keys() & municipality_codes()
    assert {former[code].year for code in ("534", "573", "588")} == {2012, 2008, 2024}
