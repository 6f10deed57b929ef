"""What a client-month of a service can cost: dated, with its reference, public with every release.

An attacker who knows a total of euros and the prices learns something of the clients behind it, so
the attack on a release reads them (`attack.evidence.rules`).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from kuntakoonti.core.texts import Required, Strict
from kuntakoonti.parameters.problems import finding, wrong
from kuntakoonti.parameters.yaml_files import Day

SMALLEST = Decimal("37.21")  # the basic daily allowance, 380/2023 § 99
Euros = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]


class Price(Strict):
    """A price in force from a day, in euros.

    ``most``: the cap of a client-month. ``units``: the only amounts that are paid, ``least_units`` to
    ``most_units`` of them a client-month. ``smallest``: the smallest amount that is paid.
    """

    valid_from: Day
    """the first day"""
    reference: Required
    """on what it rests"""
    most: Euros | None = None
    """the cap of a client-month in euros"""
    smallest: Euros = SMALLEST
    """the smallest amount that is paid, else 37.21 €"""
    units: tuple[Euros, ...] = ()
    """the only amounts that are paid"""
    least_units: Annotated[int, Field(ge=0, le=31)] = 0
    """how many of them a client-month has at least"""
    most_units: Annotated[int, Field(ge=0, le=31)] = 0
    """and at most"""

    @model_validator(mode="after")
    def _units_have_a_number(self) -> "Price":
        wrong([
            finding("most_units", "write how many units are paid a month at the most")
        ] if self.units and self.most_units < max(self.least_units, 1) else [])  # fmt: skip
        return self


def price_at(prices: Sequence[Price], day: date) -> Price | None:
    """The price in force on a day, None where there is none."""
    past = [p for p in prices if p.valid_from <= day]
    return max(past, key=lambda p: p.valid_from) if past else None
