"""Where the clients live: most stay, some move within, out of or into the area, in mid-month."""

from dataclasses import dataclass, fields, replace

import numpy as np

from kuntakoonti.example.clock import (
    NEVER,
    Floats,
    Ints,
    day_number,
    first_of,
    month_of,
    office_day,
    one_of,
)
from kuntakoonti.example.people import People
from kuntakoonti.example.plan import ExamplePlan
from kuntakoonti.example.spells import Spells
from kuntakoonti.parameters.municipalities import municipalities

UNKNOWN, ABROAD = "", "999"
# What becomes of a client's residence, with its share; the rest stay where they are.
_FATES = {"inside": 0.024, "out": 0.014, "in": 0.012, "elsewhere": 0.008, "unknown": 0.001}
_FATES["abroad"] = 0.001
_INSIDE, _OUT, _IN, _ELSEWHERE, _UNKNOWN, _ABROAD, _STAYS = range(7)


@dataclass(frozen=True)
class Homes:
    """Rows of residences: ``place`` indexes ``places``; days since 1970, ``until`` half-open."""

    client: Ints
    place: Ints
    since: Ints
    until: Ints
    recorded: Ints

    def take(self, which: Ints) -> "Homes":
        """The chosen rows."""
        return Homes(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def places(plan: ExamplePlan) -> tuple[str, ...]:
    """The members first (``home`` indexes them), then the rest of the country, then none."""
    members = [m.code for m in plan.members]
    rest = [code for code in sorted(municipalities()) if code not in members]
    return (*members, *rest, UNKNOWN, ABROAD)


def homes_of(plan: ExamplePlan, spells: Spells, people: People) -> Homes:
    """All residence rows, several for those who moved or were corrected."""
    rng = plan.dice("residences")
    fate = one_of(rng, np.arange(7), np.array([*_FATES.values(), 1 - sum(_FATES.values())]),
                  len(people.home))  # fmt: skip
    begin, destination = _journeys(plan, rng, people.home, fate)
    moved = np.isin(fate, (_INSIDE, _OUT, _IN))
    returns = (fate == _OUT) & (rng.random(len(fate)) < 0.35)
    move_day = _move_days(plan, rng, spells, people)
    return_day = move_day + rng.integers(50, 200, len(fate))
    if plan.whole_months:
        move_day, return_day = first_of(month_of(move_day)), first_of(month_of(return_day) + 1)
    born = _long_ago(rng, move_day)
    never = np.full(len(fate), NEVER)
    first = _rows(rng, begin, born, np.where(moved, move_day, never))
    second = _rows(rng, destination, move_day, np.where(returns, return_day, never))
    third = _rows(rng, people.home, return_day, never).take(np.nonzero(returns)[0])
    return _joined(first, *_corrected(plan, rng, second.take(np.nonzero(moved)[0])), third)


def _journeys(
    plan: ExamplePlan, rng: np.random.Generator, home: Ints, fate: Ints
) -> tuple[Ints, Ints]:
    """Places (indexes) before and after the move of each client."""
    codes = places(plan)
    here, country = len(plan.members), len(codes) - 2
    people = np.array([municipalities()[code].population for code in codes[:country]], float)
    away = one_of(rng, np.arange(here, country), people[here:], len(home))
    near = _neighbours(rng, home, people[:here]) if here > 1 else away
    begin = np.select(
        [np.isin(fate, (_IN, _ELSEWHERE)), fate == _UNKNOWN, fate == _ABROAD],
        [away, np.full_like(away, country), np.full_like(away, country + 1)],
        home,
    )
    return begin, np.select([fate == _INSIDE, fate == _OUT], [near, away], home)


def _neighbours(rng: np.random.Generator, home: Ints, people: Floats) -> Ints:
    """Another member, by population: the home's stretch of the line of inhabitants is skipped."""
    ends = np.cumsum(people)
    place = rng.random(len(home)) * (ends[-1] - people[home])
    place += np.where(place >= (ends - people)[home], people[home], 0)
    return np.asarray(np.minimum(np.searchsorted(ends, place, side="right"), len(people) - 1))


def _move_days(plan: ExamplePlan, rng: np.random.Generator, spells: Spells, people: People) -> Ints:
    """A day within the first spell's part that lies in the plan's months."""
    first, after = plan.day_range
    begin = np.maximum(spells.start[people.spell], first)
    length = np.minimum(spells.end[people.spell], after) - begin
    return begin + (length * rng.uniform(0.1, 0.9, len(begin))).astype(np.int32)


def _long_ago(rng: np.random.Generator, move_day: Ints) -> Ints:
    """Living there since 1990 … 2023."""
    begin, end = day_number("1990-01-01"), day_number("2023-12-31")
    return np.minimum(rng.integers(begin, end, len(move_day)), move_day - 400)


def _rows(rng: np.random.Generator, place: Ints, since: Ints, until: Ints) -> Homes:
    """One row for every client, recorded 0–7 days after the move (201/1994 § 7)."""
    recorded = office_day(since + rng.integers(0, 6, len(place)))
    return Homes(np.arange(len(place)), place, since, until, recorded)


def _corrected(plan: ExamplePlan, rng: np.random.Generator, moves: Homes) -> tuple[Homes, Homes]:
    """A few moves are first recorded to a wrong member: the right row comes weeks later."""
    count = len(moves.client)
    other = one_of(rng, np.arange(len(plan.members)), np.ones(len(plan.members)), count)
    wrong = (rng.random(count) < 0.07) & (other != moves.place)
    late = office_day(moves.recorded + rng.integers(20, 110, count))
    right = replace(moves, recorded=late).take(np.nonzero(wrong)[0])
    return replace(moves, place=np.where(wrong, other, moves.place)), right


def _joined(*parts: Homes) -> Homes:
    return Homes(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Homes)}
    )
