"""Formats of a workbook: fonts and fills made once each, and number formats of the reader's language."""

from __future__ import annotations

from typing import Any, Final

from babel.numbers import get_currency_precision, get_currency_symbol
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from connector.deliver.files.display import DECIMALS, Display
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, Palette
from connector.model.table import Unit

LOCALE_CODES: Final = {"en": "409", "es": "C0A", "pt": "416", "ru": "419"}
"""Windows language ids: they choose month names; separators follow the reader's own program."""
BILLION: Final = 1_000_000_000
DAY_CODES: Final = {"en": "d mmm yyyy", "es": "dd/mm/yyyy", "pt": "dd/mm/yyyy", "ru": "dd.mm.yyyy"}


class Styles:
    """Cell formats of one workbook by their properties; equal ones are one format."""

    def __init__(self, book: Workbook, palette: Palette) -> None:
        self._book = book
        self._base = {"font_name": palette.font, "font_size": 10, "font_color": INK, "valign": "vcenter"}
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def get(self, **properties: Any) -> Format:
        """Return the format with these XlsxWriter properties over the base font."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(self._base | properties)
        return self._made[key]


class NumberFormats:
    """Number format codes of one language and currency."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._locale = LOCALE_CODES[display.language]

    def unit(self, unit: Unit, *, whole: bool = False) -> str:
        """Return the code of a unit. ``whole`` says that a plain number column holds whole numbers only."""
        if unit == "money":
            return self._money()
        if unit == "percent":
            return "0.00%"
        if unit == "duration_s":
            return "[h]:mm:ss"
        digits = DECIMALS.get(unit, 0 if whole else 2)
        return "#,##0" + ("." + "0" * digits if digits else "")

    def day(self, grain: str = "") -> str:
        """Return the code of a day, or of the month or year that begins on it."""
        code = {"month": "mmm yyyy", "year": "yyyy"}.get(grain, DAY_CODES[self._display.language])
        return f"[$-{self._locale}]{code}"

    def instant(self) -> str:
        return f"{self.day()} hh:mm"

    def change(self) -> str:
        """Return the code of a change: the arrow shows the sign."""
        return '"▲ "0.00%;"▼ "0.00%;"■ "0.00%'

    def compact(self, unit: Unit, largest: float = 0) -> str:
        """Return the code of chart labels, for a chart whose largest figure is known: 1.2M, 340K, 1,220."""
        if unit == "percent":
            return "0%"
        if unit in ("duration_s", "ratio", "days", "hours"):
            return "[h]:mm" if unit == "duration_s" else "#,##0.0"
        billion, million, thousand = (self._display.words[word] for word in ("billion", "million", "thousand"))
        if largest >= BILLION:
            return f'[>=999950000]#,##0.0,,,"{billion}";[>=999500]#,##0.0,,"{million}";#,##0'
        return f'[>=999500]#,##0.0,,"{million}";[>=10000]#,##0,"{thousand}";#,##0'

    def _money(self) -> str:
        if not self._display.currency:
            return "#,##0.00"
        digits = get_currency_precision(self._display.currency)
        number = "#,##0" + ("." + "0" * digits if digits else "")
        symbol = f"[${get_currency_symbol(self._display.currency, self._display.locale)}-{self._locale}]"
        if self._display.language in ("es", "ru"):
            return f"{number} {symbol}"
        gap = " " if self._display.language == "pt" or symbol[symbol.rindex("-") - 1].isalpha() else ""
        return f"{symbol}{gap}{number};-{symbol}{gap}{number}"


def with_text(code: str, before: str = "", after: str = "") -> str:
    """Return a number format that prints fixed words and a space before or after the number."""
    left, right = (one_line(text, 60).replace('"', "”") for text in (before, after))
    head, tail = f'"{left} "' if left else "", f'" {right}"' if right else ""
    return ";".join(f"{head}{section}{tail}" for section in code.split(";"))
