"""The files of an OUTPUT folder around the reports: jobs, manifests, dispatch list, outcomes."""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kuntakoonti.core.catalogues import message_of
from kuntakoonti.core.errors import message
from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.settings import PROJECT, Settings
from kuntakoonti.export.report import AREA, STATEMENT, folder_name
from kuntakoonti.public.handover import (
    AnnexFigures,
    Manifest,
    ReleaseFacts,
    handover_digest,
    read_annex,
    read_area,
    read_manifest,
)
from kuntakoonti.public.ledger import Archive
from kuntakoonti.public.statement import STATEMENT as STATEMENT_FILE
from kuntakoonti.runner.job import FORMATS, Job, Outcome

AREA_PAGE = message("Alueen yhteenveto")
STATEMENT_PAGE = message("Lausunto tietosuojavastaavalle")
NOTEBOOKS = {
    "month": "monthly_annex.ipynb",
    "estimate": "year_end_adjustment.ipynb",
    "final": "year_end_adjustment.ipynb",
    AREA: "area_overview.ipynb",
    STATEMENT: "statement.ipynb",
}


@dataclass(frozen=True)
class Page:
    """A report to be made: a municipality's or the area's; ``packed``: with the archive to send."""

    code: str
    name: str
    folder: str
    kind: str
    languages: tuple[str, ...]
    packed: bool = False


