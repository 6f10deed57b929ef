"""The lists of an OUTPUT folder around the reports: manifests, dispatch list, outcomes.

A manifest and the dispatch list name what was made, never what lies in a folder besides.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kuntakoonti.core.catalogues import message_of
from kuntakoonti.core.errors import FINNISH, UsageError
from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.read_back import is_there, json_of, make_again
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.package import ARCHIVE
from kuntakoonti.export.report import folder_name
from kuntakoonti.public.handover import MANIFEST, Handover, read_manifest
from kuntakoonti.public.ledger import Archive
from kuntakoonti.public.wording import is_shown
from kuntakoonti.release.jobs import PreparedRelease, draft_jobs
from kuntakoonti.restricted.preparation.key import keyed_digest, known_key
from kuntakoonti.runner.job import Outcome, made_files

DISPATCH_COLUMNS = ("municipality", "invoice", "file", "sha256")


def reports_of(output: OutputFolder, handover: Handover) -> Path:
    """The folder of a release's reports: under ``draft/`` until it is approved."""
    name = handover.release
    return output.draft(name) if handover.is_draft else output.release(name)


def made_of(output: OutputFolder, handover: Handover) -> frozenset[Path]:
    """The public files of a release that were made and lie there; none without a whole manifest."""
    root = reports_of(output, handover)
    try:
        paths = (root / name for name in read_manifest(root).files)
    except UsageError:
        return frozenset()
    return frozenset(p for p in paths if p.is_file() and not p.is_symlink())


def outcomes(output: OutputFolder, release: str) -> list[Outcome]:
    """The last outcome of every municipality of a release."""
    path = outcomes_of(output, release)
    if not is_there(path):
        return []
    return json_of(path, lambda rows: [_outcome(row) for row in rows], make_again)


def write_outcomes(output: OutputFolder, release: str, new: Sequence[Outcome]) -> None:
    """Remember how the reports went, for `status` and the index."""
    latest = {o.municipality: o for o in [*outcomes(output, release), *new]}
    rows = [vars(latest[code]) for code in sorted(latest)]
    write_atomic(outcomes_of(output, release), json.dumps(rows, ensure_ascii=False, indent=1))


def outcomes_of(output: OutputFolder, release: str) -> Path:
    """The file in which the outcomes of a release are remembered."""
    return output.log / f"{release}.json"


def write_final_manifest(handover: Handover, folder: Path) -> None:
    """``manifest.json`` of final files that were made in a new folder: all of them, by hash."""
    files = {p.relative_to(folder).as_posix(): sha256_of(p) for p in _files(folder)}
    _write_manifest(handover, folder, files)


def write_draft_manifest(output: OutputFolder, prepared: PreparedRelease) -> None:
    """``manifest.json`` of a draft: what its reports made, by hash."""
    root = output.draft(prepared.public.release)
    files = dict[str, str]()
    for job in draft_jobs(output, prepared):
        place = Path(job.target).parent
        if place == root:
            files |= made_files(job)
    _write_manifest(prepared.public, root, dict(sorted(files.items())))


def _write_manifest(handover: Handover, folder: Path, files: Mapping[str, str]) -> None:
    public = handover.manifest.model_copy(update={"files": files})
    write_atomic(folder / MANIFEST, public.model_dump_json(indent=1) + "\n")


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and p != folder / MANIFEST]


def dispatch_text(
    output: OutputFolder,
    archive: Archive,
    releases: Mapping[str, PreparedRelease],
    stage: OutputFolder | None = None,
) -> str:
    """``dispatch.csv``: which package goes to which municipality with which invoice.

    ``stage``: where the newest release still lies. UsageError if a release's manifest or handover is
    not there.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(DISPATCH_COLUMNS)
    for record in archive.records:
        known, files = releases[record.release], files_of(output, record.release, stage)
        for annex in known.public.annexes:
            folder = folder_name(annex.municipality, annex.name)
            period = annex.facts.invoice_period
            mine = {i.invoice_id for i in annex.invoices if i.period == period}
            ids = sorted(filter(is_shown, mine))
            for name in sorted(n for n in files if n.startswith(f"{folder}/")):
                if name.endswith(ARCHIVE):
                    place = f"{record.release}/{name}"
                    writer.writerow((annex.municipality, " ".join(ids), place, files[name]))
    return text.getvalue()


def files_of(
    output: OutputFolder, release: str, stage: OutputFolder | None = None
) -> Mapping[str, str]:
    """The files of a release by hash, from its manifest; UsageError if they have to be made first."""
    staged = stage.release(release) if stage else None
    folder = staged if staged and staged.exists() else output.release(release)
    try:
        return read_manifest(folder).files
    except UsageError:
        raise UsageError(
            "The files of {release} are missing or damaged. Make them again first: kuntakoonti "
            "approve {release} --by … Nothing was published.",
            release=release,
        ) from None


def write_list(output: OutputFolder, path: Path, text: str) -> None:
    """Write one of the lists at OUTPUT's root, and remember its keyed digest for `status`."""
    if is_there(output.key):
        marks = _marks(output)
        marks[path.name] = keyed_digest(known_key(output), text.encode())
        write_atomic(output.list_marks, json.dumps(marks, indent=1, sort_keys=True))
    write_atomic(path, text)


def changed_lists(output: OutputFolder) -> tuple[str, ...]:
    """The lists at OUTPUT's root that are not as they were written."""
    found = []
    for name, digest in _marks(output).items():
        path = output.root / name
        if (
            not path.is_file()
            or path.is_symlink()
            or keyed_digest(known_key(output), path.read_bytes()) != digest
        ):
            found.append(name)
    return tuple(found)


def _marks(output: OutputFolder) -> dict[str, str]:
    """List → keyed digest, as they were written last; nothing where none was."""
    path = output.list_marks
    known = {p.name for p in (output.index, output.dispatch, output.sent)}
    if not is_there(path):
        return {}
    return json_of(path, lambda body: {n: str(body[n]) for n in known & body.keys()}, make_again)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _outcome(row: dict[str, Any]) -> Outcome:
    reasons = row.get("reasons", ())
    told = tuple((message_of(said), tuple((n, v) for n, v in values)) for said, values in reasons)
    names = row["municipality"], message_of(row["name"]), row["state"]
    if not all(isinstance(name, str) for name in names):
        raise TypeError("a name that is no text")
    found = Outcome(*names, told)
    found.because(FINNISH)  # a place of a reason that has no value shows here
    return found
