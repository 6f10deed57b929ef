"""What the commands cost as an archive grows: `month`, `approve`, `status` and `attack` after 6 … 60 releases.

    python benchmarks/growth.py --releases 60        # an hour

A small area of two members for five years, every release made and approved by the commands; of the pages
all but the notebooks and PDFs is made (`tests/worlds/kills.py`), because those cost the same each time.
CPU seconds and peak MB of the process.
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path

from archive import Run, runs_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fuzz.apart import preload
from worlds.kills import forked, work_on
from worlds.two_members import make_two_members, with_key

EVERY = 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=60)
    parser.add_argument("--scale", default="0.2")
    chosen = parser.parse_args()
    preload()
    print("releases, MB of the folder; CPU s and MB of month, approve, status, attack", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_two_members(folder, chosen.scale, months=72)
        output = with_key(folder / "outputs")
        for number, run in enumerate(runs_of(5)[: chosen.releases], 1):
            costs = [made(words, output) for words in commands(run, folder, number % EVERY == 0)]
            if number % EVERY == 0:
                told = "  ".join(f"{cpu:.2f} {peak:.0f}" for cpu, peak in costs)
                print(f"{number:3} {size(output):.1f}  {told}", flush=True)


def commands(run: Run, folder: Path, all_of_them: bool) -> list[list[str]]:
    """A release drafted and approved, and then looked at."""
    told = [f"--{name}={folder / name}" for name in ("data", "parameters")]
    year = run.name.endswith("tasaus")
    draft = ["year-end", run.name[:4]] if year else ["month", run.month]
    found = [
        [*draft, "--as-of", run.as_of, "--format", "html,csv", *told],
        ["approve", run.name or run.month, "--by", "controller"],
    ]
    return [*found, ["status"], ["attack"]] if all_of_them else found


def made(words: list[str], output: Path) -> tuple[float, float]:
    """CPU seconds and peak MB of a command."""
    said = output.with_name("said")
    cost = output.with_name("cost")

    def work() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF)
        code = work_on(words, output)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cost.write_text(f"{cpu} {after.ru_maxrss / 1024}", encoding="utf-8")
        return code

    code = forked(work, said)
    if code:
        raise RuntimeError(f"{words}: {said.read_text(encoding='utf-8')[-600:]}")
    cpu, peak = cost.read_text(encoding="utf-8").split()
    return float(cpu), float(peak)


def size(folder: Path) -> float:
    """MB of all files."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


if __name__ == "__main__":
    main()
