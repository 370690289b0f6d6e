"""The sheet of paper a chart is drawn on: marks and text as SVG with plain attributes only.

No style sheet, script, address, id or foreign object: browsers, resvg and WeasyPrint draw the same picture. Text
of the data is escaped here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Literal

from connector.deliver.files.display import Display
from connector.deliver.files.svg_text import FONT_SIZE, LINE, fitted, text_width, wrapped
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, Palette

Anchor = Literal["start", "middle", "end"]


@dataclass(slots=True)
class Drawing:
    """A chart under construction, ``width`` pixels wide; its builder sets ``height``."""

    width: float
    palette: Palette
    display: Display
    height: float = 0.0
    parts: list[str] = field(default_factory=list)

    def rect(  # noqa: PLR0913 - a rectangle has four sides, a colour and a tip
        self, x: float, y: float, width: float, height: float, colour: str, tip: str = "", *, hollow: bool = False
    ) -> None:
        """Draw a bar; ``hollow`` makes it pale with a dashed outline: its period is still running."""
        left, top = (x + width if width < 0 else x), (y + height if height < 0 else y)
        look = f' fill="{colour}"'
        if hollow:
            look += f' fill-opacity="0.25" stroke="{colour}" stroke-width="1.5" stroke-dasharray="4 3"'
        size = f'x="{_n(left)}" y="{_n(top)}" width="{_n(abs(width))}" height="{_n(abs(height))}"'
        self._mark("rect", f"{size}{look}", tip)

    def line(self, ends: tuple[float, float, float, float], colour: str, width: float = 1.0, dash: str = "") -> None:
        """Draw a straight line from (x, y) to (x, y)."""
        x1, y1, x2, y2 = ends
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
            f'stroke-width="{_n(width)}"{dashed}/>'
        )

    def stroke(self, points: list[tuple[float, float]], colour: str, width: float = 2.25, dash: str = "") -> None:
        """Draw a broken line through points."""
        way = "M" + "L".join(f"{_n(x)},{_n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        look = f'fill="none" stroke="{colour}" stroke-width="{_n(width)}" stroke-linejoin="round"{dashed}'
        self.parts.append(f'<path d="{way}" {look}/>')

    def shape(self, way: str, colour: str, tip: str = "", opacity: float = 1.0) -> None:
        """Fill a path; ``way`` is path data of our own making."""
        see_through = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        self._mark("path", f'd="{way}" fill="{colour}"{see_through}', tip)

    def dot(self, x: float, y: float, colour: str, tip: str = "", *, hollow: bool = False) -> None:
        look = f'fill="#FFFFFF" stroke="{colour}" stroke-width="1.5"' if hollow else f'fill="{colour}"'
        self._mark("circle", f'cx="{_n(x)}" cy="{_n(y)}" r="3" {look}', tip)

    def text(  # noqa: PLR0913 - place, words and look of a label
        self, x: float, y: float, text: str, anchor: Anchor = "start", colour: str = INK, *, room: float = 0.0,
        bold: bool = False, turn: float = 0.0, full: str = "", backed: bool = False,
    ) -> None:  # fmt: skip
        """Write one line with its base at ``y``; wider than ``room`` it is cut and a tip shows it ``full``.

        ``backed`` text stands on white, so that a line behind it does not cross it.
        """
        whole = one_line(text, 400)
        shown = fitted(whole, room, bold=bold) if room else whole
        if not shown:
            return
        if backed:
            wide = text_width(shown, bold=bold) + 2
            left = {"start": x - 1, "middle": x - wide / 2, "end": x - wide + 1}[anchor]
            self.rect(left, y - FONT_SIZE * 0.85, wide, FONT_SIZE * 1.1, "#FFFFFF")
        look = ' font-weight="bold"' if bold else ""
        look += f' transform="rotate({_n(turn)} {_n(x)} {_n(y)})"' if turn else ""
        place = f'x="{_n(x)}" y="{_n(y)}" fill="{colour}"' + (f' text-anchor="{anchor}"' if anchor != "start" else "")
        tip = one_line(full, 400) or whole
        title = f"<title>{escape(tip)}</title>" if tip != shown else ""
        self.parts.append(f"<text {place}{look}>{escape(shown)}{title}</text>")

    def lines(self, x: float, middle: float, text: str, room: float, most: int, anchor: Anchor = "end") -> None:
        """Write text over up to ``most`` lines around the height ``middle``."""
        parts = wrapped(one_line(text, 400), room, most)
        top = middle - (len(parts) - 1) * LINE / 2 + FONT_SIZE * 0.36
        cut = " ".join(parts) != one_line(text, 400)
        for number, part in enumerate(parts):
            self.text(x, top + number * LINE, part, anchor, full=text if cut else "")

    def nested(self, other: Drawing, x: float, y: float) -> None:
        """Put a finished drawing on this one with its corner at (x, y)."""
        self.parts.append(f'<g transform="translate({_n(x)} {_n(y)})">{"".join(other.parts)}</g>')

    def svg(self, label: str) -> str:
        """Return the element; it takes the width of its container and scales."""
        fonts = f"{self.palette.font}, 'Segoe UI', Arial, sans-serif"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="img" '
            f'aria-label="{escape(one_line(label, 400))}" font-family="{escape(fonts)}" font-size="{_n(FONT_SIZE)}">'
            f"{''.join(self.parts)}</svg>"
        )

    def _mark(self, name: str, attributes: str, tip: str) -> None:
        title = f"<title>{escape(one_line(tip, 400))}</title>" if tip else ""
        self.parts.append(f"<{name} {attributes}>{title}</{name}>" if title else f"<{name} {attributes}/>")


def tip(category: str, series: str, value: str) -> str:
    """Return the words that a mark shows under the pointer."""
    return " · ".join(part for part in (category, series, value) if part)


def widest(texts: list[str]) -> float:
    """Return the width of the widest of some texts, 0 for none."""
    return max((text_width(text) for text in texts), default=0.0)


def _n(number: float) -> str:
    """Write a coordinate to a tenth of a pixel."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")
