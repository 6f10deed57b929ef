"""A list that only grows: one JSON line an entry, each chained to the one before by SHA-256.

An entry holds its predecessor's hash and its own, of the rest of its line, so that a changed,
removed or reordered line is seen; only lines that are cut off the end are not.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from kuntakoonti.core.files import append_line

GENESIS = "0" * 64  # what the first line continues
Body = dict[str, Any]
Entry = TypeVar("Entry")


class BrokenLine(Exception):
    """A line that cannot be read, or (``readable``) was changed or does not continue the one before."""

    def __init__(self, line: int, readable: bool) -> None:
        super().__init__(line)
        self.line, self.readable = line, readable


def read_chained(path: Path, entry_of: Callable[[Body], Entry]) -> Iterator[tuple[Entry, str]]:
    """Each entry and its line's hash, in their order, verified; nothing where there is no file.

    ``entry_of`` makes an entry of a line's values without its hashes. Raises BrokenLine.
    """
    head = GENESIS
    lines = path.read_bytes().splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            body = json.loads(line)
            own = body.pop("hash")
            intact = own == _digest(body)
            intact = body.pop("previous") == head and intact
            entry = entry_of(body)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BrokenLine(number, readable=False) from None
        if not intact:
            raise BrokenLine(number, readable=True)
        head = own
        yield entry, head


def append_chained(path: Path, previous: str, body: Body) -> str:
    """Append an entry durably after the line whose hash is ``previous``; returns its own hash."""
    chained = {"previous": previous, **body}
    own = _digest(chained)
    append_line(path, canonical({**chained, "hash": own}))
    return own


def canonical(body: Body) -> str:
    """The one text of a body that is hashed."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _digest(body: Body) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()
