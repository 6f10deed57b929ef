"""Who, what and by which rule: the area, its services, and dated values with their reference.

A rule never changes in place: a new value gets a new ``valid_from``. ``at`` gives the value in
force on a day; asking before the first value is an error, never a default.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from kuntakoonti.calendar import END_OF_TIME
from kuntakoonti.errors import UsageError
from kuntakoonti.municipalities import municipality_codes
from kuntakoonti.parameters import ModelT, Strict, read_yaml, refuse, validate

T = TypeVar("T")
Code = Annotated[str, Field(pattern=r"^\d{3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Required = Annotated[str, Field(min_length=1)]
LanguageCode = Literal["fi", "sv", "en"]
Grain = Literal["month", "quarter", "year"]
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

    valid_from: date
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day <= (self.valid_to or END_OF_TIME)


class Member(Dated):
    """A member municipality; a merged one names its successor."""

    code: Code
    name: Texts
    successor: Code | None = None
    publication: Publication | None = None


class Area(Strict):
    """An employment area: its members, host, case and contact (a role, not a person)."""

    code: Annotated[str, Field(pattern=r"^\d{2}$")]
    name: Texts
    sender: Texts
    host: Code
    language: LanguageCode
    valid_from: date
    case_number: Annotated[str, Field(pattern=r"^\d{1,6}/\d{2}\.\d{2}(\.\d{2}){1,2}/\d{4}$")]
    contact: Texts
    objection_days: Annotated[int, Field(ge=1, le=365)]
    members: tuple[Member, ...]
    former_codes: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _members_are_sound(self) -> "Area":
        codes = [m.code for m in self.members]
        if len(set(codes)) != len(codes):
            raise ValueError("sama jäsenkunta on kahdesti")
        if self.host not in codes:
            raise ValueError("vastuukunta (host) ei ole jäsen")
        unknown = {c for m in self.members for c in (m.successor,) if c and c not in codes}
        if unknown:
            raise ValueError(f"seuraaja {sorted(unknown)[0]} ei ole jäsen")
        missing = set(codes) - municipality_codes() - set(self.former_codes)
        if missing:
            raise ValueError(f"kuntanumeroa {sorted(missing)[0]} ei ole")
        return self

    def member(self, code: str) -> Member:
        """The member with a code; UsageError lists the codes there are."""
        for member in self.members:
            if member.code == code:
                return member
        known = ", ".join(f"{m.code} {m.name.fi}" for m in self.members)
        raise UsageError(f"Kunta {code} ei ole alueen jäsen. Jäsenet: {known}.")

    def members_on(self, day: date) -> tuple[Member, ...]:
        return tuple(m for m in self.members if m.valid_on(day))


class Service(Dated):
    """A service; ``counts_as``: ``own``, ``excluded``, or the service it is counted in."""

    name: Name
    label: Texts
    statute: Required
    counts_as: str = "own"

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
        if len(set(names)) != len(names):
            raise ValueError("sama palvelu on kahdesti")
        if ANY in names:
            raise ValueError('palvelun nimi "any" on varattu')
        for service in self.services:
            if service.counts_as not in {"own", "excluded", *names}:
                raise ValueError(
                    f"counts_as: kirjoita own, excluded tai palvelu ({', '.join(names)})"
                )
        return self

    @property
    def shown(self) -> tuple[Service, ...]:
        """The services that have figures of their own, in the order of the file."""
        return tuple(s for s in self.services if s.counted_as == s.name)

    def named(self, name: str) -> Service:
        return next(s for s in self.services if s.name == name)


class DatedValue(Strict, Generic[T]):
    """A value in force from a day."""

    valid_from: date
    value: T


class Rule(Strict, Generic[T]):
    """One rule: what it means, on what it rests, and its values by date."""

    meaning: Required
    reference: Required
    assumption: bool
    values: Annotated[tuple[DatedValue[T], ...], Field(min_length=1)]

    def at(self, day: date) -> T:
        """The value in force on a day."""
        past = [v for v in self.values if v.valid_from <= day]
        if not past:
            raise UsageError(
                f"rules.yml: sääntöä ei ole ennen {self.values[0].valid_from}: {self.meaning}"
            )
        return max(past, key=lambda v: v.valid_from).value


class ClassWidth(Strict):
    """The fixed grid of preliminary counts."""

    below_100: Annotated[int, Field(ge=5)]
    from_100: Annotated[int, Field(ge=5)]


def _shares(value: object) -> object:
    return tuple(Decimal(str(v)) for v in value) if isinstance(value, list) else value


Shares = Annotated[Literal["monthly", "quarterly"] | tuple[Decimal, ...], BeforeValidator(_shares)]


class Rules(Strict):
    """Every rule of the product; `docs/rules.md` explains each."""

    threshold: Rule[Annotated[int, Field(ge=2)]]
    residence_day: Rule[Literal["last_service_day", "month_first_day", "month_last_day"]]
    closing_lag: Rule[dict[Name, Annotated[int, Field(ge=0, le=24)]]]
    grain_share: Rule[Annotated[Decimal, Field(gt=0, le=1)]]
    average_cost: Rule[dict[Name, Annotated[Decimal, Field(gt=0)]]]
    quarter_turnover: Rule[dict[Name, Annotated[Decimal, Field(ge=1)]]]
    class_width: Rule[ClassWidth]
    year_closing: Rule[Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])$")]]
    advance_schedule: Rule[Shares]
    invoice_offset: Rule[Annotated[int, Field(ge=0, le=12)]]

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> "Rules":
        for dated in self.advance_schedule.values:
            shares = dated.value
            if not isinstance(shares, str) and (len(shares) != 12 or sum(shares) != 1):
                raise ValueError("advance_schedule: kirjoita 12 osuutta, joiden summa on 1")
        return self


class Run(Strict):
    """One reproducible run: a file of ``parameters/runs``; folders are relative to the project."""

    month: Required
    as_of: date
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

    def one(model: type[ModelT], name: str) -> ModelT | None:
        found, wrong = validate(model, read_yaml(folder / name))
        complaints.extend(wrong)
        return found

    area = one(Area, "area.yml")
    services = one(Services, "services.yml")
    rules = one(Rules, "rules.yml")
    if services and rules:
        complaints.extend(_uncovered(services, rules))
    refuse(complaints)
    assert area and services and rules
    return Parameters(area, services, rules)


def _uncovered(services: Services, rules: Rules) -> list[str]:
    """Rules by service must name every service."""
    found = []
    by_service: dict[str, Rule[dict[str, int]] | Rule[dict[str, Decimal]]] = {
        "closing_lag": rules.closing_lag,
        "average_cost": rules.average_cost,
        "quarter_turnover": rules.quarter_turnover,
    }
    for name, rule in by_service.items():
        for dated in rule.values:
            for service in services.services:
                if service.name not in dated.value:
                    found.append(f"rules.yml: {name} {dated.valid_from}: lisää {service.name}")
    return found
