"""What who buys and audits software asks for: licences, a bill of materials, the catalogue's metadata."""

import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from worlds.places import PROJECT

from kuntakoonti import __version__

# Words of licences under which the user's own code stays its own.
PERMISSIVE = (
    "0BSD|MPL-2.0|MPL 2.0|Mozilla Public License 2.0|Apache|BSD|CC0|CMU|ISC|MIT|OFL|PSF|Python Software"
    "|Zlib"
)


def test_every_licence_of_what_is_installed_fits() -> None:
    """What `make licences` prints: no package asks for the publication of the user's own code."""
    found = runpy.run_path(str(PROJECT / "tests" / "repository" / "licences.py"))["licences"]()
    assert len(found) > 100
    unfit = [
        p for p in found if not all(re.search(PERMISSIVE, w) for w in _alternatives(p.licence))
    ]
    assert unfit == []


def _alternatives(licence: str) -> list[str]:
    """The parts of an expression: one of those joined by OR is enough, all of those by AND."""
    best = [part for part in licence.split(" OR ") if re.search(PERMISSIVE, part)]
    return (best or [licence])[0].split(" AND ")


def test_a_licence_that_does_not_fit_is_seen() -> None:
    for licence in ("GPL-3.0-or-later", "MIT AND AGPL-3.0-only", "UNKNOWN", ""):
        assert not all(re.search(PERMISSIVE, part) for part in _alternatives(licence))


def test_the_bill_of_materials_has_every_pin_with_its_hashes(tmp_path: Path) -> None:
    """CycloneDX from the lock, as `make sbom` writes it; its own library validates it."""
    (line,) = re.findall(r"cyclonedx-py (.+) -o sbom", (PROJECT / "Makefile").read_text("utf-8"))
    target = tmp_path / "sbom.json"
    command = [sys.executable, "-m", "cyclonedx_py", *line.split(), "-o", str(target)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    bill = json.loads(target.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "kuntakoonti",
    )
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    pins = set(re.findall(r"^(\S+)==(\S+?)(?: |;|$)", lock, re.MULTILINE))
    assert {(c["name"], c["version"]) for c in bill["components"]} == pins
    assert all(c["externalReferences"][0]["hashes"] for c in bill["components"])


def test_the_catalogues_metadata_say_what_the_project_says() -> None:
    """publiccode.yml: version, licence and languages are the program's; texts are as long as asked."""
    told = yaml.safe_load((PROJECT / "publiccode.yml").read_text(encoding="utf-8"))
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert told["softwareVersion"] == __version__
    assert told["legal"]["license"] == declared["license"]
    assert set(told["localisation"]["availableLanguages"]) == {"fi", "sv", "en"}
    for text in told["description"].values():
        assert len(text["shortDescription"]) <= 150 <= len(text["longDescription"]) <= 10_000
