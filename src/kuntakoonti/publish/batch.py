"""Many reports at once over an executor: one failure costs one report, a dead worker is replaced."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context

from kuntakoonti.publish.report import Job, Outcome, is_made, make_report


def make_reports(
    jobs: Sequence[Job], workers: int = 0, done: Callable[[Outcome], None] = lambda _: None
) -> tuple[Outcome, ...]:
    """Make all reports; outcomes in the order of the jobs. ``done`` hears each as it finishes."""
    workers = min(workers or os.cpu_count() or 1, len(jobs) or 1)
    outcomes = {job: make_report(job) for job in jobs if is_made(job)}
    for outcome in outcomes.values():
        done(outcome)
    for attempt in (1, 2):
        waiting = [job for job in jobs if job not in outcomes]
        for job, outcome in _round(waiting, workers if attempt == 1 else 1):
            outcomes[job] = outcome
            done(outcome)
    lost = [job for job in jobs if job not in outcomes]
    for job in lost:
        outcomes[job] = Outcome(job.municipality, job.name, "failed", "prosessi kuoli kahdesti")
        done(outcomes[job])
    return tuple(outcomes[job] for job in jobs)


def _round(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Run the jobs in a fresh pool; those whose worker died are simply not answered."""
    if not jobs:
        return
    with _executor(workers) as executor:
        futures: dict[Future[Outcome], Job] = {executor.submit(make_report, j): j for j in jobs}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:
                continue


def _executor(workers: int) -> Executor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=preload)


def preload() -> None:
    """Load what every annex needs once, before the first fork."""
    for module in ("charts", "frames", "tables", "words"):
        import_module(f"kuntakoonti.annex.{module}")
