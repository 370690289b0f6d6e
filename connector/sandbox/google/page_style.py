"""How the page looks: one sheet of style for all pages, and classes for the formats of a spreadsheet's cells."""

from __future__ import annotations

import re

from connector.sandbox.google.grid import Json
from connector.sandbox.google.views import View, colour

BORDERS = {"DOTTED": "dotted", "DASHED": "dashed", "DOUBLE": "double"}
WIDTHS = {"SOLID_MEDIUM": 2, "SOLID_THICK": 3, "DOUBLE": 3}
ALIGNMENTS = {"LEFT": "left", "CENTER": "center", "RIGHT": "right"}
VERTICAL = {"TOP": "top", "MIDDLE": "middle"}

STYLE = """
:root { color-scheme: light; font-family: Roboto, Arial, "Liberation Sans", sans-serif; color: #202124; }
* { box-sizing: border-box; }
html, body { margin: 0; height: 100%; background: #f9fbfd; }
body.book { display: grid; grid-template-rows: auto auto 1fr auto; height: 100vh; overflow: hidden; }
a { color: #1a73e8; text-decoration: none; }
a:hover { text-decoration: underline; }
header { display: flex; align-items: center; gap: 12px; padding: 10px 16px 8px; }
header h1 { font-size: 18px; font-weight: 400; margin: 0; line-height: 1.2; }
header p { margin: 2px 0 0; font-size: 12px; color: #5f6368; }
header nav { margin-left: auto; display: flex; gap: 6px; }
header nav a { font-size: 13px; padding: 7px 14px; border-radius: 18px; background: #e8f0fe; white-space: nowrap; }
.mark { width: 28px; height: 36px; border-radius: 3px; background: #0f9d58; position: relative; flex: none; }
.mark::after { content: ""; position: absolute; inset: 12px 6px 7px; border: 2px solid #fff;
  background: linear-gradient(#fff, #fff) 50% 0/2px 100% no-repeat,
    linear-gradient(#fff, #fff) 0 50%/100% 2px no-repeat; }
.bar { display: flex; gap: 18px; align-items: center; margin: 0 16px 8px; padding: 6px 14px; font-size: 12px;
  color: #5f6368; background: #edf2fa; border-radius: 18px; flex-wrap: wrap; }
.bar details { position: relative; }
.bar summary { cursor: pointer; }
.bar .pop { position: absolute; z-index: 60; top: 24px; left: 0; background: #fff; border: 1px solid #dadce0;
  border-radius: 8px; box-shadow: 0 2px 8px #3c404340; padding: 10px 14px; min-width: 320px; max-width: 640px;
  max-height: 50vh; overflow: auto; color: #202124; }
.pop li { margin: 3px 0; overflow-wrap: anywhere; }
.pop ul { margin: 0; padding-left: 16px; }
.window { overflow: auto; border-top: 1px solid #dadce0; background: #fff; position: relative; }
.paper { position: relative; width: max-content; }
table.grid { border-collapse: separate; border-spacing: 0; table-layout: fixed; width: 100%;
  font: 13.33px Arial, "Liberation Sans",
  sans-serif; color: #000; }
.grid th { background: #f8f9fa; color: #5f6368; font-weight: 400; font-size: 11px; border: solid #d9dadb;
  border-width: 0 1px 1px 0; padding: 0; text-align: center; overflow: hidden; position: sticky; z-index: 30;
  user-select: none; }
.grid thead th { top: 0; height: 24px; z-index: 40; }
.grid th.number { left: 0; width: 46px; }
.grid thead th.corner { left: 0; z-index: 50; }
.grid td { padding: 0; border: solid #e2e3e3; border-width: 0 1px 1px 0; background: #fff; overflow: visible;
  position: relative; vertical-align: bottom; }
.grid.bare td { border-color: transparent; }
.grid td > div { padding: 1px 3px 2px; overflow: hidden; white-space: pre; text-align: left; line-height: 1.25; }
.grid td.n > div { text-align: right; }
.grid td.b > div { text-align: center; }
.grid td > div.wide { position: relative; z-index: 1; pointer-events: none; }
.grid td.frozen { position: sticky; z-index: 20; }
.grid td.corner { z-index: 25; }
.grid td.frozen:has(> div.wide) { z-index: 21; }
.grid td.corner:has(> div.wide) { z-index: 26; }
.grid td.lastrow { border-bottom: 2px solid #bdc1c6; }
.grid td.lastcolumn { border-right: 2px solid #bdc1c6; }
.grid th.gap { border-bottom: 3px double #80868b; }
.grid thead th.gap { border-bottom: 1px solid #d9dadb; border-right: 3px double #80868b; }
td.note::after { content: ""; position: absolute; top: 0; right: 0; border: solid transparent;
  border-width: 0 7px 7px 0; border-right-color: #fbbc04; }
body:has(details.protected[open]) td.locked { background-image: repeating-linear-gradient(45deg, #5f636833 0 1px,
  transparent 1px 7px); }
td.chosen > div::after { content: "▾"; position: absolute; right: 3px; bottom: 2px; color: #5f6368; font-size: 11px; }
td.filter > div::after { content: "⏷"; position: absolute; right: 3px; bottom: 2px; color: #0f9d58; font-size: 12px; }
.chart { position: absolute; z-index: 10; background: #fff; border: 1px solid #dadce0; display: block; }
.slicer { position: absolute; z-index: 11; background: #fff; border: 1px solid #dadce0; border-radius: 4px;
  padding: 8px 12px; font-size: 13px; overflow: hidden; }
.slicer::after { content: "All ▾"; float: right; color: #188038; }
footer { display: flex; gap: 0; align-items: stretch; background: #f8f9fa; border-top: 1px solid #dadce0;
  min-height: 40px; padding-left: 46px; overflow-x: auto; }
footer a { padding: 11px 16px 8px; font-size: 13px; color: #444746; border-bottom: 3px solid transparent;
  white-space: nowrap; }
footer a.here { background: #e1e9f7; color: #0b57d0; font-weight: 500; }
footer a.hidden { color: #9aa0a6; font-style: italic; }
.more { padding: 10px 60px; font-size: 13px; color: #5f6368; }
main.list { max-width: 860px; margin: 24px auto; padding: 0 16px; }
main.list table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid #dadce0; }
main.list td, main.list th { padding: 10px 14px; text-align: left; border-bottom: 1px solid #e8eaed; font-size: 14px; }
main.list th { font-weight: 500; color: #5f6368; }
main.list td.quiet { color: #5f6368; white-space: nowrap; }
"""


