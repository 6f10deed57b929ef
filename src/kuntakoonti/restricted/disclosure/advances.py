"""R7, its first half: budgets and advances are not personal data and are shown per service."""

from collections.abc import Iterator

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
    advances: Advances, parameters: Parameters, period: str, month: str
) -> Iterator[Cell]:
    """Budget, this advance and the year's advances of every member, per service and together.

    ``period`` is the advance's; where it is in another year than the data month, that year's
    budget and advances are given too. A municipality that is not a member yet has no figure.
    """
    years = sorted({year_of(period), year_of(month)})
    for member in parameters.area.members_until(month):
        for year in years:
            yield from _by_service(
                parameters, (member.code, year), Measure.BUDGET,
                {s: c for (y, m, s), c in advances.budgets.items() if (y, m) == (year, member.code)},
            )  # fmt: skip
        for at in dict.fromkeys([period, *years]):
            yield from _by_service(
                parameters, (member.code, at), Measure.ADVANCE,
                {s.name: advances.invoiced(member.code, s.name, at) for s in parameters.services.shown},
            )  # fmt: skip
        expected = {
            s.name: advances.expected_of(member.code, s.name, period)
            for s in parameters.services.shown
        }
        yield from _by_service(
            parameters, (member.code, period), Measure.ADVANCE_EXPECTED, expected
        )


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
    parameters: Parameters, place: tuple[str, str], measure: Measure, cents: dict[str, int]
) -> Iterator[Cell]:
    services = [s.name for s in parameters.services.shown]
    for service in services:
        yield euro_cell(place[0], service, place[1], measure, cents.get(service, 0))
    total = sum(cents.get(s, 0) for s in services)
    yield euro_cell(place[0], ANY, place[1], measure, total)
