"""What the attacker concludes, sentence by sentence: widths, reasons, dates and its own proofs."""

import hashlib
import json
from pathlib import Path

import pytest
from worlds.archives import CLEAN, Q, canonical, fallen, publish

from kuntakoonti.attack import attack
from kuntakoonti.attack.evidence.released_files import read_public
from kuntakoonti.attack.levels import Case, grounds
from kuntakoonti.attack.solver.milp import some_table

SERVICES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus")
WIDTH = 5 * 3721  # cents: five of the smallest payable units


def few_euros(total: int) -> list[str]:
    """Six clients of pay subsidy, "alle 5" of the others, and one total over the three."""
    return [
        "857 palkkatuki 2025 clients 6",
        *(f"857 {s} 2025 clients <5" for s in SERVICES[1:]),
        f"857 any 2025 actual_cents {total}",
        *(f"857 {s} 2025 actual_cents ." for s in SERVICES),
    ]


@pytest.mark.rule("G2", '"alle 5", closed or preliminary, can be 0 and 4')
@pytest.mark.parametrize(("total", "narrowed"), [(3, True), (4, False), (5, True)])
def test_a_mark_keeps_its_whole_range(total: int, narrowed: bool, tmp_path: Path) -> None:
    """G2: of two hidden members that sum to 3 none can have 4, of two that sum to 5 none has 0."""
    world = [
        "857 palkkatuki 2025-03 clients 8",
        "844 palkkatuki 2025-03 clients <5",
        "749 palkkatuki 2025-03 clients <5",
        f"17 palkkatuki 2025-03 clients_shown_sum {8 + total}",
    ]
    found = attack(publish(tmp_path, {"2025-03": world}), ("A3",)).findings
    assert {(f.guarantee, f.rule, f.state) for f in found} == (
        {("G2", "R8", "narrowed")} if narrowed else set()
    )


@pytest.mark.parametrize("mark", ["<5", "0-4"])
def test_a_preliminary_mark_keeps_it_too(mark: str, tmp_path: Path) -> None:
    """G2: closed or preliminary, beside a figure over services it is at least 1."""
    world = [
        f"857 palkkatuki 2025-03 clients {mark}",
        "857 starttiraha 2025-03 clients 7",
        "857 any 2025-03 clients 8",
    ]
    found = attack(publish(tmp_path, {"2025-03": world}), ("A3",)).findings
    assert ("G2", "R3", "narrowed") in {(f.guarantee, f.rule, f.state) for f in found}


@pytest.mark.rule("G4", "A hidden amount keeps five payable units")
@pytest.mark.parametrize(
    ("grown", "states"), [(WIDTH - 1, {"narrowed"}), (WIDTH, set()), (WIDTH + 1, set())]
)
def test_a_hidden_amount_keeps_five_payable_units(
    grown: int, states: set[str], tmp_path: Path
) -> None:
    """G4: a start-up grant known early is 0–4 days dearer where the total grew by less than five."""
    hidden = [f"857 {s} 2025 actual_cents ." for s in SERVICES]
    counts = [f"857 any 2025-{m:02d} clients 30" for m in range(1, 13)]
    early = ["857 any 2025 actual_cents 1201000", "857 starttiraha 2025 actual_cents 1004670"]
    world = {
        "2025-06": [*counts[:6], *early, hidden[0], hidden[2]],
        "2025-tasaus": [*counts[6:], f"857 any 2025 actual_cents {1_201_000 + grown}", *hidden],
    }
    found = attack(publish(tmp_path, world)).findings
    assert {f.state for f in found} == states
    assert {f.guarantee for f in found} <= {"G4"}


@pytest.mark.rule("G4", "A hidden amount keeps five payable units, where the total is that large")
@pytest.mark.parametrize(("total", "falls"), [(WIDTH - 1, False), (WIDTH, True), (WIDTH + 1, True)])
def test_an_amount_is_protected_where_the_total_is_that_large(
    total: int, falls: bool, tmp_path: Path
) -> None:
    """G4: from 186.05 € on, and who knows of one day's grant has the rest to less than that (A5)."""
    found = attack(publish(tmp_path, {"2025-tasaus": few_euros(total)})).findings
    assert {(f.guarantee, f.level, f.state) for f in found} == (
        {("G4", "A5", "narrowed")} if falls else set()
    )


@pytest.mark.rule("A5", "An insider who knows any one small figure")
@pytest.mark.parametrize(("total", "falls"), [(33_488, True), (33_489, False), (33_490, False)])
def test_an_insider_may_know_any_small_number(total: int, falls: bool, tmp_path: Path) -> None:
    """A5: only who knows of four start-up grants, 148.84 € at least, has the rest below 186.05 €."""
    found = attack(publish(tmp_path, {"2025-tasaus": few_euros(total)})).findings
    assert bool(found) is falls


@pytest.mark.rule("A1", "One release alone")
def test_one_release_alone_does_not_show_what_was_revised(tmp_path: Path) -> None:
    """A1 is the reader of one release; a revision falls to who keeps two, from A2 on."""
    world = {
        "2025-03": ["857 palkkatuki 2025-01 clients 12"],
        "2025-04": ["857 palkkatuki 2025-01 clients 14"],
    }
    found = attack(publish(tmp_path, world)).findings
    assert min(f.level for f in found if f.guarantee == "G3") == "A2"


