"""Invented records, told from real ones: by the file beside them, and by the form of their clients."""

import re
from collections.abc import Iterable
from pathlib import Path

READ_ME = "LUEMINUT.md"
# The heading in it under which every file stands as it was written.
WRITTEN = "# Tiedostot kirjoitettaessa (SHA-256) · Files as they were written"
CLIENT = re.compile("X[0-9A-Z]{5}")


def is_invented(data: Path, clients: Iterable[tuple[str]]) -> bool:
    """Whether a folder of records was written by `example-data`, or has only its clients.

    ``clients``: rows of one client id.
    """
    return _is_written(data / READ_ME) or _are_invented([client for (client,) in clients])


def _is_written(about: Path) -> bool:
    return about.is_file() and WRITTEN.encode() in about.read_bytes()


def _are_invented(clients: list[str]) -> bool:
    return bool(clients) and all(CLIENT.fullmatch(str(client)) for client in clients)
