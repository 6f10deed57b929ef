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

from pydantic import Field, model_validator

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.texts import LanguageCode, Required, Strict, Texts
from kuntakoonti.parameters.area import Area, Code, Dated, Member, Name, Publication
from kuntakoonti.parameters.prices import Price
from kuntakoonti.parameters.problems import Complaint, Violation, finding, refuse, wrong
from kuntakoonti.parameters.sharing import (
    Allocations,
    SharedService,
    by_causation,
    shared_service,
    violations,
)
from kuntakoonti.parameters.sources import Sources, read_sources
from kuntakoonti.parameters.yaml_files import Day, ModelT, Source, like, read_yaml, validate
from kuntakoonti.public.cells import ANY, INVOICE, SHARED

__all__ = [
    "ANY", "Area", "Code", "Dated", "LanguageCode", "Member", "Name", "Parameters", "Publication",
    "Required", "Rule", "Rules", "Service", "Services", "Texts", "load_parameters",
]  # fmt: skip

T = TypeVar("T")


class Service(Dated):
    """A service; ``counts_as``: ``own``, ``excluded``, or the service it is counted in.

    ``allocation``: empty where it is billed by causation; else by which key it is shared, dated.
    """

    name: Name
    """as the records write it"""
    label: Texts
    """as the pages write it"""
    statute: Required
    """the law it rests on"""
    counts_as: str = "own"
    """`own`, `excluded`, or the service it is counted in"""
    late_claims: Texts | None = None
    """until when a cost may still be claimed, as the year-end page says it"""
    prices: tuple[Price, ...] = ()
    """what one client-month can cost; printed with the rules of a release, and the attack reads them"""
    allocation: Allocations = ()
    """`causation`, or by which `key` it is shared, dated"""

    @property
    def counted_as(self) -> str | None:
        """The service whose figures it is part of, None if excluded."""
        return {"own": self.name, "excluded": None}.get(self.counts_as, self.counts_as)


RESERVED = (ANY, SHARED, INVOICE, "own", "excluded")


class Services(Strict):
    """All services whose records may come in; in `Parameters` those billed by causation."""

    services: tuple[Service, ...]

    @model_validator(mode="after")
    def _names_are_sound(self) -> "Services":
        names = [s.name for s in self.services]
        targets = [s.name for s in self.services if s.counted_as == s.name]
        found = []
        for i, service in enumerate(self.services):
            at = f"services.{i}"
            if service.name in names[:i]:
                found.append(
                    finding(
                        f"{at}.name",
                        "the service {name} is there already; remove one of them",
                        name=service.name,
                    )
                )
            if service.name in RESERVED:
                found.append(
                    finding(
                        f"{at}.name", "the name {name} is reserved; give another", name=service.name
                    )
                )
            if service.counts_as not in ("own", "excluded", *targets):
                found.append(
                    finding(
                        f"{at}.counts_as",
                        "write own, excluded or a service with figures of its own ({services})",
                        services=", ".join(targets),
                    )
                )
            found += violations(f"{at}.allocation", service.valid_from, service.allocation)
            if service.allocation and service.counts_as != "own":
                found.append(
                    finding(
                        f"{at}.counts_as",
                        "a service shared by a key has figures of its own; write own",
                    )
                )
        wrong([*found, *self._ambiguous()])
        return self

    def _ambiguous(self) -> list[Violation]:
        """Keys that are called like a service: their figures could not be told apart."""
        names = {s.name for s in self.services} | {*RESERVED}
        return [
            finding(f"services.{i}.allocation.{k}.key",
                    "the key {key} is called like a service; give it another name", key=key)
            for i, s in enumerate(self.services) for k, a in enumerate(s.allocation)
            for key in a.key if key in names
        ]  # fmt: skip

    def by_causation(self) -> "Services":
        """The services billed by causation, each while it is."""
        found = []
        for s in self.services:
            valid = by_causation((s.valid_from, s.valid_to), s.allocation)
            if valid:
                days = {"valid_from": valid[0], "valid_to": valid[1], "allocation": ()}
                found.append(s.model_copy(update=days))
        return self.model_copy(update={"services": tuple(found)})

    def shared(self) -> tuple[SharedService, ...]:
        """The services shared by a key, each while it is."""
        return tuple(
            shared_service((s.name, s.label, s.statute), (s.valid_from, s.valid_to), s.allocation)
            for s in self.services
            if any(not a.by_causation for a in s.allocation)
        )

    @property
    def shown(self) -> tuple[Service, ...]:
        """The services that have figures of their own, in the order of the file."""
        return tuple(s for s in self.services if s.counted_as == s.name)

    @property
    def counted(self) -> dict[str, str]:
        """Service → the service it is counted in, of those that have figures."""
        return {s.name: s.counted_as for s in self.services if s.counted_as}

    def named(self, name: str) -> Service:
        return next(s for s in self.services if s.name == name)


