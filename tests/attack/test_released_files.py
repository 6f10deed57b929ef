"""Nothing is published outside the attacker's view: every number is in the CSV, or is declared here."""

import csv
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from worlds.places import EXAMPLE, PROJECT

from kuntakoonti.parameters.municipalities import municipalities

Numbers = set[Decimal]
# What a page says besides figures: dates and periods, law and case, the page's own facts.
DECLARED = [
    r"\d{4}-\d\d-\d\dT[\d:]+Z?", r"\d{4}-\d\d(-\d\d)?", r"\d{1,2}\.\d{1,2}\.\d{4}",
    r"\d{4}/\d\d\.\d\d\.\d\d/\d{4}", r"\d{3,4}/\d{4}( § \d+(\.\d+)?( k\. \d+)?)?",
    r"(?<!\d)(\d{1,2}–)?\d{1,2}/\d{4}", r"§ \d+(\.\d+)?( k\. \d+)?", r"\b20\d\d\b",
    r"[Vv]ersio( ¦)? \d+", r"\b5 tai enemmän", r"\b[Aa]lle 5\b", r"\b0–4\b", r"\b\d kk\b",
    r"\b80 %", r"\b55 vuotta", r"\b30 päivän", r"erotus 0,00 €",
    r"Väh\. \d+[ ¦]+tarkoittaa, että tähän mennessä on kirjattu \d+–\d+", r"sivu \d/\d",
    r"Laskuissa on\s+\d\s+poikkeama", r"±\s*\d+\s*%", r"kulunut\s+\d+\s*%",
    r"1 000 asukasta", r"Sija, 1 on suurin",
]  # fmt: skip
NUMBER = re.compile(r"(?<![\d,.])\d{1,3}(?: \d{3})+(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)?")


def numbers(text: str) -> Numbers:
    """Every number of a text that is not in one of the declared forms."""
    text = re.sub("[\u00a0\u202f]", " ", text.replace("\u00ad", ""))
    for form in DECLARED:
        text = re.sub(form, " · ", text)
    return {Decimal(n.replace(" ", "").replace(",", ".")) for n in NUMBER.findall(text)}


class Visible(HTMLParser):
    """The words of an HTML page: text, alternative texts, titles and metadata; no style, no link."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in ("style", "script")
        if dict(attrs).get("name") not in ("viewport", "color-scheme"):
            said = ("alt", "title", "aria-label", "content")
            self.words += [value for name, value in attrs if name in said and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        self.words += [] if self.silent else [data]


def html_numbers(text: str) -> Numbers:
    page = Visible()
    page.feed(text)
    return numbers(" ¦ ".join(page.words))


def notebook_numbers(path: Path) -> Numbers:
    """The outputs of an executed notebook; its code must be the committed code and parameters."""
    body = json.loads(path.read_text(encoding="utf-8"))
    committed = json.loads((PROJECT / "notebooks" / "monthly_annex.ipynb").read_text("utf-8"))
    known_code = {"".join(cell["source"]) for cell in committed["cells"]}
    found: Numbers = set()
    for cell in body["cells"]:
        injected = "injected-parameters" in cell["metadata"].get("tags", [])
        assert injected or "".join(cell["source"]) in known_code
        for output in cell.get("outputs", ()):
            assert set(output["data"]) <= {"text/html", "text/plain", "image/svg+xml", "image/png"}
            for kind in ("text/html", "text/plain"):
                found |= html_numbers("".join(output["data"].get(kind, "")))
            found |= html_numbers(json.dumps(output["metadata"], ensure_ascii=False))
    return found


def workbook_numbers(path: Path) -> Numbers:
    """Texts and numbers of the cells; a day is a serial number, 2023–2028, and is declared."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found: Numbers = set()
    with zipfile.ZipFile(path) as book:
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        texts = ["".join(t.text or "" for t in s.iter(f"{space}t")) for s in shared]
        for name in (n for n in book.namelist() if n.startswith("xl/worksheets/sheet")):
            for row in ElementTree.fromstring(book.read(name)).iter(f"{space}row"):
                cells = [(c.get("t"), c.findtext(f"{space}v")) for c in row.iter(f"{space}c")]
                said = (texts[int(v)] for kind, v in cells if v and kind == "s")
                found |= numbers(" ¦ ".join(said))
                found |= {abs(round(Decimal(v), 2)) for kind, v in cells if v and kind != "s"}
    return found - {Decimal(n) for n in range(45_000, 47_000)}


