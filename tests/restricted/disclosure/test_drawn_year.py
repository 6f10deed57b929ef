"""One year of Kuopio, Suonenjoki and Tervo drawn by hand from R1–R6, and what a clerk then reads.

Every table below was drawn before any code ran. ``RECORDED`` is what the records say on an
extraction date; a page is one line a series. ``<5`` is "alle 5", ``~515`` "väh. 515", ``.`` "ei esitetä".
"""

from datetime import date

import pandas as pd
import pytest
from worlds.figures import PARAMETERS

from kuntakoonti.public.cells import Cell, Measure, Plan, Status
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.restricted.disclosure.adjustment import year_count_cells
from kuntakoonti.restricted.disclosure.counts import Moment, count_cells
from kuntakoonti.restricted.disclosure.grain import plan_year
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.figures.counts import Counts

KUOPIO, SUONENJOKI, TERVO = "297", "778", "844"
MONTHS = [f"{m:02d}" for m in range(1, 13)]
QUARTERS = ["Q1", "Q2", "Q3", "Q4"]

# Last year, all twelve months and four quarters; it fixes the grains of 2026.
LAST_YEAR = """
297 palkkatuki          468 470 481 490 500 521 533 530 520 515 510 500 | 560 580 590 570
297 starttiraha          61  62  60  58  63  65  63  60  61  62  64  66 |  80  82  79  85
297 kotoutumiskoulutus  214 210 212 215 214 212 124 200 220 221 219 218 | 260 262 255 270
778 palkkatuki           12  11   9   4   7   8  10  12  13  11  10   9 |  15  12  16  14
778 starttiraha           3   4   2   5   4   3   3   2   4   4   3   4 |   6   7   5   6
778 kotoutumiskoulutus    1   1   1   0   0   0   0   0   2   2   2   2 |   1   1   2   2
844 palkkatuki            2   3   3   2   2   1   1   2   2   3   3   2 |   4   3   3   4
844 starttiraha           1   1   1   1   0   0   0   1   1   1   1   1 |   1   1   1   1
844 kotoutumiskoulutus    2   2   2   2   2   1   1   2   2   2   2   2 |   2   2   2   3
844 any                   4   5   5   4   3   2   2   4   5   5   5   4 |   6   5   5   7
"""
GRAINS = {
    KUOPIO: {"palkkatuki": "month", "starttiraha": "month", "kotoutumiskoulutus": "month"},
    SUONENJOKI: {"palkkatuki": "month", "starttiraha": "quarter", "kotoutumiskoulutus": "year"},
    TERVO: {"any": "quarter"},
}

# 2026 as recorded on 15.9.2026: August is thin, because employers report late.
AUGUST = """
297 palkkatuki          470 472 480 488 501 519 507 484 | 561 579 540
297 starttiraha          60  61  63  62  64  66  61  57 |  81  80  70
297 kotoutumiskoulutus  210 213 214 212 215 211 126 203 | 258 261 240
778 palkkatuki           11  10   8   4   6   5   7   3 |  14  11  10
778 starttiraha           3   2   4   4   3   3   2   1 |   6   5   4
778 kotoutumiskoulutus    1   1   0   0   0   0   0   1 |   1   0   1
844 any                   5   4   4   3   2   2   2   1 |   6   4   3
"""
AUGUST_PAGE = """
297 palkkatuki          470 472 480 488 501 519 ~500 ~480
297 starttiraha          60  61  63  62  64  66  61 ~55
297 kotoutumiskoulutus  210 213 214 212 215 211 126 ~200
778 palkkatuki           11  10   8  <5   6   5  ~5 ~<5
778 starttiraha           6   5 ~<5
844 any                   6  <5 ~<5
"""

# The same year on 28.2.2027: late records came, also to months that had closed.
FEBRUARY = """
297 palkkatuki          471 472 482 488 505 521 529 520 515 512 511 506 | 561 583 590 571
297 starttiraha          60  61  63  62  64  66  64  61  60  62  63  65 |  81  80  78  84
297 kotoutumiskoulutus  210 213 214 212 215 211 126 207 219 222 220 218 | 258 261 250 268
778 palkkatuki           11  10   9   5   6   5   8   9  10  10   8   7 |  14  11  13  12
778 starttiraha           3   2   4   4   3   3   3   2   4   5   5   4 |   6   5   6   7
778 kotoutumiskoulutus    1   1   0   0   0   0   0   1   2   2   2   2 |   1   0   1   2
844 any                   5   4   4   3   2   2   3   2   4   5   5   3 |   6   4   5   6
"""
YEAR = {
    (KUOPIO, "palkkatuki"): 801, (KUOPIO, "starttiraha"): 131, (KUOPIO, "kotoutumiskoulutus"): 402,
    (SUONENJOKI, "palkkatuki"): 22, (SUONENJOKI, "starttiraha"): 9, (SUONENJOKI, "kotoutumiskoulutus"): 4,
    (TERVO, "any"): 12,
}  # fmt: skip
# What closed by August stays as it was (April of Suonenjoki too, though it is 5 by now); the rest
# closes on the year's closing day. The year's own count comes last, where R6 lets it: Suonenjoki's
# palkkatuki 22 − 11 = 11 and the repeats 87 − 22 = 65 are large; starttiraha 9 − 7 = 2 is small;
# Tervo 12 − 6 = 6 and 17 + 0 − 12 = 5 are large enough; a series by year is only that number.
FINAL_PAGE = """
297 palkkatuki          470 472 480 488 501 519 529 520 515 512 511 506 801
297 starttiraha          60  61  63  62  64  66  61  61  60  62  63  65 131
297 kotoutumiskoulutus  210 213 214 212 215 211 126 207 219 222 220 218 402
778 palkkatuki           11  10   8  <5   6   5   8   9  10  10   8   7 22
778 starttiraha           6   5   6   7 .
778 kotoutumiskoulutus   <5
844 any                   6  <5   5   6 12
"""


