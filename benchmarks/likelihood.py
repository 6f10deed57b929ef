"""G7: what a reader with a simulator and a model learns of hidden counts from whole pages.

    python benchmarks/likelihood.py [--quick]

Areas of many municipalities are simulated, train on three, test on a fourth whose clients stay
longer, cost more and are paid later. Nothing of the simulation is the example's: clients arrive by
Poisson's law, stay for geometric times, and are paid lognormal amounts with multinomial delays.
The pages follow R1–R7 by the program's own functions. Targets are the marks "alle 5" of closed
months, quarters and years; a reader knows

    counts      counts, classes and marks
    totals      + budgets (so advances) and the year's final total (the declared exception)
    pages       + every recorded cost that the pages showed
    estimates   + every forecast on the pages (R10)
    insider     + the postings of one service

and ``leak`` is the positive control: forecasts fed by hidden counts in place of R10's. Printed:
log-loss of logistic regression and boosted trees, R² of ridge regression and of the clients behind a
page's marks of its newest two months, gains with a bootstrap over municipalities, and how many marks became certain.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kuntakoonti.core.periods import add_months, first_day
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.cells import Cell, Measure, Status, euro_cell
from kuntakoonti.public.estimates import PublishedYear, YearPosition, forecasts
from kuntakoonti.public.expectation import step_of
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.disclosure.adjustment import recorded_class
from kuntakoonti.restricted.disclosure.counts import preliminary_class
from kuntakoonti.restricted.disclosure.estimates import estimate_table

try:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError:  # development only
    make_pipeline = None

PARAMETERS = load_parameters(Path(__file__).parents[1] / "parameters")
RULES, DAY = PARAMETERS.rules, first_day("2025-12")
SERVICES, LAGS = ("palkkatuki", "starttiraha", "kotoutumiskoulutus"), (2, 1, 1)
THRESHOLD, MONTHS, BEFORE = 5, 12, 24
SEEN = ("counts", "totals", "pages", "estimates", "insider", "leak")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Regime:
    """How an area is: clients per 1,000 inhabitants, months they stay, euros a month, delays."""

    level: tuple[float, float, float]
    stay: tuple[float, float, float]
    euros: tuple[float, float, float]
    spread: float
    delays: tuple[float, ...]
    budget: float


REGIMES = (
    Regime((2.2, 0.5, 0.9), (7, 8, 6), (1050, 800, 900), 0.35, (0.1, 0.45, 0.3, 0.15), 0.10),
    Regime((3.0, 0.4, 0.6), (5, 6, 9), (900, 760, 1000), 0.25, (0.2, 0.5, 0.2, 0.1), 0.15),
    Regime((1.6, 0.7, 1.3), (9, 10, 5), (1200, 820, 850), 0.45, (0.05, 0.4, 0.35, 0.2), 0.08),
    Regime((2.5, 0.6, 0.8), (8, 7, 7), (1100, 780, 950), 0.40, (0.1, 0.4, 0.3, 0.2), 0.12),
)


@dataclass(frozen=True)
class World:
    """One municipality-year. ``counts``: services × periods (12 months, 4 quarters, the year).

    ``before``: last year's months and quarters; ``known``: services × months × release months of
    what is recorded by then; ``cents``: services × release months; ``persons`` by release month.
    """

    municipality: int
    counts: Ints
    before: Ints
    known: Ints
    cents: Ints
    persons: Ints
    total: int
    budgets: Ints


def simulate(regime: Regime, municipalities: int, years: int, seed: int) -> Iterator[World]:
    """Every municipality of an area, so many years of each, each year drawn by itself."""
    rng = np.random.default_rng(seed)
    people = np.exp(rng.normal(7.7, 0.8, municipalities)).clip(700, 40_000)
    for number, size in enumerate(people):
        taste = np.exp(rng.normal(0, 0.35, 3))
        for _ in range(years):
            yield _year(regime, number, size / 1000 * np.array(regime.level) * taste, rng)


def _year(regime: Regime, number: int, level: Floats, rng: np.random.Generator) -> World:
    drift = np.exp(rng.normal(0, 0.15, 3))
    months = BEFORE + MONTHS
    counts, before = np.zeros((3, 17), np.int64), np.zeros((3, 16), np.int64)
    known, cents = np.zeros((3, 12, 12), np.int64), np.zeros((3, 12), np.int64)
    named: list[Ints] = []
    total = 0
    for s in range(3):
        active = _active(level[s] * drift[s], regime.stay[s], months, rng)
        year, last = active[:, -MONTHS:], active[:, -2 * MONTHS : -MONTHS]
        counts[s] = _periods(year)
        before[s] = _periods(last)[:16]
        late = (rng.random(year.shape) > 0.9) * rng.integers(1, 3, year.shape)
        paid = np.round(
            100 * regime.euros[s]
            * np.exp(rng.normal(0, regime.spread, (len(year), 1)) + rng.normal(0, 0.1, year.shape))
        ).astype(np.int64) * year  # fmt: skip
        delay = rng.choice(len(regime.delays), year.shape, p=np.array(regime.delays))
        when = np.arange(12) + delay
        for n in range(12):
            known[s, :, n] = (year & (np.arange(12) + late <= n)).sum(axis=0)
            cents[s, n] = paid[when <= n].sum()
        named.append(np.array([((when <= n) & year).any(axis=1).sum() for n in range(12)]))
        total += int(paid.sum())
    expected = 100 * 12 * level * np.array(regime.euros)
    budgets = np.round(expected * np.exp(rng.normal(0.03, regime.budget, 3)), -4).astype(np.int64)
    return World(number, counts, before, known, cents, sum(named), total, budgets)


def _active(level: float, stay: float, months: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Clients × months: who is in the service, arrivals by Poisson's law, geometric stays."""
    arrivals = rng.poisson(level / stay, months)
    starts = np.repeat(np.arange(months), arrivals)
    ends = starts + rng.geometric(1 / stay, len(starts))
    at = np.arange(months)
    return np.asarray((starts[:, None] <= at) & (at < ends[:, None]))


