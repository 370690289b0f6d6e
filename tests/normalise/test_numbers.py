"""Numbers as people write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.normalise import cells, numbers


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(cells.MACROS)
        yield connection


def value(engine: duckdb.DuckDBPyConnection, sql: str, text: str) -> object:
    row = engine.execute(f"SELECT {sql} FROM (SELECT ? AS t)", [text]).fetchone()
    assert row is not None
    return row[0]


def values(engine: duckdb.DuckDBPyConnection, sql: str, texts: Sequence[str]) -> dict[str, object]:
    return dict(engine.execute(f"SELECT t, {sql} FROM (SELECT unnest(?) AS t)", [list(texts)]).fetchall())


def all_money(
    engine: duckdb.DuckDBPyConnection, texts: Sequence[str], decimal: numbers.DecimalSign = "."
) -> dict[str, object]:
    return values(engine, numbers.cast(numbers.plain_text("t", decimal), "money"), texts)


def money(engine: duckdb.DuckDBPyConnection, text: str, decimal: numbers.DecimalSign = ".") -> object:
    return all_money(engine, [text], decimal)[text]


def test_one_amount_in_many_ways_of_writing(engine: duckdb.DuckDBPyConnection) -> None:
    texts = [
        "1234.5",
        "1,234.5",
        "1,234.50",
        "1 234.5",
        "1\u00a0234.5",
        "1\u202f234.5",
        "1'234.5",
        "1’234.50",
        "$1,234.50",
        "€ 1,234.5",
        "1,234.50 €",
        "USD 1,234.5",
        "1,234.5 usd",
        "US$ 1,234.5",
        "R$ 1,234.50",
        "+1234.5",
        " 1234.5 ",
        "1.2345e3",
        "1234.5%",
        "S/ 1,234.50",
        "1,234.5 руб.",
    ]
    assert all_money(engine, texts) == dict.fromkeys(texts, Decimal("1234.5"))


def test_the_same_with_a_decimal_comma(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["1234,5", "1.234,5", "1.234,50", "1 234,50 €", "1\u202f234,5", "R$ 1.234,50", "1'234,5"]
    assert all_money(engine, texts, ",") == dict.fromkeys(texts, Decimal("1234.5"))


def test_negative_amounts(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["-12", "(12)", "12-", "−12", "($12)", "-$12", "$-12", "(12.00)", "- 12"]
    assert all_money(engine, texts) == dict.fromkeys(texts, Decimal(-12))


def test_what_is_no_number_is_refused(engine: duckdb.DuckDBPyConnection) -> None:
    texts = [
        "abc",
        "12 apples",
        "1,23",
        "12,34.5",
        "1.2.3",
        "1,2345",
        "1_000",
        "0x10",
        "nan",
        "inf",
        "infinity",
        "--",
        "$",
        "1e",
        "",
        "=1+1",
        "12 34",
        "1..2",
        "USD",
        "12,",
        "12 USD EUR",
        "½",
    ]
    assert all_money(engine, texts) == dict.fromkeys(texts)
    assert values(engine, numbers.cast(numbers.plain_text("t", "."), "number"), texts) == dict.fromkeys(texts)
    assert set(values(engine, numbers.reason("t", "money", "."), texts).values()) == {"not a number"}


def test_indian_grouping_is_a_grouping(engine: duckdb.DuckDBPyConnection) -> None:
    assert money(engine, "12,34,567.80") == Decimal("1234567.8")


def test_money_is_exact_and_bounded(engine: duckdb.DuckDBPyConnection) -> None:
    assert money(engine, "999999999999999.9999") == Decimal("999999999999999.9999")
    assert money(engine, "0.00005") == Decimal("0.0001")
    assert money(engine, "1000000000000000") is None
    assert value(engine, numbers.reason("t", "money", "."), "1000000000000000") == "number too large"


def test_whole_numbers_only_where_they_are_asked_for(engine: duckdb.DuckDBPyConnection) -> None:
    read = numbers.cast(numbers.plain_text("t", "."), "integer")
    assert value(engine, read, "1,200.00") == 1200
    assert value(engine, read, "12.5") is None
    assert value(engine, numbers.reason("t", "integer", "."), "12.5") == "not a whole number"


@pytest.mark.parametrize(
    ("text", "scale", "found"),
    [
        ("36150000", "0.000001", "36.15"),
        ("1.2345", "1000", "1234.5"),
        ("1", "0.33333333333", "0.3333"),
        ("2", "-1", "-2"),
    ],
)
def test_money_is_scaled_without_losing_cents(
    engine: duckdb.DuckDBPyConnection, text: str, scale: str, found: str
) -> None:
    assert value(engine, numbers.cast("t", "money", Decimal(scale)), text) == Decimal(found)


def test_a_mixed_column_reads_what_is_clear(engine: duckdb.DuckDBPyConnection) -> None:
    assert money(engine, "1,234.56", "both") == Decimal("1234.56")
    assert money(engine, "1.234,56", "both") == Decimal("1234.56")
    assert money(engine, "12,5", "both") == Decimal("12.5")
    assert money(engine, "1.234", "both") is None
    assert value(engine, numbers.reason("t", "money", "both"), "1.234") == "number with an unclear decimal sign"


@pytest.mark.parametrize(
    ("text", "code"),
    [("€ 5", "EUR"), ("5 usd", "USD"), ("$5", "MXN"), ("US$ 5", "USD"), ("5 руб.", "RUB"), ("5", None), ("R$5", "BRL")],
)
def test_the_currency_beside_an_amount(engine: duckdb.DuckDBPyConnection, text: str, code: str | None) -> None:
    assert value(engine, numbers.currency_of("t", "MXN"), text) == code


@settings(deadline=None, max_examples=25)
@given(
    amounts=st.lists(
        st.decimals(Decimal(-9999999999999), Decimal(9999999999999), places=2, allow_nan=False), min_size=1, max_size=20
    ),
    decimal=st.sampled_from([".", ","]),
    grouped=st.booleans(),
)
def test_what_is_written_is_read_back(
    engine: duckdb.DuckDBPyConnection, amounts: list[Decimal], decimal: str, *, grouped: bool
) -> None:
    swapped = str.maketrans(",.", ".,") if decimal == "," else {}
    expected = {(f"{one:,.2f}" if grouped else f"{one:.2f}").translate(swapped): one for one in amounts}
    assert all_money(engine, list(expected), "," if decimal == "," else ".") == expected
