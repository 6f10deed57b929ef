"""A small drawn world: a few rows per table in the contract's columns, loaded by the intake.

A row is made by the function of its table; what a case is not about has a default. Days are
``2025-08-14`` as text, money is euros as text, and ids are made of what the row says.
"""

import csv
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from hypothesis import strategies as st
from worlds.places import PROJECT

from kuntakoonti.parameters.area import Area
from kuntakoonti.parameters.municipalities import municipality_codes
from kuntakoonti.parameters.rules import Parameters, Rules, Services, load_parameters
from kuntakoonti.restricted.figures.costs import Costs, allocate
from kuntakoonti.restricted.figures.counts import Counts, count
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.intake import Known, load
from kuntakoonti.restricted.intake.contract import TABLES

PARAMETERS = load_parameters(PROJECT / "parameters")
COLUMNS = {table.name: [column.name for column in table.columns] for table in TABLES}


class Row(NamedTuple):
    """One row of one table; a column that is not named is empty."""

    table: str
    cells: dict[str, str]


def period(
    client: str,
    start: str,
    end: str = "",
    service: str = "palkkatuki",
    record: str = "",
    recorded: str = "",
    removed: str = "",
    group: str = "",
) -> Row:
    """A period in a service, recorded on its first day."""
    cells = {
        "record_id": record or f"P-{client}-{service}-{start}",
        "client_id": client,
        "service": service,
        "start_date": start,
        "end_date": end,
        "recorded_on": recorded or start,
        "removed": removed,
        "group_id": group,
    }
    return Row("service_periods", cells)


def home(
    client: str,
    municipality: str = "297",
    since: str = "2020-01-01",
    until: str = "",
    recorded: str = "2020-01-01",
    removed: str = "",
) -> Row:
    """A residence, known since 2020."""
    cells = {
        "client_id": client,
        "municipality": municipality,
        "valid_from": since,
        "valid_to": until,
        "recorded_on": recorded,
        "removed": removed,
    }
    return Row("residences", cells)


def cost(
    amount: str,
    client: str = "",
    group: str = "",
    month: str = "2025-03",
    service: str = "palkkatuki",
    cost: str = "",
    recorded: str = "",
    removed: str = "",
) -> Row:
    """A cost of a client or of a group, recorded on the first day of its month."""
    cells = {
        "cost_id": cost or f"K-{client}{group}-{service}-{month}",
        "service": service,
        "client_id": client,
        "group_id": group,
        "service_month": month,
        "amount": amount,
        "recorded_on": recorded or f"{month}-01",
        "removed": removed,
    }
    return Row("costs", cells)


def invoice(
    municipality: str,
    amount: str,
    period: str = "2025-01",
    service: str = "palkkatuki",
    invoice: str = "",
    on: str = "2025-01-10",
    kind: str = "",
    credits: str = "",
) -> Row:
    """An advance invoice of January 2025."""
    cells = {
        "invoice_id": invoice or f"L-{municipality}-{period}",
        "municipality": municipality,
        "service": service,
        "period": period,
        "amount": amount,
        "invoiced_on": on,
        "kind": kind,
        "credits_invoice_id": credits,
    }
    return Row("advance_invoices", cells)


def budget(
    municipality: str,
    amount: str,
    service: str = "palkkatuki",
    year: str = "2025",
    recorded: str = "2024-11-20",
) -> Row:
    """A budget of 2025, set in the November before."""
    cells = {
        "year": year,
        "municipality": municipality,
        "service": service,
        "amount": amount,
        "recorded_on": recorded,
    }
    return Row("budgets", cells)


def key(name: str, municipality: str, value: str, year: str = "2025", recorded: str = "") -> Row:
    """A value of a key by which common services are shared, known always."""
    cells = {"key": name, "year": year, "municipality": municipality, "value": value}
    return Row("keys", cells | {"recorded_on": recorded})


def load_rows(
    folder: Path, rows: Iterable[Row], parameters: Parameters = PARAMETERS
) -> duckdb.DuckDBPyConnection:
    """The warehouse of these rows, in this order; a row that stops the run is the test's mistake."""
    by_table: dict[str, list[Row]] = {table.name: [] for table in TABLES}
    for row in rows:
        by_table[row.table].append(row)
    for name, mine in by_table.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], restval="", delimiter=";")
            writer.writeheader()
            writer.writerows(row.cells for row in mine)
    return load_folder(folder, parameters)


