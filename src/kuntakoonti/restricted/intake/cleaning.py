"""What no person wrote into a cell and no reader sees: stripped, so that equal texts are equal.

Space around, invisible characters, escapes of a spreadsheet, the apostrophe and the formula that
keep an identifier as text; a word for nothing is nothing.
"""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_TEXT = pa.string()
_INVISIBLE = (  # controls, soft hyphen, zero width, directions, byte order marks
    "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F\u00ad\u034f\u061c\u115f\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
    "|_x00(?:0[0-9A-Fa-f]|1[0-9A-Fa-f]|7[Ff])_|_x(?:FEFF|200[B-F])_"
)
_IN_TEXT = re.compile(_INVISIBLE)
_AS_TEXT = '^(?:=\\s*"([^"]*)"|[\'\u2019]([^\'\u2019]*))$'
_WORDS = (
    "NULL null Null (NULL) (null) None NA na N/A n/a <NA> NaN nan NAN NaT \\N - -- \u2013 \u2014"
    " (blank) (tyhjä) (tom)"
)
NOTHING = pa.array(["", *_WORDS.split()], _TEXT)
_LONGEST_WORD = max(len(word.encode()) for word in _WORDS.split())


def cleaned(cells: pa.Array) -> pa.Array:
    """Cells without what is invisible or around them; null where nothing is left.

    Of a column that repeats its cells (a dictionary) each different one is looked at once.
    """
    if pa.types.is_null(cells.type):
        return cells.cast(_TEXT)
    if pa.types.is_dictionary(cells.type):
        return _cleaned_dictionary(cells)
    odd, kept_as_text, spaced = _bytes_in(cells)
    if odd:
        cells = pc.replace_substring_regex(cells, _INVISIBLE, "")
    if odd or spaced:
        cells = pc.utf8_trim_whitespace(cells)
    if odd or kept_as_text:
        cells = pc.utf8_trim_whitespace(pc.replace_substring_regex(cells, _AS_TEXT, r"\1\2"))
    if (pc.min(pc.binary_length(cells)).as_py() or 0) > _LONGEST_WORD:
        return cells
    return pc.if_else(pc.is_in(cells, value_set=NOTHING), pa.scalar(None, _TEXT), cells)


def _cleaned_dictionary(cells: pa.Array) -> pa.Array:
    """A column of few different texts; still one where nothing had to be cleaned."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.unify_dictionaries().combine_chunks()
    texts = cleaned(cells.dictionary)
    same = texts.null_count == cells.dictionary.null_count and texts.equals(cells.dictionary)
    return cells if same else texts.take(cells.indices)


def is_harmless(cells: pa.ChunkedArray) -> bool:
    """Whether no cell is long enough for an identity code or has a sign of a damaged identifier."""
    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    if longest >= 10:
        return False
    signs = [ord(sign) for sign in "#+-.,_ "]
    return not any(
        (part > 126).any() or any((part == sign).any() for sign in signs) for part in _bytes(cells)
    )


def _bytes_in(cells: pa.Array) -> tuple[bool, bool, bool]:
    """Whether any cell has letters outside plain ASCII or an escape, = or an apostrophe, a space."""
    parts = list(_bytes(cells))

    def has(*signs: str) -> bool:
        return any((part == ord(sign)).any() for part in parts for sign in signs)

    odd = any((part - 32 > 126 - 32).any() for part in parts)  # below a space wraps around
    if not odd and has("_"):
        odd = _any(pc.match_substring(cells, "_x"))
    return odd, has("=", "'"), has(" ")


def _bytes(cells: pa.Array) -> Iterator[npt.NDArray[np.uint8]]:
    """The buffers of some texts, whether or not a cell shows all of them."""
    for chunk in cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]:
        buffer = chunk.buffers()[2] if len(chunk) else None
        if buffer is not None:
            yield np.frombuffer(buffer, np.uint8)


def visible(text: str) -> str:
    """One text without invisible characters and space around."""
    return _IN_TEXT.sub("", text).strip()


def _any(flags: pa.Array) -> bool:
    return bool(pc.any(flags).as_py())
