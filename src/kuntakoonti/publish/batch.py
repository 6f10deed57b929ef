"""Many reports at once over an executor: one failure costs one report, a dead worker is replaced."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context

from kuntakoonti.publish.report import Job, Outcome, aside_of, is_made, make_report

PRELOADED = ("kuntakoonti.publish.report", "kuntakoonti.publish.html", "kuntakoonti.publish.shell",
             "matplotlib.backends.backend_svg", "matplotlib.figure", "babel.dates", "pandas")  # fmt: skip


def make_reports(
    jobs: Sequence[Job], workers: int = 0, done: Callable[[Outcome], None] = lambda _: None
) -> tuple[Outcome, ...]:
    """Make all reports; outcomes in the order of the jobs. ``done`` hears each as it finishes.

    If a worker dies, the reports it left are made again one after another, so that the first one
    without an answer is the one that kills: it alone fails, and a new worker goes on behind it.
    """
    outcomes: dict[Job, Outcome] = {}

    def keep(job: Job, outcome: Outcome) -> None:
        outcomes[job] = outcome
        done(outcome)

    def waiting() -> list[Job]:
        return [job for job in jobs if job not in outcomes]

    for job in [j for j in jobs if is_made(j)]:
        keep(job, make_report(job))
    for answer in _round(waiting(), workers if workers > 0 else os.cpu_count() or 1):
        keep(*answer)
    while waiting():
        for answer in _round(waiting(), 1):
            keep(*answer)
        for job in waiting()[:1]:
            shutil.rmtree(aside_of(job), ignore_errors=True)
            keep(job, Outcome(job.municipality, job.name, "failed", "prosessi kuoli"))
    return tuple(outcomes[job] for job in jobs)


def _round(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Run the jobs in a fresh pool; those whose worker died are simply not answered."""
    if not jobs:
        return
    with _executor(min(workers, len(jobs))) as executor:
        futures: dict[Future[Outcome], Job] = {}
        with suppress(BrokenProcessPool):
            for job in jobs:
                futures[executor.submit(make_report, job)] = job
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:
                continue


def _executor(workers: int) -> Executor:
    """Workers forked from one server process that has loaded what every report needs."""
    context = get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    return ProcessPoolExecutor(workers, mp_context=context)
