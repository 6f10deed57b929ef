"""Witnesses as files in ``restricted/``, and their check: public files and plain arithmetic only."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.public_facts import Facts
from kuntakoonti.attack.evidence.released_files import Public, read_public, with_insiders
from kuntakoonti.attack.evidence.scope import Scope, binding_sums
from kuntakoonti.attack.evidence.versions import states_of
from kuntakoonti.attack.proof.arithmetic import faults
from kuntakoonti.core.errors import Sentence
from kuntakoonti.core.files import write_atomic

Terms = tuple[tuple[Name, int], ...]
Component = tuple[dict[Name, int], ...]


@dataclass(frozen=True)
class Witness:
    """Tables of every component, all consistent with the archive; secret, for ``restricted/`` only.

    ``assumptions`` and ``contradicted``: what the tables obey. ``targets``: the sums that they tell
    apart, each with a hidden figure in it, and the ``thresholds`` below which they are small.
    """

    level: str
    members: tuple[str, ...]
    assumptions: frozenset[str]
    contradicted: frozenset[str]
    components: tuple[Component, ...]
    targets: tuple[Terms, ...]
    thresholds: tuple[int, ...]

    @cached_property
    def tables(self) -> tuple[dict[Name, int], ...]:
        """Whole tables: the components' tables side by side, and two in which they are shifted."""
        number = max([2, *(len(tables) for tables in self.components)])
        straight = [[t[min(k, len(t) - 1)] for t in self.components] for k in range(number)]
        shifted = [[t[(k + n) % len(t)] for n, t in enumerate(self.components)] for k in range(2)]
        return tuple(
            {name: value for table in chosen for name, value in table.items()}
            for chosen in (*straight, *shifted)
        )

    @property
    def equal(self) -> int:
        """How many targets no two of the tables tell apart.

        A difference may be certain at zero or from the threshold up (G3), so that one need not vary.
        """
        targets = zip(self.targets, self.thresholds, strict=True)
        return sum(_is_told(self.tables, terms, threshold) for terms, threshold in targets)


def _is_told(tables: Sequence[Mapping[Name, int]], terms: Terms, threshold: int) -> bool:
    """Whether every table has the same value, and that one is a secret."""
    values = {sum(factor * t[name] for name, factor in terms) for t in tables}
    return len(values) < 2 and (len(terms) == 1 or not values.isdisjoint(range(1, threshold)))


class WitnessedAttack(Protocol):
    """A verdict, as far as its witnesses go."""

    @property
    def witnesses(self) -> tuple[Witness, ...]: ...


def write_witnesses(verdict: WitnessedAttack, folder: Path) -> None:
    """One JSON per group of municipalities, instead of older ones: the tables of the last level."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    older = set(folder.glob("*.json"))
    for witness in verdict.witnesses:
        code = witness.members[0] if len(witness.members) == 1 else "area"
        text = json.dumps(_body(witness), ensure_ascii=False, separators=(",", ":"))
        write_atomic(folder / f"{code}.json", text + "\n")
        older.discard(folder / f"{code}.json")
    for path in older:
        path.unlink()


def _body(witness: Witness) -> dict[str, Any]:
    names = [name for tables in witness.components for name in tables[0]]
    place = {name: number for number, name in enumerate(names)}
    return {
        "level": witness.level,
        "members": witness.members,
        "assumptions": sorted(witness.assumptions),
        "contradicted": sorted(witness.contradicted),
        "names": names,
        "components": [
            {
                "unknowns": [place[n] for n in tables[0]],
                "tables": [list(t.values()) for t in tables],
            }
            for tables in witness.components
        ],
        "thresholds": witness.thresholds,
        "targets": [[(place[name], factor) for name, factor in t] for t in witness.targets],
    }


def read_witness(path: Path) -> Witness:
    """A stored witness; ValueError, KeyError, IndexError or TypeError if it is not in that form."""
    body = json.loads(path.read_text(encoding="utf-8"))
    names = [Name(*cells) for cells in body["names"]]
    return Witness(
        level=body["level"],
        members=tuple(body["members"]),
        assumptions=frozenset(body["assumptions"]),
        contradicted=frozenset(body["contradicted"]),
        components=tuple(_component(names, c["unknowns"], c["tables"]) for c in body["components"]),
        targets=tuple(tuple((names[n], factor) for n, factor in t) for t in body["targets"]),
        thresholds=tuple(body.get("thresholds") or [Facts().threshold] * len(body["targets"])),
    )


def _component(names: list[Name], unknowns: list[int], tables: list[list[int]]) -> Component:
    if any(type(value) is not int for table in tables for value in table):
        raise ValueError("a table is of integers")
    return tuple(dict(zip((names[n] for n in unknowns), t, strict=True)) for t in tables)


def check_witnesses(
    output: Path, folder: Path, insiders: Path | None = None
) -> tuple[Sentence, ...]:
    """What is wrong with the stored witnesses of an archive; empty if they prove what they should.

    Every member has one, every table agrees with every public file, every target varies, and every
    "alle 5" is among the targets. KuntakoontiError for an archive that is not readable.
    """
    public = with_insiders(read_public(output), insiders)
    found, seen = list[Sentence](), set[str]()
    for path in sorted(folder.glob("*.json")):
        try:
            witness = read_witness(path)
            wrong = sorted(set(_wrong(public, witness)))
            found += [Sentence("{file}: {fault}", file=path.name, fault=w) for w in wrong]
            seen |= set(witness.members)
        except (ValueError, KeyError, IndexError, TypeError):
            found.append(Sentence("{file}: not a readable witness", file=path.name))
    without = [code for code in public.members if code not in seen]
    return (*found, *(Sentence("{code}: no witness", code=code) for code in without))


def _wrong(public: Public, witness: Witness) -> Iterator[Sentence]:
    sums = binding_sums(public)
    rows = tuple(r for r in public.rows if r.municipality in witness.members)
    states = states_of(rows, public.releases)
    scope = Scope(public, witness.members, rows, states, witness.assumptions)
    scope = scope.without(witness.contradicted)
    for table in witness.tables:
        yield from faults(scope, table, sums)
    if witness.equal:
        yield Sentence("the tables do not differ in every target")
    told = {terms[0][0] for terms in witness.targets if len(terms) == 1}
    marks = [cell for state in states for cell in state.counts.values() if cell.small]
    if any(c.name not in told for c in marks if c.row.municipality not in public.insiders):
        yield Sentence("a mark without a witness")
