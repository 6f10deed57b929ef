"""Where a run reads and writes: the environment, else the project of the installed command."""

import os
from dataclasses import dataclass
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[3]
_IS_CHECKOUT = (_CHECKOUT / "notebooks" / "prepare_area.ipynb").exists()
# Notebooks and parameters: beside the source in a checkout, inside the package in a wheel.
PROJECT = _CHECKOUT if _IS_CHECKOUT else Path(__file__).resolve().parents[1] / "project"
# Where a run reads records and writes when nothing else is said: an installed package is no place.
WORKPLACE = _CHECKOUT if _IS_CHECKOUT else Path()


@dataclass(frozen=True)
class Settings:
    """The folders of a run.

    ``KUNTAKOONTI_DATA`` input tables, ``KUNTAKOONTI_PARAMETERS`` yml files, ``KUNTAKOONTI_OUTPUT``
    releases and archive, ``KUNTAKOONTI_STAGE`` where a batch puts what is not finished yet.
    """

    data: Path
    parameters: Path
    output: Path
    stage: Path | None = None

    @property
    def ledger(self) -> Path:
        return self.output / "ledger.jsonl"

    @property
    def protected(self) -> Path:
        return (self.stage or self.output) / "protected"

    @property
    def restricted(self) -> Path:
        return (self.stage or self.output) / "restricted"

    def private(self, name: str) -> Path:
        """A folder in ``restricted/``, made so that only its owner reads it."""
        self.restricted.mkdir(parents=True, exist_ok=True)
        self.restricted.chmod(0o700)
        folder = self.restricted / name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def environment(self) -> dict[str, str]:
        """The variables that give a notebook's kernel these settings."""
        folders = {"DATA": self.data, "PARAMETERS": self.parameters, "OUTPUT": self.output}
        if self.stage:
            folders["STAGE"] = self.stage
        return {f"KUNTAKOONTI_{name}": str(path) for name, path in folders.items()}


def settings_here() -> Settings:
    """The settings of this process: environment variables, else the project's own folders."""

    def folder(name: str, default: Path) -> Path:
        return Path(os.environ.get(f"KUNTAKOONTI_{name}") or default)

    stage = os.environ.get("KUNTAKOONTI_STAGE")
    return Settings(
        folder("DATA", WORKPLACE / "data/example"),
        folder("PARAMETERS", PROJECT / "parameters"),
        folder("OUTPUT", WORKPLACE / "outputs"),
        Path(stage) if stage else None,
    )
