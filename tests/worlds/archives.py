"""Tiny public archives, one line a figure: clean ones, and ones in which a leak is planted."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from kuntakoonti.attack import Facts, Price, Verdict
from kuntakoonti.attack.evidence.released_files import COLUMNS

World = Mapping[str, Iterable[str]]
Cell = tuple[str, str, str, str, int | None, int | None, int | None, str]


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
