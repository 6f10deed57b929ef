"""What two calendar years say together: versions across New Year, a correction, a grain that is chosen."""

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from worlds.archives import fallen, publish
from worlds.drawn import PARAMETERS
from worlds.figures import NO_ADVANCES

from kuntakoonti.attack import attack
from kuntakoonti.restricted.disclosure.grain import plan_year

SHOWN = {f"2025-{m:02d}": 6 for m in range(1, 10)}
SMALL = ("2025-10", "2025-11", "2025-12")
SERVICES = ("palkkatuki", "starttiraha", "kotoutumiskoulutus")


def pages(year: str, total: int) -> list[str]:
    """A final adjustment with a total, its services hidden."""
    counts = [f"857 any {year}-{m:02d} clients {'<5' if m > 10 else 8}" for m in range(1, 13)]
    hidden = [f"857 {s} {year} actual_cents ." for s in SERVICES]
    return [*counts, f"857 any {year} clients .", *hidden, f"857 any {year} actual_cents {total}"]


@pytest.mark.parametrize(
    ("december", "expected"),
    [("10-14", set()), ("10", {("G3", "R5")}), ("7", set())],
    ids=["a class", "exact and two fewer", "exact and five fewer"],
)
def test_december_is_exact_once_across_new_year(
    december: str, expected: set[tuple[str, str]], tmp_path: Path
) -> None:
    """December 2025 on its own page and, closed at 12, on January's: their difference is a count."""
    before = [*(f"857 palkkatuki 2025-{m:02d} clients 9" for m in range(1, 12))]
    world = {
        "2025-12": [*before, f"857 palkkatuki 2025-12 clients {december}"],
        "2026-01": [
            "857 palkkatuki 2025-12 clients 12",
            "857 palkkatuki 2026-01 clients 10-14",
        ],
    }
    found = {f for f in fallen(attack(publish(tmp_path, world))) if f[0] != "G6"}
    assert found == expected


@pytest.mark.parametrize("line", [[], ["857 any 2026 prior_year_correction_cents 431000"]], ids=len)
def test_two_final_adjustments_with_or_without_a_correction_stand(
    line: list[str], tmp_path: Path
) -> None:
    """A line of its own is a total of persons enough; without it the correction is in the total."""
    world = {"2025-tasaus": pages("2025", 6_000_000), "2026-tasaus": pages("2026", 7_431_000)}
    world["2026-tasaus"] += line
    assert not attack(publish(tmp_path, world)).violated


@dataclass(frozen=True)
class Later:
    """Last year's counts as they are known when the next year's first release is made."""

    months: dict[str, int]

    def of(self, _municipality: str, service: str, period: str) -> int:
        """A month's count, or the least that a quarter can be; another service is always large."""
        if service != "palkkatuki":
            return 9
        quarter = [f"2025-{m:02d}" for m in range(1, 13) if f"2025-Q{(m + 2) // 3}" == period]
        return max(self.months[m] for m in quarter) if quarter else self.months[period]


def test_a_chosen_grain_says_nothing_of_a_small_closed_count() -> None:
    """Late records move the counts that choose: every closed table allows every grain."""
    tuusniemi = PARAMETERS.area.model_copy(update={"members": (PARAMETERS.area.member("857"),)})
    parameters = replace(PARAMETERS, area=tuusniemi)
    for closed in product(range(5), repeat=3):
        grains = set()
        for late in product((0, 5), repeat=3):
            later = [c + more for c, more in zip(closed, late, strict=True)]
            counts: Any = Later(SHOWN | dict(zip(SMALL, later, strict=True)))
            plan = plan_year("2026", counts, NO_ADVANCES, parameters)["857"]
            grains.add(plan.grains["palkkatuki"])
        assert grains == {"month", "year"}, closed
