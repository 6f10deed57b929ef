"""Every number that a page says is the CSV's, in every format and language, whatever the invoices are.

The files are read back as a reader has them; what the CSV says is computed again from the tables.
"""

import csv
import io
import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from openpyxl import load_workbook
from worlds.once import made_once
from worlds.pages import annex_page, area_page
from worlds.troubled_invoices import (
    CREDITED,
    CUT,
    DOUBLED,
    JOINS,
    LEAVES,
    MISSING,
    NO_BUDGET,
    QUARTERLY,
    REVISED,
    SERVICES,
    YEARLY,
    Troubled,
    cents_of,
    make_troubled,
    troubled,
)

from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import months_between, months_of
from kuntakoonti.export.print_page import print_page
from kuntakoonti.export.report import annex_sheet, figures_csv
from kuntakoonti.export.web_page import web_page

ALL = (JOINS, LEAVES, QUARTERLY, YEARLY, NO_BUDGET, MISSING, DOUBLED, CREDITED, REVISED, CUT)
OCTOBER, ESTIMATE, JANUARY, FINAL = "2025-10", "2025-tasausarvio", "2026-01", "2025-tasaus"
PLACES = [(OCTOBER, code, "fi") for code in ALL]
PLACES += [(OCTOBER, code, language) for code in (DOUBLED, NO_BUDGET) for language in ("sv", "en")]
PLACES += [
    (release, code, "fi") for release in (ESTIMATE, JANUARY, FINAL) for code in (DOUBLED, CUT)
]
AMOUNT = re.compile(r"[−-]?€?\d{1,3}(?:[  ,]\d{3})*(?:[.,]\d\d)?(?!\d)")


@dataclass(frozen=True)
class Finished:
    """A municipality's files of a release, as a reader has them."""

    html: str
    pdf: bytes
    xlsx: bytes
    csv: bytes
    language: str

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @cached_property
    def cents(self) -> dict[tuple[str, str, str], int | None]:
        """Measure, service, period → value of the CSV."""
        rows = csv.DictReader(io.StringIO(self.csv.decode()))
        return {
            (r["measure"], r["service"], r["period"]): int(r["value"]) if r["value"] else None
            for r in rows
        }

    def of_year(self, measure: str, year: str, service: str = "any") -> int | None:
        return self.cents.get((f"{measure}_cents", service, year))

    @cached_property
    def text(self) -> str:
        """The words of the page, its pictures' too."""
        for image in self.soup.find_all("img"):
            image.insert_after(str(image.get("alt")))
        assert self.soup.main
        said = self.soup.main.get_text(" ").replace("\u00ad", "").replace("\u00a0", " ")
        return re.sub(r"\s+", " ", said)

    @cached_property
    def tables(self) -> dict[str, list[list[str]]]:
        """The rows of the tables by their captions."""
        found = {}
        for table in self.soup.find_all("table"):
            rows = [
                [
                    c.get_text(" ", strip=True).replace("\u00a0", " ")
                    for c in row.find_all(["th", "td"])
                ]
                for row in table.find_all("tr")
            ]
            assert isinstance(table.caption, Tag)
            found[table.caption.get_text(strip=True)] = rows
        return found

    def euros(self, cents: int) -> str:
        """As the language writes it."""
        return Language(self.language).euros(cents, unit=False).replace("\u00a0", " ")

    def rounded(self, cents: int) -> str:
        return Language(self.language).rounded_euros(cents).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    return troubled(made_once(tmp_path_factory, "troubled", make_troubled))


def finished(world: Troubled, release: str, code: str, language: str) -> Finished:
    handover, say = world.handover(release), Language(language)
    figures = handover.annex(code)
    page, sheet = (
        annex_page(figures, handover.manifest, say),
        annex_sheet(figures, handover.manifest, say),
    )
    assert sheet.workbook
    return Finished(
        web_page(page),
        print_page(page),
        sheet.workbook(),
        figures_csv(release, sheet.cells),
        language,
    )


