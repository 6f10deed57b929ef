"""A5: an insider who knows one hidden figure, on the ground of the strongest level."""

from collections.abc import Iterator

from kuntakoonti.attack.evidence.names import Name
from kuntakoonti.attack.evidence.versions import holds_all
from kuntakoonti.attack.levels import Ground, Judged, rule_of
from kuntakoonti.attack.model.targets import Target
from kuntakoonti.attack.solver.judge import Solved, State, judge
from kuntakoonti.attack.solver.local_search import spread
from kuntakoonti.attack.solver.milp import Undecided


def insider_judgements(ground: Ground) -> Iterator[Judged]:
    """One small figure is known, every possible value of it in turn; what else falls."""
    solved = ground.solved
    if solved is None:
        return
    targets = tuple(j.target for j in ground.judged)
    fate: dict[Target, tuple[State, str]] = dict.fromkeys(targets, ("holds", ""))
    already = {j.target for j in ground.judged if j.state != "holds"}
    near = _by_part(solved, [t for t in targets if t not in already])
    for small in _small_figures(targets):
        name = small.terms[0][0]
        part = solved.part_of[solved.system.index[name]]
        for target in near.get(id(part), ()):
            if fate[target][0] == "holds" and not _is_about(target, name):
                fate[target] = _with_insider(solved, target, small)
    for target, (state, rule) in fate.items():
        if target not in already:
            yield Judged("A5", target, state, rule)


def _by_part(solved: Solved, targets: list[Target]) -> dict[int, list[Target]]:
    found: dict[int, list[Target]] = {}
    for target in targets:
        for part, _ in solved.pieces(target)[1]:
            found.setdefault(id(part), []).append(target)
    return found


def _small_figures(targets: tuple[Target, ...]) -> list[Target]:
    """The hidden figures that may be small, latent ones aside."""
    return [t for t in targets if t.guarantee == "G1" and not t.terms[0][0].latent]


def _is_about(target: Target, name: Name) -> bool:
    """Whether the target has the insider's own figure, or one that contains it or that it contains.

    Who knows a whole knows something of its parts without any publication, and the other way round.
    """
    own = name.service, name.period
    for other in (n for n, _ in target.terms if n.municipality == name.municipality):
        place = other.service, other.period
        if place == own or holds_all(place, own) or holds_all(own, place):
            return True
    return False


def _with_insider(solved: Solved, target: Target, small: Target) -> tuple[State, str]:
    unknown = solved.system.index[small.terms[0][0]]
    part, top = solved.part_of[unknown], small.threshold - 1
    for value in range(part.low[unknown], min(part.high[unknown], top) + 1):
        known = {unknown: value}
        try:
            if part.low[unknown] < part.high[unknown] and spread(part, known):
                state = judge(solved, target, known)
                if state != "holds":
                    return state, rule_of(solved, target, known)
        except Undecided:
            return "undecided", target.rule
    return "holds", ""
