"""The lists of an OUTPUT folder around the reports: manifests, dispatch list, outcomes."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kuntakoonti.core.catalogues import message_of
from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.report import folder_name
from kuntakoonti.public.handover import MANIFEST, Handover
from kuntakoonti.public.ledger import Archive
from kuntakoonti.public.wording import is_shown
from kuntakoonti.release.jobs import PreparedRelease, open_release
from kuntakoonti.runner.job import Outcome


def reports_of(output: OutputFolder, handover: Handover) -> Path:
    """The folder of a release's reports: under ``draft/`` until it is approved."""
    name = handover.release
    return output.draft(name) if handover.is_draft else output.release(name)


def outcomes(output: OutputFolder, release: str) -> list[Outcome]:
    """The last outcome of every municipality of a release."""
    path = outcomes_of(output, release)
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [_outcome(row) for row in rows]


def write_outcomes(output: OutputFolder, release: str, new: Sequence[Outcome]) -> None:
    """Remember how the reports went, for `status` and the index."""
    latest = {o.municipality: o for o in [*outcomes(output, release), *new]}
    rows = [vars(latest[code]) for code in sorted(latest)]
    write_atomic(outcomes_of(output, release), json.dumps(rows, ensure_ascii=False, indent=1))


def outcomes_of(output: OutputFolder, release: str) -> Path:
    """The file in which the outcomes of a release are remembered."""
    return output.log / f"{release}.json"


def write_public_manifest(output: OutputFolder, handover: Handover) -> None:
    """``manifest.json`` of a release: the handover's, with the hash of every public file."""
    root = reports_of(output, handover)
    files = {
        path.relative_to(root).as_posix(): sha256_of(path)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path != root / MANIFEST
    }
    public = handover.manifest.model_copy(update={"files": files})
    write_atomic(root / MANIFEST, public.model_dump_json(indent=1) + "\n")


def write_dispatch(
    output: OutputFolder, archive: Archive, releases: Mapping[str, PreparedRelease]
) -> None:
    """``dispatch.csv``: which file goes to which municipality with which invoice."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("municipality", "invoice", "file", "sha256"))
    for record in archive.records:
        known = releases.get(record.release) or open_release(output, record.release)
        for annex in known.public.annexes:
            folder = output.release(record.release) / folder_name(annex.municipality, annex.name)
            period = annex.facts.invoice_period
            ids = sorted(
                {
                    i.invoice_id
                    for i in annex.invoices
                    if i.period == period and is_shown(i.invoice_id)
                }
            )
            for path in sorted(folder.iterdir()):
                name = path.relative_to(output.root).as_posix()
                writer.writerow((annex.municipality, " ".join(ids), name, sha256_of(path)))
    write_atomic(output.dispatch, text.getvalue())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _outcome(row: dict[str, Any]) -> Outcome:
    reasons = row.get("reasons", ())
    told = tuple((message_of(said), tuple((n, v) for n, v in values)) for said, values in reasons)
    return Outcome(row["municipality"], message_of(row["name"]), row["state"], told)
