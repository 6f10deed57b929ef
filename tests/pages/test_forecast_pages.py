"""The foresight through every room on the example data: exact, protected, said, attacked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from time import process_time

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook
from worlds.places import EXAMPLE, PROJECT

from kuntakoonti.attack import attack
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import VARIABLE
from kuntakoonti.export.workbook import annex_workbook, area_workbook
from kuntakoonti.pages import annex_charts as charts
from kuntakoonti.pages import annex_text as words
from kuntakoonti.pages import board_money as area_money
from kuntakoonti.pages import forecast as outlook
from kuntakoonti.pages import forecast_chart as outlook_chart
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.board import Overview
from kuntakoonti.pages.html import Html
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.ledger import append
from kuntakoonti.public.pages import Manifest
from kuntakoonti.restricted.forecast.backtest import backtest
from kuntakoonti.restricted.preparation import forecast_tables as foresight
from kuntakoonti.restricted.preparation import stages as pipeline
from kuntakoonti.restricted.preparation.context import Figures, PreparationContext, ProtectedRelease

Prepared = tuple[PreparationContext, Figures, ProtectedRelease]
Prepare = Callable[..., Prepared]
FORESEEN = (Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH)
YEAR = [(f"2026-{m:02d}", f"{2026 + m // 12}-{m % 12 + 1:02d}-15") for m in (3, 6, 9, 12)]


@pytest.fixture(scope="module")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """A release prepared and protected in an empty output folder, once for each date."""
    made: dict[tuple[str, ...], Prepared] = {}

    def prepared(month: str, as_of: str, release: str = "", coarse: str = "") -> Prepared:
        asked = (month, as_of, release, coarse)
        if asked not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("KUNTAKOONTI_DATA", str(EXAMPLE))
                patch.setenv("KUNTAKOONTI_PARAMETERS", str(PROJECT / "parameters"))
                patch.setenv("KUNTAKOONTI_OUTPUT", str(tmp_path_factory.mktemp("output")))
                room = pipeline.open_area(*asked)
                figures = pipeline.count_figures(room, pipeline.read_records(room))
                made[asked] = room, figures, pipeline.protect(room, figures)
        return made[asked]

    return prepared


def manifest(release: ProtectedRelease) -> Manifest:
    record = release.record
    return Manifest(
        release=record.release, month=record.month, as_of=record.as_of, state="approved",
        approved_by="controller", archive_head="", inputs="", parameters="", program="", files={},
    )  # fmt: skip


def annex_of(release: ProtectedRelease, code: str, language: str = "fi") -> Annex:
    figures = next(a for a in release.annexes if a.municipality == code)
    return Annex(figures, manifest(release), Language(language))


def text_of(html: Html) -> str:
    words_of = BeautifulSoup(html.text, "html.parser").get_text(" ", strip=True)
    return words_of.replace("\u00a0", " ").replace("\u00ad", "")


def euros_of(release: ProtectedRelease, code: str) -> dict[Measure, Cell]:
    return {
        c.measure: c
        for c in release.record.cells
        if c.municipality == code and c.service == "any" and c.measure in FORESEEN
    }


# --- exact, in the restricted room -------------------------------------------------------------------


def test_members_sum_to_the_area_to_the_cent(prepare: Prepare) -> None:
    """In the analyst's table the last row is the sum of the others, in every column of cents."""
    frame = foresight.forecast_frame(prepare("2026-08", "2026-09-15")[1])
    assert list(frame["municipality"])[-1] == "area" and len(frame) == 12
    for name in ("forecast_cents", "recorded_cents", "advance_cents", "adjustment_cents"):
        assert frame[name].iloc[:-1].sum() == frame[name].iloc[-1]
    assert frame["low_cents"].notna().all() and set(frame["trials"]) == {8}


