"""The order of the stages in the restricted room: read, count, protect, hand over.

`notebooks/prepare_area.ipynb` calls these one by one; nothing else computes a release.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from kuntakoonti.core.errors import DataProblems, Problem
from kuntakoonti.core.periods import first_day, months_of, year_of
from kuntakoonti.core.program import program_digest
from kuntakoonti.public.cells import Cell, Mismatch, Plan
from kuntakoonti.public.expectation import expected_adjustment_cells
from kuntakoonti.public.handover import write_handover
from kuntakoonti.public.invoice import invoice_cells
from kuntakoonti.public.ledger import Record
from kuntakoonti.public.pages import Manifest
from kuntakoonti.public.statement import RULES
from kuntakoonti.restricted.disclosure.adjustment import (
    is_secret,
    recorded_cells,
    secret_cells,
    settlement_cells,
    year_count_cells,
)
from kuntakoonti.restricted.disclosure.advances import advance_cells, invoice_period, mismatch_cells
from kuntakoonti.restricted.disclosure.counts import Moment, count_cells, withheld, year_closing_day
from kuntakoonti.restricted.disclosure.estimates import (
    PublicForecast,
    estimate_table,
    outlook_facts,
    percent_cells,
    position,
)
from kuntakoonti.restricted.disclosure.grain import plan_year
from kuntakoonti.restricted.disclosure.municipality_pages import (
    PageForecast,
    Whole,
    area_page,
    slices,
)
from kuntakoonti.restricted.disclosure.sharing import SharedFigures, SharedRelease
from kuntakoonti.restricted.figures.adjustment import (
    Settled,
    settle,
    shared_correction,
    years_of,
)
from kuntakoonti.restricted.figures.advances import Advances, read_advances
from kuntakoonti.restricted.figures.costs import Costs, allocate, known_cents
from kuntakoonti.restricted.figures.counts import count
from kuntakoonti.restricted.figures.mismatches import mismatches
from kuntakoonti.restricted.figures.sharing import share_costs
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.forecast.forecast import (
    AreaForecast,
    When,
    forecast_area,
)
from kuntakoonti.restricted.intake import Intake, fingerprint
from kuntakoonti.restricted.intake.problem_list import write_problems
from kuntakoonti.restricted.intake.stalls import recording_problems
from kuntakoonti.restricted.preparation import context
from kuntakoonti.restricted.preparation.context import (
    Figures,
    PreparationContext,
    ProtectedRelease,
    load_records,
)
from kuntakoonti.restricted.preparation.declared_records import pseudonyms_used
from kuntakoonti.restricted.preparation.history import (
    differing_counts,
    recorded_history,
    refuse_other_history,
)
from kuntakoonti.restricted.preparation.key import secret_key
from kuntakoonti.restricted.preparation.refusals import keep_refusal
from kuntakoonti.restricted.preparation.rules_in_force import rules_in_force
from kuntakoonti.restricted.preparation.settlements import (
    read_settled,
    settled_digest,
    write_settled,
)

__all__ = ["count_figures", "hand_over", "open_area", "protect", "read_records"]


open_area = keep_refusal(context.open_area)


@keep_refusal
def read_records(room: PreparationContext) -> Intake:
    """Read and check the five tables; DataProblems lists everything if anything stops the run."""
    intake = load_records(room.settings, room.parameters, room.as_of, room.archive)
    if not intake.stops:
        counted = room.parameters.services.counted
        stalls = recording_problems(intake.warehouse, counted, room.as_of)
        intake = replace(intake, problems=tuple(sorted((*intake.problems, *stalls))))
    _list(room, intake.problems)
    if intake.stops:
        raise DataProblems(intake.problems)
    return intake


def _list(room: PreparationContext, problems: tuple[Problem, ...]) -> None:
    """The list of problems of a run that has a stage."""
    if room.settings.stage:
        write_problems(tuple(sorted(problems)), room.settings.stage.problems, room.language)


@keep_refusal
def count_figures(room: PreparationContext, intake: Intake) -> Figures:
    """Count, allocate, compare, adjust and foresee: exact figures as of the extraction date."""
    warehouse, parameters = intake.warehouse, room.parameters
    history = recorded_history(room, warehouse)
    take_snapshot(warehouse, parameters, room.month, room.as_of)
    counts = count(warehouse, room.month, room.as_of)
    _list(room, (*intake.problems, *differing_counts(room, history, counts)))
    refuse_other_history(room, history, counts)
    costs = allocate(warehouse)
    advances = read_advances(warehouse, parameters, room.as_of)
    parts = (counts, costs, advances)
    year, settled = year_of(room.month), read_settled(room.settings, room.archive, room.release)
    before = known_cents(warehouse, settled.as_of) if settled.years else {}
    shared = shared_figures(room, warehouse, settled)
    when = When(room.month, room.as_of, year_closing_day(parameters, year))
    foreseen, before_closes = room.kind != "final", _closing_before(room)
    return Figures(
        *parts,
        mismatches=tuple(mismatches(advances, parameters, room.as_of)),
        years=years_of(year, parts, settled, before, parameters),
        inputs=fingerprint(warehouse, room.as_of, secret_key(room.settings)),
        forecast=forecast_area(warehouse, costs, advances, parameters, when) if foreseen else None,
        before=forecast_area(warehouse, costs, advances, parameters, before_closes)
        if before_closes
        else None,
        invented=history.invented,
        shared=shared,
    )


def shared_figures(
    room: PreparationContext, warehouse: duckdb.DuckDBPyConnection, settled: Settled
) -> SharedFigures | None:
    """The exact figures of the services shared by a key; None where there are none."""
    parameters, year = room.parameters, year_of(room.month)
    if not parameters.shared:
        return None
    begun = [m for m in months_of(year) if m <= room.month]
    asked = [*begun, *(months_of(before) if (before := _open_before(room)) else ())]
    costs = share_costs(warehouse, parameters, partial(_closes, room), asked)
    advances = read_advances(warehouse, parameters, room.as_of, shared=True)
    found = mismatches(advances, parameters, room.as_of)
    now = costs.by_year()
    corrections = {
        m.code: shared_correction(year, m.code, now, settled, parameters.area)
        for m in parameters.area.members
    }
    return SharedFigures(costs, advances, tuple(found), corrections)


def _closing_before(room: PreparationContext) -> When | None:
    """The end of the year before a month's, while it is open and was published."""
    year = _open_before(room)
    return When(f"{year}-12", room.as_of, year_closing_day(room.parameters, year)) if year else None


