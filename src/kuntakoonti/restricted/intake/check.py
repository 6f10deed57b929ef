"""Reads a folder and lists every problem at once, by the severities of the contract.

A problem is data: nothing here raises for what a file contains. No cell is ever quoted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb
import pyarrow as pa

from kuntakoonti.core.errors import Problem, Severity, stopping
from kuntakoonti.restricted.intake.cells import Known, problem_sql, safe_values
from kuntakoonti.restricted.intake.contract import (
    ADVANCE_INVOICES,
    BUDGETS,
    COSTS,
    KEYS,
    RESIDENCES,
    SERVICE_PERIODS,
    TABLES,
    Column,
    Table,
)
from kuntakoonti.restricted.intake.declared import (
    Declared,
    Where,
    mark_days_without_delay,
    read_declared,
)
from kuntakoonti.restricted.intake.folder import files_of, read_table
from kuntakoonti.restricted.intake.keys import keyed_sql, shared_sql
from kuntakoonti.restricted.intake.notes import NoteContext, findings
from kuntakoonti.restricted.intake.recurring_keys import known_by, set_aside
from kuntakoonti.restricted.intake.text_table import Found, Origins, RawTable
from kuntakoonti.restricted.intake.typed_tables import TYPED, bits_of, build, publish, typed_key
from kuntakoonti.restricted.intake.warehouse import lent, literal, open_warehouse, rows

_FEW = 4  # of as many rows at most one is no record; of more the cells are wrong


@dataclass(frozen=True)
class Intake:
    """What a folder holds: the warehouse and all problems, sorted.

    The typed tables are in the warehouse only if there are no ``stops``.
    """

    warehouse: duckdb.DuckDBPyConnection
    problems: tuple[Problem, ...]

    @property
    def stops(self) -> tuple[Problem, ...]:
        return stopping(self.problems)


@dataclass(frozen=True)
class RowCheck:
    """Cells of a row that contradict each other: ``columns`` must be good for it to apply."""

    kind: str
    table: Table
    columns: tuple[str, ...]
    where: str


RULES = (
    RowCheck(
        "end_before_start", SERVICE_PERIODS, ("end_date", "start_date"), "day_after <= first_day"
    ),
    RowCheck("end_before_start", RESIDENCES, ("valid_to", "valid_from"), "day_after <= first_day"),
    RowCheck(
        "client_or_group",
        COSTS,
        ("client_id", "group_id"),
        "(client_id IS NULL) = (group_id IS NULL) AND NOT {shared}",
    ),
    RowCheck(
        "client_of_key",
        COSTS,
        ("client_id", "group_id", "service", "service_month"),
        "(client_id IS NOT NULL OR group_id IS NOT NULL) AND {shared}",
    ),
    RowCheck("period_of_key", SERVICE_PERIODS, ("service",), "service IN {keyed}"),
    RowCheck("key_negative", KEYS, ("value",), "hundredths < 0"),
    RowCheck(
        "credit_not_negative",
        ADVANCE_INVOICES,
        ("amount", "kind"),
        "kind = 'credit' AND cents >= 0",
    ),
    RowCheck(
        "invoice_negative", ADVANCE_INVOICES, ("amount", "kind"), "kind <> 'credit' AND cents < 0"
    ),
    RowCheck("budget_negative", BUDGETS, ("amount",), "cents < 0"),
    RowCheck("code_not_yet_or_no_longer", RESIDENCES, ("municipality", "valid_from"), "{former}"),
)


def load(
    data: Path, known: Known, as_of: date | None = None, declared: Declared | None = None
) -> Intake:
    """Reads, parses and checks a folder; never raises for its contents.

    ``as_of`` limits what the notes look at (None: everything); the typed tables keep every row.
    ``declared``: how the folder's exports become tables, where it is not by their own names.
    """
    warehouse = open_warehouse()
    files = files_of(data)
    problems: list[Problem] = []
    where = Where(warehouse, data, known, as_of)
    raws = (read_declared(t, declared, where) if declared else read_table(t, files) for t in TABLES)
    origins: dict[str, Origins] = {}  # readable table → its files
    sound = set[str]()
    for table in TABLES:
        checker = _Checker(warehouse, next(raws), known, as_of)
        found = checker.problems()
        problems += found
        if checker.raw.readable:
            origins[table.name] = checker.raw.origins
            sound |= set() if stopping(found) else {table.name}
        del checker  # its text is as large as the typed table
    scope = NoteContext(frozenset(origins), frozenset(sound), known, as_of)
    for table, column, kind, severity, lines, values in findings(warehouse, scope):
        problems += Found(origins[table.name], column, kind, severity, values).on(lines)
        sound -= {table.name} if severity is Severity.STOP else set()
    is_sound = len(sound) == len(TABLES)
    publish(warehouse, sound=is_sound)
    if is_sound:
        mark_days_without_delay(warehouse, data, declared)
    pa.default_memory_pool().release_unused()  # the text of the tables, which is large
    return Intake(warehouse, tuple(sorted(set(problems))))


@dataclass(frozen=True)
class _Checker:
    """One table on its way into the warehouse."""

    warehouse: duckdb.DuckDBPyConnection
    raw: RawTable
    known: Known
    as_of: date | None

    def problems(self) -> list[Problem]:
        """All problems inside this table; creates its typed table if the file is readable."""
        found = list(self.raw.problems)
        if self.raw.readable:
            bad = build(self.warehouse, self.raw, self.known)
            found += self._no_records() if bad else []
            for place, column in enumerate(self.raw.table.columns):
                if bad & 1 << place and column.name not in self.raw.missing:
                    found += self._cells(column, 1 << place)
            for rule in RULES:
                if rule.table is self.raw.table:
                    found += self._rows(rule)
            found += self._repeated()
        return found

    def _no_records(self) -> list[Problem]:
        """Few rows of which most required cells are bad: totals, headings again, remarks.

        They are taken out of the typed table, so that nothing else is said of them.
        """
        name, missing = self.raw.table.name, self.raw.missing
        needed = [c.name for c in self.raw.table.columns if not c.empty and c.name not in missing]
        bits = bits_of(self.raw.table, tuple(needed))
        where = f"bit_count(bad & {bits}) >= {max(3, len(needed) // 2 + 1)}"
        lines = [n for (n,) in rows(self.warehouse, f"SELECT line FROM {name} WHERE {where}")]
        if _FEW * len(lines) > len(self.raw.cells):
            return []
        self.warehouse.execute(f"DELETE FROM {name} WHERE {where}")
        return self._found("", "no_record").on(sorted(lines))

    def _found(self, column: str, kind: str, *values: tuple[str, str]) -> Found:
        return Found(self.raw.origins, column, kind, Severity.STOP, values)

    def _cells(self, column: Column, bit: int) -> Iterator[Problem]:
        """What is wrong with the bad cells of one column."""
        query = (
            f"SELECT {problem_sql(column, self.known)} AS kind, line FROM cells"
            f" WHERE line IN (SELECT line FROM {self.raw.table.name} WHERE bad & {bit} <> 0)"
            " ORDER BY kind, line"
        )
        with lent(self.warehouse, "cells", self.raw.cells):
            found = rows(self.warehouse, query)
        for kind, group in groupby(found, key=itemgetter(0)):
            values = safe_values(kind, self.known)
            yield from self._found(column.name, kind, *values).on([line for _, line in group])

    def _rows(self, rule: RowCheck) -> list[Problem]:
        bits = bits_of(rule.table, rule.columns)
        former = " OR ".join(
            f"(municipality = {literal(code)} AND first_day > DATE '{last.isoformat()}')"
            for code, last in sorted(self.known.former.items())
        )
        where = rule.where.format(
            former=former or "FALSE",
            shared=shared_sql(self.known.shared, "service_month"),
            keyed=keyed_sql(self.known.shared),
        )
        query = (
            f"SELECT line FROM {rule.table.name} WHERE bad & {bits} = 0 AND {where} ORDER BY line"
        )
        lines = [line for (line,) in rows(self.warehouse, query)]
        return self._found(rule.columns[0], rule.kind).on(lines)

    def _repeated(self) -> list[Problem]:
        """Rows alike in key and date: the same content is counted once, different content stops."""
        table = self.raw.table
        set_aside(self.warehouse, table)
        marked = rows(self.warehouse, _repeated_sql(table, self.as_of))
        self._drop([(line, day) for line, day, repeats, _, _ in marked if repeats])
        named = table.key[0]
        known = [line for line, _, repeats, is_known, _ in marked if repeats and is_known]
        differing = [line for line, _, repeats, _, differs in marked if differs and not repeats]
        values = (("key", ", ".join(table.key)), ("recorded", table.recorded))
        return [
            *Found(self.raw.origins, named, "duplicate_row", Severity.NOTE).on(known),
            *self._found(named, "same_key", *values).on(differing),
        ]

    def _drop(self, repeating: list[tuple[int, date | None]]) -> None:
        name, day = self.raw.table.name, self.raw.table.recorded
        lines = pa.array([line for line, _ in repeating], pa.int32())
        days = pa.array([known for _, known in repeating], pa.date32())
        with lent(self.warehouse, "dropped", pa.table({"line": lines, "day": days})):
            for table in (name, f"recurring_{name}") if repeating else ():
                self.warehouse.execute(
                    f"DELETE FROM {table} AS t WHERE EXISTS (SELECT 1 FROM dropped AS d"
                    f" WHERE d.line = t.line AND d.day IS NOT DISTINCT FROM t.{day})"
                )


def _repeated_sql(table: Table, as_of: date | None) -> str:
    """Rows whose key and date recur: line, day, repeats an earlier row, is known, contents differ."""
    content = ", ".join(f"t.{column}" for column in TYPED[table.name])
    columns = (*typed_key(table), table.recorded)
    key = ", ".join(columns)
    same_key = " AND ".join(f"t.{column} IS NOT DISTINCT FROM r.{column}" for column in columns)
    again = f"recurring_{table.name}"
    return (
        f"WITH r AS (SELECT {key} FROM {again} GROUP BY {key} HAVING COUNT(*) > 1),"
        f" same AS (SELECT t.*, MIN(t.line) OVER (PARTITION BY {content}) AS first"
        f" FROM {again} t JOIN r ON {same_key})"
        f" SELECT line, {table.recorded}, line > first, {known_by(table, as_of)},"
        f" MIN(first) OVER (PARTITION BY {key}) <> MAX(first) OVER (PARTITION BY {key})"
        " FROM same ORDER BY line"
    )
