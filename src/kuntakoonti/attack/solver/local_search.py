"""Tables near a known one: most of what a target or an insider changes in a table is local.

A component of hundreds of unknowns is completed a few times; every other table is one of those with a
few unknowns changed. Each is checked before it counts, wherever it differs from the known one.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from kuntakoonti.attack.model.linear import Relation
from kuntakoonti.attack.solver.components import Box, Fixed, Part, Table
from kuntakoonti.attack.solver.milp import (
    complete,
    extreme,
    give,
    kept,
    known_tables,
    narrowed,
    obeys,
    some_table,
    towards,
    value_of,
)

_BITS = (1, 2, 4)
_STARTS = 2  # tables that a change is tried on


def near(part: Part, table: Table, fixed: Fixed) -> Table | None:
    """A consistent table with what is known, otherwise like another; None if none is found."""
    box = narrowed(part, fixed)
    values = dict(table)
    waiting = None if box is None else _moved(part, values, box)
    while box and waiting:
        relation = part.relations[waiting.pop()]
        if not obeys(relation, values):
            box = _settle(part, relation, values, box)
            waiting += [] if box is None else _moved(part, values, box)
    return kept(part, values, table) if box else None


def _moved(part: Part, values: Table, box: Box) -> list[int]:
    """Move the values into the intervals; the relations of those that moved."""
    low, high = box
    found = list[int]()
    for unknown, value in values.items():
        if not low[unknown] <= value <= high[unknown]:
            values[unknown] = min(max(value, low[unknown]), high[unknown])
            found += part.touching.get(unknown, ())
    return found


def _settle(part: Part, relation: Relation, values: Table, box: Box) -> Box | None:
    """Fix the unknowns of a relation one by one where they are; the others give way."""
    terms = sorted((v for v, _ in relation.terms), key=part.place.__getitem__)
    for unknown in terms:
        low, high = box[0][unknown], box[1][unknown]
        if low < high:
            now = min(max(values[unknown], low), high)
            found = give(part, box, unknown, (now, low, high, (low + high) // 2))
            if found is None:
                return None
            box = found
    return box


def spread(part: Part, fixed: Fixed) -> bool:
    """Whether there is a table; leaves some far apart in the memory, where there are several."""
    known, memory = tuple(fixed.items()), part.memory
    if known not in memory.spread:
        memory.ends = memory.ends or _ends(part)
        found = [near(part, table, fixed) for table in memory.ends] if known else memory.ends
        memory.spread[known] = any(found) or some_table(part, fixed) is not None
    return memory.spread[known]


def _ends(part: Part) -> list[Table]:
    """Tables at the ends of their intervals; any two neighbours lean apart in one of them."""
    if not part.relations:
        return [t for t in (kept(part, dict(part.low)), kept(part, dict(part.high))) if t]
    found = [complete(part, {}, lambda _, to=end: to) for end in ("low", "high")]  # type: ignore[misc]
    for bit in _BITS:
        found.append(complete(part, {}, lambda v, b=bit: "low" if part.place[v] & b else "high"))  # type: ignore[misc]
    return [table for table in found if table]


def first_tables(part: Part, fixed: Fixed) -> list[Table]:
    """Some known tables with what is known, to change."""
    return list(islice(known_tables(part, fixed), _STARTS))


def differs(part: Part, terms: Mapping[int, int], fixed: Fixed, value: int) -> bool:
    """Whether a sum of a component can have another value than this one of its values."""
    for table in _bumped(part, terms, fixed):
        if value_of(table, terms) != value:
            return True
    for sign in (1, -1):
        for direction in towards(terms, sign):
            found = complete(part, fixed, direction, tuple(terms))
            if found and value_of(found, terms) != value:
                return True
    ends = (extreme(part, terms, fixed, sign) for sign in (1, -1))
    return any(best is not None and best.value != value for best in ends)


def _bumped(part: Part, terms: Mapping[int, int], fixed: Fixed) -> Iterator[Table]:
    """Tables near the known ones in which one unknown of a sum is one more or one less."""
    for table in first_tables(part, fixed):
        for unknown in terms:
            for step in (1, -1):
                found = near(part, table, {**fixed, unknown: table[unknown] + step})
                if found:
                    yield found


def stretch(part: Part, terms: Mapping[int, int], fixed: Fixed) -> None:
    """Look for tables near a known one in which the unknowns of a sum are at their ends."""
    box, table = narrowed(part, fixed), next(known_tables(part, fixed), None)
    if box and table:
        for unknown in terms:
            for end in box:
                near(part, table, {**fixed, unknown: end[unknown]})
