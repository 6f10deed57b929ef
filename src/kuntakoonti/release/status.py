"""What is drafted, published, failed, missing or changed in OUTPUT."""

from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, message
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import Settings
from kuntakoonti.public.pages import Manifest
from kuntakoonti.release.authority_log import insiders
from kuntakoonti.release.dispatch import unsent_by_release
from kuntakoonti.release.index import is_stale, outdated
from kuntakoonti.release.integrity import damage_of, open_archive, say_damage
from kuntakoonti.release.output_folder import Outputs
from kuntakoonti.runner.progress import named

DRAFTED = message("{release}  luonnos  tilanne {as_of}")

STALE = message("{release}  luonnos  tilanne {as_of}, vanhentunut: tee uudelleen")


def status(settings: Settings, say: Messenger) -> int:
    """What is drafted, published, failed, missing or changed; verifies the ledger."""
    archive, outputs = open_archive(settings, say), Outputs(settings)
    insiders(settings)
    failed = False
    for record in archive.records:
        say(
            "{release}  hyväksytty  tilanne {as_of}, hyväksyjä {role}",
            release=record.release,
            as_of=record.as_of,
            role=record.approved_by,
        )
        damage = damage_of(settings, record)
        failed = failed or damage is not None
        if damage:
            say_damage(damage, say)
    for manifest in outputs.manifests():
        failed = _say_pages(outputs, manifest, archive.head, say) or failed
    for release, codes in unsent_by_release(settings.output).items():
        say("{release}  lähettämättä: {codes}", release=release, codes=", ".join(codes))
    whole = len(archive.records)
    say.plural("Arkisto on ehjä: {count} julkaisu.", "Arkisto on ehjä: {count} julkaisua.", whole)
    return EXIT_FAILED if failed else EXIT_DONE


def _say_pages(outputs: Outputs, manifest: Manifest, head: str, say: Messenger) -> bool:
    """What failed, is drafted or out of date of a release; whether anything failed."""
    failed = [o for o in outputs.outcomes(manifest.release) if o.state == "failed"]
    for outcome in failed:
        say(
            "{release}  EPÄONNISTUI {page}: {reason}",
            release=manifest.release,
            page=named(outcome.name, say.language),
            reason=outcome.because(say.language),
        )
    if manifest.state == "draft":
        told = STALE if is_stale(manifest, head) else DRAFTED
        say(told, release=manifest.release, as_of=manifest.as_of)
    for job in outdated(outputs, manifest):
        page = named(job.name, say.language)
        say("{release}  VANHENTUNUT {page}: tee se uudelleen", release=manifest.release, page=page)
    return bool(failed)
