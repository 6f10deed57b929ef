"""What is noted and does not stop a run, as SQL over the newest revisions known at a date.

Each rule selects the lines of one table. A rule that compares tables runs only where the other
tables are sound: a note that a bad cell elsewhere explains would only mislead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from kuntakoonti.core.disclosed_text import BARE_CODE, LETTERS_IN_A_ROW, LONGEST_NUMBER
from kuntakoonti.core.errors import Severity
from kuntakoonti.restricted.intake.cells import OPEN, Known
from kuntakoonti.restricted.intake.contract import (
    ADVANCE_INVOICES,
    BUDGETS,
    COSTS,
    KEYS,
    RESIDENCES,
    SERVICE_PERIODS,
    TABLES,
    Table,
)
from kuntakoonti.restricted.intake.keys import key_findings
from kuntakoonti.restricted.intake.numbers import Finding, number_findings
from kuntakoonti.restricted.intake.recurring_keys import forget, known_by, set_newest
from kuntakoonti.restricted.intake.tables_together import far_too_large, recorded_ahead, strangers
from kuntakoonti.restricted.intake.warehouse import literal, row, rows


@dataclass(frozen=True)
class Note:
    """One rule: ``lines`` selects the lines of ``table``; ``needs`` are other tables it reads."""

    kind: str
    table: Table
    column: str
    lines: str
    needs: tuple[Table, ...] = ()


_OVERLAPPING_RESIDENCES = """
WITH several AS (
    SELECT * FROM newest_residences WHERE client_id IN (
        SELECT client_id FROM newest_residences GROUP BY client_id HAVING COUNT(*) > 1))
SELECT r.line FROM several r WHERE EXISTS (
    SELECT 1 FROM several o
    WHERE o.client_id = r.client_id AND o.municipality <> r.municipality
      AND o.first_day < r.day_after AND r.first_day < o.day_after
      AND (o.first_day < r.first_day OR (o.first_day = r.first_day AND o.line < r.line)))"""
_OVERLAPPING_PERIODS = """
WITH several AS (
    SELECT client_id, service FROM newest_service_periods
    GROUP BY client_id, service HAVING COUNT(*) > 1)
