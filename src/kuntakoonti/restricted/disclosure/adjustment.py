"""R6 and R7: the year's distinct counts, the actual cost and the adjustment, and in-year euros."""

from collections.abc import Iterator
from datetime import date

from kuntakoonti.core.periods import day_after, first_day, year_of
from kuntakoonti.parameters.rules import Parameters, Rules
from kuntakoonti.public.cells import ANY, Cell, Measure, Plan, Status, euro_cell
from kuntakoonti.public.expectation import MILLION, rounding_step
from kuntakoonti.restricted.figures.adjustment import Year, posting, recorded_to_date
from kuntakoonti.restricted.figures.costs import Costs
from kuntakoonti.restricted.figures.counts import Counts

TOTAL_SERVICES = 3  # of a folder whose rules.yml is older than the rule


def year_count_cells(
    counts: Counts, plans: dict[str, Plan], cells: tuple[Cell, ...], parameters: Parameters
) -> Iterator[Cell]:
    """R6: the distinct count of the year per published series; ``cells`` are its periods' counts."""
    year = year_of(counts.last_month)
    threshold = parameters.rules.threshold.at(first_day(counts.last_month))
    for municipality, plan in sorted(plans.items()):
        for service in plan.grains:
            periods = [c for c in cells if c.key[:2] == (municipality, service)]
            exact = counts.of(municipality, service, year)
            empty = Cell(municipality, service, year, Measure.CLIENTS, Status.NOT_SHOWN)
            if not periods:
                small = exact < threshold
                shown = empty.with_status(Status.UNDER_THRESHOLD) if small else None
                yield shown or empty.with_value(exact)
            elif year_is_shown(exact, periods, threshold):
                yield empty.with_value(exact)
            else:
                yield empty


def year_is_shown(exact: int, periods: list[Cell], threshold: int) -> bool:
    """R6: the year, its difference from every period, and the repeats are each large enough."""
    values = [c.value for c in periods if c.value is not None]
    small = sum(c.status is Status.UNDER_THRESHOLD for c in periods)
    repeats = sum(values) + (threshold - 1) * max(0, small - 2) - exact
    return min([exact, repeats, *(exact - v for v in values)]) >= threshold


def settlement_cells(
    year: Year, parameters: Parameters, counts: tuple[Cell, ...]
) -> Iterator[Cell]:
    """R7: total and adjustment exact once; per service for all services or for none.

    With fewer clients than the threshold the totals are not shown: that page is secret.
    """
    if is_secret(year, parameters, counts):
        for measure in (Measure.ACTUAL, Measure.ADJUSTMENT):
            yield Cell(year.municipality, ANY, year.year, measure, Status.NOT_SHOWN)
        return
    own_line = _has_own_line(year, parameters)
    yield from _exact_totals(year, own_line)
    shown = _shows_services(year, parameters, counts)
    yield from _per_service(year, own_line) if shown else _by_advances(year, own_line)


def _has_own_line(year: Year, parameters: Parameters) -> bool:
    """Whether enough persons stand behind the correction of earlier years."""
    return year.correction_clients >= _threshold(year, parameters)


def _threshold(year: Year, parameters: Parameters) -> int:
    """The threshold of a year's end: it is released as the year's December."""
    return parameters.rules.threshold.at(first_day(f"{year.year}-12"))


def _shows_services(year: Year, parameters: Parameters, counts: tuple[Cell, ...]) -> bool:
    """Whether the actual cost is shown per service: for all services or for none."""
    threshold = _threshold(year, parameters)
    own_line = _has_own_line(year, parameters)
    return (
        all(year.clients[s] >= threshold for s in year.actual)
        and not _any_small(year, counts)
        and (own_line or year.correction.keys() <= year.actual.keys())
    )


def _any_small(year: Year, counts: tuple[Cell, ...]) -> bool:
    """Whether a published period of the municipality is "alle 5".

    A service's exact cost, capped prices and the periods that are shown would bound it from below
    (found by the attacker, docs/decisions/0015).
    """
    mine = [c for c in counts if c.municipality == year.municipality and len(c.period) > 4]
    return any(c.status is Status.UNDER_THRESHOLD for c in mine)


def secret_cells(year: Year) -> Iterator[Cell]:
    """The exact totals of a secret page, for ``restricted/`` only, with a posting by the advances."""
    yield from _exact_totals(year, own_line=False)
    yield from _by_advances(year, own_line=False)


