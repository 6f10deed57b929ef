"""The types that may go through the door: figures as they are visible, plans, invoices.

None of them has a place for a person, and a figure that is hidden cannot carry its value.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal


class Measure(StrEnum):
    """The measures that may be published; another one cannot be."""

    CLIENTS = "clients"
    BUDGET = "budget_cents"
    ADVANCE = "advance_cents"
    ADVANCE_EXPECTED = "advance_expected_cents"
    ADVANCE_COMING = "advance_coming_cents"
    ACTUAL = "actual_cents"
    ADJUSTMENT = "adjustment_cents"
    POSTING = "posting_cents"
    PRIOR_YEAR = "prior_year_correction_cents"
    ACTUAL_ROUNDED = "actual_rounded_cents"
    FORECAST = "forecast_cents"
    FORECAST_LOW = "forecast_low_cents"
    FORECAST_HIGH = "forecast_high_cents"
    EXPECTED_ADJUSTMENT = "expected_adjustment_cents"
    EXPECTED_ADJUSTMENT_LOW = "expected_adjustment_low_cents"
    EXPECTED_ADJUSTMENT_HIGH = "expected_adjustment_high_cents"
    COMPLETENESS = "completeness_percent"
    COMPLETENESS_LOW = "completeness_low_percent"
    COMPLETENESS_HIGH = "completeness_high_percent"
    ERROR = "forecast_error_percent"
    ERROR_MEMBERS = "forecast_error_members_percent"
    CLIENTS_SHOWN_SUM = "clients_shown_sum"
    ACTUAL_SHOWN_SUM = "actual_shown_sum_cents"
    SHARED_BUDGET = "shared_budget_cents"
    SHARED_ADVANCE = "shared_advance_cents"
    SHARED_ADVANCE_EXPECTED = "shared_advance_expected_cents"
    SHARED_ADVANCE_COMING = "shared_advance_coming_cents"
    SHARED_ACTUAL = "shared_actual_cents"
    SHARED_FORECAST = "shared_forecast_cents"
    SHARED_EXPECTED_ADJUSTMENT = "shared_expected_adjustment_cents"
    SHARED_ADJUSTMENT = "shared_adjustment_cents"
    SHARED_PRIOR_YEAR = "shared_prior_year_correction_cents"
    INVOICE_BUDGET = "invoice_budget_cents"
    INVOICE_ADVANCE = "invoice_advance_cents"
    INVOICE_ADVANCE_EXPECTED = "invoice_advance_expected_cents"
    INVOICE_ADVANCE_COMING = "invoice_advance_coming_cents"
    INVOICE_ACTUAL = "invoice_actual_cents"
    INVOICE_FORECAST = "invoice_forecast_cents"
    INVOICE_EXPECTED_ADJUSTMENT = "invoice_expected_adjustment_cents"
    INVOICE_ADJUSTMENT = "invoice_adjustment_cents"
    INVOICE_PRIOR_YEAR = "invoice_prior_year_correction_cents"
    KEY_VALUE = "key_value_hundredths"
    KEY_SHARE = "key_share_millionths"

    @property
    def of_the_invoice(self) -> bool:
        """Whether it is of a service shared by a key, of a key, or of both parts of the invoice."""
        return self.startswith(("shared_", "invoice_", "key_"))


class Status(StrEnum):
    """What of a figure is visible (contract, "Out")."""

    FINAL = "final"
    PRELIMINARY = "preliminary"
    UNDER_THRESHOLD = "under_threshold"
    NOT_SHOWN = "not_shown"
    NOT_OFFERED = "not_offered"


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
