"""Records read again outside a preparation: to check them, and to correct a count."""

from datetime import date

from kuntakoonti.core.errors import DataProblems, Problem
from kuntakoonti.core.settings import Settings
from kuntakoonti.parameters.missing import refuse_missing
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.ledger import read_archive
from kuntakoonti.restricted.figures.advances import read_advances
from kuntakoonti.restricted.figures.costs import Costs, allocate
from kuntakoonti.restricted.figures.counts import Counts, count
from kuntakoonti.restricted.figures.mismatches import mismatches, problem_of
from kuntakoonti.restricted.figures.snapshot import take_snapshot
from kuntakoonti.restricted.intake import fingerprint
from kuntakoonti.restricted.intake.revisions import make_revisions
from kuntakoonti.restricted.intake.stalls import recording_problems
from kuntakoonti.restricted.preparation.context import load_records
from kuntakoonti.restricted.preparation.key import secret_key


def check_records(settings: Settings, as_of: date | None) -> tuple[Problem, ...]:
    """Every problem of the input, of its recording, and of its advances against the budget."""
    parameters = load_parameters(settings.parameters)
    refuse_missing(parameters)
    intake = load_records(settings, parameters, as_of)
    if intake.stops:
        return intake.problems
    make_revisions(intake.warehouse, as_of or date.max)
    advances = read_advances(intake.warehouse, parameters, as_of or date.max)
    found = mismatches(advances, parameters, as_of or advances.last_invoiced_on)
    stalls = recording_problems(intake.warehouse, parameters.services.counted, as_of)
    return tuple(sorted([*intake.problems, *stalls, *(problem_of(m) for m in found)]))


def count_again(settings: Settings, month: str, as_of: date) -> tuple[Counts, Costs, str]:
    """Exact counts and costs of a month's release as known on a day, and the input's fingerprint.

    DataProblems if the input has problems that stop a run.
    """
    parameters = load_parameters(settings.parameters)
    intake = load_records(settings, parameters, as_of, read_archive(settings.output.ledger))
    if intake.stops:
        raise DataProblems(intake.problems)
    warehouse = intake.warehouse
    take_snapshot(warehouse, parameters, month, as_of)
    counts, costs = count(warehouse, month, as_of), allocate(warehouse)
    return counts, costs, fingerprint(warehouse, as_of, secret_key(settings))
