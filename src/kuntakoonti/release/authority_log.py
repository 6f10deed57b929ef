"""Who was given exact figures of a municipality: a chained log, and the figures the attacker knows."""

from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.core.chained_list import GENESIS, BrokenLine, append_chained, read_chained
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.anchors import broken_list
from kuntakoonti.release.lists import sha256_of


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


def insiders(output: OutputFolder) -> Path | None:
    """The folder of the exact figures that were given out; None if none ever were.

    UsageError if the log was changed, or a file it names: the attacker must know what others know.
    """
    given = read_given(output)
    latest = {g.stem: g.sha256 for g in given}
    for stem, digest in latest.items():
        path = output.verified / f"{stem}.csv"
        if not path.is_file() or path.is_symlink() or sha256_of(path) != digest:
            raise UsageError(
                "The file restricted/verified/{file} is missing or has changed; restore it from a "
                "backup. Without it the attacker does not know what the authority knows.",
                file=path.name,
            )
    return output.verified if given else None


def foreign_figures(output: OutputFolder) -> tuple[str, ...]:
    """Files of exact figures that the log does not know: it was emptied, or they are another's."""
    known = {f"{given.stem}.csv" for given in read_given(output)}
    return tuple(sorted(p.name for p in output.verified.glob("*.csv") if p.name not in known))


def read_given(output: OutputFolder) -> tuple[Given, ...]:
    """Everything that was given out, oldest first; UsageError if the log does not hold together."""
    return tuple(given for given, _ in _entries(output))


def remember(output: OutputFolder, given: Given) -> None:
    """Append one line to the log, durably."""
    entries = _entries(output)
    head = entries[-1][1] if entries else GENESIS
    output.close_restricted()
    append_chained(output.given_out, head, vars(given))


def _given(body: dict[str, str]) -> Given:
    if not all(isinstance(value, str) for value in body.values()):
        raise TypeError("a line of texts")
    return Given(**body)


def _entries(output: OutputFolder) -> list[tuple[Given, str]]:
    try:
        return list(read_chained(output.given_out, _given))
    except BrokenLine as broken:
        raise broken_list(output.given_out, broken) from None
