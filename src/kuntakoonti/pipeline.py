"""The order of the stages in the restricted room: read, count, protect, hand over.

`notebooks/prepare_area.ipynb` calls these one by one; nothing else computes a release.
"""

import csv
import hashlib
import json
import os
import secrets
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from kuntakoonti.calendar import as_date, first_day, is_month, last_day, year_of
from kuntakoonti.disclosure.archive import Archive, Record, read_archive
from kuntakoonti.disclosure.cells import Cell, Measure, Status
from kuntakoonti.disclosure.euros import advance_cells, invoice_period, mismatch_cells
from kuntakoonti.disclosure.grain import Plan, plan_year
from kuntakoonti.disclosure.publication import Moment, count_cells, year_closing_day
from kuntakoonti.errors import DataProblems, Problem, Severity, UsageError
from kuntakoonti.figures.advances import Advances, Mismatch, mismatches, read_advances
from kuntakoonti.figures.costs import Costs, allocate
from kuntakoonti.figures.counts import Counts, count, make_client_months, warehouse_months
from kuntakoonti.handover import AnnexFigures, Manifest, ReleaseFacts, ServiceFacts, write_handover
from kuntakoonti.intake import SENTENCES, Intake, Known, fingerprint, load
from kuntakoonti.municipalities import municipalities, municipality_codes
from kuntakoonti.rules import Parameters, load_parameters
from kuntakoonti.settings import PROJECT, Settings, settings_here

PROBLEM_COLUMNS = ("severity", "file", "line", "column", "kind", "sentence")


@dataclass(frozen=True)
class Workroom:
    """What a preparation starts from: folders, parameters, archive, month and extraction date."""

    settings: Settings
    parameters: Parameters
    archive: Archive
    month: str
    as_of: date


@dataclass(frozen=True)
class Figures:
    """Exact figures; they never leave the restricted room."""

    counts: Counts
    costs: Costs
    advances: Advances
    mismatches: tuple[Mismatch, ...]
    inputs: str


@dataclass(frozen=True)
class Release:
    """Protected figures of the whole area: ready for the door and the ledger."""

    record: Record
    annexes: tuple[AnnexFigures, ...]


def open_area(month: str, as_of: str) -> Workroom:
    """Open the restricted room for a month; UsageError if the archive or the dates forbid it."""
    settings = settings_here()
    room = Workroom(
        settings,
        load_parameters(settings.parameters),
        read_archive(settings.ledger),
        month,
        as_date(as_of, "as_of"),
    )
    refuse_wrong_dates(month, room.as_of, room.archive)
    return room


def refuse_wrong_dates(month: str, as_of: date, archive: Archive) -> None:
    """A month is prepared after it has ended and never from older data than the archive's last."""
    if not is_month(month):
        raise UsageError("Kuukausi: kirjoita muodossa 2025-08.")
    if as_of < last_day(month):
        raise UsageError(
            f"Poimintapäivä {as_of} on ennen kuukauden {month} loppua; anna päivä {last_day(month)} "
            "tai myöhempi."
        )
    last = archive.last_as_of
    if last and as_of < last:
        raise UsageError(
            f"Arkiston viimeisin poimintapäivä on {last}; {as_of} on vanhempi. Hyväksyttyä ei tehdä "
            f"uudelleen vanhemmista tiedoista: anna --as-of {last} tai myöhempi."
        )


def known_values(parameters: Parameters) -> Known:
    """The services and municipalities that the input may name."""
    area = parameters.area
    return Known(
        services=frozenset(s.name for s in parameters.services.services),
        municipalities=municipality_codes() | set(area.former_codes) | {m.code for m in area.members},
        members=frozenset(m.code for m in area.members),
    )


def read_records(room: Workroom) -> Intake:
    """Read and check the five tables; DataProblems lists everything if anything stops the run."""
    intake = load(room.settings.data, known_values(room.parameters), room.as_of)
    if room.settings.stage:
        write_problems(intake.problems, room.settings.restricted / "problems.csv")
    if intake.stops:
        raise DataProblems(intake.problems)
    return intake


