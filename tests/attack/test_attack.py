"""The attacker finds every planted leak, nothing in clean archives, and agrees with brute force."""

import ast
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.archives import (
    CLEAN,
    FIXED,
    LEAKS,
    SETTLED,
    TWO_SMALL,
    WITHHELD,
    Q,
    fallen,
    publish,
)
from worlds.examples import examples
from worlds.places import PROJECT

from kuntakoonti.attack import attack, render
from kuntakoonti.attack.evidence.released_files import read_public
from kuntakoonti.attack.levels import Case, grounds
from kuntakoonti.attack.proof.arithmetic import faults
from kuntakoonti.attack.solver.judge import intervals
from kuntakoonti.core.errors import KuntakoontiError

# A tiny world: one line a figure, "municipality service period measure what"; what is a number,
# "<5" (closed and small), "5-9" (preliminary) or "." (not shown).


@pytest.mark.rule("A3", "Late records mostly add")
@pytest.mark.parametrize("name", CLEAN)
def test_clean_worlds_stand(name: str, tmp_path: Path) -> None:
    verdict = attack(publish(tmp_path, CLEAN[name]))
    assert not verdict.violated, verdict.findings


@pytest.mark.rule("R8", "No total that a hidden figure enters")
@pytest.mark.rule("G1", "No small figure is exact")
@pytest.mark.rule(
    "G2",
    '"alle 5", closed or preliminary, can be 0 and 4, and what is withheld for another\'s sake falls',
)
@pytest.mark.rule("G3", "No version, nesting or overlap differs by 1–4")
@pytest.mark.rule("A4", "Totals, caps, units")
@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_found(name: str, tmp_path: Path) -> None:
    world, expected = LEAKS[name]
    found = fallen(attack(publish(tmp_path, world)))
    assert expected <= found, found


def test_a_knapsack_of_two_services_with_a_known_total_is_found(tmp_path: Path) -> None:
    exact = {"2025-03": [*TWO_SMALL, "844 any 2025 actual_cents 1365730"]}
    rounded = {"2025-03": [*TWO_SMALL, "844 any 2025 actual_rounded_cents 1400000"]}
    assert ("G4", "R7") in fallen(attack(publish(tmp_path / "exact", exact), facts=FIXED))
    assert not attack(publish(tmp_path / "rounded", rounded), facts=FIXED).violated


# Brute force: every table behind a tiny archive, against the attacker's intervals.


def hulls(output: Path, level: str) -> dict[tuple[str, str, str], tuple[int, int]]:
    """The attacker's exact intervals of the counts, by service, period and version."""
    found = {}
    case = Case(read_public(output))
    for ground in (g for members in case.groups for g in grounds(case, level, members)):
        assert ground.solved is not None
        for name, low, high in intervals(ground.solved):
            if name.kind == "clients" and not name.latent:
                found[name.service, name.period, name.version] = low, high
    return found


def hull(tables: list[tuple[int, ...]], place: int) -> tuple[int, int]:
    values = [table[place] for table in tables]
    return min(values), max(values)


def mark(value: int, hide: bool) -> str:
    return "<5" if hide and value < 5 else str(value)


def options(what: str) -> range:
    if what == "<5":
        return range(5)
    low, _, high = what.partition("-")
    return range(int(low), int(high or low) + 1)


COUNTS = st.integers(0, 6)


@examples(40)
@given(months=st.tuples(COUNTS, COUNTS, COUNTS), extra=st.integers(0, 12), hide=st.booleans())
def test_intervals_of_a_quarter_and_its_months_agree_with_brute_force(
    tmp_path_factory: pytest.TempPathFactory, months: tuple[int, int, int], extra: int, hide: bool
) -> None:
    quarter = min(max(months) + extra, sum(months))
    shown = [mark(m, True) for m in months] + [mark(quarter, hide)]
    if "0" in shown:
        return  # a zero that is shown changes what the mark means; tested above
    periods = ("2025-01", "2025-02", "2025-03", "2025-Q1")
    figures = [f"857 palkkatuki {p} clients {w}" for p, w in zip(periods, shown, strict=True)]
    output = publish(tmp_path_factory.mktemp("world"), {"2025-03": figures})
    tables = [t for t in product(*map(options, shown)) if max(t[:3]) <= t[3] <= sum(t[:3])]
    found = hulls(output, "A3")
    assert {p: found["palkkatuki", p, "2025-03"] for p in periods} == {
        p: hull(tables, n) for n, p in enumerate(periods)
    }


