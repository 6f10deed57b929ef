"""Another area is taken into use: what is known is filled in, what is missing is said with its line."""

from pathlib import Path

import pytest
from worlds.new_areas import filled_in

from kuntakoonti.core.errors import UsageError
from kuntakoonti.parameters.new_area import write_new_area
from kuntakoonti.parameters.rules import load_parameters


@pytest.mark.parametrize(
    ("code", "members", "host"), [("07", 3, "710"), ("46", 16, "478"), ("17", 11, "297")]
)
def test_the_members_and_the_host_are_filled_in(
    code: str, members: int, host: str, tmp_path: Path
) -> None:
    """Hanko–Inkoo–Raasepori, Åland and Kuopio: every member, the largest as host."""
    path = write_new_area(code, tmp_path)
    filled_in(path)
    area = load_parameters(tmp_path).area
    assert (len(area.members), area.host) == (members, host)


def test_a_bilingual_member_gets_both_its_languages(tmp_path: Path) -> None:
    """Raasepori's majority is Swedish, Hanko's Finnish."""
    filled_in(write_new_area("07", tmp_path))
    area = load_parameters(tmp_path).area
    assert {m.code: m.languages for m in area.members} == {
        "078": ("fi", "sv"), "149": ("sv", "fi"), "710": ("sv", "fi"),
    }  # fmt: skip
    assert area.member("710").name.sv == "Raseborg"


def test_what_only_the_area_knows_is_asked_for_at_once(tmp_path: Path) -> None:
    """All three empty places are listed with file and line."""
    write_new_area("07", tmp_path)
    with pytest.raises(UsageError) as caught:
        load_parameters(tmp_path)
    for place in ("sender", "case_number", "contact"):
        assert place in str(caught.value)
    assert str(caught.value).count("area.yml, rivi") == 3


@pytest.mark.parametrize("code", ["00", "47", "7", "297", ""])
def test_an_unknown_area_is_refused(code: str, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(UsageError, match="01–46"):
        write_new_area(code, tmp_path)
    assert not list(tmp_path.iterdir())


def test_parameters_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    """A second call in the same folder stops."""
    write_new_area("17", tmp_path)
    with pytest.raises(UsageError, match=r"jo area\.yml"):
        write_new_area("17", tmp_path)


def test_kuopios_own_parameters_have_the_same_members() -> None:
    """The committed area.yml agrees with Statistics Finland's classification."""
    from kuntakoonti.core.settings import PROJECT
    from kuntakoonti.parameters.municipalities import municipalities

    area = load_parameters(PROJECT / "parameters").area
    known = {m.code for m in municipalities().values() if m.employment_area == "17"}
    assert {m.code for m in area.members} == known
