"""The whole invoice on pages and in workbooks, in three languages; nothing where nothing is shared."""

import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from worlds.pages import annex_page, area_page
from worlds.shared_area import prepared

from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import text
from kuntakoonti.export.report import figures_csv
from kuntakoonti.export.workbook import annex_workbook, area_workbook
from kuntakoonti.pages import board
from kuntakoonti.pages.board import Overview
from kuntakoonti.public.cells import Measure
from kuntakoonti.public.pages import AnnexFigures, Manifest
from kuntakoonti.restricted.preparation.context import ProtectedRelease

LANGUAGES = {
    "fi": ("Koko lasku", "Avaimella jaettu yhteensä", "Väkiluku 31.12.2022", "Avaimella jaettavat"),
    "sv": (
        "Hela fakturan",
        "Enligt nyckel totalt",
        "Folkmängd 31.12.2022",
        "Tjänster som fördelas",
    ),
    "en": ("The whole invoice", "Shared by key in total", "Population", "Services shared by key"),
}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> ProtectedRelease:
    return prepared(tmp_path_factory.mktemp("month"), "2025-08", "2025-09-15")


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> ProtectedRelease:
    return prepared(tmp_path_factory.mktemp("final"), "2025-12", "2026-02-28", "2025-tasaus")


def manifest(release: ProtectedRelease) -> Manifest:
    record = release.record
    return Manifest(
        release=record.release, month=record.month, as_of=record.as_of, state="draft",
        approved_by="", archive_head="", inputs="", parameters="", program="", files={},
    )  # fmt: skip


def said(release: ProtectedRelease, figures: AnnexFigures, code: str) -> str:
    page = annex_page(figures, manifest(release), Language(code))  # type: ignore[arg-type]
    return " ".join(text(nodes) for _, nodes in page.cells).replace("\u00a0", " ")