@examples(40)
@given(early=st.tuples(COUNTS, COUNTS), late=st.tuples(COUNTS, COUNTS), over=st.integers(0, 6))
def test_intervals_of_two_versions_and_a_union_agree_with_brute_force(
    tmp_path_factory: pytest.TempPathFactory,
    early: tuple[int, int],
    late: tuple[int, int],
    over: int,
) -> None:
    closed = tuple(e + n for e, n in zip(early, late, strict=True))
    together = min(max(closed) + over, sum(closed))
    if together == 0:
        return
    services = ("palkkatuki", "starttiraha")
    classes = [f"{e // 5 * 5}-{e // 5 * 5 + 4}" for e in early]
    shown = [*classes, *(mark(c, True) for c in closed), str(together)]
    world = {
        "2025-01": [f"857 {s} 2025-01 clients {w}" for s, w in zip(services, classes, strict=True)],
        "2025-02": [
            f"857 {s} 2025-01 clients {w}"
            for s, w in zip((*services, "any"), shown[2:], strict=True)
        ],
    }
    output = publish(tmp_path_factory.mktemp("world"), world)
    tables = [
        t
        for t in product(*map(options, shown))
        if t[0] <= t[2] and t[1] <= t[3] and max(t[2:4]) <= t[4] <= t[2] + t[3]
    ]
    found = hulls(output, "A3")
    names = [(s, "2025-01", r) for r in ("2025-01", "2025-02") for s in services]
    assert {n: found[n] for n in names} == {n: hull(tables, k) for k, n in enumerate(names)}


@examples(40)
@given(quarters=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), extra=st.integers(0, 18))
def test_a_year_by_r6_agrees_with_brute_force_and_leaks_nothing(
    tmp_path_factory: pytest.TempPathFactory, quarters: tuple[int, int, int, int], extra: int
) -> None:
    year = min(max(quarters) + extra, sum(quarters))
    shown = [mark(q, True) for q in quarters]
    exact = [q for q in quarters if q >= 5]
    hidden = max(shown.count("<5") - 2, 0)

    def withheld(value: int) -> bool:
        parts = [value, *(value - e for e in exact), sum(exact) + 4 * hidden - value]
        return min(parts) < 5

    shown.append("." if withheld(year) else str(year))
    figures = [f"857 palkkatuki {p} clients {w}" for p, w in zip((*Q, "2025"), shown, strict=True)]
    output = publish(tmp_path_factory.mktemp("world"), {"2025-tasaus": figures})
    years = [y for y in range(25) if withheld(y)] if shown[4] == "." else [year]
    tables = [
        (*t, y) for t in product(*map(options, shown[:4])) for y in years if max(t) <= y <= sum(t)
    ]
    found = hulls(output, "A3")
    assert [found["palkkatuki", p, "2025-tasaus"] for p in (*Q, "2025")] == [
        hull(tables, n) for n in range(5)
    ]
    assert not attack(output).violated


# The product's own archive, the witnesses, and what the attacker refuses.


def test_the_products_own_year_stands(year_in_ledger: Path) -> None:
    verdict = attack(year_in_ledger)
    assert not verdict.violated, fallen(verdict)
    assert verdict.releases == 13
    assert sum(t.targets for t in verdict.tallies if t.guarantee == "G4") > 100


def test_a_release_of_the_command_line_stands(released: Path) -> None:
    verdict = attack(released)
    assert not verdict.violated, fallen(verdict)
    assert verdict.members == 11


def test_every_witness_of_the_year_is_consistent_and_tells_targets_apart(
    year_in_ledger: Path,
) -> None:
    verdict = attack(year_in_ledger, ("A3", "A4"))
    assert {len(w.tables) >= 2 for w in verdict.witnesses} == {True}
    assert not [f for f in verdict.findings if "todistaja" in f.state]


@pytest.mark.parametrize("kind", ["clients", "euro"])
def test_a_wrong_witness_is_caught(kind: str, tmp_path: Path) -> None:
    """Every single change of a figure that a page or a sum ties down is refused."""
    output = publish(tmp_path, {"2025-tasaus": [*SETTLED, *WITHHELD]})
    case = Case(read_public(output))
    (ground,) = grounds(case, "A4", case.public.members)
    assert ground.solved is not None
    (witness,) = attack(output, ("A4",)).witnesses
    table = witness.tables[0]
    assert not faults(ground.solved.scope, table)
    names = [n for n in table if n.kind == kind and n.service in ("palkkatuki", "any")]
    assert names
    for name in names:
        assert faults(ground.solved.scope, {**table, name: table[name] + 1000})


