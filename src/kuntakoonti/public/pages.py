"""The door's types: what the open room may know, and nothing else.

Everything that the open room knows is one of these types. They refuse unknown fields, hold figures
that the publication rules made visible, and have no place for a person.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from kuntakoonti.core.texts import LanguageCode, Texts
from kuntakoonti.public.cells import Cell, Correction, Invoice, Measure, Mismatch, Plan, Status
from kuntakoonti.public.changes import Change, LastForecast
from kuntakoonti.public.comparison import Comparison


class PublicModel(BaseModel):
    """What goes through the door: it refuses a field that it does not have, and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServiceFacts(PublicModel):
    """A service as a page names it; ``also`` are supports counted in it (55+)."""

    name: str
    label: Texts
    statute: str
    closing_lag: int
    also: tuple[Texts, ...] = ()
    late_claims: Texts | None = None


class KeyFacts(PublicModel):
    """A key of a service, its weight among others, and what its values of all members sum to.

    ``population_day``: of the population that the program brings.
    """

    key: str
    weight: str
    total_hundredths: int
    population_day: date | None = None


class SharedFacts(PublicModel):
    """A service shared by a key as a page names it, as it is shared in a month."""

    name: str
    label: Texts
    statute: str
    reference: str
    month: str
    keys: tuple[KeyFacts, ...]


class OutlookFacts(PublicModel):
    """How a release's forecasts were made.

    ``trials``: earlier forecasts that the ranges come from; ``percent``: what a range should hold;
    ``deadlines``: service → months in which its cost can be claimed by law, None by contract;
    ``assumed_percent``: half the range in per cent of a forecast, where there are too few trials.
    """

    method: Literal["client_months", "blend", "budget", "recorded", "none"]
    trials: int
    percent: int
    deadlines: dict[str, int | None]
    assumed_percent: int | None = None


NoticeName = Literal["costs_late", "periods_late", "law_changed", "prices_changed"]


class NoticeFacts(PublicModel):
    """One of the fixed sentences about the whole area that the analyst chose, and since when it holds."""

    says: NoticeName
    since: date


class RoleFacts(PublicModel):
    """A role that may approve, from a day to a day, both inclusive."""

    role: str
    valid_from: date
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day <= (self.valid_to or day)


class MemberFacts(PublicModel):
    """A member as the area's page names it."""

    code: str
    name: Texts


class ReleaseFacts(PublicModel):
    """What is the same on every annex of a release.

    ``kind``: a month, a year's estimate before its closing date (``tasausarvio``), or its final
    adjustment (``tasaus``). ``coarse``: R9's publication of budgets and advances only. ``outlook``:
    of a year that is still open.
    ``language`` is the area's, ``languages`` those of the board's page. ``grain_percent``: R4's share
    (an older handover has none: 80 was in force). ``before_closing_day``: of the year before.
    ``notices``: what the analyst has told of the whole area and is in force. ``roles``: who may
    approve; an older handover has none, and any role will do. ``marks``: closed marks that were first
    shown by another threshold than the release's, "857 palkkatuki 2025-02" → it; in a statement, which
    names no place, only those thresholds. ``shared``: the services shared by a key, of which
    ``services`` has none.
    """

    release: str
    kind: Literal["month", "estimate", "final"]
    members: tuple[MemberFacts, ...]
    month: str
    as_of: date
    invoice_period: str
    version: int
    area_code: str
    area: Texts
    sender: Texts
    host: str
    case_number: str
    contact: Texts
    objection_days: int
    threshold: int
    residence_day: str
    advance_schedule: str
    year_closing_day: date
    services: tuple[ServiceFacts, ...]
    excluded: tuple[Texts, ...]
    cost_difference_cents: int
    coarse: bool = False
    language: LanguageCode = "fi"
    languages: tuple[LanguageCode, ...] = ("fi",)
    outlook: OutlookFacts | None = None
    grain_percent: int = 80
    before_closing_day: date | None = None
    notices: tuple[NoticeFacts, ...] = ()
    shared: tuple[SharedFacts, ...] = ()
    roles: tuple[RoleFacts, ...] = ()
    marks: dict[str, int] = {}

    def threshold_of(self, cell: Cell) -> int:
        """The threshold of a count's mark: that of the release which was the first to show it."""
        if cell.class_low == 0 and cell.class_high is not None:
            return cell.class_high + 1
        return self.marks.get(" ".join(cell.key), self.threshold)

    def thresholds_of(self, cells: Iterable[Cell]) -> tuple[int, ...]:
        """The thresholds of the marks among some cells, the release's own first."""
        small = (c for c in cells if c.status is Status.UNDER_THRESHOLD or c.class_low == 0)
        found = {self.threshold_of(c) for c in small if c.measure is Measure.CLIENTS}
        return tuple(sorted(found, key=lambda t: (t != self.threshold, t)))


class AnnexFigures(PublicModel):
    """The slice of one municipality: its protected cells and the area's percentages, its invoices,
    its plan; ``changes`` since its last annex, that of the month ``compared_with``;
    ``forecast_before``: in a final adjustment, what was forecast last; ``last_year``: what the one
    before it showed exactly."""

    municipality: str
    name: Texts
    population: int | None
    facts: ReleaseFacts
    plans: dict[str, Plan]
    cells: tuple[Cell, ...]
    closed_now: tuple[tuple[str, str], ...]
    invoices: tuple[Invoice, ...]
    mismatches: tuple[Mismatch, ...]
    secret: bool = False
    corrections: tuple[Correction, ...] = ()
    changes: tuple[Change, ...] = ()
    compared_with: str = ""
    forecast_before: LastForecast | None = None
    comparisons: tuple[Comparison, ...] = ()
    last_year: tuple[Cell, ...] = ()
    languages: tuple[LanguageCode, ...] = ("fi",)
    shared_invoices: tuple[Invoice, ...] = ()
    shared_mismatches: tuple[Mismatch, ...] = ()


class MemberCells(PublicModel):
    """A member's published figures that stand on the area's page."""

    code: str
    name: Texts
    cells: tuple[Cell, ...]


class AreaFigures(PublicModel):
    """R8: the area's page. ``cells`` are sums of members' published figures, and the percentages of
    the whole area that every member's page has (decision 0024).

    ``missing``: (service, period) of a sum of clients → the members that are not in it.
    """

    facts: ReleaseFacts
    members: tuple[MemberCells, ...]
    cells: tuple[Cell, ...]
    missing: dict[str, tuple[str, ...]]
    unpublished: tuple[str, ...]
    corrections: tuple[Correction, ...] = ()


class Manifest(PublicModel):
    """What a handover was made of; ``files``: name → SHA-256. Hashes of inputs are keyed.

    ``languages``: asked for by ``--language`` instead of the members' own; empty if not.
    ``invented``: the records are; every page says so.
    """

    release: str
    month: str
    as_of: date
    state: Literal["draft", "approved"]
    approved_by: str
    archive_head: str
    inputs: str
    parameters: str
    program: str
    files: dict[str, str]
    languages: tuple[LanguageCode, ...] = ()
    invented: bool = False


def in_order(cells: tuple[Cell, ...], facts: ReleaseFacts) -> tuple[Cell, ...]:
    """Figures as files list them: by measure, service and period."""
    order = {m: i for i, m in enumerate(Measure)}
    named = [*(s.name for s in facts.services), *(s.name for s in facts.shared)]
    services = {name: i for i, name in enumerate(named)}
    return tuple(
        sorted(cells, key=lambda c: (order[c.measure], services.get(c.service, 99), c.period))
    )
