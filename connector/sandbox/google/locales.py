"""What depends on a spreadsheet's locale: separators, names of months and days, the usual patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

CURRENCIES = {"US": "$", "GB": "£", "BR": "R$", "RU": "₽", "JP": "¥", "MX": "$", "IN": "₹"}
EURO = "€"


@dataclass(frozen=True, slots=True)
class Ways:
    """How one locale writes numbers and dates."""

    decimal: str
    group: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...]
    short_days: tuple[str, ...]
    """Monday first."""
    date: str
    """Pattern of a date without one of its own."""
    day_first: bool
    currency: str


@cache
def ways_of(locale: str) -> Ways:
    """Return the ways of a locale of Google's (``en_US``, ``pt_BR``, ``de``); the American ones where it is unknown."""
    try:
        known = Locale.parse(locale)
    except (ValueError, UnknownLocaleError):
        known = Locale.parse("en_US")
    months, days = known.months["format"], known.days["format"]
    short = _four_digit_years(known.date_formats["short"].pattern)
    return Ways(
        get_decimal_symbol(known),
        get_group_symbol(known),
        tuple(months["wide"][number] for number in range(1, 13)),
        tuple(months["abbreviated"][number] for number in range(1, 13)),
        tuple(days["wide"][number] for number in range(7)),
        tuple(days["abbreviated"][number] for number in range(7)),
        short,
        short.lower().find("d") < short.lower().find("m"),
        CURRENCIES.get(known.territory or "US", EURO),
    )


def _four_digit_years(pattern: str) -> str:
    return re.sub(r"y+", "yyyy", pattern).replace("'", '"')


def usual_pattern(kind: str, ways: Ways) -> str:
    """Return the pattern of a NumberFormat that has only a type; empty for none."""
    patterns = {
        "TEXT": "@",
        "NUMBER": "#,##0.00",
        "PERCENT": "0.00%",
        "CURRENCY": f'"{ways.currency}"#,##0.00',
        "DATE": ways.date,
        "TIME": "h:mm:ss am/pm",
        "DATE_TIME": f"{ways.date} h:mm:ss",
        "SCIENTIFIC": "0.00E+00",
    }
    return patterns.get(kind, "")
