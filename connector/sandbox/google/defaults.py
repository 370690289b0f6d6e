"""What a new spreadsheet has before anybody touches it, as recorded answers show it."""

from __future__ import annotations

from datetime import datetime

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.grid import Json

ROWS, COLUMNS = 1000, 26
ROW_PIXELS, COLUMN_PIXELS = 21, 100
WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": WHITE},
}
THEME_COLOURS: dict[str, Json] = {
    "TEXT": {},
    "BACKGROUND": WHITE,
    "ACCENT1": {"red": 0.25882354, "green": 0.52156866, "blue": 0.95686275},
    "ACCENT2": {"red": 0.91764706, "green": 0.2627451, "blue": 0.20784314},
    "ACCENT3": {"red": 0.9843137, "green": 0.7372549, "blue": 0.015686275},
    "ACCENT4": {"red": 0.20392157, "green": 0.65882355, "blue": 0.3254902},
    "ACCENT5": {"red": 1, "green": 0.42745098, "blue": 0.003921569},
    "ACCENT6": {"red": 0.27450982, "green": 0.7411765, "blue": 0.7764706},
    "LINK": {"red": 0.06666667, "green": 0.33333334, "blue": 0.8},
}


def theme() -> Json:
    """Return the SpreadsheetTheme of a new spreadsheet."""
    colours = [{"colorType": name, "color": {"rgbColor": dict(rgb)}} for name, rgb in THEME_COLOURS.items()]
    return {"primaryFontFamily": "Arial", "themeColors": colours}


def spreadsheet_properties(title: str, locale: str = "en_US", time_zone: str = "Etc/GMT") -> Json:
    """Return the SpreadsheetProperties of a new spreadsheet."""
    return {
        "title": title,
        "locale": locale,
        "autoRecalc": "ON_CHANGE",
        "timeZone": time_zone,
        "defaultFormat": DEFAULT_FORMAT,
        "spreadsheetTheme": theme(),
    }


def sheet_properties(sheet_id: int, title: str, rows: int = ROWS, columns: int = COLUMNS) -> Json:
    """Return the SheetProperties of a new sheet."""
    grid = {"rowCount": rows, "columnCount": columns}
    return {"sheetId": sheet_id, "title": title, "index": 0, "sheetType": "GRID", "gridProperties": grid}


def new_book(book_id: str, title: str, owner: str = "", now: datetime | None = None) -> Book:
    """Return a spreadsheet with one empty sheet, as Drive makes it."""
    book = Book(book_id, spreadsheet_properties(title), owner=owner, now=now)
    book.sheets.append(Sheet(sheet_properties(0, "Sheet1")))
    book.fresh.seed(book_id)
    return book
