"""Work that forks, in a process of its own: libraries of earlier tests hold threads in the tests' one."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")


def in_own_process(work: Callable[..., T], *values: object) -> T:
    """What ``work`` returns or raises, in a new process without threads."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        return apart.submit(work, *values).result()
