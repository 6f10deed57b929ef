"""What the commands say from the first check to what was sent, in Swedish and in English."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from papermill.exceptions import PapermillExecutionError
from worlds.catalogues import finnish, words
from worlds.places import EXAMPLE, PROJECT
from worlds.two_members import TwoMembers

from kuntakoonti.cli.failures import say_failure
from kuntakoonti.cli.main import main
from kuntakoonti.core.catalogues import message_of
from kuntakoonti.core.errors import KuntakoontiError, Sentence, UsageError, message
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import VARIABLE, Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.prepare import SAID, safe_error
from kuntakoonti.restricted.preparation.refusals import keep_refusal, read_refusal

OF_THE_CONTRACT = {"tasaus", "koontitiedot", "yhteenveto", "verkkolasku", "mänttä", "vilppula",
                   "outputs", "check", "release"}  # fmt: skip


@pytest.fixture
def speak(monkeypatch, capsys) -> Callable[..., tuple[int, str]]:
    """A command in a language: its exit code and all that it said."""

    def run(code: str, *given: str) -> tuple[int, str]:
        monkeypatch.setenv(VARIABLE, code)
        capsys.readouterr()
        done = main(list(given))
        said = capsys.readouterr()
        return done, said.out + said.err

    return run


@pytest.mark.parametrize("code", [pytest.param("sv", marks=pytest.mark.slow), "en"])
def test_a_month_is_worked_through_in_the_language(
    code: str, speak, two_members: TwoMembers, tmp_path: Path
) -> None:
    """Check, rehearsal, draft, status, approval, attack, sending: no Finnish word is said or kept."""
    places = ["--output", str(tmp_path)]
    data, parameters = (f"--{n}={two_members.folder / n}" for n in ("data", "parameters"))
    first = next(line for line in (two_members.folder / "parameters" / "area.yml").read_text("utf-8")
                 .splitlines() if "- {code:" in line).split('"')[1]  # fmt: skip
    day = ["--as-of", "2025-09-15"]
    work = [
        ["check", data, parameters, *day],
        [*two_members.month, *places, "--dry-run"],
        [*two_members.month, *places],
        [*two_members.month, *places],
        ["status", *places],
        ["approve", "2025-08", "--by", "controller", *places, "--dry-run"],
        ["approve", "2025-08", "--by", "controller", *places],
        ["attack", *places],
        ["status", *places],
        ["sent", "2025-08", "--municipality", first, "--channel", "e-post", *places],
        ["trace", first, "2025-08", data, parameters, *day, *places],
    ]
    names = words((two_members.folder / "parameters" / "area.yml").read_text("utf-8"))
    for given in work:
        done, said = speak(code, *given)
        assert done == 0 or given[0] == "sent", said
        assert words(said) & finnish(code) - OF_THE_CONTRACT - names == set(), said
    found = (tmp_path / "restricted" / "attack" / "2025-08.txt").read_text(encoding="utf-8")
    kept = nbformat.read(tmp_path / "restricted" / "prepare" / "2025-08.ipynb", as_version=4)
    found += " ".join(cell.source for cell in kept.cells if cell.cell_type == "markdown")
    assert len(found) > 1000 and words(found) & finnish(code) == set(), found


def broken(folder: Path) -> Path:
    """The example data with a bad amount and an identity code."""
    data = Path(shutil.copytree(EXAMPLE, folder / "data"))
    with (data / "costs.csv").open("a", encoding="utf-8") as file:
        file.write("X1;palkkatuki;;G;2025-08;abc;2025-09-01\n")
    with (data / "residences.csv").open("a", encoding="utf-8") as file:
        file.write("010190-123A;297;2025-01-01;;2025-01-01\n")
    return data


def test_problems_are_listed_in_the_language(speak, tmp_path: Path) -> None:
    """On the terminal and in the CSV; neither quotes a cell."""
    data, path = broken(tmp_path), tmp_path / "problems.csv"
    done, said = speak("sv", "check", "--data", str(data), "--csv", str(path))
    assert done == 3
    assert "STOPPAR  costs.csv, rad " in said and "kolumn amount: Beloppet är ogiltigt." in said
    assert "2 fel stoppar körningen." in said and "anmärkning " in said
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
    sentences = {row["kind"]: row["sentence"] for row in rows}
    assert sentences["identity_code"].startswith("Cellen har ett värde som ser ut som")
    assert "123A" not in said + path.read_text("utf-8-sig")


def test_problems_that_stop_a_notebook_are_said_in_the_language(speak, tmp_path: Path) -> None:
    """The kernel leaves kinds and values; whoever started it says them."""
    given = ["month", "2025-08", "--as-of", "2025-09-15", "--data", str(broken(tmp_path))]
    done, said = speak("en", *given, "--output", str(tmp_path / "outputs"))
    assert done == 3
    assert "STOPS  costs.csv, line " in said and "The amount is not valid." in said
    assert said.splitlines()[-1].startswith("2 errors stop the run; nothing was written.")


@pytest.mark.parametrize("kind", [UsageError, KuntakoontiError])
def test_an_error_leaves_a_notebook_with_its_values(
    kind: type[KuntakoontiError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Template, values and exit code come back, so that it can be said in any language."""
    monkeypatch.setenv("KUNTAKOONTI_STAGE", str(tmp_path))

    @keep_refusal
    def refuses() -> None:
        raise kind(message("Month {month}: write it as 2025-08."), month="2025-13")

    with pytest.raises(kind):
        refuses()
    found = read_refusal(tmp_path / "restricted")
    assert type(found) is kind and str(found) == "Kuukausi 2025-13: kirjoita muodossa 2025-08."
    assert found.said(Language("sv")) == "Månad 2025-13: skriv den i formen 2025-08."


