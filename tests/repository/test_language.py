"""Finnish, Swedish and English: complete catalogues, whole sentences, each language's numbers."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from worlds.catalogues import (
    PLACE,
    TAG,
    TRANSLATED,
    catalogue,
    finnish,
    forms,
    keys,
    messages,
    texts,
    words,
)  # fmt: skip
from worlds.places import APPROVED, EXAMPLE, PROJECT

from kuntakoonti.core import catalogues
from kuntakoonti.core.catalogues import CATALOGUES, SOURCE, message_of
from kuntakoonti.core.errors import message as marked
from kuntakoonti.core.language import LANGUAGES, MINUS, NBSP, Language
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.release.jobs import open_release

OTHER = ("sv", "en")  # than Finnish
SAY = ("text", "plural", "message", "say", "Sentence", "UsageError", "KuntakoontiError", "finding")
FILE_NAMES = {"-koontitiedot-", "-yhteenveto-"}  # of the contract, the same in every language
ROOMS = ("pages", "export", "runner", "release", "cli")  # what they show, somebody reads
TWO_WORDS = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
# classes of CSS, a font, and what nbclient's exceptions say
NO_SENTENCES = {
    "figures wide",
    "figures prose",
    "figures invoices",
    "Source Sans Pro",
    "DejaVu Sans",
    # nbconvert's help, which is in English
    "Publish as the page of a release: only markdown, HTML and charts that have a text alternative. By default for notebooks with metadata kuntakoonti.",
    "Leave the sources of code cells out.",
    "Accessible HTML page",
    "Accessible PDF",
    "The language of a notebook that names none.",
    "Folders of further typefaces, for scripts and emoji that ours lack.",
    "Cell execution timed out",
    "exit code ",
}


# The catalogues


def test_the_catalogues_are_what_the_source_says_and_compiled(tmp_path: Path) -> None:
    """`make catalogues` on unchanged source changes no byte: nothing new, obsolete or stale."""
    shutil.copy(PROJECT / "Makefile", tmp_path)
    shutil.copytree(PROJECT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.pyc"))
    bin_folder = Path(sys.executable).parent
    command = ["make", "-o", "env", "catalogues", f"BIN={bin_folder}"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    made = tmp_path / CATALOGUES.relative_to(PROJECT)
    names = {p.relative_to(CATALOGUES) for p in CATALOGUES.rglob("*") if p.is_file()}
    assert names == {p.relative_to(made) for p in made.rglob("*") if p.is_file()}
    assert [n for n in names if (made / n).read_bytes() != (CATALOGUES / n).read_bytes()] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated(code: str) -> None:
    """No empty, fuzzy or obsolete message, and both forms of a plural."""
    found = catalogue(code)
    assert not found.fuzzy and not found.obsolete and len(messages(code)) > 150
    for message in messages(code):
        said = forms(message.string)
        assert all(said) and not message.fuzzy, message.id
        assert len(said) == (found.num_plurals if message.pluralizable else 1), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_the_same_places(code: str) -> None:
    """The same named places, tags and edges as the source, in every form."""
    for message in messages(code):
        for source, said in zip(forms(message.id), forms(message.string), strict=True):
            assert set(PLACE.findall(said)) == set(PLACE.findall(source)), source
            assert sorted(TAG.findall(said)) == sorted(TAG.findall(source)), source
            assert (said[:1].isspace(), said[-1:].isspace()) == (
                source[:1].isspace(), source[-1:].isspace(),
            ), source  # fmt: skip


# What the source may say


@pytest.mark.parametrize("room", ROOMS)
def test_no_reader_sees_a_word_that_did_not_go_through_the_catalogue(room: str) -> None:
    """Where somebody reads what is shown, a sentence stands only in a message or a docstring."""
    heads = {t for said in texts(SOURCE) for t in said if t[:1].isupper()}
    for path in (PROJECT / "src" / "kuntakoonti" / room).glob("*.py"):
        found = set(plain_texts(ast.parse(path.read_text(encoding="utf-8")))) - NO_SENTENCES
        assert {
            t for t in found if t in heads or (is_sentence(t) and not _is_pattern(t))
        } == set(), path.name


def _is_pattern(text: str) -> bool:
    """A regular expression, typst's own code, a typeface's or a character's name."""
    return "text-align: (" in text or text.startswith(("#[", "DejaVu ", "REGIONAL "))


