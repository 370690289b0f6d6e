"""Numbers as people write them, as SQL: 1,234.56 and 1.234,56 and 1 234,56 and (12) and 12 % and € 12.

A number is read in two steps: its text becomes plain decimal text (:func:`plain_text`), and that is cast. Which
sign separates the decimals is decided for a whole column (``styles``); ``DecimalSign`` ``both`` is for a column
that mixes them: values that tell by themselves are read, ambiguous ones are not.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from connector.model.quoting import literal
from connector.model.schema import Kind
from connector.normalise import currency
from connector.normalise.cells import mapped, one_of

DecimalSign = Literal[".", ",", "both"]

_GAPS: Final = " \t\u00a0\u2007\u202f\u2009"
_GAP: Final = r"[\s\x{a0}\x{2007}\x{202f}\x{2009}]*"
_SIGN: Final = r"[-+−–]?"
_UNREADABLE: Final = "'!'"
"""What becomes of text that is no number: nothing casts it."""

_UNIT: Final = r"s/\.|руб\.|р\.|kr\.|fr\.|[^\d\s.,'’()+−–-]{1,5}"
"""What may be a currency or %; whether it is one is looked up, which is far cheaper than a pattern of all codes."""

_KNOWN_UNITS: Final = (
    "",
    "%",
    *currency.SIGNS,
    *currency.SHARED_SIGNS,
    *sorted(code.lower() for code in currency.CODES),
)


def _body(decimal: str) -> str:
    """Digits with thousands separated in threes (or the Indian way), and decimals."""
    point, other = re.escape(decimal), "." if decimal == "," else ","
    group = rf"[{other}'’\s\x{{a0}}\x{{2007}}\x{{202f}}\x{{2009}}]"
    indian = r"|\d{1,2}(?:,\d{2})+,\d{3}" if decimal == "." else ""
    whole = rf"\d{{1,3}}(?:{group}\d{{3}})+{indian}|\d+"
    return rf"(?:(?:{whole})(?:{point}\d*)?|{point}\d+)(?:e[+-]?\d{{1,3}})?"


def _pattern(decimal: str) -> str:
    """Opening brackets and sign, unit, sign, digits, unit, sign and closing brackets."""
    return (
        rf"^{_GAP}(\(?{_GAP}{_SIGN}){_GAP}({_UNIT})?{_GAP}({_SIGN}){_GAP}"
        rf"({_body(decimal)}){_GAP}({_UNIT})?{_GAP}([-−–]?{_GAP}\)?){_GAP}$"
    )


def _usual_pattern(decimal: str) -> str:
    """Most numbers of most files: a small pattern that the engine matches ten times as fast as the thorough one."""
    point, other = (r"\,", r"\.") if decimal == "," else (r"\.", r"\,")
    unit = r"(?:r\$|us\$|[$€£₽₹₴₸₺₪%]|руб\.?|eur|usd|brl|mxn|rub|gbp)?"
    gap = r"[ \x{a0}\x{202f}]?"
    return rf"^{unit}{gap}(-?(?:\d{{1,3}}(?:{other}\d{{3}})+|\d+)(?:{point}\d+)?){gap}{unit}$"


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
    separators = literal((",." if decimal == "," else ",") + "'’" + _GAPS)
    replacement = literal("." if decimal == "," else "")
    names = "['opening', 'unit', 'sign', 'body', 'behind', 'closing']"
    parts = f"regexp_extract(t, {literal(_pattern(decimal))}, {names})"
    signs = f"translate(p.opening || p.sign || p.closing, {literal('+)' + _GAPS)}, '')"
    digits = f"translate(p.body, {separators}, {replacement})"
    number = f"CASE WHEN {signs} <> '' THEN '-' || {digits} ELSE {digits} END"
    known = one_of("p.unit || p.behind", _KNOWN_UNITS)
    read = f"CASE WHEN p.body <> '' AND {known} THEN {number} ELSE {_UNREADABLE} END"
    thorough = f"list_transform([{parts}], lambda p: {read})[1]"
    usual = f"[regexp_extract(t, {literal(_usual_pattern(decimal))}, 1)]"
    quick = (
        f"list_transform({usual}, lambda q: CASE WHEN q <> '' THEN translate(q, {separators}, {replacement}) END)[1]"
    )
    # A list of one element that is transformed computes what is in it once.
    read = f"list_transform([lower({text})], lambda t: coalesce({quick}, {thorough}))[1]"
    return f"CASE WHEN {text} IS NOT NULL THEN {read} END"


def currency_of(text: str, workspace: str) -> str:
    """Return SQL for the currency written beside a number, NULL where there is none."""
    unit = f"regexp_extract(lower({text}), {literal(f'({_UNIT})')}, 1)"
    known = {code.lower(): code for code in currency.CODES} | currency.signs(workspace)
    return f"{mapped(known)}[{unit}]"


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
