"""One reproducible run as a file of ``parameters/runs``: what the command line would be given."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from kuntakoonti.core.texts import LanguageCode, Required, Strict
from kuntakoonti.parameters.area import Code
from kuntakoonti.parameters.problems import refuse
from kuntakoonti.parameters.yaml_files import Day, read_yaml, validate


class Run(Strict):
    """A month's run; folders are relative to the project, ``language`` is of the pages."""

    month: Required
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


def read_run(path: Path) -> Run:
    """Read a run; UsageError lists with their lines everything that is wrong in the file."""
    run, complaints = validate(Run, read_yaml(path))
    refuse(list(complaints))
    assert run
    return run
