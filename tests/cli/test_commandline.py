"""The command line in Finnish, Swedish and English: help that teaches, mistakes with a next step."""

import argparse
import ast
import inspect
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from worlds.catalogues import finnish, words
from worlds.places import PROJECT

from kuntakoonti.cli.main import OF_THE_OUTPUT, main
from kuntakoonti.cli.parser import Parser, parse, parser
from kuntakoonti.core.language import CATALOGUES, LANGUAGES, Language
from kuntakoonti.core.messages import VARIABLE

ENGLISH = {"usage", "error", "argument", "arguments", "required", "invalid", "choice", "choose",
           "expected", "unrecognized", "options", "positional", "show", "help", "exit"}  # fmt: skip
OF_THE_CONTRACT = {"kuntakoonti", "controller", "verkkolasku", "kirjausvirhe", "palkkatuki", "parametrit",
                   "tiedot", "tasaus", "tasausarvio", "example", "help"}  # fmt: skip
WRONG = {
    "no command": [],
    "unknown command": ["mont"],
    "unknown option": ["status", "--outputs"],
    "missing options": ["month"],
    "missing value": ["status", "--output"],
    "no number": ["month", "2025-08", "--as-of", "2025-09-15", "--data", "x", "--workers", "two"],
    "no language": ["month", "2025-08", "--as-of", "2025-09-15", "--data", "x", "--language", "de"],
    "value too many": ["month", "2025-08", "--as-of", "2025-09-15", "--data", "x", "--coarse=1"],
}  # fmt: skip


def commands(code: str) -> dict[str, Parser]:
    (group,) = (
        a for a in parser(Language(code))._actions if isinstance(a, argparse._SubParsersAction)
    )
    return group.choices  # type: ignore[return-value]


# Help


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_option_of_every_command_is_explained(code: str) -> None:
    """No option without a help text, none without a name for its value."""
    for name, command in commands(code).items():
        assert command.description, name
        for action in command._actions:
            assert action.help, (name, action.dest)
            named = action.metavar or action.choices or action.nargs == 0
            assert named, (name, action.dest)


@pytest.mark.parametrize("name", commands("fi"))
def test_the_example_of_a_command_is_a_right_use_of_it(name: str) -> None:
    """The line in the help can be given as it stands."""
    command = commands("fi")[name]
    line = (command.epilog or "").splitlines()[1]
    given = re.findall(r'"[^"]*"|\S+', line)
    assert given[:2] == ["kuntakoonti", name]
    assert parse(given[1:], Language()).command == command.get_default("command")


@pytest.mark.parametrize("code", LANGUAGES)
def test_help_is_said_in_the_language(code: str, monkeypatch, capsys) -> None:
    """No Finnish word in a Swedish or English help, no English word in a Finnish or Swedish one."""
    monkeypatch.setenv(VARIABLE, code)
    for wanted in ([], *([name] for name in commands(code))):
        with pytest.raises(SystemExit) as stopped:
            main([*wanted, "--help"])
        said = words(capsys.readouterr().out)
        assert stopped.value.code == 0
        foreign = finnish(code) if code != "fi" else set()
        english = ENGLISH if code != "en" else set()
        assert said & (foreign | english) - OF_THE_CONTRACT == set(), wanted


# Mistakes


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("words_given", WRONG.values(), ids=list(WRONG))
def test_wrong_usage_says_the_next_step(words_given, code, monkeypatch, capsys) -> None:
    """Exit 2, in the language, with the command that helps as the last line."""
    monkeypatch.setenv(VARIABLE, code)
    with pytest.raises(SystemExit) as stopped:
        main(words_given)
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert re.search(r": kuntakoonti( [a-z-]+)? --help\n$", said)
    foreign = finnish(code) if code != "fi" else ENGLISH
    assert words(said) & foreign - OF_THE_CONTRACT == set(), said


@pytest.mark.parametrize("code", ["fi", "sv"])
def test_the_words_of_argparse_are_those_of_this_python(code: str) -> None:
    """Every translated word is one that argparse asks for; none is left empty."""
    asked = set()
    for node in ast.walk(ast.parse(inspect.getsource(argparse))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
            asked |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    with (CATALOGUES / code / "LC_MESSAGES" / "argparse.po").open("rb") as file:
        known = {m.id[0] if isinstance(m.id, tuple) else m.id: m.string for m in read_po(file)}
    del known[""]
    assert len(known) > 15 and set(known) <= asked
    assert all(all(said) if isinstance(said, tuple) else said for said in known.values())
    for asked_for, said in known.items():
        forms = said if isinstance(said, tuple) else (said,)
        places = re.findall(r"%(?:\(\w+\))?[srd]", asked_for)
        assert all(sorted(re.findall(r"%(?:\(\w+\))?[srd]", f)) == sorted(places) for f in forms)


# The language


def area_in(folder: Path, language: str) -> Path:
    """Parameters of an area of which only the language can be read."""
    folder.mkdir()
    (folder / "area.yml").write_text(f"code: [\nlanguage: {language}\n", encoding="utf-8")
    return folder


def checked(folder: Path, capsys) -> str:
    assert main(["check", "--data", str(folder), "--parameters", str(folder)]) == 2
    return capsys.readouterr().err


def test_messages_are_in_the_areas_language(tmp_path: Path, capsys) -> None:
    """Also when its file cannot be read as a whole; in Finnish when there is none."""
    assert checked(tmp_path, capsys).startswith("Parametreissa on korjattavaa.")
    folder = area_in(tmp_path / "sv", "sv")
    assert checked(folder, capsys).startswith("Parametrarna behöver rättas.")
    assert "area.yml, rad " in checked(folder, capsys)


def holding(folder: Path, *languages: str) -> Path:
    """An OUTPUT of which only the languages of its handovers' area can be read, month by month."""
    for month, language in enumerate(languages, 1):
        place = folder / "protected" / f"2025-{month:02d}"
        place.mkdir(parents=True)
        text = f'{{\n "facts": {{\n  "languages": ["en"],\n  "language": "{language}",\n'
        (place / "area.json").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("languages", "said"),
    [(("sv",), "I mappen"), (("sv", "fi"), "Kansiossa"), ((), "Kansiossa"), (("de",), "Kansiossa")],
)
def test_a_command_on_an_output_speaks_its_areas_language(
    languages: tuple[str, ...], said: str, tmp_path: Path, capsys
) -> None:
    """The newest handover's, whatever the project's own parameters say; theirs where there is none."""
    folder = holding(tmp_path, *languages)
    for where in (["--output", str(folder)], [f"--output={folder}"]):
        assert main(["attack", *where]) == 2
        assert capsys.readouterr().err.startswith(said)


