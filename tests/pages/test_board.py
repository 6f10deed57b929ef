"""R8 and the accountant: the board's page is made of public figures, the books of all of them."""

import csv
import shutil
from collections import defaultdict
from pathlib import Path

import pikepdf
import pytest
from openpyxl import load_workbook
from worlds.office import converted
from worlds.places import EXAMPLE

from kuntakoonti.cli.main import main
from kuntakoonti.public.cells import ANY, Measure
from kuntakoonti.public.handover import open_handover

Key = tuple[str, str, str]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def public(output: Path, release: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The area's rows and all members' rows of a release, from its public files only."""
    area = rows(next((output / release / "area").glob("*.csv")))
    members = [r for p in (output / release).glob("[0-9]*/*.csv") for r in rows(p)]
    return area, members


@pytest.mark.rule("R8", "Counts: sums of exact counts")
@pytest.mark.rule("R8", "Euros: budgets, advances, shown costs; rounded ones are not summed")
@pytest.mark.parametrize("release", ["2025-08", "2025-tasaus"])
def test_every_sum_is_a_function_of_the_members_public_files(settled: Path, release: str) -> None:
    """Recomputed from the members' CSV files alone, the area's CSV comes out, no more, no less.

    The percentages of the whole area are no sums: they stand alike on every page, as does what says
    that the data are invented.
    """
    area, members = public(settled, release)
    percents = [r for r in area if r["measure"].endswith("_percent")]
    assert all(members.count(r) == 11 for r in percents) and bool(percents) is (
        release == "2025-08"
    )
    assert {r["value"] for r in (*area, *members) if r["measure"] == "invented_data"} == {"1"}
    area = [r for r in area if r not in percents and r["measure"] != "invented_data"]
    named = {"clients": "clients_shown_sum", "actual_cents": "actual_shown_sum_cents"}
    sums: dict[tuple[str, Key], int] = defaultdict(int)
    for r in members:
        measure = named.get(r["measure"], r["measure"])
        if r["status"] == "final" and r["value"]:
            sums[measure, (r["service"], r["period"], "")] += int(r["value"])
    found = {(r["measure"], (r["service"], r["period"], "")): int(r["value"]) for r in area}
    assert found == {k: v for k, v in sums.items() if k in found}
    wanted = {"clients_shown_sum", "actual_shown_sum_cents"}
    assert {k for k in sums if k[0] in wanted} == {k for k in found if k[0] in wanted}
    assert {r["municipality"] for r in area} == {"17"}
    assert {r["measure"] for r in area} <= wanted | {"budget_cents", "advance_cents"}


@pytest.mark.rule("R8", "Counts: sums of exact counts, and who is not in them")
def test_the_page_names_who_is_not_in_a_sum(settled: Path) -> None:
    """Rautavaara and Tervo are published together, so no service's sum holds them."""
    page = next((settled / "2025-08" / "area").glob("*.html")).read_text(encoding="utf-8")
    assert "puuttuu: Rautavaara ja Tervo" in page
    assert "Alueen yhteenveto" in page and "controller" in page


def test_the_boards_workbook_has_numbers_and_no_formulas(settled: Path) -> None:
    """Every member's published figure and every sum, as numbers where they are numbers."""
    book = load_workbook(next((settled / "2025-tasaus" / "area").glob("*.xlsx")))
    assert book.sheetnames == [
        "Asiakkaat 2025", "Eurot", "Eurot palveluittain", "Summat", "KEKSITYT TIEDOT",
    ]  # fmt: skip
    for sheet in book:
        assert all(c.data_type in ("n", "s") for row in sheet.iter_rows() for c in row)
    assert any(isinstance(row[3].value, int | float) for row in book["Summat"].iter_rows(min_row=2))


@pytest.mark.parametrize("release", ["2025-08", "2025-tasaus"])
def test_the_boards_workbook_has_every_members_figure_once(settled: Path, release: str) -> None:
    """A line a member and service, a column a period or a measure; the forecast has its own sheet."""
    book = load_workbook(next((settled / release / "area").glob("*.xlsx")))
    members = open_handover(settled / "protected" / release).area.members
    clients = [c for m in members for c in m.cells if c.measure is Measure.CLIENTS]
    sheet = [row[2:] for row in book["Asiakkaat 2025"].iter_rows(min_row=2, values_only=True)]
    shown = [value for row in sheet for value in row if value is not None]
    assert len(shown) == len(clients)
    assert sorted(v for v in shown if isinstance(v, int)) == sorted(
        c.value for c in clients if c.value is not None
    )
    aligned = {c.alignment.horizontal for row in book["Asiakkaat 2025"] for c in row[2:]}
    assert aligned == {"right"}  # also where a column has no number
    lines = {(row[0], row[1]): row for row in book["Eurot"].iter_rows(min_row=2, values_only=True)}
    assert len(lines) == book["Eurot"].max_row - 1 == 11
    assert book["Eurot palveluittain"].max_row - 1 == 33
    heads = [cell.value.replace("\u00a0", " ") for cell in book["Eurot"][1]]
    budget = {c.service: c.value for c in members[2].cells if c.measure is Measure.BUDGET}
    kuopio = lines["297 Kuopio", "Palvelut yhteensä"]
    assert kuopio[heads.index("Talousarvio 2025, €")] * 100 == budget[ANY]


@pytest.mark.slow
def test_the_boards_workbook_prints_on_few_sheets_of_paper(settled: Path, tmp_path: Path) -> None:
    """Eleven members: a page a sheet, the sums of every month on two or three."""
    (book,) = (settled / "2025-08" / "area").glob("*.xlsx")
    with pikepdf.open(converted(book, "pdf", tmp_path)) as printed:
        assert len(printed.pages) <= 8


def test_the_books_balance_from_source_to_published(settled: Path) -> None:
    """Source = members + outside + unallocated, to the cent, and published = members' cost."""
    books = rows(settled / "restricted" / "reconciliation" / "2025-tasaus.csv")
    assert {r["difference_cents"] for r in books} == {"0"}
    for r in books:
        parts = ("members_cents", "outside_cents", "unallocated_cents")
        assert int(r["source_cents"]) == sum(int(r[p]) for p in parts)
    known: dict[str, int] = {}
    for r in csv.DictReader((EXAMPLE / "costs.csv").open(encoding="utf-8"), delimiter=";"):
        day, month, year = r["recorded_on"].split(".")
        if f"{year}-{int(month):02d}-{int(day):02d}" <= "2026-02-28":
            amount = r["amount"].replace(" ", "").replace("\u00a0", "").replace(",", "")
            known[r["cost_id"]] = int(amount.replace("−", "-"))
    assert sum(int(r["source_cents"]) for r in books) == sum(known.values())
    published = rows(settled / "restricted" / "reconciliation" / "2025-tasaus-published.csv")
    assert len(published) == 11
    assert {r["difference_cents"] for r in published} == {"0"}


def test_a_trace_lists_the_ids_behind_a_figure_and_is_logged(
    tmp_path: Path, settled: Path, capsys
) -> None:
    """Record and cost ids in restricted/trace; the log and the screen name no id."""
    output = Path(shutil.copytree(settled, tmp_path / "outputs"))
    words = ["trace", "857", "2025-06", "--as-of", "2026-02-28", "--data", str(EXAMPLE)]
    assert main([*words, "--output", str(output)]) == 0
    path = output / "restricted" / "trace" / "857-2025-06.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    records = {r["id"] for r in found if r["what"] == "record"}
    costs = [r for r in found if r["what"] == "cost"]
    exact = rows(output / "restricted" / "area" / "2025-tasaus.csv")
    of_month = [r for r in exact if (r["municipality"], r["period"]) == ("857", "2025-06")]
    clients = sum(int(r["clients"] or 0) for r in of_month if r["service"] != "any")
    assert len(records) >= clients > 0
    cents = sum(int(r["cents"] or 0) for r in of_month)
    assert sum(int(r["cents"]) for r in costs) == cents != 0
    log = (output / "restricted" / "log" / "trace.log").read_text(encoding="utf-8")
    said = capsys.readouterr()
    ids = records | {r["id"] for r in costs}
    assert not [i for i in ids if i in log + said.out + said.err]
    assert "trace 857 2025-06 2026-02-28" in log


def test_a_trace_shows_what_moved_since_the_last_release(tmp_path: Path, settled: Path) -> None:
    """A residence corrected after the release moves its client's cost; the trace says so."""
    output = Path(shutil.copytree(settled, tmp_path / "outputs"))
    data = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
    words = ["--as-of", "2026-03-31", "--data", str(data), "--output", str(output)]
    assert main(["trace", "857", "2025-06", *words]) == 0
    first = (output / "restricted" / "trace" / "857-2025-06.csv").read_text(encoding="utf-8-sig")
    cost = next(line for line in first.splitlines() if line.startswith("cost;palkkatuki"))
    cost_id = cost.split(";")[3]
    lines = (data / "costs.csv").read_text(encoding="utf-8").splitlines()
    client = next(line for line in lines if line.startswith(f"{cost_id};")).split(";")[2]
    with (data / "residences.csv").open("a", encoding="utf-8") as file:
        file.write(f"{client};297;1.6.2025;;20.3.2026\n")
    assert main(["trace", "857", "2025-06", *words]) == 0
    second = (output / "restricted" / "trace" / "857-2025-06.csv").read_text(encoding="utf-8-sig")
    moved = [line for line in second.splitlines() if line.startswith("moved;")]
    assert any(f";{cost_id};" in line and line.endswith(";857;297") for line in moved)


@pytest.mark.parametrize(
    ("words", "code"),
    [(("999", "2025-06"), 2), (("857", "kesäkuu"), 2), (("857", "2025-06"), 0)],
)
def test_a_trace_refuses_what_it_does_not_know(
    words: tuple[str, str], code: int, tmp_path: Path
) -> None:
    """An unknown municipality or period is wrong usage."""
    more = ["--as-of", "2025-09-15", "--data", str(EXAMPLE), "--output", str(tmp_path)]
    assert main(["trace", *words, *more]) == code
