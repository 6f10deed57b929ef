"""Protected figures as files with a manifest, written by one room and read by the other.

The types are those of the door; this module writes, checks and reads them.
"""

import hashlib
import json
import shutil
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import replace_folder, write_atomic
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, Manifest


def write_handover(
    folder: Path,
    manifest: Manifest,
    annexes: tuple[AnnexFigures, ...],
    more: dict[str, str],
) -> None:
    """Write a release's handover whole or not at all: aside first, then renamed.

    ``more`` are the area's page and the ledger's record as text.
    """
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    texts = {f"{a.municipality}.json": a.model_dump_json(indent=1) for a in annexes} | more
    for name, text in texts.items():
        (aside / name).write_text(text, encoding="utf-8")
    complete = manifest.model_copy(update={"files": {n: _sha256(t) for n, t in texts.items()}})
    (aside / "manifest.json").write_text(complete.model_dump_json(indent=1), encoding="utf-8")
    replace_folder(aside, folder)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a handover; UsageError if there is none."""
    try:
        return Manifest.model_validate_json((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        year, _, kind = folder.name.partition("-")
        first = f"year-end {year}" if "tasaus" in kind else f"month {folder.name}"
        raise UsageError(
            "Julkaisusta {release} ei ole luonnosta. Tee se ensin: kuntakoonti {first} --as-of PÄIVÄ.",
            release=folder.name,
            first=first,
        ) from None


def read_part(folder: Path, name: str) -> str:
    """A file of the handover, checked against the manifest; UsageError if it was changed."""
    expected = read_manifest(folder).files.get(name)
    path = folder / name
    if expected is None or not path.exists():
        known = sorted(p.stem for p in folder.glob("[0-9]*.json"))
        raise UsageError(
            "Luovutuksessa {release} ei ole tiedostoa {file}. Siinä ovat kunnat {known}; jos jokin "
            "puuttuu, tee luonnos uudelleen.",
            release=folder.name,
            file=name,
            known=", ".join(known),
        )
    text = path.read_text(encoding="utf-8")
    if _sha256(text) != expected:
        raise UsageError(
            "Luovutuksen tiedosto {release}/{file} on muuttunut; tee luonnos uudelleen.",
            release=folder.name,
            file=name,
        )
    return text


def read_annex(folder: Path, municipality: str) -> AnnexFigures:
    """One municipality's slice of a handover."""
    return AnnexFigures.model_validate_json(read_part(folder, f"{municipality}.json"))


def read_area(folder: Path) -> AreaFigures:
    """The area's page of a handover."""
    return AreaFigures.model_validate_json(read_part(folder, "area.json"))


def add_part(folder: Path, name: str, text: str) -> None:
    """Add a file to a handover, or put it in the place of an earlier one."""
    manifest = read_manifest(folder)
    files = {**manifest.files, name: _sha256(text)}
    complete = manifest.model_copy(update={"files": files}).model_dump_json(indent=1)
    write_atomic(folder / name, text)
    write_atomic(folder / "manifest.json", complete)


def handover_digest(folder: Path, municipality: str) -> str:
    """SHA-256 of the slice a report is made from, for skipping what is already made."""
    manifest = read_manifest(folder)
    made_from = [manifest.state, manifest.approved_by, manifest.files[f"{municipality}.json"]]
    return _sha256(json.dumps(made_from))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
