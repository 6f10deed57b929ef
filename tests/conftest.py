"""Worlds that several tests look at: made once per session, by the command line, on real files."""

import os
import shutil
from pathlib import Path

import pytest
from matplotlib import rcParams  # noqa: F401  (loaded before the first fork, as in a batch)
from two_members import TwoMembers, make_two_members

from kuntakoonti.cli.main import main

PROJECT = Path(__file__).parents[1]
EXAMPLE = PROJECT / "data" / "example"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test starts without the settings of the shell it runs in."""
    for name in [n for n in os.environ if n.startswith("KUNTAKOONTI_")]:
        if name != "KUNTAKOONTI_APPROVE_PAGES":
            monkeypatch.delenv(name)


def run_month(month: str, as_of: str, output: Path, *more: str) -> int:
    """`kuntakoonti month` on the example data."""
    words = ["month", month, "--as-of", as_of, "--data", str(EXAMPLE), "--output", str(output)]
    return main([*words, *more])


@pytest.fixture(scope="session")
def _released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("released") / "outputs"
    assert run_month("2025-08", "2025-09-15", output, "--approve-by", "controller") == 0
    return output


@pytest.fixture(scope="session")
def _drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("drafted") / "outputs"
    two = ("--municipality", "857", "--municipality", "844")
    assert run_month("2025-08", "2025-09-15", output, *two) == 0
    return output


@pytest.fixture
def released(_released: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own with August 2025 approved for all eleven municipalities."""
    return Path(shutil.copytree(_released, tmp_path / "released"))


@pytest.fixture
def drafted(_drafted: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own with August 2025 drafted, two municipalities rendered."""
    return Path(shutil.copytree(_drafted, tmp_path / "drafted"))


@pytest.fixture(scope="session")
def two_members(tmp_path_factory: pytest.TempPathFactory) -> TwoMembers:
    """Parameters and records of an area of two municipalities; nothing is prepared."""
    return make_two_members(tmp_path_factory.mktemp("two"))