class DatedValue(Strict, Generic[T]):
    """A value in force from a day; ``measured``: adopted as a preparation proposed it (R10)."""

    valid_from: Day
    value: T
    measured: bool = False


class Rule(Strict, Generic[T]):
    """One rule: what it means, on what it rests (and that in Swedish and English), its values by date."""

    meaning: Required
    reference: Required
    reference_sv: str = ""
    reference_en: str = ""
    assumption: bool
    values: Annotated[tuple[DatedValue[T], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_value_a_day(self) -> "Rule[T]":
        days = [v.valid_from for v in self.values]
        wrong([
            finding(f"values.{i}.valid_from", "there is a value from {day} already; remove one "
                                              "of them", day=day)
            for i, day in enumerate(days) if day in days[:i]
        ])  # fmt: skip
        return self

    def at(self, day: date) -> T:
        """The value in force on a day."""
        return self.dated(day).value

    def dated(self, day: date) -> DatedValue[T]:
        """The value in force on a day, with its day."""
        past = [v for v in self.values if v.valid_from <= day]
        if not past:
            first = min(v.valid_from for v in self.values)
            raise UsageError(
                "rules.yml: the rule has no value before {day}. Add a value: {meaning}.",
                day=first,
                meaning=self.meaning.rstrip("."),
            )
        return max(past, key=lambda v: v.valid_from)


class ClassWidth(Strict):
    """The fixed grid of preliminary counts."""

    below_100: Annotated[int, Field(ge=3, le=100)]
    from_100: Annotated[int, Field(ge=3, le=100)]


class RecordedStep(Strict):
    """To how many euros a recorded cost is rounded down, below a million euros and from there."""

    below_million: Annotated[int, Field(ge=1, le=1_000_000)]
    from_million: Annotated[int, Field(ge=1, le=1_000_000)]


class Retention(Strict):
    """How long what lies in ``restricted/`` is kept, in months, and accounting records, in years."""

    restricted_months: Annotated[int, Field(ge=1, le=1200)]
    accounting_years: Annotated[int, Field(ge=6, le=100)]


class EstimateWeight(Strict):
    """How far a municipality's own figures carry an estimate (R10).

    ``own_cost``: recorded euros at which its own level of costs weighs as much as the area's;
    ``own_clients``: client-months at which its own level of clients weighs as much as its budget.
    """

    own_cost: Annotated[int, Field(ge=1, le=100_000_000)]
    own_clients: Annotated[int, Field(ge=1, le=100_000)]


Deadline = Annotated[int, Field(ge=0, le=60)] | Literal["contract"]
Shares = Literal["monthly", "quarterly"] | tuple[Annotated[Decimal, Field(ge=0)], ...]


ShareCurve = Annotated[tuple[Annotated[int, Field(ge=0, le=100)], ...], Field(min_length=1)]
Percent = Annotated[int, Field(ge=1, le=100)]
MonthlyPercents = Annotated[tuple[Percent, ...], Field(min_length=12, max_length=12)]


class Rules(Strict):
    """Every rule of the product; what each means stands below it, and in `docs/rules.md`."""

    threshold: Rule[Annotated[int, Field(ge=3, le=20)]]
    """a count of fewer distinct persons is small"""
    residence_day: Rule[Literal["last_service_day", "month_first_day", "month_last_day"]]
    """the day whose municipality of residence decides; also `month_first_day`, `month_last_day`"""
    closing_lag: Rule[dict[Name, Annotated[int, Field(ge=0, le=24)]]]
    """full months after a period until its count is complete"""
    grain_share: Rule[Annotated[Decimal, Field(gt=0, le=1)]]
    """the share of last year's cells that must reach the threshold"""
    average_cost: Rule[dict[Name, Annotated[Decimal, Field(gt=0)]]]
    """euros per client-month; for a first year's grain and R10"""
    quarter_turnover: Rule[dict[Name, Annotated[Decimal, Field(ge=1)]]]
    """distinct clients of a quarter ÷ an average month; for a first year's grain and R10"""
    class_width: Rule[ClassWidth]
    """the grid of preliminary counts, below 100 and from there"""
    year_closing: Rule[Annotated[str, like(r"0[1-9]|1[0-2]", '"02"')]]
    """the month on whose last day the previous year closes"""
    advance_schedule: Rule[Shares]
    """how a budget becomes advances: `monthly`, `quarterly`, or twelve shares that sum to 1"""
    invoice_offset: Rule[Annotated[int, Field(ge=0, le=12)]]
    """months from the data month to the advance that its annex goes with (quarterly or yearly: that contains that month)"""
    claim_deadline: Rule[dict[Name, Deadline]] | None = None
    """months after a service month within which its cost can be claimed"""
    forecast_range: Rule[Annotated[Decimal, Field(gt=0, lt=1)]] | None = None
    """the share of actual costs that a range should hold"""
    first_year_range: Rule[MonthlyPercents] | None = None
    """half the range in per cent of a forecast, January to December, while earlier forecasts are too few"""
    percent_base: Rule[Annotated[int, Field(ge=20)]] | None = None
    """visible clients without which no percentage is given"""
    total_services: Rule[Annotated[int, Field(ge=1)]] | None = None
    """services that must be charged for a total alone to be public; one more for each with a fixed price of a client-month"""
    price_level: Rule[dict[Name, Annotated[Decimal, Field(gt=0)]]] | None = None
    """level of the cost of a client-month by service, 1 before a change that is known beforehand (a law, an index); used from its date"""
    recorded_step: Rule[RecordedStep] | None = None
    """the step in euros to which a recorded cost is rounded down, below a million and from there"""
    recorded_share: Rule[dict[Name, ShareCurve]] | None = None
    """per cent of a month's cost usually recorded after 0, 1, 2… months"""
    known_share: Rule[dict[Name, ShareCurve]] | None = None
    """the same of a month's clients"""
    estimate_weight: Rule[EstimateWeight] | None = None
    """`own_cost` (euros) and `own_clients` (client-months) of R10"""
    retention: Rule[Retention] | None = None
    """how long `restricted/` is kept: `restricted_months`, and accounting records `accounting_years`"""

    @model_validator(mode="after")
    def _classes_are_as_wide_as_the_threshold(self) -> "Rules":
        """A narrower class would tell a difference of two classes that is a small number of persons."""
        wrong([
            finding(f"class_width.values.{i}.value.{name}",
                    "the class is narrower than the threshold; write at least {threshold}", threshold=least)
            for i, dated in enumerate(self.class_width.values)
            for least in [self._largest_threshold_from(dated.valid_from)]
            for name, width in dated.value.model_dump().items() if width < least
        ])  # fmt: skip
        return self

    def _largest_threshold_from(self, day: date) -> int:
        """The largest threshold that is in force on a day or later; 0 without one."""
        before = [v for v in self.threshold.values if v.valid_from <= day]
        now = [max(before, key=lambda v: v.valid_from)] if before else []
        later = [v for v in self.threshold.values if v.valid_from > day]
        return max((v.value for v in [*now, *later]), default=0)

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> "Rules":
        wrong([
            finding(f"advance_schedule.values.{i}.value", "write 12 shares that sum to 1")
            for i, dated in enumerate(self.advance_schedule.values)
            if not isinstance(dated.value, str) and (len(dated.value), sum(dated.value)) != (12, 1)
        ])  # fmt: skip
        return self


@dataclass(frozen=True)
class Parameters:
    """Area, services and rules of one folder, and how its exports are read.

    ``services`` are those billed by causation, ``shared`` those shared by a key; one that passes from
    one to the other is in both, each for its time.
    """

    area: Area
    services: Services
    rules: Rules
    sources: Sources | None = None
    shared: tuple[SharedService, ...] = ()

    def shared_in(self, service: str, period: str) -> bool:
        """Whether a service is shared by a key in a month, or in the period that begins with it."""
        return any(s.name == service and s.holds(period) for s in self.shared)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the parameters' meaning: comments and order of keys do not matter.

        A rule that a later version brought and the folder does not have is no part of it, nor is what no
        figure comes from: roles, retention, and how exports are read (what was read of them has a
        fingerprint of its own).
        """
        whole = [m.model_dump(mode="json") for m in (self.area, self.services)]
        del whole[0]["roles"]
        for later in ("notices", "invoice_numbers"):
            if not whole[0][later]:
                del whole[0][later]
        for service in whole[1]["services"]:
            del service["allocation"]
            if not service["prices"]:
                del service["prices"]
        rules = self.rules.model_dump(mode="json", exclude_defaults=True, exclude={"retention"})
        shared = [{"shared": repr(s)} for s in self.shared]
        text = json.dumps([*whole, rules, *shared], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load_parameters(folder: Path) -> Parameters:
    """Read ``area.yml``, ``services.yml`` and ``rules.yml``; UsageError lists all that is wrong."""
    complaints: list[Complaint] = []
    sources = {n: read_yaml(folder / f"{n}.yml") for n in ("area", "services", "rules")}

    def one(model: type[ModelT], name: str) -> ModelT | None:
        found, wrong_there = validate(model, sources[name])
        complaints.extend(wrong_there)
        return found

    area = one(Area, "area")
    services = one(Services, "services")
    rules = one(Rules, "rules")
    if area and services:
        complaints.extend(_unknown_grains(area, services.by_causation(), sources["area"]))
    of_causation = services.by_causation() if services else None
    if of_causation and rules:
        complaints.extend(_uncovered(of_causation, rules, sources["rules"]))
    declared, wrong_there = read_sources(folder)
    refuse([*complaints, *wrong_there])
    assert area and services and of_causation and rules
    return Parameters(area, of_causation, rules, declared, services.shared())


def _unknown_grains(area: Area, services: Services, source: Source) -> list[Complaint]:
    """A publication fixed by decision names only series that there are."""
    series = [*(s.name for s in services.shown), ANY]
    return [
        source.complaint(("members", i, "publication", "grains", name),
                         "unknown service; write one of these: {services}",
                         services=", ".join(series))
        for i, member in enumerate(area.members) if member.publication
        for name in member.publication.grains if name not in series
    ]  # fmt: skip


def _uncovered(services: Services, rules: Rules, source: Source) -> list[Complaint]:
    """Rules by service must name every service and no other."""
    by_service: dict[str, Sequence[Mapping[str, object]]] = {
        "closing_lag": [v.value for v in rules.closing_lag.values],
        "average_cost": [v.value for v in rules.average_cost.values],
        "quarter_turnover": [v.value for v in rules.quarter_turnover.values],
    }
    for name in ("claim_deadline", "price_level", "recorded_share", "known_share"):
        rule: Rule[dict[str, object]] | None = getattr(rules, name)
        if rule:
            by_service[name] = [v.value for v in rule.values]
    names = [s.name for s in services.services]
    found = []
    for named, values in by_service.items():
        for i, value in enumerate(values):
            place = (named, "values", i, "value")
            found += [
                source.complaint(place, "add {name}", name=n) for n in names if n not in value
            ]
            found += [source.complaint((*place, n), "there is no such service; known: {names}",
                                       names=", ".join(names))
                      for n in value if n not in names]  # fmt: skip
    return found