def _open_now(room: PreparationContext) -> str:
    """The year of the release's month, while it is open; else nothing."""
    year = year_of(room.month)
    return year if room.as_of < year_closing_day(room.parameters, year) else ""


def _open_before(room: PreparationContext) -> str:
    """The year before a month's, while it is open and was published; else nothing."""
    year = str(int(year_of(room.month)) - 1)
    published = room.kind == "month" and room.archive.plans(year)
    return year if published and room.as_of < year_closing_day(room.parameters, year) else ""


@keep_refusal
def protect(room: PreparationContext, figures: Figures) -> ProtectedRelease:
    """Make the whole area's figures public or hidden, at once, then slice them by municipality."""
    year, parameters = year_of(room.month), room.parameters
    plans = plans_in_force(room, figures)
    period = _advance_period(room, figures.advances)
    shown = tuple(m for m in figures.mismatches if _by_then(m, period))
    cells = _visible(room, figures, plans)
    open_years = [y for y in (_open_before(room), _open_now(room)) if y]
    cells += tuple(advance_cells(figures.advances, parameters, period, room.month, open_years))
    cells += _estimates(room, open_years, cells)
    cells += tuple(expected_adjustment_cells(cells))
    cells += tuple(mismatch_cells(list(shown), parameters, period, room.month))
    common = _shared(room, figures, period, open_years)
    cells += tuple(common.cells()) if common else ()
    cells += tuple(invoice_cells(cells)) if common else ()
    settled = _settled(room, figures)
    record = Record(
        release=room.release,
        month=room.month,
        as_of=room.as_of,
        approved_by="",
        inputs=figures.inputs,
        parameters=parameters.digest,
        plans=room.archive.unplanned(plans),
        cells=cells,
        settled=settled_digest(settled, secret_key(room.settings)) if settled.years else "",
        pseudonyms=pseudonyms_used(room.settings, parameters),
        invented=figures.invented,
        accepted=room.accepted,
    )
    whole = Whole(
        record, plans[year], figures.advances, shown, period, figures.costs.difference_cents,
        room.kind, _secret_cells(room, figures, cells), room.coarse,
        outlook=_outlook(room, cells), shared=common,
    )  # fmt: skip
    annexes = slices(whole, parameters, room.archive)
    public, secret = ([a for a in annexes if a.secret is s] for s in (False, True))
    area = area_page(tuple(public), annexes[0].facts)
    record = replace(record, cells=(*record.cells, *area.cells))
    return ProtectedRelease(record, tuple(public), tuple(secret), area, settled)


