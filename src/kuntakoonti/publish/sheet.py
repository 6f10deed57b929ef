"""What a report is: its file names, its notebook's parameters, its page, its figures as CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.handover import (
    AnnexFigures,
    AreaFigures,
    Cell,
    Manifest,
    Measure,
    ReleaseFacts,
    read_annex,
    read_area,
    read_manifest,
)
from kuntakoonti.language import Language
from kuntakoonti.publish.workbook import annex_workbook, area_workbook

AREA = "area"
CSV_COLUMNS = (
    "release", "municipality", "service", "period", "measure", "value", "class_low", "class_high",
    "status",
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One report before it is made; ``page`` goes to the notebook's metadata."""

    release: str
    stem: str
    title: str
    date: str
    parameters: dict[str, str]
    page: dict[str, str]
    cells: tuple[Cell, ...]
    workbook: Callable[[], bytes]


def sheet_of(handover: Path, municipality: str) -> Sheet:
    """The report of a municipality, or of the area (``area``), from the handover."""
    manifest, language = read_manifest(handover), Language()
    if municipality == AREA:
        return _area_sheet(read_area(handover), manifest, language)
    return annex_sheet(read_annex(handover, municipality), manifest, language)


def annex_sheet(annex: AnnexFigures, manifest: Manifest, language: Language) -> Sheet:
    """The report of a municipality's month or year."""
    facts = annex.facts
    who = f"{annex.municipality} {annex.name.fi}"
    period = {"month": facts.month} if facts.kind == "month" else {"year": facts.month[:4]}
    title = f"Kuntalaskutuksen liite {_when(facts)}, {who}"
    return Sheet(
        release=facts.release,
        stem=file_stem(annex),
        title=title,
        date=facts.as_of.isoformat(),
        parameters={"municipality": annex.municipality, "release": facts.release, **period},
        page=_page(facts, manifest, title, f"{who} · {_when(facts)}"),
        cells=_ordered(annex.cells, facts),
        workbook=lambda: annex_workbook(annex, manifest, language),
    )


def _area_sheet(area: AreaFigures, manifest: Manifest, language: Language) -> Sheet:
    facts = area.facts
    title = f"Kuntalaskutuksen yhteenveto {_when(facts)}, {facts.area.fi}"
    return Sheet(
        release=facts.release,
        stem=f"{facts.area_code}-{ascii_name(facts.area.fi)}-yhteenveto-{facts.release}",
        title=title,
        date=facts.as_of.isoformat(),
        parameters={"release": facts.release},
        page=_page(facts, manifest, title, f"Yhteenveto · {_when(facts)}"),
        cells=_ordered(area.cells, facts),
        workbook=lambda: area_workbook(area, language),
    )


def file_stem(annex: AnnexFigures) -> str:
    """``297-Kuopio-koontitiedot-2025-08`` or ``297-Kuopio-tasaus-2025``: ASCII, without spaces."""
    facts = annex.facts
    if facts.kind == "month":
        return f"{folder_name(annex)}-koontitiedot-{facts.release}"
    year, kind = facts.release.split("-")
    return f"{folder_name(annex)}-{kind}-{year}"


def folder_name(annex: AnnexFigures) -> str:
    """``749-Siilinjarvi``."""
    return f"{annex.municipality}-{ascii_name(annex.name.fi)}"


def ascii_name(name: str) -> str:
    """A name for files: å, ä, ö without their marks, everything but letters and digits a hyphen."""
    plain = name.translate(str.maketrans("åäöÅÄÖ", "aaoAAO"))
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in plain).strip("-")


def figures_csv(release: str, cells: Iterable[Cell]) -> bytes:
    """The contract's long form of every figure on the page: comma, UTF-8, one row a figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows((release, *cell.row()) for cell in cells)
    return text.getvalue().encode()


def datapackage(sheet: Sheet) -> bytes:
    """A Data Package v2 descriptor of the CSV."""
    integers = {"value", "class_low", "class_high"}
    fields = [{"name": c, "type": "integer" if c in integers else "string"} for c in CSV_COLUMNS]
    name = sheet.stem.lower()
    resource = {
        "name": name,
        "type": "table",
        "path": f"{sheet.stem}.csv",
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
        "name": name,
        "title": sheet.title,
        "created": f"{sheet.date}T00:00:00Z",
        "resources": [resource],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def _when(facts: ReleaseFacts) -> str:
    return facts.month if facts.kind == "month" else facts.release.replace("-", " ")


def _page(facts: ReleaseFacts, manifest: Manifest, title: str, head: str) -> dict[str, str]:
    """Title, language, date and running lines of the page."""
    return {
        "title": title,
        "language": "fi",
        "date": facts.as_of.isoformat(),
        "author": facts.sender.fi,
        "subject": f"Koontitiedot kunnittain, asia {facts.case_number}",
        "running_head": f"{facts.sender.fi} · {head}",
        "running_foot": f"Asia {facts.case_number} · versio {facts.version}",
        "page_label": "sivu",
        "draft_label": "LUONNOS" if manifest.state == "draft" else "",
    }


def _ordered(cells: tuple[Cell, ...], facts: ReleaseFacts) -> tuple[Cell, ...]:
    order = {m: i for i, m in enumerate(Measure)}
    services = {s.name: i for i, s in enumerate(facts.services)}
    return tuple(
        sorted(cells, key=lambda c: (order[c.measure], services.get(c.service, 99), c.period))
    )
