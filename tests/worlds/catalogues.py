"""The catalogues of messages, and the words that a language does not use."""

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from kuntakoonti.core.catalogues import CATALOGUES, CONTEXT, SOURCE
from kuntakoonti.core.language import LANGUAGES, Language

TRANSLATED = tuple(code for code in LANGUAGES if code != SOURCE)
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


def keys(message: Message) -> Iterator[str]:
    """What gettext is asked for: the message after its context, a plural in its two forms."""
    for form in forms(message.id):
        yield f"{message.context}{CONTEXT}{form}" if message.context else form


def texts(code: str) -> list[tuple[str, ...]]:
    """What a language says, message by message in the order of the source; plurals in their forms."""
    own = code == SOURCE
    known = messages(TRANSLATED[0] if own else code)
    return [forms(m.id if own else m.string) for m in known]


def words(text: str) -> set[str]:
    """The words of four letters or more, places and tags aside."""
    plain = TAG.sub(" ", PLACE.sub(" ", text)).replace("\u00ad", "")
    return set(re.findall(r"[^\W\d_]{4,}", plain.casefold()))


def finnish(code: str) -> set[str]:
    """The words of the Finnish that the language does not use, and the Finnish months."""
    own, used = ({w for said in texts(c) for t in said for w in words(t)} for c in ("fi", code))
    months = {Language("fi").month_name(f"2025-{m:02d}") for m in range(1, 13)}
    return (own - used - NAMES) | months
