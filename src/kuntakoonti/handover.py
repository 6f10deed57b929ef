"""The door: protected figures as files with a manifest, written by one room and read by the other.

Everything that the open room knows is one of these types. They refuse unknown fields, hold figures
that the publication rules made visible, and have no place for a person.
"""

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from kuntakoonti.disk import write_aside
from kuntakoonti.errors import UsageError
from kuntakoonti.protected import (
    Cell,
    Correction,
    Finding,
    Invoice,
    Measure,
    Mismatch,
    Plan,
    Status,
)
from kuntakoonti.rules import ANY, LanguageCode, Texts

__all__ = [
    "ANY",
    "AnnexFigures",
    "AreaFigures",
    "Cell",
    "Correction",
    "Finding",
    "Invoice",
    "Manifest",
    "Measure",
    "MemberFacts",
    "Mismatch",
    "OutlookFacts",
    "Plan",
    "ReleaseFacts",
    "ServiceFacts",
    "Status",
    "read_annex",
    "read_manifest",
    "write_handover",
]  # fmt: skip


class Door(BaseModel):
    """What goes through the door: it refuses a field that it does not have, and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceFacts(Door):
    """A service as a page names it; ``also`` are supports counted in it (55+)."""

    name: str
    label: Texts
    statute: str
    closing_lag: int
    also: tuple[Texts, ...] = ()
    late_claims: Texts | None = None


class OutlookFacts(Door):
    """How a release's forecasts were made.

    ``trials``: earlier forecasts that the ranges come from; ``percent``: what a range should hold;
    ``deadlines``: service → months in which its cost can be claimed by law, None by contract.
    """

    method: Literal["client_months", "blend", "budget", "recorded", "none"]
    trials: int
    percent: int
    deadlines: dict[str, int | None]


class MemberFacts(Door):
    """A member as the area's page names it."""

    code: str
    name: Texts


class ReleaseFacts(Door):
    """What is the same on every annex of a release.

    ``kind``: a month, a year's estimate before its closing date (``tasausarvio``), or its final
    adjustment (``tasaus``). ``coarse``: R9's publication of budgets and advances only. ``outlook``:
    of a year that is still open.
    ``language`` is the area's, ``languages`` those of the board's page.
    """

    release: str
    kind: Literal["month", "estimate", "final"]
    members: tuple[MemberFacts, ...]
    month: str
    as_of: date
    invoice_period: str
    version: int
    area_code: str
    area: Texts
    sender: Texts
    host: str
    case_number: str
    contact: Texts
    objection_days: int
    threshold: int
    residence_day: str
    advance_schedule: str
    year_closing_day: date
    services: tuple[ServiceFacts, ...]
    excluded: tuple[Texts, ...]
    cost_difference_cents: int
    coarse: bool = False
    language: LanguageCode = "fi"
    languages: tuple[LanguageCode, ...] = ("fi",)
    outlook: OutlookFacts | None = None


class AnnexFigures(Door):
    """The slice of one municipality: its protected cells and the area's percentages, its invoices,
    its plan."""

    municipality: str
    name: Texts
    population: int | None
    facts: ReleaseFacts
    plans: dict[str, Plan]
    cells: tuple[Cell, ...]
    closed_now: tuple[tuple[str, str], ...]
    invoices: tuple[Invoice, ...]
    mismatches: tuple[Mismatch, ...]
    secret: bool = False
    corrections: tuple[Correction, ...] = ()
    languages: tuple[LanguageCode, ...] = ("fi",)


class MemberCells(Door):
    """A member's published figures that stand on the area's page."""

    code: str
    name: Texts
    cells: tuple[Cell, ...]


class AreaFigures(Door):
    """R8: the area's page. ``cells`` are sums of members' published figures, and the percentages of
    the whole area that every member's page has (decision 0024).

    ``missing``: (service, period) of a sum of clients → the members that are not in it.
    """

    facts: ReleaseFacts
    members: tuple[MemberCells, ...]
    cells: tuple[Cell, ...]
    missing: dict[str, tuple[str, ...]]
    unpublished: tuple[str, ...]
    corrections: tuple[Correction, ...] = ()


class Manifest(Door):
    """What a handover was made of; ``files``: name → SHA-256. Hashes of inputs are keyed.

    ``languages``: asked for by ``--language`` instead of the members' own; empty if not.
    """

    release: str
    month: str
    as_of: date
    state: Literal["draft", "approved"]
    approved_by: str
    archive_head: str
    inputs: str
    parameters: str
    program: str
    files: dict[str, str]
    languages: tuple[LanguageCode, ...] = ()


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


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in a target's place; the old one goes away only after, or comes back."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.replace(old)
    try:
        new.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


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
    write_aside(folder / name, text)
    write_aside(folder / "manifest.json", complete)


def handover_digest(folder: Path, municipality: str) -> str:
    """SHA-256 of the slice a report is made from, for skipping what is already made."""
    manifest = read_manifest(folder)
    made_from = [manifest.state, manifest.approved_by, manifest.files[f"{municipality}.json"]]
    return _sha256(json.dumps(made_from))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
