"""Who, what and by which rule: the area, its services, and dated values with their reference.

A rule never changes in place: a new value gets a new ``valid_from``. ``at`` gives the value in
force on a day; asking before the first value is an error, never a default.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints, model_validator

from kuntakoonti.calendar import END_OF_TIME, day_after, first_day, year_of
from kuntakoonti.errors import UsageError
from kuntakoonti.municipalities import municipality_codes
from kuntakoonti.parameters import (
    Day,
    ModelT,
    Source,
    Strict,
    like,
    read_yaml,
    refuse,
    validate,
    wrong,
)
from kuntakoonti.protected import Grain

T = TypeVar("T")
Code = Annotated[str, like(r"[0-9]{3}", '"297"')]
Name = Annotated[str, like(r"[a-z][a-z0-9_]*", "palkkatuki")]
Required = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LanguageCode = Literal["fi", "sv", "en"]
ANY = "any"


class Texts(Strict):
    """One text in the languages of the area; Finnish is required, the others fall back to it."""

    fi: Required
    sv: str = ""
    en: str = ""

    def in_language(self, code: str) -> str:
        return {"sv": self.sv, "en": self.en}.get(code) or self.fi


class Publication(Strict):
    """A municipality's family or grain fixed by decision instead of by rule R4."""

    family: Literal["per_service", "together"]
    grains: dict[Name, Grain]
    reference: Required


class Dated(Strict):
    """Something valid from a day to a day, both inclusive."""

    valid_from: Day
    valid_to: Day | None = None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day <= (self.valid_to or END_OF_TIME)


class Member(Dated):
    """A member municipality; a merged one names its successor, a bilingual one its languages."""

    code: Code
    name: Texts
    languages: tuple[LanguageCode, ...] = ()
    successor: Code | None = None
    publication: Publication | None = None


class Area(Strict):
    """An employment area: its members, host, case and contact (a role, not a person)."""

    code: Annotated[str, like(r"[0-9]{2}", '"17"')]
    name: Texts
    sender: Texts
    host: Code
    language: LanguageCode
    languages: tuple[LanguageCode, ...] = ()
    valid_from: Day
    case_number: Annotated[
        str,
        like(r"[0-9]{1,6}/[0-9]{2}(\.[0-9]{2}){2,3}/[0-9]{4}", '"6194/00.04.01/2025"'),
    ]
    contact: Texts
    objection_days: Annotated[int, Field(ge=1, le=365)]
    members: tuple[Member, ...]
    former_codes: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _members_are_sound(self) -> "Area":
        codes = [m.code for m in self.members]
        known = municipality_codes() | set(self.former_codes)
        found = [] if self.host in codes else [f"host: vastuukunta {self.host} ei ole jäsen"]
        for i, member in enumerate(self.members):
            if member.code in codes[:i]:
                found.append(f"members.{i}.code: jäsenkunta {member.code} on jo; poista toinen")
            if member.code not in known:
                found.append(f"members.{i}.code: kuntanumeroa {member.code} ei ole")
            if member.successor and member.successor not in codes:
                found.append(f"members.{i}.successor: seuraaja {member.successor} ei ole jäsen")
            found += _doubled(f"members.{i}.languages", member.languages)
        wrong(found + _doubled("languages", self.languages))
        return self

    def languages_of(self, member: Member) -> tuple[LanguageCode, ...]:
        """The languages of a member's pages; one that names none gets the area's language."""
        return member.languages or (self.language,)

    def member(self, code: str) -> Member:
        """The member with a code; UsageError lists the codes there are."""
        for member in self.members:
            if member.code == code:
                return member
        known = ", ".join(f"{m.code} {m.name.fi}" for m in self.members)
        raise UsageError(f"Kunta {code} ei ole alueen jäsen. Jäsenet: {known}.")

    def members_on(self, day: date) -> tuple[Member, ...]:
        return tuple(m for m in self.members if m.valid_on(day))

    def members_until(self, month: str) -> tuple[Member, ...]:
        """Who was a member on any day of the month's year by the end of the month."""
        first, after = first_day(year_of(month)), day_after(month)
        return tuple(
            m for m in self.members if m.valid_from < after and (m.valid_to or END_OF_TIME) >= first
        )


def _doubled(place: str, languages: Sequence[str]) -> list[str]:
    named = sorted({code for code in languages if languages.count(code) > 1})
    return [f"{place}: kieli {code} on kahdesti; poista toinen" for code in named]


class Service(Dated):
    """A service; ``counts_as``: ``own``, ``excluded``, or the service it is counted in."""

    name: Name
    label: Texts
    statute: Required
    counts_as: str = "own"
    late_claims: Texts | None = None

    @property
    def counted_as(self) -> str | None:
        """The service whose figures it is part of, None if excluded."""
        return {"own": self.name, "excluded": None}.get(self.counts_as, self.counts_as)


class Services(Strict):
    """All services whose records may come in."""

    services: tuple[Service, ...]

    @model_validator(mode="after")
    def _names_are_sound(self) -> "Services":
        names = [s.name for s in self.services]
        targets = [s.name for s in self.services if s.counted_as == s.name]
        found = []
        for i, service in enumerate(self.services):
            if service.name in names[:i]:
                found.append(f"services.{i}.name: palvelu {service.name} on jo; poista toinen")
            if service.name in (ANY, "own", "excluded"):
                found.append(f"services.{i}.name: nimi {service.name} on varattu")
            if service.counts_as not in ("own", "excluded", *targets):
                found.append(
                    f"services.{i}.counts_as: kirjoita own, excluded tai palvelu, jolla on omat "
                    f"luvut ({', '.join(targets)})"
                )
        wrong(found)
        return self

    @property
    def shown(self) -> tuple[Service, ...]:
        """The services that have figures of their own, in the order of the file."""
        return tuple(s for s in self.services if s.counted_as == s.name)

    def named(self, name: str) -> Service:
        return next(s for s in self.services if s.name == name)


