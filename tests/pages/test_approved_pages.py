"""Whole pages against approved text: what a clerk reads, word by word, in three languages.

`make approve-pages` rewrites the approved files; read the diff before committing it.
"""

import os
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from worlds.places import APPROVED
from worlds.releases import FIVE_RELEASES
from worlds.texts import said

from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.jobs import draft_jobs, open_release
from kuntakoonti.runner.make import make_report

AREA = "17"
TRANSLATED = [("2025-08", "857"), ("2025-tasaus", "857"), ("2025-08", AREA)]
COUNTED = [(month, code) for month, _, codes in FIVE_RELEASES for code in codes]
PAGES = [(month, code, "fi") for month, code in [*COUNTED, ("2025-08", AREA)]]
PAGES += [(month, code, language) for month, code in TRANSLATED for language in ("sv", "en")]


def page(output: Path, month: str, code: str, kind: str, language: str = "fi") -> Path:
    year, rest = month.split("-")
    name = f"{rest}-{year}" if "tasaus" in rest else month
    suffix = "" if language == "fi" else f"-{language}"
    return next(p for p in output.rglob(f"{code}-*-{name}{suffix}.{kind}"))


@pytest.mark.rule("R2", "Page and workbook say it with the same words")
@pytest.mark.rule(
    "R5",
    'Before: the class of a fixed grid, 5 below 100, 10 from 100, or "alle 5" with an asterisk',
)
@pytest.mark.parametrize(("month", "code", "language"), PAGES)
def test_a_page_says_what_was_approved(
    month: str, code: str, language: str, five_releases: Path
) -> None:
    """The whole text of the page equals its approval file."""
    path = APPROVED / f"{month}-{code}{'' if language == 'fi' else f'-{language}'}.txt"
    text = said(page(five_releases, month, code, "html", language))
    if os.environ.get("KUNTAKOONTI_APPROVE_PAGES"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("month", "code", "language"), PAGES)
def test_an_annex_is_two_sheets_of_a4_at_most_the_boards_page_one_and_light(
    month: str, code: str, language: str, five_releases: Path
) -> None:
    """PDF: at most two pages, of eleven members' board one, 150 kB; HTML: 60 kB."""
    import pikepdf

    pdf = page(five_releases, month, code, "pdf", language)
    with pikepdf.open(pdf) as document:
        assert len(document.pages) <= (1 if code == AREA else 2)
    assert pdf.stat().st_size <= 150_000
    assert page(five_releases, month, code, "html", language).stat().st_size <= 80_000


@pytest.mark.parametrize(("month", "code"), COUNTED)
def test_a_small_number_is_nowhere_on_a_page_of_clients(
    month: str, code: str, five_releases: Path
) -> None:
    """No count of 1–4 stands in a cell of the count tables or in a text alternative."""
    soup = BeautifulSoup(
        page(five_releases, month, code, "html").read_text(encoding="utf-8"), "html.parser"
    )
    tables = [t for t in soup.find_all("table") if t.caption and "Asiakkaita" in t.caption.text]
    assert tables or code == "844"
    cells = [td.get_text(strip=True) for t in tables for td in t.find_all("td")]
    assert not [c for c in cells if re.fullmatch(r"(väh\. )?[0-4]\*?", c)]
    for image in soup.find_all("img"):
        assert not re.search(r"\d{1,2}/20\d\d (väh\. )?[0-4](?=[,.])", str(image.get("alt")))


def test_the_same_words_are_in_html_and_pdf(five_releases: Path) -> None:
    """The PDF's text holds the page's numbers (checked where pdftotext is installed)."""
    import subprocess

    if not shutil.which("pdftotext"):
        assert not os.environ.get("CI"), "CI installs poppler-utils"
        pytest.skip("pdftotext (poppler-utils) is not installed")
    command = ["pdftotext", "-layout", str(page(five_releases, "2025-08", "297", "pdf")), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = set(re.findall(r"[\d\u00a0 ]+,\d\d|\b\d{3,}\b", text.replace("\u00a0", " ")))
    html = said(page(five_releases, "2025-08", "297", "html"))
    numbers = set(re.findall(r"\d{1,3}(?: \d{3})*,\d\d|\b\d{3}\b", html.split("Täsmäytys")[0]))
    flat = " ".join(words)
    assert not [n for n in numbers if n not in flat and n not in text.replace("\u00a0", " ")]


def test_a_report_is_remade_from_its_handover_alone(five_releases: Path, tmp_path: Path) -> None:
    """The open room needs no data: with the input gone the same bytes come out."""
    from dataclasses import replace

    output = OutputFolder(five_releases)
    job = next(
        j for j in draft_jobs(output, open_release(output, "2026-02")) if j.municipality == "844"
    )
    again = replace(job, target=str(tmp_path / "again"), mark=str(tmp_path / "mark"))
    assert make_report(again).state == "done"
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (Path(job.target) / path.name).read_bytes(), path.name
