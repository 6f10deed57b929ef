"""The types that may go through the door: figures as they are visible, plans, invoices.

None of them has a place for a person, and a figure that is hidden cannot carry its value.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal


class Measure(StrEnum):
    """The measures that may be published; another one cannot be. What each is stands below it."""

    CLIENTS = "clients"
    """distinct clients"""
    BUDGET = "budget_cents"
    """the budget of the year"""
    ADVANCE = "advance_cents"
    """advances invoiced, net of credits"""
    ADVANCE_EXPECTED = "advance_expected_cents"
    """the advance by budget and schedule"""
    ADVANCE_COMING = "advance_coming_cents"
    """the schedule's share of every period of the member's own months that has no invoice yet; none without a budget"""
    ACTUAL = "actual_cents"
    """the year's actual cost; final adjustment"""
    ADJUSTMENT = "adjustment_cents"
    """above 0 an additional charge, below 0 a credit; final adjustment"""
    POSTING = "posting_cents"
    """the adjustment shared by the advances, where actual costs per service are not shown"""
    PRIOR_YEAR = "prior_year_correction_cents"
    """settled years' correction that is not in `actual_cents`; `any`"""
    ACTUAL_ROUNDED = "actual_rounded_cents"
    """the year's cost recorded so far; `any`; months and estimates"""
    FORECAST = "forecast_cents"
    """the year's cost as foreseen; `any`; months and estimates of an open year"""
    FORECAST_LOW = "forecast_low_cents"
    """the lower end of its range"""
    FORECAST_HIGH = "forecast_high_cents"
    """the upper end"""
    EXPECTED_ADJUSTMENT = "expected_adjustment_cents"
    """`forecast_cents` − `advance_cents` − `advance_coming_cents` of the year, on the forecast's step"""
    EXPECTED_ADJUSTMENT_LOW = "expected_adjustment_low_cents"
    """the same from the lower end of the range, rounded down"""
    EXPECTED_ADJUSTMENT_HIGH = "expected_adjustment_high_cents"
    """the same from the upper end, rounded up"""
    COMPLETENESS = "completeness_percent"
    """the share that is usually recorded of a service month's cost (R10)"""
    COMPLETENESS_LOW = "completeness_low_percent"
    """the lower end of its range (releases before R10)"""
    COMPLETENESS_HIGH = "completeness_high_percent"
    """the upper end (releases before R10)"""
    ERROR = "forecast_error_percent"
    """how far the forecasts on earlier years' annexes of this month missed the area's cost, mean"""
    ERROR_MEMBERS = "forecast_error_members_percent"
    """the same for a member's cost, mean over members"""
    CLIENTS_SHOWN_SUM = "clients_shown_sum"
    """board's page: sum of the members' exact counts"""
    ACTUAL_SHOWN_SUM = "actual_shown_sum_cents"
    """board's page: sum of the members' shown actual costs"""
    SHARED_BUDGET = "shared_budget_cents"
    """services shared by a key, each and `shared`: the budget of the year"""
    SHARED_ADVANCE = "shared_advance_cents"
    """advances invoiced, net of credits"""
    SHARED_ADVANCE_EXPECTED = "shared_advance_expected_cents"
    """the advance by budget and schedule"""
    SHARED_ADVANCE_COMING = "shared_advance_coming_cents"
    """what is still to be invoiced"""
    SHARED_ACTUAL = "shared_actual_cents"
    """the year's cost recorded so far, exact"""
    SHARED_FORECAST = "shared_forecast_cents"
    """the year's cost by simple run rate"""
    SHARED_EXPECTED_ADJUSTMENT = "shared_expected_adjustment_cents"
    """forecast − advances − what is still to be invoiced"""
    SHARED_ADJUSTMENT = "shared_adjustment_cents"
    """actual cost − advances; final adjustment"""
    SHARED_PRIOR_YEAR = "shared_prior_year_correction_cents"
    """settled years' correction; never in `shared_actual_cents`"""
    INVOICE_BUDGET = "invoice_budget_cents"
    """`invoice`: `any` + `shared`, where both are known"""
    INVOICE_ADVANCE = "invoice_advance_cents"
    """the same of advances"""
    INVOICE_ADVANCE_EXPECTED = "invoice_advance_expected_cents"
    """the same of the advance by the budget"""
    INVOICE_ADVANCE_COMING = "invoice_advance_coming_cents"
    """the same of what is still to be invoiced"""
    INVOICE_ACTUAL = "invoice_actual_cents"
    """the same of actual costs; `not_shown` where `any` is"""
    INVOICE_FORECAST = "invoice_forecast_cents"
    """the same of forecasts, on the step of the one by causation"""
    INVOICE_EXPECTED_ADJUSTMENT = "invoice_expected_adjustment_cents"
    """the same of expected adjustments"""
    INVOICE_ADJUSTMENT = "invoice_adjustment_cents"
    """the same of adjustments"""
    INVOICE_PRIOR_YEAR = "invoice_prior_year_correction_cents"
    """the same of lines of corrections; paid beside `invoice_adjustment_cents`"""
    KEY_VALUE = "key_value_hundredths"
    """`service` is the key: the member's value × 100; of the area, the sum"""
    KEY_SHARE = "key_share_millionths"
    """the member's share of a service in the last month"""

    @property
    def of_the_invoice(self) -> bool:
        """Whether it is of a service shared by a key, of a key, or of both parts of the invoice."""
        return self.startswith(("shared_", "invoice_", "key_"))