class DatedValue(Strict, Generic[T]):
    """A value in force from a day."""

    valid_from: Day
    value: T


class Rule(Strict, Generic[T]):
    """One rule: what it means, on what it rests, and its values by date."""

    meaning: Required
    reference: Required
    assumption: bool
    values: Annotated[tuple[DatedValue[T], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_value_a_day(self) -> "Rule[T]":
        days = [v.valid_from for v in self.values]
        wrong([
            f"values.{i}.valid_from: arvo päivästä {day} on jo; poista toinen"
            for i, day in enumerate(days) if day in days[:i]
        ])  # fmt: skip
        return self

    def at(self, day: date) -> T:
        """The value in force on a day."""
        past = [v for v in self.values if v.valid_from <= day]
        if not past:
            first = min(v.valid_from for v in self.values)
            raise UsageError(f"rules.yml: sääntöä ei ole ennen {first}: {self.meaning}")
        return max(past, key=lambda v: v.valid_from).value


class ClassWidth(Strict):
    """The fixed grid of preliminary counts."""

    below_100: Annotated[int, Field(ge=5)]
    from_100: Annotated[int, Field(ge=5)]


Shares = Literal["monthly", "quarterly"] | tuple[Annotated[Decimal, Field(ge=0)], ...]


class Rules(Strict):
    """Every rule of the product; `docs/rules.md` explains each."""

    threshold: Rule[Annotated[int, Field(ge=2)]]
    residence_day: Rule[Literal["last_service_day", "month_first_day", "month_last_day"]]
    closing_lag: Rule[dict[Name, Annotated[int, Field(ge=0, le=24)]]]
    grain_share: Rule[Annotated[Decimal, Field(gt=0, le=1)]]
    average_cost: Rule[dict[Name, Annotated[Decimal, Field(gt=0)]]]
    quarter_turnover: Rule[dict[Name, Annotated[Decimal, Field(ge=1)]]]
    class_width: Rule[ClassWidth]
    year_closing: Rule[Annotated[str, like(r"0[1-9]|1[0-2]", '"02"')]]
    advance_schedule: Rule[Shares]
    invoice_offset: Rule[Annotated[int, Field(ge=0, le=12)]]

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> "Rules":
        wrong([
            f"advance_schedule.values.{i}.value: kirjoita 12 osuutta, joiden summa on 1"
            for i, dated in enumerate(self.advance_schedule.values)
            if not isinstance(dated.value, str) and (len(dated.value), sum(dated.value)) != (12, 1)
        ])  # fmt: skip
        return self


class Run(Strict):
    """One reproducible run: a file of ``parameters/runs``; folders are relative to the project."""

    month: Required
    as_of: Day
    data: Required
    output: Required
    parameters: Required = "parameters"
    municipality: tuple[Code, ...] = ()
    format: tuple[Required, ...] = ("html", "pdf", "xlsx", "csv")
    approve_by: str = ""


@dataclass(frozen=True)
class Parameters:
    """Area, services and rules of one folder."""

    area: Area
    services: Services
    rules: Rules

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the parameters' meaning: comments and order of keys do not matter."""
        models = (self.area, self.services, self.rules)
        text = json.dumps([m.model_dump(mode="json") for m in models], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load_parameters(folder: Path) -> Parameters:
    """Read ``area.yml``, ``services.yml`` and ``rules.yml``; UsageError lists all that is wrong."""
    complaints: list[str] = []
    sources = {n: read_yaml(folder / f"{n}.yml") for n in ("area", "services", "rules")}

    def one(model: type[ModelT], name: str) -> ModelT | None:
        found, wrong_there = validate(model, sources[name])
        complaints.extend(wrong_there)
        return found

    area = one(Area, "area")
    services = one(Services, "services")
    rules = one(Rules, "rules")
    if area and services:
        complaints.extend(_unknown_grains(area, services, sources["area"]))
    if services and rules:
        complaints.extend(_uncovered(services, rules, sources["rules"]))
    refuse(complaints)
    assert area and services and rules
    return Parameters(area, services, rules)


def _unknown_grains(area: Area, services: Services, source: Source) -> list[str]:
    """A publication fixed by decision names only series that there are."""
    series = [*(s.name for s in services.shown), ANY]
    return [
        source.at(("members", i, "publication", "grains", name),
                  f"tuntematon palvelu; kirjoita jokin näistä: {', '.join(series)}")
        for i, member in enumerate(area.members) if member.publication
        for name in member.publication.grains if name not in series
    ]  # fmt: skip


def _uncovered(services: Services, rules: Rules, source: Source) -> list[str]:
    """Rules by service must name every service and no other."""
    by_service: dict[str, Sequence[Mapping[str, object]]] = {
        "closing_lag": [v.value for v in rules.closing_lag.values],
        "average_cost": [v.value for v in rules.average_cost.values],
        "quarter_turnover": [v.value for v in rules.quarter_turnover.values],
    }
    names = [s.name for s in services.services]
    found = []
    for rule, values in by_service.items():
        for i, value in enumerate(values):
            place = (rule, "values", i, "value")
            found += [source.at(place, f"lisää {n}") for n in names if n not in value]
            found += [source.at((*place, n), f"palvelua ei ole; tunnetut: {', '.join(names)}")
                      for n in value if n not in names]  # fmt: skip
    return found
