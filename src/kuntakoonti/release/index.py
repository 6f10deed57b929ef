"""How far everything is: the index page of an OUTPUT folder, and which drafts are out of date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.core.language import Language
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.report import AREA, STATEMENT, folder_name
from kuntakoonti.public.handover import Handover
from kuntakoonti.public.pages import Manifest
from kuntakoonti.release.index_page import Entry, Section, index_page
from kuntakoonti.release.jobs import BOARD_NAME, STATEMENT_NAME, PreparedRelease, draft_jobs
from kuntakoonti.release.lists import outcomes, reports_of, write_list
from kuntakoonti.runner.job import Job, Outcome, is_outdated

Releases = Mapping[str, PreparedRelease]


def write_index(output: OutputFolder, releases: Releases, head: str) -> None:
    """``index.html`` over drafts and releases, newest first, in the area's language.

    ``releases``: everything that was handed over, by extraction date; ``head``: the hash of the
    ledger's last line.
    """
    newest_first = [*releases.values()][::-1]
    facts = newest_first[0].public.area.facts if newest_first else None
    language = Language(facts.language) if facts else Language()
    title = language.text("Annexes to the municipal invoices")
    if facts:
        title = f"{title} · {facts.area.in_language(language.code)}"
    page = _Index(output, head, language)
    sections = tuple(page.section(r) for r in newest_first)
    write_list(output, output.index, index_page(title, sections, output.root, language))


def is_stale(manifest: Manifest, head: str) -> bool:
    """Whether a draft was prepared before the last approval or by another program.

    ``head``: the hash of the ledger's last line.
    """
    made = (manifest.archive_head, manifest.program)
    return manifest.state == "draft" and made != (head, program_digest())


def outdated(output: OutputFolder, prepared: PreparedRelease) -> tuple[Job, ...]:
    """The pages of a draft that stand there, made of an earlier preparation or by another program."""
    if not prepared.public.is_draft:
        return ()
    return tuple(job for job in draft_jobs(output, prepared) if is_outdated(job))


@dataclass(frozen=True)
class _Index:
    """What every section of the index is made with."""

    output: OutputFolder
    head: str
    say: Language

    def section(self, prepared: PreparedRelease) -> Section:
        """A release: its title, and a line for each of its public pages."""
        handover, say = prepared.public, self.say
        done = {o.municipality: o for o in outcomes(self.output, handover.release)}
        states = {job.municipality: "outdated" for job in outdated(self.output, prepared)}
        usual = "draft" if handover.is_draft else "done"
        entries = tuple(
            _entry((name, made), states.get(code, usual), done.get(code), say)
            for code, name, made in self._pages(handover)
        )
        return Section(
            *_head(handover.manifest, is_stale(handover.manifest, self.head), say), entries
        )

    def _pages(self, handover: Handover) -> Iterator[tuple[str, str, Path]]:
        """The public pages of a release: code, name and folder."""
        reports, say = reports_of(self.output, handover), self.say
        yield AREA, say.text(BOARD_NAME), reports / AREA
        names = {m.code: m.name for m in handover.area.facts.members}
        for code in handover.codes:
            name = names[code]
            folder = reports / folder_name(code, name)
            yield code, f"{code} {name.in_language(say.code)}", folder
        stated = reports if any(reports.glob(f"{STATEMENT}*")) else reports / STATEMENT
        yield STATEMENT, say.text(STATEMENT_NAME), stated


def _head(manifest: Manifest, stale: bool, say: Language) -> tuple[str, str]:
    """The title of a release and the sentence under it."""
    day, release = say.date(manifest.as_of), manifest.release
    if manifest.state == "approved":
        title = say.text("{release} · approved", release=release)
        by = manifest.approved_by
        return title, say.text("Extraction date {day}, approved by {role}.", day=day, role=by)
    title = say.text("{release} · draft", release=release)
    if stale:
        return title, say.text("Extraction date {day}, draft, out of date: make it again.", day=day)
    return title, say.text("Extraction date {day}, draft, not approved.", day=day)


def _entry(page: tuple[str, Path], state: str, outcome: Outcome | None, say: Language) -> Entry:
    """One line of the index: made, out of date, not made, or failed with its reason."""
    name, made = page
    if outcome and outcome.state == "failed":
        failed = say.text("failed: {reason}", reason=outcome.because(say))
        return Entry(name, failed, None, failed=True)
    if not made.exists():
        return Entry(name, say.text("not made"), None)
    words = {
        "draft": say.text("draft"),
        "outdated": say.text("draft, out of date: make it again"),
        "done": say.text("complete"),
    }
    return Entry(name, words[state], made)
