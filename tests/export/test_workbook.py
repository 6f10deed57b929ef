"""XLSX and CSV of an annex, read back as their readers do."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import pikepdf
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from worlds.office import converted

from kuntakoonti.core.language import MINUS, NBSP, Language
from kuntakoonti.core.texts import Texts
from kuntakoonti.export.report import CSV_COLUMNS, Sheet, annex_sheet, figures_csv
from kuntakoonti.export.workbook import annex_workbook
from kuntakoonti.export.xlsx import Folder, Worksheet, spreadsheet
from kuntakoonti.export.xlsx_cells import MEASURE, STATUS
from kuntakoonti.public.cells import Measure, Status
from kuntakoonti.public.handover import open_handover
from kuntakoonti.public.pages import AnnexFigures, Manifest

CONTRACT = "release,municipality,service,period,measure,value,class_low,class_high,status"
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x.invalid")', "http://x.invalid")


def sheet(annex: AnnexFigures) -> Sheet:
    """The annex as a draft report."""
    facts = annex.facts
    blank = dict.fromkeys(("approved_by", "archive_head", "inputs", "parameters", "program"), "")
    named = {"release": facts.release, "month": facts.month, "as_of": facts.as_of}
    manifest = Manifest(**named, **blank, state="draft", files={})
    return annex_sheet(annex, manifest, Language())


def annex_csv(annex: AnnexFigures) -> bytes:
    made = sheet(annex)
    return figures_csv(made.release, made.cells)


@pytest.fixture(scope="module")
def handover(august_draft: Path) -> Path:
    """The handover of August 2025, protected for all eleven municipalities."""
    return august_draft / "protected" / "2025-08"


@pytest.fixture(params=["297", "844", "857"])
def annex(request: pytest.FixtureRequest, handover: Path) -> AnnexFigures:
    """The host, and two small municipalities with other families of figures."""
    return open_handover(handover).annex(request.param)


@pytest.fixture
def manifest(handover: Path) -> Manifest:
    return open_handover(handover).manifest


# XLSX

SHEETS = [
    "Asiakkaat jaksoittain", "Asiakkaat", "Ennakot", "Arvio", "Kirjausaste", "Vertailu", "Laskut",
    "Kaikki summat", "Selitteet", "KEKSITYT TIEDOT",
]  # fmt: skip


def test_the_sheets_have_their_names_and_a_frozen_header(
    annex: AnnexFigures, manifest: Manifest
) -> None:
    """Sheets in reading order; the heading stays when one scrolls and is repeated in print."""
    book = _book(annex, manifest)
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "B2" and sheet.print_title_rows == "$1:$1"
        assert all(isinstance(cell.value, str) and cell.font.bold for cell in sheet[1])


def test_the_only_formulas_are_sums_of_the_cells_above(
    annex: AnnexFigures, manifest: Manifest
) -> None:
    """A formula stands in the last row, sums its column, and holds the published total."""
    raw = annex_workbook(annex, manifest, Language())
    said = load_workbook(io.BytesIO(raw), data_only=True)
    formulas = 0
    for sheet in load_workbook(io.BytesIO(raw)):
        for cell in (c for row in sheet.iter_rows() for c in row):
            assert cell.data_type in ("n", "s", "d", "f") and cell.hyperlink is None
            if cell.data_type == "f":
                letter, last = cell.column_letter, sheet.max_row
                assert cell.row == last
                assert cell.value == f"=SUM({letter}2:{letter}{last - 1})"
                above = [c.value for c in sheet[letter][1 : last - 1]]
                assert round(sum(above), 2) == said[sheet.title][cell.coordinate].value
                formulas += 1
    assert formulas == 6
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        assert not any("external" in n.lower() or "vba" in n.lower() for n in parts.namelist())


def test_a_total_that_is_not_the_sum_above_stays_a_number() -> None:
    """A hidden cell, or a total that holds more than what stands above, gives no formula."""
    rows = (("a", 5, Decimal("1.10"), 2), ("b", "alle 5", Decimal("2.20"), 3))
    grid = Worksheet("T", ("x", "y", "z", "w"), rows, ("all", 8, Decimal("3.30"), 6))
    folder = Folder("t", "a", date(2025, 9, 15), "", "", "p")
    (sheet,) = load_workbook(io.BytesIO(spreadsheet(folder, [grid])))
    assert [c.value for c in sheet[4]] == ["all", 8, "=SUM(C2:C3)", 6]


def test_every_sheet_prints_on_lying_a4_as_wide_as_the_page(
    annex: AnnexFigures, manifest: Manifest
) -> None:
    """Margins of two centimetres, a head with title and draft mark, a foot with case and page."""
    for sheet in _book(annex, manifest):
        setup, margins = sheet.page_setup, sheet.page_margins
        assert (setup.paperSize, setup.orientation) == (9, "landscape")
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, setup.fitToHeight) == (True, 0)
        edges = (margins.left, margins.right, margins.top, margins.bottom, margins.header)
        assert min(edges) >= 2 / 2.54 - 0.001
        assert annex.name.fi in sheet.oddHeader.left.text
        assert sheet.oddHeader.right.text == "LUONNOS · KEKSITYT TIEDOT"
        assert sheet.oddFooter.left.text == f"Asia {annex.facts.case_number}"
        assert str(sheet.oddFooter.right.text).startswith("sivu &")


def test_dates_are_dates(annex: AnnexFigures, manifest: Manifest) -> None:
    """The day of an invoice and the extraction date can be sorted as days."""
    book = _book(annex, manifest)
    days = [
        row[1].value for row in book["Laskut"].iter_rows(min_row=2) if row[0].value != "Yhteensä"
    ]
    assert [d.date() for d in days if d] == [i.invoiced_on for i in annex.invoices]
    said = {row[0].value: row[1].value for row in book["Selitteet"].iter_rows()}
    assert said["Tilanne"].date() == annex.facts.as_of


@pytest.mark.slow
def test_libreoffice_opens_and_prints_it(
    handover: Path, manifest: Manifest, tmp_path: Path
) -> None:
    """A page a sheet, in another program than the one that wrote it."""
    raw = annex_workbook(open_handover(handover).annex("844"), manifest, Language())
    (tmp_path / "a.xlsx").write_bytes(raw)
    with pikepdf.open(converted(tmp_path / "a.xlsx", "pdf", tmp_path)) as printed:
        assert len(printed.pages) == len(SHEETS) + 1  # and what says that the data are invented


def test_every_measure_and_status_has_words() -> None:
    """No figure that may be published lacks its words in the board's workbook."""
    assert (set(MEASURE), set(STATUS)) == (set(Measure), set(Status))


