"""Formats of cells as a workbook has them."""

from __future__ import annotations

from typing import Any

import orjson

from connector.sandbox.google.display import pattern_of
from connector.sandbox.google.grid import Json
from connector.sandbox.google.views import View, colour

BORDERS = {"DOTTED": 4, "DASHED": 3, "SOLID": 1, "SOLID_MEDIUM": 2, "SOLID_THICK": 5, "DOUBLE": 6}
VERTICAL = {"TOP": "top", "MIDDLE": "vcenter", "BOTTOM": "bottom"}


class Formats:
    """The formats of one workbook; equal ones are the same."""

    def __init__(self, file: Any, view: View) -> None:
        self._file = file
        self._view = view
        self._known: dict[bytes, Any] = {}

    def of(self, look: Json) -> Any:
        """Return the workbook's format for a CellFormat."""
        described = {"font_name": self._view.font, "font_size": 10} | self.properties(look)
        key = orjson.dumps(described, option=orjson.OPT_SORT_KEYS)
        if key not in self._known:
            self._known[key] = self._file.add_format(described)
        return self._known[key]

    def partial(self, look: Json) -> Any:
        """Return the format of a rule, which names only what changes."""
        return self._file.add_format(self.properties(look))

    def properties(self, look: Json) -> dict[str, Any]:
        """Return a CellFormat as the properties of a workbook's format."""
        text = look.get("textFormat") or {}
        found: dict[str, Any] = {
            "num_format": pattern_of(look, self._view.ways),
            "font_name": str(text.get("fontFamily") or "").partition(",")[0],
            "font_size": text.get("fontSize"),
            "bold": text.get("bold"),
            "italic": text.get("italic"),
            "underline": int(bool(text.get("underline"))),
            "font_strikeout": text.get("strikethrough"),
            "font_color": colour(text, "foregroundColor", self._view.theme),
            "bg_color": colour(look, "backgroundColor", self._view.theme),
            "align": str(look.get("horizontalAlignment") or "").lower(),
            "valign": VERTICAL.get(str(look.get("verticalAlignment")), ""),
            "text_wrap": look.get("wrapStrategy") == "WRAP",
        }
        for side, border in (look.get("borders") or {}).items():
            found[side] = BORDERS.get(border.get("style"), 0)
            found[f"{side}_color"] = colour(border, "color", self._view.theme)
        return {name: value for name, value in found.items() if value}
