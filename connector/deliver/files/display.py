"""Cells as a person reads them: numbers, money, dates and periods in the reader's language."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import NumberPattern, get_currency_precision, get_currency_symbol, parse_pattern

from connector.deliver.files.words import Words
from connector.model.table import Cell, Unit

DASH: Final = "–"
LOCALES: Final = {"en": "en_US", "es": "es", "pt": "pt_BR", "ru": "ru"}
DAY_PATTERNS: Final = {"en": "d MMM y", "es": "dd/MM/y", "pt": "dd/MM/y", "ru": "dd.MM.y"}
BILLION, MILLION, THOUSAND = 10**9, 10**6, 10**3
DECIMALS: Final[dict[Unit, int]] = {
    "count": 0, "percent": 2, "ratio": 1, "days": 1, "hours": 1, "score": 0, "index": 0, "area": 1,
}  # fmt: skip
"""Digits after the point, from ``formats`` of metrics.yaml; ``number`` and ``by_goal`` show up to two."""


Figure = float | Decimal
"""Any number: int, float or Decimal."""


def exact(value: Figure) -> Decimal:
    """Return a number as a Decimal; a float by its shortest decimal form, as spreadsheets read it."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def finite(value: Cell) -> Figure | None:
    """Return a number that can be shown, or None: for no number and for NaN and infinity (rule E1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return value if math.isfinite(value) else None


def rounded(value: Figure, digits: int) -> Decimal:
    """Round half away from zero, as spreadsheets do."""
    number = exact(value)
    with localcontext(prec=_precision(number, digits)):
        return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _precision(number: Decimal, digits: int) -> int:
    return max(50, number.adjusted() + digits + 10)


class Display:
    """Shows cells in one language, currency (ISO 4217 or empty) and zone (IANA; unknown reads UTC)."""

    def __init__(self, language: str, currency: str = "", time_zone: str = "UTC") -> None:
        self.words = Words(language)
        self.language = self.words.language
        self.locale = Locale.parse(LOCALES[self.language])
        self.currency = currency if len(currency) == 3 and currency.isascii() and currency.isalpha() else ""
        self.zone = zone_or_utc(time_zone)

    def cell(self, value: Cell, unit: Unit, grain: str = "") -> str:
        """Return the text of a cell; a dash for one without a value (rule E1)."""
        if value is None:
            return DASH
        if isinstance(value, bool):
            return self.words["yes" if value else "no"]
        if isinstance(value, datetime):
            return self.instant(value)
        if isinstance(value, date):
            return self.period(value, grain)
        if isinstance(value, str):
            return value
        number = finite(value)
        return DASH if number is None else self.number(number, unit)

    def number(self, value: Figure, unit: Unit) -> str:
        """Return a number with the digits and marks of its unit."""
        if unit == "money":
            return self._money(value)
        if unit == "percent":
            return self.percent(self._decimal(exact(value).scaleb(2), 2))
        if unit == "duration_s":
            return self._duration(value)
        if unit in DECIMALS:
            return self._decimal(value, DECIMALS[unit])
        return self._decimal(value, 2, optional=True)

    def change(self, value: Figure | None) -> str:
        """Return a change with its arrow: ``▲ 12.50%``; a dash for none."""
        number = finite(value)
        if number is None:
            return DASH
        return f"{arrow(number)} {self.number(abs(exact(number)), 'percent')}"

    def compact(self, value: Figure, unit: Unit) -> str:
        """Return a short form for charts: 1.2M, 340K, 9.8K (money), 1,220 (others), 45.00%."""
        if unit in ("percent", "duration_s", "ratio", "days", "hours"):
            return self.number(value, unit)
        number = exact(value)
        size = abs(number)
        for limit, word, digits in ((BILLION, "billion", 1), (MILLION, "million", 1), (THOUSAND, "thousand", 0)):
            short = limit == THOUSAND and unit == "money" and size < Decimal(9950)
            least = 10_000 if limit == THOUSAND and unit != "money" else limit * Decimal("0.9995")
            if size >= least:
                shown = self._decimal(number / limit, 1 if short else digits, optional=short)
                return shown + self.words[word].replace(" ", "\u00a0")
        return self._decimal(value, 0 if unit in ("money", "count", "score", "index") else 2, optional=True)

    def day(self, value: date) -> str:
        """Return a day in the order of the language."""
        return format_date(value, DAY_PATTERNS[self.language], locale=self.locale)

    def instant(self, value: datetime) -> str:
        """Return a moment in the zone of the report, to the minute."""
        return format_datetime(self.local(value), DAY_PATTERNS[self.language] + " HH:mm", locale=self.locale)

    def local(self, value: datetime) -> datetime:
        """Return the wall-clock time of a moment in the zone of the report, without zone."""
        aware = value if value.tzinfo is None else value.astimezone(self.zone)
        return aware.replace(tzinfo=None)

    def period(self, first: date, grain: str) -> str:
        """Return the name of the period that begins on ``first``: March 2024, Q1 2024, 2024."""
        if grain == "month":
            return format_date(first, "LLL y", locale=self.locale)
        if grain == "quarter":
            return format_date(first, "QQQ y", locale=self.locale)
        if grain == "year" or (grain == "fiscal_period" and first.month == 1):
            return str(first.year)
        if grain == "fiscal_period":
            return f"{first.year}/{(first.year + 1) % 100:02d}"
        return self.day(first)

    def whole(self, value: int) -> str:
        """Return a whole number with the group marks of the language."""
        return self._decimal(value, 0)

    def fixed(self, value: Figure, digits: int) -> str:
        """Return a number with so many digits after the point."""
        return self._decimal(value, digits)

    def percent(self, digits: str) -> str:
        """Return digits with the percent sign as the language sets it."""
        return f"{digits}\u00a0%" if self.language in ("es", "ru") else f"{digits}%"

    def _money(self, value: Figure) -> str:
        if not self.currency:
            return self._decimal(value, 2)
        digits = self._decimal(value, get_currency_precision(self.currency))
        symbol = get_currency_symbol(self.currency, self.locale)
        if self.language in ("es", "ru"):
            return f"{digits}\u00a0{symbol}"
        gap = "\u00a0" if self.language == "pt" or symbol[-1].isalpha() else ""
        sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
        return f"{sign}{symbol}{gap}{digits}"

    def _duration(self, value: Figure) -> str:
        seconds = int(abs(rounded(value, 0)))
        sign = "-" if value < 0 and seconds else ""
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def _decimal(self, value: Figure, digits: int, *, optional: bool = False) -> str:
        mark = "#" if optional else "0"
        pattern = "#,##0" + ("." + mark * digits if digits else "")
        shown = rounded(value, digits)
        number = abs(shown) if shown == 0 else shown
        with localcontext(prec=_precision(number, digits)):
            return str(_pattern(pattern).apply(number, self.locale, decimal_quantization=False))


@cache
def _pattern(text: str) -> NumberPattern:
    """Read a pattern once: a report shows tens of thousands of numbers by the same few."""
    return parse_pattern(text)


def arrow(change: Figure) -> str:
    """Return the sign that stands before a change."""
    return "▲" if change > 0 else "▼" if change < 0 else "■"


def zone_or_utc(name: str) -> ZoneInfo:
    """Return a zone by its IANA name, UTC when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a name that is unknown, malformed or a folder
        return ZoneInfo("UTC")
