"""R9: the attacker runs before anything is final; if it finds anything, nothing is approved."""

from pathlib import Path

import pytest
from worlds.places import EXAMPLE

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


@pytest.mark.parametrize("rule_is_off", [True, False])
def test_a_release_that_leaks_is_not_approved(
    rule_is_off: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """The leak of decision 0015, made again by switching its rule off, stops the second year.

    Exit 1, the rule is named and no place, the ledger has not grown and no page is public.
    """
    if rule_is_off:
        monkeypatch.setattr(year_end, "_any_small", lambda *_: False)
    words = ["--data", str(EXAMPLE), "--output", str(tmp_path), "--approve-by", "controller"]
    assert main(["year-end", "2025", "--as-of", "2026-02-28", *words]) == 0
    capsys.readouterr()
    code = main(["year-end", "2026", "--as-of", "2027-02-28", *words])
    said = capsys.readouterr().err
    releases = [r.release for r in read_archive(tmp_path / "ledger.jsonl").records]
    if not rule_is_off:
        assert code == 0 and releases == ["2025-tasaus", "2026-tasaus"]
        return
    assert code == 1 and releases == ["2025-tasaus"]
    assert "hyökkäys onnistui: G2 (sääntö R7)" in said
    assert "Lapinlahti" not in said.split("hyökkäys")[1]
    assert not (tmp_path / "2026-tasaus").exists()
    assert "KAATUI G2" in (tmp_path / "restricted/attack/2026-tasaus.txt").read_text("utf-8")
