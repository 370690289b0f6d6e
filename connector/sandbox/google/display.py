"""What a person reads in a cell: a value by its number format and the spreadsheet's locale."""

from __future__ import annotations

from connector.sandbox.google.date_text import date_text
from connector.sandbox.google.grid import Error, Json, Result
from connector.sandbox.google.locales import Ways, usual_pattern
from connector.sandbox.google.number_text import general, number_text
from connector.sandbox.google.patterns import is_date, section_for, text_section

ERROR_TEXTS = {
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "ERROR": "#ERROR!",
    "LOADING": "Loading...",
}


def pattern_of(cell_format: Json | None, ways: Ways) -> str:
    """Return the pattern by which a cell shows numbers; empty for the automatic one."""
    number_format = (cell_format or {}).get("numberFormat") or {}
    pattern: str = number_format.get("pattern") or ""
    return pattern or usual_pattern(number_format.get("type", ""), ways)


def display(value: Result, cell_format: Json | None, ways: Ways) -> str:
    """Return the text of a value (formattedValue)."""
    if isinstance(value, str):
        pattern = pattern_of(cell_format, ways) if cell_format else ""
        return _text(value, pattern) if pattern else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Error):
        return ERROR_TEXTS.get(value.type, "#ERROR!")
    pattern = pattern_of(cell_format, ways) if cell_format else ""
    if not pattern or pattern == "@" or pattern.lower() == "general":
        return general(value, ways)
    section, sign_said = section_for(pattern, value)
    if section.has("date", "elapsed"):
        return date_text(value, section, ways)
    return number_text(value, section, ways, sign_said=sign_said)


def _text(value: str, pattern: str) -> str:
    section = text_section(pattern)
    if section is None:
        return value
    return "".join(value if kind == "text" else text for kind, text in section.pieces if kind in ("text", "literal"))


def shows_dates(cell_format: Json | None, ways: Ways) -> bool:
    """Return whether a cell's format shows numbers as dates or times."""
    pattern = pattern_of(cell_format, ways) if cell_format else ""
    return bool(pattern) and is_date(pattern)
