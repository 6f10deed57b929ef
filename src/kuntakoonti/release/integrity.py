"""Whether the ledger and the files of an OUTPUT folder belong together, and what is missing of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.read_back import is_there
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.handover import MANIFEST, read_manifest
from kuntakoonti.public.ledger import Archive, Record, read_archive
from kuntakoonti.public.pages import Manifest
from kuntakoonti.release.anchors import handover_changed, manifest_digest
from kuntakoonti.release.lists import changed_lists, sha256_of

_MISSING = message("{release}  MISSING {file}. Make it again: {command}")
_CHANGED = message("{release}  CHANGED {file}. Make it again: {command}")
_LINK = message(
    "{release}  LINK {file}: a release has no links, and nothing behind one is read or sent. Remove "
    "it."
)
_CHANGED_LIST = message(
    "CHANGED {file}. Make it again by approving the newest release again: kuntakoonti approve"
)
_CHANGED_SENT = message("CHANGED {file}. Restore it from a backup.")
_STRAY = message("{release}  NOT OF THE RELEASE {file}: it is neither sent nor in the way.")


@dataclass(frozen=True)
class Damage:
    """What is wrong with an approved release: its public files, or the handover they are made from.

    File names are relative to their folder; ``lost``: the release's whole folder is not there.
    ``strays`` lie beside what was made, which is no damage; ``links`` are links of any kind.
    """

    release: str
    lost: bool
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    handover: bool
    links: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()

    @property
    def pages(self) -> bool:
        """Whether public files have to be rendered again."""
        return self.lost or bool(self.missing or self.changed)

    @property
    def harms(self) -> bool:
        """Whether anything is wrong: strays are not."""
        return self.pages or self.handover or bool(self.links)


def refuse_unknown_releases(output: OutputFolder, archive: Archive) -> None:
    """UsageError if the folder holds releases that the ledger does not know, or other ones.

    A lost ledger, one restored from an older backup and one of another area all show in that.
    """
    known = {record.release: record for record in archive.records}
    released = _released(output)
    if released and not is_there(output.ledger):
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


def damage_of(output: OutputFolder, archive: Archive, record: Record) -> Damage:
    """What is missing, changed, linked or lying about of an approved release."""
    root, line = output.release(record.release), archive.made.get(record.release)
    manifest = _manifest(root) if root.is_dir() and not root.is_symlink() else None
    files = manifest.files if manifest else {}
    links, others = _beside(root, files)
    whole = [name for name in files if (root / name).is_file() and not _through_link(root, name)]
    changed = [name for name in whole if sha256_of(root / name) != files[name]]
    missing = [name for name in files if name not in whole]
    if manifest is None:
        missing.append(MANIFEST)
    elif line and manifest_digest(root) != line.manifest:
        changed.append(MANIFEST)
    return Damage(
        release=record.release,
        lost=not root.is_dir() or root.is_symlink(),
        missing=tuple(missing),
        changed=tuple(changed),
        handover=not _whole(output.handover(record.release))
        or handover_changed(output, archive, record.release),
        links=tuple(links),
        strays=tuple(others),
    )


def _beside(root: Path, files: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Links in a release's folder, and what else lies there that was not made; no link is followed."""
    made = {MANIFEST, *files}
    folders = {str(p) for name in made for p in PurePosixPath(name).parents}
    links, others, waiting = list[str](), list[str](), [root] if root.is_dir() else []
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            name = path.relative_to(root).as_posix()
            if path.is_symlink():
                links.append(name)
            elif path.is_dir() and name in folders:
                waiting.append(path)
            elif name not in made:
                others.append(f"{name}/" if path.is_dir() else name)
    return sorted(links), sorted(others)


def _through_link(root: Path, name: str) -> bool:
    """Whether a file, or a folder on the way to it, is a link."""
    path = root / name
    return any(p.is_symlink() for p in (path, *path.parents) if p.is_relative_to(root))


def say_damage(damage: Damage, say: Messenger) -> None:
    """What the analyst reads of a damage: what it is, and what to do; then what lies about."""
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
    for kind, names in ((_LINK, damage.links), (_STRAY, damage.strays)):
        for name in names:
            say(kind, release=damage.release, file=name)
    if damage.handover:
        say(
            "{release}  THE HANDOVER protected/{release} is missing or has changed. Restore it "
            "from a backup.",
            release=damage.release,
        )


def say_folder(output: OutputFolder, say: Messenger) -> bool:
    """Say which lists were changed and which folders others can read; whether there is any."""
    changed, opened = changed_lists(output), output.open_rooms()
    for name in changed:
        say(_CHANGED_SENT if name == output.sent.name else _CHANGED_LIST, file=name)
    for folder in opened:
        say(
            "OPEN {folder}: others than its owner can read it. The next run closes it; look who has "
            "read it.",
            folder=folder.relative_to(output.root),
        )
    return bool(changed or opened)


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
    except UsageError:
        return None


def _whole(handover: Path) -> bool:
    """Whether a handover has every file of its manifest, unchanged."""
    manifest = _manifest(handover)
    if manifest is None:
        return False
    return all(
        (handover / name).is_file() and sha256_of(handover / name) == digest
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
    say_new(output, say)
    return archive


def say_new(output: OutputFolder, say: Messenger) -> None:
    """Announce a new archive."""
    if not is_there(output.ledger):
        say(
            "New ledger: the folder {folder} has no approved releases yet.",
            folder=output,
        )
