"""Every page in every language in a real Chromium: axe, 400 % zoom, keyboard, no network, print."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from worlds.chromium import AXE, WCAG, chromium
from worlds.places import EXAMPLE

from kuntakoonti.cli.main import main

pytestmark = pytest.mark.slow

SMALLEST_AND_LARGEST = ("687", "297")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT with a month's and a year's release, all municipalities, in three languages."""
    output = tmp_path_factory.mktemp("pages") / "outputs"
    for command, as_of in (
        (["month", "2025-12"], "2026-01-15"),
        (["year-end", "2025"], "2026-02-28"),
    ):
        words = [*command, "--as-of", as_of, "--data", str(EXAMPLE), "--output", str(output)]
        words += ["--format", "html"]
        words += ["--language", "fi", "--language", "sv", "--language", "en"]
        assert main(words) == 0
    return output


def html_files(output: Path) -> list[Path]:
    return sorted(p for p in output.rglob("*.html") if "restricted" not in p.parts)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that records what it asks the network for."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_axe_finds_nothing_on_any_page(pages: Path, page: Page) -> None:
    """WCAG 2.2 A and AA and axe's best practices: no violation on any page in any language."""
    page.add_init_script(path=AXE)
    found = {}
    for path in html_files(pages):
        page.goto(path.as_uri())
        rules = f"axe.run({{runOnly: {WCAG}}})"
        violations = page.evaluate(
            f"{rules}.then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))"
        )
        if violations:
            found[path.name] = violations
    assert not found
    assert len(html_files(pages)) >= 2 * 3 * 12


def test_no_page_scrolls_sideways_at_400_percent(pages: Path, page: Page) -> None:
    """1280 px at 400 % are 320 px: text reflows, and only a table may scroll in its own frame."""
    page.set_viewport_size({"width": 320, "height": 640})
    wide = {}
    for path in html_files(pages):
        page.goto(path.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path.name] = width
    assert not wide


@pytest.mark.parametrize("width", [320, 768, 1280, 1920])
def test_text_stays_readable_at_every_width(pages: Path, page: Page, width: int) -> None:
    """No text smaller than 12 px and no line longer than 110 characters, on four screens."""
    page.set_viewport_size({"width": width, "height": 900})
    path = next(p for p in html_files(pages) if p.name.startswith("297-") and "-sv" in p.name)
    page.goto(path.as_uri())
    sizes = page.evaluate(
        "[...document.querySelectorAll('p,li,td,th,dd,dt')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12
    longest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('p')].map(e => e.clientWidth / parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert longest <= 55  # in em; a character is about half an em


def test_the_keyboard_reaches_every_link_and_shows_where_it_is(pages: Path, page: Page) -> None:
    """Tab goes through the opened index in reading order, each stop with a visible outline."""
    page.goto((pages / "index.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    links, seen = page.locator("a").count(), []
    for _ in range(page.locator("a, summary, [tabindex='0']").count()):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "A":
            seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert seen == page.evaluate(
        "[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
    )
    assert links > 50


def test_wide_tables_can_be_scrolled_by_keyboard(pages: Path, page: Page) -> None:
    """A frame that scrolls sideways on a phone takes the focus, so that arrows move it."""
    page.set_viewport_size({"width": 320, "height": 640})
    for path in html_files(pages):
        page.goto(path.as_uri())
        frames = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1 && "
            "['auto','scroll'].includes(getComputedStyle(e).overflowX)).map(e => e.tabIndex)"
        )
        assert all(index == 0 for index in frames), path.name


def test_a_page_asks_the_network_for_nothing_and_runs_no_script(pages: Path, page: Page) -> None:
    """Only the file itself is loaded; there is no script element and no event handler."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in html_files(pages):
        page.goto(path.as_uri())
        assert page.evaluate("document.scripts.length") == 0
        assert not page.evaluate(
            "[...document.querySelectorAll('*')].some(e => [...e.attributes].some(a => a.name.startsWith('on')))"
        )
    outside = [url for url in asked if urlparse(url).scheme not in ("file", "data")]
    assert not outside and len(asked) == len(html_files(pages))


def test_language_title_and_headings_are_in_order(pages: Path, page: Page) -> None:
    """``lang`` is the page's language, the title is its own, one h1, and no level is skipped."""
    for path in html_files(pages):
        page.goto(path.as_uri())
        code = path.stem[-2:] if path.stem[-3:] in ("-sv", "-en") else "fi"
        assert page.evaluate("document.documentElement.lang") == code, path.name
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
        )
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert page.title()


def test_print_keeps_everything_on_paper(pages: Path, page: Page) -> None:
    """In print nothing is cut off at the right edge of an A4 sheet."""
    page.set_viewport_size({"width": 643, "height": 960})  # 17 cm at 96 dpi
    page.emulate_media(media="print")
    for code in SMALLEST_AND_LARGEST:
        for path in (p for p in html_files(pages) if p.name.startswith(f"{code}-")):
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 643, path.name
