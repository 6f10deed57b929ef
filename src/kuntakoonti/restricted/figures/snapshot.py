"""What every count reads, made once in the warehouse: the records as known, and the parameters.

The SQL texts read these tables by name and hold no value of their own, so that they run unchanged
wherever temporary tables can be made: `intake.revisions`' and

- ``calendar``: month, quarter, year, first_day, day_after, last_day, residence_rule (the residence
  day in force); ``is_counted``: client-months are placed by residence; ``in_release``: in a period
  of the release.
- ``services``: service, counted_as, and the half-open days on which it is offered.
- ``members``: code, the member it is credited to, and on which half-open days.
- ``key_services``: service, first_month, last_month while it is shared by a key; ``shared_costs``: the
  newest costs of such services, which ``newest_costs`` does not hold.
- ``client_months``: who was in which service in which month, and whose client-month it is.
"""

from collections.abc import Iterator
from datetime import date

import duckdb

from kuntakoonti.core.periods import (
    day_after,
    first_day,
    last_day,
    months_between,
    quarter_of,
    year_of,
)
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.sql import (
    Value,
    member_rows,
    service_rows,
    sql_rows,
    sql_text,
)
from kuntakoonti.restricted.intake.revisions import make_revisions, make_table
from kuntakoonti.restricted.intake.warehouse import row

_CALENDAR = (
    "month", "quarter", "year", "first_day", "day_after", "last_day", "residence_rule",
    "is_counted", "in_release",
)  # fmt: skip
_RANGE = ("first_day", "day_after")


def take_snapshot(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, last_month: str, as_of: date
) -> None:
    """Make all tables for a release's month, as known at the extraction date."""
    make_revisions(warehouse, as_of)
    _set_shared_aside(warehouse, parameters)
    tables = {
        "calendar": sql_rows(_CALENDAR, _calendar(warehouse, parameters, last_month)),
        "services": sql_rows(("service", "counted_as", *_RANGE), service_rows(parameters.services)),
        "members": sql_rows(("code", "member", *_RANGE), member_rows(parameters.area)),
        "client_months": sql_text("client_months.sql"),
    }
    for name, query in tables.items():
        make_table(warehouse, name, query)


def _set_shared_aside(warehouse: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """What follows a key is taken from what follows persons, before anything is counted."""
    ranges = ((s.name, s.first, s.last) for s in parameters.shared)
    named = [*ranges] or [("", "", "")]
    query = sql_rows(("service", "first_month", "last_month"), named)
    make_table(warehouse, "key_services", f"{query} WHERE service <> ''")
    follows_key = (
        "EXISTS (SELECT 1 FROM key_services k WHERE k.service = newest_costs.service"
        " AND newest_costs.service_month BETWEEN k.first_month AND k.last_month)"
    )
    make_table(warehouse, "shared_costs", f"SELECT * FROM newest_costs WHERE {follows_key}")
    if parameters.shared:
        warehouse.execute(f"DELETE FROM newest_costs WHERE {follows_key}")


def release_months(last_month: str) -> tuple[str, ...]:
    """The months that a release counts: last year's and this year's up to its own."""
    return months_between(f"{int(last_month[:4]) - 1}-01", last_month)


def _calendar(
    warehouse: duckdb.DuckDBPyConnection, parameters: Parameters, last_month: str
) -> Iterator[tuple[Value, ...]]:
    """From the first month that is counted or costs something to December of the release's year.

    Counted are the release's months and all months of costs, so that no cost lacks its month.
    """
    begins, rule = parameters.area.valid_from, parameters.rules.residence_day
    release = release_months(last_month)
    first, last = row(warehouse, "SELECT MIN(service_month), MAX(service_month) FROM costs")
    first, last = min(first or release[0], release[0]), max(last or last_month, last_month)
    for m in months_between(first, max(last, f"{year_of(last_month)}-12")):
        days = (first_day(m), day_after(m), last_day(m))
        residence_rule = rule.at(max(first_day(m), begins))
        yield m, quarter_of(m), year_of(m), *days, residence_rule, m <= last, m in release