def cents(figures: AnnexFigures, service: str, measure: Measure, period: str = "2025") -> int:
    cell = next(c for c in figures.cells if c.key[1:] == (service, period) and c.measure is measure)
    assert cell.value is not None
    return cell.value


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_members_page_explains_both_parts(month: ProtectedRelease, code: str) -> None:
    figures = month.annexes[0]
    words, language = said(month, figures, code), Language(code)  # type: ignore[arg-type]
    for wanted in LANGUAGES[code][:3]:
        assert wanted in words
    parts = [
        cents(figures, "any", Measure.ADVANCE, "2025-09"),
        cents(figures, "shared", Measure.SHARED_ADVANCE, "2025-09"),
        cents(figures, "invoice", Measure.INVOICE_ADVANCE, "2025-09"),
    ]
    assert parts[0] + parts[1] == parts[2]
    for amount in (*parts, cents(figures, "tilat", Measure.SHARED_ACTUAL)):
        assert language.euros(amount, unit=False).replace("\u00a0", " ") in words
    assert "sopimus § 12" in words


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_boards_page_has_every_members_key(month: ProtectedRelease, code: str) -> None:
    language = Language(code)  # type: ignore[arg-type]
    page = area_page(month.area, manifest(month), language)
    words = " ".join(text(nodes) for _, nodes in page.cells).replace("\u00a0", " ")
    assert LANGUAGES[code][3] in words
    for member in month.area.members:
        value = next(c.value for c in member.cells if c.measure is Measure.KEY_VALUE) or 0
        assert language.number(value // 100).replace("\u00a0", " ") in words


def test_the_board_opens_with_what_is_billed_in_all(
    month: ProtectedRelease, final: ProtectedRelease
) -> None:
    """Advances, budgets, charges and credits of the whole invoices, not of what is by causation alone."""
    language = Language("en")
    of_year = {(c.service, c.measure): c.value or 0 for c in month.area.cells if c.period == "2025"}
    lead = text(board.heading(Overview(month.area, manifest(month), language)).nodes)
    paid = of_year["any", Measure.ADVANCE] + of_year["shared", Measure.SHARED_ADVANCE]
    due = of_year["any", Measure.BUDGET] + of_year["shared", Measure.SHARED_BUDGET]
    assert f"total {language.euros(paid)}; their budgets total {language.euros(due)}" in lead
    evened = [
        c.value or 0 for m in final.area.members for c in m.cells
        if (c.period, c.measure) == ("2025", Measure.INVOICE_ADJUSTMENT)
    ]  # fmt: skip
    lead = text(board.heading(Overview(final.area, manifest(final), language)).nodes)
    for side in ([c for c in evened if c > 0], [-c for c in evened if c < 0]):
        assert not side or f"{language.euros(sum(side))}" in lead
    assert any(evened)


def test_a_final_page_is_of_the_whole_invoice(final: ProtectedRelease) -> None:
    """What is credited or charged is the sum of both adjustments, and both are named."""
    figures = next(a for a in final.annexes if not a.secret)
    words, language = said(final, figures, "fi"), Language("fi")
    both = [
        cents(figures, "any", Measure.ADJUSTMENT),
        cents(figures, "shared", Measure.SHARED_ADJUSTMENT),
    ]
    total = cents(figures, "invoice", Measure.INVOICE_ADJUSTMENT)
    assert sum(both) == total
    assert language.euros(abs(total)).replace("\u00a0", " ") in words
    for amount in both:
        assert language.signed_euros(amount).replace("\u00a0", " ") in words


def test_a_secret_page_has_the_invoices_total_and_nothing_public_has_it(
    final: ProtectedRelease,
) -> None:
    (figures,) = final.secret
    assert cents(figures, "invoice", Measure.INVOICE_ACTUAL)
    public = [
        c for c in final.record.cells
        if c.municipality == figures.municipality and c.measure is Measure.INVOICE_ACTUAL
    ]  # fmt: skip
    assert [c.value for c in public] == [None]
    assert LANGUAGES["fi"][0] in said(final, figures, "fi")


@pytest.mark.parametrize("code", LANGUAGES)
def test_workbooks_and_csv_have_both_parts(
    month: ProtectedRelease, final: ProtectedRelease, code: str
) -> None:
    language = Language(code)  # type: ignore[arg-type]
    for release in (month, final):
        figures, about = release.annexes[0], manifest(release)
        book = CalamineWorkbook.from_filelike(io.BytesIO(annex_workbook(figures, about, language)))
        assert language.text("The whole invoice") in book.sheet_names
        area = area_workbook(release.area, about, language)
        sheets = CalamineWorkbook.from_filelike(io.BytesIO(area)).sheet_names
        assert {language.text("Whole invoices"), language.text("Keys")} <= set(sheets)
        rows = figures_csv(release.record.release, figures.cells).decode()
        assert "invoice_budget_cents" in rows
        assert "key_share_millionths" in rows


def test_the_boards_sums_are_of_all_members_on_it(tmp_path: Path) -> None:
    """Five months of the shared cost, to the cent."""
    release = prepared(tmp_path, "2025-05", "2025-06-15")
    shown = [c for m in release.area.members for c in m.cells if c.measure is Measure.SHARED_ACTUAL]
    tilat = sum(c.value or 0 for c in shown if c.service == "tilat")
    (whole,) = [
        c.value for c in release.area.cells
        if (c.measure, c.service) == (Measure.SHARED_ACTUAL, "tilat")
    ]  # fmt: skip
    assert whole == tilat == 5 * 299_999


def test_an_estimate_foresees_both_parts(tmp_path: Path) -> None:
    """What is recorded by key is exact; no total of what is by causation is."""
    release = prepared(tmp_path, "2025-12", "2026-01-31", "2025-tasausarvio")
    figures = release.annexes[0]
    words = said(release, figures, "en")
    recorded = Language("en").euros(cents(figures, "shared", Measure.SHARED_ACTUAL), unit=False)
    assert recorded.replace("\u00a0", " ") in words
    assert "simple run rate" in words
    assert not [c for c in figures.cells if c.measure is Measure.INVOICE_ACTUAL]
