"""One reproducible run as a file of ``parameters/runs``: what the command line would be given."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.texts import LanguageCode, Required, Strict
from kuntakoonti.parameters.area import Code
from kuntakoonti.parameters.problems import finding, refuse, wrong
from kuntakoonti.parameters.yaml_files import Day, like, read_yaml, validate

Month = Annotated[str, like(r"[12][0-9]{3}-(0[1-9]|1[0-2])", "2025-08")]
Year = Annotated[str, like(r"[12][0-9]{3}", "2025")]


class Run(Strict):
    """A run of a month, or of a year's end; folders are relative to the project, ``language`` is of
    the pages."""

    month: Month | None = None
    year: Year | None = None
    as_of: Day
    data: Required
    output: Required
    parameters: Required = "parameters"
    municipality: tuple[Code, ...] = ()
    language: tuple[LanguageCode, ...] = ()
    format: tuple[Required, ...] = ("html", "pdf", "xlsx", "csv")
    workers: Annotated[int, Field(ge=0)] = 0
    dask: str = ""
    approve_by: str = ""

    @model_validator(mode="after")
    def _is_one(self) -> "Run":
        if (self.month is None) is (self.year is None):
            wrong([finding("", "write either month or year")])
        return self

    @property
    def release(self) -> ReleaseName:
        """The month, or the year's end."""
        return ReleaseName(self.month or ReleaseName.of_year_end(self.year or "", final=True))


def read_run(path: Path) -> Run:
    """Read a run; UsageError lists with their lines everything that is wrong in the file."""
    run, complaints = validate(Run, read_yaml(path))
    refuse(list(complaints))
    assert run
    return run
