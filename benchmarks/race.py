"""The forecast against the simple ways on areas that share nothing with the example's.

    python benchmarks/race.py [--seeds 4] [--scenario NAME] [--months 3 6 9 12]

Truth: what is recorded by the closing date (the end of February). A member's error is
|forecast − actual| ÷ actual; the tables give means over members. The forecast's constants were chosen
on the example's worlds, never on these.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from statistics import mean, stdev

import numpy as np
from race_pages import pages
from race_worlds import CLASSES, SCENARIOS, SIZES, Scenario, world

from kuntakoonti.core.periods import add_months
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.forecast.backtest import until
from kuntakoonti.restricted.forecast.baselines import TODATE, WAYS, simple
from kuntakoonti.restricted.forecast.history import Development, Floats
from kuntakoonti.restricted.forecast.year import YearForecast, forecast

OURS, PAGES, YEARS = "forecast", "pages", (2032, 2033)


@dataclass(frozen=True)
class Result:
    """One forecast date of one world: error by way of every member, and where the ranges missed.

    ``missed``: −1 below the range, 0 inside, 1 above, by member and the area last; None: no range.
    ``on_pages``: whether the ranges of the members' pages held, where there are pages.
    """

    scenario: str
    seed: int
    year: int
    month: int
    errors: dict[str, Floats]
    bias: float
    missed: Floats | None
    width: float
    on_pages: Floats | None = None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--seeds", type=int, default=4)
    arguments.add_argument("--first", type=int, default=101, help="the first seed")
    arguments.add_argument("--scenario", action="append")
    arguments.add_argument("--months", type=int, nargs="+", default=[3, 6, 9, 12])
    arguments.add_argument("--processes", type=int, default=2)
    chosen = arguments.parse_args()
    wanted = [s for s in SCENARIOS if not chosen.scenario or s.name in chosen.scenario]
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    races = [(s, seed, tuple(chosen.months)) for s in wanted for seed in seeds]
    with get_context("spawn").Pool(chosen.processes) as pool:
        results = [r for found in pool.imap(run, races) for r in found]
    print("\n\n".join(tables(results)))


def run(race: tuple[Scenario, int, tuple[int, ...]]) -> list[Result]:
    """Every forecast date of one world."""
    scenario, seed, numbers = race
    dates = [(year, number) for year in YEARS for number in numbers]
    return run_on(world(scenario, seed), scenario.name, seed, dates, published=True)


def run_on(
    whole: Development,
    name: str,
    seed: int,
    dates: Iterable[tuple[int, int]],
    published: bool = False,
) -> list[Result]:
    """Forecasts after so many months of years (both in ``dates``) of records whose end is known."""
    found = []
    for year, number in dates:
        closes, first = date(year + 1, 2, 28), whole.axes.months.index(f"{year}-01")
        came = whole.cents.known([closes])[0][:, :, first : first + 12].sum(axis=(1, 2))
        month = f"{year}-{number:02d}"
        as_of = date.fromisoformat(f"{add_months(month, 1)}-15")
        then = until(whole, as_of, f"{year}-12")
        ours = forecast(then, Advances({}, (), {}), month, closes)
        points = np.array([m.point_cents or 0 for m in ours.members.values()], float)
        ways = {**simple(then, year, number, closes), OURS: points}
        held = None
        if published:
            ways[PAGES], (low, high) = pages(whole, then, month, closes)
            held = (low <= came) & (came <= high)
        there = came > 0  # only of what came an error is a share
        errors = {w: (np.abs(p - came)[there] / came[there]) for w, p in ways.items()}
        missed, width = _missed([*ours.members.values(), ours.area], np.array([*came, came.sum()]))
        bias = float(points.sum() / came.sum() - 1)
        found.append(Result(name, seed, year, number, errors, bias, missed, width, held))
    return found


def _missed(outlooks: list[YearForecast], came: Floats) -> tuple[Floats | None, float]:
    if outlooks[0].low_cents is None:
        return None, float("nan")
    low = np.array([o.low_cents for o in outlooks], float)
    high = np.array([o.high_cents for o in outlooks], float)
    missed = np.where(came < low, -1.0, np.where(came > high, 1.0, 0.0))
    return missed, float(np.sum((high - low)[:-1]) / came[-1])


# --- the tables -----------------------------------------------------------------------------------------


def tables(results: list[Result]) -> Iterator[str]:
    calm = {s.name: s.calm for s in SCENARIOS}
    for year in YEARS:
        for kind, named in ((True, "calm"), (False, "with a step")):
            mine = [r for r in results if r.year == year and calm[r.scenario] == kind]
            if mine:
                yield f"{year}, {named}: mean error of members, %\n" + "\n".join(errors_table(mine))
                yield f"{year}, {named}: 80 % ranges hold, %\n" + "\n".join(ranges_table(mine))
    yield "by scenario (both years)\n" + "\n".join(_scenarios(results))


def errors_table(results: list[Result]) -> Iterator[str]:
    columns = [w for w in (OURS, PAGES, *WAYS) if w in results[0].errors]
    yield "| month | " + " | ".join(columns) + " | of naive | to the best, ± s.e. |"
    for month in sorted({r.month for r in results}):
        mine = [r for r in results if r.month == month]
        by = {w: [float(r.errors[w].mean()) for r in mine] for w in columns}
        best = min(WAYS, key=lambda w: mean(by[w]))
        lead = [a - b for a, b in zip(by[OURS], by[best], strict=True)]
        error = stdev(lead) / len(lead) ** 0.5 if len(lead) > 1 else float("nan")
        cells = " | ".join(f"{100 * mean(by[w]):.1f}" for w in columns)
        share = 100 * mean(by[OURS]) / mean(by[TODATE])
        yield f"| {month} | {cells} | {share:.0f} | {best} {100 * mean(lead):+.1f} ± {100 * error:.1f} |"


def ranges_table(results: list[Result]) -> Iterator[str]:
    yield "| month | members: small, middle, large | area | missed below | missed above | width | bias | pages hold |"
    for month in sorted({r.month for r in results}):
        mine = [r for r in results if r.month == month and r.missed is not None]
        if not mine:
            continue
        missed = np.array([r.missed for r in mine])
        members = missed[:, :-1]
        sizes = CLASSES if members.shape[1] == len(SIZES) else {"": slice(None)}
        parts = [members[:, c] for c in sizes.values()] + [missed[:, -1:]]
        held = [f"{100 * (p == 0).mean():.0f}" for p in parts]
        shown = [r.on_pages for r in mine if r.on_pages is not None]
        public = f"{100 * np.mean(shown):.0f}" if shown else "–"
        cells = f"{', '.join(held[:-1])} | {held[-1]}"
        below, above = ((missed[:, :-1] == side).mean() for side in (-1, 1))
        width, bias = mean(r.width for r in mine), mean(r.bias for r in mine)
        yield (
            f"| {month} | {cells} | {100 * below:.0f} | {100 * above:.0f} "
            f"| {100 * width:.0f} | {100 * bias:+.1f} | {public} |"
        )


def _scenarios(results: Iterable[Result]) -> Iterator[str]:
    yield "| scenario, month | forecast | best simple | bias | range holds |"
    groups = defaultdict[tuple[str, int], list[Result]](list)
    for r in results:
        groups[r.scenario, r.month].append(r)
    for (name, month), mine in groups.items():
        by = {w: mean(float(r.errors[w].mean()) for r in mine) for w in (OURS, *WAYS)}
        best = min(WAYS, key=by.__getitem__)
        held = [float((r.missed[:-1] == 0).mean()) for r in mine if r.missed is not None]
        shown = f"{100 * mean(held):.0f}" if held else "–"
        bias = 100 * mean(r.bias for r in mine)
        yield (
            f"| {name}, {month} | {100 * by[OURS]:.1f} | {best} {100 * by[best]:.1f} "
            f"| {bias:+.1f} | {shown} |"
        )


if __name__ == "__main__":
    main()
