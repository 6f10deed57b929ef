"""The attacker reads the rules that it attacks: of each release, from the table beside its pages."""

import json
from pathlib import Path
from typing import Any

import pytest
from worlds.archives import publish

from kuntakoonti.attack import attack
from kuntakoonti.attack.evidence.released_files import read_public
from kuntakoonti.core.errors import KuntakoontiError

PRICES = [
    {"service": "palkkatuki", "smallest_cents": 3721, "most_cents": 277_000, "units_cents": [],
     "least_units": 0, "most_units": 0},
    {"service": "starttiraha", "smallest_cents": 3721, "most_cents": None, "units_cents": [3721],
     "least_units": 1, "most_units": 23},
]  # fmt: skip


def state(output: Path, release: str, threshold: int = 5, **more: dict[str, str]) -> Path:
    """Put a table of rules beside a release's pages."""
    values: dict[str, Any] = {
        "threshold": {"": str(threshold)},
        "residence_day": {"": "any"},
    } | more
    rules = [{"name": name, "values": value} for name, value in values.items()]
    text = json.dumps({"rules": rules, "prices": PRICES})
    (output / release / "rules.json").write_text(text, encoding="utf-8")
    return output


def march(*figures: str) -> dict[str, list[str]]:
    return {"2025-03": [f"857 palkkatuki 2025-03 {figures[0]}", *figures[1:]]}


@pytest.mark.rule("R1", "The attacker's threshold is the one of the release's own rules")
@pytest.mark.parametrize(
    ("threshold", "count", "stands"),
    [(3, 2, False), (3, 3, True), (3, 4, True), (5, 4, False), (5, 5, True), (5, 6, True),
     (10, 9, False), (10, 10, True), (10, 11, True)],
)  # fmt: skip
def test_a_shown_count_below_the_threshold_is_found(
    threshold: int, count: int, stands: bool, tmp_path: Path
) -> None:
    """A planted 7 passes no attack where the threshold is 10, and a 3 stands where it is 3."""
    output = publish(tmp_path, march(f"clients {count}"))
    verdict = attack(state(output, "2025-03", threshold))
    assert verdict.violated is not stands
    assert stands or {(f.guarantee, f.rule) for f in verdict.findings} == {("G1", "R2")}


def test_a_known_change_of_prices_brings_no_relation(tmp_path: Path) -> None:
    """The level of prices is the forecast's; the attacker reads it and attacks as ever."""
    output = publish(tmp_path, march("clients 6"))
    level = {"palkkatuki": "1.1", "starttiraha": "1"}
    assert not attack(state(output, "2025-03", price_level=level)).violated


@pytest.mark.parametrize("threshold", [3, 5, 10, 20])
def test_a_mark_keeps_every_value_below_the_threshold(threshold: int, tmp_path: Path) -> None:
    """Alone it stands; beside a total that leaves only the upper half of its values it falls."""
    clean = publish(tmp_path / "clean", march("clients <5", f"844 any 2025-03 clients {threshold}"))
    assert not attack(state(clean, "2025-03", threshold)).violated
    total = f"857 any 2025-03 clients {2 * threshold - 1}"
    known = f"857 starttiraha 2025-03 clients {threshold}"
    output = publish(tmp_path / "total", march("clients <5", total, known))
    found = attack(state(output, "2025-03", threshold)).findings
    assert ("G2", "R3") in {(f.guarantee, f.rule) for f in found}


@pytest.mark.parametrize(("threshold", "stands"), [(3, True), (4, True), (5, False), (10, False)])
def test_a_difference_is_small_by_the_threshold_of_its_release(
    threshold: int, stands: bool, tmp_path: Path
) -> None:
    """A whole and its part that differ by 4 stand up to the threshold 4."""
    world = march("clients 20", "857 any 2025-03 clients 24")
    output = publish(tmp_path, world)
    assert attack(state(output, "2025-03", threshold)).violated is not stands


@pytest.mark.parametrize("later", [3, 10])
def test_a_rule_that_changes_is_attacked_by_what_was_in_force(later: int, tmp_path: Path) -> None:
    """March was closed under 5 and stays as it was; April is judged by its own threshold."""
    march, april = "857 palkkatuki 2025-03 clients 6", "857 palkkatuki 2025-04 clients 6"
    output = publish(tmp_path, {"2025-03": [march], "2025-04": [march, april]})
    state(state(output, "2025-03", 5), "2025-04", later)
    found = {(f.guarantee, *f.place) for f in attack(output).findings}
    expected = {("G1", "857", "palkkatuki", "2025-04")} if later == 10 else set()
    assert found == expected


@pytest.mark.parametrize(("shown", "stands"), [("5-9", True), (".", False)])
def test_a_figure_is_judged_by_the_rules_of_the_release_that_first_showed_it(
    shown: str, stands: bool, tmp_path: Path
) -> None:
    """March was a class in March's release and is 7 in April's, whose threshold is 10."""
    place = "857 palkkatuki 2025-03 clients"
    output = publish(tmp_path, {"2025-03": [f"{place} {shown}"], "2025-04": [f"{place} 7"]})
    state(state(output, "2025-03", 5), "2025-04", 10)
    assert attack(output).violated is not stands