def test_completeness_stands_beside_what_the_law_makes_certain(prepare: Prepare) -> None:
    """June's start-up grants are complete by law at the end of August, palkkatuki 26 months later."""
    frame = foresight.completeness_frame(prepare("2026-08", "2026-09-15")[1]).set_index(
        ["service", "month"]
    )
    assert frame.loc[("starttiraha", "2026-06"), "certain_from"] == date(2026, 9, 1)
    assert frame.loc[("palkkatuki", "2026-06"), "certain_from"] == date(2028, 9, 1)
    assert frame.loc[("kotoutumiskoulutus", "2026-06"), "certain_from"] is None
    july = frame.loc[("palkkatuki", "2026-07")]
    assert july["low"] < july["share"] < july["high"] < 0.6


def test_a_lag_that_is_not_in_force_is_proposed_for_the_new_year(
    prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Palkkatuki closes after 1 month, not 2; the advice says where to write it, in the language."""
    room, figures, _ = prepare("2026-08", "2026-09-15")
    rows = foresight.lags_frame(room, figures).set_index("service")
    assert (rows.loc["palkkatuki", "in_force"], rows.loc["palkkatuki", "proposed"]) == (2, 1)
    assert "vuodenvaihteessa" in rows.loc["palkkatuki", "advice"]
    assert "rules.yml" in rows.loc["palkkatuki", "advice"]
    assert rows.loc["starttiraha", "advice"] == "Voimassa oleva arvo riittää."
    monkeypatch.setenv(VARIABLE, "sv")
    swedish = foresight.lags_frame(room, figures).set_index("service")["advice"]
    assert swedish["starttiraha"] == "Det gällande värdet räcker."
    monkeypatch.delenv(VARIABLE)
    young = foresight.lags_frame(*prepare("2025-02", "2025-03-15")[:2])
    assert young["proposed"].isna().all() and "ei ole" in young["advice"].iloc[0]


def test_the_back_test_has_every_month_of_the_closed_year(prepare: Prepare) -> None:
    """2025 by our way and the simple ones (no last year in a first one): what had come by February."""
    room, figures, _ = prepare("2026-08", "2026-09-15")
    found = foresight.backtest_frame(room, figures)
    assert list(found["month"]) == [f"2025-{m:02d}" for m in range(1, 13)]
    june = found.set_index("month").loc["2025-06"]
    assert max(june["forecast"], june["area"]) < 0.5 * june["to date × 12/m"]
    assert found["last year × ratio"].isna().all() and found["budget"].notna().all()
    assert found["held"].iloc[:-1].isna().all() and 0 <= found["held"].iloc[-1] <= 1
    folder = room.settings.target.restricted / "foresight"
    assert "2026-08-backtest.csv" in {p.name for p in folder.iterdir()}


def test_what_came_is_what_was_recorded_by_the_closing_date(prepare: Prepare) -> None:
    """The back-test's actual costs are those of the final adjustment, to a cent a group cost."""
    _, figures, _ = prepare("2026-08", "2026-09-15")
    final = prepare("2025-12", "2026-02-28", "2025-tasaus")[1]
    assert figures.forecast and final.forecast is None
    past = [p for p in backtest(figures.forecast, 0.8) if p.month == "2025-06"]
    for p in past:
        if p.municipality in final.years:
            actual = final.years[p.municipality].actual_cents(with_correction=False)
            assert abs(p.actual_cents - actual) < 50_00


def test_before_a_year_has_closed_there_is_nothing_to_test(prepare: Prepare) -> None:
    room, figures, _ = prepare("2025-08", "2025-09-15")
    assert foresight.backtest_frame(room, figures).empty


def test_the_whole_area_is_foreseen_in_two_seconds(prepare: Prepare) -> None:
    """Outlook, completeness, lags and the back-test, of processor time."""
    room, figures, _ = prepare("2026-12", "2027-01-15")
    assert figures.forecast
    began = process_time()
    foresight.backtest_frame(room, figures)
    assert process_time() - began < 2


# --- protected --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("month", "as_of"), [("2025-08", "2025-09-15"), ("2026-03", "2026-04-15")])
def test_a_forecast_stands_exactly_where_the_recorded_cost_stands(
    month: str, as_of: str, prepare: Prepare
) -> None:
    """Of every member: both shown or both withheld."""
    _, _, release = prepare(month, as_of)
    recorded = {
        c.municipality: c.status
        for c in release.record.cells
        if c.measure is Measure.ACTUAL_ROUNDED
    }
    forecast = {
        c.municipality: c.status for c in release.record.cells if c.measure is Measure.FORECAST
    }
    assert forecast == recorded and len(forecast) == 11


def test_no_service_has_a_forecast_and_no_member_a_percentage(prepare: Prepare) -> None:
    _, _, release = prepare("2026-08", "2026-09-15")
    cells = release.record.cells
    assert {c.service for c in cells if c.measure in FORESEEN} == {"any"}
    assert {c.municipality for c in cells if c.measure.endswith("_percent")} == {"17"}
    assert len({(c.key, c.measure) for c in cells}) == len(cells)


def test_every_page_has_the_same_percentages_and_the_boards_page_too(prepare: Prepare) -> None:
    """One home: the ledger has each once, every page shows it."""
    _, _, release = prepare("2026-08", "2026-09-15")
    percents = [c for c in release.record.cells if c.measure.endswith("_percent")]
    for page in (*release.annexes, release.area):
        assert [c for c in page.cells if c.measure.endswith("_percent")] == percents
    assert not [c for m in release.area.members for c in m.cells if c.municipality != m.code]


@pytest.mark.rule("R7", "A forecast stands exactly beside it, until the closing date")
@pytest.mark.parametrize(
    ("as_of", "shown"), [("2026-02-27", True), ("2026-02-28", False), ("2026-03-01", False)]
)
def test_a_year_is_foreseen_until_its_closing_date(
    as_of: str, shown: bool, prepare: Prepare
) -> None:
    """The annex of December, made late: before, on and after 28 February."""
    _, _, release = prepare("2025-12", as_of)
    assert bool(euros_of(release, "297")) is shown
    assert (release.annexes[0].facts.outlook is not None) is shown


def test_the_estimate_foresees_and_the_final_adjustment_does_not(prepare: Prepare) -> None:
    _, _, estimate = prepare("2025-12", "2026-01-20", "2025-tasausarvio")
    assert euros_of(estimate, "297")[Measure.FORECAST].value
    _, _, final = prepare("2025-12", "2026-02-28", "2025-tasaus")
    assert not euros_of(final, "297") and final.annexes[0].facts.outlook is None


def test_a_coarse_release_foresees_nothing(prepare: Prepare) -> None:
    """R9: of every member alike, and no percentage."""
    _, _, release = prepare("2026-08", "2026-09-15", "", "R9")
    cells = release.record.cells
    assert {c.status for c in cells if c.measure in FORESEEN} == {Status.NOT_SHOWN}
    assert not [c for c in cells if c.measure.endswith("_percent")]
    assert outlook.forecast(annex_of(release, "297")).text == ""


# --- said --------------------------------------------------------------------------------------------


def test_a_page_says_forecast_range_method_and_past_error(prepare: Prepare) -> None:
    """Tervo in August of the second year: the lead, the section, the chart."""
    tervo = annex_of(prepare("2026-08", "2026-09-15")[2], "844")
    lead = text_of(words.summary(tervo))
    assert "arvio on noin 60 000 € (80 %:n vaihteluväli 45 000 € – 75 000 €)" in lead
    assert "hyvitystä kertyisi noin 15 000 € (vaihteluväli 0 € – 35 000 €)" in lead
    section = text_of(outlook.forecast(tervo))
    assert "julkaistuista luvuista" in section
    assert (
        "± 18 % arviosta, koska omia aiempia arvioita on liian vähän; sen pitäisi sisältää toteuma 80 %:ssa tapauksista"
        in section
    )
    assert "Lain, talousarvion tai hintojen muutosta vaihteluväli ei kata." in section
    assert "Arvio on 78 % talousarviosta." in lead
    assert "yksittäisessä kunnassa" not in section  # no forecast of an earlier year is approved
    chart = outlook_chart.chart(tervo)
    assert chart and "koko vuoden ennakot ovat 77 200,00 €" in chart.alt.replace("\u00a0", " ")
    assert len(chart.svg) < 8000


@pytest.mark.rule("R7", "Few records: no forecast, and the page says so")
def test_young_records_say_so_and_name_the_budget(prepare: Prepare) -> None:
    """Two months: no number but the budget, no chart."""
    kuopio = annex_of(prepare("2025-02", "2025-03-15")[2], "297")
    section = text_of(outlook.forecast(kuopio))
    assert "liian lyhyeltä ajalta" in section and "talousarvio 8 787 000,00 €" in section
    assert "arvio on noin" not in text_of(words.summary(kuopio))
    assert outlook_chart.chart(kuopio) is None and charts.chart(kuopio) is not None


def test_records_of_a_few_months_say_that_the_budget_weighs(prepare: Prepare) -> None:
    kuopio = annex_of(prepare("2025-04", "2025-05-15")[2], "297")
    section = text_of(outlook.forecast(kuopio))
    assert "nojaa vielä paljolti talousarvioon" in section
    assert "Vaihteluväli on oletus" in section and "± 28 % arviosta" in section
    lead = text_of(words.summary(kuopio))
    assert "kumpikin on mahdollinen" in lead and "hyvitystä kertyisi" not in lead


def test_a_page_without_the_recorded_cost_has_no_forecast(prepare: Prepare) -> None:
    """Nothing in words, in the chart or in the workbook."""
    release = prepare("2026-02", "2026-03-16")[2]
    hidden = next(a.municipality for a in release.annexes
                  if euros_of(release, a.municipality)[Measure.FORECAST].value is None)  # fmt: skip
    page = annex_of(release, hidden)
    assert "arviota ei esitetä" in text_of(outlook.forecast(page))
    assert outlook_chart.chart(page) is None and "arvio on" not in text_of(words.summary(page))
    book = load_workbook(BytesIO(annex_workbook(page.figures, page.manifest, page.language)))
    assert "Arvio" not in book.sheetnames and "Kirjausaste" in book.sheetnames


def test_completeness_is_a_table_of_shares(prepare: Prepare) -> None:
    tervo = annex_of(prepare("2026-08", "2026-09-15")[2], "844")
    rows = BeautifulSoup(outlook.completeness(tervo).text, "html.parser").find_all("tr")
    said = [
        [c.get_text().replace("\u00a0", " ") for c in row.find_all(["th", "td"])] for row in rows
    ]
    assert said[0][1:] == ["kesäkuu 2026", "heinäkuu 2026", "elokuu 2026"]
    assert said[1][3:] == [""] and said[2][1] == "100 %"
    assert said[1][1:3] == ["77 %", "43 %"]
    classes = [[c.get("class") for c in row.find_all(["th", "td"])] for row in rows]
    assert classes == [[None, ["n"], ["n"], ["n"]]] * 4


def test_where_no_share_is_shown_nothing_is_said_of_completeness(prepare: Prepare) -> None:
    tervo = annex_of(prepare("2026-08", "2026-09-15")[2], "844")
    bare = tuple(c for c in tervo.figures.cells if c.measure is not Measure.COMPLETENESS)
    assert outlook.completeness_table(tervo.figures.facts, bare, tervo.language) == ()


def test_the_board_sees_members_by_the_expected_adjustment(prepare: Prepare) -> None:
    """Largest charge first; a range where either is possible; who shows no forecast is named below."""
    release = prepare("2026-08", "2026-09-15")[2]
    view = Overview(release.area, manifest(release), Language("fi"))
    soup = BeautifulSoup(area_money.money(view).text, "html.parser")
    rows = [row.find_all(["th", "td"]) for row in soup.find_all("tbody")[0].find_all("tr")]
    said = {row[0].get_text()[:3]: row[-1].get_text().replace("\u00a0", "") for row in rows}
    gaps = {
        c.municipality: {e.measure: e.value for e in release.record.cells if e.key == c.key}
        for c in release.record.cells
        if c.measure is Measure.EXPECTED_ADJUSTMENT
    }
    points = [gaps[code][Measure.EXPECTED_ADJUSTMENT] or 0 for code in said]
    assert points == sorted(points, reverse=True) and len(points) == 11
    for code, text in said.items():
        low = gaps[code][Measure.EXPECTED_ADJUSTMENT_LOW] or 0
        high = gaps[code][Measure.EXPECTED_ADJUSTMENT_HIGH] or 0
        assert (" – " in text) is (low < 0 < high)
    early = prepare("2026-02", "2026-03-16")[2]
    said = text_of(area_money.money(Overview(early.area, manifest(early), Language("fi"))))
    assert "Arviota ei esitetä:" in said and "Vaihteluväli on oletus" in said
    first = prepare("2025-02", "2025-03-15")[2]
    said = text_of(area_money.money(Overview(first.area, manifest(first), Language("fi"))))
    assert "ei vielä ole minkään kunnan sivulla" in said


def test_the_workbooks_have_the_forecast_as_numbers(prepare: Prepare) -> None:
    release = prepare("2026-08", "2026-09-15")[2]
    page = annex_of(release, "844")
    book = load_workbook(BytesIO(annex_workbook(page.figures, page.manifest, page.language)))
    amounts = {row[0].value: row[1].value for row in book["Arvio"].iter_rows(min_row=2)}
    assert amounts["Arvio vuoden kustannuksista, noin, €"] == 60_000
    assert amounts["Koko vuoden ennakot, €"] == 77_200
    shares = [[c.value for c in row] for row in book["Kirjausaste"].iter_rows(min_row=2)]
    assert shares[0][:2] == ["Palkkatuki", "kesäkuu 2026"] and len(shares) == 8
    assert all(0 < share[2] <= 100 for share in shares)
    board = load_workbook(BytesIO(area_workbook(release.area, page.manifest, page.language)))
    assert board["Arvio"].max_row == 12 and board["Kirjausaste"].max_row == 9
    sums = [row[2].value for row in board["Summat"].iter_rows(min_row=2)]
    assert not [s for s in sums if "%" in str(s)]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_forecast_speaks_the_language_of_the_page(language: str, prepare: Prepare) -> None:
    page = annex_of(prepare("2026-08", "2026-09-15")[2], "844", language)
    said = text_of(outlook.forecast(page)) + text_of(outlook.completeness(page))
    assert {"sv": "Prognos för kostnaderna 2026", "en": "Forecast of the costs of 2026"}[
        language
    ] in said
    assert "arvio" not in said.lower()


# --- attacked ----------------------------------------------------------------------------------------


def test_annexes_of_a_year_with_forecasts_stand(tmp_path: Path) -> None:
    """Four months of the second year with ranges and percentages: nothing falls."""
    (tmp_path / "output").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNTAKOONTI_DATA", str(EXAMPLE))
        patch.setenv("KUNTAKOONTI_PARAMETERS", str(PROJECT / "parameters"))
        patch.setenv("KUNTAKOONTI_OUTPUT", str(tmp_path / "output"))
        for month, as_of in YEAR:
            room = pipeline.open_area(month, as_of)
            release = pipeline.protect(
                room, pipeline.count_figures(room, pipeline.read_records(room))
            )
            append(
                room.settings.output.ledger,
                room.archive,
                replace(release.record, approved_by="role"),
            )
    verdict = attack(tmp_path / "output", ("A1", "A2", "A3", "A4"))
    assert not verdict.violated, verdict.findings[:5]
    assert verdict.releases == 4