def pdf_numbers(path: Path, most: int) -> Numbers:
    """The words of the PDF; the axes of the chart are lines of nothing but ticks."""
    run = ["pdftotext", "-layout", str(path), "-"]
    text = subprocess.run(run, capture_output=True, check=True, text=True).stdout
    whole = re.sub(r"(–|alle)\n+ *(?=\d)", r"\1 ", text).replace("– ", "–")  # broken in a form
    lines = (line for line in whole.splitlines() if not _is_axis(line, most))
    return numbers(" ¦ ".join(re.sub(r" {2,}", " ¦ ", line) for line in lines))


def _is_axis(line: str, most: int) -> bool:
    line = re.sub(r"(?<=\d)\s(?=\d{3}\b)", "", line)
    ticks = [tick for tick in line.split() if not re.fullmatch(r"Q[1-4]", tick)]
    if not all(tick.isdigit() for tick in ticks):
        return False
    if len(ticks) > 2 and list(map(int, ticks)) == [n * int(ticks[1]) for n in range(len(ticks))]:
        return True  # of euros: evenly from 0
    pairs = pairwise([0, *map(int, ticks)])
    along = len(ticks) > 1 and all(after in (before + 1, 1) for before, after in pairs)
    return along or all(
        (int(t) % 5 == 0 or line.strip() in ("2", "4", "6", "8")) and int(t) <= most + 50
        for t in ticks
    )


def shown(path: Path) -> Numbers:
    """What the CSV says: counts, classes and euros, and what is made of them: shares and differences."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found, euros = {Decimal(0)}, dict[tuple[str, str, str], Decimal]()
    for row in rows:
        unit = 100 if row["measure"].endswith("_cents") else 1
        cells = (row[c] for c in ("value", "class_low", "class_high"))
        found |= {abs(Decimal(cell)) / unit for cell in cells if cell}
        if row["value"]:
            place = (row["service"], row["measure"], row["period"])
            euros[place] = Decimal(row["value"]) / 100
    for (service, measure, period), amount in euros.items():
        expected = euros.get((service, "advance_expected_cents", period))
        if measure == "advance_cents" and expected is not None:
            found.add(abs(amount - expected))
        coming = euros.get((service, "advance_coming_cents", period))
        if measure == "advance_cents" and coming is not None:
            found.add(amount + coming)
        budget = euros.get((service, "budget_cents", period))
        if budget and measure in ("forecast_cents", "actual_rounded_cents"):
            found.add((100 * amount / budget).quantize(Decimal(1), ROUND_HALF_UP))
    return found


def compared(folder: Path) -> Iterator[Decimal]:
    """What members' CSV files say beside each other: ends, places, and how many show a figure."""
    values: dict[tuple[str, str, str], dict[str, Decimal]] = {}
    for path in folder.parent.glob("[0-9]*/*.csv"):
        code = path.parent.name[:3]
        with path.open(encoding="utf-8", newline="") as file:
            rows = [r for r in csv.DictReader(file) if r["value"] and r["municipality"] == code]
        cents = {(r["measure"], r["service"], r["period"]): Decimal(r["value"]) for r in rows}
        for (measure, service, period), value in cents.items():
            budget = cents.get(("budget_cents", service, period))
            if measure == "clients":
                rate = 1000 * value / municipalities()[code].population
                values.setdefault((measure, service, period), {})[code] = rate.quantize(
                    Decimal("0.01"), ROUND_HALF_UP
                )
            elif budget and measure in ("actual_rounded_cents", "forecast_cents"):
                share = (100 * value / budget).quantize(Decimal(1), ROUND_HALF_UP)
                values.setdefault((measure, service, period), {})[code] = share
    own = folder.name[:3]
    for found in (v for v in values.values() if own in v):
        place = 1 + sum(value > found[own] for value in found.values())
        yield from (min(found.values()), max(found.values()), found[own])
        yield from (Decimal(place), Decimal(len(found)))


