"""What a municipality is sent: a Data Package of its files, and one archive that holds them all."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kuntakoonti.export.report import CSV_COLUMNS, INVENTED_MEASURE, Sheet
from kuntakoonti.public.cells import Measure, Status

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
MEDIA = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DESCRIPTOR, CHECKSUMS, ARCHIVE = "datapackage.json", "SHA256SUMS", ".zip"


def datapackage(sheets: Sequence[Sheet], folder: Path) -> bytes:
    """The Data Package v2 descriptor of a folder: its CSV with every column, its pages with hashes.

    ``sheets`` is one report in each of its languages, the first of which names the package.
    """
    first = sheets[0]
    pages = [_page(s, kind, folder) for s in sheets for kind in MEDIA]
    package = {
        "$schema": PROFILE,
        "name": first.stem.lower(),
        "title": first.title,
        "created": f"{first.date}T00:00:00Z",
        "resources": [_figures(first, folder), *(page for page in pages if page)],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def _figures(sheet: Sheet, folder: Path) -> dict[str, Any]:
    """The CSV as a table: its columns, their types, what a missing value is, and its key."""
    label = sheet.language.text("no value, see status")
    return {
        "name": sheet.stem.lower(),
        "type": "table",
        **_file(folder / f"{sheet.stem}.csv", "text/csv"),
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(column, sheet) for column in CSV_COLUMNS],
            "missingValues": [{"value": "", "label": label}],
            "primaryKey": ["release", "municipality", "service", "period", "measure"],
        },
    }


def _field(column: str, sheet: Sheet) -> dict[str, Any]:
    """A column: a number that may be missing, a text that is always there, or one of few words.

    The measures of services shared by a key stand only where there are such.
    """
    if column in ("value", "class_low", "class_high"):
        return {"name": column, "type": "integer"}
    shared = any(c.measure.of_the_invoice for c in sheet.cells)
    measures = [m for m in Measure if shared or not m.of_the_invoice]
    words: dict[str, list[str]] = {"measure": [*measures, INVENTED_MEASURE], "status": [*Status]}
    listed = {"enum": [str(word) for word in words[column]]} if column in words else {}
    return {"name": column, "type": "string", "constraints": {"required": True, **listed}}


def _page(sheet: Sheet, kind: str, folder: Path) -> dict[str, Any]:
    """A page, empty if it was not made."""
    path = folder / f"{sheet.page_stem}.{kind}"
    name = {"name": f"{sheet.page_stem.lower()}-{kind}", "title": sheet.title}
    return {**name, "type": "file", **_file(path, MEDIA[kind])} if path.exists() else {}


def _file(path: Path, media: str) -> dict[str, Any]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    kind = path.suffix[1:]
    about = {"path": path.name, "format": kind, "mediatype": media}
    return {**about, "bytes": len(content), "hash": f"sha256:{digest}"}


def archive(folder: Path, day: date) -> bytes:
    """Pages, figures, their descriptor and ``SHA256SUMS`` as one ZIP; the same files, the same bytes.

    ``day`` is the extraction date, which every file in the archive bears. Notebooks stay out.
    """
    wanted = {DESCRIPTOR, *(f"*.{kind}" for kind in (*MEDIA, "csv"))}
    paths = sorted(path for pattern in wanted for path in folder.glob(pattern))
    contents = {path.name: path.read_bytes() for path in paths}
    sums = [f"{hashlib.sha256(c).hexdigest()}  {name}\n" for name, c in contents.items()]
    contents[CHECKSUMS] = "".join(sums).encode()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as held:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # rw-r--r--
            entry.compress_type = zipfile.ZIP_DEFLATED
            held.writestr(entry, contents[name])
    return memory.getvalue()