def test_counts_are_numbers_and_hidden_ones_are_words(
    annex: AnnexFigures, manifest: Manifest
) -> None:
    """Each count stands once, with its class and state; what is hidden is no number."""
    rows = list(_book(annex, manifest)["Asiakkaat"].iter_rows(min_row=2, values_only=True))
    cells = [c for c in annex.cells if c.measure is Measure.CLIENTS]
    assert len(rows) == len(cells) > 0
    shown = sorted(row[2] for row in rows if not isinstance(row[2], str))
    assert shown == sorted(c.value for c in cells if c.value is not None)
    assert all(type(value) is int for value in shown)
    for row in rows:
        if isinstance(row[2], str):
            assert re.fullmatch(r"väh\. \d+|alle 5", row[2])
    classes = sorted((row[3], row[4]) for row in rows if row[3] is not None)
    assert classes == sorted((c.class_low, c.class_high) for c in cells if c.class_low is not None)


@pytest.mark.rule(
    "R5",
    'Before: the class of a fixed grid, 5 below 100, 10 from 100, said by its lower bound, "väh."',
)
@pytest.mark.parametrize(
    ("status", "low", "high", "value", "said"),
    [
        (Status.FINAL, None, None, 5, 5),
        (Status.FINAL, None, None, 1234, 1234),
        (Status.PRELIMINARY, 0, 4, None, "alle 5"),
        (Status.PRELIMINARY, 5, 9, None, "väh. 5"),
        (Status.UNDER_THRESHOLD, None, None, None, "alle 5"),
        (Status.NOT_SHOWN, None, None, None, "ei esitetä"),
        (Status.NOT_OFFERED, None, None, None, None),
    ],
)
def test_every_status_has_its_words(
    status: Status, low: Any, high: Any, value: Any, said: Any, handover: Path, manifest: Manifest
) -> None:
    """Zero to four is one class, and not shown is neither zero nor few."""
    annex = open_handover(handover).annex("844")
    cell = next(c for c in annex.cells if c.measure is Measure.CLIENTS)
    cell = replace(cell, status=status, value=value, class_low=low, class_high=high)
    book = _book(annex.model_copy(update={"cells": (cell,)}), manifest)
    row = [c.value for c in book["Asiakkaat"][2]]
    assert row[2] == said and (row[3], row[4]) == (low, high) and row[5]
    hides = value is None and status in (Status.PRELIMINARY, Status.UNDER_THRESHOLD)
    assert bool(row[6]) is hides


