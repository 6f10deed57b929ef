"""Draws this folder again from the pages of the example: `make pictures`; needs Debian's poppler-utils."""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

from kuntakoonti.cli.main import main

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data" / "example"
LARGE, SMALL = 88, 44  # dots per inch
# picture: a page of a file (below OUTPUT) and its size
PICTURES = {
    "annex": ("2025-08/297-*/*koontitiedot-2025-08-en.pdf", 1, LARGE),
    "annex-small-sv": ("2025-08/857-*/*koontitiedot-2025-08-sv.pdf", 1, SMALL),
    "adjustment": ("2025-tasaus/857-*/*tasaus-2025.pdf", 1, SMALL),
    "board": ("2025-tasaus/area/*yhteenveto-2025-tasaus.pdf", 1, SMALL),
    "statement-en": ("2025-tasaus/statement-en.pdf", 1, SMALL),
}


def make(output: Path) -> None:
    """August and the final adjustment of 2025, approved, in three languages."""
    for release, as_of in (("month 2025-08", "2025-09-15"), ("year-end 2025", "2026-02-28")):
        words = [*release.split(), "--as-of", as_of, "--data", str(DATA), "--output", str(output)]
        languages = [w for code in ("fi", "sv", "en") for w in ("--language", code)]
        if main([*words, *languages, "--format", "pdf", "--approve-by", "controller"]):
            sys.exit("kuntakoonti failed; the pictures are as they were")


def draw(pdf: Path, page: int, dots: int, target: Path) -> None:
    """One page as a PNG of sixteen shades, with a line around it."""
    command = ["pdftoppm", "-r", str(dots), "-f", str(page), "-l", str(page), "-png", str(pdf)]
    drawn = subprocess.run(command, check=True, capture_output=True).stdout
    with tempfile.TemporaryFile() as file:
        file.write(drawn)
        file.seek(0)
        image = ImageOps.expand(Image.open(file).convert("RGB"), 1, "#b8c4c7")
    image.quantize(24, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "outputs"
        make(output)
        for name, (pattern, page, dots) in PICTURES.items():
            draw(next(output.glob(pattern)), page, dots, HERE / f"{name}.png")
