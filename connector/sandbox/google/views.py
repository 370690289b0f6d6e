"""A spreadsheet as a person sees it: texts and formats of cells, sizes of rows and columns, what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from connector.sandbox.google.a1 import Rect
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.conditional_formats import Painted, painted
from connector.sandbox.google.display import display
from connector.sandbox.google.effects import results_of, shown
from connector.sandbox.google.grid import Cell, Json, Result
from connector.sandbox.google.locales import ways_of
from connector.sandbox.google.readings import Rendering, rendered
from connector.sandbox.google.svg_words import font_name

ROW_PIXELS, COLUMN_PIXELS = 21, 100
THEME = {
    "TEXT": "#000000", "BACKGROUND": "#ffffff", "ACCENT1": "#4285f4", "ACCENT2": "#ea4335", "ACCENT3": "#fbbc04",
    "ACCENT4": "#34a853", "ACCENT5": "#ff6d01", "ACCENT6": "#46bdc6", "LINK": "#1155cc",
}  # fmt: skip
"""Google's standard theme."""


class Spot(NamedTuple):
    """One cell as it is seen."""

    cell: Cell
    value: Result
    text: str
    format: Json
    """CellFormat: what was entered, over bandings, under conditional formats."""


def colour(part: Json, name: str, theme: dict[str, str]) -> str:
    """Return a colour of a format (``backgroundColor``) as ``#rrggbb``; empty where there is none."""
    style = part.get(f"{name}Style") or {}
    rgb = style.get("rgbColor")
    if rgb is None and style.get("themeColor"):
        return theme.get(style["themeColor"], "")
    rgb = part.get(name) if rgb is None else rgb
    return hexadecimal(rgb) if rgb is not None else ""


def hexadecimal(rgb: Json) -> str:
    """Return a Color as ``#rrggbb``."""
    return "#" + "".join(f"{round(255 * min(max(rgb.get(part) or 0, 0), 1)):02x}" for part in ("red", "green", "blue"))


class View:
    """One book as it is seen. Holds what was calculated, so make a new one after a change."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.ways = ways_of(str(book.properties.get("locale") or "en_US"))
        self._results = results_of(book)
        self._painted: dict[int, Painted] = {}
        self._used: dict[int, Rect] = {}

    @cached_property
    def theme(self) -> dict[str, str]:
        """The theme's colours by Google's names."""
        parts = (self.book.properties.get("spreadsheetTheme") or {}).get("themeColors") or []
        given = {part["colorType"]: hexadecimal((part.get("color") or {}).get("rgbColor") or {}) for part in parts}
        return THEME | given

    @cached_property
    def font(self) -> str:
        """The font of cells without one of their own."""
        usual = (self.book.properties.get("defaultFormat") or {}).get("textFormat") or {}
        theme = self.book.properties.get("spreadsheetTheme") or {}
        return font_name(theme.get("primaryFontFamily") or usual.get("fontFamily"))

    def value(self, sheet: Sheet, row: int, column: int) -> Result:
        """Return what the cell at a place shows, as a value."""
        return shown(sheet.cells.get(row, column), (sheet.id, row, column), self._results)

    def text(self, sheet: Sheet, row: int, column: int) -> str:
        """Return what a person reads in the cell at a place."""
        return display(self.value(sheet, row, column), sheet.cells.get(row, column).format, self.ways)

    def spot(self, sheet: Sheet, row: int, column: int) -> Spot:
        """Return the cell at a place with its look."""
        cell = sheet.cells.get(row, column)
        value = shown(cell, (sheet.id, row, column), self._results)
        look = self._paint(sheet).format(row, column, cell.format or {})
        return Spot(cell, value, display(value, look or None, self.ways), look)

    def spot_as_entered(self, sheet: Sheet, row: int, column: int) -> Spot:
        """Return the cell at a place with its look without the rules, which a workbook has of its own."""
        cell = sheet.cells.get(row, column)
        value = shown(cell, (sheet.id, row, column), self._results)
        look = self._paint(sheet).banded(row, column, cell.format or {})
        return Spot(cell, value, display(value, look or None, self.ways), look)

    def _paint(self, sheet: Sheet) -> Painted:
        if sheet.id not in self._painted:
            self._painted[sheet.id] = painted(self.book, sheet, self.value)
        return self._painted[sheet.id]

    def used(self, sheet: Sheet) -> Rect:
        """Return the rectangle from A1 that holds every value, pivot results included."""
        if sheet.id not in self._used:
            self._used[sheet.id] = self._find_used(sheet)
        return self._used[sheet.id]

    def _find_used(self, sheet: Sheet) -> Rect:
        bottom = right = 0
        for row in sheet.cells.rows():
            last = max((column for column, value in sheet.cells.line(row).items() if value is not None), default=-1)
            if last >= 0:
                bottom, right = row + 1, max(right, last + 1)
        for sheet_id, row, column in self._results:
            if sheet_id == sheet.id and self._results[sheet_id, row, column] is not None:
                bottom, right = max(bottom, row + 1), max(right, column + 1)
        return Rect(0, 0, min(bottom, sheet.row_count), min(right, sheet.column_count))

    def lines(self, sheet: Sheet) -> Iterator[list[str]]:
        """Yield the texts of the used rows, each padded to the last used column."""
        rect = self.used(sheet)
        rows = rendered(self.book, sheet, rect, Rendering()) if rect.bottom else []
        for row in rows:
            yield [str(text) for text in row] + [""] * (rect.right - len(row))


def is_hidden(properties: Json | None) -> bool:
    """Say whether a row or column is hidden, by a person or by a filter."""
    return bool(properties and (properties.get("hiddenByUser") or properties.get("hiddenByFilter")))


def row_pixels(sheet: Sheet, row: int) -> int:
    """Return a row's height; 0 where it is hidden."""
    properties = sheet.row_properties.get(row)
    return 0 if is_hidden(properties) else int((properties or {}).get("pixelSize") or ROW_PIXELS)


def column_pixels(sheet: Sheet, column: int) -> int:
    """Return a column's width; 0 where it is hidden."""
    properties = sheet.column_properties.get(column)
    return 0 if is_hidden(properties) else int((properties or {}).get("pixelSize") or COLUMN_PIXELS)


def shown_sheets(book: Book) -> list[Sheet]:
    """Return the sheets that have a tab, in their order."""
    return [sheet for sheet in book.sheets if not sheet.properties.get("hidden")]
