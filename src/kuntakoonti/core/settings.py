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
class OutputFolder:
    """A folder of releases and their archive: where in it everything lies.

    A staging folder has the same rooms, and so has `secret`, whose handovers nobody else sees.
    """

    root: Path

    def __str__(self) -> str:
        return str(self.root)

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.jsonl"

    @property
    def index(self) -> Path:
        return self.root / "index.html"

    @property
    def dispatch(self) -> Path:
        """Which file goes to which municipality."""
        return self.root / "dispatch.csv"

    @property
    def sent(self) -> Path:
        """What has been sent."""
        return self.root / "sent.csv"

    @property
    def drafts(self) -> Path:
        return self.root / "draft"

    @property
    def protected(self) -> Path:
        """The handovers, by release."""
        return self.root / "protected"

    @property
    def restricted(self) -> Path:
        """Persons and exact figures; nobody but the owner of the folder reads it."""
        return self.root / "restricted"

    @property
    def secret(self) -> "OutputFolder":
        """The handovers of pages that are not public."""
        return OutputFolder(self.restricted / "secret")

    @property
    def problems(self) -> Path:
        """What the last preparation noted."""
        return self.restricted / "problems.csv"

    @property
    def key(self) -> Path:
        """The key of the fingerprints."""
        return self.restricted / "key"

    @property
    def log(self) -> Path:
        return self.restricted / "log"

    @property
    def made(self) -> Path:
        """What each report was made from."""
        return self.restricted / "made"

    @property
    def verified(self) -> Path:
        """The exact figures that were given out."""
        return self.restricted / "verified"

    @property
    def given_out(self) -> Path:
        """The log of exact figures that were given out."""
        return self.restricted / "verify.jsonl"

    @property
    def pruned(self) -> Path:
        """The log of what was removed because it was older than the area keeps it."""
        return self.restricted / "pruned.jsonl"

    @property
    def recalled(self) -> Path:
        """The log of pages that were sent in error."""
        return self.restricted / "recalled.jsonl"

    @property
    def desk(self) -> Path:
        """The analyst's desk."""
        return self.restricted / "index.html"

    @property
    def list_marks(self) -> Path:
        """The keyed digests of the lists at the root, as they were written."""
        return self.restricted / "lists.json"

    def release(self, name: str) -> Path:
        """The public files of an approved release."""
        return self.root / name

    def draft(self, name: str) -> Path:
        """The files of a draft."""
        return self.drafts / name

    def handover(self, name: str) -> Path:
        return self.protected / name

    def secret_pages(self, name: str) -> Path:
        """The secret pages of an approved release."""
        return self.restricted / "annexes" / name

    def secret_draft(self, name: str) -> Path:
        """The secret pages of a draft."""
        return self.restricted / "annexes" / "draft" / name

    def settled(self, name: str) -> Path:
        """The amounts that a final adjustment settled."""
        return self.restricted / "settled" / f"{name}.json"

    def exact(self, name: str) -> Path:
        """The exact figures of a release."""
        return self.restricted / "area" / f"{name}.csv"

    def recording(self, name: str) -> Path:
        """What was recorded lately before a release, and where it has stalled."""
        return self.restricted / "foresight" / f"{name}-recording.csv"

    @property
    def private_rooms(self) -> tuple[Path, ...]:
        """The folders that only their owner reads."""
        return self.restricted, self.protected, self.drafts

    def open_rooms(self) -> list[Path]:
        """The private rooms that others than the owner can read."""
        return [room for room in self.private_rooms if _is_open(room)]

    def close_restricted(self) -> Path:
        """`restricted`, made if it is not there; every private folder readable by its owner only."""
        self.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.close_rooms()
        return self.restricted

    def close_rooms(self) -> None:
        """Every folder in a private room that is there, readable by its owner only; no link is followed."""
        for room in self.private_rooms:
            for folder in () if room.is_symlink() else (room, *room.rglob("*")):
                if _is_open(folder):
                    folder.chmod(0o700)

    def private(self, name: str) -> Path:
        """A folder in `restricted`, made so that only its owner reads it."""
        folder = self.close_restricted() / name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder


def _is_open(path: Path) -> bool:
    """Whether others than its owner can read a folder."""
    return path.is_dir() and not path.is_symlink() and bool(path.stat().st_mode & 0o077)


@dataclass(frozen=True)
class Settings:
    """The folders of a run.

    ``KUNTAKOONTI_DATA`` input tables, ``KUNTAKOONTI_PARAMETERS`` yml files, ``KUNTAKOONTI_OUTPUT``
    releases and archive, ``KUNTAKOONTI_STAGE`` where a preparation puts what it makes until all of
    it is there.
    """

    data: Path
    parameters: Path
    output: OutputFolder
    stage: OutputFolder | None = None

    @property
    def target(self) -> OutputFolder:
        """Where a preparation writes: the staging folder, by hand OUTPUT itself."""
        return self.stage or self.output

    def environment(self) -> dict[str, str]:
        """The variables that give a notebook's kernel these settings."""
        folders = {"DATA": self.data, "PARAMETERS": self.parameters, "OUTPUT": self.output.root}
        if self.stage:
            folders["STAGE"] = self.stage.root
        return {f"KUNTAKOONTI_{name}": str(path) for name, path in folders.items()}


def settings_here() -> Settings:
    """The settings of this process: environment variables, else the project's own folders."""

    def folder(name: str, default: Path) -> Path:
        return Path(os.environ.get(f"KUNTAKOONTI_{name}") or default)

    stage = os.environ.get("KUNTAKOONTI_STAGE")
    return Settings(
        folder("DATA", WORKPLACE / "data/example"),
        folder("PARAMETERS", PROJECT / "parameters"),
        OutputFolder(folder("OUTPUT", WORKPLACE / "outputs")),
        OutputFolder(Path(stage)) if stage else None,
    )
