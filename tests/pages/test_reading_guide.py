"""The box "Näin luvut luetaan" explains marks that stand on its own page."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from kuntakoonti.core.language import Language
from kuntakoonti.pages.annex_text import reading_guide
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.pages import ReleaseFacts


def guide(*classes: tuple[int, int], code: str = "fi", threshold: int = 5) -> str:
    """The words of the box of a page with these preliminary counts."""
    cells = [Cell("844", "palkkatuki", "2025-08", Measure.CLIENTS, Status.PRELIMINARY, None, *c)
             for c in classes]  # fmt: skip
    cells.append(Cell("844", "palkkatuki", "2025-01", Measure.CLIENTS, Status.FINAL, 12))
    figures = SimpleNamespace(
        cells=tuple(cells), facts=ReleaseFacts.model_construct(threshold=threshold, marks={})
    )
    annex: Any = SimpleNamespace(language=Language(code), figures=figures)
    return re.sub("<[^>]+>", "", reading_guide(annex).text)


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (((490, 499),), "Väh. 490 tarkoittaa, että tähän mennessä on kirjattu 490–499 asiakasta."),
        (((0, 4), (5, 9), (10, 14)), "Väh. 5 tarkoittaa, että tähän mennessä on kirjattu 5–9 asiakasta."),
        (((1000, 1009),), "Väh. 1\u00a0000 tarkoittaa, että tähän mennessä on kirjattu 1\u00a0000–1\u00a0009 asiakasta."),
    ],
)  # fmt: skip
def test_the_example_is_the_first_class_of_the_page(
    classes: tuple[tuple[int, int], ...], said: str
) -> None:
    """Not under the threshold; a number that stands nowhere on the page would puzzle."""
    assert said in guide(*classes) and guide(*classes).count("Väh.") == 1


def test_a_mark_that_is_not_on_the_page_is_not_explained() -> None:
    """Neither "väh." nor "alle 5" nor that a count may still grow; without any, no box."""
    assert "Väh." not in guide((0, 4)) and "yleensä kasvaa" in guide((0, 4))
    assert "Alle 5" in guide((0, 4)) and "Alle 5" not in guide((5, 9))
    assert guide() == ""


def test_the_threshold_is_the_rules() -> None:
    """A dated value: with ten, a class to nine is under it."""
    said = guide((0, 9), (10, 14), code="sv", threshold=10)
    assert "Minst 10 betyder att 10–14 kunder" in said and "0–9" in said
