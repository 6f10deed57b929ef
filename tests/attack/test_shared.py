"""A service shared by a key beside one, two and three by causation: what its exact figures open."""

from dataclasses import replace
from pathlib import Path

import pytest
import worlds.any_area as worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds.any_area import build
from worlds.archives import fallen, publish
from worlds.examples import examples
from worlds.shared_area import WORLD, common_rows, write_with_tilat

from kuntakoonti.attack import attack
from kuntakoonti.attack.evidence.invoice import Row as Seen
from kuntakoonti.attack.evidence.invoice import parted
from kuntakoonti.public.cells import ANY, SHARED, Cell, Measure, euro_cell
from kuntakoonti.public.invoice import invoice_cells
from kuntakoonti.public.ledger import read_archive

SERVICES = ("starttiraha", "palkkatuki", "kotoutumiskoulutus")
KEYED = [
    "857 shared 2025 shared_actual_cents 1200000",
    "857 tilat 2025 shared_actual_cents 900000",
    "857 valmennus 2025 shared_actual_cents 300000",
    "857 tilat 2025-12 key_share_millionths 16373",
    "857 population 2025 key_value_hundredths 239400",
]
TOTAL = 5 * 37_21  # the cost of five days: one service alone can be nothing else


def small(services: int) -> list[str]:
    """Counts under the threshold and a hidden total, beside exact figures of two keyed services."""
    counts = [f"857 {s} 2025 clients <5" for s in SERVICES[:services]]
    return [*counts, "857 palkkatuki 2025 budget_cents 100000", *KEYED]


@pytest.mark.parametrize("services", [1, 2, 3])
def test_the_keyed_figures_alone_open_nothing(tmp_path: Path, services: int) -> None:
    hidden = ["857 any 2025 actual_cents .", "857 invoice 2025 invoice_actual_cents ."]
    assert not attack(publish(tmp_path, {"2025-tasaus": [*small(services), *hidden]})).violated


@pytest.mark.rule("R7 shared by a key", "The attacker subtracts the public part from every total")
@pytest.mark.parametrize("services", [1, 2, 3])
def test_an_invoices_total_beside_a_hidden_part_is_that_part(tmp_path: Path, services: int) -> None:
    """The same falls as if the hidden total had been printed: the shared part is subtracted."""
    hidden = "857 any 2025 actual_cents ."
    invoice = f"857 invoice 2025 invoice_actual_cents {TOTAL + 1_200_000}"
    leaked = attack(publish(tmp_path / "a", {"2025-tasaus": [*small(services), hidden, invoice]}))
    printed = f"857 any 2025 actual_cents {TOTAL}"
    plain = attack(publish(tmp_path / "b", {"2025-tasaus": [*small(services), printed]}))
    assert fallen(leaked) == fallen(plain)
    assert [(t.exact, t.narrowed) for t in leaked.tallies] == [
        (t.exact, t.narrowed) for t in plain.tallies
    ]
    if services < 3:
        assert leaked.violated


def test_keyed_services_do_not_hide_one_of_two_by_causation(tmp_path: Path) -> None:
    """Two by causation and two by a key are two: a total of them still gives each to an insider."""
    counts = [f"857 palkkatuki 2025-{m:02d} clients 6" for m in range(1, 13)]
    two = [
        *counts,
        "857 palkkatuki 2025 clients .",
        "857 starttiraha 2025 clients <5",
        "857 palkkatuki 2025 budget_cents 9600000",
        "857 starttiraha 2025 budget_cents 1320000",
        "857 any 2025 actual_cents 9220840",
        "857 invoice 2025 invoice_actual_cents 10420840",
        *KEYED,
    ]
    verdict = attack(publish(tmp_path, {"2025-tasaus": two}))
    assert {(f.guarantee, f.rule, f.level) for f in verdict.findings} == {("G4", "R7", "A5")}


def test_a_service_of_persons_that_is_called_shared_is_found(tmp_path: Path) -> None:
    world = [
        "857 starttiraha 2025 clients <5",
        "857 palkkatuki 2025 clients <5",
        "857 any 2025 actual_cents 18605",
        "857 starttiraha 2025 shared_actual_cents 18605",
        "857 shared 2025 shared_actual_cents 18605",
    ]
    assert {("G2", "R7"), ("G4", "R7")} <= fallen(attack(publish(tmp_path, {"2025-tasaus": world})))


@pytest.mark.parametrize(
    "line",
    [
        "857 shared 2025 shared_actual_cents 1218605",
        "857 invoice 2025 invoice_actual_cents 1300000",
        "857 invoice 2025 invoice_prior_year_correction_cents 5",
        "857 invoice 2025 invoice_forecast_cents 5000000",
    ],
)
def test_a_total_that_is_not_the_sum_of_its_parts_is_found(tmp_path: Path, line: str) -> None:
    """Its difference from what stands beside it would be a figure of its own."""
    world = [*(x for x in KEYED if not line.startswith(x[:30])), "857 any 2025 actual_cents 18605"]
    world += [f"857 {s} 2025 clients 9" for s in SERVICES]
    verdict = attack(publish(tmp_path, {"2025-tasaus": [*world, line]}))
    assert any(f.guarantee == "G4" and f.level == "A1" for f in verdict.findings)