def load_folder(folder: Path, parameters: Parameters = PARAMETERS) -> duckdb.DuckDBPyConnection:
    """The warehouse of a folder."""
    known = Known(
        services=frozenset(s.name for s in (*parameters.services.services, *parameters.shared)),
        municipalities=municipality_codes(),
        members=frozenset(m.code for m in parameters.area.members),
        shared=parameters.shared,
        membership=parameters.area.members,
    )
    intake = load(folder, known)
    assert not intake.stops, intake.stops
    return intake.warehouse


class World:
    """Drawn rows, loaded once and looked at on any extraction date (default: end of 2026)."""

    def __init__(
        self, folder: Path, rows: Iterable[Row], parameters: Parameters = PARAMETERS
    ) -> None:
        self.parameters = parameters
        self.warehouse = load_rows(folder, rows, parameters)

    def counts(self, last_month: str = "2025-12", as_of: str = "2026-12-31") -> Counts:
        """The counts of a release."""
        self._snapshot(last_month, as_of)
        return count(self.warehouse, last_month, date.fromisoformat(as_of))

    def costs(self, last_month: str = "2025-12", as_of: str = "2026-12-31") -> Costs:
        """The allocated costs of a release."""
        self._snapshot(last_month, as_of)
        return allocate(self.warehouse)

    def _snapshot(self, last_month: str, as_of: str) -> None:
        day = date.fromisoformat(as_of)
        take_snapshot(self.warehouse, self.parameters, last_month, day)


def with_rule(name: str, *values: tuple[str, Any], base: Parameters = PARAMETERS) -> Parameters:
    """The parameters with other values (valid from, value) of one rule."""
    content = base.rules.model_dump()
    content[name]["values"] = [{"valid_from": day, "value": value} for day, value in values]
    return replace(base, rules=Rules.model_validate(content))


def with_service(name: str, base: Parameters = PARAMETERS, **changes: Any) -> Parameters:
    """The parameters with a service changed."""
    content = base.services.model_dump()
    for service in content["services"]:
        service.update(changes if service["name"] == name else {})
    return replace(base, services=Services.model_validate(content))


def with_member(code: str, base: Parameters = PARAMETERS, **changes: Any) -> Parameters:
    """The parameters with a member changed."""
    content = base.area.model_dump()
    for member in content["members"]:
        member.update(changes if member["code"] == code else {})
    return replace(base, area=Area.model_validate(content))


MERGED = with_member("857", valid_to="2025-03-31", successor="297")
VARIANTS = {
    "as committed": PARAMETERS,
    "residence on the month's last day": with_rule(
        "residence_day", ("2025-01-01", "month_last_day")
    ),
    "residence rule changes": with_rule(
        "residence_day", ("2025-01-01", "month_first_day"), ("2025-04-01", "last_service_day")
    ),
    "merged and joined": with_member("749", valid_from="2025-02-15", base=MERGED),
    "own": with_service("tyollistamistuki_55", counts_as="own"),
    "excluded": with_service("tyollistamistuki_55", counts_as="excluded"),
    "a service ends": with_service("palkkatuki", valid_to="2025-03-15"),
}
_DAYS = [f"2025-{m:02d}-{d}" for m in range(1, 7) for d in ("01", "02", "15", "27", "28")]
_DAYS = ["2024-12-31", *_DAYS, "2025-01-31", "2025-03-31", "2025-04-30", "2025-05-31"]
_ENDS = st.integers(0, 70).map(timedelta)


def _end(start: str, length: timedelta | None) -> str:
    return "" if length is None else str(date.fromisoformat(start) + length)


