"""How a cooperation agreement is written down: by causation, by a key, by several, from when on."""

from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
import yaml
from worlds.places import PROJECT

from kuntakoonti.core.errors import UsageError
from kuntakoonti.parameters.new_area import write_new_area
from kuntakoonti.parameters.rules import Parameters, load_parameters

TILAT = {
    "name": "tilat",
    "label": {"fi": "Tilat", "sv": "Lokaler", "en": "Offices"},
    "statute": "sopimus § 12",
    "valid_from": "2025-01-01",
}


def loaded(folder: Path, allocation: object, **more: object) -> Parameters:
    """The project's parameters with one more service."""
    folder.mkdir(exist_ok=True)
    for name in ("area.yml", "rules.yml", "services.yml"):
        (folder / name).write_bytes((PROJECT / "parameters" / name).read_bytes())
    path = folder / "services.yml"
    body = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    body["services"].append({**TILAT, "allocation": allocation, **more})
    path.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    return load_parameters(folder)


def by(key: object, since: str = "") -> dict[str, object]:
    found = {"key": key, "reference": "sopimus § 12"}
    return {**found, "valid_from": since} if since else found


def names(parameters: Parameters) -> tuple[list[str], list[str]]:
    return [s.name for s in parameters.services.services], [s.name for s in parameters.shared]


def test_a_key_alone_takes_the_service_out_of_those_by_causation(tmp_path: Path) -> None:
    """Rules by service do not name it, and the other services are as they were."""
    parameters, before = loaded(tmp_path, by("population")), load_parameters(PROJECT / "parameters")
    assert names(parameters) == (names(before)[0], ["tilat"])
    assert parameters.services == before.services
    assert parameters.digest != before.digest
    assert parameters.shared_in("tilat", "2025-Q3")
    assert not parameters.shared_in("palkkatuki", "2025-Q3")


def test_weights_and_a_key_from_a_month_on(tmp_path: Path) -> None:
    mixed = by({"population": "0.5", "jobseekers": "0.5"}, "2025-07-01")
    (tilat,) = loaded(tmp_path, [by("equal", "2025-01-01"), mixed]).shared
    assert tilat.keys_of("2025-06") == ("equal",)
    assert set(tilat.keys_of("2025-07")) == {"population", "jobseekers"}
    assert tilat.keys_of("2024-12") == ("equal",)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [("population", "causation", "2025"), ("causation", "population", "2026")],
)
def test_a_service_passes_from_one_way_to_the_other_at_new_year(
    tmp_path: Path, first: str, second: str, shared: str
) -> None:
    """It is in both lists, each for its time; rules by service must name it."""
    with pytest.raises(UsageError, match="tilat"):
        loaded(tmp_path, [by(first), by(second, "2026-01-01")])
    rules = tmp_path / "rules.yml"
    body = yaml.load(rules.read_text(encoding="utf-8"), yaml.BaseLoader)
    for rule in body.values():
        for dated in rule["values"]:
            if isinstance(dated["value"], dict) and "palkkatuki" in dated["value"]:
                dated["value"]["tilat"] = deepcopy(dated["value"]["palkkatuki"])
    rules.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    parameters = load_parameters(tmp_path)
    by_causation = parameters.services.named("tilat")
    assert [y for y in ("2025", "2026") if parameters.shared_in("tilat", y)] == [shared]
    assert by_causation.valid_on(date(2025, 6, 1)) is (shared == "2026")
    assert by_causation.valid_on(date(2026, 6, 1)) is (shared == "2025")


def test_causation_may_be_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tilat"):  # as of any service, the rules must name it
        loaded(tmp_path, "causation")


@pytest.mark.parametrize(
    ("allocation", "more"),
    [
        (by({"population": "0.5", "jobseekers": "0.4"}), {}),
        (by({"population": "0.5", "causation": "0.5"}), {}),
        (by({"population": "1.5", "jobseekers": "-0.5"}), {}),
        (by({}), {}),
        (by("Väkiluku"), {}),
        ({"key": "population"}, {}),
        ([by("population", "2025-02-01")], {}),
        ([by("population"), by("equal")], {}),
        ([by("population"), by("equal", "2025-07-15")], {}),
        ([by("population"), by("causation", "2025-07-01")], {}),
        ([by("population"), by("causation", "2026-01-01"), by("equal", "2027-01-01")], {}),
        (by("palkkatuki"), {}),
        (by("population"), {"counts_as": "palkkatuki"}),
        (by("population"), {"name": "shared"}),
        (by("population"), {"name": "invoice"}),
    ],
)
def test_what_is_no_agreement_is_refused(
    tmp_path: Path, allocation: object, more: dict[str, object]
) -> None:
    with pytest.raises(UsageError, match="services"):
        loaded(tmp_path, allocation, **more)


def test_area_31_has_an_example_of_two_common_services(tmp_path: Path) -> None:
    path = write_new_area("31", tmp_path / "new")
    text = path.read_text(encoding="utf-8").replace('{fi: ""', '{fi: "X"')
    path.write_text(text.replace("case_number:\n", 'case_number: "1/00.04.01/2025"\n'), "utf-8")
    assert names(load_parameters(path.parent))[1] == ["yhteiset_tilat", "yhteinen_valmennus"]
