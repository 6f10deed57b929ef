"""Where intervals do not decide: consistent tables, by completion first and by HiGHS if need be.

Limits are numbers of nodes, never seconds, so that the same archive always gets the same answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kuntakoonti.attack.model.linear import Relation, activity, narrow
from kuntakoonti.attack.solver.components import Box, Fixed, Part, Table

NODES = 20_000
Lean = Callable[[int], str]


class Undecided(Exception):
    """The solver reached its limit, or its answer did not pass plain arithmetic."""


@dataclass(frozen=True)
class Extreme:
    """The smallest or largest value of a sum and a table that has it; None: no table at all."""

    value: int
    table: Table


def consistent(part: Part, table: Table, like: Table | None = None) -> bool:
    """Whether a table obeys every interval and relation of a component, in whole numbers.

    ``like``: a consistent table; only what differs from it is looked at.
    """
    looked, relations = part.unknowns, part.relations
    if like is not None:
        looked = tuple(v for v in looked if table[v] != like[v])
        touched = {n for v in looked for n in part.touching.get(v, ())}
        relations = tuple(part.relations[n] for n in touched)
    return all(part.low[v] <= table[v] <= part.high[v] for v in looked) and all(
        obeys(relation, table) for relation in relations
    )


def obeys(relation: Relation, table: Table) -> bool:
    """Whether a table obeys a relation."""
    total = sum([a * table[v] for v, a in relation.terms])
    fine = relation.low is None or total >= relation.low
    return fine and (relation.high is None or total <= relation.high)


def narrowed(part: Part, fixed: Fixed) -> Box | None:
    """The intervals once some unknowns are known; None if intervals alone show a contradiction."""
    known = list(fixed.items())
    box: Box | None = (dict(part.low), dict(part.high))
    if known:
        boxes, first = part.memory.boxes, known[0]
        if first not in boxes:
            boxes[first] = _with_known(part, (dict(part.low), dict(part.high)), known[:1])
        box = boxes[first]
    return _with_known(part, box, known[1:]) if box and known[1:] else box


def _with_known(part: Part, box: Box, known: list[tuple[int, int]]) -> Box | None:
    low, high = dict(box[0]), dict(box[1])
    for unknown, value in known:
        if not low[unknown] <= value <= high[unknown]:
            return None
        low[unknown] = high[unknown] = value
    fine = narrow(part.relations, part.touching, (low, high), (v for v, _ in known))
    return (low, high) if fine else None


def complete(part: Part, fixed: Fixed, lean: Lean, first: tuple[int, ...] = ()) -> Table | None:
    """A table found by giving one unknown after another the value it leans to; None if it fails."""
    box = narrowed(part, fixed)
    if box is None:
        return None
    for unknown in (*first, *part.order):
        if box[0][unknown] < box[1][unknown]:
            box = give(part, box, unknown, _leant(lean(unknown), box[0][unknown], box[1][unknown]))
            if box is None:
                return None
    return kept(part, box[0])


def _leant(lean: str, low: int, high: int) -> tuple[int, ...]:
    middle = (low + high) // 2
    return {
        "low": (low, high, middle),
        "high": (high, low, middle),
        "middle": (middle, low, high),
    }[lean]


def give(part: Part, box: Box, unknown: int, wanted: Iterable[int]) -> Box | None:
    """The intervals once an unknown has the first of the wanted values that they allow."""
    for value in dict.fromkeys(wanted):
        trial = dict(box[0]), dict(box[1])
        trial[0][unknown] = trial[1][unknown] = value
        if narrow(part.relations, part.touching, trial, (unknown,)):
            return trial
    return None


def kept(part: Part, table: Table, like: Table | None = None) -> Table | None:
    """The table, remembered; None if plain arithmetic refuses it.

    ``like``: a consistent table; what has the same values in both need not be looked at again.
    """
    if not consistent(part, table, like):
        return None
    part.memory.keep(table)
    return table


def known_tables(part: Part, fixed: Fixed) -> Iterator[Table]:
    """The tables found so far that agree with what is known."""
    return part.memory.agreeing(fixed)


def some_table(part: Part, fixed: Fixed) -> Table | None:
    """Any consistent table; None if there is none."""
    found = next(known_tables(part, fixed), None)
    for lean in () if found else ("low", "high", "middle"):
        found = found or complete(part, fixed, lambda _, to=lean: to)  # type: ignore[misc]
    if found:
        return found
    extreme = _solve(part, {}, fixed)
    return extreme.table if extreme else None


def extreme(part: Part, terms: Mapping[int, int], fixed: Fixed, sign: int) -> Extreme | None:
    """The smallest (sign 1) or largest (sign −1) value of a sum of a component; None: no table."""
    box = narrowed(part, fixed)
    if box is None:
        return None
    bound = activity(terms.items(), *box)[0 if sign > 0 else 1]
    found = [value_of(t, terms) for t in known_tables(part, fixed)]
    best = (min(found) if sign > 0 else max(found)) if found else None
    if best != bound:
        for direction in towards(terms, sign):
            table = complete(part, fixed, direction, tuple(terms))
            if table and value_of(table, terms) == bound:
                return Extreme(bound, table)
        return _solve(part, {v: a * sign for v, a in terms.items()}, fixed, terms)
    table = next(t for t in known_tables(part, fixed) if value_of(t, terms) == bound)
    return Extreme(bound, table)


def towards(terms: Mapping[int, int], sign: int) -> tuple[Lean, Lean]:
    """Leanings to a small (sign 1) or large sum, the other unknowns to their low or high end."""

    def lean(unknown: int) -> str:
        return "low" if terms.get(unknown, 0) * sign >= 0 else "high"

    return lean, lambda unknown: lean(unknown) if unknown in terms else "high"


def value_of(table: Table, terms: Mapping[int, int]) -> int:
    return sum(a * table[v] for v, a in terms.items())


def _solve(
    part: Part, goal: Mapping[int, int], fixed: Fixed, terms: Mapping[int, int] | None = None
) -> Extreme | None:
    """The table that minimises the goal, by HiGHS; Undecided at the limit."""
    box = narrowed(part, fixed)
    if box is None:
        return None
    import numpy as np
    from scipy.optimize import Bounds, milp  # type: ignore[import-untyped]  # loads slowly

    place = {v: n for n, v in enumerate(part.unknowns)}
    result = milp(
        c=[goal.get(v, 0) for v in part.unknowns],
        integrality=np.ones(len(place)),
        bounds=Bounds([box[0][v] for v in part.unknowns], [box[1][v] for v in part.unknowns]),
        constraints=_matrix(part, place),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if result.status == 2:
        return None
    if result.status != 0:
        raise Undecided
    table = kept(part, {v: round(result.x[n]) for v, n in place.items()})
    if table is None or any(table[v] != value for v, value in fixed.items()):
        raise Undecided
    return Extreme(value_of(table, terms or goal), table)


def _matrix(part: Part, place: Mapping[int, int]) -> Any:
    import numpy as np
    from scipy.optimize import LinearConstraint
    from scipy.sparse import csr_array  # type: ignore[import-untyped]

    if not part.relations:
        return ()
    entries = [(a, n, place[v]) for n, r in enumerate(part.relations) for v, a in r.terms]
    values, rows, columns = zip(*entries, strict=True)
    shape = (len(part.relations), len(place))
    matrix = csr_array((np.array(values, dtype=float), (rows, columns)), shape=shape)
    low = [-np.inf if r.low is None else r.low for r in part.relations]
    high = [np.inf if r.high is None else r.high for r in part.relations]
    return LinearConstraint(matrix, low, high)
