"""XLSX and CSV of an annex, straight from the handover: numbers are numbers, nothing is a formula."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from kuntakoonti.calendar import year_of
from kuntakoonti.handover import ANY, AnnexFigures, Cell, Manifest, Measure, Status
from kuntakoonti.language import Language

CSV_COLUMNS = (
    "release", "municipality", "service", "period", "measure", "value", "class_low", "class_high",
    "status",
)  # fmt: skip
_STATUS = {
    Status.FINAL: "valmis",
    Status.PRELIMINARY: "ennakkotieto, kirjattu tähän mennessä",
    Status.UNDER_THRESHOLD: "valmis, alle rajan",
    Status.NOT_SHOWN: "ei esitetä",
    Status.NOT_OFFERED: "ei tarjottu",
}
_KIND = {"invoice": "ennakkolasku", "credit": "hyvityslasku", "internal": "sisäinen veloitus"}
_FINDING = {
    "missing": "lasku puuttuu",
    "doubled": "laskutettu kahdesti, hyvitys puuttuu",
    "doubled_credited": "laskutettu kahdesti, hyvitetty",
    "differing": "poikkeaa talousarviosta",
    "misdirected": "näyttää toisen kunnan ennakolta",
}


def annex_csv(annex: AnnexFigures) -> bytes:
    """The contract's long form of every figure on the page: comma, UTF-8, one row a figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows((annex.facts.release, *cell.row()) for cell in _ordered(annex))
    return text.getvalue().encode()


def datapackage(annex: AnnexFigures, csv_name: str, title: str) -> bytes:
    """A Data Package v2 descriptor of the CSV."""
    integers = {"value", "class_low", "class_high"}
    fields = [{"name": c, "type": "integer" if c in integers else "string"} for c in CSV_COLUMNS]
    resource = {
        "name": csv_name.removesuffix(".csv").lower(),
        "type": "table",
        "path": csv_name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": fields,
            "missingValues": [{"value": "", "label": "ei lukua, katso status"}],
            "primaryKey": ["release", "municipality", "service", "period", "measure"],
        },
    }
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": resource["name"],
        "title": title,
        "created": f"{annex.facts.as_of.isoformat()}T00:00:00Z",
        "resources": [resource],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def annex_workbook(annex: AnnexFigures, manifest: Manifest, language: Language) -> bytes:
    """The annex as XLSX: clients, advances, invoices, explanations; byte-equal for equal input."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "strings_to_formulas": False,
                                        "strings_to_urls": False})  # fmt: skip
    created = datetime.combine(annex.facts.as_of, datetime.min.time())
    book.set_properties({
        "title": f"Kuntalaskutuksen liite {annex.facts.release}, {annex.municipality} {annex.name.fi}",
        "author": annex.facts.sender.fi,
        "created": created,
    })  # fmt: skip
    money = ("Ennakot", _advances) if annex.facts.kind == "month" else ("Tasaus", _settlement)
    sheets = {
        "Asiakkaat": _clients(annex, language),
        money[0]: money[1](annex, language),
        "Laskut": _invoices(annex, language),
        "Selitteet": _explanations(annex, manifest, language),
    }
    for name, rows in sheets.items():
        _sheet(book, name, rows)
    book.close()
    return memory.getvalue()


def _ordered(annex: AnnexFigures) -> list[Cell]:
    order = {m: i for i, m in enumerate(Measure)}
    services = {s.name: i for i, s in enumerate(annex.facts.services)}
    return sorted(
        annex.cells, key=lambda c: (order[c.measure], services.get(c.service, 99), c.period)
    )


def _label(annex: AnnexFigures, service: str) -> str:
    return next(
        (s.label.fi for s in annex.facts.services if s.name == service), "Palvelut yhteensä"
    )


def _clients(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        ("Palvelu", "Jakso", "Asiakkaita", "Vähintään", "Enintään", "Tila")
    ]
    for c in _ordered(annex):
        if c.measure is Measure.CLIENTS:
            shown = c.value if c.value is not None else _hidden(annex, c)
            label, period = _label(annex, c.service), language.period(c.period)
            rows.append((label, period, shown, c.class_low, c.class_high, _STATUS[c.status]))
    return rows


def _hidden(annex: AnnexFigures, cell: Cell) -> str:
    if cell.status is Status.PRELIMINARY and cell.class_low:
        return f"väh. {cell.class_low}"
    small = cell.status in (Status.PRELIMINARY, Status.UNDER_THRESHOLD)
    return f"alle {annex.facts.threshold}" if small else "."


def _advances(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    """One row a service: budget, this advance as invoiced and by the schedule, the year's advances."""
    period = annex.facts.invoice_period
    year = year_of(period)
    cents = {(c.service, c.period, c.measure): c.value for c in annex.cells}
    rows: list[Sequence[Any]] = [(
        "Palvelu", f"Talousarvio {year}, €", f"Tämä ennakko {language.short(period)}, €",
        f"Talousarvion mukaan {language.short(period)}, €", f"Ennakot {year} yhteensä, €",
    )]  # fmt: skip
    wanted = (
        (year, Measure.BUDGET),
        (period, Measure.ADVANCE),
        (period, Measure.ADVANCE_EXPECTED),
        (year, Measure.ADVANCE),
    )
    for service in (*(s.name for s in annex.facts.services), ANY):
        amounts = [(cents.get((service, p, m)) or 0) / 100 for p, m in wanted]
        rows.append((_label(annex, service) if service != ANY else "Yhteensä", *amounts))
    return rows


