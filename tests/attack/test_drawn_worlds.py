"""Any small drawn world and any sequence of releases, by the real pipeline: nothing falls."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from worlds.any_area import Drawn, build, worlds
from worlds.examples import examples

from kuntakoonti.attack import Verdict, attack


def verdict_on(world: Drawn, folder: Path) -> Verdict:
    """Build and attack; a finding is a leak of the rules or an error of the attack."""
    verdict = attack(build(world, folder))
    shutil.rmtree(folder)
    return verdict


@examples(25)
@given(world=worlds())
def test_nothing_falls_in_any_drawn_world(
    tmp_path_factory: pytest.TempPathFactory, world: Drawn
) -> None:
    """Late, withdrawn and moved records, any extraction dates, any grain."""
    verdict = verdict_on(world, tmp_path_factory.mktemp("world") / "one")
    assert not verdict.findings, (verdict.findings[:5], verdict.notes)


@pytest.mark.parametrize(
    "world",
    [
        Drawn(
            316230,
            (((6, 2), (1, 0), (6, 9)),),
            ("",),
            (("2025-01", 0), ("2025-02", 0)),
            (2025, 2026),
        ),
        Drawn(
            seed=996765,
            levels=(((3, 2), (6, 15), (5, 0)),),
            families=("",),
            days=(
                ("2025-03", 1),
                ("2025-04", 0),
                ("2025-07", 62),
                ("2025-08", 62),
                ("2026-01", 31),
            ),
            years=(2025,),
        ),
        Drawn(
            seed=944672,
            levels=(((6, 2), (5, 15), (3, 0)),),
            families=("",),
            days=(("2025-04", 0), ("2025-05", 95), ("2025-07", 95), ("2025-10", 95)),
            years=(2025,),
        ),
    ],
    ids=lambda world: str(world.seed),
)
def test_a_total_beside_nothing_but_small_counts_is_not_public(
    world: Drawn, tmp_path: Path
) -> None:
    """Worlds in which an insider bounded a yearly "alle 5" by the total (decision 0021)."""
    verdict = verdict_on(world, tmp_path / "one")
    assert not verdict.findings, (verdict.findings[:5], verdict.notes)


@pytest.mark.slow
@pytest.mark.rule("R1", "Nothing falls with another threshold or another number of services")
@pytest.mark.parametrize("threshold", [3, 10])
@pytest.mark.parametrize("services", [2, 5])
@pytest.mark.parametrize("seed", [11])
def test_nothing_falls_with_other_thresholds_and_services(
    seed: int, services: int, threshold: int, tmp_path: Path
) -> None:
    """Two municipalities of small counts around the threshold, three months and the final adjustment."""
    sizes = (threshold + 2, threshold - 2, 1, threshold, 2)
    levels = tuple(tuple((n, n) for n in line[:services]) for line in (sizes, sizes[::-1]))
    days = (("2025-04", 14), ("2025-08", 31), ("2025-11", 14))
    world = Drawn(seed, levels, ("", ""), days, (2025,), threshold)
    verdict = verdict_on(world, tmp_path / "one")
    assert not verdict.findings, (verdict.findings[:5], verdict.notes)
    assert any(t.targets for t in verdict.tallies)
