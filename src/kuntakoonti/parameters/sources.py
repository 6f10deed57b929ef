"""How an area's own exports become the tables of the contract: ``sources.yml``, optional.

Modelled on the rules file of a plain-text accounting program: an export of any shape becomes
records by a few declared lines. Nobody edits a file by hand. Without ``sources.yml`` the
contract's own names hold.
"""

import codecs
import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kuntakoonti.core.texts import Required, Strict
from kuntakoonti.parameters.problems import Complaint, Violation, finding, wrong
from kuntakoonti.parameters.yaml_files import like, read_yaml, validate

# Every column that may be declared → whether a row must have something in it.
COLUMNS: dict[str, dict[str, bool]] = {
    "service_periods": {
        "record_id": True, "client_id": True, "service": True, "start_date": True,
        "end_date": False, "recorded_on": True, "removed": False, "group_id": False,
    },
    "residences": {
        "client_id": True, "municipality": False, "valid_from": True, "valid_to": False,
        "recorded_on": True, "removed": False,
    },
    "costs": {
        "cost_id": True, "service": True, "client_id": False, "group_id": False,
        "service_month": True, "amount": True, "recorded_on": True, "removed": False,
    },
    "advance_invoices": {
        "invoice_id": True, "municipality": True, "service": True, "period": True, "amount": True,
        "invoiced_on": True, "kind": False, "credits_invoice_id": False, "removed": False,
    },
    "budgets": {
        "year": True, "municipality": True, "service": True, "amount": True, "recorded_on": False,
        "removed": False,
    },
    "keys": {
        "key": True, "year": True, "municipality": True, "value": True, "recorded_on": False,
        "removed": False,
    },
}  # fmt: skip
OPTIONAL = ("keys",)  # tables that need not be there
RECORDED = {"advance_invoices": "invoiced_on"}  # else recorded_on
SNAPSHOT = {"client_id": True, "municipality": True, "month": True}
IDS = {"service_periods": "record_id", "costs": "cost_id"}  # may be made of other columns
PLACES = ("year", "month", "day", "quarter", "name")  # of a form
Separator = Annotated[str, like(r"|tab|[^\w\s\"]", '";"')]


def _checked_form(form: str) -> str:
    places = re.findall(r"\{(\w*)\}", form)
    if set(places) - set(PLACES) or "year" not in places:
        wrong([finding("", "write it as {example}", example='"{month}/{year}"')])
    return form


def _checked_name(pattern: str) -> str:
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        wrong([finding("", "write a name inside the folder of --data")])
    return pattern


def _checked_encoding(name: str) -> str:
    try:
        codecs.lookup(name or "utf-8")
    except LookupError:
        wrong([finding("", "there is no such encoding; write for example cp1252")])
    return name


def _several(value: object) -> object:
    """One form alone."""
    return [value] if isinstance(value, str) else value


Form = Annotated[str, AfterValidator(_checked_form)]
Inside = Annotated[Required, AfterValidator(_checked_name)]
Encoding = Annotated[str, AfterValidator(_checked_encoding)]


def _heading(value: object) -> object:
    """A column by its heading alone."""
    return {"column": value} if isinstance(value, str) else value


class SourceColumn(Strict):
    """Where the cells of a column come from, and how they are written there.

    ``column``: its heading; or ``constant``: one value for every row; or ``key``: made of other
    columns. ``values``: what is written there → what it means; ``form``: of days, months and
    periods, such as ``{month}/{year}``; ``pseudonym``: replaced by a keyed pseudonym at once.
    """

    column: str = ""
    """its heading"""
    constant: str | None = None
    """instead of a heading: one value for every row"""
    key: tuple[str, ...] = ()
    """instead of a heading: an id made of other columns"""
    values: dict[str, str] = Field(default_factory=dict)
    """what is written there → what it means"""
    form: Annotated[tuple[Form, ...], BeforeValidator(_several)] = ()
    """of days, months and periods, such as `{month}/{year}`; places `year` `month` `day` `quarter` `name`"""
    pseudonym: bool = False
    """the identity code is replaced while it is read"""
    unit: Literal["euros", "cents"] = "euros"
    """`euros` or `cents`"""
    thousands: Literal["", ".", ",", "'"] = ""
    """the separator of thousands"""
    negate: bool = False
    """the sign is turned"""

    @model_validator(mode="after")
    def _is_one_thing(self) -> "SourceColumn":
        given = bool(self.column) + (self.constant is not None) + bool(self.key)
        found = list[Violation]()
        if given != 1:
            found.append(finding("", "write one of these: column, constant or key"))
        wrong(found)
        return self


class LeftOut(Strict):
    """Rows that are not read, by the values of a column, and why."""

    column: Required
    """rows that are not read: by this column"""
    values: tuple[str, ...] = ()
    """by what is written in it"""
    empty: bool = False
    """by nothing being written in it"""
    reason: Required
    """why"""


