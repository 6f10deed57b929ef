"""Inputs that nobody sends on purpose: drawn from a seed, so that a case can be made again."""

import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from worlds.intake_cases import as_csv, as_workbook, base
from worlds.places import PROJECT

PERSONAL = "Meikäläinen010190123A"  # is in a cell of every case and may be in no message
ODD = (
    "", " ", "0", "-1", "1e999", "NaN", "NULL", "١٢٣", "１２３", "2025-13-45", "31.2.2025", "0000-00-00",
    "9999-12-31", "999999999999999999999999", "1,23E+11", "=1+1", "#REF!", "\x00", "\ud7ff", "\u202e", "😀",
    '"', "'", ";", ",", "\t", "\n", "a" * 140_000, "-" * 33_000, "010190-123A", "٢٠٢٥-٠٨", "true", "on", "~",
    "1.234.567,89", "−5", "2025-08-01T25:61", "1900-01-00", "60", "297", "749", "palkkatuki", "&a [*a]",
)  # fmt: skip
WORDS = (
    "check", "month", "year-end", "run", "approve", "sent", "correct", "status", "attack", "verify",
    "trace", "new-area", "new-sources", "fold-extracts", "example-data", "nonesuch",
)  # fmt: skip
OPTIONS = (
    "--data", "--output", "--parameters", "--as-of", "--municipality", "--language", "--format",
    "--workers", "--by", "--reason", "--service", "--period", "--channel", "--date", "--basis",
    "--approved-by", "--dry-run", "--coarse", "--help", "--version", "--csv", "--seed", "--x", "--",
)  # fmt: skip
VALUES = (
    "2025-08", "2025", "2025-09-15", "2025-tasaus", "857", "17", "1", "html", "fi", "data", "out",
    "/dev/null", "no/such/folder", "-5", "99999999999", "\udcff", "a\x00b"[:1], "ä" * 300, *ODD[:30],
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A command in a folder: ``make`` fills it; ``words`` are what the command line gets."""

    kind: str
    seed: int
    words: tuple[str, ...]
    make: Callable[[Path], None]


def drawn(kind: str, seed: int) -> Case:
    """The case of a seed."""
    draw = random.Random(f"{kind} {seed}")
    return {"tables": _tables, "parameters": _parameters, "words": _words}[kind](draw, seed)


def _tables(draw: random.Random, seed: int) -> Case:
    def make(folder: Path) -> None:
        for name, rows in base().items():
            changed = rows if draw.random() < 0.4 else _changed(draw, rows)
            _written(draw, folder / "data" / name, changed)

    words = ("check", "--data", "data", "--as-of", "2025-09-15", "--parameters", str(PROJECT / "parameters"))  # fmt: skip
    return Case("tables", seed, words, make)


def _changed(draw: random.Random, rows: list[list[str]]) -> list[list[str]]:
    """Cells, rows and headings changed at some places, one of them a person's name."""
    made = [list(row) for row in rows]
    for _ in range(draw.randint(1, 4)):
        row = draw.choice(made[1:] or made)
        place = draw.randrange(len(row)) if row else 0
        match draw.randrange(8):
            case 0:
                row[place : place + 1] = []
            case 1:
                row.insert(place, draw.choice(ODD))
            case 2:
                made.remove(row)
            case 3:
                made.insert(draw.randrange(1, len(made) + 1), list(row))
            case 4:
                made[0][place % len(made[0])] = draw.choice((*ODD, made[0][0]))
            case _:
                row[place : place + 1] = [draw.choice(ODD)]
        made = made if len(made) > 1 else [*made, row]
    person = draw.choice(made[1:])
    person[len(person) - 1 :] = [PERSONAL]
    return made


def _written(draw: random.Random, stem: Path, rows: list[list[str]]) -> None:
    """As a CSV of some dialect, a workbook or Parquet; sometimes damaged afterwards."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    form = draw.choice(("csv", "csv", "csv", "xlsx", "parquet", "none"))
    path = stem.with_suffix(f".{form}")
    if form == "csv":
        text = as_csv(rows, draw.choice(";;,\t|")).replace("\n", draw.choice(("\n", "\r\n", "\r")))
        encoding = draw.choice(("utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-32"))
        path.write_bytes(text.encode(encoding, "replace"))
    elif form == "xlsx":
        as_workbook(path, [[_for_excel(cell) for cell in row] for row in rows])
        _in_sheet(draw, path)
    elif form == "parquet":
        _parquet(draw, path, rows)
    if form != "none" and draw.random() < 0.25:
        _damaged(draw, path)


def _for_excel(cell: str) -> str:
    return "".join(c for c in cell[:32_000] if c.isprintable())


def _in_sheet(draw: random.Random, path: Path) -> None:
    """References of cells that no sheet has, or that are far apart."""
    if draw.random() < 0.5:
        return
    place = draw.choice(("A1048577", "XFD1048576", "ZZZZ9", "A99999999999", "A0", "ZZ90000", "B"))
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    text = parts[sheet].decode()
    number = "".join(c for c in place if c.isdigit()) or "7"
    cell = f'<row r="{number}"><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row>'
    parts[sheet] = text.replace("</sheetData>", f"{cell}</sheetData>").encode()
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def _parquet(draw: random.Random, path: Path, rows: list[list[str]]) -> None:
    """Texts, numbers, days and moments of any year; columns of one type each."""
    names, *records = rows
    columns = {}
    for place, name in enumerate(names):
        texts = [row[place] if place < len(row) else "" for row in records]
        kind = draw.choice(("text", "text", "text", "days", "moments", "numbers", "bytes", "lists"))
        columns[f"{name}"] = {
            "text": lambda t=texts: pa.array(t),
            "days": lambda: pa.array([date(draw.choice((1, 1899, 2025, 9999)), 1, 1) for _ in records]),
            "moments": lambda: pa.array([draw.randint(-(2**62), 2**62) for _ in records], pa.timestamp("us")),
            "numbers": lambda: pa.array([draw.choice((1.5, float("nan"), 1e300)) for _ in records]),
            "bytes": lambda: pa.array([b"\xff\xfe" for _ in records]),
            "lists": lambda: pa.array([[1, 2] for _ in records]),
        }[kind]()  # fmt: skip
    pq.write_table(pa.table(columns), path)


def _damaged(draw: random.Random, path: Path) -> None:
    content = bytearray(path.read_bytes())
    match draw.randrange(4):
        case 0:
            del content[draw.randrange(len(content) + 1) :]
        case 1:
            for _ in range(5):
                content[draw.randrange(len(content))] = draw.randrange(256)
        case 2:
            content[:0] = bytes(draw.randrange(256) for _ in range(9))
        case 3:
            content = bytearray(b"x" * 1_200_000 + content)
    path.write_bytes(bytes(content))


def _parameters(draw: random.Random, seed: int) -> Case:
    def make(folder: Path) -> None:
        (folder / "parameters").mkdir()
        (folder / "data").mkdir()
        for name, rows in base().items():
            (folder / "data" / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8")
        files = sorted((PROJECT / "parameters").glob("*.yml"))
        harmed = draw.choice(files).name
        for file in files:
            text = file.read_text(encoding="utf-8")
            made = _yaml(draw, text) if file.name == harmed else text
            target = folder / "parameters" / file.name
            target.write_bytes(made.encode("utf-8", "surrogateescape"))
            if file.name == harmed and draw.random() < 0.1:
                _damaged(draw, target)

    words = ("check", "--data", "data", "--as-of", "2025-09-15", "--parameters", "parameters")
    return Case("parameters", seed, words, make)


def _yaml(draw: random.Random, text: str) -> str:
    """Other digits here and there, or lines removed, doubled, moved or with another value."""
    if draw.random() < 0.6:
        digits = [place for place, letter in enumerate(text) if letter.isdigit()]
        for place in draw.sample(digits, draw.randint(1, 3)):
            text = text[:place] + draw.choice("0123456789") + text[place + 1 :]
        return text
    lines = text.splitlines()
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(lines))
        key, colon, _ = lines[place].partition(":")
        match draw.randrange(6):
            case 0:
                lines[place] += " &a"
            case 1:
                lines.insert(place, lines[place])
            case 2:
                lines[place] = "  " + lines[place]
            case 3:
                lines[place:] = lines[place + 1 :] or lines
            case _:
                odd = draw.choice(
                    (*ODD, "*a", "[" * 3_000, "{", "!!python/object:os.system x", "<<: *a")
                )
                lines[place] = f"{key}{colon or ':'} {odd}"
    return "\n".join(lines) + "\n"


def _words(draw: random.Random, seed: int) -> Case:
    words = [draw.choice(WORDS)]
    for _ in range(draw.randint(0, 7)):
        words += draw.choice(((draw.choice(VALUES),), (draw.choice(OPTIONS), draw.choice(VALUES))))
    words = [w.encode("utf-8", "surrogateescape").replace(b"\0", b"").decode("utf-8", "surrogateescape") for w in words]  # fmt: skip

    def make(folder: Path) -> None:
        (folder / "data").mkdir()
        for name, rows in base().items():
            (folder / "data" / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8")

    return Case("words", seed, tuple(words), make)
