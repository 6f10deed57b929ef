"""An exact total of few services: what an attacker finds without the rule, and that nothing is left."""

from dataclasses import replace
from pathlib import Path

import pytest
import worlds.any_area as worlds
import yaml
from worlds.any_area import Drawn, build
from worlds.archives import FIXED, SETTLED, fallen, publish
from worlds.drawn import Row, cost
from worlds.places import PROJECT

from kuntakoonti.attack import Facts, attack
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.cells import Measure, Status
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.restricted.disclosure.adjustment import has_enough_services

TWO = ("palkkatuki", "starttiraha")
LARGE, FEW = (12, 15), (3, 2)
MONTHLY = "per_service, grains: {palkkatuki: month, starttiraha: year}"
WORLD = Drawn(
    seed=7,
    levels=((LARGE, FEW), (LARGE, LARGE)),
    families=(MONTHLY, "together, grains: {any: month}"),
    days=(("2025-09", 62), ("2025-11", 31)),
    years=(2025,),
)
ONLY = [
    *(f"857 palkkatuki 2025-{m:02d} clients 6" for m in range(1, 13)),
    "857 palkkatuki 2025 clients .",
    "857 starttiraha 2025 clients <5",
    "857 palkkatuki 2025 budget_cents 9600000",
    "857 starttiraha 2025 budget_cents 1320000",
]


def always_at_the_cap(amount: str, *where: str) -> Row:
    """A cost row; a pay subsidy is paid at one cap, whatever was drawn."""
    return cost("1260,00" if where[3] == "palkkatuki" else amount, *where)


def write_two_services(world: Drawn, folder: Path) -> None:
    """The project's parameters without integration training."""
    WRITE_AREA(world, folder)
    for name in ("services", "rules"):
        path = folder / f"{name}.yml"
        body = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        if name == "services":
            body["services"] = [s for s in body["services"] if s["name"] != "kotoutumiskoulutus"]
        for rule in body.values() if name == "rules" else ():
            for dated in rule["values"]:
                if isinstance(dated["value"], dict):
                    dated["value"].pop("kotoutumiskoulutus", None)
        path.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")


WRITE_AREA = worlds.write_area


