"""The five input tables: their columns, and what each cell must look like."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a cell is read."""

    ID = "id"  # free text, an identifier
    SERVICE = "service"  # a service of services.yml
    MUNICIPALITY = "municipality"  # three digits as text
    DATE = "date"  # 14.8.2025 or 2025-08-14
    MONTH = "month"  # 2025-08
    PERIOD = "period"  # 2025-08, 2025-Q3 or 2025
    YEAR = "year"  # 2025
    MONEY = "money"  # 1 234,50 or 1234.50
    FLAG = "flag"  # 1, 0 or empty
    INVOICE_KIND = "invoice_kind"  # invoice, credit, internal or empty


@dataclass(frozen=True)
class Column:
    """One column: ``required`` columns must exist, ``empty`` cells are allowed."""

    name: str
    kind: Kind
    required: bool = True
    empty: bool = False


@dataclass(frozen=True)
class Table:
    """One table: ``key`` columns and ``recorded`` name a revision (two rows alike in both stop)."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    recorded: str


def _optional(name: str, kind: Kind) -> Column:
    return Column(name, kind, required=False, empty=True)


SERVICE_PERIODS = Table(
    "service_periods",
    (
        Column("record_id", Kind.ID),
        Column("client_id", Kind.ID),
        Column("service", Kind.SERVICE),
        Column("start_date", Kind.DATE),
        Column("end_date", Kind.DATE, empty=True),
        Column("recorded_on", Kind.DATE),
        _optional("removed", Kind.FLAG),
        _optional("group_id", Kind.ID),
    ),
    key=("record_id",),
    recorded="recorded_on",
)
RESIDENCES = Table(
    "residences",
    (
        Column("client_id", Kind.ID),
        Column("municipality", Kind.MUNICIPALITY, empty=True),
        Column("valid_from", Kind.DATE),
        Column("valid_to", Kind.DATE, empty=True),
        Column("recorded_on", Kind.DATE),
    ),
    key=(),
    recorded="recorded_on",
)
COSTS = Table(
    "costs",
    (
        Column("cost_id", Kind.ID),
        Column("service", Kind.SERVICE),
        Column("client_id", Kind.ID, empty=True),
        Column("group_id", Kind.ID, empty=True),
        Column("service_month", Kind.MONTH),
        Column("amount", Kind.MONEY),
        Column("recorded_on", Kind.DATE),
    ),
    key=("cost_id",),
    recorded="recorded_on",
)
ADVANCE_INVOICES = Table(
    "advance_invoices",
    (
        Column("invoice_id", Kind.ID),
        Column("municipality", Kind.MUNICIPALITY),
        Column("service", Kind.SERVICE),
        Column("period", Kind.PERIOD),
        Column("amount", Kind.MONEY),
        Column("invoiced_on", Kind.DATE),
        _optional("kind", Kind.INVOICE_KIND),
        _optional("credits_invoice_id", Kind.ID),
    ),
    key=("invoice_id", "service"),
    recorded="invoiced_on",
)
BUDGETS = Table(
    "budgets",
    (
        Column("year", Kind.YEAR),
        Column("municipality", Kind.MUNICIPALITY),
        Column("service", Kind.SERVICE),
        Column("amount", Kind.MONEY),
        _optional("recorded_on", Kind.DATE),
    ),
    key=("year", "municipality", "service"),
    recorded="recorded_on",
)
TABLES = (SERVICE_PERIODS, RESIDENCES, COSTS, ADVANCE_INVOICES, BUDGETS)
