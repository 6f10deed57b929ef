"""The rooms import only what stands below them: the contracts of import-linter in pyproject.toml."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from worlds.places import PROJECT


def test_the_rooms_import_only_what_stands_below_them() -> None:
    """`make lint` says which import stands against which contract."""
    assert lint_imports(str(PROJECT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS
