"""The keys by which common services are shared: who needs a value, which there is, which is missing.

``population`` ships with the program (Statistics Finland); a year for which the table has values of it
uses those alone. ``equal`` is 1 for every member. Values are whole hundredths.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from kuntakoonti.core.errors import Severity
from kuntakoonti.core.periods import END_OF_TIME, day_after, first_day, month_of, year_of
from kuntakoonti.parameters.area import Member
from kuntakoonti.parameters.municipalities import municipalities
from kuntakoonti.parameters.sharing import EQUAL, POPULATION, SharedService
from kuntakoonti.restricted.intake.cells import Known
from kuntakoonti.restricted.intake.contract import KEYS
from kuntakoonti.restricted.intake.numbers import Finding
from kuntakoonti.restricted.intake.warehouse import literal, rows


@dataclass(frozen=True)
class KeyValues:
    """``given``: (key, year, municipality) → hundredths, of the table."""

    given: Mapping[tuple[str, str, str], int]

    def value(self, key: str, year: str, code: str) -> int | None:
        """A member's value in hundredths; None where there is none."""
        if key == EQUAL:
            return 100
        if key == POPULATION and not self._has(key, year):
            known = municipalities().get(code)
            return known.population * 100 if known else None
        return self.given.get((key, year, code))

    def is_shipped(self, key: str, year: str) -> bool:
        """Whether it is the population that the program brings."""
        return key == POPULATION and not self._has(key, year)

    def _has(self, key: str, year: str) -> bool:
        return any(k == key and y == year for k, y, _ in self.given)


def members_in(members: Iterable[Member], month: str) -> tuple[str, ...]:
    """The codes of those who are members on a day of a month, in order."""
    first, after = first_day(month), day_after(month)
    return tuple(sorted(
        m.code for m in members if m.valid_from < after and (m.valid_to or END_OF_TIME) >= first
    ))  # fmt: skip


def shared_sql(shared: Iterable[SharedService], month: str) -> str:
    """The condition that a row's ``service`` is shared by a key in its month."""
    said = (
        f"(service = {literal(s.name)} AND {month} BETWEEN {literal(s.first)} AND {literal(s.last)})"
        for s in shared
    )
    return f"({' OR '.join(said) or 'FALSE'})"


def keyed_sql(shared: Iterable[SharedService]) -> str:
    """The names of the services that are never billed by causation, as a list of SQL."""
    names = [literal(s.name) for s in shared if (s.first, s.last) == ("0000-00", "9999-99")]
    return f"({', '.join(names) or 'NULL'})"


def key_findings(
    warehouse: duckdb.DuckDBPyConnection, known: Known, as_of: date | None
) -> Iterator[Finding]:
    """Members without a value of a key that is needed, and keys that come to zero: they stop."""
    if not known.shared:
        return
    given = rows(warehouse, "SELECT key, year, municipality, hundredths FROM newest_keys")
    values = KeyValues({(k, y, m): int(v) for k, y, m, v in given})
    found = dict[tuple[str, tuple[tuple[str, str], ...]], None]()
    for service, month in _needed(warehouse, known, as_of):
        for key in service.keys_of(month):
            found |= dict.fromkeys(_wrong((service.name, key, month), values, known))
    for kind, about in found:
        yield KEYS, "value", kind, Severity.STOP, [0], about


def _needed(
    warehouse: duckdb.DuckDBPyConnection, known: Known, as_of: date | None
) -> Iterator[tuple[SharedService, str]]:
    """The months of costs, and the last month of begun years that have a budget."""
    costs = rows(
        warehouse, "SELECT DISTINCT service, service_month FROM newest_costs ORDER BY 1, 2"
    )
    budgets = rows(warehouse, "SELECT DISTINCT service, year FROM newest_budgets ORDER BY 1, 2")
    now = month_of(as_of or date.today())
    months = [*costs, *((s, f"{y}-01" if y < now[:4] else now) for s, y in budgets if y <= now[:4])]
    for service in known.shared:
        yield from ((service, m) for name, m in months if name == service.name and service.holds(m))


def _wrong(
    of: tuple[str, str, str], values: KeyValues, known: Known
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """What is wrong with one key of one service in a month."""
    service, key, month = of
    year, members = year_of(month), members_in(known.membership, month)
    found = {code: values.value(key, year, code) for code in members}
    about = (("key", key), ("service", service))
    missing = [code for code, value in found.items() if value is None]
    for code in missing:
        yield "key_missing", (*about, ("municipality", code), ("year", year))
    if not missing and sum(v or 0 for v in found.values()) <= 0:
        yield "key_zero", (*about, ("month", month))
