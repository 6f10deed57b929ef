"""The parameters as SQL: calendar, services and members as VALUES, and the SQL texts themselves."""

from collections.abc import Iterable
from datetime import date, timedelta
from importlib.resources import files

from kuntakoonti.calendar import END_OF_TIME
from kuntakoonti.rules import Area, Services


def sql_text(name: str) -> str:
    return files("kuntakoonti.figures").joinpath(name).read_text(encoding="utf-8")


def sql_values(rows: Iterable[tuple[str | date | None, ...]]) -> str:
    """SQL VALUES rows of dates and of text that was checked when the parameters were read."""
    return ", ".join("(" + ", ".join(_literal(v) for v in row) + ")" for row in rows)


def _literal(value: str | date | None) -> str:
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"


def service_rows(services: Services) -> Iterable[tuple[str | date | None, ...]]:
    for service in services.services:
        if service.counted_as:
            end = _open_end(service.valid_to)
            yield service.name, service.counted_as, service.valid_from, end


def member_rows(area: Area) -> Iterable[tuple[str | date | None, ...]]:
    """Which member a code is credited to, and when: itself, then its successors."""
    for member in area.members:
        yield member.code, member.code, member.valid_from, _open_end(member.valid_to)
        heir = member
        while heir.successor and heir.valid_to:
            begins = heir.valid_to + timedelta(days=1)
            heir = area.member(heir.successor)
            yield member.code, heir.code, begins, _open_end(heir.valid_to)


def _open_end(valid_to: date | None) -> date:
    return END_OF_TIME if valid_to is None else valid_to + timedelta(days=1)


