"""Many reports at once over an executor: one failure costs one report, a dead worker is replaced."""

import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context, parent_process
from select import select

from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.runner.dask import cluster
from kuntakoonti.runner.job import Job, Outcome, failure, is_made, remove_aside
from kuntakoonti.runner.leftovers import clear_leftovers

Workers = int | str  # so many processes here (0: one a core), or a Dask scheduler's address
Answers = Generator[tuple[Job, Outcome], None, set[Job]]


def make_reports(
    jobs: Sequence[Job],
    workers: Workers = 0,
    done: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Make all reports; outcomes in the order of the jobs. ``done`` hears each as it finishes.

    ``workers``: processes of this machine, or the workers of a Dask scheduler, which see the same
    folders. What is made already costs no worker.
    """
    outcomes: dict[Job, Outcome] = {}

    def keep(job: Job, outcome: Outcome) -> None:
        outcomes[job] = outcome
        done(outcome)

    for job in filter(is_made, jobs):
        keep(job, Outcome(job.municipality, job.name, "unchanged"))
    waiting = [job for job in jobs if job not in outcomes]
    if isinstance(workers, str):
        answers = _on_cluster(waiting, workers)
    else:
        answers = _on_this_machine(waiting, workers if workers > 0 else os.cpu_count() or 1)
    for job, outcome in answers:
        keep(job, outcome)
    return tuple(outcomes[job] for job in jobs)


def make(job: Job) -> Outcome:
    """What a worker does. The libraries of a report are loaded there, not by who waits for it."""
    from kuntakoonti.runner.make import make_report

    return make_report(job)


def end_with_the_batch() -> None:
    """Let the kernel kill this worker when the batch is gone, so that nothing is written after it.

    A keyboard's interrupt is the batch's to say.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        batch = parent_process()
        if batch is None:
            return
        pipe = batch.sentinel
        fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | fcntl.FASYNC)
        if select([pipe], [], [], 0)[0]:
            os._exit(1)


def _on_this_machine(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """In processes. When a worker has died, the reports it may have been at are made one by one.

    The first of them without an answer is the one that kills: it alone fails.
    """
    clear_leftovers()
    waiting = list(jobs)
    while waiting:
        answered = yield from _round(waiting, workers)
        waiting = [job for job in waiting if job not in answered]
        suspects = waiting[: 2 * workers + 1]
        answered = yield from _round(suspects, 1)
        for killer in [job for job in suspects if job not in answered][:1]:
            yield killer, _lost(killer)
            answered.add(killer)
        waiting = [job for job in waiting if job not in answered]


def _round(jobs: Sequence[Job], workers: int) -> Answers:
    """The jobs in a fresh pool; those whose worker died are not answered. Returns the answered."""
    answered: set[Job] = set()
    if not jobs:
        return answered
    pool = _pool(min(workers, len(jobs)))
    try:
        for job, future in _answers(pool, jobs):
            if not isinstance(future.exception(), BrokenProcessPool):
                answered.add(job)
                yield job, future.result()
    finally:
        pool.shutdown(cancel_futures=True)
    return answered


def _pool(workers: int) -> ProcessPoolExecutor:
    """A pool of workers; KuntakoontiError where the system gives no shared memory for its locks."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["kuntakoonti.runner.preload"])
    try:
        return ProcessPoolExecutor(workers, context, end_with_the_batch)
    except OSError as error:
        raise KuntakoontiError(
            "The shared memory of this machine ({place}) refused ({error}): pages are made by several "
            "processes, which need it. Make it writable, or free some of it, and run the same command "
            "again. What is finished is kept.",
            place="/dev/shm",
            error=os.strerror(error.errno or 0),
        ) from None


def _on_cluster(jobs: Sequence[Job], address: str) -> Iterator[tuple[Job, Outcome]]:
    """On Dask's workers; its scheduler gives what a dead one left to another, four times."""
    if not jobs:
        return
    with cluster(address) as executor:
        for job, future in _answers(executor, jobs):
            lost = future.cancelled() or future.exception()
            yield job, _lost(job) if lost else future.result()


def _answers(executor: Executor, jobs: Sequence[Job]) -> Iterator[tuple[Job, Future[Outcome]]]:
    futures: dict[Future[Outcome], Job] = {}
    with suppress(BrokenProcessPool):
        for job in jobs:
            futures[executor.submit(make, job)] = job
    for future in as_completed(futures):
        yield futures[future], future


def _lost(job: Job) -> Outcome:
    remove_aside(job)
    died = KuntakoontiError("The process that made the page died. Run the same command again.")
    return failure(job, died)
