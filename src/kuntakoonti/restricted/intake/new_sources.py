"""A first version of `sources.yml` from the headings that are found in a folder.

Only headings are repeated, and values that name a service or a kind of invoice; never a person's.
What is not known is marked, so that the parameters are refused until somebody has filled it in.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from python_calamine import load_workbook

from kuntakoonti.core.errors import UsageError
from kuntakoonti.parameters.municipalities import municipality_codes
from kuntakoonti.parameters.sources import COLUMNS, IDS, OPTIONAL, RECORDED
from kuntakoonti.restricted.intake.csv_files import encoding_of, guessed_heading, records
from kuntakoonti.restricted.intake.extracts import DATE
from kuntakoonti.restricted.intake.file_types import SPREADSHEETS, TEXT, FileType, type_of
from kuntakoonti.restricted.intake.folder import NEAR
from kuntakoonti.restricted.intake.headings import looks_like_heading, plain
from kuntakoonti.restricted.intake.spreadsheets import cell_text
from kuntakoonti.restricted.intake.text_table import Layout

UNKNOWN = "TÄYDENNÄ"
_ROWS = 20_000  # looked at of each file
_MOST_NAMES = 20  # different values of a service or a kind; more are not names
_TOTALS = ("yhteensä", "summa", "loppusumma", "totalt", "summa totalt", "total", "sum")
_ANY = Layout({}, frozenset(), frozenset(), "")
_IDENTITY = re.compile(r"[0-3][0-9][01][0-9]{3}[-+A-FU-Ya-fu-y][0-9]{3}[0-9A-Ya-y]")
_WORDS = {  # column of the contract → parts of headings in Finnish, Swedish and English
    "client_id": "henkilotunnus hlotunnus hetu asiakastunnus asiakasnumero asiakas_id personbeteckning kund_id klient client person",
    "record_id": "jaksotunnus jaksonumero jakso_id period_id record",
    "cost_id": "tositenumero tosite kulu_id maksu_id verifikat verifikation voucher posting cost_id",
    "service": "palvelu tuote tukimuoto tukilaji etuus tjanst produkt stod service product",
    "start_date": "alkupaiva alkupvm alkaen alkoi alku startdatum borjar start_date starts begins",
    "end_date": "loppupaiva loppupvm paattymispaiva paattyen paattyi loppu slutdatum slutar end_date ends",
    "group_id": "ryhma kurssi ryhmatunnus grupp kurs group course",
    "municipality": "kotikunta kuntanumero kunta kuntakoodi hemkommun kommun municipality",
    "valid_from": "voimassa_alkaen muuttopaiva muuttopvm giltig_fran inflyttad valid_from moved_in",
    "valid_to": "voimassa_asti poismuuttopaiva poismuuttopvm giltig_till utflyttad valid_to moved_out",
    "month": "kuukausi manad month kk",
    "service_month": "kausi kohdekuukausi palvelukuukausi kuukausi manad month",
    "amount": "summa euroa maara eur netto brutto belopp euro amount sum",
    "invoice_id": "laskunumero laskunro laskun_numero laskun_nro lasku_id fakturanummer faktura_id invoice_no invoice_id",
    "period": "jakso laskutuskausi kausi period fakturaperiod",
    "invoiced_on": "laskupaiva laskupvm laskun_paiva paivamaara pvm fakturadatum invoice_date invoiced",
    "kind": "laji laskulaji tyyppi typ slag kind type",
    "credits_invoice_id": "hyvittaa hyvitettava krediterar credits",
    "year": "vuosi ar year",
    "key": "jakoavain avain fordelningsnyckel nyckel key",
    "value": "arvo lukumaara maara varde antal value",
    "recorded_on": "kirjauspaiva kirjattu kirjauspvm paatetty paivitetty tallennettu maksupaiva maksupvm"
    " registrerad beslutad uppdaterad betald recorded booked decided updated paid",
    "removed": "poistettu mitatoity raderad removed deleted",
}  # fmt: skip
_FILES = {
    "service_periods": "jakso palvelujakso period service_period",
    "residences": "kotikun vaesto hemkommun residence",
    "costs": "maks kulu kustannu tosit kostnad betaln cost payment",
    "advance_invoices": "lasku faktur invoice",
    "budgets": "talousarvio budjet budget",
    "keys": "jakoavain avain fordelningsnyckel nyckel allocation_key keys",
}
_SERVICES = {
    "palkkatuki": "palkkatuki lonesubvention pay_subsidy wage_subsidy",
    "starttiraha": "startti startpeng start_up",
    "kotoutumiskoulutus": "kotoutum kotokoulutus integration",
    "tyollistamistuki_55": "tyollistamistuki 55 sysselsattningsstod",
}
_KINDS = {"invoice": "lasku faktura invoice", "credit": "hyvitys kredit credit",
          "internal": "sisainen oma intern internal"}  # fmt: skip
_FORMS = (
    (r"[0-9]{1,2}/[0-9]{4}", "{month}/{year}"),
    (r"[0-9]{1,2}\.[0-9]{4}", "{month}.{year}"),
    (r"(19|20)[0-9]{4}", "{year}{month}"),
    (r"[0-9]{4}/[0-9]{1,2}", "{year}/{month}"),
    (r"[1-4]/[0-9]{4}", "{quarter}/{year}"),
    (r"[^\W\d]{3,} [0-9]{4}", "{name} {year}"),
)


@dataclass(frozen=True)
class _Seen:
    """Files of one pattern: their headings, some values by heading, and how many rows they have."""

    pattern: str
    in_extracts: bool
    headings: tuple[str, ...]
    values: dict[str, list[str]]
    rows: int
    line: int
    thousands: bool


def propose(folder: Path, services: Sequence[str]) -> tuple[str, list[tuple[str, str, int]]]:
    """The text of ``sources.yml``, and of every pattern its table and how many rows it has."""
    seen = list(_look(folder))
    if not seen:
        raise UsageError("There is no readable file in folder {folder}.", folder=folder.name)
    chosen: dict[str, _Seen] = {}
    said = []
    for files in seen:
        table = _table_of(files, chosen)
        if table:
            chosen[table] = files
        said.append((files.pattern, table, files.rows))
    pseudonyms = any(_is_identity(s.values.get(h, [])) for s in chosen.values() for h in s.headings)
    lines = ["# Ehdotus: tarkista jokainen rivi. Tuntematon on merkitty sanalla TÄYDENNÄ."]
    lines += ["pseudonym_key: ../pseudonym.key"] if pseudonyms else []
    if pattern := _extract_pattern(folder):
        lines += [f'extracts: {{folders: "{pattern}"}}']
    lines += ["tables:"]
    for table in (t for t in COLUMNS if t in chosen or t not in OPTIONAL):
        lines += _proposal(table, chosen.get(table), bool(_extract_pattern(folder)), services)
    return "\n".join(lines) + "\n", said


def _look(folder: Path) -> Iterator[_Seen]:
    """The files of a folder and of its newest extract, by pattern."""
    extracts = sorted(f for f in folder.iterdir() if f.is_dir() and re.search(DATE, f.name))
    for place, inside in ((folder, False), *((f, True) for f in extracts[-1:])):
        by_pattern: dict[str, list[Path]] = {}
        for path in sorted(p for p in place.iterdir() if p.is_file() and _is_export(p)):
            by_pattern.setdefault(
                re.sub(r"[-_ ]?[0-9][-_.0-9]*(?=[-_ .])", "*", path.name), []
            ).append(path)
        for pattern, paths in by_pattern.items():
            heads = [head for path in paths if (head := _head(path))]
            if heads:
                yield _seen(pattern if len(paths) > 1 else paths[0].name, inside, heads)


def _is_export(path: Path) -> bool:
    return path.name[0] not in ".~" and path.suffix.casefold() in NEAR


def _seen(pattern: str, inside: bool, heads: Sequence[tuple[int, list[list[str]], int]]) -> _Seen:
    line = heads[0][0]
    values: dict[str, list[str]] = {n: [] for n in heads[0][1][0] if n.strip()}
    for _, (names, *rows), _ in heads:
        for i, name in enumerate(names):
            if name in values:
                values[name] += [r[i].strip() for r in rows if i < len(r) and r[i].strip()]
    points = any(
        re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]{2})?", v)
        for c in values.values()
        for v in c
    )
    return _Seen(pattern, inside, tuple(values), values, sum(n for *_, n in heads), line, points)


def _head(path: Path) -> tuple[int, list[list[str]], int] | None:
    """The line of the headings, the headings with some rows, and how many rows there are."""
    kind = type_of(path)
    if kind in TEXT:
        return _text_head(path, kind)
    if kind in SPREADSHEETS:
        with load_workbook(str(path)) as book:
            cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        rows = [
            (n, [cell_text(c) or "" for c in r])
            for n, r in enumerate(cells, 1)
            if any(c != "" for c in r)
        ]
        return _from(rows, len(rows)) if rows else None
    if kind is FileType.PARQUET:
        file = pq.ParquetFile(path)
        return 1, [file.schema_arrow.names], file.metadata.num_rows
    return None


def _text_head(path: Path, kind: FileType) -> tuple[int, list[list[str]], int] | None:
    whole = path.read_bytes()
    encoding = encoding_of(whole, _ANY, kind is FileType.UTF_16)
    if encoding is None:
        return None
    text = whole.decode(encoding)
    separator = {"TAB": "\t"}.get(s := guessed_heading(text[: 1 << 18], _ANY)[1], s)
    rows = [(n, r) for n, r in records(text, separator, _ROWS) if any(c.strip() for c in r)]
    count = sum(1 for r in csv.reader(text.splitlines(), delimiter=separator) if any(r))
    return _from(rows, count) if rows else None


def _from(rows: Sequence[tuple[int, list[str]]], count: int) -> tuple[int, list[list[str]], int]:
    line = looks_like_heading(rows[:20])
    kept = [r for n, r in rows if n >= line][:_ROWS]
    return line, kept, count - sum(n <= line for n, _ in rows)


def _table_of(files: _Seen, taken: dict[str, _Seen]) -> str:
    """The table whose columns and name fit best; empty if none does."""
    scores = {}
    for table, columns in COLUMNS.items():
        named = sum(word in _letters(files.pattern) for word in _FILES[table].split())
        found = _matched(table, files.headings, dict.fromkeys([*columns, "month"]))
        scores[table] = 3 * named + len(found) if len(found) >= 2 else 0
    best = max(scores, key=lambda t: scores[t])
    return best if scores[best] >= 3 and best not in taken else ""


def _matched(table: str, headings: Sequence[str], columns: dict[str, None]) -> dict[str, str]:
    """Column → heading: exact words before parts of words, long parts before short ones."""
    fits = []
    for column in columns:
        for word in (column, *_WORDS[column].split()):
            for heading in headings:
                name = _letters(heading)
                if name == word or (len(word) > 3 and word in name):
                    fits.append((name != word, -len(word), column, heading))
    found: dict[str, str] = {}
    for _, _, column, heading in sorted(fits, key=lambda fit: fit[:2]):
        if column not in found and heading not in found.values():
            found[column] = heading
    return found


def _letters(text: str) -> str:
    return plain(text).translate(str.maketrans("åäöé", "aaoe"))


def _extract_pattern(folder: Path) -> str:
    names = sorted(f.name for f in folder.iterdir() if f.is_dir() and re.search(DATE, f.name))
    return re.sub(DATE, "{date}", names[-1], count=1) if names else ""


def _proposal(table: str, files: _Seen | None, series: bool, services: Sequence[str]) -> list[str]:
    """One table's lines."""
    if files is None:
        return [f"  {table}:", f'    files: ["{UNKNOWN}"]', "    columns: {}"]
    lines = [f"  {table}:", f'    files: ["{files.pattern}"]']
    lines += ["    extracts: false"] if series and not files.in_extracts else []
    lines += [f"    heading_line: {files.line}"] if files.line > 1 else []
    found = _matched(table, files.headings, dict.fromkeys([*COLUMNS[table], "month"]))
    for column, fits in (("municipality", _are_codes), ("client_id", _is_identity)):
        spare = (h for h in files.headings if h not in found.values() and fits(files.values[h]))
        if column in COLUMNS[table] and column not in found and (heading := next(spare, "")):
            found[column] = heading
    snapshots = table == "residences" and "month" in found and "valid_from" not in found
    lines += ["    snapshots: true"] if snapshots else []
    lines += ["    columns:"]
    wanted = ("client_id", "municipality", "month") if snapshots else tuple(COLUMNS[table])
    for column in wanted:
        lines += _column(table, (column, found.get(column, "")), files, services, series)
    unread = [h for h in files.headings if h not in found.values()]
    totals = [
        (h, v)
        for h in files.headings
        for v in dict.fromkeys(files.values[h])
        if v.casefold() in _TOTALS
    ]
    for heading, value in totals[:1]:
        lines += [
            f'    left_out: [{{column: "{heading}", values: ["{value}"], reason: summarivi}}]'
        ]
    return lines + ([f"    # ei lueta: {', '.join(unread)}"] if unread else [])


