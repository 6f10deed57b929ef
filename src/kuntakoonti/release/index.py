"""How far everything is: the index page of an OUTPUT folder, and which drafts are out of date."""

from pathlib import Path

from kuntakoonti.core.files import write_atomic
from kuntakoonti.core.language import Language
from kuntakoonti.core.program import program_digest
from kuntakoonti.export.report import AREA, STATEMENT, folder_name
from kuntakoonti.public.handover import Manifest, read_area
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.release.index_page import Entry, Section, index_page
from kuntakoonti.release.output_folder import AREA_PAGE, STATEMENT_PAGE, Outputs
from kuntakoonti.runner.job import Job, Outcome, is_outdated


def write_index(outputs: Outputs) -> None:
    """``index.html`` over drafts and releases, newest first, in the area's language."""
    manifests = outputs.manifests()
    facts = read_area(outputs.handover(manifests[-1].release)).facts if manifests else None
    language = Language(facts.language) if facts else Language()
    title = language.text("Kuntalaskutuksen liitteet")
    if facts:
        title = f"{title} · {facts.area.in_language(language.code)}"
    head = read_archive(outputs.settings.ledger).head
    sections = tuple(_section(outputs, m, head, language) for m in reversed(manifests))
    page = index_page(title, sections, outputs.settings.output, language)
    write_atomic(outputs.settings.output / "index.html", page)


def is_stale(manifest: Manifest, head: str) -> bool:
    """Whether a draft was prepared before the last approval or by another program.

    ``head``: the hash of the ledger's last line.
    """
    made = (manifest.archive_head, manifest.program)
    return manifest.state == "draft" and made != (head, program_digest())


def outdated(outputs: Outputs, manifest: Manifest) -> tuple[Job, ...]:
    """The pages of a draft that stand there, made of an earlier preparation or by another program."""
    if manifest.state != "draft":
        return ()
    reports, release = outputs.reports(manifest), manifest.release
    jobs = [*outputs.jobs(release, reports), *outputs.statement_jobs(release, reports)]
    return tuple(job for job in jobs if is_outdated(job))


def _section(outputs: Outputs, manifest: Manifest, head: str, say: Language) -> Section:
    reports, release = outputs.reports(manifest), manifest.release
    stated = reports if any(reports.glob(f"{STATEMENT}*")) else reports / STATEMENT
    pages = [(AREA, say.text(AREA_PAGE), reports / AREA)]
    for annex in outputs.annexes(release):
        name = f"{annex.municipality} {annex.name.in_language(say.code)}"
        pages.append((annex.municipality, name, reports / folder_name(annex)))
    pages.append((STATEMENT, say.text(STATEMENT_PAGE), stated))
    outcomes = {o.municipality: o for o in outputs.outcomes(release)}
    states = dict.fromkeys((job.municipality for job in outdated(outputs, manifest)), "outdated")
    usual = "draft" if manifest.state == "draft" else "done"
    entries = tuple(
        _entry((name, made), states.get(code, usual), outcomes.get(code), say)
        for code, name, made in pages
    )
    return Section(*_head(manifest, is_stale(manifest, head), say), entries)


def _head(manifest: Manifest, stale: bool, say: Language) -> tuple[str, str]:
    """The title of a release and the sentence under it."""
    day, release = say.date(manifest.as_of), manifest.release
    if manifest.state == "approved":
        title = say.text("{release} · hyväksytty", release=release)
        by = manifest.approved_by
        return title, say.text("Poimintapäivä {day}, hyväksyjä {role}.", day=day, role=by)
    title = say.text("{release} · luonnos", release=release)
    if stale:
        return title, say.text(
            "Poimintapäivä {day}, luonnos, vanhentunut: tee se uudelleen.", day=day
        )
    return title, say.text("Poimintapäivä {day}, luonnos, ei hyväksytty.", day=day)


def _entry(page: tuple[str, Path], state: str, outcome: Outcome | None, say: Language) -> Entry:
    """One line of the index: made, out of date, not made, or failed with its reason."""
    name, made = page
    if outcome and outcome.state == "failed":
        failed = say.text("epäonnistui: {reason}", reason=outcome.because(say))
        return Entry(name, failed, None, failed=True)
    if not made.exists():
        return Entry(name, say.text("ei tehty"), None)
    words = {
        "draft": say.text("luonnos"),
        "outdated": say.text("luonnos, vanhentunut: tee se uudelleen"),
        "done": say.text("valmis"),
    }
    return Entry(name, words[state], made)