SELECT line FROM (
    SELECT line, first_day, MAX(day_after) OVER (
        PARTITION BY client_id, service ORDER BY first_day, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM newest_service_periods JOIN several USING (client_id, service)) AS ordered
WHERE first_day < reach"""
_UNCOVERED = """
WITH needed AS (
    SELECT client_id, line, first_day, LEAST(day_after, {horizon}) AS day_after
    FROM newest_service_periods),
doubtful AS (
    SELECT n.* FROM needed n LEFT JOIN newest_residences r ON r.client_id = n.client_id
    WHERE r.line IS NULL OR r.first_day > n.first_day OR r.day_after < n.day_after)
SELECT DISTINCT * FROM doubtful n WHERE NOT EXISTS (
    SELECT 1 FROM newest_residences r WHERE r.client_id = n.client_id
    AND r.first_day <= n.first_day AND r.day_after >= n.day_after)"""
_WITHOUT_RESIDENCE = """
WITH uncovered AS (SELECT * FROM uncovered_periods WHERE first_day < {horizon}),
pieces AS (
    SELECT client_id, first_day, day_after, MAX(day_after) OVER (
        PARTITION BY client_id ORDER BY first_day, day_after
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
    FROM newest_residences WHERE client_id IN (SELECT client_id FROM uncovered)),
joined AS (
    SELECT client_id, first_day, day_after,
        SUM(CASE WHEN reach >= first_day THEN 0 ELSE 1 END) OVER (
            PARTITION BY client_id ORDER BY first_day, day_after ROWS UNBOUNDED PRECEDING) AS stay
    FROM pieces),
stays AS (
    SELECT client_id, MIN(first_day) AS first_day, MAX(day_after) AS day_after
    FROM joined GROUP BY client_id, stay)
SELECT line FROM uncovered u WHERE NOT EXISTS (
    SELECT 1 FROM stays s WHERE s.client_id = u.client_id
    AND s.first_day <= u.first_day AND s.day_after >= u.day_after)"""
_IN_MONTH = (
    "p.service = c.service AND p.day_after > c.month_begins"
    " AND p.first_day <= last_day(c.month_begins)"
)
_KNOWN_CLIENT = "EXISTS (SELECT 1 FROM known_service_periods k WHERE k.client_id = c.client_id)"
_UNMATCHED = f"""
WITH doubtful AS (
    SELECT c.line, c.client_id, c.service, c.month_begins
    FROM newest_costs c
    LEFT JOIN newest_service_periods p ON p.client_id = c.client_id AND p.service = c.service
    WHERE c.client_id IS NOT NULL AND (p.line IS NULL OR NOT ({_IN_MONTH})))
SELECT DISTINCT * FROM doubtful c WHERE NOT EXISTS (
    SELECT 1 FROM newest_service_periods p WHERE p.client_id = c.client_id AND {_IN_MONTH})"""
_WITHOUT_PERIOD = f"""
SELECT c.line FROM unmatched_costs c WHERE {_KNOWN_CLIENT}"""
_UNKNOWN_CLIENT = f"""
SELECT c.line FROM unmatched_costs c WHERE NOT {_KNOWN_CLIENT}"""
_WITHOUT_PARTICIPANTS = f"""
SELECT c.line FROM newest_costs c WHERE c.group_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM newest_service_periods p
                  WHERE p.group_id = c.group_id AND {_IN_MONTH})"""
_APART = (  # rows that no single row of the other table answers, most often none
    ("uncovered_periods", _UNCOVERED, (SERVICE_PERIODS, RESIDENCES)),
    ("unmatched_costs", _UNMATCHED, (COSTS, SERVICE_PERIODS)),
)
_FAR_AHEAD = """
SELECT line FROM newest_service_periods WHERE first_day > recorded_on + INTERVAL 24 MONTH"""
_CREDIT_OF_UNKNOWN = """
SELECT c.line FROM newest_advance_invoices c
WHERE c.kind = 'credit' AND c.credits_invoice_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM newest_advance_invoices i
    WHERE i.invoice_id = c.credits_invoice_id AND i.kind <> 'credit')"""
_CREDIT_OF_NOTHING = """
SELECT line FROM newest_advance_invoices WHERE kind = 'credit' AND credits_invoice_id IS NULL"""
_TOO_MANY_LETTERS = r"\pL" * (LETTERS_IN_A_ROW + 1)
_NUMBER_NOT_PRINTED = f"""
SELECT line FROM newest_advance_invoices WHERE NOT (
    length(invoice_id) <= {LONGEST_NUMBER} AND regexp_matches(invoice_id, '[0-9]')
    AND regexp_full_match(invoice_id, '[\\pL0-9 /:._-]+')
    AND NOT regexp_matches(invoice_id, '{_TOO_MANY_LETTERS}')
    AND NOT (regexp_full_match(invoice_id, '{BARE_CODE}')
        AND TRY_CAST(left(invoice_id, 9) AS BIGINT) % 31 = TRY_CAST(right(invoice_id, 1) AS BIGINT)
        AND NOT regexp_full_match(invoice_id, {{invoice_numbers}})))"""
_NEGATIVE = "SELECT line FROM newest_costs WHERE cents < 0"
_FORMER_CODE = """
WITH former(code, last) AS (VALUES {former})
SELECT r.line FROM newest_residences r JOIN former f ON f.code = r.municipality
WHERE r.day_after > f.last + 1"""
_OUTSIDE = "SELECT line FROM newest_{table} WHERE municipality NOT IN ({{members}})"

NOTES = (
    Note("overlapping_periods", SERVICE_PERIODS, "start_date", _OVERLAPPING_PERIODS),
    Note("start_far_ahead", SERVICE_PERIODS, "start_date", _FAR_AHEAD),
    Note("missing_residence", SERVICE_PERIODS, "client_id", _WITHOUT_RESIDENCE, (RESIDENCES,)),
    Note("overlapping_residences", RESIDENCES, "valid_from", _OVERLAPPING_RESIDENCES),
    Note("former_code_goes_on", RESIDENCES, "municipality", _FORMER_CODE),
    Note("negative_cost", COSTS, "amount", _NEGATIVE),
    Note("cost_without_period", COSTS, "service_month", _WITHOUT_PERIOD, (SERVICE_PERIODS,)),
    Note("unknown_client", COSTS, "client_id", _UNKNOWN_CLIENT, (SERVICE_PERIODS,)),
    Note("group_without_clients", COSTS, "group_id", _WITHOUT_PARTICIPANTS, (SERVICE_PERIODS,)),
    Note("credit_of_nothing", ADVANCE_INVOICES, "credits_invoice_id", _CREDIT_OF_NOTHING),
    Note("credit_of_unknown", ADVANCE_INVOICES, "credits_invoice_id", _CREDIT_OF_UNKNOWN),
    Note("number_not_printed", ADVANCE_INVOICES, "invoice_id", _NUMBER_NOT_PRINTED),
    Note(
        "invoice_not_member",
        ADVANCE_INVOICES,
        "municipality",
        _OUTSIDE.format(table="advance_invoices"),
    ),
    Note("budget_not_member", BUDGETS, "municipality", _OUTSIDE.format(table="budgets")),
)


@dataclass(frozen=True)
class NoteContext:
    """What the notes look at: tables that could be read, those without a stop, and the date."""

    readable: frozenset[str]
    sound: frozenset[str]
    known: Known
    as_of: date | None


def findings(warehouse: duckdb.DuckDBPyConnection, scope: NoteContext) -> Iterator[Finding]:
    """What only shows over all rows: first what stops, then what is noted and not said already."""
    _look_back(warehouse, scope)
    yield from number_findings(warehouse, scope.sound, scope.as_of)
    if {COSTS.name, BUDGETS.name, KEYS.name} <= scope.sound:
        yield from key_findings(warehouse, scope.known, scope.as_of)
    stopped = list(strangers(warehouse, scope.sound))
    yield from stopped
    said = {_SAID_BY_STRANGERS[table.name, column] for table, column, *_ in stopped}
    for note, lines in _noted(warehouse, scope):
        if note.kind not in said:
            yield note.table, note.column, note.kind, Severity.NOTE, lines, ()
    today = scope.as_of or date.today()  # where a date is given, the clock decides nothing
    yield from recorded_ahead(warehouse, scope.readable, today)
    yield from far_too_large(warehouse, scope.sound, scope.known)
    _forget(warehouse)


_SAID_BY_STRANGERS = {
    ("service_periods", "client_id"): "missing_residence",
    ("costs", "client_id"): "unknown_client",
    ("costs", "group_id"): "group_without_clients",
}


def _noted(
    warehouse: duckdb.DuckDBPyConnection, scope: NoteContext
) -> Iterator[tuple[Note, list[int]]]:
    """Every rule that found something, and its lines in order."""
    names = {
        "members": ", ".join(map(literal, sorted(scope.known.members))) or "NULL",
        "former": ", ".join(
            f"({literal(code)}, DATE '{last.isoformat()}')"
            for code, last in sorted(scope.known.former.items())
        )
        or "('', DATE '1900-01-01')",
        "horizon": _horizon(warehouse, scope),
        "invoice_numbers": literal("|".join(sorted(scope.known.invoice_numbers))),
    }
    for note in NOTES:
        needed = {table.name for table in note.needs}
        if note.table.name in scope.readable and needed <= scope.sound:
            query = f"SELECT line FROM ({note.lines.format(**names)}) AS found ORDER BY line"
            if lines := [line for (line,) in rows(warehouse, query)]:
                yield note, lines


def _look_back(warehouse: duckdb.DuckDBPyConnection, scope: NoteContext) -> None:
    """Views of the rows known at the date and of their newest revisions, and what lies apart."""
    for table in TABLES:
        if table.name not in scope.readable:
            continue
        name, known = table.name, known_by(table, scope.as_of)
        warehouse.execute(
            f"CREATE TEMP VIEW known_{name} AS SELECT * FROM {name} WHERE bad = 0 AND {known}"
        )
        set_newest(warehouse, table, known)
    for name, query, tables in _APART:
        if {table.name for table in tables} <= scope.readable:
            found = query.format(horizon=_horizon(warehouse, scope))
            warehouse.execute(f"CREATE TEMP TABLE {name} AS {found}")


def _forget(warehouse: duckdb.DuckDBPyConnection) -> None:
    for name, *_ in _APART:
        warehouse.execute(f"DROP TABLE IF EXISTS {name}")
    for table in TABLES:
        forget(warehouse, table)
        warehouse.execute(f"DROP VIEW IF EXISTS known_{table.name}")


def _horizon(warehouse: duckdb.DuckDBPyConnection, scope: NoteContext) -> str:
    """The day after the last one that can be known: days to come need no residence yet."""
    last = scope.as_of
    if last is None and SERVICE_PERIODS.name in scope.readable:
        (last,) = row(warehouse, "SELECT MAX(recorded_on) FROM known_service_periods")
    return OPEN if last is None else f"CAST(DATE '{last.isoformat()}' + 1 AS DATE)"
