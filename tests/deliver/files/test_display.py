"""Figures and days as four languages read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.deliver.files.display import Display, rounded
from connector.deliver.files.words import WORDS, Words
from connector.errors import Bug
from connector.model.table import Unit

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("language", "unit", "value", "text"),
    [
        ("en", "money", Decimal("1234567.885"), "$1,234,567.89"),
        ("en", "money", Decimal("-5.5"), "-$5.50"),
        ("es", "money", Decimal("1234567.885"), f"1.234.567,89{NBSP}US$"),
        ("pt", "money", Decimal("1234.5"), f"US${NBSP}1.234,50"),
        ("ru", "money", Decimal("1234567.885"), f"1{NBSP}234{NBSP}567,89{NBSP}$"),
        ("en", "percent", 0.76465, "76.47%"),
        ("ru", "percent", 0.5, f"50,00{NBSP}%"),
        ("en", "percent", -0.00001, "0.00%"),
        ("en", "days", 47.985, "48.0"),
        ("pt", "days", 0.05, "0,1"),
        ("en", "count", 4238, "4,238"),
        ("en", "ratio", 2.25, "2.3"),
        ("en", "duration_s", 93784, "26:03:04"),
        ("en", "duration_s", -60, "-0:01:00"),
        ("en", "number", 5, "5"),
        ("en", "number", 2.5, "2.5"),
        ("en", "count", None, "–"),
        ("en", "money", float("nan"), "–"),
        ("en", "percent", float("inf"), "–"),
        ("es", "boolean", True, "Sí"),
        ("ru", "boolean", False, "Нет"),
        ("en", "score", 87.5, "88"),
        ("en", "money", 10**30, "$1" + ",000" * 10 + ".00"),
    ],
)
def test_cells(language: str, unit: Unit, value: object, text: str) -> None:
    assert Display(language, "USD").cell(value, unit) == text  # type: ignore[arg-type]


def test_money_has_the_digits_of_its_currency() -> None:
    assert Display("en", "JPY").cell(Decimal("1234.5"), "money") == "¥1,235"
    assert Display("en", "KZT").cell(Decimal("1234.5"), "money") == f"KZT{NBSP}1,234.50"
    assert Display("en", "").cell(Decimal("1234.5"), "money") == "1,234.50"
    assert Display("en", "<b>").cell(Decimal(1), "money") == "1.00"


def test_days_moments_and_periods() -> None:
    moment, day = datetime(2026, 3, 31, 22, 5, tzinfo=UTC), date(2026, 4, 1)
    shown = {language: Display(language, time_zone="Europe/Madrid") for language in ("en", "es", "pt", "ru")}
    assert [one.instant(moment) for one in shown.values()] == [
        "1 Apr 2026 00:05",
        "01/04/2026 00:05",
        "01/04/2026 00:05",
        "01.04.2026 00:05",
    ]
    assert [one.period(day, "month") for one in shown.values()] == ["Apr 2026", "abr 2026", "abr. 2026", "апр. 2026"]
    assert [one.period(day, "quarter") for one in shown.values()] == ["Q2 2026", "T2 2026", "T2 2026", "2-й кв. 2026"]
    assert shown["en"].period(day, "year") == "2026"
    assert shown["en"].period(day, "fiscal_period") == "2026/27"
    assert shown["en"].period(day, "week") == "1 Apr 2026"
    assert Display("en", time_zone="No/Where").instant(moment) == "31 Mar 2026 22:05"


def test_compact_figures() -> None:
    show = Display("en", "USD")
    assert [
        show.compact(n, "money") for n in (0, 999, 1220, 9999, 10_000, 649_600, 1_000_000, 2_450_000, 3.2e9, -1.5e6)
    ] == [
        "0",
        "999",
        "1.2K",
        "10K",
        "10K",
        "650K",
        "1.0M",
        "2.5M",
        "3.2B",
        "-1.5M",
    ]
    assert Display("ru").compact(2_450_000, "count") == f"2,5{NBSP}млн"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15), st.integers(0, 4))
def test_rounding_is_half_away_from_zero(value: Decimal, digits: int) -> None:
    step = Decimal(1).scaleb(-digits)
    result = rounded(value, digits)
    assert abs(result - value) <= step / 2
    assert rounded(-value, digits) == -result
    assert rounded(step / 2, digits) == step


def test_every_word_exists_in_four_languages_with_the_same_places() -> None:
    for name, texts in WORDS.items():
        assert len(texts) == 4
        assert all(texts), name
        places = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in texts]
        assert places == [places[0]] * 4, name
    assert Words("xx")["total"] == "Total"
    with pytest.raises(Bug, match="nothing"):
        Words("en")["nothing"]
