"""What no person wrote into a cell and no reader sees: stripped, so that equal texts are equal.

Space around, invisible characters, escapes of a spreadsheet, the apostrophe and the formula that
keep an identifier as text; a word for nothing is nothing.
"""

import re

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
)
NOTHING = pa.array(["", *_WORDS.split()], _TEXT)


def cleaned(cells: pa.Array) -> pa.Array:
    """Cells without what is invisible or around them; null where nothing is left."""
    if pa.types.is_null(cells.type) or pa.types.is_dictionary(cells.type):
        cells = cells.cast(_TEXT)
    odd, kept_as_text, spaced = _bytes_in(cells)
    if odd:
        cells = pc.replace_substring_regex(cells, _INVISIBLE, "")
    if odd or spaced:
        cells = pc.utf8_trim_whitespace(cells)
    if odd or kept_as_text:
        cells = pc.utf8_trim_whitespace(pc.replace_substring_regex(cells, _AS_TEXT, r"\1\2"))
    return pc.if_else(pc.is_in(cells, value_set=NOTHING), pa.scalar(None, _TEXT), cells)


def is_harmless(cells: pa.ChunkedArray) -> bool:
    """Whether no cell is long enough for an identity code or has a sign of a damaged identifier."""
    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    found = _histogram(cells)
    return longest < 10 and not found[127:].any() and not any(found[ord(c)] for c in "#+-.,_ ")


def _bytes_in(cells: pa.Array) -> tuple[bool, bool, bool]:
    """Whether any cell has letters outside plain ASCII or an escape, = or an apostrophe, a space."""
    found = _histogram(cells)
    escapes = bool(found[ord("_")] and found[ord("x")]) and _any(pc.match_substring(cells, "_x"))
    odd = bool(found[:32].any() or found[127:].any()) or escapes
    return odd, bool(found[ord("=")] or found[ord("'")]), bool(found[32])


def _histogram(cells: pa.Array) -> npt.NDArray[np.int64]:
    """How often each byte is in the buffers of some texts, whether or not a cell shows it."""
    chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
    found = np.zeros(256, np.int64)
    for chunk in chunks:
        buffer = chunk.buffers()[2] if len(chunk) else None
        if buffer is not None:
            found += np.bincount(np.frombuffer(buffer, np.uint8), minlength=256)
    return found


def visible(text: str) -> str:
    """One text without invisible characters and space around."""
    return _IN_TEXT.sub("", text).strip()


def _any(flags: pa.Array) -> bool:
    return bool(pc.any(flags).as_py())
