"""veraPDF's verdict on finished PDFs; a test that needs it is skipped where it cannot be had."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from worlds.places import PROJECT

_FETCH = "dependency:build-classpath -Dmdep.outputFile=target/classpath"


@cache
def _class_path() -> str:
    """The compiled checker and its libraries; skips without Java and Maven or what Maven fetches."""
    if not (shutil.which("mvn") and shutil.which("javac")):
        pytest.skip("veraPDF needs Java and Maven")
    folder = PROJECT / "tests" / "validators"
    maven = ["mvn", "-q", "-B", "-f", str(folder)]
    if subprocess.run([*maven, *_FETCH.split()], capture_output=True).returncode:
        pytest.skip("veraPDF cannot be fetched by Maven")
    libraries = (folder / "target" / "classpath").read_text(encoding="utf-8").strip()
    classes = folder / "target" / "classes"
    source = folder / "src" / "main" / "java" / "CheckPdf.java"
    compiled = ["javac", "-cp", libraries, "-d", str(classes), str(source)]
    subprocess.run(compiled, check=True)  # what is here must compile
    return os.pathsep.join((str(classes), libraries))


def validated(files: list[Path]) -> dict[Path, dict[str, str]]:
    """Each file's verdict (``valid`` or ``INVALID``) by standard (``2a``, ``ua1``)."""
    command = ["java", "-cp", _class_path(), "CheckPdf", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    found: dict[Path, dict[str, str]] = {}
    for line in done.stdout.splitlines():
        if not line.startswith("\t"):
            name, standard, verdict, _ = line.split("\t")
            found.setdefault(Path(name), {})[standard] = verdict
    return found
