"""docs/licences.md, written from what is installed by requirements.lock: `make licences`."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of what the program installs

Written by `make licences` from the metadata of the packages in `requirements.lock` (Linux). A test compares it, and refuses a
licence that is not in its list: none of them asks for a publication of the user's own code.

| package | licence |
|---|---|
"""


class Licence(NamedTuple):
    """A package and the licence that its metadata says."""

    package: str
    licence: str


def licences() -> list[Licence]:
    """Of every installed package of requirements.lock, by name."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE))
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    found = ((re.sub(r"[._-]+", "-", p["Name"].lower()), p["License"]) for p in told)
    return sorted(Licence(n, " ".join(said.split())[:90]) for n, said in found if n in wanted)


def page() -> str:
    """The whole document."""
    return HEAD + "".join(f"| {p.package} | {p.licence} |\n" for p in licences())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
