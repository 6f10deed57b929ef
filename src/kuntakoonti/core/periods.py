"""Months, quarters and years as text (``2025-08``, ``2025-Q3``, ``2025``), and their days.

Ranges of days are half-open inside: ``first_day`` belongs, ``day_after`` does not.
"""

import re
from datetime import date, datetime, timedelta

from kuntakoonti.core.errors import UsageError

END_OF_TIME = date(9999, 12, 31)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    """Whether the text is a month such as ``2025-08``, of the years 1000–2999."""
    return bool(_MONTH.fullmatch(text))


def as_date(text: str, what: str) -> date:
    """A day written as ``2025-09-15`` and in no other way; UsageError says what to write."""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise UsageError("{option}: write the date as 2025-09-15.", option=what) from None


def as_time(text: str, what: str) -> datetime:
    """A time written as ``2025-10-02T14:30``, of this place; UsageError says what to write."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").astimezone()
    except (ValueError, OverflowError):
        raise UsageError("{option}: write the time as 2025-10-02T14:30.", option=what) from None


def month_of(day: date) -> str:
    """The month a day is in."""
    return f"{day:%Y-%m}"


def add_months(month: str, number: int) -> str:
    """The month so many months later (earlier if negative)."""
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + number
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def months_between(first: str, last: str) -> tuple[str, ...]:
    """All months from first to last, both included; empty if last is before first."""
    found = []
    while first <= last:
        found.append(first)
        first = add_months(first, 1)
    return tuple(found)


def quarter_of(month: str) -> str:
    """The quarter a month is in."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def year_of(period: str) -> str:
    """The year a period is in."""
    return period[:4]


def months_of(period: str) -> tuple[str, ...]:
    """The months of a month, quarter or year."""
    if "Q" in period:
        first = f"{period[:4]}-{int(period[6]) * 3 - 2:02d}"
        return months_between(first, add_months(first, 2))
    if is_month(period):
        return (period,)
    return months_between(f"{period}-01", f"{period}-12")


def first_day(period: str) -> date:
    """The first day of a period."""
    return date.fromisoformat(f"{months_of(period)[0]}-01")


def day_after(period: str) -> date:
    """The first day after a period."""
    return date.fromisoformat(f"{add_months(months_of(period)[-1], 1)}-01")


def last_day(period: str) -> date:
    """The last day of a period."""
    return day_after(period) - timedelta(days=1)
