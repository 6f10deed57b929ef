"""The pages of a release as jobs: the one list that `month` makes, `--dry-run` prints and `status` compares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kuntakoonti.core.errors import message
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.read_back import is_there
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import PROJECT, OutputFolder
from kuntakoonti.export.report import AREA, STATEMENT, folder_name
from kuntakoonti.public.handover import MANIFEST, Handover, open_handover
from kuntakoonti.public.pages import AnnexFigures
from kuntakoonti.runner.job import FORMATS, Job

NOTEBOOKS = {
    "month": "monthly_annex.ipynb",
    "estimate": "year_end_adjustment.ipynb",
    "final": "year_end_adjustment.ipynb",
    AREA: "area_overview.ipynb",
    STATEMENT: "statement.ipynb",
}
BOARD_NAME = message("Overview of the area")
STATEMENT_NAME = message("Statement for the data protection officer")


@dataclass(frozen=True)
class PreparedRelease:
    """What a preparation handed over, opened once: the public pages' figures, and the secret ones'."""

    public: Handover
    secret: Handover | None = None

    def in_languages(self, languages: Sequence[str]) -> "PreparedRelease":
        """As it would be made in these languages instead of the members' own (none: theirs)."""
        return self._but(languages=tuple(languages))

    def approved(self, by: str) -> "PreparedRelease":
        """As a role would approve it."""
        return self._but(state="approved", approved_by=by)

    def written(self) -> "PreparedRelease":
        """With its manifests written as they are here; an equal one is left as it is."""
        for handover in (self.public, self.secret):
            if handover:
                handover.write_manifest()
        return self

    def _but(self, **changes: object) -> "PreparedRelease":
        secret = self.secret.but(**changes) if self.secret else None
        return PreparedRelease(self.public.but(**changes), secret)


def open_release(place: OutputFolder, name: str) -> PreparedRelease:
    """The handovers of a release in OUTPUT or in a staging folder; UsageError if there is none."""
    secret = place.secret.handover(name)
    public = open_handover(place.handover(name))
    return PreparedRelease(public, open_handover(secret) if secret.exists() else None)


def open_releases(output: OutputFolder) -> dict[str, PreparedRelease]:
    """Everything that was handed over, by extraction date."""
    found = [open_release(output, name) for name in handed_over(output)]
    found.sort(key=lambda r: (r.public.manifest.as_of, r.public.release))
    return {r.public.release: r for r in found}


def handed_over(output: OutputFolder) -> list[str]:
    """The names of the releases that have a handover."""
    folders = sorted(output.protected.glob("[0-9]*"))
    return [f.name for f in folders if ReleaseName(f.name).is_valid and is_there(f / MANIFEST)]


def draft_jobs(
    output: OutputFolder, prepared: PreparedRelease, formats: Sequence[str] = FORMATS
) -> list[Job]:
    """The pages of a release as drafts."""
    name = prepared.public.release
    return jobs_of(output, prepared, (output.draft(name), output.secret_draft(name)), formats)


def final_jobs(output: OutputFolder, prepared: PreparedRelease, place: OutputFolder) -> list[Job]:
    """The pages of a release as they are published, made in ``place``."""
    name = prepared.public.release
    return jobs_of(output, prepared, (place.release(name), place.secret_pages(name)))


def jobs_of(
    output: OutputFolder,
    prepared: PreparedRelease,
    targets: tuple[Path, Path],
    formats: Sequence[str] = FORMATS,
) -> list[Job]:
    """One job a municipality, then the board's page, secret pages, and the statement.

    ``targets``: the folder of the public pages and that of the secret ones; logs, and what each
    page was made from, are kept in ``output``.
    """
    wanted = tuple(f for f in FORMATS if f in formats)
    public = _Pages(output, prepared.public, targets[0], wanted)
    found = [public.of_member(annex, packed=True) for annex in prepared.public.annexes]
    found.append(public.of_board())
    if prepared.secret:
        secret = _Pages(output, prepared.secret, targets[1], wanted)
        found += [secret.of_member(annex, packed=False) for annex in prepared.secret.annexes]
    return [*found, *public.of_statement()]


@dataclass(frozen=True)
class _Pages:
    """The pages made from one handover into one folder."""

    output: OutputFolder
    handover: Handover
    target: Path
    formats: tuple[str, ...]

    def of_member(self, annex: AnnexFigures, packed: bool) -> Job:
        """A municipality's page; ``packed``: with the archive that is sent."""
        facts, code = annex.facts, annex.municipality
        name = f"{code} {annex.name.in_language(facts.language)}"
        job = self._job((code, name, folder_name(code, annex.name)), facts.kind, annex.languages)
        return replace(job, packed=packed)

    def of_board(self) -> Job:
        return self._job((AREA, BOARD_NAME, AREA), AREA, self.handover.area.facts.languages)

    def of_statement(self) -> Iterator[Job]:
        """The statement stands in the folder of the release itself; it is no table."""
        pages = tuple(f for f in self.formats if f in ("html", "pdf"))
        if pages:
            languages = self.handover.area.facts.languages
            job = self._job((STATEMENT, STATEMENT_NAME, STATEMENT), STATEMENT, languages)
            yield replace(job, formats=pages, loose=True)

    def _job(self, who: tuple[str, str, str], kind: str, languages: tuple[str, ...]) -> Job:
        """``who``: code, name and folder."""
        (code, name, folder), handover = who, self.handover
        return Job(
            municipality=code,
            name=name,
            notebook=str(PROJECT / "notebooks" / NOTEBOOKS[kind]),
            handover=str(handover.folder),
            target=str(self.target / folder),
            log=str(self.output.log / f"{handover.release}-{code}.log"),
            mark=str(self.output.made / f"{handover.release}-{code}"),
            formats=self.formats,
            environment=(("KUNTAKOONTI_OUTPUT", str(handover.folder.parents[1])),),
            digest=handover.digest(f"{code}.json") + program_digest(),
            languages=handover.manifest.languages or languages,
        )
