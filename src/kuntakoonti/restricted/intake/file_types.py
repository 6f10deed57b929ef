"""What a file is, by its first bytes and not by its name."""

import zipfile
from enum import StrEnum
from pathlib import Path

from kuntakoonti.core.errors import message

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOOKED_AT = 1 << 16
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class FileType(StrEnum):
    """Kinds of files that come under a table's name."""

    CSV = "csv"
    UTF_16 = "utf-16"
    UTF_32 = "utf-32"
    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    PARQUET = "parquet"
    LOCKED = "locked"
    HTML = "html"
    XML = "xml"
    GZIP = "gzip"
    ZIP = "zip"
    PDF = "pdf"
    JSON = "json"
    SQLITE = "sqlite"
    UNKNOWN = "unknown"


TEXT = frozenset({FileType.CSV, FileType.UTF_16})
SPREADSHEETS = frozenset({FileType.XLSX, FileType.XLSB, FileType.XLS, FileType.ODS})
CALLED: dict[FileType, str] = {
    FileType.CSV: message("text (CSV)"),
    FileType.UTF_16: message("text (UTF-16)"),
    FileType.UTF_32: message("text (UTF-32)"),
    FileType.XLSX: message("an Excel workbook (.xlsx)"),
    FileType.XLSB: message("a binary Excel workbook (.xlsb)"),
    FileType.XLS: message("an old Excel workbook (.xls)"),
    FileType.ODS: message("a LibreOffice workbook (.ods)"),
    FileType.PARQUET: message("Parquet"),
    FileType.LOCKED: message("a workbook with a password"),
    FileType.HTML: message("a web page (HTML)"),
    FileType.XML: message("XML"),
    FileType.GZIP: message("a packed file (gzip)"),
    FileType.ZIP: message("a packed file (zip)"),
    FileType.PDF: message("PDF"),
    FileType.JSON: message("JSON"),
    FileType.SQLITE: message("a database file (SQLite)"),
    FileType.UNKNOWN: message("an unknown file"),
}
_STARTS = (
    (_OLE, FileType.XLS),
    (b"PAR1", FileType.PARQUET),
    (b"\x1f\x8b", FileType.GZIP),
    (b"%PDF", FileType.PDF),
    (b"SQLite format 3\0", FileType.SQLITE),
    (b"\xff\xfe\0\0", FileType.UTF_32),
    (b"\0\0\xfe\xff", FileType.UTF_32),
    (b"\xff\xfe", FileType.UTF_16),
    (b"\xfe\xff", FileType.UTF_16),
)


def type_of(path: Path) -> FileType:
    """The kind of a file; OSError if it cannot be read."""
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    if head.startswith(b"PK"):
        return _of_zip(path)
    for start, kind in _STARTS:
        if head.startswith(start):
            return _of_ole(path) if kind is FileType.XLS else kind
    return _of_text(head)


def _of_zip(path: Path) -> FileType:
    """A workbook by what is packed in it."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = {name.casefold().lstrip("/") for name in packed.namelist()}
            if "mimetype" in names and b"opendocument.spreadsheet" in packed.read("mimetype"):
                locked = b"encryption-data" in packed.read("META-INF/manifest.xml")
                return FileType.LOCKED if locked else FileType.ODS
    except (zipfile.BadZipFile, KeyError, RuntimeError, OSError, ValueError):
        return FileType.UNKNOWN
    if any(name.endswith("workbook.bin") for name in names):
        return FileType.XLSB
    if any(name.startswith("xl/") or name.endswith("workbook.xml") for name in names):
        return FileType.XLSX
    return FileType.ZIP


def _of_ole(path: Path) -> FileType:
    """An old workbook, or a new one that a password protects."""
    return FileType.LOCKED if _ENCRYPTED in path.read_bytes() else FileType.XLS


def _of_text(head: bytes) -> FileType:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta")):
        return FileType.HTML
    if start.startswith(b"<?xml") or b"<workbook" in start:
        return FileType.HTML if b"<html" in head.lower() else FileType.XML
    if start.startswith((b"{", b"[{", b"[\n")):
        return FileType.JSON
    if b"\0" not in head:
        return FileType.CSV
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    return FileType.UTF_16 if max(even, odd) > half // 2 > min(even, odd) * 4 else FileType.UNKNOWN