def test_euros_are_numbers_to_the_cent(annex: AnnexFigures, manifest: Manifest) -> None:
    """The year's budget, advances and what is to come, this advance and the scheduled one, together
    too."""
    sheet = _values(annex, manifest)["Ennakot"]
    period, year = annex.facts.invoice_period, annex.facts.month[:4]
    cents = {(c.service, c.period, c.measure): c.value for c in annex.cells}
    services = [s.name for s in annex.facts.services] + ["any"]
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == len(services)
    for service, row in zip(services, rows, strict=True):
        for cell, key in zip(
            row[1:],
            [
                (service, year, Measure.BUDGET),
                (service, year, Measure.ADVANCE),
                (service, year, Measure.ADVANCE_COMING),
                (service, period, Measure.ADVANCE),
                (service, period, Measure.ADVANCE_EXPECTED),
            ],
            strict=True,
        ):
            assert cell.data_type == "n" and cell.number_format == "#,##0.00"
            assert round(cell.value * 100) == (cents.get(key) or 0)


def test_the_workbook_opens_on_the_pages_table(annex: AnnexFigures, manifest: Manifest) -> None:
    """Periods down, services across: every count once, hidden ones by their words."""
    book = _book(annex, manifest)
    assert book.active.title == SHEETS[0]
    table = list(book[SHEETS[0]].iter_rows(values_only=True))
    long = list(book["Asiakkaat"].iter_rows(min_row=2, values_only=True))
    found = {
        (service, row[0]): value
        for row in table[1:]
        for service, value in zip(table[0][1:], row[1:], strict=True)
        if value is not None
    }
    assert found == {(row[0], row[1]): row[2] for row in long}


def test_no_text_stands_for_an_amount(annex: AnnexFigures, manifest: Manifest) -> None:
    """A point in a column of numbers is no number: what is not known is empty."""
    for sheet in _book(annex, manifest):
        assert "." not in {cell.value for row in sheet.iter_rows() for cell in row}


def test_rounded_amounts_have_no_cents(annex: AnnexFigures, manifest: Manifest) -> None:
    """Advances to the cent, forecast and expected adjustment in whole euros."""
    cells = {row[0].value: row[1] for row in _book(annex, manifest)["Arvio"].iter_rows(min_row=2)}
    forms = {name: cell.number_format for name, cell in cells.items() if cell.value is not None}
    exact = ("Koko vuoden ennakot, €", "Ennakot tähän mennessä, €")
    assert {name for name, form in forms.items() if form == "#,##0.00"} == set(exact)
    assert forms["Odotettu tasaus, noin (negatiivinen on hyvitys), €"] == "#,##0"


def test_invoices_stand_one_a_row_with_their_euros(annex: AnnexFigures, manifest: Manifest) -> None:
    """The invoice's number is a text, its amount a number."""
    rows = list(_values(annex, manifest)["Laskut"].iter_rows(min_row=2, values_only=True))
    *billed, total = [row for row in rows if row[0]]
    assert [row[0] for row in billed] == [i.invoice_id for i in annex.invoices]
    assert [round(row[6] * 100) for row in billed] == [i.cents for i in annex.invoices]
    assert total[0] == "Yhteensä" and round(total[6] * 100) == sum(i.cents for i in annex.invoices)


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_looks_like_a_formula_stays_a_text(
    text: str, handover: Path, manifest: Manifest
) -> None:
    """In the municipality's name, the contact, a service and an invoice's number."""
    annex = open_handover(handover).annex("297")
    first, *others = annex.facts.services
    services = (first.model_copy(update={"label": Texts(fi=text)}), *others)
    facts = annex.facts.model_copy(update={"contact": Texts(fi=text), "services": services})
    invoice = replace(annex.invoices[0], invoice_id=text, service=first.name)
    odd = annex.model_copy(update={"facts": facts, "name": Texts(fi=text), "invoices": (invoice,)})
    book = _book(odd, manifest)
    assert book["Ennakot"]["A2"].value == book["Laskut"]["A2"].value == text
    assert [row[1] for row in book["Selitteet"].iter_rows(values_only=True)].count(text) == 1
    assert f"297 {text}" in [c.value for c in book["Selitteet"]["B"]]
    found = [
        c
        for sheet in book
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, str) and text in c.value
    ]
    assert len(found) >= 4 and all(c.data_type == "s" and not c.hyperlink for c in found)


def test_the_workbook_is_dated_by_the_extraction(annex: AnnexFigures, manifest: Manifest) -> None:
    """Not by the clock, and it names a role and no user of a computer."""
    properties = _book(annex, manifest).properties
    assert properties.created == datetime.combine(annex.facts.as_of, datetime.min.time())
    assert properties.creator == annex.facts.sender.fi
    assert properties.title == (
        f"Kuntalaskutuksen liite 2025-08, {annex.municipality} {annex.name.fi}"
    )


def test_the_workbook_is_the_same_bytes_twice(annex: AnnexFigures, manifest: Manifest) -> None:
    """Also when the cells come in another order."""
    once = annex_workbook(annex, manifest, Language())
    assert annex_workbook(annex, manifest, Language()) == once
    turned = annex.model_copy(update={"cells": annex.cells[::-1]})
    assert annex_workbook(turned, manifest, Language()) == once


