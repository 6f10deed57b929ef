"""The index of an OUTPUT folder, and the analyst's desk in its ``restricted/``."""

import csv
import re
import shutil
from pathlib import Path

from worlds.releases import ELEVEN, run_month

from kuntakoonti.cli.main import main


def links(page: Path) -> list[Path]:
    """Where a page's links lead."""
    text = page.read_text(encoding="utf-8")
    return [page.parent / where for where in re.findall(r'href="([^"]+)"', text)]


def signs(output: Path) -> dict[str, list[str]]:
    """A row of the index's table by its name: the signs, newest release first."""
    page = (output / "index.html").read_text(encoding="utf-8")
    table = page.split('<table class="signs">')[1].split("</table>")[0]
    rows = table.split("<tbody>")[1].split("</tr>")[:-1]
    name = re.compile(r'<th scope="row">([^<]+)</th>')
    return {name.findall(row)[0]: re.findall(r'role="img"[^>]*>(.)</span>', row) for row in rows}


def test_the_index_is_a_table_of_members_by_releases(released: Path) -> None:
    """One sign a cell, the newest release first and alone open; every link leads somewhere."""
    assert run_month("2025-09", "2025-10-15", released, "--municipality", "844") == 0
    sent = ["sent", "2025-08", "--municipality", "857", "--channel", "posti"]
    assert main([*sent, "--output", str(released)]) == 0
    found = signs(released)
    assert len(found) == 11 + 2 and all(len(row) == 2 for row in found.values())
    assert found["844 Tervo"] == ["○", "●"] and found["857 Tuusniemi"] == ["·", "✓"]
    page = (released / "index.html").read_text(encoding="utf-8")
    assert page.index("<details open><summary>2025-09") < page.index("<details><summary>2025-08")
    assert page.count("<details open>") == 1
    assert links(released / "index.html") and all(
        p.exists() for p in links(released / "index.html")
    )


def test_the_dispatch_list_has_a_row_a_municipality_and_package(august: Path) -> None:
    """Eleven packages, each with its invoice."""
    with (august / "dispatch.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(r["municipality"] for r in rows) == ELEVEN
    assert all(r["file"].endswith(".zip") and r["invoice"] for r in rows)


def test_the_desk_says_what_needs_attention_and_has_a_row_a_municipality(august: Path) -> None:
    """Problems by kind, invoices that do not agree with euros, what closes next, what is unsent."""
    desk = august / "restricted" / "index.html"
    text = desk.read_text(encoding="utf-8")
    headings = re.findall(r"<h2>([^<]+)</h2>", text)
    assert headings[0] == "Tietojen havainnot lajeittain: problems.csv"
    for heading in ("Laskut, jotka eivät täsmää", "Mitä seuraavaksi valmistuu", "Lähettämättä"):
        assert heading in headings
    mismatched = text.split("Laskut, jotka eivät täsmää")[1].split("</table>")[0]
    assert "402 Lapinlahti" in mismatched and "−2\u00a0700,00\u00a0€" in mismatched
    members = text.split("<h2>Kunnat</h2>")[1]
    assert members.count('<th scope="row">') == 11
    assert links(desk) and all(p.exists() for p in links(desk))


def test_the_desk_names_the_largest_changes_of_exact_figures(released: Path) -> None:
    """Since the release before; it stays in ``restricted/``."""
    assert run_month("2025-09", "2025-10-15", released, "--municipality", "844") == 0
    text = (released / "restricted" / "index.html").read_text(encoding="utf-8")
    changes = text.split("suurimmat muutokset julkaisusta 2025-08")[1].split("</table>")[0]
    assert changes.count('<th scope="row">') == 10 and "297 Kuopio" in changes
    assert "työpöytä" not in (released / "index.html").read_text(encoding="utf-8")


def test_the_preparation_is_a_page_with_every_row_in_words(august: Path) -> None:
    """Names beside codes, euros, headings of the area's language; as many rows as there are figures."""
    page = (august / "restricted" / "prepare" / "2025-08.html").read_text(encoding="utf-8")
    assert "857 Tuusniemi" in page and "Tarkka luku" in page and "_cents" not in page
    cells = page.split("Tarkka luku")[1].split("</table>")[0]
    with next((august / "2025-08").glob("857-*/*.csv")).open(encoding="utf-8", newline="") as file:
        counts = [r for r in csv.DictReader(file) if r["measure"] == "clients"]
    assert cells.count("857 Tuusniemi") == len([r for r in counts if r["municipality"] == "857"])
    assert "[10 rows" not in page and "..." not in cells


def test_invented_data_say_so_in_every_format(august: Path) -> None:
    """HTML, PDF, XLSX and CSV of an approved page, index and board's page too."""
    from openpyxl import load_workbook
    from pikepdf import Pdf

    folder = august / "2025-08" / "857-Tuusniemi"
    html = next(folder.glob("*.html")).read_text(encoding="utf-8")
    assert "<title>KEKSITYT TIEDOT – " in html and '<p class="draft">KEKSITYT TIEDOT</p>' in html
    assert "KEKSITYT TIEDOT" in load_workbook(next(folder.glob("*.xlsx"))).sheetnames
    with next(folder.glob("*.csv")).open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["measure"] == "invented_data"
    with Pdf.open(next(folder.glob("*.pdf"))) as pdf:
        assert "KEKSITYT TIEDOT" in str(pdf.docinfo.get("/Title"))
    assert "KEKSITYT TIEDOT" in (august / "index.html").read_text(encoding="utf-8")


def test_an_approval_keeps_no_draft_page(drafted: Path, tmp_path: Path) -> None:
    """What was drafted is not beside what was approved: the index knows one of them."""
    output = Path(shutil.copytree(drafted, tmp_path / "approved"))
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(output)]) == 0
    assert {sign for row in signs(output).values() for sign in row} == {"●"}
