"""A folder of an earlier version: read as it is, and one sentence a missing key with the lines to paste."""

import re
import shutil
from pathlib import Path

import pytest
from worlds.new_areas import filled_in
from worlds.places import PROJECT

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.parameters.missing import LATER_RULES, lines_of, refuse_missing
from kuntakoonti.parameters.new_area import write_new_area
from kuntakoonti.parameters.rules import load_parameters

KEYS = (*LATER_RULES, "roles")


def old(folder: Path) -> Path:
    """The project's parameters as a version before the later rules and roles had them."""
    shutil.copytree(PROJECT / "parameters", folder)
    for key in KEYS:
        path = folder / ("area.yml" if key == "roles" else "rules.yml")
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"^{key}:\n(  .*\n)+", "", text, flags=re.M), encoding="utf-8")
    return folder


def test_an_older_folder_is_read_and_each_missing_key_is_one_sentence(tmp_path: Path) -> None:
    """With its lines; pasted as they are, nothing is missing and the folder is as today's."""
    folder = old(tmp_path / "parameters")
    with pytest.raises(UsageError) as caught:
        refuse_missing(load_parameters(folder))
    said = caught.value.said(Language("en"))
    assert said.count("missing; paste these lines") == len(KEYS) > 8
    for key in KEYS:
        file = "area.yml" if key == "roles" else "rules.yml"
        assert f"{file}: {key}: missing" in said and lines_of(file, key) in said
        with (folder / file).open("a", encoding="utf-8") as end:
            end.write(lines_of(file, key) + "\n")
    refuse_missing(load_parameters(folder))
    assert load_parameters(folder).digest == load_parameters(PROJECT / "parameters").digest


def test_only_what_is_asked_for_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_missing(load_parameters(old(tmp_path / "parameters")), "retention")
    assert caught.value.said(Language("en")).count("missing") == 1


def test_roles_and_retention_are_no_part_of_the_digest(tmp_path: Path) -> None:
    """No figure comes from them: an approved release stays what it was made of."""
    folder = Path(shutil.copytree(PROJECT / "parameters", tmp_path / "parameters"))
    before = load_parameters(folder).digest
    for file, key in (("area.yml", "roles"), ("rules.yml", "retention")):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"^{key}:\n(  .*\n)+", "", text, flags=re.M), encoding="utf-8")
    assert load_parameters(folder).digest == before


def test_a_new_area_has_the_roles_to_begin_with(tmp_path: Path) -> None:
    filled_in(write_new_area("07", tmp_path))
    found = load_parameters(tmp_path)
    refuse_missing(found)
    assert found.area.roles


@pytest.mark.parametrize("role", ["010180-9026", "Matti 010180 9026"])
def test_a_role_is_no_person(role: str, tmp_path: Path) -> None:
    """Neither in the list nor said back."""
    folder = Path(shutil.copytree(PROJECT / "parameters", tmp_path / "parameters"))
    path = folder / "area.yml"
    text = path.read_text(encoding="utf-8").replace("role: controller,", f'role: "{role}",')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_parameters(folder)
    assert "roles.0.role" in str(caught.value) and "010180" not in str(caught.value)


@pytest.mark.rule("R11", "An approver is one of the dated roles of the area")
def test_a_role_holds_from_its_day_to_its_day(tmp_path: Path) -> None:
    """A deputy of last summer does not approve today; the roles that do are named."""
    from datetime import date

    folder = Path(shutil.copytree(PROJECT / "parameters", tmp_path / "parameters"))
    path = folder / "area.yml"
    text = path.read_text(encoding="utf-8")
    deputy = '  - {role: kesäsijainen, valid_from: "2025-06-01", valid_to: "2025-08-31"}\n'
    path.write_text(text.replace("roles:\n", f"roles:\n{deputy}"), encoding="utf-8")
    area = load_parameters(folder).area
    area.refuse_other_role("--by", " kesäsijainen ", date(2025, 8, 31))
    with pytest.raises(UsageError, match="controller, controllerin sijainen"):
        area.refuse_other_role("--by", "kesäsijainen", date(2025, 9, 1))
