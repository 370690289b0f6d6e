"""Colours as Google gives them back: steps of 1/255 as single floats, zeros left out, each colour also as a style."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from connector.sandbox.google.grid import Json

CHANNELS = {"red", "green", "blue", "alpha"}
STYLES = {
    "backgroundColor": "backgroundColorStyle",
    "foregroundColor": "foregroundColorStyle",
    "tabColor": "tabColorStyle",
    "color": "colorStyle",
    "headerColor": "headerColorStyle",
    "firstBandColor": "firstBandColorStyle",
    "secondBandColor": "secondBandColorStyle",
    "footerColor": "footerColorStyle",
}
STEPS = 255


@cache
def step(channel: float) -> float:
    """Return a channel from 0 to 1 as one of 256 steps, in the shortest decimal that a single float needs."""
    single = struct.unpack("f", struct.pack("f", int(channel * STEPS) / STEPS))[0]
    for digits in range(6, 10):
        shortest = float(f"{single:.{digits}g}")
        if struct.pack("f", shortest) == struct.pack("f", single):
            return int(shortest) if shortest.is_integer() else shortest
    return float(single)


def is_colour(part: Any) -> bool:
    """Return whether a piece of JSON is a Color that names a channel."""
    return isinstance(part, dict) and bool(part) and set(part) <= CHANNELS


def stepped(colour: Json) -> Json:
    """Return a Color as Google gives it back."""
    return {name: step(value) for name, value in colour.items() if value}


def styled(part: Any) -> Any:
    """Return a piece of JSON in which every colour is stepped and stands under both of its names."""
    if isinstance(part, list):
        return [styled(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    if is_colour(part):
        return stepped(part)
    result = {name: styled(value) for name, value in part.items()}
    for colour, style in STYLES.items():
        rgb = (result.get(style) or {}).get("rgbColor")
        if rgb is not None:
            result[colour] = rgb
        elif result.get(colour) is not None and style not in result:
            result[style] = {"rgbColor": result[colour]}
    return result
