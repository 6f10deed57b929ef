"""Distinct clients per municipality × service × month, quarter and year, as of the extraction date."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import duckdb
import pandas as pd

from kuntakoonti.core.periods import day_after, first_day, months_between, quarter_of, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.sql import member_rows, service_rows, sql_text, sql_values
from kuntakoonti.restricted.intake.warehouse import arrow, row

OUTSIDE = "outside"


@dataclass(frozen=True)
class Counts:
    """``frame``: municipality (or ``outside``), service (or ``any``), period, clients ≥ 1.

    A row that is missing is a count of zero. ``last_month`` is the month of the release: later
    months are not in any period.
    """

    frame: pd.DataFrame
    as_of: date
    last_month: str

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], int]:
        f = self.frame
        keys = zip(f["municipality"], f["service"], f["period"], strict=True)
        return dict(zip(keys, (int(n) for n in f["clients"]), strict=True))

    def of(self, municipality: str, service: str, period: str) -> int:
        """Distinct clients; zero if there were none."""
        return self._known.get((municipality, service, period), 0)


def make_client_months(
    warehouse: duckdb.DuckDBPyConnection,
    parameters: Parameters,
    months: tuple[str, ...],
    as_of: date,
) -> None:
    """Create the table ``client_months`` of the warehouse for the given months."""
    begins, rule = parameters.area.valid_from, parameters.rules.residence_day
    text = sql_text("client_months.sql").format(
        calendar=sql_values(
            (m, first_day(m), day_after(m), rule.at(max(first_day(m), begins))) for m in months
        ),
        services=sql_values(service_rows(parameters.services)),
        members=sql_values(member_rows(parameters.area)),
        as_of=as_of.isoformat(),
    )
    warehouse.execute(f"CREATE OR REPLACE TABLE client_months AS {text}")


def count(warehouse: duckdb.DuckDBPyConnection, last_month: str, as_of: date) -> Counts:
    """Count the warehouse's ``client_months`` from January of the year before ``last_month``'s."""
    months = counted_months(last_month)
    calendar = sql_values((m, quarter_of(m), year_of(m)) for m in months)
    text = sql_text("counts.sql").format(calendar=calendar, last_month=last_month)
    return Counts(arrow(warehouse, text).to_pandas(), as_of, last_month)


def counted_months(last_month: str) -> tuple[str, ...]:
    """The months that a release counts: last year's and this year's up to its own."""
    return months_between(f"{int(last_month[:4]) - 1}-01", last_month)


def warehouse_months(warehouse: duckdb.DuckDBPyConnection, last_month: str) -> tuple[str, ...]:
    """The counted months and every month that a cost is for, so that no cost lacks its month."""
    text = "SELECT MIN(service_month), MAX(service_month) FROM costs"
    first, last = row(warehouse, text)
    months = counted_months(last_month)
    return months_between(min(first or months[0], months[0]), max(last or last_month, last_month))
