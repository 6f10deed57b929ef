"""Protected figures as files with a manifest, written by one room and read by the other.

The types are those of the door; this module writes, checks and reads them.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import replace_folder, write_atomic
from kuntakoonti.core.read_back import is_there, parsed, text_of
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.public.ledger import Record, record_of
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, Manifest

T = TypeVar("T")
MANIFEST, AREA, RECORD = "manifest.json", "area.json", "record.json"


@dataclass(frozen=True)
class Handover:
    """A release's handover, opened once: its manifest, and parts that are checked as they are read.

    Nothing is read twice. What changes it makes a new one of the same folder.
    """

    folder: Path
    manifest: Manifest

    @property
    def release(self) -> ReleaseName:
        return ReleaseName(self.manifest.release)

    @property
    def is_draft(self) -> bool:
        return self.manifest.state == "draft"

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The municipalities that it has a slice of."""
        return tuple(sorted(name[:-5] for name in self.manifest.files if name[0].isdigit()))

    @cached_property
    def annexes(self) -> tuple[AnnexFigures, ...]:
        """The slices, in the order of their codes."""
        return tuple(self.annex(code) for code in self.codes)

    @cached_property
    def area(self) -> AreaFigures:
        """The area's page."""
        return self.read(AREA, AreaFigures.model_validate_json)

    @cached_property
    def record(self) -> Record:
        """The ledger's record of the release, as it was prepared."""
        return self.read(RECORD, lambda text: record_of(json.loads(text)))

    def annex(self, municipality: str) -> AnnexFigures:
        """One municipality's slice; UsageError if there is none or it was changed."""
        if municipality not in self._annexes:
            read = self.read(f"{municipality}.json", AnnexFigures.model_validate_json)
            self._annexes[municipality] = read
        return self._annexes[municipality]

    def part(self, name: str) -> str:
        """A file, checked against the manifest; UsageError if there is none or it was changed."""
        expected, path = self.manifest.files.get(name), self.folder / name
        if expected is None or not is_there(path):
            raise UsageError(
                "The handover {release} has no file {file}. It has the municipalities {known}; if "
                "one is missing, make the draft again.",
                release=self.folder.name,
                file=name,
                known=", ".join(sorted(p.stem for p in self.folder.glob("[0-9]*.json"))),
            )
        text = text_of(path)
        if _sha256(text) != expected:
            raise UsageError(
                "The file {release}/{file} of the handover has changed; make the draft again.",
                release=self.folder.name,
                file=name,
            )
        return text

    def whole(self) -> "Handover":
        """The handover itself; UsageError if any file of it is missing or was changed."""
        for name in self.manifest.files:
            self.part(name)
        return self

    def read(self, name: str, form: Callable[[str], T]) -> T:
        """What ``form`` makes of a file; UsageError also if it has another form."""
        return parsed(self.folder / name, self.part(name), form)

    def digest(self, name: str) -> str:
        """SHA-256 of what a report is made from, by its file, for skipping what is already made."""
        manifest = self.manifest
        made_from = [manifest.state, manifest.approved_by, manifest.files.get(name, "")]
        return _sha256(json.dumps(made_from))

    def with_part(self, name: str, text: str) -> "Handover":
        """The handover with a file added, or put in the place of an earlier one; written."""
        write_atomic(self.folder / name, text)
        return self.but(files={**self.manifest.files, name: _sha256(text)}).write_manifest()

    def but(self, **changes: object) -> "Handover":
        """The handover as it would be with other values in its manifest; nothing is written."""
        changed = Handover(self.folder, self.manifest.model_copy(update=changes))
        changed._annexes.update(self._annexes)
        return changed

    def write_manifest(self) -> "Handover":
        """Write the manifest as it is here; returns the handover."""
        write_atomic(self.folder / MANIFEST, self.manifest.model_dump_json(indent=1))
        return self

    @cached_property
    def _annexes(self) -> dict[str, AnnexFigures]:
        return {}


def open_handover(folder: Path) -> Handover:
    """The handover in a folder; UsageError if there is none."""
    return Handover(folder, read_manifest(folder))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a handover, or of an approved release; UsageError if there is none."""
    if not is_there(folder):
        name = ReleaseName(folder.name)
        first = f"month {name}" if name.kind == "month" else f"year-end {name.year}"
        raise UsageError(
            "There is no draft of {release}. Make it first: kuntakoonti {first} --as-of DATE.",
            release=name,
            first=first,
        )
    return parsed(folder / MANIFEST, text_of(folder / MANIFEST), _manifest_in)


def _manifest_in(text: str) -> Manifest:
    """The manifest of a text; ValueError if it names no release or a file outside its folder."""
    manifest = Manifest.model_validate_json(text)
    if not ReleaseName(manifest.release).is_valid or not all(
        _is_inside(name) for name in manifest.files
    ):
        raise ValueError("no release, or a file outside the folder")
    return manifest


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and "\0" not in name and not path.is_absolute() and ".." not in path.parts


def write_handover(
    folder: Path,
    manifest: Manifest,
    annexes: tuple[AnnexFigures, ...],
    more: Mapping[str, str],
) -> Handover:
    """Write a release's handover whole or not at all: aside first, then renamed.

    ``more`` are the area's page and the ledger's record as text.
    """
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    texts = {f"{a.municipality}.json": a.model_dump_json(indent=1) for a in annexes} | dict(more)
    for name, text in texts.items():
        (aside / name).write_text(text, encoding="utf-8")
    complete = manifest.model_copy(update={"files": {n: _sha256(t) for n, t in texts.items()}})
    (aside / MANIFEST).write_text(complete.model_dump_json(indent=1), encoding="utf-8")
    replace_folder(aside, folder)
    return Handover(folder, complete)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
