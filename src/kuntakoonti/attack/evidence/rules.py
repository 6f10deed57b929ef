"""The rules of a release, read from the table that lies beside its pages.

Nothing of them is a constant of the attacker: a rule that it does not know, or cannot read, is an
error, because what follows from it would be missing from the attack.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from kuntakoonti.attack.evidence.public_facts import Facts, Price, Step
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.read_back import text_of

RULES = "rules.json"
# Rules that tell a reader how figures are made and bring no relation between them.
WITHOUT_RELATION = frozenset(
    {
        "residence_day", "closing_lag", "grain_share", "average_cost", "quarter_turnover",
        "class_width", "year_closing", "advance_schedule", "invoice_offset", "claim_deadline",
        "forecast_range", "first_year_range", "price_level", "recorded_share", "known_share",
        "estimate_weight", "retention",
    }
)  # fmt: skip
THRESHOLDS = range(3, 21)


def rules_of(path: Path) -> Facts:
    """The rules of one release; UsageError for a table or a rule that cannot be read."""
    try:
        body = json.loads(text_of(path))
        return _facts({rule["name"]: rule["values"] for rule in body["rules"]}, body)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            "{release}/rules.json: the attacker cannot read the rules of the release. Restore the "
            "published file.",
            release=path.parent.name,
        ) from None


def _facts(values: dict[str, dict[str, str]], body: dict[str, Any]) -> Facts:
    rules = dict(values)
    for name in WITHOUT_RELATION:
        rules.pop(name, None)
    threshold = int(rules.pop("threshold")[""])
    facts = Facts(
        threshold=threshold,
        total_services=int(rules.pop("total_services", {"": "3"})[""]),
        percent_base=int(rules.pop("percent_base", {"": "20"})[""]),
        recorded=_step(rules.pop("recorded_step", None)),
        prices={price["service"]: _price(price) for price in body["prices"]},
        estimates={row["name"]: dict(row["values"]) for row in body.get("estimates", [])},
        closing_month=int(values.get("year_closing", {"": "2"})[""]),
        cover=Fraction(values.get("forecast_range", {"": "0.8"})[""]),
    )
    if rules or threshold not in THRESHOLDS:
        raise ValueError("a rule whose relations are not known")
    return facts


def _step(values: dict[str, str] | None) -> Step:
    """The step of a recorded cost in whole euros; releases without the rule round to the nearest."""
    if values is None:
        return Step()
    fine, coarse = (100 * int(values[name]) for name in ("below_million", "from_million"))
    return Step(fine, coarse, down=True)


def _price(price: dict[str, Any]) -> Price:
    """What a service can cost, in cents; without a cap and units only its smallest amount."""
    return Price(
        smallest=int(price["smallest_cents"]),
        most=None if price["most_cents"] is None else int(price["most_cents"]),
        units=tuple(int(cents) for cents in price["units_cents"]),
        low=int(price["least_units"]),
        high=int(price["most_units"]),
    )
