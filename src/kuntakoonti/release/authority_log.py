"""Who was given exact figures of a municipality: a chained log, and the figures the attacker knows."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import append_line
from kuntakoonti.core.settings import Settings
from kuntakoonti.release.output_folder import sha256_of

_START = "0" * 64


@dataclass(frozen=True)
class Entitled:
    """Who gets the exact figures of which municipality and release, on what basis.

    ``basis``: the law or decision that entitles; ``approved_by``: a role.
    """

    release: str
    municipality: str
    basis: str
    approved_by: str
    recipient: str = ""


@dataclass(frozen=True)
class Given:
    """One exact check page that was given out: of what, to whom, on what basis, by whose approval.

    ``as_of`` is the extraction date; ``when`` the time it was given; ``sha256`` of its CSV.
    """

    release: str
    municipality: str
    as_of: str
    recipient: str
    basis: str
    approved_by: str
    when: str
    sha256: str

    @property
    def stem(self) -> str:
        """The name of its files."""
        return f"{self.release}-{self.municipality}"


def insiders(settings: Settings) -> Path | None:
    """The folder of the exact figures that were given out; None if none ever were.

    UsageError if the log was changed, or a file it names: the attacker must know what others know.
    """
    given = read_given(settings)
    folder = settings.output / "restricted" / "verified"
    latest = {g.stem: g.sha256 for g in given}
    for stem, digest in latest.items():
        path = folder / f"{stem}.csv"
        if not path.exists() or sha256_of(path) != digest:
            raise UsageError(
                "Tiedosto restricted/verified/{file} puuttuu tai on muuttunut; palauta se "
                "varmuuskopiosta. Ilman sitä hyökkääjä ei tiedä, mitä viranomainen tietää.",
                file=path.name,
            )
    return folder if given else None


def read_given(settings: Settings) -> tuple[Given, ...]:
    """Everything that was given out, oldest first; UsageError if the log does not hold together."""
    path, head = _log(settings), _START
    found = []
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            body = json.loads(line)
            own, previous = body.pop("hash"), body["previous"]
            intact = own == _digest(body) and previous == head
            found.append(Given(**{k: v for k, v in body.items() if k != "previous"}))
        except (ValueError, KeyError, TypeError):
            intact, own = False, ""
        if not intact:
            raise UsageError(
                "Lokin restricted/{file} rivi {line} on muuttunut. Palauta se varmuuskopiosta.",
                file=path.name,
                line=number,
            )
        head = own
    return tuple(found)


def remember(settings: Settings, given: Given) -> None:
    """Append one line to the log, durably."""
    path = _log(settings)
    read_given(settings)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    body = {**vars(given), "previous": json.loads(lines[-1])["hash"] if lines else _START}
    settings.private("verified")
    append_line(path, _canonical({**body, "hash": _digest(body)}))


def _log(settings: Settings) -> Path:
    return settings.output / "restricted" / "verify.jsonl"


def _canonical(body: dict[str, str]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _digest(body: dict[str, str]) -> str:
    return hashlib.sha256(_canonical(body).encode()).hexdigest()