@pytest.mark.parametrize("room", ["pages", "export", "runner"])
def test_no_finnish_word_stands_in_the_code_of_the_pages(room: str) -> None:
    """But in what is a message or a docstring."""
    for path in (PROJECT / "src" / "kuntakoonti" / room).glob("*.py"):
        plain = plain_texts(ast.parse(path.read_text(encoding="utf-8")))
        assert {t for t in plain if words(t) & finnish("en")} <= FILE_NAMES, path.name


def test_a_sentence_in_the_code_is_found() -> None:
    """Of two words, part of an f-string or not; a tag, a style, an example and an error are none."""
    code = (
        'head("Costs of the year")\nhead(f"{n} clients in all")\nsay.text("Known here")\n'
        'tag(\'<th scope="col" class="figures wide">\')\nSTYLE = "td {margin: 0 auto top}"\n'
        'command("run", "2025-08 --data x --by controller here")\nraise ValueError("not so good")'
    )
    found = {t for t in plain_texts(ast.parse(code)) if is_sentence(t)}
    assert found == {"Costs of the year", " clients in all"}


def is_sentence(text: str) -> bool:
    """Two words or more that are no tag, no style and no command."""
    plain = re.sub(r"<[^>]*>?|^kuntakoonti ", " ", text)
    return bool(TWO_WORDS.search(plain)) and "{" not in plain and not re.search(r"--\w", plain)