class Status(StrEnum):
    """What of a figure is visible (contract, "Out")."""

    FINAL = "final"
    """`value`: exact, for money at the extraction date"""
    PRELIMINARY = "preliminary"
    """`class_low` and `class_high`, both inclusive"""
    UNDER_THRESHOLD = "under_threshold"
    """closed, 0 to threshold − 1; `class_low` and `class_high` only where the release that first showed it had another threshold"""
    NOT_SHOWN = "not_shown"
    """nothing: withheld by R6, R7 or R9"""
    NOT_OFFERED = "not_offered"
    """nothing: the service was not offered in that period"""


@dataclass(frozen=True)
class Cell:
    """One figure: persons for ``clients``, integer cents for measures ending in ``_cents``, whole
    per cent for those ending in ``_percent``.

    ``value`` only with ``final``; ``class_low`` and ``class_high`` (inclusive) only with
    ``preliminary``.
    """

    municipality: str
    service: str
    period: str
    measure: Measure
    status: Status
    value: int | None = None
    class_low: int | None = None
    class_high: int | None = None

    def __post_init__(self) -> None:
        if (self.value is not None) != (self.status is Status.FINAL):
            raise ValueError("a final figure, and only a final one, has a value")
        if (self.class_low is not None) != (self.status is Status.PRELIMINARY):
            raise ValueError("a preliminary figure, and only a preliminary one, has a class")

    @property
    def key(self) -> tuple[str, str, str]:
        return self.municipality, self.service, self.period

    def with_status(self, status: Status) -> "Cell":
        return replace(self, status=status)

    def with_value(self, value: int) -> "Cell":
        return replace(self, status=Status.FINAL, value=value)

    def with_class(self, low: int, high: int) -> "Cell":
        return replace(self, status=Status.PRELIMINARY, class_low=low, class_high=high)

    def row(self) -> tuple[str, str, str, str, int | None, int | None, int | None, str]:
        """The cell in the column order of the contract's CSV, without the release."""
        return (
            self.municipality, self.service, self.period, self.measure.value,
            self.value, self.class_low, self.class_high, self.status.value,
        )  # fmt: skip


def cell_of(row: tuple[str, str, str, str, int | None, int | None, int | None, str]) -> Cell:
    """The cell of a row of the ledger; ValueError for a measure or status that is not known."""
    municipality, service, period, measure, value, low, high, status = row
    return Cell(municipality, service, period, Measure(measure), Status(status), value, low, high)


def euro_cell(municipality: str, service: str, period: str, measure: Measure, cents: int) -> Cell:
    """An exact amount."""
    return Cell(municipality, service, period, measure, Status.FINAL, cents)


Grain = Literal["month", "quarter", "year"]
Family = Literal["per_service", "together"]
Basis = Literal["last_year", "budget", "decision"]


@dataclass(frozen=True)
class Plan:
    """A municipality's publication for one year; ``grains``: service (or ``any``) → grain.

    ``basis`` says what fixed it: last year's figures, the budget of a first year, or a decision,
    whose ``reference`` is then given.
    """

    family: Family
    grains: dict[str, Grain]
    basis: Basis
    reference: str = ""


@dataclass(frozen=True)
class Correction:
    """A closed count that was wrong: where it stands, and why; ``release`` first shows it right."""

    municipality: str
    service: str
    period: str
    release: str
    reason: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.municipality, self.service, self.period


MismatchKind = Literal["", "missing", "doubled", "doubled_credited", "differing", "misdirected"]


@dataclass(frozen=True)
class Invoice:
    """One row of an advance invoice: an invoice, credit or internal charge, for one service."""

    invoice_id: str
    municipality: str
    service: str
    period: str
    cents: int
    kind: str
    credits_invoice_id: str | None
    invoiced_on: date


@dataclass(frozen=True)
class Mismatch:
    """An expected advance and the invoices that do not agree with it; amounts in cents."""

    municipality: str
    service: str
    period: str
    finding: MismatchKind
    expected_cents: int
    invoiced_cents: int
    invoice_ids: tuple[str, ...]


ANY = "any"  # all services billed by causation
SHARED = "shared"  # all services shared by a key
INVOICE = "invoice"  # both
