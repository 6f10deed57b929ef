"""The invented area as another area's systems would export it: three monthly extracts.

Finnish headings, identity codes, the register's own names of services, one file of periods a month,
snapshots of residences, invoices from an accounting system, budgets in a workbook with a title and
a line of totals. Nothing says when a row was recorded: the series of extracts does.

The identity codes are invented and of the numbers 900–999, which no person has.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from kuntakoonti.example.plan import ExamplePlan
from kuntakoonti.example.tables import Tables, make
from kuntakoonti.example.write import write_files
from kuntakoonti.parameters.municipalities import municipalities

DAYS = (date(2025, 7, 15), date(2025, 8, 15), date(2025, 9, 15))
NAMES = {
    "palkkatuki": "Palkkatuki kunnalle",
    "starttiraha": "Starttiraha",
    "kotoutumiskoulutus": "Kotoutumiskoulutus (hankinta)",
    "tyollistamistuki_55": "Työllistämistuki 55 v täyttäneelle",
}
KINDS = {"invoice": "Lasku", "credit": "Hyvityslasku", "internal": "Sisäinen"}
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ABOUT = """# Keksitty vienti · An invented export

Toisen työllisyysalueen järjestelmien vienti samasta keksitystä maailmasta, jonka `example-data` kirjoittaa: kolme
kuukausittaista poimintaa. Kaikki on keksittyä. Henkilötunnusten yksilönumerot ovat 900–999, joita ei ole kenelläkään.
Työllisyysalue {area}, siemenluku {seed}, koko {scale:g}. Käyttöön ottaminen: `docs/another-area.md`.

