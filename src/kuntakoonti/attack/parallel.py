"""The groups of an attack side by side, on the processor's cores."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
LARGE = 400  # hidden figures: from here on another process costs less than it saves
_held: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []


def each(work: Callable[[Item], Result], items: Sequence[Item], weights: list[int]) -> list[Result]:
    """The results of the items in their order; by forked processes, the heaviest first.

    In this process if the work is small, or where a fork is unsafe or brings nothing: one core, one
    item, other threads, a process that may have no children.
    """
    number = min(_cores(), len(items))
    if sum(weights) < LARGE or number < 2 or not _may_fork():
        return [work(item) for item in items]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(number, context, initializer=_hold, initargs=(work, items)) as pool:
        order = sorted(range(len(items)), key=lambda n: -weights[n])
        found = dict(zip(order, pool.map(_one, order), strict=True))
    return [found[n] for n in range(len(items))]


def _cores() -> int:
    held = getattr(os, "sched_getaffinity", None)
    return len(held(0)) if held else 1


def _may_fork() -> bool:
    return threading.active_count() == 1 and not multiprocessing.current_process().daemon


def _hold(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """What a child needs; it has it from the fork, nothing is sent."""
    _held[:] = [(work, items)]


def _one(number: int) -> Any:
    work, items = _held[0]
    return work(items[number])
