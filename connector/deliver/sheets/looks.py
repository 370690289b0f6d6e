"""Looks of cells as the Sheets API takes them: fills, inks, borders and the styles that a report's parts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connector.deliver.files.theme import INK, MUTED, PANEL, RULE, Palette, readable_on_white, tint

Format = dict[str, Any]
"""A CellFormat of the Sheets API."""

BODY_POINTS: Final = 10


def colour(code: str) -> dict[str, Any]:
    """Return a ColorStyle for ``#RRGGBB``."""
    parts = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return {"rgbColor": dict(zip(("red", "green", "blue"), parts, strict=True))}


def border(code: str, style: str = "SOLID") -> dict[str, Any]:
    """Return a Border."""
    return {"style": style, "colorStyle": colour(code)}


def text_format(ink: str = INK, size: int = BODY_POINTS, *, bold: bool = False, italic: bool = False) -> dict[str, Any]:
    """Return a TextFormat; the font is that of the spreadsheet."""
    look: dict[str, Any] = {"foregroundColorStyle": colour(ink), "fontSize": size}
    return look | ({"bold": True} if bold else {}) | ({"italic": True} if italic else {})


def cell_format(text: dict[str, Any], **more: Any) -> Format:
    """Return a CellFormat with a TextFormat and further fields; a field that is None is left out."""
    return {"textFormat": text, "verticalAlignment": "MIDDLE"} | {
        name: value for name, value in more.items() if value is not None
    }


def theme(font: str, accents: Sequence[str]) -> dict[str, Any]:
    """Return a SpreadsheetTheme with six accents; Google wants all nine of its colours at once."""
    names = ["TEXT", "BACKGROUND", "LINK", *(f"ACCENT{number}" for number in range(1, 7))]
    codes = ["#000000", "#FFFFFF", "#1155CC", *accents]
    pairs = [{"colorType": name, "color": colour(code)} for name, code in zip(names, codes, strict=True)]
    return {"primaryFontFamily": font or "Arial", "themeColors": pairs}


PADDING: Final = {"top": 2, "right": 8, "bottom": 2, "left": 8}
"""Room in the cells of a table: a number at the right does not run into the text beside it."""


class Looks:
    """The styles of a report in the colours of its theme."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._ink = readable_on_white(palette.primary)

    def title(self) -> Format:
        """The name of a tab."""
        return cell_format(text_format(self._ink, 18, bold=True), wrapStrategy="OVERFLOW_CELL", padding=PADDING)

    def heading(self) -> Format:
        """The name of a block."""
        return cell_format(text_format(self._ink, 13, bold=True), wrapStrategy="OVERFLOW_CELL", padding=PADDING)

    def line(self, ink: str = INK, size: int = BODY_POINTS, *, bold: bool = False) -> Format:
        """A sentence that runs over the empty cells at its right."""
        return cell_format(
            text_format(ink, size, bold=bold), wrapStrategy="OVERFLOW_CELL", padding=PADDING, numberFormat=_TEXT
        )

    def strip_label(self) -> Format:
        return cell_format(text_format(MUTED, 8), borders={"top": border(RULE)}, wrapStrategy="CLIP", padding=PADDING)

    def strip_value(self) -> Format:
        return cell_format(text_format(INK, 9), borders={"bottom": border(RULE)}, wrapStrategy="CLIP", padding=PADDING)

    def column_heading(self, *, numeric: bool) -> Format:
        """The name of a column over its cells."""
        return cell_format(
            text_format(INK, BODY_POINTS, bold=True),
            backgroundColorStyle=colour(tint(self.palette.primary, 0.88)),
            borders={"bottom": border(self.palette.primary, "SOLID_MEDIUM")},
            horizontalAlignment="RIGHT" if numeric else "LEFT", wrapStrategy="WRAP", padding=PADDING,
        )  # fmt: skip

    def total(self, number: dict[str, str], *, numeric: bool) -> Format:
        """The total of a column."""
        return cell_format(
            text_format(INK, BODY_POINTS, bold=True), numberFormat=number, backgroundColorStyle=colour(PANEL),
            borders={"bottom": border(RULE)}, horizontalAlignment="RIGHT" if numeric else "LEFT", wrapStrategy="CLIP",
            padding=PADDING,
        )  # fmt: skip

    def body(self, number: dict[str, str], *, numeric: bool, ink: str = INK) -> Format:
        """The cells of a column."""
        return cell_format(
            text_format(ink, BODY_POINTS), numberFormat=number, borders={"bottom": border(RULE, "DOTTED")},
            horizontalAlignment="RIGHT" if numeric else "LEFT", wrapStrategy="CLIP", padding=PADDING,
        )  # fmt: skip

    def card(self, ink: str, size: int, *, bold: bool = False, number: dict[str, str] | None = None,
             label: bool = False) -> Format:  # fmt: skip
        """One line of a score card; its ``label`` is the first, and may take more than one line."""
        gap = {"right": border("#FFFFFF", "SOLID_THICK")}
        edge = {"top": border(self.palette.primary, "SOLID_MEDIUM")} if label else {}
        return cell_format(
            text_format(ink, size, bold=bold), numberFormat=number, backgroundColorStyle=colour(PANEL),
            borders=gap | edge, horizontalAlignment="LEFT", wrapStrategy="WRAP" if label else "CLIP", padding=PADDING,
        )  # fmt: skip


_TEXT: Final = {"type": "TEXT", "pattern": "@"}
