"""The notebooks in a real JupyterLab server give what the batch gave."""

import csv
import json
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from worlds.laboratory import Lab, jupyterlab

pytestmark = pytest.mark.slow

CODE = "857"
NAME = "857-Tuusniemi"


@pytest.fixture(scope="module")
def lab(august_draft: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with jupyterlab(august_draft, tmp_path_factory.mktemp("lab")) as found:
        yield found


def test_an_annex_run_in_jupyterlab_is_the_batchs(lab: Lab, august_draft: Path) -> None:
    """Another municipality in the parameters cell, run all: frames and pages are the batch's."""
    made = august_draft / "draft" / "2025-08" / NAME / f"{NAME}-koontitiedot-2025-08"
    sources = lab.sources("notebooks/monthly_annex.ipynb")
    assert 'municipality = "297"' in sources[0]
    sources[0] = sources[0].replace('municipality = "297"', f'municipality = "{CODE}"')
    with lab.kernel("notebooks/monthly_annex.ipynb") as kernel:
        shown = kernel.run_all(sources)
        frames = kernel.text(
            "counts.to_csv(index=False) + advances.to_csv(index=False, header=False)"
            " + adjustment.to_csv(index=False, header=False)"
        )
        numbers = kernel.text("counts['value'].dtype, advances['value'].dtype")
    batch = nbformat.read(made.with_suffix(".ipynb"), as_version=4)
    outputs = [o for c in batch.cells for o in c.get("outputs", [])]
    assert [o["data"] for o in shown] == [dict(o["data"]) for o in outputs]
    assert sum("text/html" in o["data"] for o in shown) >= 8
    assert numbers == "Int64 Int64"
    with made.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["municipality"] for row in rows} == {
        CODE,
        "17",
    }  # 17: the whole area's completeness
    mine = [
        row for row in rows if row["municipality"] == CODE and row["measure"] != "invented_data"
    ]
    in_batch = [[v for k, v in row.items() if k not in ("release", "municipality")] for row in mine]
    in_lab = list(csv.reader(StringIO(frames)))[1:]
    assert sorted(in_lab) == sorted(in_batch) and len(in_lab) > 20


def test_a_preparation_run_in_jupyterlab_is_the_batchs(
    lab: Lab, august_draft: Path, tmp_path: Path
) -> None:
    """prepare_area.ipynb, run all over a copy of OUTPUT, hands over the same figures."""
    output = Path(shutil.copytree(august_draft, tmp_path / "outputs"))
    shutil.rmtree(output / "protected")
    sources = lab.sources("notebooks/prepare_area.ipynb")
    tables = sum("_frame(" in source or "write_reconciliation(" in source for source in sources)
    with lab.kernel("notebooks/prepare_area.ipynb") as kernel:
        kernel.run(f"import os\nos.environ['KUNTAKOONTI_OUTPUT'] = {str(output)!r}")
        shown = kernel.run_all(sources)
    assert sum("text/html" in o.get("data", {}) for o in shown) == tables >= 6
    in_lab, in_batch = _handover(output), _handover(august_draft)
    assert len(in_lab) >= 14 and in_lab == in_batch


def _handover(output: Path) -> dict[str, Any]:
    """Every file of a handover; which program made it is not a figure."""
    files = sorted((output / "protected" / "2025-08").glob("*.json"))
    found = {p.name: json.loads(p.read_text(encoding="utf-8")) for p in files}
    found["manifest.json"].pop("program")
    found.pop("statement.json", None)  # the batch adds what its attack found
    found["manifest.json"]["files"].pop("statement.json", None)
    return found
