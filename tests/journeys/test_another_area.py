"""Two other real areas by docs/another-area.md, its commands run as they stand there."""

import csv
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from worlds.places import PROJECT

from kuntakoonti.attack import attack
from kuntakoonti.cli.main import main
from kuntakoonti.parameters.area import Area
from kuntakoonti.parameters.rules import load_parameters

DOC = (PROJECT / "docs" / "another-area.md").read_text(encoding="utf-8")
TITLE = {"fi": "Kuntalaskutuksen liite", "sv": "Bilaga till kommunfakturan"}
BOARD = {"fi": "Alueen yhteenveto", "sv": "Områdets sammandrag"}
SWEDISH = {"078": "Hangö", "149": "Ingå", "710": "Raseborg", "322": "Kimitoön", "445": "Pargas",
           "853": "Åbo"}  # fmt: skip

SLOW = pytest.mark.slow


def commands(code: str, host: str, *more: str) -> list[list[str]]:
    """The page's commands for an area instead of 07; ``more`` goes to every `month`."""
    before = DOC.split("\n## 6 ")[0]  # what follows is for exports of area 17: test_export
    lines = re.findall(r"^\.venv/bin/kuntakoonti (.+)$", before, re.MULTILINE)
    found = []
    for line in lines:
        words = [re.sub(r"^07$|(?<=-)07$", code, w) for w in shlex.split(line)]
        words = [host if w == "710" else w for w in words]
        found.append([*words, *more] if words[0] == "month" else words)
    return found


def fill_in(path: Path) -> None:
    """Write the page's example lines over the empty places of area.yml."""
    text = path.read_text(encoding="utf-8")
    (lines,) = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
    for line in lines.splitlines():
        key = line.split(":")[0]
        text, times = re.subn(rf"^{key}:.*$", line, text, flags=re.MULTILINE)
        assert times == 1
    path.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Made:
    """An area that was taken into use in a folder of its own."""

    area: Area
    output: Path

    def pages(self, release: str, code: str) -> dict[str, str]:
        """The HTML pages of a member (or ``area``) in a release by their language."""
        (folder,) = (self.output / release).glob("area" if code == "area" else f"{code}-*")
        texts = [p.read_text(encoding="utf-8") for p in folder.glob("*.html")]
        return {re.findall(r'<html lang="(\w+)', t)[0]: t for t in texts}


