"""Where the headings of a table are: on which line, in which cells, and what is missing of them.

A heading is never quoted: in a file without any, its "headings" are a person's record.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kuntakoonti.core.errors import Problem, Severity
from kuntakoonti.restricted.intake.cleaning import visible
from kuntakoonti.restricted.intake.text_table import Layout

_LONGEST = 200  # characters of a heading
LOOKED_AT = 50  # rows from the top among which the headings are looked for
_BETWEEN = re.compile(r"[\s_\-\u2010-\u2015]+")


@dataclass(frozen=True)
class Header:
    """Where the wanted columns are: ``places`` key → index from 0, ``width`` cells a row."""

    places: dict[str, int]
    width: int
    unknown: tuple[int, ...]
    problems: tuple[Problem, ...]
    missing: frozenset[str]


@lru_cache(maxsize=1 << 16)
def plain(heading: str) -> str:
    """A heading as it is compared: letters small, any space, line break or hyphen one underscore."""
    return _BETWEEN.sub("_", visible(heading).strip()).strip("_").casefold()


def matches(layout: Layout, names: Sequence[str]) -> int:
    """How many of the wanted headings a row has."""
    wanted = {plain(h) for h in layout.headings.values()}
    return len(wanted & {plain(name) for name in names if len(name) <= _LONGEST})


def is_header(layout: Layout, names: Sequence[str]) -> bool:
    """Whether a row is the headings: it has half of those that must be there, and two at least."""
    needed = [plain(h) for key, h in layout.headings.items() if key in layout.required]
    have = {plain(name) for name in names if len(name) <= _LONGEST}
    return sum(h in have for h in needed) >= min(len(needed), max(2, (len(needed) + 1) // 2))


def match_header(layout: Layout, file: str, names: Sequence[str]) -> Header:
    """Finds the columns by name, ignoring case, space around and inside and a byte order mark.

    An unknown column is reported by its place and not by its name.
    """
    found = [plain(name) for name in names]
    while found and not found[-1]:
        found.pop()
    wanted = {key: plain(heading) for key, heading in layout.headings.items()}
    missing = [k for k in wanted if k in layout.required and wanted[k] not in found]
    shown = {key: _shown(layout, key) for key in wanted}
    problems = [_stop(file, shown[key], "missing_column") for key in missing]
    doubled = {wanted[k]: shown[k] for k in wanted if found.count(wanted[k]) > 1}
    problems += [_stop(file, name, "doubled_column") for name in doubled.values()]
    known = set(wanted.values())
    unknown = tuple(
        place for place, name in enumerate(found, start=1) if name and name not in known
    )
    problems += [
        Problem(file, 0, "", "unknown_column", Severity.NOTE, (("position", str(place)),))
        for place in unknown
    ]
    places = {key: found.index(name) for key, name in wanted.items() if name in found}
    return Header(places, len(found), unknown, tuple(problems), frozenset(missing))


def looks_like_heading(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The line that looks most like headings: the first of those with most cells of words."""
    words = [(sum(bool(re.search(r"[^\W\d]", c)) for c in cells), line) for line, cells in rows]
    most = max((n for n, _ in words), default=0)
    return next((line for n, line in words if n == most), 1)


def _shown(layout: Layout, key: str) -> str:
    """The column's own name; of another heading, the one that is declared."""
    heading = layout.headings[key]
    return key if plain(heading) == key else heading


def _stop(file: str, column: str, kind: str) -> Problem:
    return Problem(file, 0, column, kind, Severity.STOP)
