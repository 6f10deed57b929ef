"""Costs of services shared by a key: one allocation per service and month, to the cent.

Nobody stands behind such a cost: it has neither client nor group, and its figures are exact and
public. The year's key in force at the year's closing date shares all of its months.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import lcm

import duckdb

from kuntakoonti.core.errors import KuntakoontiError, UsageError
from kuntakoonti.core.periods import year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.parameters.sharing import SharedService
from kuntakoonti.restricted.figures.remainder import by_largest_remainder
from kuntakoonti.restricted.figures.sql import sql_text
from kuntakoonti.restricted.intake.keys import KeyValues, members_in
from kuntakoonti.restricted.intake.warehouse import arrow, rows

Place = tuple[str, str]  # service, month


@dataclass(frozen=True)
class SharedCosts:
    """``cents``: (municipality, service, month) → cents; ``source``: (service, month) → cents.

    ``shares``: (service, month) → municipality → its share, of the months of costs and of those that
    were asked for; ``values``: year → the keys as they were known for it.
    """

    cents: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    source: Mapping[Place, int] = field(default_factory=dict)
    shares: Mapping[Place, Mapping[str, Fraction]] = field(default_factory=dict)
    values: Mapping[str, KeyValues] = field(default_factory=dict)

    def of(self, municipality: str, service: str, year: str) -> int:
        """A member's cost of a year."""
        return sum(
            cents
            for (code, name, month), cents in self.cents.items()
            if (code, name, year_of(month)) == (municipality, service, year)
        )

    def by_year(self) -> dict[str, dict[str, dict[str, int]]]:
        """Year → municipality → service → cents."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for (code, service, month), cents in sorted(self.cents.items()):
            mine = found.setdefault(year_of(month), {}).setdefault(code, {})
            mine[service] = mine.get(service, 0) + cents
        return found

    def last_month(self, service: str, year: str, until: str) -> str:
        """The last month of a year, at the latest ``until``, that cost something; empty if none did."""
        months = (m for s, m in self.source if s == service and year_of(m) == year and m <= until)
        return max(months, default="")


def shares_of(
    service: SharedService, month: str, codes: Iterable[str], values: KeyValues
) -> dict[str, Fraction]:
    """Each member's share of a service's month: its weighted shares of the keys, which sum to 1.

    Empty where a value is missing or a key comes to zero.
    """
    codes, found = tuple(codes), dict[str, Fraction]()
    for key, weight in service.key_at(month).weights:
        known = {code: values.value(key, year_of(month), code) for code in codes}
        total = sum(value or 0 for value in known.values())
        if total <= 0 or None in known.values():
            return {}
        for code, value in known.items():
            found[code] = found.get(code, Fraction(0)) + Fraction(weight) * Fraction(
                value or 0, total
            )
    return found


def whole_weights(shares: Mapping[str, Fraction]) -> dict[str, int]:
    """The same proportions in whole numbers."""
    common = lcm(*(share.denominator for share in shares.values()))
    return {code: int(share * common) for code, share in shares.items()}


def share_costs(
    warehouse: duckdb.DuckDBPyConnection,
    parameters: Parameters,
    closing: Callable[[str], date | None],
    asked: Iterable[str] = (),
) -> SharedCosts:
    """Share every cost of a snapshot that has no client; raises if the books do not balance.

    ``closing`` says from which day on a year's keys stay as they are; ``asked``: months whose shares
    are wanted though they may have no costs.
    """
    if not parameters.shared:
        return SharedCosts()
    source = dict(_source(warehouse))
    months = {m for _, m in source} | set(asked)
    values = {y: _known_keys(warehouse, closing(y)) for y in {year_of(m) for m in months}}
    shares = dict(_shares(parameters, sorted(months), values))
    cents = dict(_shared(warehouse, shares))
    found = SharedCosts(cents, source, shares, values)
    _refuse_imbalance(found)
    return found


def _source(warehouse: duckdb.DuckDBPyConnection) -> Iterator[tuple[Place, int]]:
    """What the books must come to: service, month and cents."""
    for row in arrow(warehouse, sql_text("source_costs.sql")).to_pylist():
        if row["by_key"]:
            yield (row["service"], row["month"]), int(row["source_cents"])


def _known_keys(warehouse: duckdb.DuckDBPyConnection, day: date | None) -> KeyValues:
    """The keys as they were known on a day, at the latest the extraction date."""
    until = f"DATE '{day.isoformat()}'" if day else "DATE '9999-12-31'"
    text = (
        "SELECT key, year, municipality, hundredths FROM keys_versions WHERE NOT removed"
        f" AND since <= {until} AND (until IS NULL OR until > {until})"
    )
    return KeyValues({(k, y, m): int(v) for k, y, m, v in rows(warehouse, text)})


def _shares(
    parameters: Parameters, months: list[str], values: Mapping[str, KeyValues]
) -> Iterator[tuple[Place, dict[str, Fraction]]]:
    for service in parameters.shared:
        for month in months:
            if service.holds(month):
                members = members_in(parameters.area.members, month)
                found = shares_of(service, month, members, values[year_of(month)])
                if found:
                    yield (service.name, month), found


def _shared(
    warehouse: duckdb.DuckDBPyConnection, shares: Mapping[Place, Mapping[str, Fraction]]
) -> Iterator[tuple[tuple[str, str, str], int]]:
    """The costs of each service and month, shared once."""
    text = "SELECT service, service_month, SUM(cents) FROM shared_costs GROUP BY 1, 2 ORDER BY 1, 2"
    for service, month, cents in rows(warehouse, text):
        if (service, month) not in shares:
            raise UsageError(
                "The costs of service {service} in {month} have no key by which they are shared. Add "
                "its values to table keys.",
                service=service,
                month=month,
            )
        weights = whole_weights(dict(sorted(shares[service, month].items())))
        for code, part in by_largest_remainder(int(cents), weights).items():
            yield (code, service, month), part


def _refuse_imbalance(costs: SharedCosts) -> None:
    found = dict.fromkeys(costs.source, 0)
    for (_, service, month), cents in costs.cents.items():
        found[service, month] = found.get((service, month), 0) + cents
    if found != costs.source:
        raise KuntakoontiError(
            "The allocation of costs does not agree with the source to the cent, and the run "
            "stops. This is a fault of the program: tell its maintainers, and send no figures."
        )


_STEP = 10_000  # cents; a forecast is given to 100 €


def run_rate(costs: SharedCosts, own: int, place: tuple[str, str, str], until: str) -> int | None:
    """A member's recorded cost by the months that it is of, times its months of the year.

    ``own``: its months of the year that the service is offered in; ``place``: municipality, service
    and year. The months are those up to the last one with a cost. None without any.
    """
    code, service, year = place
    last = costs.last_month(service, year, until)
    if not last:
        return None
    months = [
        m for (s, m), by in costs.shares.items()
        if s == service and year_of(m) == year and m <= last and code in by
    ]  # fmt: skip
    if not months:
        return None
    recorded = sum(costs.cents.get((code, service, m), 0) for m in months)
    return _rounded(Fraction(recorded * own, len(months)))


def _rounded(cents: Fraction) -> int:
    return int((cents / _STEP + Fraction(1, 2)) // 1) * _STEP
