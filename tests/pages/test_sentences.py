"""What the pages say of euros, of the unknown and of the future, in worlds that are not the example."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from kuntakoonti.core.language import Language
from kuntakoonti.pages import (
    annex_tables,
    annex_text,
    board,
    changed,
    forecast,
    forecast_chart,
    method,
)
from kuntakoonti.pages.annex import Annex
from kuntakoonti.pages.board import Overview
from kuntakoonti.pages.html import Html
from kuntakoonti.public.cells import (
    Cell,
    Invoice,
    Measure,
    Mismatch,
    MismatchKind,
    Status,
    euro_cell,
)
from kuntakoonti.public.changes import Change
from kuntakoonti.public.expectation import expected_adjustment_cells
from kuntakoonti.public.handover import open_handover
from kuntakoonti.public.pages import NoticeFacts

OF_BUDGET = (Measure.BUDGET, Measure.ADVANCE_COMING, Measure.ADVANCE_EXPECTED)
DERIVED = (
    Measure.EXPECTED_ADJUSTMENT, Measure.EXPECTED_ADJUSTMENT_LOW, Measure.EXPECTED_ADJUSTMENT_HIGH,
)  # fmt: skip
PLACE = ("844", "any", "2025")


NOTICED = {
    "fi": "Kuluja on kirjattu 1.9.2025 alkaen tavallista myöhemmin.",
    "sv": "Kostnader har registrerats senare än vanligt sedan 1.9.2025.",
    "en": "Costs have been recorded later than usual since 1 September 2025.",
}


@pytest.fixture(scope="module")
def tervo(august_draft: Path) -> Annex:
    """Tervo's annex of August 2025."""
    handover = open_handover(august_draft / "protected" / "2025-08")
    return Annex(handover.annex("844"), handover.manifest, Language())


def but(annex: Annex, language: str = "fi", **changes: object) -> Annex:
    """The annex with other figures."""
    return Annex(annex.figures.model_copy(update=changes), annex.manifest, Language(language))


def without(annex: Annex, *measures: Measure) -> Annex:
    return but(annex, cells=tuple(c for c in annex.figures.cells if c.measure not in measures))


def with_euros(annex: Annex, **cents: int) -> Annex:
    """The annex with other amounts of the year, and the expected adjustment that follows."""
    changed = {Measure(f"{name}_cents"): amount for name, amount in cents.items()}
    kept = [
        c
        for c in annex.figures.cells
        if c.measure not in DERIVED and not (c.key == PLACE and c.measure in changed)
    ]
    kept += [euro_cell(*PLACE, measure, amount) for measure, amount in changed.items()]
    return but(annex, cells=(*kept, *expected_adjustment_cells(kept)))


def text(*parts: Html) -> str:
    said = " ".join(BeautifulSoup(p.text, "html.parser").get_text(" ", strip=True) for p in parts)
    return said.replace("\u00a0", " ").replace("\u00ad", "")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_notice_of_the_area_stands_under_the_head(language: str, tervo: Annex) -> None:
    """One of the fixed sentences, with the day it holds from; without one nothing is said."""
    notice = NoticeFacts(says="costs_late", since=date(2025, 9, 1))
    facts = tervo.figures.facts.model_copy(update={"notices": (notice,)})
    assert NOTICED[language] in text(annex_text.heading(but(tervo, language, facts=facts)))
    assert NOTICED[language] not in text(annex_text.heading(but(tervo, language)))


def whole(annex: Annex) -> str:
    """Everything that the page says of euros, the alternative text of the chart too."""
    chart = forecast_chart.chart(annex)
    return text(
        annex_text.summary(annex), annex_tables.advances(annex), annex_text.reconciliation(annex),
        forecast.forecast(annex),
    ) + (chart.alt + chart.caption if chart else "")  # fmt: skip


# --- unknown is not zero ---------------------------------------------------------------------------


def test_without_a_budget_nothing_is_said_of_one(tervo: Annex) -> None:
    """No 0, no agreement with a budget, no adjustment: what is missing is said."""
    said = whole(without(tervo, *OF_BUDGET, *DERIVED))
    assert "Vuoden 2025 talousarviota ei ole annettu, joten tasausta ei voi arvioida." in said
    assert "talousarviota ei ole annettu, joten ennakoita ei voi verrata siihen" in said
    assert "Ennakot vastaavat talousarviota" not in said and "Talousarvio 2025" not in said
    assert "0,00 €" not in said.replace("erotus 0,00 €", "")
    assert "hyvitystä kertyisi" not in said and "Katkoviiva" not in said


