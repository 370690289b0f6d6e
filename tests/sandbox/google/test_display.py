"""Values are shown by number formats and read back from what a person types."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sandbox.google.date_text import moment_serial, serial_moment
from connector.sandbox.google.display import display
from connector.sandbox.google.entry import read_entry
from connector.sandbox.google.grid import Error, Formula
from connector.sandbox.google.locales import ways_of

US = ways_of("en_US")
NOON = moment_serial(datetime(2026, 3, 9, 14, 5, 7))


def shown(value: Any, pattern: str, locale: str = "en_US") -> str:
    return display(value, {"numberFormat": {"type": "NUMBER", "pattern": pattern}}, ways_of(locale))


@pytest.mark.parametrize(
    ("value", "pattern", "text"),
    [
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.005, "0.00", "0.01"),
        (2.5, "0", "3"),
        (-2.5, "0", "-3"),
        (-0.001, "0.00", "0.00"),
        (0.1234, "0.0%", "12.3%"),
        (5, "000", "005"),
        (0, "#", ""),
        (0.5, "#.##", ".5"),
        (3, "0.###", "3."),
        (-5, "#,##0;(#,##0)", "(5)"),
        (0, '0;-0;"none"', "none"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (1500, "#,##0,", "2"),
        (12345, "0.00E+00", "1.23E+04"),
        (0.00012, "0.0E+0", "1.2E-4"),
        (2.25, "# ?/?", "2 1/4"),
        (7, '0 "deals"', "7 deals"),
        (7, r"0\x", "7x"),
        (99, "[$€]#,##0.00", "€99.00"),
        (-99, "[Red]0", "-99"),
        (500, "[>=100]0;0.00", "500"),
        (5, "[>=100]0;0.00", "5.00"),
        (NOON, "yyyy-mm-dd", "2026-03-09"),
        (NOON, "d/m/yy h:mm", "9/3/26 14:05"),
        (NOON, "dddd, mmmm d", "Monday, March 9"),
        (NOON, "hh:mm:ss am/pm", "02:05:07 PM"),
        (NOON, "mm:ss", "05:07"),
        (1.5, "[h]:mm", "36:00"),
        (0.5, "h am/pm", "12 PM"),
        ("kept", "#,##0", "kept"),
        ("kept", '"<"@">"', "<kept>"),
        (1e300, "0", "1" + "0" * 300),
    ],
)
def test_patterns(value: Any, pattern: str, text: str) -> None:
    assert shown(value, pattern) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "42"),
        (1.45, "1.45"),
        (1 / 3, "0.3333333333"),
        (0.1 + 0.2, "0.3"),
        (1 / 1024, "0.0009765625"),
        (12345.678901234, "12345.6789"),
        (999_999_999_999, "999999999999"),
        (1e15, "1E+15"),
        (1.2345e-12, "1.2345E-12"),
        (-0.00001, "-0.00001"),
        (True, "TRUE"),
        ("text", "text"),
        (Error("DIVIDE_BY_ZERO"), "#DIV/0!"),
        (None, ""),
    ],
)
def test_values_without_a_format(value: Any, text: str) -> None:
    assert display(value, None, US) == text


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en_US", "1,234.50"),
        ("pt_BR", "1.234,50"),
        ("ru_RU", "1\xa0234,50"),
        ("es_ES", "1.234,50"),
        ("nonsense", "1,234.50"),
    ],
)
def test_separators_are_those_of_the_locale(locale: str, text: str) -> None:
    assert shown(1234.5, "#,##0.00", locale) == text


def test_names_and_usual_dates_are_those_of_the_locale() -> None:
    assert shown(NOON, "d mmmm", "pt_BR") == "9 março"
    usual = {"numberFormat": {"type": "DATE"}}
    assert display(NOON, usual, US) == "3/9/2026"
    assert display(NOON, usual, ways_of("pt_BR")) == "09/03/2026"


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("=1+2", Formula("=1+2"), None),
        ("+A1", Formula("=+A1"), None),
        ("=", "=", None),
        ("'=1", "=1", None),
        ("-5", -5, None),
        ("+5", 5, None),
        ("1,234.5", 1234.5, "NUMBER"),
        ("1,23", "1,23", None),
        ("3_1_0", "3_1_0", None),
        ("10%", 0.1, "PERCENT"),
        ("$5.10", 5.1, "CURRENCY"),
        ("-$5", -5, "CURRENCY"),
        ("(4)", -4, None),
        ("1e3", 1000, "SCIENTIFIC"),
        ("true", True, None),
        ("2020-01-01", 43831, "DATE"),
        ("12/31/2020", 44196, "DATE"),
        ("13/31/2020", "13/31/2020", None),
        ("2020-02-30", "2020-02-30", None),
        ("6:30", 0.2708333333333333, "TIME"),
        ("6:30 pm", 0.7708333333333334, "TIME"),
        ("2020-01-01 12:00", 43831.5, "DATE_TIME"),
        ("deal 7", "deal 7", None),
        (" padded ", " padded ", None),
        ("-", "-", None),
        ("12.", 12, None),
        (".5", 0.5, None),
        (".", ".", None),
    ],
)
def test_what_a_person_types(text: str, value: Any, kind: str | None) -> None:
    entered, number_format = read_entry(text, US)
    assert entered == value
    assert type(entered) is type(value)
    assert (number_format or {}).get("type") == kind


def test_typing_follows_the_locale() -> None:
    brazil = ways_of("pt_BR")
    assert read_entry("1.234,5", brazil)[0] == 1234.5
    assert read_entry("31/12/2020", brazil)[0] == 44196
    assert read_entry("1,5", US)[0] == "1,5"


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.sampled_from(["en_US", "pt_BR", "es_ES", "ru_RU", "de_DE"]))
def test_a_date_that_is_shown_is_read_as_the_same_date(day: date, locale: str) -> None:
    ways = ways_of(locale)
    serial = (day - date(1899, 12, 30)).days
    text = display(serial, {"numberFormat": {"type": "DATE"}}, ways)
    assert read_entry(text, ways)[0] == serial


@given(st.floats(-1e12, 1e12), st.sampled_from(["#,##0.00", "0.0", "0", "$#,##0.00", "0.00%"]))
def test_a_number_that_is_shown_is_read_as_about_the_same_number(value: float, pattern: str) -> None:
    read = read_entry(shown(value, pattern), US)[0]
    assert isinstance(read, (int, float))
    assert abs(read - value) <= 0.5 + abs(value) * 1e-9


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_has_a_text_without_a_format(value: float) -> None:
    read = float(display(value, None, US))
    assert read == pytest.approx(value, rel=1e-5, abs=1e-300)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1)))
def test_serial_numbers_keep_the_second(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert serial_moment(moment_serial(whole)) == whole
    assert moment_serial(whole + timedelta(days=1)) == pytest.approx(moment_serial(whole) + 1)
