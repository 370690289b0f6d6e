"""Numbers as people write them, as SQL: 1,234.56 and 1.234,56 and 1 234,56 and (12) and 12 % and € 12.

A number is read in two steps: its text becomes plain decimal text (:func:`plain_text`), and that is cast. Which
sign separates the decimals is decided for a whole column (``styles``); ``DecimalSign`` ``both`` is for a column
that mixes them: values that tell by themselves are read, ambiguous ones are not.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from connector.model.schema import Kind
from connector.normalise import currency
from connector.normalise.cells import mapped
from connector.normalise.quoting import literal

DecimalSign = Literal[".", ",", "both"]

_GAP: Final = r"\s\x{a0}\x{2007}\x{202f}\x{2009}"
_SIGN: Final = r"[-+−–]"
_UNREADABLE: Final = "'!'"
"""What becomes of text that is no number: nothing casts it."""


def _money_signs() -> str:
    written = (*currency.SIGNS, *currency.SHARED_SIGNS)
    known = sorted(written, key=lambda sign: (-len(sign), sign))
    return "|".join([*(re.escape(sign) for sign in known), *sorted(code.lower() for code in currency.CODES)])


_UNIT: Final = rf"(?:{_money_signs()})"


def _body(decimal: str) -> str:
    """Digits with thousands separated in threes (or the Indian way), and decimals."""
    point, other = re.escape(decimal), "." if decimal == "," else ","
    group = rf"[{other}'’{_GAP}]"
    indian = r"|\d{1,2}(?:,\d{2})+,\d{3}" if decimal == "." else ""
    whole = rf"\d{{1,3}}(?:{group}\d{{3}})+{indian}|\d+"
    return rf"(?:(?:{whole})(?:{point}\d*)?|{point}\d+)(?:e[+-]?\d{{1,3}})?"


def _pattern(decimal: str) -> str:
    before = rf"[({_GAP}]*{_SIGN}?[{_GAP}]*(?:{_UNIT}[{_GAP}]*)?{_SIGN}?[{_GAP}]*"
    after = rf"[{_GAP}]*(?:%|{_UNIT})?[{_GAP}]*-?[{_GAP})]*"
    return rf"(?i)^{before}({_body(decimal)}){after}$"


_AMBIGUOUS: Final = r"^\D*[1-9]\d{0,2}[.,]\d{3}\D*$"
_POINT_PROOF: Final = (
    r"\.\d{1,2}\D*$|\.\d{4,}\D*$|,\d{3}\.|,\d{2,3},\d{3}|(?:^|\D)0\.\d|\d{4,}\.\d|(?:^|\D)\.\d|\d\.(?:\D|$)"
)
_COMMA_PROOF: Final = r",\d{1,2}\D*$|,\d{4,}\D*$|\.\d{3},|\.\d{3}\.\d{3}|(?:^|\D)0,\d|\d{4,},\d|(?:^|\D),\d|\d,(?:\D|$)"


def evidence(text: str) -> dict[str, str]:
    """Return SQL aggregates over text that is no plain number: how many values prove which decimal sign."""
    return {
        "point": f"count(*) FILTER (WHERE regexp_matches({text}, {literal(_POINT_PROOF)}))",
        "comma": f"count(*) FILTER (WHERE regexp_matches({text}, {literal(_COMMA_PROOF)}))",
        "ambiguous": f"count(*) FILTER (WHERE regexp_matches({text}, {literal(_AMBIGUOUS)}))",
    }


def is_ambiguous(text: str) -> str:
    """Return SQL: a number such as 1.234, which is a thousand to some and one to others."""
    return f"({text} LIKE '%.___' AND regexp_full_match({text}, '[-+]?[1-9]\\d{{0,2}}\\.\\d{{3}}'))"


def plain_text(text: str, decimal: DecimalSign) -> str:
    """Return SQL that turns a written number into plain decimal text, and other text into what no cast accepts."""
    if decimal == "both":
        point, comma = plain_text(text, "."), plain_text(text, ",")
        return (
            f"CASE WHEN regexp_matches({text}, {literal(_AMBIGUOUS)}) THEN {_UNREADABLE}"
            f" WHEN {point} <> {_UNREADABLE} THEN {point} ELSE {comma} END"
        )
    body = f"regexp_extract({text}, {literal(_pattern(decimal))}, 1)"
    group = "." if decimal == "," else ","
    groups = literal(f"[{group}’'{_GAP}]")
    digits = f"replace(regexp_replace({body}, {groups}, '', 'g'), ',', '.')"
    negative = rf"regexp_matches({text}, '^[^\d]*[(−–-]|[−–-][\s)]*$')"
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN {body} = '' THEN {_UNREADABLE}"
        f" WHEN {negative} THEN '-' || {digits} ELSE {digits} END"
    )


def currency_of(text: str, workspace: str) -> str:
    """Return SQL for the currency written beside a number, NULL where there is none."""
    sign = rf"regexp_extract(lower({text}), {literal(rf'({_UNIT})')}, 1)"
    known = {code.lower(): code for code in currency.CODES} | currency.signs(workspace)
    return f"{mapped(known)}[{sign}]"


def cast(text: str, kind: Kind, scale: Decimal | None = None) -> str:
    """Return SQL that casts plain decimal text to the type of a column; NULL when it does not fit.

    Money is exact: DECIMAL(19,4), rounded half away from zero, NULL beyond it.
    """
    if kind == "number":
        value = f"try_cast({text} AS DOUBLE)"
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
        return value if scale is None else f"{value} * {scale}::DOUBLE"
    target = "DECIMAL(19,4)" if kind == "money" else "BIGINT"
    if scale is None and kind == "money":
        return f"try_cast({text} AS DECIMAL(19,4))"
    wide = f"try_cast({text} AS DECIMAL(38,10))"
    if scale is not None:
        wide = _scaled(text, scale)
    if kind == "money":
        return f"try_cast({wide} AS {target})"
    return f"CASE WHEN {wide} = floor({wide}) THEN try_cast({wide} AS {target}) END"


def _scaled(text: str, scale: Decimal) -> str:
    """Exact where 38 digits suffice (six before and after the point of the factor), else as a double."""
    plain = format(scale, "f")
    whole, _, decimals = plain.lstrip("-").partition(".")
    if len(whole) <= 6 and len(decimals) <= 6:
        return f"try_cast({text} AS DECIMAL(26,6)) * {literal(plain)}::DECIMAL(12,6)"
    return f"try_cast({text} AS DOUBLE) * {literal(str(scale))}::DOUBLE"


def is_plain(text: str, kind: Kind) -> str:
    """Return SQL: the text is already plain decimal text that the type can hold."""
    if kind == "integer":
        return f"(try_cast({text} AS BIGINT)::VARCHAR = {text})"
    if kind == "money":
        return f"(try_cast({text} AS DECIMAL(19,4)) IS NOT NULL AND NOT contains({text}, '_'))"
    return f"(isfinite(try_cast({text} AS DOUBLE)) AND NOT contains({text}, '_'))"


def reason(text: str, kind: Kind, decimal: DecimalSign) -> str:
    """Return SQL that says why text is no value of a numeric column."""
    value = f"try_cast({plain_text(text, decimal)} AS DOUBLE)"
    ambiguous = f"WHEN regexp_matches({text}, {literal(_AMBIGUOUS)}) THEN 'number with an unclear decimal sign'"
    misfit = "not a whole number" if kind == "integer" else "number too large"
    return (
        f"CASE {ambiguous if decimal == 'both' else ''} WHEN abs({value}) >= 1e15 THEN 'number too large'"
        f" WHEN {value} IS NOT NULL THEN '{misfit}' ELSE 'not a number' END"
    )
