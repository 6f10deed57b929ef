"""R10: every estimate computed again from what is public; one that differs could carry a hidden figure.

The same definition as the program's (docs/rules.md), written once more: what stands on a page is a
function of figures approved before, of the release's own, and of the table in its rules.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from kuntakoonti.attack.evidence.public_facts import ANY, Facts, months_of
from kuntakoonti.attack.evidence.released_files import AttackedRelease, Public, Row
from kuntakoonti.core.release_name import ReleaseName

FORECAST = ("forecast_cents", "forecast_low_cents", "forecast_high_cents")
COST = "actual_rounded_cents"
_SILENT = ("not_shown", "not_offered")
_YOUNG, _GROWN, _MILLION = 3, 7, 100_000_000
Break = tuple[str, tuple[str, ...]]  # what, place
Amounts = tuple[int, ...]


def differing_estimates(public: Public) -> Iterator[Break]:
    """Forecasts and rows of tables that are not what the public figures say: what, place."""
    for number, release in enumerate(public.releases):
        if release.name not in public.facts or public.facts[release.name].estimates is None:
            continue
        yield from _Release(public, number).breaks()


@dataclass(frozen=True)
class _Release:
    """One release and everything before it."""

    public: Public
    number: int

    @property
    def release(self) -> AttackedRelease:
        return self.public.releases[self.number]

    @cached_property
    def facts(self) -> Facts:
        return self.public.facts_of(self.release.name)

    @cached_property
    def own(self) -> tuple[Row, ...]:
        return self.public.rows_of(self.release.name)

    def breaks(self) -> Iterator[Break]:
        shown = self._forecasts(self.release.name)
        yield from _differences(shown, self._expected(), self.release.name)
        if ReleaseName(self.release.name).is_version:
            return
        for name, values in self._ledger_rows().items():
            if dict((self.facts.estimates or {}).get(name, {})) != values:
                yield f"a row of the table of estimates: {name}", (self.release.name,)

    def _forecasts(self, release: str) -> dict[tuple[str, str], Amounts]:
        """Municipality and year → point, low and high as they are shown."""
        found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for row in self.public.rows_of(release):
            if row.measure in FORECAST and row.value is not None:
                found[row.municipality, row.period][row.measure] = row.value
        return {k: tuple(v[m] for m in FORECAST if m in v) for k, v in found.items()}

    def _expected(self) -> dict[tuple[str, str], Amounts]:
        name = ReleaseName(self.release.name)
        if name.is_version:
            return self._forecasts(name[:7])
        if self.release.final or not self.facts.estimates or not self.release.as_of:
            return {}
        years = {row.period for row in self.own if row.measure == COST and row.value is not None}
        found: dict[tuple[str, str], Amounts] = {}
        for year in sorted(years):
            found |= {(code, year): amounts for code, amounts in self._of_year(year).items()}
        return found

    def _of_year(self, year: str) -> dict[str, Amounts]:
        """Municipality → the amounts that follow from the public figures."""
        months = int(self.release.month[5:]) if year == self.release.month[:4] else 12
        seen = YearSeen(self._told(year), self.facts, year, months, self.release.as_of)
        if seen.age < _YOUNG or seen.today >= seen.closes:
            return {}
        half = seen.half
        mine = {r.municipality for r in self.own if (r.measure, r.period) == (COST, year)}
        mine &= {r.municipality for r in self.own if r.measure == COST and r.value is not None}
        return {code: rounded(cents, half) for code, cents in seen.years().items() if code in mine}

    def _told(self, year: str) -> dict[tuple[str, str, str, str], Row]:
        """The newest of every figure of a year that says something."""
        found: dict[tuple[str, str, str, str], Row] = {}
        for earlier in self.public.releases[: self.number]:
            for row in self.public.rows_of(earlier.name):
                if row.period[:4] == year and row.status != "not_shown":
                    found[row.municipality, row.service, row.period, row.measure] = row
        for row in self.own:
            if row.period[:4] == year:
                found[row.municipality, row.service, row.period, row.measure] = row
        return {key: row for key, row in found.items() if row.status not in _SILENT}

    # --- what the ledger says of earlier forecasts ------------------------------------------------

    def _ledger_rows(self) -> dict[str, dict[str, str]]:
        """The rows that approved figures give, empty where they give none."""
        errors = list(self._errors())
        share = self.facts.cover
        halves = dict[str, str]()
        for month in range(1, 13):
            near = sorted(
                Fraction(100 * abs(f - a), f) for _, m, f, a in errors if abs(m - month) <= 1
            )
            if len(near) >= 10 and any(m == month for _, m, _, _ in errors):
                place = -(-share.numerator * len(near) // share.denominator)
                halves[f"{month:02d}"] = str(_up(near[max(place, 1) - 1]))
        now = [e for e in errors if e[1] == int(self.release.month[5:])]
        if self.release.month[5:] not in halves:
            return {"own_half_range": halves, "past_error": {}}
        members = sum((Fraction(100 * abs(f - a), a) for _, _, f, a in now), Fraction(0)) / len(now)
        sums: dict[str, list[int]] = {}
        for release, _, f, a in now:
            both = sums.setdefault(release, [0, 0])
            both[0], both[1] = both[0] + f, both[1] + a
        area = sum((Fraction(100 * abs(f - a), a) for f, a in sums.values()), Fraction(0))
        past = {
            "area": str(_up(area / len(sums))),
            "members": str(_up(members)),
            "number": str(len(now)),
        }
        return {"own_half_range": halves, "past_error": past}

    def _errors(self) -> Iterator[tuple[str, int, int, int]]:
        """Release, number of its month, forecast and actual cost of each that is settled by now."""
        earlier = self.public.releases[: self.number]
        totals = {
            (r.municipality, r.period): r.value
            for release in earlier
            for r in self.public.rows_of(release.name)
            if r.measure == "actual_cents" and r.service == ANY and release.final
            if release.name[:4] == r.period
        }
        for release in earlier:
            if len(release.name) != len("2025-08"):
                continue
            for row in self.public.rows_of(release.name):
                actual = totals.get((row.municipality, row.period))
                if (row.measure, row.period) != (FORECAST[0], release.name[:4]):
                    continue
                if row.value is not None and row.value > 0 and actual is not None and actual > 0:
                    yield release.name, int(release.month[5:]), row.value, actual


def _differences(
    shown: Mapping[tuple[str, str], Amounts], expected: Mapping[tuple[str, str], Amounts], name: str
) -> Iterator[Break]:
    for code, year in sorted(shown.keys() | expected.keys()):
        if shown.get((code, year)) != expected.get((code, year)):
            what = "a forecast that does not follow from the public figures"
            yield what, (name, code, ANY, year)


def _up(share: Fraction) -> int:
    return -(-share.numerator // share.denominator)


@dataclass(frozen=True)
class YearSeen:
    """What a reader knows of a year: the newest figures, the table, the months gone, the day."""

    rows: Mapping[tuple[str, str, str, str], Row]
    facts: Facts
    year: str
    months: int
    as_of: str

    @cached_property
    def table(self) -> Mapping[str, Mapping[str, str]]:
        return self.facts.estimates or {}

    @cached_property
    def today(self) -> date:
        return date.fromisoformat(self.as_of)

    @cached_property
    def closes(self) -> date:
        """The last day of the closing month of the year after."""
        month = self.facts.closing_month
        after = date(int(self.year) + 1 + month // 12, month % 12 + 1, 1)
        return after - timedelta(days=1)

    @property
    def age(self) -> int:
        first = self.table["records_from"][""]
        years = int(self.year) - int(first[:4])
        return 12 * years + self.months - int(first[5:7]) + 1

    @property
    def half(self) -> int | None:
        month = f"{self.months:02d}"
        own = self.table.get("own_half_range", {}).get(month)
        found = own or self.table.get("half_range", {}).get(month)
        return int(found) if found else None

    @cached_property
    def services(self) -> list[str]:
        return list(self.table["unit_cost"])

    @cached_property
    def codes(self) -> list[str]:
        return sorted({key[0] for key in self.rows if key[3] == COST})

    def years(self) -> dict[str, Fraction]:
        """Cents of each municipality's year by its closing day."""
        sums = {code: self._due(code) for code in self.codes}
        costs = {code: self._middle(code) for code in self.codes}
        before = sum((now for now, _ in sums.values()), Fraction(0))
        level = sum(costs.values(), Fraction(0)) / before if before else Fraction(1)
        weight = 100 * Fraction(self.table["own_cost"][""])
        found = {}
        for code, (now, later) in sums.items():
            rate = (costs[code] + weight * level) / (now + weight)
            found[code] = self._with_budget(code, costs[code] + rate * later)
        return found

    def _with_budget(self, code: str, cents: Fraction) -> Fraction:
        budget = sum((self._cents(code, s, "budget_cents") for s in self.services), Fraction(0))
        if budget and self.age < _GROWN:
            return ((self.age - 1) * cents + (_GROWN - self.age) * budget) / (_GROWN - 1)
        return cents

    def _cents(self, code: str, service: str, measure: str) -> Fraction:
        row = self.rows.get((code, service, self.year, measure))
        return Fraction(row.value) if row and row.value is not None else Fraction(0)

    def _middle(self, code: str) -> Fraction:
        printed = self._cents(code, ANY, COST)
        recorded = self.facts.recorded
        coarse = abs(printed) >= recorded.limit
        return printed + Fraction(recorded.coarse if coarse else recorded.fine, 2)

    def _share(self, name: str, service: str, month: int, day: date) -> Fraction:
        """What is usually recorded (or known) of a service month on a day."""
        points = [Fraction(p, 100) for p in map(int, self.table[name][service].split("; "))]
        days = 30 * (12 * (day.year - int(self.year)) + day.month - month - 1)
        late = Fraction(days + min(day.day, 30) - 15, 30)
        if late <= -1:
            return Fraction(0)
        whole = late.numerator // late.denominator
        knots = [Fraction(0), *points] + 2 * [points[-1]]
        place = min(whole, len(points) - 1) + 1
        return knots[place] + (knots[place + 1] - knots[place]) * (late - whole)

    def _paid_for(self, code: str, service: str) -> Fraction:
        """Clients a month that the budget pays for."""
        unit = 100 * Fraction(self.table["unit_cost"][service])
        year = sum((self._price(service, month) for month in range(1, 13)), Fraction(0))
        return self._cents(code, service, "budget_cents") / (unit * year)

    def _price(self, service: str, month: int) -> Fraction:
        """How prices lie beside the unit cost, where a change of them was known beforehand."""
        known = self.table.get("price_level", {}).get(service, "0000-00 1").split("; ")
        begun = [s for s in known if s[:7] <= f"{self.year}-{month:02d}"]
        return Fraction((begun or known[:1])[-1][8:])

    @cached_property
    def _shown(self) -> dict[tuple[str, str], dict[int, Fraction]]:
        """Municipality and service → month → client-months that the counts say."""
        found: dict[tuple[str, str], dict[int, Fraction]] = defaultdict(dict)
        for (code, service, period, measure), row in self.rows.items():
            if measure != "clients" or len(period) == 4:
                continue
            begun = [m for m in (int(name[5:]) for name in months_of(period)) if m <= self.months]
            for month in begun:
                found[code, service][month] = self._number(row, begun[-1]) / self._spread(
                    service, len(begun)
                )
        return found

    def _number(self, row: Row, last: int) -> Fraction:
        if row.value is not None:
            return Fraction(row.value)
        if row.low is None or row.high is None:
            return Fraction(self.facts.threshold - 1, 2)
        services = self.services if row.service == ANY else [row.service]
        known = min(self._share("known_share", s, last, self.today) for s in services)
        return Fraction(row.low + row.high, 2) / max(known, Fraction(3, 10))

    def _spread(self, service: str, months: int) -> Fraction:
        turnover = {s: Fraction(t) for s, t in self.table["turnover"].items()}
        whole = sum(turnover.values(), Fraction(0)) / len(turnover)
        return 1 + (turnover.get(service, whole) - 1) * Fraction(months - 1, 2)

    def _known(self, code: str, service: str) -> dict[int, Fraction]:
        together = self._shown.get((code, ANY))
        if not together:
            return self._shown.get((code, service), {})
        planned = {s: self._paid_for(code, s) for s in self.services}
        all_planned = sum(planned.values(), Fraction(0))
        part = planned[service] / all_planned if all_planned else Fraction(1, len(planned))
        return {month: number * part for month, number in together.items()}

    @cached_property
    def _levels(self) -> dict[tuple[str, str], tuple[Fraction, Fraction]]:
        """Municipality and service → weighted client-months of the last months, and the weight."""
        found = {}
        for code in self.codes:
            for service in self.services:
                known = self._known(code, service)
                fading = {m: Fraction(7, 10) ** (self.months - m) for m in known}
                clients = sum((known[m] * fading[m] for m in known), Fraction(0))
                found[code, service] = clients, sum(fading.values(), Fraction(0))
        return found

    def _area(self, service: str) -> Fraction:
        """How the shown levels lie beside the budgets of the same municipalities."""
        own = paid = Fraction(0)
        for code in self.codes:
            clients, weight = self._levels[code, service]
            planned = self._paid_for(code, service)
            if weight and planned:
                own, paid = own + clients / weight, paid + planned
        return own / paid if paid else Fraction(1)

    @cached_property
    def _areas(self) -> dict[str, Fraction]:
        return {service: self._area(service) for service in self.services}

    def _ahead(self, code: str, service: str) -> Fraction:
        """Client-months of a month of which no count says anything."""
        clients, weight = self._levels[code, service]
        prior = self._paid_for(code, service) * (1 + self._areas[service]) / 2
        if not weight:
            return prior
        if not prior:
            return clients / weight
        own = Fraction(self.table["own_clients"][""])
        return (clients**2 / weight + own * prior) / (clients + own)

    def _due(self, code: str) -> tuple[Fraction, Fraction]:
        """Cents that should be recorded by now, and from now until the year closes."""
        now = later = Fraction(0)
        for service in self.services:
            unit = 100 * Fraction(self.table["unit_cost"][service])
            known, ahead = self._known(code, service), self._ahead(code, service)
            for month in range(1, 13):
                cents = known.get(month, ahead) * unit * self._price(service, month)
                begun = month <= self.months
                seen = self._share("recorded_share", service, month, self.today) if begun else 0
                left = self._share("recorded_share", service, month, self.closes) - seen
                now, later = now + cents * seen, later + cents * max(left, Fraction(0))
        return now, later


def rounded(exact: Fraction, half: int | None) -> Amounts:
    """Point, low and high as R7 prints them; without a range the point alone."""
    cents = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    if half is None:
        step = _step(cents, abs(cents) // 5)
        return (_near(cents, step),)
    low, high = cents - abs(cents) * half // 100, cents + abs(cents) * half // 100
    low = max(low, min(cents, 0))
    step = _step(cents, high - low)
    return _near(cents, step), low - low % step, high + (-high) % step


def _near(cents: int, step: int) -> int:
    rest = (cents + step // 2) % step
    return cents + step // 2 - rest


def _step(cents: int, width: int) -> int:
    """The smallest of 1, 2, 5 × 10ⁿ € of which ten are the range, but at least 1,000 or 10,000 €."""
    least = 1_000_000 if abs(cents) > _MILLION else 100_000
    step, turn = 100, 0
    while 10 * step < width:
        step, turn = step * 5 // 2 if turn % 3 == 1 else step * 2, turn + 1
    return max(least, step)
