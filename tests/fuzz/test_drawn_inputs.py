"""No drawn table, parameter or command line gives a traceback, a hang, a quoted cell or a written file.

``make fuzz`` draws thousands; a case that failed is made again by KUNTAKOONTI_FUZZ_SEED and KUNTAKOONTI_FUZZ_CASES=1.
"""

import os
import secrets
import shutil
from collections import Counter
from pathlib import Path

import pytest
from fuzz.apart import Ended, digest_of, preload, run_apart
from fuzz.cases import PERSONAL, drawn

CASES = int(os.environ.get("KUNTAKOONTI_FUZZ_CASES", "150"))
SEED = int(os.environ.get("KUNTAKOONTI_FUZZ_SEED") or secrets.randbits(32))
PAST_PARSING = 0.5  # the share of cases that must reach further than the reading of their form


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tables", "parameters", "words"])
def test_what_is_drawn_ends_in_a_sentence(kind: str, tmp_path: Path) -> None:
    print(f"\n{kind}: KUNTAKOONTI_FUZZ_SEED={SEED} KUNTAKOONTI_FUZZ_CASES={CASES}")
    preload()
    codes: Counter[int] = Counter()
    failed = []
    for seed in range(SEED, SEED + CASES):
        code, why = _tried(kind, seed, tmp_path / f"{seed}")
        codes[code] += 1
        if why:
            failed.append(f"{kind} {seed}: {why}")
            print(failed[-1], flush=True)
    past = (codes[0] + codes[3]) / CASES
    print(f"{kind}: exit codes {dict(codes)}, past parsing {past:.0%}")
    assert not failed, "\n".join(failed)
    assert kind != "tables" or past >= PAST_PARSING


def _tried(kind: str, seed: int, folder: Path) -> tuple[int, str]:
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