@pytest.mark.rule("A2", "What closed stays beside what comes later")
@pytest.mark.parametrize(("together", "levels"), [(7, set()), (8, {"A2", "A3", "A4"})])
def test_what_closed_stays_beside_what_comes_later(
    together: int, levels: set[str], tmp_path: Path
) -> None:
    """A2: April's page has a figure over services of January, whose services closed in March."""
    world = {
        "2025-03": ["857 palkkatuki 2025-01 clients <5", "857 starttiraha 2025-01 clients 7"],
        "2025-04": [f"857 any 2025-01 clients {together}"],
    }
    found = attack(publish(tmp_path, world)).findings
    assert {f.level for f in found if f.guarantee == "G2"} == levels


@pytest.mark.rule(
    "A2", "What closed stays beside what comes later, and is the same when shown again"
)
@pytest.mark.parametrize(("first", "unknowns"), [("<5", 1), ("0-4", 2)])
def test_a_count_that_closed_is_the_same_when_shown_again(
    first: str, unknowns: int, tmp_path: Path
) -> None:
    """A2: closed equality; what was preliminary is another version."""
    world = {
        f"2025-0{n}": [f"857 palkkatuki 2025-01 clients {w}"] for n, w in ((3, first), (4, "<5"))
    }
    case = Case(read_public(publish(tmp_path, world)))
    (ground,) = grounds(case, "A2", case.public.members)
    assert ground.solved and len(ground.solved.system.names) == unknowns


@pytest.mark.rule("A4", 'Totals, caps, units, reasons: "ei esitetä"')
@pytest.mark.parametrize(
    ("year", "possible"), [(16, True), (17, False), (30, False), (43, False), (44, True)]
)
def test_a_year_that_is_not_shown_is_near_a_quarter_or_repeats_little(
    year: int, possible: bool, tmp_path: Path
) -> None:
    """R6 as read by the attacker: four quarters of 12, and one of the three conditions failed."""
    figures = [*(f"857 palkkatuki {q} clients 12" for q in Q), "857 palkkatuki 2025 clients ."]
    case = Case(read_public(publish(tmp_path, {"2025-tasaus": figures})))
    (ground,) = grounds(case, "A3", case.public.members)
    assert ground.solved
    names = ground.solved.system.names
    (unknown,) = (
        n for n, name in enumerate(names) if (name.kind, name.period) == ("clients", "2025")
    )
    table = some_table(ground.solved.part_of[unknown], {unknown: year})
    assert (table is not None) is possible


@pytest.mark.rule("A4", "Totals, caps, units, costs shown or not")
@pytest.mark.rule("levels", "An assumption that the pages contradict is given up and said")
@pytest.mark.parametrize(("mark", "contradicts"), [("<5", True), ("5", False), ("6", False)])
def test_costs_that_are_shown_say_that_every_service_has_enough_clients(
    mark: str, contradicts: bool, tmp_path: Path
) -> None:
    """A4 uses the reasons: beside a small service no service's cost may stand, and that is said."""
    costs = {"palkkatuki": 5_000_000, "starttiraha": 372_100, "kotoutumiskoulutus": 900_000}
    figures = [
        "402 palkkatuki 2025 clients 72",
        "402 kotoutumiskoulutus 2025 clients 9",
        f"402 starttiraha 2025 clients {mark}",
        *(f"402 {s} 2025 actual_cents {cents}" for s, cents in costs.items()),
        f"402 any 2025 actual_cents {sum(costs.values())}",
    ]
    verdict = attack(publish(tmp_path, {"2025-tasaus": figures}))
    assert (("A4", "reasons") in verdict.given_up) is contradicts


@pytest.mark.rule("G6", "Extraction dates do not go back")
@pytest.mark.parametrize(
    ("days", "breaks"),
    [
        (("2026-01-01", "2026-01-02", "2026-01-03"), False),
        (("2026-01-01", "2026-01-01", "2026-01-01"), False),
        (("2026-01-02", "2026-01-01", "2026-01-03"), True),
    ],
)
def test_an_older_release_that_was_put_in_later_is_found(
    days: tuple[str, ...], breaks: bool, tmp_path: Path
) -> None:
    """G6: extraction dates never go back, however well the lines are chained."""
    output = publish(tmp_path, CLEAN["closed once"])
    ledger, head, lines = output / "ledger.jsonl", "0" * 64, []
    for line, day in zip(ledger.read_text("utf-8").splitlines(), days, strict=True):
        body = {**json.loads(line), "as_of": day, "previous": head}
        del body["hash"]
        head = hashlib.sha256(canonical(body).encode()).hexdigest()
        lines.append(canonical({**body, "hash": head}))
    ledger.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert (("G6", "R9") in fallen(attack(output))) is breaks


@pytest.mark.rule("levels", "Witnesses are checked by plain arithmetic")
def test_a_witness_that_arithmetic_refuses_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the attack is never a pass."""
    output = publish(tmp_path, CLEAN["closed once"])
    assert not attack(output).violated
    monkeypatch.setattr("kuntakoonti.attack.group.faults", lambda *_: ["drawn fault"])
    found = attack(output).findings
    assert {(f.guarantee, f.rule, f.state) for f in found} == {
        ("G6", "R9", "todistaja: drawn fault")
    }
