"""Pages on paper hold together for any data: measured from the words of the PDF and their places."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds.drawn_pages import MANIFEST, Drawn, drawn, page_of
from worlds.pages import Word, annex_page, words_of

from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Element, Nodes, write
from kuntakoonti.export.composition import (
    Place,
    Setting,
    Sheets,
    groups,
    is_whole,
    setting_of,
)
from kuntakoonti.export.print_page import print_page

TOP, BOTTOM = 79.4, 768.2  # of the text on a sheet, points
MOST_SERVICES, MOST_ROWS = 4, 60
needs_words = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext finds where words stand"
)

# --- the rule of composition ------------------------------------------------------------------------


def node(name: str, text: str = "x", css: str = "") -> Element:
    return Element(name, (text,), frozenset(css.split()))


def table(rows: int = 2) -> Element:
    return Element("table", tuple(Element("tr", (Element("td", ("1",)),)) for _ in range(rows)))


def named(body: Nodes) -> list[str]:
    return [" ".join(n.name for n in group if isinstance(n, Element)) for group in groups(body)]


def test_a_heading_its_table_and_its_sentences_are_one_group() -> None:
    """A second table begins another, with the sentence that leads to it; a note stays behind."""
    body = (
        node("h1"), node("p"), node("h2"), table(), node("p", css="note"), node("figure"),
        node("p"), table(), node("p"), node("aside"), node("h2"), node("ul"),
    )  # fmt: skip
    assert named(body) == ["h1 p", "h2 table p", "figure", "p table p", "aside", "h2 ul"]


def test_a_group_with_a_table_is_whole_unless_it_is_too_long() -> None:
    assert is_whole((node("h2"), table(30))) and not is_whole((node("h2"), table(31)))
    assert not is_whole((node("h2"), node("ul"))) and is_whole((node("figure"),))


def ends(*places: tuple[int, float]) -> Sheets:
    return Sheets(tuple(Place(at, sheet, y) for at, (sheet, y) in enumerate(places)))


@pytest.mark.parametrize(("loose", "close", "closest", "wanted"), [
    (ends((1, 700), (2, 600)), None, None, Setting(0)),
    (ends((1, 700), (2, 700), (3, 600)), ends((1, 700), (2, 700)), None, Setting(1)),
    (ends((1, 700), (2, 100)), ends((1, 760)), None, Setting(1)),
    (ends((1, 700), (3, 600)), ends((1, 700), (3, 600)), ends((1, 700), (3, 500)), Setting(0)),
])  # fmt: skip
def test_a_page_is_set_as_loosely_as_its_sheets_allow(
    loose: Sheets, close: Sheets | None, closest: Sheets | None, wanted: Setting
) -> None:
    """Two sheets at most, none nearly empty; where three are needed, three."""
    tried = [loose, close, closest]

    def looked_at(setting: Setting) -> Sheets:
        found = tried[setting.closeness]
        assert found is not None
        return found

    assert setting_of(looked_at, 2) == wanted


def test_what_would_stand_nearly_alone_takes_more_with_it() -> None:
    """No setting draws the last lines in, so the sheet before ends earlier."""

    def looked_at(setting: Setting) -> Sheets:
        if setting.new_sheet == 2:
            return ends((1, 300), (1, 500), (2, 400), (2, 450))
        return ends((1, 300), (1, 500), (1, 700), (2, 100))

    assert setting_of(looked_at, 2) == Setting(0, 2)


def test_a_sheet_that_a_group_leaves_is_full() -> None:
    """Only the last sheet of a long list can be nearly empty."""
    crossing = Sheets((Place(0, 1, 150), Place(1, 2, 500)), (Place(1, 1, 200),))
    assert crossing.filled == pytest.approx((500 - TOP) / (BOTTOM - TOP), abs=0.01)


# --- on paper ---------------------------------------------------------------------------------------


def plain(text: str) -> list[str]:
    """The letters and digits of each word: a PDF divides and joins words in its own way."""
    return re.findall(r"[^\W_]+", text.replace("\u00ad", ""))


class Printed:
    """A page on paper: its tree, and where its words stand."""

    def __init__(self, world: Drawn, language: str, folder: Path) -> None:
        page = annex_page(page_of(world), MANIFEST, Language(language))
        path = folder / "page.pdf"
        path.write_bytes(print_page(page))
        self.soup = BeautifulSoup(write(page.body), "html.parser")
        self.words = [w for w in words_of(path) if w.top > TOP - 60 and w.bottom < BOTTOM + 4]
        self.letters = [
            (letter, word) for word in self.words for letter in "".join(plain(word.text))
        ]
        self.text = "".join(letter for letter, _ in self.letters)

    @property
    def sheets(self) -> int:
        return max(word.sheet for word in self.words)

    def places(self, said: str) -> list[tuple[Word, Word]]:
        """The first and last word of every place where a text stands."""
        wanted = "".join(plain(said))
        starts = [m.start() for m in re.finditer(re.escape(wanted), self.text)] if wanted else []
        return [(self.letters[s][1], self.letters[s + len(wanted) - 1][1]) for s in starts]


def said_by(tag: Tag) -> str:
    return tag.get_text(" ", strip=True)


def faults(printed: Printed) -> Iterator[str]:
    """What does not hold together."""
    yield from _headings(printed)
    yield from _tables(printed)
    for sheet in range(1, printed.sheets + 1):
        lowest = max(w.bottom for w in printed.words if w.sheet == sheet)
        filled = (lowest - TOP) / (BOTTOM - TOP)
        if filled < 0.25 and printed.sheets > 1:
            yield f"sheet {sheet} is filled {filled:.0%}"


def _headings(printed: Printed) -> Iterator[str]:
    """A heading stands above what follows it, on the same sheet."""
    for heading in printed.soup.find_all("h2"):
        following = heading.find_next_sibling()
        assert isinstance(following, Tag)
        first = following.caption or following.li or following
        assert isinstance(first, Tag)
        begun = "".join(plain(said_by(first)))[:25] or "".join(plain(said_by(heading)))
        together = [
            (a, b)
            for _, a in printed.places(said_by(heading))
            for b, _ in printed.places(begun)
            if a.sheet == b.sheet and a.top <= b.top + 1
        ]
        if following.name != "figure" and not together:
            yield f"the heading {said_by(heading)} stands alone"


def _tables(printed: Printed) -> Iterator[str]:
    """A table stands on one sheet with its caption, and the note below it too."""
    for shown in printed.soup.find_all("table"):
        assert isinstance(shown.caption, Tag)
        caption = said_by(shown.caption)
        above = [word for _, word in printed.places(caption)]

        def is_below(text: str, above: list[Word] = above) -> bool:
            found = [word for word, _ in printed.places(text)]
            return any(a.sheet == w.sheet and w.top >= a.top - 1 for a in above for w in found)

        names = [said_by(cell) for cell in shown.select("tbody th, tfoot th")]
        if not all(is_below(name) for name in names):
            yield f"the table {caption} is divided"
        note = shown.find_next_sibling()
        if isinstance(note, Tag) and "note" in (note.get("class") or []):
            words = " ".join(said_by(note).split()[:4])
            if not is_below(words):
                yield f"the note of {caption} stands away from it"


def crossing(printed: Printed) -> Iterator[str]:
    """Two words in one place."""
    for sheet in range(1, printed.sheets + 1):
        words = sorted((w for w in printed.words if w.sheet == sheet), key=lambda w: w.top)
        for at, one in enumerate(words):
            for other in words[at + 1 :]:
                if other.top > one.bottom:
                    break
                high = min(one.bottom, other.bottom) - max(one.top, other.top)
                wide = min(one.right, other.right) - max(one.left, other.left)
                if wide > 1.5 and high > 0.6 * min(one.bottom - one.top, other.bottom - other.top):
                    yield f"{one.text} and {other.text} stand in one place"


@needs_words
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=drawn(), language=st.sampled_from(("fi", "sv", "en")))
def test_any_page_holds_together_on_paper(world: Drawn, language: str, tmp_path: Path) -> None:
    """Two sheets up to four services and 60 invoice rows, else three; nothing alone or nearly empty.

    Invoice numbers of twenty characters may take a third one, and divide their table.
    """
    printed = Printed(world, language, tmp_path)
    few = world.services <= MOST_SERVICES and len(page_of(world).invoices) <= MOST_ROWS
    ordinary = few and not world.long_numbers
    assert printed.sheets <= (2 if ordinary else 3)
    divided = "Ennakot", "Förskott", "Advances"
    found = [
        f for f in faults(printed) if not (world.long_numbers and any(d in f for d in divided))
    ]
    assert found == []
    assert list(crossing(printed)) == []