def test_without_a_budget_no_period_was_chosen_from_it(tervo: Annex) -> None:
    """The grain of a first year rests on the budget; where there is none, the page says so."""
    assert "Jakso on valittu talousarviosta" in text(method.counts(tervo))
    said = text(method.counts(without(tervo, *OF_BUDGET)))
    assert "ilman talousarviota" in said and "valittu talousarviosta" not in said


def test_a_board_without_budgets_does_not_say_that_invoices_agree(august_draft: Path) -> None:
    """Nothing is open, because nothing could be compared."""
    handover = open_handover(august_draft / "protected" / "2025-08")
    calm = tuple(
        m.model_copy(update={"cells": tuple(c for c in m.cells if c.measure not in OF_BUDGET)})
        for m in handover.area.members
    )
    without_budget = tuple(c for c in handover.area.cells if c.measure not in OF_BUDGET)
    agree, unknown = (
        "Minkään kunnan laskuissa ei ole avointa",
        "Laskuja ei voi verrata talousarvioon",
    )
    for cells, said, not_said in (
        (handover.area.cells, agree, unknown),
        (without_budget, unknown, agree),
    ):
        figures = handover.area.model_copy(update={"members": calm, "cells": cells})
        lead = text(board.heading(Overview(figures, handover.manifest, Language("fi"))))
        assert said in lead and not_said not in lead


def test_a_service_without_a_budget_is_named(tervo: Annex) -> None:
    bare = tuple(
        c
        for c in tervo.figures.cells
        if not (c.service == "starttiraha" and c.measure in OF_BUDGET)
    )
    said = whole(but(tervo, cells=bare))
    assert "Talousarviota 2025 ei ole annettu: starttiraha." in said
    table = BeautifulSoup(annex_tables.advances(but(tervo, cells=bare)).text, "html.parser")
    rows = {row.th.get_text(): row.find_all("td") for row in table.tfoot.find_all("tr")}
    assert list(rows) == ["Laskutettu yhteensä", "Vielä laskutetaan", "Talousarvio"]
    without_one = [True, False, True, True, False]  # three services, their total, no numbers
    assert [bool(td.get_text()) for td in rows["Talousarvio"]] == without_one
    assert [bool(td.get_text()) for td in rows["Vielä laskutetaan"]] == without_one


@pytest.mark.parametrize(("known", "said"), [
    (True, "talousarvion mukaan se on 6 500,00 €"),
    (False, "eikä vuoden 2026 talousarviota ole vielä annettu"),
])  # fmt: skip
def test_an_advance_that_is_not_invoiced_is_not_zero(known: bool, said: str, tervo: Annex) -> None:
    """December's annex, with and without next year's budget: the data year's table stays."""
    facts = tervo.figures.facts.model_copy(update={"invoice_period": "2026-01"})
    next_year = (
        euro_cell("844", "any", "2026", Measure.BUDGET, 78_000_00),
        euro_cell("844", "any", "2026-01", Measure.ADVANCE_EXPECTED, 6_500_00),
        euro_cell("844", "any", "2026-01", Measure.ADVANCE, 0),
    )
    cells = tervo.figures.cells + (next_year if known else next_year[2:])
    december = but(tervo, cells=cells, facts=facts)
    found = whole(december)
    assert "Tätä ennakkoa, tammikuu 2026, ei ole vielä laskutettu" in found and said in found
    assert "Ennakot 2025, tilanne 15.9.2025" in found and "Laskutettu yhteensä" in found
    assert "on 0,00 €" not in found
    assert ("tammikuu 2026, talousarvion mukaan 6 500,00" in found.replace("  ", " ")) is known


# --- what is said of the future --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        (20_000_00, "lisälaskua kertyisi noin 30 000 € (vaihteluväli 15 000 € – 45 000 €)"),
        (80_000_00, "hyvitystä kertyisi noin 30 000 € (vaihteluväli 15 000 € – 45 000 €)"),
        (45_000_00, "ulottuu hyvityksestä 10 000 € lisälaskuun 20 000 €: kumpikin on mahdollinen"),
        (35_000_00, "lisälaskua kertyisi noin 15 000 € (vaihteluväli 0 € – 30 000 €)"),
    ],
)
def test_a_direction_is_said_only_where_the_range_has_one(
    paid: int, said: str, tervo: Annex
) -> None:
    """50,000 € (35,000–65,000), 20,000 € still to come: above, below, and on both sides of zero."""
    page = with_euros(
        tervo, forecast=50_000_00, forecast_low=35_000_00, forecast_high=65_000_00, advance=paid,
        advance_coming=0,
    )  # fmt: skip
    lead = text(annex_text.summary(page))
    assert said in lead and "80 %:n vaihteluväli 35 000 € – 65 000 €" in lead
    assert "enintään" not in lead
    assert ("hyvitystä kertyisi" in lead) is said.startswith("hyvitystä")
    assert ("lisälaskua kertyisi" in lead) is said.startswith("lisälaskua")