class TableSource(Strict):
    """One table: its files or its query, how they are written, and its columns."""

    files: tuple[Inside, ...] = ()
    """names in `--data` (in each extract's folder), `*` for what varies: all of them, one after another"""
    connection: str = ""
    """the database"""
    query: str = ""
    """instead of files; read in Arrow batches"""
    format: Literal["", "csv", "xlsx", "xlsb", "xls", "ods", "parquet"] = ""
    """`csv` `xlsx` `xlsb` `xls` `ods` `parquet`, where it is not found out"""
    sheet: str = ""
    """its name, where it is not found out"""
    heading_line: Annotated[int, Field(ge=0)] = 0
    """its number, where it is not found out"""
    separator: Separator = ""
    """`tab` or one character, where it is not found out"""
    encoding: Encoding = ""
    """such as `cp1252`, where it is not found out"""
    columns: dict[str, Annotated[SourceColumn, BeforeValidator(_heading)]]
    """a column → its heading, or how it is read"""
    left_out: tuple[LeftOut, ...] = ()
    """rows that are not read"""
    numbers: Literal["running", "restart_yearly"] = "running"
    """`restart_yearly` adds the year to numbers that begin again"""
    snapshots: bool = False
    """residences as `client_id` `municipality` `month`: stays from month to month; absence is not a move"""
    extracts: bool = True
    """`false`: its files lie beside the extracts"""
    window: Annotated[int, Field(ge=1, le=600)] | None = None
    """months that each extract of it reaches back"""

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> "TableSource":
        found = list[Violation]()
        if bool(self.files) == bool(self.query):
            found.append(finding("files", "write either files or query"))
        if bool(self.query) != bool(self.connection):
            found.append(finding("query", "query and connection belong together; write both"))
        wrong(found)
        return self


class Extracts(Strict):
    """A series of full extracts, a folder each; ``window``: months that each of them reaches back."""

    folders: Required
    """`{date}` in the folder's name: a row is known from the first extract that has it, a changed one is a revision; rows of the first extract, and after a missing month, stay out of the forecast's patterns; a table with its own day of recording is read from the newest extract"""
    window: Annotated[int, Field(ge=1, le=600)] | None = None
    """months that each reaches back: a row that vanished within it is withdrawn"""

    @model_validator(mode="after")
    def _has_its_date(self) -> "Extracts":
        if self.folders.count("{date}") != 1 or "/" in self.folders:
            wrong([finding("folders", "write it as {example}", example='"export-{date}"')])
        return self


class Connection(Strict):
    """A database; ``address`` names the environment variable that holds its address and secret."""

    driver: Literal["postgresql", "mssql"]
    """`postgresql` or `mssql`"""
    address: Annotated[str, like(r"[A-Z][A-Z0-9_]*", "KUNTAKOONTI_REKISTERI")]
    """the environment variable of its address and secret"""


class Sources(Strict):
    """All of ``sources.yml``."""

    tables: dict[str, TableSource]
    """a table → its source; without `sources.yml` the contract's own names hold"""
    pseudonym_key: str = ""
    """the file of the key, relative to `sources.yml` (HMAC-SHA-256); made at the first release, its check value stands in the ledger, another or a lost key stops; `check` uses a throwaway one until then"""
    extracts: Extracts | None = None
    """a series of full extracts"""
    connections: dict[str, Connection] = Field(default_factory=dict)
    """databases by name"""

    @model_validator(mode="after")
    def _is_whole(self) -> "Sources":
        found = list[Violation]()
        for name, table in self.tables.items():
            if name not in COLUMNS:
                known = ", ".join(COLUMNS)
                found.append(
                    finding(f"tables.{name}", "there is no such table; known: {known}", known=known)
                )
            else:
                found += self._of_table(name, table)
        pseudonyms = any(c.pseudonym for t in self.tables.values() for c in t.columns.values())
        if pseudonyms and not self.pseudonym_key:
            found.append(finding("pseudonym_key", "missing; name the file that holds the key"))
        wrong(found)
        return self

    def _of_table(self, name: str, table: TableSource) -> list[Violation]:
        at, columns = f"tables.{name}", self.columns_of(name)
        found = [
            finding(f"{at}.columns.{c}", "there is no such column; known: {known}", known=", ".join(columns))
            for c in table.columns if c not in columns
        ]  # fmt: skip
        found += [
            finding(f"{at}.columns", "missing; declare column {column}", column=c)
            for c, needed in columns.items()
            if needed and c not in table.columns and not self._is_derived(name, c)
        ]
        for c, source in table.columns.items():
            if source.key and (
                IDS.get(name) != c or set(source.key) - set(table.columns) or c in source.key
            ):
                found.append(finding(f"{at}.columns.{c}.key", "write other columns of the table"))
        if table.snapshots and name != "residences":
            found.append(finding(f"{at}.snapshots", "only table residences has snapshots"))
        if table.connection and table.connection not in self.connections:
            found.append(
                finding(
                    f"{at}.connection", "there is no such connection; declare it under connections"
                )
            )
        return found

    def columns_of(self, name: str) -> dict[str, bool]:
        """The columns that a table's source may declare."""
        return SNAPSHOT if self.tables[name].snapshots else COLUMNS[name]

    def _is_derived(self, name: str, column: str) -> bool:
        return column == RECORDED.get(name, "recorded_on") and self.is_series(name)

    def is_series(self, name: str) -> bool:
        """Whether the days on which a table's rows became known come from a series of extracts."""
        table = self.tables[name]
        recorded = RECORDED.get(name, "recorded_on")
        return (
            bool(self.extracts and table.extracts and table.files) and recorded not in table.columns
        )

    def window(self, name: str) -> int | None:
        """How many months each extract of a table reaches back; None: all of them."""
        return self.tables[name].window or (self.extracts.window if self.extracts else None)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the declarations."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def asks_a_database(self) -> bool:
        """Whether what is read can be another at any time without a file telling so."""
        return any(table.query for table in self.tables.values())


def read_sources(folder: Path) -> tuple[Sources | None, tuple[Complaint, ...]]:
    """``sources.yml`` of a folder; None if there is none, or with all that is wrong in it."""
    if not (folder / "sources.yml").exists():
        return None, ()
    return validate(Sources, read_yaml(folder / "sources.yml"))
