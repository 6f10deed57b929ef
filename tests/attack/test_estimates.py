"""An estimate is published in a form that carries no hidden figure, and the attacker refuses any other."""

from pathlib import Path

import pytest
from worlds.archives import cell, fallen, publish

from kuntakoonti.attack import attack, render
from kuntakoonti.attack.evidence.estimates import estimate_breaks
from kuntakoonti.attack.evidence.released_files import read_public
from kuntakoonti.core.errors import KuntakoontiError

PAGE = [
    "857 palkkatuki 2026-07 clients 12",
    "857 palkkatuki 2026-08 clients 10-14",
    "297 palkkatuki 2026-07 clients 500-509",
    "857 any 2026 actual_rounded_cents 8900000",
    "857 any 2026 forecast_cents 17000000",
    "857 any 2026 forecast_low_cents 15000000",
    "857 any 2026 forecast_high_cents 18500000",
    "857 any 2026 advance_cents 10000001",
    "857 any 2026 advance_coming_cents 5000002",
    "857 any 2026 expected_adjustment_cents 2000000",
    "857 any 2026 expected_adjustment_low_cents -500000",
    "857 any 2026 expected_adjustment_high_cents 3500000",
    "17 palkkatuki 2026-07 completeness_percent 42",
    "17 palkkatuki 2026-07 completeness_low_percent 39",
    "17 palkkatuki 2026-07 completeness_high_percent 44",
]
DIFFERENT = "the expected adjustment is not the forecast less the advances"
ALONE = "an expected adjustment without a forecast and advances"


def said(folder: Path, *lines: str, without: str = "", release: str = "2026-08") -> set[str]:
    """What the attacker says of the page with these lines and without those that hold a text."""
    kept = [line for line in PAGE if not without or without not in line]
    output = publish(folder, {release: [*kept, *lines]})
    return {what for _, what, _ in estimate_breaks(read_public(output))}


def test_a_forecast_in_its_form_stands(tmp_path: Path) -> None:
    """Rounded, in order, beside the rounded cost; completeness on 512 visible persons."""
    verdict = attack(publish(tmp_path, {"2026-08": PAGE}))
    assert not verdict.violated
    assert "G1–G6 pitävät" in render(verdict)


def test_a_forecast_that_is_not_shown_stands(tmp_path: Path) -> None:
    """Where the cost is withheld the forecast is withheld with it."""
    hidden = ["844 any 2026 actual_rounded_cents .", "844 any 2026 forecast_cents ."]
    assert said(tmp_path, *hidden) == set()


