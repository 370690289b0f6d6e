"""Cells before they are parsed: trimming, words for nothing, aliases, conditions."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from connector.normalise import cells, words
from connector.normalise.mapping import Condition, ValueRule


class OneRow:
    """Columns ``a`` and ``b`` of a row."""

    def cell(self, name: str) -> str:
        return {"a": "c0", "b": "c1"}[name]

    def template(self, text: str) -> str:
        return f"({cells.template_text(ValueRule(text=text), self)})"


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(cells.MACROS)
        yield connection


def value(engine: duckdb.DuckDBPyConnection, sql: str, a: str | None, b: str | None = None) -> object:
    row = engine.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS c0, ?::VARCHAR AS c1)", [a, b]).fetchone()
    assert row is not None
    return row[0]


def read(engine: duckdb.DuckDBPyConnection, rule: ValueRule, a: str | None, b: str | None = None) -> object:
    return value(engine, cells.rule_text(rule, OneRow()), a, b)


@pytest.mark.parametrize("word", [*words.MISSING, "N/A", "NULL", "None", " - ", "\u00a0null\t", "", "   ", None])
def test_words_for_nothing_are_nothing(engine: duckdb.DuckDBPyConnection, word: str | None) -> None:
    assert read(engine, ValueRule(column="a"), word) is None


@pytest.mark.parametrize(
    "text", ["NA", "nil", "N/A N/A", "0", "nonesuch", "null and void", "ну", "日本", "\u2013\u2013x"]
)
def test_other_words_are_not(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    assert read(engine, ValueRule(column="a"), text) == text


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\r\n", "\u00a0", "\u202f", "\ufeff", "\u200b"])
@pytest.mark.parametrize("text", ["Acme", "Acme Corporation Ltd", "Общество", "日本語の会社名です"])
def test_outer_space_goes_and_inner_stays(engine: duckdb.DuckDBPyConnection, space: str, text: str) -> None:
    for written in (space + text, text + space, space + text + space):
        assert read(engine, ValueRule(column="a"), written) == text
    assert read(engine, ValueRule(column="a"), f"{text}{space}{text}") == f"{text}{space}{text}"


def test_aliases_are_exact_first_then_in_any_case(engine: duckdb.DuckDBPyConnection) -> None:
    rule = ValueRule(column="a", aliases=(("won", "lower"), ("WON", "upper"), ("-", "dash"), ("", "open")))
    assert read(engine, rule, " won ") == "lower"
    assert read(engine, rule, "WON") == "upper"
    assert read(engine, rule, "Won") == "lower"
    assert read(engine, rule, "-") == "dash"
    assert read(engine, rule, "n/a") == "open"
    assert read(engine, rule, None) == "open"
    assert read(engine, rule, "other") == "other"


def test_an_alias_can_mean_nothing(engine: duckdb.DuckDBPyConnection) -> None:
    assert read(engine, ValueRule(column="a", aliases=(("Unknown", ""),)), "unknown") is None


def test_what_an_alias_found_is_told(engine: duckdb.DuckDBPyConnection) -> None:
    rule = ValueRule(column="a", aliases=(("GTXPro", "GTX Pro"), ("", "none at all")))
    found = cells.alias_found(rule, OneRow())
    assert value(engine, found, " gtxpro ") == "gtxpro"
    assert value(engine, found, None) == ""
    assert value(engine, found, "GTX Pro") is None


def test_more_words_can_mean_nothing(engine: duckdb.DuckDBPyConnection) -> None:
    rule = ValueRule(column="a", empty=("TBD", "unknown"))
    assert read(engine, rule, "tbd") is None
    assert read(engine, rule, "Unknown ") is None
    assert read(engine, rule, "TBD 2") == "TBD 2"


def test_the_first_filled_column_counts(engine: duckdb.DuckDBPyConnection) -> None:
    rule = ValueRule(columns=("a", "b"))
    assert read(engine, rule, "n/a", "second") == "second"
    assert read(engine, rule, "first", "second") == "first"
    assert read(engine, rule, None, None) is None


@pytest.mark.parametrize("cell", ["x", " \t x y\u00a0", "7", "日本", " - ", "null", "", None])
@pytest.mark.parametrize("text", ["{a}", "https://x/{a}", "{a}-{a}/z", "{{{a}}}", " {a}", "{a} "])
def test_a_text_with_one_column_is_put_together_as_one_with_two(
    engine: duckdb.DuckDBPyConnection, text: str, cell: str | None
) -> None:
    """The quick way gives what the thorough one does, which a second, empty column asks for."""
    assert read(engine, ValueRule(text=text), cell) == read(engine, ValueRule(text=text + "{b}"), cell)


def test_a_text_of_columns_is_empty_only_when_all_are(engine: duckdb.DuckDBPyConnection) -> None:
    rule = ValueRule(text="{a} {{and}} {b}")
    assert read(engine, rule, "x", "y") == "x {and} y"
    assert read(engine, rule, "x", "-") == "x {and}"
    assert read(engine, rule, None, " ") is None


@pytest.mark.parametrize(
    ("condition", "cell", "holds"),
    [
        (Condition("a", "equals", ("Won",)), " Won ", True),
        (Condition("a", "equals", ("Won",)), "won", False),
        (Condition("a", "equals", ("Won",)), None, False),
        (Condition("a", "not_equals", ("Won",)), None, True),
        (Condition("a", "in", ("a", "b")), "b", True),
        (Condition("a", "not_in", ("a", "b")), "b", False),
        (Condition("a", "contains", ("%",)), "5 %", True),
        (Condition("a", "contains", ("%",)), "5", False),
        (Condition("a", "starts_with", ("00Q",)), "00Q1", True),
        (Condition("a", "matches", ("^[0-9]+$",)), "123", True),
        (Condition("a", "matches", ("^[0-9]+$",)), "12a", False),
        (Condition("a", "greater", ("9",)), "10", True),
        (Condition("a", "less", ("9",)), "10", False),
        (Condition("a", "greater", ("2024-01-01",)), "2024-02-01", True),
        (Condition("a", "greater", ("9",)), None, False),
        (Condition("a", "empty"), "n/a", True),
        (Condition("a", "filled"), "n/a", False),
        (Condition("a", "equals", ("x' OR '1'='1",)), "y", False),
    ],
)
def test_conditions(engine: duckdb.DuckDBPyConnection, condition: Condition, cell: str | None, *, holds: bool) -> None:
    assert value(engine, cells.conditions((condition,), OneRow()), cell) is holds


def test_a_rule_gives_nothing_where_its_condition_fails(engine: duckdb.DuckDBPyConnection) -> None:
    rule = ValueRule(column="a", aliases=(("", "open"),), when=(Condition("b", "filled"),))
    assert read(engine, rule, None, "yes") == "open"
    assert read(engine, rule, None, None) is None
    assert value(engine, cells.alias_found(rule, OneRow()), None, None) is None
