"""The dated rules in force, as the statement prints them."""

from datetime import date
from decimal import Decimal
from typing import Any

from kuntakoonti.core.periods import first_day
from kuntakoonti.parameters.prices import SMALLEST, price_at
from kuntakoonti.parameters.rules import (
    ClassWidth,
    EstimateWeight,
    Parameters,
    RecordedStep,
    Retention,
    Rule,
    Services,
)
from kuntakoonti.public.ledger import Archive
from kuntakoonti.public.statement import PriceFacts, RuleFacts, RulesInForce
from kuntakoonti.restricted.disclosure.estimates import estimate_table


def rules_in_force(
    parameters: Parameters, month: str, archive: Archive | None = None
) -> RulesInForce:
    """Every dated rule that was in force on a month's first day.

    With the table of estimates of a release that comes after the ``archive``.
    """
    rules, day = parameters.rules, first_day(month)
    named = {name: getattr(rules, name) for name in type(rules).model_fields}
    found = (
        _rule(name, rule, day)
        for name, rule in named.items()
        if rule is not None and any(v.valid_from <= day for v in rule.values)
    )
    prices = (
        _price(parameters.services, service.name, day) for service in parameters.services.shown
    )
    table = estimate_table(parameters, month, archive or Archive())
    rows = table.rows if table else ()
    return RulesInForce(rules=tuple(found), prices=tuple(prices), estimates=rows)


def _price(services: Services, name: str, day: date) -> PriceFacts:
    """What a client-month of a service can cost, with what is counted in it."""
    within = [price_at(s.prices, day) for s in services.services if s.counted_as == name]
    known = [price for price in within if price]
    capped = len(known) == len(within) and all(price.most for price in known)
    units = known[0] if len(within) == len(known) == 1 else None
    return PriceFacts(
        service=name,
        reference="; ".join(dict.fromkeys(price.reference for price in known)),
        smallest_cents=min((_cents(price.smallest) for price in known), default=_cents(SMALLEST)),
        most_cents=max(_cents(price.most or 0) for price in known) if capped else None,
        units_cents=tuple(map(_cents, units.units)) if units else (),
        least_units=units.least_units if units else 0,
        most_units=units.most_units if units else 0,
    )


def _cents(euros: Decimal | int) -> int:
    return int(100 * euros)


def _rule(name: str, rule: Rule[Any], day: date) -> RuleFacts:
    translated = {"sv": rule.reference_sv, "en": rule.reference_en}
    return RuleFacts(
        name=name,
        meaning=rule.meaning,
        reference=rule.reference,
        assumption=rule.assumption,
        valid_from=max(v.valid_from for v in rule.values if v.valid_from <= day),
        values=_values(rule.at(day)),
        references={k: v for k, v in translated.items() if v},
    )


def _values(value: Any) -> dict[str, str]:
    """A rule's value as text, by service or by class where there are several."""
    if isinstance(value, ClassWidth | RecordedStep | EstimateWeight | Retention):
        value = value.model_dump()
    if isinstance(value, dict):
        return {str(name): _values(one)[""] for name, one in value.items()}
    return {"": "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)}
