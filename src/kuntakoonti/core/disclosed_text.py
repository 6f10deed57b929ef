"""What of a text that somebody wrote may reach a public byte: rule R11, one function for each kind.

A text is refused where it has an identity code in any disguise, a number is printed only where no
name can be in it. Nothing that is refused is quoted.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from kuntakoonti.core.errors import UsageError, message

LONGEST_TEXT, LONGEST_NUMBER, LETTERS_IN_A_ROW = 200, 30, 6
NOT_PRINTED = "#"  # what an invoice's number that is not printed begins with
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u02d7\u2796"
BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DAY = "(0[1-9]|[12][0-9]|3[01])[. ]?(0[1-9]|1[0-2])[. ]?[0-9]{2}"  # ddmmyy
IDENTITY_CODE = (  # RE2 and Python alike; hyphens and blanks of every kind are one before
    f"{_DAY}("
    "( ?[-+A-FU-Ya-fu-y_] ?| )[0-9]{3} ?[0-9A-Ya-y]"  # century, or the space where it was
    "|[.][0-9]{3} ?[A-Ya-y])"  # a point may also be one of a number
)
_WITHOUT_SIGN = re.compile(f"(?<![0-9A-Za-z]){_DAY}[0-9]{{3}}[0-9A-Ya-y](?![0-9A-Za-z])")
_DIGIT = "[0-9]"  # no braces: the pattern stands in SQL texts that are filled in
BARE_CODE = (
    f"(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2]){6 * _DIGIT}"  # all digits; RE2 and Python alike
)
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"  # asetus 128/2010: the remainder of 31
_NUMBER = re.compile(
    rf"(?=.*[0-9])(?!.*[^\W\d_]{{{LETTERS_IN_A_ROW + 1}}})(?:[^\W\d_]|[0-9 /:._-])+"
)
_AS_FORMULA = "=+-@"

_IDENTITY = message("{option}: write it without a personal identity code.")
_FORM = message("{option}: write at most {length} characters on one line.")
_ROLE = message("{option}: write one of the roles in area.yml that are valid today: {roles}.")
_START = message("{option}: begin with a letter or a digit.")


def has_identity_code(text: str) -> bool:
    """Whether a text has what looks like a Finnish personal identity code, however it is disguised."""
    plain = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    if re.search(IDENTITY_CODE, plain):
        return True
    return any(_is_checked(found[0]) for found in _WITHOUT_SIGN.finditer(plain))


def is_printable_number(text: str, own: Iterable[str] = ()) -> bool:
    """Whether an invoice's number can be printed: digits, and no letters that could be a name.

    Ten digits may be an identity code without its sign, unless the area's numbers are like that;
    ``own``: the patterns of those.
    """
    return (
        len(text) <= LONGEST_NUMBER
        and bool(_NUMBER.fullmatch(text))
        and not re.search(IDENTITY_CODE, text)
        and (not _is_bare_code(text) or any(re.fullmatch(pattern, text) for pattern in own))
    )


def _is_bare_code(text: str) -> bool:
    """Whether a number of ten digits is an identity code without its sign."""
    return bool(re.fullmatch(BARE_CODE, text)) and int(text[:9]) % 31 == int(text[9])


def refuse_person(option: str, text: str) -> None:
    """UsageError unless a text that will be shown or kept is one short line without a person in it."""
    said = text.strip()
    if len(said) > LONGEST_TEXT or not said.isprintable():
        raise UsageError(_FORM, option=option, length=LONGEST_TEXT)
    if has_identity_code(said):
        raise UsageError(_IDENTITY, option=option)
    if said.startswith(tuple(_AS_FORMULA)):
        raise UsageError(_START, option=option)


def refuse_other_role(option: str, role: str, allowed: Sequence[str] | None) -> None:
    """UsageError unless a role is one of the area's; ``allowed`` None: the area has no list."""
    refuse_person(option, role)
    if allowed is not None and role.strip() not in allowed:
        raise UsageError(_ROLE, option=option, roles=", ".join(allowed))


def _plain(sign: str) -> str:
    """A sign as it is compared: one hyphen, one space, digits of every script, nothing invisible."""
    if sign in HYPHENS:
        return "-"
    if sign in BLANKS:
        return " "
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.digit(sign))
    return "" if kind in ("Cf", "Mn") else sign


def _is_checked(code: str) -> bool:
    """Whether the last sign of a code without its century is the one that its digits demand."""
    *digits, check = (c for c in code.upper() if c.isalnum())
    return _CHECKS[int("".join(digits)) % 31] == check
