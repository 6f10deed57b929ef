"""What is drafted, published, failed, missing or changed in OUTPUT."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, KuntakoontiError, message
from kuntakoonti.core.files import system_error
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.ledger import Archive, Record, salvaged
from kuntakoonti.release.anchors import list_problems
from kuntakoonti.release.authority_log import foreign_figures, insiders
from kuntakoonti.release.dispatch import unsent_by_release
from kuntakoonti.release.index import is_stale, outdated
from kuntakoonti.release.integrity import (
    damage_of,
    refuse_unknown_releases,
    say_damage,
    say_folder,
    say_new,
)
from kuntakoonti.release.jobs import handed_over, open_release
from kuntakoonti.release.lists import outcomes
from kuntakoonti.release.recall import Recalled, recalled, replacement
from kuntakoonti.runner.progress import named

DRAFTED = message("{release}  draft  as at {as_of}")

STALE = message("{release}  draft  as at {as_of}, out of date: make it again")
T = TypeVar("T")


@dataclass
class Findings:
    """Says everything that is wrong and goes on; ``code`` is the worst exit code so far."""

    say: Messenger
    code: int = EXIT_DONE
    said: set[str] = field(default_factory=set)

    def found(self, error: KuntakoontiError) -> None:
        """Say an error once."""
        if str(error) not in self.said:
            self.said.add(str(error))
            self.say.error(error)
        self.code = max(self.code, error.exit_code)

    def failed(self, failed: bool) -> None:
        """Remember that something is wrong that has been said."""
        self.code = max(self.code, EXIT_FAILED if failed else EXIT_DONE)

    def tried(self, work: Callable[[], T]) -> T | None:
        """What the work returns; None, and its error said, if it cannot be done."""
        try:
            return work()
        except KuntakoontiError as error:
            self.found(error)
        except OSError as error:
            self.found(system_error(error))
        return None


def status(output: OutputFolder, say: Messenger) -> int:
    """What is drafted, published, failed, missing or changed: all of it; verifies the ledger.

    2 if anything stops a publication, 1 if files are missing or changed.
    """
    findings = Findings(say)
    archive = _archive(output, findings)
    for record in archive.records:
        say(
            "{release}  approved  as at {as_of}, approved by {role}",
            release=record.release,
            as_of=record.as_of,
            role=record.approved_by,
        )
        _say_damage(output, archive, record, findings)
    for name in handed_over(output):
        findings.tried(partial(_say_release, output, name, archive.head, findings))
    for release, codes in (findings.tried(lambda: unsent_by_release(output)) or {}).items():
        say("{release}  not sent: {codes}", release=release, codes=", ".join(codes))
    for line in findings.tried(lambda: recalled(output)) or ():
        _say_recalled(archive, line, say)
    if findings.code == EXIT_DONE:
        say.plural(
            "The ledger is whole: {count} release.",
            "The ledger is whole: {count} releases.",
            len(archive.records),
        )
    return findings.code


def _say_recalled(archive: Archive, line: Recalled, say: Messenger) -> None:
    """That a page was sent in error, and what replaces it now."""
    record = archive.release(line.release)
    newer = replacement(archive, record, line.municipality) if record else ""
    named = {"release": line.release, "code": line.municipality, "recipient": line.recipient}
    if newer:
        say(
            "{release}  recalled: {code} from {recipient}, replaced by {newer}",
            newer=newer,
            **named,
        )
    else:
        say("{release}  recalled: {code} from {recipient}, nothing replaces it yet", **named)


def check_published(output: OutputFolder, say: Messenger) -> int:
    """Say only what is wrong with what was published and with what the ledger holds fast; as `status`."""
    findings = Findings(say)
    archive = _archive(output, findings)
    for record in archive.records:
        _say_damage(output, archive, record, findings)
    return findings.code


def _archive(output: OutputFolder, findings: Findings) -> Archive:
    """The archive, or what of it is whole; its damage, the lists' and the folders' are said."""
    archive, broken = salvaged(output.ledger)
    if broken:
        findings.found(broken)
    else:
        findings.tried(lambda: refuse_unknown_releases(output, archive))
    say_new(output, findings.say)
    for problem in list_problems(output, archive):
        findings.found(problem)
    findings.tried(lambda: insiders(output))
    for name in findings.tried(lambda: foreign_figures(output)) or ():
        findings.say("restricted/verified/{file} is in no line of verify.jsonl.", file=name)
        findings.failed(True)
    findings.failed(bool(findings.tried(lambda: say_folder(output, findings.say))))
    return archive


def _say_damage(output: OutputFolder, archive: Archive, record: Record, findings: Findings) -> None:
    """What is wrong with the files of an approved release."""
    damage = findings.tried(partial(damage_of, output, archive, record))
    if damage:
        say_damage(damage, findings.say)
        findings.failed(damage.harms)


def _say_release(output: OutputFolder, name: str, head: str, findings: Findings) -> None:
    """What failed, is drafted or out of date of a release."""
    prepared = open_release(output, name)
    say, manifest = findings.say, prepared.public.manifest
    done = findings.tried(lambda: outcomes(output, manifest.release)) or []
    failed = [o for o in done if o.state == "failed"]
    for outcome in failed:
        say(
            "{release}  FAILED {page}: {reason}",
            release=manifest.release,
            page=named(outcome.name, say.language),
            reason=outcome.because(say.language),
        )
    findings.failed(bool(failed))
    if prepared.public.is_draft:
        told = STALE if is_stale(manifest, head) else DRAFTED
        say(told, release=manifest.release, as_of=manifest.as_of)
    for job in outdated(output, prepared):
        page = named(job.name, say.language)
        say("{release}  OUT OF DATE {page}: make it again", release=manifest.release, page=page)
