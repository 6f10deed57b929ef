"""What the data protection officer signs: the statement's types, and the way through the door.

A statement is about an area and its rules. It names no municipality, so that no result stands beside
a place, and it holds only numbers of figures and of targets. Those are functions of the published
pages: every reader sees which positions carry a number and which a mark, and anyone can repeat the
attack. So a statement tells an attacker nothing that the pages do not.
"""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kuntakoonti.public.cells import Family, Grain
from kuntakoonti.public.estimate_table import EstimateRow
from kuntakoonti.public.handover import Handover
from kuntakoonti.public.pages import PublicModel, ReleaseFacts

RULES, STATEMENT = "rules.json", "statement.json"
Positions = Literal["month", "quarter", "year", "advances", "costs"]
DeclaredException = Literal[
    "zero_total", "secret_page", "coarse", "correction", "fixed_publication"
]


class RuleFacts(PublicModel):
    """A dated rule as it was in force; ``values``: "" or service → the value as text.

    ``references``: ``sv`` or ``en`` → the reference in that language, where the area has it.
    """

    name: str
    meaning: str
    reference: str
    assumption: bool
    valid_from: date
    values: dict[str, str]
    references: dict[str, str] = Field(default_factory=dict)


class PriceFacts(PublicModel):
    """What a client-month of a service can cost, in cents, as the law or a decision has it.

    ``most_cents``: the cap; ``units_cents``: the only amounts that are paid, ``least_units`` to
    ``most_units`` of them; ``smallest_cents``: the smallest amount that is paid.
    """

    service: str
    reference: str
    smallest_cents: int
    most_cents: int | None
    units_cents: tuple[int, ...]
    least_units: int
    most_units: int


class RulesInForce(PublicModel):
    """Every dated rule of a release, the prices of its services, and the table of its estimates."""

    rules: tuple[RuleFacts, ...]
    prices: tuple[PriceFacts, ...] = ()
    estimates: tuple[EstimateRow, ...] = ()


class SeriesTally(PublicModel):
    """How many municipalities' counts of a service (``any`` = together) come at a grain."""

    family: Family
    service: str
    grain: Grain
    municipalities: int


class PositionTally(PublicModel):
    """How many figures of a kind the whole area's release shows and hides, by what is visible."""

    positions: Positions
    exact: int = 0
    approximate: int = 0
    under_threshold: int = 0
    not_shown: int = 0


class TargetTally(PublicModel):
    """How many targets of a guarantee an attack at a level had, and how many of them fell."""

    level: str
    guarantee: str
    targets: int
    fallen: int


class AttackFacts(PublicModel):
    """The attack on everything published with a release: numbers and rules, never a place.

    ``given_up``: level and assumption that the pages contradicted; ``fallen``: guarantee and rule.
    """

    releases: int
    tallies: tuple[TargetTally, ...]
    given_up: tuple[tuple[str, str], ...]
    fallen: tuple[tuple[str, str], ...]
    insiders: int


class StatementChanges(PublicModel):
    """What is not as it was in the statement before, that of ``release``.

    ``rules``: names of those with other values; ``exceptions``: those that did not occur then;
    ``municipalities`` had a page then, ``program`` is the checksum of then.
    """

    release: str
    rules: tuple[str, ...]
    exceptions: tuple[DeclaredException, ...]
    municipalities: int
    program: str


class StatementFigures(PublicModel):
    """What the data protection officer signs. ``facts`` are without members: no place is named.

    ``exceptions``: those that occurred in this release; ``changes``: None in a first statement.
    """

    facts: ReleaseFacts
    municipalities: int
    series: tuple[SeriesTally, ...]
    positions: tuple[PositionTally, ...]
    rules: tuple[RuleFacts, ...]
    exceptions: tuple[DeclaredException, ...]
    attack: AttackFacts
    changes: StatementChanges | None = None

    @model_validator(mode="after")
    def _names_no_place(self) -> "StatementFigures":
        if self.facts.members or any(not name.isdigit() for name in self.facts.marks):
            raise ValueError("a statement names no municipality")
        return self


def changes_since(
    before: StatementFigures, program: str, now: StatementFigures
) -> StatementChanges:
    """What is another in a statement than in the one before, which ``program`` made."""
    values = {rule.name: rule.values for rule in before.rules}
    return StatementChanges(
        release=before.facts.release,
        rules=tuple(r.name for r in now.rules if values.get(r.name) != r.values),
        exceptions=tuple(e for e in now.exceptions if e not in before.exceptions),
        municipalities=before.municipalities,
        program=program,
    )


def rules_of(handover: Handover) -> tuple[RuleFacts, ...]:
    """The dated rules of a handover."""
    return handover.read(RULES, RulesInForce.model_validate_json).rules


def write_rules(handover: Handover, folder: Path) -> None:
    """The rules of a release beside its pages, for any reader and for the attacker.

    A handover of the first format has none that a reader could use.
    """
    text = handover.part(RULES) if RULES in handover.manifest.files else ""
    if text and handover.read(RULES, RulesInForce.model_validate_json).prices:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RULES).write_text(text, encoding="utf-8")


def statement_in(handover: Handover) -> StatementFigures:
    """The statement of a handover; UsageError before its release has been attacked."""
    return handover.read(STATEMENT, StatementFigures.model_validate_json)


def with_statement(handover: Handover, statement: StatementFigures) -> Handover:
    """The handover with its statement, written."""
    return handover.with_part(STATEMENT, statement.model_dump_json(indent=1))
