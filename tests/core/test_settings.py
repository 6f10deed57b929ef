"""The folders of a run, in this process and in a kernel."""

from pathlib import Path

import pytest

from kuntakoonti.core.settings import PROJECT, OutputFolder, Settings, settings_here


def test_settings_are_the_projects_own_folders() -> None:
    """Without variables, wherever the process stands."""
    here = settings_here()
    assert here.data == PROJECT / "data" / "example" and here.data.is_dir()
    assert here.parameters == PROJECT / "parameters" and here.parameters.is_dir()
    assert (here.output.root, here.stage) == (PROJECT / "outputs", None)
    assert here.output.ledger == PROJECT / "outputs" / "ledger.jsonl"


@pytest.mark.parametrize("stage", [None, OutputFolder(Path("/x/stage"))])
def test_settings_go_to_a_kernel_and_come_back(
    stage: OutputFolder | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment of one process makes the same settings in another."""
    settings = Settings(Path("/x/data"), Path("/x/parameters"), OutputFolder(Path("/x/out")), stage)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert settings_here() == settings


def test_a_preparation_writes_to_its_stage() -> None:
    """By hand it writes to OUTPUT itself; what was published is read from there either way."""
    output, stage = OutputFolder(Path("o")), OutputFolder(Path("s"))
    assert Settings(Path("d"), Path("p"), output).target == output
    staged = Settings(Path("d"), Path("p"), output, stage)
    assert (staged.target, staged.output) == (stage, output)


def test_the_secret_handovers_are_in_restricted_in_every_output_folder() -> None:
    """A staging folder has the rooms of OUTPUT, so that what is made there is put in the same place."""
    for root in (Path("o"), Path("s")):
        place = OutputFolder(root)
        assert place.secret.handover("2025-tasaus").is_relative_to(place.restricted)
        assert place.secret_pages("2025-tasaus").is_relative_to(place.restricted)
        assert not place.handover("2025-tasaus").is_relative_to(place.restricted)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """``KUNTAKOONTI_OUTPUT=`` does not mean the current folder."""
    for name in ("DATA", "PARAMETERS", "OUTPUT", "STAGE"):
        monkeypatch.setenv(f"KUNTAKOONTI_{name}", "")
    here = settings_here()
    assert here.output.root == PROJECT / "outputs" and here.stage is None
