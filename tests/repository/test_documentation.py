"""The documentation says what the program does: names, columns, kinds, options and links agree."""

import ast
import pkgutil
import re
import runpy
import subprocess
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from worlds.places import PROJECT

from kuntakoonti.core import errors
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.export.report import CSV_COLUMNS
from kuntakoonti.parameters import rules
from kuntakoonti.parameters import run_file as runs
from kuntakoonti.public.cells import Measure, Status
from kuntakoonti.restricted.intake import SENTENCES
from kuntakoonti.restricted.intake.contract import TABLES
from kuntakoonti.restricted.intake.notes import NOTES
from kuntakoonti.restricted.intake.sentences import (
    MISMATCH_SENTENCES,
    NOTED,
    RECORDING_SENTENCES,
    RELEASE_SENTENCES,
)

PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md"))]
TEXT = {p.relative_to(PROJECT).as_posix(): p.read_text(encoding="utf-8") for p in PAGES}
CONTRACT, RULES = TEXT["docs/contract.md"], TEXT["docs/rules.md"]
HOST = re.compile(r"\b(pypi|pythonhosted|anaconda|npmjs|crates)\.(org|com|io)\b|index-url[ =]+\w+:")
MACHINE = re.compile(r"(?<![\w.:/~])/(home|root|work|Users|opt)/\w")


def _cells(text: str, columns: int) -> list[list[str]]:
    """The rows of a page's tables that begin with code and have so many columns."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip("` ") for cell in row] for row in rows if len(row) == columns]


@pytest.mark.parametrize("name", ["contract.md", "rules.md"])
def test_the_pages_tables_are_written_from_the_program(name: str) -> None:
    """`make contract` would change nothing."""
    written = runpy.run_path(str(PROJECT / "docs" / "contract_tables.py"))
    assert written["page"](name) == TEXT[f"docs/{name}"]


def test_the_contract_has_every_table() -> None:
    assert CONTRACT.count("### `") == len(TABLES)


# Notes that look at several rows or tables at once, beside those that stand in a call.
FOUND_TOGETHER = {"recorded_ahead", "invoice_replaced", "moved", "far_too_large"}


def test_a_kind_is_noted_where_the_source_notes_it() -> None:
    later = {*MISMATCH_SENTENCES, *RECORDING_SENTENCES, *RELEASE_SENTENCES}  # found after reading
    assert {note.kind for note in NOTES} | later | _noted_by_name() | FOUND_TOGETHER == NOTED


def _noted_by_name() -> set[str]:
    """Kinds that stand in a call beside Severity.NOTE."""
    found: set[str] = set()
    for path in (PROJECT / "src" / "kuntakoonti" / "restricted" / "intake").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and "Severity.NOTE" in map(ast.unparse, node.args):
                literals = [a.value for a in node.args if isinstance(a, ast.Constant)]
                found |= {kind for kind in SENTENCES if kind in literals}
    return found


def test_the_contract_has_every_exit_code() -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    section = CONTRACT.split("### Exit codes\n")[1].split("\n## ")[0]
    assert set(map(int, re.findall(r"^\| (\d+) \|", section, re.MULTILINE))) == codes


def test_the_contract_has_the_csv_its_measures_and_statuses() -> None:
    assert f"`{','.join(CSV_COLUMNS)}`" in CONTRACT
    section = CONTRACT.split("### The CSV\n")[1]
    assert {name for name, _ in _cells(section, 2)} == {*Measure, *Status}


def test_every_rule_is_explained_with_whether_it_is_assumed() -> None:
    given = yaml.load(
        (PROJECT / "parameters" / "rules.yml").read_text(encoding="utf-8"), yaml.BaseLoader
    )
    documented = {row[0]: row[3] for row in _cells(RULES, 4) if row[1] != "not set"}
    assert documented == {n: {"true": "yes"}.get(r["assumption"], "no") for n, r in given.items()}


@pytest.mark.parametrize("number", range(1, 11))
def test_every_publication_rule_is_explained_once(number: int) -> None:
    assert RULES.count(f"**R{number} ") == 1


@pytest.mark.parametrize("model", [rules.Area, rules.Services, runs.Run, rules.Rule])
def test_every_key_of_the_parameters_is_documented(model: type[BaseModel]) -> None:
    missing = [k for k in _keys(model) if f"`{k}`" not in CONTRACT]
    assert not missing


def _keys(model: type[BaseModel]) -> set[str]:
    """The keys of a model and of the models in it."""
    definitions = model.model_json_schema()
    parts = [definitions, *definitions.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


def test_every_setting_is_documented() -> None:
    here = Path()
    for name in Settings(here, here, OutputFolder(here), OutputFolder(here)).environment():
        assert f"`{name}`" in CONTRACT


def test_every_target_of_make_says_what_it_does_and_is_named() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = dict(re.findall(r"^([a-z][\w-]*):[^=\n]*?(## \S.*)?$", makefile, re.MULTILINE))
    assert targets, "the Makefile has no targets"
    for name, sentence in targets.items():
        assert sentence, f"make {name} has no ## sentence"
        assert any(f"make {name}" in text for text in TEXT.values()), f"make {name} is in no page"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    files = [link.split("#")[0] for link in links if not re.match(r"\w+:|#", link)]
    assert [f for f in files if not (page.parent / f).exists()] == []


def test_no_file_names_a_registry_or_a_place_on_a_machine() -> None:
    found = []
    for path in _project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if HOST.search(line) or MACHINE.search(line):
                found.append(f"{path.relative_to(PROJECT)}:{number}")
    assert not found


def _project_files() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(
            command, cwd=PROJECT, check=True, capture_output=True, text=True
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("not a git working copy")
    return [p for name in listed.split("\0") if name and (p := PROJECT / name).is_file()]


def test_a_name_of_the_program_in_a_docstring_exists() -> None:
    """``kuntakoonti.room.module.name`` between backticks can be imported."""
    found = 0
    for path in sorted((PROJECT / "src" / "kuntakoonti").rglob("*.py")):
        for name in re.findall(r"`(kuntakoonti\.[\w.]+)`", path.read_text(encoding="utf-8")):
            found += 1
            assert pkgutil.resolve_name(name), (path.name, name)
    assert found
