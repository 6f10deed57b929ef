"""Whether a target holds: by intervals, by tables known to be consistent, by the solver last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.scope import Scope
from kuntakoonti.attack.model.linear import System, activity
from kuntakoonti.attack.model.targets import Target
from kuntakoonti.attack.solver.components import Part, split
from kuntakoonti.attack.solver.local_search import differs, first_tables, near, stretch
from kuntakoonti.attack.solver.milp import (
    Extreme,
    Undecided,
    extreme,
    known_tables,
    narrowed,
    some_table,
)

State = Literal["holds", "exact", "narrowed", "undecided"]
Known = Mapping[int, int]


@dataclass(frozen=True)
class Solved:
    """A system whose components have tables: the ground that targets are judged on."""

    scope: Scope
    system: System
    parts: tuple[Part, ...]

    @cached_property
    def part_of(self) -> dict[int, Part]:
        """Unknown → its component."""
        return {unknown: part for part in self.parts for unknown in part.unknowns}

    def without(self, rule: str) -> "Solved | None":
        """The same without the relations of a rule; None if it has none."""
        kept = {r: None for r in self.system.relations if r.rule != rule}
        if len(kept) == len(self.system.relations):
            return None
        system = System(
            self.system.names, self.system.low, self.system.high, kept, self.system.index
        )
        parts = split(system)
        return None if parts is None else Solved(self.scope, system, tuple(parts))

    def pieces(self, target: Target) -> tuple[int, list[tuple[Part, dict[int, int]]]]:
        """A target as a constant and sums of single components."""
        constant, found = 0, dict[int, tuple[Part, dict[int, int]]]()
        for name, factor in target.terms:
            unknown = self.system.index[name]
            part = self.part_of[unknown]
            if part.low[unknown] == part.high[unknown]:
                constant += factor * part.low[unknown]
            else:
                found.setdefault(id(part), (part, {}))[1][unknown] = factor
        return constant, list(found.values())


def judge(solved: Solved, target: Target, known: Known | None = None) -> State:
    """Whether a guarantee holds for a target, given what an insider knows."""
    try:
        return _judge(solved, target, known or {})
    except Undecided:
        return "undecided"


def _judge(solved: Solved, target: Target, known: Known) -> State:
    constant, pieces = solved.pieces(target)
    top = target.threshold - 1
    if target.guarantee == "G2":
        return _covers(constant, pieces, top, known)
    if target.guarantee == "G4":
        least, most = _hull(pieces, known, target.width)
        wide = most - least >= target.width
        return "holds" if wide else ("exact" if least == most else "narrowed")
    floor = 1 if target.guarantee == "G3" else 0
    if any(_varies(part, terms, known) for part, terms in pieces):
        return "holds"
    value = constant + sum(_value(part, terms, known) for part, terms in pieces)
    return "exact" if floor <= value <= top else "holds"


def _covers(
    constant: int, pieces: list[tuple[Part, dict[int, int]]], top: int, known: Known
) -> State:
    """Whether 0 and the threshold − 1 are both possible."""
    if not pieces:
        return "exact"
    part, terms = pieces[0]
    unknown = next(iter(terms))
    known = _inside(part, known)
    if all(_reaches(part, unknown, value, known) for value in (0, top)):
        return "holds"
    return "narrowed" if _varies(part, terms, known) else "exact"


def _reaches(part: Part, unknown: int, value: int, known: Known) -> bool:
    fixed = {**known, unknown: value}
    if next(known_tables(part, fixed), None):
        return True
    if narrowed(part, fixed) is None:
        return False
    close = any(near(part, table, fixed) for table in first_tables(part, known))
    return close or some_table(part, fixed) is not None


def _varies(part: Part, terms: Mapping[int, int], known: Known) -> bool:
    """Whether a sum of a component has at least two values."""
    known = _inside(part, known)
    values = part.memory.values(terms, known)
    if len(values) > 1:
        return True
    box = narrowed(part, known)
    if box is None or _same(activity(terms.items(), *box)):
        return False
    first = values or [_extreme(part, terms, known, 1).value]
    return differs(part, terms, known, first[0])


def _same(interval: tuple[int, int]) -> bool:
    return interval[0] == interval[1]


def _value(part: Part, terms: Mapping[int, int], known: Known) -> int:
    return _extreme(part, terms, _inside(part, known), 1).value


def _hull(pieces: list[tuple[Part, dict[int, int]]], known: Known, enough: int) -> tuple[int, int]:
    """The values between which a sum can lie; the search stops when it is wide enough."""
    least = most = 0
    for part, terms in pieces:
        inside = _inside(part, known)
        values = part.memory.values(terms, inside)
        if not _wide(values, enough):
            stretch(part, terms, inside)
            values = part.memory.values(terms, inside)
        if not _wide(values, enough):
            values = [_extreme(part, terms, inside, sign).value for sign in (1, -1)]
        least, most = least + min(values), most + max(values)
    return least, most


def _wide(values: list[int], enough: int) -> bool:
    return bool(values) and max(values) - min(values) >= enough


def _extreme(part: Part, terms: Mapping[int, int], known: Known, sign: int) -> Extreme:
    found = extreme(part, terms, known, sign)
    if found is None:
        raise Undecided  # the component has tables, so the solver contradicts itself
    return found


def _inside(part: Part, known: Known) -> Known:
    return {v: value for v, value in known.items() if v in part.low}


def intervals(solved: Solved) -> Iterator[tuple[Name, int, int]]:
    """Every unknown with its exact smallest and largest value."""
    for unknown, name in enumerate(solved.system.names):
        part = solved.part_of[unknown]
        low, high = (_extreme(part, {unknown: 1}, {}, sign).value for sign in (1, -1))
        yield name, low, high