@pytest.mark.parametrize(
    ("state", "by", "said"),
    [("draft", "", "luonnos, ei hyväksytty"), ("approved", "controller", "controller")],
)
def test_the_explanations_say_who_approved(
    state: str, by: str, said: str, annex: AnnexFigures, manifest: Manifest
) -> None:
    """A draft says that it is one."""
    signed = manifest.model_copy(update={"state": state, "approved_by": by})
    rows = _book(annex, signed)["Selitteet"].iter_rows(values_only=True)
    assert {str(row[0]): row[1] for row in rows}["Hyväksyjä"] == said


# CSV


def test_the_csv_has_the_contracts_form(annex: AnnexFigures) -> None:
    """Its columns in their order, commas, LF at every end, UTF-8 without a mark."""
    raw = annex_csv(annex)
    assert raw.decode("utf-8").splitlines()[0] == CONTRACT == ",".join(CSV_COLUMNS)
    assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw and b";" not in raw
    assert raw.endswith(b"\n") and not raw.endswith(b"\n\n")


def test_the_csv_is_every_figure_of_the_handover(annex: AnnexFigures) -> None:
    """One row a figure of the municipality, and the area's percentages, whatever the order they came in."""
    rows = _rows(annex)
    assert {r["release"] for r in rows} == {"2025-08"}
    whose = {(r["municipality"], r["measure"].endswith("_percent")) for r in rows}
    assert whose == {(annex.municipality, False), (annex.facts.area_code, True)}
    wanted = {tuple("" if v is None else str(v) for v in c.row()) for c in annex.cells}
    assert {tuple(r[k] for k in CSV_COLUMNS[1:]) for r in rows} == wanted
    assert len(rows) == len(annex.cells)
    turned = annex.model_copy(update={"cells": annex.cells[::-1]})
    assert annex_csv(turned) == annex_csv(annex)


def test_a_row_says_no_more_than_its_status(annex: AnnexFigures) -> None:
    """A final figure has a value, a preliminary one a class, any other neither."""
    for row in _rows(annex):
        has = (row["value"] != "", row["class_low"] != "", row["class_high"] != "")
        final, preliminary = row["status"] == "final", row["status"] == "preliminary"
        assert has == (final, preliminary, preliminary)
        assert row["measure"] in set(Measure) and row["status"] in set(Status)
        assert re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?", row["period"])


@pytest.mark.parametrize("name", ["857-Tuusniemi", "844-Tervo"])
def test_every_figure_of_the_page_is_in_the_csv(name: str, august_draft: Path) -> None:
    """Each count, and each total of the table of advances, looked up in the published CSV."""
    stem = august_draft / "draft" / "2025-08" / name / f"{name}-koontitiedot-2025-08"
    with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    page = {
        cell.source: cell.outputs[0].data["text/html"]
        for cell in nbformat.read(stem.with_suffix(".ipynb"), as_version=4).cells
        if cell.get("outputs") and "text/html" in cell.outputs[0].get("data", {})
    }
    counts = [r for r in rows if r["measure"] == "clients"]
    said = re.findall(
        r'<td class="(?:n \w+|\w+ n)">([^<]+)</td>', page["annex_tables.clients(annex)"]
    )
    assert sorted(said) == sorted(map(_as_said, counts)) and said
    cents = {int(r["value"]) for r in rows if r["measure"] != "clients"}
    _, totals = page["annex_tables.advances(annex)"].split("<tfoot>")
    euros = re.findall(r'<td class="n">([^<]*\d,\d\d)</td>', totals)
    assert len(euros) >= 12
    for text in euros:
        digits = text.replace(NBSP, "").replace(",", "").replace(MINUS, "-")
        assert int(digits) in cents, text


def _book(annex: AnnexFigures, manifest: Manifest) -> Workbook:
    return load_workbook(io.BytesIO(annex_workbook(annex, manifest, Language())))


def _values(annex: AnnexFigures, manifest: Manifest) -> Workbook:
    """The workbook with what its formulas come to."""
    raw = annex_workbook(annex, manifest, Language())
    return load_workbook(io.BytesIO(raw), data_only=True)


def _rows(annex: AnnexFigures) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(annex_csv(annex).decode(), newline="")))


def _as_said(row: dict[str, str]) -> str:
    """A count of the CSV in the words of the page, written out here by hand."""
    if row["status"] == "final":
        return row["value"]
    if row["status"] == "preliminary":
        return "alle 5*" if row["class_low"] == "0" else f"väh. {row['class_low']}*"
    return "alle 5" if row["status"] == "under_threshold" else "."
