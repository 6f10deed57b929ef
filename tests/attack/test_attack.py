"""The attacker finds every planted leak, nothing in clean archives, and agrees with brute force."""

import ast
import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kuntakoonti.attack
from kuntakoonti.attack import Facts, Price, Verdict, attack, render
from kuntakoonti.attack.evidence.released_files import COLUMNS, read_public
from kuntakoonti.attack.levels import Case, grounds
from kuntakoonti.attack.proof.arithmetic import faults
from kuntakoonti.attack.solver.judge import intervals
from kuntakoonti.core.errors import KuntakoontiError

PROJECT = Path(__file__).parents[2]
World = Mapping[str, Iterable[str]]
Cell = tuple[str, str, str, str, int | None, int | None, int | None, str]

# A tiny world: one line a figure, "municipality service period measure what"; what is a number,
# "<5" (closed and small), "5-9" (preliminary) or "." (not shown).


def cell(line: str) -> Cell:
    municipality, service, period, measure, what = line.split()
    place = (municipality, service, period, measure)
    if what == "<5":
        return (*place, None, None, None, "under_threshold")
    if what == ".":
        return (*place, None, None, None, "not_shown")
    if "-" in what[1:]:
        low, high = what.split("-")
        return (*place, None, int(low), int(high), "preliminary")
    return (*place, int(what), None, None, "final")


