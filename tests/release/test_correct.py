"""A wrong closed count: version 2 of one page, or a refusal where the change would tell too much."""

import csv
import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from worlds.archives import canonical, publish
from worlds.places import EXAMPLE
from worlds.releases import hashes

from kuntakoonti.attack import attack
from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.release.correct import refuse_small

KEY = ("857", "palkkatuki", "2025-02")  # published as 11
REASON = "Jaksot oli kirjattu väärälle kunnalle."


def count(value: int | None) -> Cell:
    cell = Cell(*KEY, Measure.CLIENTS, Status.UNDER_THRESHOLD)
    return cell if value is None else cell.with_value(value)


def with_clients(folder: Path, number: int) -> Path:
    """The example data in which so many more clients of February became known on 1 October."""
    data = Path(shutil.copytree(EXAMPLE, folder))
    periods = [f"PX{n};UUSI{n};palkkatuki;3.2.2025;27.2.2025;1.10.2025;;" for n in range(number)]
    homes = [f"UUSI{n};857;1.1.2020;;1.1.2020" for n in range(number)]
    _append(data / "service_periods.csv", periods)
    _append(data / "residences.csv", homes)
    return data


def _append(path: Path, lines: Iterable[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def run(data: Path, output: Path, *more: str, release: str = "2025-08") -> int:
    """`kuntakoonti correct` of Tuusniemi's February."""
    municipality, service, period = KEY
    words = ["correct", release, "--municipality", municipality, "--service", service]
    words += ["--period", period, "--reason", REASON, "--by", "controller"]
    words += ["--as-of", "2025-10-02", "--data", str(data), "--output", str(output)]
    return main([*words, *more])


@pytest.fixture(scope="module")
def once_corrected(august: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to read: ``outputs`` in which February was corrected from 11 to 17, and its ``data``."""
    folder = tmp_path_factory.mktemp("corrected")
    output = Path(shutil.copytree(august, folder / "outputs"))
    assert run(with_clients(folder / "data", 6), output) == 0
    return folder


@pytest.fixture
def corrected(once_corrected: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own in which February was corrected."""
    return Path(shutil.copytree(once_corrected / "outputs", tmp_path / "released"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_correction_makes_version_2_of_one_page_and_of_the_boards(corrected: Path) -> None:
    """Its own folder, one figure changed, the version said; the first version stays as it was."""
    assert sorted(p.name for p in (corrected / "2025-08-v2").iterdir() if p.is_dir()) == [
        "857-Tuusniemi",
        "area",
    ]
    before, after = (
        {
            (r["service"], r["period"], r["measure"]): r["value"] + r["status"]
            for r in rows(next((corrected / name / "857-Tuusniemi").glob("*.csv")))
        }
        for name in ("2025-08", "2025-08-v2")
    )
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {("palkkatuki", "2025-02", "clients")} and before.keys() == after.keys()
    assert before["palkkatuki", "2025-02", "clients"] == "11final"
    assert after["palkkatuki", "2025-02", "clients"] == "17final"
    page = next((corrected / "2025-08-v2" / "857-Tuusniemi").glob("*.html"))
    assert "versio 2" in page.read_text(encoding="utf-8")
    dispatch = {r["file"] for r in rows(corrected / "dispatch.csv")}
    assert page.with_suffix(".zip").relative_to(corrected).as_posix() in dispatch


@pytest.mark.rule("R9", "The page says that, when and why")
def test_the_page_says_what_was_corrected_and_why(corrected: Path) -> None:
    """The reason stands on version 2."""
    page = next((corrected / "2025-08-v2" / "857-Tuusniemi").glob("*.html"))
    assert REASON in page.read_text(encoding="utf-8")


def test_the_boards_page_adds_up_the_corrected_figure(corrected: Path) -> None:
    """R8: its sum changes by the same six persons and by nothing else."""
    sums = [
        {
            (r["service"], r["period"], r["measure"]): int(r["value"])
            for r in rows(next((corrected / name / "area").glob("*.csv")))
        }
        for name in ("2025-08", "2025-08-v2")
    ]
    place = ("palkkatuki", "2025-02", "clients_shown_sum")
    assert sums[1][place] - sums[0][place] == 6
    assert {k for k in sums[0] if sums[0][k] != sums[1][k]} == {place}


def test_the_ledger_has_the_correction_as_its_own_record(corrected: Path) -> None:
    """Appended, chained, with its reason; the closed count is the corrected one from then on."""
    archive = read_archive(corrected / "ledger.jsonl")
    assert [r.release for r in archive.records] == ["2025-08", "2025-08-v2"]
    record = archive.records[1]
    assert record.correction and record.correction.key == KEY
    assert (record.correction.reason, record.version, record.approved_by) == (
        REASON,
        2,
        "controller",
    )
    assert archive.closed(*KEY) == count(17)
    assert archive.corrections(record.cells) == (record.correction,)
    assert main(["status", "--output", str(corrected)]) == 0
    assert main(["attack", "--output", str(corrected)]) == 0


def test_a_ledger_without_corrections_has_no_word_of_them(released: Path) -> None:
    """Off unless used: the lines are what they were before there were corrections."""
    assert "correction" not in json.loads((released / "ledger.jsonl").read_text())


@pytest.mark.slow
def test_the_next_month_shows_the_corrected_figure(corrected: Path, once_corrected: Path) -> None:
    """And says so; a second correction of the new newest page would be its version 2."""
    words = ["month", "2025-09", "--as-of", "2025-10-15", "--data", str(once_corrected / "data")]
    words += ["--output", str(corrected), "--approve-by", "controller"]
    assert main(words) == 0
    folder = corrected / "2025-09" / "857-Tuusniemi"
    (february,) = [
        r
        for r in rows(next(folder.glob("*.csv")))
        if (r["service"], r["period"], r["measure"]) == ("palkkatuki", "2025-02", "clients")
    ]
    assert (february["value"], february["status"]) == ("17", "final")
    assert REASON in next(folder.glob("*.html")).read_text(encoding="utf-8")
    other = next((corrected / "2025-09" / "844-Tervo").glob("*.html"))
    assert REASON not in other.read_text(encoding="utf-8")


@pytest.mark.rule(
    "R9",
    'A correction differs by the threshold, "alle 5" counted as 0–4, from every value that it was closed with',
)
def test_a_second_correction_is_held_against_every_version(
    corrected: Path, tmp_path: Path, capsys
) -> None:
    """11, then 17: 12 is five from the second, but one from the first; 11 again tells nothing new."""
    again = ("--as-of", "2025-10-03")
    assert run(with_clients(tmp_path / "one", 1), corrected, *again) == 2
    assert "alle 5 asiakkaasta" in capsys.readouterr().err
    assert run(EXAMPLE, corrected, *again) == 0
    archive = read_archive(corrected / "ledger.jsonl")
    assert [r.version for r in archive.records] == [1, 2, 3]
    assert archive.closed(*KEY) == count(11)
    assert (corrected / "2025-08-v3" / "857-Tuusniemi").exists()


def test_a_small_difference_is_refused_and_what_remains_is_said(
    released: Path, tmp_path: Path, capsys
) -> None:
    """Four more clients: exit 2, the other ways are named, and nothing is touched."""
    before = hashes(released)
    assert run(with_clients(tmp_path / "data", 4), released) == 2
    said = capsys.readouterr().err
    assert "alle 5 asiakkaasta" in said and "kuntakoonti verify" in said and "tasaus" in said
    assert hashes(released) == before


@pytest.mark.rule("R9", 'A correction differs by the threshold, "alle 5" counted as 0–4')
@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (11, 16, True),
        (11, 15, False),
        (16, 11, True),
        (15, 11, False),
        (None, 9, True),  # 0–4 before: at least five more
        (None, 8, False),
        (9, None, True),
        (8, None, False),
    ],
)
def test_every_possible_difference_is_at_least_the_threshold(
    old: int | None, new: int | None, allowed: bool
) -> None:
    """Also from and to "alle 5", which stands for 0–4."""
    if allowed:
        refuse_small(count(old), count(new), 5)
        return
    with pytest.raises(UsageError, match="voisi kertoa alle 5"):
        refuse_small(count(old), count(new), 5)


def test_nothing_to_correct_is_said(released: Path, capsys) -> None:
    """The data say what the page says: exit 2."""
    assert run(EXAMPLE, released) == 2
    assert "korjattavaa ei ole" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--reason", "  "), "--reason"),
        (("--reason", "Henkilö 010190-123A oli väärin"), "henkilötunnusta"),
        (("--reason", "x" * 201), "200 merkkiä"),
        (("--by", " "), "--by"),
        (("--period", "2025-08"), "Ennakkotieto"),
        (("--municipality", "999"), "999"),
        (("--as-of", "2025-09-01"), "2025-09-15"),
    ],
)
def test_wrong_words_end_with_exit_2(
    words: tuple[str, str], says: str, released: Path, capsys
) -> None:
    """The message says what is wrong; the last option given counts."""
    before = hashes(released)
    assert run(EXAMPLE, released, *words) == 2
    assert says in capsys.readouterr().err
    assert hashes(released) == before


def test_a_release_that_is_not_approved_has_nothing_to_correct(released: Path, capsys) -> None:
    """Exit 2."""
    assert run(EXAMPLE, released, release="2025-07") == 2
    assert "2025-07" in capsys.readouterr().err


@pytest.mark.rule("R9", "What the attack finds is not approved (exit 1)")
@pytest.mark.rule(
    "R9", "What the attack finds is not approved (exit 1), all earlier releases included"
)
def test_a_correction_that_the_attacker_breaks_is_not_made(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Were the small difference let through, G3 falls: exit 1, no page, the ledger as it was."""
    monkeypatch.setattr("kuntakoonti.release.correct.refuse_small", lambda *_: None)
    ledger = (released / "ledger.jsonl").read_bytes()
    assert run(with_clients(tmp_path / "data", 4), released) == 1
    said = capsys.readouterr().err
    assert "G3 (sääntö R5)" in said and "kuntakoonti verify" in said
    assert (released / "ledger.jsonl").read_bytes() == ledger
    assert not (released / "2025-08-v2").exists()
    assert not (released / "protected" / "2025-08-v2").exists()
    assert main(["status", "--output", str(released)]) == 0


def test_a_changed_count_that_no_correction_names_still_falls(corrected: Path) -> None:
    """G6: the record must name the figure that it corrects."""
    assert not attack(corrected).violated
    lines = (corrected / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace('"period":"2025-02"', '"period":"2025-03"')
    (corrected / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    states = {f.state for f in attack(corrected, levels=("A1",)).findings}
    assert any("857 palkkatuki 2025-02 muuttui" in s for s in states)


def declared(output: Path, old: str, new: str) -> Path:
    """A tiny archive in which version 2 of August changes one figure and says so."""
    line = "857 palkkatuki 2025-02 clients"
    publish(output, {"2025-08": [f"{line} {old}"], "2025-08-v2": [f"{line} {new}"]})
    ledger = output / "ledger.jsonl"
    first, second = ledger.read_text(encoding="utf-8").splitlines()
    body = {k: v for k, v in json.loads(second).items() if k != "hash"}
    place = dict(zip(("municipality", "service", "period"), KEY, strict=True))
    body["correction"] = {**place, "release": "2025-08-v2", "reason": REASON}
    digest = hashlib.sha256(canonical(body).encode()).hexdigest()
    ledger.write_text(f"{first}\n{canonical({**body, 'hash': digest})}\n", encoding="utf-8")
    return output


@pytest.mark.rule("G3", "No version, nesting or overlap differs by 1–4, a correction down neither")
@pytest.mark.parametrize(
    ("old", "new", "falls"),
    [
        ("11", "16", set()),
        ("16", "11", set()),
        ("11", "14", {("G3", "R5")}),
        ("14", "11", {("G3", "R5")}),
        ("<5", "9", set()),
        ("9", "<5", set()),
    ],
)
def test_the_attacker_judges_a_declared_correction_by_its_difference(
    old: str, new: str, falls: set[tuple[str, str]], tmp_path: Path
) -> None:
    """Up and down alike; G6 allows the one change that the record names."""
    found = {(f.guarantee, f.rule) for f in attack(declared(tmp_path, old, new)).findings}
    assert found == falls
