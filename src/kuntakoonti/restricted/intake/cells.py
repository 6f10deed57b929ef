"""What each kind of cell must look like, as SQL: its value, and what is wrong with it.

One conservative text per kind. A cell is bad exactly when it has text and its value is null, or is
empty where it must not be. Money becomes integer cents through DECIMAL, never through a float.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from kuntakoonti.core.disclosed_text import BLANKS, HYPHENS, IDENTITY_CODE
from kuntakoonti.parameters.area import Member
from kuntakoonti.parameters.sharing import SharedService
from kuntakoonti.restricted.intake.contract import Column, Kind
from kuntakoonti.restricted.intake.warehouse import literal
from kuntakoonti.restricted.intake.workbook_marks import NOT_CALCULATED

OPEN = "DATE '9999-12-31'"  # the day after a range without an end
ABROAD = "999"  # abroad or unknown
_EXCEL_ERRORS = (
    "#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #BUSY! #BLOCKED!"
    " #CONNECT! #EXTERNAL! #FIELD! #PYTHON! #UNKNOWN! #ARVO! #JAKO/0! #LUKU! #NIMI? #PUUTTUU!"
    " #TYHJÄ! #VIITTAUS!"
)
# As it is compared: hyphens of every kind one hyphen, spaces one space, full width narrow.
_WIDE = "".join(chr(c + 0xFEE0) for c in range(0x21, 0x7F) if c not in (0x2D, 0x27))
_NARROW = "".join(chr(ord(c) - 0xFEE0) for c in _WIDE)
_SHORTEST = 10  # characters of an identity code that lost its century
_ROUNDED = "[0-9]+(([.,][0-9]+)?[Ee][-+]|[.,][0-9]+[Ee])[0-9]+"  # 1,23E+11, 1.23E11
_NARROW_COLUMN = "#{2,}"
_DAMAGED = "\ufffd|Ã[\u0080-\u00bf\u0152-\u0178\u2013-\u2122]|â€|[„”†‡™…]|^Ž[a-z]"
_HASHES = (  # digests and UUIDs contain every form by chance, and no person's code on purpose
    "[0-9a-f]{16,}|[0-9A-F]{32,}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
_SPACES = " \u00a0\u202f"
_WHOLE = f"([0-9]{{1,13}}|[0-9]{{1,3}}([{_SPACES}][0-9]{{3}}){{1,4}})"
_YEAR = "(19[0-9]{2}|20[0-9]{2}|2100)"
_MONTH = f"{_YEAR}-(0[1-9]|1[0-2])"
_FORMS = {Kind.MONTH: _MONTH, Kind.PERIOD: f"{_MONTH}|{_YEAR}(-[Qq][1-4])?", Kind.YEAR: _YEAR}


@dataclass(frozen=True)
class Known:
    """Names that the parameters know: services, municipality codes of the country, members.

    ``former``: codes that are no longer in use → their last day. ``prices``: service → what a
    client-month costs on average, in cents, where the rules say it. ``invoice_numbers``: patterns of
    the area's own. ``shared``: the services that are shared by a key, ``membership``: among whom.
    """

    services: frozenset[str]
    municipalities: frozenset[str]
    members: frozenset[str]
    former: Mapping[str, date] = field(default_factory=dict)
    prices: Mapping[str, int] = field(default_factory=dict)
    invoice_numbers: frozenset[str] = frozenset()
    shared: tuple[SharedService, ...] = ()
    membership: tuple[Member, ...] = ()


def value_sql(column: Column, known: Known) -> str:
    """The value of a text cell as an SQL expression; null if the cell is bad or empty."""
    x = column.name
    match column.kind:
        case Kind.ID:
            return _identifier(x)
        case Kind.DATE:
            return _date(x)
        case Kind.MONEY | Kind.NUMBER:
            return _cents(x)
        case Kind.FLAG:
            return f"CASE WHEN {x} = '1' THEN TRUE WHEN {x} = '0' THEN FALSE END"
        case Kind.MONTH | Kind.PERIOD | Kind.YEAR:
            return f"CASE WHEN {_is(x, _FORMS[column.kind])} THEN upper({x}) END"
        case Kind.MUNICIPALITY:
            return f"CASE WHEN {x} IN {_names(_allowed(column, known))} THEN {x} END"
        case Kind.SERVICE | Kind.INVOICE_KIND:
            return f"CASE WHEN lower({x}) IN {_names(_allowed(column, known))} THEN lower({x}) END"


def canonical_sql(column: Column, known: Known) -> str:
    """A cell in one form: ISO days, amounts with a point, small names; as it is if it is bad."""
    x = column.name
    if column.kind in (Kind.MONEY, Kind.NUMBER):
        amount = f"CAST(CAST({_plain(x)} AS DECIMAL(18, 2)) AS VARCHAR)"
        return f"CASE WHEN {value_sql(column, known)} IS NULL THEN {x} ELSE {amount} END"
    if column.kind is Kind.FLAG:
        return x
    return f"COALESCE(CAST({value_sql(column, known)} AS VARCHAR), {x})"


def problem_sql(column: Column, known: Known) -> str:
    """The kind of problem of a cell as an SQL expression; null if there is none."""
    x = column.name
    empty = "NULL" if column.empty else "'empty_cell'"
    return (
        f"CASE WHEN {x} IS NULL THEN {empty} WHEN {value_sql(column, known)} IS NOT NULL THEN NULL"
        f" WHEN {x} = {literal(NOT_CALCULATED)} THEN 'formula_not_calculated'"
        f" WHEN {_identity(x)} THEN 'identity_code' WHEN {_excel_error(x)} THEN 'excel_error'"
        f" WHEN {_is(x, _NARROW_COLUMN)} THEN 'narrow_column'"
        f" {_finer(column)} ELSE '{_BAD[column.kind]}' END"
    )


def safe_values(kind: str, known: Known) -> tuple[tuple[str, str], ...]:
    """What may be said about a bad cell besides where it is."""
    if kind == "unknown_service":
        return (("services", ", ".join(sorted(known.services))),)
    return ()


_BAD = {
    Kind.ID: "excel_error",
    Kind.SERVICE: "unknown_service",
    Kind.MUNICIPALITY: "unknown_municipality",
    Kind.DATE: "bad_date",
    Kind.MONTH: "bad_month",
    Kind.PERIOD: "bad_period",
    Kind.YEAR: "bad_year",
    Kind.MONEY: "bad_money",
    Kind.NUMBER: "bad_number",
    Kind.FLAG: "bad_flag",
    Kind.INVOICE_KIND: "bad_invoice_kind",
}


def _finer(column: Column) -> str:
    """Cases of a bad cell that have a sentence of their own."""
    x = column.name
    if column.kind is Kind.ID:
        return (
            f"WHEN {_is(x, _ROUNDED)} THEN 'number_as_id'"
            f" WHEN regexp_matches({x}, '{_DAMAGED}') THEN 'damaged_letters'"
        )
    if column.kind is Kind.DATE:
        return f"WHEN {_is(x, _WITH_TIME)} THEN 'time_of_day'"
    if column.kind is Kind.MONEY:
        return f"WHEN {_is(x, f'[-−]?{_WHOLE}[.,][0-9]{{3,}}')} THEN 'too_many_decimals'"
    if column.kind is Kind.MUNICIPALITY:
        return f"WHEN NOT {_is(x, '[0-9]{3}')} THEN 'code_not_three_digits'"
    return ""


def _allowed(column: Column, known: Known) -> frozenset[str]:
    """Residents may live abroad or nowhere known; invoices and budgets have a municipality."""
    if column.kind is Kind.SERVICE:
        return known.services
    if column.kind is Kind.INVOICE_KIND:
        return frozenset({"invoice", "credit", "internal"})
    if column.empty:
        return known.municipalities | known.former.keys() | {ABROAD}
    return known.municipalities - {ABROAD}


def _identifier(x: str) -> str:
    """An identifier; what a spreadsheet or a wrong code page made of one is none."""
    odd = f"{_excel_error(x)} OR {_is(x, _NARROW_COLUMN)} OR {x} = {literal(NOT_CALCULATED)}"
    return (
        f"CASE WHEN length({x}) >= {_SHORTEST} AND {_identity(x)} THEN NULL"
        f" WHEN {x} LIKE '#%' AND ({odd}) THEN NULL"
        f" WHEN {x} LIKE '%E%' AND {_is(x, _ROUNDED)} THEN NULL"
        f" WHEN {x} LIKE '%e%' AND {_is(x, _ROUNDED)} THEN NULL"
        f" WHEN strlen({x}) > length({x}) AND regexp_matches({x}, '{_DAMAGED}') THEN NULL"
        f" WHEN {x} LIKE '%.0' AND {_is(x, '[0-9]+[.]0')} THEN left({x}, length({x}) - 2)"
        f" ELSE {x} END"
    )


_MIDNIGHT = r"0?0[:.]00([:.][0-5][0-9]([.,][0-9]+)?)?"
_WITH_TIME = (
    rf"({_YEAR}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}\.[0-9]{{1,2}}\.{_YEAR})"
    r"[ T](klo )?[0-2]?[0-9][:.][0-5][0-9]([:.][0-5][0-9])?([.,][0-9]+)?( ?(Z|[-+][0-9:]+))?"
)


def _date(x: str) -> str:
    iso = _is(x, rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}([ T]{_MIDNIGHT})?")
    finnish = _is(x, rf"[0-9]{{1,2}}\.[0-9]{{1,2}}\.{_YEAR}( {_MIDNIGHT})?")
    return (
        f"CASE WHEN {iso} THEN TRY_CAST(left({x}, 10) AS DATE) WHEN {finnish}"
        f" THEN TRY_CAST(try_strptime(regexp_replace({x}, ' .*', ''), '%d.%m.%Y') AS DATE) END"
    )


def _cents(x: str) -> str:
    return (
        f"CASE WHEN {_is(x, f'[-−]?{_WHOLE}([.,][0-9]{{1,2}})?')}"
        f" THEN CAST(CAST({_plain(x)} AS DECIMAL(18, 2)) * 100 AS BIGINT) END"
    )


def _plain(x: str) -> str:
    """An amount as SQL casts it; a cell of plain ASCII the short way."""
    return (
        f"CASE WHEN strlen({x}) = length({x}) THEN replace(replace({x}, ' ', ''), ',', '.')"
        f" ELSE translate({x}, '−,{_SPACES}', '-.') END"
    )


def _identity(x: str) -> str:
    same = f"translate({x}, '{HYPHENS}{BLANKS}{_WIDE}', '{'-' * len(HYPHENS)}{' ' * len(BLANKS)}{_NARROW}')"
    y = f"CASE WHEN strlen({x}) = length({x}) THEN {x} ELSE {same} END"
    rest = f"regexp_replace({y}, '{_HASHES}', '#', 'g')"
    return f"(regexp_matches({y}, '{IDENTITY_CODE}') AND regexp_matches({rest}, '{IDENTITY_CODE}'))"


def _excel_error(x: str) -> str:
    return f"upper({x}) IN {_names(_EXCEL_ERRORS.split())}"


def _is(x: str, pattern: str) -> str:
    return f"regexp_full_match({x}, '{pattern}')"


def _names(texts: Iterable[str]) -> str:
    return "(" + ", ".join(literal(text) for text in sorted(texts) or [""]) + ")"
