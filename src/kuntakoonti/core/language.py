"""Every word, number, euro and date that a reader sees.

A message is written in one language where it is used, and looked up for the others in the gettext
catalogues of ``locale/`` (`kuntakoonti.core.catalogues`; ``make catalogues`` extracts and compiles
them). It is a whole sentence with named ``{places}``; nothing is glued together or inflected.

Numbers follow Babel's locale data with the choices of the field: in Finnish and Swedish a no-break
space between groups and before € and %, dates as ``14.8.2025``; in English ``€1,234.50`` and
``14 August 2025``; everywhere a real minus sign (U+2212) and month names in the nominative.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.lists import format_list
from babel.numbers import format_decimal

from kuntakoonti.core.catalogues import CATALOGUES, counted, translated
from kuntakoonti.core.errors import UsageError, message
from kuntakoonti.core.periods import is_month

__all__ = ["CATALOGUES", "LANGUAGES", "MINUS", "NBSP", "Language", "message"]

NBSP = "\u00a0"
MINUS = "\u2212"
LANGUAGES = ("fi", "sv", "en")
_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}


@dataclass(frozen=True)
class Language:
    """A language of the pages and of the messages: ``fi``, ``sv`` or ``en``."""

    code: str = "fi"

    def __post_init__(self) -> None:
        if self.code not in _LOCALES:
            raise UsageError("There is no language {code}; write fi, sv or en.", code=self.code)

    @property
    def locale(self) -> Locale:
        return Locale.parse(_LOCALES[self.code])

    def text(self, message: str, /, **values: object) -> str:
        """A message in this language with its places filled."""
        said = translated(self.code, message)
        return said.format(**values) if values else said

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The singular or plural message for a count; ``{count}`` is the grouped number."""
        said = counted(self.code, one, many, count)
        return said.format(count=self.number(count), **values)

    def number(self, value: int) -> str:
        """A whole number with grouped thousands."""
        return _typeset(str(format_decimal(value, format="#,##0", locale=self.locale)))

    def decimal(self, value: float) -> str:
        """A number on an axis: grouped, with the decimals that it has, three at most."""
        return _typeset(str(format_decimal(value, format="#,##0.###", locale=self.locale)))

    def euros(self, cents: int, unit: bool = True) -> str:
        """Cents as euros with two decimals; no float on the way."""
        amount = format_decimal(Decimal(cents).scaleb(-2), format="#,##0.00", locale=self.locale)
        return self._with_unit(_typeset(str(amount))) if unit else _typeset(str(amount))

    def rounded_euros(self, cents: int) -> str:
        """An amount of whole euros without decimals."""
        return self._with_unit(self.number(cents // 100))

    def signed_euros(self, cents: int) -> str:
        """Euros with an explicit sign, for changes and credits."""
        return ("+" if cents > 0 else "") + self.euros(cents)

    def percent(self, part: int, whole: int, decimals: int = 1) -> str:
        """A share with one decimal, or none; half away from zero."""
        form = "0.0" if decimals else "0"
        share = (Decimal(100 * part) / Decimal(whole)).quantize(Decimal(form), ROUND_HALF_UP) + 0
        space = "" if self.code == "en" else NBSP
        return _typeset(str(format_decimal(share, format=form, locale=self.locale))) + f"{space}%"

    def date(self, day: date) -> str:
        """``14.8.2025``, in English ``14 August 2025``."""
        form = "d MMMM y" if self.code == "en" else "d.M.y"
        return str(format_date(day, form, locale=self.locale))

    def month_name(self, month: str, short: bool = False) -> str:
        """``elokuu`` for ``2025-08``, ``elo`` if short."""
        width: Literal["abbreviated", "wide"] = "abbreviated" if short else "wide"
        return str(get_month_names(width, "stand-alone", self.locale)[int(month[5:])])

    def period(self, period: str) -> str:
        """``elokuu 2025``, ``7–9/2025`` or ``2025``."""
        if is_month(period):
            return f"{self.month_name(period)} {period[:4]}"
        if "Q" in period:
            return self.span(*(f"{period[:4]}-{3 * int(period[6]) - n:02d}" for n in (2, 0)))
        return period

    def short(self, period: str) -> str:
        """``8/2025``, ``7–9/2025`` or ``2025``; in English ``Aug 2025`` and ``Jul–Sept 2025``."""
        if not is_month(period):
            return self.period(period)
        between = " " if self.code == "en" else "/"
        return f"{self._in_span(period)}{between}{period[:4]}"

    def span(self, first: str, last: str) -> str:
        """``1–6/2025`` for months of one year; in English ``Jan–Jun 2025``."""
        return f"{self._in_span(first)}–{self.short(last)}"

    def _in_span(self, month: str) -> str:
        return self.month_name(month, short=True) if self.code == "en" else str(int(month[5:]))

    def listed(self, words: list[str]) -> str:
        """``a, b ja c``."""
        return str(format_list(words, locale=self.locale))

    def _with_unit(self, amount: str) -> str:
        """``1 234,50 €``, in English ``€1,234.50``; the minus stands first."""
        if self.code != "en":
            return f"{amount}{NBSP}€"
        sign = MINUS if amount.startswith(MINUS) else ""
        return f"{sign}€{amount.removeprefix(MINUS)}"


def _typeset(text: str) -> str:
    return text.replace("-", MINUS)
