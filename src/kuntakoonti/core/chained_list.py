"""A list that only grows: one JSON line an entry, each chained to the one before by SHA-256.

An entry holds its predecessor's hash and its own, of the rest of its line, so that a changed,
removed or reordered line is seen; only lines that are cut off the end are not. A list that ends
within a line, has other line ends or its last line twice is found when it is opened and is mended by
`mended` alone: nothing is ever appended to it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from kuntakoonti.core.files import append_line
from kuntakoonti.core.read_back import bytes_of, is_there

GENESIS = "0" * 64  # what the first line continues
Body = dict[str, Any]
Entry = TypeVar("Entry")


class BrokenLine(Exception):
    """A line that cannot be read, or (``readable``) was changed or does not continue the one before.

    ``mendable``: only the end of the list or its line ends are damaged.
    """

    def __init__(self, line: int, readable: bool, mendable: bool = False) -> None:
        super().__init__(line)
        self.line, self.readable, self.mendable = line, readable, mendable


def read_chained(path: Path, entry_of: Callable[[Body], Entry]) -> Iterator[tuple[Entry, str]]:
    """Each entry and its line's hash, in their order, verified; nothing where there is no file.

    ``entry_of`` makes an entry of a line's values without its hashes. Raises BrokenLine, and
    Unreadable for what is no file.
    """
    content = bytes_of(path) if is_there(path) else b""
    mends = mended(content) is not None
    head, lines = GENESIS, content.split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        entry, head = _entry(line, head, entry_of, BrokenLine(number, False, mends))
        yield entry, head
    if lines[-1]:
        raise BrokenLine(len(lines), readable=False, mendable=mends)


def _entry(
    line: bytes, head: str, entry_of: Callable[[Body], Entry], broken: BrokenLine
) -> tuple[Entry, str]:
    """The entry of a line and its hash; BrokenLine if it does not continue ``head``."""
    try:
        if line.endswith(b"\r"):
            raise broken
        body = json.loads(line)
        own = body.pop("hash")
        intact = own == _digest(body)
        intact = body.pop("previous") == head and intact
        entry = entry_of(body)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise broken from None
    if not intact:
        raise BrokenLine(broken.line, True, broken.mendable)
    return entry, str(own)


def mended(content: bytes) -> bytes | None:
    """A damaged list as it was before only its end or its line ends were damaged; None if that is not all.

    A missing last line end is added, CRLF made LF, half a line and a repeated line at the end are
    taken away: what is left is chained whole.
    """
    lines = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    if lines and not _is_json(lines[-1]):
        lines.pop()
    while len(lines) > 1 and lines[-1] == lines[-2]:
        lines.pop()
    whole = b"".join(line + b"\n" for line in lines)
    return whole if whole != content and _is_chained(lines) else None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_entry(line: bytes) -> bool:
    try:
        body = json.loads(line)
        return bool(body.pop("hash") == _digest(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _is_chained(lines: list[bytes]) -> bool:
    head = GENESIS
    for line in lines:
        if not _is_entry(line) or json.loads(line).get("previous") != head:
            return False
        head = json.loads(line)["hash"]
    return True


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
