"""SQL texts, and the parameters as rows of SQL: services, and members with their successors."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from importlib.resources import files

from kuntakoonti.core.periods import END_OF_TIME
from kuntakoonti.parameters.area import Area
from kuntakoonti.parameters.rules import Services
from kuntakoonti.restricted.intake.warehouse import literal

Value = str | date | bool


def sql_text(name: str, room: str = "figures") -> str:
    """An SQL text of a room of `restricted`; it reads the tables of `figures.snapshot` by name."""
    return files("kuntakoonti.restricted").joinpath(room, name).read_text(encoding="utf-8")


def sql_rows(columns: tuple[str, ...], rows: Iterable[tuple[Value, ...]]) -> str:
    """A query of rows of dates, flags and text that was checked when the parameters were read."""
    values = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
    return f"SELECT * FROM (VALUES {values}) AS given({', '.join(columns)})"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return literal(value)


def service_rows(services: Services) -> Iterator[tuple[str, str, date, date]]:
    """Service, the service it is counted in, and the half-open range of days it is offered on."""
    for service in services.services:
        if service.counted_as:
            yield service.name, service.counted_as, service.valid_from, _open_end(service.valid_to)


def member_rows(area: Area) -> Iterator[tuple[str, str, date, date]]:
    """Code, the member it is credited to, and when: itself, then its successors, half-open."""
    for member in area.members:
        heir, begins = member, member.valid_from
        yield member.code, heir.code, begins, _open_end(heir.valid_to)
        while heir.successor and heir.valid_to and begins <= heir.valid_to:
            begins = heir.valid_to + timedelta(days=1)
            heir = area.member(heir.successor)
            yield member.code, heir.code, max(begins, heir.valid_from), _open_end(heir.valid_to)


def _open_end(valid_to: date | None) -> date:
    return END_OF_TIME if valid_to is None else valid_to + timedelta(days=1)