def _are_codes(values: Sequence[str]) -> bool:
    return bool(values) and set(values) <= municipality_codes()


def _column(
    table: str, named: tuple[str, str], files: _Seen, services: Sequence[str], series: bool
) -> list[str]:
    """A column by the heading that was found for it."""
    column, heading = named
    if not heading:
        needed = COLUMNS[table].get(column, True)
        recorded = column == RECORDED.get(table, "recorded_on") and series and files.in_extracts
        if not needed or recorded:
            return []
        if IDS.get(table) == column and table == "service_periods":
            return [f"      {column}: {{key: [client_id, service, start_date]}}"]
        return [f'      {column}: "{UNKNOWN}"']
    values = files.values.get(heading, [])
    more = []
    if column == "client_id" and _is_identity(values):
        more.append("pseudonym: true")
    if column in ("service", "kind"):
        known = {s: _SERVICES.get(s, s) for s in services} if column == "service" else _KINDS
        more += _value_map(values, known)
    if column in ("service_month", "period", "month"):
        forms = [
            form for shape, form in _FORMS if values and all(re.fullmatch(shape, v) for v in values)
        ]
        more += [f'form: "{forms[0]}"'] if forms else []
    if column == "amount" and files.thousands:
        more.append('thousands: "."')
    said = heading.replace('"', '\\"').replace("\n", " ")
    return [f'      {column}: {{column: "{said}"{"".join(f", {m}" for m in more)}}}']


def _value_map(values: Sequence[str], known: dict[str, str]) -> list[str]:
    """What the values mean, where they name something known; others are only counted."""
    pairs, different = [], sorted(set(values))
    few = len(different) <= _MOST_NAMES and len(values) >= 3 * len(different)
    for value in different:
        hits = [name for name, words in known.items() if value.casefold() != name
                and any(w in _letters(value) for w in words.split())]  # fmt: skip
        if hits:
            pairs.append(f'"{value}": {hits[-1]}')
        elif value.casefold() not in known and few:
            pairs.append(f'"{value}": "{UNKNOWN}"')
    return [f"values: {{{', '.join(pairs)}}}"] if pairs else []


def _is_identity(values: Sequence[str]) -> bool:
    return bool(values) and sum(bool(_IDENTITY.search(v)) for v in values) * 2 > len(values)