def _periods(active: NDArray[np.bool_]) -> Ints:
    quarters = active.reshape(len(active), 4, 3).any(axis=2)
    return np.concatenate([active.sum(0), quarters.sum(0), [active.any(1).sum()]]).astype(np.int64)


# --- the pages ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A year's pages: ``grain`` by series (0–2 services, 3 together), -1 where there is none.

    ``shown``: series × 17 periods, the number, -1 a mark, -2 nothing; ``recorded``: by release
    month, the lower end of the class in cents, -1 withheld.
    """

    world: World
    truth: Ints
    grain: Ints
    shown: Ints
    recorded: Ints
    classes: Ints

    @property
    def secret(self) -> bool:
        """A final adjustment whose total is not public."""
        few = self.world.counts[:, 16].sum() < THRESHOLD
        return bool(few or (self.shown < 0).all())


def page_of(world: World) -> Page:
    truth = np.vstack([world.counts, world.counts.sum(axis=0)])
    before = np.vstack([world.before, world.before.sum(axis=0)])
    grain = np.array([_grain(line) for line in before])
    if world.municipality % 3 < 2:  # fixed by decision: by month, by quarter
        grain[:3] = world.municipality % 3
    per_service = (grain[:3] < 2).any()
    grain[3] = -1 if per_service else min(grain[3], 1)
    if not per_service:
        grain[:3] = -1
    shown = _closed(truth, grain)
    classes = _classes(world, grain)
    recorded = np.full(12, -1)
    numbers = [(classes[:, : n + 1, n] > 0).any() or (shown[:, 12:16] > 0).any() for n in range(12)]
    for n in range(12):
        if world.persons[n] >= THRESHOLD and numbers[n]:
            recorded[n] = recorded_class(int(world.cents[:, n].sum()), RULES, DAY)
    return Page(world, truth, grain, shown, recorded, classes)


def _closed(truth: Ints, grain: Ints) -> Ints:
    shown = np.full((4, 17), -2)
    for series in range(4):
        places = {-1: [], 0: range(12), 1: range(12, 16), 2: [16]}[int(grain[series])]
        for p in places:
            shown[series, p] = truth[series, p] if truth[series, p] >= THRESHOLD else -1
    return shown


def _classes(world: World, grain: Ints) -> Ints:
    """Series × months × release months: the lower end of a preliminary class, -1 a mark."""
    known = np.concatenate([world.known, world.known.sum(axis=0)[None]])
    width, found = RULES.class_width.at(DAY), np.full((4, 12, 12), -2)
    for series in np.nonzero(grain == 0)[0]:
        for n in range(12):
            for m in range(n + 1):
                low, _ = preliminary_class(int(known[series, m, n]), THRESHOLD, width)
                found[series, m, n] = low or -1
    return found


def _grain(before: Ints) -> int:
    for grain, cells in ((0, before[:12]), (1, before[12:16])):
        if (cells >= THRESHOLD).mean() >= float(RULES.grain_share.at(DAY)):
            return grain
    return 2


def public_forecasts(pages: list[Page], months: tuple[int, ...]) -> Floats:
    """Pages × months: R10's forecasts in cents by the program's own function; NaN where none."""
    table = estimate_table(PARAMETERS, "2025-12", Archive())
    assert table
    found = np.full((len(pages), len(months)), np.nan)
    for start in range(0, len(pages), 50):  # so many municipalities are an area
        some = {f"{i:03d}": page for i, page in enumerate(pages[start : start + 50])}
        for k, n in enumerate(months):
            cells = tuple(c for code, page in some.items() for c in _cells(code, page, n))
            year = int(add_months(f"2025-{n:02d}", 1)[:4])
            at = YearPosition("2025", n, date(year, n % 12 + 1, 15), date(2026, 2, 28))
            for code, cents in forecasts(PublishedYear(cells, at, table)).items():
                found[start + int(code), k] = float(cents)
    return found


def _cells(code: str, page: Page, n: int) -> Iterator[Cell]:
    """What the release of a month shows of a municipality."""
    for service, cents in zip(SERVICES, page.world.budgets, strict=True):
        yield euro_cell(code, service, "2025", Measure.BUDGET, int(cents))
    if page.recorded[n - 1] >= 0:
        yield euro_cell(code, "any", "2025", Measure.ACTUAL_ROUNDED, int(page.recorded[n - 1]))
    for series, service in enumerate((*SERVICES, "any")):
        lag = LAGS[series] if series < 3 else max(LAGS)
        for p in range(16):
            last = p + 1 if p < 12 else 3 * (p - 11)
            if page.shown[series, p] == -2 or last > n:
                continue
            period = f"2025-{p + 1:02d}" if p < 12 else f"2025-Q{p - 11}"
            empty = Cell(code, service, period, Measure.CLIENTS, Status.UNDER_THRESHOLD)
            value = int(page.shown[series, p])
            if last + lag <= n or p >= 12:
                yield empty.with_value(value) if value > 0 else empty
            else:
                low = int(page.classes[series, p, n - 1])
                yield empty.with_class(low, low + 4) if low > 0 else empty.with_class(0, 4)


def leaking_forecasts(pages: list[Page], months: tuple[int, ...], shown: bool = False) -> Floats:
    """Forecasts fed by the exact numbers behind the marks, the positive control; or by none of them.

    ``shown``: with the numbers that a reader sees, nobody behind a mark.
    """
    found = np.full((len(pages), len(months)), np.nan)
    for i, page in enumerate(pages):
        unit = np.array([100_000, 78_000, 95_000])
        for k, n in enumerate(months):
            if page.recorded[n - 1] >= 0:
                counts = page.world.counts
                if shown:
                    counts = np.where(page.shown[:3] > 0, counts, 0)
                recent = counts[:, max(n - 2, 0) : n].mean(axis=1)
                exact = counts[:, :n].sum(axis=1) + (12 - n) * recent
                if shown:
                    found[i, k] = float(exact @ unit)
                    continue
                step = step_of(int(exact @ unit), int(exact @ unit) // 5)
                found[i, k] = round(float(exact @ unit) / step) * step
    return found


# --- what is asked, and what is known -----------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """Marks as rows: what each stands for, whose it is, and what a reader knows by extent."""

    value: Ints
    municipality: Ints
    page: Ints
    series: Ints
    place: Ints
    known: dict[str, Floats]


def asked(pages: list[Page], last: int) -> Asked:
    """The marks of closed periods by a release month, 12 being the final adjustment."""
    made = public_forecasts(pages, tuple(n for n in (3, 6, 9, 12) if n <= last))
    leaks = leaking_forecasts(pages, tuple(range(2, last + 1)))
    plain = leaking_forecasts(pages, tuple(range(2, last + 1)), shown=True)
    rows: dict[str, list[Any]] = {
        name: [] for name in ("value", "who", "page", "series", "place", *SEEN)
    }
    for i, page in enumerate(pages):
        for series, p in zip(*np.nonzero(page.shown == -1), strict=True):
            end = {True: p + 1}.get(p < 12, 3 * (p - 11) if p < 16 else 12)
            if end > max(last - 2, 1) and last < 12:
                continue
            rows["value"].append(page.truth[series, p])
            rows["who"].append(page.world.municipality)
            rows["page"].append(i)
            rows["series"].append(series)
            rows["place"].append(p)
            counts = _counts_known(page, series, p, last)
            totals = [*counts, *_totals_known(page, last)]
            seen = [*totals, *_costs_known(page, last)]
            rows["counts"].append(counts)
            rows["totals"].append(totals)
            rows["pages"].append(seen)
            at = [n - 2 for n in (3, 6, 9, 12) if n <= last]
            rows["estimates"].append([*seen, *(made[i] / 1e5), *((made[i] - plain[i][at]) / 1e5)])
            rows["insider"].append([*seen, *_postings(page, last)])
            rows["leak"].append([*seen, *(leaks[i] / 1e5), *((leaks[i] - plain[i]) / 1e5)])
    known = {name: np.nan_to_num(np.array(rows[name], float), nan=-9.0) for name in SEEN}
    plain_rows = (np.array(rows[n]) for n in ("value", "who", "page", "series", "place"))
    return Asked(*plain_rows, known)


def _counts_known(page: Page, series: int, p: int, last: int) -> list[float]:
    """The series, its neighbours in time, the others, and what kind of mark it is."""
    line = page.shown[series].astype(float)
    visible = [line[q] if _seen(q, last) else -3.0 for q in range(17)]
    near = [visible[q] if 0 <= q < 12 and p < 12 else -4.0 for q in (p - 2, p - 1, p + 1, p + 2)]
    marks, numbers = visible.count(-1.0), [v for v in visible[:16] if v > 0]
    others = [np.mean(s[s > 0]) if (s > 0).any() else 0.0 for s in page.shown]
    kind = [float(series == s) for s in range(4)] + [
        float(p < 12),
        float(12 <= p < 16),
        float(p == 16),
    ]
    return [
        *near,
        marks,
        np.mean(numbers) if numbers else 0.0,
        p,
        *others,
        *page.grain,
        *kind,
        *visible,
    ]


def _seen(place: int, last: int) -> bool:
    end = place + 1 if place < 12 else 3 * (place - 11) if place < 16 else 99
    return last == 12 or end <= last - 2


def _totals_known(page: Page, last: int) -> list[float]:
    """Budgets and, once it is final, the total, with what it leaves beside the shown counts."""
    budgets = page.world.budgets / 1e5
    if last < 12 or page.secret:
        return [*budgets, budgets.sum(), -1.0, -1.0]
    total = page.world.total / 1e5
    return [*budgets, budgets.sum(), total, total - _explained(page, 11)]


def _explained(page: Page, month: int) -> float:
    """Thousand euros that the shown counts of the months so far would cost."""
    unit, cost = (1.05, 0.79, 0.93, 1.0), 0.0
    for series in range(4):
        line = page.shown[series]
        months = line[: month + 1]
        cost += unit[series] * float(months[months > 0].sum())
        quarters = line[12 : 12 + (month + 1) // 3]
        cost += unit[series] * 2.5 * float(quarters[quarters > 0].sum())
    return cost


def _costs_known(page: Page, last: int) -> list[float]:
    """The recorded costs, their differences, and what they leave beside the shown counts."""
    shown = np.where(page.recorded >= 0, page.recorded / 1e5, np.nan)[:last]
    left = [shown[n] - _explained(page, n - 1) for n in range(last)]
    return [*shown, *np.diff(shown), *left]


def _postings(page: Page, last: int) -> list[float]:
    """What a bookkeeper of one service sees: its costs, month by month."""
    return [*(page.world.cents[0, :last] / 1e5)]


# --- the models ---------------------------------------------------------------------------------------


def log_loss(train: Asked, test: Asked, seen: str, model: str) -> tuple[Floats, Floats]:
    """Each test mark's −ln of the probability given to its true value, and of every value."""
    made: Any = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, C=0.02))
        if model == "logistic"
        else HistGradientBoostingClassifier(
            random_state=1, max_iter=50, learning_rate=0.1, min_samples_leaf=80
        )
    )
    made.fit(train.known[seen], train.value)
    chances = np.asarray(made.predict_proba(test.known[seen]))
    return -np.log(np.clip(chances[np.arange(len(test.value)), test.value], 1e-9, 1)), chances


