"""Results of ``disclosure.py`` as one Markdown table, and everything that fell in full."""

from collections.abc import Iterable, Iterator
from typing import Any

from measures import SIZES

METHODS = ("kuntakoonti", "threshold", "gconfid")
Result = dict[str, Any]


def markdown(groups: dict[str, list[Result]]) -> Iterator[str]:
    """The results as a Markdown table, one line per group of archives and method."""
    heads = ["area", "method", "archives", "hidden", "exact", "narrowed", "differences", "other"]
    heads += [f"number {name}" for _, name in SIZES]
    heads += ["outside exact", "monthly run, CPU s", "attack, wall s", "peak MB"]
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for name, results in groups.items():
        for method in METHODS:
            chosen = [r for r in results if r["method"] == method]
            if chosen:
                yield "| " + " | ".join([name, method, *_line(chosen)]) + " |"


def _line(results: list[Result]) -> Iterator[str]:
    yield str(len(results))
    for name in ("hidden", "exact", "narrowed", "differences", "other"):
        yield f"{sum(r['found'][name] for r in results):,}"
    towns = [m for r in results for m in r["municipalities"]]
    for _, size in SIZES:
        chosen = [m for m in towns if m["size"] == size]
        yield _share(chosen, "numbered", "positions")
    outside = [100 * _part(r["municipalities"], "outside", "client_months") for r in results]
    yield f"{100 * _part(towns, 'outside', 'client_months'):.2f} % ({max(outside):.2f} %)"
    yield _seconds(results)
    yield _wall(results)
    yield f"{max(r['peak_mb'] for r in results)}"


def _share(towns: list[Result], part: str, whole: str) -> str:
    return f"{100 * _part(towns, part, whole):.0f} %" if any(t[whole] for t in towns) else "–"


def _part(towns: list[Result], part: str, whole: str) -> float:
    parts, wholes = (sum(_total(t[name]) for t in towns) for name in (part, whole))
    return parts / wholes if wholes else 0.0


def _total(number: int | dict[str, int]) -> int:
    return number if isinstance(number, int) else sum(number.values())


def _seconds(results: list[Result]) -> str:
    """The slowest seed, its areas summed: a monthly run of all of them."""
    by_seed: dict[int, list[list[float]]] = {}
    for r in results:
        by_seed.setdefault(r["seed"], []).append(r["seconds"])
    stages = max(([sum(s) for s in zip(*runs, strict=True)] for runs in by_seed.values()), key=sum)
    return " + ".join(f"{s:.1f}" for s in stages)


def _wall(results: list[Result]) -> str:
    """The slowest seed, its areas one after another, and the slowest archive; – if not recorded."""
    if any("wall" not in r for r in results):
        return "–"
    by_seed: dict[int, float] = {}
    for r in results:
        by_seed[r["seed"]] = by_seed.get(r["seed"], 0.0) + r["wall"]
    return f"{max(by_seed.values()):.1f} ({max(r['wall'] for r in results):.1f})"


def fallen(results: Iterable[Result]) -> Iterator[str]:
    """Every violation in full, with what makes it again."""
    for r in (r for r in results if r["method"] == "kuntakoonti"):
        for violation in r["violated"]:
            yield f"FELL area {r['area']} seed {r['seed']} ({r['key']}): {' '.join(violation)}"
        if r["undecided"]:
            yield f"UNDECIDED area {r['area']} seed {r['seed']}: {r['undecided']} targets"