Another employment area's exports of the invented world that `example-data` writes: three monthly extracts. Everything is
invented; the identity codes have the individual numbers 900–999, which nobody has.
"""
Rows = Iterator[list[str]]


def export_plan(area: str, months: int, scale: float, seed: int) -> ExamplePlan:
    """A world whose people move at the turn of a month, so that monthly snapshots tell all moves."""
    return ExamplePlan(area=area, months=months, scale=scale, seed=seed, whole_months=True)


def write_export(plan: ExamplePlan, folder: Path) -> None:
    """Write the three extracts, the budgets and LUEMINUT.md."""
    tables = make(replace(plan, whole_months=True), shared=False)
    codes = identity_codes(tables)
    files: dict[str, Iterator[bytes]] = {"talousarvio 2025.xlsx": iter([_budget_book(tables)])}
    for day in DAYS:
        for name, text in _extract(tables, codes, day).items():
            files[f"export-{day.isoformat()}/{name}"] = iter([text.encode("cp1252")])
    write_files(folder, files, _ABOUT.format(area=plan.area, seed=plan.seed, scale=plan.scale))


def identity_codes(tables: Tables) -> dict[str, str]:
    """Client → an invented code of a number that no person has; equal worlds have equal codes."""
    clients = sorted({*tables.service_periods["client_id"], *tables.residences["client_id"]})
    return {client: _code(place) for place, client in enumerate(clients)}


def _code(place: int) -> str:
    day, number = divmod(place, 99)
    born = date(1960, 1, 1).toordinal() + day * 7 % 16_000
    stem = f"{date.fromordinal(born):%d%m%y}"
    individual = 900 + number
    return f"{stem}-{individual}{_CHECKS[int(f'{stem}{individual}') % 31]}"


def _extract(tables: Tables, codes: Mapping[str, str], day: date) -> dict[str, str]:
    """The files of one extract: what the registers held on a day."""
    made = {f"palvelujaksot {month}.csv": text for month, text in _periods(tables, codes, day)}
    made["kotikunnat.csv"] = _text(_snapshots(tables, codes, day))
    made["maksut.csv"] = _text(_payments(tables, codes, day))
    made["myyntilaskut.csv"] = _text(_invoices(tables, day))
    return made


def _held(frame: pd.DataFrame, day: date, key: str, recorded: str = "recorded_on") -> pd.DataFrame:
    """The newest revision of each row known on a day, not removed."""
    known = frame[frame[recorded] <= pd.Timestamp(day)].drop_duplicates(key, keep="last")
    return known[known["removed"] == 0] if "removed" in known else known


def _periods(tables: Tables, codes: Mapping[str, str], day: date) -> Iterator[tuple[str, str]]:
    """One file for each month in which periods begin."""
    held = _held(tables.service_periods, day, "record_id")
    for month, rows in held.groupby(held["start_date"].dt.strftime("%Y-%m")):
        yield str(month), _text(_period_rows(rows, codes))


def _period_rows(rows: pd.DataFrame, codes: Mapping[str, str]) -> Rows:
    yield [
        "Henkilötunnus",
        "Palvelu",
        "Alkupäivä",
        "Päättymispäivä",
        "Ryhmä",
        "Käsittelijän yksikkö",
    ]
    for r in _each(rows):
        yield [codes[r.client_id], NAMES[r.service], _day(r.start_date), _day(r.end_date),
               "" if pd.isna(r.group_id) else str(r.group_id), "Yksikkö 3"]  # fmt: skip


def _snapshots(tables: Tables, codes: Mapping[str, str], day: date) -> Rows:
    """The municipality of every client in every month, as the population register knew it."""
    yield ["Henkilötunnus", "Kuukausi", "Kotikunta"]
    rows = tables.residences
    known = rows[rows["recorded_on"] <= pd.Timestamp(day)]
    held = known.drop_duplicates(["client_id", "valid_from"], keep="last").sort_values("valid_from")
    first = tables.service_periods["start_date"].min().to_period("M")
    for month in pd.period_range(first, pd.Timestamp(day).to_period("M"), freq="M"):
        last = month.end_time.normalize()
        there = held[
            (held["valid_from"] <= last) & (held["valid_to"].isna() | (held["valid_to"] >= last))
        ]
        held_once = there.drop_duplicates("client_id", keep="last").sort_values("client_id")
        for r in _each(held_once):
            yield [codes[r.client_id], f"{month.month}/{month.year}", str(r.municipality)]


def _payments(tables: Tables, codes: Mapping[str, str], day: date) -> Rows:
    yield ["Tositenumero", "Henkilötunnus", "Ryhmä", "Tukimuoto", "Kausi", "Summa"]
    for r in _each(_held(tables.costs, day, "cost_id")):
        year, month = str(r.service_month).split("-")
        client = "" if pd.isna(r.client_id) else codes[r.client_id]
        group = "" if pd.isna(r.group_id) else str(r.group_id)
        yield [
            r.cost_id,
            client,
            group,
            NAMES[r.service],
            f"{int(month)}/{year}",
            _euros(r.amount_cents),
        ]


def _invoices(tables: Tables, day: date) -> Rows:
    yield [
        "Laskunumero",
        "Asiakas",
        "Tuote",
        "Laskutuskausi",
        "Netto EUR",
        "Laskupäivä",
        "Laji",
        "Hyvittää",
    ]
    rows = tables.advance_invoices
    for r in _each(rows[rows["invoiced_on"] <= pd.Timestamp(day)]):
        kind = KINDS["invoice" if pd.isna(r.kind) or not r.kind else str(r.kind)]
        credits = "" if pd.isna(r.credits_invoice_id) else str(r.credits_invoice_id)
        yield [str(r.invoice_id), str(r.municipality), NAMES[r.service], str(r.period),
               _euros(r.amount_cents), _day(r.invoiced_on), kind, credits]  # fmt: skip


def _budget_book(tables: Tables) -> bytes:
    """A workbook with a title, headings on the third row and a line of totals."""
    target, names = io.BytesIO(), municipalities()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.set_properties({"created": pd.Timestamp(DAYS[0]).to_pydatetime()})
        sheet, dates = (
            book.add_worksheet("Talousarvio"),
            book.add_format({"num_format": "d.m.yyyy"}),
        )
        sheet.write(0, 0, "Kuntien talousarviot, euroa")
        heads = ("Vuosi", "Kuntanumero", "Kunta", "Palvelu", "Euroa", "Päätetty")
        sheet.write_row(2, 0, heads)
        rows = tables.budgets
        for line, r in enumerate(_each(rows), 3):
            sheet.write_row(line, 0, [int(r.year), str(r.municipality), names[str(r.municipality)].name_fi,
                                      NAMES[r.service], r.amount_cents / 100])  # fmt: skip
            sheet.write_datetime(line, 5, r.recorded_on.to_pydatetime(), dates)
        sheet.write(len(rows) + 3, 0, "Yhteensä")
        sheet.write(len(rows) + 3, 4, int(rows["amount_cents"].sum()) / 100)
    return target.getvalue()


def _each(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples."""
    return iter(frame.itertuples())


def _text(rows: Rows) -> str:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";", lineterminator="\r\n").writerows(rows)
    return target.getvalue()


def _day(day: pd.Timestamp) -> str:
    return "" if pd.isna(day) else f"{day.day}.{day.month}.{day.year}"


def _euros(cents: int) -> str:
    """1.234,50 with a point between thousands."""
    whole, rest = divmod(abs(int(cents)), 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{grouped},{rest:02d}"
