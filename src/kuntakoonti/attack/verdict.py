"""The verdict over an OUTPUT folder: which guarantees hold at which level, and which rule fell."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from kuntakoonti.attack.evidence.estimate_again import differing_estimates
from kuntakoonti.attack.evidence.estimates import estimate_breaks
from kuntakoonti.attack.evidence.public_facts import Facts
from kuntakoonti.attack.evidence.released_files import read_public, with_insiders
from kuntakoonti.attack.group import GUARANTEES, Finding, GroupVerdict, Tally, outcome_of
from kuntakoonti.attack.levels import LEVELS, Case
from kuntakoonti.attack.parallel import each
from kuntakoonti.attack.proof.witness_files import Witness
from kuntakoonti.core.errors import FINNISH, Sentence, Translator, message

_MEANING = {
    "G1": message("a small count cannot be found out exactly"),
    "G2": message("a count under the threshold may be any number under it"),
    "G3": message("no difference is known exactly under the threshold"),
    "G4": message("a hidden amount of euros stays wide"),
    "G5": message("no shares of a small group"),
    "G6": message("the ledger only grows"),
    "G7": message("an estimate follows from published figures"),
}


@dataclass(frozen=True)
class Verdict:
    """The result of an attack. ``witnesses`` are secret; ``notes`` and tallies are not.

    ``given_up``: level and assumption that the pages contradict somewhere; ``notes`` say where.
    """

    releases: int
    members: int
    tallies: tuple[Tally, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Sentence, ...]
    witnesses: tuple[Witness, ...]
    given_up: tuple[tuple[str, str], ...] = ()

    @property
    def violated(self) -> bool:
        """Whether the publication must not be made."""
        return bool(self.findings)


def attack(
    output: Path,
    levels: Sequence[str] = LEVELS,
    facts: Facts | None = None,
    insiders: Path | None = None,
    stated: Mapping[str, Facts] | None = None,
) -> Verdict:
    """Attack everything published in an OUTPUT folder; ``insiders``: a folder of exact figures.

    A municipality with exact figures is known at every level; its own figures are no targets then.
    ``facts``: rules to attack by instead of those that each release states; ``stated``: release →
    rules of those that have no table beside their pages.
    KuntakoontiError for a file that is not in the contract's form and for a measure, status or
    period whose relations the attacker does not know.
    """
    public = with_insiders(read_public(output), insiders)
    public = replace(public, facts={**(stated or {}), **public.facts})
    if facts:
        public = replace(public, facts=dict.fromkeys((r.name for r in public.releases), facts))
    case = Case(public)
    weights = [sum(row.value is None for row in case.rows(group)) for group in case.groups]
    found = each(partial(outcome_of, case, tuple(levels)), case.groups, weights)
    breaks = [Finding("G6", "R9", "A2", text) for text in public.breaks]
    breaks += [Finding(g, "R7", "A1", what, place) for g, what, place in estimate_breaks(public)]
    breaks += [Finding(g, "R7", "A1", what, place) for g, what, place in public.sum_breaks]
    different = differing_estimates(public)
    breaks += [Finding("G7", "R10", "A1", what, place) for what, place in different]
    return Verdict(
        releases=len(public.releases),
        members=len(public.members),
        tallies=_together(levels, (t for outcome in found for t in outcome.tallies)),
        findings=tuple(dict.fromkeys([*breaks, *_in_order(found)])),
        notes=tuple(dict.fromkeys(note for outcome in found for note in outcome.notes)),
        witnesses=tuple(w for outcome in found for w in outcome.witnesses),
        given_up=tuple(sorted({pair for outcome in found for pair in outcome.given_up})),
    )


def _together(levels: Sequence[str], tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    """The groups' tallies added up, level by level."""
    sums = {(x, g): [0, 0, 0, 0] for x in LEVELS if x in levels for g in GUARANTEES}
    for t in tallies:
        new = (t.targets, t.exact, t.narrowed, t.undecided)
        old = sums[t.level, t.guarantee]
        sums[t.level, t.guarantee] = [a + b for a, b in zip(old, new, strict=True)]
    return tuple(Tally(*place, *numbers) for place, numbers in sums.items())


def _in_order(found: Iterable[GroupVerdict]) -> list[Finding]:
    """Level by level, each group's in its own order."""
    return sorted((f for outcome in found for f in outcome.findings), key=lambda f: f.level)


def render(verdict: Verdict, language: Translator = FINNISH) -> str:
    """The verdict for the command line; no figure and no municipality is named."""
    lines = [
        language.text(
            "Attack on what is published: releases {releases}, municipalities {members}",
            releases=verdict.releases,
            members=verdict.members,
        ),
        "",
        *_table(verdict.tallies, language),
        "",
        *_fallen(verdict.findings, language),
    ]
    lines += [language.text("Note: {note}", note=n.said(language)) for n in verdict.notes]
    return "\n".join(lines)


def _table(tallies: Iterable[Tally], language: Translator) -> Iterator[str]:
    heads = (
        language.text("level"),
        language.text("guarantee"),
        language.text("targets"),
        language.text("exact"),
        language.text("narrowed"),
        language.text("undecided"),
    )
    yield "  ".join(heads)
    for t in tallies:
        words = [
            f"{word:{len(head)}}"
            for word, head in zip((t.level, t.guarantee), heads[:2], strict=True)
        ]
        numbers = (t.targets, t.exact, t.narrowed, t.undecided)
        words += [f"{n:{len(head)}}" for n, head in zip(numbers, heads[2:], strict=True)]
        yield "  ".join(words)


def _fallen(findings: Iterable[Finding], language: Translator) -> Iterator[str]:
    """A line for each guarantee that fell by a rule; of G6 what it was."""
    fallen = Counter(
        (f.guarantee, f.rule, f.state if f.guarantee == "G6" else "") for f in findings
    )
    for (guarantee, rule, what), number in sorted(fallen.items()):
        about = {
            "guarantee": guarantee,
            "meaning": language.text(_MEANING[guarantee]),
            "rule": rule,
        }
        if what:
            what = what.said(language) if isinstance(what, Sentence) else what
            yield language.text(
                "FELL {guarantee} ({meaning}), rule {rule}: {what}", **about, what=what
            )
        else:
            yield language.plural(
                "FELL {guarantee} ({meaning}), rule {rule}, {count} target",
                "FELL {guarantee} ({meaning}), rule {rule}, {count} targets",
                number,
                **about,
            )
    if not fallen:
        yield language.text("Nothing fell: the guarantees G1–G6 hold.")
