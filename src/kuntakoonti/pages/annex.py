"""A handover as pandas frames: the protected figures an analyst goes on from."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from kuntakoonti.core.language import Language
from kuntakoonti.core.notebook_parameters import refuse_undeclared, release_of
from kuntakoonti.core.periods import year_of
from kuntakoonti.core.settings import settings_here
from kuntakoonti.public.cells import ANY, INVOICE, Cell, Measure, Mismatch, Status
from kuntakoonti.public.handover import open_handover
from kuntakoonti.public.invoice import PARTS
from kuntakoonti.public.pages import AnnexFigures, Manifest, ServiceFacts
from kuntakoonti.public.wording import label_of

ADVANCES = (
    Measure.BUDGET, Measure.ADVANCE, Measure.ADVANCE_EXPECTED, Measure.ADVANCE_COMING,
)  # fmt: skip
COLUMNS = ("service", "period", "measure", "value", "class_low", "class_high", "status")


@dataclass(frozen=True)
class Annex:
    """One municipality's annex of one release: what is known, and in which language it is said."""

    figures: AnnexFigures
    manifest: Manifest
    language: Language

    @property
    def counts(self) -> pd.DataFrame:
        """Clients: service (``any`` = together), period, measure, value, class_low/high, status."""
        return self._frame(lambda cell: cell.measure is Measure.CLIENTS)

    @property
    def advances(self) -> pd.DataFrame:
        """Budgets and advances in cents, in the same columns."""
        return self._frame(lambda cell: cell.measure in ADVANCES)

    @property
    def adjustment(self) -> pd.DataFrame:
        """Recorded and actual cost, forecast, adjustment and posting in cents, in the same columns."""
        money = [m for m in Measure if m.endswith("_cents") and m not in ADVANCES]
        return self._frame(lambda cell: cell.measure in money)

    @property
    def is_host(self) -> bool:
        return self.figures.municipality == self.figures.facts.host

    @property
    def year(self) -> str:
        """The year of the data month."""
        return year_of(self.figures.facts.month)

    @property
    def open_before(self) -> str:
        """The year before the data month's while it is open, else nothing."""
        year = str(int(self.year) - 1)
        return year if self.cell(ANY, year, Measure.ADVANCE) else ""

    def has_budget(self, year: str) -> bool:
        """Whether a budget of the year is known."""
        return self.cell(ANY, year, Measure.BUDGET) is not None

    @property
    def services(self) -> tuple[ServiceFacts, ...]:
        return self.figures.facts.services

    @cached_property
    def _cells(self) -> dict[tuple[str, str, Measure], Cell]:
        return {(c.service, c.period, c.measure): c for c in self.figures.cells}

    def cell(self, service: str, period: str, measure: Measure) -> Cell | None:
        return self._cells.get((service, period, measure))

    def cents(self, service: str, period: str, measure: Measure) -> int | None:
        """An amount in cents, None where it is not given."""
        cell = self.cell(service, period, measure)
        return cell.value if cell else None

    def series(self, grain: str) -> tuple[str, ...]:
        """The services (or ``any``) whose counts come at a grain this year."""
        plan = self.figures.plans.get(self.year)
        return tuple(s for s, g in plan.grains.items() if g == grain) if plan else ()

    def clients(self, service: str) -> tuple[Cell, ...]:
        """The count cells of a series in the order of time, without the year's own count."""
        cells = [
            c for c in self.figures.cells if c.measure is Measure.CLIENTS and len(c.period) > 4
        ]
        return tuple(sorted((c for c in cells if c.service == service), key=lambda c: c.period))

    def label(self, service: str) -> str:
        """The service's name as a page says it."""
        return label_of(self.figures.facts, service, self.language)

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """Of the invoices by causation and of those shared by a key."""
        return (*self.figures.mismatches, *self.figures.shared_mismatches)

    def whole(self, measure: Measure) -> int | None:
        """An amount of the data year's whole invoice: by causation, and by key where there is that."""
        if not self.figures.facts.shared:
            return self.cents(ANY, self.year, measure)
        total = next(total for total, parts in PARTS.items() if parts[0] is measure)
        return self.cents(INVOICE, self.year, total)

    @property
    def numbered_share(self) -> float:
        """How many of the count positions carry a number; 0 if there are no positions."""
        cells = [c for c in self.figures.cells if c.measure is Measure.CLIENTS]
        numbers = [c for c in cells if c.status is Status.FINAL or (c.class_low or 0) > 0]
        return len(numbers) / len(cells) if cells else 0.0

    def _frame(self, wanted: object) -> pd.DataFrame:
        assert callable(wanted)
        rows = [c.row()[1:] for c in self.figures.cells if wanted(c)]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype(dict.fromkeys(("value", "class_low", "class_high"), "Int64"))


def open_annex(municipality: str, period: str, release: str = "", language: str = "fi") -> Annex:
    """Open a municipality's slice of a release's handover; UsageError says what there is.

    ``period`` is a month or a year, whose own release is opened if none is given; ``language``:
    ``fi``, ``sv`` or ``en``. Papermill's command line makes numbers of ``016`` and ``2025``.
    """
    refuse_undeclared()
    name = release_of(str(period), str(release))
    handover = open_handover(settings_here().output.handover(name))
    return Annex(handover.annex(f"{municipality:0>3}"), handover.manifest, Language(language))
