"""Numbers as text, by a section of a pattern."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from connector.sandbox.google.locales import Ways
from connector.sandbox.google.patterns import Section

GENERAL_DIGITS = 10
PLAIN_FROM, PLAIN_TO = 1e-9, 1e15
GROUP = 3
MOST_DIGITS = 400
"""Enough for every double, written out."""


def general(value: float, ways: Ways) -> str:
    """Return a number that has no pattern: at most ten significant digits, very large and small ones with E."""
    if value == int(value) and abs(value) < PLAIN_TO:
        return str(int(value))
    if abs(value) >= PLAIN_TO or abs(value) < PLAIN_FROM:
        digits, exponent = f"{value:.5E}".split("E")
        shown = digits.rstrip("0").rstrip(".").replace(".", ways.decimal)
        return f"{shown}E{exponent[0]}{int(exponent[1:]):02d}"
    text = f"{value:.{GENERAL_DIGITS}g}"
    if "e" not in text:
        return text.replace(".", ways.decimal)
    text = format(Decimal(text), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ways.decimal)


def number_text(value: float, section: Section, ways: Ways, *, sign_said: bool) -> str:
    """Return a number by a section without dates."""
    shape = "".join(text for kind, text in section.pieces if kind == "digits")
    percents = shape.count("%")
    amount = abs(Decimal(repr(value))) * (Decimal(100) ** percents)
    if section.has("exponent"):
        body, negative = _scientific(amount, section, ways), value < 0
    elif "/" in shape:
        body = [_fraction(amount, shape)]
        negative = value < 0 and body != ["0"]
    else:
        body, negative = _plain(amount, section, ways)
        negative = negative and value < 0
    minus = "-" if negative and not sign_said else ""
    return minus + "".join(body)


def _plain(amount: Decimal, section: Section, ways: Ways) -> tuple[list[str], bool]:
    """Return the pieces of a number, and whether anything of it is left after rounding."""
    shape = "".join(text for kind, text in section.pieces if kind == "digits").replace("%", "")
    thousands = len(shape) - len(shape.rstrip(","))
    whole_shape, _, rest_shape = shape.rstrip(",").partition(".")
    scaled = amount / Decimal(1000) ** thousands
    with localcontext(prec=MOST_DIGITS):
        rounded = scaled.quantize(Decimal(1).scaleb(-len(rest_shape)), rounding=ROUND_HALF_UP)
    whole, _, rest = format(rounded, "f").partition(".")
    number = _whole(whole, whole_shape, ways) + _rest(rest, rest_shape, ways)
    pieces, placed = [], False
    for kind, text in section.pieces:
        if kind == "digits":
            shown = "" if placed or not re.search(r"[0#?]", text) else number
            placed = placed or bool(shown)
            pieces.append(shown + "%" * text.count("%"))
        else:
            pieces.append(_literal(kind, text, rounded, ways))
    return pieces, rounded != 0


def _literal(kind: str, text: str, amount: Decimal, ways: Ways) -> str:
    return general(float(amount), ways) if kind == "general" else text if kind == "literal" else ""


def _whole(digits: str, shape: str, ways: Ways) -> str:
    """Return the digits before the point, as many as the pattern asks for at least, in groups if it has a comma."""
    least = shape.count("0")
    digits = digits.lstrip("0").rjust(least, "0") if least or digits.strip("0") else ""
    digits = digits.rjust(least + shape.count("?")) if "?" in shape else digits
    if "," not in shape:
        return digits
    groups = [digits[max(end - GROUP, 0) : end] for end in range(len(digits), 0, -GROUP)]
    return ways.group.join(reversed(groups))


def _rest(digits: str, shape: str, ways: Ways) -> str:
    """Return the digits after the point; those for ``#`` go when they are zeros at the end."""
    if not shape:
        return ""
    kept = list(digits)
    for mark in reversed(shape):
        if mark == "0" or not kept or kept[-1] != "0":
            break
        if mark == "#":
            kept.pop()
        else:
            break
    return ways.decimal + "".join(kept)


def _scientific(amount: Decimal, section: Section, ways: Ways) -> list[str]:
    shapes = [text for kind, text in section.pieces if kind == "digits"]
    decimals = len(shapes[0].partition(".")[2])
    mantissa, exponent = f"{amount:.{decimals}E}".split("E")
    power = str(abs(int(exponent))).rjust(len(shapes[1]) if len(shapes) > 1 else 1, "0")
    mark = next(text for kind, text in section.pieces if kind == "exponent")
    sign = "-" if int(exponent) < 0 else "+" if mark[1] == "+" else ""
    return [mantissa.replace(".", ways.decimal), mark[0].upper(), sign, power]


def _fraction(amount: Decimal, shape: str) -> str:
    """``# ?/?``: the nearest fraction whose denominator has no more digits than there are marks."""
    most = 10 ** max(1, len(shape.rpartition("/")[2])) - 1
    whole = int(amount)
    part = Fraction(amount - whole).limit_denominator(most)
    if part == 1:
        whole, part = whole + 1, Fraction(0)
    if not part:
        return str(whole)
    return f"{whole} {part.numerator}/{part.denominator}" if whole else f"{part.numerator}/{part.denominator}"
