"""The protected whole, sliced by municipality: what goes through the door."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from kuntakoonti.core.disclosed_text import NOT_PRINTED, is_printable_number
from kuntakoonti.core.periods import first_day, year_of
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.parameters.area import Area
from kuntakoonti.parameters.municipalities import municipalities
from kuntakoonti.parameters.rules import Parameters, Service
from kuntakoonti.public.cells import ANY, Cell, Invoice, Measure, Mismatch, Plan, Status, euro_cell
from kuntakoonti.public.changes import changes, last_annex, last_forecast
from kuntakoonti.public.comparison import comparisons, of_last_year, with_year_before
from kuntakoonti.public.invoice import invoice_cells
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.public.pages import (
    AnnexFigures,
    AreaFigures,
    MemberCells,
    MemberFacts,
    NoticeFacts,
    OutlookFacts,
    ReleaseFacts,
    RoleFacts,
    ServiceFacts,
)
from kuntakoonti.restricted.disclosure.counts import older_marks, year_closing_day
from kuntakoonti.restricted.disclosure.sharing import SharedRelease
from kuntakoonti.restricted.figures.advances import Advances


@dataclass(frozen=True)
class PageForecast:
    """What a release foresees: how, and the percentages of the whole area."""

    facts: OutlookFacts
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Whole:
    """A protected release before it is sliced; ``balance_cents`` is the reconciliation's difference.

    ``secret``: municipality → the exact cells of a page that only goes to ``restricted/``.
    """

    record: Record
    plans: dict[str, Plan]
    advances: Advances
    mismatches: tuple[Mismatch, ...]
    invoice_period: str
    balance_cents: int
    kind: Literal["month", "estimate", "final"] = "month"
    secret: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    coarse: bool = False
    outlook: PageForecast | None = None
    shared: SharedRelease | None = None


def slices(whole: Whole, parameters: Parameters, archive: Archive) -> tuple[AnnexFigures, ...]:
    """One slice for every member of the year so far; secret ones are marked and hold exact totals."""
    year, before = year_of(whole.record.month), archive.release(_final_before(whole.record.month))
    counts = (*whole.record.cells, *(before.cells if before else ()))
    marks = older_marks(counts, parameters, whole.record.month, archive)
    facts = _facts(whole, parameters, marks)
    of_area = whole.outlook.cells if whole.outlook else ()
    is_month = whole.kind == "month"
    members = parameters.area.members_until(whole.record.month)
    people = {m.code: _population(m.code) or 0 for m in members}
    found = []
    for member in members:
        exact = whole.secret.get(member.code, ())
        replaced = {(c.key, c.measure) for c in exact}
        cells = exact + tuple(
            c
            for c in whole.record.cells
            if c.municipality == member.code and (c.key, c.measure) not in replaced
        )
        cells = _with_secret_totals(exact, cells + of_area)
        last = last_annex(archive, member.code, whole.record.month) if is_month else None
        own, common = _printed(whole, member.code, parameters.area.number_patterns)
        found.append(
            AnnexFigures(
                municipality=member.code,
                name=member.name,
                population=_population(member.code),
                facts=facts,
                plans={year: whole.plans[member.code]},
                cells=cells,
                closed_now=_closed_now(cells, archive),
                invoices=own.invoices,
                mismatches=own.mismatches,
                shared_invoices=common.invoices,
                shared_mismatches=common.mismatches,
                secret=member.code in whole.secret,
                corrections=archive.corrections(cells),
                changes=changes(last.cells, cells, member.code) if last else (),
                compared_with=last.month if last else "",
                **_beside(whole, archive, member.code, people),
                languages=parameters.area.languages_of(member),
            )
        )
    return tuple(found)


def _with_secret_totals(exact: tuple[Cell, ...], cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The cells, on a secret page with the invoice's exact totals in the place of their marks."""
    totals = tuple(c for c in invoice_cells(cells) if c.value is not None) if exact else ()
    replaced = {(c.key, c.measure) for c in totals}
    return (*(c for c in cells if (c.key, c.measure) not in replaced), *totals)


def _beside(whole: Whole, archive: Archive, code: str, people: Mapping[str, int]) -> dict[str, Any]:
    """What a page says beside its own figures: of other members, of last year, of earlier forecasts."""
    year, cells = year_of(whole.record.month), whole.record.cells
    if whole.kind == "month":
        beside = comparisons(cells, code, year, people) + with_year_before(cells, code, archive)
        return {"comparisons": beside}
    before = of_last_year(archive, code, year)
    if whole.kind == "estimate":
        return {"last_year": before}
    return {"last_year": before, "forecast_before": last_forecast(archive, code, year)}


def _is_known(advances: Advances, found: Mismatch) -> bool:
    """Whether a budget says what the invoices should be; without one a page compares nothing."""
    budget = (year_of(found.period), found.municipality, found.service)
    return budget in advances.budgets or found.finding == "misdirected"


