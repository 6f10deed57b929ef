"""What becomes visible, by the rules R1–R5 and the first half of R7 (docs/rules.md).

Few numbers, none overlapping, each exact once. Whether a count is shown depends only on its own
smallness, its grain and what the archive already holds; never on another cell. A figure keeps the
threshold and the grid of the release that was the first to show it: with another one the two marks
together would say more than either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kuntakoonti.core.periods import add_months, day_after, first_day, last_day, months_of, year_of
from kuntakoonti.parameters.area import Member
from kuntakoonti.parameters.rules import ClassWidth, Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure, Plan, Status
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.disclosure.grain import periods_of_grain

if TYPE_CHECKING:  # whoever asks for a closing day needs no pandas
    from kuntakoonti.restricted.figures.counts import Counts


@dataclass(frozen=True)
class Moment:
    """The release: its month, its extraction date, and the archive before it."""

    month: str
    as_of: date
    archive: Archive


def closing_day(parameters: Parameters, service: str, period: str) -> date:
    """The day from which a period's count is complete: its lag, or the year's closing date."""
    year = year_of(period)
    lags = parameters.rules.closing_lag.at(first_day(year))
    shown = [s.name for s in parameters.services.shown]
    lag = max(lags[s] for s in shown) if service == ANY else lags[service]
    by_lag = last_day(add_months(months_of(period)[-1], lag))
    return min(by_lag, year_closing_day(parameters, year))


def year_closing_day(parameters: Parameters, year: str) -> date:
    """The last day of the closing month of the following year."""
    month = parameters.rules.year_closing.at(first_day(year))
    return last_day(f"{int(year) + 1}-{month}")


def preliminary_class(clients: int, threshold: int, width: ClassWidth) -> tuple[int, int]:
    """The class of the fixed grid that a count recorded so far is in, both ends inclusive."""
    if clients < threshold:
        return 0, threshold - 1
    step = width.below_100 if clients < 100 else width.from_100
    low = clients // step * step
    return max(low, threshold), low + step - 1


def count_cells(
    counts: Counts, plans: dict[str, dict[str, Plan]], parameters: Parameters, moment: Moment
) -> Iterator[Cell]:
    """Every count position of the release; ``plans``: year → municipality → plan."""
    for year, plan_of in sorted(plans.items()):
        for member in parameters.area.members:
            plan = plan_of.get(member.code)
            for service, grain in plan.grains.items() if plan else ():
                for period in periods_of_grain(grain, year):
                    if _on_page(period, parameters, member, service, moment):
                        yield _count_cell(
                            counts, parameters, moment, (member.code, service, period)
                        )


def withheld(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """R9's coarser publication: no count and no cost recorded so far, of any municipality alike."""
    return tuple(
        Cell(*c.key, c.measure, Status.NOT_SHOWN) if c.status is not Status.NOT_OFFERED else c
        for c in cells
    )


def _on_page(
    period: str, parameters: Parameters, member: Member, service: str, moment: Moment
) -> bool:
    """This year's periods that have begun; in January–March last year's open ones, or closed since."""
    months = months_of(period)
    if months[0] > moment.month or not _member_in(member, period):
        return False
    if year_of(period) == year_of(moment.month):
        return True
    if moment.month[5:] > "03":
        return False
    before = moment.archive.closed_in(member.code, service, period)
    return before is None or before.startswith(year_of(moment.month))


def _member_in(member: Member, period: str) -> bool:
    return member.valid_on(first_day(period)) or member.valid_on(last_day(period))


def _count_cell(
    counts: Counts, parameters: Parameters, moment: Moment, position: tuple[str, str, str]
) -> Cell:
    municipality, service, period = position
    known = moment.archive.closed(municipality, service, period)
    if known:
        return known
    cell = Cell(municipality, service, period, Measure.CLIENTS, Status.NOT_OFFERED)
    if not _offered(parameters, service, period):
        return cell
    first = moment.archive.first_shown(*position) or moment.month
    threshold = parameters.rules.threshold.at(first_day(first))
    clients = counts.of(municipality, service, period)
    complete = day_after(period) <= day_after(moment.month)
    if complete and closing_day(parameters, service, period) <= moment.as_of:
        small = clients < threshold
        return cell.with_status(Status.UNDER_THRESHOLD) if small else cell.with_value(clients)
    width = parameters.rules.class_width.at(first_day(first))
    return cell.with_class(*preliminary_class(clients, threshold, width))


def older_marks(
    cells: Iterable[Cell], parameters: Parameters, month: str, archive: Archive
) -> dict[str, int]:
    """Closed marks that another threshold than a release's made: place → that threshold."""
    found, now = dict[str, int](), parameters.rules.threshold.at(first_day(month))
    for cell in cells:
        if cell.measure is Measure.CLIENTS and cell.status is Status.UNDER_THRESHOLD:
            first = archive.first_shown(*cell.key) or month
            threshold = parameters.rules.threshold.at(first_day(first))
            if threshold != now:
                found[" ".join(cell.key)] = threshold
    return found


def _offered(parameters: Parameters, service: str, period: str) -> bool:
    shown = parameters.services.shown
    services = shown if service == ANY else [parameters.services.named(service)]
    return any(
        s.valid_from < day_after(period) and (s.valid_to is None or s.valid_to >= first_day(period))
        for s in services
    )
