"""Worlds that several tests look at: made once for all workers, by the command line, on real files."""

import os
import shutil
from pathlib import Path

import pytest
from matplotlib import rcParams  # noqa: F401  (loaded before the first fork, as in a batch)
from worlds.examples import register_profiles
from worlds.once import made_once
from worlds.releases import make_five_releases, publish_year, run_month, run_year_end
from worlds.two_members import TwoMembers, make_archive, make_two_members

LONG_FIRST = ("journeys", "release", "pages", "export", "attack", "runner")

register_profiles()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders with long files first, so that the workers of a run end at the same time."""
    order = {name: place for place, name in enumerate(LONG_FIRST)}
    tests = Path(__file__).parent
    items.sort(key=lambda i: order.get(i.path.relative_to(tests).parts[0], len(order)))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test starts without the settings of the shell it runs in."""
    for name in [n for n in os.environ if n.startswith("KUNTAKOONTI_")]:
        if name != "KUNTAKOONTI_APPROVE_PAGES":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def august(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read: August 2025 approved for all eleven municipalities."""

    def make(output: Path) -> None:
        assert run_month("2025-08", "2025-09-15", output, "--approve-by", "controller") == 0

    return made_once(tmp_path_factory, "august", make)


@pytest.fixture(scope="session")
def august_draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read: August 2025 drafted, two municipalities rendered."""
    two = ("--municipality", "857", "--municipality", "844")

    def make(output: Path) -> None:
        assert run_month("2025-08", "2025-09-15", output, *two) == 0

    return made_once(tmp_path_factory, "august_draft", make)


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read: August 2025 and the final adjustment of 2025 approved, in every format."""

    def make(output: Path) -> None:
        assert run_month("2025-08", "2025-09-15", output, "--approve-by", "controller") == 0
        assert run_year_end("2025", "2026-02-28", output, "--approve-by", "controller") == 0

    return made_once(tmp_path_factory, "settled", make)


@pytest.fixture(scope="session")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read: the final adjustments of 2025 and 2026 approved."""

    def make(output: Path) -> None:
        for year, as_of in {"2025": "2026-02-28", "2026": "2027-02-28"}.items():
            assert run_year_end(year, as_of, output, "--approve-by", "controller") == 0

    return made_once(tmp_path_factory, "two_years", make)


@pytest.fixture(scope="session")
def five_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read: releases in a row, of which some pages are rendered."""
    return made_once(tmp_path_factory, "five_releases", make_five_releases) / "outputs"


@pytest.fixture(scope="session")
def year_in_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OUTPUT to read: twelve months and the final adjustment, as the ledger has them."""
    return made_once(tmp_path_factory, "year_in_ledger", publish_year)


@pytest.fixture
def released(august: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own with August 2025 approved for all eleven municipalities."""
    return Path(shutil.copytree(august, tmp_path / "released"))


@pytest.fixture
def drafted(august_draft: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own with August 2025 drafted, two municipalities rendered."""
    return Path(shutil.copytree(august_draft, tmp_path / "drafted"))


@pytest.fixture(scope="session")
def two_members(tmp_path_factory: pytest.TempPathFactory) -> TwoMembers:
    """Parameters and records of an area of two municipalities; nothing is prepared."""
    return TwoMembers(made_once(tmp_path_factory, "two_members", make_two_members))


@pytest.fixture(scope="session")
def archive_to_read(tmp_path_factory: pytest.TempPathFactory, two_members: TwoMembers) -> Path:
    """August of an area of two approved, exact figures given out, a package sent."""
    return made_once(
        tmp_path_factory, "two_members_archive", lambda output: make_archive(two_members, output)
    )


@pytest.fixture
def archive(archive_to_read: Path, tmp_path: Path) -> Path:
    """An OUTPUT of its own of that area."""
    return Path(shutil.copytree(archive_to_read, tmp_path / "outputs"))
