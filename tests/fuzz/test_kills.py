"""Every command that writes, killed before each change of the disk and within each write: the next run finishes it.

Eleven municipalities, cheap pages (`worlds.kills`). A few states a command, all of them in ``make fuzz``.
"""

import os
import secrets
from pathlib import Path

import pytest
from worlds.kill_sweep import sweep
from worlds.own_process import in_own_process

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("KUNTAKOONTI_FUZZ_CASES", "300"))
SEED = int(os.environ.get("KUNTAKOONTI_FUZZ_SEED") or secrets.randbits(32))
# In the slow suite one of ten changes, and two states a command; by `make fuzz` all.
ALL = CASES > 1000
RERUN, STEP = (10**6, 1) if ALL else (2, 10)


def test_the_next_run_finishes_what_was_killed(tmp_path: Path) -> None:
    """The same OUTPUT, to the byte, as without the kill; but for logs and the executed preparation."""
    total, failed = in_own_process(sweep, tmp_path, SEED, RERUN, STEP)
    print(f"{total} kills, seed {SEED}")
    assert total > 100 and not failed, "\n".join(failed)
