"""A home that cannot be written to is no reason to stop, and leaves nothing behind."""

import os
from pathlib import Path

import pytest

from kuntakoonti.cli.surroundings import USUAL, places_for_libraries


@pytest.mark.parametrize("home", ["/dev/null/home", "/proc/none"])
def test_libraries_get_folders_where_the_home_has_none(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file on the way, or a folder that allows what its disk then refuses."""
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("IPYTHONDIR", f"{home}/ipython")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    with places_for_libraries():
        given = [Path(os.environ[name]) for name in USUAL]
        for folder in given:
            (folder / "x").write_text("x", encoding="utf-8")
    assert not any(folder.parent.exists() for folder in given)
    assert os.environ["IPYTHONDIR"] == f"{home}/ipython" and "MPLCONFIGDIR" not in os.environ


def test_those_of_the_user_are_used_where_they_can_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in USUAL:
        monkeypatch.delenv(name, raising=False)
    with places_for_libraries():
        assert not set(USUAL) & set(os.environ)
    assert list(tmp_path.iterdir()) == []
