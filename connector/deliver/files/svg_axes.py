"""Axes of SVG charts: names and figures in the reader's language, printed by expressions of our own."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from connector.deliver.files.display import Display
from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, MUTED, RULE

LABEL_PIXELS: Final = 6
"""Width of a letter of a label, roughly."""


def category_axis(frame: ChartFrame, width: int, *, sideways: bool) -> alt.Axis:
    """Categories are drawn by position, so that equal names stay apart; the axis prints their names.

    The names are looked up in a list inside the expression; each is a JSON literal, never code.
    """
    labels = [one_line(text, 80) for text in frame.categories]
    lookup = f"{literals(labels)}[datum.value]"
    common: Any = {
        "title": None,
        "labelExpr": lookup,
        "labelColor": INK,
        "labelFontSize": 11,
        "domainColor": RULE,
        "ticks": False,
    }
    if sideways:
        return alt.Axis(**common, labelLimit=int(width * 0.36), labelPadding=6)
    room = max(1, (width - 60) // max(1, len(labels)))
    longest = max((len(text) for text in labels), default=1)
    slanted = longest * LABEL_PIXELS > room
    step = max(1, -(-14 // room)) if slanted else 1
    return alt.Axis(
        **common, labelAngle=-40 if slanted else 0, labelAlign="right" if slanted else "center", labelLimit=120,
        labelPadding=6, values=list(range(0, len(labels), step)),
    )  # fmt: skip


def value_axis(frame: ChartFrame, display: Display, *, shown: bool) -> alt.Axis | None:
    """Return the axis of the figures; None where the marks carry their values themselves."""
    if not shown:
        return None
    return alt.Axis(
        title=None, labelExpr=_number_expression(frame, display), labelColor=MUTED, labelFontSize=11, domain=False,
        ticks=False, gridColor=RULE, gridWidth=0.6, tickCount=5, labelPadding=6,
    )  # fmt: skip


def _number_expression(frame: ChartFrame, display: Display) -> str:
    """Return a Vega expression that writes an axis value in the reader's language, from our own words only."""
    unit = frame.y.unit
    point = "," if display.language != "en" else "."
    if unit == "percent":
        sign = "\u00a0%" if display.language in ("es", "ru") else "%"
        return f"replace(format(datum.value * 100, '~g'), '.', '{point}') + '{sign}'"
    if unit == "duration_s":
        return "format(floor(datum.value / 3600), 'd') + 'h'"
    scaled = "datum.value"
    expression = f"replace(format({scaled}, '~g'), '.', '{point}')"
    for limit, word in ((1_000, "thousand"), (1_000_000, "million"), (1_000_000_000, "billion")):
        words = display.words[word].replace(" ", "\u00a0")
        part = f"replace(format({scaled} / {limit}, '~g'), '.', '{point}') + '{words}'"
        least = 10_000 if limit == 1_000 else limit
        expression = f"abs({scaled}) >= {least} ? {part} : ({expression})"
    return expression


def literals(texts: list[str]) -> str:
    """Return texts as a list of the Vega expression language; none of them can be code."""
    return "[" + ",".join(_literal(text) for text in texts) + "]"


def _literal(text: str) -> str:
    """Return text as a string literal of the Vega expression language, every unusual character escaped."""
    kept = (char if char == " " or (char.isascii() and char.isalnum()) else _escape(char) for char in text)
    return f'"{"".join(kept)}"'


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[start]:02x}{units[start + 1]:02x}" for start in range(0, len(units), 2))
