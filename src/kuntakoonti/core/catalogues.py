"""gettext's catalogues of the messages: the language in which the code says them needs none.

A message that stands twice in the code and is two in another language is told apart by a context,
which gettext keeps before it: ``message("Euros", context="of a worksheet")``.
"""

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"
SOURCE = "en"  # the language of the messages in the code
CONTEXT = "\x04"  # gettext's mark between a context and its message


@cache
def catalogue(code: str) -> NullTranslations:
    """The catalogue of a language; OSError for one that there is not."""
    if code == SOURCE:
        return NullTranslations()
    return translation("kuntakoonti", str(CATALOGUES), [code])


def translated(code: str, message: str) -> str:
    """A message in a language, its places not filled; the message itself where it has none."""
    return catalogue(code).gettext(message).rpartition(CONTEXT)[2]


def counted(code: str, one: str, many: str, count: int) -> str:
    """The form of a message for a count in a language, its places not filled."""
    return catalogue(code).ngettext(one, many, count)


def message_of(finnish: str) -> str:
    """The message whose Finnish a text is, else the text.

    The notebooks speak Finnish, and so do the outcomes of reports in an OUTPUT folder of the time
    when the code did.
    """
    return _messages_by_finnish().get(finnish, finnish)


@cache
def _messages_by_finnish() -> dict[str, str]:
    """Babel loses the contexts of a compiled catalogue; gettext keeps them in its own table."""
    table: dict[object, str] = vars(catalogue("fi")).get("_catalog", {})
    return {said: key for key, said in table.items() if isinstance(key, str) and key}