@pytest.fixture
def two_services(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An area that is charged for two services only, one of them at a fixed price."""
    monkeypatch.setattr(worlds, "SERVICES", TWO)
    monkeypatch.setattr(worlds, "cost", always_at_the_cap)
    monkeypatch.setattr(worlds, "write_area", write_two_services)
    return monkeypatch


def totals(output: Path) -> list[int | None]:
    """The municipalities' actual cost of the year as it is public."""
    cells = (c for record in read_archive(output / "ledger.jsonl").records for c in record.cells)
    return [
        c.value
        for c in cells
        if (c.measure, c.service) == (Measure.ACTUAL, "any") and c.status is Status.FINAL
    ]


@pytest.mark.rule("R7 secret page", "Too few services")
@pytest.mark.usefixtures("two_services")
@pytest.mark.parametrize("facts", [FIXED, Facts()], ids=["fixed price", "prices by law"])
def test_two_services_have_no_public_total(facts: Facts, tmp_path: Path) -> None:
    """No price makes anything fall, because no municipality's total of two hidden costs is public."""
    output = build(WORLD, tmp_path / "one")
    assert not totals(output)
    assert not attack(output, facts=facts).findings


def test_without_the_rule_a_total_of_two_services_falls(
    two_services: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same world with totals from two services on: the attacker finds each cost."""
    two_services.setattr(
        "kuntakoonti.restricted.disclosure.adjustment.has_enough_services", lambda *_: True
    )
    output = build(WORLD, tmp_path / "one")
    assert totals(output)
    assert ("G4", "R7") in fallen(attack(output, facts=FIXED))


def test_who_knows_one_of_two_services_knows_the_other(tmp_path: Path) -> None:
    """Prices by law: nobody else finds a cost, but an insider subtracts; a third service hides both."""
    total = "857 any 2025 actual_cents 9220840"
    two = attack(publish(tmp_path / "two", {"2025-tasaus": [*ONLY, total]}))
    assert {(f.guarantee, f.rule, f.level) for f in two.findings} == {("G4", "R7", "A5")}
    third = "857 kotoutumiskoulutus 2025 clients <5"
    assert not attack(publish(tmp_path / "three", {"2025-tasaus": [*ONLY, third, total]})).violated


def test_a_missing_total_of_two_services_says_nothing_of_a_small_count(tmp_path: Path) -> None:
    """Two services, one page with its costs and one without: the "alle 5" of the other stands."""
    shown = [
        "402 palkkatuki 2025 clients 72",
        "402 starttiraha 2025 clients 12",
        "402 any 2025 actual_cents 37921000",
        "402 palkkatuki 2025 actual_cents 34200000",
        "402 starttiraha 2025 actual_cents 3721000",
    ]
    world = {"2025-tasaus": [*shown, *ONLY, "857 any 2025 actual_cents ."]}
    assert not attack(publish(tmp_path, world)).violated


@pytest.mark.rule("A4", "Totals, caps, units, a page that is missing")
def test_a_missing_page_beside_three_services_says_few_clients(tmp_path: Path) -> None:
    """A number is on the page and its total is secret: every count of that year is then small."""
    hidden = [
        "844 palkkatuki 2025-03 clients 5",
        "844 palkkatuki 2025 clients 9",
        "844 starttiraha 2025 clients <5",
        "844 kotoutumiskoulutus 2025 clients <5",
        "844 any 2025 actual_cents .",
    ]
    verdict = attack(publish(tmp_path, {"2025-tasaus": [*SETTLED, *hidden]}))
    assert ("A4", "reasons") in verdict.given_up  # nine clients are not few


@pytest.mark.parametrize(
    ("least", "enough"), [(None, True), (2, True), (3, True), (4, False)], ids=str
)
def test_a_total_needs_as_many_services_as_the_rule_says(least: int | None, enough: bool) -> None:
    """Three services are charged: enough for a rule of three and for a folder without the rule."""
    parameters = load_parameters(PROJECT / "parameters")
    rule = parameters.rules.total_services
    assert rule is not None
    dated = tuple(v.model_copy(update={"value": least}) for v in rule.values)
    changed = None if least is None else rule.model_copy(update={"values": dated})
    rules = parameters.rules.model_copy(update={"total_services": changed})
    assert has_enough_services(replace(parameters, rules=rules), "2025", "2025-08") is enough


@pytest.mark.rule("A4", "Totals, caps, units, recorded late, so totals grow")
def test_a_cost_shown_early_bounds_the_hidden_one_of_the_final_adjustment(tmp_path: Path) -> None:
    """Costs recorded late only add, so of a total that grew by 10 € no service grew by more."""
    services = ("palkkatuki", "starttiraha", "kotoutumiskoulutus")
    hidden = [f"857 {s} 2025 actual_cents ." for s in services]
    counts = [f"857 any 2025-{m:02d} clients 30" for m in range(1, 13)]
    early = [*counts[:6], "857 any 2025 actual_cents 1201000", *hidden]
    final = [*counts[6:], "857 any 2025 actual_cents 1202000", *hidden]
    clean = {"2025-06": early, "2025-tasaus": final}
    assert not attack(publish(tmp_path / "clean", clean)).violated
    early[-2] = "857 starttiraha 2025 actual_cents 1004670"
    leaky = {"2025-06": early, "2025-tasaus": final}
    found = attack(publish(tmp_path / "leaky", leaky)).findings
    assert {(f.guarantee, f.rule, f.state, f.place[1]) for f in found} == {
        ("G4", "R7", "exact", "starttiraha")  # 10 € hold no other whole number of days
    }
