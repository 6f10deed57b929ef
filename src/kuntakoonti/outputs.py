"""The files of an OUTPUT folder around the reports: jobs, manifests, dispatch list, index, outcomes."""

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kuntakoonti.disclosure.archive import Archive
from kuntakoonti.handover import AnnexFigures, Manifest, handover_digest, read_annex, read_manifest
from kuntakoonti.publish.index import Entry, Section, index_page
from kuntakoonti.publish.report import FORMATS, Job, Outcome
from kuntakoonti.publish.sheet import AREA, folder_name
from kuntakoonti.settings import PROJECT, Settings
from kuntakoonti.workroom import program_digest

NOTEBOOKS = {
    "month": "monthly_annex.ipynb",
    "estimate": "year_end_adjustment.ipynb",
    "final": "year_end_adjustment.ipynb",
    AREA: "area_overview.ipynb",
}


@dataclass(frozen=True)
class Page:
    """A report to be made: a municipality's or the area's."""

    code: str
    name: str
    folder: str
    kind: str


@dataclass(frozen=True)
class Outputs:
    """An OUTPUT folder: where each release's files, drafts and logs lie."""

    settings: Settings

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
        pages = [Page(a.municipality, f"{a.municipality} {a.name.fi}", folder_name(a), a.facts.kind)
                 for a in annexes_in(folder)]  # fmt: skip
        pages.append(Page(AREA, "Alueen yhteenveto", AREA, AREA))
        return [self._job(folder, self.settings, target, p, formats) for p in pages]

    def secret_jobs(
        self, release: str, target: Path, formats: Sequence[str] = FORMATS
    ) -> list[Job]:
        """The pages of the declared exception: their handover and target are restricted."""
        inside = replace(self.settings, stage=self.settings.restricted / "secret")
        folder = inside.protected / release
        if not folder.exists():
            return []
        pages = [Page(a.municipality, f"{a.municipality} {a.name.fi}", folder_name(a), a.facts.kind)
                 for a in annexes_in(folder)]  # fmt: skip
        return [self._job(folder, inside, target, p, formats) for p in pages]

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
        )

    def outcomes(self, release: str) -> list[Outcome]:
        """The last outcome of every municipality of a release."""
        path = self._outcomes(release)
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return [Outcome(**row) for row in rows]

    def write_outcomes(self, release: str, outcomes: Sequence[Outcome]) -> None:
        """Remember how the reports went, for `status` and the index."""
        latest = {o.municipality: o for o in [*self.outcomes(release), *outcomes]}
        rows = [vars(latest[code]) for code in sorted(latest)]
        write_aside(self._outcomes(release), json.dumps(rows, ensure_ascii=False, indent=1))

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
        write_aside(root / "manifest.json", public.model_dump_json(indent=1) + "\n")

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
        write_aside(self.settings.output / "dispatch.csv", text.getvalue())

    def write_index(self) -> None:
        """``index.html`` over drafts and releases, newest first."""
        manifests = self.manifests()
        area = self.annexes(manifests[0].release)[0].facts.area.fi if manifests else ""
        sections = tuple(self._section(m) for m in reversed(manifests))
        title = f"Kuntalaskutuksen liitteet · {area}"
        page = index_page(title, sections, self.settings.output)
        write_aside(self.settings.output / "index.html", page)

    def _section(self, manifest: Manifest) -> Section:
        draft = manifest.state == "draft"
        outcomes = {o.municipality: o for o in self.outcomes(manifest.release)}
        pages = [
            (AREA, "Alueen yhteenveto", AREA),
            *((a.municipality, f"{a.municipality} {a.name.fi}", folder_name(a))
              for a in self.annexes(manifest.release)),
        ]  # fmt: skip
        entries = tuple(
            self._entry(name, self.reports(manifest) / folder, manifest, outcomes.get(code))
            for code, name, folder in pages
        )
        day = f"{manifest.as_of.day}.{manifest.as_of.month}.{manifest.as_of.year}"
        who = "luonnos, ei hyväksytty" if draft else f"hyväksyjä {manifest.approved_by}"
        title = f"{manifest.release} · {'luonnos' if draft else 'hyväksytty'}"
        return Section(title, f"Poimintapäivä {day}, {who}.", entries)

    def _entry(self, name: str, made: Path, manifest: Manifest, outcome: Outcome | None) -> Entry:
        if outcome and outcome.state == "failed":
            return Entry(name, f"epäonnistui: {outcome.reason}", None, failed=True)
        if not made.exists():
            return Entry(name, "ei tehty", None)
        return Entry(name, "luonnos" if manifest.state == "draft" else "valmis", made)


def annexes_in(folder: Path) -> list[AnnexFigures]:
    """The slices of a handover."""
    codes = sorted(Path(name).stem for name in read_manifest(folder).files if name[0].isdigit())
    return [read_annex(folder, code) for code in codes]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_aside(path: Path, text: str) -> None:
    """Write a file whole or not at all; an equal file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