def test_without_a_range_no_direction_is_said(tervo: Annex) -> None:
    """An area without the rule of the first year's range."""
    page = with_euros(without(tervo, Measure.FORECAST_LOW, Measure.FORECAST_HIGH), advance=1)
    lead = text(annex_text.summary(page))
    assert "ei voi sanoa, tuleeko vuodesta hyvitystä vai lisälaskua" in lead
    assert "kertyisi" not in lead


def test_what_a_range_does_not_hold_is_said(tervo: Annex) -> None:
    said = text(forecast.forecast(tervo))
    assert "Lain, talousarvion tai hintojen muutosta vaihteluväli ei kata." in said
    assert "Vaihteluväli on oletus, ± 18 % arviosta" in said
    assert "Samaan aikaan vuodesta" not in said


def test_a_forecast_far_above_the_budget_is_said(tervo: Annex) -> None:
    page = with_euros(tervo, forecast=151_000_00, budget=100_000_00)
    assert "Arvio on 151 % talousarviosta." in text(annex_text.summary(page))


def test_the_chart_says_the_advances_of_the_whole_year(tervo: Annex) -> None:
    """Invoiced and still to come, not the budget."""
    page = with_euros(tervo, advance=60_000_00, advance_coming=5_000_00, budget=99_000_00)
    chart = forecast_chart.chart(page)
    assert chart and "koko vuoden ennakot ovat 65 000,00 €" in chart.alt.replace("\u00a0", " ")


# --- mismatches, during the year and at its end ------------------------------------------------------


def mismatch(finding: MismatchKind, got: int) -> Mismatch:
    return Mismatch("844", "palkkatuki", "2025-05", finding, 5_000_00, got, ("L1", "L2"))


@pytest.mark.parametrize(("kind", "said"), [
    ("month", "Hyvityslasku puuttuu."), ("estimate", "Hyvityslasku puuttuu."),
    ("final", "Tasaus oikaisee erotuksen +5 000,00 €, joten erillistä hyvityslaskua ei tehdä."),
])  # fmt: skip
def test_a_doubled_invoice_is_credited_once(kind: str, said: str, tervo: Annex) -> None:
    """At year's end the adjustment evens it out; before it a credit note is missing."""
    facts = tervo.figures.facts.model_copy(update={"kind": kind})
    page = but(tervo, facts=facts, mismatches=(mismatch("doubled", 10_000_00),))
    assert said in text(annex_text.reconciliation(page))


def test_mismatches_are_counted_in_words(tervo: Annex) -> None:
    one = but(tervo, mismatches=(mismatch("missing", 0),))
    two = but(tervo, mismatches=(mismatch("missing", 0), mismatch("doubled", 10_000_00)))
    assert "Laskuissa on 1 poikkeama, katso" in text(annex_text.summary(one))
    assert "Laskuissa on 2 poikkeamaa, katso" in text(annex_text.summary(two))
    assert "There are 2 mismatches" in text(annex_text.summary(but(two, "en")))


# --- the year before, while it is open ---------------------------------------------------------------


def test_a_year_that_is_still_open_keeps_its_advances_and_forecast(tervo: Annex) -> None:
    """January's annex: 2025 is open until the end of February."""
    facts = tervo.figures.facts.model_copy(
        update={"month": "2026-01", "as_of": date(2026, 2, 15), "invoice_period": "2026-02",
                "before_closing_day": date(2026, 2, 28)}
    )  # fmt: skip
    said = whole(but(tervo, facts=facts))
    assert "Vuosi 2025 on vielä auki 28.2.2026 asti: ennakoita on laskutettu 60 300,03 €." in said
    assert "Vuoden 2025 kustannuksia on kirjattu vähintään 36 000 €; arvio on noin" in said


# --- what has changed --------------------------------------------------------------------------------


