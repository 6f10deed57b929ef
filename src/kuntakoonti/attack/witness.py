"""The witnesses of a judged system: for every component tables that tell its targets apart."""

from collections.abc import Mapping

from kuntakoonti.attack.judge import Solved
from kuntakoonti.attack.linear import Name
from kuntakoonti.attack.parts import Part
from kuntakoonti.attack.solve import value_of
from kuntakoonti.attack.targets import Target
from kuntakoonti.attack.testimony import Witness


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
    )


def _named(names: list[Name], table: Mapping[int, int]) -> dict[Name, int]:
    return {names[unknown]: value for unknown, value in table.items()}


def _different(part: Part, sums: list[Mapping[int, int]]) -> list[dict[int, int]]:
    """Tables of a component in which every sum that varies in some known table does."""
    if not part.relations:
        both = [dict(part.low), dict(part.high)]
        return both if both[0] != both[1] else both[:1]
    kept, seen = list[dict[int, int]](), [set[int]() for _ in sums]
    for table in part.memory.tables:
        values = [value_of(table, terms) for terms in sums]
        if any(len(old) < 2 and new not in old for old, new in zip(seen, values, strict=True)):
            kept.append(table)
            for old, new in zip(seen, values, strict=True):
                old.add(new)
    return kept or part.memory.tables[:2]