class Classes:
    """Style rules of one page, each with a class of its own; equal ones are the same."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[str, str] = {}

    def name(self, declarations: str, within: str = "") -> str:
        """Return the class that bears these declarations, or has them for what is ``within`` (``> div``)."""
        rule = f"{within}|{declarations}"
        return self._known.setdefault(rule, f"c{len(self._known)}")

    def css(self) -> str:
        """Return all rules."""
        lines = []
        for rule, name in self._known.items():
            where, _, declarations = rule.partition("|")
            chosen = f".{name}" * 3  # as a cell's own look counts more than what all cells have
            lines.append(f"{chosen} {where} {{ {declarations} }}" if where else f"{chosen} {{ {declarations} }}")
        return "\n".join(lines)

    def of(self, look: Json) -> list[str]:
        """Return the classes of a CellFormat."""
        outer, inner = self._outer(look), _inner(look, self._view)
        return [*([self.name(outer)] if outer else []), *([self.name(inner, "> div")] if inner else [])]

    def _outer(self, look: Json) -> str:
        parts = []
        background = colour(look, "backgroundColor", self._view.theme)
        if background and background != "#ffffff":
            parts.append(f"background: {background}; border-color: {background}")
        if look.get("verticalAlignment") in VERTICAL:
            parts.append(f"vertical-align: {VERTICAL[look['verticalAlignment']]}")
        for side, border in (look.get("borders") or {}).items():
            kind = border.get("style")
            if kind and kind != "NONE" and side in ("top", "bottom", "left", "right"):
                paint = colour(border, "color", self._view.theme) or "#000000"
                parts.append(f"border-{side}: {WIDTHS.get(kind, 1)}px {BORDERS.get(kind, 'solid')} {paint}")
        return "; ".join(parts)


def _inner(look: Json, view: View) -> str:
    parts = [text_style(look.get("textFormat") or {}, view)]
    if look.get("horizontalAlignment") in ALIGNMENTS:
        parts.append(f"text-align: {ALIGNMENTS[look['horizontalAlignment']]}")
    if look.get("padding"):
        sides = (int(look["padding"].get(side) or 0) for side in ("top", "right", "bottom", "left"))
        parts.append(f"padding: {' '.join(f'{pixels}px' for pixels in sides)}")
    if look.get("wrapStrategy") == "WRAP":
        parts.append("white-space: pre-wrap; overflow-wrap: anywhere")
    return "; ".join(part for part in parts if part)


def text_style(text: Json, view: View) -> str:
    """Return a TextFormat as declarations. Only letters of a font's name get through."""
    family = re.sub(r"[^\w -]", "", str(text.get("fontFamily") or "").partition(",")[0])
    lines = [word for name, word in (("underline", "underline"), ("strikethrough", "line-through")) if text.get(name)]
    ink = colour(text, "foregroundColor", view.theme) or ("#1155cc" if text.get("link") else "")
    lines += ["underline"] if text.get("link") and not lines else []
    parts = [
        f'font-family: "{family}", Arial, sans-serif' if family and family.lower() != "arial" else "",
        f"font-size: {int(text['fontSize'])}pt" if text.get("fontSize") not in (None, 10) else "",
        "font-weight: bold" if text.get("bold") else "",
        "font-style: italic" if text.get("italic") else "",
        f"text-decoration: {' '.join(lines)}" if lines else "",
        f"color: {ink}" if ink and ink != "#000000" else "",
    ]
    return "; ".join(part for part in parts if part)
