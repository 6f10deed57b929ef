"""Whether the ledger and the files of an OUTPUT folder belong together, and what is missing of them."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import is_release
from kuntakoonti.core.settings import Settings
from kuntakoonti.public.handover import read_manifest
from kuntakoonti.public.ledger import Archive, Record, read_archive
from kuntakoonti.public.pages import Manifest
from kuntakoonti.release.output_folder import sha256_of

_MISSING = message("{release}  PUUTTUU {file}. Tee uudelleen: {command}")
_CHANGED = message("{release}  MUUTTUNUT {file}. Tee uudelleen: {command}")


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


def refuse_unknown_releases(settings: Settings, archive: Archive) -> None:
    """UsageError if the folder holds releases that the ledger does not know, or other ones.

    A lost ledger, one restored from an older backup and one of another area all show in that.
    """
    known = {record.release: record for record in archive.records}
    released = _released(settings)
    if released and not settings.ledger.exists():
        raise UsageError(
            "Kansiossa {folder} on julkaisuja ({releases}) mutta ei arkistoa ledger.jsonl. Palauta se "
            "varmuuskopiosta; ilman sitä ei julkaista.",
            folder=settings.output.name,
            releases=", ".join(released),
        )
    unknown = [name for name in released if name not in known]
    if unknown:
        raise UsageError(
            "Arkisto ledger.jsonl ei tunne kansion julkaisuja {releases}: se on vanhempi "
            "varmuuskopio, katkennut tai toisen alueen. Palauta uusin ledger.jsonl; mitään ei julkaistu.",
            releases=", ".join(unknown),
        )
    others = [name for name, manifest in released.items() if not _same(manifest, known[name])]
    if others:
        raise UsageError(
            "Arkisto ledger.jsonl on toisen alueen tai toisista tiedoista: {releases} on siinä toinen "
            "julkaisu kuin kansiossa. Palauta tämän kansion oma ledger.jsonl; mitään ei julkaistu.",
            releases=", ".join(others),
        )


def refuse_other_area(archive: Archive, area_code: str) -> None:
    """UsageError if the ledger has sums of another area than the parameters."""
    areas = {c.municipality for r in archive.records for c in r.cells if len(c.municipality) != 3}
    if areas - {area_code}:
        raise UsageError(
            "Arkisto ledger.jsonl on alueen {areas}, ja parametrit ovat alueen {area}. Anna oikea "
            "--parameters tai --output; jokaisella alueella on oma arkisto.",
            areas=", ".join(sorted(areas)),
            area=area_code,
        )


def damage_of(settings: Settings, record: Record) -> Damage | None:
    """What is missing or changed of an approved release; None if it is whole."""
    root = settings.output / record.release
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
        handover=not _whole(settings.protected / record.release),
    )
    return found if found.pages or found.handover else None


def say_damage(damage: Damage, say: Messenger) -> None:
    """What the analyst reads of a damage: what it is, and what to do."""
    again = f"kuntakoonti approve {damage.release} --by …"
    if damage.lost:
        say(
            "{release}  TIEDOSTOT PUUTTUVAT. Tee uudelleen: {command}",
            release=damage.release,
            command=again,
        )
    for kind, names in ((_MISSING, damage.missing), (_CHANGED, damage.changed)):
        for name in () if damage.lost else names:
            say(kind, release=damage.release, file=name, command=again)
    if damage.handover:
        say(
            "{release}  LUOVUTUS protected/{release} puuttuu tai on muuttunut. Palauta se "
            "varmuuskopiosta.",
            release=damage.release,
        )


def _released(settings: Settings) -> dict[str, Manifest | None]:
    """Every release whose public folder or approved handover is there, by name."""
    if not settings.output.exists():
        return {}
    folders = [p for p in settings.output.iterdir() if p.is_dir() and is_release(p.name)]
    found = {p.name: _manifest(p) for p in folders}
    for path in settings.protected.glob("[0-9]*/manifest.json"):
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


def open_archive(settings: Settings, say: Messenger) -> Archive:
    """The verified archive; a new one is announced, one that is lost or not this folder's stops."""
    archive = read_archive(settings.ledger)
    refuse_unknown_releases(settings, archive)
    if not settings.ledger.exists():
        say(
            "Uusi arkisto: kansiossa {folder} ei ole vielä hyväksyttyjä julkaisuja.",
            folder=settings.output,
        )
    return archive
