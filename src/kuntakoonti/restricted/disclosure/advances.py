"""R7, its first half: budgets and advances are not personal data and are shown per service."""

from collections.abc import Collection, Iterator, Mapping

from kuntakoonti.core.periods import add_months, quarter_of, year_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure, Mismatch, euro_cell
from kuntakoonti.restricted.figures.advances import Advances


def invoice_period(advances: Advances, month: str, offset: int) -> str:
    """The advance period that the annex of a month goes with: its month, quarter or year."""
    wanted = add_months(month, offset)
    known = {key[2] for key in advances.expected} | {i.period for i in advances.invoices}
    candidates = (wanted, quarter_of(wanted), year_of(wanted))
    return next((p for p in candidates if p in known), wanted)


def advance_cells(
    advances: Advances,
    parameters: Parameters,
    period: str,
    month: str,
    open_years: Collection[str] = (),
) -> Iterator[Cell]:
    """Budget, this advance, the year's advances and what is still to come of them, of every member.

    Per service and together, of the data month's year, of the year of ``period``, the advance's, and
    of every open year. Of a year that has closed nothing is to come. What has no budget has no figure
    of one. A municipality that is not a member yet has no figure.
    """
    causation = [s.name for s in parameters.services.shown]
    services = [s.name for s in parameters.shared] if advances.shared else causation
    years = sorted({year_of(period), year_of(month), *open_years})
    for member in parameters.area.members_until(month):
        code = member.code
        for year in years:
            budgets = {s: advances.budgets.get((year, code, s)) for s in services}
            yield from _by_service((code, year), Measure.BUDGET, budgets)
        for at in dict.fromkeys([period, *years]):
            paid = {s: advances.invoiced(code, s, at) for s in services}
            yield from _by_service((code, at), Measure.ADVANCE, paid)
        for year in years:
            if year in open_years or year > year_of(month):
                coming = {s: advances.coming(code, s, year) for s in services}
                yield from _by_service((code, year), Measure.ADVANCE_COMING, coming)
        expected = {
            s: advances.expected_of(code, s, period)
            for s in services
            if (year_of(period), code, s) in advances.budgets and _is_due(advances, code, s, period)
        }
        yield from _by_service((code, period), Measure.ADVANCE_EXPECTED, expected)


def _is_due(advances: Advances, code: str, service: str, period: str) -> bool:
    """Whether a period has an advance: no month of one who is not a member has; a year sums its own."""
    return len(period) == len("2025") or (code, service, period) in advances.expected


def mismatch_cells(
    found: list[Mismatch], parameters: Parameters, period: str, month: str
) -> Iterator[Cell]:
    """Expected and invoiced amounts of members' advances that do not agree, but this advance's."""
    members = {m.code for m in parameters.area.members_until(month)}
    for m in found:
        if m.municipality in members and m.period != period and m.expected_cents:
            place = (m.municipality, m.service, m.period)
            yield euro_cell(*place, Measure.ADVANCE_EXPECTED, m.expected_cents)
            yield euro_cell(*place, Measure.ADVANCE, m.invoiced_cents)


def _by_service(
    place: tuple[str, str], measure: Measure, cents: Mapping[str, int | None]
) -> Iterator[Cell]:
    """Of every service that has an amount, and of those together; nothing where none has."""
    known = {service: amount for service, amount in cents.items() if amount is not None}
    for service, amount in known.items():
        yield euro_cell(place[0], service, place[1], measure, amount)
    if known:
        yield euro_cell(place[0], ANY, place[1], measure, sum(known.values()))
