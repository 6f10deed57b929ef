"""What is drafted, published, failed, missing or changed in OUTPUT."""

from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.authority_log import insiders
from kuntakoonti.release.dispatch import unsent_by_release
from kuntakoonti.release.index import is_stale, outdated
from kuntakoonti.release.integrity import damage_of, open_archive, say_damage
from kuntakoonti.release.jobs import PreparedRelease, open_releases
from kuntakoonti.release.lists import outcomes
from kuntakoonti.runner.progress import named

DRAFTED = message("{release}  draft  as at {as_of}")

STALE = message("{release}  draft  as at {as_of}, out of date: make it again")


def status(output: OutputFolder, say: Messenger) -> int:
    """What is drafted, published, failed, missing or changed; verifies the ledger."""
    archive = open_archive(output, say)
    insiders(output)
    failed = False
    for record in archive.records:
        say(
            "{release}  approved  as at {as_of}, approved by {role}",
            release=record.release,
            as_of=record.as_of,
            role=record.approved_by,
        )
        damage = damage_of(output, record)
        failed = failed or damage is not None
        if damage:
            say_damage(damage, say)
    for prepared in open_releases(output).values():
        failed = _say_pages(output, prepared, archive.head, say) or failed
    for release, codes in unsent_by_release(output).items():
        say("{release}  not sent: {codes}", release=release, codes=", ".join(codes))
    whole = len(archive.records)
    say.plural(
        "The ledger is whole: {count} release.", "The ledger is whole: {count} releases.", whole
    )
    return EXIT_FAILED if failed else EXIT_DONE


def _say_pages(output: OutputFolder, prepared: PreparedRelease, head: str, say: Messenger) -> bool:
    """What failed, is drafted or out of date of a release; whether anything failed."""
    manifest = prepared.public.manifest
    failed = [o for o in outcomes(output, manifest.release) if o.state == "failed"]
    for outcome in failed:
        say(
            "{release}  FAILED {page}: {reason}",
            release=manifest.release,
            page=named(outcome.name, say.language),
            reason=outcome.because(say.language),
        )
    if prepared.public.is_draft:
        told = STALE if is_stale(manifest, head) else DRAFTED
        say(told, release=manifest.release, as_of=manifest.as_of)
    for job in outdated(output, prepared):
        page = named(job.name, say.language)
        say("{release}  OUT OF DATE {page}: make it again", release=manifest.release, page=page)
    return bool(failed)
