"""One group of municipalities through all levels: what falls, and the proof of what does not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kuntakoonti.attack.insider import insider_judgements
from kuntakoonti.attack.levels import (
    LEVELS,
    Case,
    Ground,
    Judged,
    grounds,
)
from kuntakoonti.attack.proof.arithmetic import faults
from kuntakoonti.attack.proof.witness import witness_of
from kuntakoonti.attack.proof.witness_files import Witness
from kuntakoonti.attack.weaker_levels import WEAKER, implied
from kuntakoonti.core.errors import Sentence, message

GUARANTEES = ("G1", "G2", "G3", "G4")
_WITHOUT = {
    "monotone": message("{level}: without the assumption growth: {places}"),
    "payable": message("{level}: without the assumption prices: {places}"),
    "recorded": message("{level}: without the assumption growth of recordings: {places}"),
    "units": message("{level}: without the assumption unit prices: {places}"),
    "reasons": message("{level}: without the assumption reasons: {places}"),
    "unchanged": message("{level}: without the assumption unchangedness: {places}"),
    "verified": message("{level}: without the assumption check pages: {places}"),
}


@dataclass(frozen=True, order=True)
class Finding:
    """Which guarantee fell by which rule at which level. ``place`` is where: restricted."""

    guarantee: str
    rule: str
    level: str
    state: str
    place: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tally:
    """How a guarantee fared at a level: numbers of targets."""

    level: str
    guarantee: str
    targets: int
    exact: int
    narrowed: int
    undecided: int


@dataclass(frozen=True)
class GroupVerdict:
    """What an attack on a group of municipalities found; fields as in the verdict."""

    tallies: tuple[Tally, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Sentence, ...]
    witnesses: tuple[Witness, ...]
    given_up: tuple[tuple[str, str], ...]


def outcome_of(case: Case, levels: tuple[str, ...], members: tuple[str, ...]) -> GroupVerdict:
    """Attack one group; its witnesses are those of the last level that makes any."""
    tallies, findings, notes = list[Tally](), list[Finding](), list[Sentence]()
    witnesses: tuple[Witness, ...] = ()
    stood = dict[str, tuple[Ground, ...]]()
    for level in (name for name in LEVELS if name in levels):
        base = "A4" if level == "A5" else level  # an insider adds knowledge to the strongest level
        if "A4" in levels and base in WEAKER:
            ground = implied(case, base, *_stood(stood, case, "A4", members))
            stood |= {base: (ground,)} if ground else {}
        found, made, more, said = _level(level, _stood(stood, case, base, members))
        tallies += [_tally(level, guarantee, found) for guarantee in GUARANTEES]
        findings += more
        notes += said
        witnesses = made or witnesses
    given_up = {pair for held in stood.values() for pair in _given_up(held)}
    return GroupVerdict(
        tuple(tallies), tuple(findings), tuple(notes), witnesses, tuple(sorted(given_up))
    )


def _stood(
    stood: dict[str, tuple[Ground, ...]], case: Case, level: str, members: tuple[str, ...]
) -> tuple[Ground, ...]:
    """The grounds of a level, made once."""
    if level not in stood:
        stood[level] = tuple(grounds(case, level, members))
    return stood[level]


def _given_up(stood: tuple[Ground, ...]) -> Iterator[tuple[str, str]]:
    for ground in stood:
        for assumption in ground.solved.scope.contradicted if ground.solved else ():
            yield ground.level, assumption.partition(" ")[0]


def _level(
    level: str, stood: tuple[Ground, ...]
) -> tuple[list[Judged], tuple[Witness, ...], list[Finding], list[Sentence]]:
    """One level: judged targets, witnesses, findings, notes."""
    found, witnesses = list[Judged](), list[Witness]()
    findings, notes = list[Finding](), list[Sentence]()
    for ground in stood:
        notes += _notes(ground)
        if ground.solved is None:
            findings.append(Finding("G6", "R9", level, Sentence("contradiction"), ground.members))
            continue
        judged = list(insider_judgements(ground) if level == "A5" else ground.judged)
        found += judged
        if level in ("A3", "A4") and not ground.implied:
            varied = tuple(j.target for j in judged if j.state == "holds")
            witnesses.append(witness_of(level, ground.solved, varied))
            findings += _unproven(ground, witnesses[-1])
    findings += [
        Finding(j.target.guarantee, j.rule, level, j.state, j.target.place)
        for j in found
        if j.state != "holds"
    ]
    return found, tuple(witnesses), findings, notes


def _unproven(ground: Ground, witness: Witness) -> list[Finding]:
    """A witness that plain arithmetic refuses is an error of the attack, never a pass."""
    assert ground.solved is not None
    scope = ground.solved.scope
    wrong = {fault for table in witness.tables for fault in faults(scope, table, ground.sums)}
    return [
        Finding("G6", "R9", ground.level, Sentence("witness: {fault}", fault=w), ground.members)
        for w in sorted(wrong)
    ]


def _notes(ground: Ground) -> list[Sentence]:
    found = [
        Sentence(
            "{municipality}: the total of €0.00 says it itself (declared exception)",
            municipality=code,
        )
        for code in ground.exempt
    ]
    if ground.solved:
        for given_up in sorted(ground.solved.scope.contradicted):
            kind, _, place = given_up.partition(" ")
            who = place or " ".join(ground.members)
            found.append(Sentence(_WITHOUT[kind], level=ground.level, places=who))
    return found


def _tally(level: str, guarantee: str, found: Iterable[Judged]) -> Tally:
    states = [j.state for j in found if j.target.guarantee == guarantee]
    counts = (states.count(name) for name in ("exact", "narrowed", "undecided"))
    return Tally(level, guarantee, len(states), *counts)
