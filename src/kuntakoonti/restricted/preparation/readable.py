"""Frames as the analyst reads them: every row, names beside codes, euros, headings in the area's language."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import is_month
from kuntakoonti.public.cells import ANY
from kuntakoonti.public.wording import service_label
from kuntakoonti.restricted.preparation.context import PreparationContext

HEADS = {
    "severity": message("Severity"), "file": message("File"), "line": message("Line"),
    "column": message("Column"), "kind": message("Type"), "sentence": message("What to do"),
    "municipality": message("Municipality"), "service": message("Service"),
    "month": message("Month"), "period": message("Period"),
    "source_cents": message("In the source"), "members_cents": message("Members"),
    "outside_cents": message("Outside the members"),
    "unallocated_cents": message("Not allocated"), "difference_cents": message("Difference"),
    "reason": message("Reason"), "costs": message("Costs, number"),
    "finding": message("Finding"), "expected_cents": message("By the budget"),
    "invoiced_cents": message("Invoiced"), "invoice_ids": message("Invoices"),
    "method": message("Method"), "recorded_cents": message("Recorded so far"),
    "forecast_cents": message("Forecast"), "low_cents": message("At least"),
    "high_cents": message("At most"), "advance_cents": message("Advances"),
    "adjustment_cents": message("Forecast − advances"),
    "expected_adjustment_cents": message("On the page"), "trials": message("Earlier forecasts"),
    "past_error": message("Past error"), "share": message("Share recorded"),
    "low": message("At least"), "high": message("At most"), "persons": message("Clients", context="number"),
    "certain_from": message("Certainly complete"), "in_force": message("In force, months"),
    "proposed": message("Proposed, months"), "months": message("Months, number"),
    "client_months": message("Client-months"), "share_0": message("After 0 months"),
    "share_1": message("After 1 month"), "share_2": message("After 2 months"),
    "share_3": message("After 3 months"), "advice": message("Advice"),
    "exact": message("Exact count"), "status": message("Status"), "value": message("Shown"),
    "class_low": message("Class from"), "class_high": message("Class to"),
    "published_cents": message("On the page"), "table": message("Table"),
    "newest": message("Newest row"), "rows": message("Rows in four weeks"),
    "usual": message("Usual"),
    "clients_change": message("Clients, change"), "cents_change": message("Euros, change"),
}  # fmt: skip
SHARES = ("share", "low", "high", "past_error", "share_0", "share_1", "share_2", "share_3")


def readable(room: PreparationContext, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame's values as texts of the area's language, under headings of it; every row is shown."""
    pd.options.display.max_rows = pd.options.display.max_columns = None
    pd.options.display.max_colwidth = None
    written = _Writer(room).columns
    said = {c: [_said(written.get(c, str), v) for v in frame[c]] for c in map(str, frame.columns)}
    heads = {c: room.language.text(HEADS[c]) if c in HEADS else c for c in said}
    return pd.DataFrame(said, dtype=object).rename(columns=heads)


def _said(write: Callable[[Any], str], value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "" if pd.isna(value) else write(value)


class _Writer:
    """How the values of each column are written."""

    def __init__(self, room: PreparationContext) -> None:
        say, area = room.language, room.parameters.area
        self._say = say
        self._members = {m.code: f"{m.code} {m.name.in_language(say.code)}" for m in area.members}
        self._labels = {s.name: s.label for s in room.parameters.shared}
        self._labels |= {s.name: s.label for s in room.parameters.services.services}

    @property
    def columns(self) -> dict[str, Callable[[Any], str]]:
        """Column → how one of its values is written."""
        euros = {c: self._euros for c in HEADS if c.endswith("_cents") or c == "cents_change"}
        plain: dict[str, Callable[[Any], str]] = {
            "municipality": lambda code: self._members.get(code, str(code)),
            "service": self._service,
            "month": self._period,
            "period": self._period,
            "certain_from": self._day,
            "newest": self._day,
            "since": self._day,
        }
        return euros | plain | dict.fromkeys(SHARES, self._share)

    def _euros(self, cents: Any) -> str:
        return self._say.euros(int(cents))

    def _service(self, name: str) -> str:
        known = name == ANY or name in self._labels
        return service_label(self._labels, name, self._say) if known else str(name)

    def _period(self, period: Any) -> str:
        text = str(period)
        return self._say.period(text) if is_month(text) or "-Q" in text else text

    def _day(self, day: Any) -> str:
        return self._say.date(day) if isinstance(day, date) else str(day)

    def _share(self, share: Any) -> str:
        return _percent(share, self._say) if isinstance(share, float | int) else str(share)


def _percent(share: float, say: Language) -> str:
    return say.percent(round(1000 * share), 1000)