def counts_of(table: str, year: str, month: str, as_of: date) -> Counts:
    """The drawn months and quarters of a year as counts; zeros have no row, as in the real ones."""
    rows = []
    for line in table.strip().splitlines():
        (code, service, *months), quarters = (part.split() for part in line.split("|"))
        named = [*zip(MONTHS, months, strict=False), *zip(QUARTERS, quarters, strict=False)]
        rows += [(code, service, f"{year}-{name}", int(n)) for name, n in named if int(n)]
    if month == "2026-12":
        rows += [(*series, year, n) for series, n in YEAR.items()]
    frame = pd.DataFrame(rows, columns=["municipality", "service", "period", "clients"])
    return Counts(frame, as_of, month)


def plans() -> dict[str, Plan]:
    last = counts_of(LAST_YEAR, "2025", "2026-01", date(2026, 2, 15))
    every = plan_year("2026", last, Advances({}, (), {}), PARAMETERS)
    return {code: every[code] for code in (KUOPIO, SUONENJOKI, TERVO)}


def page(cells: list[Cell]) -> list[list[str]]:
    """Cells as the lines of a drawn page."""
    lines: dict[tuple[str, str], list[str]] = {}
    for cell in sorted(cells, key=lambda c: (c.municipality, c.period == "2026", c.period)):
        lines.setdefault((cell.municipality, cell.service), []).append(_drawn(cell))
    return sorted([*series, *marks] for series, marks in lines.items())


def _drawn(cell: Cell) -> str:
    if cell.status is Status.PRELIMINARY:
        return "~<5" if cell.class_low == 0 else f"~{cell.class_low}"
    hidden = {Status.UNDER_THRESHOLD: "<5", Status.NOT_SHOWN: "."}
    return hidden.get(cell.status) or str(cell.value)


def lines_of(drawn: str) -> list[list[str]]:
    return sorted(line.split() for line in drawn.strip().splitlines())


def august(made: dict[str, Plan]) -> list[Cell]:
    as_of = date(2026, 9, 15)
    counts = counts_of(AUGUST, "2026", "2026-08", as_of)
    moment = Moment("2026-08", as_of, Archive())
    return list(count_cells(counts, {"2026": made}, PARAMETERS, moment))


def final(made: dict[str, Plan]) -> list[Cell]:
    before = tuple(august(made))
    record = Record(
        "2026-08", "2026-08", date(2026, 9, 15), "controller", "", "", {"2026": made}, before
    )
    as_of = date(2027, 2, 28)
    moment = Moment("2026-12", as_of, Archive((record,), "0" * 64))
    counts = counts_of(FEBRUARY, "2026", "2026-12", as_of)
    cells = tuple(count_cells(counts, {"2026": made}, PARAMETERS, moment))
    return [*cells, *year_count_cells(counts, made, cells, PARAMETERS)]


@pytest.mark.parametrize("code", [KUOPIO, SUONENJOKI, TERVO])
def test_grains_are_those_drawn_from_last_year(code: str) -> None:
    """R3, R4: Kuopio by month, Suonenjoki at three grains, Tervo together by quarter."""
    assert plans()[code].grains == GRAINS[code]


@pytest.mark.rule("R2", "No count is hidden for another's sake")
def test_the_page_of_august_is_the_drawn_one() -> None:
    """R1, R2, R5: what had closed by 15.9.2026 is exact or "alle 5", the rest a class."""
    assert page(august(plans())) == lines_of(AUGUST_PAGE)


def test_the_page_of_the_adjustment_is_the_drawn_one() -> None:
    """R5, R6, R9: closed counts stand, the rest closes, and the year's count comes where it may."""
    assert page(final(plans())) == lines_of(FINAL_PAGE)


def test_the_small_municipality_still_answers_what_did_we_have() -> None:
    """At least half of what stands on the drawn pages of Suonenjoki and Tervo is a number."""
    for code in (SUONENJOKI, TERVO):
        marks = [m for line in lines_of(FINAL_PAGE) if line[0] == code for m in line[2:]]
        assert 2 * sum(m.isdigit() for m in marks) >= len(marks)


def test_nothing_but_counts_of_clients_stands_on_the_drawn_pages() -> None:
    """One measure, three municipalities, no total over any of them."""
    assert {c.measure for c in final(plans())} == {Measure.CLIENTS}
    assert {c.municipality for c in final(plans())} == {KUOPIO, SUONENJOKI, TERVO}