def taken_into_use(folder: Path, steps: list[list[str]]) -> Made:
    """Run the commands in a folder, area.yml filled in after the first; every one succeeds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number, words in enumerate(steps):
            assert main(words) == 0, words
            if number == 0:
                fill_in(folder / words[2] / "area.yml")
    return Made(load_parameters(next(folder.glob("parameters-*"))).area, next(folder.glob("outp*")))


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Hanko–Inkoo–Raasepori, the page from beginning to end: a month and a year end."""
    return taken_into_use(tmp_path_factory.mktemp("07"), commands("07", "710"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The area of Turku, its month; 23 members."""
    steps = commands("41", "853", "--format", "html,csv")
    (end,) = (i for i, words in enumerate(steps) if words[0] == "year-end")
    return taken_into_use(tmp_path_factory.mktemp("41"), steps[:end])


@SLOW
@pytest.mark.parametrize(("name", "members"), [("bilingual", 3), ("large", 23)])
def test_every_member_has_its_pages_in_its_own_languages(
    name: str, members: int, request: pytest.FixtureRequest
) -> None:
    """One page per language of the member, headed in it and under the name it has in it."""
    made: Made = request.getfixturevalue(name)
    assert len(made.area.members) == members
    for member in made.area.members:
        pages = made.pages("2025-08", member.code)
        assert set(pages) == set(member.languages)
        for code, text in pages.items():
            assert TITLE[code] in text
            called = SWEDISH[member.code] if code == "sv" else member.name.fi
            assert f"{member.code} {called}" in text.replace("\u00a0", " ")


@SLOW
@pytest.mark.parametrize("name", ["bilingual", "large"])
def test_no_swedish_page_calls_a_municipality_by_its_finnish_name(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Hangö, Ingå, Raseborg, Åbo: also on the board's page and in the sender's line."""
    made: Made = request.getfixturevalue(name)
    finnish = {m.name.fi for m in made.area.members if m.name.fi != m.name.sv}
    places = [m.code for m in made.area.members if "sv" in m.languages] + ["area"]
    for place in places:
        swedish = made.pages("2025-08", place)["sv"]
        visible = re.sub(r"<style.*?</style>|<[^>]+>", " ", swedish, flags=re.DOTALL)
        assert not [f for f in finnish if re.search(rf"\b{f}\b", visible)], place


@SLOW
@pytest.mark.parametrize("name", ["bilingual", "large"])
def test_every_pdf_is_small(name: str, request: pytest.FixtureRequest) -> None:
    """At most 150 kB, the board's table of 23 members too."""
    made: Made = request.getfixturevalue(name)
    sizes = {p.name: p.stat().st_size for p in made.output.glob("20*/*/*.pdf")}
    assert len(sizes) > len(made.area.members)
    assert {n: size for n, size in sizes.items() if size > 150_000} == {}


@SLOW
@pytest.mark.parametrize(("name", "first"), [("bilingual", "sv"), ("large", "fi")])
def test_the_boards_page_is_in_the_hosts_languages(
    name: str, first: str, request: pytest.FixtureRequest
) -> None:
    """Both hosts are bilingual; the index is in the language of the majority."""
    made: Made = request.getfixturevalue(name)
    pages = made.pages("2025-08", "area")
    assert {code: BOARD[code] in text for code, text in pages.items()} == {"fi": True, "sv": True}
    index = (made.output / "index.html").read_text(encoding="utf-8")
    assert f'<html lang="{first}"' in index


@SLOW
@pytest.mark.parametrize(("name", "releases"), [("bilingual", 2), ("large", 1)])
def test_the_archive_is_whole_and_nothing_falls(
    name: str, releases: int, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger has every release, `status` finds nothing wrong, the attack breaks nothing."""
    made: Made = request.getfixturevalue(name)
    ledger = (made.output / "ledger.jsonl").read_text(encoding="utf-8")
    assert len(ledger.splitlines()) == releases
    assert main(["status", "--output", str(made.output)]) == 0
    assert capsys.readouterr().out
    assert not attack(made.output).violated


@SLOW
def test_the_year_end_has_every_members_adjustment(bilingual: Made) -> None:
    """Each member's adjustment is there in both languages and what was sent is on record."""
    for member in bilingual.area.members:
        assert set(bilingual.pages("2025-tasaus", member.code)) == {"fi", "sv"}
    with (bilingual.output / "sent.csv").open(encoding="utf-8", newline="") as file:
        assert {row["municipality"] for row in csv.DictReader(file)} == {"710"}


@SLOW
def test_what_is_copied_from_kuopio_is_not_another_areas_decision(bilingual: Made) -> None:
    """No case number of Kuopio's is left in another area's parameters."""
    folder = bilingual.output.parent / "parameters-07"
    kuopio = load_parameters(PROJECT / "parameters").area.case_number
    assert kuopio in (PROJECT / "parameters" / "rules.yml").read_text(encoding="utf-8")
    for file in folder.glob("*.yml"):
        assert kuopio not in file.read_text(encoding="utf-8")


def test_it_takes_an_hour() -> None:
    """The page's own minutes are at most 60, and its words can be read twice in the first twenty."""
    minutes = [int(m) for m in re.findall(r"^## \d .* \((\d+)\D*\)$", DOC, re.MULTILINE)]
    assert len(minutes) == 6 and sum(minutes) <= 60
    assert len(DOC.split("## Alueiden numerot")[0].split()) * 2 / 120 <= 20
