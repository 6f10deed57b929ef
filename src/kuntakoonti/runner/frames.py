"""Messages on a pipe: the kind of each, and its parts, told apart by their lengths."""

import struct
from collections.abc import Iterator, Sequence

MESSAGE, REPLY = b"m", b"r"  # what the kernel publishes, and what it answers: a session's parts
OUT, ERROR = b"o", b"e"  # text on a stream: the id of the request that wrote it, and UTF-8
KEY = b"pipe"  # of the session's signatures: nobody else reads or writes here
STREAMS = {OUT: "stdout", ERROR: "stderr"}
_HEAD = struct.Struct("!cI")

Frame = tuple[bytes, list[bytes]]


def packed(kind: bytes, parts: Sequence[bytes | memoryview]) -> bytes:
    """One message as it stands on the pipe."""
    lengths = [memoryview(part).nbytes for part in parts]
    return b"".join(
        [_HEAD.pack(kind, len(parts)), struct.pack(f"!{len(parts)}Q", *lengths), *parts]
    )


class Unpacker:
    """Gives whole messages out of bytes that come in pieces; half a message is kept for later."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._held += data
        while frame := self._next():
            yield frame

    def _next(self) -> Frame | None:
        if len(self._held) < _HEAD.size:
            return None
        kind, count = _HEAD.unpack_from(self._held)
        start = _HEAD.size + 8 * count
        if len(self._held) < start:
            return None
        lengths = struct.unpack_from(f"!{count}Q", self._held, _HEAD.size)
        end = start + sum(lengths)
        if len(self._held) < end:
            return None
        parts = []
        for length in lengths:
            parts.append(bytes(self._held[start : start + length]))
            start += length
        del self._held[:end]
        return kind, parts
