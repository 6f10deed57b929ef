"""What final adjustments settled: it stays in ``restricted/``."""

import hashlib
import hmac
import json
from datetime import date
from pathlib import Path
from typing import Any

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import make_durable
from kuntakoonti.core.read_back import is_there, json_of
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import Settings
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.figures.adjustment import Settled
from kuntakoonti.restricted.preparation.key import secret_key


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
    if not is_there(path):
        raise UsageError(
            "The file restricted/settled/{file} is missing; restore it from a backup.",
            file=path.name,
        )
    settled = json_of(path, lambda body: _settled(body))
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
    make_durable(path)


def settled_digest(settled: Settled, key: bytes) -> str:
    """HMAC-SHA-256 of the amounts: the ledger holds it, and nobody can guess amounts from it."""
    return hmac.new(key, _text(settled).encode(), hashlib.sha256).hexdigest()


def _settled(body: dict[str, Any]) -> Settled:
    return Settled(body["years"], date.fromisoformat(body["as_of"]), body.get("shared", {}))


def _text(settled: Settled) -> str:
    body = {"as_of": settled.as_of.isoformat(), "years": settled.years}
    common = {"shared": settled.shared} if settled.shared else {}
    return json.dumps(body | common, sort_keys=True, indent=1)
