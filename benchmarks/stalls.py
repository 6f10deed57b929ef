"""How soon a stall is found, and how often one is found where there is none, on the race's areas.

    python benchmarks/stalls.py [--seeds 4]

A stall of all costs of a service, or of one municipality's, begins on the 6th of June 2032; looked at
every week after it. False alarms: the 15th of every month from the second year on, by service.
"""

import argparse
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from race_worlds import SCENARIOS, world

from kuntakoonti.core.periods import first_day, months_between
from kuntakoonti.restricted.forecast.history import Changes, Development
from kuntakoonti.restricted.forecast.stalls import find_stalls

BEGINS = date(2032, 6, 6)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--seeds", type=int, default=4)
    chosen = arguments.parse_args()
    calm = [s for s in SCENARIOS if s.calm]
    worlds = [(s.name, world(s, 500 + n)) for s in calm for n in range(chosen.seeds)]
    print("| service | found after 2, 3, 4, 6 weeks, % of worlds |\n|---|---|")
    for service in range(3):
        shares = [
            100 * np.mean([_found(w, service, weeks) for _, w in worlds]) for weeks in (2, 3, 4, 6)
        ]
        print(f"| {service} | {', '.join(f'{s:.0f}' for s in shares)} |")
    alarms, members, months = 0, 0, 0
    for _, whole in worlds:
        for month in months_between("2032-01", "2033-12"):
            found = find_stalls(replace(whole, as_of=first_day(month) + timedelta(14)))
            alarms += any(f.member is None for f in found)
            members += any(f.member is not None for f in found)
            months += 1
    print(f"calm months with a false alarm: area {100 * alarms / months:.2f} %, ", end="")
    print(f"some member {100 * members / months:.2f} % of {months}")


def _found(whole: Development, service: int, weeks: int) -> bool:
    """Whether a stall of a service's costs is found so many weeks after it began."""
    _, of, _ = np.unravel_index(whole.cents.cell, whole.cents.shape)
    kept = (of != service) | (whole.cents.day < BEGINS.toordinal())
    c = whole.cents
    cents = Changes(c.shape, c.cell[kept], c.day[kept], c.amount[kept])
    then = replace(whole, cents=cents, as_of=BEGINS + timedelta(7 * weeks))
    return any(f.member is None and (f.table, f.service) == (0, service) for f in find_stalls(then))


if __name__ == "__main__":
    main()