def _settlement(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    """One row a service: budget, net advances, actual, adjustment and posting; hidden is a point."""
    year = year_of(annex.facts.month)
    final = annex.facts.kind == "final"
    wanted = {
        f"Talousarvio {year}, €": Measure.BUDGET,
        "Ennakot netto, €": Measure.ADVANCE,
        "Toteuma, €" if final else "Kirjattu toteuma noin, €": Measure.ACTUAL
        if final
        else Measure.ACTUAL_ROUNDED,
    }
    if final:
        wanted |= {"Tasaus, €": Measure.ADJUSTMENT, "Tiliöintiehdotus, €": Measure.POSTING}
        wanted |= {"Aiempien vuosien oikaisu, €": Measure.PRIOR_YEAR}
    cents = {(c.service, c.measure): c.value for c in annex.cells if c.period == year}
    rows: list[Sequence[Any]] = [("Palvelu", *wanted)]
    for service in (*(s.name for s in annex.facts.services), ANY):
        amounts = [cents.get((service, m)) for m in wanted.values()]
        name = "Yhteensä" if service == ANY else _label(annex, service)
        rows.append((name, *("." if a is None else a / 100 for a in amounts)))
    return rows


def _invoices(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        ("Lasku", "Palvelu", "Jakso", "Laji", "Hyvittää laskun", "Euroa", "Havainto")
    ]
    found = {(m.service, m.period): _FINDING[m.finding] for m in annex.mismatches}
    for i in annex.invoices:
        rows.append((
            i.invoice_id, _label(annex, i.service), language.short(i.period), _KIND[i.kind],
            i.credits_invoice_id or "", i.cents / 100, found.get((i.service, i.period), ""),
        ))  # fmt: skip
    for m in annex.mismatches:
        if m.finding == "missing":
            label = _label(annex, m.service)
            rows.append(("", label, language.short(m.period), "", "", 0.0, _FINDING[m.finding]))
    return rows


def _explanations(
    annex: AnnexFigures, manifest: Manifest, language: Language
) -> list[Sequence[Any]]:
    facts, t = annex.facts, annex.facts.threshold
    state = "luonnos, ei hyväksytty" if manifest.state == "draft" else manifest.approved_by
    return [
        ("Tieto", "Arvo"),
        ("Kunta", f"{annex.municipality} {annex.name.fi}"),
        ("Tietokuukausi", language.period(facts.month)),
        ("Ennakko", language.period(facts.invoice_period)),
        ("Tilanne", language.date(facts.as_of)),
        ("Asia", facts.case_number),
        ("Versio", str(facts.version)),
        ("Hyväksyjä", state),
        (f"alle {t}", f"0–{t - 1} asiakasta; tarkempi luku on salassa pidettävä (JulkL 621/1999 § 24.1 k. 25)"),
        ("väh.", "tähän mennessä kirjattu luku on vähintään tämä; tarkka luku annetaan, kun jakso on valmis"),
        ("Summat", "Kuukausien lukuja ei voi laskea yhteen: sama asiakas on usean kuukauden luvussa."),
        ("Kysymykset", facts.contact.fi),
    ]  # fmt: skip


def _sheet(book: Any, name: str, rows: list[Sequence[Any]]) -> None:
    font = {"font_name": "Calibri", "font_size": 11}
    head = book.add_format({**font, "bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        int: book.add_format({**font, "num_format": "#,##0"}),
        float: book.add_format({**font, "num_format": "#,##0.00"}),
        str: book.add_format({**font, "text_wrap": name == "Selitteet", "valign": "top"}),
    }
    sheet = book.add_worksheet(name)
    for column, title in enumerate(rows[0]):
        sheet.write_string(0, column, title, head)
    for r, row in enumerate(rows[1:], 1):
        for c, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(r, c, value, formats[str])
            elif value is not None:
                sheet.write_number(r, c, value, formats[type(value)])
    sheet.freeze_panes(1, 0)
    widths = [
        max(12, min(30, max(len(str(row[c])) for row in rows) + 2)) for c in range(len(rows[0]))
    ]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, 90 if (name, column) == ("Selitteet", 1) else width)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P/&N")
