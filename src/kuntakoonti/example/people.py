"""Who the spells belong to: people who return, who are in two services at once, who go on."""

from dataclasses import dataclass

import numpy as np

from kuntakoonti.example.clock import Bools, Ints
from kuntakoonti.example.plan import KOTOUTUMISKOULUTUS, PALKKATUKI, STARTTIRAHA, ExamplePlan
from kuntakoonti.example.spells import Spells

_RETURNS = 0.15  # a chain's next spell is the same person's
_GOES_ON = 0.25  # a course participant comes from an earlier course
_TWO_SERVICES = {KOTOUTUMISKOULUTUS: 0.03, STARTTIRAHA: 0.03}


@dataclass(frozen=True)
class People:
    """``client`` of every spell; ``home`` (a member's index) and first ``spell`` of a client."""

    client: Ints
    home: Ints
    spell: Ints


@dataclass(frozen=True)
class Pool:
    """Spells that others may continue, and the moment from which: indexes and days, same shape."""

    spell: Ints
    moment: Ints


def people_of(plan: ExamplePlan, spells: Spells) -> People:
    """Give every spell its person: it points to an earlier one of the same person or to itself."""
    rng = plan.dice("people")
    earlier = np.arange(len(spells), dtype=np.int64)
    _return(rng, spells, earlier)
    _go_on(rng, spells, earlier)
    for service, share in _TWO_SERVICES.items():
        _do_both(rng, spells, earlier, (spells.service == service) & _some(rng, spells, share))
    while not np.array_equal(earlier, earlier[earlier]):
        earlier = earlier[earlier]
    first, client = np.unique(earlier, return_inverse=True)
    return People(client=client, home=spells.home[first], spell=first)


def _some(rng: np.random.Generator, spells: Spells, share: float) -> Bools:
    return rng.random(len(spells)) < share


def _return(rng: np.random.Generator, spells: Spells, earlier: Ints) -> None:
    """Repeat clients: the chain's previous spell; if that has not ended, always the same person."""
    same_chain = (spells.chain[1:] == spells.chain[:-1]) & (spells.chain[1:] >= 0)
    in_order = spells.start[1:] >= spells.end[:-1]
    again = same_chain & (_some(rng, spells, _RETURNS)[1:] | ~in_order)
    later = np.nonzero(again)[0] + 1
    earlier[later] = later - 1


def _go_on(rng: np.random.Generator, spells: Spells, earlier: Ints) -> None:
    """Course participants whose earlier course ended before this one began."""
    course = spells.service == KOTOUTUMISKOULUTUS
    pool = np.nonzero(course)[0]
    later = np.nonzero(course & _some(rng, spells, _GOES_ON))[0]
    _point(earlier, later, _before(rng, spells, Pool(pool, spells.end[pool]), later))


def _do_both(rng: np.random.Generator, spells: Spells, earlier: Ints, chosen: Bools) -> None:
    """People already in pay subsidy in the same municipality; mostly at the same time."""
    pool = np.nonzero(spells.service == PALKKATUKI)[0]
    later = np.nonzero(chosen)[0]
    _point(earlier, later, _before(rng, spells, Pool(pool, spells.start[pool]), later))


def _point(earlier: Ints, later: Ints, found: Ints) -> None:
    """Let each later spell continue the found one; a found spell is used once, -1 is nobody."""
    used, at = np.unique(found, return_index=True)
    at = at[used >= 0]
    earlier[later[at]] = found[at]


def _before(rng: np.random.Generator, spells: Spells, pool: Pool, later: Ints) -> Ints:
    """For each later spell one of the pool in the same home whose moment was just before its start.

    Shape (later,); -1 where there is none. Homes and days share one sorted key, so that millions
    are found by one search.
    """
    if not len(pool.spell):
        return np.full(len(later), -1)
    key = spells.home[pool.spell].astype(np.int64) * 10**6 + pool.moment
    order = np.argsort(key, kind="stable")
    wanted = spells.home[later].astype(np.int64) * 10**6 + spells.start[later]
    place = np.searchsorted(key[order], wanted) - 1 - rng.integers(0, 4, len(later))
    found = pool.spell[order[np.maximum(place, 0)]]
    same_home = (place >= 0) & (spells.home[found] == spells.home[later])
    return np.where(same_home, found, -1)
