"""No drawn table, parameter or command line gives a traceback, a hang, a quoted cell or a written file.

``make fuzz`` draws thousands; a case that failed is made again by KUNTAKOONTI_FUZZ_SEED and KUNTAKOONTI_FUZZ_CASES=1.
"""

import os
import secrets
from pathlib import Path

import pytest
from fuzz.trial import tried
from worlds.own_process import in_own_process

CASES = int(os.environ.get("KUNTAKOONTI_FUZZ_CASES", "150"))
SEED = int(os.environ.get("KUNTAKOONTI_FUZZ_SEED") or secrets.randbits(32))
PAST_PARSING = 0.5  # the share of cases that must reach further than the reading of their form


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tables", "parameters", "words"])
def test_what_is_drawn_ends_in_a_sentence(kind: str, tmp_path: Path) -> None:
    print(f"\n{kind}: KUNTAKOONTI_FUZZ_SEED={SEED} KUNTAKOONTI_FUZZ_CASES={CASES}")
    codes, failed = in_own_process(tried, kind, range(SEED, SEED + CASES), tmp_path)
    past = (codes[0] + codes[3]) / CASES
    print(f"{kind}: exit codes {dict(codes)}, past parsing {past:.0%}")
    assert not failed, "\n".join(failed)
    assert kind != "tables" or past >= PAST_PARSING