def plain_texts(node: ast.AST) -> Iterator[str]:
    """Literals outside docstrings, exceptions of Python and calls that say a message."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and called(node) in SAY:
        yield from (t for k in node.keywords for t in plain_texts(k.value))
        return
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from plain_texts(child)


def called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


# The pages


@pytest.mark.slow
def test_a_language_says_every_text_of_every_page(pages: dict[str, str]) -> None:
    """No Finnish word on a Swedish or English page of the example, charts and captions included."""
    for name, text in pages.items():
        assert words(text) & finnish(name[:2]) == set(), name
    assert len(pages) > 50


@pytest.mark.parametrize("code", OTHER)
def test_no_finnish_word_stands_around_a_page(code: str) -> None:
    """Nor in what the page is set into: draft mark, running lines, titles (the approved pages)."""
    paths = sorted(APPROVED.glob(f"*-{code}.txt"))
    assert len(paths) >= 3
    for path in paths:
        text = path.read_text(encoding="utf-8").replace("[kuva:", "[")  # the file's own mark
        assert words(text) & finnish(code) == set(), path.name


@pytest.fixture(scope="module")
def pages(five_releases: Path) -> dict[str, str]:
    """``sv monthly_annex 297 2025-08`` → its words: every page of the example's two releases.

    The cells run here; a message that no catalogue holds raises instead of coming out as it is.
    """
    settings = Settings(EXAMPLE, PROJECT / "parameters", OutputFolder(five_releases))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.environment().items():
            patch.setenv(name, value)
        known = {key for m in messages(TRANSLATED[0]) for key in keys(m)}
        for code in LANGUAGES:
            missing = Untranslated(known if code == SOURCE else set())
            patch.setattr(catalogues.catalogue(code), "_fallback", missing)
        made = {f"{code} {name}": shown(notebook, {**parameters, "language": code})
                for code in OTHER
                for name, notebook, parameters in runs(settings.output)}  # fmt: skip
    return made


class Untranslated:
    """In the place of a missing translation; the source language has ``known`` ones by themselves."""

    def __init__(self, known: set[str]) -> None:
        self.known = known

    def gettext(self, text: str) -> str:
        assert text in self.known, f"not in the catalogue: {text}"
        return text

    def ngettext(self, one: str, many: str, count: int) -> str:
        assert {one, many} <= self.known, f"not in the catalogue: {one}"
        return one if count == 1 else many


def runs(output: OutputFolder) -> Iterator[tuple[str, str, dict[str, str]]]:
    for release in ("2025-08", "2025-tasausarvio", "2025-tasaus"):
        yield release, "area_overview", {"release": release}
        monthly = "monthly_annex", {"month": release, "release": release}
        yearly = "year_end_adjustment", {"year": release[:4], "release": release}
        notebook, named = monthly if release == "2025-08" else yearly
        for code in open_release(output, release).public.codes:
            yield f"{code} {release}", notebook, {**named, "municipality": code}


def shown(notebook: str, parameters: dict[str, str]) -> str:
    """The words that the cells of a notebook show: HTML, captions, alternative texts, charts."""
    document = json.loads((PROJECT / "notebooks" / f"{notebook}.ipynb").read_text("utf-8"))
    space: dict[str, Any] = {}
    said = []
    for cell in (c for c in document["cells"] if c["cell_type"] == "code"):
        *body, last = ast.parse("".join(cell["source"])).body
        shows = isinstance(last, ast.Expr)
        exec(compile(ast.Module(body if shows else [*body, last], []), notebook, "exec"), space)
        if not isinstance(last, ast.Expr):
            space |= parameters if "parameters" in cell["metadata"].get("tags", []) else {}
            continue
        value = eval(compile(ast.Expression(last.value), notebook, "eval"), space)
        if value is None:  # a page that has no such part
            continue
        parts = [value.text] if hasattr(value, "text") else [value.svg, value.alt, value.caption]
        said += [BeautifulSoup(p, "html.parser").get_text(" ") for p in parts]
    return " ".join(said)


# Numbers, euros and dates


def nbsp(text: str) -> str:
    return text.replace("_", NBSP).replace("-", MINUS)


@pytest.mark.parametrize(
    ("value", "nordic", "english"),
    [
        (0, "0", "0"), (999, "999", "999"), (1000, "1_000", "1,000"), (1001, "1_001", "1,001"),
        (999_999, "999_999", "999,999"), (1_000_000, "1_000_000", "1,000,000"), (-1000, "-1_000", "-1,000"),
    ],
)  # fmt: skip
def test_a_number_is_grouped(value: int, nordic: str, english: str) -> None:
    """A no-break space between groups, in English a comma; a real minus."""
    assert Language("sv").number(value) == Language("fi").number(value) == nbsp(nordic)
    assert Language("en").number(value) == nbsp(english)


@pytest.mark.parametrize(
    ("cents", "nordic", "english"),
    [
        (-1, "-0,01_€", "-€0.01"), (0, "0,00_€", "€0.00"), (1, "0,01_€", "€0.01"),
        (99_999, "999,99_€", "€999.99"), (100_000, "1_000,00_€", "€1,000.00"),
        (123_450, "1_234,50_€", "€1,234.50"), (-100_000, "-1_000,00_€", "-€1,000.00"),
    ],
)  # fmt: skip
def test_euros_are_said_to_the_cent(cents: int, nordic: str, english: str) -> None:
    """The sign first, then in English the euro, else the euro last."""
    assert Language("sv").euros(cents) == Language("fi").euros(cents) == nbsp(nordic)
    assert Language("en").euros(cents) == nbsp(english)
    plain = nbsp(english).replace("€", "")
    assert Language("en").euros(cents, unit=False) == plain
    change = ("+" if cents > 0 else "") + nbsp(english)
    assert Language("en").signed_euros(cents) == change


@pytest.mark.parametrize(
    ("cents", "nordic", "english"),
    [(0, "0_€", "€0"), (100_000, "1_000_€", "€1,000"), (-100_000, "-1_000_€", "-€1,000")],
)
def test_a_rounded_amount_has_no_cents(cents: int, nordic: str, english: str) -> None:
    """Whole euros."""
    assert Language("sv").rounded_euros(cents) == nbsp(nordic)
    assert Language("en").rounded_euros(cents) == nbsp(english)


@pytest.mark.parametrize(
    ("part", "decimals", "nordic", "english"),
    [(0, 1, "0,0_%", "0.0%"), (749, 1, "74,9_%", "74.9%"), (-1, 1, "-0,1_%", "-0.1%"),
     (1000, 0, "100_%", "100%"), (4, 0, "0_%", "0%"), (5, 0, "1_%", "1%")],
)  # fmt: skip
def test_a_share_has_its_decimals(part: int, decimals: int, nordic: str, english: str) -> None:
    """Of a thousand; a space before the sign, in English none."""
    assert Language("sv").percent(part, 1000, decimals) == nbsp(nordic)
    assert Language("en").percent(part, 1000, decimals) == nbsp(english)


@pytest.mark.parametrize(
    ("value", "nordic", "english"),
    [
        (0.0, "0", "0"),
        (2.5, "2,5", "2.5"),
        (1000.0, "1_000", "1,000"),
        (-0.125, "-0,125", "-0.125"),
    ],
)
def test_an_axis_says_numbers_as_the_page_does(value: float, nordic: str, english: str) -> None:
    """Only the decimals that there are."""
    assert Language("fi").decimal(value) == nbsp(nordic)
    assert Language("en").decimal(value) == nbsp(english)


@pytest.mark.parametrize(
    ("day", "nordic", "english"),
    [
        (date(2025, 8, 14), "14.8.2025", "14 August 2025"),
        (date(2025, 1, 1), "1.1.2025", "1 January 2025"),
        (date(2025, 12, 31), "31.12.2025", "31 December 2025"),
        (date(2024, 2, 29), "29.2.2024", "29 February 2024"),
    ],
)
def test_a_date_is_a_languages_own(day: date, nordic: str, english: str) -> None:
    """Points between numbers, in English the month's name."""
    assert Language("fi").date(day) == Language("sv").date(day) == nordic
    assert Language("en").date(day) == english


