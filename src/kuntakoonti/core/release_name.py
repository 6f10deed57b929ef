"""The name of a release: a month, ``2025-08`` or corrected ``2025-08-v2``, or a year's end."""

import re
from typing import Literal

ReleaseKind = Literal["month", "estimate", "final"]
_FORM = re.compile(r"[0-9]{4}-((0[1-9]|1[0-2])(-v[1-9][0-9]*)?|tasaus|tasausarvio)")
_WORDS: dict[str, ReleaseKind] = {"tasausarvio": "estimate", "tasaus": "final"}


class ReleaseName(str):
    """A release by its name, which says its kind and its month; a text as it stands in the files."""

    __slots__ = ()

    @classmethod
    def of_year_end(cls, year: str, final: bool) -> "ReleaseName":
        """``2025-tasaus``, or ``2025-tasausarvio`` before the year's closing date."""
        return cls(f"{year}-tasaus" if final else f"{year}-tasausarvio")

    @classmethod
    def of_version(cls, month: str, number: int) -> "ReleaseName":
        """``2025-08-v2``: a month's page, corrected."""
        return cls(f"{month}-v{number}")

    @property
    def is_valid(self) -> bool:
        """Whether it has the form of a release's name."""
        return bool(_FORM.fullmatch(self))

    @property
    def year(self) -> str:
        return self[:4]

    @property
    def kind(self) -> ReleaseKind:
        """A month, a year's estimate before its closing date, or its final adjustment."""
        return _WORDS.get(self[5:], "month")

    @property
    def month(self) -> str:
        """The month that is prepared: a year's end is prepared like its December."""
        return self[:7] if self.kind == "month" else f"{self.year}-12"

    @property
    def is_version(self) -> bool:
        """Whether it is a corrected month's."""
        return self.kind == "month" and self != self.month

    @property
    def estimate(self) -> "ReleaseName":
        """The estimate of a final adjustment's year."""
        return self.of_year_end(self.year, final=False)
