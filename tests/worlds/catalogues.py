"""The catalogues of messages, and the words that a language does not use."""

import re

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from kuntakoonti.core.language import CATALOGUES, Language

PLACE = re.compile(r"\{(\w*)\}")
TAG = re.compile(r"</?\w+>")
NAMES = {"kuntakoonti", "controller"}  # the program, and the role that approves in the tests


def catalogue(code: str) -> Catalog:
    path = CATALOGUES / code / "LC_MESSAGES" / "kuntakoonti.po"
    with path.open("rb") as file:
        return read_po(file, locale=code)


def messages(code: str) -> list[Message]:
    return [m for m in catalogue(code) if m.id]


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def words(text: str) -> set[str]:
    """The words of four letters or more, places and tags aside."""
    plain = TAG.sub(" ", PLACE.sub(" ", text)).replace("\u00ad", "")
    return set(re.findall(r"[^\W\d_]{4,}", plain.casefold()))


def finnish(code: str) -> set[str]:
    """The words of the source that the language does not use, and the Finnish months."""
    source = {w for m in messages(code) for t in forms(m.id) for w in words(t)}
    used = {w for m in messages(code) for t in forms(m.string) for w in words(t)}
    months = {Language("fi").month_name(f"2025-{m:02d}") for m in range(1, 13)}
    return (source - used - NAMES) | months