@settings(examples(60))
@given(
    point=st.integers(0, 3 * 10**8),
    reach=st.none() | st.integers(0, 60),
    by_causation=st.integers(-(10**8), 10**8),
    shared=st.integers(-(10**8), 10**8),
    off=st.sampled_from([-1, 0, 1]),
)
def test_a_rounded_total_is_exactly_what_the_attacker_rounds(
    point: int, reach: int | None, by_causation: int, shared: int, off: int
) -> None:
    """Of any forecast and range; one step off is found."""
    drawn = {(ANY, Measure.FORECAST): point, (ANY, Measure.EXPECTED_ADJUSTMENT): by_causation,
             ("tilat", Measure.SHARED_EXPECTED_ADJUSTMENT): shared,
             (SHARED, Measure.SHARED_EXPECTED_ADJUSTMENT): shared}  # fmt: skip
    if reach is not None:
        drawn[ANY, Measure.FORECAST_LOW] = point - point * reach // 100
        drawn[ANY, Measure.FORECAST_HIGH] = point + point * reach // 100
    cells = [euro_cell("857", s, "2025", m, cents) for (s, m), cents in drawn.items()]
    (total,) = invoice_cells(cells)
    step = 100_000 * off
    printed = [*cells, replace(total, value=(total.value or 0) + step)]
    rows = [
        Seen(
            "2025-08", c.municipality, c.service, c.period, c.measure, c.value, None, None, "final"
        )
        for c in printed
    ]
    assert bool(parted(rows).breaks) is bool(off)


def published(output: Path) -> list[tuple[str, Cell]]:
    records = read_archive(output / "ledger.jsonl").records
    return [(record.release, cell) for record in records for cell in record.cells]


def test_an_areas_total_that_holds_a_hidden_invoice_is_found(tmp_path: Path) -> None:
    shown = ["297 any 2025 actual_cents 50000000", "297 invoice 2025 invoice_actual_cents 50000000",
             "297 shared 2025 shared_actual_cents 0", "297 tilat 2025 shared_actual_cents 0"]  # fmt: skip
    shown += [f"297 {s} 2025 clients 90" for s in SERVICES]
    hidden = ["857 any 2025 actual_cents .", "857 invoice 2025 invoice_actual_cents .", *small(3)]
    for name, cents in (("clean", 50_000_000), ("leak", 51_218_605)):
        area = f"17 invoice 2025 invoice_actual_cents {cents}"
        verdict = attack(publish(tmp_path / name, {"2025-tasaus": [*shown, *hidden, area]}))
        assert any(f.level == "A1" for f in verdict.findings) is (name == "leak")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same persons without and with a service shared by a key."""
    plain = build(WORLD, tmp_path_factory.mktemp("plain"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "write_area", write_with_tilat)
        patch.setattr(worlds, "rows_of", common_rows)
        return plain, build(WORLD, tmp_path_factory.mktemp("keyed"))


@pytest.mark.slow
@pytest.mark.rule("R7 shared by a key", "`any`, counts and marks are of the services by causation")
def test_what_is_by_causation_is_as_without_keyed_services(beside: tuple[Path, Path]) -> None:
    """Every count, mark, total and forecast: none of them holds a cent of the other part."""
    plain, keyed = map(published, beside)
    assert [x for x in keyed if not x[1].measure.of_the_invoice] == plain


@pytest.mark.slow
def test_nothing_falls_in_an_archive_with_keyed_services(beside: tuple[Path, Path]) -> None:
    assert not attack(beside[1]).findings


@pytest.mark.slow
@pytest.mark.rule("R7 shared by a key", "The invoice's total is shown only where both parts are")
def test_an_invoices_total_stands_exactly_where_both_parts_do(beside: tuple[Path, Path]) -> None:
    cells = {(release, *c.key, c.measure): c.value for release, c in published(beside[1])}
    shown = set()
    for (release, code, service, period, measure), value in cells.items():
        if measure is Measure.ACTUAL and service == "any" and len(code) == 3:
            total = cells[release, code, "invoice", period, Measure.INVOICE_ACTUAL]
            part = cells[release, code, "shared", period, Measure.SHARED_ACTUAL]
            assert total == (None if value is None else value + (part or 0))
            shown.add(value is None)
    assert shown == {True, False}  # a secret page and a public one


@pytest.mark.slow
def test_the_parts_of_all_members_are_the_source(beside: tuple[Path, Path]) -> None:
    """12 × 2 999,99 € in 2025; what is recovered after the closing is the next year's own line."""
    sums: dict[tuple[str, str, Measure], int] = {}
    for release, c in published(beside[1]):
        if c.service == "tilat" and len(c.municipality) == 3:
            place = (release, c.period, c.measure)
            sums[place] = sums.get(place, 0) + (c.value or 0)
    assert sums["2025-tasaus", "2025", Measure.SHARED_ACTUAL] == 12 * 299_999
    assert sums["2025-tasaus", "2025", Measure.SHARED_ADJUSTMENT] == 12 * 299_999 - 3 * 700_000
    assert sums["2025-08", "2025", Measure.SHARED_ACTUAL] == 8 * 299_999
    assert sums["2026-tasaus", "2026", Measure.SHARED_PRIOR_YEAR] == -10_001