def check_records(
    data: Path, parameters: Parameters, as_of: date | None
) -> tuple[Problem, ...]:
    """Every problem of the input, and of its advance invoices against the budget."""
    return load(data, known_values(parameters), as_of).problems


def count_figures(room: Workroom, intake: Intake) -> Figures:
    """Count, allocate and compare: exact figures as of the extraction date."""
    warehouse, parameters = intake.warehouse, room.parameters
    months = warehouse_months(warehouse, room.month)
    make_client_months(warehouse, parameters, months, room.as_of)
    years = [str(int(year_of(room.month)) + i) for i in (-1, 0, 1)]
    advances = read_advances(warehouse, parameters, years, room.as_of)
    until = _invoice_period(room, advances)
    return Figures(
        count(warehouse, room.month, room.as_of),
        allocate(warehouse, parameters, months, room.as_of),
        advances,
        tuple(mismatches(advances, parameters, until[:7], room.as_of)),
        fingerprint(warehouse, room.as_of, secret_key(room.settings)),
    )


def protect(room: Workroom, figures: Figures) -> Release:
    """Make the whole area's figures public or hidden, at once, and slice them by municipality."""
    moment = Moment(room.month, room.as_of, room.archive)
    plans = _plans(room, figures)
    period = _invoice_period(room, figures.advances)
    cells = [
        *count_cells(figures.counts, plans, room.parameters, moment),
        *advance_cells(figures.advances, room.parameters, period, room.month),
        *mismatch_cells(list(figures.mismatches), room.parameters, period),
    ]
    new_plans = {y: p for y, p in plans.items() if room.archive.plans(y) is None}
    record = Record(
        release=room.month,
        month=room.month,
        as_of=room.as_of,
        approved_by="",
        inputs=figures.inputs,
        parameters=room.parameters.digest,
        plans=new_plans,
        cells=tuple(cells),
    )
    return Release(record, _slices(room, figures, record, plans))


