"""The six input tables: their columns, and what each cell must look like."""

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
    NUMBER = "number"  # 15230 or 12,5; kept in hundredths
    FLAG = "flag"  # 1, 0 or empty
    INVOICE_KIND = "invoice_kind"  # invoice, credit, internal or empty


@dataclass(frozen=True)
class Column:
    """One column: what it ``means``; ``required`` columns must exist, ``empty`` cells are allowed."""

    name: str
    kind: Kind
    means: str
    required: bool = True
    empty: bool = False


@dataclass(frozen=True)
class Table:
    """One table: ``key`` columns and ``recorded`` name a revision (two rows alike in both stop).

    An ``optional`` table without a file has no rows.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    recorded: str
    optional: bool = False


def _optional(name: str, kind: Kind, means: str) -> Column:
    return Column(name, kind, means, required=False, empty=True)


SERVICE_PERIODS = Table(
    "service_periods",
    (
        Column(
            "record_id",
            Kind.ID,
            "the record; a later row with the same id replaces the earlier from its `recorded_on`",
        ),
        Column("client_id", Kind.ID, "a pseudonym"),
        Column("service", Kind.SERVICE, "a service of `services.yml`"),
        Column("start_date", Kind.DATE, "the first day"),
        Column("end_date", Kind.DATE, "the last day; empty while it goes on", empty=True),
        Column("recorded_on", Kind.DATE, "the day it became known"),
        _optional("removed", Kind.FLAG, "1 withdraws the record"),
        _optional("group_id", Kind.ID, "the course group of integration training"),
    ),
    key=("record_id",),
    recorded="recorded_on",
)
RESIDENCES = Table(
    "residences",
    (
        Column(
            "client_id",
            Kind.ID,
            "a pseudonym; a later row of the same client and `valid_from` replaces the earlier",
        ),
        Column(
            "municipality",
            Kind.MUNICIPALITY,
            "any municipality of the country; `999` or empty for abroad or unknown",
            empty=True,
        ),
        Column("valid_from", Kind.DATE, "the first day"),
        Column("valid_to", Kind.DATE, "the last day; empty while it lasts", empty=True),
        Column("recorded_on", Kind.DATE, "the day it became known"),
        _optional("removed", Kind.FLAG, "1 withdraws the stay"),
    ),
    key=("client_id", "valid_from"),
    recorded="recorded_on",
)
COSTS = Table(
    "costs",
    (
        Column("cost_id", Kind.ID, "the posting; replaced like a record"),
        Column("service", Kind.SERVICE, "a service of `services.yml`"),
        Column(
            "client_id",
            Kind.ID,
            "exactly one of `client_id` and `group_id`; neither where the service is shared by a key",
            empty=True,
        ),
        Column("group_id", Kind.ID, "see `client_id`", empty=True),
        Column("service_month", Kind.MONTH, "the month it is for, `2025-08`"),
        Column("amount", Kind.MONEY, "euros; negative for a correction or recovery"),
        Column("recorded_on", Kind.DATE, "the day it became known"),
        _optional("removed", Kind.FLAG, "1 withdraws the posting"),
    ),
    key=("cost_id",),
    recorded="recorded_on",
)
ADVANCE_INVOICES = Table(
    "advance_invoices",
    (
        Column("invoice_id", Kind.ID, "the invoice; one row per invoice, service and period"),
        Column("municipality", Kind.MUNICIPALITY, "to whom"),
        Column("service", Kind.SERVICE, "a service of `services.yml`"),
        Column("period", Kind.PERIOD, "`2025-08`, `2025-Q3` or `2025`"),
        Column("amount", Kind.MONEY, "euros; negative if `kind` is `credit`"),
        Column("invoiced_on", Kind.DATE, "the date of the invoice"),
        _optional(
            "kind",
            Kind.INVOICE_KIND,
            "`invoice` (default), `credit`, or `internal` (the host's own charge)",
        ),
        _optional("credits_invoice_id", Kind.ID, "the invoice that a credit credits"),
        _optional("removed", Kind.FLAG, "1 withdraws the row"),
    ),
    key=("invoice_id", "service", "period"),
    recorded="invoiced_on",
)
BUDGETS = Table(
    "budgets",
    (
        Column("year", Kind.YEAR, "`2025`"),
        Column("municipality", Kind.MUNICIPALITY, "whose"),
        Column("service", Kind.SERVICE, "a service of `services.yml`"),
        Column("amount", Kind.MONEY, "euros of the year"),
        _optional("recorded_on", Kind.DATE, "the day it became known; empty: always known"),
        _optional("removed", Kind.FLAG, "1 withdraws the budget"),
    ),
    key=("year", "municipality", "service"),
    recorded="recorded_on",
)
KEYS = Table(
    "keys",
    (
        Column("key", Kind.ID, "a key of `services.yml`, such as `jobseekers`"),
        Column("year", Kind.YEAR, "the year whose costs are shared by it"),
        Column("municipality", Kind.MUNICIPALITY, "whose"),
        Column("value", Kind.NUMBER, "at least 0, at most two decimals"),
        _optional("recorded_on", Kind.DATE, "the day it became known; empty: always known"),
        _optional("removed", Kind.FLAG, "1 withdraws the value"),
    ),
    key=("key", "year", "municipality"),
    recorded="recorded_on",
    optional=True,
)
TABLES = (SERVICE_PERIODS, RESIDENCES, COSTS, ADVANCE_INVOICES, BUDGETS, KEYS)
