"""The figures of the statement for the data protection officer: tallies of a release and its attack.

Everything is counted from the handover, which holds only what is published, and from the verdict.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kuntakoonti.attack import Verdict
from kuntakoonti.public.cells import ANY, Cell, Measure, Status
from kuntakoonti.public.pages import AnnexFigures, AreaFigures
from kuntakoonti.public.statement import (
    AttackFacts,
    DeclaredException,
    PositionTally,
    RuleFacts,
    SeriesTally,
    StatementFigures,
    TargetTally,
)

_ADVANCES = (
    Measure.BUDGET, Measure.ADVANCE, Measure.ADVANCE_EXPECTED, Measure.ADVANCE_COMING,
)  # fmt: skip
_ROUNDED = (
    Measure.ACTUAL_ROUNDED,
    Measure.FORECAST,
    Measure.FORECAST_LOW,
    Measure.FORECAST_HIGH,
    Measure.EXPECTED_ADJUSTMENT,
    Measure.EXPECTED_ADJUSTMENT_LOW,
    Measure.EXPECTED_ADJUSTMENT_HIGH,
)
_SHOWN = {
    Status.FINAL: "exact",
    Status.UNDER_THRESHOLD: "under_threshold",
    Status.NOT_SHOWN: "not_shown",
}


@dataclass(frozen=True)
class Published:
    """A release as it is public: members' pages, the board's page, the rules, every cell."""

    annexes: tuple[AnnexFigures, ...]
    area: AreaFigures
    rules: tuple[RuleFacts, ...]
    cells: tuple[Cell, ...]


def statement_of(published: Published, verdict: Verdict, insiders: int = 0) -> StatementFigures:
    """The statement's figures; ``insiders``: how many municipalities have an exact check page."""
    facts = published.area.facts
    return StatementFigures(
        facts=facts.model_copy(
            update={"members": (), "marks": {str(t): t for t in sorted(set(facts.marks.values()))}}
        ),
        municipalities=len(published.annexes),
        series=tuple(_series(published.annexes, facts.month[:4])),
        positions=tuple(
            _positions(c for c in published.cells if c.municipality != facts.area_code)
        ),
        rules=published.rules,
        exceptions=tuple(_exceptions(published)),
        attack=_attack(verdict, insiders),
    )


def _series(annexes: tuple[AnnexFigures, ...], year: str) -> Iterator[SeriesTally]:
    """How many municipalities have which series at which grain, in the order of first appearance."""
    plans = [a.plans[year] for a in annexes if year in a.plans]
    found = Counter((p.family, service, g) for p in plans for service, g in p.grains.items())
    for (family, service, grain), number in sorted(found.items()):
        yield SeriesTally(family=family, service=service, grain=grain, municipalities=number)


def _positions(cells: Iterable[Cell]) -> Iterator[PositionTally]:
    """The members' figures by what is visible of them; a service not offered has no figure."""
    found: dict[str, Counter[str]] = {}
    for cell in cells:
        if cell.status is not Status.NOT_OFFERED and not cell.measure.of_the_invoice:
            found.setdefault(_kind(cell), Counter())[_visible(cell)] += 1
    for kind in ("month", "quarter", "year", "advances", "costs"):
        if kind in found:
            yield PositionTally.model_validate({"positions": kind, **found[kind]})


def _kind(cell: Cell) -> str:
    if cell.measure is not Measure.CLIENTS:
        return "advances" if cell.measure in _ADVANCES else "costs"
    return "year" if len(cell.period) == 4 else "quarter" if "Q" in cell.period else "month"


def _visible(cell: Cell) -> str:
    """A lower bound and a rounded amount are approximate; the class 0–4 says "alle 5"."""
    if cell.measure in _ROUNDED and cell.status is Status.FINAL:
        return "approximate"
    if cell.status is Status.PRELIMINARY:
        return "approximate" if cell.class_low else "under_threshold"
    return _SHOWN[cell.status]


def _exceptions(published: Published) -> Iterator[DeclaredException]:
    """The declared exceptions that occurred, as any reader of the pages can see."""
    totals = (c for c in published.cells if (c.measure, c.service) == (Measure.ACTUAL, ANY))
    if any(c.value == 0 for c in totals):
        yield "zero_total"
    if published.area.unpublished:
        yield "secret_page"
    if published.area.facts.coarse:
        yield "coarse"
    if published.area.facts.version > 1:
        yield "correction"
    if any(p.basis == "decision" for a in published.annexes for p in a.plans.values()):
        yield "fixed_publication"


def _attack(verdict: Verdict, insiders: int) -> AttackFacts:
    tallies = tuple(
        TargetTally(
            level=t.level,
            guarantee=t.guarantee,
            targets=t.targets,
            fallen=t.exact + t.narrowed + t.undecided,
        )
        for t in verdict.tallies
    )
    return AttackFacts(
        releases=verdict.releases,
        tallies=tallies,
        given_up=verdict.given_up,
        fallen=tuple(sorted({(f.guarantee, f.rule) for f in verdict.findings})),
        insiders=insiders,
    )
