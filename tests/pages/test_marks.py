"""A mark keeps the threshold of the release that first showed it, in every kind of file, after a change."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from worlds.drawn import Row, budget, cost, home, load_rows, period
from worlds.pages import annex_page, area_page
from worlds.places import PROJECT

from kuntakoonti.attack import Verdict, attack
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import write
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.report import annex_sheet, figures_csv
from kuntakoonti.pages import statement
from kuntakoonti.pages.statement import Statement
from kuntakoonti.public.handover import Handover, open_handover
from kuntakoonti.public.ledger import append
from kuntakoonti.public.statement import rules_of
from kuntakoonti.release.attack_check import write_figures
from kuntakoonti.release.statement import Published, statement_of
from kuntakoonti.restricted.preparation import stages

RUNS = (("2025-05", "2025-06-15"), ("2025-08", "2025-09-15"))
CHANGES = ((5, 10), (10, 3), (3, 5))
CODE = "857"


def rows() -> Iterator[Row]:
    """Twelve pay subsidies and training all the year; two start-up grants behind every mark."""
    for service, number in {"palkkatuki": 12, "kotoutumiskoulutus": 12, "starttiraha": 2}.items():
        yield budget(CODE, "50000,00", service)
        for n in range(number):
            client = f"HLO{service[:2]}{n}"
            yield home(client, CODE)
            yield period(client, "2025-01-03", "2025-12-20", service, recorded="2025-01-03")
            for month in ("2025-01", "2025-02", "2025-03"):
                yield cost("700,00", client, month=month, service=service, recorded=f"{month}-20")


@dataclass(frozen=True)
class World:
    """The release after the change of the threshold, and the attack on both."""

    before: int
    after: int
    handover: Handover
    verdict: Verdict


@pytest.fixture(scope="module", params=CHANGES, ids=lambda c: f"{c[0]}-{c[1]}")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """May's release by one threshold, August's by another: their pages' figures are published."""
    before, after = request.param
    folder = tmp_path_factory.mktemp("marks")
    (folder / "data").mkdir()
    load_rows(folder / "data", rows())
    _parameters(folder / "parameters", before, after)
    output = OutputFolder(folder / "outputs")
    with pytest.MonkeyPatch.context() as patch:
        for name, place in {
            "DATA": "data",
            "PARAMETERS": "parameters",
            "OUTPUT": "outputs",
        }.items():
            patch.setenv(f"KUNTAKOONTI_{name}", str(folder / place))
        for month, as_of in RUNS:
            room = stages.open_area(month, as_of)
            release = stages.protect(room, stages.count_figures(room, stages.read_records(room)))
            handover = open_handover(stages.hand_over(room, release))
            write_figures(handover, output.release(month))
            append(output.ledger, room.archive, replace(release.record, approved_by="controller"))
    return World(before, after, handover, attack(output.root))


def _parameters(folder: Path, before: int, after: int) -> None:
    shutil.copytree(PROJECT / "parameters", folder)
    rules = folder / "rules.yml"
    text = rules.read_text(encoding="utf-8")
    one = 'values: [{valid_from: "2025-01-01", value: 5}]'
    two = f'values: [{{valid_from: "2025-01-01", value: {before}}}, {{valid_from: "2025-07-01", value: {after}}}]'
    text = text.replace(one, two, 1).replace(
        "{below_100: 5, from_100: 10}", "{below_100: 10, from_100: 10}"
    )
    rules.write_text(text, encoding="utf-8")
    area = (folder / "area.yml").read_text(encoding="utf-8").partition("members:")[0]
    member = (
        '  - {code: "857", name: {fi: Tuusniemi}, valid_from: "2025-01-01", publication: {family: '
        "per_service, reference: p, grains: {palkkatuki: month, starttiraha: month, kotoutumiskoulutus: month}}}\n"
    )
    host = '  - {code: "297", name: {fi: Kuopio}, valid_from: "2025-01-01"}\n'
    (folder / "area.yml").write_text(f"{area}members:\n{member}{host}", encoding="utf-8")


def plain(nodes: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", nodes))


@pytest.mark.rule(
    "R1", "A figure keeps the threshold of the release that first showed it, in words"
)
def test_a_page_says_each_mark_by_its_own_threshold(world: World) -> None:
    """March was first shown by the old threshold, July by the new one; the box explains both."""
    page = annex_page(world.handover.annex(CODE), world.handover.manifest, Language())
    said = plain(" ".join(write(nodes) for _, nodes in page.cells))
    march, july = (
        re.search(rf"{month} 2025 (.*?) (?:\w+kuu|Alle|Näin)", said)
        for month in ("maaliskuu", "heinäkuu")
    )
    assert f"alle {world.before}" in said and f"alle {world.after}" in said
    for threshold in (world.before, world.after):
        assert f"Alle {threshold} tarkoittaa 0–{threshold - 1} asiakasta" in said
    assert march is None or f"alle {world.after} " not in march[1] + " "
    assert july is None or f"alle {world.before} " not in july[1] + " "


def test_the_workbook_says_the_same(world: World) -> None:
    """Its rows, its notes and its explanations."""
    sheet = annex_sheet(world.handover.annex(CODE), world.handover.manifest, Language())
    assert sheet.workbook
    book = load_workbook(BytesIO(sheet.workbook()))
    lines = [" ".join(str(v) for v in row if v is not None) for ws in book for row in ws.values]
    for month, threshold in (("maaliskuu 2025", world.before), ("heinäkuu 2025", world.after)):
        (mine,) = (n for n in lines if n.startswith(month))
        assert f" alle {threshold} " in mine and mine.count("alle") == 1
    for threshold in (world.before, world.after):
        assert any(n.startswith(f"alle {threshold} 0–{threshold - 1} ") for n in lines)


def test_the_csv_has_the_class_of_an_older_mark_and_the_attacker_reads_it(world: World) -> None:
    """A mark of the release's own threshold has none; the attack finds nothing and gives nothing up."""
    sheet = annex_sheet(world.handover.annex(CODE), world.handover.manifest, Language())
    text = figures_csv(sheet.release, sheet.cells, sheet.invented, sheet.marks).decode()
    of = {
        r.split(",")[3]: r.split(",")[5:]
        for r in text.splitlines()
        if ",starttiraha," in r and ",clients," in r
    }
    assert of["2025-03"] == ["", "0", str(world.before - 1), "under_threshold"]
    assert of["2025-07"] == ["", "", "", "under_threshold"]
    assert not world.verdict.findings and not world.verdict.given_up


def test_the_boards_page_and_the_statement_say_it_too(world: World) -> None:
    """The board shows the newest closed count; the statement names no place but both thresholds."""
    handover = world.handover
    page = area_page(handover.area, handover.manifest, Language())
    said = plain(" ".join(write(nodes) for _, nodes in page.cells))
    assert f"alle {world.after}" in said
    published = Published(
        handover.annexes, handover.area, rules_of(handover), handover.record.cells
    )
    figures = statement_of(published, world.verdict)
    assert figures.facts.marks == {str(world.before): world.before}
    view = Statement(figures, handover.manifest, Language())
    assert f"”alle {world.before}”: mikä tahansa luku 0–{world.before - 1}" in plain(
        statement.attacks(view).text
    )