def explained(train: Asked, test: Asked, seen: str, pairs: bool = False) -> float:
    """R² of a mark's value by ridge; of the newest two months of a page by boosted trees."""
    if not pairs:
        made: Any = make_pipeline(StandardScaler(), Ridge(alpha=10.0))
        x, y, at, truth = train.known[seen], train.value, test.known[seen], test.value
    else:
        made = HistGradientBoostingRegressor(
            random_state=1, max_iter=200, learning_rate=0.06, min_samples_leaf=40
        )
        (x, y), (at, truth) = (_pairs(a, seen) for a in (train, test))
    found = made.fit(x, y).predict(at)
    return float(1 - ((truth - found) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def _pairs(asked: Asked, seen: str) -> tuple[Floats, Floats]:
    """The newest two months in which a page has marks by month: the clients behind those marks."""
    chosen, sums = [], []
    for page in np.unique(asked.page[asked.place < 12]):
        mine = np.nonzero((asked.page == page) & (asked.place < 12))[0]
        newest = np.unique(asked.place[mine])[-2:]
        chosen.append(mine[-1])
        sums.append(float(asked.value[mine[np.isin(asked.place[mine], newest)]].sum()))
    return asked.known[seen][chosen], np.array(sums)


def bound(
    before: Floats, after: Floats, who: Ints, rng: np.random.Generator
) -> tuple[float, float]:
    """The gain as a share of the loss in per cent, and the upper end of its 95 % interval."""
    codes = np.unique(who)
    sums = np.array([[before[who == c].sum(), after[who == c].sum()] for c in codes])
    draws = sums[rng.integers(0, len(codes), (1000, len(codes)))].sum(axis=1)
    gains = 100 * (1 - draws[:, 1] / draws[:, 0])
    whole = sums.sum(axis=0)
    return float(100 * (1 - whole[1] / whole[0])), float(np.quantile(gains, 0.975))


def certain(chances: Floats) -> NDArray[np.bool_]:
    """Marks of which a model says with 95 % that they are nobody, or somebody."""
    return np.asarray((chances[:, 0] >= 0.95) | (chances[:, 0] <= 0.05))


def report(train: Asked, test: Asked, title: str) -> Iterator[str]:
    rng = np.random.default_rng(7)
    losses = {(s, m): log_loss(train, test, s, m) for s in SEEN for m in ("logistic", "trees")}
    yield f"## {title}: {len(test.value)} marks of {len(np.unique(test.page))} municipality-years"
    yield "| known | logistic, log-loss | trees, log-loss | ridge, R² | newest two months, R² | certain marks |"
    yield "|---|---|---|---|---|---|"
    for seen in SEEN:
        means = [f"{losses[seen, m][0].mean():.4f}" for m in ("logistic", "trees")]
        sure = int(certain(losses[seen, "trees"][1]).sum())
        share = (explained(train, test, seen), explained(train, test, seen, pairs=True))
        yield f"| {seen} | {' | '.join(means)} | {share[0]:.2f} | {share[1]:.2f} | {sure} |"
    pairs = (
        ("counts", "totals"),
        ("totals", "pages"),
        ("pages", "estimates"),
        ("pages", "insider"),
    )
    for before, after in pairs:
        for model in ("logistic", "trees"):
            gain, upper = bound(
                losses[before, model][0], losses[after, model][0], test.municipality, rng
            )
            new = certain(losses[after, model][1]) & ~certain(losses[before, model][1])
            right = (losses[after, model][1][:, 0] > 0.5) == (test.value == 0)
            yield (f"- {before} → {after}, {model}: gain {gain:.2f} % (at most {upper:.2f} %), "
                   f"{new.sum()} marks newly certain, {int((new & right).sum())} of them rightly")  # fmt: skip
    if not (
        test.place == 16
    ).any():  # while the year runs the newest marks move a forecast that knows them
        control = explained(train, test, "leak", pairs=True)
        said = "valid" if control >= 0.6 else "VOID (at least 0.6)"
        yield f"Positive control, marks of the newest two months: R² {control:.2f}: {said}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the municipalities")
    quick = parser.parse_args().quick
    if make_pipeline is None:
        print("Skipped: scikit-learn is not installed (pip install scikit-learn).")
        return
    sizes = (30, 30, 30, 30) if quick else (120, 120, 120, 300)
    worlds = (
        simulate(r, n, 5, seed) for seed, (r, n) in enumerate(zip(REGIMES, sizes, strict=True))
    )
    areas = [[page_of(w) for w in area] for area in worlds]
    for last, title in (
        (12, "After the final adjustment"),
        (9, "During the year, after September"),
    ):
        *train, test = (asked(pages, last) for pages in areas)
        print("\n".join(report(_together(train), test, title)), flush=True)


def _together(parts: list[Asked]) -> Asked:
    """Several areas as one; municipalities and pages stay apart."""
    known = {s: np.vstack([p.known[s] for p in parts]) for s in SEEN}
    who = np.concatenate([p.municipality + 10_000 * i for i, p in enumerate(parts)])
    page = np.concatenate([p.page + 100_000 * i for i, p in enumerate(parts)])
    kept = (np.concatenate([getattr(p, n) for p in parts]) for n in ("series", "place"))
    return Asked(np.concatenate([p.value for p in parts]), who, page, *kept, known)


if __name__ == "__main__":
    main()
