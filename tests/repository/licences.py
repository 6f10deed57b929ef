"""The licences of what requirements.lock installs, by the packages' own metadata: `make licences`."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).parents[2] / "requirements.lock"


class Licence(NamedTuple):
    """A package and the licence that its metadata says."""

    package: str
    licence: str


def licences() -> list[Licence]:
    """Of every installed package of the lock, by name."""
    wanted = set(re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text("utf-8"), re.MULTILINE))
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    found = ((re.sub(r"[._-]+", "-", p["Name"].lower()), p["License"]) for p in told)
    return sorted(Licence(n, " ".join(said.split())[:90]) for n, said in found if n in wanted)


if __name__ == "__main__":
    for package, licence in licences():
        print(f"{package}: {licence}")
