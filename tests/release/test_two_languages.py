"""A bilingual municipality gets its pages in both languages, its figures once, and one package."""

import csv
import json
import re
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pikepdf
import pytest
from frictionless import validate
from openpyxl import load_workbook
from worlds.places import EXAMPLE, PROJECT

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.handover import open_handover

STEM = "857-Tuusniemi-koontitiedot-2025-08"
PAGES = ("html", "ipynb", "pdf", "xlsx")
TUUSNIEMI = '- {code: "857", '


def parameters(folder: Path, *changes: tuple[str, str]) -> Path:
    """The committed parameters with texts of area.yml changed."""
    made = Path(shutil.copytree(PROJECT / "parameters", folder))
    text = (made / "area.yml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (made / "area.yml").write_text(text, encoding="utf-8")
    return made


def month(output: Path, rules: Path, *more: str) -> int:
    words = ["--as-of", "2025-09-15", "--data", str(EXAMPLE), "--output", str(output)]
    return main(["month", "2025-08", *words, "--parameters", str(rules), *more])


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tuusniemi in Swedish and Finnish, the board's page in Finnish and English; approved."""
    folder = tmp_path_factory.mktemp("bilingual")
    rules = parameters(
        folder / "parameters",
        (TUUSNIEMI, f"{TUUSNIEMI}languages: [sv, fi], "),
        ("\nlanguage: fi\n", "\nlanguage: fi\nlanguages: [fi, en]\n"),
    )
    assert month(folder / "outputs", rules, "--approve-by", "controller") == 0
    return folder / "outputs"


def test_each_language_has_its_pages_and_the_figures_come_once(bilingual: Path) -> None:
    """Finnish has no suffix; CSV, descriptor and package are of no language."""
    folder = bilingual / "2025-08" / "857-Tuusniemi"
    wanted = {f"{STEM}{suffix}.{kind}" for suffix in ("", "-sv") for kind in PAGES}
    wanted |= {f"{STEM}.csv", f"{STEM}.zip", "datapackage.json"}
    assert {p.name for p in folder.iterdir()} == wanted
    others = [p for p in bilingual.glob("2025-08/[0-9]*/*-sv.*") if p.parent != folder]
    assert others == []
    board = Counter(p.stem[-3:] for p in (bilingual / "2025-08" / "area").glob("*.pdf"))
    assert board == {"-08": 1, "-en": 1}


@pytest.mark.parametrize(
    ("suffix", "code", "words"),
    [
        ("", "fi", ("sivu", "Kuntalaskutuksen liite")),
        ("-sv", "sv", ("sida", "kommunfakturan")),
    ],
)
def test_a_page_is_in_its_language_throughout(
    bilingual: Path, suffix: str, code: str, words: tuple[str, str]
) -> None:
    """HTML lang, PDF language and title, and the notebook's settings agree."""
    stem = bilingual / "2025-08" / "857-Tuusniemi" / f"{STEM}{suffix}"
    page = Path(f"{stem}.html").read_text(encoding="utf-8")
    assert f'<html lang="{code}">' in page and words[1] in page
    notebook = json.loads(Path(f"{stem}.ipynb").read_text(encoding="utf-8"))
    settings = notebook["metadata"]["kuntakoonti"]
    assert (settings["language"], settings["page_label"]) == (code, words[0])
    with pikepdf.open(f"{stem}.pdf") as pdf, pdf.open_metadata(update_docinfo=False) as xmp:
        assert str(pdf.Root.Lang) == code
        assert words[1] in xmp["dc:title"]
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["pdfuaid:part"]) == (
            "2",
            "A",
            "1",
        )


def test_the_swedish_workbook_says_the_same_in_swedish(bilingual: Path) -> None:
    """Other sheet names and words, the same numbers in the same places."""
    folder = bilingual / "2025-08" / "857-Tuusniemi"
    finnish, swedish = (load_workbook(folder / f"{STEM}{s}.xlsx") for s in ("", "-sv"))
    assert swedish.sheetnames == [
        "Kunder per period",
        "Kunder",
        "Förskott",
        "Prognos",
        "Bokföringsgrad",
        "Jämförelse",
        "Fakturor",
        "Alla belopp",
        "Förklaringar",
        "PÅHITTADE UPPGIFTER",
    ]
    for ours, theirs in zip(finnish, swedish, strict=True):
        assert _numbers(ours) == _numbers(theirs)
        assert {c.value for c in theirs[1]} & {c.value for c in ours[1]} == set()
    said = [c.value for row in swedish["Kunder"].iter_rows() for c in row]
    assert "Lönesubvention" in said and any(str(v).startswith("minst ") for v in said)


