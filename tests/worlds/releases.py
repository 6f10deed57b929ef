"""Releases of the example data by the command line, and what is in an OUTPUT."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from worlds.places import EXAMPLE, PROJECT

from kuntakoonti.cli.main import main
from kuntakoonti.public.ledger import append
from kuntakoonti.restricted.preparation import stages


def run_month(month: str, as_of: str, output: Path, *more: str) -> int:
    """`kuntakoonti month` on the example data."""
    words = ["month", month, "--as-of", as_of, "--data", str(EXAMPLE), "--output", str(output)]
    return main([*words, *more])


def run_year_end(year: str, as_of: str, output: Path, *more: str) -> int:
    """`kuntakoonti year-end` on the example data."""
    words = ["year-end", year, "--as-of", as_of, "--data", str(EXAMPLE), "--output", str(output)]
    return main([*words, *more])


ELEVEN = ("204", "239", "297", "402", "686", "687", "749", "778", "844", "857", "921")


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder: hash and time of change."""
    return {
        str(p.relative_to(folder)): (
            hashlib.sha256(p.read_bytes()).hexdigest(),
            p.stat().st_mtime_ns,
        )
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def hashes(folder: Path) -> dict[str, str]:
    return {name: digest for name, (digest, _) in snapshot(folder).items()}


def publish_year(output: Path) -> None:
    """Twelve monthly releases and the final adjustment of the example data, into the ledger alone."""
    months = [(f"2025-{m:02d}", f"{2025 + m // 12}-{m % 12 + 1:02d}-15", "") for m in range(1, 13)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNTAKOONTI_DATA", str(EXAMPLE))
        patch.setenv("KUNTAKOONTI_PARAMETERS", str(PROJECT / "parameters"))
        patch.setenv("KUNTAKOONTI_OUTPUT", str(output))
        for month, as_of, name in [*months, ("2025-12", "2026-02-28", "2025-tasaus")]:
            room = stages.open_area(month, as_of, name)
            figures = stages.count_figures(room, stages.read_records(room))
            record = stages.protect(room, figures).record
            append(
                room.settings.output.ledger, room.archive, replace(record, approved_by="controller")
            )


# Releases in a row: the release, its extraction date, and whose pages are rendered.
FIVE_RELEASES = (
    ("2025-08", "2025-09-15", ("204", "297", "402", "778", "844", "857")),
    ("2025-12", "2026-01-15", ("297", "857")),
    ("2025-tasausarvio", "2026-01-20", ("844",)),
    ("2025-tasaus", "2026-02-28", ("297", "857")),
    ("2026-02", "2026-03-16", ("297", "844")),
)


def make_five_releases(home: Path) -> None:
    """`FIVE_RELEASES` in ``outputs``, the months of 2025 approved; the pages of some are rendered.

    By ``parameters`` in which Tuusniemi and the board have asked for three languages.
    """
    parameters = Path(shutil.copytree(PROJECT / "parameters", home / "parameters"))
    area = (parameters / "area.yml").read_text(encoding="utf-8")
    area = area.replace("language: fi\n", "language: fi\nlanguages: [fi, sv, en]\n")
    area = area.replace('{code: "857", ', '{code: "857", languages: [fi, sv, en], ')
    (parameters / "area.yml").write_text(area, encoding="utf-8")
    for release, as_of, codes in FIVE_RELEASES:
        more = [word for code in codes for word in ("--municipality", code)]
        more += ["--parameters", str(parameters)]
        more += ["--approve-by", "controller"] if release in ("2025-08", "2025-12") else []
        run, name = (run_year_end, release[:4]) if "tasaus" in release else (run_month, release)
        assert run(name, as_of, home / "outputs", *more) == 0
