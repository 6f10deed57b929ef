"""The key of every keyed digest: of the records, of settled amounts, of the chained lists. Restricted."""

import hashlib
import hmac
import secrets
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import put_durably
from kuntakoonti.core.read_back import is_there, parsed, text_of
from kuntakoonti.core.settings import OutputFolder, Settings

LEAST = 16  # bytes
KEY_CHECK = b"kuntakoonti"  # its digest tells one key from another


def secret_key(settings: Settings) -> bytes:
    """The key, made at the first run and kept in ``restricted/key``."""
    for place in (settings.output, settings.target):
        if is_there(place.key):
            return known_key(place)
    settings.target.close_restricted()
    return _new_key(settings.target.key)


def known_key(output: OutputFolder) -> bytes:
    """The key that the digests of an OUTPUT were made with; UsageError without it."""
    return parsed(output.key, text_of(output.key), _key_in)


def _key_in(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) < LEAST:
        raise ValueError("too short for a key")
    return key


def keyed_digest(key: bytes, content: bytes) -> str:
    """HMAC-SHA-256 (hex): nobody without the key can guess a content from it."""
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def refuse_other_key(key: bytes, check: str) -> None:
    """UsageError if a key is not the one whose check value the ledger holds (none: no check)."""
    if check and keyed_digest(key, KEY_CHECK) != check:
        raise UsageError(
            "The file restricted/key is not the key that the ledger was made with. Restore it from "
            "a backup. Nothing was published."
        )


def _new_key(path: Path) -> bytes:
    key, aside = secrets.token_bytes(32), path.with_name(".key.part")
    aside.touch(mode=0o600)
    aside.write_text(key.hex(), encoding="ascii")
    put_durably(aside, path)
    return key
