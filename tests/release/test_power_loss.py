"""The power fails at any moment of an approval: what the disk has is opened as before it or as after it.

Every prefix of what the approval told the disk to keep is replayed; pages are cheap (`worlds.kills`).
"""

import pickle
import resource
from pathlib import Path

import pytest
from worlds.disks import Tree, recorded, write_tree
from worlds.kills import cleared_digest, differences, forked, run, work_on
from worlds.places import EXAMPLE
from worlds.two_members import with_key

pytestmark = pytest.mark.slow
MONTH = [
    "month",
    "2025-08",
    "--as-of",
    "2025-09-15",
    "--format",
    "html,csv",
    "--data",
    str(EXAMPLE),
]
APPROVE = ["approve", "2025-08", "--by", "controller"]


def test_an_approval_is_there_or_not(tmp_path: Path) -> None:
    """Wherever the line of the ledger is, the next approval says so; both ends are the same OUTPUT."""
    output, seen, lines = with_key(tmp_path / "outputs"), set[str](), set[int]()
    wrong = list[str]()
    code, said = run(MONTH, output)
    assert code == 0, said
    for number, tree in enumerate(_states(APPROVE, output, tmp_path / "states")):
        left = tmp_path / f"{number}"
        left.mkdir()
        write_tree(left, tree)
        digest = cleared_digest(left)
        if digest in seen:
            continue
        seen.add(digest)
        ledger = left / "ledger.jsonl"
        lines.add(ledger.read_bytes().count(b"\n") if ledger.exists() else 0)
        code, said = run(APPROVE, left)
        other, judged = differences(left, output), run(["status"], left)
        if code or other or judged[0]:
            wrong.append(f"{number}: {other[:4]} {said} {judged}")
    assert not wrong, "\n".join(wrong)
    assert lines == {0, 1} and len(seen) > 3


def _states(words: list[str], output: Path, kept: Path) -> list[Tree]:
    """What the disk has after each call of a command, each once."""

    def work() -> int:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
        with pytest.MonkeyPatch.context() as patch, recorded(output, patch) as disk:
            code = work_on(words, output)
        once = list({pickle.dumps(tree): tree for tree in disk.states}.values())
        kept.write_bytes(pickle.dumps(once))
        return code

    assert forked(work, kept.with_suffix(".said")) == 0
    states: list[Tree] = pickle.loads(kept.read_bytes())
    return states
