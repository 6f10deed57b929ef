"""Distinct clients per municipality × service × month, quarter and year, as of the extraction date."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import duckdb
import pandas as pd

from kuntakoonti.restricted.figures.sql import sql_text
from kuntakoonti.restricted.intake.warehouse import arrow

OUTSIDE = "outside"


@dataclass(frozen=True)
class Counts:
    """``frame``: municipality (or ``outside``), service (or ``any``), period, clients ≥ 1.

    A row that is missing is a count of zero. ``last_month`` is the month of the release: later
    months are not in any period.
    """

    frame: pd.DataFrame
    as_of: date
    last_month: str

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], int]:
        f = self.frame
        keys = zip(f["municipality"], f["service"], f["period"], strict=True)
        return dict(zip(keys, (int(n) for n in f["clients"]), strict=True))

    def of(self, municipality: str, service: str, period: str) -> int:
        """Distinct clients; zero if there were none."""
        return self._known.get((municipality, service, period), 0)


def count(warehouse: duckdb.DuckDBPyConnection, last_month: str, as_of: date) -> Counts:
    """Count the ``client_months`` of a release's snapshot (`snapshot.take_snapshot`)."""
    return Counts(arrow(warehouse, sql_text("counts.sql")).to_pandas(), as_of, last_month)
