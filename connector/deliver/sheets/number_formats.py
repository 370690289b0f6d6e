"""Number formats in Google's pattern syntax: money, shares, days and changes as a reader of one language expects them.

A pattern's points and commas stand for the marks of the spreadsheet's own locale, so a pattern is the same in every
language; the place of the currency sign and the order of a date are the language's. Rules of the syntax: Google's
"Date and number formats" guide of the Sheets API.
"""

from __future__ import annotations

from typing import Final

from babel.numbers import get_currency_precision, get_currency_symbol

from connector.deliver.files.display import BILLION, DECIMALS, Display
from connector.deliver.files.text import one_line
from connector.model.table import TableColumn, Unit

Format = dict[str, str]
"""A NumberFormat of the Sheets API: type and pattern."""

SHEET_LOCALES: Final = {"en": "en_US", "es": "es_ES", "pt": "pt_BR", "ru": "ru_RU"}
TEXT: Final[Format] = {"type": "TEXT", "pattern": "@"}
"""A cell of text stays text also when a person opens it and presses Enter."""
NAMED_GRAINS: Final = frozenset({"quarter", "fiscal_period"})
"""Periods whose names no pattern can write; they are texts."""
_DAYS: Final = {"en": "d mmm yyyy", "es": "dd/mm/yyyy", "pt": "dd/mm/yyyy", "ru": "dd.mm.yyyy"}
_IN_BILLIONS: Final = 100_000_000_000
_IN_MILLIONS: Final = 100_000_000
_IN_THOUSANDS: Final = 10_000


class NumberFormats:
    """The number formats of one language and currency."""

    def __init__(self, display: Display) -> None:
        self._display = display

    def column(self, column: TableColumn) -> Format:
        """Return the format of a table's column. It does not depend on the figures: a person may have changed it."""
        if column.role == "change":
            return self.change()
        if column.unit in ("date", "period"):
            return TEXT if column.grain in NAMED_GRAINS else self.day(column.grain)
        if column.unit == "instant":
            return self.instant()
        return self.unit(column.unit)

    def unit(self, unit: Unit) -> Format:
        """Return the format of a unit; that of text for what is no number."""
        if unit in ("text", "date", "instant", "period", "boolean"):
            return TEXT
        if unit == "money":
            return self._money()
        if unit == "percent":
            return {"type": "PERCENT", "pattern": "0.00%"}
        if unit == "duration_s":
            return {"type": "TIME", "pattern": "[h]:mm:ss"}
        digits = DECIMALS.get(unit, 2)
        return {"type": "NUMBER", "pattern": "#,##0" + ("." + "0" * digits if digits else "")}

    def day(self, grain: str = "") -> Format:
        """Return the format of a day, or of the month or year that begins on it."""
        pattern = {"month": "mmm yyyy", "year": "yyyy"}.get(grain, _DAYS[self._display.language])
        return {"type": "DATE", "pattern": pattern}

    def instant(self) -> Format:
        """Return the format of a moment, to the minute."""
        return {"type": "DATE_TIME", "pattern": f"{_DAYS[self._display.language]} hh:mm"}

    def change(self) -> Format:
        """Return the format of a change: an arrow for the sign. Its colour is a rule's, so that it is the theme's."""
        return {"type": "PERCENT", "pattern": '"▲ "0.00%;"▼ "0.00%;"■ "0.00%'}

    def compact(self, unit: Unit, largest: float = 0) -> Format:
        """Return the format of figures on a chart, for one whose largest figure is known: 1.2M, 340K, 1,220."""
        if unit == "percent":
            return {"type": "PERCENT", "pattern": "0.0%"}
        if unit == "duration_s":
            return {"type": "TIME", "pattern": "[h]:mm"}
        if unit in ("ratio", "days", "hours"):
            return {"type": "NUMBER", "pattern": "#,##0.0"}
        billion, million, thousand = (_quoted(self._display.words[word]) for word in ("billion", "million", "thousand"))
        if largest >= BILLION:
            return {"type": "NUMBER", "pattern": f"[>=999950000]#,##0.0,,,{billion};[>=999500]#,##0.0,,{million};#,##0"}
        return {"type": "NUMBER", "pattern": f"[>=999500]#,##0.0,,{million};[>=10000]#,##0,{thousand};#,##0"}

    def signed(self, unit: Unit, largest: float) -> Format:
        """Return the format of figures above and below zero, all of them to one scale: 3,416K, -266K."""
        shown = self.compact(unit)
        return {"type": "NUMBER", "pattern": self._scaled(largest)} if shown["pattern"].startswith("[>") else shown

    def unsigned(self, unit: Unit, largest: float) -> Format:
        """Return the format of figures to both sides of zero, none of which is a figure below zero."""
        pattern = self.signed(unit, largest)["pattern"]
        return {"type": "NUMBER", "pattern": f"{pattern};{pattern}"}

    def _scaled(self, largest: float) -> str:
        billion, million, thousand = (_quoted(self._display.words[word]) for word in ("billion", "million", "thousand"))
        if largest >= _IN_BILLIONS:
            return f"#,##0,,,{billion}"
        if largest >= _IN_MILLIONS:
            return f"#,##0,,{million}"
        return f"#,##0,{thousand}" if largest >= _IN_THOUSANDS else "#,##0"

    def _money(self) -> Format:
        if not self._display.currency:
            return {"type": "NUMBER", "pattern": "#,##0.00"}
        digits = get_currency_precision(self._display.currency)
        number = "#,##0" + ("." + "0" * digits if digits else "")
        sign = get_currency_symbol(self._display.currency, self._display.locale)
        if self._display.language in ("es", "ru"):
            return {"type": "CURRENCY", "pattern": number + _quoted(f"\u00a0{sign}")}
        before = _quoted(f"{sign}\u00a0" if self._display.language == "pt" or sign[-1].isalpha() else sign)
        return {"type": "CURRENCY", "pattern": f"{before}{number};-{before}{number}"}


def _quoted(words: str) -> str:
    """Return fixed words as a pattern writes them; a quotation mark inside would end them."""
    blank = "\u00a0" if words[:1] in (" ", "\u00a0") else ""
    return f'"{blank}{one_line(words, 60).strip().replace(chr(34), "”")}{_ending(words)}"' if words else ""


def _ending(words: str) -> str:
    return "\u00a0" if words[-1:] in (" ", "\u00a0") and words.strip() else ""
