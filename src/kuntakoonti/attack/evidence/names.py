"""The name of an unknown."""

from typing import NamedTuple


class Name(NamedTuple):
    """An unknown: persons (``clients``), client-months, cents (``euro``), units paid or a choice.

    ``version`` is the release that first showed it; ``~`` before it means that nobody did.
    """

    kind: str
    municipality: str
    service: str
    period: str
    version: str

    @property
    def latent(self) -> bool:
        """Whether it stands behind the publication without being on a page."""
        return self.version.startswith("~")
