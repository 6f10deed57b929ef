"""How far everything is: the index page of an OUTPUT folder, and which drafts are out of date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.core.errors import message
from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.language import Language
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.report import AREA, STATEMENT, folder_name
from kuntakoonti.public.handover import Handover
from kuntakoonti.public.pages import Manifest
from kuntakoonti.public.wording import INVENTED
from kuntakoonti.release.desk import desk_page
from kuntakoonti.release.dispatch import sent_as_they_are
from kuntakoonti.release.index_page import WORDS, Entry, Section, State, index_page
from kuntakoonti.release.jobs import (
    BOARD_NAME,
    STATEMENT_NAME,
    PreparedRelease,
    draft_jobs,
    open_releases,
)
from kuntakoonti.release.lists import made_of, outcomes, reports_of, write_list
from kuntakoonti.runner.job import Job, Outcome, is_outdated

Releases = Mapping[str, PreparedRelease]


def write_index(output: OutputFolder, releases: Releases, head: str) -> None:
    """``index.html`` and the analyst's desk over drafts and releases, newest first.

    In the area's language. ``releases``: everything that was handed over, by extraction date;
    ``head``: the hash of the ledger's last approval.
    """
    index, desk = _texts(output, releases, head)
    write_list(output, output.index, index)
    if desk:
        output.close_restricted()
        write_atomic(output.desk, desk)


def refuse_unreadable_folder(output: OutputFolder, head: str) -> None:
    """UsageError, before anything is written, for a file that the lists are made of."""
    _texts(output, open_releases(output), head)


def _texts(output: OutputFolder, releases: Releases, head: str) -> tuple[str, str]:
    """The index and the desk; no desk without a release."""
    newest_first = [*releases.values()][::-1]
    facts = newest_first[0].public.area.facts if newest_first else None
    language = Language(facts.language) if facts else Language()
    title = language.text("Annexes to the municipal invoices")
    if facts:
        title = f"{title} · {facts.area.in_language(language.code)}"
    if any(r.public.manifest.invented for r in newest_first):
        title = f"{title} · {language.text(INVENTED)}"
    sent = frozenset((row.release, row.municipality) for row in sent_as_they_are(output))
    page = _Index(output, head, language, sent)
    sections = tuple(page.section(r) for r in newest_first)
    names = {n: tuple(job.name for job in outdated(output, r)) for n, r in releases.items()}
    desk = desk_page(output, releases, names) if releases else ""
    return index_page(title, sections, output.root, language), desk


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
    sent: frozenset[tuple[str, str]]

    def section(self, prepared: PreparedRelease) -> Section:
        """A release: its title, and a line for each of its public pages."""
        handover, say = prepared.public, self.say
        done = {o.municipality: o for o in outcomes(self.output, handover.release)}
        states = {job.municipality: State.OUTDATED for job in outdated(self.output, prepared)}
        usual = State.DRAFT if handover.is_draft else State.DONE
        made = made_of(self.output, handover)
        entries = []
        for code, name, folder in self._pages(handover):
            files = tuple(sorted(path for path in made if _is_of(path, folder)))
            known = self._sent(handover, code) or states.get(code, usual)
            entries.append(_entry((code, name, files), known, done.get(code), say))
        entries += [
            Entry(
                code, f"{code} {self._name(handover, code)}", State.SECRET, say.text(SECRET_ENTRY)
            )
            for code in handover.area.unpublished
        ]
        stale = is_stale(handover.manifest, self.head)
        title, sentence = _head(handover.manifest, stale, say)
        return Section(str(handover.release), title, sentence, tuple(entries))

    def _sent(self, handover: Handover, code: str) -> State | None:
        return State.SENT if (str(handover.release), code) in self.sent else None

    def _name(self, handover: Handover, code: str) -> str:
        names = {m.code: m.name for m in handover.area.facts.members}
        return names[code].in_language(self.say.code) if code in names else ""

    def _pages(self, handover: Handover) -> Iterator[tuple[str, str, Path]]:
        """The public pages of a release: code, name, and where its files lie."""
        reports, say = reports_of(self.output, handover), self.say
        names = {m.code: m.name for m in handover.area.facts.members}
        for code in handover.codes:
            folder = reports / folder_name(code, names[code])
            yield code, f"{code} {self._name(handover, code)}", folder
        yield AREA, say.text(BOARD_NAME), reports / AREA
        yield STATEMENT, say.text(STATEMENT_NAME), reports / STATEMENT


SECRET_ENTRY = message("a secret page, in restricted/annexes")


def _is_of(path: Path, place: Path) -> bool:
    """Whether a made file is of a page: in its folder, or a loose one beside it."""
    loose = path.parent == place.parent and path.name.startswith(place.name)
    return path.parent == place or loose


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


def _entry(
    page: tuple[str, str, tuple[Path, ...]], state: State, outcome: Outcome | None, say: Language
) -> Entry:
    """One line of the index: made, out of date, not made, sent, or failed with its reason.

    ``page``: code, name, and the files that were made of it.
    """
    code, name, files = page
    if outcome and outcome.state == "failed":
        failed = say.text("failed: {reason}", reason=outcome.because(say))
        return Entry(code, name, State.FAILED, failed)
    known = state if files else State.MISSING
    return Entry(code, name, known, say.text(WORDS[known]), files)