def _closes(room: PreparationContext, year: str) -> date | None:
    """The closing day of a year, from which its keys stay as they are; None before the first rule."""
    values = room.parameters.rules.year_closing.values
    known = first_day(year) >= min(v.valid_from for v in values)
    return year_closing_day(room.parameters, year) if known else None


def _shared(
    room: PreparationContext, figures: Figures, period: str, open_years: list[str]
) -> SharedRelease | None:
    """What a release says of the services shared by a key; mismatches of periods that have begun."""
    of = figures.shared
    if of is None:
        return None
    begun = replace(of, mismatches=tuple(m for m in of.mismatches if _by_then(m, period)))
    final = room.kind == "final"
    return SharedRelease(begun, room.parameters, period, room.month, open_years, final)


def _settled(room: PreparationContext, figures: Figures) -> Settled:
    """What a final adjustment settles."""
    if room.kind != "final":
        return Settled()
    common = figures.shared.costs.by_year() if figures.shared else {}
    return settle(year_of(room.month), figures.costs, room.as_of, common)


@keep_refusal
def hand_over(room: PreparationContext, release: ProtectedRelease) -> Path:
    """Write the release to the door, what is secret of it to ``restricted/``; returns its folder."""
    target = room.settings.target
    manifest = Manifest(
        release=room.release,
        month=room.month,
        as_of=room.as_of,
        state="draft",
        approved_by="",
        archive_head=room.archive.head,
        inputs=release.record.inputs,
        parameters=release.record.parameters,
        program=program_digest(),
        files={},
        invented=bool(release.record.invented),
    )
    record = release.record.text(room.archive.head)
    rules = rules_in_force(room.parameters, room.month, room.archive).model_dump_json(indent=1)
    area = release.area.model_dump_json(indent=1)
    more = {"record.json": record, "area.json": area, RULES: rules}
    if release.secret:
        write_handover(target.secret.handover(room.release), manifest, release.secret, {})
    if release.settled.years:
        write_settled(release.settled, target.settled(room.release))
    return write_handover(target.handover(room.release), manifest, release.annexes, more).folder


