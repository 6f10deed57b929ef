"""XLSX of an annex and of the area's page, straight from the handover: numbers are numbers, nothing is a formula."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from kuntakoonti.calendar import year_of
from kuntakoonti.handover import (
    ANY,
    AnnexFigures,
    AreaFigures,
    Cell,
    Manifest,
    Measure,
    ReleaseFacts,
    Status,
)
from kuntakoonti.language import Language

_STATUS = {
    Status.FINAL: "valmis",
    Status.PRELIMINARY: "ennakkotieto, kirjattu tähän mennessä",
    Status.UNDER_THRESHOLD: "valmis, alle rajan",
    Status.NOT_SHOWN: "ei esitetä",
    Status.NOT_OFFERED: "ei tarjottu",
}
_MEASURE = {
    Measure.CLIENTS: "asiakkaita",
    Measure.BUDGET: "talousarvio, €",
    Measure.ADVANCE: "ennakot, €",
    Measure.ADVANCE_EXPECTED: "ennakko talousarvion mukaan, €",
    Measure.ACTUAL: "toteuma, €",
    Measure.ADJUSTMENT: "tasaus, €",
    Measure.POSTING: "tiliöintiehdotus, €",
    Measure.PRIOR_YEAR: "aiempien vuosien oikaisu, €",
    Measure.ACTUAL_ROUNDED: "kirjattu kustannus noin, €",
    Measure.CLIENTS_SHOWN_SUM: "asiakkaita, näkyvissä olevien lukujen summa",
    Measure.ACTUAL_SHOWN_SUM: "toteuma, näkyvissä olevien summa, €",
}
_KIND = {"invoice": "ennakkolasku", "credit": "hyvityslasku", "internal": "sisäinen veloitus"}
_FINDING = {
    "missing": "lasku puuttuu",
    "doubled": "laskutettu kahdesti, hyvitys puuttuu",
    "doubled_credited": "laskutettu kahdesti, hyvitetty",
    "differing": "poikkeaa talousarviosta",
    "misdirected": "näyttää toisen kunnan ennakolta",
}


def annex_workbook(annex: AnnexFigures, manifest: Manifest, language: Language) -> bytes:
    """The annex as XLSX: clients, advances, invoices, explanations; byte-equal for equal input."""
    money = ("Ennakot", _advances) if annex.facts.kind == "month" else ("Tasaus", _settlement)
    sheets = {
        "Asiakkaat": _clients(annex, language),
        money[0]: money[1](annex, language),
        "Laskut": _invoices(annex, language),
        "Selitteet": _explanations(annex, manifest, language),
    }
    title = f"Kuntalaskutuksen liite {annex.facts.release}, {annex.municipality} {annex.name.fi}"
    return _book(title, annex.facts, sheets)


def area_workbook(area: AreaFigures, language: Language) -> bytes:
    """The area's page as XLSX: every member's published figures, and their sums."""
    sheets = {"Kunnat": _members(area, language), "Summat": _sums(area, language)}
    return _book(f"Yhteenveto {area.facts.release}, {area.facts.area.fi}", area.facts, sheets)


def _members(area: AreaFigures, language: Language) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [("Kunta", "Palvelu", "Jakso", "Tieto", "Luku", "Tila")]
    for member in area.members:
        for c in member.cells:
            shown = c.value
            if c.value is not None and c.measure.endswith("_cents"):
                amount: Any = c.value / 100
            else:
                amount = shown if shown is not None else _hidden(area.facts, c)
            name = f"{member.code} {member.name.fi}"
            label = _label(area.facts, c.service)
            what = _MEASURE.get(c.measure, c.measure.value)
            rows.append((name, label, language.period(c.period), what, amount, _STATUS[c.status]))
    return rows


def _sums(area: AreaFigures, language: Language) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        ("Palvelu", "Jakso", "Tieto", "Summa", "Kunnat, jotka eivät ole mukana")
    ]
    names = {m.code: m.name.fi for m in area.facts.members}
    for c in area.cells:
        amount = (c.value or 0) / 100 if c.measure.endswith("_cents") else c.value
        left_out = area.missing.get(f"{c.service} {c.period}", ()) if amount == c.value else ()
        listed = ", ".join(names[code] for code in (*left_out, *area.unpublished))
        what = _MEASURE.get(c.measure, c.measure.value)
        rows.append(
            (_label(area.facts, c.service), language.period(c.period), what, amount, listed)
        )
    return rows


def _book(title: str, facts: ReleaseFacts, sheets: dict[str, list[Sequence[Any]]]) -> bytes:
    memory = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(memory, options)
    created = datetime.combine(facts.as_of, datetime.min.time())
    book.set_properties({"title": title, "author": facts.sender.fi, "created": created})
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


def _label(facts: ReleaseFacts, service: str) -> str:
    named = {s.name: s.label.fi for s in facts.services}
    return named.get(service, "Palvelut yhteensä")


def _clients(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        ("Palvelu", "Jakso", "Asiakkaita", "Vähintään", "Enintään", "Tila")
    ]
    for c in _ordered(annex):
        if c.measure is Measure.CLIENTS:
            shown = c.value if c.value is not None else _hidden(annex.facts, c)
            label, period = _label(annex.facts, c.service), language.period(c.period)
            rows.append((label, period, shown, c.class_low, c.class_high, _STATUS[c.status]))
    return rows


def _hidden(facts: ReleaseFacts, cell: Cell) -> str:
    if cell.status is Status.PRELIMINARY and cell.class_low:
        return f"väh. {cell.class_low}"
    small = cell.status in (Status.PRELIMINARY, Status.UNDER_THRESHOLD)
    if small:
        return f"alle {facts.threshold}"
    return "ei esitetä" if cell.status is Status.NOT_SHOWN else "."


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
        rows.append((_label(annex.facts, service) if service != ANY else "Yhteensä", *amounts))
    return rows


def _settlement(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    """One row a service: budget, net advances, actual, adjustment and posting; hidden is a point."""
    year = year_of(annex.facts.month)
    cents = {(c.service, c.measure): c.value for c in annex.cells if c.period == year}
    if any(measure is Measure.POSTING for _, measure in cents):
        cents[ANY, Measure.POSTING] = cents[ANY, Measure.ADJUSTMENT]
    measures = {measure for _, measure in cents}
    columns = {
        f"Talousarvio {year}, €": Measure.BUDGET,
        "Ennakot netto, €": Measure.ADVANCE,
        "Kirjattu toteuma noin, €": Measure.ACTUAL_ROUNDED,
        "Toteuma, €": Measure.ACTUAL,
        "Tasaus, €": Measure.ADJUSTMENT,
        "Tiliöintiehdotus, €": Measure.POSTING,
        "Aiempien vuosien oikaisu, €": Measure.PRIOR_YEAR,
    }
    wanted = {title: measure for title, measure in columns.items() if measure in measures}
    rows: list[Sequence[Any]] = [("Palvelu", *wanted)]
    for service in (*(s.name for s in annex.facts.services), ANY):
        amounts = [cents.get((service, m)) for m in wanted.values()]
        name = "Yhteensä" if service == ANY else _label(annex.facts, service)
        rows.append((name, *("." if a is None else a / 100 for a in amounts)))
    return rows


def _invoices(annex: AnnexFigures, language: Language) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [
        ("Lasku", "Palvelu", "Jakso", "Laji", "Hyvittää laskun", "Euroa", "Havainto")
    ]
    found = {(m.service, m.period): _FINDING[m.finding] for m in annex.mismatches}
    for i in annex.invoices:
        rows.append((
            i.invoice_id, _label(annex.facts, i.service), language.short(i.period), _KIND[i.kind],
            i.credits_invoice_id or "", i.cents / 100, found.get((i.service, i.period), ""),
        ))  # fmt: skip
    for m in annex.mismatches:
        if m.finding == "missing":
            label = _label(annex.facts, m.service)
            rows.append(("", label, language.short(m.period), "", "", 0.0, _FINDING[m.finding]))
    return rows


def _explanations(
    annex: AnnexFigures, manifest: Manifest, language: Language
) -> list[Sequence[Any]]:
    facts, t = annex.facts, annex.facts.threshold
    state = "luonnos, ei hyväksytty" if manifest.state == "draft" else manifest.approved_by
    return [
        ("Tieto", "Arvo"),
        *([("Salassapito", "SALASSA PIDETTÄVÄ (JulkL 621/1999 § 24.1 k. 25 ja § 25)")] if annex.secret else []),
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
    number_head = book.add_format(
        {**font, "bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "right"}
    )
    for column, title in enumerate(rows[0]):
        numbers = any(isinstance(row[column], int | float) for row in rows[1:])
        sheet.write_string(0, column, title, number_head if numbers else head)
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