@pytest.fixture(params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    found: tuple[str, str, str] = request.param
    return found


@pytest.fixture
def files(place: tuple[str, str, str], world: Troubled) -> Finished:
    return finished(world, *place)


# --- the CSV is what the tables say -----------------------------------------------------------------


def invoiced(world: Troubled, code: str, service: str, period: str, as_of: str) -> dict[str, int]:
    """Number → cents of the newest row known at a date; a later row of a number replaces it."""
    newest: dict[tuple[str, str], tuple[str, str, int]] = {}
    for row in world.invoices:
        day = "-".join(f"{int(n):02d}" for n in row["invoiced_on"].split(".")[::-1])
        mine = (row["municipality"], row["service"]) == (code, service)
        if mine and row["period"].startswith(period) and day <= as_of:
            key = row["invoice_id"], row["period"]
            if key not in newest or newest[key][0] < day:
                newest[key] = day, row["period"], cents_of(row["amount"])
    return {f"{number} {p}": cents for (number, _), (_, p, cents) in newest.items()}


def shares(world: Troubled, code: str, service: str, as_of: str) -> dict[str, int]:
    """Month → the schedule's twelfth of the budget known on its first day, odd cents first."""
    versions = sorted(
        (
            "-".join(f"{int(n):02d}" for n in r["recorded_on"].split(".")[::-1]),
            cents_of(r["amount"]),
        )
        for r in world.budgets
        if (r["municipality"], r["service"], r["year"]) == (code, service, "2025")
    )
    found = {}
    for at, month in enumerate(months_between("2025-01", "2025-12")):
        known = [cents for day, cents in versions if day <= f"{month}-01" and day <= as_of]
        if known:
            found[month] = known[-1] // 12 + (at < known[-1] % 12)
    return found


def to_come(world: Troubled, code: str, service: str, as_of: str) -> int | None:
    """The shares of the member's own months that no invoice covers; None without a budget."""
    known = shares(world, code, service, as_of)
    covered = {
        month
        for key, cents in invoiced(world, code, service, "2025", as_of).items()
        for month in months_of(key.split()[1])
        if cents > 0
    }
    first, last = {JOINS: ("2025-05", "2025-12"), LEAVES: ("2025-01", "2025-08")}.get(
        code, ("2025-01", "2025-12")
    )
    own = (m for m in known if first <= m <= last and m not in covered)
    return sum(known[m] for m in own) if known else None


@pytest.mark.parametrize("code", ALL)
def test_advances_and_what_is_to_come_are_what_the_tables_say(code: str, world: Troubled) -> None:
    """In October, of every service and together."""
    files = finished(world, OCTOBER, code, "fi")
    paid = {s: sum(invoiced(world, code, s, "2025", "2025-11-15").values()) for s in SERVICES}
    coming = {s: to_come(world, code, s, "2025-11-15") for s in SERVICES}
    assert {s: files.of_year("advance", "2025", s) for s in SERVICES} == paid
    assert {s: files.of_year("advance_coming", "2025", s) for s in SERVICES} == coming
    assert files.of_year("advance", "2025") == sum(paid.values())
    if code == NO_BUDGET:
        assert (
            "advance_coming" not in files.csv.decode() and "expected_adj" not in files.csv.decode()
        )
    else:
        assert files.of_year("advance_coming", "2025") == sum(c or 0 for c in coming.values())


def test_the_expected_adjustment_is_the_forecast_less_all_advances(files: Finished) -> None:
    """The exact difference lies within a step of the published one; the range opens."""
    for year in ("2025", "2026"):
        forecast, low, high = (
            files.of_year(m, year) for m in ("forecast", "forecast_low", "forecast_high")
        )
        paid, coming = files.of_year("advance", year), files.of_year("advance_coming", year)
        expected = [
            files.of_year(f"expected_adjustment{end}", year) for end in ("", "_low", "_high")
        ]
        if forecast is None or coming is None or paid is None:
            assert expected == [None] * 3
            continue
        assert low is not None and high is not None and expected[0] is not None
        assert expected[1] is not None and expected[2] is not None
        step = max(high - low, 1_000_00)
        assert abs(expected[0] - (forecast - paid - coming)) <= step / 2
        assert expected[1] <= low - paid - coming and high - paid - coming <= expected[2]
        assert expected[1] <= expected[0] <= expected[2]


# --- the page says what the CSV says ----------------------------------------------------------------


def test_the_table_of_advances_is_the_invoices_and_the_csv(
    files: Finished, place: tuple[str, str, str], world: Troubled
) -> None:
    """A row a period is its invoices' sum; the totals are the CSV's, and empty where it has none."""
    release, code, _ = place
    as_of = {
        OCTOBER: "2025-11-15",
        ESTIMATE: "2026-01-20",
        JANUARY: "2026-02-15",
        FINAL: "2026-02-28",
    }
    (rows,) = (
        r for c, r in files.tables.items() if re.match("(Ennakot|Förskott|Advances) 2025", c)
    )
    series = [*SERVICES, "any"]
    said = {row[0].split(",")[0]: row[1:5] for row in rows[1:]}
    for service, column in zip(SERVICES, range(3), strict=True):
        by_period: dict[str, int] = {}
        for key, cents in invoiced(world, code, service, "2025", as_of[release]).items():
            period = key.split()[1]
            by_period[period] = by_period.get(period, 0) + cents
        names = {_named(period, files.language): cents for period, cents in by_period.items()}
        assert {n: said[n][column] for n in names} == {n: files.euros(c) for n, c in names.items()}
    totals = {"Laskutettu yhteensä": "advance", "Vielä laskutetaan": "advance_coming",
              "Talousarvio": "budget", "Fakturerat totalt": "advance", "Budget": "budget",
              "Invoiced in total": "advance", "Still to be invoiced": "advance_coming"}  # fmt: skip
    for name, measure in totals.items():
        if name in said:
            values = [files.of_year(measure, "2025", s) for s in series]
            assert said[name] == ["" if v is None else files.euros(v) for v in values], name
    assert ("Talousarvio" in said or "Budget" in said) is (code != NO_BUDGET)


def _named(period: str, language: str) -> str:
    say = Language(language)
    return say.month_name(period) if len(months_of(period)) == 1 else say.period(period)


def test_sentences_and_alternative_texts_say_the_forecast_of_the_csv(files: Finished) -> None:
    """Forecast, range and adjustment, each once written as the CSV has it; a direction only with one."""
    for year in ("2025", "2026"):
        for measure in ("forecast", "forecast_low", "forecast_high", "actual_rounded"):
            cents = files.of_year(measure, year)
            if cents is not None:
                assert files.rounded(cents) in files.text, (year, measure)
        ends = [files.of_year(f"expected_adjustment{end}", year) for end in ("_low", "_high")]
        for cents in ends:
            if cents is not None:
                assert files.rounded(abs(cents)) in files.text
    years = [y for y in ("2025", "2026") if files.of_year("expected_adjustment", y) is not None]
    if files.language == "fi" and len(years) == 1:
        low, high = (
            files.of_year(f"expected_adjustment{end}", years[0]) or 0 for end in ("_low", "_high")
        )
        assert ("kumpikin on mahdollinen" in files.text) is (low < 0 < high)
        assert ("hyvitystä kertyisi" in files.text) is (high <= 0)
        assert ("lisälaskua kertyisi" in files.text) is (high > 0 and low >= 0)


def test_without_a_budget_nothing_is_said_of_one(world: Troubled) -> None:
    """No 0, no agreement, no adjustment: what is missing is named."""
    files = finished(world, OCTOBER, NO_BUDGET, "fi")
    assert "Vuoden 2025 talousarviota ei ole annettu" in files.text
    assert "Ennakot vastaavat" not in files.text and "kertyisi" not in files.text
    assert not re.search(r"(?<!\d)0,00 €", files.text.replace("erotus 0,00 €", ""))


def test_who_has_left_has_no_advance_and_a_longer_invoice_holds_a_months(world: Troubled) -> None:
    """November's advance: of one who left in August, of a quarter's invoice, of the year's."""
    left = finished(world, OCTOBER, LEAVES, "fi").text
    assert "Kunnalla ei ole ennakkoa jaksolta marraskuu 2025." in left and "on 0,00 €" not in left
    quarterly = finished(world, OCTOBER, QUARTERLY, "fi").text
    assert "Jakson marraskuu 2025 ennakko sisältyy laskuun jaksolta 10–12/2025." in quarterly
    assert "sisältyy laskuun jaksolta 2025." in finished(world, OCTOBER, YEARLY, "fi").text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext reads a PDF")
def test_the_pdf_has_every_number_of_the_page(files: Finished, tmp_path: Path) -> None:
    """The numbers of its text are those of the HTML page: none is cut, none is another."""
    import subprocess

    path = tmp_path / "page.pdf"
    path.write_bytes(files.pdf)
    command = ["pdftotext", "-raw", str(path), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    paper = re.sub(r"\s+", "", said)
    soup = BeautifulSoup(files.html, "html.parser")
    assert soup.main
    for number in AMOUNT.findall(soup.main.get_text(" ").replace("\u00a0", " ")):
        if len(number) > 3:
            assert re.sub(r"\s+", "", number) in paper, number


def test_the_workbook_has_the_numbers_of_the_csv(files: Finished) -> None:
    """Every count and amount of the CSV stands in a cell as a number, and forecasts in whole euros."""
    book = load_workbook(io.BytesIO(files.xlsx), data_only=True)
    held = {round(float(c.value), 2) for sheet in book for row in sheet.iter_rows() for c in row
            if isinstance(c.value, int | float)}  # fmt: skip
    for (measure, _, period), value in files.cents.items():
        if value is not None and len(period) == 4 and period == "2025":
            wanted = value / 100 if measure.endswith("_cents") else value
            assert round(wanted, 2) in held or measure.endswith("_percent"), (measure, period)


def test_comparisons_are_computed_from_the_members_files(world: Troubled) -> None:
    """Shares of the budget and clients per 1,000, of the members whose CSV has both."""
    by_code = {code: finished(world, OCTOBER, code, "fi") for code in (*ALL, "402")}
    for code, files in by_code.items():
        rows = files.tables.get("Kunta jäsenkuntien rinnalla", [])
        for row in rows[1:]:
            measure = {"Kirjattu": "actual_rounded", "Arvio": "forecast"}.get(row[0].split()[0])
            if not measure:
                continue
            found = {
                c: (f.of_year(measure, "2025"), f.of_year("budget", "2025"))
                for c, f in by_code.items()
            }
            ratios = {c: 100 * a / b for c, (a, b) in found.items() if a is not None and b}
            own = int(row[1].split()[0])
            low, high = map(int, row[2].replace(" %", "").split("–"))
            assert abs(own - ratios[code]) <= 0.5
            assert (
                abs(low - min(ratios.values())) <= 0.5 and abs(high - max(ratios.values())) <= 0.5
            )
            assert row[3].endswith(f"/{len(ratios)}")


@pytest.mark.parametrize("release", [OCTOBER, ESTIMATE, FINAL])
def test_the_board_shows_what_the_members_files_have(release: str, world: Troubled) -> None:
    """Every member's forecast, or actual cost and adjustment, and the largest charge first."""
    handover = world.handover(release)
    page = area_page(handover.area, handover.manifest, Language())
    board = Finished(web_page(page), b"", b"", b"", "fi")
    (rows,) = (r for c, r in board.tables.items() if "kunnittain" in c and "kustannukset" in c)
    last = "adjustment" if release == FINAL else "expected_adjustment"
    order = []
    for row in rows[1:-1]:
        code = row[0][:3]
        files = finished(world, release, code, "fi")
        paid = files.of_year("advance", "2025")
        assert paid is not None and files.euros(paid) in row
        expected = files.of_year(last, "2025")
        order.append(expected)
        if release == FINAL and expected is not None:
            assert row[-1] == files.euros(expected)
        elif expected is not None:
            ends = [files.of_year(f"{last}{end}", "2025") or 0 for end in ("_low", "_high")]
            point = files.of_year("forecast", "2025")
            assert point is not None
            assert files.rounded(point).removesuffix(" €") in row
            shown = [expected] if not ends[0] < 0 < ends[1] else ends
            assert row[-1] == " – ".join(files.rounded(c).removesuffix(" €") for c in shown)
    known = [cents for cents in order if cents is not None]
    assert all(a >= b for a, b in pairwise(known)) and len(known) >= 8