@dataclass(frozen=True)
class Outputs:
    """An OUTPUT folder: where each release's files, drafts and logs lie.

    ``languages``: of all pages, where they are not those that the handover remembers.
    """

    settings: Settings
    languages: tuple[str, ...] | None = None

    def reports(self, manifest: Manifest) -> Path:
        """The folder of a release's reports: under ``draft/`` until it is approved."""
        root = self.settings.output
        return (root / "draft" if manifest.state == "draft" else root) / manifest.release

    def handover(self, release: str) -> Path:
        return self.settings.protected / release

    def manifests(self) -> list[Manifest]:
        """The manifests of everything handed over, by extraction date."""
        folders = self.settings.protected.glob("[0-9]*/manifest.json")
        found = [read_manifest(path.parent) for path in folders]
        return sorted(found, key=lambda m: (m.as_of, m.release))

    def annexes(self, release: str) -> list[AnnexFigures]:
        """The slices of a release in the order of their codes."""
        return annexes_in(self.handover(release))

    def jobs(self, release: str, target: Path, formats: Sequence[str] = FORMATS) -> list[Job]:
        """One job a municipality, and one for the area's page, from the handover as it stands."""
        folder = self.handover(release)
        pages = [_page(annex, packed=True) for annex in annexes_in(folder)]
        pages.append(_area_page(read_area(folder).facts))
        return [self._job(folder, self.settings, target, p, formats) for p in pages]

    def secret_jobs(
        self, release: str, target: Path, formats: Sequence[str] = FORMATS
    ) -> list[Job]:
        """The pages of the declared exception: their handover and target are restricted."""
        inside = replace(self.settings, stage=self.settings.restricted / "secret")
        folder = inside.protected / release
        if not folder.exists():
            return []
        pages = [_page(annex, packed=False) for annex in annexes_in(folder)]
        return [self._job(folder, inside, target, p, formats) for p in pages]

    def statement_jobs(
        self, release: str, target: Path, formats: Sequence[str] = FORMATS
    ) -> list[Job]:
        """The statement, in the folder of the release itself; none before an attack, none as CSV."""
        folder = self.handover(release)
        pages = [f for f in ("html", "pdf") if f in formats]
        if not pages or STATEMENT_FILE not in read_manifest(folder).files:
            return []
        languages = read_area(folder).facts.languages
        page = Page(STATEMENT, STATEMENT_PAGE, STATEMENT, STATEMENT, languages)
        return [replace(self._job(folder, self.settings, target, page, pages), loose=True)]

    def _job(
        self, folder: Path, inside: Settings, target: Path, page: "Page", formats: Sequence[str]
    ) -> Job:
        restricted = replace(self.settings, stage=None).restricted
        return Job(
            municipality=page.code,
            name=page.name,
            notebook=str(PROJECT / "notebooks" / NOTEBOOKS[page.kind]),
            handover=str(folder),
            target=str(target / page.folder),
            log=str(restricted / "log" / f"{folder.name}-{page.code}.log"),
            mark=str(restricted / "made" / f"{folder.name}-{page.code}"),
            formats=tuple(f for f in FORMATS if f in formats),
            environment=tuple(sorted(inside.environment().items())),
            digest=handover_digest(folder, page.code) + program_digest(),
            languages=self._spoken(folder) or page.languages,
            packed=page.packed,
        )

    def _spoken(self, folder: Path) -> tuple[str, ...]:
        return read_manifest(folder).languages if self.languages is None else self.languages

    def speak(self, release: str, languages: Sequence[str]) -> None:
        """Remember the languages to make a release in instead of its members' own; none: theirs."""
        inside = replace(self.settings, stage=self.settings.restricted / "secret")
        for folder in (self.handover(release), inside.protected / release):
            if folder.exists():
                chosen = {"languages": tuple(languages)}
                manifest = read_manifest(folder).model_copy(update=chosen)
                write_atomic(folder / "manifest.json", manifest.model_dump_json(indent=1))

    def outcomes(self, release: str) -> list[Outcome]:
        """The last outcome of every municipality of a release."""
        path = self._outcomes(release)
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return [_outcome(row) for row in rows]

    def write_outcomes(self, release: str, outcomes: Sequence[Outcome]) -> None:
        """Remember how the reports went, for `status` and the index."""
        latest = {o.municipality: o for o in [*self.outcomes(release), *outcomes]}
        rows = [vars(latest[code]) for code in sorted(latest)]
        write_atomic(self._outcomes(release), json.dumps(rows, ensure_ascii=False, indent=1))

    def _outcomes(self, release: str) -> Path:
        return self.settings.restricted / "log" / f"{release}.json"

    def write_manifest(self, release: str) -> None:
        """``manifest.json`` of a release: the handover's, with the hash of every public file."""
        manifest = read_manifest(self.handover(release))
        root = self.reports(manifest)
        files = {
            path.relative_to(root).as_posix(): sha256_of(path)
            for path in sorted(root.rglob("*"))
            if path.is_file() and path != root / "manifest.json"
        }
        public = manifest.model_copy(update={"files": files})
        write_atomic(root / "manifest.json", public.model_dump_json(indent=1) + "\n")

    def write_dispatch(self, archive: Archive) -> None:
        """``dispatch.csv``: which file goes to which municipality with which invoice."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("municipality", "invoice", "file", "sha256"))
        for record in archive.records:
            for annex in self.annexes(record.release):
                folder = self.settings.output / record.release / folder_name(annex)
                period = annex.facts.invoice_period
                ids = sorted({i.invoice_id for i in annex.invoices if i.period == period})
                for path in sorted(folder.iterdir()):
                    name = path.relative_to(self.settings.output).as_posix()
                    writer.writerow((annex.municipality, " ".join(ids), name, sha256_of(path)))
        write_atomic(self.settings.output / "dispatch.csv", text.getvalue())


def _page(annex: AnnexFigures, packed: bool) -> Page:
    name = f"{annex.municipality} {annex.name.in_language(annex.facts.language)}"
    kind, languages = annex.facts.kind, annex.languages
    return Page(annex.municipality, name, folder_name(annex), kind, languages, packed)


def _area_page(facts: ReleaseFacts) -> Page:
    return Page(AREA, AREA_PAGE, AREA, AREA, facts.languages)


def _outcome(row: dict[str, Any]) -> Outcome:
    reasons = row.get("reasons", ())
    told = tuple((message_of(said), tuple((n, v) for n, v in values)) for said, values in reasons)
    return Outcome(row["municipality"], message_of(row["name"]), row["state"], told)


def annexes_in(folder: Path) -> list[AnnexFigures]:
    """The slices of a handover."""
    codes = sorted(Path(name).stem for name in read_manifest(folder).files if name[0].isdigit())
    return [read_annex(folder, code) for code in codes]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def secret_handover(restricted: Path, release: str) -> Path:
    """The handover of a release's secret pages."""
    return restricted / "secret" / "protected" / release
