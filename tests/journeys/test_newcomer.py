"""start_here.ipynb, run from the first cell to the last by an ordinary kernel, makes a month."""

import json
from pathlib import Path

import papermill
import pytest
from worlds.places import EXAMPLE, PROJECT

pytestmark = pytest.mark.slow


def test_the_walk_through_makes_approves_and_sends_a_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eleven municipalities are approved, nothing falls to the attack, one package is sent."""
    monkeypatch.chdir(PROJECT / "notebooks")
    output = tmp_path / "outputs"
    made = papermill.execute_notebook(
        str(PROJECT / "notebooks" / "start_here.ipynb"),
        None,
        parameters={"data": str(EXAMPLE), "output": str(output)},
        progress_bar=False,
    )
    said = "".join(o.get("text", "") for c in made.cells for o in c.get("outputs", []))
    assert "Mikään ei kaatunut" in said and "EPÄONNISTUI" not in said
    streams = {o.get("name") for c in made.cells for o in c.get("outputs", [])}
    assert streams == {"stdout"}, "what went well is not in a red box"
    assert len((output / "ledger.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert len(list((output / "2025-08").glob("*/*.zip"))) >= 11
    assert "857" in (output / "sent.csv").read_text(encoding="utf-8")
    codes = [o.get("data", {}).get("text/plain") for c in made.cells for o in c.get("outputs", [])]
    assert all(code is None for code in codes), json.dumps(codes)