def test_a_release_without_a_table_has_the_rules_of_the_first_format(tmp_path: Path) -> None:
    """Threshold 5, three services, prices by law."""
    assert attack(publish(tmp_path / "a", march("clients 4"))).violated
    assert not attack(publish(tmp_path / "b", march("clients 5"))).violated


@pytest.mark.parametrize(
    ("services", "said"), [("2", True), ("3", False)], ids=["two suffice", "three are wanted"]
)
def test_how_many_services_a_total_needs_is_read(services: str, said: bool, tmp_path: Path) -> None:
    """Where two are enough, a missing page says that both are few, which 9 in November contradicts."""
    page = ["857 palkkatuki 2025-11 clients 9", "857 palkkatuki 2025 budget_cents 5",
            "857 starttiraha 2025-11 clients <5", "857 starttiraha 2025 budget_cents 5"]  # fmt: skip
    other = ["402 palkkatuki 2025 clients 72", "402 any 2025 actual_cents 37921000"]
    output = publish(tmp_path, {"2025-tasaus": [*page, *other]})
    state(output, "2025-tasaus", total_services={"": services})
    assert (("A4", "reasons") in attack(output).given_up) is said


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"rules": []}',
        '{"rules": [{"name": "threshold", "values": {"": "2"}}], "prices": []}',
        '{"rules": [{"name": "threshold", "values": {"": "21"}}], "prices": []}',
        '{"rules": [{"name": "threshold", "values": {"": "five"}}], "prices": []}',
        '{"rules": [{"name": "threshold", "values": {"": "5"}},'
        ' {"name": "newer", "values": {"": "1"}}], "prices": []}',
        '{"rules": [{"name": "threshold", "values": {"": "5"}}], "prices": [{"service": "x"}]}',
    ],
)
def test_a_rule_that_cannot_be_read_is_an_error(text: str, tmp_path: Path) -> None:
    """Never a pass: what follows from the rule would be missing from the attack."""
    output = publish(tmp_path, march("clients 6"))
    (output / "2025-03" / "rules.json").write_text(text, encoding="utf-8")
    with pytest.raises(KuntakoontiError, match=r"2025-03/rules\.json"):
        attack(output)


@pytest.mark.parametrize(
    ("printed", "down", "interval"),
    [(600_000, True, (600_000, 899_999)), (600_000, False, (550_000, 650_000)),
     (0, True, (0, 299_999)), (200_000_000, True, (200_000_000, 200_999_999))],
)  # fmt: skip
def test_a_recorded_cost_is_of_the_step_that_is_in_force(
    printed: int, down: bool, interval: tuple[int, int], tmp_path: Path
) -> None:
    """3,000 €, from a million 10,000 €, rounded down by the rule; else to the nearest 1,000 €."""
    output = publish(tmp_path, march("clients 8", f"857 any 2025 actual_rounded_cents {printed}"))
    more = {"recorded_step": {"below_million": "3000", "from_million": "10000"}} if down else {}
    state(output, "2025-03", **more)
    facts = read_public(output).facts_of("2025-03")
    assert facts.recorded.interval(printed) == interval
    assert not attack(output).violated


ALL = ("palkkatuki", "starttiraha", "kotoutumiskoulutus", "tyovoimakoulutus", "tyollistamistuki_55")
PLANTED = {
    "a single service beside a total": ("<5", "total", {("G1", "R3"), ("G2", "R3")}),
    "a zero that is shown": ("0", "", {("G1", "R2")}),
    "a number just below the threshold": ("below", "", {("G1", "R2")}),
}


@pytest.mark.rule("G1", "Planted leaks are found with any threshold and number of services")
@pytest.mark.parametrize("threshold", [3, 5, 10])
@pytest.mark.parametrize("services", [2, 5])
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_leak_is_found_with_any_threshold_and_number_of_services(
    name: str, services: int, threshold: int, tmp_path: Path
) -> None:
    """The last service is small; without what is planted the page stands."""
    what, total, expected = PLANTED[name]
    shown = [f"857 {s} 2025-03 clients {threshold + 15}" for s in ALL[: services - 1]]
    small = f"857 {ALL[services - 1]} 2025-03 clients "
    clean = publish(tmp_path / "clean", {"2025-03": [*shown, f"{small}<5"]})
    assert not attack(state(clean, "2025-03", threshold)).violated
    leak = small + what.replace("below", str(threshold - 1))
    over = [f"857 any 2025-03 clients {(services - 1) * (threshold + 15) + threshold - 1}"]
    output = publish(tmp_path / "leak", {"2025-03": [*shown, leak, *(over if total else [])]})
    found = {(f.guarantee, f.rule) for f in attack(state(output, "2025-03", threshold)).findings}
    assert found & expected, found
