"""What a command costs with every process that it starts: CPU, wall, bytes, and memory counted once."""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """What a run took: CPU and wall seconds, bytes of HTML and PDF, peak of shared memory counted once."""

    cpu: float
    wall: float
    size: int
    peak: int


def measured(folder: Path, *commands: Sequence[str | Path]) -> Cost:
    """Run commands one after another; orphans they leave (a fork server) are waited for as well."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with _peak() as peak:
        for command in commands:
            subprocess.run([str(word) for word in command], check=True, stderr=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL)  # fmt: skip
        wall = time.perf_counter() - started
        _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    pages = [p for p in folder.rglob("*") if p.suffix in (".html", ".pdf")]
    return Cost(cpu, wall, sum(p.stat().st_size for p in pages), max(peak))


def _wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


class _peak:
    """Samples the memory of all descendants: proportional set sizes, so that a shared page counts once."""

    def __enter__(self) -> list[int]:
        self.seen, self.ends = [0], threading.Event()
        self.sampler = threading.Thread(target=self._sample)
        self.sampler.start()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self.sampler.join()

    def _sample(self) -> None:
        while not self.ends.wait(0.25):
            self.seen.append(sum(_memory(pid) for pid in _descendants(os.getpid())))


def _descendants(pid: int) -> Iterator[int]:
    try:
        tasks = [t.read_text() for t in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has ended meanwhile
        return
    for child in (int(word) for text in tasks for word in text.split()):
        yield child
        yield from _descendants(child)


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def adopt_orphans() -> None:
    """Become the parent of whatever a command leaves behind, so that it can be waited for."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