def _texts(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


@st.composite
def _periods(draw: st.DrawFn) -> Row:
    start = draw(st.sampled_from(_DAYS))
    group = draw(_texts("", "G", "G", "H"))
    service = draw(_texts("palkkatuki", "tyollistamistuki_55", "kotoutumiskoulutus"))
    return period(
        draw(_texts("A", "B", "C", "D")),
        start,
        _end(start, draw(st.none() | _ENDS)),
        "kotoutumiskoulutus" if group == "G" else service,
        record=draw(st.integers(1, 9).map("P{}".format)),
        recorded=draw(_recorded()),
        removed=draw(_texts("", "", "", "0", "0", "1")),
        group=group,
    )


def _recorded() -> st.SearchStrategy[str]:
    """Half of the rows are known from the beginning."""
    return st.just("2024-12-31") | st.sampled_from(_DAYS)


@st.composite
def _homes(draw: st.DrawFn) -> list[Row]:
    """A home of each client; moves, corrections, withdrawals and gaps; no two of one revision."""
    codes = _texts("297", "749", "857", "297", "749", "857", "091", "999", "")
    found = [home(client, draw(codes)) for client in "ABC"]
    for _ in range(draw(st.integers(0, 6))):
        client, since = draw(_texts("A", "B", "C", "D")), draw(st.sampled_from(_DAYS))
        since = draw(st.sampled_from(["2020-01-01", found[-1].cells["valid_from"], since]))
        end = _end(max(since, "2024-12-31"), draw(st.none() | st.none() | _ENDS))
        removed = draw(_texts("", "", "", "1"))
        found.append(home(client, draw(codes), since, end, draw(_recorded()), removed))
    key = ("client_id", "valid_from", "recorded_on")
    return list({tuple(row.cells[name] for name in key): row for row in found}.values())


@st.composite
def _costs(draw: st.DrawFn) -> Row:
    cents = draw(st.integers(-100_000, 1_000_000) | st.integers(-7, 7))
    of_group, group = draw(st.booleans()), draw(_texts("G", "G", "G", "H", "I"))
    service = draw(_texts("palkkatuki", "tyollistamistuki_55", "kotoutumiskoulutus"))
    return cost(
        f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}",
        "" if of_group else draw(_texts("A", "B", "C", "E")),
        group if of_group else "",
        draw(_texts("2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-08", "2023-11")),
        "kotoutumiskoulutus" if of_group and group == "G" else service,
        draw(st.integers(1, 9).map("K{}".format)),
        draw(_recorded()),
        draw(_texts("", "", "", "1")),
    )


def _different(rows: st.SearchStrategy[Row], key: str, size: int) -> st.SearchStrategy[list[Row]]:
    """Rows of which no two are of the same id and day: those would stop a run."""
    return st.lists(
        rows,
        min_size=size // 2,
        max_size=size,
        unique_by=lambda r: (r.cells[key], r.cells["recorded_on"]),
    )


def any_rows() -> st.SearchStrategy[list[Row]]:
    """Random small worlds: revisions, overlaps, moves and gaps, in any order."""
    parts = (
        _different(_periods(), "record_id", 12),
        _homes(),
        _different(_costs(), "cost_id", 12),
    )
    return st.tuples(*parts).map(lambda found: _one_thing([r for rows in found for r in rows]))


def _one_thing(rows: list[Row]) -> list[Row]:
    """A number stands for one thing: its revisions keep client, group, service and month."""
    kept = ("client_id", "group_id", "service", "service_month")
    first: dict[str, Row] = {}
    found = []
    for row in rows:
        number = row.cells.get("record_id") or row.cells.get("cost_id") or ""
        same = first.setdefault(number, row) if number else row
        cells = row.cells | {name: same.cells[name] for name in kept if name in row.cells}
        found.append(Row(row.table, cells))
    return found


def any_parameters() -> st.SearchStrategy[Parameters]:
    """One of the variants of the parameters."""
    return st.sampled_from(sorted(VARIANTS)).map(VARIANTS.__getitem__)


def any_day() -> st.SearchStrategy[str]:
    """An extraction date; half of the time all is known."""
    return st.just("2025-12-31") | st.sampled_from(_DAYS)


def cells_of(rows: Iterable[Row]) -> dict[str, list[dict[str, str]]]:
    """The cells of rows by table, as a reader of the files would see them."""
    found: dict[str, list[dict[str, str]]] = {name: [] for name in COLUMNS}
    for row in rows:
        found[row.table].append(row.cells)
    return found


def read_cells(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The cells of a folder's CSV files by table; none of an optional table that is not there."""
    found: dict[str, list[dict[str, str]]] = {name: [] for name in COLUMNS}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found[path.stem] = list(csv.DictReader(file, delimiter=";"))
    return found