@dataclass(frozen=True)
class _Printed:
    """A municipality's invoices and mismatches as a page prints them."""

    invoices: tuple[Invoice, ...]
    mismatches: tuple[Mismatch, ...]

    @property
    def numbers(self) -> set[str]:
        numbers = {i.invoice_id for i in self.invoices}
        numbers |= {i.credits_invoice_id or "" for i in self.invoices}
        return numbers | {number for m in self.mismatches for number in m.invoice_ids}

    def without(self, instead: Mapping[str, str]) -> "_Printed":
        """With other numbers in place of some."""

        def shown(number: str) -> str:
            return instead.get(number, number)

        return _Printed(
            tuple(
                replace(
                    i,
                    invoice_id=shown(i.invoice_id),
                    credits_invoice_id=i.credits_invoice_id and shown(i.credits_invoice_id),
                )
                for i in self.invoices
            ),
            tuple(
                replace(m, invoice_ids=tuple(map(shown, m.invoice_ids))) for m in self.mismatches
            ),
        )


def _of_municipality(advances: Advances, mismatches: tuple[Mismatch, ...], code: str) -> _Printed:
    invoices = tuple(i for i in advances.invoices if i.municipality == code)
    mine = (m for m in mismatches if m.municipality == code)
    return _Printed(invoices, tuple(m for m in mine if _is_known(advances, m)))


def _printed(whole: Whole, code: str, patterns: tuple[str, ...]) -> tuple[_Printed, _Printed]:
    """R11: the invoices by causation and by a key; what could hold a name is replaced by its place."""
    own = _of_municipality(whole.advances, whole.mismatches, code)
    of = whole.shared.figures if whole.shared else None
    common = _of_municipality(of.advances, of.mismatches, code) if of else _Printed((), ())
    numbers = own.numbers | common.numbers
    hidden = sorted(n for n in numbers - {""} if not is_printable_number(n, patterns))
    instead = {n: f"{NOT_PRINTED}{place}" for place, n in enumerate(hidden, 1)}
    return own.without(instead), common.without(instead)


def area_page(annexes: tuple[AnnexFigures, ...], facts: ReleaseFacts) -> AreaFigures:
    """R8: every figure is a sum of figures that members' pages show; who is not in it is named."""
    shown = {a.municipality for a in annexes}
    own = {a.municipality: tuple(c for c in a.cells if _is_own(c, a)) for a in annexes}
    cells = [c for mine in own.values() for c in mine]
    sums, missing = _client_sums(cells, shown, facts)
    year = year_of(facts.month)
    money = _euro_sums(cells, facts, {year, year_of(facts.invoice_period)})
    money += _shared_sums(cells, facts)
    members = tuple(
        MemberCells(code=a.municipality, name=a.name, cells=own[a.municipality]) for a in annexes
    )
    of_area = tuple(c for c in annexes[0].cells if not _is_own(c, annexes[0])) if annexes else ()
    unpublished = tuple(m.code for m in facts.members if m.code not in shown)
    return AreaFigures(
        facts=facts,
        members=members,
        cells=(*sums, *money, *of_area),
        missing=missing,
        unpublished=unpublished,
        corrections=tuple(c for a in annexes for c in a.corrections),
    )


def _is_own(cell: Cell, annex: AnnexFigures) -> bool:
    """Whether a figure of a page is the municipality's, not the whole area's."""
    return cell.municipality == annex.municipality


def _client_sums(
    cells: list[Cell], shown: set[str], facts: ReleaseFacts
) -> tuple[list[Cell], dict[str, tuple[str, ...]]]:
    """The sum of the exact counts of a service and period, and the members it leaves out."""
    sums, missing = [], {}
    exact = [c for c in cells if c.measure is Measure.CLIENTS and c.value is not None]
    for service, period in sorted({(c.service, c.period) for c in exact}):
        included = {c.municipality: c.value or 0 for c in exact if c.key[1:] == (service, period)}
        place = (facts.area_code, service, period)
        total = Cell(*place, Measure.CLIENTS_SHOWN_SUM, Status.FINAL, sum(included.values()))
        sums.append(total)
        missing[f"{service} {period}"] = tuple(sorted(shown - set(included)))
    return sums, missing


def _euro_sums(cells: list[Cell], facts: ReleaseFacts, years: set[str]) -> list[Cell]:
    """Budgets, advances and, in a final adjustment, actual costs of the members that show them."""
    found = []
    wanted = {
        Measure.BUDGET: Measure.BUDGET,
        Measure.ADVANCE: Measure.ADVANCE,
        Measure.ACTUAL: Measure.ACTUAL_SHOWN_SUM,
    }
    for service in (*(s.name for s in facts.services), ANY):
        for year in sorted(years):
            for measure, named in wanted.items():
                place = (facts.area_code, service, year)
                amounts = [
                    c.value
                    for c in cells
                    if c.key[1:] == place[1:] and c.measure is measure and c.value is not None
                ]
                if amounts:
                    found.append(euro_cell(*place, named, sum(amounts)))
    return found


