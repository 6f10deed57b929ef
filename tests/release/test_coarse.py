"""R9: while a rule is repaired, budgets and advances of the whole area can still be published."""

import csv
from pathlib import Path

import pytest
from worlds.releases import ELEVEN, run_month

from kuntakoonti.cli.main import main
from kuntakoonti.parameters.rules import ClassWidth
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.restricted.disclosure import counts as publication
from kuntakoonti.restricted.disclosure.counts import preliminary_class

MONEY = {"budget_cents", "advance_cents", "advance_expected_cents", "advance_coming_cents"}
SAYS = "Tässä julkaisussa on vain talousarviot ja ennakot."


def rows(folder: Path) -> list[dict[str, str]]:
    (path,) = folder.glob("*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r["measure"] != "invented_data"]


def approved(output: Path, month: str, as_of: str, *more: str) -> int:
    return run_month(month, as_of, output, *more, "--approve-by", "controller")


def _without_a_mark(clients: int, threshold: int, width: ClassWidth) -> tuple[int, int]:
    """A class that says a small count itself."""
    return (
        (clients, clients) if clients < threshold else preliminary_class(clients, threshold, width)
    )


@pytest.mark.slow
def test_what_falls_is_published_coarser_and_the_next_month_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """With R2's mark off the normal draft falls, the coarse one stands; repaired, the next month too."""
    with monkeypatch.context() as off:
        off.setattr(publication, "preliminary_class", _without_a_mark)
        assert approved(tmp_path, "2025-01", "2025-02-15") == 1
        assert "hyökkäys onnistui" in capsys.readouterr().err
        assert not (tmp_path / "ledger.jsonl").exists()
        assert approved(tmp_path, "2025-01", "2025-02-15", "--coarse") == 0
    _is_coarse(tmp_path / "2025-01")
    assert main(["attack", "--output", str(tmp_path)]) == 0
    assert main(["status", "--output", str(tmp_path)]) == 0
    assert approved(tmp_path, "2025-02", "2025-03-15") == 0
    shown = rows(tmp_path / "2025-02" / "297-Kuopio")
    counts = {r["period"]: r["status"] for r in shown if r["measure"] == "clients"}
    assert {"final", "preliminary"} & set(counts.values())
    assert SAYS not in next((tmp_path / "2025-02" / "297-Kuopio").glob("*.html")).read_text("utf-8")
    names = [r.release for r in read_archive(tmp_path / "ledger.jsonl").records]
    assert names == ["2025-01", "2025-02"]
    assert main(["attack", "--output", str(tmp_path)]) == 0


def _is_coarse(release: Path) -> None:
    """Every municipality alike: advances exact, no count and no cost; the page says it and why."""
    members = sorted(p for p in release.iterdir() if p.name[:3].isdigit())
    assert tuple(p.name[:3] for p in members) == ELEVEN
    for folder in members:
        found = rows(folder)
        hidden = [r for r in found if r["measure"] not in MONEY]
        assert {r["status"] for r in hidden} == {"not_shown"}
        assert {"clients", "actual_rounded_cents"} == {r["measure"] for r in hidden}
        assert {r["status"] for r in found if r["measure"] in MONEY} == {"final"}
        page = next(folder.glob("*.html")).read_text(encoding="utf-8")
        assert SAYS in page
        assert "Asiakaslukuja ei esitetä tässä julkaisussa." in page
    assert {r["measure"] for r in rows(release / "area")} <= MONEY


@pytest.mark.rule(
    "R9", "Coarse: budgets and advances alone, of every municipality alike, and it says so"
)
def test_a_coarse_draft_and_a_normal_one_are_different_runs(tmp_path: Path) -> None:
    """The one can be made over the other, until one is approved."""
    more = ("--municipality", "857", "--format", "csv")
    folder = tmp_path / "draft" / "2025-08" / "857-Tuusniemi"

    def statuses() -> set[str]:
        return {r["status"] for r in rows(folder) if r["measure"] == "clients"}

    assert run_month("2025-08", "2025-09-15", tmp_path, "--coarse", *more) == 0
    assert statuses() == {"not_shown"}
    assert run_month("2025-08", "2025-09-15", tmp_path, *more) == 0
    assert statuses() == {"final", "preliminary"}
