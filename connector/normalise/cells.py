"""Cells of a file as SQL text: trimmed, the words for nothing taken out, aliases and conditions applied.

Everything here works on text; ``numbers`` and ``moments`` turn text into values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from connector.model.quoting import literal, literals
from connector.normalise import words
from connector.normalise.mapping import Condition, ValueRule


class Row(Protocol):
    """A row of a file in SQL."""

    def cell(self, name: str) -> str:
        """SQL of a column by its name in the file."""

    def template(self, text: str) -> str:
        """SQL of a text with columns in it; NULL when all of them are empty."""


_WIDE_SPACES: Final = "\u00a0\u202f\ufeff\u200b"
_SPACES: Final = f" \t\n\r{_WIDE_SPACES}"
"""White space that people and programs leave around a value."""


def one_of(text: str, values: Iterable[str]) -> str:
    """SQL: the text is one of the values; false when there are none."""
    listed = literals(values)
    return f"{text} IN ({listed})" if listed else "false"


MACROS: Final = f"""
    CREATE TEMP MACRO tidy(cell) AS nullif(trim(cell, {literal(_SPACES)}), '');
    CREATE TEMP MACRO is_missing(cell) AS strlen(cell) <= {words.LONGEST_MISSING}
        AND {one_of("lower(cell)", words.MISSING)};
    CREATE TEMP MACRO filled(cell) AS CASE
        WHEN cell[-1] > ' ' AND cell[-1] NOT IN ({literals(_WIDE_SPACES)})
            AND (cell >= '!' AND cell < '\u00a0' OR cell >= '\u00a1' AND cell < '\u2000')
        THEN CASE WHEN strlen(cell) > {words.LONGEST_MISSING} OR NOT is_missing(cell) THEN cell END
        WHEN NOT is_missing(tidy(cell)) THEN tidy(cell) END;
    CREATE TEMP MACRO word_key(cell) AS regexp_replace(lower(cell), '[\\s_-]+', ' ', 'g');
"""
"""``tidy``: trimmed, NULL when nothing is left. ``filled``: also NULL for the words that mean nothing; the first
branch only spares well-formed text the costly ones. ``word_key``: as ``words.key``."""


def rule_text(rule: ValueRule, row: Row) -> str:
    """Return SQL for the text a rule gives before it is parsed; NULL means no value."""
    source = _source(rule, row)
    if rule.aliases or rule.empty:
        source = _replaced(rule, source)
    elif rule.column is not None:
        source = f"filled({row.cell(rule.column)})"
    if rule.when:
        source = f"CASE WHEN {conditions(rule.when, row)} THEN {source} END"
    return source


def alias_found(rule: ValueRule, row: Row) -> str:
    """Return SQL for the text that an alias put right, empty text for an empty cell, NULL where none did."""
    source = _source(rule, row)
    tests = [f"{looked_up} IS NOT NULL" for looked_up in _looked_up(rule, source)]
    if any(not found for found, _ in rule.aliases):
        tests.append(f"{source} IS NULL OR {_is_nothing(rule, source)}")
    changed = f"CASE WHEN {' OR '.join(tests)} THEN coalesce({source}, '') END"
    return f"CASE WHEN {conditions(rule.when, row)} THEN {changed} END" if rule.when else changed


def _source(rule: ValueRule, row: Row) -> str:
    if rule.constant is not None:
        return literal(rule.constant)
    if rule.column is not None:
        return f"tidy({row.cell(rule.column)})"
    if rule.columns:
        return f"coalesce({', '.join(f'filled({row.cell(name)})' for name in rule.columns)})"
    return row.template(rule.text or "")


def template_text(rule: ValueRule, row: Row) -> str:
    """Return SQL of the text of a rule with columns in it."""
    parts = list(rule.text_parts())
    cells = {name: f"filled({row.cell(name)})" for name in rule.placeholders()}
    if len(cells) == 1 and not (parts[0][1].startswith(" ") or parts[-1][1].endswith(" ")):
        # One column, and nothing to trim: joining gives NULL for NULL by itself, at a fifth of the cost.
        return " || ".join(literal(part) if kind == "text" else cells[part] for kind, part in parts)
    joined = [literal(part) if kind == "text" else f"coalesce({cells[part]}, '')" for kind, part in parts]
    nothing = " AND ".join(f"{cell} IS NULL" for cell in cells.values())
    return f"CASE WHEN NOT ({nothing}) THEN trim(concat({', '.join(joined)})) END"


def _is_nothing(rule: ValueRule, source: str) -> str:
    empty = {text.strip().lower() for text in rule.empty} - {""}
    extra = f" OR {one_of(f'lower({source})', sorted(empty))}" if empty else ""
    return f"(is_missing({source}){extra})"


def _replaced(rule: ValueRule, source: str) -> str:
    """Aliases first, exact before other case, so that an alias can give a meaning to '-'; then what means nothing."""
    nothing = next((literal(meant) for found, meant in rule.aliases if not found), "NULL")
    rest = f"CASE WHEN {source} IS NULL OR {_is_nothing(rule, source)} THEN {nothing} ELSE {source} END"
    return f"nullif(coalesce({', '.join([*_looked_up(rule, source), rest])}), '')"


def _looked_up(rule: ValueRule, source: str) -> list[str]:
    """SQL of what the aliases make of a text, exactly and in lower case; NULL where they say nothing."""
    exact = {found: meant for found, meant in rule.aliases if found}
    folded: dict[str, str] = {}
    for found, meant in exact.items():
        folded.setdefault(found.lower(), meant)
    if not exact:
        return []
    return [f"{mapped(exact)}[{source}]", f"{mapped(folded)}[lower({source})]"]


def mapped(entries: Mapping[str, str]) -> str:
    """Return SQL of a map from text to text."""
    return f"MAP {{{', '.join(f'{literal(key)}: {literal(value)}' for key, value in entries.items())}}}"


def conditions(tests: tuple[Condition, ...], row: Row) -> str:
    """Return SQL that is true when all conditions hold; never NULL."""
    return " AND ".join(f"coalesce({_condition(test, row.cell(test.column))}, false)" for test in tests) or "true"


def _condition(test: Condition, cell: str) -> str:
    text, values = f"coalesce(tidy({cell}), '')", literals(test.values)
    name = test.comparison
    if name in ("empty", "filled"):
        return f"filled({cell}) IS {'NULL' if name == 'empty' else 'NOT NULL'}"
    if name in ("equals", "in"):
        return one_of(text, test.values)
    if name in ("not_equals", "not_in"):
        return f"NOT {one_of(text, test.values)}"
    if name in ("greater", "less"):
        sign = ">" if name == "greater" else "<"
        number = f"try_cast({values} AS DOUBLE)"
        return (
            f"CASE WHEN {number} IS NOT NULL AND try_cast({text} AS DOUBLE) IS NOT NULL"
            f" THEN try_cast({text} AS DOUBLE) {sign} {number} ELSE filled({cell}) {sign} {values} END"
        )
    function = {"contains": "contains", "starts_with": "starts_with", "matches": "regexp_matches"}[name]
    return f"{function}({text}, {values})"