def hand_over(room: Workroom, release: Release) -> Path:
    """Write the release to the door and return its folder."""
    folder = room.settings.protected / release.record.release
    manifest = Manifest(
        release=release.record.release,
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
    write_handover(folder, manifest, release.annexes, json.dumps(release.record.body(room.archive.head)))
    return folder


def problems_frame(problems: tuple[Problem, ...]) -> pd.DataFrame:
    """All problems as a frame: severity, file, line, column, kind, sentence."""
    return pd.DataFrame([_problem_row(p) for p in problems], columns=list(PROBLEM_COLUMNS))


def balance_frame(figures: Figures) -> pd.DataFrame:
    """Source and allocated cents per service and month, and their difference (always 0)."""
    books = figures.costs.books
    return books.assign(difference_cents=books["source_cents"] - books["allocated_cents"])


def release_frame(room: Workroom, figures: Figures, release: Release) -> pd.DataFrame:
    """Every count position: the exact count beside what becomes visible of it. Restricted."""
    rows = [
        (*c.key, figures.counts.of(*c.key), c.status.value, c.value, c.class_low, c.class_high)
        for c in release.record.cells
        if c.measure is Measure.CLIENTS
    ]
    names = ["municipality", "service", "period", "exact", "status", "value", "class_low", "class_high"]
    integers = dict.fromkeys(names[5:], "Int64")
    return pd.DataFrame(rows, columns=names).astype(integers)


def write_problems(problems: tuple[Problem, ...], path: Path) -> None:
    """The problem list as CSV: semicolons, UTF-8 with BOM, as Finnish Excel opens it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(PROBLEM_COLUMNS)
        writer.writerows(_problem_row(p) for p in problems)
    rows = [(p.file, p.line, p.column, p.kind, p.severity.value, p.values) for p in problems]
    path.with_suffix(".json").write_text(json.dumps(rows), encoding="utf-8")


def read_problems(path: Path) -> tuple[Problem, ...]:
    """The problems that `write_problems` left beside its CSV, as they were."""
    rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return tuple(
        Problem(*row[:4], Severity(row[4]), tuple((k, v) for k, v in row[5])) for row in rows
    )


def secret_key(settings: Settings) -> bytes:
    """The key of the input fingerprints, made at the first run and kept in ``restricted/key``."""
    for place in (settings.output / "restricted", settings.restricted):
        if (place / "key").exists():
            return bytes.fromhex((place / "key").read_text(encoding="ascii"))
    settings.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secrets.token_bytes(32)
    path = settings.restricted / "key"
    path.touch(mode=0o600)
    path.write_text(key.hex(), encoding="ascii")
    return key


def program_digest() -> str:
    """SHA-256 of everything that makes a report: the package's files and the notebooks."""
    package = Path(__file__).parent
    paths = [p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    paths += (PROJECT / "notebooks").glob("*.ipynb")
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(os.fsencode(path.name) + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _problem_row(p: Problem) -> tuple[str, str, int, str, str, str]:
    sentence = SENTENCES[p.kind].format(**dict(p.values))
    return p.severity.value, p.file, p.line, p.column, p.kind, sentence


def _invoice_period(room: Workroom, advances: Advances) -> str:
    offset = room.parameters.rules.invoice_offset.at(first_day(room.month))
    return invoice_period(advances, room.month, offset)


def _plans(room: Workroom, figures: Figures) -> dict[str, dict[str, Plan]]:
    """This year's plans, from the archive or made now; last year's only if they were published."""
    year = year_of(room.month)
    last_year = str(int(year) - 1)
    made = room.archive.plans(year)
    if made is None:
        made = plan_year(year, figures.counts, figures.advances, room.parameters)
    before = room.archive.plans(last_year)
    return {**({last_year: before} if before else {}), year: made}


def _slices(
    room: Workroom, figures: Figures, record: Record, plans: dict[str, dict[str, Plan]]
) -> tuple[AnnexFigures, ...]:
    facts = _facts(room, figures)
    members = room.parameters.area.members_on(first_day(room.month))
    return tuple(
        AnnexFigures(
            municipality=m.code,
            name=m.name,
            population=_population(m.code),
            facts=facts,
            plans={y: p[m.code] for y, p in plans.items() if m.code in p and y == year_of(room.month)},
            cells=tuple(c for c in record.cells if c.municipality == m.code),
            closed_now=_closed_now(room, [c for c in record.cells if c.municipality == m.code]),
            invoices=tuple(i for i in figures.advances.invoices if i.municipality == m.code),
            mismatches=tuple(x for x in figures.mismatches if x.municipality == m.code),
        )
        for m in members
    )


def _population(code: str) -> int | None:
    known = municipalities().get(code)
    return known.population if known else None


def _closed_now(room: Workroom, cells: list[Cell]) -> tuple[tuple[str, str], ...]:
    """The counts that become final in this release (service, period)."""
    return tuple(
        (c.service, c.period)
        for c in cells
        if c.measure is Measure.CLIENTS
        and c.status in (Status.FINAL, Status.UNDER_THRESHOLD)
        and room.archive.closed(*c.key) is None
    )


def _facts(room: Workroom, figures: Figures) -> ReleaseFacts:
    area, rules, start = room.parameters.area, room.parameters.rules, first_day(room.month)
    services = room.parameters.services
    lags = rules.closing_lag.at(first_day(year_of(room.month)))
    schedule = rules.advance_schedule.at(start)
    return ReleaseFacts(
        release=room.month,
        month=room.month,
        as_of=room.as_of,
        invoice_period=_invoice_period(room, figures.advances),
        version=1,
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
        year_closing_day=year_closing_day(room.parameters, year_of(room.month)),
        services=tuple(
            ServiceFacts(
                name=s.name,
                label=s.label,
                statute=s.statute,
                closing_lag=lags[s.name],
                also=tuple(
                    o.label for o in services.services if o.counted_as == s.name and o.name != s.name
                ),
            )
            for s in services.shown
        ),
        excluded=tuple(s.label for s in services.services if s.counted_as is None),
        cost_difference_cents=figures.costs.difference_cents,
    )


def approved(record: Record, by: str) -> Record:
    """The record as it goes to the ledger."""
    return replace(record, approved_by=by)