def change(kind: str, measure: Measure, before: int, after: int) -> Change:
    return Change(kind, euro_cell(*PLACE, measure, before), euro_cell(*PLACE, measure, after))  # type: ignore[arg-type]


CHANGES = {
    "Vuoden 2025 arvio muuttui vaihteluväliään enemmän: 70 000 € → 90 000 €.": change(
        "forecast", Measure.FORECAST, 70_000_00, 90_000_00
    ),
    "Talousarvio 2025: 80 400,00 € → 70 000,00 €.": change(
        "budget", Measure.BUDGET, 80_400_00, 70_000_00
    ),
    "Muut laskut ja hyvitykset kuin tämä ennakko muuttivat vuoden 2025 ennakoita −1,00 €; ne ovat nyt "
    "1,00 €.": change("invoiced", Measure.ADVANCE, 2_00, 1_00),
}


@pytest.mark.parametrize("line", CHANGES)
def test_one_change_is_one_line(line: str, tervo: Annex) -> None:
    page = but(tervo, changes=(CHANGES[line],), compared_with="2025-07")
    assert (
        text(changed.changed(page)) == f"Muuttunut edellisestä liitteestä (heinäkuu 2025): {line}"
    )


def test_counts_that_became_exact_share_a_line_and_three_lines_are_the_most(tervo: Annex) -> None:
    """Two counts, a forecast and a budget: the advances are left out."""
    now = next(c for c in tervo.clients("any") if c.value == 6)
    was = Cell(*now.key, now.measure, Status.PRELIMINARY, None, 5, 9)
    closed = tuple(Change("closed", was, replace(now, value=n)) for n in (6, 7))
    most = (*list(CHANGES.values())[:2], *closed, list(CHANGES.values())[2])
    soup = BeautifulSoup(
        changed.changed(but(tervo, changes=most, compared_with="2025-07")).text, "html.parser"
    )
    lines = [li.get_text() for li in soup.find_all("li")]
    assert len(lines) == 3 and "hyvitykset" not in " ".join(lines)
    assert lines[2].startswith("Valmistui: palvelut yhteensä 6/2025 6 (oli väh. 5); palvelut")


def test_nothing_changed_is_said_and_a_first_annex_says_nothing(tervo: Annex) -> None:
    same = but(tervo, compared_with="2025-07")
    assert "Mikään luku ei ole muuttunut" in text(changed.changed(same))
    assert changed.changed(tervo).text == ""


def test_credits_and_quarters_stand_in_the_invoices(tervo: Annex) -> None:
    """One number with a row for each quarter is a row a period."""
    rows = tuple(
        Invoice("L9", "844", "palkkatuki", p, 100_00, "invoice", None, date(2025, 1, 9))
        for p in ("2025-Q1", "2025-Q2")
    )
    said = text(annex_tables.invoices(but(tervo, invoices=rows)))
    assert said.count("L9") == 2 and "1–3/2025" in said and "4–6/2025" in said


@pytest.mark.parametrize(("kind", "said"), [("invoice", "L1, L2"), ("credit", "L1, hyvitys L2")])
def test_a_period_is_a_row_and_its_numbers_are_listed(kind: str, said: str, tervo: Annex) -> None:
    """Two numbers of a period: its amount is net, and a credit is named."""
    cents = {"invoice": 50_00, "credit": -50_00}[kind]
    rows = (
        Invoice("L1", "844", "palkkatuki", "2025-05", 100_00, "invoice", None, date(2025, 5, 9)),
        Invoice("L2", "844", "palkkatuki", "2025-05", cents, kind, "L1", date(2025, 6, 9)),
    )
    page = annex_tables.invoices(but(tervo, invoices=rows, mismatches=()))
    (line,) = BeautifulSoup(page.text, "html.parser").tbody.find_all("tr")
    found = [cell.get_text() for cell in line.find_all(["th", "td"])]
    net = f"{(100_00 + cents) // 100},00"
    assert found == ["toukokuu", net, "–", "–", net, said]
    assert "Viiva: ei laskua." in text(page)


def test_a_period_without_an_invoice_is_a_row(tervo: Annex) -> None:
    """What is missing is seen where it is missing."""
    page = but(tervo, invoices=(), mismatches=(mismatch("missing", 0),))
    (line,) = BeautifulSoup(annex_tables.invoices(page).text, "html.parser").tbody.find_all("tr")
    found = [cell.get_text() for cell in line.find_all(["th", "td"])]
    assert found == ["toukokuu", "–", "–", "–", "–", "puuttuu"]
