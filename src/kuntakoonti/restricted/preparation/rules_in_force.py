"""The dated rules in force, as the statement prints them."""

from datetime import date
from typing import Any

from kuntakoonti.core.periods import first_day
from kuntakoonti.parameters.rules import ClassWidth, Parameters, Rule
from kuntakoonti.public.statement import RuleFacts, RulesInForce


def rules_in_force(parameters: Parameters, month: str) -> RulesInForce:
    """Every dated rule that the area has, as it was in force on a month's first day."""
    rules, day = parameters.rules, first_day(month)
    named = {name: getattr(rules, name) for name in type(rules).model_fields}
    found = (_rule(name, rule, day) for name, rule in named.items() if rule is not None)
    return RulesInForce(rules=tuple(found))


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
    if isinstance(value, ClassWidth):
        value = value.model_dump()
    if isinstance(value, dict):
        return {str(name): str(one) for name, one in value.items()}
    return {"": "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)}
