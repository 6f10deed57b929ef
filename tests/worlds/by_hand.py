"""The contract's sentences in slow, plain Python: a second opinion on the SQL, with no code of it.

Rows are the cells of the input as text, by table. Days are enumerated one by one and shares are
fractions, so that there is no arithmetic of ranges or of cents to get wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from kuntakoonti.parameters.rules import Parameters

Cells = dict[str, str]
Rows = dict[str, list[Cells]]
ClientMonths = dict[tuple[str, str, str], str]  # client, service, month → municipality


def day(text: str) -> date:
    """``2025-08-14`` or ``14.8.2025``."""
    if "." in text:
        number, month, year = text.split(".")
        return date(int(year), int(month), int(number))
    return date.fromisoformat(text)


def cents(text: str) -> int:
    """``-1234,50`` or ``1234.50`` or ``1234`` as cents."""
    return int(Fraction(text.replace(",", ".")) * 100)


def days_between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def month_of(a_day: date) -> str:
    return a_day.isoformat()[:7]


def last_of_month(month: str) -> date:
    inside = date.fromisoformat(f"{month}-28") + timedelta(days=4)
    return inside.replace(day=1) - timedelta(days=1)


def periods_of(month: str) -> tuple[str, str, str]:
    """The month, its quarter and its year."""
    return month, f"{month[:4]}-Q{'111222333444'[int(month[5:]) - 1]}", month[:4]


class ByHand:
    """What an area's rows say on an extraction date; nothing is looked at after ``horizon``."""

    def __init__(self, rows: Rows, parameters: Parameters, as_of: date, horizon: date) -> None:
        self.rows, self.parameters, self.as_of, self.horizon = rows, parameters, as_of, horizon
        self.homes = defaultdict[str, list[Cells]](list)
        for row in self.newest("residences", "client_id", "valid_from"):
            self.homes[row["client_id"]].append(row)
        self.attended = defaultdict[tuple[str, str, str], set[date]](set)
        self.in_group = defaultdict[tuple[str, str, str, str], set[date]](set)
        for row in self.newest("service_periods", "record_id"):
            self.attend(row)
        self.client_months: ClientMonths = {
            key: self.municipality(key[0], self.residence_day(key[2], max(days)))
            for key, days in self.attended.items()
        }

    def newest(self, table: str, *key: str) -> list[Cells]:
        """Only rows recorded by the date exist; of several revisions the newest counts."""
        found: dict[tuple[date | str, ...], Cells] = {}
        for row in self.rows[table]:
            number = tuple(day(row[name]) if name == "valid_from" else row[name] for name in key)
            before = found.get(number)
            recorded = day(row["recorded_on"])
            if recorded <= self.as_of and (not before or recorded >= day(before["recorded_on"])):
                found[number] = row
        return [row for row in found.values() if row.get("removed") != "1"]

    def counted_in(self, name: str) -> str | None:
        service = next(s for s in self.parameters.services.services if s.name == name)
        if service.counts_as == "excluded":
            return None
        return name if service.counts_as == "own" else service.counts_as

    def attend(self, row: Cells) -> None:
        """Note the days of one period on which its service was offered."""
        counted_in = self.counted_in(row["service"])
        service = next(s for s in self.parameters.services.services if s.name == row["service"])
        if counted_in is None:
            return
        last = min(day(row["end_date"] or "9999-12-30"), service.valid_to or date.max, self.horizon)
        for a_day in days_between(max(day(row["start_date"]), service.valid_from), last):
            self.attended[row["client_id"], counted_in, month_of(a_day)].add(a_day)
            if row["group_id"]:
                key = (row["group_id"], counted_in, month_of(a_day), row["client_id"])
                self.in_group[key].add(a_day)

    def residence_day(self, month: str, last_service_day: date) -> date:
        """The day of rule ``residence_day`` in force in that month."""
        begins = max(date.fromisoformat(f"{month}-01"), self.parameters.area.valid_from)
        values = self.parameters.rules.residence_day.values
        rule = max((v.valid_from, v.value) for v in values if v.valid_from <= begins)[1]
        if rule == "month_first_day":
            return date.fromisoformat(f"{month}-01")
        return last_of_month(month) if rule == "month_last_day" else last_service_day

    def municipality(self, client: str, a_day: date) -> str:
        """The member of residence on a day, or ``outside``."""
        covering = [
            (day(row["valid_from"]), day(row["recorded_on"]), -int(row["municipality"] or "999"))
            for row in self.homes[client]
            if day(row["valid_from"]) <= a_day <= day(row["valid_to"] or "9999-12-31")
        ]
        return self.credited(f"{-max(covering)[2]:03d}", a_day) if covering else "outside"

    def credited(self, code: str, a_day: date) -> str:
        """A member on the day, the successor of one that has merged, or ``outside``."""
        member = next((m for m in self.parameters.area.members if m.code == code), None)
        if member is None or a_day < member.valid_from:
            return "outside"
        if member.valid_to is None or a_day <= member.valid_to:
            return code
        return self.credited(member.successor, a_day) if member.successor else "outside"

    def counts(self, last_month: str) -> dict[tuple[str, str, str], int]:
        """Distinct clients per municipality, service (and ``any``) and month, quarter and year."""
        clients = defaultdict[tuple[str, str, str], set[str]](set)
        for (client, service, month), municipality in self.client_months.items():
            if str(int(last_month[:4]) - 1) <= month[:4] and month <= last_month:
                for period in periods_of(month):
                    clients[municipality, service, period].add(client)
                    clients[municipality, "any", period].add(client)
        return {key: len(found) for key, found in clients.items()}

    def known_on(self, a_day: date, counted_to: str) -> dict[tuple[str, str, str], int]:
        """Clients per municipality, service and month as they were known on an earlier day.

        A client-month that is known today is where it is today; one that is not, or of a month
        after ``counted_to``, is where the client is last known to live.
        """
        then = ByHand(self.rows, self.parameters, a_day, self.horizon)
        found = defaultdict[tuple[str, str, str], int](int)
        for client, service, month in then.client_months:
            key = (client, service, month)
            today = self.client_months.get(key) if month <= counted_to else None
            found[today or self.last_home(client, month), service, month] += 1
        return dict(found)

    def last_home(self, client: str, month: str) -> str:
        """Who is credited with the newest residence that begins by the extraction date."""
        begun = [
            (day(row["valid_from"]), -int(row["municipality"] or "999"))
            for row in self.homes[client]
            if day(row["valid_from"]) <= self.as_of
        ]
        first = date.fromisoformat(f"{month}-01")
        return self.credited(f"{-max(begun)[1]:03d}", first) if begun else "outside"

    def costs(self) -> dict[tuple[str, str, str], int]:
        """Cents per municipality, service and month."""
        found = defaultdict[tuple[str, str, str], int](int)
        for row in self.newest("costs", "cost_id"):
            service, month = self.counted_in(row["service"]), row["service_month"]
            if service is not None:
                for municipality, part in self.parts(row, service, month):
                    found[municipality, service, month] += part
        return dict(found)

    def parts(self, row: Cells, service: str, month: str) -> Iterable[tuple[str, int]]:
        """One cost's parts; a client's has one."""
        amount = cents(row["amount"])
        if row["client_id"]:
            client = row["client_id"]
            of_month = self.client_months.get((client, service, month))
            return [(of_month or self.municipality(client, last_of_month(month)), amount)]
        shares = defaultdict[str, int](int)
        for (group, of_service, of_month, client), days in self.in_group.items():
            if (group, of_service, of_month) == (row["group_id"], service, month):
                shares[self.client_months[client, service, month]] += len(days)
        return share(amount, shares).items() if shares else [("unallocated", amount)]

    @staticmethod
    def not_equal(ours: dict[Any, int], theirs: dict[Any, int]) -> dict[Any, tuple[int, int]]:
        """Where two tables differ, zero being the same as nothing: key → both values."""
        both = {key: (ours.get(key, 0), theirs.get(key, 0)) for key in {*ours, *theirs}}
        return {key: values for key, values in both.items() if values[0] != values[1]}


def share(amount: int, days: dict[str, int]) -> dict[str, int]:
    """Largest remainder: whole cents down, those left over by remainder, then code, outside last."""
    total = sum(days.values())
    exact = {code: Fraction(abs(amount) * n, total) for code, n in days.items()}
    parts = {code: int(value) for code, value in exact.items()}
    order = sorted(exact, key=lambda code: (parts[code] - exact[code], code == "outside", code))
    for code in order[: abs(amount) - sum(parts.values())]:
        parts[code] += 1
    return {code: part if amount >= 0 else -part for code, part in parts.items()}
