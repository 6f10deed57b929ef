"""The levels A1–A5: what an attacker holds, assumes and knows, and what falls to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kuntakoonti.attack.area import add_area
from kuntakoonti.attack.facts import Facts
from kuntakoonti.attack.judge import Known, Solved, State, judge
from kuntakoonti.attack.linear import Name, System
from kuntakoonti.attack.model import add_counts, shrinking
from kuntakoonti.attack.money import add_money
from kuntakoonti.attack.nearby import spread
from kuntakoonti.attack.parts import split
from kuntakoonti.attack.read import Public, Row
from kuntakoonti.attack.recorded import add_recorded
from kuntakoonti.attack.scope import (
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
from kuntakoonti.attack.solve import Undecided
from kuntakoonti.attack.states import holds_all, states_of
from kuntakoonti.attack.targets import Target, targets_of
from kuntakoonti.attack.verified import add_verified

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

    ``exempt``: municipalities of the declared exception; ``sums``: the area's that bind members.
    """

    level: str
    members: tuple[str, ...]
    solved: Solved | None
    exempt: tuple[str, ...]
    sums: tuple[Row, ...]


@dataclass(frozen=True)
class Case:
    """What an attack starts from: what is public, and facts that any reader has."""

    public: Public
    facts: Facts

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
    releases, whole = case.public.releases, case.rows(members)
    for held in [(r,) for r in releases] if level == "A1" else [releases]:
        names = {r.name for r in held}
        rows = tuple(r for r in whole if r.release in names)
        states = states_of(rows, held)
        scope = Scope(case.public, members, rows, states, case.facts, _ASSUMED[level])
        yield _ground(level, scope, case.sums)


def _ground(level: str, scope: Scope, sums: tuple[Row, ...]) -> Ground:
    """Build the system; what the archive contradicts is given up, least first."""
    system, exempt = System(), tuple[str, ...]()
    add_counts(system, scope)
    add_area(system, scope, sums)
    add_verified(system, scope)
    alone = shrinking(system, scope) if MONOTONE in scope.assumptions else frozenset()
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
    kept = {r: None for r in system.relations if scope.holds(r.assumption)}
    system = System(system.names, system.low, system.high, kept, system.index)
    parts = split(system)
    try:
        if parts is None or not all(spread(part, {}) for part in parts):
            return None
    except Undecided:
        return None
    return Solved(scope, system, tuple(parts))


def judgements(ground: Ground) -> Iterator[Judged]:
    """The fate of every target of a ground."""
    if ground.solved:
        for target in _targets(ground.solved):
            state = judge(ground.solved, target)
            rule = "" if state == "holds" else _blame(ground.solved, target)
            yield Judged(ground.level, target, state, rule)


def _targets(solved: Solved) -> tuple[Target, ...]:
    """Every target but those of the municipalities that were given their exact figures."""
    insiders = solved.scope.public.insiders
    found = targets_of(solved.system, solved.scope)
    return tuple(t for t in found if t.place[0] not in insiders)


def _blame(solved: Solved, target: Target, known: Known | None = None) -> str:
    """The rule without whose relations the target holds; else the one of what is printed."""
    for rule in _BLAME:
        without = solved.without(rule)
        if without and judge(without, target, known) == "holds":
            return rule
    return target.rule


def insider_judgements(ground: Ground) -> Iterator[Judged]:
    """A5: one small figure is known, every possible value of it in turn; what else falls."""
    solved = ground.solved
    if solved is None:
        return
    targets = _targets(solved)
    fate: dict[Target, tuple[State, str]] = dict.fromkeys(targets, ("holds", ""))
    already = {t for t in targets if judge(solved, t) != "holds"}
    near = _by_part(solved, [t for t in targets if t not in already])
    for name in _small_figures(targets):
        part = solved.part_of[solved.system.index[name]]
        for target in near.get(id(part), ()):
            if fate[target][0] == "holds" and not _is_about(target, name):
                fate[target] = _with_insider(solved, target, name)
    for target, (state, rule) in fate.items():
        if target not in already:
            yield Judged("A5", target, state, rule)


def _by_part(solved: Solved, targets: list[Target]) -> dict[int, list[Target]]:
    found: dict[int, list[Target]] = {}
    for target in targets:
        for part, _ in solved.pieces(target)[1]:
            found.setdefault(id(part), []).append(target)
    return found


def _small_figures(targets: tuple[Target, ...]) -> list[Name]:
    """The hidden figures that may be small, latent ones aside."""
    return [t.terms[0][0] for t in targets if t.guarantee == "G1" and not t.terms[0][0].latent]


def _is_about(target: Target, name: Name) -> bool:
    """Whether the target has the insider's own figure, or one that contains it or that it contains.

    Who knows a whole knows something of its parts without any publication, and the other way round.
    """
    own = name.service, name.period
    for other in (n for n, _ in target.terms if n.municipality == name.municipality):
        place = other.service, other.period
        if place == own or holds_all(place, own) or holds_all(own, place):
            return True
    return False


def _with_insider(solved: Solved, target: Target, name: Name) -> tuple[State, str]:
    unknown = solved.system.index[name]
    part, top = solved.part_of[unknown], solved.scope.facts.threshold - 1
    for value in range(part.low[unknown], min(part.high[unknown], top) + 1):
        known = {unknown: value}
        try:
            if part.low[unknown] < part.high[unknown] and spread(part, known):
                state = judge(solved, target, known)
                if state != "holds":
                    return state, _blame(solved, target, known)
        except Undecided:
            return "undecided", target.rule
    return "holds", ""