def is_secret(year: Year, parameters: Parameters, counts: tuple[Cell, ...]) -> bool:
    """The declared exception: few clients in the whole year, no number, or a total of few services.

    ``counts``: the year's published counts, its own count included. A total beside nothing but
    "alle 5" bounds them (docs/decisions/0021), and one of two services gives each away to who knows
    the other (0022); both found by the attacker.
    """
    few = year.clients[ANY] < _threshold(year, parameters)
    mine = [c for c in counts if c.municipality == year.municipality]
    plain = not (
        has_enough_services(parameters, year.year, f"{year.year}-12")
        or _shows_services(year, parameters, counts)
    )
    return few or plain or not _carries_a_number(mine, year.year)


def has_enough_services(parameters: Parameters, year: str, release: str) -> bool:
    """Whether so many services are charged in a year that their total gives none away.

    By the rule that is in force in the month of the ``release``.
    """
    rule, first, after = parameters.rules.total_services, first_day(year), day_after(year)
    charged = [
        s
        for s in parameters.services.shown
        if s.valid_from < after and (s.valid_to is None or s.valid_to >= first)
    ]
    return len(charged) >= (rule.at(first_day(release)) if rule else TOTAL_SERVICES)


def _exact_totals(year: Year, own_line: bool) -> Iterator[Cell]:
    """Total actual cost and adjustment to the cent, and the prior years' correction by itself."""
    actual = year.actual_cents(with_correction=not own_line)
    adjustment = actual - year.advance_cents
    place = (year.municipality, ANY, year.year)
    yield euro_cell(*place, Measure.ACTUAL, actual)
    yield euro_cell(*place, Measure.ADJUSTMENT, adjustment)
    if own_line:
        yield euro_cell(*place, Measure.PRIOR_YEAR, year.correction_cents)


def _per_service(year: Year, own_line: bool) -> Iterator[Cell]:
    for service, of_year in year.actual.items():
        actual = of_year + (0 if own_line else year.correction.get(service, 0))
        place = (year.municipality, service, year.year)
        yield euro_cell(*place, Measure.ACTUAL, actual)
        yield euro_cell(*place, Measure.ADJUSTMENT, actual - year.advances[service])


def _by_advances(year: Year, own_line: bool) -> Iterator[Cell]:
    adjustment = year.actual_cents(with_correction=not own_line) - year.advance_cents
    for service, cents in posting(adjustment, year.advances).items():
        place = (year.municipality, service, year.year)
        yield Cell(*place, Measure.ACTUAL, Status.NOT_SHOWN)
        yield Cell(*place, Measure.ADJUSTMENT, Status.NOT_SHOWN)
        yield euro_cell(*place, Measure.POSTING, cents)


def recorded_cells(
    costs: Costs, cells: tuple[Cell, ...], parameters: Parameters, month: str, release: str = ""
) -> Iterator[Cell]:
    """R7: each member's cost recorded so far in the month's year, rounded down or not at all.

    By the rules of the ``release``'s month, which is the month itself if none is given. A
    municipality that is not a member yet has no figure.
    """
    year, release = year_of(month), release or month
    threshold = parameters.rules.threshold.at(first_day(release))
    enough = has_enough_services(parameters, year, release)
    for member in parameters.area.members_until(month):
        cents, persons = recorded_to_date(costs, member.code, year)
        hidden = Cell(member.code, ANY, year, Measure.ACTUAL_ROUNDED, Status.NOT_SHOWN)
        mine = [c for c in cells if c.municipality == member.code]
        if not enough or persons < threshold or not _carries_a_number(mine, year):
            yield hidden
        else:
            yield hidden.with_value(recorded_class(cents, parameters.rules, first_day(release)))


def recorded_class(cents: int, rules: Rules, day: date) -> int:
    """The lower end of the class of a recorded cost; without the rule to the nearest step."""
    if rules.recorded_step is None:
        return rounded(cents)
    size = 100 * step_euros(rules, day)[abs(cents) >= MILLION]
    return cents // size * size


def step_euros(rules: Rules, day: date) -> tuple[int, int]:
    """The width of a recorded cost's class in euros, below a million and from there."""
    if rules.recorded_step is None:
        return 1000, 10_000
    step = rules.recorded_step.at(day)
    return step.below_million, step.from_million


def rounded(cents: int, step: int = 0) -> int:
    """To the nearest step, without one to `rounding_step`; half away from zero."""
    step = step or rounding_step(cents)
    size = (2 * abs(cents) + step) // (2 * step) * step
    return size if cents >= 0 else -size


def _carries_a_number(cells: list[Cell], year: str) -> bool:
    """Whether a published count of the year is exact or a class from the threshold up."""
    counts = [c for c in cells if c.measure is Measure.CLIENTS and year_of(c.period) == year]
    return any(c.value is not None or (c.class_low or 0) > 0 for c in counts)