def test_an_error_of_another_kind_is_not_quoted(tmp_path: Path) -> None:
    """Its text may hold a cell; only its kind is said, and the log is named."""
    outside = PapermillExecutionError(1, 1, "", "ValueError", "010190-123A", ["010190-123A"])
    folder = OutputFolder(tmp_path)
    found = safe_error(outside, folder, folder).said(Language("en"))
    assert found.startswith("The preparation stopped (ValueError).") and "123A" not in found
    assert (tmp_path / "restricted" / "log" / "prepare.log").is_file()


def test_a_fault_of_the_program_is_one_line_without_its_text() -> None:
    """Its kind and its places are said, innermost first; a value is not."""
    said: list[str] = []
    try:
        {}["010190-123A"]
    except KeyError as error:
        code = say_failure(error, Messenger(Language("en"), said.append))
    (line,) = said
    assert code == 1 and "KeyError (test_messages.py:" in line and "123A" not in line


def test_a_sentence_is_its_finnish_text_and_can_be_translated() -> None:
    """It compares, sorts and counts as text."""
    made = Sentence("line {line} of the ledger does not continue the line before", line=3)
    assert made == "arkiston rivi 3 ei jatka edellistä" and made in {str(made)}
    assert made.said(Language("sv")) == "rad 3 i arkivet fortsätter inte föregående rad"


def test_a_sentence_among_the_values_is_said_in_the_language_too() -> None:
    """What a witness fails at stands within another sentence."""
    fault = Sentence("{release}: actual cost", release="2025-tasaus")
    made = Sentence("witness: {fault}", fault=fault)
    assert made == "todistaja: 2025-tasaus: toteuma"
    assert made.said(Language("sv")) == "vittne: 2025-tasaus: utfall"
    assert made.said(Language("en")) == "witness: 2025-tasaus: actual cost"


def test_every_text_of_the_restricted_notebook_can_be_translated() -> None:
    """Its cells of text are, in Finnish, the messages that are marked for it, in its order."""
    notebook = nbformat.read(PROJECT / "notebooks" / "prepare_area.ipynb", as_version=4)
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    assert texts == [Language("fi").text(said) for said in SAID]
    assert texts and [message_of(text) for text in texts] == list(SAID)


@pytest.mark.parametrize(
    ("code", "said"),
    [("fi", ["Alueen yhteenveto", "Sivun teko pysähtyi virheeseen ValueError."]),
     ("sv", ["Områdets sammandrag", "ValueError"]), ("en", ["ValueError"])],
)  # fmt: skip
def test_an_outcome_that_was_kept_in_finnish_is_said_in_the_language(
    code: str, said: list[str], speak, two_members: TwoMembers, tmp_path: Path
) -> None:
    """An OUTPUT folder of the time when the code spoke Finnish keeps the messages of then."""
    assert speak(code, *two_members.month, "--output", str(tmp_path), "--format", "csv")[0] == 0
    reasons = [["Sivun teko pysähtyi virheeseen {error}.", [["error", "ValueError"]]]]
    kept = [{"municipality": "area", "name": "Alueen yhteenveto", "state": "failed",
             "reasons": reasons}]  # fmt: skip
    path = tmp_path / "restricted" / "log" / "2025-08.json"
    path.write_text(json.dumps(kept), encoding="utf-8")
    done, lines = speak(code, "status", "--output", str(tmp_path))
    assert done == 1 and all(text in lines for text in said), lines
    assert code == "fi" or words(lines) & finnish(code) - OF_THE_CONTRACT == set()
