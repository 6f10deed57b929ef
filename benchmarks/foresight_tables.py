"""What forecasts of past months add up to: errors by way and world, ranges, and what was asked."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kuntakoonti.restricted.forecast.baselines import TODATE
from kuntakoonti.restricted.forecast.baselines import WAYS as SIMPLE

ASKED = (3, 6, 9, 12)
OURS = "ours"
WAYS = (*SIMPLE, OURS)
Key = tuple[str, float, int, int]  # scenario, size, year, month


@dataclass(frozen=True)
class Result:
    """One forecast date of one area: errors by way, and whether the ranges held what came."""

    key: Key
    members: dict[str, float]
    area: dict[str, float]
    inside: tuple[float, bool] | None
    width: float | None
    seconds: float


def tables(results: list[Result]) -> Iterator[str]:
    yield "# Forecasts against what came"
    yield by_month(results)
    yield by_world(results)
    yield coverage(results)
    yield "\n".join(demands(results))
    slowest = max(r.seconds for r in results)
    yield f"Seconds of a whole area's forecast: mean {np.mean([r.seconds for r in results]):.2f}, at most {slowest:.2f}."


def errors(results: list[Result], way: str, area: bool = False) -> float:
    """Mean absolute error in per cent; NaN where the way has nothing."""
    found = [(r.area if area else r.members).get(way, np.nan) for r in results]
    return 100 * float(np.mean(found))


def grouped(
    results: list[Result], by: Callable[[Key], tuple[object, ...]]
) -> dict[tuple[object, ...], list[Result]]:
    found = defaultdict[tuple[object, ...], list[Result]](list)
    for r in results:
        found[by(r.key)].append(r)
    return dict(found)


def cell(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1f}"


def by_month(results: list[Result]) -> str:
    """All scenarios and sizes: members' error, the area's in brackets."""
    lines = ["Mean |error| of the year's cost, %: members (area).", ""]
    lines += [f"| year | month | {' | '.join(WAYS)} |", "|---|---|" + "---|" * len(WAYS)]
    for (year, month), found in grouped(results, lambda k: k[2:]).items():
        row = [f"{cell(errors(found, w))} ({cell(errors(found, w, True))})" for w in WAYS]
        lines.append(f"| {year} | {month} | {' | '.join(row)} |")
    return "\n".join(lines)


def by_world(results: list[Result]) -> str:
    """By scenario and size at the asked months of the second year; * = worse than the best simple."""
    lines = ["Second year by scenario and size, members' mean |error|, %.", ""]
    lines += [
        f"| scenario | size | month | {' | '.join(WAYS)} |",
        "|---|---|---|" + "---|" * len(WAYS),
    ]
    asked = [r for r in results if r.key[2] == 2026 and r.key[3] in ASKED]
    for key, found in grouped(asked, lambda k: (k[0], k[1], k[3])).items():
        values = [errors(found, w) for w in WAYS]
        worse = " *" if values[-1] > np.nanmin(values[:-1]) else ""
        row = " | ".join(cell(v) for v in values)
        lines.append(f"| {' | '.join(str(k) for k in key)} | {row}{worse} |")
    return "\n".join(lines)


def coverage(results: list[Result]) -> str:
    """How many of the actual costs fell into their 80 % range."""
    lines = ["80 % ranges: share that held what came, %, and mean width of members' ranges.", ""]
    lines += ["| of | with a range | members | area | width |", "|---|---|---|---|---|"]
    ways: list[Callable[[Key], tuple[object, ...]]] = [
        lambda k: (k[2], k[3]), lambda k: (2026, k[0]), lambda k: (2026, k[1]), lambda k: (k[2], "all"),
    ]  # fmt: skip
    for i, by in enumerate(ways):
        chosen = [r for r in results if r.key[2] == 2026 or i in (0, 3)]
        for key, found in grouped(chosen, by).items():
            held = [r for r in found if r.inside is not None]
            name = " ".join(str(k) for k in key)
            if not held:
                lines.append(f"| {name} | 0 of {len(found)} | – | – | – |")
                continue
            members, area = (100 * np.mean([r.inside[i] for r in held if r.inside]) for i in (0, 1))
            width = 100 * np.mean([r.width for r in held])
            lines.append(
                f"| {name} | {len(held)} of {len(found)} | {members:.0f} | {area:.0f} | {width:.0f} |"
            )
    return "\n".join(lines)


def demands(results: list[Result]) -> Iterator[str]:
    """What was asked, and whether it holds."""
    for (year, month), found in grouped(results, lambda k: k[2:]).items():
        if month not in ASKED:
            continue
        simple_ways = {w: errors(found, w) for w in WAYS[:-1]}
        best = min(e for e in simple_ways.values() if not np.isnan(e))
        ours = errors(found, OURS)
        yield f"- {year}, month {month}: ours {ours:.1f} %, best simple {best:.1f} %: {verdict(ours <= best)}"
        if month == 6:
            share = 100 * ours / simple_ways[TODATE]
            yield f"- {year}, month 6: {share:.0f} % of to date × 12/m (at most 45): {verdict(share <= 45)}"
    held = [r.inside for r in results if r.inside]
    for name, i in (("members", 0), ("areas", 1)):
        if held:
            share = 100 * float(np.mean([h[i] for h in held]))
            yield f"- ranges of {name} hold {share:.0f} % (75–88): {verdict(75 <= share <= 88)}"


def verdict(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"