def _visible(
    room: PreparationContext, figures: Figures, plans: dict[str, dict[str, Plan]]
) -> tuple[Cell, ...]:
    """Counts and actual euros, by the rules of the release's kind."""
    parameters, year = room.parameters, year_of(room.month)
    moment = Moment(room.month, room.as_of, room.archive)
    wanted = plans if room.kind == "month" else {year: plans[year]}
    counted = tuple(count_cells(figures.counts, wanted, parameters, moment))
    if room.kind != "final":
        shown = counted
        for foreseen in (figures.before, figures.forecast):
            shown += tuple(_recorded(room, figures.costs, counted, foreseen))
        return withheld(shown) if room.coarse else shown
    members = {m.code for m in parameters.area.members_until(room.month)}
    years = [y for code, y in figures.years.items() if code in members]
    counted += tuple(year_count_cells(figures.counts, plans[year], counted, parameters))
    return counted + tuple(c for y in years for c in settlement_cells(y, parameters, counted))


def _recorded(
    room: PreparationContext, costs: Costs, counted: tuple[Cell, ...], foreseen: AreaForecast | None
) -> Iterator[Cell]:
    """The cost recorded so far of an open year of each member."""
    if foreseen is None:
        return
    parameters, month = room.parameters, foreseen.when.month
    members = {m.code for m in parameters.area.members_until(room.month)}
    recorded = recorded_cells(costs, counted, parameters, month, room.month)
    yield from (c for c in recorded if c.municipality in members)


def _estimates(
    room: PreparationContext, years: list[str], cells: tuple[Cell, ...]
) -> tuple[Cell, ...]:
    """R10: the forecasts of the open years, computed from what is published by this release."""
    table = estimate_table(room.parameters, room.month, room.archive)
    if table is None or room.kind == "final":
        return ()
    months = (room.month if year == year_of(room.month) else f"{year}-12" for year in years)
    positions = (position(room.parameters, month, room.as_of) for month in months)
    made = (PublicForecast(at, table, cells).estimates(room.archive) for at in positions)
    return tuple(c for of_year in made for c in of_year)


def _outlook(room: PreparationContext, cells: tuple[Cell, ...]) -> PageForecast | None:
    """What the pages say of the forecast, with the area's percentages.

    Nothing on R9's coarse pages, nor where the area has no rules of estimates.
    """
    at = position(room.parameters, room.month, room.as_of)
    if room.kind == "final" or room.coarse or at.as_of >= at.closes:
        return None
    table = estimate_table(room.parameters, room.month, room.archive)
    if table is None:
        return None
    facts = outlook_facts(room.parameters, room.month, table)
    found = percent_cells(PublicForecast(at, table, cells), room.parameters, room.month)
    return PageForecast(facts, tuple(found))


def _secret_cells(
    room: PreparationContext, figures: Figures, cells: tuple[Cell, ...]
) -> dict[str, tuple[Cell, ...]]:
    """The exact totals of members whose adjustment page is secret."""
    if room.kind != "final":
        return {}
    members = room.parameters.area.members_until(room.month)
    years = [figures.years[m.code] for m in members]
    secret = [y for y in years if is_secret(y, room.parameters, cells)]
    return {y.municipality: tuple(secret_cells(y)) for y in secret}


def _advance_period(room: PreparationContext, advances: Advances) -> str:
    """The advance that the page goes with; a year's end goes with all of the year's."""
    if room.kind != "month":
        return year_of(room.month)
    offset = room.parameters.rules.invoice_offset.at(first_day(room.month))
    return invoice_period(advances, room.month, offset)


def _by_then(mismatch: Mismatch, period: str) -> bool:
    """Whether a mismatch's period has begun when the advance's period has."""
    return months_of(mismatch.period)[0] <= months_of(period)[-1]


def plans_in_force(room: PreparationContext, figures: Figures) -> dict[str, dict[str, Plan]]:
    """This year's plans, of each member by its first release; last year's only if published."""
    year = year_of(room.month)
    last_year = str(int(year) - 1)
    fixed = room.archive.plans(year) or {}
    members = {m.code for m in room.parameters.area.members_until(f"{year}-12")}
    if not members <= fixed.keys():
        fixed = plan_year(year, figures.counts, figures.advances, room.parameters) | fixed
    before = room.archive.plans(last_year)
    return {**({last_year: before} if before else {}), year: fixed}
