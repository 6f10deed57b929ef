"""What no person wrote into a cell and no reader sees: stripped, so that equal texts are equal.

Space around, invisible characters, escapes of a spreadsheet, the apostrophe and the formula that
keep an identifier as text; a word for nothing is nothing.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

_TEXT = pa.string()
_INVISIBLE = (  # controls, soft hyphen, zero width, directions, byte order marks
    "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F\u00ad\u034f\u061c\u115f\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
    "|_x00(?:0[0-9A-Fa-f]|1[0-9A-Fa-f]|7[Ff])_|_x(?:FEFF|200[B-F])_"
)
_IN_TEXT = re.compile(_INVISIBLE)
_AS_TEXT = r"""^(?:=\s*"([^"]*)"|['\u2019]([^'\u2019]*))$"""  # ="000123" and '000123
NOTHING = pa.array(
    [
        "NULL",
        "null",
        "Null",
        "(NULL)",
        "(null)",
        "None",
        "NA",
        "na",
        "N/A",
        "n/a",
        "<NA>",
        "NaN",
        "nan",
        "NAN",
        "NaT",
        "\\N",
        "-",
        "--",
        "–",
        "—",
    ]
)


def cleaned(cells: pa.Array) -> pa.Array:
    """Cells without what is invisible or around them; null where nothing is left."""
    if pa.types.is_null(cells.type):
        return cells.cast(_TEXT)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(_TEXT)
    if (
        _any(pc.invert(pc.string_is_ascii(cells)))
        or _any(pc.match_substring(cells, "_x"))
        or not pc.all(pc.ascii_is_printable(cells)).as_py()
    ):
        cells = pc.replace_substring_regex(cells, _INVISIBLE, "")
    cells = pc.utf8_trim_whitespace(cells)
    if _any(pc.match_substring_regex(cells, "^[='\u2019]")):
        cells = pc.replace_substring_regex(cells, _AS_TEXT, r"\1\2")
        cells = pc.utf8_trim_whitespace(cells)
    nothing = pc.or_(pc.equal(cells, ""), pc.is_in(cells, value_set=NOTHING))
    return pc.if_else(nothing, pa.scalar(None, _TEXT), cells)


def visible(text: str) -> str:
    """One text without invisible characters and space around."""
    return _IN_TEXT.sub("", text).strip()


def _any(flags: pa.Array) -> bool:
    return bool(pc.any(flags).as_py())
