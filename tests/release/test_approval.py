"""R9: the attacker runs before anything is final; if it finds anything, nothing is approved."""

import shutil
from pathlib import Path

import pytest
from worlds.releases import run_year_end

from kuntakoonti.cli.main import main
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.restricted.disclosure import adjustment as year_end


def test_an_attack_over_an_approved_release_finds_nothing(released: Path, capsys) -> None:
    """`kuntakoonti attack` prints every level and guarantee, exits 0 and names no municipality."""
    assert main(["attack", "--output", str(released)]) == 0
    said = capsys.readouterr().out
    assert all(f"{level}    G1" in said for level in ("A1", "A2", "A3", "A4", "A5"))
    assert "Mikään ei kaatunut" in said
    assert not [name for name in ("Tuusniemi", "857", "Lapinlahti", "402") if name in said]
    verdict = released / "restricted" / "attack" / "2025-08.txt"
    assert "Mikään ei kaatunut" in verdict.read_text(encoding="utf-8")


def test_there_is_nothing_to_attack_without_an_archive(tmp_path: Path) -> None:
    """Exit 2: a folder without a ledger."""
    assert main(["attack", "--output", str(tmp_path)]) == 2


@pytest.mark.parametrize("name", ["rules.json", "297.json", "area.json", "record.json"])
def test_a_changed_handover_is_refused_before_anything_is_made(
    august_draft: Path, tmp_path: Path, capsys, name: str
) -> None:
    """Whichever file it is: exit 2, one sentence that names it, and no file in the output changed."""
    output = Path(shutil.copytree(august_draft, tmp_path / "outputs", symlinks=True))
    changed = output / "protected" / "2025-08" / name
    changed.write_bytes(changed.read_bytes()[:-1])

    def files() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in output.rglob("*") if p.is_file()}

    before = files()
    capsys.readouterr()
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(output)]) == 2
    said = capsys.readouterr()
    assert f"2025-08/{name}" in said.err and "valmis" not in said.out + said.err
    assert files() == before


def releases(output: Path) -> list[str]:
    return [r.release for r in read_archive(output / "ledger.jsonl").records]


def test_a_release_that_leaks_is_not_approved(
    two_years: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """The leak of decision 0015, made again by switching its rule off, stops the second year.

    Exit 1, the rule is named and no place, the ledger has not grown and no page is public. With the
    rule both years are approved.
    """
    assert releases(two_years) == ["2025-tasaus", "2026-tasaus"]
    monkeypatch.setattr(year_end, "_any_small", lambda *_: False)
    by = ("--approve-by", "controller")
    assert run_year_end("2025", "2026-02-28", tmp_path, *by) == 0
    capsys.readouterr()
    assert run_year_end("2026", "2027-02-28", tmp_path, *by) == 1
    said = capsys.readouterr().err
    assert releases(tmp_path) == ["2025-tasaus"]
    assert "hyökkäys onnistui: G2 (sääntö R7)" in said
    assert "Lapinlahti" not in said.split("hyökkäys")[1]
    assert not (tmp_path / "2026-tasaus").exists()
    assert "KAATUI G2" in (tmp_path / "restricted/attack/2026-tasaus.txt").read_text("utf-8")
