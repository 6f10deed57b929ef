"""A year's end by the command line: a drawn area of five members over two years, and the example data.

Kaavi has four clients, Keitele exactly five, Lapinlahti none; Tuusniemi merges into Kuopio on
1 January 2026. Every amount that is expected here was calculated by hand.
"""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from worlds.by_hand import ByHand
from worlds.drawn import PARAMETERS, Row, budget, cost, home, invoice, load_rows, period, read_cells
from worlds.office import converted
from worlds.places import EXAMPLE, PROJECT
from worlds.releases import ELEVEN, run_month, snapshot
from worlds.texts import leaks, said, texts_of

from kuntakoonti.cli.main import main
from kuntakoonti.public.cells import Measure
from kuntakoonti.public.ledger import read_archive

KOTO = "kotoutumiskoulutus"
FINAL, NEXT = "2026-02-28", "2027-02-28"
SERVICES = ("palkkatuki", "starttiraha", KOTO)


def client(name: str, code: str, service: str, year: str = "2025", group: str = "") -> list[Row]:
    """Someone at home in a municipality and in a service from January to June."""
    days = (f"{year}-01-01", f"{year}-06-30")
    return [home(name, code), period(name, *days, service, group=group)]


def clients(code: str, service: str, number: int, euros: str, year: str = "2025") -> list[Row]:
    """So many clients of a service, each with the same cost in March."""
    rows: list[Row] = []
    for n in range(number):
        name = f"HLO{code}{service[:1].upper()}{year[2:]}X{n}"
        rows += client(name, code, service, year)
        rows.append(cost(euros, name, month=f"{year}-03", service=service))
    return rows


def course() -> list[Row]:
    """100,00 € for 1, 1, 2 and 3 days of four municipalities: 14,29 · 14,28 · 28,57 · 42,86 €."""
    rows = [cost("100,00", group="KURSSI-G", service=KOTO, cost="K-G")]
    for code, days in {"204": 1, "239": 1, "297": 2, "857": 3}.items():
        end = f"2025-03-{days:02d}"
        more = period(f"HLO{code}KURSSI", "2025-03-01", end, KOTO, group="KURSSI-G")
        rows += [home(f"HLO{code}KURSSI", code), more]
    return rows


def paid(code: str, year: str, *euros: int) -> list[Row]:
    """Budget and the invoices of four quarters, one row a service."""
    rows: list[Row] = []
    for service, amount in zip(SERVICES, euros, strict=True):
        rows.append(budget(code, f"{amount},00", service, year, f"{int(year) - 1}-11-20"))
        for q in range(1, 5):
            on = f"{year}-{3 * q - 2:02d}-10"
            of_quarter = (f"{amount // 4},00", f"{year}-Q{q}", service, f"L-{code}-{year}-{q}", on)
            rows.append(invoice(code, *of_quarter))
    return rows


def doubled(code: str, euros: str) -> Row:
    """The first quarter's start-up grant, invoiced again."""
    return invoice(code, euros, "2025-Q1", "starttiraha", f"T-{code}", "2025-02-10")


def year_2025() -> list[Row]:
    """Kaavi 4 321,87 €, Keitele 4 014,28 €, Kuopio 9 378,57 €, Tuusniemi 5 166,31 €."""
    return [
        *clients("204", "palkkatuki", 3, "1000,00"),
        cost("1307,58", "HLO204P25X0", month="2025-05"),
        *clients("239", "palkkatuki", 4, "1000,00"),
        *clients("297", "palkkatuki", 6, "1000,00"),
        cost("-250,00", "HLO297P25X0", month="2025-11", cost="TAKAISIN", recorded="2026-01-20"),
        *clients("297", "starttiraha", 6, "500,00"),
        *clients("297", KOTO, 6, "100,00"),
        *clients("857", "palkkatuki", 5, "1000,00"),
        home("HLO857EI", "857"),
        cost("123,45", "HLO857EI", month="2025-05"),
        *course(),
        *paid("204", "2025", 4000, 500, 500),
        *paid("239", "2025", 4200, 300, 300),
        *paid("297", "2025", 6000, 3000, 700),
        *paid("402", "2025", 1000, 100, 100),
        *paid("857", "2025", 4800, 120, 80),
        # Keitele was invoiced twice and credited, Tuusniemi twice and not
        doubled("239", "75,00"),
        invoice(
            "239", "-75,00", "2025-Q1", "starttiraha", "H-239", "2025-03-10", "credit", "T-239"
        ),
        doubled("857", "30,00"),
    ]


