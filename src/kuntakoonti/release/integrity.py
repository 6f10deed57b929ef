"""Whether the ledger and the files of an OUTPUT folder belong together, and what is missing of them."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Archive, Record, read_archive
from kuntakoonti.public.pages import Manifest
from kuntakoonti.release.lists import sha256_of

_MISSING = message("{release}  MISSING {file}. Make it again: {command}")
_CHANGED = message("{release}  CHANGED {file}. Make it again: {command}")


@dataclass(frozen=True)
class Damage:
    """What is wrong with an approved release: its public files, or the handover they are made from.

    File names are relative to their folder; ``lost``: the release's whole folder is not there.
    """

    release: str
    lost: bool
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    handover: bool

    @property
    def pages(self) -> bool:
        """Whether public files have to be rendered again."""
        return self.lost or bool(self.missing or self.changed)


def refuse_unknown_releases(output: OutputFolder, archive: Archive) -> None:
    """UsageError if the folder holds releases that the ledger does not know, or other ones.

    A lost ledger, one restored from an older backup and one of another area all show in that.
    """
    known = {record.release: record for record in archive.records}
    released = _released(output)
    if released and not output.ledger.exists():
        raise UsageError(
            "The folder {folder} has releases ({releases}) but no ledger ledger.jsonl. Restore it "
            "from a backup; nothing is published without it.",
            folder=output.root.name,
            releases=", ".join(released),
        )
    unknown = [name for name in released if name not in known]
    if unknown:
        raise UsageError(
            "The ledger ledger.jsonl does not know the folder's releases {releases}: it is an "
            "older backup, cut off or of another area. Restore the newest ledger.jsonl; nothing "
            "was published.",
            releases=", ".join(unknown),
        )
    others = [name for name, manifest in released.items() if not _same(manifest, known[name])]
    if others:
        raise UsageError(
            "The ledger ledger.jsonl is of another area or of other data: {releases} is another "
            "release there than in the folder. Restore this folder's own ledger.jsonl; nothing "
            "was published.",
            releases=", ".join(others),
        )


def refuse_other_area(archive: Archive, area_code: str) -> None:
    """UsageError if the ledger has sums of another area than the parameters."""
    areas = {c.municipality for r in archive.records for c in r.cells if len(c.municipality) != 3}
    if areas - {area_code}:
        raise UsageError(
            "The ledger ledger.jsonl is of area {areas}, and the parameters are of area {area}. "
            "Give the right --parameters or --output; every area has its own ledger.",
            areas=", ".join(sorted(areas)),
            area=area_code,
        )


def damage_of(output: OutputFolder, record: Record) -> Damage | None:
    """What is missing or changed of an approved release; None if it is whole."""
    root = output.release(record.release)
    manifest = _manifest(root)
    files = manifest.files if manifest else {}
    missing = [name for name in files if not (root / name).exists()]
    changed = [
        name for name in files if name not in missing and sha256_of(root / name) != files[name]
    ]
    if manifest is None:
        missing = ["manifest.json"]
    found = Damage(
        release=record.release,
        lost=not root.exists(),
        missing=tuple(missing),
        changed=tuple(changed),
        handover=not _whole(output.handover(record.release)),
    )
    return found if found.pages or found.handover else None


def say_damage(damage: Damage, say: Messenger) -> None:
    """What the analyst reads of a damage: what it is, and what to do."""
    again = f"kuntakoonti approve {damage.release} --by …"
    if damage.lost:
        say(
            "{release}  THE FILES ARE MISSING. Make them again: {command}",
            release=damage.release,
            command=again,
        )
    for kind, names in ((_MISSING, damage.missing), (_CHANGED, damage.changed)):
        for name in () if damage.lost else names:
            say(kind, release=damage.release, file=name, command=again)
    if damage.handover:
        say(
            "{release}  THE HANDOVER protected/{release} is missing or has changed. Restore it "
            "from a backup.",
            release=damage.release,
        )


def _released(output: OutputFolder) -> dict[str, Manifest | None]:
    """Every release whose public folder or approved handover is there, by name."""
    if not output.root.exists():
        return {}
    folders = [p for p in output.root.iterdir() if p.is_dir() and ReleaseName(p.name).is_valid]
    found = {p.name: _manifest(p) for p in folders}
    for path in output.protected.glob("[0-9]*/manifest.json"):
        manifest = _manifest(path.parent)
        if manifest and manifest.state == "approved":
            found.setdefault(path.parent.name, manifest)
    return dict(sorted(found.items()))


def _same(manifest: Manifest | None, record: Record) -> bool:
    """Whether a manifest is of the ledger's release; one that cannot be read says nothing."""
    if manifest is None:
        return True
    made_of = (manifest.as_of, manifest.inputs, manifest.parameters)
    return made_of == (record.as_of, record.inputs, record.parameters)


def _manifest(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except (UsageError, ValidationError):
        return None


def _whole(handover: Path) -> bool:
    """Whether a handover has every file of its manifest, unchanged."""
    manifest = _manifest(handover)
    if manifest is None:
        return False
    return all(
        (handover / name).exists() and sha256_of(handover / name) == digest
        for name, digest in manifest.files.items()
    )


def verified_archive(output: OutputFolder) -> Archive:
    """The archive; UsageError if its ledger was changed, is lost or is not this folder's."""
    archive = read_archive(output.ledger)
    refuse_unknown_releases(output, archive)
    return archive


def open_archive(output: OutputFolder, say: Messenger) -> Archive:
    """The verified archive; a new one is announced."""
    archive = verified_archive(output)
    if not output.ledger.exists():
        say(
            "New ledger: the folder {folder} has no approved releases yet.",
            folder=output,
        )
    return archive
