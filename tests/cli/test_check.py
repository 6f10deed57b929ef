"""`kuntakoonti check` as it is typed: its list, its console, and what it refuses before it reads."""

import io
import sys
from pathlib import Path

import pytest
from worlds.intake_cases import appended, base, write

from kuntakoonti.cli.main import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a bad amount in a row of a client with letters of their own."""
    folder = write(tmp_path / "data", base())
    appended("costs", "K9;palkkatuki;Ä1;;2025-08;viisi;1.9.2025")(folder)
    return folder


def test_the_list_overwrites_nothing_but_a_list(data: Path, tmp_path: Path) -> None:
    """Its own earlier list is replaced, also by an empty one; another file stays as it is."""
    path, other = tmp_path / "list.csv", tmp_path / "other.csv"
    assert main(["check", "--data", str(data), "--csv", str(path)]) == 3
    assert "bad_money" in path.read_text("utf-8-sig")
    other.write_text("year;amount\n2025;1\n", encoding="utf-8")
    assert main(["check", "--data", str(data), "--csv", str(other)]) == 2
    assert other.read_text(encoding="utf-8") == "year;amount\n2025;1\n"
    write(data, base())
    assert main(["check", "--data", str(data), "--csv", str(path)]) == 0
    assert "bad_money" not in path.read_text("utf-8-sig")


@pytest.mark.parametrize(
    "given",
    [
        ("--as-of", "20250915"),
        ("--as-of", "15.9.2025"),
        ("--as-of", "2025-09-31"),
        ("--as-of", "2025-9-15"),
        ("--as-of", "2025-09-15T00:00"),
        ("--as-of", "\uff12\uff10\uff12\uff15-09-15"),
    ],
)
def test_a_date_has_one_form(given: tuple[str, str], data: Path, capsys) -> None:
    """Nothing is guessed."""
    assert main(["check", "--data", str(data), *given]) == 2
    assert "2025-09-15" in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["-3", "1.5", "kaksi"])
def test_workers_are_one_or_more(workers: str, data: Path, tmp_path: Path) -> None:
    """Nothing is begun."""
    output = tmp_path / "outputs"
    words = ["month", "2025-08", "--as-of", "2025-09-15", "--data", str(data)]
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--output", str(output), "--workers", workers])
    assert stopped.value.code == 2
    assert not (output / "draft").exists()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "utf-8"])
def test_a_console_without_all_letters_shows_the_rest(
    encoding: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Finnish, whose letters ASCII has not."""
    shown = io.BytesIO()
    for stream in ("stdout", "stderr"):
        console = io.TextIOWrapper(shown, encoding, line_buffering=True)
        monkeypatch.setattr(sys, stream, console)
    monkeypatch.setenv("KUNTAKOONTI_LANGUAGE", "fi")
    assert main(["check", "--data", str(data)]) == 3
    said = shown.getvalue().decode(encoding)
    assert "costs.csv" in said and ("äyttää" in said or "?" in said)
