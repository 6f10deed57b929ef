"""Drawn cases, one after another: how each ended, and what is wrong with it."""

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from fuzz.apart import Ended, digest_of, preload, run_apart
from fuzz.cases import PERSONAL, drawn


def tried(kind: str, seeds: Iterable[int], folder: Path) -> tuple[Counter[int], list[str]]:
    """How often each exit code came, and a line for every case that ended badly."""
    preload()
    codes: Counter[int] = Counter()
    failed = list[str]()
    for seed in seeds:
        code, why = _one(kind, seed, folder / f"{seed}")
        codes[code] += 1
        if why:
            failed.append(f"{kind} {seed}: {why}")
            print(failed[-1], flush=True)
    return codes, failed


def _one(kind: str, seed: int, folder: Path) -> tuple[int, str]:
    """The exit code of a case, and what is wrong with how it ended."""
    folder.mkdir()
    case = drawn(kind, seed)
    case.make(folder)
    before = digest_of(folder)
    ended = run_apart(case.words, folder, folder.with_suffix(".txt"))
    changed = digest_of(folder) != before
    why = _fault(ended, changed)
    if not why:
        shutil.rmtree(folder)
    return ended.code, why


def _fault(ended: Ended, changed: bool) -> str:
    if ended.code not in (0, 1, 2, 3):
        return f"ended with {ended.code}: {ended.said[-400:]}"
    if 'File "' in ended.said or "Ohjelma pysähtyi" in ended.said:
        return f"a traceback: {ended.said[-600:]}"
    if PERSONAL in ended.said:
        return "quoted a cell"
    if ended.code in (2, 3) and changed:
        return "left something behind"
    return ""