def year_2026() -> list[Row]:
    """Kuopio's late costs of 2025 are of five persons, two of them Tuusniemi's; Keitele's of one."""
    return [
        *clients("204", "palkkatuki", 5, "900,00", "2026"),
        *clients("239", "palkkatuki", 4, "700,00", "2026"),
        *clients("297", "palkkatuki", 6, "800,00", "2026"),
        *(cost("10,00", f"HLO297P25X{n}", month="2025-06", recorded="2026-04-01") for n in (1, 2, 3)),
        *(cost("20,00", f"HLO857P25X{n}", month="2025-06", recorded="2026-04-01") for n in (0, 1)),
        cost("77,77", "HLO239P25X1", month="2025-06", recorded="2026-04-01"),
        *paid("204", "2026", 4000, 500, 0),
        *paid("239", "2026", 2500, 0, 500),
        *paid("297", "2026", 5000, 500, 500),
        *paid("402", "2026", 1000, 100, 100),
    ]  # fmt: skip


def write_area(folder: Path) -> Path:
    """The committed parameters with five members, invoiced by quarter; Tuusniemi merges into Kuopio."""
    target = Path(shutil.copytree(PROJECT / "parameters", folder / "parameters"))
    text = (target / "area.yml").read_text(encoding="utf-8")
    kept = ("204", "239", "297", "402", "857")
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith("  - {code: ") or line[12:15] in kept
    ]
    merged = 'valid_to: "2025-12-31", successor: "297"}'
    lines = [f"{x[:-1]}, {merged}" if x.startswith('  - {code: "857"') else x for x in lines]
    (target / "area.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rules = (target / "rules.yml").read_text(encoding="utf-8")
    assert rules.count("value: monthly}") == 1
    quarterly = rules.replace("value: monthly}", "value: quarterly}")
    (target / "rules.yml").write_text(quarterly, encoding="utf-8")
    return target


class Area:
    """The drawn area's folders, and its commands."""

    def __init__(self, folder: Path) -> None:
        self.data, self.parameters = folder / "data", folder / "parameters"
        self.output = folder / "outputs"

    def write(self, rows: Sequence[Row]) -> None:
        self.data.mkdir(exist_ok=True)
        load_rows(self.data, rows)

    def run(self, command: str, release: str, as_of: str, *more: str) -> int:
        words = [command, release, "--as-of", as_of, "--data", str(self.data)]
        places = ["--parameters", str(self.parameters), "--output", str(self.output)]
        return main([*words, *places, *more])

    def year_end(self, year: str, as_of: str, *more: str) -> int:
        return self.run("year-end", year, as_of, *more)

    def figures(self, release: str, code: str, secret: bool = False) -> dict[tuple[str, str], str]:
        """(service, measure) → value or status of the year's own figures, from the CSV."""
        root = self.output / "restricted" / "annexes" if secret else self.output
        path = next((root / release).glob(f"{code}-*/*.csv"))
        return year_figures(path, release[:4])

    def public(self) -> Iterator[Path]:
        for path in sorted(self.output.rglob("*")):
            if path.is_file() and path.relative_to(self.output).parts[0] != "restricted":
                yield path


def year_figures(path: Path, year: str) -> dict[tuple[str, str], str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["period"] == year]
    return {(r["service"], r["measure"]): r["value"] or r["status"] for r in rows}


def of(figures: dict[tuple[str, str], str], measure: Measure) -> tuple[str, ...]:
    """The three services' and the total's value of a measure; a hyphen where there is none."""
    return tuple(figures.get((s, measure.value), "-") for s in (*SERVICES, "any"))


@pytest.fixture(scope="module")
def _two_years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An estimate drafted, 2025 and 2026 settled and approved, as an analyst does it."""
    folder = tmp_path_factory.mktemp("area")
    write_area(folder)
    area = Area(folder)
    area.write([*year_2025(), *year_2026()])
    three = [w for code in ("204", "239", "297") for w in ("--municipality", code)]
    assert area.year_end("2025", "2026-02-27", *three, "--format", "html,csv") == 0
    shutil.copytree(area.output / "draft" / "2025-tasausarvio", folder / "estimate")
    assert area.year_end("2025", FINAL, "--approve-by", "controller") == 0
    shutil.copytree(area.output, folder / "after-2025")
    assert area.year_end("2026", NEXT, "--approve-by", "controller") == 0
    return folder


@pytest.fixture
def looked_at(_two_years: Path) -> Area:
    """The finished area, for looking only."""
    return Area(_two_years)


@pytest.fixture
def after_2025(_two_years: Path, tmp_path: Path) -> Area:
    """A copy of its own with 2025 settled, for going on from."""
    area = Area(_two_years)
    area.output = Path(shutil.copytree(_two_years / "after-2025", tmp_path / "outputs"))
    return area


# The amounts


def test_the_host_has_its_total_to_the_cent(looked_at: Area) -> None:
    """5 750 + 3 000 + 628,57; months that are "alle 5" hide the services, posted 600 : 300 : 70."""
    found = looked_at.figures("2025-tasaus", "297")
    assert of(found, Measure.ACTUAL) == (*["not_shown"] * 3, str(575_000 + 300_000 + 62_857))
    assert of(found, Measure.ADVANCE) == ("600000", "300000", "70000", "970000")
    assert found["any", "adjustment_cents"] == "-32143"
    assert of(found, Measure.POSTING) == ("-19882", "-9941", "-2320", "-")


def test_five_clients_have_an_exact_total_and_a_posting(looked_at: Area) -> None:
    """−785,72 € by 4 200 : 300 : 300: 687,505 · 49,1075 · 49,1075, the odd cents to the last two."""
    found = looked_at.figures("2025-tasaus", "239")
    assert of(found, Measure.ACTUAL) == ("not_shown", "not_shown", "not_shown", "401428")
    assert found["any", "adjustment_cents"] == "-78572"
    assert of(found, Measure.POSTING) == ("-68750", "-4911", "-4911", "-")
    assert of(found, Measure.ADVANCE) == ("420000", "30000", "30000", "480000")


def test_a_doubled_advance_that_was_not_credited_is_in_the_advances(looked_at: Area) -> None:
    """Tuusniemi: 5 166,31 € against 5 000,00 € and 30,00 € twice; the page says which invoice."""
    found = looked_at.figures("2025-tasaus", "857")
    assert found["any", "actual_cents"] == str(500_000 + 12_345 + 4_286)
    assert of(found, Measure.ADVANCE) == ("480000", "15000", "8000", "503000")
    assert found["any", "adjustment_cents"] == str(516_631 - 503_000)
    text = said(next((looked_at.output / "2025-tasaus").glob("857-*/*.html")))
    assert "Kunnalta laskutetaan lisää 136,31 €." in text
    assert (
        "laskutettu kahdesti (L-857-2025-1 ja T-857)" in text
        and "erillistä hyvityslaskua ei tehdä." in text
    )


def test_a_credited_one_is_said_to_be_in_order(looked_at: Area) -> None:
    """Keitele's page has all three documents, and the credit names what it credits."""
    text = said(next((looked_at.output / "2025-tasaus").glob("239-*/*.html")))
    assert "laskutettu kahdesti ja hyvitetty (H-239, L-239-2025-1 ja T-239)" in text
    assert "hyvitys H-239, L-239-2025-1, T-239" in text
    assert "Kunta saa hyvitystä 785,72 €." in text


@pytest.mark.rule("R7", "What is paid is adjustment + line")
def test_a_successor_settles_for_both_in_a_line_of_its_own(looked_at: Area) -> None:
    """3 × 10 € of Kuopio's and 2 × 20 € of Tuusniemi's: five persons, and Tuusniemi has no page."""
    found = looked_at.figures("2026-tasaus", "297")
    assert found["any", "prior_year_correction_cents"] == "7000"
    assert found["any", "actual_cents"] == "480000"
    assert found["any", "adjustment_cents"] == "-120000"
    assert not list((looked_at.output / "2026-tasaus").glob("857-*"))
    text = said(next((looked_at.output / "2026-tasaus").glob("297-*/*.html")))
    assert "Kunta saa hyvitystä 1 130,00 €." in text
    assert "Vuoden 2026 tasaus on −1 200,00 € ja aiempien vuosien oikaisu +70,00 €." in text


def test_a_correction_of_one_person_is_part_of_the_actual_cost(looked_at: Area) -> None:
    """Keitele, four clients in 2026: 2 800 € and 77,77 €, on a page that only restricted/ has."""
    found = looked_at.figures("2026-tasaus", "239", secret=True)
    assert found["any", "actual_cents"] == "287777"
    assert found["any", "adjustment_cents"] == "-12223"
    assert of(found, Measure.POSTING) == ("-10186", "0", "-2037", "-")
    assert ("any", "prior_year_correction_cents") not in found


def test_members_outside_and_unallocated_are_the_source(looked_at: Area) -> None:
    """The amounts of all members of 2025 are what the records of 2025 sum to: 22 881,03 €."""
    total = sum(
        int(looked_at.figures("2025-tasaus", c)["any", "actual_cents"])
        for c in ("239", "297", "857")
    )
    secret = [
        looked_at.figures("2025-tasaus", c, True)["any", "actual_cents"] for c in ("204", "402")
    ]
    assert total + sum(map(int, secret)) == 2_288_103


# The secret pages


@pytest.mark.rule("R7 secret page", "Marked with its basis, in `restricted/annexes/` only")
def test_a_municipality_with_four_clients_has_its_page_in_restricted_only(looked_at: Area) -> None:
    """Kaavi: 4 321,87 €, 678,13 € back; marked in page, PDF and XLSX; nobody else may read it."""
    restricted = looked_at.output / "restricted"
    folder = restricted / "annexes" / "2025-tasaus" / "204-Kaavi"
    kinds = sorted(p.suffix for p in folder.iterdir())
    assert kinds == [".csv", ".html", ".ipynb", ".json", ".pdf", ".xlsx"]
    assert restricted.stat().st_mode & 0o777 == 0o700
    text = said(next(folder.glob("*.html")))
    assert "SALASSA PIDETTÄVÄ" in text and "Kunta saa hyvitystä 678,13 €." in text
    book = load_workbook(next(folder.glob("*.xlsx")))
    assert "SALASSA PIDETTÄVÄ" in str(book["Selitteet"]["B2"].value)
    found = looked_at.figures("2025-tasaus", "204", secret=True)
    assert (found["any", "actual_cents"], found["any", "adjustment_cents"]) == ("432187", "-67813")
    assert of(found, Measure.POSTING) == ("-54251", "-6781", "-6781", "-")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext reads the pages")
def test_every_sheet_of_a_secret_page_is_marked(looked_at: Area) -> None:
    """A sheet that falls out of the pile still says that it is secret."""
    (path,) = (looked_at.output / "restricted" / "annexes").glob("2025-tasaus/204-*/*.pdf")
    sheets = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout
    marked = ["SALASSA PIDETTÄVÄ" in text for text in sheets.decode().split("\f")[:-1]]
    assert len(marked) == 2 and all(marked)


def test_a_municipality_without_clients_is_secret_too(looked_at: Area) -> None:
    """Lapinlahti gets its 1 200,00 € back, which says that it had nobody."""
    found = looked_at.figures("2025-tasaus", "402", secret=True)
    assert (found["any", "actual_cents"], found["any", "adjustment_cents"]) == ("0", "-120000")
    assert not list((looked_at.output / "2025-tasaus").glob("402-*"))


@pytest.mark.rule("R7 secret page", "The board's page names it as not included")
def test_the_boards_page_names_whose_page_is_secret(looked_at: Area) -> None:
    """R8: Kaavi and Lapinlahti are in no sum of 2025 and have no row; the page says so."""
    page = said(next((looked_at.output / "2025-tasaus" / "area").glob("*.html")))
    assert "Mukana eivät ole Kaavi ja Lapinlahti." in page
    assert "204 Kaavi" not in page and "239 Keitele" in page


# Totals and postings of the secret pages of both years; not as part of a hash or a longer number.
SECRET = {
    "204": ("432187", "67813", "4 321,87", "678,13", "4321.87", "678.13", "4321,87", "54251"),
    "239": ("287777", "12223", "2 877,77", "122,23", "2877.77", "122.23", "2877,77", "10186"),
}


def says(path: Path, code: str) -> bool:
    """Whether a file holds a secret amount, with any kind of space."""
    words = "|".join(re.escape(w).replace("\\ ", "[ \u00a0\u202f]?") for w in SECRET[code])
    pattern = re.compile(f"(?<![0-9a-f])({words})(?![0-9a-f])")
    texts = texts_of(path)
    if path.suffix == ".pdf" and shutil.which("pdftotext"):
        command = ["pdftotext", "-layout", str(path), "-"]
        texts.append(subprocess.run(command, capture_output=True, check=True).stdout)
    return any(pattern.search(text.decode("utf-8", "replace")) for text in texts)


@pytest.mark.rule("R7 secret page", "Its totals are nowhere in public")
@pytest.mark.rule("R8", "No secret member enters")
def test_the_totals_of_a_secret_page_are_nowhere_else(looked_at: Area) -> None:
    """Ledger, index, dispatch, area, handovers, pages and XLSX parts, in cents and in euros."""
    public = [*looked_at.public()]
    assert [path for path in public for code in SECRET if says(path, code)] == []
    assert {".jsonl", ".csv", ".html", ".xlsx", ".ipynb", ".pdf", ".json"} <= {
        p.suffix for p in public
    }


@pytest.mark.parametrize(("code", "release"), [("204", "2025-tasaus"), ("239", "2026-tasaus")])
def test_the_search_for_totals_finds_them(code: str, release: str, looked_at: Area) -> None:
    """The same search over the secret pages finds them in every kind of file that says them."""
    folder = next((looked_at.output / "restricted" / "annexes" / release).glob(f"{code}-*"))
    found = {path.suffix for path in folder.iterdir() if says(path, code)}
    assert found - {".pdf"} == {".csv", ".html", ".ipynb", ".xlsx"}
    assert (".pdf" in found) is bool(shutil.which("pdftotext"))


def test_no_person_leaves_restricted(looked_at: Area) -> None:
    """No client, course or cost id in any public file of two years, secret pages included."""
    assert (
        leaks(looked_at.output, ("HLO204", "HLO239", "HLO297", "HLO857", "KURSSI", "TAKAISIN"))
        == []
    )
    pages = looked_at.output / "restricted" / "annexes"
    for path in (p for p in pages.rglob("*") if p.is_file()):
        assert not [t for t in texts_of(path) if b"HLO204" in t or b"KURSSI" in t], path.name


@pytest.mark.rule("R7 secret page", 'The ledger says "not shown", without services')
def test_the_ledger_says_only_that_a_page_is_secret(looked_at: Area) -> None:
    """Budget and advances are public; actual cost and adjustment are "not shown", without services."""
    record = read_archive(looked_at.output / "ledger.jsonl").records[0]
    euros = [c for c in record.cells if c.municipality == "204" and c.measure.endswith("_cents")]
    hidden = [(c.service, c.measure.value) for c in euros if c.value is None]
    assert hidden == [("any", "actual_cents"), ("any", "adjustment_cents")]
    assert {c.measure for c in euros if c.value is not None} == {
        Measure.BUDGET, Measure.ADVANCE, Measure.ADVANCE_EXPECTED,
    }  # fmt: skip


# Before the closing date


@pytest.mark.rule("R6", "Only in the final adjustment")
def test_an_estimate_is_one_rounded_total(looked_at: Area) -> None:
    """Kuopio on 27 February: 9 378,57 € are "about 9 000 €", and no service has an amount."""
    folder = looked_at.output.parent / "estimate"
    found = year_figures(next(folder.glob("297-*/*.csv")), "2025")
    assert of(found, Measure.ACTUAL_ROUNDED) == ("-", "-", "-", "900000")
    for measure in (Measure.ACTUAL, Measure.ADJUSTMENT, Measure.POSTING, Measure.CLIENTS):
        assert of(found, measure) == ("-",) * 4
    text = said(next(folder.glob("297-*/*.html")))
    assert "kirjattu vähintään 9 000 €; ennakot olivat 9 700,00 €" in text
    assert "vaihteluväli ulottuu hyvityksestä 1 000 € lisälaskuun 3 000 €" in text
    assert "Lopullinen tasaus tehdään 28.2.2026 tilanteesta." in text
    assert "9 378" not in text and "321,43" not in text


@pytest.mark.parametrize("code", ["204", "239"])
def test_an_estimate_of_few_persons_has_no_amount(code: str, looked_at: Area) -> None:
    """Kaavi has four; Keitele's four and one of a course may be the same four. Only what was paid."""
    folder = looked_at.output.parent / "estimate"
    found = year_figures(next(folder.glob(f"{code}-*/*.csv")), "2025")
    assert found["any", "actual_rounded_cents"] == "not_shown"
    assert "kirjattua kustannusta ei vielä esitetä" in said(next(folder.glob(f"{code}-*/*.html")))


def test_an_estimate_that_was_never_approved_goes_with_the_final(looked_at: Area) -> None:
    """It would only be mistaken for the adjustment; the ledger never had it."""
    pages = looked_at.output.rglob("*tasausarvio*.html")
    assert {p.parent.name for p in pages} <= {"prepare"}
    assert not (looked_at.output / "protected" / "2025-tasausarvio").exists()
    releases = [r.release for r in read_archive(looked_at.output / "ledger.jsonl").records]
    assert releases == ["2025-tasaus", "2026-tasaus"]


# XLSX


@pytest.mark.parametrize("code", ["239", "297"])
def test_a_workbook_has_numbers_and_no_formula_but_sums(code: str, looked_at: Area) -> None:
    """Sheet Tasaus holds the page's euros as numbers; what is hidden is empty."""
    path = next((looked_at.output / "2025-tasaus").glob(f"{code}-*/*.xlsx"))
    book = load_workbook(path, data_only=True)
    assert book.sheetnames == [
        "Asiakkaat jaksoittain",
        "Asiakkaat",
        "Tasaus",
        "Laskut",
        "Kaikki summat",
        "Selitteet",
    ]
    cells = [c for sheet in load_workbook(path) for row in sheet.iter_rows() for c in row]
    formulas = [str(c.value) for c in cells if c.data_type == "f" or str(c.value).startswith("=")]
    assert all(f.startswith(("=SUM(", "=SUBTOTAL(")) for f in formulas)
    heads, *rows = book["Tasaus"].iter_rows(values_only=True)
    total = dict(zip(heads, rows[-1], strict=True))
    expected = {"239": (4_014.28, -785.72), "297": (9_378.57, -321.43)}[code]
    assert (total["Toteuma,\u00a0€"], total["Tasaus,\u00a0€"]) == pytest.approx(expected)
    assert "Tiliöintiehdotus,\u00a0€" in heads
    assert {type(v) for row in rows for v in row[1:-1]} <= {int, float, type(None)}


@pytest.mark.slow
def test_a_workbook_opens_in_libreoffice(looked_at: Area, tmp_path: Path) -> None:
    """Its first sheet comes out as CSV."""
    path = next((looked_at.output / "2025-tasaus").glob("239-*/*.xlsx"))
    assert b"Jakso,Palvelut" in converted(path, "csv", tmp_path).read_bytes()


# What comes after


def test_the_same_year_end_again_changes_nothing(after_2025: Area, capsys) -> None:
    """Same inputs: nothing to do, exit 0, every file as it was."""
    before = snapshot(after_2025.output)
    assert after_2025.year_end("2025", FINAL) == 0
    assert "2025-tasaus on jo hyväksytty" in capsys.readouterr().err
    assert snapshot(after_2025.output) == before


@pytest.mark.parametrize("what", ["data", "as_of", "earlier"])
def test_a_year_end_from_other_inputs_is_refused(
    what: str, after_2025: Area, tmp_path: Path, capsys
) -> None:
    """Exit 2 and what to do; what was approved is as it was."""
    as_of = {"data": FINAL, "as_of": "2026-03-01", "earlier": "2026-02-27"}[what]
    if what == "data":
        after_2025.data = tmp_path / "data"
        after_2025.write([*year_2025(), cost("5,00", "HLO297P25X1", month="2025-07")])
    before = snapshot(after_2025.output)
    assert after_2025.year_end("2025", as_of) == 2
    said_to = capsys.readouterr().err
    assert "Hyväksyttyä ei muuteta" in said_to or f"{FINAL} tai myöhempi" in said_to
    assert snapshot(after_2025.output) == before


@pytest.mark.rule("R9", "What was settled is verified by its keyed fingerprint")
@pytest.mark.parametrize("how", ["changed", "missing"])
def test_settled_amounts_are_verified_against_the_ledger(
    how: str, after_2025: Area, capsys
) -> None:
    """A changed or lost file of what was settled stops the next year with exit 2."""
    path = after_2025.output / "restricted" / "settled" / "2025-tasaus.json"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text(encoding="utf-8")
    if how == "changed":
        assert "575000" in text
        path.write_text(text.replace("575000", "575001"), encoding="utf-8")
    else:
        path.unlink()
    before = snapshot(after_2025.output)
    assert after_2025.year_end("2026", NEXT, "--municipality", "297", "--format", "csv") == 2
    message = capsys.readouterr().err
    assert (
        "on muuttunut" if how == "changed" else "puuttuu"
    ) in message and "2025-tasaus" in message
    assert snapshot(after_2025.output) == before


@pytest.mark.rule("R5", "The final adjustment closes what is open; later annexes do not carry it")
def test_the_final_release_closes_the_year_and_no_month_republishes_it(after_2025: Area) -> None:
    """January's annex, made in March, has no count of 2025 any more."""
    record = read_archive(after_2025.output / "ledger.jsonl").records[-1]
    counts = [c for c in record.cells if c.measure is Measure.CLIENTS]
    assert {c.period[:4] for c in counts} == {"2025"}
    assert {c.status.value for c in counts} <= {"final", "under_threshold", "not_shown"}
    one = ("--municipality", "297", "--format", "csv")
    assert after_2025.run("month", "2026-01", "2026-03-16", *one) == 0
    path = next((after_2025.output / "draft" / "2026-01").glob("297-*/*.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["measure"] == "clients"]
    assert rows and {r["period"][:4] for r in rows} == {"2026"}


def test_one_failing_municipality_does_not_stop_the_others(
    after_2025: Area, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Exit 1, a reason on stderr and in the index; the others are made."""
    from kuntakoonti.release import jobs

    real = jobs.NOTEBOOKS["final"]
    notebook = json.loads((PROJECT / "notebooks" / real).read_text(encoding="utf-8"))
    source = ["assert municipality != '239', 'drawn failure'"]
    cell = {
        "cell_type": "code",
        "id": "bad",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }
    notebook["cells"].insert(-1, {**cell, "source": source})
    path = after_2025.output.parent / "failing.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setitem(jobs.NOTEBOOKS, "final", str(path))
    more = [w for code in ("204", "239") for w in ("--municipality", code)]
    assert after_2025.year_end("2026", NEXT, *more, "--format", "csv") == 1
    message = capsys.readouterr().err
    assert "239 Keitele: EPÄONNISTUI" in message and "204 Kaavi: valmis" in message
    made = sorted(p.name for p in (after_2025.output / "draft" / "2026-tasaus").iterdir())
    assert made == ["204-Kaavi", "manifest.json"]
    assert len(read_archive(after_2025.output / "ledger.jsonl").records) == 1


# The example data, two years in a row


@pytest.fixture(scope="module")
def by_hand() -> dict[str, ByHand]:
    """The example data in slow, plain Python, as known on both closing dates."""
    rows = read_cells(EXAMPLE)
    return {
        year: ByHand(rows, PARAMETERS, date.fromisoformat(day), date(2026, 12, 31))
        for year, day in {"2025": FINAL, "2026": NEXT}.items()
    }


def by_year(hand: ByHand, year: str) -> dict[str, int]:
    """Municipality → cents of a year's service months."""
    found: dict[str, int] = {}
    for (municipality, _, month), amount in hand.costs().items():
        if month[:4] == year:
            found[municipality] = found.get(municipality, 0) + amount
    return found


def test_two_years_of_the_example_are_what_a_hand_calculation_says(
    two_years: Path, by_hand: dict[str, ByHand]
) -> None:
    """Every municipality: actual, advances, adjustment, and 2025's late costs in 2026, once."""
    invoices = read_cells(EXAMPLE)["advance_invoices"]
    first, late = by_year(by_hand["2025"], "2025"), by_year(by_hand["2026"], "2025")
    second, lines = by_year(by_hand["2026"], "2026"), 0
    for code in ELEVEN:
        for year, actual in (("2025", first[code]), ("2026", second[code])):
            path = next((two_years / f"{year}-tasaus").glob(f"{code}-*/*.csv"))
            found = year_figures(path, year)
            advance = sum(
                round(float(r["amount"].replace(",", ".")) * 100)
                for r in invoices
                if (r["municipality"], r["period"][:4]) == (code, year)
            )
            assert int(found["any", "advance_cents"]) == advance
            line = int(found.get(("any", "prior_year_correction_cents"), "0"))
            lines += bool(line)
            correction = late[code] - first[code] if year == "2026" else 0
            assert int(found["any", "actual_cents"]) + line == actual + correction
            assert line in (0, correction)
            adjustment = int(found["any", "actual_cents"]) - advance
            assert int(found["any", "adjustment_cents"]) == adjustment
            posted = [v for (s, m), v in found.items() if m == "posting_cents"]
            assert not posted or sum(map(int, posted)) == adjustment
    assert 3 <= lines < 11


def test_the_year_counts_of_the_example_are_exact_or_say_why(
    two_years: Path, by_hand: dict[str, ByHand]
) -> None:
    """R6 by hand over the published files: shown where all three differences are large enough."""
    checked = 0
    for year, hand in by_hand.items():
        counts = hand.counts(f"{year}-12")
        for path in (two_years / f"{year}-tasaus").glob("[0-9]*/*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                rows = [r for r in csv.DictReader(file) if r["measure"] == "clients"]
            for row in (r for r in rows if r["period"] == year):
                key = (row["municipality"], row["service"])
                exact = counts.get((*key, year), 0)
                others = [r for r in rows if r["service"] == row["service"] and r["period"] != year]
                values = [int(r["value"]) for r in others if r["value"]]
                small = len(others) - len(values)
                repeats = sum(values) + 4 * max(0, small - 2) - exact
                large = [exact, *(exact - v for v in values), *([repeats] if others else [])]
                assert row["value"] == (str(exact) if min(large) >= 5 else ""), key
                if not row["value"]:
                    assert row["status"] == ("not_shown" if others else "under_threshold"), key
                checked += 1
    assert checked > 20


def test_a_published_figure_of_the_example_never_changes(two_years: Path) -> None:
    """Each count and amount stands in one release, or in both with the same value."""
    seen: dict[tuple[str, ...], str] = {}
    for record in read_archive(two_years / "ledger.jsonl").records:
        for c in record.cells:
            if c.value is not None and c.measure is not Measure.ACTUAL_ROUNDED:
                key = (*c.key, c.measure.value)
                assert seen.setdefault(key, str(c.value)) == str(c.value), key
    assert len(seen) > 500


@pytest.mark.slow
def test_a_month_and_a_year_end_share_one_archive(tmp_path: Path) -> None:
    """A month, then its year's end by the same archive: periods closed by the month stay as closed."""
    output = tmp_path / "outputs"
    one = ("--municipality", "857", "--format", "csv")
    assert run_month("2025-12", "2026-01-15", output, *one, "--approve-by", "controller") == 0
    words = ["year-end", "2025", "--as-of", FINAL, "--data", str(EXAMPLE), "--output", str(output)]
    assert main([*words, *one]) == 0
    known = read_archive(output / "ledger.jsonl").records[0].cells
    closed = {c.key: c.value for c in known if c.measure is Measure.CLIENTS and c.value is not None}
    record = json.loads((output / "protected" / "2025-tasaus" / "record.json").read_text())
    found = {tuple(row[:3]): row[4] for row in record["cells"] if row[3] == "clients"}
    assert closed and {key: found[key] for key in closed} == closed
