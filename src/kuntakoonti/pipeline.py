"""The order of the stages in the restricted room: read, count, protect, hand over.

`notebooks/prepare_area.ipynb` calls these one by one; nothing else computes a release.
"""

import hashlib
import json
import os
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from kuntakoonti.calendar import as_date, first_day, is_month, last_day, months_of, year_of
from kuntakoonti.disclosure.archive import Archive, Record, read_archive
from kuntakoonti.disclosure.euros import advance_cells, invoice_period, mismatch_cells
from kuntakoonti.disclosure.grain import plan_year
from kuntakoonti.disclosure.publication import Moment, count_cells, year_closing_day
from kuntakoonti.disclosure.year_end import (
    is_secret,
    recorded_cells,
    secret_cells,
    settlement_cells,
    year_count_cells,
)
from kuntakoonti.errors import DataProblems, Problem, Severity, UsageError
from kuntakoonti.figures.adjustment import Settled, Year, amounts_by_year, settle, years_of
from kuntakoonti.figures.advances import Advances, mismatches, problem_of, read_advances
from kuntakoonti.figures.costs import Costs, allocate, known_cents
from kuntakoonti.figures.counts import Counts, count, make_client_months, warehouse_months
from kuntakoonti.handover import AnnexFigures, AreaFigures, Manifest, write_handover
from kuntakoonti.inspection import (
    changes_frame,
    exact_frame,
    published_frame,
    read_problems,
    reconciliation_frame,
    write_problems,
)
from kuntakoonti.intake import Intake, Known, fingerprint, load
from kuntakoonti.municipalities import municipality_codes
from kuntakoonti.protected import Cell, Measure, Mismatch, Plan, Status
from kuntakoonti.rules import ANY, Parameters, load_parameters
from kuntakoonti.settings import PROJECT, Settings, settings_here
from kuntakoonti.settled import read_settled, secret_key, settled_digest, write_settled
from kuntakoonti.slices import Whole, area_page, slices

_EXACT_TYPES = {"municipality": "str", "service": "str", "period": "str"} | dict.fromkeys(
    ("clients", "cents"), "Int64"
)


@dataclass(frozen=True)
class Workroom:
    """What a preparation starts from. ``release`` is the month, or a year's end by name.

    A year's end is prepared like its December: ``2025-tasausarvio`` before the closing date,
    ``2025-tasaus`` from it.
    """

    settings: Settings
    parameters: Parameters
    archive: Archive
    month: str
    as_of: date
    release: str

    @property
    def kind(self) -> Literal["month", "estimate", "final"]:
        if self.release == self.month:
            return "month"
        return "estimate" if self.release.endswith("arvio") else "final"


@dataclass(frozen=True)
class Figures:
    """Exact figures; they never leave the restricted room. ``inputs`` is their fingerprint."""

    counts: Counts
    costs: Costs
    advances: Advances
    mismatches: tuple[Mismatch, ...]
    years: dict[str, Year]
    inputs: str


@dataclass(frozen=True)
class Release:
    """Protected figures of the whole area: ready for the ledger and the door.

    ``annexes`` are for the open room; ``secret`` ones, the declared exception, for ``restricted/``.
    """

    record: Record
    annexes: tuple[AnnexFigures, ...]
    secret: tuple[AnnexFigures, ...]
    area: AreaFigures
    settled: Settled


def open_area(month: str, as_of: str, release: str = "") -> Workroom:
    """Open the restricted room; UsageError if the archive or the dates forbid it."""
    settings = settings_here()
    archive = read_archive(settings.ledger)
    day = as_date(as_of, "as_of")
    refuse_wrong_dates(month, day, archive)
    parameters = load_parameters(settings.parameters)
    wanted = year_end_name(year_of(month), parameters, day) if release != month else month
    if release not in ("", month, wanted):
        raise UsageError(f"Poimintapäivänä {day} vuoden {year_of(month)} julkaisu on {wanted}.")
    return Workroom(settings, parameters, archive, month, day, release or month)


def year_end_name(year: str, parameters: Parameters, as_of: date) -> str:
    """``2025-tasausarvio`` before the year's closing date, ``2025-tasaus`` from it."""
    final = as_of >= year_closing_day(parameters, year)
    return f"{year}-tasaus" if final else f"{year}-tasausarvio"


def refuse_wrong_dates(month: str, as_of: date, archive: Archive) -> None:
    """A month is prepared after it has ended and never from older data than the archive's last."""
    if not is_month(month):
        raise UsageError(f"Kuukausi {month}: kirjoita muodossa 2025-08.")
    if as_of < last_day(month):
        raise UsageError(
            f"Poimintapäivä {as_of} on ennen kuukauden {month} loppua; "
            f"anna --as-of {last_day(month)} tai myöhempi."
        )
    last = archive.last_as_of
    if last and as_of < last:
        raise UsageError(
            f"Arkiston viimeisin poimintapäivä on {last}, ja {as_of} on vanhempi. Julkaistua ei tehdä "
            f"uudelleen vanhemmista tiedoista: anna --as-of {last} tai myöhempi."
        )


