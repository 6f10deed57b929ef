"""A level whose attacker knows less than one to whom nothing fell: nothing falls to it either.

Every relation of the weaker level is looked up among those of the stronger one, and its unknowns
have the same intervals. So every table of the stronger level is a table of the weaker one.
"""

from dataclasses import replace

from kuntakoonti.attack.levels import Case, Ground, counted, held, scopes

WEAKER = ("A2", "A3")  # than A4; A1 reads a withheld year's reasons without the earlier releases


def implied(case: Case, level: str, strong: Ground) -> Ground | None:
    """The ground of a weaker level where nothing falls; None if that does not follow."""
    if level not in WEAKER or strong.solved is None:
        return None
    if any(j.state != "holds" for j in strong.judged):
        return None
    (scope,) = scopes(case, level, strong.members)
    system, alone = counted(scope, strong.sums)
    scope = scope.without(alone)
    system, whole, number = held(system, scope), strong.solved.system, len(system.names)
    alike = (
        system.names == whole.names[:number]
        and system.low == whole.low[:number]
        and system.high == whole.high[:number]
    )
    if not alike or not system.relations.keys() <= whole.relations.keys():
        return None
    solved = replace(strong.solved, scope=scope, system=system)
    return Ground(level, strong.members, solved, (), strong.sums, implied=True)