def publish(output: Path, world: World) -> Path:
    """Write the world as the contract's files and ledger."""
    head, lines = "0" * 64, []
    for number, (release, figures) in enumerate(world.items()):
        cells = [cell(line) for line in figures]
        for code in {c[0] for c in cells}:
            folder = output / release / (code if len(code) == 3 else "area")
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"{code}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                rows = [
                    [release, *("" if v is None else v for v in c)] for c in cells if c[0] == code
                ]
                writer.writerows(rows)
        body = {"release": release, "as_of": f"2026-01-{number + 1:02d}", "cells": cells}
        body |= {"previous": head, "plans": {}}
        head = hashlib.sha256(canonical(body).encode()).hexdigest()
        lines.append(canonical({**body, "hash": head}))
    (output / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return output


def canonical(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def fallen(verdict: Verdict) -> set[tuple[str, str]]:
    return {(f.guarantee, f.rule) for f in verdict.findings}


Q = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
FIXED = Facts(
    prices={
        "palkkatuki": Price(units=(126_000,), low=1, high=1),
        "starttiraha": Price(units=(3721,), low=1, high=23),
    }
)
TWO_SMALL = [
    *(f"844 palkkatuki 2025-0{m} clients <5" for m in (1, 2, 3)),
    *(f"844 starttiraha 2025-0{m} clients <5" for m in (1, 2, 3)),
]
SETTLED = [
    *(f"857 palkkatuki {q} clients 12" for q in Q),
    "857 palkkatuki 2025 clients 20",
    "857 starttiraha 2025 clients <5",
    "857 kotoutumiskoulutus 2025 clients <5",
    "857 palkkatuki 2025 advance_cents 9600000",
    "857 starttiraha 2025 advance_cents 1320000",
    "857 kotoutumiskoulutus 2025 advance_cents 1200000",
    "857 any 2025 advance_cents 12120000",
    "857 any 2025 actual_cents 10985437",
    "857 any 2025 adjustment_cents -1134563",
]
WITHHELD = [
    *(f"857 {s} 2025 actual_cents ." for s in ("palkkatuki", "starttiraha", "kotoutumiskoulutus")),
    "857 palkkatuki 2025 posting_cents -898664",
    "857 starttiraha 2025 posting_cents -123566",
    "857 kotoutumiskoulutus 2025 posting_cents -112333",
]

CLEAN: dict[str, World] = {
    "nothing over hidden counts": {"2025-03": TWO_SMALL},
    "one family": {
        "2025-03": ["857 palkkatuki 2025-03 clients 8", "844 any 2025-03 clients 7"],
    },
    "closed once": {
        "2025-03": ["857 palkkatuki 2025-03 clients 10-14"],
        "2025-04": ["857 palkkatuki 2025-03 clients 12", "857 palkkatuki 2025-04 clients <5"],
        "2025-05": ["857 palkkatuki 2025-03 clients 12", "857 palkkatuki 2025-04 clients <5"],
    },
    "small, then large": {
        "2025-03": ["857 palkkatuki 2025-03 clients 0-4"],
        "2025-04": ["857 palkkatuki 2025-03 clients 5-9"],
        "2025-05": ["857 palkkatuki 2025-03 clients 5"],
    },
    "a year by R6": {
        "2025-tasaus": [
            *(f"857 palkkatuki {q} clients 12" for q in Q),
            "857 palkkatuki 2025 clients 20",
        ]
    },
    "a year withheld by R6": {
        "2025-tasaus": [
            *(f"857 palkkatuki {q} clients 12" for q in Q[:3]),
            "857 palkkatuki 2025-Q4 clients <5",
            "857 palkkatuki 2025 clients .",
        ]
    },
    "sum of what is shown": {
        "2025-03": [
            "857 palkkatuki 2025-03 clients 8",
            "844 palkkatuki 2025-03 clients <5",
            "17 palkkatuki 2025-03 clients_shown_sum 8",
        ]
    },
    "euros by R7": {"2025-tasaus": [*SETTLED, *WITHHELD]},
    "withheld for a published small period": {
        "2025-tasaus": [
            *(f"778 palkkatuki {q} clients 12" for q in Q[:3]),
            "778 palkkatuki 2025-Q4 clients <5",
            "778 palkkatuki 2025 clients 19",
            "778 starttiraha 2025 clients 7",
            "778 any 2025 actual_cents 9000000",
            "778 palkkatuki 2025 actual_cents .",
            "778 starttiraha 2025 actual_cents .",
        ]
    },
    "a secret page": {
        "2025-tasaus": [
            *SETTLED,
            *WITHHELD,
            "844 any 2025-11 clients <5",
            "844 any 2025-12 clients <5",
            "844 any 2025 actual_cents .",
            "844 palkkatuki 2025 budget_cents 100",
        ]
    },
    "per service for all": {
        "2025-tasaus": [
            "402 palkkatuki 2025 clients 72",
            "402 starttiraha 2025 clients 12",
            "402 any 2025 actual_cents 37921000",
            "402 palkkatuki 2025 actual_cents 34200000",
            "402 starttiraha 2025 actual_cents 3721000",
        ]
    },
    "rounded total": {"2025-03": [*TWO_SMALL, "844 any 2025 actual_rounded_cents 1400000"]},
    "a total over four hidden counts": {
        "2025-04": [
            *(f"844 any 2025-0{m} clients <5" for m in (1, 2, 3, 4)),
            "844 any 2025 actual_rounded_cents 100000",
            "844 palkkatuki 2025 budget_cents 100",
        ]
    },
    "rounded total not shown": {"2025-03": [*TWO_SMALL, "844 any 2025 actual_rounded_cents ."]},
    "invoice of nothing": {
        "2025-tasaus": ["844 palkkatuki 2025 clients <5", "844 any 2025 actual_cents 0"]
    },
}

LEAKS: dict[str, tuple[World, set[tuple[str, str]]]] = {
    "totals over hidden cells": (
        {
            "2025-03": [
                "844 palkkatuki 2025-03 clients <5",
                "844 starttiraha 2025-03 clients <5",
                "844 any 2025-03 clients 8",
            ]
        },
        {("G1", "R3"), ("G2", "R3")},
    ),
    "zeros shown as 0": (
        {"2025-03": ["844 palkkatuki 2025-03 clients 0", "857 palkkatuki 2025-03 clients 9"]},
        {("G1", "R2")},
    ),
    "hidden beside a shown zero": (
        {"2025-03": ["857 palkkatuki 2025-03 clients <5", "857 palkkatuki 2025-02 clients 0"]},
        {("G2", "R2")},
    ),
    "published revision": (
        {
            "2025-03": ["857 palkkatuki 2025-01 clients 12"],
            "2025-04": ["857 palkkatuki 2025-01 clients 14"],
        },
        {("G3", "R5"), ("G6", "R9")},
    ),
    "year to date by month": (
        {
            "2025-01": ["857 palkkatuki 2025 clients 10"],
            "2025-02": ["857 palkkatuki 2025 clients 12"],
            "2025-03": ["857 palkkatuki 2025 clients 20"],
        },
        {("G3", "R6")},
    ),
    "any service beside a visible service": (
        {"2025-03": ["857 palkkatuki 2025-03 clients 8", "857 any 2025-03 clients 10"]},
        {("G3", "R3")},
    ),
    "overlap": (
        {
            "2025-03": [
                *(f"857 palkkatuki 2025-0{m} clients 20" for m in (1, 2, 3)),
                "857 palkkatuki 2025-Q1 clients 57",
            ]
        },
        {("G3", "R3")},
    ),
    "quarter beside its months": (
        {
            "2025-03": [
                *(f"857 palkkatuki 2025-0{m} clients <5" for m in (1, 2, 3)),
                "857 palkkatuki 2025-Q1 clients 11",
            ]
        },
        {("G2", "R3")},
    ),
    "exact area total": (
        {
            "2025-03": [
                "857 palkkatuki 2025-03 clients 8",
                "844 palkkatuki 2025-03 clients <5",
                "17 palkkatuki 2025-03 clients 11",
            ]
        },
        {("G1", "R8"), ("G2", "R8")},
    ),
    "a sum that takes in a hidden member": (
        {
            "2025-03": [
                "857 palkkatuki 2025-03 clients 8",
                "844 palkkatuki 2025-03 clients <5",
                "17 palkkatuki 2025-03 clients_shown_sum 10",
            ]
        },
        {("G1", "R8")},
    ),
    "single hidden service with a known total": (
        {
            "2025-tasaus": [
                *SETTLED,
                "857 palkkatuki 2025 actual_cents 10000000",
                "857 kotoutumiskoulutus 2025 actual_cents 0",
                "857 starttiraha 2025 actual_cents .",
            ]
        },
        {("G4", "R7")},
    ),
    "euros of a service with three hidden months, to an insider": (
        {
            "2025-tasaus": [
                *(f"749 starttiraha 2025-{m:02d} clients 6" for m in range(1, 5)),
                *(f"749 starttiraha 2025-{m:02d} clients 5" for m in range(5, 10)),
                *(f"749 starttiraha 2025-{m:02d} clients <5" for m in range(10, 13)),
                "749 starttiraha 2025 clients 14",
                "749 any 2025 actual_cents 4539620",
                "749 starttiraha 2025 actual_cents 4539620",
            ]
        },
        {("G2", "R7")},
    ),
    "a posting that is the adjustment": (
        {
            "2025-tasaus": [
                *SETTLED,
                *WITHHELD[:3],
                "857 palkkatuki 2025 posting_cents -1134563",
                "857 starttiraha 2025 posting_cents 1000",
                "857 kotoutumiskoulutus 2025 posting_cents -1000",
            ]
        },
        {("G4", "R7")},
    ),
    "withheld for another's sake": (
        {
            "2025-03": [
                "857 palkkatuki 2025-03 clients <5",
                "857 starttiraha 2025-03 clients .",
                "857 kotoutumiskoulutus 2025-03 clients 9",
            ]
        },
        {("G2", "R2")},
    ),
    "a year that two hidden quarters reach": (
        {
            "2025-tasaus": [
                *(f"857 palkkatuki {q} clients 12" for q in Q[:2]),
                *(f"857 palkkatuki {q} clients <5" for q in Q[2:]),
                "857 palkkatuki 2025 clients 27",
            ]
        },
        {("G2", "R6")},
    ),
    "a total over two hidden counts": (
        {
            "2025-02": [
                *(f"844 any 2025-0{m} clients <5" for m in (1, 2)),
                "844 any 2025 actual_rounded_cents 100000",
                "844 palkkatuki 2025 budget_cents 100",
            ]
        },
        {("G2", "R7")},
    ),
    "a total over three hidden counts, to an insider": (
        {
            "2025-03": [
                *(f"844 any 2025-0{m} clients <5" for m in (1, 2, 3)),
                "844 any 2025 actual_rounded_cents 100000",
                "844 palkkatuki 2025 budget_cents 100",
            ]
        },
        {("G2", "R7")},
    ),
}


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


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=40, deadline=None)
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


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve monthly releases and the final adjustment of the example data, as the ledger has them."""
    from kuntakoonti.public.ledger import append
    from kuntakoonti.restricted.preparation import stages as pipeline

    output = tmp_path_factory.mktemp("year") / "outputs"
    output.mkdir()
    months = [(f"2025-{m:02d}", f"{2025 + m // 12}-{m % 12 + 1:02d}-15", "") for m in range(1, 13)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNTAKOONTI_DATA", str(PROJECT / "data" / "example"))
        patch.setenv("KUNTAKOONTI_PARAMETERS", str(PROJECT / "parameters"))
        patch.setenv("KUNTAKOONTI_OUTPUT", str(output))
        for month, as_of, name in [*months, ("2025-12", "2026-02-28", "2025-tasaus")]:
            room = pipeline.open_area(month, as_of, name)
            figures = pipeline.count_figures(room, pipeline.read_records(room))
            record = pipeline.protect(room, figures).record
            append(room.settings.ledger, room.archive, replace(record, approved_by="controller"))
    return output


def test_the_products_own_year_stands(year: Path) -> None:
    verdict = attack(year)
    assert not verdict.violated, fallen(verdict)
    assert verdict.releases == 13
    assert sum(t.targets for t in verdict.tallies if t.guarantee == "G4") > 100


def test_a_release_of_the_command_line_stands(released: Path) -> None:
    verdict = attack(released)
    assert not verdict.violated, fallen(verdict)
    assert verdict.members == 11


def test_every_witness_of_the_year_is_consistent_and_tells_targets_apart(year: Path) -> None:
    verdict = attack(year, ("A3", "A4"))
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
    allowed = ("kuntakoonti.attack", "kuntakoonti.core.errors", "numpy", "scipy")
    files = Path(os.fspath(kuntakoonti.attack.__file__)).parent.glob("*.py")
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