def test_one_package_holds_both_languages(bilingual: Path) -> None:
    """It is listed whole in the descriptor, in dispatch.csv, in the manifest and in the index."""
    folder = bilingual / "2025-08" / "857-Tuusniemi"
    assert validate(str(folder / "datapackage.json")).valid
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    names = {r["path"] for r in package["resources"]}
    assert {f"{STEM}-sv.pdf", f"{STEM}.pdf", f"{STEM}.csv"} <= names
    assert package["title"].startswith("Bilaga till kommunfakturan"), "its first language"
    with zipfile.ZipFile(folder / f"{STEM}.zip") as packed:
        assert names < set(packed.namelist())
    files = {p.relative_to(bilingual).as_posix() for p in folder.iterdir()}
    with (bilingual / "dispatch.csv").open(encoding="utf-8", newline="") as file:
        sent = [r["file"] for r in csv.DictReader(file) if r["municipality"] == "857"]
    assert sent == [name for name in files if name.endswith(".zip")]
    index = (bilingual / "index.html").read_text(encoding="utf-8")
    manifest = json.loads((bilingual / "2025-08" / "manifest.json").read_text(encoding="utf-8"))
    for name in files - {next(f for f in files if f.endswith("datapackage.json"))}:
        assert f'href="{name}"' in index
        assert name.removeprefix("2025-08/") in manifest["files"]
    assert re.search(r'-sv\.pdf" hreflang="sv" aria-label="[^"]+">PDF sv<', index)


def test_language_overrides_for_one_run(tmp_path: Path, august_draft: Path) -> None:
    """``--language en`` makes English pages of the same figures; without it the next run does not."""
    output = Path(shutil.copytree(august_draft, tmp_path / "outputs"))
    folder, rules = output / "draft" / "2025-08" / "857-Tuusniemi", PROJECT / "parameters"
    figures = (folder / f"{STEM}.csv").read_bytes()
    assert month(output, rules, "--municipality", "857", "--language", "en") == 0
    assert {p.stem for p in folder.glob("*.html")} == {f"{STEM}-en"}
    assert "DRAFT" in (folder / f"{STEM}-en.html").read_text(encoding="utf-8")
    assert (folder / f"{STEM}.csv").read_bytes() == figures
    assert month(output, rules, "--municipality", "857") == 0
    assert {p.stem for p in folder.glob("*.html")} == {STEM}


@pytest.mark.slow
def test_an_override_lasts_until_the_approval(tmp_path: Path, august_draft: Path) -> None:
    """What was drafted in a language is approved in it; the handover's manifest remembers."""
    output = Path(shutil.copytree(august_draft, tmp_path / "outputs"))
    more = ("--municipality", "857", "--language", "sv")
    assert month(output, PROJECT / "parameters", *more) == 0
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(output)]) == 0
    made = Counter(p.stem[-3:] for p in (output / "2025-08").glob("*/*.pdf"))
    assert made == {"-sv": 12}


def test_a_member_without_languages_gets_the_areas(tmp_path: Path) -> None:
    """The area's language is the default of every member and of the board's page."""
    rules = parameters(
        tmp_path / "p",
        ("\nlanguage: fi\n", "\nlanguage: sv\n"),
        (TUUSNIEMI, f"{TUUSNIEMI}languages: [en], "),
    )
    area = load_parameters(rules).area
    assert {area.languages_of(m) for m in area.members if m.code != "857"} == {("sv",)}
    assert area.languages_of(area.member("857")) == ("en",)


@pytest.mark.parametrize(
    ("languages", "said"),
    [("[sv, sv]", "kieli sv on kahdesti"), ("[se]", "languages"), ("sv", "languages")],
)
def test_wrong_languages_are_refused(tmp_path: Path, languages: str, said: str) -> None:
    """A language twice, one that there is not, and one that is not a list."""
    rules = parameters(tmp_path / "p", (TUUSNIEMI, f"{TUUSNIEMI}languages: {languages}, "))
    with pytest.raises(UsageError, match=said):
        load_parameters(rules)


def test_the_handover_says_in_which_languages(bilingual: Path) -> None:
    """The open room knows them without the parameters."""
    folder = bilingual / "protected" / "2025-08"
    annex = open_handover(folder).annex("857")
    assert annex.languages == ("sv", "fi")
    assert (annex.facts.language, annex.facts.languages) == ("fi", ("fi", "en"))
    assert open_handover(folder).annex("844").languages == ("fi",)


def _numbers(sheet: object) -> list[tuple[str, object]]:
    rows = sheet.iter_rows()  # type: ignore[attr-defined]
    return [(c.coordinate, c.value) for row in rows for c in row if c.data_type in ("n", "d", "f")]
