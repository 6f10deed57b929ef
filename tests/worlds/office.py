"""The machine's LibreOffice, for the tests that open a workbook as a clerk's own program does."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def converted(workbook: Path, kind: str, folder: Path) -> Path:
    """A workbook as LibreOffice prints it (``pdf``) or reads its first sheet (``csv``).

    Without LibreOffice the test is skipped, under CI it fails.
    """
    if not shutil.which("soffice"):
        assert not os.environ.get("CI"), "CI installs libreoffice-calc, and it is not there"
        pytest.skip("no soffice here; Debian's package libreoffice-calc makes this test run")
    home = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", kind, "--outdir", str(folder)]
    subprocess.run([*command, str(workbook)], check=True, capture_output=True, timeout=180)
    return folder / f"{workbook.stem}.{kind}"
