"""Every word, number, euro and date that a reader sees.

Numbers follow Babel's locale data with the choices of the field: no-break space between groups and
before € and %, a real minus sign (U+2212), dates as ``14.8.2025`` in Finnish and Swedish alike,
and month names in the nominative. Nothing here inflects a name.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.numbers import format_decimal

from kuntakoonti.calendar import first_day, is_month
from kuntakoonti.errors import UsageError

NBSP = "\u00a0"
MINUS = "\u2212"
_LOCALES = {"fi": "fi_FI"}


@dataclass(frozen=True)
class Language:
    """A language of the pages; only Finnish is complete today."""

    code: str = "fi"

    def __post_init__(self) -> None:
        if self.code not in _LOCALES:
            raise UsageError(f"Kieltä {self.code} ei ole vielä; kirjoita --language fi.")

    @property
    def locale(self) -> Locale:
        return Locale.parse(_LOCALES[self.code])

    def number(self, value: int) -> str:
        """A whole number with grouped thousands."""
        return _typeset(str(format_decimal(value, format="#,##0", locale=self.locale)))

    def euros(self, cents: int, unit: bool = True) -> str:
        """Cents as euros with two decimals; no float on the way."""
        amount = format_decimal(Decimal(cents).scaleb(-2), format="#,##0.00", locale=self.locale)
        return _typeset(str(amount)) + (f"{NBSP}€" if unit else "")

    def rounded_euros(self, cents: int) -> str:
        """An amount of whole euros without decimals."""
        return f"{self.number(cents // 100)}{NBSP}€"

    def signed_euros(self, cents: int) -> str:
        """Euros with an explicit sign, for changes and credits."""
        return ("+" if cents > 0 else "") + self.euros(cents)

    def percent(self, part: int, whole: int) -> str:
        """A share of amounts with one decimal; half away from zero."""
        share = (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP) + 0
        return _typeset(str(format_decimal(share, format="0.0", locale=self.locale))) + f"{NBSP}%"

    def date(self, day: date) -> str:
        return str(format_date(day, "d.M.y", locale=self.locale))

    def month_name(self, month: str, short: bool = False) -> str:
        """``elokuu`` for ``2025-08``, ``elo`` if short."""
        width: Literal["abbreviated", "wide"] = "abbreviated" if short else "wide"
        return str(get_month_names(width, "stand-alone", self.locale)[int(month[5:])])

    def period(self, period: str) -> str:
        """``elokuu 2025``, ``7–9/2025`` or ``2025``."""
        if is_month(period):
            return str(format_date(first_day(period), "LLLL y", locale=self.locale))
        if "Q" in period:
            quarter = int(period[6])
            return f"{3 * quarter - 2}–{3 * quarter}/{period[:4]}"
        return period

    def short(self, period: str) -> str:
        """``8/2025``, ``7–9/2025`` or ``2025``."""
        return f"{int(period[5:])}/{period[:4]}" if is_month(period) else self.period(period)

    def listed(self, words: list[str]) -> str:
        """``a, b ja c``."""
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} ja {words[-1]}"


def _typeset(text: str) -> str:
    return text.replace("-", MINUS)
