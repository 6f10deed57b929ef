"""What final adjustments settled, and the key of the fingerprints: both stay in ``restricted/``."""

import hashlib
import hmac
import json
import secrets
from datetime import date
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import Settings
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.figures.adjustment import Settled


def read_settled(settings: Settings, archive: Archive, release: str) -> Settled:
    """The amounts of the last approved final adjustment; UsageError if they were changed or lost.

    What a later year has settled is not settled again by an earlier year's adjustment.
    """
    final = [r for r in archive.records if r.settled]
    if not final:
        return Settled()
    if ReleaseName(release).kind == "final" and release <= final[-1].release:
        raise UsageError(
            "{last} is approved already: the years before it were settled there too. The release "
            "{release} is not made any more; new records belong to the next adjustment.",
            last=final[-1].release,
            release=release,
        )
    path = settings.output.settled(final[-1].release)
    if not path.exists():
        raise UsageError(
            "The file restricted/settled/{file} is missing; restore it from a backup.",
            file=path.name,
        )
    body = json.loads(path.read_text(encoding="utf-8"))
    settled = Settled(body["years"], date.fromisoformat(body["as_of"]))
    if settled_digest(settled, secret_key(settings)) != final[-1].settled:
        raise UsageError(
            "The file restricted/settled/{file} has changed; restore it from a backup.",
            file=path.name,
        )
    return settled


def write_settled(settled: Settled, path: Path) -> None:
    """The amounts as JSON, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(_text(settled), encoding="utf-8")


def settled_digest(settled: Settled, key: bytes) -> str:
    """HMAC-SHA-256 of the amounts: the ledger holds it, and nobody can guess amounts from it."""
    return hmac.new(key, _text(settled).encode(), hashlib.sha256).hexdigest()


def secret_key(settings: Settings) -> bytes:
    """The key of the input fingerprints, made at the first run and kept in ``restricted/key``."""
    for path in (settings.output.key, settings.target.key):
        if path.exists():
            return bytes.fromhex(path.read_text(encoding="ascii"))
    settings.target.close_restricted()
    key, path = secrets.token_bytes(32), settings.target.key
    aside = path.with_name(".key.part")
    aside.touch(mode=0o600)
    aside.write_text(key.hex(), encoding="ascii")
    aside.replace(path)
    return key


def _text(settled: Settled) -> str:
    body = {"as_of": settled.as_of.isoformat(), "years": settled.years}
    return json.dumps(body, sort_keys=True, indent=1)