def read_records(room: Workroom) -> Intake:
    """Read and check the five tables; DataProblems lists everything if anything stops the run."""
    intake = load(room.settings.data, known_values(room.parameters), room.as_of)
    if room.settings.stage:
        write_problems(intake.problems, room.settings.restricted / "problems.csv")
    if intake.stops:
        raise DataProblems(intake.problems)
    return intake


def check_records(data: Path, parameters: Parameters, as_of: date | None) -> tuple[Problem, ...]:
    """Every problem of the input, and of its advances against budget and schedule."""
    intake = load(data, known_values(parameters), as_of)
    if intake.stops:
        return intake.problems
    advances = read_advances(intake.warehouse, parameters, as_of or date.max)
    found = mismatches(advances, parameters, as_of or advances.last_invoiced_on)
    return tuple(sorted([*intake.problems, *(problem_of(m) for m in found)]))


def count_figures(room: Workroom, intake: Intake) -> Figures:
    """Count, allocate, compare and adjust: exact figures as of the extraction date."""
    warehouse, parameters = intake.warehouse, room.parameters
    months = warehouse_months(warehouse, room.month)
    make_client_months(warehouse, parameters, months, room.as_of)
    counts = count(warehouse, room.month, room.as_of)
    costs = allocate(warehouse, parameters, months, room.as_of)
    advances = read_advances(warehouse, parameters, room.as_of)
    parts = (counts, costs, advances)
    year, settled = year_of(room.month), read_settled(room.settings, room.archive, room.release)
    before = known_cents(warehouse, settled.as_of) if settled.years else {}
    return Figures(
        *parts,
        mismatches=tuple(mismatches(advances, parameters, room.as_of)),
        years=years_of(year, parts, settled, before, parameters),
        inputs=fingerprint(warehouse, room.as_of, secret_key(room.settings)),
    )


def protect(room: Workroom, figures: Figures) -> Release:
    """Make the whole area's figures public or hidden, at once, then slice them by municipality."""
    year, parameters = year_of(room.month), room.parameters
    plans = _plans(room, figures)
    period = _advance_period(room, figures.advances)
    shown = tuple(m for m in figures.mismatches if _by_then(m, period))
    cells = _visible(room, figures, plans)
    cells += tuple(advance_cells(figures.advances, parameters, period, room.month))
    cells += tuple(mismatch_cells(list(shown), parameters, period))
    settled = settle(year, figures.costs, room.as_of) if room.kind == "final" else Settled()
    record = Record(
        release=room.release,
        month=room.month,
        as_of=room.as_of,
        approved_by="",
        inputs=figures.inputs,
        parameters=parameters.digest,
        plans={y: p for y, p in plans.items() if room.archive.plans(y) is None},
        cells=cells,
        settled=settled_digest(settled, secret_key(room.settings)) if settled.years else "",
    )
    whole = Whole(
        record, plans[year], figures.advances, shown, period, figures.costs.difference_cents,
        room.kind, _secret_cells(room, figures),
    )  # fmt: skip
    annexes = slices(whole, parameters, room.archive)
    public, secret = ([a for a in annexes if a.secret is s] for s in (False, True))
    area = area_page(tuple(public), annexes[0].facts)
    record = replace(record, cells=(*record.cells, *area.cells))
    return Release(record, tuple(public), tuple(secret), area, settled)


def hand_over(room: Workroom, release: Release) -> Path:
    """Write the release to the door, what is secret of it to ``restricted/``; returns its folder."""
    folder, restricted = room.settings.protected / room.release, room.settings.restricted
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
    )
    record = json.dumps(release.record.body(room.archive.head), ensure_ascii=False)
    more = {"record.json": record, "area.json": release.area.model_dump_json(indent=1)}
    write_handover(folder, manifest, release.annexes, more)
    if release.secret:
        secret = restricted / "secret" / "protected" / room.release
        write_handover(secret, manifest, release.secret, {})
    if release.settled.years:
        write_settled(release.settled, restricted / "settled" / f"{room.release}.json")
    return folder


def _visible(
    room: Workroom, figures: Figures, plans: dict[str, dict[str, Plan]]
) -> tuple[Cell, ...]:
    """Counts and actual euros, by the rules of the release's kind."""
    parameters, year = room.parameters, year_of(room.month)
    moment = Moment(room.month, room.as_of, room.archive)
    wanted = plans if room.kind == "month" else {year: plans[year]}
    counted = tuple(count_cells(figures.counts, wanted, parameters, moment))
    if room.kind != "final":
        return counted + tuple(recorded_cells(figures.costs, counted, parameters, year))
    members = {m.code for m in parameters.area.members_on(first_day(room.month))}
    years = [y for code, y in figures.years.items() if code in members]
    return (
        *counted,
        *year_count_cells(figures.counts, plans[year], counted, parameters),
        *(cell for y in years for cell in settlement_cells(y, parameters)),
    )


