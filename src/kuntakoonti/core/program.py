"""The program itself: where its files lie, and their digest."""

import hashlib
import os
from pathlib import Path

from kuntakoonti.core.settings import PROJECT


def program_digest() -> str:
    """SHA-256 of everything that makes a report: the package's files and the notebooks."""
    package = Path(__file__).parents[1]
    paths = [p for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    paths += (PROJECT / "notebooks").glob("*.ipynb")
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(os.fsencode(path.name) + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
