"""What a published archive shows and hides, against what is true. Counts of persons, no euros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive import FIRST_YEAR, Made
from naive import SERIES, THRESHOLD, Place, Table

from kuntakoonti.attack import Verdict
from kuntakoonti.core.periods import months_of
from kuntakoonti.parameters.municipalities import municipalities
from kuntakoonti.public.cells import Cell, Measure, Plan, Status

SIZES = ((3_000, "<3,000"), (10_000, "<10,000"), (50_000, "<50,000"), (10**9, "larger"))
SERVICES = SERIES[:-1]


@dataclass(frozen=True)
class Municipality:
    """One municipality over all pages of its monthly releases.

    ``numbered`` of ``positions`` carry a number; ``outside`` of ``client_months`` are in no exact
    figure, per service; ``grains``: year → family and grain of each series.
    """

    code: str
    size: str
    grains: dict[str, str]
    positions: int
    numbered: int
    client_months: dict[str, int]
    outside: dict[str, int]


@dataclass(frozen=True)
class Found:
    """What an attacker found: ``exact``, ``narrowed`` and ``differences`` are numbers of figures.

    ``hidden``: figures of members that say no number; ``violations``: what fell, figure by figure;
    ``other``: the violations that are not of counts (G4, G6).
    """

    hidden: int
    exact: int
    narrowed: int
    differences: int
    other: int
    violations: tuple[tuple[str, ...], ...]


def by_municipality(
    pages: Sequence[tuple[str, Iterable[Cell]]], made: Sequence[Made], members: Sequence[str]
) -> list[Municipality]:
    """Every member; ``pages``: release → the cells of all its pages."""
    counts = [
        (release, c)
        for release, cells in pages
        for c in cells
        if c.measure is Measure.CLIENTS and c.municipality in members
    ]
    exact = {(c.municipality, c.service, p) for _, c in counts for p in _months(c)}
    positions = {
        member: [
            c.value is not None or bool(c.class_low)
            for release, c in counts
            if c.municipality == member and _is_position(release, c)
        ]
        for member in members
    }
    return [_municipality(m, positions[m], exact, made) for m in members]


def found(
    verdict: Verdict, hidden: set[Place], small: set[Place], *, complete: bool = True
) -> Found:
    """The attacker's findings by figure; without ``complete`` only those of counts."""
    findings = [f for f in verdict.findings if complete or f.guarantee not in ("G4", "G6")]
    places = {
        key: {f.place for f in findings if (f.guarantee, f.state) == key}
        for key in (("G1", "exact"), ("G2", "narrowed"), ("G3", "exact"))
    }
    exact = places["G1", "exact"] & hidden
    narrowed = places["G2", "narrowed"] & small - exact
    rows = [(f.guarantee, f.rule, f.level, f.state, *f.place) for f in findings]
    return Found(
        hidden=len(hidden),
        exact=len(exact),
        narrowed=len(narrowed),
        differences=len(places["G3", "exact"]),
        other=sum(f.guarantee in ("G4", "G6") for f in findings),
        violations=tuple(rows) if complete else (),
    )


def hidden_places(cells: Iterable[Cell], area: str) -> set[Place]:
    """The counts of members that say no number: marks, and classes that begin at zero."""
    return {
        c.key
        for c in cells
        if c.measure is Measure.CLIENTS
        and c.municipality != area
        and (c.status is Status.UNDER_THRESHOLD or c.class_low == 0)
    }


def small_places(tables: Iterable[Table]) -> set[Place]:
    """The counts that were under the threshold in some release."""
    return {place for table in tables for place in table.small()}


def _is_position(release: str, cell: Cell) -> bool:
    """Whether it is a place for a number on a monthly page."""
    return "tasaus" not in release and cell.status is not Status.NOT_OFFERED


def _months(cell: Cell) -> tuple[str, ...]:
    """The months that an exact count covers; none if it is not exact."""
    return months_of(cell.period) if cell.value is not None and cell.value >= THRESHOLD else ()


def _municipality(
    code: str, positions: list[bool], exact: set[Place], made: Sequence[Made]
) -> Municipality:
    population, last = municipalities()[code].population, made[-1].counts
    months = [m for y in range(FIRST_YEAR, int(last.last_month[:4]) + 1) for m in months_of(str(y))]
    true = {s: sum(last.of(code, s, m) for m in months) for s in SERVICES}
    outside = {
        s: sum(last.of(code, s, m) for m in months if not exact & {(code, s, m), (code, "any", m)})
        for s in SERVICES
    }
    size = next(name for most, name in SIZES if population < most)
    grains = {m.counts.last_month[:4]: _grains(m.plans[code]) for m in made if code in m.plans}
    return Municipality(code, size, grains, len(positions), sum(positions), true, outside)


def _grains(plan: Plan) -> str:
    grains = " ".join(f"{service}:{grain}" for service, grain in sorted(plan.grains.items()))
    return f"{plan.family} {grains}"