def _secret_cells(room: Workroom, figures: Figures) -> dict[str, tuple[Cell, ...]]:
    """The exact totals of members whose adjustment page is secret."""
    if room.kind != "final":
        return {}
    members = room.parameters.area.members_on(first_day(room.month))
    secret = [y for m in members if is_secret(y := figures.years[m.code], room.parameters)]
    return {y.municipality: tuple(secret_cells(y)) for y in secret}


def _advance_period(room: Workroom, advances: Advances) -> str:
    """The advance that the page goes with; a year's end goes with all of the year's."""
    if room.kind != "month":
        return year_of(room.month)
    offset = room.parameters.rules.invoice_offset.at(first_day(room.month))
    return invoice_period(advances, room.month, offset)


def keep_books(room: Workroom, figures: Figures, release: Release) -> pd.DataFrame:
    """Write the accountant's books and the exact figures to ``restricted/``; the largest changes.

    ``reconciliation/``: source to allocated per service and month, and in a final adjustment
    members' actual cost to published; ``area/``: the exact figures. The changes are against the
    exact figures of the last approved release.
    """
    restricted, name = room.settings.restricted, room.release
    exact = exact_frame(figures.counts, figures.costs)
    books = {
        f"reconciliation/{name}.csv": reconciliation_frame(figures.costs),
        f"area/{name}.csv": exact,
    }
    if room.kind == "final":
        year, cells = year_of(room.month), release.record.cells
        shown = published_frame(figures.costs, cells, year)
        books[f"reconciliation/{name}-published.csv"] = shown
    for path, frame in books.items():
        (restricted / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        frame.to_csv(restricted / path, index=False)
    problems = restricted / "problems.csv"
    echoes = budget_echoes(room, figures, release)
    if room.settings.stage and echoes:
        write_problems(tuple(sorted((*read_problems(problems), *echoes))), problems)
    return changes_frame(exact, _last_exact(room, exact))


def budget_echoes(room: Workroom, figures: Figures, release: Release) -> tuple[Problem, ...]:
    """R7: a service's budget that equals last year's hidden actual would tell it; noted."""
    now = amounts_by_year(figures.costs)
    cells = [c for r in (*room.archive.records, release.record) for c in r.cells]
    hidden = {
        c.key
        for c in cells
        if c.measure is Measure.ACTUAL and c.status is Status.NOT_SHOWN and c.service != ANY
    }
    found = []
    for municipality, service, year in sorted(hidden):
        budget = figures.advances.budgets.get((str(int(year) + 1), municipality, service))
        actual = now.get(year, {}).get(municipality, {}).get(service, 0)
        if budget and budget == actual:
            place = (("place", f"{municipality} {service} {int(year) + 1}"),)
            kind = "budget_equals_hidden_actual"
            found.append(Problem("budgets", 0, "amount", kind, Severity.NOTE, place))
    return tuple(found)


def _last_exact(room: Workroom, exact: pd.DataFrame) -> pd.DataFrame:
    """The exact figures of the last approved release; none if there are none."""
    released = [r.release for r in room.archive.records]
    path = room.settings.output / "restricted" / "area" / f"{released[-1] if released else ''}.csv"
    return pd.read_csv(path, dtype=_EXACT_TYPES) if path.exists() else exact.head(0)


def known_values(parameters: Parameters) -> Known:
    """The services and municipalities that the input may name."""
    area = parameters.area
    members = frozenset(m.code for m in area.members)
    return Known(
        services=frozenset(s.name for s in parameters.services.services),
        municipalities=municipality_codes() | frozenset(area.former_codes) | members,
        members=members,
    )


def program_digest() -> str:
    """SHA-256 of everything that makes a report: the package's files and the notebooks."""
    package = Path(__file__).parent
    paths = [p for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    paths += (PROJECT / "notebooks").glob("*.ipynb")
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(os.fsencode(path.name) + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _by_then(mismatch: Mismatch, period: str) -> bool:
    """Whether a mismatch's period has begun when the advance's period has."""
    return months_of(mismatch.period)[0] <= months_of(period)[-1]


def _plans(room: Workroom, figures: Figures) -> dict[str, dict[str, Plan]]:
    """This year's plans, from the archive or made now; last year's only if they were published."""
    year = year_of(room.month)
    last_year = str(int(year) - 1)
    made = room.archive.plans(year)
    if made is None:
        made = plan_year(year, figures.counts, figures.advances, room.parameters)
    before = room.archive.plans(last_year)
    return {**({last_year: before} if before else {}), year: made}
