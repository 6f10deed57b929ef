"""What a command costs that has little or nothing to do: its start.

    python benchmarks/startup.py [--repeat 5]

CPU seconds of a whole process (its children too), medians, and the ratio to an empty Python program
in the same run: the help, a month of the example made from nothing, the same month again, its
approval, and what is left when everything is approved already.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from cost import adopt_orphans, measured

EXAMPLE = Path(__file__).parent.parent / "data" / "example"


def cpu_seconds(program: Sequence[str]) -> float:
    """Run a program to its end; an exit code other than 0 is an error."""
    return measured(EXAMPLE, [sys.executable, *program]).cpu


def round_of(output: Path) -> dict[str, float]:
    """Every command once, in the order of a month; seconds by what it is."""
    command = ["-m", "kuntakoonti"]
    month = [*command, "month", "2025-08", "--as-of", "2025-09-15", "--data", str(EXAMPLE)]
    month += ["--output", str(output)]
    approve = [*command, "approve", "2025-08", "--by", "controller", "--output", str(output)]
    programs = {
        "an empty program": ["-c", ""],
        "--help": [*command, "--help"],
        "month, from nothing": month,
        "month again, a draft": month,
        "approve": approve,
        "month again, approved": month,
        "approve again": approve,
        "status": [*command, "status", "--output", str(output)],
    }
    return {name: cpu_seconds(program) for name, program in programs.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="What a command costs that has nothing to do.")
    parser.add_argument("--repeat", type=int, default=5)
    rounds = []
    adopt_orphans()
    for _ in range(parser.parse_args().repeat):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(round_of(Path(folder) / "output"))
    seconds = {name: median(r[name] for r in rounds) for name in rounds[0]}
    floor = seconds["an empty program"]
    print("| command | CPU s | × an empty program |\n|---|---|---|")
    for name, took in seconds.items():
        print(f"| {name} | {took:.2f} | {took / floor:.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
