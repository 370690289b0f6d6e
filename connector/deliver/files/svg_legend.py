"""The legend above a chart: what each colour and line means, over as many lines as it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from connector.deliver.files.svg_canvas import Drawing
from connector.deliver.files.svg_text import FONT_SIZE, text_width
from connector.deliver.files.text import one_line

_CHIP: Final = 10.0
_GAP: Final = 16.0
_LINE: Final = 18.0


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: a colour or a line, and its name."""

    name: str
    colour: str
    mark: Literal["chip", "line", "dash"] = "chip"


def draw_legend(drawing: Drawing, keys: list[Key], top: float = 0.0) -> float:
    """Write the legend from ``top`` on; return the height it takes, 0 without entries."""
    if not keys:
        return 0.0
    x, y = 0.0, top + 12
    for key in keys:
        mark = _CHIP if key.mark == "chip" else 20.0
        name = one_line(key.name, 400)
        room = drawing.width - mark - 6
        width = mark + 5 + min(text_width(name), room)
        if x > 0 and x + width > drawing.width:
            x, y = 0.0, y + _LINE
        if key.mark == "chip":
            drawing.rect(x, y - 9, _CHIP, _CHIP, key.colour)
        else:
            drawing.line((x, y - 4, x + mark, y - 4), key.colour, 2.25, "5 3" if key.mark == "dash" else "")
        drawing.text(x + mark + 5, y, name, room=room)
        x += width + _GAP
    return y - top + FONT_SIZE