@pytest.mark.parametrize(
    "line", ["857 palkkatuki 2025 clients_per_mille 4", "857 any 2025-H1 clients 9"]
)
def test_an_unknown_measure_or_period_is_refused(line: str, tmp_path: Path) -> None:
    with pytest.raises(KuntakoontiError, match="ei tunne"):
        attack(publish(tmp_path, {"2025-03": [line]}))


def test_an_unknown_status_is_refused(tmp_path: Path) -> None:
    output = publish(tmp_path, CLEAN["closed once"])
    page = next(output.glob("2025-03/857/*.csv"))
    page.write_text(page.read_text().replace("preliminary", "estimated"))
    with pytest.raises(KuntakoontiError, match="ei tunne"):
        attack(output)


def changed_line(text: str) -> str:
    return text.replace('"as_of":"2026-01-01"', '"as_of":"2026-01-00"')


def first_line_gone(text: str) -> str:
    return text.partition("\n")[2]


@pytest.mark.rule("G6", "Chain, and figures as on the pages")
@pytest.mark.parametrize("change", [changed_line, first_line_gone, lambda _: ""])
def test_a_ledger_that_did_not_only_grow_is_found(
    change: Callable[[str], str], tmp_path: Path
) -> None:
    output = publish(tmp_path, CLEAN["closed once"])
    ledger = output / "ledger.jsonl"
    ledger.write_text(change(ledger.read_text()))
    assert ("G6", "R9") in fallen(attack(output))


def test_a_page_that_says_something_else_than_the_ledger_is_found(tmp_path: Path) -> None:
    output = publish(tmp_path, CLEAN["closed once"])
    page = next(output.glob("2025-04/857/*.csv"))
    page.write_text(page.read_text().replace(",12,", ",13,"))
    assert ("G6", "R9") in fallen(attack(output))


def test_worlds_by_the_rules_contradict_no_rule(tmp_path: Path) -> None:
    for number, world in enumerate(CLEAN.values()):
        notes = attack(publish(tmp_path / str(number), world)).notes
        assert not [n for n in notes if "oletusta perusteet" in n]


def test_a_count_that_shrinks_is_attacked_without_growth_and_said(tmp_path: Path) -> None:
    world = {
        "2025-03": ["857 palkkatuki 2025-03 clients 10-14"],
        "2025-04": ["857 palkkatuki 2025-03 clients 9"],
    }
    verdict = attack(publish(tmp_path, world))
    assert not verdict.violated
    assert any("kasvu" in note for note in verdict.notes)


@pytest.mark.rule("levels", "Contradiction is an error, never a pass")
def test_pages_that_contradict_each_other_never_pass(tmp_path: Path) -> None:
    world = {
        "2025-03": [
            "857 palkkatuki 2025-03 clients 9",
            "844 palkkatuki 2025-03 clients <5",
            "17 palkkatuki 2025-03 clients 20",
        ]
    }
    assert ("G6", "R9") in fallen(attack(publish(tmp_path, world)))


def test_the_table_names_no_figure(tmp_path: Path) -> None:
    world, _ = LEAKS["published revision"]
    text = render(attack(publish(tmp_path, world)))
    assert "KAATUI G3" in text
    assert "sääntö R5" in text
    assert "857" not in text.replace("valmis luku 857 palkkatuki 2025-01 muuttui", "")
    stands = render(attack(publish(tmp_path / "clean", CLEAN["closed once"])))
    assert "Mikään ei kaatunut" in stands


def test_the_same_archive_always_gets_the_same_verdict(tmp_path: Path) -> None:
    output = publish(tmp_path, CLEAN["euros by R7"])
    assert attack(output) == attack(output)


@pytest.mark.rule("levels", "No code is shared with the protection")
def test_the_attacker_shares_no_code_with_the_protection() -> None:
    allowed = ("kuntakoonti.attack", "kuntakoonti.core.errors", "kuntakoonti.core.files",
               "kuntakoonti.core.read_back", "kuntakoonti.core.release_name",
               "numpy", "scipy")  # fmt: skip
    files = list((PROJECT / "src" / "kuntakoonti" / "attack").rglob("*.py"))
    assert len(files) > 20
    imported = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not node.level
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    outside = {
        m for m in imported if m.split(".")[0] in ("kuntakoonti", "numpy", "scipy", "pandas")
    }
    assert outside
    assert all(any(m == a or m.startswith(f"{a}.") for a in allowed) for m in outside)
