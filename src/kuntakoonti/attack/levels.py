"""The levels A1–A4 and what is judged at each: what an attacker holds and assumes, and what falls."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kuntakoonti.attack.evidence.released_files import Public, Row
from kuntakoonti.attack.evidence.scope import (
    MONOTONE,
    PAYABLE,
    REASONS,
    RECORDED,
    UNCHANGED,
    UNITS,
    VERIFIED,
    Scope,
    binding_sums,
    not_in_units,
)
from kuntakoonti.attack.evidence.versions import states_of
from kuntakoonti.attack.model.authority_figures import add_verified
from kuntakoonti.attack.model.board_sums import add_area
from kuntakoonti.attack.model.costs import add_money
from kuntakoonti.attack.model.counts import add_counts, shrinking
from kuntakoonti.attack.model.late_costs import add_recorded
from kuntakoonti.attack.model.linear import System
from kuntakoonti.attack.model.targets import Target, targets_of
from kuntakoonti.attack.solver.components import split
from kuntakoonti.attack.solver.judge import Known, Solved, State, judge
from kuntakoonti.attack.solver.local_search import spread
from kuntakoonti.attack.solver.milp import Undecided

LEVELS = ("A1", "A2", "A3", "A4", "A5")
_ASSUMED = {
    "A1": frozenset({VERIFIED, UNCHANGED}),
    "A2": frozenset({VERIFIED, UNCHANGED}),
    "A3": frozenset({VERIFIED, UNCHANGED, MONOTONE}),
    "A4": frozenset({VERIFIED, UNCHANGED, MONOTONE, PAYABLE, UNITS, REASONS, RECORDED}),
}
_BUT_RECORDED = (  # least first
    (),
    (UNITS,),
    (MONOTONE,),
    (UNITS, PAYABLE),
    (REASONS,),
    (UNITS, PAYABLE, MONOTONE),
    (UNITS, REASONS, PAYABLE, MONOTONE),
    (UNCHANGED,),
    (UNITS, REASONS, PAYABLE, MONOTONE, UNCHANGED),
    (VERIFIED,),
)
_GIVEN_UP = tuple(both for kinds in _BUT_RECORDED for both in (kinds, (*kinds, RECORDED)))
_BLAME = ("R8", "R7", "R6", "R3", "R5")


@dataclass(frozen=True)
class Judged:
    """A target's fate at a level; ``rule`` is the one that fell, empty if nothing did."""

    level: str
    target: Target
    state: State
    rule: str = ""


@dataclass(frozen=True)
class Ground:
    """What a level stands on: the solved system, or None where no table is consistent.

    ``exempt``: municipalities of the declared exception; ``sums``: the area's that bind members;
    ``implied``: nothing falls here, because nothing falls to a stronger level.
    """

    level: str
    members: tuple[str, ...]
    solved: Solved | None
    exempt: tuple[str, ...]
    sums: tuple[Row, ...]
    implied: bool = False

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """The fate of every target."""
        return tuple(_judgements(self))


@dataclass(frozen=True)
class Case:
    """What an attack starts from: what is public, with the rules of each release."""

    public: Public

    @cached_property
    def sums(self) -> tuple[Row, ...]:
        """The area's figures that bind members together."""
        return binding_sums(self.public)

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Municipalities that must be judged together; each alone where nothing ties them."""
        return (self.public.members,) if self.sums else tuple((c,) for c in self.public.members)

    def rows(self, members: tuple[str, ...]) -> tuple[Row, ...]:
        """What the pages say of a group."""
        return tuple(row for code in members for row in self._by_member.get(code, ()))

    @cached_property
    def _by_member(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.public.rows:
            found.setdefault(row.municipality, []).append(row)
        return found


def grounds(case: Case, level: str, members: tuple[str, ...]) -> Iterator[Ground]:
    """What a level stands on for a group of municipalities; at A1 one ground per release."""
    for scope in scopes(case, level, members):
        yield _ground(level, scope, case.sums)


def scopes(case: Case, level: str, members: tuple[str, ...]) -> Iterator[Scope]:
    """What a level holds of a group of municipalities."""
    releases, whole = case.public.releases, case.rows(members)
    for held in [(r,) for r in releases] if level == "A1" else [releases]:
        names = {r.name for r in held}
        rows = tuple(r for r in whole if r.release in names)
        states = states_of(rows, held)
        yield Scope(case.public, members, rows, states, _ASSUMED[level])


def counted(scope: Scope, sums: tuple[Row, ...]) -> tuple[System, frozenset[str]]:
    """The system of counts alone, and the growth that the pages themselves contradict."""
    system = System()
    add_counts(system, scope)
    add_area(system, scope, sums)
    add_verified(system, scope)
    growing = MONOTONE in scope.assumptions
    return system, shrinking(system, scope) if growing else frozenset()


def _ground(level: str, scope: Scope, sums: tuple[Row, ...]) -> Ground:
    """Build the system; what the archive contradicts is given up, least first."""
    (system, alone), exempt = counted(scope, sums), tuple[str, ...]()
    if PAYABLE in scope.assumptions:
        exempt, alone = add_money(system, scope), alone | not_in_units(scope)
        alone |= add_recorded(system, scope)
    for given_up in _GIVEN_UP:
        if set(given_up) <= scope.assumptions:
            tried = scope.without(alone | set(given_up))
            solved = _solved(system, tried)
            if solved:
                return Ground(level, scope.members, solved, exempt, sums)
    return Ground(level, scope.members, None, exempt, sums)


def _solved(system: System, scope: Scope) -> Solved | None:
    system = held(system, scope)
    parts = split(system)
    try:
        if parts is None or not all(spread(part, {}) for part in parts):
            return None
    except Undecided:
        return None
    return Solved(scope, system, tuple(parts))


def held(system: System, scope: Scope) -> System:
    """The system without the relations whose assumption is not made or was given up."""
    kept = {r: None for r in system.relations if scope.holds(r.assumption)}
    return System(system.names, system.low, system.high, kept, system.index)


def _judgements(ground: Ground) -> Iterator[Judged]:
    solved = ground.solved
    for target in _targets(solved) if solved else ():
        assert solved is not None
        state = "holds" if ground.implied else judge(solved, target)
        yield Judged(
            ground.level, target, state, "" if state == "holds" else rule_of(solved, target)
        )


def _targets(solved: Solved) -> tuple[Target, ...]:
    """Every target but those of the municipalities that were given their exact figures."""
    insiders = solved.scope.public.insiders
    found = targets_of(solved.system, solved.scope)
    return tuple(t for t in found if t.place[0] not in insiders)


def rule_of(solved: Solved, target: Target, known: Known | None = None) -> str:
    """The rule without whose relations the target holds; else the one of what is printed."""
    for rule in _BLAME:
        without = solved.without(rule)
        if without and judge(without, target, known) == "holds":
            return rule
    return target.rule
