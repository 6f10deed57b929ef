"""From draft to archive: an approval renders first, then appends to the ledger, then puts files in place.

One that is interrupted in between is finished by the next.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from kuntakoonti.attack import Verdict, write_witnesses
from kuntakoonti.core.disclosed_text import refuse_other_role
from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, UsageError
from kuntakoonti.core.files import discard, replace_folder, staging_folder, take_along
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.export.report import STATEMENT
from kuntakoonti.public.handover import Handover, open_handover
from kuntakoonti.public.ledger import Archive, Noted, Record, append
from kuntakoonti.public.statement import STATEMENT as STATEMENT_FILE
from kuntakoonti.public.statement import write_rules
from kuntakoonti.release.anchors import handover_digests, heads_now, manifest_digest
from kuntakoonti.release.attack_check import Candidate, attack_release, state, violated_guarantees
from kuntakoonti.release.dispatch import unsent
from kuntakoonti.release.index import refuse_unreadable_folder, write_index
from kuntakoonti.release.integrity import damage_of, open_archive
from kuntakoonti.release.jobs import PreparedRelease, final_jobs, open_release, open_releases
from kuntakoonti.release.lists import (
    dispatch_text,
    files_of,
    write_final_manifest,
    write_list,
    write_outcomes,
)
from kuntakoonti.runner.batch import Workers, make_reports
from kuntakoonti.runner.job import Job
from kuntakoonti.runner.progress import teller


def approve(
    output: OutputFolder, release: str, by: str, say: Messenger, workers: Workers = 0
) -> int:
    """Draft → archive: render the final files, append the whole area to the ledger, dispatch."""
    archive = open_archive(output, say)
    refuse_unreadable_folder(output, archive.head)
    record = archive.release(release)
    if record:
        say("{release} is approved already ({role}).", release=release, role=record.approved_by)
        return finish(output, archive, record, workers, say)
    record = draft_of(open_handover(output.handover(release)).whole(), archive, by)
    _refuse_missing_releases(output, archive)
    with staging_folder(output) as stage:
        final = _FinalFiles(output, stage, archive, record, workers, say)
        prepared = final.taken_over()
        if not final.pages_made(prepared):
            return EXIT_FAILED
        verdict = final.attacked(prepared)
        prepared = final.stated(prepared, verdict)
        if not (final.withstand(verdict) and final.statement_made(prepared)):
            return EXIT_FAILED
        final.listed(prepared)
        record = final.anchored()
        dispatch = _dispatch_list(output, archive, prepared, stage)
        archive = append(output.ledger, archive, record)
        final.put_in_place()
    say(
        "{release} is written to the ledger, approved by {role}.",
        release=record.release,
        role=record.approved_by,
    )
    return _dispatch(output, archive, ReleaseName(release), dispatch)


def _refuse_missing_releases(output: OutputFolder, archive: Archive) -> None:
    """UsageError, before anything is made, for an earlier release or list that is not all there."""
    _approved(open_releases(output), archive)
    for record in archive.records:
        files_of(output, record.release)
    heads_now(output, archive)
    unsent(output)


def _dispatch_list(
    output: OutputFolder, archive: Archive, prepared: PreparedRelease, stage: OutputFolder
) -> str:
    """The dispatch list as it will be; UsageError, before the ledger grows, if it cannot be made."""
    releases = {**open_releases(output), prepared.public.release: prepared}
    grown = archive.with_line(prepared.public.record, archive.tip)
    return dispatch_text(output, grown, _approved(releases, grown), stage)


def _approved(
    releases: Mapping[str, PreparedRelease], archive: Archive
) -> Mapping[str, PreparedRelease]:
    """The handovers of approved releases; UsageError if one is not there."""
    for record in archive.records:
        if record.release not in releases:
            raise UsageError(
                "The handover protected/{release} of an approved release is missing. Restore it from "
                "a backup. Nothing was published.",
                release=record.release,
            )
    return releases


def draft_of(handover: Handover, archive: Archive, by: str) -> Record:
    """The record of a draft as approved by a role; UsageError if it cannot be approved as it is."""
    if not by.strip():
        raise UsageError("--by: write the role of the approver, for example controller.")
    roles = handover.area.facts.roles
    valid = [r.role for r in roles if r.valid_on(date.today())]
    refuse_other_role("--by", by, valid if roles else None)
    if handover.manifest.archive_head != archive.head:
        raise UsageError(
            "The draft {release} was made before the last approval. Make it again (extraction "
            "date {as_of} or later).",
            release=handover.release,
            as_of=handover.manifest.as_of,
        )
    return replace(handover.record, approved_by=by.strip())


def finish(
    output: OutputFolder, archive: Archive, record: Record, workers: Workers, say: Messenger
) -> int:
    """Make again what is missing or changed of an approved release, as after an interruption."""
    damage = damage_of(output, archive, record)
    if damage.pages:
        say(
            "{release}: files that are missing or have changed are made again.",
            release=record.release,
        )
        with staging_folder(output) as stage:
            final = _FinalFiles(output, stage, archive, record, workers, say)
            prepared = final.taken_over()
            if not final.pages_made(prepared):
                return EXIT_FAILED
            if STATEMENT_FILE not in prepared.public.manifest.files:
                prepared = final.stated(prepared, final.attacked(prepared))
            if not final.statement_made(prepared):
                return EXIT_FAILED
            final.listed(prepared)
            archive = final.noted()
            final.put_in_place()
    return _dispatch(output, archive, ReleaseName(record.release))


@dataclass(frozen=True)
class _FinalFiles:
    """The final files of a release, made on a stage and put in place when all of them are there."""

    output: OutputFolder
    stage: OutputFolder
    archive: Archive
    record: Record
    workers: Workers
    say: Messenger

    def taken_over(self) -> PreparedRelease:
        """The release's handovers on the stage, as approved."""
        release = self.record.release
        for place, staged in (
            (self.output, self.stage),
            (self.output.secret, self.stage.secret),
        ):
            if place.handover(release).exists():
                shutil.copytree(place.handover(release), staged.handover(release))
        return open_release(self.stage, release).approved(self.record.approved_by).written()

    def pages_made(self, prepared: PreparedRelease) -> bool:
        """Render every page but the statement; whether all were made."""
        jobs = final_jobs(self.output, prepared, self.stage)
        made = self._made([j for j in jobs if j.municipality != STATEMENT], self.workers)
        write_rules(prepared.public, self.stage.release(self.record.release))
        return made

    def statement_made(self, prepared: PreparedRelease) -> bool:
        """Render the statement for the data protection officer; whether it was made."""
        jobs = final_jobs(self.output, prepared, self.stage)
        return self._made([j for j in jobs if j.municipality == STATEMENT], 1)

    def _made(self, jobs: list[Job], workers: Workers) -> bool:
        """Make the reports; if one fails, the index says so and nothing is published."""
        release = self.record.release
        outcomes = make_reports(jobs, workers, teller(len(jobs), self.say))
        write_outcomes(self.output, release, outcomes)
        failed = [o for o in outcomes if o.state == "failed"]
        if failed:
            write_index(self.output, open_releases(self.output), self.archive.head)
            self.say.plural(
                "{release}: {count} page failed; nothing was published. Correct the fault and run "
                "again.",
                "{release}: {count} pages failed; nothing was published. Correct the faults and "
                "run again.",
                len(failed),
                release=release,
            )
        return not failed

    def attacked(self, prepared: PreparedRelease) -> Verdict:
        """Attack the rendered files together with everything published before (R9)."""
        files = self.stage.release(self.record.release)
        candidate = Candidate(self.record, prepared.public, files)
        return attack_release(self.output, self.archive, candidate, self.say.language)

    def stated(self, prepared: PreparedRelease, verdict: Verdict) -> PreparedRelease:
        """The staged handover with what the attack found."""
        return replace(prepared, public=state(self.output, prepared.public, verdict))

    def withstand(self, verdict: Verdict) -> bool:
        """Whether the attacker fails on everything published, this release included (R9)."""
        if verdict.violated:
            self.say(
                "{release}: the attack succeeded: {fallen}. Nothing was approved; the rule is "
                "repaired by a dated change. See restricted/attack/{release}.txt.",
                release=self.record.release,
                fallen=violated_guarantees(verdict, self.say.language),
            )
        else:
            write_witnesses(verdict, self.output.private("witnesses"))
        return not verdict.violated

    def listed(self, prepared: PreparedRelease) -> None:
        """The manifest of everything that was made on the stage."""
        write_final_manifest(prepared.public, self.stage.release(self.record.release))

    def anchored(self) -> Record:
        """The record with what its line of the ledger holds fast."""
        return replace(self.record, manifest=self._manifest, heads=self._heads)

    def noted(self) -> Archive:
        """The archive with a line of pages that were made again, if they are others than before."""
        line = self.archive.made.get(self.record.release)
        if line and line.manifest == self._manifest:
            return self.archive
        noted = Noted("rendered", self.record.release, self._manifest, self._heads)
        return append(self.output.ledger, self.archive, noted)

    @property
    def _manifest(self) -> str:
        return manifest_digest(self.stage.release(self.record.release))

    @property
    def _heads(self) -> dict[str, str]:
        own = handover_digests(self.output, self.stage, self.record.release)
        return {**heads_now(self.output, self.archive), **own}

    def put_in_place(self) -> None:
        """Handovers and pages from the stage to their folders; the secret ones stay restricted."""
        name, output, stage = self.record.release, self.output, self.stage
        strays = damage_of(output, self.archive, self.record).strays
        take_along(strays, output.release(name), stage.release(name))
        moves = {
            stage.handover(name): output.handover(name),
            stage.secret.handover(name): output.secret.handover(name),
            stage.secret_pages(name): output.secret_pages(name),
            stage.release(name): output.release(name),
        }
        for new, target in moves.items():
            if new.exists():
                replace_folder(new, target)
        discard(output.secret_draft(name))


def _dispatch(
    output: OutputFolder, archive: Archive, release: ReleaseName, dispatch: str = ""
) -> int:
    """The lists around a release; equal files are left as they are."""
    _drop_estimate(output, release)
    releases = _approved(open_releases(output), archive)
    dispatch = dispatch or dispatch_text(output, archive, releases)
    write_list(output, output.dispatch, dispatch)
    discard(output.draft(release))
    write_index(output, releases, archive.head)
    return EXIT_DONE


def _drop_estimate(output: OutputFolder, release: ReleaseName) -> None:
    """An estimate that was never approved is of no use once the final adjustment is."""
    if release.kind != "final":
        return
    folder = output.handover(release.estimate)
    if folder.exists() and open_handover(folder).is_draft:
        discard(output.draft(release.estimate))
        discard(folder)
