"""Fictional ids for millions of rows, made of digits and letters as one block of bytes."""

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]

from kuntakoonti.core.errors import UsageError
from kuntakoonti.example.clock import Ints

Text = pd.api.extensions.ExtensionArray  # of strings
_LETTERS = np.frombuffer(b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ", np.uint8)
_BITS = 25  # five letters of 32 after the X


def client_ids(count: int) -> Text:
    """Pseudonyms such as ``X7K2QD``: X and five letters, never alike, in no order, never digits."""
    if count > 2**_BITS:
        raise UsageError("Too many clients for the example data; write a smaller --scale.")
    mixed = np.arange(count, dtype=np.int64)
    for factor in (20_077_285, 11_400_715):  # odd factors and shifts: a permutation of 2^25 numbers
        mixed = (mixed * factor + 7_654_321) % 2**_BITS
        mixed ^= mixed >> 11
    block = np.full((count, 6), ord("X"), np.uint8)
    for place in range(5):
        block[:, place + 1] = _LETTERS[(mixed >> 5 * place) & 31]
    return _text(block)


def numbered_ids(letter: str, numbers: Ints) -> Text:
    """``P000123``: a letter and the number with at least six digits, as many as the largest has."""
    digits = max(6, len(str(int(numbers.max(initial=0)))))
    block = np.full((len(numbers), digits + 1), ord(letter), np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(digits, 0, -1):
        rest, digit = np.divmod(rest, 10)
        block[:, place] = digit + ord("0")
    return _text(block)


def _text(block: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> Text:
    """Rows of bytes (count × width) as a pandas string array, without a Python object per row."""
    count, width = block.shape
    offsets = pa.py_buffer(np.arange(count + 1, dtype=np.int64) * width)
    strings = pa.LargeStringArray.from_buffers(count, offsets, pa.py_buffer(block))
    text: Text = pd.array(strings, dtype="str")
    return text
