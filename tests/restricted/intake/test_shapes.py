"""Any composition of the shapes that exports have: the same figures, or one sentence a cause."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from worlds.examples import examples
from worlds.intake_cases import base, write

from kuntakoonti.core.language import Language
from kuntakoonti.core.settings import PROJECT
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.restricted.intake import fingerprint, load
from kuntakoonti.restricted.intake.problem_list import problem_lines
from kuntakoonti.restricted.preparation.context import known_values

KNOWN = known_values(load_parameters(PROJECT / "parameters"))
AS_OF = date(2025, 9, 15)
Rows = list[list[str]]


def _iso(cell: str) -> str:
    parts = cell.split(".")
    return (
        f"{parts[2]}-{int(parts[1]):02d}-{int(parts[0]):02d}"
        if len(parts) == 3 and all(p.isdigit() for p in parts)
        else cell
    )


def each_cell(change: Callable[[str], str]) -> Callable[[Rows], Rows]:
    """A change of every cell below the headings."""
    return lambda rows: [rows[0], *([change(c) for c in row] for row in rows[1:])]


READ: dict[str, Callable[[Rows], Rows]] = {
    "titles": lambda rows: [["Raportti"], [], *rows],
    "ISO days": each_cell(_iso),
    "midnights": each_cell(lambda c: f"{_iso(c)} 00:00:00" if c.count(".") == 2 else c),
    "points in amounts": each_cell(lambda c: c.replace(",", ".")),
    "spaces in amounts": each_cell(lambda c: c.replace("1000,00", "1\u202f000,00")),
    "spaces around": each_cell(lambda c: f" {c}\u00a0"),
    "zero width": each_cell(lambda c: f"\u200b{c}\ufeff" if c else c),
    "escaped returns": each_cell(lambda c: f"{c}_x000D_" if c else c),
    "capitals": each_cell(lambda c: c.replace("palkkatuki", "PALKKATUKI")),
    "null words": each_cell(lambda c: c or "NULL"),
    "texts by formula": each_cell(lambda c: f'="{c}"' if c else c),
    "upper headings": lambda rows: [[h.upper() for h in rows[0]], *rows[1:]],
    "spaced headings": lambda rows: [[h.replace("_", " ") for h in rows[0]], *rows[1:]],
    "unread column": lambda rows: [[*rows[0], "huomautus"], *([*r, 'sana; "lainaus"\nrivi'] for r in rows[1:])],
    "surplus cells": lambda rows: [[*r, "", ""] for r in rows],
    "blank rows": lambda rows: [*rows[:3], [""] * len(rows[0]), *rows[3:], [""] * len(rows[0])],
    "another order": lambda rows: [list(reversed(r)) for r in rows],
    "a row again": lambda rows: [*rows, rows[-1]],
}  # fmt: skip
STOPPED: dict[str, Callable[[Rows], Rows]] = {
    "no headings": lambda rows: rows[1:],
    "a column too few": lambda rows: [r[1:] for r in rows],
    "bad amounts": each_cell(lambda c: c.replace(",00", " euroa")),
    "times of day": each_cell(
        lambda c: f"{_iso(c)} 12:30:00" if c.count(".") == 2 and c[0].isdigit() else c
    ),
    "rounded ids": each_cell(lambda c: "1,23E+11" if c[:1] in "KPL" and c[1:2].isdigit() else c),
    "narrow columns": each_cell(lambda c: "####" if c[:1] in "KPL" and c[1:2].isdigit() else c),
}


def as_text(rows: Rows, separator: str, encoding: str) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return target.getvalue().encode(encoding, errors="ignore")


def written(folder: Path, table: str, rows: Rows, form: tuple[str, str]) -> None:
    """The table in one of the forms that programs write."""
    (folder / f"{table}.csv").unlink()
    separator, encoding = form
    if separator == "xlsx":
        with xlsxwriter.Workbook(folder / f"{table}.xlsx", {"strings_to_formulas": False}) as book:
            page = book.add_worksheet()
            for line, row in enumerate(rows):
                page.write_row(line, 0, row)
    else:
        (folder / f"{table}.csv").write_bytes(as_text(rows, separator, encoding))


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> str:
    intake = load(write(tmp_path_factory.mktemp("base"), base()), KNOWN, AS_OF)
    return fingerprint(intake.warehouse, AS_OF, b"key")


FORMS = [*((s, e) for s in ";,\t|" for e in ("utf-8", "utf-8-sig", "utf-16")), ("xlsx", "")]


@examples(60)
@given(
    table=st.sampled_from(["service_periods", "residences", "costs", "advance_invoices"]),
    shapes=st.lists(st.sampled_from(sorted(READ)), max_size=5, unique=True),
    stops=st.lists(st.sampled_from(sorted(STOPPED)), max_size=1),
    form=st.sampled_from(FORMS),
)
def test_any_composition_is_read_right_or_refused_shortly(
    table: str, shapes: list[str], stops: list[str], form: tuple[str, str], same: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """Figures identical, or at most one sentence a cause."""
    rows = base()[table]
    for name in sorted(
        stops + shapes, key=lambda n: (n in ("titles", "blank rows", "surplus cells"), n)
    ):
        rows = (READ | STOPPED)[name](rows)
    folder = write(tmp_path_factory.mktemp("shape") / "data", base())
    written(folder, table, rows, form)
    intake = load(folder, KNOWN, AS_OF)
    if not stops:
        assert not intake.stops, (shapes, form, intake.stops[:3])
    if not intake.stops:
        assert fingerprint(intake.warehouse, AS_OF, b"key") == same
    causes = Counter((p.file, p.kind, p.column) for p in intake.stops)
    assert len(problem_lines(intake.stops, Language())) <= len(causes) <= 9
