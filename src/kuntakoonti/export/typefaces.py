"""The typefaces of a PDF, and what stands for a character that none of them has.

The pages of a release are set in one typeface. For any other notebook there are those that come with
matplotlib and typst (Greek, Cyrillic, Arabic, Hebrew, emoticons, symbols, mathematics, code), and
folders that the user names.
"""

import base64
import io
import os
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import font_source_sans_pro
import typst

from kuntakoonti.core.files import TEMPORARY

OWN, SECOND, CODE = "Source Sans Pro", "DejaVu Sans", "DejaVu Sans Mono"
FACES = ("Regular", "It", "Semibold", "Bold")
SECOND_FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique")
SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
SOFT_HYPHEN = "\u00ad"  # of category Cf, but typst knows it
JOINERS = frozenset("\u200c\u200d")  # of category Cf, but they shape letters
SHAPELESS = frozenset(chr(c) for c in (*range(0xFE00, 0xFE10), 0x20E3))  # choose another look
LOOKALIKES = {"\u2009": "\u202f", "\u2010": "-", "\u2011": "-"}
# Of a page of HTML: Latin-1, the letters of Sámi and of the neighbours, and typographic signs.
WESTERN = (*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—−…’”“„•·€→←÷×±≤≥≈"))
MISSING = "■"  # stands for a letter that no typeface has; a symbol is named


@dataclass(frozen=True)
class Typefaces:
    """Families in the order in which a character is looked for, their files, and what they have.

    ``named``: symbols without a shape are named in brackets. ``missing`` gathers what had none.
    """

    families: tuple[str, ...]
    fonts: typst.Fonts
    glyphs: frozenset[int]
    named: bool = False
    missing: set[str] = field(default_factory=set)

    def printable(self, run: str) -> str:
        """A text without what has no shape and with a replacement for what no typeface has."""
        if run.isascii() and run.isprintable():
            return run
        text = unicodedata.normalize("NFC", run)
        return "".join(self._printable(c, text[i - 1 : i]) for i, c in enumerate(text))

    def in_formula(self, run: str) -> str:
        """The same of a formula, whose typeface has the signs of mathematics as well."""
        known = _of_mathematics()
        return "".join(c if ord(c) in known else self.printable(c) for c in run)

    def _printable(self, character: str, before: str) -> str:
        if character == SOFT_HYPHEN:
            return character
        if self.named and character in JOINERS and unicodedata.category(before or " ")[0] == "L":
            return character if ord(character) in self.glyphs else ""
        if self.named and character in SHAPELESS:
            return ""
        if unicodedata.category(character) in UNPRINTABLE:
            return " " if character.isspace() else ""
        character = LOOKALIKES.get(character, character)
        return character if ord(character) in self.glyphs else self._replaced(character)

    def _replaced(self, character: str) -> str:
        self.missing.add(character)
        named = unicodedata.name(character, "")
        if not self.named or not named or unicodedata.category(character)[0] != "S":
            return MISSING
        return f"[{named.rpartition('REGIONAL INDICATOR SYMBOL LETTER ')[2].lower()}]"


@cache
def own() -> Typefaces:
    """The typeface of a release's pages."""
    return Typefaces((OWN,), _fonts(second=False), _glyphs(own_files()[0]))


def any_script(folders: tuple[str, ...] = ()) -> Typefaces:
    """The typefaces of any other page, with those in the user's folders last."""
    further = tuple(str(path) for path in _found(folders))
    families = (OWN, SECOND, *_families(further))
    glyphs = frozenset().union(
        _glyphs(own_files()[0]), _glyphs(_second_files()[0]), *map(_glyphs, map(Path, further))
    )
    return Typefaces(families, _fonts(second=True, folders=folders), glyphs, named=True)


def own_files() -> list[Path]:
    return [_own_file(face) for face in FACES]


def _own_file(face: str) -> Path:
    return Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{face}.otf"


@lru_cache(maxsize=64)
def web_faces(characters: frozenset[str]) -> str:
    """Our typeface for a page of HTML, with its characters only: style rules with two faces.

    The same bytes at every time; a character that the typeface lacks is shown in the reader's own.
    """
    return "".join(_web_face(*pair, characters) for pair in (("Regular", 400), ("Semibold", 600)))


def _web_face(face: str, weight: int, characters: frozenset[str]) -> str:
    made = _subset(_western(face), map(ord, characters), flavor="woff")
    code = base64.b64encode(made).decode("ascii")
    return (
        f'@font-face{{font-family:"{OWN}";font-weight:{weight};'
        f'src:url("data:font/woff;base64,{code}") format("woff")}}\n'
    )


@cache
def _western(face: str) -> bytes:
    """A face with the letters of western Europe: ten times faster to take a page's letters from."""
    return _subset(_own_file(face).read_bytes(), WESTERN)


def _subset(font: bytes, codes: Iterable[int], flavor: str | None = None) -> bytes:
    from fontTools import subset

    options = subset.Options(
        flavor=flavor, hinting=False, layout_features=["lnum", "tnum"], name_IDs=[],
        recalc_timestamp=False,
    )  # fmt: skip
    opened = subset.load_font(io.BytesIO(font), options)
    chosen, made = subset.Subsetter(options), io.BytesIO()
    chosen.populate(unicodes=codes)
    chosen.subset(opened)
    subset.save_font(opened, made, options)
    return made.getvalue()


def _second_files() -> list[Path]:
    from matplotlib import get_data_path  # slow to import

    return [Path(get_data_path()) / "fonts" / "ttf" / f"{face}.ttf" for face in SECOND_FACES]


def _found(folders: Iterable[str]) -> list[Path]:
    files = (path for folder in folders for path in Path(folder).rglob("*"))
    return sorted(path for path in files if path.suffix.lower() in SUFFIXES)


@cache
def _of_mathematics() -> frozenset[int]:
    """The signs that a face of mathematics has: those of another one, and braces over and under."""
    from matplotlib import get_data_path

    folder = Path(get_data_path()) / "fonts" / "ttf"
    return _glyphs(folder / "STIXGeneral.ttf") | frozenset(range(0x23B4, 0x23E2))


@cache
def _families(files: tuple[str, ...]) -> tuple[str, ...]:
    from matplotlib.ft2font import FT2Font  # slow to import, and seldom the first to be needed

    return tuple(dict.fromkeys(FT2Font(file).family_name for file in files))


@cache
def _glyphs(file: Path) -> frozenset[int]:
    """The characters that a face has."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(file)).get_charmap())


@cache
def letter_width(character: str) -> float:
    """In our typeface, in thousandths of the size; of a letter it lacks, that of a wide one."""
    from matplotlib.ft2font import LoadFlags

    face = _face(own_files()[0])
    if ord(character) not in _glyphs(own_files()[0]):
        return 800.0
    glyph = face.load_char(ord(character), flags=LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) * 1000 / float(face.units_per_EM)


@cache
def _face(file: Path) -> Any:
    from matplotlib.ft2font import FT2Font

    return FT2Font(str(file))


@cache
def _fonts(second: bool, folders: tuple[str, ...] = ()) -> typst.Fonts:
    """The faces that are used, read once into memory; nothing of the system's fonts.

    typst opens a face when it first needs it, so one small page that needs all of them is set
    before the folder that holds just these files goes away.
    """
    files = [*own_files(), *(_second_files() if second else ())]
    with tempfile.TemporaryDirectory(prefix=f"{TEMPORARY}{os.getpid()}-") as folder:
        for file in files:
            (Path(folder) / file.name).symlink_to(file)
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=second,
            font_paths=[folder, *folders],
        )
        faces = "".join(
            f'#[#set text(font: "{family}"); a _a_ *a* #text(weight: 600)[a] _*a*_]'
            for family in ((OWN, SECOND) if second else (OWN,))
        )
        typst.Compiler(font_paths=fonts).compile(faces.encode(), format="pdf")
    return fonts