def test_the_environment_is_stronger_than_an_output(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(VARIABLE, "en")
    assert main(["attack", "--output", str(holding(tmp_path, "sv"))]) == 2
    assert not capsys.readouterr().err.startswith(("I mappen", "Kansiossa"))


def test_the_commands_on_an_output_are_those_that_read_no_parameters() -> None:
    found = {n: {a.dest for a in c._actions} for n, c in commands("fi").items()}
    named = {n for n, known in found.items() if "output" in known and "parameters" not in known}
    assert named == OF_THE_OUTPUT


def test_the_environment_chooses_another_language(tmp_path: Path, monkeypatch, capsys) -> None:
    """``KUNTAKOONTI_LANGUAGE`` is stronger than the area."""
    folder = area_in(tmp_path / "sv", "sv")
    monkeypatch.setenv(VARIABLE, "en")
    assert checked(folder, capsys).startswith("The parameters need correction.")


def test_a_language_that_there_is_not_is_wrong_usage(monkeypatch, capsys) -> None:
    """It is not answered in another one."""
    monkeypatch.setenv(VARIABLE, "de")
    assert main(["status"]) == 2
    assert capsys.readouterr().err == f"{VARIABLE}: kirjoita fi, sv tai en.\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [("fi", "Kuukausi 2025-13: kirjoita muodossa 2025-08.\n"),
     ("sv", "Månad 2025-13: skriv den i formen 2025-08.\n"),
     ("en", "Month 2025-13: write it as 2025-08.\n")],
)  # fmt: skip
def test_an_error_is_translated_with_its_values(code, said, monkeypatch, capsys) -> None:
    """The value stands where the sentence of each language has its place."""
    monkeypatch.setenv(VARIABLE, code)
    assert main(["month", "2025-13", "--as-of", "2025-09-15", "--data", "x"]) == 2
    assert capsys.readouterr().err == said


# Every error in the source

CALLS = {"UsageError": 0, "KuntakoontiError": 0, "say": 0, "Sentence": 0, "finding": 1, "complaint": 1, "complain": 1,
         "unread": 1}  # fmt: skip


def said_in_source() -> dict[str, list[tuple[str, ast.Call]]]:
    """The calls that say something, by the name of what is called: place in the source and call."""
    found: dict[str, list[tuple[str, ast.Call]]] = {name: [] for name in CALLS}
    for path in sorted((PROJECT / "src" / "kuntakoonti").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in CALLS:
                    found[name].append((f"{path.name}:{node.lineno}", node))
    return found


SAID = said_in_source()
NO_LITERALS = {"files.py", "failures.py", "make.py", "problem_list.py", "dask.py", "ledger.py", "correct.py",
               "status.py", "integrity.py", "yaml_files.py", "databases.py", "group.py", "anchors.py",
               "print_page.py", "disclosed_text.py", "prune.py"}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_is_said_is_a_template_and_its_values(name: str) -> None:
    """A literal whose places are all given by name; or a name, of a constant marked by `message`."""
    assert SAID[name]
    for place, call in SAID[name]:
        text = call.args[CALLS[name]]
        if not isinstance(text, ast.Constant):
            plain = isinstance(text, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.IfExp))
            assert plain and place.split(":")[0] in NO_LITERALS, place
            continue
        places = set(re.findall(r"\{(\w+)\}", text.value))
        given = {k.arg for k in call.keywords}
        assert None in given or places == given, place
        assert len(call.args) == CALLS[name] + 1, place


@pytest.mark.parametrize("name", ["UsageError", "KuntakoontiError"])
def test_an_error_is_a_whole_sentence(name: str) -> None:
    """It begins with a capital, an option or a place, and ends in a full stop."""
    texts = [c.args[0].value for _, c in SAID[name] if isinstance(c.args[0], ast.Constant)]
    assert len(texts) > 5
    for text in texts:
        assert text.endswith(".") and "!" not in text, text
        assert re.match(r"[A-ZÅÄÖ{]|--|rules\.yml", text), text
