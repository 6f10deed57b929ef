"""The verdict over an OUTPUT folder: which guarantees hold at which level, and which rule fell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.attack.arithmetic import faults
from kuntakoonti.attack.facts import Facts
from kuntakoonti.attack.levels import (
    LEVELS,
    Ground,
    Judged,
    grounds,
    insider_judgements,
    judgements,
)
from kuntakoonti.attack.read import read_public, with_insiders
from kuntakoonti.attack.testimony import Witness
from kuntakoonti.attack.witness import witness_of

GUARANTEES = ("G1", "G2", "G3", "G4")
_MEANING = {
    "G1": "pieni luku ei selviä tarkasti",
    "G2": "alle 5 voi olla mikä tahansa 0–4",
    "G3": "erotus ei ole tarkasti 1–4 henkilöä",
    "G4": "piilossa oleva euromäärä pysyy leveänä",
    "G5": "ei osuuksia pienestä joukosta",
    "G6": "arkisto vain kasvaa",
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
class Verdict:
    """The result of an attack. ``witnesses`` are secret; ``notes`` and tallies are not.

    ``given_up``: level and assumption that the pages contradict somewhere; ``notes`` say where.
    """

    releases: int
    members: int
    tallies: tuple[Tally, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    witnesses: tuple[Witness, ...]
    given_up: tuple[tuple[str, str], ...] = ()

    @property
    def fell(self) -> bool:
        """Whether the publication must not be made."""
        return bool(self.findings)


def attack(
    output: Path,
    levels: Sequence[str] = LEVELS,
    facts: Facts | None = None,
    insiders: Path | None = None,
) -> Verdict:
    """Attack everything published in an OUTPUT folder; ``insiders``: a folder of exact figures.

    A municipality with exact figures is known at every level; its own figures are no targets then.
    KuntakoontiError for a file that is not in the contract's form and for a measure, status or
    period whose relations the attacker does not know.
    """
    public = with_insiders(read_public(output), insiders)
    tallies, notes = list[Tally](), list[str]()
    findings = [Finding("G6", "R9", "A2", text) for text in public.breaks]
    witnesses: tuple[Witness, ...] = ()
    stood = dict[str, tuple[Ground, ...]]()
    for level in (name for name in LEVELS if name in levels):
        base = "A4" if level == "A5" else level  # an insider adds knowledge to the strongest level
        if base not in stood:
            stood[base] = tuple(grounds(public, base, facts or Facts()))
        found, made, more, said = _level(level, stood[base])
        tallies += [_tally(level, guarantee, found) for guarantee in GUARANTEES]
        findings += more
        notes += said
        witnesses = made or witnesses
    return Verdict(
        releases=len(public.releases),
        members=len(public.members),
        tallies=tuple(tallies),
        findings=tuple(dict.fromkeys(findings)),
        notes=tuple(dict.fromkeys(notes)),
        witnesses=witnesses,
        given_up=tuple(sorted({pair for held in stood.values() for pair in _given_up(held)})),
    )


def _given_up(stood: tuple[Ground, ...]) -> Iterator[tuple[str, str]]:
    for ground in stood:
        for assumption in ground.solved.scope.contradicted if ground.solved else ():
            yield ground.level, assumption.partition(" ")[0]


def _level(
    level: str, stood: tuple[Ground, ...]
) -> tuple[list[Judged], tuple[Witness, ...], list[Finding], list[str]]:
    """One level: judged targets, witnesses, findings, notes."""
    found, witnesses = list[Judged](), list[Witness]()
    findings, notes = list[Finding](), list[str]()
    for ground in stood:
        notes += _notes(ground)
        if ground.solved is None:
            findings.append(Finding("G6", "R9", level, "ristiriita", ground.members))
            continue
        judged = list(insider_judgements(ground) if level == "A5" else judgements(ground))
        found += judged
        if level in ("A3", "A4"):
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
        Finding("G6", "R9", ground.level, f"todistaja: {w}", ground.members) for w in sorted(wrong)
    ]


def _notes(ground: Ground) -> list[str]:
    names = {
        "monotone": "kasvu",
        "payable": "hinnat",
        "units": "yksikköhinnat",
        "reasons": "perusteet",
        "unchanged": "muuttumattomuus",
        "verified": "tarkistussivut",
    }
    found = [f"{m}: kokonaissumma 0,00 € kertoo itse (julistettu poikkeus)" for m in ground.exempt]
    if ground.solved:
        for given_up in sorted(ground.solved.scope.contradicted):
            kind, _, place = given_up.partition(" ")
            who = place or " ".join(ground.members)
            found.append(f"{ground.level}: ilman oletusta {names[kind]}: {who}")
    return found


def _tally(level: str, guarantee: str, found: Iterable[Judged]) -> Tally:
    states = [j.state for j in found if j.target.guarantee == guarantee]
    counts = (states.count(name) for name in ("exact", "narrowed", "undecided"))
    return Tally(level, guarantee, len(states), *counts)


def render(verdict: Verdict) -> str:
    """The verdict for the command line, in Finnish; no figure and no municipality is named."""
    lines = [f"Hyökkäys: {verdict.releases} julkaisua, {verdict.members} kuntaa", ""]
    lines.append("taso  takuu  kohteita  tarkkoja  kaventuneita  ratkaisematta")
    for t in verdict.tallies:
        numbers = f"{t.targets:8}  {t.exact:8}  {t.narrowed:12}  {t.undecided:13}"
        lines.append(f"{t.level:4}  {t.guarantee:5}  {numbers}")
    fallen: dict[tuple[str, str, str], int] = {}
    for f in verdict.findings:
        what = f.state if f.guarantee == "G6" else ""
        fallen[f.guarantee, f.rule, what] = fallen.get((f.guarantee, f.rule, what), 0) + 1
    lines.append("")
    for (guarantee, rule, what), number in sorted(fallen.items()):
        detail = f": {what}" if what else f", {number} kohdetta"
        lines.append(f"KAATUI {guarantee} ({_MEANING[guarantee]}), sääntö {rule}{detail}")
    if not fallen:
        lines.append("Mikään ei kaatunut: takuut G1–G4 ja G6 pitävät; G5: osuuksia ei julkaista.")
    lines += [f"Huomaa: {note}" for note in verdict.notes]
    return "\n".join(lines)