def of_the_municipality(code: str, budget: Decimal) -> Iterator[Decimal]:
    """Its code, its invoices as they were sent, its population and the budget per head."""
    yield Decimal(code)
    sums: dict[str, Decimal] = {}
    with (EXAMPLE / "advance_invoices.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["municipality"] == code:
                amount = abs(Decimal(row["amount"].replace(",", ".")))
                sums[row["invoice_id"]] = sums.get(row["invoice_id"], Decimal(0)) + amount
                yield amount
    for number, amount in sums.items():
        yield from (Decimal(number), amount)
    people = municipalities()[code].population
    yield Decimal(people)
    yield (budget / people).quantize(Decimal("0.01"), ROUND_HALF_UP)


FORMATS = ("html", "ipynb", "xlsx", "pdf")


def published(path: Path, most: int) -> Numbers:
    """Every number of one file that nobody has declared."""
    if path.suffix == ".html":
        return html_numbers(path.read_text(encoding="utf-8"))
    if path.suffix == ".ipynb":
        return notebook_numbers(path)
    return workbook_numbers(path) if path.suffix == ".xlsx" else pdf_numbers(path, most)


def known(folder: Path) -> Numbers:
    """What the CSV of a municipality's page says, and what is said of the municipality."""
    found = shown(next(folder.glob("*.csv")))
    code = folder.name[:3]
    with next(folder.glob("*.csv")).open(encoding="utf-8", newline="") as file:
        budget = next(
            Decimal(row["value"]) / 100
            for row in csv.DictReader(file)
            if (row["service"], row["measure"]) == ("any", "budget_cents")
        )
    return found | set(of_the_municipality(code, budget)) | set(compared(folder))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_number_of_a_page_is_in_its_csv(kind: str, released: Path) -> None:
    """All eleven pages: counts, lower bounds, euros; anything else would escape the attacker."""
    if kind == "pdf" and not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    folders = [p for p in (released / "2025-08").iterdir() if p.name[:3].isdigit()]
    assert len(folders) == 11
    for folder in folders:
        allowed = known(folder)
        path = next(folder.glob(f"*.{kind}"))
        found = published(path, int(max(n for n in allowed if n < 10_000)))
        assert len(found) > 10
        assert found <= allowed, (path.name, found - allowed)


def test_the_data_package_says_no_number_of_its_own(released: Path) -> None:
    """Titles and descriptions have dates only; sizes and hashes are those of the files."""
    packages = list((released / "2025-08").glob("*/datapackage.json"))
    assert len(packages) == 12
    for path in packages:
        body = json.loads(path.read_text(encoding="utf-8"))
        code = path.parent.name[:3]
        texts = [body["title"], body["name"], *(r["name"] for r in body["resources"])]
        assert numbers(" ¦ ".join(texts)) <= {Decimal(n) for n in (code, 17) if str(n).isdigit()}
        for resource in body["resources"]:
            assert resource["bytes"] == (path.parent / resource["path"]).stat().st_size


def test_a_number_outside_the_csv_is_seen(released: Path) -> None:
    """The check itself: a hidden count or a cost written into any of the texts is found."""
    folder = next((released / "2025-08").glob("857-*"))
    page = next(folder.glob("*.html"))
    text = page.read_text(encoding="utf-8").replace(
        "</main>", "<p>3 331 asiakasta, 4 321,09 €</p></main>"
    )
    assert {Decimal(3331), Decimal("4321.09")} <= html_numbers(text) - known(folder)
