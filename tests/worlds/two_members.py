"""An area of two municipalities and little data, and commands on it as an analyst runs them."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.cli.main import main

NOT_COMPARED = ("restricted/log", "restricted/prepare")  # they tell when a run was
KEY = "ab" * 32
FILLED_IN = {"sender": "{fi: Keksitty}", "case_number": "1/02.05.00/2025", "contact": "{fi: rooli}"}


@dataclass(frozen=True)
class TwoMembers:
    """The folder with ``parameters/`` and ``data/``, and the words of the commands."""

    folder: Path

    @property
    def month(self) -> list[str]:
        return ["month", "2025-08", "--as-of", "2025-09-15", *self._told()]

    @property
    def year_end(self) -> list[str]:
        return ["year-end", "2025", "--as-of", "2026-02-28", *self._told()]

    def _told(self) -> list[str]:
        places = [f"--{name}={self.folder / name}" for name in ("data", "parameters")]
        return [*places, "--format", "html,csv", "--workers", "2"]


VERIFY = (
    "verify", "2025-08", "--municipality", "179", "--basis", "laki", "--approved-by", "controller",
)  # fmt: skip


def told(world: TwoMembers) -> list[str]:
    """The words that name its records and parameters."""
    return [f"--{name}={world.folder / name}" for name in ("data", "parameters")]


def make_archive(world: TwoMembers, output: Path) -> None:
    """August approved, exact figures of 179 given out, its package sent."""
    month = ["month", "2025-08", "--as-of", "2025-09-15", *told(world), "--workers", "1"]
    place = ["--output", str(output)]
    assert main([*month, "--approve-by", "controller", *place]) == 0
    assert main([*VERIFY, *told(world), *place]) == 0
    sent = ["sent", "2025-08", "--municipality", "179", "--channel", "posti"]
    assert main([*sent, *place]) == 0


def approve(release: str) -> list[str]:
    return ["approve", release, "--by", "controller", "--workers", "2"]


def make_two_members(folder: Path, scale: str = "0.2", months: int = 24) -> None:
    """Parameters by `new-area`, filled in, and a fifth of the invented records."""
    kuntakoonti("new-area", "09", str(folder / "parameters"))
    size = ["--scale", scale, "--months", str(months)]
    kuntakoonti("example-data", str(folder / "data"), "--area", "09", *size)
    path = folder / "parameters" / "area.yml"
    text = path.read_text(encoding="utf-8")
    lines = [f"{n}: {FILLED_IN[n]}" if (n := line.split(":")[0]) in FILLED_IN else line
             for line in text.splitlines()]  # fmt: skip
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def with_key(output: Path) -> Path:
    """A new OUTPUT with a known key, so that the keyed fingerprints of two can be equal."""
    (output / "restricted").mkdir(parents=True, mode=0o700)
    (output / "restricted" / "key").write_text(KEY, encoding="ascii")
    return output


def kuntakoonti(*words: str) -> str:
    """Run a command to its end; what it said. AssertionError if it failed."""
    done = subprocess.run([sys.executable, "-m", "kuntakoonti", *words], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr.decode()


def contents(output: Path) -> dict[str, bytes]:
    """Every file of an OUTPUT that does not tell when it was made."""
    named = {p.relative_to(output).as_posix(): p for p in sorted(output.rglob("*")) if p.is_file()}
    return {n: p.read_bytes() for n, p in named.items() if not n.startswith(NOT_COMPARED)}
