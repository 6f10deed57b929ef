"""How a page of a release is set: what stands together, how close, and where a sheet ends.

A heading stands with its table, a table with its sentences. A page is set as close as it needs to be
to take as many sheets as it should, and no sheet is filled less than a quarter.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kuntakoonti.core.markup import Element, Node, Nodes

CLOSENESS = (0, 1, 2)  # from the usual distances to the closest
LEAST_FILLED = 0.28  # of a sheet: a quarter, and the distance below the last line
MOST_ROWS = 30  # of tables that are not divided
TOP, BOTTOM = 28 / 25.4 * 72, 841.89 - 26 / 25.4 * 72  # of the text on a sheet, points
_STARTS = ("h1", "h2", "aside", "hr", "header")


@dataclass(frozen=True)
class Setting:
    """How close a page is set; ``new_sheet``: the group before which a sheet ends, none of them if 0."""

    closeness: int = 0
    new_sheet: int = 0


@dataclass(frozen=True)
class Place:
    """Where a group begins or ends: its sheet, from 1, and points from the sheet's top."""

    group: int
    sheet: int
    y: float


@dataclass(frozen=True)
class Sheets:
    """Where the groups of a page ended; ``begun``: those that may be divided."""

    ended: tuple[Place, ...]
    begun: tuple[Place, ...] = ()

    @property
    def number(self) -> int:
        return max((place.sheet for place in self.ended), default=1)

    @property
    def filled(self) -> float:
        """The share of the emptiest sheet that is filled; one on which a group goes on is full."""
        return min((self._filled(sheet) for sheet in range(1, self.number + 1)), default=1.0)

    def _filled(self, sheet: int) -> float:
        ends = {place.group: place.sheet for place in self.ended}
        goes_on = any(p.sheet == sheet and ends.get(p.group, sheet) > sheet for p in self.begun)
        lowest = [place.y for place in self.ended if place.sheet == sheet]
        if goes_on or not lowest:
            return 1.0
        return (max(lowest) - TOP) / (BOTTOM - TOP)


def groups(body: Iterable[Node]) -> Iterator[Nodes]:
    """The nodes of a page in groups that are not divided: a heading, its table, its sentences."""
    group: list[Node] = []
    for node in body:
        if group and _starts(node, group):
            carried = _carried(node, group)
            yield tuple(group[: len(group) - len(carried)])
            group = carried
        group.append(node)
    if group:
        yield tuple(group)


def _starts(node: Node, group: Sequence[Node]) -> bool:
    """Whether a node begins a group: a heading, a box, a second table or chart."""
    name = _name(node)
    last = _name(group[-1])
    if name in _STARTS:
        return True
    if last in ("aside", "hr", "header"):
        return True
    return _is_shown(node) and any(map(_is_shown, group))


def _carried(node: Node, group: list[Node]) -> list[Node]:
    """The sentence that leads to a second table goes with it; the notes of the first do not."""
    before = group[-1]
    leads = isinstance(before, Element) and before.name == "p" and "note" not in before.classes
    return [before] if leads and _is_shown(node) and _name(node) == "table" else []


def is_whole(group: Nodes) -> bool:
    """Whether a group is kept on one sheet: it has a table or a chart, and is not too long."""
    rows = sum(1 for n in group if isinstance(n, Element) for _ in n.find("tr"))
    return any(map(_is_shown, group)) and rows <= MOST_ROWS


def _is_shown(node: Node) -> bool:
    return _name(node) in ("table", "figure")


def _name(node: Node) -> str:
    return node.name if isinstance(node, Element) else ""


def setting_of(looked_at: Callable[[Setting], Sheets], most: int) -> Setting:
    """The loosest setting with at most so many sheets, none nearly empty.

    Where none has, the fewest sheets; what would stand nearly alone takes more of the page with it.
    """
    tried: list[tuple[Setting, Sheets]] = []
    for closeness in CLOSENESS:
        setting = Setting(closeness)
        tried.append((setting, looked_at(setting)))
        if tried[-1][1].number <= most and tried[-1][1].filled >= LEAST_FILLED:
            return setting
    fewest = min(sheets.number for _, sheets in tried)
    allowed = max(most, fewest)
    for setting, sheets in tried:
        if sheets.number <= allowed:
            found = _fuller(setting, sheets, looked_at, allowed)
            if found:
                return found
    return next(setting for setting, sheets in tried if sheets.number <= allowed)


def _fuller(
    setting: Setting, sheets: Sheets, looked_at: Callable[[Setting], Sheets], most: int
) -> Setting | None:
    """The setting itself or with an earlier end of the last sheet but one, if no sheet is nearly empty."""
    if sheets.filled >= LEAST_FILLED:
        return setting
    on_last = [place.group for place in sheets.ended if place.sheet == sheets.number]
    for place in range(min(on_last, default=0) - 1, 0, -1):
        other = Setting(setting.closeness, place)
        found = looked_at(other)
        if found.number <= most and found.filled >= LEAST_FILLED:
            return other
    return None


def sheets_of(answer: str) -> Sheets:
    """What typst reports of the marks that stand in the page."""
    marks: list[dict[str, Any]] = json.loads(answer)
    places = [(m["what"], Place(int(m["group"]), int(m["sheet"]), float(m["y"]))) for m in marks]
    ended, begun = (
        tuple(place for what, place in places if what == wanted) for wanted in ("ended", "begun")
    )
    return Sheets(ended, begun)