@pytest.mark.rule("G5", "No percentage of fewer than 20, of a member or of a small group")
@pytest.mark.parametrize(
    ("without", "line", "what"),
    [
        ("expected_adjustment_cents", "857 any 2026 expected_adjustment_cents 2100000", DIFFERENT),
        ("expected_adjustment_cents", "857 any 2026 expected_adjustment_cents 1999999", DIFFERENT),
        ("adjustment_low", "857 any 2026 expected_adjustment_low_cents 0", DIFFERENT),
        ("adjustment_high", "857 any 2026 expected_adjustment_high_cents 3400000", DIFFERENT),
        ("advance_coming", "857 any 2026-09 advance_coming_cents 5000002", ALONE),
        ("nothing", "857 palkkatuki 2026 expected_adjustment_cents 2000000", ALONE),
        ("nothing", "844 any 2026 expected_adjustment_cents 2000000", ALONE),
        ("nothing", "857 palkkatuki 2026 forecast_cents 12000000", "a forecast of a service"),
        ("forecast_cents", "857 any 2026 forecast_cents 16950000", "the forecast is not rounded"),
        ("forecast_", "857 any 2026 forecast_cents 16999999", "the forecast is not rounded"),
        ("forecast_low", "857 any 2026 forecast_low_cents 15000001", "the forecast is not rounded"),
        ("forecast_low", "857 any 2026 forecast_low_cents 17500000", "the forecast is outside its range"),
        ("forecast_high", "857 any 2026 forecast_high_cents 16500000", "the forecast is outside its range"),
        ("forecast_low", "857 any 2026 forecast_low_cents .", "an end of the range is missing"),
        ("forecast_cents", "857 any 2026 forecast_cents .", "a range without a forecast"),
        ("actual_rounded", "857 any 2026 actual_rounded_cents .", "a forecast though the recorded cost is not shown"),
        ("nothing", "857 any 2024 forecast_cents 17000000", "a forecast of something else than a municipality's year"),
        ("nothing", "857 any 2026-08 forecast_cents 17000000", "a forecast of something else than a municipality's year"),
        ("nothing", "17 any 2026 forecast_cents 17000000", "a forecast of something else than a municipality's year"),
        ("clients 500-509", "297 palkkatuki 2026-08 clients 500-509", "a percentage of fewer than 20 persons"),
        ("nothing", "857 palkkatuki 2026-07 completeness_percent 42", "a percentage of a municipality"),
        ("nothing", "17 palkkatuki 2026 completeness_percent 42",
         "completeness of something else than a service's month"),
        ("completeness_low", "17 palkkatuki 2026-07 completeness_low_percent 43",
         "completeness is not within 0–100"),
        ("completeness_high", "17 palkkatuki 2026-07 completeness_high_percent 101",
         "completeness is not within 0–100"),
        ("nothing", "17 any 2026 forecast_error_percent 4", "a percentage of fewer than 20 persons"),
        ("nothing", "17 palkkatuki 2026 forecast_error_percent 4", "an error of something else than a year's forecast"),
    ],
)  # fmt: skip
def test_any_other_form_is_found(without: str, line: str, what: str, tmp_path: Path) -> None:
    """Each planted leak is named, and the whole attack falls by R7."""
    assert what in said(tmp_path / "one", line, without=without)
    kept = [kept for kept in PAGE if without not in kept]
    verdict = attack(publish(tmp_path / "two", {"2026-08": [*kept, line]}), ("A1",))
    assert verdict.violated and {rule for _, rule in fallen(verdict)} == {"R7"}
    assert "KAATUI" in render(verdict)


@pytest.mark.parametrize(("visible", "stands"), [(7, False), (8, True), (9, True)])
def test_a_percentage_stands_on_twenty_visible_persons(
    visible: int, stands: bool, tmp_path: Path
) -> None:
    """12 + 7 are too few, 12 + 8 are enough."""
    line = f"297 palkkatuki 2026-07 clients {visible}"
    found = said(tmp_path, line, without="clients 500-509")
    assert ("a percentage of fewer than 20 persons" not in found) is stands


def test_a_small_count_is_no_visible_person(tmp_path: Path) -> None:
    """ "Alle 5" may be nobody: a percentage must not say that it is somebody."""
    lines = [f"{code} palkkatuki 2026-07 clients <5" for code in ("204", "239", "844")]
    found = said(tmp_path, *lines, without="clients 500-509")
    assert "a percentage of fewer than 20 persons" in found


@pytest.mark.parametrize(
    ("cents", "stands"), [(100_000_000, True), (100_100_000, False), (101_000_000, True)]
)
def test_above_a_million_the_step_is_ten_thousand(cents: int, stands: bool, tmp_path: Path) -> None:
    """1,000,000 € and 1,010,000 € are on their grids, 1,001,000 € is not."""
    found = said(tmp_path, f"857 any 2026 forecast_cents {cents}", without="forecast_")
    assert ("the forecast is not rounded" not in found) is stands


def test_a_settled_year_is_not_foreseen(tmp_path: Path) -> None:
    """After the final adjustment of its year a forecast would stand beside the exact cost."""
    settled = {"2025-tasaus": ["857 any 2025 actual_cents 10985437"]}
    late = {"2025-12-v2": ["857 any 2025 actual_rounded_cents 10900000",
                           "857 any 2025 forecast_cents 10900000"]}  # fmt: skip
    found = estimate_breaks(read_public(publish(tmp_path / "after", settled | late)))
    assert {what for _, what, _ in found} == {"a forecast of a closed year"}
    before = estimate_breaks(read_public(publish(tmp_path / "before", late | settled)))
    assert not list(before)


def test_a_measure_of_estimates_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A forecast of clients has relations that the attacker does not know."""
    line = "857 palkkatuki 2026 forecast_clients 12"
    assert cell(line)
    with pytest.raises(KuntakoontiError, match="ei tunne"):
        attack(publish(tmp_path, {"2026-08": [line]}))
