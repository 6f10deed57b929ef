"""Where a preparation starts and what it makes: the room, the exact figures, the release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import message_language
from kuntakoonti.core.notebook_parameters import refuse_undeclared
from kuntakoonti.core.periods import as_date, is_month, last_day, year_of
from kuntakoonti.core.release_name import ReleaseKind, ReleaseName
from kuntakoonti.core.settings import Settings, settings_here
from kuntakoonti.parameters.municipalities import former_municipalities, municipality_codes
from kuntakoonti.parameters.rules import Parameters, load_parameters
from kuntakoonti.public.cells import Mismatch
from kuntakoonti.public.ledger import Archive, Record, read_archive
from kuntakoonti.public.pages import AnnexFigures, AreaFigures
from kuntakoonti.restricted.disclosure.counts import year_closing_day

if TYPE_CHECKING:  # whoever asks for dates and digests needs no pandas and no DuckDB
    from kuntakoonti.restricted.disclosure.sharing import SharedFigures
    from kuntakoonti.restricted.figures.adjustment import Settled, Year
    from kuntakoonti.restricted.figures.advances import Advances
    from kuntakoonti.restricted.figures.costs import Costs
    from kuntakoonti.restricted.figures.counts import Counts
    from kuntakoonti.restricted.forecast.forecast import AreaForecast
    from kuntakoonti.restricted.intake import Intake, Known


@dataclass(frozen=True)
class PreparationContext:
    """What a preparation starts from. ``release`` is the month, or a year's end by name.

    A year's end is prepared like its December: ``2025-tasausarvio`` before the closing date,
    ``2025-tasaus`` from it. ``coarse``: R9's publication of budgets and advances only.
    ``accepted``: the role that accepts published counts which differ from the records.
    """

    settings: Settings
    parameters: Parameters
    archive: Archive
    month: str
    as_of: date
    release: str
    coarse: bool = False
    accepted: str = ""

    @property
    def kind(self) -> ReleaseKind:
        return ReleaseName(self.release).kind

    @property
    def language(self) -> Language:
        """The language in which problems are said."""
        return message_language(self.settings.parameters)


@dataclass(frozen=True)
class Figures:
    """Exact figures; they never leave the restricted room. ``inputs`` is their fingerprint.

    ``forecast``: of a month or an estimate; a final adjustment foresees nothing. ``before``: in a
    month's release, of the year before while that is open. ``shared``: of the services shared by a key.
    """

    counts: Counts
    costs: Costs
    advances: Advances
    mismatches: tuple[Mismatch, ...]
    years: dict[str, Year]
    inputs: str
    forecast: AreaForecast | None = None
    before: AreaForecast | None = None
    invented: bool = False
    shared: SharedFigures | None = None


@dataclass(frozen=True)
class ProtectedRelease:
    """Protected figures of the whole area: ready for the ledger and the door.

    ``annexes`` are for the open room; ``secret`` ones, the declared exception, for ``restricted/``.
    """

    record: Record
    annexes: tuple[AnnexFigures, ...]
    secret: tuple[AnnexFigures, ...]
    area: AreaFigures
    settled: Settled


def open_area(
    month: str, as_of: str, release: str = "", coarse: str = "", accept_history: str = ""
) -> PreparationContext:
    """Open the restricted room; UsageError if the archive or the dates forbid it.

    ``coarse``: any text for R9's coarser publication of a month; ``accept_history``: a role.
    """
    refuse_undeclared()
    settings = settings_here()
    archive = read_archive(settings.output.ledger)
    day = as_date(as_of, "as_of")
    refuse_wrong_dates(month, day, archive)
    parameters = load_parameters(settings.parameters)
    wanted = year_end_name(year_of(month), parameters, day) if release != month else month
    if release not in ("", month, wanted):
        raise UsageError(
            "On the extraction date {day} the release of {year} is {wanted}. Write it as the "
            "parameter release.",
            day=day,
            year=year_of(month),
            wanted=wanted,
        )
    name, coarser = release or month, bool(coarse)
    return PreparationContext(
        settings, parameters, archive, month, day, name, coarser, accept_history.strip()
    )


def year_end_name(year: str, parameters: Parameters, as_of: date) -> ReleaseName:
    """``2025-tasausarvio`` before the year's closing date, ``2025-tasaus`` from it."""
    return ReleaseName.of_year_end(year, final=as_of >= year_closing_day(parameters, year))


def refuse_wrong_dates(month: str, as_of: date, archive: Archive) -> None:
    """A month is prepared after it has ended and never from older data than the archive's last."""
    if not is_month(month):
        raise UsageError("Month {month}: write it as 2025-08.", month=month)
    if as_of < last_day(month):
        raise UsageError(
            "The extraction date {as_of} is before the end of the month {month}. Give --as-of "
            "{last} or later.",
            as_of=as_of,
            month=month,
            last=last_day(month),
        )
    last = archive.last_as_of
    if last and as_of < last:
        raise UsageError(
            "The ledger's last extraction date is {last}, and {as_of} is earlier. What is "
            "published is not made again from older data: give --as-of {last} or later.",
            last=last,
            as_of=as_of,
        )


def known_values(parameters: Parameters) -> Known:
    """The services and municipalities that the input may name."""
    from kuntakoonti.restricted.intake import Known  # loads DuckDB

    area = parameters.area
    members = frozenset(m.code for m in area.members)
    own = municipality_codes() | frozenset(area.former_codes) | members
    average = max(parameters.rules.average_cost.values, key=lambda v: v.valid_from).value
    return Known(
        services=frozenset(
            [*(s.name for s in parameters.services.services), *(s.name for s in parameters.shared)]
        ),
        municipalities=own,
        members=members,
        former={code: day for code, day in former_municipalities().items() if code not in own},
        prices={service: int(euros * 100) for service, euros in average.items()},
        shared=parameters.shared,
        membership=area.members,
        invoice_numbers=frozenset(area.number_patterns),
    )


def load_records(
    settings: Settings, parameters: Parameters, as_of: date | None, archive: Archive | None = None
) -> Intake:
    """The records of a run; ``archive`` None: only to be checked, and nothing is remembered."""
    from kuntakoonti.restricted.intake import load  # loads DuckDB
    from kuntakoonti.restricted.preparation.declared_records import declared_records

    declared = declared_records(settings, parameters, archive)
    return load(settings.data, known_values(parameters), as_of, declared)