@pytest.mark.parametrize(
    ("period", "sv", "en", "short"),
    [
        ("2025-01", "januari 2025", "January 2025", "Jan 2025"),
        ("2025-08", "augusti 2025", "August 2025", "Aug 2025"),
        ("2025-12", "december 2025", "December 2025", "Dec 2025"),
        ("2025-Q1", "1–3/2025", "Jan–Mar 2025", "Jan–Mar 2025"),
        ("2025-Q4", "10–12/2025", "Oct–Dec 2025", "Oct–Dec 2025"),
        ("2025", "2025", "2025", "2025"),
    ],
)
def test_a_period_is_a_languages_own(period: str, sv: str, en: str, short: str) -> None:
    """Months by name; English does not say 8/2025, which is a fraction."""
    assert Language("sv").period(period) == sv
    assert (Language("en").period(period), Language("en").short(period)) == (en, short)


@pytest.mark.parametrize(
    ("code", "first", "last", "said"),
    [("fi", "2025-01", "2025-06", "1–6/2025"), ("sv", "2025-11", "2025-12", "11–12/2025"),
     ("en", "2025-01", "2025-06", "Jan–Jun 2025")],
)  # fmt: skip
def test_a_span_of_months_names_the_year_once(code: str, first: str, last: str, said: str) -> None:
    """From the first to the last."""
    assert Language(code).span(first, last) == said


@pytest.mark.parametrize(
    ("code", "two", "three"),
    [
        ("fi", "a ja b", "a, b ja c"),
        ("sv", "a och b", "a, b och c"),
        ("en", "a and b", "a, b and c"),
    ],
)
def test_a_list_ends_with_a_languages_own_and(code: str, two: str, three: str) -> None:
    """One, two and three."""
    listed = Language(code).listed
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", two, three)


@pytest.mark.parametrize(
    ("count", "fi", "sv", "en"),
    [
        (0, "0 jäsenkuntaa", "0 medlemskommuner", "0 member municipalities"),
        (1, "1 jäsenkunta", "1 medlemskommun", "1 member municipality"),
        (2, "2 jäsenkuntaa", "2 medlemskommuner", "2 member municipalities"),
        (1000, "1_000 jäsenkuntaa", "1_000 medlemskommuner", "1,000 member municipalities"),
    ],
)
def test_a_count_takes_its_form(count: int, fi: str, sv: str, en: str) -> None:
    """One is singular; nothing and many are not."""
    said = [
        Language(c).plural("{count} member municipality", "{count} member municipalities", count)
        for c in ("fi", "sv", "en")
    ]
    assert said == [nbsp(t) for t in (fi, sv, en)]


# Contexts, and what was written in Finnish


def test_a_context_tells_messages_apart_and_is_never_said() -> None:
    """Also where a language has no translation."""
    with_context = marked("Rivi", context="of a test")
    assert with_context != marked("Rivi") == "Rivi"
    assert {Language(code).text(with_context) for code in LANGUAGES} == {"Rivi"}


def test_a_message_of_a_context_is_said_in_every_language() -> None:
    """Each that the catalogues hold, by the same key in all."""
    for code in TRANSLATED:
        for entry in messages(code):
            if isinstance(entry.id, str):
                assert Language(code).text(*keys(entry)) == entry.string


def test_a_finnish_text_finds_its_message() -> None:
    """Every one of the catalogue; another text is its own message."""
    for (finnish_text, *more), key in zip(
        texts("fi"), map(keys, messages(TRANSLATED[0])), strict=True
    ):
        if not more:
            assert Language("fi").text(message_of(finnish_text)) == finnish_text
            assert message_of(finnish_text) == next(key)
    assert message_of("204 Kaavi") == "204 Kaavi"
