"""A weaker level is not judged where nothing fell to a stronger one; the verdict stays the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from worlds.archives import CLEAN, LEAKS, World, publish

from kuntakoonti.attack import attack, group
from kuntakoonti.attack.evidence.released_files import read_public
from kuntakoonti.attack.levels import Case, Ground, grounds
from kuntakoonti.attack.model.linear import System
from kuntakoonti.attack.weaker_levels import WEAKER, implied

SHRINKING = {
    "2025-03": ["857 palkkatuki 2025-03 clients 10-14"],
    "2025-04": ["857 palkkatuki 2025-03 clients 9", "857 palkkatuki 2025-04 clients 5-9"],
}
GROWING = {
    "2025-03": [
        "857 palkkatuki 2025-03 clients 10-14",
        "857 starttiraha 2025-01 clients 10-14",
        "857 starttiraha 2025-Q1 clients 20-29",
    ],
    "2025-04": ["857 palkkatuki 2025-03 clients 12"],
}
WORLDS = (
    CLEAN
    | {name: world for name, (world, _) in LEAKS.items()}
    | {"shrinking": SHRINKING, "growing": GROWING}
)


@pytest.mark.parametrize("world", [*WORLDS.values()], ids=[*WORLDS])
def test_the_verdict_is_the_same_as_with_every_level_judged(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Targets, findings, notes and assumptions given up do not depend on the inference."""
    output = publish(tmp_path, world)
    inferred = attack(output)
    monkeypatch.setattr(group, "WEAKER", ())
    judged = attack(output)
    assert replace(inferred, witnesses=()) == replace(judged, witnesses=())


@pytest.mark.parametrize(("level", "rule"), [*zip(WEAKER, ("R3", "R5"), strict=True)])
def test_nothing_is_inferred_from_a_level_that_lacks_a_relation(
    level: str, rule: str, tmp_path: Path
) -> None:
    """Without one of the weaker level's relations its tables may be fewer: it must be judged."""
    case, strong = _strong(tmp_path, GROWING)
    assert implied(case, level, strong)
    assert strong.solved
    whole = strong.solved.system
    missing = next(r for r in whole.relations if r.rule == rule)
    kept = {r: None for r in whole.relations if r is not missing}
    system = System(whole.names, whole.low, whole.high, kept, whole.index)
    assert not implied(case, level, replace(strong, solved=replace(strong.solved, system=system)))


def test_nothing_is_inferred_where_something_fell(tmp_path: Path) -> None:
    """At which level a figure fell is judged level by level."""
    world = {"2025-03": ["857 palkkatuki 2025-03 clients 9", "857 any 2025-03 clients 12"]}
    case, strong = _strong(tmp_path, world)
    assert any(j.state != "holds" for j in strong.judged)
    assert not implied(case, "A2", strong) and not implied(case, "A3", strong)


def _strong(output: Path, world: World) -> tuple[Case, Ground]:
    case = Case(read_public(publish(output, world)))
    (ground,) = grounds(case, "A4", case.public.members)
    return case, ground