_NOT_SUMMED = (Measure.KEY_SHARE, Measure.INVOICE_FORECAST, Measure.INVOICE_EXPECTED_ADJUSTMENT)


def _shared_sums(cells: list[Cell], facts: ReleaseFacts) -> list[Cell]:
    """What the members' pages show of services shared by a key, of keys and of whole invoices.

    A sum of the invoices only where every one of them is shown.
    """
    sums: dict[tuple[str, str, Measure], list[int | None]] = {}
    for c in cells:
        if c.measure.of_the_invoice and c.measure not in _NOT_SUMMED:
            sums.setdefault((c.service, c.period, c.measure), []).append(c.value)
    return [
        Cell(facts.area_code, service, period, measure, Status.FINAL, sum(v or 0 for v in values))
        for (service, period, measure), values in sorted(sums.items())
        if None not in values
    ]


def _population(code: str) -> int | None:
    known = municipalities().get(code)
    return known.population if known else None


def _closed_now(cells: tuple[Cell, ...], archive: Archive) -> tuple[tuple[str, str], ...]:
    """The counts that become final in this release (service, period)."""
    closed = (Status.FINAL, Status.UNDER_THRESHOLD)
    return tuple(
        (c.service, c.period)
        for c in cells
        if c.measure is Measure.CLIENTS and c.status in closed and not archive.closed(*c.key)
    )


def _final_before(month: str) -> str:
    """The final adjustment of the year before, whose counts a page may show beside its own."""
    return ReleaseName.of_year_end(str(int(year_of(month)) - 1), final=True)


def _facts(whole: Whole, parameters: Parameters, marks: dict[str, int]) -> ReleaseFacts:
    area, rules, month = parameters.area, parameters.rules, whole.record.month
    start, year = first_day(month), year_of(month)
    schedule = rules.advance_schedule.at(start)
    return ReleaseFacts(
        release=whole.record.release,
        kind=whole.kind,
        members=tuple(MemberFacts(code=m.code, name=m.name) for m in area.members_until(month)),
        month=month,
        as_of=whole.record.as_of,
        invoice_period=whole.invoice_period,
        version=whole.record.version,
        area_code=area.code,
        area=area.name,
        sender=area.sender,
        host=area.host,
        case_number=area.case_number,
        contact=area.contact,
        objection_days=area.objection_days,
        threshold=rules.threshold.at(start),
        residence_day=rules.residence_day.at(start),
        advance_schedule=schedule if isinstance(schedule, str) else "shares",
        year_closing_day=year_closing_day(parameters, year),
        before_closing_day=_closing_before(parameters, year),
        services=tuple(_service(s, parameters, year) for s in parameters.services.shown),
        excluded=tuple(s.label for s in parameters.services.services if s.counted_as is None),
        cost_difference_cents=whole.balance_cents,
        coarse=whole.coarse,
        language=area.language,
        languages=area.languages or (area.language,),
        outlook=whole.outlook.facts if whole.outlook else None,
        grain_percent=round(100 * rules.grain_share.at(first_day(year))),
        notices=_notices(area, whole.record.as_of),
        shared=whole.shared.facts() if whole.shared else (),
        roles=role_facts(area),
        marks=marks,
    )


def role_facts(area: Area) -> tuple[RoleFacts, ...]:
    """The area's roles, as an approval asks for them."""
    return tuple(RoleFacts(**role.model_dump()) for role in area.roles)


def _notices(area: Area, as_of: date) -> tuple[NoticeFacts, ...]:
    """The area's notices in force on the extraction date."""
    return tuple(
        NoticeFacts(says=n.says, since=n.valid_from) for n in area.notices if n.valid_on(as_of)
    )


def _closing_before(parameters: Parameters, year: str) -> date | None:
    """The closing day of the year before, if the rules reach so far back."""
    before = str(int(year) - 1)
    first = min(v.valid_from for v in parameters.rules.year_closing.values)
    return year_closing_day(parameters, before) if first_day(before) >= first else None


def _service(service: Service, parameters: Parameters, year: str) -> ServiceFacts:
    others = [s for s in parameters.services.services if s.counted_as == service.name]
    lags = parameters.rules.closing_lag.at(first_day(year))
    return ServiceFacts(
        name=service.name,
        label=service.label,
        statute=service.statute,
        closing_lag=lags[service.name],
        late_claims=service.late_claims,
        also=tuple(s.label for s in others if s.name != service.name),
    )
