"""What each kind of cell must look like, as SQL: its value, and what is wrong with it.

One conservative text per kind. A cell is bad exactly when it has text and its value is null, or is
empty where it must not be. Money becomes integer cents through DECIMAL, never through a float.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kuntakoonti.restricted.intake.contract import Column, Kind
from kuntakoonti.restricted.intake.warehouse import literal

OPEN = "DATE '9999-12-31'"  # the day after a range without an end
ABROAD = "999"  # abroad or unknown
_EXCEL_ERRORS = "#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC!"
_IDENTITY = (
    "(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])[0-9]{2}"  # ddmmyy
    "[-−–+A-FU-Ya-fu-y]"  # century
    "[0-9]{3}[0-9A-Ya-y]"  # number and check character
)
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
    """Names that the parameters know: services, municipality codes of the country, members."""

    services: frozenset[str]
    municipalities: frozenset[str]
    members: frozenset[str]


def value_sql(column: Column, known: Known) -> str:
    """The value of a text cell as an SQL expression; null if the cell is bad or empty."""
    x = column.name
    match column.kind:
        case Kind.ID:
            return (
                f"CASE WHEN {_identity(x)} THEN NULL WHEN {_excel_error(x)} THEN NULL ELSE {x} END"
            )
        case Kind.DATE:
            return _date(x)
        case Kind.MONEY:
            return _cents(x)
        case Kind.FLAG:
            return f"CASE WHEN {x} = '1' THEN TRUE WHEN {x} = '0' THEN FALSE END"
        case Kind.MONTH | Kind.PERIOD | Kind.YEAR:
            return f"CASE WHEN {_is(x, _FORMS[column.kind])} THEN upper({x}) END"
        case Kind.SERVICE | Kind.MUNICIPALITY | Kind.INVOICE_KIND:
            return f"CASE WHEN {x} IN {_names(_allowed(column, known))} THEN {x} END"


def problem_sql(column: Column, known: Known) -> str:
    """The kind of problem of a cell as an SQL expression; null if there is none."""
    x = column.name
    empty = "NULL" if column.empty else "'empty_cell'"
    return (
        f"CASE WHEN {x} IS NULL THEN {empty} WHEN {value_sql(column, known)} IS NOT NULL THEN NULL"
        f" WHEN {_identity(x)} THEN 'identity_code' WHEN {_excel_error(x)} THEN 'excel_error'"
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
    Kind.FLAG: "bad_flag",
    Kind.INVOICE_KIND: "bad_invoice_kind",
}


def _finer(column: Column) -> str:
    """Cases of a bad cell that have a sentence of their own."""
    x = column.name
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
    return known.municipalities | {ABROAD} if column.empty else known.municipalities - {ABROAD}


def _date(x: str) -> str:
    iso = _is(x, rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}([ T]00:00:00(\.0+)?)?")
    finnish = _is(x, rf"[0-9]{{1,2}}\.[0-9]{{1,2}}\.{_YEAR}")
    return (
        f"CASE WHEN {iso} THEN TRY_CAST(left({x}, 10) AS DATE)"
        f" WHEN {finnish} THEN TRY_CAST(try_strptime({x}, '%d.%m.%Y') AS DATE) END"
    )


def _cents(x: str) -> str:
    plain = f"translate({x}, '−,{_SPACES}', '-.')"
    return (
        f"CASE WHEN {_is(x, f'[-−]?{_WHOLE}([.,][0-9]{{1,2}})?')}"
        f" THEN CAST(CAST({plain} AS DECIMAL(18, 2)) * 100 AS BIGINT) END"
    )


def _identity(x: str) -> str:
    rest = f"regexp_replace({x}, '{_HASHES}', '#', 'g')"
    return f"(regexp_matches({x}, '{_IDENTITY}') AND regexp_matches({rest}, '{_IDENTITY}'))"


def _excel_error(x: str) -> str:
    return f"upper({x}) IN {_names(_EXCEL_ERRORS.split())}"


def _is(x: str, pattern: str) -> str:
    return f"regexp_full_match({x}, '{pattern}')"


def _names(texts: Iterable[str]) -> str:
    return "(" + ", ".join(literal(text) for text in sorted(texts) or [""]) + ")"
