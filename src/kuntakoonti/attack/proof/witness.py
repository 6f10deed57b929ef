"""The witnesses of a judged system: for every component tables that tell its targets apart."""

from collections.abc import Mapping

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.model.targets import Target
from kuntakoonti.attack.proof.witness_files import Witness
from kuntakoonti.attack.solver.components import Part
from kuntakoonti.attack.solver.judge import Solved


def witness_of(level: str, solved: Solved, targets: tuple[Target, ...]) -> Witness:
    """At least two tables of every component that is not fixed, from those found on the way."""
    hidden = tuple(target for target in targets if solved.pieces(target)[1])
    sums: dict[int, list[Mapping[int, int]]] = {}
    for target in hidden:
        for part, terms in solved.pieces(target)[1]:
            sums.setdefault(id(part), []).append(terms)
    names, scope = solved.system.names, solved.scope
    return Witness(
        level=level,
        members=scope.members,
        assumptions=scope.assumptions,
        contradicted=scope.contradicted,
        components=tuple(
            tuple(_named(names, table) for table in _different(part, sums.get(id(part), [])))
            for part in solved.parts
        ),
        targets=tuple(target.terms for target in hidden),
        thresholds=tuple(target.threshold for target in hidden),
    )


def _named(names: list[Name], table: Mapping[int, int]) -> dict[Name, int]:
    return {names[unknown]: value for unknown, value in table.items()}


def _different(part: Part, sums: list[Mapping[int, int]]) -> list[dict[int, int]]:
    """Tables of a component in which every sum that varies in some known table does."""
    if not part.relations:
        both = [dict(part.low), dict(part.high)]
        return both if both[0] != both[1] else both[:1]
    by_value = [part.memory.by_value(tuple(terms.items())) for terms in sums]
    kept = _telling([found for found in by_value if len(found) > 1], len(part.memory.tables))
    return [t for n, t in enumerate(part.memory.tables) if kept >> n & 1]


def _telling(sums: list[dict[int, int]], number: int) -> int:
    """Few tables, as the bits of a number, in which every sum has two values: the first two and more."""
    whole, kept = (1 << number) - 1, 0b11 & (1 << number) - 1
    while sums:
        alike = [[has for has in by_value.values() if has & kept] for by_value in sums]
        pairs = zip(sums, alike, strict=True)
        sums, alike = [s for s, has in pairs if len(has) < 2], [h for h in alike if len(h) < 2]
        best = whole
        for (has,) in alike:  # a table unlike the kept ones in as many sums as possible
            best = best & ~has or best
        kept |= best & -best if alike else 0
    return kept
